//! The law of a call with pictures.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_call::{Call, CallConfig, Format, Kind, PictureFormat};
use moim_media::{AudioFormat, FramePool, Instant, VideoSize};
use moim_playout::PlayoutConfig;
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::rtcp::{self, Pli, Writer};
use moim_rtp::{ExtensionId, Packet, PayloadType, is_rtcp};
use moim_testkit::fake::{
    FakeConfig, FakeDecoder, FakeEncoder, FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder,
};
use moim_testkit::stamp::{self, Stamp};
use moim_video::{VideoConfig, VideoPlayout};
use std::collections::VecDeque;

const SIZE: VideoSize = VideoSize::new(64, 48).unwrap();
const MTU: usize = 500;
const TICK: Duration = Duration::from_millis(10);
/// A picture every so many ticks.
const PICTURE: u64 = 3;
/// Datagrams that a network holds; then it drops.
const UNDER_WAY: usize = 400;
/// Key frames a second, whoever asks.
const KEY_FRAMES: u64 = 4;

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    /// Time goes on, and the network delivers this many datagrams each way.
    Tick { deliver: [u8; 2] },
    /// The oldest datagrams of a direction are lost.
    Lose { way: bool, count: u8 },
    /// The oldest datagram of a direction comes, and will come again.
    Twice { way: bool },
    /// The oldest datagram of a direction is held up behind all others.
    HoldUp { way: bool },
    /// Anything at all comes in.
    Datagram { way: bool, bytes: &'a [u8] },
    /// The oldest datagram comes with a byte changed.
    Garble { way: bool, at: u16, by: u8 },
    /// A key frame is asked for, in the far side's name.
    AskForKeyFrame,
    /// Everybody was away.
    Away { millis: u16 },
}

struct Party {
    call: Call,
    pool: FramePool,
    taken: u32,
    /// Datagrams on their way to this party.
    coming: VecDeque<Vec<u8>>,
}

/// However the network behaves and whatever comes in: a picture that is shown is one that was taken; what goes out is
/// within the MTU and readable; what is sent again never exceeds what is sent; and nobody can ask for more key frames
/// than are good for the call.
pub fn pictures(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let start = Instant::from_millis(1_000);
    let (mut now, mut ticks) = (start, 0_u64);
    let mut parties = [party(1), party(2)];
    while !input.is_empty() {
        let Ok(step) = input.arbitrary::<Step<'_>>() else { return };
        let side = |way: bool| usize::from(way);
        match step {
            Step::Tick { deliver } => {
                ticks += 1;
                now += TICK;
                for (party, count) in parties.iter_mut().zip(deliver) {
                    for _ in 0..count {
                        let Some(datagram) = party.coming.pop_front() else { break };
                        let _ = party.call.handle_datagram(now, &datagram);
                    }
                    live(party, now, ticks);
                }
            }
            Step::Lose { way, count } => {
                let coming = &mut parties[side(way)].coming;
                coming.drain(..usize::from(count).min(coming.len()));
            }
            Step::Twice { way } => {
                let party = &mut parties[side(way)];
                if let Some(datagram) = party.coming.front() {
                    let _ = party.call.handle_datagram(now, datagram);
                }
            }
            Step::HoldUp { way } => {
                let coming = &mut parties[side(way)].coming;
                if let Some(datagram) = coming.pop_front() {
                    coming.push_back(datagram);
                }
            }
            Step::Datagram { way, bytes } => drop(parties[side(way)].call.handle_datagram(now, bytes)),
            Step::Garble { way, at, by } => {
                let party = &mut parties[side(way)];
                if let Some(datagram) = party.coming.front_mut() {
                    let at = usize::from(at) % datagram.len();
                    datagram[at] ^= by;
                    let _ = party.call.handle_datagram(now, datagram);
                    datagram[at] ^= by;
                }
            }
            Step::AskForKeyFrame => {
                let (sender, media) = (parties[1].call.picture_ssrc(), parties[0].call.picture_ssrc());
                let pli = Pli { sender: sender.expect("a picture"), media: media.expect("a picture") };
                let mut report = [0; 64];
                let mut writer = Writer::new(&mut report);
                writer.pli(pli).expect("there is room");
                let len = writer.len();
                let _ = parties[0].call.handle_datagram(now, &report[..len]);
            }
            Step::Away { millis } => now += Duration::from_millis(millis.into()),
        }
        exchange(&mut parties, now);
        for party in &parties {
            check(&party.call, now.since(start));
        }
    }
}

