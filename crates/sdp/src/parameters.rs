//! What `a=fmtp` says, by codec.

mod rtx;

pub use rtx::{Rtx, RtxError};

use crate::Encoding;
use core::fmt;
use moim_rtp::fec::{flexfec, flexfec03, ulpfec};
use moim_rtp::payload::{av1, h264, opus, telephone_event, text, vp8, vp9};
use moim_rtp::red;

/// The format parameters of a payload type, as its codec has them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Parameters {
    /// Of Opus (RFC 7587, section 6.1).
    Opus(opus::Parameters),
    /// Of H.264 (RFC 6184, section 8.1).
    H264(h264::Parameters),
    /// Of VP8 (RFC 7741, section 6.1).
    Vp8(vp8::Parameters),
    /// Of VP9 (RFC 9628, section 6).
    Vp9(vp9::Parameters),
    /// Of AV1 (RTP Payload Format For AV1, section 7.2).
    Av1(av1::Parameters),
    /// Of keys pressed (RFC 4733, section 2.4.1).
    TelephoneEvent(telephone_event::Parameters),
    /// Of text (RFC 4103, section 6).
    Text(text::Parameters),
    /// Of redundancy (RFC 2198, section 5): the payload types it carries.
    Red(red::Parameters),
    /// Of repair by FlexFEC (RFC 8627, section 5.1), and by the draft that browsers speak.
    FlexFec(flexfec::Parameters),
    /// Of repair by ULPFEC (RFC 5109, section 14.1).
    UlpFec(ulpfec::Parameters),
    /// As they are written; empty where nothing is.
    Other(String),
}

/// The parameters of a codec that is known here cannot be read, or say what no receiver of ours can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameters are none of this codec's")]
pub struct ParametersError;

impl Parameters {
    /// No parameters, for a format that is not known here or has none.
    pub const NONE: Self = Self::Other(String::new());

    /// Reads what follows the payload type in `a=fmtp`, which is nothing where there is no such line.
    ///
    /// # Errors
    ///
    /// [`ParametersError`].
    pub fn read(encoding: &Encoding, fmtp: &str) -> Result<Self, ParametersError> {
        Ok(if encoding.is(opus::ENCODING_NAME) {
            Self::Opus(opus::Parameters::parse(fmtp))
        } else if encoding.is(h264::ENCODING_NAME) {
            Self::H264(fmtp.parse().map_err(|_| ParametersError)?)
        } else if encoding.is(vp8::ENCODING_NAME) {
            Self::Vp8(vp8::Parameters::parse(fmtp))
        } else if encoding.is(vp9::ENCODING_NAME) {
            Self::Vp9(fmtp.parse().map_err(|_| ParametersError)?)
        } else if encoding.is(av1::ENCODING_NAME) {
            Self::Av1(fmtp.parse().map_err(|_| ParametersError)?)
        } else if encoding.is(telephone_event::ENCODING_NAME) {
            Self::TelephoneEvent(telephone_event::Parameters::parse(fmtp))
        } else if encoding.is(text::ENCODING_NAME) {
            Self::Text(text::Parameters::parse(fmtp))
        } else if encoding.is(red::ENCODING_NAME) && !fmtp.is_empty() {
            Self::Red(fmtp.parse().map_err(|_| ParametersError)?)
        } else if encoding.is(red::ENCODING_NAME) {
            Self::Red(red::Parameters::default())
        } else if encoding.is(flexfec::ENCODING_NAME) || encoding.is(flexfec03::ENCODING_NAME) {
            Self::FlexFec(flexfec::Parameters::parse(fmtp))
        } else if encoding.is(ulpfec::ENCODING_NAME) {
            Self::UlpFec(ulpfec::Parameters::parse(fmtp))
        } else {
            Self::Other(fmtp.to_owned())
        })
    }

    /// What to answer to these of an offer, `self` being ours; `None` when they are of formats that differ.
    #[must_use]
    pub fn answer(&self, offer: &Self) -> Option<Self> {
        match (self, offer) {
            // Each side says what it would like to receive.
            (Self::Opus(_), Self::Opus(_))
            | (Self::Vp8(_), Self::Vp8(_))
            | (Self::Text(_), Self::Text(_))
            | (Self::FlexFec(_), Self::FlexFec(_))
            | (Self::UlpFec(_), Self::UlpFec(_)) => Some(self.clone()),
            (Self::H264(ours), Self::H264(theirs)) => ours.answer(theirs).map(Self::H264),
            (Self::Vp9(ours), Self::Vp9(theirs)) => ours.answer(theirs).map(Self::Vp9),
            (Self::Av1(ours), Self::Av1(theirs)) => ours.answer(theirs).map(Self::Av1),
            (Self::TelephoneEvent(ours), Self::TelephoneEvent(theirs)) => {
                let events = ours.events.intersection(&theirs.events);
                let parameters = telephone_event::Parameters { events };
                (events != telephone_event::Events::NONE).then_some(Self::TelephoneEvent(parameters))
            }
            // What it carries, by the offer's numbers; whether that is there is for the whole section to say.
            (Self::Red(_), Self::Red(theirs)) => Some(Self::Red(theirs.clone())),
            (Self::Other(ours), Self::Other(theirs)) => {
                (ours.is_empty() || is_same_set(ours, theirs)).then(|| self.clone())
            }
            _ => None,
        }
    }
}

