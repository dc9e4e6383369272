//! AV1 payloads.

use arbitrary::{Result, Unstructured};
use moim_media::{Seq, Timestamp};
use moim_rtp::payload::av1::{
    Av1Depayloader, Av1Payloader, Element, ObuKind, Parameters, Payload, Portion, begins_sequence, obus,
};
use moim_rtp::payload::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use moim_rtp::{Header, Layer, Packet, PacketBuilder, PayloadType, Ssrc};

/// What was sent, with the marker.
type Sent = (Vec<u8>, bool);

/// What is paid comes back as it was but for what does not travel, in packets that keep the rules; when packets are
/// lost, what comes back is what a model makes of those that arrived.
pub fn av1_roundtrip(data: &[u8]) {
    // The end of the input is the end of the stream.
    let _ = stream(&mut Unstructured::new(data));
}

fn stream(input: &mut Unstructured<'_>) -> Result<()> {
    let limit = input.int_in_range(2..=1_200)?;
    let mut payloader = Av1Payloader::new();
    let (mut clean, mut lossy, mut model) = (Av1Depayloader::new(), Av1Depayloader::new(), Model::default());
    let mut seq: u16 = input.arbitrary()?;
    let mut time = 0;
    while !input.is_empty() {
        let unit = temporal_unit(input)?;
        let bitstream: Vec<_> = unit.iter().flat_map(Obu::with_size).collect();
        let mut sent: Vec<Sent> = Vec::new();
        let result = payloader.packetize(&bitstream, limit, &mut |fragment: Fragment<'_>| {
            sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
        });
        let travels: Vec<_> = unit.iter().filter(|obu| !matches!(obu.kind(), 2 | 8 | 15)).collect();
        let needed = travels.iter().map(|obu| 1 + obu.header_len() + obu.payload().len().min(1)).max();
        let expected = match needed {
            _ if unit.iter().skip(1).any(|obu| obu.kind() == 2) => Err(PayloadError::Malformed),
            None => Err(PayloadError::Empty),
            Some(needed) if needed > limit => Err(PayloadError::TooLong { needed, limit }),
            Some(_) => Ok(()),
        };
        assert_eq!(result, expected);
        if result.is_err() {
            assert!(sent.is_empty());
            continue;
        }
        time += 3_000;
        assert_keeps_the_rules(&sent, limit, begins_sequence(&bitstream));
        let (mut back, mut survived) = (Vec::new(), Vec::new());
        model.obus.clear();
        for (payload, marker) in &sent {
            let packet = packet(seq, time, *marker, payload);
            let extent = take(&mut clean, &packet, &mut back).expect("what we send is read");
            assert_eq!(extent.ends, *marker);
            if !input.ratio(1, 4)? {
                let taken = take(&mut lossy, &packet, &mut survived).map(|extent| extent.ends);
                assert_eq!(taken, model.take(seq, time, *marker, payload));
            }
            seq = seq.wrapping_add(1);
        }
        let len = clean.finish(&mut back);
        let expected: Vec<_> = travels.iter().flat_map(|obu| obu.with_size()).collect();
        assert_eq!(back[..len], expected);
        let len = lossy.finish(&mut survived);
        assert_eq!(survived[..len], model.unit());
    }
    Ok(())
}

/// A few OBUs; the first may be a delimiter, and rarely another one is.
fn temporal_unit(input: &mut Unstructured<'_>) -> Result<Vec<Obu>> {
    let mut unit = Vec::new();
    for _ in 0..input.int_in_range(1..=8)? {
        let kind = *input.choose(&[1, 6, 3, 4, 5, 7, 15, 8, 0, 9, 2])?;
        if kind == 2 && !unit.is_empty() && !input.ratio(1, 8)? {
            continue;
        }
        let layer = if input.ratio(1, 2)? { Some(input.arbitrary::<u8>()?) } else { None };
        let len =
            if input.ratio(1, 4)? { input.int_in_range(0..=20_000)? } else { input.int_in_range(0..=200)? };
        let pattern = input.bytes(input.len().min(5))?;
        let mut rest: Vec<u8> = layer.into_iter().collect();
        rest.extend(pattern.iter().cycle().take(len));
        unit.push(Obu { first: kind << 3 | if layer.is_some() { 4 } else { 0 }, rest });
    }
    Ok(unit)
}

