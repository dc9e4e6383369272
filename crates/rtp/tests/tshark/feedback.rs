//! Feedback (RFC 4585, RFC 5104, and the drafts of REMB and transport-wide congestion control), in packets of reduced
//! size (RFC 5506).

use crate::capture::Capture;
use crate::reports::{assert_head, parts, written};
use crate::samples::{numbers, samples, u16s, u32s};
use crate::shark::{Layer, RTCP, read};
use moim_media::Seq;
use moim_rtp::Ssrc;
use moim_rtp::rtcp::{ArrivalTime, Bitrate, BitrateBound, FirEntry, NackPair, Overhead, Pli};
use proptest::collection::vec;
use proptest::prelude::*;

const TRANSPORT: i64 = 205;
const PAYLOAD: i64 = 206;

/// Checks what stands at the beginning of every feedback.
#[track_caller]
fn assert_feedback(part: &Layer, packet_type: i64, format: i64, ssrcs: [u32; 2], words: usize) {
    assert_head(part, packet_type, 2 + words);
    let field = if packet_type == TRANSPORT { "rtcp.rtpfb.fmt" } else { "rtcp.psfb.fmt" };
    assert_eq!(part.numbers(field), [format]);
    assert_eq!(part.numbers("rtcp.senderssrc"), [i64::from(ssrcs[0])]);
    assert_eq!(part.numbers("rtcp.mediassrc"), [i64::from(ssrcs[1])]);
}

fn column<T, N: Into<i64>>(meant: &[T], of: impl Fn(&T) -> N) -> Vec<i64> {
    meant.iter().map(|item| of(item).into()).collect()
}

