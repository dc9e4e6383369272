//! What is in a payload (RTP Payload Format For AV1, sections 4.4 and 4.5).

use super::leb128;
use super::obu::{Obu, ObuHeader};
use crate::Layer;
use crate::payload::DepayloadError;
use core::iter::FusedIterator;

/// The first byte of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Aggregation(u8);

impl Aggregation {
    const CONTINUES: u8 = 0x80;
    const IS_CONTINUED: u8 = 0x40;
    const BEGINS_SEQUENCE: u8 = 0x08;

    /// Of a payload's first byte, whose low three bits are reserved.
    #[must_use]
    pub const fn new(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Whether the first element goes on with an OBU of the packet before (Z).
    #[must_use]
    pub const fn continues(self) -> bool {
        self.0 & Self::CONTINUES != 0
    }

    /// Whether the last element's OBU goes on in the packet behind (Y).
    #[must_use]
    pub const fn is_continued(self) -> bool {
        self.0 & Self::IS_CONTINUED != 0
    }

    /// How many elements there are, 1 … 3, the last without a size; `None` when all of them have one (W).
    #[must_use]
    pub const fn count(self) -> Option<u8> {
        match self.0 >> 4 & 3 {
            0 => None,
            count => Some(count),
        }
    }

    /// Whether a coded video sequence begins with this packet: a key frame from which decoding can start (N).
    #[must_use]
    pub const fn begins_sequence(self) -> bool {
        self.0 & Self::BEGINS_SEQUENCE != 0
    }

    pub(super) fn continuing(self) -> Self {
        Self(self.0 | Self::CONTINUES)
    }

    pub(super) fn continued(self) -> Self {
        Self(self.0 | Self::IS_CONTINUED)
    }

    pub(super) fn beginning_sequence(self) -> Self {
        Self(self.0 | Self::BEGINS_SEQUENCE)
    }

    /// Of so many elements, if that can be said.
    pub(super) fn of(elements: usize) -> Self {
        match u8::try_from(elements) {
            Ok(count @ 1..=3) => Self(count << 4),
            _ => Self(0),
        }
    }
}

/// A payload whose elements are known to fill it.
///
/// For who passes packets on: [`layer`](Self::layer) says which ones may stay behind, and
/// [`begins_sequence`](Aggregation::begins_sequence) where a receiver can join.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    aggregation: Aggregation,
    elements: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Checks all of `payload`: sizes, the number of elements, and the header of each OBU that begins in it.
    ///
    /// An element of no bytes is taken where an OBU goes on, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`DepayloadError::Empty`] or [`DepayloadError::Malformed`].
    pub fn parse(payload: &'a [u8]) -> Result<Self, DepayloadError> {
        let (&first, elements) = payload.split_first().ok_or(DepayloadError::Empty)?;
        let payload = Self { aggregation: Aggregation(first), elements };
        let mut walk = payload.elements();
        let count = walk.by_ref().try_fold(0_usize, |count, element| element.is_sound().then_some(count + 1));
        match (count, payload.aggregation.count()) {
            _ if walk.remainder.is_some() => Err(DepayloadError::Malformed),
            _ if payload.aggregation.continues() && payload.aggregation.begins_sequence() => {
                Err(DepayloadError::Malformed)
            }
            (None | Some(0), _) => Err(DepayloadError::Malformed),
            (Some(found), Some(count)) if found != usize::from(count) => Err(DepayloadError::Malformed),
            _ => Ok(payload),
        }
    }

    /// Its first byte.
    #[must_use]
    pub const fn aggregation(&self) -> Aggregation {
        self.aggregation
    }

    /// Its OBUs and parts of OBUs.
    #[must_use]
    pub const fn elements(&self) -> Elements<'a> {
        Elements { aggregation: self.aggregation, walked: 0, remainder: Some(self.elements) }
    }

    /// The layer the whole packet is of (section 6); `None` when it says of none, and then it is for every receiver or
    /// goes on with what one before it said.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        self.elements().find_map(|element| element.header()?.layer())
    }
}

/// An OBU without its size, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// How much of the OBU it is.
    pub portion: Portion,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Which part of its OBU an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Portion {
    /// All of it.
    Whole,
    /// The first of several.
    Start,
    /// Neither the first nor the last.
    Middle,
    /// The last.
    End,
}

impl Element<'_> {
    /// How the OBU begins; `None` when that is elsewhere, even in part.
    #[must_use]
    pub fn header(&self) -> Option<ObuHeader> {
        match self.portion {
            Portion::Whole | Portion::Start => Some(ObuHeader::split_first(self.bytes)?.0),
            Portion::Middle | Portion::End => None,
        }
    }

    fn is_sound(&self) -> bool {
        match (self.portion, self.bytes) {
            (Portion::Whole, bytes) => Obu::parse(bytes).is_some(),
            (Portion::Start, &[first, ..]) => ObuHeader::may_begin_with(first),
            (Portion::Start, []) => false,
            (Portion::Middle | Portion::End, _) => true,
        }
    }
}

