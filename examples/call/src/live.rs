//! The call as it is: each party with its own socket and thread, and the bad network as a proxy between them.

use crate::party::{Party, Recorded, TICK};
use crate::progress::Progress;
use anyhow::{Context, Result, anyhow};
use host::{Clock, Driver, Engine, Port, Ports, Proxy, ProxyConfig, RtcpPort, TickStats, Ticker, Transmit};
use moim_media::Instant;
use moim_netsim::{LinkConfig, Side};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

/// Time for both threads to be there before the first tick.
const HEAD_START: Duration = Duration::from_millis(50);

/// Lets both parties call through a proxy that treats each direction as `link` says. Returns what is left of them
/// and how steadily this machine let each of them run.
pub(crate) fn run(
    parties: [Party; 2],
    link: LinkConfig,
    seed: u64,
    clock: Clock,
    progress: &mut Progress,
) -> Result<[(Recorded, TickStats); 2]> {
    let config = ProxyConfig { from_a: link.clone(), from_b: link, seed, ..ProxyConfig::default() };
    let proxy = Proxy::start(config, clock)?;
    let start = clock.now() + HEAD_START;
    let [mut a, mut b] = parties;
    a.begin_at(start);
    b.begin_at(start);
    let mut at_a = Seat::new(Side::A, &proxy, clock, start)?;
    let mut at_b = Seat::new(Side::B, &proxy, clock, start)?;
    let outcome = thread::scope(|scope| {
        let b = thread::Builder::new().name("b".into()).spawn_scoped(scope, move || at_b.run(b, |_| ()))?;
        let a = thread::Builder::new()
            .name("a".into())
            .spawn_scoped(scope, || at_a.run(a, |party| progress.at(party.elapsed(), &party.stats())))?;
        let [a, b] = [a, b].map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a party panicked"))));
        anyhow::Ok([a?, b?])
    })?;
    proxy.stop()?;
    Ok(outcome)
}

/// Where a party sits: its socket and its beat.
struct Seat {
    driver: Driver,
    ticker: Ticker,
}

impl Seat {
    fn new(side: Side, proxy: &Proxy, clock: Clock, start: Instant) -> Result<Self> {
        let free = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        let ports = Ports::bind(free, RtcpPort::Muxed).context("no socket for a party")?;
        proxy.set_party(side, 0, Port::Rtp, ports.address(Port::Rtp)?);
        let mut driver = Driver::new(clock, vec![ports]);
        driver.set_peer(0, Port::Rtp, proxy.address(side, 0, Port::Rtp));
        Ok(Self { driver, ticker: Ticker::new(start, TICK) })
    }

    fn run(&mut self, mut party: Party, mut on_tick: impl FnMut(&Party)) -> Result<(Recorded, TickStats)> {
        self.driver.run(&mut party, &mut self.ticker, |party, tick| {
            let goes_on = party.tick(tick.now);
            on_tick(party);
            if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok((party.finish()?, self.ticker.stats()))
    }
}

impl Engine for Party {
    fn handle_datagram(&mut self, now: Instant, _stream: usize, _port: Port, datagram: &[u8]) {
        self.handle_datagram(now, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Transmit> {
        // One port carries all (RFC 5761, RFC 8843).
        let transmit = self.poll_transmit(now, buffer)?;
        Some(Transmit { stream: 0, port: Port::Rtp, len: transmit.len })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.poll_timeout()
    }
}
