//! One direction of a path: packets in, the same packets out, later, twice or never.

use crate::bottleneck::Queue;
use crate::config::{ConfigError, LinkConfig, Order};
use crate::episodes::EpisodesState;
use crate::jitter::JitterState;
use crate::loss::LossState;
use crate::random::{Model, Random};
use crate::reorder::ReorderState;
use alloc::collections::BinaryHeap;
use core::cmp::{Ordering, Reverse};
use core::time::Duration;
use moim_media::Instant;

/// One direction of a path, carrying packets with a payload `T`.
///
/// All is decided when a packet is sent, from the configuration, the seed and what was sent before; when and how
/// often the link is polled changes nothing, as long as it is polled often enough not to be full. All memory is
/// allocated by [`new`](Self::new), except what cloning a `T` allocates when a packet is duplicated.
#[derive(Clone, Debug)]
pub struct Link<T> {
    queue: Option<Queue>,
    loss: LossState,
    trace_loss: Random,
    duplicate: f64,
    duplication: Random,
    delay: Duration,
    jitter: JitterState,
    stalls: Option<EpisodesState>,
    order: Order,
    reorder: ReorderState,
    max_packets: usize,
    /// The latest time a link was told; time does not go back.
    now: Instant,
    /// When the last packet arrives, of those that keep the order.
    last_due: Instant,
    under_way: BinaryHeap<Reverse<UnderWay<T>>>,
    launched: u64,
    newest_delivered: Option<u64>,
    stats: LinkStats,
}

/// What became of a packet at [`Link::send`]. A real sender would not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It will arrive.
    Queued,
    /// It will arrive twice.
    Duplicated,
    /// It was lost behind the bottleneck.
    Lost,
    /// The bottleneck's queue was full.
    QueueFull,
    /// As many packets were under way as the link may hold.
    LinkFull,
}

/// A packet that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<T> {
    /// What was sent.
    pub payload: T,
    /// Its size in bytes, as given to [`Link::send`].
    pub size: usize,
    /// How many were sent on this link before it; both copies of a duplicated packet have the same number.
    pub number: u64,
    /// When it was sent.
    pub sent: Instant,
    /// When it arrived; at or before the `now` of the poll.
    pub due: Instant,
}

/// What a link did so far. `sent + duplicated` is always the sum of `lost`, `queue_full`, `link_full`,
/// `delivered` and what is [under way](Link::under_way).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkStats {
    /// Packets given to [`Link::send`].
    pub sent: u64,
    /// Of these, lost by the loss model or the trace.
    pub lost: u64,
    /// Of these, dropped by the bottleneck's queue.
    pub queue_full: u64,
    /// Of these, dropped because the link holds no more; a simulation with any has too small a `max_packets`.
    pub link_full: u64,
    /// Copies added.
    pub duplicated: u64,
    /// Packets taken out by [`Link::poll`], copies counted.
    pub delivered: u64,
    /// Of these, delivered after one that was sent later.
    pub reordered: u64,
}

impl<T> Link<T> {
    /// A link whose dice are those of `seed`.
    ///
    /// # Errors
    ///
    /// A setting that cannot be.
    pub fn new(config: LinkConfig, seed: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        let max_packets = config.max_packets;
        let stalls = |episodes| EpisodesState::new(episodes, Random::new(seed, Model::Stalls));
        Ok(Self {
            queue: config.bottleneck.map(|bottleneck| Queue::new(bottleneck, max_packets)),
            loss: LossState::new(config.loss, seed),
            trace_loss: Random::new(seed, Model::TraceLoss),
            duplicate: config.duplicate,
            duplication: Random::new(seed, Model::Duplicate),
            delay: config.delay,
            jitter: JitterState::new(config.jitter, config.bursts, seed),
            stalls: config.stalls.map(stalls),
            order: config.order,
            reorder: ReorderState::new(config.reorder, seed),
            max_packets,
            now: Instant::EPOCH,
            last_due: Instant::EPOCH,
            under_way: BinaryHeap::with_capacity(max_packets),
            launched: 0,
            newest_delivered: None,
            stats: LinkStats::default(),
        })
    }