/// A tick of a party's life.
fn live(party: &mut Party, now: Instant, ticks: u64) {
    let mut speaker = [0.0; 480];
    party.call.push_mic(now, &[0.25; 480]);
    let _ = party.call.pull_speaker(now, &mut speaker);
    assert!(speaker.iter().all(|sample| sample.abs() <= 1.0));
    if ticks.is_multiple_of(PICTURE) {
        let stamp = Stamp { id: party.taken, time: now.since_epoch() };
        party.taken += 1;
        let frame = party.pool.write(|mut frame| stamp::write(&mut frame, stamp)).expect("nobody keeps it");
        party.call.push_camera(now, &frame);
    }
    party.call.handle_timeout(now);
}

/// Shows what is due, and puts what is sent on its way.
fn exchange([a, b]: &mut [Party; 2], now: Instant) {
    for (from, to) in [(0, 1), (1, 0)] {
        let (this, other) = if from < to { (&mut *a, &mut *b) } else { (&mut *b, &mut *a) };
        while let Some(picture) = this.call.poll_picture(now) {
            let stamp = stamp::read(&picture.frame).expect("every picture was stamped");
            assert!(stamp.id < other.taken, "picture {} was never taken", stamp.id);
        }
        let mut buffer = [0; MTU];
        while let Some(sent) = this.call.poll_transmit(now, &mut buffer) {
            let datagram = &buffer[..sent.len];
            assert_eq!(is_rtcp(datagram), sent.kind == Kind::Report);
            if sent.kind == Kind::Report {
                assert!(rtcp::walk(datagram).all(|part| part.is_ok()));
            } else {
                assert!(Packet::parse(datagram).is_ok());
            }
            if other.coming.len() < UNDER_WAY {
                other.coming.push_back(datagram.to_vec());
            }
        }
        while this.call.poll_event().is_some() {}
    }
}

fn check(call: &Call, lasted: Duration) {
    let stats = call.stats();
    let picture = stats.picture.expect("it has a picture");
    assert!(stats.retransmitted <= stats.sent_packets + picture.sent_packets);
    assert!(picture.key_frames <= KEY_FRAMES * (lasted.as_secs() + 1) + 1, "{picture:?} in {lasted:?}");
    assert!(picture.received.shown <= picture.received.whole);
    assert!((12_000..=64_000).contains(&stats.bitrate));
}

fn party(seed: u64) -> Party {
    let payload_type = |number| PayloadType::new(number).expect("seven bits");
    let format = Format::new(
        payload_type(96),
        "opus/48000/2".parse().expect("an rtpmap"),
        (Box::new(OpusPayloader::new()), Box::new(OpusDepayloader)),
        Box::new(FakeEncoder::new(FakeConfig::default()).expect("a fake encoder")),
        FakeDecoder::new(AudioFormat::VOICE),
        PlayoutConfig::default(),
    );
    let video = VideoConfig { packets: 128, size: SIZE, unit_bytes: 1 << 16, ..VideoConfig::default() };
    let receiver = VideoPlayout::new(video, Box::new(H264Depayloader::new()), FakeVideoDecoder::new());
    let picture = PictureFormat::new(
        payload_type(97),
        "H264/90000".parse().expect("an rtpmap"),
        Box::new(H264Payloader::new(PacketizationMode::NonInterleaved)),
        Box::new(FakeVideoEncoder::new(FakeVideoConfig::default()).expect("a fake encoder")),
        Box::new(receiver.expect("a receiver")),
    )
    .retransmitted_as(payload_type(98));
    let config = CallConfig {
        seed,
        mtu: MTU,
        picture_history: 128,
        start_picture_bitrate: 100_000,
        picture_bitrate: 50_000..=200_000,
        transport_seq: ExtensionId::new(3),
        ..CallConfig::default()
    };
    let call = Call::with_picture(config, format.expect("a format"), picture).expect("a call");
    Party { call, pool: FramePool::new(SIZE, 4), taken: 0, coming: VecDeque::new() }
}
