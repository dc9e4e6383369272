//! H.264 payloads.

use arbitrary::{Result, Unstructured};
use moim_media::{Seq, Timestamp};
use moim_rtp::payload::h264::{
    H264Depayloader, H264Payloader, NalUnit, PacketizationMode, Parameters, nal_units,
};
use moim_rtp::payload::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use std::collections::BTreeMap;

/// What was sent, with the marker.
type Sent = (Vec<u8>, bool);

/// The parameter sets by type and number.
type Sets = BTreeMap<(u8, usize), Vec<u8>>;

/// What is paid comes back as it was but for the parameter sets, of which there are as many as a model says; when
/// packets are lost, what comes back is what the packets that arrived hold, and no NAL unit with a hole.
pub fn h264_roundtrip(data: &[u8]) {
    // The end of the input is the end of the stream.
    let _ = stream(&mut Unstructured::new(data));
}

fn stream(input: &mut Unstructured<'_>) -> Result<()> {
    let mode = *input.choose(&[PacketizationMode::SingleNal, PacketizationMode::NonInterleaved])?;
    let limit = input.int_in_range(3..=1_200)?;
    let mut payloader = H264Payloader::new(mode);
    let (mut clean, mut lossy) = (H264Depayloader::new(), H264Depayloader::new());
    let mut sets = Sets::new();
    let mut seq: u16 = input.arbitrary()?;
    let mut time = 0;
    while !input.is_empty() {
        let nals = access_unit(input)?;
        let mut unit = vec![0; input.int_in_range(0..=2)?];
        for nal in &nals {
            unit.extend_from_slice(if input.ratio(1, 2)? { &[0, 0, 1] } else { &[0, 0, 0, 1] });
            unit.extend_from_slice(nal);
            unit.extend_from_slice(&[0; 2][..input.int_in_range(0..=2)?]);
        }
        assert!(nal_units(&unit).map(NalUnit::as_bytes).eq(nals.iter().map(Vec::as_slice)));

        let expected =
            if unit.is_empty() { Err(PayloadError::Empty) } else { expect(&nals, &mut sets, mode, limit) };
        let mut sent: Vec<Sent> = Vec::new();
        let result = payloader.packetize(&unit, limit, &mut |fragment: Fragment<'_>| {
            sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
        });
        let expected = match expected {
            Ok(expected) => expected,
            Err(error) => {
                assert_eq!((result, sent.len()), (Err(error), 0));
                continue;
            }
        };
        assert_eq!(result, Ok(()));
        assert!(sent.iter().all(|(payload, _)| payload.len() <= limit));
        assert!(sent.iter().rev().map(|&(_, marker)| marker).eq((0..sent.len()).map(|back| back == 0)));

        time += 3_000;
        let mut back = Vec::new();
        let mut arrived = Vec::new();
        let mut survived = Vec::new();
        for (index, (payload, marker)) in sent.iter().enumerate() {
            let packet = packet(seq, time, *marker, payload);
            seq = seq.wrapping_add(1);
            let extent = take(&mut clean, &packet, &mut back).expect("what we send is read");
            assert_eq!(extent.ends, *marker);
            assert!(!extent.begins || index == 0);
            arrived.push(!input.ratio(1, 4)?);
            if arrived.last() == Some(&true) {
                let taken = take(&mut lossy, &packet, &mut survived);
                assert!(matches!(taken, Ok(_) | Err(DepayloadError::Headless)));
            }
        }
        assert_same(&back, &expected);
        assert_eq!(survived, what_survives(&sent, &arrived));
    }
    Ok(())
}

