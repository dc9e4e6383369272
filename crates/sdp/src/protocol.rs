//! What a section is about, and by which protocol it travels: the `m=` line (RFC 8866, section 5.14).

use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the standard")]
#[non_exhaustive]
pub enum MediaKind {
    Audio,
    Video,
    Text,
    Application,
    /// What is not known here.
    Other(String),
}

/// By which protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// RTP, without feedback before its time (RFC 3551).
    RtpAvp,
    /// RTP with feedback (RFC 4585).
    RtpAvpf,
    /// Encrypted, with keys in the description (RFC 3711, RFC 4568).
    RtpSavp,
    /// Both (RFC 5124).
    RtpSavpf,
    /// Encrypted with keys from DTLS (RFC 5764).
    DtlsSavp,
    /// Both, as browsers have it.
    DtlsSavpf,
    /// What is not known here, such as data channels.
    Other(String),
}

/// How media are protected. Descriptions of different protection cannot answer each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Not at all.
    None,
    /// With keys from the description.
    Described,
    /// With keys from DTLS.
    Dtls,
}

const KINDS: [(&str, MediaKind); 4] = [
    ("audio", MediaKind::Audio),
    ("video", MediaKind::Video),
    ("text", MediaKind::Text),
    ("application", MediaKind::Application),
];

const PROTOCOLS: [(&str, Protocol, Protection); 6] = [
    ("RTP/AVP", Protocol::RtpAvp, Protection::None),
    ("RTP/AVPF", Protocol::RtpAvpf, Protection::None),
    ("RTP/SAVP", Protocol::RtpSavp, Protection::Described),
    ("RTP/SAVPF", Protocol::RtpSavpf, Protection::Described),
    ("UDP/TLS/RTP/SAVP", Protocol::DtlsSavp, Protection::Dtls),
    ("UDP/TLS/RTP/SAVPF", Protocol::DtlsSavpf, Protection::Dtls),
];

impl Protocol {
    /// How it protects media; `None` when it is none of RTP's.
    #[must_use]
    pub fn protection(&self) -> Option<Protection> {
        PROTOCOLS.iter().find(|(_, protocol, _)| protocol == self).map(|&(.., protection)| protection)
    }

    /// Whether a section of this protocol can answer one of the other: the same, but for feedback.
    #[must_use]
    pub fn answers(&self, offer: &Self) -> bool {
        match (self.protection(), offer.protection()) {
            (None, None) => self == offer,
            (ours, theirs) => ours == theirs,
        }
    }
}

impl FromStr for MediaKind {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok(known.map_or_else(|| Self::Other(name.to_owned()), |(_, kind)| kind.clone()))
    }
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Text => "text",
            Self::Application => "application",
            Self::Other(name) => name,
        })
    }
}

impl FromStr for Protocol {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = PROTOCOLS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        Ok(known.map_or_else(|| Self::Other(name.to_owned()), |(_, protocol, _)| protocol.clone()))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RtpAvp => "RTP/AVP",
            Self::RtpAvpf => "RTP/AVPF",
            Self::RtpSavp => "RTP/SAVP",
            Self::RtpSavpf => "RTP/SAVPF",
            Self::DtlsSavp => "UDP/TLS/RTP/SAVP",
            Self::DtlsSavpf => "UDP/TLS/RTP/SAVPF",
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_read() {
        for (name, protocol, protection) in PROTOCOLS {
            assert_eq!(name.parse(), Ok(protocol.clone()));
            assert_eq!((protocol.to_string().as_str(), protocol.protection()), (name, Some(protection)));
        }
        for (name, kind) in KINDS {
            assert_eq!((name.parse(), kind.to_string().as_str()), (Ok(kind.clone()), name));
        }
        let sctp: Protocol = "UDP/DTLS/SCTP".parse().unwrap();
        assert_eq!((sctp.protection(), sctp.to_string().as_str()), (None, "UDP/DTLS/SCTP"));
    }

    #[test]
    fn what_is_protected_otherwise_is_no_answer() {
        assert!(Protocol::RtpAvp.answers(&Protocol::RtpAvpf));
        assert!(Protocol::DtlsSavpf.answers(&Protocol::DtlsSavp));
        assert!(!Protocol::RtpSavpf.answers(&Protocol::DtlsSavpf));
        assert!(!Protocol::RtpAvp.answers(&Protocol::RtpSavp));
        let (one, other) = (Protocol::Other("A".into()), Protocol::Other("B".into()));
        assert!(one.answers(&one) && !one.answers(&other));
    }
}
