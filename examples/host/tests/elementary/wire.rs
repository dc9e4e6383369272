//! A UDP port of ours, served by the host's run loop.

use host::{Clock, Driver, Engine, Port, Ports, RtcpPort, Ticker, Transmit};
use moim_media::Instant;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::time::Duration;

pub(crate) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How often something is done: a packet a millisecond is slow enough for everybody.
const BEAT: Duration = Duration::from_millis(1);
/// 60 s.
const PATIENCE: u64 = 60_000;

/// Sockets, and what goes through them.
pub(crate) struct Wire {
    clock: Clock,
    driver: Driver,
    mail: Mail,
}

#[derive(Default)]
pub(crate) struct Mail {
    /// To be sent now.
    out: Option<Vec<u8>>,
    /// What came to either port.
    came: Vec<Vec<u8>>,
}

impl Wire {
    /// On a free port, or on two.
    pub(crate) fn new(rtcp: RtcpPort) -> Self {
        let clock = Clock::start();
        let ports = Ports::bind(ANY, rtcp).expect("free ports");
        Self { clock, driver: Driver::new(clock, vec![ports]), mail: Mail::default() }
    }

    /// The port for media.
    pub(crate) fn port(&self) -> u16 {
        self.driver.ports(0).address(Port::Rtp).expect("a bound port").port()
    }

    /// Sends `datagrams` to `address`, one after the other.
    pub(crate) fn send(&mut self, datagrams: Vec<Vec<u8>>, address: SocketAddr) {
        self.driver.set_peer(0, Port::Rtp, address);
        let (count, mut datagrams) = (datagrams.len() as u64, datagrams.into_iter());
        self.run("all is sent", |mail| {
            mail.out = datagrams.next();
            mail.out.is_none()
        });
        assert_eq!(self.driver.stats().sent, count, "the system refused a datagram");
    }

    /// What has come by the time that it is `enough`.
    pub(crate) fn receive(&mut self, what: &str, mut enough: impl FnMut(&[Vec<u8>]) -> bool) -> &[Vec<u8>] {
        self.run(what, |mail| enough(&mail.came));
        &self.mail.came
    }

    fn run(&mut self, what: &str, mut done: impl FnMut(&mut Mail) -> bool) {
        let mut ticker = Ticker::new(self.clock.now(), BEAT);
        let on_tick = |mail: &mut Mail, tick: host::Tick| {
            assert!(tick.number < PATIENCE, "after 60 s still not: {what}");
            if done(mail) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.driver.run(&mut self.mail, &mut ticker, on_tick).expect("the sockets work");
    }
}

impl Engine for Mail {
    fn handle_datagram(&mut self, _now: Instant, _stream: usize, _port: Port, datagram: &[u8]) {
        self.came.push(datagram.to_vec());
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_transmit(&mut self, _now: Instant, buffer: &mut [u8]) -> Option<Transmit> {
        let datagram = self.out.take()?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Some(Transmit { stream: 0, port: Port::Rtp, len: datagram.len() })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
