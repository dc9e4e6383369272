//! How fast text may come, in `a=fmtp` (RFC 4103, section 6).

use core::fmt;

/// The format parameters of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// How many characters per second the author of the description can receive, on average over ten seconds.
    pub cps: u32,
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`.
    ///
    /// Cannot fail: what is unknown, or makes no sense, is ignored.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().parse().ok().filter(|&cps| cps > 0);
            if let (true, Some(cps)) = (name.trim().eq_ignore_ascii_case("cps"), value) {
                parameters.cps = cps;
            }
        }
        parameters
    }
}

impl Default for Parameters {
    /// What the standard says of a description that does not: 30.
    fn default() -> Self {
        Self { cps: 30 }
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`; nothing at all for the default, and then the line is to be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        write!(f, "cps={}", self.cps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_rate_is_read_and_written() {
        assert_eq!(Parameters::parse("cps=90").to_string(), "cps=90");
        assert_eq!(Parameters::parse(" x=1; CPS = 7 ").cps, 7);
        for nonsense in ["", "cps", "cps=0", "cps=-1", "cps=a", "98/98/98"] {
            assert_eq!(Parameters::parse(nonsense), Parameters::default(), "{nonsense}");
        }
        assert_eq!(Parameters::default().to_string(), "");
    }
}
