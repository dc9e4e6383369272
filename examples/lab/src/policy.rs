//! Which delay a receiver aims at: every policy of the bench, by name.
//!
//! Here is where a paper's policy goes: a variant, its name, and the receiver that follows it.

use anyhow::{Context, Result};
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use moim_opus::Decoder;
use moim_playout::{
    AudioReceiver, DelayPolicy, ExpectedQuality, Fixed, JitterConfig, Playout, PlayoutConfig, PlayoutError,
    Quantile,
};

/// How the target delay is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// `fixed:60`: always the same.
    Fixed(Duration),
    /// `quantile:0.95`: this share of the packets of the last [`MEMORY`] comes in time.
    Quantile(f32),
    /// `expected`, `expected:350`: the delay that is expected to sound best, ours; what losing every frame to lateness
    /// costs in points of R (ITU-T G.107), if it is not what it is by default.
    Expected(Option<f32>),
}

impl Default for Policy {
    fn default() -> Self {
        Self::Expected(None)
    }
}

/// How the policies are called.
pub const NAMES: &str = "fixed:MS, quantile:SHARE, expected or expected:COST";

/// After this time [`Policy::Quantile`] has forgotten a packet, but for a third.
pub const MEMORY: Duration = Duration::from_secs(25);

/// Why a text names no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// There is no such name.
    #[error("there is no policy `{name}`; there are {NAMES}")]
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
    /// The share is no number between 0 and 1.
    #[error("`{text}` is no share of packets: quantile:0.95 has 95 of 100 in time")]
    Share {
        /// What stands there.
        text: String,
    },
    /// The cost is no number above zero.
    #[error("`{text}` is no cost: expected:350 gives 350 points of R for every frame to be in time")]
    Cost {
        /// What stands there.
        text: String,
    },
}

/// The longest that any receiver waits, in ms.
const LONGEST: u64 = 1_000;

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
        let value = || number.and_then(|number| number.parse::<f32>().ok()).filter(|value| value.is_finite());
        let said = || number.unwrap_or_default().to_owned();
        match name {
            "fixed" => match said().parse() {
                Ok(millis @ 0..=LONGEST) => Ok(Self::Fixed(Duration::from_millis(millis))),
                _ => Err(PolicyError::Delay { text: said() }),
            },
            "quantile" => {
                let share = value().filter(|share| (0.0..=1.0).contains(share));
                share.map(Self::Quantile).ok_or_else(|| PolicyError::Share { text: said() })
            }
            "expected" if number.is_none() => Ok(Self::Expected(None)),
            "expected" => {
                let cost = value().filter(|&cost| cost > 0.0);
                cost.map(|cost| Self::Expected(Some(cost))).ok_or_else(|| PolicyError::Cost { text: said() })
            }
            _ => Err(PolicyError::Unknown { name: text.to_owned() }),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(delay) => write!(f, "fixed:{}", delay.as_millis()),
            Self::Quantile(share) => write!(f, "quantile:{share}"),
            Self::Expected(None) => f.write_str("expected"),
            Self::Expected(Some(cost)) => write!(f, "expected:{cost}"),
        }
    }
}

impl Policy {
    /// A receiver that follows this policy and decodes with `decoder`.
    ///
    /// # Errors
    ///
    /// When the receiver cannot be made.
    pub fn receiver(self, decoder: Decoder) -> Result<Box<dyn AudioReceiver>> {
        let jitter = buffer();
        let receiver = match self {
            Self::Fixed(delay) => {
                let max_delay = jitter.max_delay.max(delay);
                receiver(JitterConfig { max_delay, ..jitter }, decoder, Fixed::new(delay))
            }
            Self::Quantile(share) => receiver(jitter, decoder, Quantile::new(share, MEMORY)?),
            Self::Expected(None) => receiver(jitter, decoder, ExpectedQuality::default()),
            Self::Expected(Some(cost)) => receiver(jitter, decoder, ExpectedQuality::new(cost)?),
        };
        receiver.with_context(|| format!("no receiver can follow {self}"))
    }
}

/// The buffer in front of every decoder.
pub(crate) fn buffer() -> JitterConfig {
    // Nothing is asked for again: in a recording nobody answers.
    JitterConfig { retransmit: None, ..JitterConfig::default() }
}

pub(crate) fn receiver(
    jitter: JitterConfig,
    decoder: Decoder,
    policy: impl DelayPolicy + 'static,
) -> Result<Box<dyn AudioReceiver>, PlayoutError> {
    Ok(Box::new(Playout::with_policy(PlayoutConfig { jitter }, decoder, policy)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for text in ["fixed:0", "fixed:60", "fixed:1000", "quantile:0.95", "expected", "expected:350"] {
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
        for share in ["quantile", "quantile:95", "quantile:NaN"] {
            assert!(error(share).contains("no share"), "{share}");
        }
        for cost in ["expected:", "expected:0", "expected:inf"] {
            assert!(error(cost).contains("no cost"), "{cost}");
        }
    }
}
