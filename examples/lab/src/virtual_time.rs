//! A recorded call on a clock that only counts: as fast as it computes, and the same every time.

use crate::receiver::{Received, Receiver};
use crate::recording::Recording;
use anyhow::Result;
use core::time::Duration;
use moim_media::{AudioFormat, Instant};
use moim_playout::{AudioReceiver, Produced};

/// How often the loudspeaker asks, and for how much.
pub const STEP: Duration = Duration::from_millis(10);

/// Is told what happens, while it happens.
pub trait Watch {
    /// A packet of sound came at `now`.
    ///
    /// # Errors
    ///
    /// What ends the call before its time.
    fn received(&mut self, now: Instant, packet: &Received) -> Result<()>;

    /// `sound` is heard from `now` on; `receiver` has just made it.
    ///
    /// # Errors
    ///
    /// What ends the call before its time.
    fn played(
        &mut self,
        now: Instant,
        produced: Produced,
        sound: &[f32],
        receiver: &dyn AudioReceiver,
    ) -> Result<()>;
}

/// Plays `recording`: at 0, 10, 20 … ms before `end`, everything that has come by then goes into `receiver`, each at
/// its own time, and 10 ms of sound come out.
///
/// # Errors
///
/// What `watch` ends it with.
pub fn play(
    recording: &Recording,
    receiver: &mut Receiver,
    end: Instant,
    watch: &mut impl Watch,
) -> Result<()> {
    let mut sound = vec![0.0; receiver.playout().format().samples(STEP)];
    let mut coming = recording.arrivals().peekable();
    let mut now = Instant::EPOCH;
    while now < end {
        while let Some(arrival) = coming.next_if(|arrival| arrival.at <= now) {
            if let Some(received) = receiver.receive(arrival.at, arrival.datagram) {
                watch.received(arrival.at, &received)?;
            }
        }
        let produced = receiver.pull(now, &mut sound);
        watch.played(now, produced, &sound, receiver.playout())?;
        now += STEP;
    }
    Ok(())
}

/// How much is heard until `end`: whole steps.
#[must_use]
pub fn samples(format: AudioFormat, end: Instant) -> u64 {
    let steps = end.as_nanos().div_ceil(u64::try_from(STEP.as_nanos()).unwrap_or(u64::MAX));
    steps.saturating_mul(format.samples(STEP) as u64)
}
