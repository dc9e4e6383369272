//! Which delay a receiver aims at: every policy of the bench, by name.
//!
//! Here is where a paper's policy goes: a variant, its name, and the receiver that follows it.

use anyhow::{Context, Result};
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use moim_opus::Decoder;
use moim_playout::{AudioReceiver, JitterConfig, Playout, PlayoutConfig};

/// How the target delay is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Policy {
    /// Always the same.
    Fixed(Duration),
    /// The delay that is expected to sound best: ours.
    #[default]
    Expected,
}

/// Why a text names no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// There is no such name.
    #[error("there is no policy `{name}`; there are fixed:MS and expected")]
    Unknown {
        /// What stands there.
        name: String,
    },
    /// The delay is no number, or too long.
    #[error("`{text}` is no delay: fixed:60 aims at 60 ms, and fixed:1000 at the longest there is")]
    Delay {
        /// What stands there.
        text: String,
    },
    /// There is something behind a name that needs nothing.
    #[error("`{name}` takes no number")]
    NeedsNothing {
        /// The name.
        name: &'static str,
    },
}

/// The longest that any receiver waits, in ms.
const LONGEST: u64 = 1_000;

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text.split_once(':') {
            None if text == "expected" => Ok(Self::Expected),
            Some(("expected", _)) => Err(PolicyError::NeedsNothing { name: "expected" }),
            Some(("fixed", delay)) => match delay.parse() {
                Ok(millis @ 0..=LONGEST) => Ok(Self::Fixed(Duration::from_millis(millis))),
                _ => Err(PolicyError::Delay { text: delay.into() }),
            },
            None if text == "fixed" => Err(PolicyError::Delay { text: String::new() }),
            _ => Err(PolicyError::Unknown { name: text.into() }),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(delay) => write!(f, "fixed:{}", delay.as_millis()),
            Self::Expected => f.write_str("expected"),
        }
    }
}

impl Policy {
    /// A receiver that follows this policy and decodes with `decoder`. It asks for nothing again: in a recording
    /// nobody answers.
    ///
    /// # Errors
    ///
    /// When the receiver cannot be made.
    pub fn receiver(self, decoder: Decoder) -> Result<Box<dyn AudioReceiver>> {
        let mut jitter = JitterConfig { retransmit: None, ..JitterConfig::default() };
        if let Self::Fixed(delay) = self {
            (jitter.min_delay, jitter.max_delay) = (delay, delay);
        }
        let playout = Playout::new(PlayoutConfig { jitter }, decoder);
        Ok(Box::new(playout.with_context(|| format!("no receiver can follow {self}"))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for text in ["fixed:0", "fixed:60", "fixed:1000", "expected"] {
            assert_eq!(text.parse::<Policy>().map(|policy| policy.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn what_is_no_policy_is_told() {
        let error =
            |text: &str| text.parse::<Policy>().map_or_else(|error| error.to_string(), |_| String::new());
        assert!(error("neteq").contains("no policy `neteq`"));
        assert!(error("fixed").contains("fixed:60"));
        for delay in ["fixed:", "fixed:-1", "fixed:1001", "fixed:60ms"] {
            assert!(error(delay).contains("is no delay"), "{delay}");
        }
        assert!(error("expected:3").contains("no number"));
    }
}