fn assert_keeps_the_rules(sent: &[Sent], limit: usize, begins_sequence: bool) {
    let longest = sent.iter().map(|(payload, _)| payload.len()).max();
    assert!(longest <= Some(limit));
    for (index, (payload, marker)) in sent.iter().enumerate() {
        assert_eq!(*marker, index + 1 == sent.len());
        let parsed = Payload::parse(payload).expect("what we send is read");
        assert_eq!(parsed.aggregation().begins_sequence(), index == 0 && begins_sequence);
        let elements: Vec<_> = parsed.elements().collect();
        let counted = u8::try_from(elements.len()).ok().filter(|count| (1..=3).contains(count));
        assert_eq!(parsed.aggregation().count(), counted);
        let headers: Vec<_> = elements.iter().map(Element::header).collect();
        for (element, header) in elements.iter().zip(&headers) {
            assert_eq!(header.is_some(), matches!(element.portion, Portion::Whole | Portion::Start));
            assert!(header.is_none_or(|header| !header.has_size()));
        }
        let layers: Vec<_> = headers.iter().flatten().filter_map(|header| header.layer()).collect();
        assert!(layers.windows(2).all(|pair| pair[0] == pair[1]), "one layer a packet");
        let mut others = headers.iter().skip(1).flatten();
        assert!(others.all(|header| header.kind() != ObuKind::SequenceHeader), "first in its packet");
    }
}

/// An OBU without its size: the first byte of the header, and all that is behind.
#[derive(Clone, Debug)]
struct Obu {
    first: u8,
    rest: Vec<u8>,
}

impl Obu {
    fn kind(&self) -> u8 {
        self.first >> 3 & 15
    }

    fn header_len(&self) -> usize {
        1 + usize::from(self.first >> 2 & 1)
    }

    fn payload(&self) -> &[u8] {
        &self.rest[self.header_len() - 1..]
    }

    /// As in a bitstream; nothing when even the header was cut short.
    fn with_size(&self) -> Vec<u8> {
        if self.rest.len() + 1 < self.header_len() {
            return Vec::new();
        }
        let mut bytes = vec![self.first | 2];
        bytes.extend_from_slice(&self.rest[..self.header_len() - 1]);
        let mut size = self.payload().len();
        while size > 127 {
            bytes.push(0x80 | (size & 127) as u8);
            size >>= 7;
        }
        bytes.push(size as u8);
        bytes.extend_from_slice(self.payload());
        bytes
    }
}

/// The receiver of the specification, with an index and copies.
#[derive(Default)]
struct Model {
    obus: Vec<Obu>,
    open: Option<Open>,
}

/// An OBU that goes on in the packet with this number and time.
struct Open {
    next: (u16, u32),
    /// Which one it is, unless it is ignored.
    obu: Option<usize>,
    left: Option<usize>,
}

impl Model {
    fn unit(&self) -> Vec<u8> {
        self.obus.iter().flat_map(Obu::with_size).collect()
    }

    /// Whether a unit ends.
    fn take(
        &mut self,
        seq: u16,
        time: u32,
        marker: bool,
        payload: &[u8],
    ) -> core::result::Result<bool, DepayloadError> {
        let malformed = DepayloadError::Malformed;
        let mut open = self.open.take().filter(|open| open.next == (seq, time));
        let elements =
            if payload.is_empty() { Err(DepayloadError::Empty) } else { elements(payload).ok_or(malformed) }?;
        let (continues, continued) = (payload[0] & 0x80 != 0, payload[0] & 0x40 != 0);
        let goes_on = |index| continued && index + 1 == elements.len();
        let begun = elements.iter().enumerate().skip(usize::from(continues));
        let are_sound = |(index, element): (usize, &&[u8])| match begin(element) {
            _ if goes_on(index) => element.first().is_some_and(|&first| first < 0x80),
            Some((obu, left)) => left.unwrap_or(0) == 0 && obu.rest.len() + 1 >= obu.header_len(),
            None => false,
        };
        if !begun.into_iter().all(are_sound) {
            return Err(malformed);
        }
        if continues && open.is_none() {
            return Err(DepayloadError::Headless);
        }
        if !continues && open.is_some() {
            return Err(malformed);
        }
        let mut obus = self.obus.clone();
        for (index, element) in elements.iter().enumerate() {
            if let Some(before) = open.take() {
                let left =
                    before.left.map(|left| left.checked_sub(element.len()).ok_or(malformed)).transpose()?;
                if !goes_on(index) && left.is_some_and(|left| left > 0) {
                    return Err(malformed);
                }
                if let Some(obu) = before.obu {
                    obus[obu].rest.extend_from_slice(element);
                }
                if goes_on(index) {
                    open = Some(Open { next: (seq.wrapping_add(1), time), left, ..before });
                }
                continue;
            }
            let (obu, left) = begin(element).ok_or(malformed)?;
            let place = (!matches!(obu.kind(), 2 | 8)).then_some(obus.len());
            if place.is_some() {
                obus.push(obu);
            }
            if goes_on(index) {
                open = Some(Open { next: (seq.wrapping_add(1), time), obu: place, left });
            }
        }
        self.obus = obus;
        self.open = open;
        Ok(marker && self.open.is_none())
    }
}

