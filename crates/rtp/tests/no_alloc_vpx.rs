//! A second of pictures in VP8 and VP9, then ten more that allocate nothing: sent, forwarded, taken.

use moim_media::{Seq, Timestamp};
use moim_rtp::payload::vp8::{self, Vp8Depayloader, Vp8Payloader, Vp8Rewriter};
use moim_rtp::payload::vp9::{self, Vp9Depayloader, Vp9Payloader, Vp9Rewriter};
use moim_rtp::payload::{DepayloadError, Depayloader, Payloader, Renumbered};
use moim_rtp::{Header, Packet, PacketBuilder, PacketMut, PayloadType, Ssrc};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One stream, by way of a forwarder that changes the source each second.
struct Stream<P, R, D> {
    payloader: P,
    rewriter: R,
    depayloader: D,
    seq: u16,
}

trait Rewriter {
    fn switch(&mut self);
    fn rewrite(&mut self, payload: &mut [u8]) -> Result<Renumbered, DepayloadError>;
    fn has_key_frame(payload: &[u8]) -> bool;
}

impl Rewriter for Vp8Rewriter {
    fn switch(&mut self) {
        Vp8Rewriter::switch(self);
    }

    fn rewrite(&mut self, payload: &mut [u8]) -> Result<Renumbered, DepayloadError> {
        Vp8Rewriter::rewrite(self, payload)
    }

    fn has_key_frame(payload: &[u8]) -> bool {
        vp8::Payload::parse(payload).unwrap().frame_header().is_some_and(|header| header.size.is_some())
    }
}

impl Rewriter for Vp9Rewriter {
    fn switch(&mut self) {
        Vp9Rewriter::switch(self);
    }

    fn rewrite(&mut self, payload: &mut [u8]) -> Result<Renumbered, DepayloadError> {
        Vp9Rewriter::rewrite(self, payload)
    }

    fn has_key_frame(payload: &[u8]) -> bool {
        vp9::Payload::parse(payload).unwrap().descriptor.structure.is_some()
    }
}

impl<P: Payloader, R: Rewriter, D: Depayloader> Stream<P, R, D> {
    fn seconds(&mut self, seconds: u32, [key, delta]: [&[u8]; 2]) {
        for frame in 0..seconds * 30 {
            let is_key = frame % 30 == 0;
            if is_key {
                self.rewriter.switch();
            }
            self.picture(frame, if is_key { key } else { delta }, is_key);
        }
    }

    fn picture(&mut self, frame: u32, unit: &[u8], is_key: bool) {
        let (mut datagram, mut bytes, mut keys) = ([0; 1_500], 0, 0);
        let Self { payloader, rewriter, depayloader, seq } = self;
        let mut through = |fragment: moim_rtp::payload::Fragment<'_>| {
            *seq = seq.wrapping_add(1);
            let header = Header {
                marker: fragment.marker,
                payload_type: PayloadType::new(96).unwrap(),
                seq: Seq(*seq),
                timestamp: Timestamp(frame * 3_000),
                ssrc: Ssrc(9),
            };
            let len = PacketBuilder::new(header).write(&[fragment.prefix, fragment.body], &mut datagram);
            let mut forwarded = PacketMut::parse(&mut datagram[..len.unwrap()]).unwrap();
            assert_eq!(rewriter.rewrite(forwarded.payload_mut()), Ok(Renumbered::Written));
            let packet = Packet::parse(&datagram[..len.unwrap()]).unwrap();
            keys += usize::from(R::has_key_frame(packet.payload()));
            depayloader.depacketize(&packet, &mut |piece| bytes += piece.body.len()).unwrap();
        };
        payloader.packetize(unit, 1_188, &mut through).unwrap();
        assert_eq!((bytes, keys), (unit.len(), usize::from(is_key)));
    }
}

#[test]
fn ten_seconds_of_pictures_allocate_nothing() {
    let unit = |start: &[u8]| [start, &[0x55; 10_000]].concat();
    let vp8 = [&[0x10, 0x52, 2, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0][..], &[0x11]].map(unit);
    let vp9 = [&[0x82, 0x49, 0x83, 0x42, 0, 0x13, 0xf0, 0x0b, 0x36, 4][..], &[0x86, 0]].map(unit);
    let (vp8, vp9) = (vp8.each_ref().map(Vec::as_slice), vp9.each_ref().map(Vec::as_slice));
    let mut first = Stream {
        payloader: Vp8Payloader::default(),
        rewriter: Vp8Rewriter::new(),
        depayloader: Vp8Depayloader::new(),
        seq: 65_500,
    };
    let mut second = Stream {
        payloader: Vp9Payloader::default(),
        rewriter: Vp9Rewriter::new(),
        depayloader: Vp9Depayloader::new(),
        seq: 65_500,
    };
    first.seconds(1, vp8);
    second.seconds(1, vp9);
    let counted = Counting::count(|| {
        first.seconds(10, vp8);
        second.seconds(10, vp9);
    });
    assert_eq!(counted, Allocations::default());
}
