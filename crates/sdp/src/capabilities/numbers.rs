//! Numbers keep their meaning as long as a session lasts (RFC 3264, section 8.3.2; RFC 8285, section 7).

use super::{Bundle, OfferError};
use crate::answer::is_match;
use crate::{Format, Parameters, Section};
use moim_rtp::{ExtensionId, PayloadType};
use std::collections::{BTreeMap, BTreeSet};

/// The payload types to be had for what had none (RFC 5761, section 4).
const DYNAMIC: [core::ops::RangeInclusive<u8>; 2] = [96..=127, 35..=63];
/// The numbers to be had for header extensions, the short ones first; 15 is none of those.
const EXTENSIONS: [core::ops::RangeInclusive<u8>; 2] = [1..=14, 16..=255];

/// Renumbers `sections`, which are to be offered in the places of `last` and behind them: what was there keeps the
/// numbers that it had, and nothing else gets them. In a bundle that holds for all sections together.
pub(super) fn keep(sections: &mut [Section], last: &[Section], bundle: Bundle) -> Result<(), OfferError> {
    let mut own: Vec<_> = sections.iter().map(|section| Numbers::of([section])).collect();
    let all = Numbers::of(sections.iter().chain(last));
    let mut given = Numbers::default();
    for (index, (section, own)) in sections.iter_mut().zip(&mut own).enumerate() {
        if section.is_refused() {
            continue;
        }
        let place = last.get(index).filter(|old| !old.is_refused());
        let before: Vec<&Section> = match bundle {
            Bundle::Never => place.into_iter().collect(),
            Bundle::All => place.into_iter().chain(last.iter().filter(|old| !old.is_refused())).collect(),
        };
        let mut renumbering =
            Renumbering { taken: Numbers::of(before.iter().copied()), ..Renumbering::default() };
        renumbering.avoid = match bundle {
            Bundle::Never => own.and(&renumbering.taken),
            Bundle::All => all.and(&given),
        };
        renumbering.formats(section, &before, index)?;
        renumbering.extensions(section, &before, index)?;
        renumbering.apply(section);
        given = given.and(&Numbers::of([&*section]));
    }
    Ok(())
}

/// Numbers that mean something.
#[derive(Clone, Debug, Default)]
struct Numbers {
    formats: BTreeSet<PayloadType>,
    extensions: BTreeSet<ExtensionId>,
}

impl Numbers {
    fn of<'a>(sections: impl IntoIterator<Item = &'a Section>) -> Self {
        let mut numbers = Self::default();
        for section in sections {
            numbers.formats.extend(section.formats.iter().flat_map(Format::payload_types));
            numbers.extensions.extend(section.extensions.iter().map(|extension| extension.id));
        }
        numbers
    }

    fn and(&self, other: &Self) -> Self {
        Self { formats: &self.formats | &other.formats, extensions: &self.extensions | &other.extensions }
    }
}

/// What becomes of the numbers of one section.
#[derive(Debug, Default)]
struct Renumbering {
    formats: BTreeMap<PayloadType, PayloadType>,
    extensions: BTreeMap<ExtensionId, ExtensionId>,
    /// Numbers that meant something else.
    taken: Numbers,
    /// Numbers that may come to mean something else.
    avoid: Numbers,
}

impl Renumbering {
    fn formats(&mut self, section: &Section, before: &[&Section], index: usize) -> Result<(), OfferError> {
        let mut known: Vec<&Format> = before.iter().flat_map(|old| &old.formats).collect();
        for ours in &section.formats {
            let is_same = |old: &&Format| is_match(old, ours);
            let exact = known.iter().position(|old| old.payload_type == ours.payload_type && is_same(old));
            let Some(place) = exact.or_else(|| known.iter().position(is_same)) else { continue };
            let old = known.remove(place);
            // Other sections of the bundle may have it, too.
            known.retain(|other| other.payload_type != old.payload_type);
            self.formats.insert(ours.payload_type, old.payload_type);
            if let (Some(ours), Some(old)) = (ours.retransmission, old.retransmission) {
                self.formats.insert(ours.payload_type, old.payload_type);
            }
        }
        for payload_type in section.formats.iter().flat_map(Format::payload_types) {
            if self.formats.contains_key(&payload_type) {
                continue;
            }
            let number = match self.taken.formats.contains(&payload_type) {
                false => Some(payload_type),
                true => DYNAMIC
                    .into_iter()
                    .flatten()
                    .filter_map(PayloadType::new)
                    .find(|number| !self.avoid.formats.contains(number)),
            };
            let number = number.ok_or(OfferError::PayloadType { section: index, payload_type })?;
            self.avoid.formats.insert(number);
            self.formats.insert(payload_type, number);
        }
        Ok(())
    }

    fn extensions(&mut self, section: &Section, before: &[&Section], index: usize) -> Result<(), OfferError> {
        for ours in &section.extensions {
            let known = before.iter().find_map(|old| old.extension(&ours.uri)).map(|old| old.id);
            let number = known.or_else(|| match self.taken.extensions.contains(&ours.id) {
                false => Some(ours.id),
                true => EXTENSIONS
                    .into_iter()
                    .flatten()
                    .filter_map(ExtensionId::new)
                    .find(|number| !self.avoid.extensions.contains(number)),
            });
            let number = number.ok_or(OfferError::Extension { section: index, id: ours.id })?;
            self.avoid.extensions.insert(number);
            self.extensions.insert(ours.id, number);
        }
        Ok(())
    }

    fn apply(&self, section: &mut Section) {
        let renumber =
            |number: &mut PayloadType| *number = self.formats.get(number).copied().unwrap_or(*number);
        for format in &mut section.formats {
            renumber(&mut format.payload_type);
            format.retransmission.iter_mut().for_each(|again| renumber(&mut again.payload_type));
            if let Parameters::Red(red) = &mut format.parameters {
                red.payload_types.iter_mut().for_each(renumber);
            }
        }
        section.rids.iter_mut().flat_map(|rid| &mut rid.payload_types).for_each(renumber);
        for extension in &mut section.extensions {
            extension.id = self.extensions.get(&extension.id).copied().unwrap_or(extension.id);
        }
    }
}
