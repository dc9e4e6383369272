//! Which share of the packets was lost lately.

use core::time::Duration;
use moim_media::Instant;

const SPAN: Duration = Duration::from_millis(Losses::MEMORY.as_millis() as u64 / 2);
/// Fewer packets make no share.
const ENOUGH: u32 = 40;

/// Packets that arrived and that did not, in this span of a second and in the last.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    counts: [Counts; 2],
    since: Instant,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    arrived: u32,
    lost: u32,
}

impl Losses {
    /// What a share looks back at most.
    pub(crate) const MEMORY: Duration = Duration::from_secs(2);

    pub(crate) fn new() -> Self {
        Self { counts: [Counts::default(); 2], since: Instant::EPOCH }
    }

    pub(crate) fn record(&mut self, now: Instant, arrived: u32, lost: u32) {
        if now.since(self.since) > SPAN {
            self.counts = [Counts::default(), self.counts[0]];
            self.since = now;
        }
        let counts = &mut self.counts[0];
        counts.arrived = counts.arrived.saturating_add(arrived);
        counts.lost = counts.lost.saturating_add(lost);
    }

    /// 0 … 1, over one to two seconds; zero while there is too little to tell.
    pub(crate) fn share(&self) -> f32 {
        let [lost, arrived] = [|counts: &Counts| counts.lost, |counts: &Counts| counts.arrived]
            .map(|count| self.counts.iter().map(count).fold(0, u32::saturating_add));
        let all = lost.saturating_add(arrived);
        if all < ENOUGH { 0.0 } else { lost as f32 / all as f32 }
    }
}
