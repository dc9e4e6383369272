//! How long to wait: the delay whose own cost, and that of the frames it still loses, are least together.
//!
//! Not a fixed quantile: quality is worth what listeners lose by it. Delay costs what the E-model says (ITU-T
//! G.107, Idd, and its slope below 100 ms); lateness costs in proportion to the frames it takes. Choosing the
//! delay by expected quality follows Sun and Ifeachor (IEEE Trans. Multimedia 8(4), 2006).

use super::{DelayPolicy, Grid, Observation, Repair};
use crate::arrival::ArrivalHistory;
use crate::histogram::{Tail, TailSums};
use crate::{ConfigError, JitterConfig};
use core::time::Duration;
use moim_media::Instant;
use moim_media::codec::Content;
use moim_media::transit::Transit;

/// What it costs to lose every frame to lateness, in points of the E-model's rating R.
const LATE_COST: f32 = 350.0;
/// The share of it that counts where nobody speaks: music with a gap is still music.
const GENERAL_SHARE: f32 = 0.57;
/// One-way delay outside of this buffer: network, codec and devices, in ms.
const ELSEWHERE: f32 = 110.0;
/// Frames "without a stall" assumed before any were seen: 6 s of 20 ms packets.
const NO_STALL_PRIOR: f32 = 300.0;
/// The jitter assumed before any was seen: this many frames, exponential with this mean in ms …
const START_FRAMES: f32 = 2.0;
const START_JITTER: f32 = 8.0;
/// … believed less with every packet.
const START_FADE: f32 = 150.0;
/// While bursts are rebuilt from deep redundancy, each of them asks for another delay: the target moves for a gain of at
/// least this only, in R …
const INERTIA: f32 = 1.0;
/// … until the last burst is this long ago.
const REBUILDING: Duration = Duration::from_secs(10);
/// What the first packet of all waits: one frame and a step.
const FIRST_WAIT: Duration = Duration::from_millis(30);

/// Aims at the delay of the greatest expected quality.
#[derive(Clone, Debug)]
pub struct ExpectedQuality {
    late_cost: f32,
    /// What was coded last.
    content: Content,
    history: ArrivalHistory,
    delay_cost: DelayCost,
    short_sums: TailSums,
    long_sums: TailSums,
    chosen: Option<Transit>,
    /// When a frame was last rebuilt from deep redundancy.
    rebuilt_at: Option<Instant>,
}

impl Default for ExpectedQuality {
    /// Weighs delay against lateness as listeners of speech do: 350 R for losing everything, so that a frame in a
    /// hundred is worth the delay that costs 3.5.
    fn default() -> Self {
        Self::weighing(LATE_COST)
    }
}

impl ExpectedQuality {
    /// Weighs delay against `late_cost`: what it costs to lose every frame to lateness, in points of the E-model's
    /// rating R. More makes the buffer longer and safer.
    ///
    /// # Errors
    ///
    /// [`ConfigError::LateCost`] when it is not a positive number.
    pub fn new(late_cost: f32) -> Result<Self, ConfigError> {
        let possible = late_cost.is_finite() && late_cost > 0.0;
        if possible { Ok(Self::weighing(late_cost)) } else { Err(ConfigError::LateCost { cost: late_cost }) }
    }

    fn weighing(late_cost: f32) -> Self {
        Self {
            late_cost,
            content: Content::Speech,
            history: ArrivalHistory::new(),
            delay_cost: DelayCost::new(),
            short_sums: TailSums::new(),
            long_sums: TailSums::new(),
            chosen: None,
            rebuilt_at: None,
        }
    }

    /// What is expected of each delay that may be aimed at, the shortest first; nothing before the first packet.
    pub fn expect(&mut self, grid: Grid) -> impl Iterator<Item = Expectation> {
        let late_cost = match self.content {
            Content::Speech => self.late_cost,
            Content::General => GENERAL_SHARE * self.late_cost,
        };
        let Self { history, delay_cost, short_sums, long_sums, .. } = self;
        let lateness = Lateness {
            short: history.short.tail(short_sums),
            long: history.long.tail(long_sums),
            prior: START_FRAMES * (-(history.count() as f32) / START_FADE).exp(),
        };
        let base = history.base();
        base.into_iter().flat_map(move |base| grid.candidates(base).map(move |transit| (base, transit))).map(
            move |(base, transit)| {
                let delay = transit.over(base);
                Expectation {
                    transit,
                    delay,
                    delay_cost: delay_cost.of(delay),
                    late_cost: late_cost * lateness.share(transit, delay.as_secs_f32() * 1_000.0),
                }
            },
        )
    }
}

/// What playing at one delay is expected to cost, in points of R.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// Where frames would be played.
    pub transit: Transit,
    /// How long after the fastest packets that is.
    pub delay: Duration,
    /// What the delay costs.
    pub delay_cost: f32,
    /// What the frames cost that would still come too late.
    pub late_cost: f32,
}

impl Expectation {
    /// All of it: what [`ExpectedQuality`] makes least.
    #[must_use]
    pub fn cost(&self) -> f32 {
        self.delay_cost + self.late_cost
    }
}