    /// Takes the next packet that has arrived by `now`, in the order of arrival. Call until `None`.
    ///
    /// The answer changes after [`send`](Self::send) and with time.
    #[must_use]
    pub fn poll(&mut self, now: Instant) -> Option<Delivery<T>> {
        self.under_way.peek().filter(|Reverse(next)| next.delivery.due <= now)?;
        let Reverse(UnderWay { delivery, .. }) = self.under_way.pop()?;
        self.stats.delivered += 1;
        if self.newest_delivered.is_some_and(|newest| newest > delivery.number) {
            self.stats.reordered += 1;
        }
        self.newest_delivered = self.newest_delivered.max(Some(delivery.number));
        Some(delivery)
    }

    /// When the next packet arrives; `None` while none is under way.
    ///
    /// The answer changes after [`send`](Self::send) and [`poll`](Self::poll).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.under_way.peek().map(|Reverse(next)| next.delivery.due)
    }

    /// Packets sent and neither lost nor delivered yet, copies counted.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Bytes that have not passed the bottleneck `now`, those later lost included; zero without a bottleneck.
    #[must_use]
    pub fn queued_bytes(&self, now: Instant) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.bytes(now))
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> LinkStats {
        self.stats
    }

    /// When a packet arrives that leaves the bottleneck at `departure`, which never goes back.
    fn arrival(&mut self, departure: Instant, delay: Duration) -> Instant {
        let mut due = departure + delay + self.jitter.next(departure);
        if let Some(end) = self.stalls.as_mut().and_then(|stalls| stalls.until(departure)) {
            due = due.max(end + delay);
        }
        let held_back = self.reorder.next();
        if self.order == Order::Kept {
            due = due.max(self.last_due);
        }
        if let Some(by) = held_back {
            // Not the measure for those behind it: they overtake.
            return due + by;
        }
        self.last_due = self.last_due.max(due);
        due
    }

    fn launch(&mut self, delivery: Delivery<T>) {
        self.under_way.push(Reverse(UnderWay { delivery, serial: self.launched }));
        self.launched += 1;
    }
}

impl<T: Clone> Link<T> {
    /// Sends a packet of `size` bytes on the wire, headers included. A `now` before an earlier one counts as the
    /// earlier one.
    pub fn send(&mut self, now: Instant, size: usize, payload: T) -> Sent {
        self.now = self.now.max(now);
        let sent = self.now;
        let number = self.stats.sent;
        self.stats.sent += 1;
        if self.under_way.len() >= self.max_packets {
            self.stats.link_full += 1;
            return Sent::LinkFull;
        }
        let mut departure = sent;
        let mut conditions = None;
        if let Some(queue) = &mut self.queue {
            let Some(passed) = queue.push(sent, size) else {
                self.stats.queue_full += 1;
                return Sent::QueueFull;
            };
            departure = passed;
            conditions = queue.bottleneck().conditions(departure);
        }
        // Both dice are rolled for every packet, so that neither model shifts the other's.
        let lost_by_trace = conditions.is_some_and(|point| self.trace_loss.chance(point.loss));
        if self.loss.next() | lost_by_trace {
            self.stats.lost += 1;
            return Sent::Lost;
        }
        let delay = conditions.and_then(|point| point.delay).unwrap_or(self.delay);
        let twice = self.duplication.chance(self.duplicate) && self.under_way.len() + 2 <= self.max_packets;
        if twice {
            let due = self.arrival(departure, delay);
            self.launch(Delivery { payload: payload.clone(), size, number, sent, due });
            self.stats.duplicated += 1;
        }
        let due = self.arrival(departure, delay);
        self.launch(Delivery { payload, size, number, sent, due });
        if twice { Sent::Duplicated } else { Sent::Queued }
    }
}

/// A packet between its sending and its delivery, ordered by arrival and then by sending.
#[derive(Clone, Debug)]
struct UnderWay<T> {
    delivery: Delivery<T>,
    serial: u64,
}

impl<T> UnderWay<T> {
    fn key(&self) -> (Instant, u64) {
        (self.delivery.due, self.serial)
    }
}

impl<T> PartialEq for UnderWay<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for UnderWay<T> {}

impl<T> PartialOrd for UnderWay<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for UnderWay<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests;
