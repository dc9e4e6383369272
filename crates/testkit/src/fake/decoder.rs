//! Fake packets into sound, and a record of the route each piece took.

use super::wire::{Content, Entries, Entry, Packet, Units};
use core::time::Duration;
use moim_media::AudioFormat;
use moim_media::codec::{self, Activity, AudioDecoder, AudioInput, CodecError, PacketInfo};

/// How long concealment repeats a level before it halves it.
const HALVING: Duration = Duration::from_millis(10);

/// The route by which a piece of sound was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Played {
    /// From the frame's own packet.
    Packet(u32),
    /// From a packet that marks a silence.
    Silence,
    /// From the in-band FEC in the packet after the frame.
    Fec(u32),
    /// From the deep redundancy in a later packet.
    Redundant(u32),
    /// From nothing: concealed.
    Lost,
}

/// Deep redundancy of one fake packet. It lies flat: creating it allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct FakeRedundancy {
    units: Units,
    entries: Entries,
}

/// The decoder of the [fake codec](super).
///
/// Concealment repeats the last level for 10 ms, then halves it every 10 ms. What FEC or redundancy does not reach
/// is concealed. `new` makes all allocations.
#[derive(Clone, Debug)]
pub struct FakeDecoder {
    format: AudioFormat,
    state: State,
    saved: State,
    history: Vec<Played>,
    /// Pieces that the history has forgotten.
    forgotten: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    level: f32,
    /// Frames of sound concealed since the level was heard.
    concealed: usize,
    /// Pieces played since the decoder was made.
    played: usize,
}

impl FakeDecoder {
    /// Pieces that the history holds: the newest.
    pub const HISTORY: usize = 8_192;

    /// A decoder that plays in `format`, whatever the encoder's was.
    #[must_use]
    pub fn new(format: AudioFormat) -> Self {
        Self {
            format,
            state: State::default(),
            saved: State::default(),
            history: Vec::with_capacity(2 * Self::HISTORY),
            forgotten: 0,
        }
    }

    /// The routes of the last [`HISTORY`](Self::HISTORY) pieces of sound, in the order in which they were made.
    ///
    /// One decoded input adds one piece, or one for each frame that it covers. [`AudioDecoder::restore`] takes
    /// away what was made since [`AudioDecoder::save`]; [`AudioDecoder::reset`] leaves the history alone.
    #[must_use]
    pub fn history(&self) -> &[Played] {
        let first = self.history.len().saturating_sub(Self::HISTORY);
        &self.history[first..]
    }

    fn record(&mut self, played: Played) {
        if self.history.len() == self.history.capacity() {
            let forget = self.history.len() - Self::HISTORY;
            self.history.drain(..forget);
            self.forgotten += forget;
        }
        self.history.push(played);
        self.state.played += 1;
    }

    fn play(&mut self, played: Played, level: f32, pcm: &mut [f32]) {
        pcm.fill(level);
        self.state.level = level;
        self.state.concealed = 0;
        self.record(played);
    }

    fn conceal(&mut self, pcm: &mut [f32]) {
        if pcm.is_empty() {
            return;
        }
        let halving = self.format.frames(HALVING).max(1);
        for frame in pcm.chunks_mut(self.format.channels()) {
            if self.state.concealed == halving {
                self.state.level /= 2.0;
                self.state.concealed = 0;
            }
            frame.fill(self.state.level);
            self.state.concealed += 1;
        }
        self.record(Played::Lost);
    }

    fn play_packet(&mut self, packet: &[u8], pcm: &mut [f32]) -> Result<usize, CodecError> {
        let packet = Packet::parse(packet)?;
        let needed = self.format.samples(packet.units.duration());
        let actual = pcm.len();
        let pcm = pcm.get_mut(..needed).ok_or(CodecError::BufferTooSmall { needed, actual })?;
        match packet.content {
            Content::Silence => self.play(Played::Silence, 0.0, pcm),
            Content::Sound { own, .. } => self.play(Played::Packet(own.frame), own.sample(), pcm),
        }
        Ok(needed)
    }

