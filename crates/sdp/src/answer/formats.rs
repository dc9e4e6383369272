//! Which payload formats both have.

use super::once;
use crate::{Feedback, Format, Parameters, Retransmission, Role, Section};
use moim_rtp::PayloadType;

/// The formats of the offer that we have, in its order and with its numbers, each of ours once; none when there is no
/// codec among them.
pub(super) fn answer_formats(ours: &Section, offer: &Section) -> Vec<Format> {
    let mut free: Vec<_> = ours.formats.iter().collect();
    let mut answered = Vec::new();
    for theirs in &offer.formats {
        let mut matches = free.iter().enumerate();
        let found = matches.find_map(|(place, known)| Some((place, answer_format(known, theirs)?)));
        if let Some((place, parameters)) = found {
            let known = free.remove(place);
            answered.push(Format {
                payload_type: theirs.payload_type,
                encoding: theirs.encoding.clone(),
                parameters,
                feedback: answer_feedback((ours, known), (offer, theirs)),
                retransmission: answer_retransmission(known, theirs),
            });
        }
    }
    without_orphans(answered)
}

/// What we answer, if both are the same format.
fn answer_format(ours: &Format, theirs: &Format) -> Option<Parameters> {
    if !ours.encoding.is_same(&theirs.encoding) {
        return None;
    }
    match ours.role() {
        // How far repair reaches each side says for itself.
        Role::Repair => Some(ours.parameters.clone()),
        Role::Codec | Role::Signal | Role::Redundancy => ours.parameters.answer(&theirs.parameters),
    }
}

/// Whether one may be what was answered to the other.
pub(crate) fn is_match(offer: &Format, answer: &Format) -> bool {
    answer_format(offer, answer).or_else(|| answer_format(answer, offer)).is_some()
}

/// What is welcome on both sides, less what is said about the whole section.
fn answer_feedback(
    (ours, known): (&Section, &Format),
    (offer, theirs): (&Section, &Format),
) -> Vec<Feedback> {
    let offered = offer.feedback.iter().chain(&theirs.feedback);
    let is_answered = |feedback: &&Feedback| {
        let is_said = ours.feedback.contains(feedback) && offer.feedback.contains(feedback);
        ours.welcomes(feedback, known) && !is_said
    };
    once(offered.filter(is_answered))
}

fn answer_retransmission(ours: &Format, theirs: &Format) -> Option<Retransmission> {
    let (ours, theirs) = (ours.retransmission?, theirs.retransmission?);
    Some(Retransmission { payload_type: theirs.payload_type, time: ours.time })
}

/// Without what is of no use: anything without a codec of its clock, redundancy of what is not there. Keys pressed are
/// numbered and timed as the sound they interrupt (RFC 4733, section 2.1).
fn without_orphans(mut formats: Vec<Format>) -> Vec<Format> {
    let codecs = formats.iter().filter(|format| format.role() == Role::Codec);
    let codecs: Vec<_> = codecs.map(|format| (format.payload_type, format.encoding.clock_rate)).collect();
    let has_clock = |format: &Format| codecs.iter().any(|&(_, rate)| rate == format.encoding.clock_rate);
    formats.retain(|format| match format.role() {
        Role::Codec => true,
        Role::Signal | Role::Repair => has_clock(format),
        Role::Redundancy => {
            let is_there = |carried: &PayloadType| codecs.iter().any(|(codec, _)| codec == carried);
            let has_carried = match &format.parameters {
                Parameters::Red(red) => red.payload_types.iter().all(is_there),
                _ => false,
            };
            has_clock(format) && has_carried
        }
    });
    formats
}
