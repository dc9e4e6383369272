//! A stream of units that reaches one receiver whole and another with losses.

use arbitrary::{Result, Unstructured};
use moim_media::{Seq, Timestamp};
use moim_rtp::payload::{DepayloadError, Depayloader, Extent, Fragment, Piece};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

/// A payload, with the marker.
pub(super) type Sent = (Vec<u8>, bool);

/// What `packetize` gives its sink.
pub(super) fn gather<E>(
    packetize: impl FnOnce(&mut dyn FnMut(Fragment<'_>)) -> core::result::Result<(), E>,
) -> core::result::Result<Vec<Sent>, E> {
    let mut sent = Vec::new();
    let result = packetize(&mut |fragment| {
        sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
    });
    assert!(result.is_ok() || sent.is_empty());
    result.map(|()| sent)
}

/// Two receivers of the same stream.
pub(super) struct Lossy<D> {
    clean: D,
    lossy: D,
    seq: u16,
    time: u32,
}

impl<D: Depayloader> Lossy<D> {
    pub(super) fn new(clean: D, lossy: D, seq: u16) -> Self {
        Self { clean, lossy, seq, time: 0 }
    }

    /// One gets `unit` again out of the packets that were `sent` of it; the other one, of whose packets the input says
    /// which are lost, what is before the first of those.
    pub(super) fn unit(&mut self, unit: &[u8], sent: &[Sent], input: &mut Unstructured<'_>) -> Result<()> {
        self.time = self.time.wrapping_add(3_000);
        assert!(sent.iter().rev().map(|&(_, marker)| marker).eq((0..sent.len()).map(|back| back == 0)));
        let (mut back, mut survived) = (Vec::new(), Vec::new());
        let mut whole = None;
        for (index, (payload, marker)) in sent.iter().enumerate() {
            let packet = packet(self.seq, self.time, *marker, payload);
            self.seq = self.seq.wrapping_add(1);
            let extent = take(&mut self.clean, &packet, &mut back).expect("what we send is read");
            assert_eq!(extent, Extent { begins: index == 0, ends: *marker });
            if input.ratio(1, 6)? {
                whole.get_or_insert(index);
                continue;
            }
            let taken = take(&mut self.lossy, &packet, &mut survived);
            let expected = if whole.is_none() { Ok(extent) } else { Err(DepayloadError::Headless) };
            assert_eq!(taken, expected);
        }
        assert_eq!(back, unit);
        assert_eq!(survived, unit[..survived.len()]);
        assert!(whole.is_some() || survived.len() == unit.len());
        Ok(())
    }
}

fn take(
    depayloader: &mut impl Depayloader,
    packet: &[u8],
    unit: &mut Vec<u8>,
) -> core::result::Result<Extent, DepayloadError> {
    depayloader.depacketize(&Packet::parse(packet).expect("just written"), &mut |piece: Piece<'_>| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    })
}

fn packet(seq: u16, time: u32, marker: bool, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(96).expect("seven bits"),
        seq: Seq(seq),
        timestamp: Timestamp(time),
        ssrc: Ssrc(1),
    };
    let mut bytes = vec![0; 12 + payload.len()];
    assert_eq!(PacketBuilder::new(header).write(&[payload], &mut bytes), Ok(12 + payload.len()));
    bytes
}
