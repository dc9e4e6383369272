//! What `a=fmtp` says of ULPFEC (RFC 5109, section 13.1).

use core::fmt;

/// How many levels of protection are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The levels.
    pub levels: Levels,
}

/// How many levels of protection are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Levels {
    /// One or more.
    #[default]
    Any,
    /// One.
    One,
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`; what is unknown or makes no sense is ignored.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            if name.trim().eq_ignore_ascii_case("onelevelonly") {
                parameters.levels = match value.trim() {
                    "0" => Levels::Any,
                    "1" => Levels::One,
                    _ => parameters.levels,
                };
            }
        }
        parameters
    }
}

impl fmt::Display for Parameters {
    /// Writes what differs from the defaults; nothing at all when nothing does, and then the line is to be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.levels {
            Levels::Any => Ok(()),
            Levels::One => f.write_str("onelevelonly=1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn one_level_only_survives_and_nonsense_is_ignored() {
        let one = Parameters { levels: Levels::One };
        assert_eq!(Parameters::parse(" OneLevelOnly = 1 ;x=0"), one);
        assert_eq!(Parameters::parse(&one.to_string()), one);
        assert_eq!(Parameters::parse("onelevelonly=0"), Parameters::default());
        assert_eq!(Parameters::parse("onelevelonly=1;onelevelonly=2"), one);
        assert_eq!(Parameters::parse("onelevelonly"), Parameters::default());
        assert_eq!(Parameters::default().to_string(), "");
    }
}