    fn play_fec(&mut self, next: &[u8], pcm: &mut [f32]) -> Result<(), CodecError> {
        let packet = Packet::parse(next)?;
        match packet.content {
            Content::Sound { fec: Some(Entry { frame, level }), .. } => {
                let covered = self.format.samples(packet.units.duration()).min(pcm.len());
                let (before, pcm) = pcm.split_at_mut(pcm.len() - covered);
                self.conceal(before);
                self.play(Played::Fec(frame), Entry { frame, level }.sample(), pcm);
            }
            Content::Sound { fec: None, .. } | Content::Silence => self.conceal(pcm),
        }
        Ok(())
    }

    fn play_redundant(&mut self, from: &FakeRedundancy, offset: Duration, mut pcm: &mut [f32]) {
        let channels = self.format.channels();
        let mut left = self.format.frames(offset);
        for (index, entry) in from.entries.as_slice().iter().enumerate().rev() {
            let begin = self.format.frames(from.units.duration() * (index as u32 + 1));
            let end = self.format.frames(from.units.duration() * index as u32);
            if left > begin {
                let (older, rest) = pcm.split_at_mut(((left - begin) * channels).min(pcm.len()));
                self.conceal(older);
                (pcm, left) = (rest, begin);
            }
            if left > end && !pcm.is_empty() {
                let (own, rest) = pcm.split_at_mut(((left - end) * channels).min(pcm.len()));
                self.play(Played::Redundant(entry.frame), entry.sample(), own);
                (pcm, left) = (rest, end);
            }
        }
        self.conceal(pcm);
    }
}

impl AudioDecoder for FakeDecoder {
    type Redundancy = FakeRedundancy;

    fn format(&self) -> AudioFormat {
        self.format
    }

    fn inspect(&self, packet: &[u8]) -> Result<PacketInfo, CodecError> {
        let Packet { units, content } = Packet::parse(packet)?;
        let duration = units.duration();
        Ok(match content {
            Content::Silence => PacketInfo {
                duration,
                activity: Activity::Silent,
                content: codec::Content::Speech,
                fec: Duration::ZERO,
                redundancy: Duration::ZERO,
            },
            Content::Sound { fec, redundancy, .. } => PacketInfo {
                duration,
                activity: Activity::Active,
                content: codec::Content::Speech,
                fec: fec.map_or(Duration::ZERO, |_| duration),
                redundancy: duration * redundancy.as_slice().len() as u32,
            },
        })
    }

    fn parse_redundancy(&mut self, packet: &[u8], into: &mut FakeRedundancy) -> Duration {
        *into = match Packet::parse(packet) {
            Ok(Packet { units, content: Content::Sound { redundancy, .. } }) => {
                FakeRedundancy { units, entries: redundancy }
            }
            Ok(Packet { content: Content::Silence, .. }) | Err(_) => FakeRedundancy::default(),
        };
        into.units.duration() * into.entries.as_slice().len() as u32
    }

    fn decode(
        &mut self,
        input: AudioInput<'_, FakeRedundancy>,
        pcm: &mut [f32],
    ) -> Result<usize, CodecError> {
        let all = pcm.len();
        match input {
            AudioInput::Packet(packet) => return self.play_packet(packet, pcm),
            AudioInput::Fec { next } => self.play_fec(next, pcm)?,
            AudioInput::Redundant { from, offset } => self.play_redundant(from, offset, pcm),
            AudioInput::Lost => self.conceal(pcm),
        }
        Ok(all)
    }

    fn save(&mut self) {
        self.saved = self.state;
    }

    fn restore(&mut self) {
        self.state = self.saved;
        self.history.truncate(self.saved.played.saturating_sub(self.forgotten));
    }

    fn reset(&mut self) {
        self.state = State { played: self.state.played, ..State::default() };
        self.saved = self.state;
    }
}
