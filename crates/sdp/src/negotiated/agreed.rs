//! A section as both sides have it.

use super::check::Match;
use super::{Agreed, AgreedFormat, Keys, Numbered, Wishes};
use crate::answer::once;
use crate::{Direction, ExtMap, Feedback, Format, RtcpMux, Section, Setup, Simulcast};

impl Agreed {
    /// As seen by who answers.
    pub(super) fn of(Match { offer, answer, formats }: Match<'_>) -> Self {
        let feedback = answer.feedback.iter().filter(|feedback| offer.feedback.contains(feedback));
        let feedback = once(feedback);
        Self {
            kind: answer.kind.clone(),
            mid: offer.mid.clone(),
            direction: answer.direction,
            formats: formats.into_iter().map(|pair| format((offer, answer), pair, &feedback)).collect(),
            feedback,
            extensions: extensions(offer, answer),
            extension_forms: answer.extension_forms.min(offer.extension_forms),
            rtcp_mux: answer.rtcp_mux.min(RtcpMux::Muxed),
            report_size: answer.report_size.min(offer.report_size),
            simulcast: answer.simulcast.clone().unwrap_or_default(),
            keys: keys(offer, answer),
            setup: offer.setup.and(answer.setup),
            ours: Wishes::of(answer),
            theirs: Wishes::of(offer),
        }
    }

    /// The same as seen by the other side.
    pub(super) fn reversed(&self) -> Self {
        let extensions = self.extensions.iter().cloned();
        let direction = |direction: Option<Direction>| direction.map(Direction::reversed);
        let formats = self.formats.iter().cloned();
        let keys = self.keys.clone();
        Self {
            direction: self.direction.reversed(),
            formats: formats
                .map(|format| AgreedFormat { send: format.receive, receive: format.send, ..format })
                .collect(),
            extensions: extensions
                .map(|extension| ExtMap { direction: direction(extension.direction), ..extension })
                .collect(),
            simulcast: Simulcast { send: self.simulcast.recv.clone(), recv: self.simulcast.send.clone() },
            keys: keys.map(|Keys { send, receive }| Keys { send: receive, receive: send }),
            setup: self.setup.map(|setup| match setup {
                Setup::Active => Setup::Passive,
                Setup::Passive => Setup::Active,
                Setup::ActPass | Setup::HoldConn => setup,
            }),
            ours: self.theirs,
            theirs: self.ours,
            ..self.clone()
        }
    }
}

impl Wishes {
    fn of(section: &Section) -> Self {
        Self { bit_rate: section.bit_rate(), ptime: section.ptime, max_ptime: section.max_ptime }
    }
}

impl Numbered {
    fn of(format: &Format, other: &Format) -> Self {
        Self {
            payload_type: format.payload_type,
            parameters: format.parameters.clone(),
            retransmission: format.retransmission.filter(|_| other.retransmission.is_some()),
        }
    }
}

/// A format of both; `said` is what is welcome about all of them.
fn format(
    (offer, answer): (&Section, &Section),
    (theirs, ours): (&Format, &Format),
    said: &[Feedback],
) -> AgreedFormat {
    let answered =
        ours.feedback.iter().chain(answer.feedback.iter().filter(|one| !ours.feedback.contains(one)));
    let is_agreed = |feedback: &&Feedback| offer.welcomes(feedback, theirs) && !said.contains(feedback);
    AgreedFormat {
        encoding: ours.encoding.clone(),
        send: Numbered::of(theirs, ours),
        receive: Numbered::of(ours, theirs),
        feedback: once(answered.filter(is_agreed)),
    }
}

/// Those of the answer, no further than was offered.
fn extensions(offer: &Section, answer: &Section) -> Vec<ExtMap> {
    let agreed = answer.extensions.iter().filter_map(|ours| {
        let theirs = offer.extensions.iter().find(|theirs| theirs.id == ours.id && theirs.uri == ours.uri)?;
        let direction = ours.direction().and(theirs.direction().reversed());
        let is_said = ours.direction.is_some() || direction != ours.direction();
        let is_used = direction.sends() || direction.receives();
        is_used.then(|| ExtMap { direction: is_said.then_some(direction), ..ours.clone() })
    });
    agreed.collect()
}

fn keys(offer: &Section, answer: &Section) -> Option<Keys> {
    let send = answer.crypto.first()?;
    let receive = offer.crypto.iter().find(|theirs| theirs.tag == send.tag && theirs.suite == send.suite)?;
    Some(Keys { send: send.clone(), receive: receive.clone() })
}
