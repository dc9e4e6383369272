//! Looks over the shoulder of a policy while it plays.

use core::cell::RefCell;
use core::time::Duration;
use moim_jitter::{DelayPolicy, Expectation, ExpectedQuality, Grid, Observation};
use moim_media::Instant;
use moim_media::transit::Transit;
use std::collections::VecDeque;
use std::rc::Rc;

/// How far back a decision tells what it knew.
pub const PAST: Duration = Duration::from_secs(25);

/// Does what [`ExpectedQuality`] does, and remembers why.
#[derive(Debug)]
pub struct Witness {
    policy: ExpectedQuality,
    seen: Rc<RefCell<Memory>>,
}

/// What a [`Witness`] saw; its own end of the thread, for whoever gave the witness away.
#[derive(Clone, Debug)]
pub struct Seen(Rc<RefCell<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    frames: VecDeque<Frame>,
    last: Option<Choice>,
}

#[derive(Clone, Debug)]
struct Choice {
    at: Instant,
    chosen: Transit,
    expectations: Vec<Expectation>,
}

/// What was decided, and what was known.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// When.
    pub at: Instant,
    /// What was expected of the delay that was chosen.
    pub chosen: Expectation,
    /// What was expected of every delay that could have been chosen, the shortest first.
    pub expectations: Vec<Expectation>,
    /// What had become known of frames for [`PAST`], the oldest first.
    pub frames: Vec<Frame>,
}

/// Something that became known of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// When.
    pub at: Instant,
    /// What it was.
    pub fate: Fate,
}

/// What became of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// One could be played from this transit on.
    Usable {
        /// Of the packet with it, or with its copy.
        transit: Transit,
        /// 1 for the frame itself; of a copy, what it is worth beside that.
        worth: f32,
    },
    /// So many are lost for good.
    Lost {
        /// How many.
        frames: u32,
    },
}

impl Witness {
    /// A witness of what `policy` does, and what it will have seen.
    #[must_use]
    pub fn of(policy: ExpectedQuality) -> (Self, Seen) {
        let seen = Rc::new(RefCell::new(Memory::default()));
        (Self { policy, seen: Rc::clone(&seen) }, Seen(seen))
    }
}

impl Seen {
    /// The last decision; `None` before the first.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        let Memory { frames, last } = &*self.0.borrow();
        let Choice { at, chosen, expectations } = last.clone()?;
        let chosen = *expectations.iter().find(|expectation| expectation.transit == chosen)?;
        let known = frames.iter().filter(|frame| frame.at <= at);
        Some(Decision { at, chosen, expectations, frames: known.copied().collect() })
    }
}

impl Memory {
    fn add(&mut self, at: Instant, fate: Fate) {
        while self.frames.front().is_some_and(|oldest| at.since(oldest.at) > PAST) {
            self.frames.pop_front();
        }
        self.frames.push_back(Frame { at, fate });
    }
}

impl Decision {
    /// Of the frames that became known in the `last` seconds, the share that each delay is the shortest to play: 0 … 1,
    /// one for each of the [`expectations`](Self::expectations). What is missing to one is lost, or later than all.
    #[must_use]
    pub fn shares(&self, last: Duration) -> Vec<f64> {
        let mut shares = vec![0.0; self.expectations.len()];
        let mut all = 0.0;
        for frame in self.frames.iter().filter(|frame| self.at.since(frame.at) <= last) {
            match frame.fate {
                Fate::Usable { transit, worth } => {
                    all += f64::from(worth);
                    let in_time = self.expectations.partition_point(|delay| delay.transit < transit);
                    shares.get_mut(in_time).into_iter().for_each(|share| *share += f64::from(worth));
                }
                Fate::Lost { frames } => all += f64::from(frames),
            }
        }
        shares.iter_mut().for_each(|share| *share /= all.max(f64::MIN_POSITIVE));
        shares
    }
}

