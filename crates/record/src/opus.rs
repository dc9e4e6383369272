//! How long an Opus packet sounds (RFC 6716, 3.1 and 3.2).

/// No packet sounds longer: 120 ms.
const LONGEST: u32 = 5_760;

/// Samples at 48 kHz in `packet`; `None` when it is no Opus packet.
pub(crate) fn samples(packet: &[u8]) -> Option<u32> {
    let &toc = packet.first()?;
    let frame = match toc >> 3 {
        // SILK: 10, 20, 40, 60 ms.
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        // Hybrid: 10, 20 ms.
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        // CELT: 2.5, 5, 10, 20 ms.
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    let samples = frame * frames;
    (1..=LONGEST).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_its_frame() {
        let frame = |config: u8| samples(&[config << 3, 0]);
        assert_eq!([frame(0), frame(3), frame(11)], [Some(480), Some(2_880), Some(2_880)]);
        assert_eq!([frame(12), frame(15)], [Some(480), Some(960)]);
        assert_eq!([frame(16), frame(17), frame(31)], [Some(120), Some(240), Some(960)]);
    }

    #[test]
    fn frames_are_counted_and_never_exceed_120_ms() {
        assert_eq!(samples(&[31 << 3 | 1]), Some(1_920));
        assert_eq!(samples(&[31 << 3 | 3, 6]), Some(5_760));
        assert_eq!(samples(&[31 << 3 | 3, 0x80 | 3]), Some(2_880));
        assert_eq!(samples(&[31 << 3 | 3, 7]), None);
        assert_eq!(samples(&[31 << 3 | 3, 0]), None);
        assert_eq!(samples(&[31 << 3 | 3]), None);
        assert_eq!(samples(&[]), None);
    }
}
