//! Forward error correction.

mod headers;
mod levels;
mod sender;

pub use headers::fec_headers;
pub use levels::fec_levels;

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Arbitrary, Unstructured};
use moim_media::Seq;
use moim_rtp::fec::{
    Decoder, DecoderConfig, Format, Held, Inserted, Mask, Pattern, Protected, flexfec, flexfec03, ulpfec,
};
use moim_rtp::{Packet, Ssrc};
use sender::{Kind, Plan, read, repair_packet, send};

const MEDIA: Ssrc = Ssrc(1);
/// So that all is within the decoder's reach, in whatever order it comes.
const MOST: usize = 96;
/// So that honest repair packets find room beside it.
const MOST_GARBAGE: usize = 16;
const CONFIG: DecoderConfig = DecoderConfig { packets: 128, repairs: 256, bytes_per_packet: 600 };

/// As long as a sum misses one of its packets only, that one is known.
fn peel(sums: &[BTreeSet<usize>], missing: &mut BTreeSet<usize>) {
    while let Some(found) = sums.iter().find_map(|sum| {
        let mut of_sum = sum.intersection(missing);
        of_sum.next().copied().filter(|_| of_sum.next().is_none())
    }) {
        missing.remove(&found);
    }
}

/// Whatever is lost and in whatever order the rest comes: what the sums that arrive determine is recovered as it was,
/// once, and of everything else that they name it is said that it is missing.
pub fn fec_recovery(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((plan, kind, first)) = input.arbitrary::<(Plan, Kind, u16)>() else { return };
    let mut items = Vec::new();
    while items.len() < 2 * MOST && !input.is_empty() {
        let Ok(item) = input.arbitrary::<(u32, u8)>() else { break };
        items.push(item);
    }
    // One half tells of packets, the other of their sums.
    let (packets, fates) = items.split_at(items.len().div_ceil(2));
    let shapes: Vec<u32> = packets.iter().map(|(shape, _)| *shape).collect();
    let Some(sent) = send(plan, kind.format(), Seq(first), &shapes) else { return };
    let sums = plan.sums(sent.packets.len());
    assert_eq!(sent.repairs.len(), sums.len(), "a repair packet for each sum");
    let named = |bytes: &Vec<u8>| -> BTreeSet<usize> {
        let named = read(sent.format, bytes).expect("it was written").named();
        named.into_iter().map(|seq| seq.wrapping_sub(first).into()).collect()
    };
    let meant: BTreeSet<_> = sums.into_iter().collect();
    assert_eq!(sent.repairs.iter().map(named).collect::<BTreeSet<_>>(), meant);

    // The fate of each: lost with an odd byte, and else in the order of the bytes.
    let fate = |place: usize| fates.get(place).map_or(0, |(_, fate)| *fate);
    let media = sent.packets.iter().zip(packets).map(|(packet, (_, fate))| (*fate, false, packet));
    let repairs = sent.repairs.iter().enumerate().map(|(place, repair)| (fate(place), true, repair));
    let mut arriving: Vec<_> = media.chain(repairs).filter(|(fate, ..)| fate & 1 == 0).collect();
    arriving.sort_by_key(|(fate, ..)| *fate);

    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    let mut found = BTreeMap::new();
    for (_, is_repair, bytes) in &arriving {
        if *is_repair {
            let held = read(sent.format, bytes).expect("it was written").hold(&mut decoder);
            assert!(matches!(held, Held::Kept | Held::Spent), "{held:?}");
        } else {
            let inserted = decoder.media(bytes);
            assert!(matches!(inserted, Ok(Inserted::Kept | Inserted::Repaired)), "{inserted:?}");
        }
        while let Some(packet) = decoder.recover() {
            assert!(found.insert(sent.place(packet), packet.to_vec()).is_none(), "once");
        }
    }
    let arrived: BTreeSet<_> =
        arriving.iter().filter(|item| !item.1).map(|(.., packet)| sent.place(packet)).collect();
    let mut missing: BTreeSet<usize> =
        (0..sent.packets.len()).filter(|place| !arrived.contains(place)).collect();
    let sums: Vec<_> = arriving.iter().filter(|item| item.1).map(|(.., repair)| named(repair)).collect();
    peel(&sums, &mut missing);
    for (place, packet) in &found {
        assert_eq!(*packet, sent.packets[*place]);
    }
    let known: BTreeSet<_> = arrived.iter().chain(found.keys()).copied().collect();
    assert_eq!(known, (0..sent.packets.len()).filter(|place| !missing.contains(place)).collect());
    let said: Vec<usize> = decoder.missing().map(|(_, seq)| seq.0.wrapping_sub(first).into()).collect();
    let expected: BTreeSet<usize> =
        sums.iter().flatten().copied().filter(|place| missing.contains(place)).collect();
    assert_eq!((said.len(), said.into_iter().collect()), (expected.len(), expected));
}