impl DelayPolicy for Witness {
    fn observe(&mut self, observation: Observation) {
        let before = self.policy.shifts();
        self.policy.observe(observation);
        let mut seen = self.seen.borrow_mut();
        if self.policy.shifts() > before {
            // On another level of delay the past says nothing any more.
            seen.frames.clear();
        }
        match observation {
            Observation::Arrived(arrival) => {
                seen.add(arrival.at, Fate::Usable { transit: arrival.transit, worth: 1.0 });
            }
            Observation::Repaired { at, transit, by } => {
                seen.add(at, Fate::Usable { transit, worth: by.worth() });
            }
            Observation::Lost { at, frames } => seen.add(at, Fate::Lost { frames }),
            _ => {}
        }
    }

    fn choose(&mut self, now: Instant, grid: Grid) -> Option<Transit> {
        let chosen = self.policy.choose(now, grid)?;
        let expectations = self.policy.expect(grid).collect();
        self.seen.borrow_mut().last = Some(Choice { at: now, chosen, expectations });
        Some(chosen)
    }

    fn base(&self) -> Option<Transit> {
        self.policy.base()
    }

    fn first_wait(&self) -> Duration {
        self.policy.first_wait()
    }

    fn shifts(&self) -> u64 {
        self.policy.shifts()
    }

    fn clear(&mut self) {
        self.policy.clear();
        *self.seen.borrow_mut() = Memory::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_jitter::{Arrival, Repair};
    use moim_media::codec::Content;
    use moim_media::{ClockRate, MediaTime};

    fn millis(transit: i64) -> Transit {
        Transit(transit * 1_000_000)
    }

    #[test]
    fn a_witness_changes_nothing_and_tells_what_was_known() {
        let (mut witness, seen) = Witness::of(ExpectedQuality::default());
        let mut alone = ExpectedQuality::default();
        assert_eq!(seen.decision(), None);
        let grid = Grid { pulled: millis(0), least: Duration::ZERO, most: Duration::from_millis(200) };
        for packet in 0..2_000_u64 {
            let at = Instant::from_millis(1_000 + 20 * packet);
            // Every second packet is 32 ms late. The grid is 5 ms off the fastest.
            let transit = millis(5 + 32 * (packet as i64 % 2));
            let time = MediaTime::new(960 * packet, ClockRate::HZ_48000);
            let arrived = Observation::Arrived(Arrival { at, time, transit, content: Content::Speech });
            witness.observe(arrived);
            alone.observe(arrived);
            assert_eq!(witness.choose(at, grid), alone.choose(at, grid));
        }
        let decision = seen.decision().unwrap();
        assert_eq!(decision.frames.len(), 25 * 50 + 1, "25 s, both ends included");
        assert_eq!(decision.chosen.transit, millis(40));
        let costs = decision.expectations.iter().map(Expectation::cost);
        assert_eq!(costs.fold(f32::INFINITY, f32::min), decision.chosen.cost());
        let shares = decision.shares(PAST);
        let used: Vec<_> =
            decision.expectations.iter().zip(&shares).filter(|(_, share)| **share > 0.0).collect();
        assert_eq!(used.iter().map(|(delay, _)| delay.transit).collect::<Vec<_>>(), [millis(10), millis(40)]);
        assert!(used.iter().all(|(_, share)| (*share - 0.5).abs() < 0.001), "{shares:?}");
    }

    #[test]
    fn what_is_lost_is_nobodys_share() {
        let (mut witness, seen) = Witness::of(ExpectedQuality::default());
        let grid = Grid { pulled: millis(0), least: Duration::ZERO, most: Duration::from_millis(50) };
        let at = Instant::from_millis(20);
        let time = MediaTime::new(0, ClockRate::HZ_48000);
        witness.observe(Observation::Arrived(Arrival {
            at,
            time,
            transit: millis(0),
            content: Content::Speech,
        }));
        witness.observe(Observation::Repaired { at, transit: millis(30), by: Repair::Deep });
        witness.observe(Observation::Repaired { at, transit: millis(60), by: Repair::Deep });
        witness.observe(Observation::Lost { at, frames: 2 });
        witness.choose(at, grid);
        let shares = seen.decision().unwrap().shares(PAST);
        assert_eq!(shares, [0.25, 0.0, 0.0, 0.125, 0.0, 0.0]);
    }
}
