//! libopus 1.6 behind a safe face: its memory, its calls, its codes. Nothing else in the crate is unsafe.
//!
//! `opus.h` promises of both states that they are "always continuous in memory and only a shallow copy is
//! sufficient to copy [them] (e.g. memcpy())", and lets the caller own that memory (`opus_*_get_size` and
//! `opus_*_init`). So a state is a boxed slice here: dropping it frees it, moving it moves nothing, and saving
//! it is a `copy_from_slice`. The pointers inside lead to constant tables only – those of the neural parts to their
//! weights – which is why the states are `Send` without our saying so.
#![allow(unsafe_code, reason = "libopus is C; every call into it is in this file")]

use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr;
use moim_media::codec::CodecError;
use opusic_sys as sys;

/// A call of libopus that failed, by its (negative) code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed(c_int);

impl Failed {
    /// libopus's own number.
    pub(crate) fn code(self) -> i32 {
        self.0
    }

    fn check(code: c_int) -> Result<(), Self> {
        if code < 0 { Err(Self(code)) } else { Ok(()) }
    }

    fn check_count(code: c_int) -> Result<usize, Self> {
        usize::try_from(code).map_err(|_| Self(code))
    }
}

impl From<Failed> for CodecError {
    fn from(failed: Failed) -> Self {
        match failed.0 {
            sys::OPUS_INVALID_PACKET => Self::Corrupt,
            code => Self::Library { code },
        }
    }
}

/// What can be changed in a running encoder; each takes one integer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    Bitrate,
    Complexity,
    Dred,
    Dtx,
    ExpectedLoss,
    Fec,
    MaxBandwidth,
    Signal,
}

impl Setting {
    fn request(self) -> c_int {
        match self {
            Self::Bitrate => sys::OPUS_SET_BITRATE_REQUEST,
            Self::Complexity => sys::OPUS_SET_COMPLEXITY_REQUEST,
            Self::Dred => sys::OPUS_SET_DRED_DURATION_REQUEST,
            Self::Dtx => sys::OPUS_SET_DTX_REQUEST,
            Self::ExpectedLoss => sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
            Self::Fec => sys::OPUS_SET_INBAND_FEC_REQUEST,
            Self::MaxBandwidth => sys::OPUS_SET_MAX_BANDWIDTH_REQUEST,
            Self::Signal => sys::OPUS_SET_SIGNAL_REQUEST,
        }
    }
}

/// A piece of a state, aligned as `malloc` would align it. Its bytes may be padding of C structs.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Block([MaybeUninit<u8>; 16]);

/// Memory for `bytes` bytes of state.
///
/// # Panics
///
/// When `bytes` is not positive: libopus was asked for a state it does not have.
fn allocate(bytes: c_int) -> Box<[Block]> {
    let bytes = usize::try_from(bytes).expect("a state has a size");
    assert!(bytes > 0, "libopus has no state for this many channels");
    vec![Block([MaybeUninit::new(0); 16]); bytes.div_ceil(size_of::<Block>())].into_boxed_slice()
}

/// The longest packet that libopus makes: six frames of 1 275 bytes and their table of contents. It puts a copy of
/// whatever room it is offered on the stack, so it must not be offered more.
const MAX_ENCODED: usize = 6 * 1_276;

/// As many bytes of a packet as libopus can be told about. No valid packet is longer.
fn packet_len(packet: &[u8]) -> c_int {
    c_int::try_from(packet.len()).unwrap_or(c_int::MAX)
}

/// A decoder of libopus, and room to remember one state of it.
pub(crate) struct DecoderState {
    live: Box<[Block]>,
    saved: Box<[Block]>,
    hertz: i32,
    channels: u8,
    complexity: i32,
}

impl DecoderState {
    /// A decoder at its beginning, which is also what it remembers.
    ///
    /// `channels` is 1 or 2; libopus judges the rest.
    pub(crate) fn new(hertz: i32, channels: u8, complexity: i32) -> Result<Self, Failed> {
        assert!(matches!(channels, 1 | 2), "Opus has one or two channels");
        // SAFETY: takes a number, returns a number.
        let bytes = unsafe { sys::opus_decoder_get_size(c_int::from(channels)) };
        let live = allocate(bytes);
        let mut state = Self { saved: live.clone(), live, hertz, channels, complexity };
        state.init()?;
        state.save();
        Ok(state)
    }

