//! A bad network between real sockets.

use crate::Clock;
use crate::ports::{PerPort, Port, Ports, RtcpPort};
use crate::wait::wait_readable;
use moim_netsim::{ConfigError, LinkConfig, LinkStats, Network, Side};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Which network a proxy plays, and on which ports.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// What happens to datagrams from A.
    pub from_a: LinkConfig,
    /// What happens to datagrams from B.
    pub from_b: LinkConfig,
    /// Of the dice of both.
    pub seed: u64,
    /// Streams that share the network, each with its own ports.
    pub streams: usize,
    /// Where the RTCP of each stream goes.
    pub rtcp: RtcpPort,
    /// The address to listen at.
    pub ip: IpAddr,
}

impl Default for ProxyConfig {
    /// A perfect network for one stream on the loopback device.
    fn default() -> Self {
        Self {
            from_a: LinkConfig::default(),
            from_b: LinkConfig::default(),
            seed: 0,
            streams: 1,
            rtcp: RtcpPort::Muxed,
            ip: Ipv4Addr::LOCALHOST.into(),
        }
    }
}

/// Why a proxy did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The operating system refused a socket or a thread.
    #[error("the proxy cannot start")]
    Io(#[from] io::Error),
    /// There is no such network.
    #[error("there can be no such network")]
    Config(#[from] ConfigError),
}

/// What a proxy did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProxyStats {
    /// What the network did to datagrams from A.
    pub from_a: LinkStats,
    /// What the network did to datagrams from B.
    pub from_b: LinkStats,
    /// Datagrams that came through for a party nobody has heard of yet; lost.
    pub unroutable: u64,
    /// Datagrams that came through and that the operating system did not take; lost.
    pub refused: u64,
}

/// A network of `moim-netsim` between two parties with real sockets, in a thread of its own.
///
/// Each party sends to [`address`](Self::address) of its own side, and receives from there what the other one
/// sends. Where a party is, the proxy learns from its newest datagram, unless it was [told](Self::set_party).
/// Streams and their RTCP share one network, as they share one path. The proxy ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    addresses: Vec<[PerPort<SocketAddr>; 2]>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Proxy {
    /// Binds the sockets and starts the thread. Time on the network, for instance in traces, is that of `clock`.
    ///
    /// # Errors
    ///
    /// No such network, or no sockets or thread for it.
    pub fn start(config: ProxyConfig, clock: Clock) -> Result<Self, ProxyError> {
        let network = Network::new(config.from_a, config.from_b, config.seed)?;
        let bind = || Ports::bind(SocketAddr::new(config.ip, 0), config.rtcp);
        let mut streams = Vec::new();
        let mut addresses = Vec::new();
        for _ in 0..config.streams {
            let ports = [bind()?, bind()?];
            addresses.push([ports[0].addresses()?, ports[1].addresses()?]);
            streams.push(ports);
        }
        let shared = Arc::new(Shared::new(config.streams));
        let route = Route { clock, network, streams, shared: Arc::clone(&shared) };
        let thread = thread::Builder::new().name("proxy".into()).spawn(move || route.run())?;
        Ok(Self { addresses, shared, thread: Some(thread) })
    }

    /// Where the party at `side` sends datagrams of `port` of a stream to, and receives them from.
    ///
    /// # Panics
    ///
    /// When there is no such stream.
    #[must_use]
    pub fn address(&self, side: Side, stream: usize, port: Port) -> SocketAddr {
        *self.addresses[stream][index(side)].of(port)
    }

    /// Tells where the party at `side` receives datagrams of `port` of a stream, instead of learning it.
    ///
    /// # Panics
    ///
    /// When there is no such stream.
    pub fn set_party(&self, side: Side, stream: usize, port: Port, address: SocketAddr) {
        *self.shared.state().party(side, stream, port) = Party::Told(address);
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> ProxyStats {
        self.shared.state().stats
    }

    /// Ends the thread and returns what happened.
    ///
    /// # Errors
    ///
    /// When the thread ended earlier, because a socket failed.
    pub fn stop(mut self) -> io::Result<ProxyStats> {
        self.join()?;
        Ok(self.stats())
    }

    fn join(&mut self) -> io::Result<()> {
        self.shared.stop.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the proxy's thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ended = self.join();
    }
}

