//! Streams by name, and encodings of one picture (RFC 8851, section 6; RFC 8853, section 5.3).

use crate::{Rid, RidDirection, RidId, Section, Simulcast, SimulcastStream};
use std::collections::BTreeMap;

/// The offered streams that we take, seen from our side: as many of each direction as we have ourselves, by the names
/// of the offer, with what `answer` has of their payload types.
pub(super) fn answer_streams(
    ours: &Section,
    offer: &Section,
    answer: &Section,
) -> (Vec<Rid>, Option<Simulcast>) {
    let (Some(known), Some(theirs)) = (&ours.simulcast, &offer.simulcast) else { return (Vec::new(), None) };
    let mut described: BTreeMap<&RidId, Rid> = BTreeMap::new();
    for rid in offer.rids.iter().filter_map(|rid| answer_rid(rid, answer).map(|answer| (&rid.id, answer))) {
        described.entry(rid.0).or_insert(rid.1);
    }
    let mut rids = Vec::new();
    let mut take = |direction: RidDirection| {
        let mut streams = Vec::new();
        for stream in theirs.streams(direction.reversed()) {
            if streams.len() == known.streams(direction).len() {
                break;
            }
            let mut alternatives = Vec::new();
            for form in &stream.alternatives {
                // Each name once.
                let is_ours = |rid: &&Rid| rid.direction == direction;
                if described.get(&form.rid).filter(is_ours).is_some() {
                    rids.extend(described.remove(&form.rid));
                    alternatives.push(form.clone());
                }
            }
            if !alternatives.is_empty() {
                streams.push(SimulcastStream { alternatives });
            }
        }
        streams
    };
    let simulcast = Simulcast { send: take(RidDirection::Send), recv: take(RidDirection::Recv) };
    (rids, Some(simulcast))
}

/// An offered stream seen from our side; `None` when it needs a payload type that is not answered.
fn answer_rid(theirs: &Rid, answer: &Section) -> Option<Rid> {
    let is_answered = |number| answer.formats.iter().any(|format| format.payload_type == number);
    let answered = theirs.payload_types.iter().copied().filter(|&number| is_answered(number));
    let payload_types: Vec<_> = answered.collect();
    let is_possible = theirs.payload_types.is_empty() || !payload_types.is_empty();
    is_possible.then(|| Rid { direction: theirs.direction.reversed(), payload_types, ..theirs.clone() })
}
