//! Real sockets on loopback; what is asserted is what arrives, never how fast.

use super::*;
use moim_netsim::Loss;
use std::net::UdpSocket;

/// No datagram within this time on loopback means that there is none.
const PATIENCE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_millis(150);

fn party() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2_000];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    (buffer[..len].to_vec(), from)
}

fn start(config: ProxyConfig) -> Proxy {
    Proxy::start(config, Clock::start()).unwrap()
}

#[test]
fn datagrams_go_both_ways_between_learned_parties() {
    let proxy = start(ProxyConfig::default());
    let (a, b) = (party(), party());
    let [for_a, for_b] = Side::BOTH.map(|side| proxy.address(side, 0, Port::Rtp));
    b.send_to(b"hello", for_b).unwrap();
    // Nobody knows A yet; until the proxy has seen that, A stays silent.
    while proxy.stats().unroutable == 0 {
        thread::yield_now();
    }
    for count in 0..20_u8 {
        a.send_to(&[count], for_a).unwrap();
        assert_eq!(receive(&b), (vec![count], for_b), "from where B sends to");
        b.send_to(&[count, count], for_b).unwrap();
        assert_eq!(receive(&a), (vec![count, count], for_a));
    }
    a.send_to(&[], for_a).unwrap();
    assert_eq!(receive(&b).0, [], "an empty datagram is one");
    let stats = proxy.stop().unwrap();
    assert_eq!((stats.from_a.delivered, stats.from_b.delivered), (21, 21));
    assert_eq!((stats.unroutable, stats.refused), (1, 0));
}

#[test]
fn a_told_party_need_not_send() {
    let proxy = start(ProxyConfig::default());
    let (a, b, b_sends) = (party(), party(), party());
    proxy.set_party(Side::B, 0, Port::Rtp, b.local_addr().unwrap());
    proxy.set_party(Side::A, 0, Port::Rtp, a.local_addr().unwrap());
    // From another port than it receives at: what was told counts.
    b_sends.send_to(b"from elsewhere", proxy.address(Side::B, 0, Port::Rtp)).unwrap();
    assert_eq!(receive(&a).0, b"from elsewhere");
    a.send_to(b"to b", proxy.address(Side::A, 0, Port::Rtp)).unwrap();
    assert_eq!(receive(&b).0, b"to b");
}

#[test]
fn streams_and_ports_do_not_mix() {
    let proxy = start(ProxyConfig { streams: 2, rtcp: RtcpPort::Next, ..ProxyConfig::default() });
    let routes = [(0, Port::Rtp), (0, Port::Rtcp), (1, Port::Rtp), (1, Port::Rtcp)];
    let parties: Vec<_> = routes.iter().map(|_| (party(), party())).collect();
    for (&(stream, port), (_, b)) in routes.iter().zip(&parties) {
        proxy.set_party(Side::B, stream, port, b.local_addr().unwrap());
    }
    for (count, (&(stream, port), (a, _))) in (0..).zip(routes.iter().zip(&parties)) {
        a.send_to(&[count], proxy.address(Side::A, stream, port)).unwrap();
    }
    for (count, (_, b)) in (0..).zip(&parties) {
        assert_eq!(receive(b).0, [count]);
    }
    for stream in 0..2 {
        let [rtp, rtcp] = [Port::Rtp, Port::Rtcp].map(|port| proxy.address(Side::A, stream, port).port());
        assert_eq!(rtcp, rtp + 1);
    }
}

#[test]
fn the_network_does_what_it_is_configured_to() {
    let lossy = LinkConfig { loss: Loss::random(1.0), ..LinkConfig::default() };
    let late = LinkConfig { delay: Duration::from_millis(30), ..LinkConfig::default() };
    let proxy = start(ProxyConfig { from_a: lossy, from_b: late, ..ProxyConfig::default() });
    let (a, b) = (party(), party());
    proxy.set_party(Side::A, 0, Port::Rtp, a.local_addr().unwrap());
    proxy.set_party(Side::B, 0, Port::Rtp, b.local_addr().unwrap());
    a.send_to(b"lost", proxy.address(Side::A, 0, Port::Rtp)).unwrap();
    let sent = std::time::Instant::now();
    b.send_to(b"late", proxy.address(Side::B, 0, Port::Rtp)).unwrap();
    assert_eq!(receive(&a).0, b"late");
    assert!(sent.elapsed() >= Duration::from_millis(30), "never earlier than the network allows");
    b.set_read_timeout(Some(SILENCE)).unwrap();
    assert!(b.recv(&mut [0; 10]).is_err());
    assert_eq!(proxy.stop().unwrap().from_a.lost, 1);
}

#[test]
fn a_party_that_is_gone_does_not_end_the_proxy() {
    let proxy = start(ProxyConfig::default());
    let (a, gone) = (party(), party());
    proxy.set_party(Side::B, 0, Port::Rtp, gone.local_addr().unwrap());
    drop(gone);
    let for_a = proxy.address(Side::A, 0, Port::Rtp);
    for _ in 0..10 {
        a.send_to(b"anybody?", for_a).unwrap();
    }
    let b = party();
    b.send_to(b"me", proxy.address(Side::B, 0, Port::Rtp)).unwrap();
    assert_eq!(receive(&a).0, b"me");
    assert!(proxy.stop().is_ok());
}

#[test]
fn an_impossible_network_is_refused() {
    let from_b = LinkConfig { duplicate: 2.0, ..LinkConfig::default() };
    let refused = Proxy::start(ProxyConfig { from_b, ..ProxyConfig::default() }, Clock::start());
    assert!(matches!(refused, Err(ProxyError::Config(_))));
}
