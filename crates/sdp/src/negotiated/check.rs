//! Whether an answer has only what was offered.

use super::{Disagreement, NegotiationError};
use crate::answer::is_match;
use crate::{
    Description, Format, Group, GroupSemantics, Mid, Parameters, Protection, RidDirection, Role, RtcpMux,
    Section,
};
use std::collections::{BTreeMap, BTreeSet};

/// An offered section, its answer, and the formats of both that are the same.
pub(super) struct Match<'a> {
    pub(super) offer: &'a Section,
    pub(super) answer: &'a Section,
    pub(super) formats: Vec<(&'a Format, &'a Format)>,
}

/// The sections that both accept.
pub(super) fn sections<'a>(
    offer: &'a Description,
    answer: &'a Description,
) -> Result<Vec<Option<Match<'a>>>, NegotiationError> {
    let (offered, answered) = (offer.sections.len(), answer.sections.len());
    if offered != answered {
        return Err(NegotiationError::SectionCount { offered, answered });
    }
    groups(offer, answer)?;
    let pairs = offer.sections.iter().zip(&answer.sections).enumerate();
    let checked = pairs.map(|(section, (offer, answer))| {
        self::section(offer, answer)
            .map_err(|disagreement| NegotiationError::Section { section, disagreement })
    });
    checked.collect()
}

/// Whether each group is part of one that was offered.
fn groups(offer: &Description, answer: &Description) -> Result<(), NegotiationError> {
    // Names of meanings may be long: each is compared once for its group, not for each section in it.
    let mut meanings: BTreeMap<&GroupSemantics, BTreeMap<&Mid, usize>> = BTreeMap::new();
    for (place, group) in offer.groups.iter().enumerate() {
        let offered = meanings.entry(&group.semantics).or_default();
        for mid in &group.mids {
            offered.entry(mid).or_insert(place);
        }
    }
    let is_part = |group: &Group| {
        let offered = meanings.get(&group.semantics);
        let mut places = group.mids.iter().map(|mid| offered?.get(mid));
        let first = places.next().unwrap_or(Some(&0));
        first.is_some() && places.all(|place| place == first)
    };
    if answer.groups.iter().all(is_part) { Ok(()) } else { Err(NegotiationError::Group) }
}

fn section<'a>(offer: &'a Section, answer: &'a Section) -> Result<Option<Match<'a>>, Disagreement> {
    if answer.kind != offer.kind {
        return Err(Disagreement::Kind);
    }
    if answer.mid.is_some() && answer.mid != offer.mid {
        return Err(Disagreement::Mid);
    }
    if answer.port == 0 {
        return Ok(None);
    }
    if offer.is_refused() {
        return Err(Disagreement::Refused);
    }
    if !answer.protocol.answers(&offer.protocol) {
        return Err(Disagreement::Protocol);
    }
    if !answer.direction.is_within(offer.direction.reversed()) {
        return Err(Disagreement::Direction { offered: offer.direction, answered: answer.direction });
    }
    let is_muxed = answer.rtcp_mux != RtcpMux::Separate;
    if is_muxed && offer.rtcp_mux == RtcpMux::Separate || !is_muxed && offer.rtcp_mux == RtcpMux::Only {
        return Err(Disagreement::RtcpMux);
    }
    if let (Some(offered), Some(answered)) = (offer.setup, answer.setup)
        && !answered.answers(offered)
    {
        return Err(Disagreement::Setup);
    }
    keys(offer, answer)?;
    extensions(offer, answer)?;
    streams(offer, answer)?;
    Ok(Some(Match { offer, answer, formats: formats(offer, answer)? }))
}

/// Whether the one key that is answered has a tag of the offer, and its algorithms.
fn keys(offer: &Section, answer: &Section) -> Result<(), Disagreement> {
    let is_offered = match &answer.crypto[..] {
        [] => offer.protocol.protection() != Some(Protection::Described),
        [key] => offer.crypto.iter().any(|offered| offered.tag == key.tag && offered.suite == key.suite),
        _ => false,
    };
    if is_offered { Ok(()) } else { Err(Disagreement::Crypto) }
}

fn extensions(offer: &Section, answer: &Section) -> Result<(), Disagreement> {
    let offered: BTreeSet<_> = offer.extensions.iter().map(|offered| (offered.id, &offered.uri)).collect();
    let mut answered = answer.extensions.iter();
    match answered.find(|extension| !offered.contains(&(extension.id, &extension.uri))) {
        Some(extension) => Err(Disagreement::Extension { id: extension.id }),
        None => Ok(()),
    }
}

/// Whether each stream was offered, the other way round.
fn streams(offer: &Section, answer: &Section) -> Result<(), Disagreement> {
    let offered: BTreeSet<_> = offer.rids.iter().map(|rid| (&rid.id, rid.direction)).collect();
    let is_offered = |id, direction: RidDirection| offered.contains(&(id, direction.reversed()));
    let rids = answer.rids.iter().all(|rid| is_offered(&rid.id, rid.direction));
    let simulcast = answer.simulcast.iter().all(|simulcast| {
        [RidDirection::Send, RidDirection::Recv]
            .into_iter()
            .all(|direction| simulcast.rids(direction).all(|id| is_offered(id, direction)))
    });
    if rids && simulcast { Ok(()) } else { Err(Disagreement::Rid) }
}

/// Each format of the answer with that of the offer: the one of its number, or else, since each side may number what
/// it receives itself (RFC 3264, section 6.1), any that is the same.
fn formats<'a>(
    offer: &'a Section,
    answer: &'a Section,
) -> Result<Vec<(&'a Format, &'a Format)>, Disagreement> {
    // Whether parameters that are not known here fit one another is not for us to say.
    let is_foreign = |offered: &Format, answered: &Format| {
        let unknown = [offered, answered].map(|format| matches!(format.parameters, Parameters::Other(_)));
        unknown == [true; 2] && offered.encoding.is_same(&answered.encoding)
    };
    let is_same = |offered: &Format, answered: &Format| {
        let has_number = offered.payload_type == answered.payload_type;
        has_number && (is_match(offered, answered) || is_foreign(offered, answered))
    };
    let mut found: Vec<Option<&Format>> = Vec::with_capacity(answer.formats.len());
    let mut free: Vec<&Format> = offer.formats.iter().collect();
    for answered in &answer.formats {
        let place = free.iter().position(|offered| is_same(offered, answered));
        found.push(place.map(|place| free.remove(place)));
    }
    let mut pairs = Vec::with_capacity(found.len());
    for (answered, found) in answer.formats.iter().zip(found) {
        let other = free.iter().position(|offered| is_match(offered, answered)).filter(|_| found.is_none());
        let offered = found.or_else(|| Some(free.remove(other?)));
        let offered = offered.ok_or(Disagreement::Format { payload_type: answered.payload_type })?;
        if let (Some(again), None) = (answered.retransmission, offered.retransmission) {
            return Err(Disagreement::Retransmission { payload_type: again.payload_type });
        }
        pairs.push((offered, answered));
    }
    let is_rtp = offer.protocol.protection().is_some();
    let has_codec = pairs.iter().any(|(_, answered)| answered.role() == Role::Codec);
    if is_rtp && !has_codec {
        return Err(Disagreement::NoCodec);
    }
    Ok(pairs)
}
