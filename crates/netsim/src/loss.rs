//! Packets that never arrive, alone or in bursts.

use crate::config::{ConfigError, probability};
use crate::random::{Model, Random};

/// Which packets are lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Loss {
    /// None.
    #[default]
    None,
    /// As the Gilbert–Elliott channel loses them; see [`Loss::random`] and [`Loss::gilbert`].
    GilbertElliott(GilbertElliott),
    /// In bursts of bounded length, with at least one packet that passes between two.
    Bursts {
        /// Share of packets lost, 0 … 1.
        rate: f64,
        /// Packets in the shortest burst, at least 1.
        shortest: u32,
        /// Packets in the longest burst.
        longest: u32,
    },
}

/// A channel with a good and a bad state that changes, if at all, before each packet (Gilbert, "Capacity of a
/// burst-noise channel", 1960; Elliott, 1963). All four are probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GilbertElliott {
    /// From good to bad.
    pub enter: f64,
    /// From bad to good; its inverse is the mean number of packets in the bad state.
    pub leave: f64,
    /// That a packet is lost in the good state.
    pub loss_good: f64,
    /// That a packet is lost in the bad state.
    pub loss_bad: f64,
}

impl Loss {
    /// Each packet is lost with probability `rate`, whatever became of the others.
    #[must_use]
    pub const fn random(rate: f64) -> Self {
        Self::GilbertElliott(GilbertElliott { enter: 0.0, leave: 1.0, loss_good: rate, loss_bad: rate })
    }

    /// Gilbert's channel: the bad state loses everything, the good one nothing. Loses the share `rate` of all
    /// packets in bursts of geometric length, `mean_burst` packets on average.
    ///
    /// What cannot be (a mean below 1, or so short for the rate that bursts would touch) is refused by
    /// [`Link::new`](crate::Link::new).
    #[must_use]
    pub const fn gilbert(rate: f64, mean_burst: f64) -> Self {
        let leave = 1.0 / mean_burst;
        Self::GilbertElliott(GilbertElliott {
            enter: rate * leave / (1.0 - rate),
            leave,
            loss_good: 0.0,
            loss_bad: 1.0,
        })
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        match *self {
            Self::None => Ok(()),
            Self::GilbertElliott(channel) => {
                probability("loss: good to bad", channel.enter)?;
                probability("loss: bad to good", channel.leave)?;
                probability("loss in the good state", channel.loss_good)?;
                probability("loss in the bad state", channel.loss_bad)
            }
            Self::Bursts { rate, shortest, longest } => {
                probability("loss rate", rate)?;
                if shortest == 0 || shortest > longest {
                    return Err(ConfigError::EmptyRange { setting: "loss burst length" });
                }
                probability("loss: start of a burst", burst_start(rate, shortest, longest))
            }
        }
    }
}

/// Probability that a packet after a passed one begins a burst, such that the share `rate` is lost.
fn burst_start(rate: f64, shortest: u32, longest: u32) -> f64 {
    let mean_burst = 0.5 * (f64::from(shortest) + f64::from(longest));
    // Mean gap is the inverse of the start, and rate = burst / (burst + gap).
    rate / (mean_burst * (1.0 - rate))
}

/// A loss model on its way through a stream of packets.
#[derive(Clone, Debug)]
pub(crate) struct LossState {
    model: Loss,
    random: Random,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Good,
    Bad,
    /// In a burst that loses this many more.
    Burst {
        left: u32,
    },
}

impl LossState {
    pub(crate) fn new(model: Loss, seed: u64) -> Self {
        Self { model, random: Random::new(seed, Model::Loss), phase: Phase::Good }
    }

    /// Whether the next packet is lost.
    pub(crate) fn next(&mut self) -> bool {
        match self.model {
            Loss::None => false,
            Loss::GilbertElliott(channel) => self.next_of_channel(channel),
            Loss::Bursts { rate, shortest, longest } => {
                self.next_of_bursts(burst_start(rate, shortest, longest), shortest, longest)
            }
        }
    }

    fn next_of_channel(&mut self, channel: GilbertElliott) -> bool {
        let bad = match self.phase {
            Phase::Good => self.random.chance(channel.enter),
            Phase::Bad | Phase::Burst { .. } => !self.random.chance(channel.leave),
        };
        self.phase = if bad { Phase::Bad } else { Phase::Good };
        self.random.chance(if bad { channel.loss_bad } else { channel.loss_good })
    }