    /// Back to the beginning, which is also what it remembers from now on.
    ///
    /// `OPUS_RESET_STATE` would be shorter, but keeps how many channels the old stream had inside.
    pub(crate) fn reset(&mut self) {
        let again = self.init();
        assert_eq!(again, Ok(()), "libopus takes again what it took before");
        self.save();
    }

    /// Remembers this state.
    pub(crate) fn save(&mut self) {
        self.saved.copy_from_slice(&self.live);
    }

    /// Returns to the state last remembered.
    pub(crate) fn restore(&mut self) {
        self.live.copy_from_slice(&self.saved);
    }

    /// Decodes `packet`, which is not empty, and returns the samples per channel.
    pub(crate) fn decode(&mut self, packet: &[u8], pcm: &mut [f32]) -> Result<usize, Failed> {
        self.call(packet.as_ptr(), packet_len(packet), pcm, 0)
    }

    /// Fills `pcm` with the sound before `next`, which is not empty: concealment, then FEC for its last frame.
    pub(crate) fn decode_fec(&mut self, next: &[u8], pcm: &mut [f32]) -> Result<usize, Failed> {
        self.call(next.as_ptr(), packet_len(next), pcm, 1)
    }

    /// Fills `pcm` with concealment.
    pub(crate) fn conceal(&mut self, pcm: &mut [f32]) -> Result<usize, Failed> {
        self.call(ptr::null(), 0, pcm, 0)
    }

    /// Fills `pcm` with the sound that begins `offset` samples per channel before the packet of `dred`; what `dred` does
    /// not describe is concealed.
    pub(crate) fn decode_dred(
        &mut self,
        dred: &DredState,
        offset: i32,
        pcm: &mut [f32],
    ) -> Result<usize, Failed> {
        let frames = self.frames(pcm);
        // SAFETY: the state was initialised by `new` for `channels`; `dred` was filled by `parse`, or holds zeros,
        // which libopus takes for nothing found; `pcm` has room for `frames` samples of every
        // channel, which is the most that libopus writes.
        let decoded = unsafe {
            sys::opus_decoder_dred_decode_float(
                self.as_ptr(),
                dred.as_ptr(),
                offset,
                pcm.as_mut_ptr(),
                frames,
            )
        };
        Failed::check_count(decoded)
    }

    fn init(&mut self) -> Result<(), Failed> {
        // SAFETY: `live` has the size libopus asked for with these channels and is aligned like `malloc`'s memory.
        let code = unsafe { sys::opus_decoder_init(self.as_ptr(), self.hertz, c_int::from(self.channels)) };
        Failed::check(code)?;
        let (request, complexity) = (sys::OPUS_SET_COMPLEXITY_REQUEST, self.complexity);
        // SAFETY: the state was just initialised, and this request takes one `opus_int32`.
        let code = unsafe { sys::opus_decoder_ctl(self.as_ptr(), request, complexity) };
        Failed::check(code)
    }

    /// `data` is null, or leads to at least `len` > 0 bytes.
    fn call(&mut self, data: *const u8, len: c_int, pcm: &mut [f32], fec: c_int) -> Result<usize, Failed> {
        let frames = self.frames(pcm);
        // SAFETY: the state was initialised by `new` for `channels`; `data` is readable for `len` bytes or null;
        // `pcm` has room for `frames` samples of every channel, which is the most that libopus writes.
        let decoded =
            unsafe { sys::opus_decode_float(self.as_ptr(), data, len, pcm.as_mut_ptr(), frames, fec) };
        Failed::check_count(decoded)
    }

    /// Samples of each channel that fit, as libopus counts them.
    fn frames(&self, pcm: &[f32]) -> c_int {
        c_int::try_from(pcm.len() / usize::from(self.channels)).unwrap_or(c_int::MAX)
    }

    fn as_ptr(&mut self) -> *mut sys::OpusDecoder {
        self.live.as_mut_ptr().cast()
    }
}

/// The network that reads deep redundancy. Nothing of one packet stays in it for the next.
pub(crate) struct DredReader(Box<[Block]>);

