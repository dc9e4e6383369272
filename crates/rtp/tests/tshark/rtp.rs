//! Packets: the fixed header, sources, extensions in both forms and of others, payload and padding (RFC 3550, section
//! 5.1; RFC 8285, section 4).

use crate::capture::Capture;
use crate::samples::{numbers, samples, u16s, u32s};
use crate::shark::{Dissected, Layer, RTP, read};
use moim_media::{Seq, Timestamp};
use moim_rtp::{Extension, ExtensionForm, ExtensionId, Header, PacketBuilder, PayloadType, Ssrc, is_rtcp};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) fn payload_type(number: u8) -> PayloadType {
    PayloadType::new(number).expect("seven bits")
}

/// A packet with nothing but a payload.
pub(crate) fn packet(payload_type_of: u8, marker: bool, timestamp: u32, payload: &[&[u8]]) -> Vec<u8> {
    let header = Header {
        marker,
        payload_type: payload_type(payload_type_of),
        seq: Seq(1),
        timestamp: Timestamp(timestamp),
        ssrc: Ssrc(1),
    };
    let mut packet = vec![0; 12 + payload.iter().map(|part| part.len()).sum::<usize>()];
    PacketBuilder::new(header).write(payload, &mut packet).expect("it fits");
    packet
}

prop_compose! {
    fn headers()(
        marker: bool,
        number in numbers(0_u8, 127),
        seq in u16s(),
        timestamp in u32s(),
        ssrc in u32s(),
    ) -> Header {
        Header {
            marker,
            payload_type: PayloadType::new(number).unwrap(),
            seq: Seq(seq),
            timestamp: Timestamp(timestamp),
            ssrc: Ssrc(ssrc),
        }
    }
}

#[derive(Clone, Debug)]
enum Block {
    Absent,
    OneByte(Vec<(u8, Vec<u8>)>),
    TwoByte(Vec<(u8, Vec<u8>)>),
    Other(u16, Vec<[u8; 4]>),
}

fn blocks() -> impl Strategy<Value = Block> {
    let one = vec(
        (numbers(1_u8, 14), prop_oneof![vec(any::<u8>(), 1), vec(any::<u8>(), 16), vec(any::<u8>(), 1..=16)]),
        0..8,
    );
    let two = vec(
        (
            numbers(1_u8, 255),
            prop_oneof![vec(any::<u8>(), 0), vec(any::<u8>(), 255), vec(any::<u8>(), 0..=40)],
        ),
        0..8,
    );
    // Neither 0xbede nor 0x100x, nor 0x0067 and 0x0167, which belong to radio in air traffic (ED-137).
    let other = (0x1010_u16..0xbede, vec(any::<[u8; 4]>(), 0..8));
    prop_oneof![
        Just(Block::Absent),
        one.prop_map(Block::OneByte),
        two.prop_map(Block::TwoByte),
        other.prop_map(|(profile, words)| Block::Other(profile, words)),
    ]
}

fn elements(elements: &[(u8, Vec<u8>)]) -> Vec<Extension<'_>> {
    elements.iter().map(|(id, data)| Extension { id: ExtensionId::new(*id).unwrap(), data }).collect()
}

/// A packet with all that may be in it.
#[derive(Clone, Debug)]
struct Meant {
    header: Header,
    csrcs: Vec<u32>,
    block: Block,
    payload: Vec<u8>,
    padding: u8,
}

prop_compose! {
    fn packets()(
        header in headers(),
        csrcs in prop_oneof![vec(u32s(), 0), vec(u32s(), 15), vec(u32s(), 0..=15)],
        block in blocks(),
        payload in vec(any::<u8>(), 0..40),
        padding in prop_oneof![Just(0), Just(1), Just(255), any::<u8>()],
    ) -> Meant {
        Meant { header, csrcs, block, payload, padding }
    }
}

impl Meant {
    fn write(&self) -> Vec<u8> {
        let csrcs: Vec<_> = self.csrcs.iter().copied().map(Ssrc).collect();
        let (one, two);
        let builder = PacketBuilder::new(self.header).csrcs(&csrcs).padding(self.padding);
        let builder = match &self.block {
            Block::Absent => builder,
            Block::OneByte(meant) => {
                one = elements(meant);
                builder.extensions(ExtensionForm::OneByte, &one)
            }
            Block::TwoByte(meant) => {
                two = elements(meant);
                builder.extensions(ExtensionForm::TwoByte, &two)
            }
            Block::Other(profile, words) => builder.extension_block(*profile, words.as_flattened()),
        };
        let mut packet = vec![0; 4_096];
        let (first, second) = self.payload.split_at(self.payload.len() / 2);
        let len = builder.write(&[first, second], &mut packet).unwrap();
        packet.truncate(len);
        packet
    }

