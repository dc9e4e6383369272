//! What a payload type stands for: `a=rtpmap` (RFC 8866, section 6.6).

use super::{AttributeError, Part, TypedAttribute, first_word, is_token, number, payload_type, valid, word};
use core::fmt;
use core::num::NonZeroU8;
use core::str::FromStr;
use moim_media::ClockRate;
use moim_rtp::PayloadType;

/// A payload type and the encoding it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The number.
    pub payload_type: PayloadType,
    /// What it stands for.
    pub encoding: Encoding,
}

/// A payload format by its registered name, as `opus/48000/2`.
///
/// `==` compares what is written; [`is_same`](Self::is_same) what is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The name; its case does not matter.
    pub name: String,
    /// The rate of the RTP clock.
    pub clock_rate: ClockRate,
    /// The channels of sound; one for what has none. Written when there are more.
    pub channels: NonZeroU8,
}

impl Encoding {
    /// Of one channel, or of none.
    #[must_use]
    pub fn new(name: &str, clock_rate: ClockRate) -> Self {
        Self { name: name.to_owned(), clock_rate, channels: NonZeroU8::MIN }
    }

    /// Whether it has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether both are the same encoding.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is(&other.name) && self.clock_rate == other.clock_rate && self.channels == other.channels
    }
}

impl FromStr for Encoding {
    type Err = AttributeError;

    fn from_str(encoding: &str) -> Result<Self, Self::Err> {
        let mut parts = encoding.splitn(3, '/').map(str::trim);
        let name = word(&mut parts, Part::EncodingName)?;
        let clock_rate = number(word(&mut parts, Part::ClockRate)?).and_then(ClockRate::new);
        let channels = match parts.next() {
            // A slash with nothing behind it is written by nobody, and means nothing.
            None | Some("") => Some(NonZeroU8::MIN),
            Some(channels) => number(channels),
        };
        Ok(Self {
            name: valid(is_token(name).then(|| name.to_owned()), Part::EncodingName)?,
            clock_rate: valid(clock_rate, Part::ClockRate)?,
            channels: valid(channels, Part::Channels)?,
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.clock_rate.hz())?;
        if self.channels > NonZeroU8::MIN {
            write!(f, "/{}", self.channels)?;
        }
        Ok(())
    }
}

impl FromStr for RtpMap {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let (number, encoding) = first_word(value, Part::PayloadType)?;
        let payload_type = payload_type(number)?;
        let (encoding, _) = first_word(encoding, Part::EncodingName)?;
        Ok(Self { payload_type, encoding: encoding.parse()? })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.payload_type.get(), self.encoding)
    }
}

impl TypedAttribute for RtpMap {
    const NAME: &'static str = "rtpmap";
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_rtp::payload::{h264, opus};

    #[test]
    fn channels_are_written_when_there_are_several() {
        for text in ["111 opus/48000/2", "96 H264/90000", "0 PCMU/8000", "98 t140/1000"] {
            assert_eq!(text.parse::<RtpMap>().unwrap().to_string(), text);
        }
        let mono: RtpMap = "11  L16/44100/1 ".parse().unwrap();
        assert_eq!(mono.to_string(), "11 L16/44100");
    }

    #[test]
    fn what_payload_formats_say_of_themselves_is_read() {
        let opus: Encoding = opus::RTPMAP.parse().unwrap();
        assert!(
            opus.is("OPUS") && opus.clock_rate == opus::CLOCK_RATE && opus.channels.get() == opus::CHANNELS
        );
        assert!(
            opus.is_same(&"Opus/48000/2".parse().unwrap()) && !opus.is_same(&"opus/48000".parse().unwrap())
        );
        assert_eq!(h264::RTPMAP.parse(), Ok(Encoding::new(h264::ENCODING_NAME, h264::CLOCK_RATE)));
    }

    #[test]
    fn nonsense_is_named() {
        for (text, error) in [
            ("", AttributeError::Missing(Part::PayloadType)),
            ("128 opus/48000", AttributeError::Invalid(Part::PayloadType)),
            ("96", AttributeError::Missing(Part::EncodingName)),
            ("96 opus", AttributeError::Missing(Part::ClockRate)),
            ("96 o:pus/48000", AttributeError::Invalid(Part::EncodingName)),
            ("96 opus/0", AttributeError::Invalid(Part::ClockRate)),
            ("96 opus/48000/two", AttributeError::Invalid(Part::Channels)),
        ] {
            assert_eq!(text.parse::<RtpMap>(), Err(error), "{text}");
        }
    }
}
