//! What an offer and its answer come to (RFC 3264, section 7).

mod agreed;
mod check;
mod error;
#[cfg(test)]
mod tests;

pub use error::{Disagreement, NegotiationError};

use crate::{
    Crypto, Description, Direction, Encoding, ExtMap, ExtensionForms, Feedback, Group, MaxPtime, MediaKind,
    Mid, Parameters, Ptime, ReportSize, Retransmission, RtcpMux, Setup, Simulcast,
};
use moim_rtp::PayloadType;
use std::collections::BTreeSet;

/// Which of the two we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The offer is ours.
    Offerer,
    /// The answer is ours.
    Answerer,
}

/// What is agreed on, as seen by us.
#[derive(Clone, Debug, PartialEq)]
pub struct Negotiated {
    /// Each section of the offer; none where it was refused.
    pub sections: Vec<Option<Agreed>>,
    /// Which of the sections that were accepted belong together.
    pub groups: Vec<Group>,
}

/// What is agreed on in a section.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// What is sent.
    pub kind: MediaKind,
    /// Its name, if it has one.
    pub mid: Option<Mid>,
    /// Who sends.
    pub direction: Direction,
    /// Payload formats in the order of the answer: the first is to be sent, any may come.
    pub formats: Vec<AgreedFormat>,
    /// Feedback that is welcome about all formats.
    pub feedback: Vec<Feedback>,
    /// Header extensions.
    pub extensions: Vec<ExtMap>,
    /// Whether packets may have them in both forms.
    pub extension_forms: ExtensionForms,
    /// Whether reports travel with the media: never [`RtcpMux::Only`].
    pub rtcp_mux: RtcpMux,
    /// Whether reports may be incomplete.
    pub report_size: ReportSize,
    /// Encodings of one picture.
    pub simulcast: Simulcast,
    /// Keys, where the description has them.
    pub keys: Option<Keys>,
    /// Our part in the handshake, where there is one.
    pub setup: Option<Setup>,
    /// What we said of how we want to receive.
    pub ours: Wishes,
    /// What the other side said.
    pub theirs: Wishes,
}

/// How somebody wants to receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// At most so much, in bit/s.
    pub bit_rate: Option<u64>,
    /// So much sound in a packet.
    pub ptime: Option<Ptime>,
    /// At most so much.
    pub max_ptime: Option<MaxPtime>,
}

/// A payload format that both have.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreedFormat {
    /// What it is.
    pub encoding: Encoding,
    /// As we send it: by the other side's number and parameters.
    pub send: Numbered,
    /// As we receive it: by ours.
    pub receive: Numbered,
    /// Feedback about it that is welcome, beyond what is about the whole section.
    pub feedback: Vec<Feedback>,
}

/// A payload format as its receiver described it.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// The number.
    pub payload_type: PayloadType,
    /// What is to be known of it.
    pub parameters: Parameters,
    /// As what it is sent again, if both do that.
    pub retransmission: Option<Retransmission>,
}

/// Keys of both sides (RFC 4568, section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// What we encrypt with.
    pub send: Crypto,
    /// What the other side does.
    pub receive: Crypto,
}

impl Negotiated {
    /// What `offer` and `answer` come to, for the one of the two that we are.
    ///
    /// # Errors
    ///
    /// [`NegotiationError`] when the answer has what was not offered, or not what it has to.
    pub fn new(offer: &Description, answer: &Description, party: Party) -> Result<Self, NegotiationError> {
        let sections = check::sections(offer, answer)?.into_iter().map(|matched| matched.map(Agreed::of));
        let sections: Vec<_> = sections.collect();
        let groups = accepted(&answer.groups, &sections);
        let answered = Self { sections, groups };
        Ok(match party {
            Party::Answerer => answered,
            Party::Offerer => answered.reversed(),
        })
    }

    /// The same as seen by the other side.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let sections = self.sections.iter().map(|section| section.as_ref().map(Agreed::reversed)).collect();
        Self { sections, groups: self.groups.clone() }
    }
}

/// The groups without the sections that were refused, which some leave in them.
fn accepted(groups: &[Group], sections: &[Option<Agreed>]) -> Vec<Group> {
    let mids: BTreeSet<&Mid> = sections.iter().flatten().filter_map(|section| section.mid.as_ref()).collect();
    let without_refused = |group: &Group| {
        let members = group.mids.iter().filter(|mid| mids.contains(mid));
        Group { semantics: group.semantics.clone(), mids: members.cloned().collect() }
    };
    groups.iter().map(without_refused).filter(|group| !group.mids.is_empty()).collect()
}
