//! Laws of `lab`.

use lab::receiver::{Census, PayloadTypes};
use lab::recording::Recording;
use moim_media::Instant;
use moim_rtp::{Packet, PayloadType, is_rtcp};
use std::time::Duration;

/// Later than this, times in milliseconds no longer count nanoseconds exactly.
const EXACT: Duration = Duration::from_secs(10_000);

/// Any bytes are a recording or an error. What is read of one lies within it and is in order; written as lines of JSON
/// and read again, all of RTP is there as before; and a source is found wherever there is sound.
pub fn recording(data: &[u8]) {
    let Ok(recording) = Recording::parse(data) else { return };
    let arrivals = || recording.arrivals();
    let bytes: usize = arrivals().map(|arrival| arrival.datagram.len()).sum();
    // A payload of JSON grows by the header that it came without, written in no fewer bytes.
    assert!(bytes <= data.len(), "{bytes} bytes of packets in a file of {}", data.len());
    assert!(arrivals().zip(arrivals().skip(1)).all(|(one, next)| one.at <= next.at));

    let again = match Recording::parse(recording.to_jsonl().as_bytes()) {
        Ok(again) => again,
        Err(error) => panic!("what was written cannot be read: {error}"),
    };
    assert_eq!(packets(&again), packets(&recording));
    let written = Recording::parse(again.to_jsonl().as_bytes());
    assert!(written.is_ok_and(|written| packets(&written) == packets(&recording)));

    let [Some(opus), Some(red)] = [111, 63].map(PayloadType::new) else { return };
    let payload_types = PayloadTypes { opus, red };
    let sounds = arrivals().map(|arrival| arrival.datagram).filter(|datagram| !is_rtcp(datagram));
    let sounds = sounds.filter_map(|datagram| Packet::parse(datagram).ok());
    let mut sounds = sounds.filter(|packet| [opus, red].contains(&packet.payload_type()));
    match Census::of(&recording).choose(None, payload_types) {
        Ok(source) => assert!(sounds.any(|packet| packet.ssrc() == source)),
        Err(error) => {
            assert!(sounds.next().is_none(), "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

/// What lines of JSON keep of a packet.
#[derive(Debug, PartialEq)]
struct Kept {
    at: Option<Instant>,
    seq: u16,
    timestamp: u32,
    marker: bool,
    payload_type: PayloadType,
    payload: Vec<u8>,
}

fn packets(recording: &Recording) -> Vec<Kept> {
    let arrivals = recording.arrivals().filter(|arrival| !is_rtcp(arrival.datagram));
    let packets = arrivals.filter_map(|arrival| Some((arrival.at, Packet::parse(arrival.datagram).ok()?)));
    let kept = packets.map(|(at, packet)| Kept {
        at: Some(at).filter(|at| at.since_epoch() < EXACT),
        seq: packet.seq().0,
        timestamp: packet.timestamp().0,
        marker: packet.marker(),
        payload_type: packet.payload_type(),
        payload: packet.payload().to_vec(),
    });
    kept.collect()
}
