//! The standards read slowly: with lists, an index and one packet at a time.

use core::time::Duration;
use moim_media::Seq;
use moim_rtp::rtcp::xr::RunLengths;
use moim_rtp::rtcp::{ArrivalOffset, ArrivalTime, CongestionFeedback, Ecn};

/// Section 3.1 of the draft on transport-wide feedback: the arrival of each packet; `None` when it makes no sense.
pub(super) fn naive_arrivals(body: &[u8]) -> Option<Vec<Option<ArrivalTime>>> {
    let (head, mut rest) = body.split_first_chunk::<16>()?;
    let count = usize::from(u16::from_be_bytes([head[10], head[11]]));
    let mut at = u32::from_be_bytes([head[12], head[13], head[14], 0]);
    let mut symbols = Vec::new();
    while symbols.len() < count {
        let chunk = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
        rest = &rest[2..];
        match chunk >> 14 {
            0b11 => symbols.extend((0..7).rev().map(|n| chunk >> (2 * n) & 3)),
            0b10 => symbols.extend((0..14).rev().map(|n| chunk >> n & 1)),
            _ => symbols.extend(vec![chunk >> 13 & 3; usize::from(chunk & 0x1fff)]),
        }
    }
    symbols.truncate(count);
    let mut delta = |bytes: usize| {
        let (delta, behind) = rest.split_at_checked(bytes)?;
        rest = behind;
        Some(match *delta {
            [high, low] => i32::from(i16::from_be_bytes([high, low])),
            _ => i32::from(delta[0]),
        })
    };
    let arrivals = symbols.into_iter().map(|symbol| match symbol {
        0 => Some(None),
        1 | 2 => {
            at = at.wrapping_add_signed(delta(usize::from(symbol))?);
            Some(Some(ArrivalTime(at)))
        }
        _ => None,
    });
    arrivals.collect()
}

/// RFC 8888, section 3.1: what is read of each packet is what its bits say.
pub(super) fn assert_congestion(feedback: &CongestionFeedback<'_>) {
    for stream in feedback.streams() {
        let mut expected = stream.first;
        assert!(stream.packets().len() <= 65_535);
        for (seq, packet) in stream.packets() {
            assert_eq!(seq, expected);
            expected = Seq(expected.0.wrapping_add(1));
            let Some(packet) = packet else { continue };
            let arrived = feedback.arrived(packet.offset);
            let known = ![ArrivalOffset::OVER_RANGE, ArrivalOffset::UNAVAILABLE].contains(&packet.offset);
            assert_eq!((packet.offset.duration().is_some(), arrived.is_some()), (known, known));
            if let (Some(span), Some(arrived)) = (packet.offset.duration(), arrived) {
                let ticks = feedback.timestamp.0.wrapping_sub(arrived.0);
                assert!(ticks.is_multiple_of(64) && span <= Duration::from_secs(8));
                assert_eq!(span, Duration::from_nanos((u64::from(ticks) * 1_000_000_000) >> 16));
            }
            assert!(matches!(
                packet.ecn,
                Ecn::NotCapable | Ecn::Capable0 | Ecn::Capable1 | Ecn::CongestionExperienced
            ));
        }
    }
}

/// RFC 3611, section 4.1: from the first number to the last, the next bit for each multiple.
pub(super) fn assert_run_lengths(found: &RunLengths<'_>) {
    let range = found.range;
    let mut packets = found.packets();
    let mut seq = range.first;
    let mut ended = false;
    while seq != range.end {
        if seq.0.is_multiple_of(range.thinning.every()) {
            match packets.next() {
                Some((found, _)) => assert!(!ended && found == seq),
                None => ended = true,
            }
        }
        seq = Seq(seq.0.wrapping_add(1));
    }
    assert_eq!(packets.next(), None);
}
