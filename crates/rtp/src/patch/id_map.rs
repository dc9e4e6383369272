//! Renaming header extensions where they lie: the far side of a forwarder agreed on other numbers.

use crate::{ExtensionForm, ExtensionId};

/// No number, and on the wire padding (RFC 8285, section 4.2).
const PADDING: u8 = 0;
/// 0, which is none, to 14.
const ONE_BYTE_IDS: usize = 15;

/// Which number each header extension gets: made once for a way through a forwarder, used for every packet.
///
/// An extension that is not in the map is left out: it becomes padding, so that nothing in the packet moves.
///
/// ```
/// use moim_rtp::{ExtensionId, IdMap};
///
/// let id = |number| ExtensionId::new(number).unwrap();
/// let map = IdMap::from_iter([(id(1), id(2)), (id(2), id(1))]);
/// assert_eq!((map.find(id(1)), map.find(id(3))), (Some(id(2)), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdMap {
    /// The new number in the upper half of a byte, by the old one.
    one_byte: [u8; ONE_BYTE_IDS],
    two_byte: [u8; 256],
}

impl IdMap {
    /// A map that leaves out everything.
    #[must_use]
    pub const fn new() -> Self {
        Self { one_byte: [PADDING; ONE_BYTE_IDS], two_byte: [PADDING; 256] }
    }

    /// Lets `from` become `to`, and no longer what it became before. Numbers may swap places.
    pub fn insert(&mut self, from: ExtensionId, to: ExtensionId) {
        let index = usize::from(from.get());
        if let Some(place) = self.two_byte.get_mut(index) {
            *place = to.get();
        }
        if let Some(place) = self.one_byte.get_mut(index) {
            *place = if usize::from(to.get()) < ONE_BYTE_IDS { to.get() << 4 } else { PADDING };
        }
    }

    /// What `from` becomes; `None` when it is left out.
    #[must_use]
    pub fn find(&self, from: ExtensionId) -> Option<ExtensionId> {
        self.two_byte.get(usize::from(from.get())).copied().and_then(ExtensionId::new)
    }

    /// Whether every extension that packets of `form` can have gets a number they can have: in the one-byte form,
    /// numbers end at 14. One that does not is left out of them.
    #[must_use]
    pub fn fits(&self, form: ExtensionForm) -> bool {
        match form {
            ExtensionForm::OneByte => {
                self.two_byte.iter().take(ONE_BYTE_IDS).all(|&to| usize::from(to) < ONE_BYTE_IDS)
            }
            ExtensionForm::TwoByte => true,
        }
    }

    /// Renames the elements of `block`, and clears what no walk over them reaches.
    #[inline]
    pub(super) fn apply(&self, form: ExtensionForm, block: &mut [u8]) {
        let end = match form {
            ExtensionForm::OneByte => self.rename_one_byte(block),
            ExtensionForm::TwoByte => self.rename_two_byte(block),
        };
        block.get_mut(end..).unwrap_or_default().fill(PADDING);
    }

    /// Where the walk ends.
    #[inline]
    fn rename_one_byte(&self, block: &mut [u8]) -> usize {
        let mut at = 0;
        while let Some(&head) = block.get(at) {
            if head == PADDING {
                at += 1;
                continue;
            }
            let (id, len) = (head >> 4, head & 0x0f);
            let end = at + usize::from(len) + 2;
            // Identifier 0 with a length, and 15, end the walk (RFC 8285, section 4.2).
            let Some(&to) = self.one_byte.get(usize::from(id)).filter(|_| id > 0) else { break };
            let Some(element) = block.get_mut(at..end) else { break };
            match element {
                [head, ..] if to != PADDING => *head = to | len,
                _ => element.fill(PADDING),
            }
            at = end;
        }
        at
    }

