//! The transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 2).

use super::{HeaderExtension, put};
use moim_media::Seq;

/// A packet's number among all packets of its transport, whatever their streams. Feedback on arrivals names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransportSeq(pub Seq);

impl TransportSeq {
    /// The value of the element, to be built into a packet or patched into one.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.0.to_be_bytes()
    }
}

impl HeaderExtension<'_> for TransportSeq {
    const URI: &'static str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let value = <[u8; 2]>::try_from(value).ok()?;
        Some(Self(Seq(u16::from_be_bytes(value))))
    }

    #[inline]
    fn value_len(&self) -> usize {
        2
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Extension, ExtensionForm, ExtensionId, Header, Packet, PacketBuilder, PacketMut, Patched,
        PayloadType, Ssrc,
    };
    use moim_media::Timestamp;

    #[test]
    fn a_number_is_read_and_patched_in_place() {
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(96).unwrap(),
            seq: Seq(1),
            timestamp: Timestamp(2),
            ssrc: Ssrc(3),
        };
        let id = ExtensionId::new(5).unwrap();
        let (before, after) = (TransportSeq(Seq(0x0102)), TransportSeq(Seq(0xfffe)));
        let mut bytes = [0; 32];
        let len = PacketBuilder::new(header)
            .extensions(ExtensionForm::OneByte, &[Extension { id, data: &before.to_bytes() }])
            .write(&[b"body"], &mut bytes)
            .unwrap();
        let read = |bytes: &[u8]| Packet::parse(bytes).unwrap().read_extension::<TransportSeq>(id);
        assert_eq!(read(&bytes[..len]), Some(before));
        let mut packet = PacketMut::parse(&mut bytes[..len]).unwrap();
        assert_eq!(packet.patch_extension(id, &after.to_bytes()), Patched::Written);
        assert_eq!(packet.patch_extension(id, &[1]), Patched::Absent);
        assert_eq!(packet.patch_extension(ExtensionId::new(6).unwrap(), &[1, 2]), Patched::Absent);
        assert_eq!(read(&bytes[..len]), Some(after));
        assert_eq!(TransportSeq::read(&[1, 2, 3]), None);
    }
}
