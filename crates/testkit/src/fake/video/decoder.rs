//! Access units into sketches, and a record of what became of each.

use super::byte_stream;
use super::unit::Unit;
use crate::stamp;
use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind, VideoDecoder, VideoInput, VideoOutput};
use moim_media::{FramePool, VideoSize};

/// What became of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decoded {
    /// The picture of this number was drawn.
    Frame(u32),
    /// The picture of this number was decoded, but the pool had no room for it.
    Dropped(u32),
    /// The unit of this number is whole, but what it builds on was not decoded, or its parameter sets never came.
    Broken(u32),
    /// The unit is torn, or none.
    Corrupt,
    /// A picture was reported lost.
    Lost,
}

/// The decoder of the [fake video codec](super).
///
/// It is strict: after a loss, a torn unit or a broken reference it decodes nothing until a key frame comes, and a
/// unit given twice breaks the chain as one left out does. `new` makes all allocations but those of another pool
/// for pictures of another size.
#[derive(Clone, Debug)]
pub struct FakeVideoDecoder {
    /// The size that the parameter sets told last.
    headers: Option<VideoSize>,
    /// Number of the picture that the next one has to build on, and the size of both.
    reference: Option<(u32, VideoSize)>,
    history: Vec<Decoded>,
}

impl FakeVideoDecoder {
    /// Inputs that the history holds: the newest.
    pub const HISTORY: usize = 8_192;

    /// A decoder that needs a key frame.
    #[must_use]
    pub fn new() -> Self {
        Self { headers: None, reference: None, history: Vec::with_capacity(2 * Self::HISTORY) }
    }

    /// What became of the last [`HISTORY`](Self::HISTORY) inputs, in their order.
    #[must_use]
    pub fn history(&self) -> &[Decoded] {
        &self.history[self.history.len().saturating_sub(Self::HISTORY)..]
    }

    fn record(&mut self, decoded: Decoded) {
        if self.history.len() == self.history.capacity() {
            self.history.drain(..self.history.len() - Self::HISTORY);
        }
        self.history.push(decoded);
    }

    /// Whether all that `unit` needs is there.
    fn can_decode(&self, unit: &Unit) -> bool {
        match unit.info.kind {
            FrameKind::Key => self.headers == Some(unit.size),
            FrameKind::Delta => self.reference == Some((unit.builds_on, unit.size)),
        }
    }

    /// Gives up what was decoded so far.
    fn needs_key_frame(&mut self, because: Decoded) -> VideoOutput {
        self.reference = None;
        self.record(because);
        VideoOutput::NeedsKeyFrame
    }

    fn decode_unit(&mut self, unit: &Unit, pool: &mut FramePool) -> VideoOutput {
        if unit.info.has_headers {
            self.headers = Some(unit.size);
        }
        if !self.can_decode(unit) {
            return self.needs_key_frame(Decoded::Broken(unit.frame));
        }
        if !unit.info.disposable {
            self.reference = Some((unit.frame, unit.size));
        }
        if pool.size() != unit.size {
            *pool = FramePool::new(unit.size, pool.capacity());
        }
        let drawn = pool.write(|mut frame| {
            unit.sketch.draw(&mut frame);
            stamp::write(&mut frame, unit.stamp);
        });
        match drawn {
            Some(frame) => {
                self.record(Decoded::Frame(unit.frame));
                VideoOutput::Frame(frame)
            }
            None => {
                self.record(Decoded::Dropped(unit.frame));
                VideoOutput::PoolExhausted
            }
        }
    }
}

impl Default for FakeVideoDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoDecoder for FakeVideoDecoder {
    fn inspect(&self, access_unit: &[u8]) -> Result<AccessUnitInfo, CodecError> {
        byte_stream::inspect(access_unit)
    }

    fn decode(&mut self, input: VideoInput<'_>, pool: &mut FramePool) -> Result<VideoOutput, CodecError> {
        let access_unit = match input {
            VideoInput::AccessUnit(access_unit) => access_unit,
            VideoInput::Lost => return Ok(self.needs_key_frame(Decoded::Lost)),
        };
        match Unit::parse(access_unit) {
            Ok(unit) => Ok(self.decode_unit(&unit, pool)),
            Err(corrupt) => {
                self.needs_key_frame(Decoded::Corrupt);
                Err(corrupt)
            }
        }
    }
}
