//! From payloads to temporal units.

use super::aggregation::{Element, Payload, Portion};
use super::obu::{Obu, ObuHeader, ObuKind};
use super::{leb128, unit};
use crate::Packet;
use crate::payload::continuity::{Next, Times};
use crate::payload::{DepayloadError, Depayloader, Extent, Piece};

/// Takes temporal units out of payloads without copying; each OBU gets its size back.
///
/// The size of an OBU in fragments is known with the last of them: a unit of which every piece was appended is to be
/// given to [`finish`](Depayloader::finish), and is no bitstream before.
///
/// No OBU comes out with a hole: a fragment is taken only right behind the one before it. An OBU whose end does not
/// come remains cut short, in a unit that a missing or refused packet spoils. Temporal delimiters and tile lists are
/// ignored, as the specification has it.
///
/// [`Extent::begins`] says what can be told from the payload: a coded video sequence begins, or it is the first with
/// its timestamp, or comes right behind a marked one, and starts with what may come first, such as a sequence header or a
/// frame of the lowest spatial layer. Whether a lost packet held another frame before that one cannot be told.
/// [`Extent::ends`] is the marker.
#[derive(Clone, Debug, Default)]
pub struct Av1Depayloader {
    times: Times,
    open: Option<Open>,
}

/// An OBU of which fragments have come, but not the last.
#[derive(Clone, Copy, Debug)]
struct Open {
    next: Next,
    content: Content,
    /// Bytes to come, if the OBU says its size, which it should not.
    left: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Kept,
    Ignored,
}

impl Av1Depayloader {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { times: Times::new(), open: None }
    }
}

impl Depayloader for Av1Depayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        let open = self.open.take().filter(|open| open.next.is(packet));
        let payload = Payload::parse(packet.payload())?;
        let is_first = self.times.is_first(packet);
        let open = match (payload.aggregation().continues(), open) {
            (true, Some(open)) => Some(open.continued(payload.elements().next())?),
            (true, None) => return Err(DepayloadError::Headless),
            // The OBU before was never finished: what holds it must not pass for whole.
            (false, Some(_)) => return Err(DepayloadError::Malformed),
            (false, None) => None,
        };
        let last = payload.elements().last();
        let start = match last {
            Some(Element { portion: Portion::Start, bytes }) => Some(Start::parse(bytes)?),
            _ => None,
        };
        let begins = payload.aggregation().begins_sequence() || (is_first && may_begin_unit(&payload));
        self.open = match last.map(|element| element.portion) {
            Some(Portion::Start) => start.map(|start| Open::after(packet, start.content(), start.left)),
            Some(Portion::Middle) => open.map(|open| Open::after(packet, open.content, open.left)),
            _ => None,
        };
        for element in payload.elements() {
            match element.portion {
                Portion::Whole => give_whole(element.bytes, sink),
                Portion::Start => start.into_iter().for_each(|start| start.give(sink)),
                Portion::Middle | Portion::End => {
                    open.into_iter().for_each(|open| open.give(element.bytes, sink));
                }
            }
        }
        Ok(Extent { begins, ends: packet.marker() && self.open.is_none() })
    }

    fn finish(&mut self, unit: &mut [u8]) -> usize {
        unit::finish(unit)
    }
}

impl Open {
    fn after(packet: &Packet<'_>, content: Content, left: Option<usize>) -> Self {
        Self { next: Next::after(packet), content, left }
    }

    /// What is open behind `element`, if that may come here: where an OBU says its size, that is where it ends.
    fn continued(self, element: Option<Element<'_>>) -> Result<Self, DepayloadError> {
        let Some((element, left)) = element.zip(self.left) else { return Ok(self) };
        match (element.portion, left.checked_sub(element.bytes.len())) {
            (_, None) | (Portion::End, Some(1..)) => Err(DepayloadError::Malformed),
            (_, left) => Ok(Self { left, ..self }),
        }
    }

    fn give<'a>(self, fragment: &'a [u8], sink: &mut dyn FnMut(Piece<'a>)) {
        if self.content == Content::Kept && !fragment.is_empty() {
            sink(Piece { prefix: unit::continuation(fragment), body: fragment });
        }
    }
}

/// The first fragment of an OBU.
#[derive(Clone, Copy, Debug)]
struct Start<'a> {
    first: u8,
    /// The rest of the header, if it is not in `body`.
    extension: Option<u8>,
    body: &'a [u8],
    left: Option<usize>,
}

impl<'a> Start<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, DepayloadError> {
        let (&first, body) = bytes.split_first().ok_or(DepayloadError::Malformed)?;
        if !ObuHeader::says_size(first) {
            return Ok(Self { first, extension: None, body, left: None });
        }
        let (header, body) = ObuHeader::split_first(bytes).ok_or(DepayloadError::Malformed)?;
        let (size, body) = leb128::split_first(body).ok_or(DepayloadError::Malformed)?;
        let left = Some(size.checked_sub(body.len()).ok_or(DepayloadError::Malformed)?);
        Ok(Self { first: header.first_without_size(), extension: header.extension(), body, left })
    }

    fn content(&self) -> Content {
        if ObuKind::of(self.first).is_ignored() { Content::Ignored } else { Content::Kept }
    }

    fn give(self, sink: &mut dyn FnMut(Piece<'a>)) {
        if self.content() == Content::Kept {
            let prefix = unit::start(self.first, self.extension.as_slice(), self.body);
            sink(Piece { prefix, body: self.body });
        }
    }
}

fn give_whole<'a>(element: &'a [u8], sink: &mut dyn FnMut(Piece<'a>)) {
    if let Some(obu) = Obu::parse(element).filter(|obu| !obu.header.kind().is_ignored()) {
        sink(Piece { prefix: unit::whole(&obu), body: obu.payload });
    }
}

/// Whether nothing of the unit need be ahead of what `payload` starts with.
fn may_begin_unit(payload: &Payload<'_>) -> bool {
    let Some(header) = payload.elements().next().and_then(|element| element.header()) else { return false };
    let is_lowest = header.layer().is_none_or(|layer| layer.spatial == 0);
    match header.kind() {
        ObuKind::SequenceHeader | ObuKind::TemporalDelimiter => true,
        ObuKind::Metadata | ObuKind::Frame | ObuKind::FrameHeader => is_lowest,
        _ => false,
    }
}
