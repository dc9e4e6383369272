//! One media section as a value: everything that belongs to a codec at the codec.

mod inherited;
mod problem;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use inherited::Inherited;
pub use problem::{Problem, ProblemKind};
pub(crate) use read::read;

use crate::{
    Bandwidth, Crypto, Direction, ExtMap, Feedback, Format, MaxPtime, MediaKind, Mid, Msid, Protocol, Ptime,
    Rid, Role, Rtcp, Setup, Simulcast, SourceAttribute, SourceGroup,
};
use moim_rtp::PayloadType;
use sdp_types::{Attribute, Connection};

/// A media section (RFC 8866, section 5.14): what its author can and wants to do.
///
/// One that was read says what somebody wants; one that we fill in says what we can, and is offered, or answers an
/// offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What is sent.
    pub kind: MediaKind,
    /// By which protocol.
    pub protocol: Protocol,
    /// Where the author receives. 0 is a refusal, unless the section is bundled only.
    pub port: u16,
    /// How many ports there are from that on, if that is said.
    pub port_count: Option<u16>,
    /// At which address, where it is not that of the session.
    pub connections: Vec<Connection>,
    /// A name for people.
    pub title: Option<String>,
    /// Its name in groups.
    pub mid: Option<Mid>,
    /// Who sends.
    pub direction: Direction,
    /// Payload formats in order of preference.
    pub formats: Vec<Format>,
    /// What else the `m=` line lists: formats of other protocols, and payload types that nothing is said of.
    pub other_formats: Vec<String>,
    /// Feedback that is welcome about all formats.
    pub feedback: Vec<Feedback>,
    /// Header extensions.
    pub extensions: Vec<ExtMap>,
    /// Whether packets may have them in both forms.
    pub extension_forms: ExtensionForms,
    /// Whether reports travel with the media.
    pub rtcp_mux: RtcpMux,
    /// Whether reports may be incomplete.
    pub report_size: ReportSize,
    /// Where reports go when it is not the next port.
    pub rtcp: Option<Rtcp>,
    /// Streams by name.
    pub rids: Vec<Rid>,
    /// Those of them that are encodings of one picture.
    pub simulcast: Option<Simulcast>,
    /// What is said of sources.
    pub sources: Vec<SourceAttribute>,
    /// Which sources belong together.
    pub source_groups: Vec<SourceGroup>,
    /// Streams of the application.
    pub msids: Vec<Msid>,
    /// How much sound a packet should hold.
    pub ptime: Option<Ptime>,
    /// How much it may hold.
    pub max_ptime: Option<MaxPtime>,
    /// How much may be sent.
    pub bandwidths: Vec<Bandwidth>,
    /// Keys, in order of preference.
    pub crypto: Vec<Crypto>,
    /// Who begins the handshake.
    pub setup: Option<Setup>,
    /// Whether the section is there only together with another (RFC 9143, section 6).
    pub bundling: Bundling,
    /// All other attributes as they are, such as those of ICE and DTLS.
    pub attributes: Vec<Attribute>,
}

/// Whether reports travel on the port of the media (RFC 5761, RFC 8858).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RtcpMux {
    /// On a port of their own.
    #[default]
    Separate,
    /// On the same: offered, and agreed to when it is answered.
    Muxed,
    /// On the same, or not at all.
    Only,
}

/// Whether a report may consist of feedback alone (RFC 5506).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportSize {
    /// Each begins with a report and names its source.
    #[default]
    Compound,
    /// It may.
    Reduced,
}

/// Whether a stream may have packets with one-byte and such with two-byte extensions (RFC 8285, section 4.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtensionForms {
    /// One of the two.
    #[default]
    Uniform,
    /// Both.
    Mixed,
}

/// Whether a section can stand alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bundling {
    /// It can.
    #[default]
    Possible,
    /// Who does not bundle it refuses it. It is offered with port 0.
    Only,
}

impl Section {
    /// A section that says nothing yet; its port is 9, as where ICE finds the real one (RFC 8840, section 4.1.1).
    #[must_use]
    pub const fn new(kind: MediaKind, protocol: Protocol) -> Self {
        Self {
            kind,
            protocol,
            port: 9,
            port_count: None,
            connections: Vec::new(),
            title: None,
            mid: None,
            direction: Direction::SendRecv,
            formats: Vec::new(),
            other_formats: Vec::new(),
            feedback: Vec::new(),
            extensions: Vec::new(),
            extension_forms: ExtensionForms::Uniform,
            rtcp_mux: RtcpMux::Separate,
            report_size: ReportSize::Compound,
            rtcp: None,
            rids: Vec::new(),
            simulcast: None,
            sources: Vec::new(),
            source_groups: Vec::new(),
            msids: Vec::new(),
            ptime: None,
            max_ptime: None,
            bandwidths: Vec::new(),
            crypto: Vec::new(),
            setup: None,
            bundling: Bundling::Possible,
            attributes: Vec::new(),
        }
    }

    /// Whether its media are not to be.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.port == 0 && self.bundling == Bundling::Possible
    }

    /// The formats that are sound, pictures or text, in order of preference.
    pub fn codecs(&self) -> impl Iterator<Item = &Format> {
        self.formats.iter().filter(|format| format.role() == Role::Codec)
    }

    /// The first format of this encoding name.
    #[must_use]
    pub fn format(&self, name: &str) -> Option<&Format> {
        self.formats.iter().find(|format| format.encoding.is(name))
    }

    /// The format of this number, which may be that under which it is sent again.
    #[must_use]
    pub fn format_of(&self, payload_type: PayloadType) -> Option<&Format> {
        self.formats.iter().find(|format| format.payload_types().any(|number| number == payload_type))
    }

    /// Whether this feedback is welcome about `format`.
    #[must_use]
    pub fn welcomes(&self, feedback: &Feedback, format: &Format) -> bool {
        self.feedback.contains(feedback) || format.feedback.contains(feedback)
    }

    /// The header extension of this name.
    #[must_use]
    pub fn extension(&self, uri: &str) -> Option<&ExtMap> {
        self.extensions.iter().find(|extension| extension.uri == uri)
    }

    /// How much the author wants to receive, in bit/s: `TIAS`, or else `AS`.
    #[must_use]
    pub fn bit_rate(&self) -> Option<u64> {
        use crate::BandwidthKind::{ApplicationSpecific, TransportIndependent};
        let limit = |kind| self.bandwidths.iter().find(|limit| limit.kind == kind)?.bits_per_second();
        limit(TransportIndependent).or_else(|| limit(ApplicationSpecific))
    }
}
