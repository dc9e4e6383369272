//! Two engines on real sockets, with and without a bad network between them.

use super::*;
use crate::{Proxy, ProxyConfig, RtcpPort};
use moim_netsim::{LinkConfig, Loss, Side};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::thread;
use std::time::Duration;

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const PERIOD: Duration = Duration::from_millis(2);
/// A test that does not end by itself ends after this many ticks: six seconds.
const TICKS: u64 = 3_000;

/// Sends one numbered datagram per tick and keeps what the other one sent.
#[derive(Default)]
struct Counter {
    outgoing: Vec<(usize, Port, u8)>,
    received: Vec<(usize, Port, Vec<u8>)>,
    timeout: Option<Instant>,
    timeouts: Vec<Instant>,
}

impl Engine for Counter {
    fn handle_datagram(&mut self, _now: Instant, stream: usize, port: Port, datagram: &[u8]) {
        self.received.push((stream, port, datagram.to_vec()));
    }

    fn handle_timeout(&mut self, now: Instant) {
        assert!(self.timeout.take().is_some_and(|timeout| timeout <= now), "called before its time");
        self.timeouts.push(now);
    }

    fn poll_transmit(&mut self, _now: Instant, buffer: &mut [u8]) -> Option<Transmit> {
        let (stream, port, count) = self.outgoing.pop()?;
        buffer[0] = count;
        Some(Transmit { stream, port, len: 1 })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }
}

fn driver(clock: Clock, rtcp: RtcpPort) -> Driver {
    Driver::new(clock, vec![Ports::bind(ANY, rtcp).unwrap()])
}

