//! Sound in, packets out, and back – with every way to fill a gap named.

use super::CodecError;
use crate::AudioFormat;
use core::time::Duration;

/// Whether a packet carries sound that somebody makes on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Speech, music: anything that is not known to be silence.
    Active,
    /// The sender has fallen silent: comfort noise until the next active packet.
    Silent,
}

/// What the coding of a packet is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Speech: what is missing of it is missed most, and it has pauses in which delay can change unheard.
    #[default]
    Speech,
    /// Anything, music among it: there may be no pause to wait for.
    General,
}

/// What a packet holds, read without decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketInfo {
    /// Playing time of the packet's own sound.
    pub duration: Duration,
    /// Whether it carries sound or marks a silence.
    pub activity: Activity,
    /// What it was coded as.
    pub content: Content,
    /// How far before the packet its in-band FEC reaches; zero when it has none.
    pub fec: Duration,
    /// How far before the packet its deep redundancy is known to reach; zero when it has none or when only
    /// [`AudioDecoder::parse_redundancy`] can tell.
    pub redundancy: Duration,
}

/// What a decoder is asked to make sound from.
#[derive(Debug)]
pub enum AudioInput<'a, R> {
    /// The packet's own sound.
    Packet(&'a [u8]),
    /// The low-rate copy, carried in `next`, of the sound right before `next`.
    Fec {
        /// The packet after the missing sound.
        next: &'a [u8],
    },
    /// Sound from a deep redundancy that [`AudioDecoder::parse_redundancy`] took from a later packet.
    Redundant {
        /// The parsed redundancy.
        from: &'a R,
        /// Where the wanted sound begins, counted back from the beginning of the packet it was taken from.
        offset: Duration,
    },
    /// Nothing: conceal.
    Lost,
}

/// Turns packets into sound, and makes up what did not come.
///
/// A decoder is created with all its memory; none of these calls allocates.
pub trait AudioDecoder {
    /// Deep redundancy parsed from one packet; `()` where the codec has none. `default()` allocates all it will
    /// ever need, before the stream begins.
    type Redundancy: Default + Send;

    /// The format of the sound it makes.
    fn format(&self) -> AudioFormat;

    /// Reads what `packet` holds without decoding it.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when it is not a packet of this codec.
    fn inspect(&self, packet: &[u8]) -> Result<PacketInfo, CodecError>;

    /// Parses the deep redundancy of `packet` into `into`, in place of what was there, and returns how far before the
    /// beginning of `packet` its sound begins; zero when there is none, or when it is no packet.
    ///
    /// Apart from decoding, because one packet may repair several losses before it is played itself; it does not touch
    /// the state that `decode` continues.
    fn parse_redundancy(&mut self, packet: &[u8], into: &mut Self::Redundancy) -> Duration;

    /// Decodes into the beginning of `pcm` and returns the number of samples written, all channels counted.
    ///
    /// [`AudioInput::Packet`] writes the packet's duration. The other inputs fill all of `pcm`, whose length says
    /// how much sound is missing; what they do not hold of it is concealed. Sound is to be made in the order in which
    /// it is played.
    ///
    /// # Errors
    ///
    /// A [`CodecError`] for this input alone; the decoder stays usable and the contents of `pcm` are unspecified.
    fn decode(
        &mut self,
        input: AudioInput<'_, Self::Redundancy>,
        pcm: &mut [f32],
    ) -> Result<usize, CodecError>;

    /// Remembers the present state, replacing the one remembered before.
    fn save(&mut self);

    /// Returns to the state last remembered, as if nothing had been decoded since; without one, to the beginning.
    fn restore(&mut self);

    /// Forgets the stream, for a sender that started afresh.
    fn reset(&mut self);
}

/// What an encoder made of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// A packet of this many bytes, to be sent.
    Packet(usize),
    /// The speaker is silent and the far side knows: nothing to send for this frame.
    Silent,
}

/// Turns sound into packets.
pub trait AudioEncoder {
    /// The format of the sound it takes.
    fn format(&self) -> AudioFormat;

    /// How much sound goes into one packet.
    fn frame(&self) -> Duration;

    /// By how much what is decoded lags behind what was encoded: the sound of a packet was taken up this much before
    /// its place in the stream says. Lip sync reckons with it.
    fn lookahead(&self) -> Duration {
        Duration::ZERO
    }

    /// Encodes one frame into the beginning of `packet`.
    ///
    /// # Errors
    ///
    /// [`CodecError::FrameSize`] when `pcm` is not one frame, [`CodecError::BufferTooSmall`] when `packet` is
    /// shorter than the codec needs.
    fn encode(&mut self, pcm: &[f32], packet: &mut [u8]) -> Result<Encoded, CodecError>;

    /// Sets the bits per second to aim at, from the next frame on.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] from a codec of fixed rate.
    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError>;

    /// Tells the codec which share of packets (0 … 1) is lost on the way, from the next frame on.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] from a codec that cannot prepare for loss.
    fn set_expected_loss(&mut self, share: f32) -> Result<(), CodecError>;
}
