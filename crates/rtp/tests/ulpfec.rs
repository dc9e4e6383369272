//! Packets that GStreamer protects with ULPFEC, lost and recovered byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use moim_media::Seq;
use moim_rtp::fec::{Decoder, DecoderConfig, Held, Inserted, ulpfec};
use moim_rtp::{Packet, Ssrc};
use moim_testkit::skip;

const FEC: u8 = 122;

/// What GStreamer sends: pictures in small packets of many sizes, and sums of them in the same stream.
fn sent(name: &str, percentage: u8) -> Option<Vec<Vec<u8>>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.rtp"));
    let pipeline = format!(
        "videotestsrc num-buffers=60 pattern=ball ! video/x-raw,width=320,height=240 ! vp8enc deadline=1 ! \
         rtpvp8pay pt=96 mtu=200 ! rtpulpfecenc pt={FEC} percentage={percentage} ! rtpstreampay ! \
         filesink location={}",
        file.display()
    );
    let ran = Command::new("gst-launch-1.0").arg("-q").args(pipeline.split_whitespace()).status();
    if !ran.is_ok_and(|status| status.success()) {
        skip("gst-launch-1.0 has no rtpulpfecenc");
        return None;
    }
    let bytes = std::fs::read(file).expect("it was just written");
    let mut rest = &bytes[..];
    let mut packets = Vec::new();
    // RFC 4571: each packet after its length.
    while let Some((&len, behind)) = rest.split_first_chunk::<2>() {
        let (packet, behind) = behind.split_at(usize::from(u16::from_be_bytes(len)));
        packets.push(packet.to_vec());
        rest = behind;
    }
    Some(packets)
}

fn parse(packet: &[u8]) -> Packet<'_> {
    Packet::parse(packet).expect("GStreamer writes packets")
}

fn is_fec(packet: &[u8]) -> bool {
    parse(packet).payload_type().get() == FEC
}

/// The numbers of the packets that a sum names.
fn named(packet: &Packet<'_>) -> BTreeSet<u16> {
    let repair = ulpfec::read(packet.payload()).expect("GStreamer writes ULPFEC");
    let level = repair.levels().next().expect("at least one");
    assert_eq!(repair.levels().count(), 1);
    level.packets.offsets().map(|offset| repair.base().0.wrapping_add(offset)).collect()
}

/// Which of the packets lost in `packets` can be found: as long as a sum misses one of its packets only, that one is.
fn repairable(packets: &[Vec<u8>], lost: &BTreeSet<u16>) -> BTreeSet<u16> {
    let sums: Vec<_> = packets
        .iter()
        .map(|packet| parse(packet))
        .filter(|packet| packet.payload_type().get() == FEC)
        .collect();
    let sums: Vec<_> = sums.iter().filter(|sum| !lost.contains(&sum.seq().0)).map(named).collect();
    let mut missing = lost.clone();
    loop {
        let found = sums.iter().find_map(|sum| {
            let mut of_sum = sum.intersection(&missing);
            of_sum.next().copied().filter(|_| of_sum.next().is_none())
        });
        let Some(found) = found else { return lost.difference(&missing).copied().collect() };
        missing.remove(&found);
    }
}

/// What a decoder finds when these are lost.
fn recovered(packets: &[Vec<u8>], source: Ssrc, lost: &BTreeSet<u16>) -> BTreeMap<u16, Vec<u8>> {
    let config = DecoderConfig { packets: 64, repairs: 32, bytes_per_packet: 400 };
    let mut decoder = Decoder::new(config, &[source]);
    let mut found = BTreeMap::new();
    for bytes in packets {
        let packet = parse(bytes);
        if lost.contains(&packet.seq().0) {
            continue;
        }
        if is_fec(bytes) {
            let repair = ulpfec::read(packet.payload()).expect("GStreamer writes ULPFEC");
            assert!(matches!(decoder.ulpfec(source, &repair), Held::Kept | Held::Spent));
        } else {
            assert_eq!(decoder.media(bytes), Ok(Inserted::Kept));
        }
        while let Some(packet) = decoder.recover() {
            assert!(found.insert(parse(packet).seq().0, packet.to_vec()).is_none(), "once");
        }
    }
    found
}

fn judge(packets: &[Vec<u8>], source: Ssrc, lost: &BTreeSet<u16>) -> usize {
    let found = recovered(packets, source, lost);
    let expected: BTreeMap<u16, Vec<u8>> = repairable(packets, lost)
        .into_iter()
        .map(|seq| {
            let original = packets.iter().find(|packet| parse(packet).seq() == Seq(seq));
            (seq, original.expect("it was sent").clone())
        })
        .collect();
    assert_eq!(found, expected, "of {lost:?}");
    found.len()
}

/// The numbers of media packets chosen by `lose`, of all packets in the order they were sent.
fn lose(packets: &[Vec<u8>], mut lose: impl FnMut(usize) -> bool) -> BTreeSet<u16> {
    let packets = packets.iter().enumerate().filter(|(place, _)| lose(*place));
    packets.map(|(_, packet)| parse(packet).seq().0).collect()
}

#[test]
fn every_packet_that_gstreamer_protects_is_recovered() {
    let Some(packets) = sent("ulpfec_single", 100) else { return };
    let source = parse(&packets[0]).ssrc();
    let media = packets.iter().filter(|packet| !is_fec(packet)).count();
    assert!(media > 60, "{media} packets of 60 pictures");
    let mut found = 0;
    for lost in 0..packets.len() {
        if !is_fec(&packets[lost]) {
            found += judge(&packets, source, &lose(&packets, |place| place == lost));
        }
    }
    assert_eq!(found, media, "each is protected");
}

#[test]
fn of_any_loss_what_the_sums_determine_is_recovered() {
    for (name, percentage) in [("ulpfec_half", 50), ("ulpfec_much", 90)] {
        let Some(packets) = sent(name, percentage) else { return };
        let source = parse(&packets[0]).ssrc();
        let mut found = 0;
        for percent in [3, 10, 30, 60] {
            // Knuth's multiplicative hash scatters the losses.
            let scattered = |place: usize| (place as u32).wrapping_mul(2_654_435_761) >> 16 & 0x3ff;
            found +=
                judge(&packets, source, &lose(&packets, |place| scattered(place) * 100 < percent * 0x400));
            let bursts = |place: usize| place % 40 >= 40 - percent as usize / 5;
            found += judge(&packets, source, &lose(&packets, bursts));
        }
        assert!(found > 50, "{found} were recovered");
    }
}
