//! A payload format of a section, with everything that belongs to it.

use crate::{Encoding, Feedback, Parameters};
use core::num::NonZeroU8;
use core::time::Duration;
use moim_rtp::fec::{flexfec, flexfec03, ulpfec};
use moim_rtp::payload::{av1, comfort_noise, h264, opus, telephone_event, vp8, vp9};
use moim_rtp::{PayloadType, red};

/// A payload type of a section: what it stands for, what is to be known of it, what feedback is welcome, and as what
/// it is sent again.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// The number.
    pub payload_type: PayloadType,
    /// What it stands for.
    pub encoding: Encoding,
    /// What is to be known of it.
    pub parameters: Parameters,
    /// Feedback about it that is welcome, beyond what is about the whole section.
    pub feedback: Vec<Feedback>,
    /// As what it is sent again (RFC 4588), if it is.
    pub retransmission: Option<Retransmission>,
}

/// A payload type under which packets of another are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retransmission {
    /// The number.
    pub payload_type: PayloadType,
    /// How long the sender keeps packets, in whole milliseconds, if he says so.
    pub time: Option<Duration>,
}

/// What a payload format is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sound, pictures or text. The others are of no use without.
    Codec,
    /// What is said beside: keys pressed (RFC 4733), noise in silence (RFC 3389).
    Signal,
    /// Earlier packets once more (RFC 2198).
    Redundancy,
    /// What lost packets are computed from (RFC 5109, RFC 8627).
    Repair,
}

const OPUS_CHANNELS: NonZeroU8 = NonZeroU8::new(opus::CHANNELS).unwrap();

/// The encodings that are no codec.
const ROLES: [(&str, Role); 7] = [
    (telephone_event::ENCODING_NAME, Role::Signal),
    (comfort_noise::ENCODING_NAME, Role::Signal),
    (red::ENCODING_NAME, Role::Redundancy),
    (ulpfec::ENCODING_NAME, Role::Repair),
    (flexfec::ENCODING_NAME, Role::Repair),
    (flexfec03::ENCODING_NAME, Role::Repair),
    ("parityfec", Role::Repair),
];

impl Format {
    /// A payload type without anything further.
    #[must_use]
    pub fn new(payload_type: PayloadType, encoding: Encoding, parameters: Parameters) -> Self {
        Self { payload_type, encoding, parameters, feedback: Vec::new(), retransmission: None }
    }

    /// Opus under this number.
    #[must_use]
    pub fn opus(payload_type: PayloadType, parameters: opus::Parameters) -> Self {
        let encoding = Encoding::new(opus::ENCODING_NAME, opus::CLOCK_RATE);
        Self::new(
            payload_type,
            Encoding { channels: OPUS_CHANNELS, ..encoding },
            Parameters::Opus(parameters),
        )
    }

    /// H.264 under this number.
    #[must_use]
    pub fn h264(payload_type: PayloadType, parameters: h264::Parameters) -> Self {
        let encoding = Encoding::new(h264::ENCODING_NAME, h264::CLOCK_RATE);
        Self::new(payload_type, encoding, Parameters::H264(parameters))
    }

    /// VP8 under this number.
    #[must_use]
    pub fn vp8(payload_type: PayloadType, parameters: vp8::Parameters) -> Self {
        let encoding = Encoding::new(vp8::ENCODING_NAME, vp8::CLOCK_RATE);
        Self::new(payload_type, encoding, Parameters::Vp8(parameters))
    }

    /// VP9 under this number.
    #[must_use]
    pub fn vp9(payload_type: PayloadType, parameters: vp9::Parameters) -> Self {
        let encoding = Encoding::new(vp9::ENCODING_NAME, vp9::CLOCK_RATE);
        Self::new(payload_type, encoding, Parameters::Vp9(parameters))
    }

    /// AV1 under this number.
    #[must_use]
    pub fn av1(payload_type: PayloadType, parameters: av1::Parameters) -> Self {
        let encoding = Encoding::new(av1::ENCODING_NAME, av1::CLOCK_RATE);
        Self::new(payload_type, encoding, Parameters::Av1(parameters))
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        ROLES.iter().find(|(name, _)| self.encoding.is(name)).map_or(Role::Codec, |&(_, role)| role)
    }

    /// Its number, and that under which it is sent again.
    pub fn payload_types(&self) -> impl Iterator<Item = PayloadType> {
        core::iter::once(self.payload_type).chain(self.retransmission.map(|again| again.payload_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_is_named_as_its_payload_format_says() {
        let number = PayloadType::new(96).unwrap();
        let formats = [
            (Format::opus(number, opus::Parameters::default()), opus::RTPMAP),
            (Format::h264(number, h264::Parameters::default()), h264::RTPMAP),
            (Format::vp8(number, vp8::Parameters::default()), vp8::RTPMAP),
            (Format::vp9(number, vp9::Parameters::default()), vp9::RTPMAP),
            (Format::av1(number, av1::Parameters::default()), av1::RTPMAP),
        ];
        for (format, rtpmap) in formats {
            assert_eq!((format.encoding.to_string().as_str(), format.role()), (rtpmap, Role::Codec));
            let read = Parameters::read(&format.encoding, &format.parameters.to_string());
            assert_eq!(read, Ok(format.parameters));
        }
    }

    #[test]
    fn a_role_is_told_by_the_name() {
        let role = |encoding: &str| {
            Format::new(PayloadType::new(96).unwrap(), encoding.parse().unwrap(), Parameters::NONE).role()
        };
        assert_eq!(role("opus/48000/2"), Role::Codec);
        assert_eq!(role("RED/90000"), Role::Redundancy);
        assert_eq!(role("cn/8000"), Role::Signal);
        assert_eq!(role("FlexFEC-03/90000"), Role::Repair);
    }
}