/// Runs until `done`, sending a number at each of the first 20 ticks.
fn run(driver: &mut Driver, clock: Clock, done: impl Fn(&Counter) -> bool) -> Counter {
    let mut counter = Counter::default();
    let mut ticker = Ticker::new(clock.now(), PERIOD);
    let on_tick = |counter: &mut Counter, tick: Tick| {
        assert!(tick.due <= tick.now);
        if tick.number < 20 {
            counter.outgoing.push((0, Port::Rtp, tick.number as u8));
        }
        if tick.number > 20 && done(counter) || tick.number > TICKS {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    driver.run(&mut counter, &mut ticker, on_tick).unwrap();
    counter
}

fn numbers(counter: &Counter) -> Vec<u8> {
    counter.received.iter().map(|(.., datagram)| datagram[0]).collect()
}

#[test]
fn two_parties_talk_through_a_proxy() {
    let clock = Clock::start();
    let from_b = LinkConfig { loss: Loss::random(1.0), ..LinkConfig::default() };
    let from_a = LinkConfig { delay: Duration::from_millis(5), ..LinkConfig::default() };
    let proxy = Proxy::start(ProxyConfig { from_a, from_b, ..ProxyConfig::default() }, clock).unwrap();
    let [mut a, mut b] = Side::BOTH.map(|side| {
        let driver = driver(clock, RtcpPort::Muxed);
        proxy.set_party(side, 0, Port::Rtp, driver.ports(0).address(Port::Rtp).unwrap());
        driver
    });
    a.set_peer(0, Port::Rtp, proxy.address(Side::A, 0, Port::Rtp));
    b.set_peer(0, Port::Rtp, proxy.address(Side::B, 0, Port::Rtp));
    let (heard_a, heard_b) = thread::scope(|scope| {
        let at_a = scope.spawn(|| run(&mut a, clock, |_| true));
        let heard_b = run(&mut b, clock, |counter| counter.received.len() == 20);
        (at_a.join().unwrap(), heard_b)
    });
    assert_eq!(numbers(&heard_b), (0..20).collect::<Vec<_>>());
    assert!(heard_a.received.is_empty());
    assert_eq!(a.stats(), DriverStats { sent: 20, ..DriverStats::default() });
    assert_eq!(b.stats(), DriverStats { sent: 20, received: 20, ..DriverStats::default() });
    let stats = proxy.stop().unwrap();
    assert_eq!((stats.from_a.delivered, stats.from_b.lost), (20, 20));
}

#[test]
fn the_first_sender_becomes_the_peer() {
    let clock = Clock::start();
    let mut driver = driver(clock, RtcpPort::Next);
    let stranger = UdpSocket::bind(ANY).unwrap();
    stranger.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stranger.send_to(b"ffmpeg", driver.ports(0).address(Port::Rtp).unwrap()).unwrap();
    let counter = run(&mut driver, clock, |_| true);
    assert_eq!(counter.received, [(0, Port::Rtp, b"ffmpeg".to_vec())]);
    assert_eq!(driver.peer(0, Port::Rtp), Some(stranger.local_addr().unwrap()));
    assert_eq!(driver.peer(0, Port::Rtcp), None);
    let mut buffer = [0; 8];
    assert_eq!(stranger.recv(&mut buffer).unwrap(), 1);
    assert!(driver.stats().unroutable <= 1, "only what was sent before anybody was known");
}

#[test]
fn rtcp_has_its_own_port_or_shares() {
    let clock = Clock::start();
    for (rtcp, expected) in [(RtcpPort::Next, Port::Rtcp), (RtcpPort::Muxed, Port::Rtp)] {
        let mut driver = driver(clock, rtcp);
        let peer = UdpSocket::bind(ANY).unwrap();
        peer.send_to(&[200], driver.ports(0).address(Port::Rtcp).unwrap()).unwrap();
        let counter = run(&mut driver, clock, |counter| !counter.received.is_empty());
        assert_eq!(counter.received, [(0, expected, vec![200])]);
        assert_eq!(driver.peer(0, Port::Rtcp), Some(peer.local_addr().unwrap()));
    }
}

#[test]
fn every_stream_has_ports_and_a_peer_of_its_own() {
    let clock = Clock::start();
    let streams = [RtcpPort::Next, RtcpPort::Muxed].map(|rtcp| Ports::bind(ANY, rtcp).unwrap());
    let mut driver = Driver::new(clock, streams.into());
    let peers = [0, 1].map(|stream| {
        let peer = UdpSocket::bind(ANY).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        peer.send_to(&[stream as u8], driver.ports(stream).address(Port::Rtp).unwrap()).unwrap();
        peer
    });
    let mut counter = Counter::default();
    let mut ticker = Ticker::new(clock.now(), PERIOD);
    let on_tick = |counter: &mut Counter, tick: Tick| {
        if counter.received.len() < 2 && tick.number < TICKS {
            return ControlFlow::Continue(());
        }
        // Of the last stream, which there is not, nothing comes of it.
        counter.outgoing = (0..3).map(|stream| (stream, Port::Rtp, 10 + stream as u8)).collect();
        ControlFlow::Break(())
    };
    driver.run(&mut counter, &mut ticker, on_tick).unwrap();
    counter.received.sort_unstable_by_key(|(stream, ..)| *stream);
    assert_eq!(counter.received, [(0, Port::Rtp, vec![0]), (1, Port::Rtp, vec![1])]);
    for (stream, peer) in peers.iter().enumerate() {
        assert_eq!(driver.peer(stream, Port::Rtp), Some(peer.local_addr().unwrap()));
        let mut buffer = [0; 8];
        let (len, from) = peer.recv_from(&mut buffer).unwrap();
        assert_eq!(buffer[..len], [10 + stream as u8]);
        assert_eq!(from, driver.ports(stream).address(Port::Rtp).unwrap());
    }
    assert_eq!((driver.peer(2, Port::Rtp), driver.stats().unroutable), (None, 1));
}

#[test]
fn odd_datagrams_and_dead_ends_do_not_end_the_loop() {
    let clock = Clock::start();
    let mut driver = driver(clock, RtcpPort::Muxed);
    let gone = UdpSocket::bind(ANY).unwrap().local_addr().unwrap();
    driver.set_peer(0, Port::Rtp, gone);
    let peer = UdpSocket::bind(ANY).unwrap();
    let address = driver.ports(0).address(Port::Rtp).unwrap();
    peer.send_to(&[], address).unwrap();
    peer.send_to(&[7; 65_507], address).unwrap();
    let counter = run(&mut driver, clock, |counter| counter.received.len() == 2);
    let lengths: Vec<_> = counter.received.iter().map(|(.., datagram)| datagram.len()).collect();
    assert_eq!(lengths, [0, 65_507]);
    let stats = driver.stats();
    assert_eq!(stats.sent + stats.refused, 20);
}

#[test]
fn timeouts_come_between_ticks() {
    let clock = Clock::start();
    let mut driver = driver(clock, RtcpPort::Muxed);
    let mut counter = Counter::default();
    let start = clock.now();
    let deadline = start + Duration::from_millis(30);
    counter.timeout = Some(deadline);
    let mut ticker = Ticker::new(start, Duration::from_millis(100));
    let on_tick = |_: &mut Counter, tick: Tick| match tick.number {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    driver.run(&mut counter, &mut ticker, on_tick).unwrap();
    let [came] = counter.timeouts[..] else { panic!("{:?}", counter.timeouts) };
    assert!(came >= deadline);
}
