//! What is spoken: a codec, how its packets travel, and under which number. The call never knows which.

use crate::CallError;
use core::fmt;
use core::str::FromStr;
use moim_media::ClockRate;
use moim_media::codec::{AudioDecoder, AudioEncoder, VideoEncoder};
use moim_playout::{AudioReceiver, Playout, PlayoutConfig, PlayoutError};
use moim_rtp::PayloadType;
use moim_rtp::payload::{Depayloader, Payloader};
use moim_video::VideoReceiver;

/// One payload type with everything behind it, handed to [`Call::new`](crate::Call::new).
pub struct Format {
    pub(crate) payload_type: PayloadType,
    pub(crate) rtpmap: RtpMap,
    pub(crate) payloader: Box<dyn Payloader + Send>,
    pub(crate) depayloader: Box<dyn Depayloader + Send>,
    pub(crate) encoder: Box<dyn AudioEncoder + Send>,
    pub(crate) receiver: Box<dyn AudioReceiver + Send>,
}

impl Format {
    /// A format whose sound is coded by `encoder`, decoded by `decoder` and played as `playout` says.
    ///
    /// # Errors
    ///
    /// [`FormatError`] when the playout configuration is impossible.
    pub fn new<D: AudioDecoder + Send + 'static>(
        payload_type: PayloadType,
        rtpmap: RtpMap,
        (payloader, depayloader): (Box<dyn Payloader + Send>, Box<dyn Depayloader + Send>),
        encoder: Box<dyn AudioEncoder + Send>,
        decoder: D,
        playout: PlayoutConfig,
    ) -> Result<Self, FormatError> {
        let receiver = Box::new(Playout::new(playout, decoder)?);
        Ok(Self { payload_type, rtpmap, payloader, depayloader, encoder, receiver })
    }

    /// The number under which its packets travel.
    #[must_use]
    pub fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    /// What a session description says of it.
    #[must_use]
    pub fn rtpmap(&self) -> &RtpMap {
        &self.rtpmap
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Format")
            .field("payload_type", &self.payload_type)
            .field("rtpmap", &self.rtpmap)
            .finish_non_exhaustive()
    }
}

/// The same for the picture, handed to [`Call::with_picture`](crate::Call::with_picture).
pub struct PictureFormat {
    pub(crate) payload_type: PayloadType,
    pub(crate) rtx: Option<PayloadType>,
    pub(crate) rtpmap: RtpMap,
    pub(crate) payloader: Box<dyn Payloader + Send>,
    pub(crate) encoder: Box<dyn VideoEncoder + Send>,
    pub(crate) receiver: Box<dyn VideoReceiver + Send>,
}

impl PictureFormat {
    /// A format whose pictures are coded by `encoder`, and those of the far side put together, decoded and timed by
    /// `receiver`.
    #[must_use]
    pub fn new(
        payload_type: PayloadType,
        rtpmap: RtpMap,
        payloader: Box<dyn Payloader + Send>,
        encoder: Box<dyn VideoEncoder + Send>,
        receiver: Box<dyn VideoReceiver + Send>,
    ) -> Self {
        Self { payload_type, rtx: None, rtpmap, payloader, encoder, receiver }
    }

    /// Packets that are sent again are a stream of their own, of this payload type (RFC 4588).
    #[must_use]
    pub fn retransmitted_as(self, payload_type: PayloadType) -> Self {
        Self { rtx: Some(payload_type), ..self }
    }

    /// The number under which its packets travel.
    #[must_use]
    pub fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    /// What a session description says of it.
    #[must_use]
    pub fn rtpmap(&self) -> &RtpMap {
        &self.rtpmap
    }

    /// Whether it can be told from a voice under this number, and its packets from those sent again.
    pub(crate) fn check_beside(&self, voice: PayloadType) -> Result<(), CallError> {
        let own = [Some(self.payload_type), self.rtx];
        let twice = own.contains(&Some(voice)) || self.rtx == Some(self.payload_type);
        if twice {
            Err(CallError::PayloadTypes { voice, picture: self.payload_type, rtx: self.rtx })
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for PictureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureFormat")
            .field("payload_type", &self.payload_type)
            .field("rtx", &self.rtx)
            .field("rtpmap", &self.rtpmap)
            .finish_non_exhaustive()
    }
}

/// Why a [`Format`] cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The playout configuration is impossible.
    #[error(transparent)]
    Playout(#[from] PlayoutError),
}

/// The value of `a=rtpmap` behind the payload type: `opus/48000/2` (RFC 8866, section 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The encoding's name; case does not matter.
    pub encoding: String,
    /// The clock of its timestamps, not always the sampling rate.
    pub clock_rate: ClockRate,
    /// Channels, as the payload format defines them; one where nothing is said.
    pub channels: u8,
}

/// Why a text is no [`RtpMap`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not of the form NAME/CLOCK or NAME/CLOCK/CHANNELS")]
pub struct RtpMapError {
    /// The text.
    pub text: String,
}

impl FromStr for RtpMap {
    type Err = RtpMapError;

    fn from_str(text: &str) -> Result<Self, RtpMapError> {
        let parse = || {
            let mut parts = text.trim().split('/');
            let encoding = parts.next().filter(|name| !name.is_empty())?.to_owned();
            let clock_rate = ClockRate::new(parts.next()?.parse().ok()?)?;
            let channels =
                parts.next().map_or(Some(1), |channels| channels.parse().ok().filter(|&count| count > 0))?;
            parts.next().is_none().then_some(Self { encoding, clock_rate, channels })
        };
        parse().ok_or_else(|| RtpMapError { text: text.to_owned() })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.encoding, self.clock_rate.hz())?;
        if self.channels == 1 { Ok(()) } else { write!(f, "/{}", self.channels) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtpmap_is_read_as_it_is_written() {
        for text in ["opus/48000/2", "PCMU/8000", "G722/8000"] {
            assert_eq!(text.parse::<RtpMap>().unwrap().to_string(), text);
        }
        assert_eq!("PCMU/8000/1".parse::<RtpMap>().unwrap().to_string(), "PCMU/8000");
        for text in ["", "opus", "opus/0", "opus/48000/0", "opus/48000/2/1", "/8000", "opus/x"] {
            assert!(text.parse::<RtpMap>().is_err(), "{text}");
        }
    }
}