/// An OBU of which `element` is all or the start, and how much of it is to come, if it says so.
fn begin(element: &[u8]) -> Option<(Obu, Option<usize>)> {
    let first = *element.first().filter(|&&first| first < 0x80)?;
    let mut obu = Obu { first: first & !2, rest: element[1..].to_vec() };
    if first & 2 == 0 {
        return Some((obu, None));
    }
    let (size, len) = leb128(element.get(obu.header_len()..)?)?;
    obu.rest.drain(obu.header_len() - 1..obu.header_len() - 1 + len);
    let left = size.checked_sub(obu.payload().len())?;
    Some((obu, Some(left)))
}

/// The elements of a payload, if they fill it as its first byte says.
fn elements(payload: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut at) = (usize::from(payload[0] >> 4 & 3), 1);
    let mut elements: Vec<&[u8]> = Vec::new();
    while at < payload.len() && (count == 0 || elements.len() + 1 < count) {
        let (size, len) = leb128(&payload[at..])?;
        elements.push(payload.get(at + len..at + len + size)?);
        at += len + size;
    }
    if count > 0 {
        elements.push(&payload[at..]);
    }
    let is_counted = count == 0 || elements.len() == count;
    (is_counted && !elements.is_empty() && payload[0] & 0x88 != 0x88).then_some(elements)
}

/// The layer that the first OBU with one says, if its header is in a sound payload.
fn layer(payload: &[u8]) -> Option<Layer> {
    let elements = elements(payload)?;
    let begun = elements.iter().skip(usize::from(payload[0] >> 7));
    let extension = begun.filter(|element| element[0] & 4 != 0).find_map(|element| element.get(1))?;
    Some(Layer { spatial: extension >> 3 & 3, temporal: extension >> 5 })
}

/// A size of up to 32 bits, and the bytes it takes, eight at most.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let len = bytes.iter().take(8).position(|&byte| byte < 0x80)? + 1;
    let size = bytes[..len].iter().rev().fold(0_u64, |size, &byte| size << 7 | u64::from(byte & 127));
    Some((usize::try_from(u32::try_from(size).ok()?).ok()?, len))
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
    depayloader: &mut Av1Depayloader,
    packet: &[u8],
    unit: &mut Vec<u8>,
) -> core::result::Result<Extent, DepayloadError> {
    depayloader.depacketize(&Packet::parse(packet).expect("just written"), &mut |piece: Piece<'_>| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    })
}

/// Whatever payloads hold: they are refused and nothing comes out, or what comes out is what a model makes of them,
/// whole OBUs each with its size.
pub fn av1_depay(data: &[u8]) {
    let (mut depayloader, mut model) = (Av1Depayloader::new(), Model::default());
    let (mut seq, mut time) = (65_530_u16, 0_u32);
    let mut unit = Vec::new();
    let mut rest = data;
    while let [control, len, behind @ ..] = rest {
        let (payload, behind) = behind.split_at(behind.len().min(usize::from(*len)));
        rest = behind;
        seq = seq.wrapping_add(1 + u16::from(control & 3 == 3));
        time += u32::from(control & 12 == 12);
        let marker = control & 16 != 0;
        let before = unit.len();
        let taken = take(&mut depayloader, &packet(seq, time, marker, payload), &mut unit);
        assert!(taken.is_ok() || unit.len() == before);
        // A size of eight bytes may become one of one, and a fragment takes five more.
        assert!(unit.len() - before <= 6 * payload.len());
        assert!(taken.is_ok_and(|extent| !extent.begins || payload[0] & 0x80 == 0) || taken.is_err());
        assert_eq!(taken.map(|extent| extent.ends), model.take(seq, time, marker, payload));
        if let Ok(parsed) = Payload::parse(payload) {
            assert_eq!(parsed.layer(), layer(payload));
        }
    }
    let len = depayloader.finish(&mut unit);
    assert_eq!(unit[..len], model.unit());
    let mut walk = obus(&unit[..len]);
    assert!(walk.by_ref().all(|obu| obu.header.has_size()));
    assert!(walk.remainder().is_empty());
    // Of what was never put together here, it makes whole OBUs, too.
    let mut foreign = data.to_vec();
    let len = depayloader.finish(&mut foreign);
    let mut walk = obus(&foreign[..len]);
    assert!(walk.by_ref().all(|obu| obu.header.has_size()) && walk.remainder().is_empty());
}

/// Reading format parameters is total, what is written of them is read as the same, and an answer is what was asked.
pub fn av1_parameters(data: &[u8]) {
    let Ok(Ok(parameters)) = core::str::from_utf8(data).map(str::parse::<Parameters>) else { return };
    assert_eq!(parameters.to_string().parse(), Ok(parameters));
    assert_eq!(parameters.answer(&parameters), Some(parameters));
    let answer = parameters.answer(&Parameters::default());
    assert_eq!(answer.is_some(), parameters.profile == Parameters::default().profile);
}
