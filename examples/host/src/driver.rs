//! The run loop between a sans-IO engine and the sockets of one stream.

use crate::Clock;
use crate::ports::{PerPort, Port, Ports};
use crate::ticker::{Tick, Ticker};
use crate::wait::wait_readable;
use moim_media::Instant;
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;

/// What a driver needs of an engine: datagrams and time in, datagrams and the next deadline out.
pub trait Engine {
    /// A datagram arrived at `port`; at [`Port::Rtp`] that may be RTCP (RFC 5761). It may be empty, oversized or
    /// hostile.
    fn handle_datagram(&mut self, now: Instant, port: Port, datagram: &[u8]);

    /// The time that [`poll_timeout`](Self::poll_timeout) named has come; afterwards it names another.
    fn handle_timeout(&mut self, now: Instant);

    /// Writes the next datagram to send into `buffer`, which holds the largest there is. Called until `None`
    /// after every other call.
    fn poll_transmit(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Transmit>;

    /// When the engine wants to be called, if nothing happens before; asked after every other call.
    fn poll_timeout(&self) -> Option<Instant>;
}

/// A datagram to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// From which port; RTCP goes through the RTP port when it has none of its own.
    pub port: Port,
    /// Bytes written to the buffer.
    pub len: usize,
}

/// What a driver did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriverStats {
    /// Datagrams received.
    pub received: u64,
    /// Datagrams sent.
    pub sent: u64,
    /// Datagrams that the operating system did not take; lost.
    pub refused: u64,
    /// Datagrams for a peer that is not known yet; lost.
    pub unroutable: u64,
}

/// Runs an engine on the ports of one stream, in the thread of its caller.
#[derive(Debug)]
pub struct Driver {
    clock: Clock,
    ports: Ports,
    peers: PerPort<Option<SocketAddr>>,
    buffer: Box<[u8]>,
    stats: DriverStats,
}

impl Driver {
    /// The largest datagram UDP can carry; none is ever cut.
    const MAX_DATAGRAM: usize = 65_535;
    /// Datagrams handled in one direction before the clock is looked at again: a flood must not stop the beat.
    const BATCH: usize = 64;

    /// A driver that knows no peer yet: whoever sends to a port first will be sent to.
    #[must_use]
    pub fn new(clock: Clock, ports: Ports) -> Self {
        let buffer = vec![0; Self::MAX_DATAGRAM].into_boxed_slice();
        Self { clock, ports, peers: PerPort::default(), buffer, stats: DriverStats::default() }
    }

    /// Sends to `address` what the engine sends from `port`.
    pub fn set_peer(&mut self, port: Port, address: SocketAddr) {
        *self.peers.of_mut(port) = Some(address);
    }

    /// Where the engine's datagrams from `port` go, if that is known.
    #[must_use]
    pub fn peer(&self, port: Port) -> Option<SocketAddr> {
        *self.peers.of(self.effective(port))
    }

    /// The sockets.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> DriverStats {
        self.stats
    }

    /// Runs `engine` until `on_tick`, called at every tick of `ticker`, breaks; what the engine then has to send is
    /// still sent. Datagrams are served between ticks, and waited for with an accuracy of about 0.1 ms on Linux.
    ///
    /// # Errors
    ///
    /// When a socket or waiting for it fails. Datagrams that meet a dead end (ICMP) are losses, not errors.
    pub fn run<E: Engine>(
        &mut self,
        engine: &mut E,
        ticker: &mut Ticker,
        mut on_tick: impl FnMut(&mut E, Tick) -> ControlFlow<()>,
    ) -> io::Result<()> {
        loop {
            let now = self.clock.now();
            while let Some(tick) = ticker.poll(now) {
                let flow = on_tick(engine, tick);
                self.transmit(engine);
                if flow.is_break() {
                    return Ok(());
                }
            }
            if engine.poll_timeout().is_some_and(|timeout| timeout <= now) {
                engine.handle_timeout(now);
            }
            let received = self.receive(engine)?;
            let sent = self.transmit(engine);
            if received < Self::BATCH && sent < Self::BATCH {
                let deadline = engine.poll_timeout().unwrap_or(Instant::MAX).min(ticker.next());
                wait_readable(self.ports.sockets(), deadline.since(self.clock.now()))?;
            }
        }
    }

    /// Hands waiting datagrams to the engine; at most [`Self::BATCH`] of each port. Returns how many of one port.
    fn receive(&mut self, engine: &mut impl Engine) -> io::Result<usize> {
        let mut most = 0;
        for port in self.ports.ports() {
            let mut count = 0;
            while count < Self::BATCH
                && let Some((len, from)) = self.ports.receive(port, &mut self.buffer)?
            {
                self.peers.of_mut(port).get_or_insert(from);
                engine.handle_datagram(self.clock.now(), port, &self.buffer[..len]);
                count += 1;
            }
            self.stats.received += count as u64;
            most = most.max(count);
        }
        Ok(most)
    }

    /// Sends what the engine has to send; at most [`Self::BATCH`] datagrams. Returns how many.
    fn transmit(&mut self, engine: &mut impl Engine) -> usize {
        let now = self.clock.now();
        for count in 0..Self::BATCH {
            let Some(Transmit { port, len }) = engine.poll_transmit(now, &mut self.buffer) else {
                return count;
            };
            let Some(peer) = self.peer(port) else {
                self.stats.unroutable += 1;
                continue;
            };
            match self.ports.send(port, &self.buffer[..len], peer) {
                Ok(()) => self.stats.sent += 1,
                Err(_) => self.stats.refused += 1,
            }
        }
        Self::BATCH
    }

    /// The port that has a socket and does the work of `port`.
    fn effective(&self, port: Port) -> Port {
        if self.ports.ports().any(|own| own == port) { port } else { Port::Rtp }
    }
}

#[cfg(test)]
mod tests;
