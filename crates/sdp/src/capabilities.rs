//! What we can and want to do: what offers and answers are made from (RFC 3264).

mod check;
mod numbers;

pub use check::OfferError;

use crate::answer::{answer_section, refuse};
use crate::{Bundling, Description, Group, GroupSemantics, Mid, RtcpMux, Section};
use sdp_types::Session;
use std::collections::{BTreeMap, BTreeSet};

/// What we can and want to do.
///
/// A section of ours is offered as it is. It answers an offered section of its kind and of its name, if it has one:
/// each section one, in order; what is offered beyond that is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// The lines of the session itself: who we are, where we are.
    pub session: Session,
    /// What we can.
    pub sections: Vec<Section>,
    /// Whether all sections may share a transport.
    pub bundle: Bundle,
}

/// Whether sections share a transport (RFC 9143).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bundle {
    /// Each has its own.
    #[default]
    Never,
    /// All share one, when the other side agrees.
    All,
}

impl Capabilities {
    /// Offers all sections. Those without a name get their number as one.
    ///
    /// # Errors
    ///
    /// [`OfferError`] when numbers or names contradict one another.
    pub fn offer(&self) -> Result<Description, OfferError> {
        let mut sections = self.sections.clone();
        name(&mut sections, &[]);
        self.finish(self.session.clone(), sections)
    }

    /// Offers all sections anew after `last`: our own description of the last agreement, be it offer or answer. It keeps
    /// its order, its names and its origin, whose version counts on. A section of ours with a name takes that place, one
    /// without the first place of its kind that is free, or else one that was refused, where it begins under a new name
    /// (RFC 9429, section 5.2.2); places that are left are refused, and what finds no place is appended (RFC 3264,
    /// section 8). What was agreed on keeps its numbers, whatever ours are.
    ///
    /// # Errors
    ///
    /// [`OfferError`] when numbers or names contradict one another.
    pub fn offer_again(&self, last: &Description) -> Result<Description, OfferError> {
        let mut places: Vec<Option<Section>> = vec![None; last.sections.len()];
        let mut appended = Vec::new();
        let (named, unnamed): (Vec<_>, Vec<_>) =
            self.sections.iter().partition(|section| section.mid.is_some());
        for ours in named.into_iter().chain(unnamed) {
            let fits = |&(place, old): &(usize, &Section)| {
                let is_free = places.get(place).is_some_and(Option::is_none);
                let is_named = ours.mid.is_none() || ours.mid == old.mid;
                is_free && is_named && ours.kind == old.kind && ours.protocol.answers(&old.protocol)
            };
            let mut places_left = last.sections.iter().enumerate().filter(fits);
            let found = places_left.clone().find(|(_, old)| !old.is_refused()).or_else(|| places_left.next());
            let found = found.and_then(|(place, old)| Some((places.get_mut(place)?, old)));
            match found {
                Some((place, old)) => {
                    let old = (!old.is_refused()).then_some(old);
                    let mid = ours.mid.clone().or_else(|| old?.mid.clone());
                    let protocol = old.map_or(&ours.protocol, |old| &old.protocol).clone();
                    *place = Some(Section { mid, protocol, ..ours.clone() });
                }
                None => appended.push(ours.clone()),
            }
        }
        let filled = places.into_iter().zip(&last.sections);
        let kept = filled.map(|(section, old)| section.unwrap_or_else(|| refuse(old)));
        let mut sections: Vec<_> = kept.chain(appended).collect();
        name(&mut sections, &last.sections);
        numbers::keep(&mut sections, &last.sections, self.bundle)?;
        let mut session = self.session.clone();
        session.origin = last.session.origin.clone();
        session.origin.sess_version = session.origin.sess_version.wrapping_add(1);
        self.finish(session, sections)
    }

    /// Answers `offer` with what both can. Nothing is answered that was not offered; numbers are those of the offer,
    /// and so is the order of formats.
    #[must_use]
    pub fn answer(&self, offer: &Description) -> Description {
        let mut free: Vec<_> = self.sections.iter().collect();
        let mut sections: Vec<_> = offer
            .sections
            .iter()
            .map(|theirs| {
                let mut candidates = free.iter().enumerate();
                let fit = candidates.find_map(|(place, ours)| Some((place, answer_section(ours, theirs)?)));
                match fit {
                    Some((place, section)) => {
                        free.remove(place);
                        section
                    }
                    None => refuse(theirs),
                }
            })
            .collect();
        let groups = self.answer_groups(offer, &mut sections);
        let mut session = self.session.clone();
        session.times = offer.session.times.clone();
        Description { session, groups, sections }
    }

