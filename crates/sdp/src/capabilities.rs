//! What we can and want to do: what offers and answers are made from (RFC 3264).

mod check;

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
        name(&mut sections);
        self.finish(self.session.clone(), sections)
    }

    /// Offers all sections anew after `last`, which was agreed on: in its order, with its names. A section of ours
    /// with a name takes that place, one without the first place of its kind that is free; places that are left are
    /// refused, and what finds no place is appended (RFC 3264, section 8).
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
            let found = last.sections.iter().enumerate().find(fits);
            let found = found.and_then(|(place, old)| Some((places.get_mut(place)?, old)));
            match found {
                Some((place, old)) => *place = Some(Section { mid: old.mid.clone(), ..ours.clone() }),
                None => appended.push(ours.clone()),
            }
        }
        let filled = places.into_iter().zip(&last.sections);
        let kept = filled.map(|(section, old)| section.unwrap_or_else(|| refuse(old)));
        let mut sections: Vec<_> = kept.chain(appended).collect();
        name(&mut sections);
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

    /// The groups of the offer, with the sections that are accepted. What is there only in a group, and is in none,
    /// is refused.
    fn answer_groups(&self, offer: &Description, sections: &mut [Section]) -> Vec<Group> {
        let bundled: BTreeSet<Mid> = match self.bundle {
            Bundle::Never => BTreeSet::new(),
            Bundle::All => bundles(offer).flat_map(|group| group.mids.iter().cloned()).collect(),
        };
        for (section, theirs) in sections.iter_mut().zip(&offer.sections) {
            let is_bundled =
                section.mid.as_ref().is_some_and(|mid| bundled.contains(mid)) && is_muxed(section);
            if theirs.bundling == Bundling::Only && !is_bundled {
                *section = refuse(theirs);
            }
        }
        let accepted = sections.iter().filter(|section| !section.is_refused());
        let accepted = accepted.filter_map(|section| Some((section.mid.as_ref()?, section)));
        let accepted: BTreeMap<&Mid, &Section> = accepted.collect();
        // In however many groups of a kind the offer has a section, the answer has it in one.
        let mut grouped: BTreeSet<(&GroupSemantics, &Mid)> = BTreeSet::new();
        let mut groups = Vec::new();
        for Group { semantics, mids } in &offer.groups {
            let is_spoken = |section: &&Section| match semantics {
                GroupSemantics::Bundle => self.bundle == Bundle::All && is_muxed(section),
                GroupSemantics::LipSync => true,
                GroupSemantics::Other(_) => false,
            };
            let mids = mids
                .iter()
                .filter(|mid| accepted.get(mid).is_some_and(is_spoken) && grouped.insert((semantics, mid)));
            let mids: Vec<_> = mids.cloned().collect();
            if !mids.is_empty() {
                groups.push(Group { semantics: semantics.clone(), mids });
            }
        }
        groups
    }

    /// An offer of these sections, if it makes sense.
    fn finish(&self, session: Session, sections: Vec<Section>) -> Result<Description, OfferError> {
        check::check(&sections, self.bundle)?;
        let accepted = sections.iter().filter(|section| !section.is_refused());
        let mids: Vec<_> = accepted.filter_map(|section| section.mid.clone()).collect();
        let groups = match self.bundle {
            Bundle::All if !mids.is_empty() => vec![Group { semantics: GroupSemantics::Bundle, mids }],
            _ => Vec::new(),
        };
        Ok(Description { session, groups, sections })
    }
}

fn bundles(description: &Description) -> impl Iterator<Item = &Group> {
    description.groups.iter().filter(|group| group.semantics == GroupSemantics::Bundle)
}

/// Whether it can share a transport: reports come with the media (RFC 9143, section 9.3). What is no RTP has none.
fn is_muxed(section: &Section) -> bool {
    section.rtcp_mux != RtcpMux::Separate || section.protocol.protection().is_none()
}

/// Names the sections that have no name by numbers that are free.
fn name(sections: &mut [Section]) {
    let taken: BTreeSet<Mid> = sections.iter().filter_map(|section| section.mid.clone()).collect();
    let mut free = (0..).map(Mid::from).filter(|mid| !taken.contains(mid));
    for section in sections.iter_mut().filter(|section| section.mid.is_none()) {
        section.mid = free.next();
    }
}