/// A few NAL units as an encoder may write them.
fn access_unit(input: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    let mut nals = Vec::new();
    for _ in 0..input.int_in_range(0..=5)? {
        let header = input.arbitrary::<u8>()? & 0x7f;
        let len = input.int_in_range(0..=3_000)?;
        let pattern = input.bytes(input.len().min(5))?;
        let mut nal = match header & 0x1f {
            7 => vec![header, 0x42, 0xe0, 0x1f, id(input)?],
            8 => vec![header, id(input)?],
            _ => vec![header.max(1)],
        };
        // Few enough bytes of parameter sets that all of them are remembered.
        let len = if matches!(header & 0x1f, 7 | 8) { len % 40 } else { len };
        nal.extend(pattern.iter().cycle().take(len));
        for at in 3..nal.len() {
            if nal[at - 2..at] == [0, 0] && nal[at] <= 3 {
                nal[at] = 4;
            }
        }
        if nal.last() == Some(&0) {
            nal.push(0x80);
        }
        nals.push(nal);
    }
    Ok(nals)
}

/// The numbers 0, 1 and 2 in the highest bits.
fn id(input: &mut Unstructured<'_>) -> Result<u8> {
    Ok(*input.choose(&[0x80, 0xff, 0x40, 0x5f, 0x60, 0x7f])?)
}

/// What is to come out of a unit, or why it cannot be sent.
fn expect(
    nals: &[Vec<u8>],
    sets: &mut Sets,
    mode: PacketizationMode,
    limit: usize,
) -> core::result::Result<Vec<Vec<u8>>, PayloadError> {
    if nals.is_empty() {
        return Err(PayloadError::Malformed);
    }
    let mut own = Vec::new();
    let mut ahead = false;
    for nal in nals {
        let kind = nal[0] & 0x1f;
        ahead |= matches!(kind, 5 | 7 | 8);
        match kind {
            7 => drop(sets.insert((kind, number(nal[4])), nal.clone())),
            8 => drop(sets.insert((kind, number(nal[1])), nal.clone())),
            0 | 9 | 12 | 24..=31 => {}
            _ => own.push(nal.clone()),
        }
    }
    let mut expected: Vec<_> = if ahead { sets.values().cloned().collect() } else { Vec::new() };
    expected.extend(own);
    let longest = expected.iter().map(Vec::len).max().ok_or(PayloadError::Empty)?;
    if mode == PacketizationMode::SingleNal && longest > limit {
        return Err(PayloadError::TooLong { needed: longest, limit });
    }
    Ok(expected)
}

fn number(code: u8) -> usize {
    [0x80..=0xff, 0x40..=0x5f, 0x60..=0x7f]
        .iter()
        .position(|codes| codes.contains(&code))
        .expect("one of these")
}

/// The order of parameter sets among their kind is the payloader's own.
fn assert_same(back: &[u8], expected: &[Vec<u8>]) {
    let mut nals: Vec<_> = nal_units(back).map(|nal| nal.as_bytes().to_vec()).collect();
    assert_eq!(back.len(), nals.iter().map(|nal| 4 + nal.len()).sum::<usize>());
    let (sets, _) = nals.split_at_mut(expected.iter().filter(|nal| matches!(nal[0] & 0x1f, 7 | 8)).count());
    assert!(sets.is_sorted_by_key(|set| set[0] & 0x1f));
    sets.sort_by_key(|set| (set[0] & 0x1f, number(set[if set[0] & 0x1f == 7 { 4 } else { 1 }])));
    assert_eq!(nals, expected);
}

/// What is in the packets that arrived, read naively: a fragment counts when all before it arrived.
fn what_survives(sent: &[Sent], arrived: &[bool]) -> Vec<u8> {
    let mut survived = Vec::new();
    let mut whole = false;
    for ((payload, _), &arrived) in sent.iter().zip(arrived) {
        let (kind, second) = (payload[0] & 0x1f, payload.get(1).copied().unwrap_or_default());
        whole = arrived && (kind != 28 || second & 0x80 != 0 || whole);
        match kind {
            _ if !whole => {}
            28 => {
                if second & 0x80 != 0 {
                    survived.extend_from_slice(&[0, 0, 0, 1, payload[0] & 0xe0 | second & 0x1f]);
                }
                survived.extend_from_slice(&payload[2..]);
            }
            24 => {
                let mut at = 1;
                while at < payload.len() {
                    let len = usize::from(u16::from_be_bytes([payload[at], payload[at + 1]]));
                    survived.extend_from_slice(&[0, 0, 0, 1]);
                    survived.extend_from_slice(&payload[at + 2..at + 2 + len]);
                    at += 2 + len;
                }
            }
            _ => survived.extend_from_slice(&[&[0, 0, 0, 1], &payload[..]].concat()),
        }
    }
    survived
}