    #[inline]
    fn rename_two_byte(&self, block: &mut [u8]) -> usize {
        let mut at = 0;
        while let Some(&id) = block.get(at) {
            if id == PADDING {
                at += 1;
                continue;
            }
            let Some(&len) = block.get(at + 1) else { break };
            let end = at + usize::from(len) + 2;
            let Some(element) = block.get_mut(at..end) else { break };
            match (element, self.two_byte.get(usize::from(id))) {
                ([id, ..], Some(&to)) if to != PADDING => *id = to,
                (element, _) => element.fill(PADDING),
            }
            at = end;
        }
        at
    }
}

impl Default for IdMap {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(ExtensionId, ExtensionId)> for IdMap {
    fn from_iter<I: IntoIterator<Item = (ExtensionId, ExtensionId)>>(pairs: I) -> Self {
        let mut map = Self::new();
        pairs.into_iter().for_each(|(from, to)| map.insert(from, to));
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(u8, u8)]) -> IdMap {
        let id = |number| ExtensionId::new(number).unwrap();
        pairs.iter().map(|&(from, to)| (id(from), id(to))).collect()
    }

    fn renamed<const N: usize>(form: ExtensionForm, pairs: &[(u8, u8)], mut block: [u8; N]) -> [u8; N] {
        map(pairs).apply(form, &mut block);
        block
    }

    #[test]
    fn numbers_swap_in_one_pass_and_what_has_none_becomes_padding() {
        let block = [0x10, 0x11, 0, 0x22, 7, 8, 9, 0x31, 0x20, 0x10, 0, 0];
        let expected = [0x20, 0x11, 0, 0x12, 7, 8, 9, 0, 0, 0, 0, 0];
        assert_eq!(renamed(ExtensionForm::OneByte, &[(1, 2), (2, 1)], block), expected);
        let block = [1, 0, 2, 1, 1, 0, 200, 2, 1, 2, 3, 0];
        let expected = [2, 0, 1, 1, 1, 0, 15, 2, 1, 2, 0, 0];
        assert_eq!(renamed(ExtensionForm::TwoByte, &[(1, 2), (2, 1), (200, 15)], block), expected);
    }

    #[test]
    fn numbers_above_14_are_for_the_two_byte_form() {
        let pairs = [(1, 15), (2, 14), (16, 1)];
        assert_eq!(renamed(ExtensionForm::OneByte, &pairs, [0x10, 1, 0x20, 2]), [0, 0, 0xe0, 2]);
        assert_eq!(renamed(ExtensionForm::TwoByte, &pairs, [1, 0, 16, 0]), [15, 0, 1, 0]);
        assert!(!map(&pairs).fits(ExtensionForm::OneByte) && map(&pairs).fits(ExtensionForm::TwoByte));
        assert!(map(&pairs[1..]).fits(ExtensionForm::OneByte));
    }

    #[test]
    fn what_no_walk_reaches_is_cleared() {
        for broken in [[0x10, 1, 0xf0, 0x10], [0x10, 1, 0x01, 0x10], [0x10, 1, 0x12, 9]] {
            assert_eq!(renamed(ExtensionForm::OneByte, &[(1, 3)], broken), [0x30, 1, 0, 0]);
        }
        for broken in [[1, 0, 1, 9], [1, 0, 0, 1]] {
            assert_eq!(renamed(ExtensionForm::TwoByte, &[(1, 3)], broken), [3, 0, 0, 0]);
        }
    }

    #[test]
    fn the_last_word_counts() {
        let found = |map: &IdMap, from| map.find(ExtensionId::new(from).unwrap()).map(ExtensionId::get);
        let mut map = map(&[(1, 2), (1, 3)]);
        assert_eq!((found(&map, 1), found(&map, 2)), (Some(3), None));
        map.insert(ExtensionId::new(1).unwrap(), ExtensionId::new(200).unwrap());
        assert_eq!(found(&map, 1), Some(200));
        let mut block = [0x10, 1];
        map.apply(ExtensionForm::OneByte, &mut block);
        assert_eq!(block, [0, 0]);
    }
}
