//! How much may be sent: `b=` (RFC 8866, section 5.8).

use core::fmt;

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// Of what.
    pub kind: BandwidthKind,
    /// In the unit of its kind.
    pub value: u64,
}

/// What is limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BandwidthKind {
    /// All sessions of a conference, in kbit/s: `CT`.
    ConferenceTotal,
    /// What the author wants to receive, in kbit/s with the headers of IP and UDP: `AS`.
    ApplicationSpecific,
    /// The same in bit/s, without the headers below RTP: `TIAS` (RFC 3890, section 6.2.2).
    TransportIndependent,
    /// Reports of senders, in bit/s: `RS` (RFC 3556, section 2).
    SenderReports,
    /// Reports of who only receives, in bit/s: `RR` (RFC 3556, section 2).
    ReceiverReports,
    /// What is not known here.
    Other(String),
}

const KINDS: [(&str, BandwidthKind); 5] = [
    ("CT", BandwidthKind::ConferenceTotal),
    ("AS", BandwidthKind::ApplicationSpecific),
    ("TIAS", BandwidthKind::TransportIndependent),
    ("RS", BandwidthKind::SenderReports),
    ("RR", BandwidthKind::ReceiverReports),
];

impl Bandwidth {
    /// In bit/s; `None` for a kind whose unit is not known here.
    #[must_use]
    pub fn bits_per_second(&self) -> Option<u64> {
        match self.kind {
            BandwidthKind::ConferenceTotal | BandwidthKind::ApplicationSpecific => {
                Some(self.value.saturating_mul(1_000))
            }
            BandwidthKind::TransportIndependent
            | BandwidthKind::SenderReports
            | BandwidthKind::ReceiverReports => Some(self.value),
            BandwidthKind::Other(_) => None,
        }
    }
}

impl fmt::Display for BandwidthKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = KINDS.iter().find(|(_, kind)| kind == self).map(|&(name, _)| name);
        match (known, self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::Other(name)) => f.write_str(name),
            (None, _) => Err(fmt::Error),
        }
    }
}

impl From<&sdp_types::Bandwidth> for Bandwidth {
    fn from(line: &sdp_types::Bandwidth) -> Self {
        let known = KINDS.iter().find(|(name, _)| *name == line.bwtype).map(|(_, kind)| kind.clone());
        let kind = known.unwrap_or_else(|| BandwidthKind::Other(line.bwtype.clone()));
        Self { kind, value: line.bandwidth }
    }
}

impl From<&Bandwidth> for sdp_types::Bandwidth {
    fn from(bandwidth: &Bandwidth) -> Self {
        Self { bwtype: bandwidth.kind.to_string(), bandwidth: bandwidth.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_differ_by_kind() {
        for (name, bits) in [
            ("AS", Some(32_000)),
            ("CT", Some(32_000)),
            ("TIAS", Some(32)),
            ("RS", Some(32)),
            ("RR", Some(32)),
            ("X-YZ", None),
        ] {
            let line = sdp_types::Bandwidth { bwtype: name.into(), bandwidth: 32 };
            let read = Bandwidth::from(&line);
            assert_eq!(read.bits_per_second(), bits, "{name}");
            assert_eq!(sdp_types::Bandwidth::from(&read), line);
        }
    }
}
