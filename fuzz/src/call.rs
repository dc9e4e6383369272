//! Laws of `moim-call`.

mod pictures;

pub use pictures::pictures;

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_call::{Call, CallConfig, Format, Kind};
use moim_media::{AudioFormat, Instant, Seq, Timestamp};
use moim_playout::PlayoutConfig;
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::rtcp::{CumulativeLost, ExtendedSeq, FractionLost, LastReport, NackPair, ReportBlock, Writer};
use moim_rtp::{Header, NtpShort, Packet, PacketBuilder, PayloadType, Ssrc, is_rtcp, rtcp};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};

const PAYLOAD_TYPE: PayloadType = PayloadType::new(111).unwrap();
const MTU: usize = 300;
const TICK: Duration = Duration::from_millis(10);

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    /// Anything at all comes in.
    Datagram(&'a [u8]),
    /// A packet that is well formed on the outside comes in.
    Packet {
        ssrc: u8,
        seq: u16,
        timestamp: u32,
        payload: &'a [u8],
    },
    /// A report comes in, of somebody about somebody.
    Report {
        from: u8,
        about_us: bool,
        lost: u8,
        highest: u32,
        lsr: u32,
        dlsr: u32,
        missing: Option<(u16, u16)>,
    },
    /// Both directions of sound, and time, go on.
    Tick,
    /// The caller was away.
    Away {
        millis: u16,
    },
    /// What was sent comes back, as an echo or from somebody who records and repeats.
    Echo,
    Leave,
}

/// Whatever comes in and however the caller behaves: there is sound, finite and in full; what goes out is within the
/// MTU and readable as what it says it is; requests never more than double what is sent; and after goodbye there is
/// nothing more.
pub fn datagrams(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut call = call();
    let (mut now, mut left) = (Instant::from_millis(1_000), false);
    let (mut buffer, mut last_sent, mut speaker) = ([0; MTU], Vec::new(), [0.0; 480]);
    while !input.is_empty() {
        let Ok(step) = input.arbitrary::<Step<'_>>() else { return };
        match step {
            Step::Datagram(datagram) => drop(call.handle_datagram(now, datagram)),
            Step::Packet { ssrc, seq, timestamp, payload } => {
                let header = Header {
                    marker: false,
                    payload_type: PAYLOAD_TYPE,
                    seq: Seq(seq),
                    timestamp: Timestamp(timestamp),
                    ssrc: Ssrc(ssrc.into()),
                };
                let mut packet = vec![0; 12 + payload.len()];
                PacketBuilder::new(header).write(&[payload], &mut packet).expect("it was measured");
                let _ = call.handle_datagram(now, &packet);
            }
            Step::Report { from, about_us, lost, highest, lsr, dlsr, missing } => {
                let media = if about_us { call.ssrc() } else { Ssrc(7) };
                let block = ReportBlock {
                    ssrc: media,
                    fraction_lost: FractionLost(lost),
                    cumulative_lost: CumulativeLost::new(lost.into()),
                    highest_seq: ExtendedSeq(highest),
                    jitter: lsr,
                    last_report: Some(LastReport { ntp: NtpShort(lsr), delay: NtpShort(dlsr) }),
                };
                let mut report = [0; 200];
                let mut writer = Writer::new(&mut report);
                writer.receiver_report(Ssrc(from.into()), &[block]).expect("there is room");
                if let Some((first, following)) = missing {
                    let pair = NackPair { first: Seq(first), following };
                    writer.nack(Ssrc(from.into()), media, &[pair]).expect("there is room");
                }
                let len = writer.len();
                let before = call.stats();
                call.handle_datagram(now, &report[..len]);
                if !about_us {
                    assert_eq!(call.stats().bitrate, before.bitrate);
                    assert_eq!(call.stats().retransmitted, before.retransmitted);
                }
            }
            Step::Tick => {
                call.push_mic(now, &[0.25; 480]);
                speaker.fill(f32::NAN);
                call.pull_speaker(now, &mut speaker);
                assert!(speaker.iter().all(|sample| sample.abs() <= 1.0), "{speaker:?}");
                now += TICK;
            }
            Step::Away { millis } => now += Duration::from_millis(millis.into()),
            Step::Echo => drop(call.handle_datagram(now, &last_sent)),
            Step::Leave => {
                call.leave(now);
                left = true;
            }
        }
        if call.poll_timeout().is_some_and(|due| due <= now) {
            call.handle_timeout(now);
        }
        let mut goodbyes = 0;
        while let Some(sent) = call.poll_transmit(now, &mut buffer) {
            last_sent = buffer[..sent.len].to_vec();
            goodbyes += u32::from(check(&last_sent, sent.kind));
        }
        assert!(goodbyes <= u32::from(left));
        if left {
            assert_eq!(call.poll_timeout(), None);
        }
        let stats = call.stats();
        assert!(stats.retransmitted <= stats.sent_packets);
        assert!((12_000..=64_000).contains(&stats.bitrate));
        assert!(stats.round_trip.is_none_or(|round_trip| round_trip < Duration::from_secs(10)));
        let _ = call.poll_event();
    }
}

/// What goes out is what it says it is; whether it holds a goodbye.
fn check(datagram: &[u8], kind: Kind) -> bool {
    assert_eq!(is_rtcp(datagram), kind == Kind::Report);
    if kind == Kind::Media {
        let packet = Packet::parse(datagram).expect("we send packets");
        assert_eq!(packet.payload_type(), PAYLOAD_TYPE);
        return false;
    }
    let parts: Vec<_> = rtcp::walk(datagram).map(|part| part.expect("we send reports")).collect();
    assert!(matches!(parts.first(), Some(rtcp::Part::SenderReport(_) | rtcp::Part::ReceiverReport(_))));
    assert!(matches!(parts.get(1), Some(rtcp::Part::SourceDescription(_))));
    parts.iter().any(|part| matches!(part, rtcp::Part::Goodbye(_)))
}

fn call() -> Call {
    let format = Format::new(
        PAYLOAD_TYPE,
        "opus/48000/2".parse().expect("an rtpmap"),
        (Box::new(OpusPayloader::new()), Box::new(OpusDepayloader)),
        Box::new(FakeEncoder::new(FakeConfig::default()).expect("a fake encoder")),
        FakeDecoder::new(AudioFormat::VOICE),
        PlayoutConfig::default(),
    );
    let config = CallConfig { seed: 1, mtu: MTU, ..CallConfig::default() };
    Call::new(config, format.expect("a format")).expect("a call")
}
