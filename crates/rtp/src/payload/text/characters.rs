//! Characters out of blocks that may be cut anywhere.

use super::{BYTE_ORDER_MARK, MISSING};

/// Decodes UTF-8 block by block. A character may be cut where one block ends and the next begins; what is no character
/// comes out as [`MISSING`].
#[derive(Clone, Debug, Default)]
pub(super) struct Characters {
    /// The beginning of a character.
    held: [u8; 4],
    len: usize,
    before: Before,
}

/// What was before the bytes to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    /// Nothing, or what is lost: the rest of a character may come, whose beginning nobody has.
    #[default]
    Unknown,
    Known,
}

impl Characters {
    /// Gives `sink` the characters that end in `block`, but for byte order marks.
    pub(super) fn read(&mut self, block: &[u8], sink: &mut dyn FnMut(char)) {
        for &byte in block {
            let continues = byte & 0xc0 == 0x80;
            if self.before == Before::Unknown && continues {
                continue;
            }
            self.before = Before::Known;
            self.take(byte, sink);
        }
    }

    /// A block is lost, and with it the rest of what is held.
    pub(super) fn lose(&mut self, sink: &mut dyn FnMut(char)) {
        *self = Self::default();
        sink(MISSING);
    }

    fn take(&mut self, byte: u8, sink: &mut dyn FnMut(char)) {
        // Three bytes at most begin a character, so there is room for one more.
        let Some(place) = self.held.get_mut(self.len) else { return };
        *place = byte;
        self.len += 1;
        match core::str::from_utf8(self.held.get(..self.len).unwrap_or_default()) {
            Ok(text) => {
                text.chars().filter(|&character| character != BYTE_ORDER_MARK).for_each(&mut *sink);
                self.len = 0;
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                let begun = core::mem::take(&mut self.len) > 1;
                sink(MISSING);
                // What made it none may begin another.
                if begun {
                    self.take(byte, sink);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn decoded(bytes: &[u8], cut: usize) -> String {
        let mut characters = Characters { before: Before::Known, ..Characters::default() };
        let mut text = String::new();
        let (first, second) = bytes.split_at(cut);
        for block in [first, &[], second] {
            characters.read(block, &mut |character| text.push(character));
        }
        text
    }

    #[test]
    fn text_may_be_cut_anywhere() {
        let text = "aß€𝄞\u{2028}모임z";
        (0..=text.len()).for_each(|cut| assert_eq!(decoded(text.as_bytes(), cut), text));
    }

    #[test]
    fn what_is_no_character_is_replaced_as_the_standard_library_does() {
        for bytes in
            [&b"a\xffb"[..], b"\xf0\x9d\x84", b"\xe2\x82a", b"\xc3\xc3\xa4", b"\xed\xa0\x80", b"\xf0\x80z"]
        {
            let mut expected = String::from_utf8_lossy(bytes).into_owned();
            if core::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) {
                expected.pop(); // The rest may still come.
            }
            (0..=bytes.len()).for_each(|cut| assert_eq!(decoded(bytes, cut), expected, "{bytes:?}"));
        }
    }

    #[test]
    fn half_characters_around_a_gap_are_part_of_it() {
        let mut characters = Characters::default();
        let mut text = String::new();
        characters.read(b"\x82\xaca\xe2\x82", &mut |character| text.push(character));
        characters.lose(&mut |character| text.push(character));
        characters.read("\u{20ac}\u{feff}b".as_bytes().split_at(1).1, &mut |character| text.push(character));
        assert_eq!(text, "a\u{fffd}b");
    }
}