/// What [`Payload::elements`] returns.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    aggregation: Aggregation,
    walked: u8,
    /// `None` behind the last element.
    remainder: Option<&'a [u8]>,
}

impl<'a> Elements<'a> {
    /// The bytes of the next element and what is behind it, unless it is the last.
    fn split_first(&self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let rest = self.remainder?;
        if self.aggregation.count().is_some_and(|count| count == self.walked.saturating_add(1)) {
            return Some((rest, None));
        }
        let (size, rest) = leb128::split_first(rest)?;
        let (bytes, rest) = rest.split_at_checked(size)?;
        // Where the number of elements is not said, they end with the payload.
        let is_last = rest.is_empty() && self.aggregation.count().is_none();
        Some((bytes, (!is_last).then_some(rest)))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (bytes, remainder) = self.split_first()?;
        let begins = self.walked > 0 || !self.aggregation.continues();
        let ends = remainder.is_some() || !self.aggregation.is_continued();
        let portion = match (begins, ends) {
            (true, true) => Portion::Whole,
            (true, false) => Portion::Start,
            (false, false) => Portion::Middle,
            (false, true) => Portion::End,
        };
        self.remainder = remainder;
        // Only a few are ever counted.
        self.walked = self.walked.saturating_add(1);
        Some(Element { portion, bytes })
    }
}

impl FusedIterator for Elements<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn elements(payload: &[u8]) -> Result<Vec<(Portion, &[u8])>, DepayloadError> {
        let payload = Payload::parse(payload)?;
        Ok(payload.elements().map(|element| (element.portion, element.bytes)).collect())
    }

    #[test]
    fn elements_are_found_whether_or_not_they_are_counted() {
        let two = [(Portion::Whole, &[0x08, 1][..]), (Portion::Whole, &[0x30, 2, 3])];
        assert_eq!(elements(&[0x20, 2, 0x08, 1, 0x30, 2, 3]).unwrap(), two);
        assert_eq!(elements(&[0x00, 2, 0x08, 1, 3, 0x30, 2, 3]).unwrap(), two);
        assert_eq!(elements(&[0x00, 2, 0x08, 1, 0x83, 0x80, 0, 0x30, 2, 3]).unwrap(), two);
        let many: Vec<_> = [0; 1].into_iter().chain([2, 0x08, 1].repeat(300)).collect();
        assert_eq!(elements(&many).unwrap().len(), 300);
    }

    #[test]
    fn only_the_first_and_the_last_are_parts() {
        use Portion::{End, Middle, Start, Whole};
        let portions = |first: u8| {
            let payload = [first, 1, 0x08, 2, 0x08, 1, 1, 0x30];
            elements(&payload).unwrap().into_iter().map(|(portion, _)| portion).collect::<Vec<_>>()
        };
        assert_eq!(portions(0x00), [Whole, Whole, Whole]);
        assert_eq!(portions(0x80), [End, Whole, Whole]);
        assert_eq!(portions(0x40), [Whole, Whole, Start]);
        assert_eq!(elements(&[0xd0, 7]).unwrap(), [(Middle, &[7][..])]);
        assert_eq!(elements(&[0xd0]).unwrap(), [(Middle, &[][..])]);
        assert_eq!(elements(&[0x80, 0]).unwrap(), [(End, &[][..])]);
    }

    #[test]
    fn what_does_not_fill_the_payload_is_refused() {
        assert_eq!(elements(&[]), Err(DepayloadError::Empty));
        for bad in [
            // No element; fewer than counted; sizes that are too large or break off.
            &[0x00][..],
            &[0x10],
            &[0x20, 1, 0x08],
            &[0x30, 1, 0x08, 1, 0x08],
            &[0x00, 3, 0x08, 1],
            &[0x00, 1, 0x08, 0x80],
            // Nothing where an OBU begins, half a header, the forbidden bit, a size that is not that of the element.
            &[0x00, 0],
            &[0x50],
            &[0x10, 0x0c],
            &[0x10, 0x88],
            &[0x50, 0x88],
            &[0x10, 0x0a, 2, 1],
            &[0x10, 0x0a, 1, 1, 1],
            // The start of a sequence in the midst of an OBU.
            &[0x98, 1],
        ] {
            assert_eq!(elements(bad), Err(DepayloadError::Malformed), "{bad:x?}");
        }
    }

    #[test]
    fn a_packet_is_of_the_layer_that_any_of_its_obus_is_of() {
        let layer = |payload: &[u8]| Payload::parse(payload).unwrap().layer();
        assert_eq!(layer(&[0x20, 1, 0x08, 0x34, 0x28, 1]), Some(Layer { spatial: 1, temporal: 1 }));
        assert_eq!(layer(&[0x20, 1, 0x08, 0x30, 1]), None);
        // What goes on has no header, and a header may be in two packets.
        assert_eq!(layer(&[0x90, 0x34, 0x28]), None);
        assert_eq!(layer(&[0x50, 0x34]), None);
    }
}
