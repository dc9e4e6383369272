//! The call in virtual time: no sockets, no clock. The same seed gives the same bytes.

use crate::network::HEADERS;
use crate::party::{Party, Recorded, TICK};
use crate::progress::Progress;
use anyhow::Result;
use moim_media::Instant;
use moim_netsim::{LinkConfig, Network, Side};

/// Lets both parties call through `link` in each direction, and returns what is left of them.
pub(crate) fn run(
    [mut a, mut b]: [Party; 2],
    link: LinkConfig,
    seed: u64,
    progress: &mut Progress,
) -> Result<[Recorded; 2]> {
    let mut network = Network::new(link.clone(), link, seed)?;
    let mut buffer = [0; 1_500];
    let (mut now, mut next_tick) = (Instant::EPOCH, Instant::EPOCH);
    let mut goes_on = true;
    while goes_on {
        for (side, party) in [(Side::A, &mut a), (Side::B, &mut b)] {
            while let Some(delivery) = network.poll(now, side) {
                let datagram: Vec<u8> = delivery.payload;
                party.handle_datagram(now, &datagram);
            }
            if party.poll_timeout().is_some_and(|timeout| timeout <= now) {
                party.handle_timeout(now);
            }
        }
        if next_tick <= now {
            // Coding is nearly all the work, and within a tick the parties have nothing to do with one another.
            (goes_on, _) = rayon::join(|| a.tick(now), || b.tick(now));
        }
        for (side, party) in [(Side::A, &mut a), (Side::B, &mut b)] {
            while let Some(transmit) = party.poll_transmit(now, &mut buffer) {
                network.send(now, side, transmit.len + HEADERS, buffer[..transmit.len].to_vec());
            }
        }
        if next_tick <= now {
            progress.at(a.elapsed(), &a.stats());
            next_tick += TICK;
        }
        let events = [network.poll_timeout(), a.poll_timeout(), b.poll_timeout()];
        now = events.into_iter().flatten().min().unwrap_or(next_tick).clamp(now, next_tick);
    }
    Ok([a.finish()?, b.finish()?])
}
