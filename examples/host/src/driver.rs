//! The run loop between a sans-IO engine and the sockets of its streams.

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
    /// A datagram arrived at `port` of `stream`; at [`Port::Rtp`] that may be RTCP (RFC 5761). It may be empty,
    /// oversized or hostile.
    fn handle_datagram(&mut self, now: Instant, stream: usize, port: Port, datagram: &[u8]);

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
    /// From the ports of which stream.
    pub stream: usize,
    /// From which of them; RTCP goes through the RTP port when it has none of its own.
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
    /// Datagrams for a peer that is not known yet, or of no stream there is; lost.
    pub unroutable: u64,
}

/// Runs an engine on the ports of its streams, in the thread of its caller.
///
/// Streams are counted from 0; where all share one port (RFC 8843) there is one.
#[derive(Debug)]
pub struct Driver {
    clock: Clock,
    streams: Vec<Stream>,
    buffer: Box<[u8]>,
    stats: DriverStats,
}

#[derive(Debug)]
struct Stream {
    ports: Ports,
    peers: PerPort<Option<SocketAddr>>,
}

impl Driver {
    /// The largest datagram UDP can carry; none is ever cut.
    const MAX_DATAGRAM: usize = 65_535;
    /// Datagrams handled in one direction before the clock is looked at again: a flood must not stop the beat.
    const BATCH: usize = 64;

    /// A driver of streams that know no peer yet: whoever sends to a port first will be sent to.
    #[must_use]
    pub fn new(clock: Clock, streams: Vec<Ports>) -> Self {
        let streams = streams.into_iter().map(|ports| Stream { ports, peers: PerPort::default() }).collect();
        let buffer = vec![0; Self::MAX_DATAGRAM].into_boxed_slice();
        Self { clock, streams, buffer, stats: DriverStats::default() }
    }

    /// Sends to `address` what the engine sends from `port` of `stream`.
    ///
    /// # Panics
    ///
    /// When there is no such stream.
    pub fn set_peer(&mut self, stream: usize, port: Port, address: SocketAddr) {
        *self.streams[stream].peers.of_mut(port) = Some(address);
    }

    /// Where the engine's datagrams from `port` of `stream` go, if that is known.
    #[must_use]
    pub fn peer(&self, stream: usize, port: Port) -> Option<SocketAddr> {
        self.streams.get(stream)?.peer(port)
    }

    /// The sockets of `stream`.
    ///
    /// # Panics
    ///
    /// When there is no such stream.
    #[must_use]
    pub fn ports(&self, stream: usize) -> &Ports {
        &self.streams[stream].ports
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
                let sockets = self.streams.iter().flat_map(|stream| stream.ports.sockets());
                wait_readable(sockets, deadline.since(self.clock.now()))?;
            }
        }
    }

    /// Hands waiting datagrams to the engine; at most [`Self::BATCH`] of each port. Returns the most of one port.
    fn receive(&mut self, engine: &mut impl Engine) -> io::Result<usize> {
        let mut most = 0;
        for (number, stream) in self.streams.iter_mut().enumerate() {
            for port in stream.ports.ports() {
                let mut count = 0;
                while count < Self::BATCH
                    && let Some((len, from)) = stream.ports.receive(port, &mut self.buffer)?
                {
                    stream.peers.of_mut(port).get_or_insert(from);
                    engine.handle_datagram(self.clock.now(), number, port, &self.buffer[..len]);
                    count += 1;
                }
                self.stats.received += count as u64;
                most = most.max(count);
            }
        }
        Ok(most)
    }

    /// Sends what the engine has to send; at most [`Self::BATCH`] datagrams. Returns how many.
    fn transmit(&mut self, engine: &mut impl Engine) -> usize {
        let now = self.clock.now();
        for count in 0..Self::BATCH {
            let Some(Transmit { stream, port, len }) = engine.poll_transmit(now, &mut self.buffer) else {
                return count;
            };
            let stream = self.streams.get(stream);
            let Some((stream, peer)) = stream.and_then(|stream| Some((stream, stream.peer(port)?))) else {
                self.stats.unroutable += 1;
                continue;
            };
            match stream.ports.send(port, &self.buffer[..len], peer) {
                Ok(()) => self.stats.sent += 1,
                Err(_) => self.stats.refused += 1,
            }
        }
        Self::BATCH
    }
}

impl Stream {
    /// Where what is sent from `port` goes.
    fn peer(&self, port: Port) -> Option<SocketAddr> {
        // The port that has a socket does the work of one that has none.
        let port = if self.ports.ports().any(|own| own == port) { port } else { Port::Rtp };
        *self.peers.of(port)
    }
}

#[cfg(test)]
mod tests;
