//! The way of a talk through a network: what becomes a recording on the other side.

use super::networks::Network;
use super::talk::{FRAME, Talk};
use crate::recording::Recording;
use anyhow::{Context, Result};
use core::time::Duration;
use moim_media::Instant;
use moim_netsim::Link;

/// When the first packet leaves, on the receiver's clock. A little before the receiver plays, so that without a network
/// next to nothing is waited for; and late enough that a slow clock never makes sound come before it was said.
pub const START: Duration = Duration::from_millis(199);
/// Bytes of IPv4 and UDP headers around each datagram.
const HEADERS: usize = 28;
/// Of a hundred packets so many are faster than what counts as the fastest: one that is lucky is no measure.
const LUCKY_PERCENT: usize = 2;

/// What came of a talk.
#[derive(Clone, Debug)]
pub struct Journey {
    /// When which packet came.
    pub recording: Recording,
    /// Packets sent.
    pub sent: usize,
    /// Packets that did not come.
    pub lost: usize,
    /// How long the fastest packets took.
    pub fastest: Duration,
}

impl Journey {
    /// Sends `talk` through `network`, whose dice are those of `seed`.
    ///
    /// # Errors
    ///
    /// When the network cannot be.
    pub fn new(talk: &Talk, network: &Network, seed: u64) -> Result<Self> {
        let link = network.link().map_err(anyhow::Error::from).and_then(|link| Ok(Link::new(link, seed)?));
        let mut link = link.with_context(|| format!("there can be no network {}", network.name))?;
        let mut journey = Self { recording: Recording::default(), sent: 0, lost: 0, fastest: Duration::ZERO };
        let mut transits = Vec::new();
        for (number, packet) in (0..).zip(&talk.packets) {
            let Some(packet) = packet else { continue };
            let now = sent_at(number, network.drift_ppm);
            link.send(now, packet.len() + HEADERS, packet.as_slice());
            journey.sent += 1;
            journey.arrive(&mut link, now, &mut transits);
        }
        journey.arrive(&mut link, Instant::MAX, &mut transits);
        journey.lost = journey.sent - transits.len().min(journey.sent);
        transits.sort_unstable();
        journey.fastest = transits.get(transits.len() * LUCKY_PERCENT / 100).copied().unwrap_or_default();
        Ok(journey)
    }

    fn arrive(&mut self, link: &mut Link<&[u8]>, now: Instant, transits: &mut Vec<Duration>) {
        while let Some(arrived) = link.poll(now) {
            self.recording.push(arrived.due, arrived.payload);
            transits.push(arrived.due.since(arrived.sent));
        }
    }
}

/// When the packet of frame `number` leaves, on the receiver's clock, from a sender whose own is `ppm` too fast.
#[must_use]
pub fn sent_at(number: u32, ppm: i32) -> Instant {
    let after = FRAME.as_secs_f64() * f64::from(number) / (1.0 + f64::from(ppm) * 1e-6);
    Instant::EPOCH + START + Duration::from_secs_f64(after)
}