    fn next_of_bursts(&mut self, start: f64, shortest: u32, longest: u32) -> bool {
        match self.phase {
            Phase::Burst { left: 0 } => {
                // The one that surely passes: without it two bursts could touch.
                self.phase = Phase::Good;
                false
            }
            Phase::Burst { left } => {
                self.phase = Phase::Burst { left: left - 1 };
                true
            }
            Phase::Good | Phase::Bad => {
                if !self.random.chance(start) {
                    return false;
                }
                let length = self.random.between(u64::from(shortest), u64::from(longest)) as u32;
                self.phase = Phase::Burst { left: length - 1 };
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const PACKETS: usize = 200_000;

    fn losses(model: Loss) -> Vec<bool> {
        model.validate().unwrap();
        let mut state = LossState::new(model, 11);
        (0..PACKETS).map(|_| state.next()).collect()
    }

    fn rate(losses: &[bool]) -> f64 {
        losses.iter().filter(|&&lost| lost).count() as f64 / losses.len() as f64
    }

    /// Lengths of the runs of lost packets.
    fn bursts(losses: &[bool]) -> Vec<usize> {
        losses.split(|&lost| !lost).map(<[bool]>::len).filter(|&len| len > 0).collect()
    }

    fn mean(lengths: &[usize]) -> f64 {
        lengths.iter().sum::<usize>() as f64 / lengths.len() as f64
    }

    /// Relative tolerance 8 %: at 3 % loss there are 6 000 losses in at least 1 200 bursts; the standard error of
    /// the rate is below 1.6 % for independent losses, and about 4 % for bursts of five.
    fn close(actual: f64, expected: f64, relative: f64) {
        assert!((actual / expected - 1.0).abs() < relative, "{actual}, expected {expected}");
    }

    #[test]
    fn random_loss_has_its_rate_and_short_bursts() {
        let losses = losses(Loss::random(0.1));
        close(rate(&losses), 0.1, 0.05);
        close(mean(&bursts(&losses)), 1.0 / 0.9, 0.05);
    }

    #[test]
    fn gilbert_has_its_rate_and_mean_burst() {
        for mean_burst in [1.0, 2.5, 5.0] {
            let losses = losses(Loss::gilbert(0.03, mean_burst));
            close(rate(&losses), 0.03, 0.16);
            close(mean(&bursts(&losses)), mean_burst, 0.16);
        }
    }

    #[test]
    fn both_states_of_the_channel_can_lose() {
        let channel = GilbertElliott { enter: 0.02, leave: 0.08, loss_good: 0.01, loss_bad: 0.5 };
        // A fifth of the time in the bad state.
        close(rate(&losses(Loss::GilbertElliott(channel))), 0.8 * 0.01 + 0.2 * 0.5, 0.08);
    }

    #[test]
    fn bounded_bursts_stay_in_their_bounds() {
        let losses = losses(Loss::Bursts { rate: 0.03, shortest: 2, longest: 3 });
        close(rate(&losses), 0.03, 0.08);
        let bursts = bursts(&losses);
        // The stream may end in the middle of the last one.
        assert!(bursts[..bursts.len() - 1].iter().all(|len| (2..=3).contains(len)));
        close(mean(&bursts), 2.5, 0.05);
    }

    #[test]
    fn extremes_lose_all_or_nothing() {
        assert_eq!(rate(&losses(Loss::random(0.0))), 0.0);
        assert_eq!(rate(&losses(Loss::random(1.0))), 1.0);
        assert_eq!(rate(&losses(Loss::gilbert(0.0, 2.0))), 0.0);
        assert_eq!(rate(&losses(Loss::Bursts { rate: 0.0, shortest: 1, longest: 1 })), 0.0);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = [
            Loss::random(1.1),
            Loss::random(f64::NAN),
            Loss::gilbert(1.0, 3.0),
            Loss::gilbert(0.9, 1.0),
            Loss::gilbert(0.1, 0.5),
            Loss::Bursts { rate: 0.03, shortest: 0, longest: 3 },
            Loss::Bursts { rate: 0.03, shortest: 3, longest: 2 },
            // Three of every four at most, when a packet must pass between two bursts of three.
            Loss::Bursts { rate: 0.8, shortest: 3, longest: 3 },
        ];
        assert!(refused.iter().all(|loss| loss.validate().is_err()));
    }
}
