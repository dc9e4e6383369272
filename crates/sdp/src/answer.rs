//! One section's answer (RFC 3264, section 6).

mod formats;
mod streams;

pub(crate) use formats::is_match;

use crate::{
    Bundling, Crypto, ExtMap, ExtensionForms, Feedback, Protection, ReportSize, RtcpMux, Section,
    SessionParameter, Simulcast,
};
use formats::answer_formats;
use streams::answer_streams;

/// The answer of `ours` to `offer`; `None` when they have nothing in common.
pub(crate) fn answer_section(ours: &Section, offer: &Section) -> Option<Section> {
    let is_named = ours.mid.is_none() || ours.mid == offer.mid;
    if offer.is_refused() || !is_named || ours.kind != offer.kind || !ours.protocol.answers(&offer.protocol) {
        return None;
    }
    let formats = answer_formats(ours, offer);
    let is_other =
        |format: &&String| offer.protocol.protection().is_none() && ours.other_formats.contains(format);
    let other_formats: Vec<_> = offer.other_formats.iter().filter(is_other).cloned().collect();
    if formats.is_empty() && other_formats.is_empty() {
        return None;
    }
    let mut answer = Section {
        protocol: offer.protocol.clone(),
        mid: offer.mid.clone(),
        direction: offer.direction.reversed().and(ours.direction),
        other_formats,
        feedback: offer
            .feedback
            .iter()
            .filter(|feedback| ours.feedback.contains(feedback))
            .cloned()
            .collect(),
        extensions: answer_extensions(ours, offer),
        extension_forms: match (ours.extension_forms, offer.extension_forms) {
            (ExtensionForms::Mixed, ExtensionForms::Mixed) => ExtensionForms::Mixed,
            _ => ExtensionForms::Uniform,
        },
        rtcp_mux: answer_mux(ours.rtcp_mux, offer.rtcp_mux)?,
        report_size: match (ours.report_size, offer.report_size) {
            (ReportSize::Reduced, ReportSize::Reduced) => ReportSize::Reduced,
            _ => ReportSize::Compound,
        },
        crypto: answer_crypto(ours, offer)?,
        setup: offer.setup.and_then(|theirs| Some(ours.setup?.answer(theirs))),
        rids: Vec::new(),
        simulcast: None,
        bundling: Bundling::Possible,
        port: if ours.port == 0 { 9 } else { ours.port },
        formats,
        ..ours.clone()
    };
    (answer.rids, answer.simulcast) = answer_streams(ours, offer, &answer);
    answer.simulcast = answer.simulcast.filter(|simulcast: &Simulcast| !simulcast.is_empty());
    Some(answer)
}

/// A refusal of `offer`: port 0, and one format, since there has to be one (RFC 3264, section 6).
pub(crate) fn refuse(offer: &Section) -> Section {
    let mut refusal = Section::new(offer.kind.clone(), offer.protocol.clone());
    refusal.port = 0;
    refusal.mid = offer.mid.clone();
    refusal.direction = crate::Direction::Inactive;
    refusal.formats = offer.formats.iter().take(1).cloned().collect();
    for format in &mut refusal.formats {
        format.feedback.clear();
        format.retransmission = None;
    }
    if refusal.formats.is_empty() {
        refusal.other_formats = offer.other_formats.iter().take(1).cloned().collect();
    }
    refusal
}

/// Each once, of few that differ.
pub(crate) fn once<'a>(all: impl Iterator<Item = &'a Feedback>) -> Vec<Feedback> {
    let mut known: Vec<Feedback> = Vec::new();
    for feedback in all {
        if !known.contains(feedback) {
            known.push(feedback.clone());
        }
    }
    known
}

/// Those that both have, with the numbers of the offer (RFC 8285, section 7).
fn answer_extensions(ours: &Section, offer: &Section) -> Vec<ExtMap> {
    let mut answered: Vec<ExtMap> = Vec::new();
    for theirs in &offer.extensions {
        let is_new = !answered.iter().any(|known| known.id == theirs.id || known.uri == theirs.uri);
        let Some(known) = ours.extension(&theirs.uri).filter(|_| is_new) else { continue };
        let direction = theirs.direction().reversed().and(known.direction());
        if direction.sends() || direction.receives() {
            let is_said = theirs.direction.is_some() || direction != crate::Direction::SendRecv;
            answered.push(ExtMap { id: theirs.id, direction: is_said.then_some(direction), ..known.clone() });
        }
    }
    answered
}

/// `None` when one of the two insists on what the other does not do.
const fn answer_mux(ours: RtcpMux, offer: RtcpMux) -> Option<RtcpMux> {
    match (ours, offer) {
        (RtcpMux::Only, RtcpMux::Separate) | (RtcpMux::Separate, RtcpMux::Only) => None,
        (RtcpMux::Separate, _) | (_, RtcpMux::Separate) => Some(RtcpMux::Separate),
        _ => Some(RtcpMux::Muxed),
    }
}

/// The first of the offer whose algorithms we have, under its tag with our key (RFC 4568, section 5.1.2); `None` when
/// keys are needed and there is no such. How large a window against replay should be each side says for itself.
fn answer_crypto(ours: &Section, offer: &Section) -> Option<Vec<Crypto>> {
    if offer.protocol.protection() != Some(Protection::Described) {
        return Some(Vec::new());
    }
    let mut answers = offer.crypto.iter().filter_map(|theirs| {
        let is_same = |known: &&Crypto| known.suite == theirs.suite && agreed(known).eq(agreed(theirs));
        let known = ours.crypto.iter().find(is_same)?;
        Some(Crypto { tag: theirs.tag, ..known.clone() })
    });
    answers.next().map(|answer| vec![answer])
}

/// The session parameters that both sides must have (RFC 4568, section 6.3): neither the window size, which is a hint,
/// nor what may be ignored.
fn agreed(crypto: &Crypto) -> impl Iterator<Item = &SessionParameter> {
    let is_needed = |parameter: &&SessionParameter| {
        let name = parameter.name();
        !name.eq_ignore_ascii_case("WSH") && !name.starts_with('-')
    };
    crypto.session.iter().filter(is_needed)
}
