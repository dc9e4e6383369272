//! Redundant data.

use super::{header, packet};
use arbitrary::Unstructured;
use moim_media::Timestamp;
use moim_rtp::red::{
    Block, MAX_BLOCK, Numbering, Parameters, Red, RedError, RedSender, TimestampOffset, Unit, recover, write,
};
use moim_rtp::{BuildError, PayloadType};
use str0m::rtp::{RedDecoder, RedEncoder, RedundantBlock};

/// A payload is read as by a naive reader and by str0m, numbered as it stands, and comes out the same when it is
/// written again. Parameters that are read are written so that they are read the same.
pub fn red(data: &[u8]) {
    let parameters = core::str::from_utf8(data).ok().and_then(|fmtp| fmtp.parse::<Parameters>().ok());
    if let Some(parameters) = parameters {
        assert_eq!(parameters.to_string().parse(), Ok(parameters));
    }

    let (red, blocks) = match (Red::parse(data), naive(data)) {
        (Ok(red), Ok(blocks)) => (red, blocks),
        (Err(error), Err(needed)) => {
            assert_eq!(error, RedError::Truncated { needed, actual: data.len() });
            assert!(needed > data.len() && RedDecoder::decode(data).is_err());
            return;
        }
        (ours, naive) => panic!("{ours:?} or {naive:?}"),
    };
    assert!(red.blocks().eq(blocks.iter().copied()));
    assert_eq!(red.primary(), blocks[blocks.len() - 1]);
    // Where str0m has had enough.
    if blocks.len() <= 33 {
        let theirs = RedDecoder::decode(data).expect("str0m reads it too");
        let theirs = theirs.iter().map(|it| (it.pt, it.timestamp_offset, it.payload));
        assert!(theirs.eq(blocks.iter().map(|it| (it.payload_type.get(), it.offset.get().into(), it.data))));
    }

    let unit = |block: &Block<'_>| {
        let timestamp = block.offset.before(Timestamp(5));
        assert_eq!(TimestampOffset::between(timestamp, Timestamp(5)), Some(block.offset));
        (timestamp, block.payload_type)
    };
    let units = red.blocks().map(|block| {
        let (timestamp, payload_type) = unit(&block);
        Unit { payload_type, timestamp, data: block.data }
    });
    let units: Vec<_> = units.collect();
    let (primary, earlier) = units.split_last().expect("the primary");
    let mut again = vec![0xff; data.len()];
    let written = write(earlier.iter().rev().copied(), *primary, &mut again).expect("it fits");
    assert_eq!((written.len, written.redundant, written.left_out), (data.len(), earlier.len(), 0));
    assert_eq!(again, data);

    let mut bytes = Vec::new();
    let packet = packet(&mut bytes, header(63, 9, 5), data);
    let numbered = recover(&packet, Numbering::Consecutive).expect("it was read");
    let distances = (0..blocks.len()).rev();
    let expected = distances.zip(&units).filter(|(distance, unit)| *distance == 0 || !unit.data.is_empty());
    assert!(
        numbered
            .map(|it| (usize::from(it.distance), it.timestamp, it.payload))
            .eq(expected.map(|(distance, unit)| (distance, unit.timestamp, unit.data)))
    );
}

/// RFC 2198 with an index: the blocks, or how many bytes there would have to be.
fn naive(data: &[u8]) -> Result<Vec<Block<'_>>, usize> {
    let mut headers = Vec::new();
    let mut at = 0;
    loop {
        match data.get(at) {
            None => return Err(at + 1),
            Some(first) if first & 0x80 == 0 => break,
            Some(_) if at + 4 > data.len() => return Err(at + 5),
            Some(first) => {
                let offset = (u16::from(data[at + 1]) << 8 | u16::from(data[at + 2])) >> 2;
                let len = usize::from(data[at + 2] & 3) * 256 + usize::from(data[at + 3]);
                headers.push((first & 0x7f, offset, len));
                at += 4;
            }
        }
    }
    let primary = data[at];
    at += 1;
    let end = at + headers.iter().map(|&(.., len)| len).sum::<usize>();
    if end > data.len() {
        return Err(end);
    }
    let block = |number, offset, data| Block {
        payload_type: PayloadType::new(number).expect("seven bits"),
        offset: TimestampOffset::new(offset).expect("fourteen bits"),
        data,
    };
    let mut blocks = Vec::new();
    for (number, offset, len) in headers {
        blocks.push(block(number, offset, &data[at..at + len]));
        at += len;
    }
    blocks.push(block(primary, 0, &data[at..]));
    Ok(blocks)
}

/// What a sender puts in front is what a plain list of all that was sent says, written by str0m; and the receiver of
/// such a packet finds the others under their numbers.
pub fn red_sender(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((pattern, bytes_per_unit)) = input.arbitrary::<(u16, u8)>() else { return };
    // One bit for each distance, so that they are ascending.
    let distances: Vec<u8> = (1..=8).filter(|distance| pattern >> distance & 1 != 0).collect();
    let consecutive = (1..).zip(&distances).all(|(place, &distance)| place == distance);
    let bytes_per_unit = usize::from(bytes_per_unit) * 8;
    let mut sender = RedSender::new(&distances, bytes_per_unit);
    let mut sent: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut now = u32::MAX - 5_000;
    while !input.is_empty() {
        let Ok((step, len, room)) = input.arbitrary::<(u16, u16, u8)>() else { return };
        now = now.wrapping_add(u32::from(step) % 9_000);
        let unit: Vec<_> = (0..len % 1_100).map(|at| (usize::from(at) + sent.len()) as u8).collect();
        let room = if room < 8 { usize::from(room) * 16 } else { 4_096 };

        let mut blocks = Vec::new();
        let mut left = room.checked_sub(1 + unit.len());
        let past = distances.iter().filter_map(|&distance| sent.len().checked_sub(distance.into()));
        let past: Vec<_> = past.map(|index| &sent[index]).collect();
        for (at, earlier) in &past {
            let (offset, len) = (now.wrapping_sub(*at), earlier.len());
            left = left.and_then(|left| left.checked_sub(4 + len));
            if offset > 0x3fff || len > bytes_per_unit.min(MAX_BLOCK) || left.is_none() {
                break;
            }
            blocks.push(RedundantBlock { pt: 111, timestamp_offset: offset, payload: earlier.clone() });
        }
        blocks.reverse();

        let mut payload = vec![0xff; room];
        let payload_type = PayloadType::new(111).expect("seven bits");
        let whole = Unit { payload_type, timestamp: Timestamp(now), data: &unit };
        match sender.write(whole, &mut payload) {
            Err(error) => {
                let needed = 1 + unit.len();
                assert_eq!(error, BuildError::BufferTooSmall { needed, actual: room });
                assert!(needed > room);
                continue;
            }
            Ok(written) => {
                payload.truncate(written.len);
                assert_eq!(payload, RedEncoder::encode(111, &unit, &blocks));
                assert_eq!((written.redundant, written.left_out), (blocks.len(), past.len() - blocks.len()));
            }
        }
        sent.push((now, unit));
        if consecutive {
            check_numbers(&payload, now, &sent);
        }
    }
}

fn check_numbers(payload: &[u8], now: u32, sent: &[(u32, Vec<u8>)]) {
    let mut bytes = Vec::new();
    let packet = packet(&mut bytes, header(63, sent.len() as u16, now), payload);
    for found in recover(&packet, Numbering::Consecutive).expect("just written") {
        let (at, unit) = &sent[usize::from(found.seq.0) - 1];
        assert_eq!((found.timestamp.0, found.payload), (*at, &unit[..]));
    }
}