impl DredReader {
    /// A reader, in a libopus that has one.
    pub(crate) fn new() -> Result<Self, Failed> {
        // SAFETY: takes nothing, returns a number.
        let mut memory = allocate(unsafe { sys::opus_dred_decoder_get_size() });
        // SAFETY: `memory` has the size libopus asked for and is aligned like `malloc`'s memory.
        let code = unsafe { sys::opus_dred_decoder_init(memory.as_mut_ptr().cast()) };
        Failed::check(code).map(|()| Self(memory))
    }

    /// Reads the deep redundancy of `packet` into `dred`, all that there is.
    pub(crate) fn parse(&mut self, packet: &[u8], dred: &mut DredState) -> Result<DredSpan, Failed> {
        let (reader, into, mut end) = (self.0.as_mut_ptr().cast(), dred.0.as_mut_ptr().cast(), 0);
        let (most, rate) = (DredState::LONGEST, DredState::HERTZ);
        // SAFETY: `self` was initialised by `new`; `dred` is memory of the size that libopus asked for, which it writes
        // before it reads; `packet` is readable for its length; `end` takes one `int`.
        let begin = unsafe {
            let (data, len) = (packet.as_ptr(), packet_len(packet));
            sys::opus_dred_parse(reader, into, data, len, most, rate, &raw mut end, 1)
        };
        let (begin, end) = (Failed::check_count(begin)?, Failed::check_count(end)?);
        // SAFETY: as above, and `into` may be its own source. libopus knows by itself whether it found something.
        let code = unsafe { sys::opus_dred_process(reader, into, into) };
        Failed::check(code).map(|()| DredSpan { begin, end })
    }
}

/// What was found in a packet: sound from `begin` to `end`, counted back from the packet's own in samples at
/// [`DredState::HERTZ`]. It may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DredSpan {
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

/// Memory for the deep redundancy of one packet; none in a libopus without.
pub(crate) struct DredState(Box<[Block]>);

impl DredState {
    /// Samples per second in which spans are counted.
    pub(crate) const HERTZ: i32 = 48_000;
    /// Most samples that a packet describes.
    const LONGEST: i32 = 48_000 / 100 * 104;

    pub(crate) fn new() -> Self {
        // SAFETY: takes nothing, returns a number.
        match unsafe { sys::opus_dred_get_size() } {
            0 => Self(Box::default()),
            bytes => Self(allocate(bytes)),
        }
    }

    fn as_ptr(&self) -> *const sys::OpusDRED {
        self.0.as_ptr().cast()
    }
}

/// An encoder of libopus.
pub(crate) struct EncoderState {
    live: Box<[Block]>,
    channels: u8,
}

impl EncoderState {
    /// `channels` is 1 or 2; libopus judges the rest. `application` is one of its constants.
    pub(crate) fn new(hertz: i32, channels: u8, application: i32) -> Result<Self, Failed> {
        assert!(matches!(channels, 1 | 2), "Opus has one or two channels");
        // SAFETY: takes a number, returns a number.
        let bytes = unsafe { sys::opus_encoder_get_size(c_int::from(channels)) };
        let mut state = Self { live: allocate(bytes), channels };
        // SAFETY: `live` has the size libopus asked for with these channels and is aligned like `malloc`'s memory.
        let code =
            unsafe { sys::opus_encoder_init(state.as_ptr(), hertz, c_int::from(channels), application) };
        Failed::check(code)?;
        Ok(state)
    }

    /// Encodes `pcm` and returns the length of the packet.
    pub(crate) fn encode(&mut self, pcm: &[f32], packet: &mut [u8]) -> Result<usize, Failed> {
        let frames = c_int::try_from(pcm.len() / usize::from(self.channels)).unwrap_or(c_int::MAX);
        let useful = packet.len().min(MAX_ENCODED);
        let (data, room) = (packet.as_mut_ptr(), packet_len(&packet[..useful]));
        // SAFETY: the state was initialised by `new` for `channels`; `pcm` holds `frames` samples of every channel,
        // and `packet` has `room` bytes, which is the most that libopus writes.
        let encoded = unsafe { sys::opus_encode_float(self.as_ptr(), pcm.as_ptr(), frames, data, room) };
        Failed::check_count(encoded)
    }