impl DelayPolicy for ExpectedQuality {
    fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Arrived(arrival) => {
                self.content = arrival.content;
                self.history.record(arrival, self.chosen);
            }
            Observation::Repaired { at, transit, by } => {
                if by == Repair::Deep {
                    self.rebuilt_at = Some(at);
                }
                self.history.record_repair(at, transit, by.worth());
            }
            Observation::Lost { at, frames } => self.history.record_lost(at, frames as f32),
        }
    }

    fn choose(&mut self, now: Instant, grid: Grid) -> Option<Transit> {
        let (aimed, mut here) = (self.chosen, None);
        let rebuilding = self.rebuilt_at.is_some_and(|then| now.since(then) < REBUILDING);
        let best = self
            .expect(grid)
            .inspect(|expected| {
                if Some(expected.transit) == aimed {
                    here = Some(*expected);
                }
            })
            .min_by(|a, b| a.cost().total_cmp(&b.cost()));
        self.chosen = match (best, here) {
            (Some(best), Some(here)) if rebuilding && here.cost() < best.cost() + INERTIA => {
                Some(here.transit)
            }
            _ => best.map(|best| best.transit),
        };
        self.chosen
    }

    fn base(&self) -> Option<Transit> {
        self.history.base()
    }

    fn first_wait(&self) -> Duration {
        FIRST_WAIT
    }

    fn shifts(&self) -> u64 {
        self.history.shifts()
    }

    fn clear(&mut self) {
        self.history.clear();
        self.chosen = None;
        self.rebuilt_at = None;
    }
}

/// The cost in R of each delay in this buffer, in ms. Those 10 ms apart, which are asked for one after the other, lie side
/// by side.
#[derive(Clone, Debug)]
struct DelayCost(Box<[[f32; DelayCost::STEPS]; 10]>);

impl DelayCost {
    /// Delays of 10 ms, up to the longest that is aimed at and a step beyond.
    const STEPS: usize = JitterConfig::DELAY_LIMIT.as_millis() as usize / 10 + 2;

    fn new() -> Self {
        let mut costs = Box::new([[0.0; Self::STEPS]; 10]);
        for (millis, costs) in costs.iter_mut().enumerate() {
            for (tens, cost) in costs.iter_mut().enumerate() {
                *cost = delay_impairment(ELSEWHERE + (10 * tens + millis) as f32);
            }
        }
        Self(costs)
    }

    fn of(&self, delay: Duration) -> f32 {
        let millis = (delay.as_millis() as usize).min(10 * Self::STEPS - 1);
        self.0[millis % 10][millis / 10]
    }
}

/// Which share of frames would come too late.
struct Lateness<'a> {
    short: Tail<'a>,
    long: Tail<'a>,
    prior: f32,
}

impl Lateness<'_> {
    /// For frames played at `candidate`, `delay` ms over the base.
    fn share(&self, candidate: Transit, delay: f32) -> f32 {
        let now = (self.short.above(candidate) + self.prior * (-delay / START_JITTER).exp())
            / (self.short.total() + self.prior).max(f32::MIN_POSITIVE);
        let lately = self.long.above(candidate) / (self.long.total() + NO_STALL_PRIOR);
        (now + lately) / 2.0
    }
}

/// What `millis` of one-way delay cost in R: ITU-T G.107 (06/2015), clause 7.4 (Idd), and 0.024 R per ms.
fn delay_impairment(millis: f32) -> f32 {
    let idd = if millis <= 100.0 {
        0.0
    } else {
        let x = (millis / 100.0).log2();
        let sixth_root = |value: f32| value.powf(1.0 / 6.0);
        25.0 * (sixth_root(1.0 + x.powi(6)) - 3.0 * sixth_root(1.0 + (x / 3.0).powi(6)) + 2.0)
    };
    0.024 * millis + idd
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NANOS_PER_MILLI;
    use crate::policy::Arrival;
    use moim_media::{ClockRate, MediaTime};

    fn target_after(transits: impl Iterator<Item = i64>) -> f32 {
        let mut policy = ExpectedQuality::default();
        let grid = Grid { pulled: Transit(0), least: Duration::ZERO, most: Duration::from_millis(500) };
        let mut target = None;
        for (packet, transit) in (0..).zip(transits) {
            let time = MediaTime::new(packet * 960, ClockRate::HZ_48000);
            let at = Instant::from_millis(1_000 + (packet * 20).checked_add_signed(transit).unwrap());
            let transit = Transit(transit * NANOS_PER_MILLI);
            policy.observe(Observation::Arrived(Arrival { at, time, transit, content: Content::Speech }));
            target = policy.choose(at, grid);
        }
        target.unwrap().millis_over(policy.base().unwrap())
    }

    #[test]
    fn impairment_follows_the_recommendation() {
        assert_eq!(delay_impairment(100.0), 2.4);
        // G.107's own curve: about 24 R at 400 ms beyond the linear part (0.024 × 400 = 9.6).
        let idd = delay_impairment(400.0) - 9.6;
        assert!((19.0..27.0).contains(&idd), "{idd}");
    }

    #[test]
    fn a_cost_is_a_positive_number() {
        for cost in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(ExpectedQuality::new(cost).is_err(), "{cost}");
        }
        assert!(ExpectedQuality::new(200.0).is_ok());
    }

    #[test]
    fn a_clean_path_needs_no_delay() {
        assert!(target_after((0..500).map(|_| 5)) <= 10.0);
    }

    #[test]
    fn the_target_covers_the_jitter_there_is() {
        let target = target_after((0..1_000).map(|packet| packet * 37 % 60));
        assert!((50.0..=70.0).contains(&target), "{target}");
    }

    #[test]
    fn one_spike_is_not_a_level() {
        let target = target_after((0..500).map(|packet| if packet == 450 { 300 } else { 0 }));
        assert!(target <= 20.0, "{target}");
    }

    #[test]
    fn a_step_is_followed_within_a_quarter_second_and_back() {
        let up = target_after((0..313).map(|packet| if packet < 300 { 5 } else { 155 }));
        assert!(up <= 40.0, "over the new base: {up}");
        let back = target_after((0..620).map(|packet| if (300..600).contains(&packet) { 155 } else { 5 }));
        assert!(back <= 40.0, "{back}");
    }
}
