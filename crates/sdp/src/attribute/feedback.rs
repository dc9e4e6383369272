//! Feedback that is welcome: `a=rtcp-fb` (RFC 4585, section 4.2).

use super::{AttributeError, Part, TypedAttribute, first_word, number, payload_type, rest, valid, word};
use core::fmt;
use core::str::FromStr;
use moim_rtp::PayloadType;

/// A kind of feedback, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcpFb {
    /// What it is about.
    pub about: FeedbackFor,
    /// The kind.
    pub feedback: Feedback,
}

/// What feedback is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedbackFor {
    /// All payload types of the section: `*`.
    All,
    /// One.
    One(PayloadType),
}

/// A kind of feedback.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feedback {
    /// Which packets are missing (RFC 4585, section 6.2.1).
    Nack,
    /// Pictures cannot go on: send one that stands alone (RFC 4585, section 6.3.1).
    NackPli,
    /// The same as an order (RFC 5104, section 4.3.1).
    CcmFir,
    /// How much may be sent (RFC 5104, section 4.2.1), and how many packets a second at most, if that is said.
    CcmTmmbr {
        /// Packets a second.
        max_packet_rate: Option<u32>,
    },
    /// The receiver's estimate of the path (draft-alvestrand-rmcat-remb-03).
    GoogRemb,
    /// When packets of the transport arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    TransportCc,
    /// The same as a standard (RFC 8888, section 6).
    AckCcfb,
    /// The least time between two regular reports, in milliseconds (RFC 4585, section 4.2).
    TrrInt(u32),
    /// What is not known here, its words apart by one space.
    Other(String),
}

impl FromStr for Feedback {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let words = || value.split_ascii_whitespace();
        let mut named = words();
        let name = word(&mut named, Part::Feedback)?;
        let (first, second) = (named.next(), named.next());
        let other = Self::Other(rest(words()).unwrap_or_default());
        Ok(match (name, first, second) {
            ("nack", None, None) => Self::Nack,
            ("nack", Some("pli"), None) => Self::NackPli,
            ("ccm", Some("fir"), None) => Self::CcmFir,
            ("ccm", Some("tmmbr"), None) => Self::CcmTmmbr { max_packet_rate: None },
            ("ccm", Some("tmmbr"), Some(rate)) if named.next().is_none() => {
                match rate.strip_prefix("smaxpr=") {
                    Some(rate) => {
                        Self::CcmTmmbr { max_packet_rate: Some(valid(number(rate), Part::Feedback)?) }
                    }
                    None => other,
                }
            }
            ("goog-remb", None, None) => Self::GoogRemb,
            ("transport-cc", None, None) => Self::TransportCc,
            ("ack", Some("ccfb"), None) => Self::AckCcfb,
            ("trr-int", Some(interval), None) => Self::TrrInt(valid(number(interval), Part::Interval)?),
            ("trr-int", None, _) => return Err(AttributeError::Missing(Part::Interval)),
            _ => other,
        })
    }
}

impl fmt::Display for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nack => f.write_str("nack"),
            Self::NackPli => f.write_str("nack pli"),
            Self::CcmFir => f.write_str("ccm fir"),
            Self::CcmTmmbr { max_packet_rate: None } => f.write_str("ccm tmmbr"),
            Self::CcmTmmbr { max_packet_rate: Some(rate) } => write!(f, "ccm tmmbr smaxpr={rate}"),
            Self::GoogRemb => f.write_str("goog-remb"),
            Self::TransportCc => f.write_str("transport-cc"),
            Self::AckCcfb => f.write_str("ack ccfb"),
            Self::TrrInt(millis) => write!(f, "trr-int {millis}"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl FromStr for RtcpFb {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let (about, feedback) = first_word(value, Part::PayloadType)?;
        let about = match about {
            "*" => FeedbackFor::All,
            one => FeedbackFor::One(payload_type(one)?),
        };
        Ok(Self { about, feedback: feedback.parse()? })
    }
}

impl fmt::Display for RtcpFb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about {
            FeedbackFor::All => write!(f, "* {}", self.feedback),
            FeedbackFor::One(payload_type) => write!(f, "{} {}", payload_type.get(), self.feedback),
        }
    }
}

impl TypedAttribute for RtcpFb {
    const NAME: &'static str = "rtcp-fb";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_and_written_as_it_came() {
        for (text, kind) in [
            ("nack", Feedback::Nack),
            ("nack pli", Feedback::NackPli),
            ("ccm fir", Feedback::CcmFir),
            ("ccm tmmbr", Feedback::CcmTmmbr { max_packet_rate: None }),
            ("ccm tmmbr smaxpr=120", Feedback::CcmTmmbr { max_packet_rate: Some(120) }),
            ("goog-remb", Feedback::GoogRemb),
            ("transport-cc", Feedback::TransportCc),
            ("ack ccfb", Feedback::AckCcfb),
            ("trr-int 100", Feedback::TrrInt(100)),
            ("nack rpsi", Feedback::Other("nack rpsi".into())),
            ("ccm tmmbr x", Feedback::Other("ccm tmmbr x".into())),
        ] {
            assert_eq!(text.parse(), Ok(kind), "{text}");
            let line: RtcpFb = format!("* {text}").parse().unwrap();
            assert_eq!(line.to_string(), format!("* {text}"));
        }
    }

    #[test]
    fn it_is_about_all_or_one() {
        let nack: RtcpFb = "97   nack".parse().unwrap();
        assert_eq!(nack.about, FeedbackFor::One(PayloadType::new(97).unwrap()));
        assert_eq!("97".parse::<RtcpFb>(), Err(AttributeError::Missing(Part::Feedback)));
        assert_eq!("x nack".parse::<RtcpFb>(), Err(AttributeError::Invalid(Part::PayloadType)));
        assert_eq!("* trr-int".parse::<RtcpFb>(), Err(AttributeError::Missing(Part::Interval)));
        assert_eq!("* trr-int -1".parse::<RtcpFb>(), Err(AttributeError::Invalid(Part::Interval)));
    }
}