    /// Changes one setting, from the next frame on.
    pub(crate) fn set(&mut self, setting: Setting, value: i32) -> Result<(), Failed> {
        // SAFETY: the state was initialised by `new`, and every `Setting` takes one `opus_int32`.
        let code = unsafe { sys::opus_encoder_ctl(self.as_ptr(), setting.request(), value) };
        Failed::check(code)
    }

    /// By how many samples per channel the sound is delayed between encoder and decoder.
    pub(crate) fn lookahead(&mut self) -> Result<usize, Failed> {
        let mut samples: i32 = 0;
        let into: *mut i32 = &raw mut samples;
        // SAFETY: the state was initialised by `new`, and this request writes one `opus_int32` to `into`.
        let code = unsafe { sys::opus_encoder_ctl(self.as_ptr(), sys::OPUS_GET_LOOKAHEAD_REQUEST, into) };
        Failed::check(code)?;
        Failed::check_count(samples)
    }

    fn as_ptr(&mut self) -> *mut sys::OpusEncoder {
        self.live.as_mut_ptr().cast()
    }
}

/// libopus's numbers for what our enums name.
pub(crate) mod number {
    use opusic_sys as sys;

    pub(crate) const APPLICATION_AUDIO: i32 = sys::OPUS_APPLICATION_AUDIO;
    pub(crate) const APPLICATION_LOW_DELAY: i32 = sys::OPUS_APPLICATION_RESTRICTED_LOWDELAY;
    pub(crate) const APPLICATION_VOIP: i32 = sys::OPUS_APPLICATION_VOIP;
    pub(crate) const AUTO: i32 = sys::OPUS_AUTO;
    pub(crate) const SIGNAL_MUSIC: i32 = sys::OPUS_SIGNAL_MUSIC;
    pub(crate) const SIGNAL_VOICE: i32 = sys::OPUS_SIGNAL_VOICE;
    pub(crate) const BANDWIDTH_NARROW: i32 = sys::OPUS_BANDWIDTH_NARROWBAND;
    pub(crate) const BANDWIDTH_MEDIUM: i32 = sys::OPUS_BANDWIDTH_MEDIUMBAND;
    pub(crate) const BANDWIDTH_WIDE: i32 = sys::OPUS_BANDWIDTH_WIDEBAND;
    pub(crate) const BANDWIDTH_SUPER_WIDE: i32 = sys::OPUS_BANDWIDTH_SUPERWIDEBAND;
    pub(crate) const BANDWIDTH_FULL: i32 = sys::OPUS_BANDWIDTH_FULLBAND;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_what_opus_h_says() {
        assert_eq!(CodecError::from(Failed(-4)), CodecError::Corrupt);
        assert_eq!(CodecError::from(Failed(-3)), CodecError::Library { code: -3 });
        assert_eq!(DecoderState::new(44_100, 1, 0).err(), Some(Failed(-1)));
    }

    #[test]
    fn states_are_aligned_and_large_enough_for_what_libopus_writes() {
        for channels in [1, 2] {
            let state = DecoderState::new(48_000, channels, 0).expect("a valid format");
            assert_eq!(state.live.as_ptr().addr() % 16, 0);
            // SAFETY: takes a number, returns a number.
            let bytes = unsafe { sys::opus_decoder_get_size(c_int::from(channels)) };
            assert!(size_of_val(&*state.live) >= usize::try_from(bytes).expect("a size"));
        }
    }

    /// Noise in which every table of contents and every first byte of a frame occurs.
    fn short_packets() -> impl Iterator<Item = [u8; 4]> {
        (0..=u16::MAX).map(|head| {
            let [toc, header] = head.to_le_bytes();
            [toc, header, header.wrapping_mul(7), 0x55]
        })
    }

    #[test]
    fn the_fec_flag_is_read_as_libopus_reads_it() {
        for packet in short_packets() {
            let Ok(ours) = crate::Packet::parse(&packet) else { continue };
            // SAFETY: `packet` is readable for its length.
            let theirs = unsafe { sys::opus_packet_has_lbrr(packet.as_ptr(), packet_len(&packet)) };
            assert_eq!(!ours.fec().is_zero(), theirs == 1, "{packet:?}");
        }
    }
}
