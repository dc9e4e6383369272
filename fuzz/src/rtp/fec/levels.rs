//! ULPFEC with several levels, by a sender that writes it byte for byte from the RFC.

use std::collections::BTreeMap;

use super::sender::packet;
use super::{CONFIG, MEDIA};
use arbitrary::{Arbitrary, Unstructured};
use moim_rtp::Packet;
use moim_rtp::fec::{Decoder, Held, Inserted, ulpfec};

/// Which packets, counted from the first, and how many bytes of each.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Level(u32, u8);

/// The sums of two levels over parts of `packets`, the first of which has the number `base` (RFC 5109, section 7).
fn payload(base: u16, packets: &[Vec<u8>], levels: &[Level]) -> Vec<u8> {
    let chosen = |mask: u32| packets.iter().enumerate().filter(move |(place, _)| mask >> place & 1 == 1);
    let mut bytes = vec![0; 10];
    for (_, packet) in chosen(levels[0].0) {
        let len = (packet.len() as u16 - 12).to_be_bytes();
        let fields =
            [packet[0] & 0x3f, packet[1], 0, 0, packet[4], packet[5], packet[6], packet[7], len[0], len[1]];
        bytes.iter_mut().zip(fields).for_each(|(byte, field)| *byte ^= field);
    }
    bytes[0] |= 0x40;
    bytes[2..4].copy_from_slice(&base.to_be_bytes());
    let mut start = 12;
    for &Level(mask, len) in levels {
        let len = usize::from(len);
        bytes.extend((len as u16).to_be_bytes());
        bytes.extend(mask.reverse_bits().to_be_bytes());
        bytes.extend([0, 0]);
        let sum = bytes.len();
        bytes.resize(sum + len, 0);
        for (_, packet) in chosen(mask) {
            for (at, byte) in packet.iter().skip(start).take(len).enumerate() {
                bytes[sum + at] ^= byte;
            }
        }
        start += len;
    }
    bytes
}

/// How many bytes of each packet are known in the end, of its fixed header and what follows.
fn solve(packets: &[Vec<u8>], known: &mut [usize], sums: &[[Level; 2]]) {
    let mut parts: Vec<(u32, usize, usize)> = Vec::new();
    for [Level(first, len), Level(second, more)] in sums {
        let end = 12 + usize::from(*len);
        parts.push((*first, 0, end));
        parts.push((*second, end, end + usize::from(*more)));
    }
    loop {
        let found = parts.iter().find_map(|&(mask, start, end)| {
            let mut lacking = (0..packets.len()).filter(|place| mask >> place & 1 == 1).filter(|&place| {
                let ends = known[place] >= 12 && packets[place].len() <= start;
                known[place] < end.min(packets[place].len()) && !ends
            });
            let place = lacking.next().filter(|&place| known[place] >= start)?;
            lacking.next().is_none().then(|| (place, end.min(packets[place].len())))
        });
        let Some((place, end)) = found else { return };
        known[place] = end;
    }
}

/// Of packets whose parts are summed up over any others, those are recovered all of whose parts are determined, as
/// they were; nothing is given of the others.
pub fn fec_levels(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((first, count, lost)) = input.arbitrary::<(u16, u8, u32)>() else { return };
    let mut packets = Vec::new();
    for n in 0..u16::from(count % 24) + 1 {
        let Ok(shape) = input.arbitrary::<u32>() else { return };
        packets.push(packet(first.wrapping_add(n), shape));
    }
    let mut sums: Vec<[Level; 2]> = Vec::new();
    while sums.len() < 32 && !input.is_empty() {
        let Ok(sum) = input.arbitrary() else { break };
        sums.push(sum);
    }
    let named = u32::MAX >> (32 - packets.len());
    sums.iter_mut().flatten().for_each(|Level(mask, _)| *mask &= named);

    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    let mut known = vec![0; packets.len()];
    for (place, packet) in packets.iter().enumerate().filter(|(place, _)| lost >> place & 1 == 0) {
        assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
        known[place] = packet.len();
    }
    let arrived = known.clone();
    let mut found = BTreeMap::new();
    for sum in &sums {
        let bytes = payload(first, &packets, sum);
        let held = decoder.ulpfec(MEDIA, &ulpfec::read(&bytes).expect("it is complete"));
        assert!(matches!(held, Held::Kept | Held::Spent), "{held:?}");
        while let Some(packet) = decoder.recover() {
            let seq = Packet::parse(packet).expect("it is one").seq().0;
            assert!(found.insert(usize::from(seq.wrapping_sub(first)), packet.to_vec()).is_none(), "once");
        }
    }
    solve(&packets, &mut known, &sums);
    let whole =
        (0..packets.len()).filter(|&place| arrived[place] == 0 && known[place] == packets[place].len());
    assert_eq!(found, whole.map(|place| (place, packets[place].clone())).collect());
}
