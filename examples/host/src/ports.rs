//! The UDP ports of a media stream.

use std::io::{self, ErrorKind};
use std::iter::once;
use std::net::{SocketAddr, UdpSocket};

/// One of the two ports of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// For media; for both, when multiplexed (RFC 5761).
    Rtp,
    /// For reports, when it has a port of its own.
    Rtcp,
}

/// One thing for each of the two ports.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerPort<T> {
    rtp: T,
    rtcp: T,
}

impl<T> PerPort<T> {
    pub(crate) fn of(&self, port: Port) -> &T {
        match port {
            Port::Rtp => &self.rtp,
            Port::Rtcp => &self.rtcp,
        }
    }

    pub(crate) fn of_mut(&mut self, port: Port) -> &mut T {
        match port {
            Port::Rtp => &mut self.rtp,
            Port::Rtcp => &mut self.rtcp,
        }
    }
}

/// Where RTCP goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RtcpPort {
    /// Through the RTP port (RFC 5761).
    #[default]
    Muxed,
    /// Through the port after it (RFC 3550, section 11).
    Next,
}

/// The socket or the two sockets of a stream. They never block, and outlive every datagram that meets a dead end.
#[derive(Debug)]
pub struct Ports {
    rtp: UdpSocket,
    rtcp: Option<UdpSocket>,
}

impl Ports {
    /// How often to look for two neighbouring free ports.
    const ATTEMPTS: usize = 64;

    /// Binds `address`; with port 0, a free port that is even when RTCP needs the next.
    ///
    /// # Errors
    ///
    /// What the operating system says, for instance that a port is taken.
    pub fn bind(address: SocketAddr, rtcp: RtcpPort) -> io::Result<Self> {
        match rtcp {
            RtcpPort::Muxed => Ok(Self { rtp: socket(address)?, rtcp: None }),
            RtcpPort::Next if address.port() != 0 => Self::pair(address),
            RtcpPort::Next => {
                let mut attempt = Self::free_pair(address);
                for _ in 1..Self::ATTEMPTS {
                    if attempt.is_ok() {
                        break;
                    }
                    attempt = Self::free_pair(address);
                }
                attempt
            }
        }
    }

    fn free_pair(address: SocketAddr) -> io::Result<Self> {
        let free = socket(address)?.local_addr()?.port();
        Self::pair(SocketAddr::new(address.ip(), free & !1))
    }

    fn pair(address: SocketAddr) -> io::Result<Self> {
        let next = address.port().checked_add(1).ok_or(ErrorKind::AddrNotAvailable)?;
        let rtcp = Some(socket(SocketAddr::new(address.ip(), next))?);
        Ok(Self { rtp: socket(address)?, rtcp })
    }

    /// The address of a port; of the RTP port when RTCP has none of its own.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn address(&self, port: Port) -> io::Result<SocketAddr> {
        self.socket(port).local_addr()
    }

    /// Both addresses; twice the same when RTCP has no port of its own.
    pub(crate) fn addresses(&self) -> io::Result<PerPort<SocketAddr>> {
        Ok(PerPort { rtp: self.address(Port::Rtp)?, rtcp: self.address(Port::Rtcp)? })
    }

    /// The ports that have a socket.
    pub(crate) fn ports(&self) -> impl Iterator<Item = Port> + use<> {
        once(Port::Rtp).chain(self.rtcp.is_some().then_some(Port::Rtcp))
    }

    pub(crate) fn sockets(&self) -> impl Iterator<Item = &UdpSocket> {
        once(&self.rtp).chain(&self.rtcp)
    }

    /// The next datagram waiting at `port`: its length and where it came from.
    pub(crate) fn receive(&self, port: Port, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
        loop {
            match self.socket(port).recv_from(buffer) {
                Ok(received) => return Ok(Some(received)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                // News of an earlier datagram (ICMP), told once; there may be a datagram behind it.
                Err(error) if is_about_the_path(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a datagram. An error concerns this datagram alone: on a datagram network it is a loss.
    pub(crate) fn send(&self, port: Port, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket(port).send_to(datagram, to).map(|_| ())
    }

    fn socket(&self, port: Port) -> &UdpSocket {
        match (port, &self.rtcp) {
            (Port::Rtcp, Some(rtcp)) => rtcp,
            (Port::Rtp, _) | (Port::Rtcp, None) => &self.rtp,
        }
    }
}

fn socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn is_about_the_path(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Interrupted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn a_pair_is_even_and_next() {
        let ports = Ports::bind(ANY, RtcpPort::Next).unwrap();
        let [rtp, rtcp] = [Port::Rtp, Port::Rtcp].map(|port| ports.address(port).unwrap().port());
        assert!(rtp.is_multiple_of(2));
        assert_eq!(rtcp, rtp + 1);
        assert_eq!(ports.ports().count(), ports.sockets().count());
    }

    #[test]
    fn multiplexed_ports_are_one() {
        let ports = Ports::bind(ANY, RtcpPort::Muxed).unwrap();
        assert_eq!(ports.address(Port::Rtp).unwrap(), ports.address(Port::Rtcp).unwrap());
        assert_eq!(ports.ports().collect::<Vec<_>>(), [Port::Rtp]);
    }

    #[test]
    fn a_taken_port_is_an_error() {
        let ports = Ports::bind(ANY, RtcpPort::Muxed).unwrap();
        let taken = ports.address(Port::Rtp).unwrap();
        assert_eq!(Ports::bind(taken, RtcpPort::Muxed).unwrap_err().kind(), ErrorKind::AddrInUse);
        let last = SocketAddr::new(taken.ip(), u16::MAX);
        assert_eq!(Ports::bind(last, RtcpPort::Next).unwrap_err().kind(), ErrorKind::AddrNotAvailable);
    }

    #[test]
    fn a_refused_datagram_does_not_end_a_socket() {
        let ports = Ports::bind(ANY, RtcpPort::Muxed).unwrap();
        let nobody = Ports::bind(ANY, RtcpPort::Muxed).unwrap().address(Port::Rtp).unwrap();
        let own = ports.address(Port::Rtp).unwrap();
        // A connected socket is told of ICMP errors, where an unconnected one may not be.
        ports.rtp.connect(nobody).unwrap();
        let mut buffer = [0; 16];
        for _ in 0..3 {
            let _refused_sooner_or_later = ports.send(Port::Rtp, b"anybody?", nobody);
            assert_eq!(ports.receive(Port::Rtp, &mut buffer).unwrap(), None);
        }
        assert_eq!(ports.address(Port::Rtp).unwrap().port(), own.port());
    }
}
