//! Access units from the packets' own structure.
//!
//! A unit is the packets side by side with one timestamp, up to the marker or to a packet of another timestamp. It
//! is whole when nothing can be missing at its beginning either: the packet before is known, or the payload itself
//! says that a key frame with its headers begins here.

use crate::slots::{Run, Slots};
use moim_media::codec::{AccessUnitInfo, FrameKind, VideoDecoder};
use moim_media::{MediaTime, SeqNo};
use moim_rtp::payload::{DepayloadError, Depayloader};

/// An access unit of which every packet came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) first: SeqNo,
    pub(crate) last: SeqNo,
    pub(crate) time: MediaTime,
    pub(crate) content: Content,
    /// Whether some of it had to be asked for.
    pub(crate) repaired: bool,
}

/// What an access unit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A picture.
    Picture(AccessUnitInfo),
    /// No picture that could be told from outside; perhaps headers alone. The decoder may know.
    Unclear,
    /// Nothing.
    Padding,
    /// A part of a picture on which nothing builds: the only kind of unit that is not whole, to be passed over.
    Disposable,
    /// Not what the payload format or the unit's limit allows.
    Spoilt,
}

impl Unit {
    /// The kind of its picture, if it holds one.
    pub(crate) fn kind(self) -> Option<FrameKind> {
        match self.content {
            Content::Picture(info) => Some(info.kind),
            _ => None,
        }
    }

    /// Whether it is whole and not merely padding.
    pub(crate) fn has_picture(self) -> bool {
        !matches!(self.content, Content::Padding | Content::Disposable)
    }
}

/// Puts access units together in one buffer.
pub(crate) struct Assembler {
    depayloader: Box<dyn Depayloader + Send>,
    /// The headers that came by signalling, and behind them the unit put together last.
    buffer: Vec<u8>,
    headers: usize,
    unit_bytes: usize,
    /// Which unit is in the buffer.
    loaded: Option<SeqNo>,
}

/// What was put together.
struct Loaded {
    outcome: Result<(), TooLong>,
    spoilt: bool,
    repaired: bool,
}

struct TooLong;

impl Assembler {
    pub(crate) fn new(
        depayloader: Box<dyn Depayloader + Send>,
        unit_bytes: usize,
        mut headers: Vec<u8>,
    ) -> Self {
        let length = headers.len();
        headers.reserve_exact(unit_bytes);
        Self { depayloader, buffer: headers, headers: length, unit_bytes, loaded: None }
    }

    pub(crate) fn clear(&mut self) {
        self.loaded = None;
    }

    /// The unit that `run` is, if it is whole.
    pub(crate) fn examine<D: VideoDecoder>(&mut self, run: Run, slots: &Slots, decoder: &D) -> Option<Unit> {
        let time = run.time?;
        if !slots.is_ended(run) {
            return None;
        }
        let begun = slots.is_begun(run);
        if !begun && !self.seems_to_begin(run, slots) {
            return None;
        }
        let loaded = self.load(run.first, run.last, slots);
        let content = match loaded.outcome {
            Ok(()) if self.unit().is_empty() && !loaded.spoilt => Content::Padding,
            Ok(()) if !loaded.spoilt => match decoder.inspect(self.unit()) {
                Ok(info) => Content::Picture(info),
                Err(_) => Content::Unclear,
            },
            _ => Content::Spoilt,
        };
        let unit = Unit { first: run.first, last: run.last, time, content, repaired: loaded.repaired };
        (begun || begins_by_itself(content)).then_some(unit)
    }

    /// The unit up to `last` of which only `part` came in one piece, if that shows that nothing builds on it.
    pub(crate) fn examine_torn<D: VideoDecoder>(
        &mut self,
        part: Run,
        last: SeqNo,
        slots: &Slots,
        decoder: &D,
    ) -> Option<Unit> {
        let loaded = self.load(part.first, part.last, slots);
        self.loaded = None;
        let is_intact = loaded.outcome.is_ok() && !loaded.spoilt;
        let is_disposable = is_intact && decoder.inspect(self.unit()).is_ok_and(|info| info.disposable);
        let (first, time, content) = (part.first, part.time?, Content::Disposable);
        is_disposable.then_some(Unit { first, last, time, content, repaired: false })
    }

    /// Puts `unit` together, if it is not what was put together last.
    pub(crate) fn load_unit(&mut self, unit: Unit, slots: &Slots) {
        if self.loaded != Some(unit.first) {
            self.load(unit.first, unit.last, slots);
        }
    }

    /// The bytes of `unit`, which was put together last, for the decoder: with the headers that came by signalling
    /// where it lacks them.
    pub(crate) fn access_unit(&self, unit: Unit) -> &[u8] {
        let lacks_headers = matches!(
            unit.content,
            Content::Picture(AccessUnitInfo { kind: FrameKind::Key, has_headers: false, .. })
        );
        if lacks_headers { &self.buffer } else { self.unit() }
    }

    fn unit(&self) -> &[u8] {
        &self.buffer[self.headers..]
    }

    /// Asks the payload format whether a unit begins with the first packet that is no padding.
    fn seems_to_begin(&mut self, run: Run, slots: &Slots) -> bool {
        self.loaded = None;
        for seq in run.first.get()..=run.last.get() {
            let Some(stored) = slots.packet(SeqNo::new(seq)) else { return false };
            match self.depayloader.depacketize(&stored.packet, &mut |_| ()) {
                Ok(extent) => return extent.begins,
                Err(DepayloadError::Empty) => {}
                Err(_) => return false,
            }
        }
        false
    }

    fn load(&mut self, first: SeqNo, last: SeqNo, slots: &Slots) -> Loaded {
        self.buffer.truncate(self.headers);
        self.loaded = Some(first);
        let limit = self.headers + self.unit_bytes;
        let mut loaded = Loaded { outcome: Ok(()), spoilt: false, repaired: false };
        let (buffer, outcome) = (&mut self.buffer, &mut loaded.outcome);
        for seq in first.get()..=last.get() {
            let Some(stored) = slots.packet(SeqNo::new(seq)) else {
                loaded.spoilt = true;
                break;
            };
            loaded.repaired |= stored.repaired;
            if stored.packet.payload().is_empty() {
                continue;
            }
            let extent = self.depayloader.depacketize(&stored.packet, &mut |piece| {
                let prefix = piece.prefix.as_bytes();
                if buffer.len() + prefix.len() + piece.body.len() > limit {
                    *outcome = Err(TooLong);
                    return;
                }
                buffer.extend_from_slice(prefix);
                buffer.extend_from_slice(piece.body);
            });
            loaded.spoilt |= extent.is_err_and(|error| error != DepayloadError::Empty);
            if outcome.is_err() || loaded.spoilt {
                break;
            }
        }
        let length = self.depayloader.finish(&mut buffer[self.headers..]);
        buffer.truncate(self.headers + length);
        loaded
    }
}

fn begins_by_itself(content: Content) -> bool {
    matches!(content, Content::Picture(info) if info.kind == FrameKind::Key && info.has_headers)
}
