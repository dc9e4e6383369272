//! The transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 2; webrtc.org,
//! experiments/rtp-hdrext/transport-wide-cc-02).

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

/// The same number in the second version of the extension, in which feedback comes when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransportSeqV2 {
    /// The number.
    pub seq: Seq,
    /// What the sender wants to know at once; `None` for nothing.
    pub request: Option<FeedbackRequest>,
}

/// What feedback a sender asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeedbackRequest {
    packets: u16,
    times: ArrivalTimes,
}

/// Whether feedback is to say when packets arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArrivalTimes {
    /// It is.
    Included,
    /// That they arrived is enough.
    LeftOut,
}

impl FeedbackRequest {
    const TIMES: u16 = 0x8000;

    /// About the last `packets` packets, the one that asks included; `None` for 0 and for more than 32 767.
    #[must_use]
    pub const fn new(packets: u16, times: ArrivalTimes) -> Option<Self> {
        if packets == 0 || packets >= Self::TIMES { None } else { Some(Self { packets, times }) }
    }

    /// How many packets it is about, 1 … 32 767.
    #[must_use]
    pub const fn packets(self) -> u16 {
        self.packets
    }

    /// Whether it asks for their times.
    #[must_use]
    pub const fn times(self) -> ArrivalTimes {
        self.times
    }

    /// `None` when nothing is asked for.
    const fn of_bits(bits: u16) -> Option<Self> {
        let times = if bits & Self::TIMES == 0 { ArrivalTimes::LeftOut } else { ArrivalTimes::Included };
        Self::new(bits & !Self::TIMES, times)
    }

    const fn bits(self) -> u16 {
        match self.times {
            ArrivalTimes::Included => Self::TIMES | self.packets,
            ArrivalTimes::LeftOut => self.packets,
        }
    }
}

impl HeaderExtension<'_> for TransportSeqV2 {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let (seq, request) = match *value {
            [a, b] => ([a, b], None),
            [a, b, c, d] => ([a, b], FeedbackRequest::of_bits(u16::from_be_bytes([c, d]))),
            _ => return None,
        };
        Some(Self { seq: Seq(u16::from_be_bytes(seq)), request })
    }

    #[inline]
    fn value_len(&self) -> usize {
        if self.request.is_some() { 4 } else { 2 }
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        let [a, b] = self.seq.0.to_be_bytes();
        match self.request {
            Some(request) => {
                let [c, d] = request.bits().to_be_bytes();
                put(&[a, b, c, d], into)
            }
            None => put(&[a, b], into),
        }
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
        assert_eq!(packet.patch(id, &after), Patched::Written);
        assert_eq!(packet.patch_extension(id, &[1; 9]), Patched::NoRoom);
        assert_eq!(packet.patch_extension(ExtensionId::new(6).unwrap(), &[1, 2]), Patched::Absent);
        assert_eq!(read(&bytes[..len]), Some(after));
        assert_eq!(TransportSeq::read(&[1, 2, 3]), None);
    }

    #[test]
    fn the_second_version_may_ask_for_feedback() {
        let mut bytes = [0xee; 5];
        let request = FeedbackRequest::new(0x0102, ArrivalTimes::Included);
        let asking = TransportSeqV2 { seq: Seq(0x0a0b), request };
        assert_eq!((asking.write(&mut bytes), bytes), (Some(4), [0x0a, 0x0b, 0x81, 0x02, 0xee]));
        assert_eq!(TransportSeqV2::read(&bytes[..4]), Some(asking));
        assert_eq!((request.unwrap().packets(), request.unwrap().times()), (0x0102, ArrivalTimes::Included));
        assert_eq!(
            TransportSeqV2::read(&[0x0a, 0x0b, 0x01, 0x02]).unwrap().request.unwrap().times(),
            ArrivalTimes::LeftOut
        );
        // No packets, no request: what keeps the length of a header fixed.
        let silent = TransportSeqV2 { request: None, ..asking };
        assert_eq!(TransportSeqV2::read(&[0x0a, 0x0b, 0x80, 0]), Some(silent));
        assert_eq!((silent.write(&mut bytes), TransportSeqV2::read(&bytes[..2])), (Some(2), Some(silent)));
        assert_eq!((TransportSeqV2::read(&bytes[..3]), TransportSeqV2::read(&bytes)), (None, None));
        assert_eq!(FeedbackRequest::new(0x8000, ArrivalTimes::LeftOut), None);
    }
}
