//! The `opus` crate (0.4), over the same libopus as ours.

use opus::{Application, Bitrate, Channels};
pub use opus::{Decoder, Encoder};

/// How the encoder is set; the rest is libopus's default.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// 48 kHz mono voice at 32 kbit/s, with FEC against 5 % of loss.
    Voice,
    /// 48 kHz stereo at 96 kbit/s, faithful rather than intelligible.
    Stereo,
}

/// An encoder at the beginning of `stream`.
///
/// # Panics
///
/// Never: the settings are valid.
#[must_use]
pub fn encoder(stream: Stream, complexity: i32) -> Encoder {
    let (channels, application, bits) = match stream {
        Stream::Voice => (Channels::Mono, Application::Voip, 32_000),
        Stream::Stereo => (Channels::Stereo, Application::Audio, 96_000),
    };
    let mut encoder = Encoder::new(48_000, channels, application).expect("a valid format");
    encoder.set_bitrate(Bitrate::Bits(bits)).expect("a valid bitrate");
    encoder.set_complexity(complexity).expect("a valid complexity");
    if matches!(stream, Stream::Voice) {
        encoder.set_inband_fec(true).expect("FEC");
        encoder.set_packet_loss_perc(5).expect("a valid share");
    }
    encoder
}

/// A decoder at the beginning of `stream`.
///
/// # Panics
///
/// Never: the format is valid.
#[must_use]
pub fn decoder(stream: Stream) -> Decoder {
    let channels = match stream {
        Stream::Voice => Channels::Mono,
        Stream::Stereo => Channels::Stereo,
    };
    Decoder::new(48_000, channels).expect("a valid format")
}

/// Encodes one frame and returns the length of the packet.
///
/// # Panics
///
/// When `pcm` is not a frame.
pub fn encode(encoder: &mut Encoder, pcm: &[f32], packet: &mut [u8]) -> usize {
    encoder.encode_float(pcm, packet).expect("a frame")
}

/// Decodes a packet into all of `pcm`.
///
/// # Panics
///
/// When `packet` is none.
pub fn decode(decoder: &mut Decoder, packet: &[u8], pcm: &mut [f32]) {
    decoder.decode_float(packet, pcm, false).expect("a packet");
}

/// Fills `pcm` from the FEC in `next`.
///
/// # Panics
///
/// When `next` is no packet.
pub fn fec(decoder: &mut Decoder, next: &[u8], pcm: &mut [f32]) {
    decoder.decode_float(next, pcm, true).expect("a packet");
}

/// Fills `pcm` with concealment.
///
/// # Panics
///
/// When `pcm` is no multiple of 2.5 ms.
pub fn conceal(decoder: &mut Decoder, pcm: &mut [f32]) {
    decoder.decode_float(&[], pcm, false).expect("a multiple of 2.5 ms");
}

/// Samples per channel at 48 kHz, and whether there is sound in them: all that this crate can tell. It allocates.
///
/// # Panics
///
/// When `packet` is none.
#[must_use]
pub fn inspect(packet: &[u8]) -> (usize, bool) {
    let parsed = opus::packet::parse(packet).expect("a packet");
    let samples = opus::packet::get_nb_samples(packet, 48_000).expect("a packet");
    (samples, parsed.frames.iter().any(|frame| frame.len() > 1))
}