    /// The groups of the offer, with the sections that are accepted. What is there only in a bundle, and is in none, is
    /// refused; the others of a bundle are received where its first is.
    fn answer_groups(&self, offer: &Description, sections: &mut [Section]) -> Vec<Group> {
        let mut places: BTreeMap<&Mid, usize> = BTreeMap::new();
        for (place, theirs) in offer.sections.iter().enumerate() {
            if let Some(mid) = &theirs.mid {
                places.entry(mid).or_insert(place);
            }
        }
        // In however many groups of a kind the offer has a section, the answer has it in one.
        let mut grouped: BTreeSet<(&GroupSemantics, usize)> = BTreeSet::new();
        let mut answered = Vec::new();
        for Group { semantics, mids } in &offer.groups {
            let is_spoken = |place: &usize| match semantics {
                GroupSemantics::Bundle => {
                    self.bundle == Bundle::All && sections.get(*place).is_some_and(is_muxed)
                }
                GroupSemantics::LipSync => true,
                GroupSemantics::Other(_) => false,
            };
            let is_accepted = |place: &usize| sections.get(*place).is_some_and(|ours| !ours.is_refused());
            let members = mids.iter().filter_map(|mid| places.get(mid).copied());
            let members = members.filter(is_spoken).filter(is_accepted);
            let mut members: Vec<_> = members.filter(|&place| grouped.insert((semantics, place))).collect();
            if *semantics == GroupSemantics::Bundle {
                let is_anywhere =
                    |&place: &usize| offer.sections.get(place).is_some_and(|theirs| theirs.port != 0);
                // The transport is that of the first which has one (RFC 9143, section 7.3.1).
                match members.iter().position(is_anywhere) {
                    Some(first) => members.get_mut(..=first).unwrap_or_default().rotate_right(1),
                    None => members.clear(),
                }
                share_transport(&members, sections);
            }
            if !members.is_empty() {
                answered.push((semantics, members));
            }
        }
        let bundles = answered.iter().filter(|(semantics, _)| **semantics == GroupSemantics::Bundle);
        let bundled: BTreeSet<usize> = bundles.flat_map(|(_, members)| members.iter().copied()).collect();
        for (place, (section, theirs)) in sections.iter_mut().zip(&offer.sections).enumerate() {
            if theirs.bundling == Bundling::Only && theirs.port == 0 && !bundled.contains(&place) {
                *section = refuse(theirs);
            }
        }
        let groups = answered.into_iter().map(|(semantics, members)| {
            let accepted =
                members.iter().filter_map(|&place| sections.get(place)).filter(|ours| !ours.is_refused());
            Group {
                semantics: semantics.clone(),
                mids: accepted.filter_map(|ours| ours.mid.clone()).collect(),
            }
        });
        groups.filter(|group| !group.mids.is_empty()).collect()
    }

    /// An offer of these sections, if it makes sense.
    fn finish(&self, session: Session, sections: Vec<Section>) -> Result<Description, OfferError> {
        check::check(&sections, self.bundle)?;
        let bundled = sections.iter().filter(|section| !section.is_refused() && is_muxed(section));
        let mids: Vec<_> = bundled.filter_map(|section| section.mid.clone()).collect();
        let groups = match self.bundle {
            Bundle::All if !mids.is_empty() => vec![Group { semantics: GroupSemantics::Bundle, mids }],
            _ => Vec::new(),
        };
        Ok(Description { session, groups, sections })
    }
}

/// Lets all members be received where the first is (RFC 9143, section 7.3).
fn share_transport(members: &[usize], sections: &mut [Section]) {
    let Some((first, others)) = members.split_first() else { return };
    let Some(Section { port, connections, .. }) = sections.get(*first).cloned() else { return };
    for &place in others {
        if let Some(section) = sections.get_mut(place) {
            (section.port, section.connections) = (port, connections.clone());
        }
    }
}

/// Whether it can share a transport: reports come with the media (RFC 9143, section 9.3). What is no RTP has none.
fn is_muxed(section: &Section) -> bool {
    section.rtcp_mux != RtcpMux::Separate || section.protocol.protection().is_none()
}

/// Names the sections that have no name by numbers that are free, and were free in `before`.
fn name(sections: &mut [Section], before: &[Section]) {
    let taken = sections.iter().chain(before).filter_map(|section| section.mid.clone());
    let taken: BTreeSet<Mid> = taken.collect();
    let mut free = (0..).map(Mid::from).filter(|mid| !taken.contains(mid));
    for section in sections.iter_mut().filter(|section| section.mid.is_none()) {
        section.mid = free.next();
    }
}
