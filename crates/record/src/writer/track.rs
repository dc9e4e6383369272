//! The samples of one track that wait for their fragment.

use crate::{Mp4WriteError, ticks};
use core::time::Duration;

/// The most samples in a fragment: more than a second of the shortest Opus packets.
pub(super) const SAMPLES: usize = 1_024;

/// A sample that comes in, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewSample {
    pub(super) time: u64,
    /// Zero: until the next one.
    pub(super) duration: u32,
    pub(super) key: bool,
}

/// A sample that waits, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitingSample {
    pub(super) time: u64,
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) key: bool,
}

/// Samples of a track and their bytes, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples<'a> {
    pub(super) samples: &'a [WaitingSample],
    pub(super) bytes: &'a [u8],
}

/// A queue of samples of bounded size; it never allocates after `new`.
#[derive(Debug)]
pub(super) struct TrackBuffer {
    rate: u32,
    /// The longest fragment, in ticks.
    longest: u64,
    most_bytes: usize,
    samples: Vec<WaitingSample>,
    bytes: Vec<u8>,
    /// The end of what was written.
    end: u64,
}

impl TrackBuffer {
    pub(super) fn new(rate: u32, longest: Duration, most_bytes: usize) -> Self {
        let samples = if most_bytes == 0 { 0 } else { SAMPLES };
        Self {
            rate,
            longest: ticks::from_duration(longest, rate).unwrap_or(u64::MAX),
            most_bytes,
            samples: Vec::with_capacity(samples),
            bytes: Vec::with_capacity(most_bytes),
            end: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    pub(super) fn all(&self) -> Samples<'_> {
        Samples { samples: &self.samples, bytes: &self.bytes }
    }

    pub(super) fn first(&self, count: usize) -> Samples<'_> {
        let samples = &self.samples[..count];
        Samples { samples, bytes: &self.bytes[..size(samples)] }
    }

    pub(super) fn check_size(&self, actual: usize) -> Result<(), Mp4WriteError> {
        let most = self.most_bytes;
        if actual > most { Err(Mp4WriteError::TooLarge { actual, most }) } else { Ok(()) }
    }

    pub(super) fn has_room(&self, size: usize) -> bool {
        self.samples.len() < SAMPLES && self.bytes.len() + size <= self.most_bytes
    }

    /// Lets the last sample last until `time`, or until the next possible moment, and returns which it is.
    pub(super) fn close_last(&mut self, time: u64) -> u64 {
        let Some(last) = self.samples.last_mut() else { return time.max(self.end) };
        let time = time.max(last.time + 1);
        // What lasts longer ends its fragment, and the next one's own time prolongs it (14496-12, 8.8.12).
        last.duration = u32::try_from(time - last.time).unwrap_or(u32::MAX);
        time
    }

    /// Whether a sample at `time` would make the fragment too long.
    pub(super) fn is_due(&self, time: u64) -> bool {
        self.samples.first().is_some_and(|first| time.saturating_sub(first.time) >= self.longest)
    }

    /// Whether a sample at `time` would make the fragment half as long as it may be.
    pub(super) fn is_half_due(&self, time: u64) -> bool {
        self.samples.first().is_some_and(|first| time.saturating_sub(first.time) >= self.longest / 2)
    }

    pub(super) fn is_due_at(&self, now: Duration) -> bool {
        ticks::from_duration(now, self.rate).is_some_and(|now| self.is_due(now))
    }

    /// How many samples can be written at `now` although no next one tells how long the last one lasts.
    ///
    /// Not the last, unless that lasts too long already. It is then written as lasting until half a fragment ago:
    /// the sound that tells what time it is may be ahead of the pictures, and a time that turns out later prolongs it.
    pub(super) fn settle(&mut self, now: Duration) -> usize {
        let now = ticks::from_duration(now, self.rate).unwrap_or(0);
        let Some(last) = self.samples.last_mut() else { return 0 };
        let lasted = now.saturating_sub(last.time);
        if lasted < self.longest {
            return self.samples.len() - 1;
        }
        last.duration = u32::try_from(lasted - self.longest / 2).unwrap_or(u32::MAX);
        self.samples.len()
    }

    /// Appends a sample for which there [is room](Self::has_room), its bytes written by `fill`.
    pub(super) fn push(&mut self, sample: NewSample, fill: impl FnOnce(&mut Vec<u8>)) {
        let NewSample { time, duration, key } = sample;
        let before = self.bytes.len();
        fill(&mut self.bytes);
        // `new` is given less than 2^31 bytes.
        let size = (self.bytes.len() - before) as u32;
        self.samples.push(WaitingSample { time, duration, size, key });
    }

    /// Forgets the first `count` samples.
    pub(super) fn written(&mut self, count: usize) {
        if let Some(last) = self.samples[..count].last() {
            self.end = last.time + u64::from(last.duration.max(1));
        }
        self.bytes.drain(..size(&self.samples[..count]));
        self.samples.drain(..count);
    }
}

fn size(samples: &[WaitingSample]) -> usize {
    samples.iter().map(|sample| sample.size as usize).sum()
}
