//! Payload types that need no `a=rtpmap` (RFC 3551, tables 4 and 5).

use crate::Encoding;
use moim_rtp::PayloadType;

/// The number, the name, the rate of its clock.
const STATIC: [(u8, &str); 24] = [
    (0, "PCMU/8000"),
    (3, "GSM/8000"),
    (4, "G723/8000"),
    (5, "DVI4/8000"),
    (6, "DVI4/16000"),
    (7, "LPC/8000"),
    (8, "PCMA/8000"),
    // At 16 kHz, with half the clock, by an error that came to stay (RFC 3551, section 4.5.2).
    (9, "G722/8000"),
    (10, "L16/44100/2"),
    (11, "L16/44100"),
    (12, "QCELP/8000"),
    (13, "CN/8000"),
    (14, "MPA/90000"),
    (15, "G728/8000"),
    (16, "DVI4/11025"),
    (17, "DVI4/22050"),
    (18, "G729/8000"),
    (25, "CelB/90000"),
    (26, "JPEG/90000"),
    (28, "nv/90000"),
    (31, "H261/90000"),
    (32, "MPV/90000"),
    (33, "MP2T/90000"),
    (34, "H263/90000"),
];

/// What a payload type means where the description does not say; `None` when it has no such meaning.
#[must_use]
pub fn static_encoding(payload_type: PayloadType) -> Option<Encoding> {
    let (_, encoding) = STATIC.iter().find(|&&(number, _)| number == payload_type.get())?;
    encoding.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_of_the_table_is_an_encoding() {
        for (number, text) in STATIC {
            let encoding = static_encoding(PayloadType::new(number).unwrap()).unwrap();
            assert_eq!(encoding.to_string(), text);
        }
        assert_eq!((0..128).filter_map(PayloadType::new).filter_map(static_encoding).count(), STATIC.len());
    }
}