/// What comes from nobody knows whom.
#[derive(Arbitrary, Debug)]
enum Garbage<'a> {
    Media(&'a [u8]),
    Repair(Kind, &'a [u8]),
    /// A header that makes sense.
    Sum {
        kind: Kind,
        base: i8,
        mask: u64,
        recovery: [u8; 8],
        body: &'a [u8],
    },
    /// A repair packet of the sender, changed on the way.
    Changed {
        which: u8,
        at: u16,
        to: u8,
    },
}

/// Repair packets that lie, and bytes that mean nothing, disturb neither what arrived nor what is recovered by sums
/// that have to do with nothing they name; what is recovered is a packet of the source, and was missing.
pub fn fec_hostile(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((plan, kind, first, lost)) = input.arbitrary::<(Plan, Kind, u16, u64)>() else { return };
    let shapes: Vec<u32> = (0..48).map(|n| n * 0x0101_0203).collect();
    let Some(sent) = send(plan, kind.format(), Seq(first), &shapes) else { return };
    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    let received: BTreeSet<usize> = (0..48).filter(|place| lost >> place & 1 == 0 || *place == 0).collect();
    for place in &received {
        assert_eq!(decoder.media(&sent.packets[*place]), Ok(Inserted::Kept));
    }
    // One far ahead makes nothing late.
    let mut far = sent.packets[0].clone();
    far[2..4].copy_from_slice(&first.wrapping_add(1_000).to_be_bytes());
    assert_eq!(decoder.media(&far), Ok(Inserted::Stray));
    // Whatever a lie is about, and what honest sums make of it.
    let mut tainted: BTreeSet<u16> = BTreeSet::new();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut honest = sent.repairs.iter();
    for _ in 0..MOST_GARBAGE {
        if input.is_empty() {
            break;
        }
        let Ok(garbage) = input.arbitrary::<Garbage<'_>>() else { break };
        let (format, bytes) = match garbage {
            Garbage::Media(bytes) => {
                // Whether what says it is of the source is so is not for a code to tell.
                if Packet::parse(bytes).is_ok_and(|packet| packet.ssrc() != MEDIA) {
                    assert_eq!(decoder.media(bytes), Ok(Inserted::Foreign));
                }
                continue;
            }
            Garbage::Repair(Kind::UlpFec, bytes) => (Format::UlpFec, bytes.to_vec()),
            Garbage::Repair(kind, bytes) => (kind.format(), repair_packet(&[MEDIA], &[bytes])),
            Garbage::Sum { kind, base, mask, recovery, body } => {
                let base = first.wrapping_add_signed(base.into());
                (kind.format(), sum(kind.format(), base, mask, recovery, body))
            }
            Garbage::Changed { which, at, to } => {
                let Some(repair) = sent.repairs.get(usize::from(which)) else { continue };
                let mut bytes = repair.clone();
                let at = usize::from(at) % bytes.len();
                bytes[at] = to;
                (sent.format, bytes)
            }
        };
        let Some(repair) = read(format, &bytes) else { continue };
        if repair.hold(&mut decoder) == Held::Kept {
            tainted.extend(repair.named());
        }
        while let Some(packet) = decoder.recover() {
            found.push(packet.to_vec());
        }
        if let Some(honest) = honest.next() {
            read(sent.format, honest).expect("it was written").hold(&mut decoder);
        }
    }
    for honest in honest {
        read(sent.format, honest).expect("it was written").hold(&mut decoder);
    }
    while let Some(packet) = decoder.recover() {
        found.push(packet.to_vec());
    }

    let mut lies: BTreeSet<usize> = tainted.iter().map(|seq| seq.wrapping_sub(first).into()).collect();
    let sums = plan.sums(48);
    loop {
        let concerned = sums
            .iter()
            .filter(|sum| sum.iter().any(|place| lies.contains(place) && !received.contains(place)));
        let more: BTreeSet<_> = concerned.flatten().copied().filter(|place| !lies.contains(place)).collect();
        if more.is_empty() {
            break;
        }
        lies.extend(more);
    }
    let mut once = BTreeSet::new();
    for packet in &found {
        let place = sent.place(packet);
        assert_eq!(Packet::parse(packet).expect("it is one").ssrc(), MEDIA);
        assert!(!received.contains(&place) && once.insert(place), "it was missing");
        assert!(lies.contains(&place) || sent.packets.get(place) == Some(packet));
    }
    // What lies do not concern is recovered all the same, and what arrived is here.
    let mut missing: BTreeSet<usize> = (0..48).filter(|place| !received.contains(place)).collect();
    peel(&sums, &mut missing);
    let fine = (0..48).filter(|place| !missing.contains(place) && !lies.contains(place));
    fine.for_each(|place| assert!(received.contains(&place) || once.contains(&place)));
    received
        .iter()
        .for_each(|place| assert_eq!(decoder.media(&sent.packets[*place]), Ok(Inserted::Duplicate)));
}

/// A sum with a header that makes sense, over whatever.
fn sum(format: Format, base: u16, mask: u64, recovery: [u8; 8], body: &[u8]) -> Vec<u8> {
    let offsets = (0..48).filter(|bit| mask >> bit & 1 == 1);
    let (packets, base) = (Mask::of(offsets).expect("below 48"), Seq(base));
    let [a, b, c, d, e, f, g, h] = recovery;
    // The recovery fields in the order of ULPFEC, with no level behind but an empty one.
    let head = [a & 0x3f, b, 0, 0, e, f, g, h, c, d, 0, 0, 0, 0];
    let recovery = ulpfec::read(&head).expect("it is complete").recovery();
    let mut bytes = vec![0; 64 + body.len()];
    let protected = [Protected { source: MEDIA, base, pattern: Pattern::Mask(packets) }];
    let len = match format {
        Format::UlpFec => {
            let level = ulpfec::Level { packets, start: 0, body };
            let len = ulpfec::write(recovery, base, &[level], &mut bytes).expect("it can be said");
            bytes.truncate(len);
            return bytes;
        }
        Format::FlexFec => flexfec::write_header(recovery, &protected, &mut bytes),
        Format::FlexFec03 => flexfec03::write_header(recovery, &protected, &mut bytes),
    };
    repair_packet(&[MEDIA], &[&bytes[..len.expect("it can be said")], body])
}