#[test]
fn requests_for_packets_and_pictures_are_read_as_they_were_meant() {
    let pairs = vec((u16s(), u16s()), 1..10);
    let asked = vec((u32s(), numbers(0_u8, 255)), 1..10);
    let requests = samples((u32s(), u32s(), pairs, asked), 100);
    let mut capture = Capture::default();
    for (sender, media, pairs, asked) in &requests {
        let (us, them) = (Ssrc(*sender), Ssrc(*media));
        let pairs: Vec<_> =
            pairs.iter().map(|&(first, following)| NackPair { first: Seq(first), following }).collect();
        let asked: Vec<_> =
            asked.iter().map(|&(media, number)| FirEntry { media: Ssrc(media), number }).collect();
        let datagram = written(|writer| {
            writer.nack(us, them, &pairs)?;
            writer.pli(Pli { sender: us, media: them })?;
            writer.fir(us, &asked)
        });
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("requests", &capture, &[]) else { return };
    for ((sender, media, pairs, asked), datagram) in requests.iter().zip(&dissected) {
        let [nack, pli, fir] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_feedback(nack, TRANSPORT, 1, [*sender, *media], pairs.len());
        assert_eq!(nack.numbers("rtcp.rtpfb.nack_blp"), column(pairs, |pair| pair.1));
        // Of each pair the first, and those that the bits name; these tshark counts beyond 16 bits.
        let named = nack.numbers("rtcp.rtpfb.nack_pid").into_iter().map(|seq| (seq & 0xffff) as u16);
        let expected = pairs.iter().flat_map(|&(first, following)| {
            let bits = (0..16).filter(move |bit| following >> bit & 1 != 0);
            [first].into_iter().chain(bits.map(move |bit| first.wrapping_add(bit + 1)))
        });
        assert!(named.eq(expected), "{nack:#?}");

        assert_feedback(pli, PAYLOAD, 1, [*sender, *media], 0);

        assert_feedback(fir, PAYLOAD, 4, [*sender, 0], asked.len() * 2);
        assert_eq!(fir.numbers("rtcp.psfb.fir.fci.ssrc"), column(asked, |asked| asked.0));
        assert_eq!(fir.numbers("rtcp.psfb.fir.fci.csn"), column(asked, |asked| asked.1));
        assert_eq!(fir.numbers("rtcp.psfb.fir.fci.reserved"), vec![0; asked.len()]);
    }
}

/// A rate as a mantissa and an exponent, of which 64 bits hold all digits, and which waste none.
fn rates(digits: u32) -> impl Strategy<Value = (u32, u32)> {
    let most = (1_u32 << digits) - 1;
    prop_oneof![(0..=most, Just(0)), (numbers(1 << (digits - 1), most), numbers(1, 64 - digits)),]
}

#[test]
fn bounds_on_bit_rates_are_read_as_they_were_meant() {
    let bounds = || vec((u32s(), rates(17), numbers(0_u16, 511)), 1..6);
    let both = samples((u32s(), bounds(), prop_oneof![Just(Vec::new()), bounds()]), 100);
    let write = |meant: &[(u32, (u32, u32), u16)]| -> Vec<_> {
        let bound = |&(ssrc, (mantissa, exponent), overhead)| BitrateBound {
            ssrc: Ssrc(ssrc),
            bitrate: Bitrate(u64::from(mantissa) << exponent),
            overhead: Overhead::new(overhead).unwrap(),
        };
        meant.iter().map(bound).collect()
    };
    let mut capture = Capture::default();
    for (sender, asked, in_force) in &both {
        let datagram = written(|writer| {
            writer.tmmbr(Ssrc(*sender), &write(asked))?;
            writer.tmmbn(Ssrc(*sender), &write(in_force))
        });
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("bounds", &capture, &[]) else { return };
    for ((sender, asked, in_force), datagram) in both.iter().zip(&dissected) {
        let [request, notification] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        for (part, format, meant) in [(request, 3, asked), (notification, 4, in_force)] {
            assert_feedback(part, TRANSPORT, format, [*sender, 0], meant.len() * 2);
            assert_eq!(part.numbers("rtcp.rtpfb.tmmbr.fci.ssrc"), column(meant, |bound| bound.0));
            assert_eq!(part.numbers("rtcp.rtpfb.tmmbr.fci.mantissa"), column(meant, |bound| bound.1.0));
            assert_eq!(part.numbers("rtcp.rtpfb.tmmbr.fci.exp"), column(meant, |bound| bound.1.1));
            // tshark 4.0 takes nine bits out of one byte (511 is shown as 255); the mantissa, which ends with the bit
            // before them, shows that the ninth is where it belongs.
            let overheads = part.numbers("rtcp.rtpfb.tmmbr.fci.measuredoverhead");
            let low = |overhead: i64| overhead & 255;
            assert!(overheads.into_iter().map(low).eq(meant.iter().map(|bound| low(bound.2.into()))));
        }
    }
}

#[test]
fn estimates_are_read_as_they_were_meant() {
    let streams = prop_oneof![vec(u32s(), 1..5), vec(u32s(), 255)];
    let estimates = samples((u32s(), rates(18), streams), 100);
    let mut capture = Capture::default();
    for (sender, (mantissa, exponent), streams) in &estimates {
        let streams: Vec<_> = streams.iter().copied().map(Ssrc).collect();
        let bitrate = Bitrate(u64::from(*mantissa) << exponent);
        capture.push(RTCP, &written(|writer| writer.remb(Ssrc(*sender), bitrate, &streams)));
    }
    let Some(dissected) = read("estimates", &capture, &[]) else { return };
    for ((sender, (mantissa, exponent), streams), datagram) in estimates.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_feedback(part, PAYLOAD, 15, [*sender, 0], 2 + streams.len());
        assert_eq!(part.texts("rtcp.psfb.remb.identifier"), ["REMB"]);
        assert_eq!(part.numbers("rtcp.psfb.remb.fci.number_ssrcs"), [streams.len() as i64]);
        assert_eq!(part.numbers("rtcp.psfb.remb.fci.br_exp"), [i64::from(*exponent)]);
        assert_eq!(part.numbers("rtcp.psfb.remb.fci.br_mantissa"), [i64::from(*mantissa)]);
        assert_eq!(part.numbers("rtcp.psfb.remb.fci.ssrc"), column(streams, |&stream| stream));
    }
}

/// Losses and delays: 64 ms, a byte and 16 bits of 250 µs with their ends, and runs of one kind.
fn steps() -> impl Strategy<Value = Vec<Option<i16>>> {
    let step = || {
        prop_oneof![
            2 => Just(None),
            4 => (0..=255_i16).prop_map(Some),
            1 => Just(Some(255)),
            1 => Just(Some(256)),
            1 => Just(Some(-1)),
            1 => any::<i16>().prop_map(Some),
        ]
    };
    let runs = vec((step(), 1_usize..40), 1..6);
    let runs = runs.prop_map(|runs| runs.into_iter().flat_map(|(step, len)| vec![step; len]).collect());
    prop_oneof![vec(step(), 1..60), runs]
}

#[test]
fn arrivals_are_read_as_they_were_meant() {
    let all = samples((u32s(), u32s(), numbers(0_u8, 255), u16s(), 0..1_u32 << 24, 0..256_u32, steps()), 150);
    let mut capture = Capture::default();
    let mut meant = Vec::new();
    for (sender, media, number, first, reference, start, steps) in &all {
        // The first packet that arrived does so within 64 ms of the reference time.
        let mut at = None;
        let (mut arrivals, mut deltas) = (Vec::new(), Vec::new());
        for (step, seq) in steps.iter().zip(0_u16..) {
            let arrival = step.map(|step| {
                let (delta, time) = match at {
                    None => (*start as i64, (reference << 8) + start),
                    Some(before) => (step.into(), u32::wrapping_add_signed(before, step.into())),
                };
                deltas.push((first.wrapping_add(seq), delta));
                at = Some(time);
                ArrivalTime(time)
            });
            arrivals.push(arrival);
        }
        let reference = if deltas.is_empty() { 0 } else { *reference };
        let write = |writer: &mut moim_rtp::rtcp::Writer<'_>| {
            writer.transport_feedback(
                Ssrc(*sender),
                Ssrc(*media),
                *number,
                Seq(*first),
                arrivals.iter().copied(),
            )
        };
        let datagram = written(write);
        meant.push((reference, deltas, datagram.len() / 4 - 3));
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("arrivals", &capture, &[]) else { return };
    for (((sender, media, number, first, _, _, steps), (reference, deltas, words)), datagram) in
        all.iter().zip(meant).zip(&dissected)
    {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_feedback(part, TRANSPORT, 15, [*sender, *media], words);
        let only = |name: &str| part.numbers(&format!("rtcp.rtpfb.transportcc.{name}"));
        assert_eq!(only("baseseq"), [i64::from(*first)]);
        assert_eq!(only("statuscount"), [steps.len() as i64]);
        assert_eq!(only("pktcount"), [i64::from(*number)]);
        // 24 bits with a sign.
        assert_eq!(only("reftime"), [i64::from((reference << 8).cast_signed() >> 8)]);
        let read = part.descriptions("rtcp.rtpfb.transportcc.recv_delta").into_iter().map(delta);
        assert_eq!(read.collect::<Vec<_>>(), deltas);
    }
}

/// The packet and the time in 250 µs of `Recv Delta: 0x8000 Negative Delta: [seq: 65535] -8192.000000 ms`.
#[track_caller]
fn delta(description: &str) -> (u16, i64) {
    let (_, behind) = description.split_once("[seq: ").expect(description);
    let (seq, time) = behind.split_once("] ").expect(description);
    let millis: f64 = time.trim_end_matches(" ms").parse().expect(description);
    (seq.parse().expect(description), (millis * 4.0) as i64)
}