    fn assert_is(&self, datagram: &Dissected) {
        let rtp = datagram.layer("rtp");
        let only = |name: &str| {
            let [number] = rtp.numbers(name)[..] else { panic!("{name} in {rtp:#?}") };
            number
        };
        let Header { marker, payload_type, seq, timestamp, ssrc } = self.header;
        assert_eq!(only("rtp.version"), 2);
        assert_eq!(only("rtp.padding"), (self.padding > 0).into());
        assert_eq!(only("rtp.cc"), self.csrcs.len() as i64);
        assert_eq!(only("rtp.marker"), marker.into());
        assert_eq!(only("rtp.p_type"), payload_type.get().into());
        assert_eq!(only("rtp.seq"), seq.0.into());
        assert_eq!(only("rtp.timestamp"), timestamp.0.into());
        assert_eq!(only("rtp.ssrc"), ssrc.0.into());
        assert_eq!(
            rtp.numbers("rtp.csrc.item"),
            self.csrcs.iter().map(|&csrc| csrc.into()).collect::<Vec<i64>>()
        );
        self.assert_has_block(rtp);
        assert_eq!(rtp.bytes("rtp.payload").concat(), self.payload);
        let count = (self.padding > 0).then_some(self.padding.into());
        assert_eq!(rtp.numbers("rtp.padding.count"), Vec::from_iter(count));
    }

    fn assert_has_block(&self, rtp: &Layer) {
        assert_eq!(rtp.numbers("rtp.ext"), [(!matches!(self.block, Block::Absent)).into()]);
        let (profile, elements, header) = match &self.block {
            Block::Absent => return assert!(rtp.numbers("rtp.ext.profile").is_empty()),
            Block::Other(profile, words) => {
                assert_eq!(rtp.numbers("rtp.ext.profile"), [i64::from(*profile)]);
                assert_eq!(rtp.numbers("rtp.ext.len"), [words.len() as i64]);
                let expected: Vec<_> = words.iter().map(|word| word.to_vec()).collect();
                return assert_eq!(rtp.bytes("rtp.hdr_ext"), expected);
            }
            Block::OneByte(elements) => (0xbede, elements, 1),
            Block::TwoByte(elements) => (0x1000, elements, 2),
        };
        let len = elements.iter().map(|(_, data)| header + data.len()).sum::<usize>();
        assert_eq!(rtp.numbers("rtp.ext.profile"), [profile]);
        assert_eq!(rtp.numbers("rtp.ext.len"), [len.div_ceil(4) as i64]);
        // In the two-byte form tshark looks for an element where more than two bytes are left: it leaves out an empty
        // one that ends the block.
        let shown = match elements.split_last() {
            Some(((_, data), before)) if data.is_empty() && len.is_multiple_of(4) => before,
            _ => elements,
        };
        let ids: Vec<i64> = shown.iter().map(|&(id, _)| id.into()).collect();
        assert_eq!(rtp.numbers("rtp.ext.rfc5285.id"), ids);
        let lens: Vec<_> = shown.iter().map(|(_, data)| data.len() as i64).collect();
        assert_eq!(rtp.numbers("rtp.ext.rfc5285.len"), lens);
        let data: Vec<_> = elements.iter().map(|(_, data)| data).filter(|data| !data.is_empty()).collect();
        assert_eq!(rtp.bytes("rtp.ext.rfc5285.data").iter().collect::<Vec<_>>(), data);
    }
}

/// Whether RTP and RTCP can be told apart by the second byte (RFC 5761, section 4); tshark does.
fn is_told_from_rtcp(meant: &Meant) -> bool {
    !is_rtcp(&meant.write())
}

#[test]
fn packets_are_read_as_they_were_meant() {
    let packets = samples(packets().prop_filter("RTP", is_told_from_rtcp), 400);
    let mut capture = Capture::default();
    packets.iter().for_each(|meant| capture.push(RTP, &meant.write()));
    let Some(dissected) = read("rtp", &capture, &[]) else { return };
    packets.iter().zip(&dissected).for_each(|(meant, datagram)| meant.assert_is(datagram));
}
