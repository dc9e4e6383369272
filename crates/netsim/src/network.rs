//! Both directions between two parties.

use crate::config::{ConfigError, LinkConfig};
use crate::link::{Delivery, Link, Sent};
use crate::random::derive;
use moim_media::Instant;

/// One of two parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The party at the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Two links between two parties, with unrelated dice from one seed.
#[derive(Clone, Debug)]
pub struct Network<T> {
    from_a: Link<T>,
    from_b: Link<T>,
}

impl<T> Network<T> {
    /// A network that treats what A sends as `from_a` says and what B sends as `from_b` says.
    ///
    /// # Errors
    ///
    /// A setting of either that cannot be.
    pub fn new(from_a: LinkConfig, from_b: LinkConfig, seed: u64) -> Result<Self, ConfigError> {
        Ok(Self { from_a: Link::new(from_a, derive(seed, 1))?, from_b: Link::new(from_b, derive(seed, 2))? })
    }

    /// The link that carries what `side` sends.
    #[must_use]
    pub fn link_from(&self, side: Side) -> &Link<T> {
        match side {
            Side::A => &self.from_a,
            Side::B => &self.from_b,
        }
    }

    fn link_from_mut(&mut self, side: Side) -> &mut Link<T> {
        match side {
            Side::A => &mut self.from_a,
            Side::B => &mut self.from_b,
        }
    }

    /// Takes the next packet that has arrived at `side` by `now`, in the order of arrival. Call until `None`.
    #[must_use]
    pub fn poll(&mut self, now: Instant, side: Side) -> Option<Delivery<T>> {
        self.link_from_mut(side.other()).poll(now)
    }

    /// When the next packet arrives at either side; `None` while none is under way.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [self.from_a.poll_timeout(), self.from_b.poll_timeout()];
        timeouts.into_iter().flatten().min()
    }
}

impl<T: Clone> Network<T> {
    /// Sends a packet of `size` bytes on the wire from `side` to the other; see [`Link::send`].
    pub fn send(&mut self, now: Instant, side: Side, size: usize, payload: T) -> Sent {
        self.link_from_mut(side).send(now, size, payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loss;
    use core::time::Duration;

    #[test]
    fn packets_reach_the_other_side() {
        let delay = |ms| LinkConfig { delay: Duration::from_millis(ms), ..LinkConfig::default() };
        let mut network = Network::new(delay(30), delay(10), 1).unwrap();
        let start = Instant::from_millis(5);
        network.send(start, Side::A, 100, "from a");
        network.send(start, Side::B, 100, "from b");
        assert_eq!(network.poll_timeout(), Some(Instant::from_millis(15)));
        let late = Instant::from_millis(100);
        assert_eq!(network.poll(late, Side::A).map(|delivery| delivery.payload), Some("from b"));
        assert_eq!(network.poll(late, Side::B).map(|delivery| delivery.due), Some(Instant::from_millis(35)));
        assert_eq!(network.poll(late, Side::B), None);
        assert_eq!(network.poll_timeout(), None);
    }

    #[test]
    fn directions_roll_different_dice() {
        let half = LinkConfig { loss: Loss::random(0.5), ..LinkConfig::default() };
        let mut network = Network::new(half.clone(), half, 1).unwrap();
        let fates = |network: &mut Network<()>, side| -> alloc::vec::Vec<Sent> {
            (0..64).map(|ms| network.send(Instant::from_millis(ms), side, 1, ())).collect()
        };
        assert_ne!(fates(&mut network, Side::A), fates(&mut network, Side::B));
    }
}