fn packet(seq: u16, time: u32, marker: bool, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(96).expect("seven bits"),
        seq: Seq(seq),
        timestamp: Timestamp(time),
        ssrc: Ssrc(1),
    };
    let mut bytes = vec![0; 12 + payload.len()];
    assert_eq!(PacketBuilder::new(header).write(&[payload], &mut bytes), Ok(12 + payload.len()));
    bytes
}

fn take(
    depayloader: &mut H264Depayloader,
    packet: &[u8],
    unit: &mut Vec<u8>,
) -> core::result::Result<Extent, DepayloadError> {
    depayloader.depacketize(&Packet::parse(packet).expect("just written"), &mut |piece: Piece<'_>| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    })
}

/// Whatever a payload holds: it is refused and nothing comes out, or what comes out is of the payload, bounded by
/// it, begins with the header of a NAL unit that may be – or continues the one before without a hole.
pub fn h264_depay(data: &[u8]) {
    let mut depayloader = H264Depayloader::new();
    let (mut seq, mut time) = (65_530_u16, 0_u32);
    let mut open = None;
    let mut rest = data;
    while let [control, len, behind @ ..] = rest {
        let (payload, behind) = behind.split_at(behind.len().min(usize::from(*len)));
        rest = behind;
        seq = seq.wrapping_add(1 + u16::from(control & 3 == 3));
        time += u32::from(control & 12 == 12);
        let marker = control & 16 != 0;
        let packet = packet(seq, time, marker, payload);
        let mut pieces = Vec::new();
        let result = depayloader.depacketize(&Packet::parse(&packet).expect("just written"), &mut |piece| {
            pieces.push((piece.prefix, piece.body));
        });
        let continues = open.take() == Some((seq, time));
        let Ok(extent) = result else {
            assert!(pieces.is_empty());
            continue;
        };
        let mut bytes = 0;
        for (prefix, body) in &pieces {
            bytes += prefix.as_bytes().len() + body.len();
            let nal = [prefix.as_bytes(), body].concat();
            if prefix.as_bytes().is_empty() {
                assert!(continues && pieces.len() == 1);
            } else {
                assert!(!continues, "the NAL unit before never ended");
                assert_eq!(nal[..4], [0, 0, 0, 1]);
                assert!(matches!(nal[4], 0..=0x7f) && matches!(nal[4] & 0x1f, 1..=23));
            }
        }
        assert!(!pieces.is_empty());
        assert!(bytes <= 5 * payload.len());
        if payload[0] & 0x1f == 28 && payload[1] & 0x40 == 0 {
            open = Some((seq.wrapping_add(1), time));
        }
        assert_eq!(extent.ends, marker && open.is_none());
    }
}

/// Reading format parameters is total, and what is written of them is read as the same.
pub fn h264_parameters(data: &[u8]) {
    let Ok(Ok(parameters)) = core::str::from_utf8(data).map(str::parse::<Parameters>) else { return };
    let written = parameters.to_string();
    let read: Parameters = written.parse().expect("just written");
    assert_eq!(read.to_string(), written);
    assert_eq!(read.profile_level_id, parameters.profile_level_id);
    assert!(nal_units(&read.sprop_parameter_sets).eq(nal_units(&parameters.sprop_parameter_sets)));
    if let Some(answer) = parameters.answer(&read) {
        assert_eq!(answer.packetization_mode, parameters.packetization_mode);
        assert!(answer.profile_level_id.is_same_profile(parameters.profile_level_id));
    }
}
