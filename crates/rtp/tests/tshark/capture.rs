//! Captures as tshark reads them: the classic file format of pcap, in which every datagram stands behind headers of IPv4
//! and UDP.

/// Datagrams with the ports to which they are sent.
#[derive(Default)]
pub(crate) struct Capture {
    records: Vec<u8>,
    count: u32,
}

/// Addresses of the two sides, from those that are there for examples (RFC 5737).
const ADDRESSES: [[u8; 4]; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]];
/// The port everything is sent from.
const SOURCE: u16 = 40_000;
/// Packets begin with an IP header (LINKTYPE_RAW).
const LINK_TYPE: u32 = 101;

impl Capture {
    /// Puts a datagram to `port` behind those that are there, 20 ms later.
    pub(crate) fn push(&mut self, port: u16, datagram: &[u8]) {
        let micros = 1_000_000 + self.count * 20_000;
        self.count += 1;
        let packet = [&headers(port, datagram.len())[..], datagram].concat();
        let len = packet.len() as u32;
        for word in [micros / 1_000_000, micros % 1_000_000, len, len] {
            self.records.extend(word.to_le_bytes());
        }
        self.records.extend(packet);
    }

    /// How many datagrams there are.
    pub(crate) const fn len(&self) -> usize {
        self.count as usize
    }

    /// The file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        // Version 2.4, times in UTC, packets of any length.
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, LINK_TYPE] {
            file.extend(u32::to_le_bytes(word));
        }
        file.extend(&self.records);
        file
    }
}

fn headers(port: u16, payload: usize) -> [u8; 28] {
    let udp = u16::try_from(8 + payload).expect("a datagram that fits into UDP");
    let mut ip = [0; 20];
    ip[0] = 0x45;
    ip[2..4].copy_from_slice(&(20 + udp).to_be_bytes());
    ip[8] = 64;
    ip[9] = 17;
    ip[12..16].copy_from_slice(&ADDRESSES[0]);
    ip[16..20].copy_from_slice(&ADDRESSES[1]);
    let sum = ip.as_chunks().0.iter().map(|&word| u32::from(u16::from_be_bytes(word))).sum::<u32>();
    let folded = (sum & 0xffff) + (sum >> 16);
    ip[10..12].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    let mut headers = [0; 28];
    headers[..20].copy_from_slice(&ip);
    headers[20..22].copy_from_slice(&SOURCE.to_be_bytes());
    headers[22..24].copy_from_slice(&port.to_be_bytes());
    // A checksum of zero: none.
    headers[24..26].copy_from_slice(&udp.to_be_bytes());
    headers
}
