//! What people write: names, and lines of chat.

use core::fmt;

/// The name somebody goes by: one line, 1 to [`Name::MOST`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Box<str>);

/// A line of chat, 1 to [`Said::MOST`] bytes; it may have several lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Said(Box<str>);

/// Why a text is none that a room takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing is left when spaces at both ends are taken away.
    #[error("the text is empty")]
    Empty,
    /// It is too long.
    #[error("the text is {len} long, of which {most} are allowed")]
    TooLong {
        /// Its length.
        len: usize,
        /// The longest.
        most: usize,
    },
    /// It has a character that steers a terminal or the direction of writing, with which one text passes for another.
    #[error("the character U+{:04X} is not allowed", u32::from(*.char))]
    Control {
        /// The character.
        char: char,
    },
}

impl Name {
    /// The most characters of a name.
    pub const MOST: usize = 64;

    /// Takes `text` without the spaces around it.
    ///
    /// # Errors
    ///
    /// A [`TextError`] when it is empty, too long, or not one line of plain text.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        // A character has at most four bytes: what is far too long is not counted to its end.
        let len = text.chars().take(Self::MOST + 1).count();
        check(text, len, Self::MOST, |_| false).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Said {
    /// The most bytes of a line of chat.
    pub const MOST: usize = 4_000;

    /// Takes `text` without the spaces around it.
    ///
    /// # Errors
    ///
    /// A [`TextError`] when it is empty, too long, or has control characters other than tabs and line ends.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        check(text, text.len(), Self::MOST, |char| matches!(char, '\n' | '\t')).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(text: &str, len: usize, most: usize, allowed: fn(char) -> bool) -> Result<Box<str>, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if len > most {
        return Err(TextError::TooLong { len, most });
    }
    match text.chars().find(|&char| is_control(char) && !allowed(char)) {
        Some(char) => Err(TextError::Control { char }),
        None => Ok(text.into()),
    }
}

/// Control characters, and those that turn the direction of writing round (Unicode Standard Annex 9, section 2).
fn is_control(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_line_of_plain_text() {
        assert_eq!(Name::new("  서연 ").unwrap().as_str(), "서연");
        assert_eq!(Name::new("\t \n"), Err(TextError::Empty));
        assert_eq!(Name::new("a\nb"), Err(TextError::Control { char: '\n' }));
        assert_eq!(Name::new("eve\u{202E}lana"), Err(TextError::Control { char: '\u{202E}' }));
        assert!(Name::new(&"한".repeat(Name::MOST)).is_ok());
        assert_eq!(Name::new(&"x".repeat(1_000)), Err(TextError::TooLong { len: 65, most: 64 }));
    }

    #[test]
    fn chat_may_have_lines() {
        assert_eq!(Said::new("one\ntwo\n").unwrap().as_str(), "one\ntwo");
        assert_eq!(Said::new("\u{1B}[31m"), Err(TextError::Control { char: '\u{1B}' }));
        assert_eq!(Said::new(&"x".repeat(4_001)), Err(TextError::TooLong { len: 4_001, most: 4_000 }));
    }
}