/// Whether both hold the same parameters, in any order.
fn is_same_set(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
        let mut parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        parts.sort_unstable();
        parts
    };
    sorted(a) == sorted(b)
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opus(parameters) => write!(f, "{parameters}"),
            Self::H264(parameters) => write!(f, "{parameters}"),
            Self::Vp8(parameters) => write!(f, "{parameters}"),
            Self::Vp9(parameters) => write!(f, "{parameters}"),
            Self::FlexFec(parameters) => write!(f, "{parameters}"),
            Self::UlpFec(parameters) => write!(f, "{parameters}"),
            Self::Av1(parameters) => write!(f, "{parameters}"),
            Self::TelephoneEvent(parameters) => write!(f, "{parameters}"),
            Self::Text(parameters) => write!(f, "{parameters}"),
            Self::Red(parameters) => write!(f, "{parameters}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(encoding: &str, fmtp: &str) -> Parameters {
        Parameters::read(&encoding.parse().unwrap(), fmtp).unwrap()
    }

    #[test]
    fn what_safari_offers_matches_at_any_level() {
        // Levels 5.2 and 3.1; constrained high, and constrained baseline.
        for (id, ours) in
            [("640c34", "640c1f"), ("42e034", "42e01f"), ("640c1f", "640c1f"), ("42e01f", "42e01f")]
        {
            let fmtp =
                |id: &str| format!("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={id}");
            let (ours, offer) = (read("H264/90000", &fmtp(ours)), read("H264/90000", &fmtp(id)));
            assert_eq!(ours.answer(&offer), Some(ours.clone()), "{id}");
        }
        let high = read("H264/90000", "packetization-mode=1;profile-level-id=640c1f");
        let base = read("H264/90000", "packetization-mode=1;profile-level-id=42e01f");
        assert_eq!(base.answer(&high), None);
    }

    #[test]
    fn both_understand_the_keys_that_both_name() {
        let (ours, offer) = (read("telephone-event/8000", "0-11"), read("telephone-event/8000", "9-16"));
        assert_eq!(ours.answer(&offer).unwrap().to_string(), "9-11");
        assert_eq!(ours.answer(&read("telephone-event/8000", "12,16")), None);
    }

    #[test]
    fn each_codec_reads_its_own() {
        for (encoding, fmtp) in [
            ("opus/48000/2", "minptime=10;useinbandfec=1"),
            ("H264/90000", "packetization-mode=1;profile-level-id=42e01f"),
            ("AV1/90000", "level-idx=5;profile=0;tier=0"),
            ("telephone-event/8000", "0-16"),
            ("t140/1000", "cps=90"),
            ("red/48000/2", "111/111"),
            ("red/90000", ""),
            ("VP8/90000", "max-fr=60;max-fs=12288"),
            ("VP9/90000", "profile-id=2"),
            ("flexfec-03/90000", "repair-window=10000000"),
            ("flexfec/90000", "repair-window=200000"),
            ("ulpfec/90000", ""),
        ] {
            let parameters = read(encoding, fmtp);
            assert!(!matches!(parameters, Parameters::Other(_)), "{encoding}");
            assert_eq!(parameters.to_string(), fmtp);
            assert_eq!(parameters.answer(&parameters), Some(parameters.clone()));
            assert_eq!(Parameters::NONE.answer(&parameters), None);
        }
    }

    #[test]
    fn what_is_not_known_matches_when_it_is_the_same() {
        let (one, turned) = (read("x/8000", "a=1; B=2"), read("x/8000", "b=2;A=1"));
        assert_eq!(one.answer(&turned), Some(one.clone()));
        assert_eq!(one.answer(&read("x/8000", "a=1")), None);
        assert_eq!(Parameters::NONE.answer(&one), Some(Parameters::NONE));
    }

    #[test]
    fn what_no_receiver_of_ours_takes_is_refused() {
        let encoding = "H264/90000".parse().unwrap();
        assert_eq!(Parameters::read(&encoding, "packetization-mode=2"), Err(ParametersError));
    }
}
