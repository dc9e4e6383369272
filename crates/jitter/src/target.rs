//! How long to wait: the delay whose own cost, and that of the frames it still loses, are least together.
//!
//! Not a fixed quantile: quality is worth what listeners lose by it. Delay costs what the E-model says (ITU-T
//! G.107, Idd, and its slope below 100 ms); lateness costs in proportion to the frames it takes. Choosing the
//! delay by expected quality follows Sun and Ifeachor (IEEE Trans. Multimedia 8(4), 2006).

use crate::JitterConfig;
use crate::NANOS_PER_MILLI;
use crate::arrival::ArrivalHistory;
use crate::histogram::{Tail, TailSums};
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// How often the target is chosen afresh.
const INTERVAL: Duration = Duration::from_millis(40);
/// Sound is asked for in steps of this; a delay between two steps would be waited for in vain.
const STEP: i64 = 10 * NANOS_PER_MILLI;
/// One-way delay outside of this buffer: network, codec and devices, in ms.
const ELSEWHERE: f32 = 110.0;
/// Frames "without a stall" assumed before any were seen: 6 s of 20 ms packets.
const NO_STALL_PRIOR: f32 = 300.0;
/// The jitter assumed before any was seen: this many frames, exponential with this mean in ms …
const START_FRAMES: f32 = 2.0;
const START_JITTER: f32 = 8.0;
/// … believed less with every packet.
const START_FADE: f32 = 150.0;
/// What the first packet of all waits, in ms; one frame and a step.
const START_WAIT: f32 = 30.0;

/// Chooses the target delay from an [`ArrivalHistory`].
#[derive(Clone, Debug)]
pub(crate) struct TargetDelay {
    min: f32,
    max: f32,
    /// What somebody else asks for at least.
    demanded: f32,
    late_cost: f32,
    /// Cost in R of 0, 1, 2 … ms of delay in this buffer.
    delay_cost: Box<[f32]>,
    short_sums: TailSums,
    long_sums: TailSums,
    /// The best for this stream alone …
    wanted: Option<Transit>,
    /// … and what is aimed at.
    chosen: Option<Transit>,
    chosen_at: Instant,
}

impl TargetDelay {
    pub(crate) fn new(config: &JitterConfig) -> Self {
        let millis = |duration: Duration| duration.as_secs_f32() * 1_000.0;
        let longest = millis(JitterConfig::DELAY_LIMIT) as usize + 20;
        Self {
            min: millis(config.min_delay),
            max: millis(config.max_delay),
            demanded: 0.0,
            late_cost: config.late_cost,
            delay_cost: (0..longest).map(|delay| delay_impairment(ELSEWHERE + delay as f32)).collect(),
            short_sums: TailSums::new(),
            long_sums: TailSums::new(),
            wanted: None,
            chosen: None,
            chosen_at: Instant::EPOCH,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.wanted = None;
        self.chosen = None;
    }

    /// From the next choice on, the delay is at least this.
    pub(crate) fn demand(&mut self, delay: Duration) {
        self.demanded = delay.min(JitterConfig::DELAY_LIMIT).as_secs_f32() * 1_000.0;
    }

    /// The transit at which frames would be played if nobody demanded a longer delay.
    pub(crate) fn wanted(&self) -> Option<Transit> {
        self.wanted
    }

    /// The transit at which frames should be played; `None` before the first packet.
    pub(crate) fn transit(&self) -> Option<Transit> {
        self.chosen
    }

    /// How long to wait with the first packet, which came with `transit`, before playing it; `base` is the least
    /// transit that is remembered.
    pub(crate) fn wait_before_start(&self, transit: Transit, base: Option<Transit>) -> Duration {
        let wait = match (self.chosen, base) {
            // After an outage the path may be another, faster one: the wait is never more than the target delay.
            (Some(target), Some(base)) => target.millis_over(transit.max(base)),
            _ => START_WAIT,
        };
        let wait = wait.clamp(self.min, self.max).max(self.demanded);
        Duration::from_micros((wait * 1_000.0) as u64)
    }

    /// Chooses afresh when it is time; `pulled` is a transit that lies on the grid of the caller's pulls.
    pub(crate) fn update(&mut self, now: Instant, history: &ArrivalHistory, pulled: Transit) {
        let Some(base) = history.base() else { return };
        let fresh = self.chosen_at..self.chosen_at + INTERVAL;
        if self.chosen.is_some() && fresh.contains(&now) {
            return;
        }
        let wanted = self.choose(history, base, pulled);
        self.wanted = Some(wanted);
        self.chosen = Some(wanted.max(on_grid(base.plus_millis(self.demanded), pulled)));
        self.chosen_at = now;
    }

    fn choose(&mut self, history: &ArrivalHistory, base: Transit, pulled: Transit) -> Transit {
        let floor = base.plus_millis(self.min);
        let first = on_grid(floor, pulled);
        let to_grid = first.0.saturating_sub(floor.0);
        let steps = (((self.max - self.min) * NANOS_PER_MILLI as f32) as i64 - to_grid).max(0) / STEP;
        let lateness = Lateness {
            short: history.short.tail(&mut self.short_sums),
            long: history.long.tail(&mut self.long_sums),
            prior: START_FRAMES * (-(history.count() as f32) / START_FADE).exp(),
        };
        (0..=steps)
            .map(|step| Transit(first.0.saturating_add(step * STEP)))
            .map(|candidate| {
                let delay = candidate.millis_over(base).max(0.0);
                let delay_cost = self.delay_cost[(delay as usize).min(self.delay_cost.len() - 1)];
                (self.late_cost * lateness.share(candidate, delay) + delay_cost, candidate)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(first, |(_, candidate)| candidate)
    }
}

/// The first transit from `floor` on at which the caller pulls.
fn on_grid(floor: Transit, pulled: Transit) -> Transit {
    Transit(floor.0.saturating_add(pulled.0.saturating_sub(floor.0).rem_euclid(STEP)))
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
    use crate::shift::Arrival;
    use moim_media::{ClockRate, MediaTime};

    fn target_after(transits: impl Iterator<Item = i64>) -> f32 {
        let mut history = ArrivalHistory::new();
        let mut target = TargetDelay::new(&JitterConfig::default());
        for (packet, transit) in (0..).zip(transits) {
            let time = MediaTime::new(packet * 960, ClockRate::HZ_48000);
            let at = Instant::from_millis(1_000 + (packet * 20).checked_add_signed(transit).unwrap());
            let transit = Transit(transit * NANOS_PER_MILLI);
            history.record(Arrival { at, time, transit }, target.transit());
            target.update(at, &history, Transit(0));
        }
        target.transit().unwrap().millis_over(history.base().unwrap())
    }

    #[test]
    fn impairment_follows_the_recommendation() {
        assert_eq!(delay_impairment(100.0), 2.4);
        // G.107's own curve: about 24 R at 400 ms beyond the linear part (0.024 × 400 = 9.6).
        let idd = delay_impairment(400.0) - 9.6;
        assert!((19.0..27.0).contains(&idd), "{idd}");
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
