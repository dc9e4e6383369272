//! A rate limit and the queue before it.

use crate::config::ConfigError;
use crate::trace::{Trace, TracePoint};
use alloc::collections::VecDeque;
use core::time::Duration;
use moim_media::Instant;

/// The narrowest point of a path: packets pass one after the other, wait in a queue, and are dropped when it is
/// full (drop-tail).
#[derive(Clone, Debug, PartialEq)]
pub struct Bottleneck {
    /// How fast packets pass.
    pub capacity: Capacity,
    /// How many wait.
    pub queue: QueueLimit,
}

/// How fast packets pass a bottleneck.
#[derive(Clone, Debug, PartialEq)]
pub enum Capacity {
    /// Always the same.
    Constant {
        /// Above zero.
        bits_per_second: u64,
    },
    /// Changing over time; the trace's delay and loss apply too.
    Trace(Trace),
}

/// When a queue is full. A packet that finds nobody before it is never dropped, however large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueLimit {
    /// When the packets in it, the one that is being sent included, would pass this many bytes.
    Bytes(usize),
    /// When a packet would wait longer than this before its own sending begins.
    Time(Duration),
}

impl Bottleneck {
    /// A constant rate and a queue limited by waiting time.
    #[must_use]
    pub const fn new(bits_per_second: u64, max_wait: Duration) -> Self {
        Self { capacity: Capacity::Constant { bits_per_second }, queue: QueueLimit::Time(max_wait) }
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        match self.capacity {
            Capacity::Constant { bits_per_second: 0 } => Err(ConfigError::NoCapacity),
            Capacity::Constant { .. } | Capacity::Trace(_) => Ok(()),
        }
    }

    /// What the trace says about a time, when there is one.
    pub(crate) fn conditions(&self, at: Instant) -> Option<TracePoint> {
        match &self.capacity {
            Capacity::Constant { .. } => None,
            Capacity::Trace(trace) => Some(trace.conditions(at)),
        }
    }
}

/// The queue before a bottleneck.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    bottleneck: Bottleneck,
    /// When the last packet will have passed.
    free: Instant,
    /// Of each packet not passed yet: when it will have, and its bytes.
    packets: VecDeque<(Instant, usize)>,
    max_packets: usize,
    bytes: usize,
}

impl Queue {
    pub(crate) fn new(bottleneck: Bottleneck, max_packets: usize) -> Self {
        let packets = VecDeque::with_capacity(max_packets);
        Self { bottleneck, free: Instant::EPOCH, packets, max_packets, bytes: 0 }
    }

    pub(crate) fn bottleneck(&self) -> &Bottleneck {
        &self.bottleneck
    }

    /// When a packet of `size` bytes that arrives `now` will have passed; `None` when it is dropped. `now` never
    /// goes back.
    pub(crate) fn push(&mut self, now: Instant, size: usize) -> Option<Instant> {
        self.expire(now);
        let fits = self.packets.is_empty()
            || self.packets.len() < self.max_packets
                && match self.bottleneck.queue {
                    QueueLimit::Bytes(max) => self.bytes.saturating_add(size) <= max,
                    QueueLimit::Time(max) => self.free.since(now) <= max,
                };
        if !fits {
            return None;
        }
        self.free = self.finish(self.free.max(now), size);
        self.packets.push_back((self.free, size));
        self.bytes = self.bytes.saturating_add(size);
        Some(self.free)
    }

    /// Bytes that have not passed `now`.
    pub(crate) fn bytes(&self, now: Instant) -> usize {
        self.packets.iter().rev().take_while(|(passed, _)| *passed > now).map(|(_, size)| size).sum()
    }

    fn expire(&mut self, now: Instant) {
        while let Some(&(passed, size)) = self.packets.front()
            && passed <= now
        {
            self.packets.pop_front();
            self.bytes = self.bytes.saturating_sub(size);
        }
    }

    fn finish(&self, start: Instant, size: usize) -> Instant {
        let bits = (size as u64).saturating_mul(8);
        match &self.bottleneck.capacity {
            Capacity::Constant { bits_per_second } => {
                let nanos = (u128::from(bits) * 1_000_000_000).div_ceil(u128::from(*bits_per_second));
                start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            Capacity::Trace(trace) => trace.finish(start, bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A byte per millisecond.
    const RATE: Capacity = Capacity::Constant { bits_per_second: 8_000 };
    const START: Instant = Instant::from_millis(1_000);

    fn queue(queue: QueueLimit) -> Queue {
        Queue::new(Bottleneck { capacity: RATE, queue }, 100)
    }

    fn after(millis: u64) -> Instant {
        START + Duration::from_millis(millis)
    }

    #[test]
    fn packets_wait_for_one_another() {
        let mut queue = queue(QueueLimit::Bytes(1_000));
        assert_eq!(queue.push(START, 20), Some(after(20)));
        assert_eq!(queue.push(after(5), 10), Some(after(30)));
        assert_eq!(queue.bytes(after(5)), 30);
        assert_eq!(queue.bytes(after(20)), 10);
        assert_eq!(queue.push(after(100), 1), Some(after(101)));
    }

    #[test]
    fn a_queue_of_bytes_counts_the_packet_being_sent() {
        let mut queue = queue(QueueLimit::Bytes(100));
        assert!(queue.push(START, 60).is_some());
        assert!(queue.push(START, 40).is_some());
        assert_eq!(queue.push(after(59), 1), None);
        assert!(queue.push(after(60), 60).is_some());
        assert!(queue.push(after(160), 5_000).is_some(), "an idle bottleneck takes any packet");
    }

    #[test]
    fn a_queue_of_time_counts_the_wait() {
        let mut queue = queue(QueueLimit::Time(Duration::from_millis(50)));
        assert!(queue.push(START, 50).is_some());
        assert!(queue.push(START, 10).is_some());
        assert_eq!(queue.push(after(9), 1), None);
        assert_eq!(queue.push(after(10), 1), Some(after(61)));
    }

    #[test]
    fn the_number_of_packets_is_bounded() {
        let mut queue = queue(QueueLimit::Time(Duration::MAX));
        let taken = (0..1_000).filter(|_| queue.push(START, 1).is_some()).count();
        assert_eq!(taken, 100);
    }
}