/// What the thread and the owner of a proxy both see.
#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    parties: Vec<[PerPort<Party>; 2]>,
    stats: ProxyStats,
}

/// Where a party receives.
#[derive(Clone, Copy, Debug, Default)]
enum Party {
    #[default]
    Unknown,
    Learned(SocketAddr),
    Told(SocketAddr),
}

impl Shared {
    fn new(streams: usize) -> Self {
        let state = State { parties: vec![Default::default(); streams], stats: ProxyStats::default() };
        Self { stop: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Counters and addresses stay sound whatever thread panicked while it held them.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn party(&mut self, side: Side, stream: usize, port: Port) -> &mut Party {
        self.parties[stream][index(side)].of_mut(port)
    }
}

impl Party {
    fn learn(&mut self, address: SocketAddr) {
        if !matches!(self, Self::Told(_)) {
            *self = Self::Learned(address);
        }
    }

    fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Unknown => None,
            Self::Learned(address) | Self::Told(address) => Some(address),
        }
    }
}

fn index(side: Side) -> usize {
    match side {
        Side::A => 0,
        Side::B => 1,
    }
}

/// A datagram on its way.
#[derive(Clone, Debug)]
struct Datagram {
    stream: usize,
    port: Port,
    bytes: Vec<u8>,
}

/// The proxy's thread.
struct Route {
    clock: Clock,
    network: Network<Datagram>,
    streams: Vec<[Ports; 2]>,
    shared: Arc<Shared>,
}

impl Route {
    /// How long a wish to stop may have to wait.
    const STOP: Duration = Duration::from_millis(20);
    /// Datagrams taken from one socket before the others have their turn.
    const BATCH: usize = 64;

    fn run(mut self) -> io::Result<()> {
        let mut buffer = vec![0; 65_535].into_boxed_slice();
        while !self.shared.stop.load(Ordering::Relaxed) {
            let now = self.clock.now();
            let due = self.network.poll_timeout().map_or(Self::STOP, |due| due.since(now));
            wait_readable(self.streams.iter().flatten().flat_map(Ports::sockets), due.min(Self::STOP))?;
            for side in Side::BOTH {
                self.receive(side, &mut buffer)?;
            }
            for side in Side::BOTH {
                self.deliver(side);
            }
            let mut state = self.shared.state();
            state.stats.from_a = self.network.link_from(Side::A).stats();
            state.stats.from_b = self.network.link_from(Side::B).stats();
        }
        Ok(())
    }

    /// Puts what `side` sent on the network.
    fn receive(&mut self, side: Side, buffer: &mut [u8]) -> io::Result<()> {
        for (stream, ports) in self.streams.iter().map(|ports| &ports[index(side)]).enumerate() {
            for port in ports.ports() {
                for _ in 0..Self::BATCH {
                    let Some((len, from)) = ports.receive(port, buffer)? else { break };
                    self.shared.state().party(side, stream, port).learn(from);
                    let bytes = buffer[..len].to_vec();
                    self.network.send(
                        self.clock.now(),
                        side,
                        len + headers(from),
                        Datagram { stream, port, bytes },
                    );
                }
            }
        }
        Ok(())
    }

    /// Sends what has arrived at `side` on to the party there.
    fn deliver(&mut self, side: Side) {
        while let Some(delivery) = self.network.poll(self.clock.now(), side) {
            let Datagram { stream, port, bytes } = delivery.payload;
            let mut state = self.shared.state();
            let Some(party) = state.party(side, stream, port).address() else {
                state.stats.unroutable += 1;
                continue;
            };
            if self.streams[stream][index(side)].send(port, &bytes, party).is_err() {
                state.stats.refused += 1;
            }
        }
    }
}

/// Bytes of IP and UDP headers on a datagram (RFC 791, RFC 8200, RFC 768).
fn headers(from: SocketAddr) -> usize {
    if from.is_ipv4() { 20 + 8 } else { 40 + 8 }
}

#[cfg(test)]
mod tests;
