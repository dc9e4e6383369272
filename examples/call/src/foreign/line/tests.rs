use super::*;
use crate::sdp::{Feedback, Picture, Receiver, Sound};
use moim_opus::Packet as OpusPacket;
use moim_rtp::payload::h264;
use moim_rtp::rtcp::{self, Part};
use moim_rtp::{ExtensionId, Packet, is_rtcp};
use moim_testkit::talker::Talker;

const SPOKEN: Duration = Duration::from_secs(4);

fn receiver(rtp: &str, rtcp: RtcpPort) -> Receiver {
    Receiver { rtp: rtp.parse().unwrap(), rtcp }
}

fn agreed(parameters: Parameters, feedback: Feedback) -> Description {
    let sound = Sound {
        receiver: receiver("127.0.0.1:5004", RtcpPort::Muxed),
        payload_type: PayloadType::new(96).unwrap(),
        parameters,
        feedback,
    };
    Description { sound: Some(sound), picture: None, transport_seq: None }
}

/// With a picture on ports of its own.
fn agreed_on_both(feedback: Feedback, fmtp: &str) -> Description {
    let picture = Picture {
        receiver: receiver("127.0.0.1:5006", RtcpPort::Next),
        payload_type: PayloadType::new(97).unwrap(),
        parameters: fmtp.parse().unwrap(),
        feedback,
        rtx: None,
    };
    Description { picture: Some(picture), ..agreed(Parameters::default(), feedback) }
}

fn line(seed: u64, ours: Ours, agreed: &Description) -> Line {
    let config = LineConfig { seed, wall_clock: Duration::ZERO, length: Duration::from_secs(60) };
    // Nothing is written before the recording ends.
    Line::new(&config, ours, Recording::new("never-written.wav".into()), agreed).unwrap()
}

fn talk() -> Vec<f32> {
    let mut says = vec![0.0; AudioFormat::VOICE.samples(SPOKEN)];
    Talker::new(3, AudioFormat::VOICE.rate()).fill(&mut says);
    says
}

fn talking() -> Ours {
    Ours { says: Some(talk()), shows: None }
}

fn talking_and_showing() -> Ours {
    Ours { says: Some(talk()), shows: Some(Camera::scene(VideoSize::new(320, 180).unwrap(), 1)) }
}

/// What a line sends in four seconds, when, and where.
fn all_sent(ours: Ours, agreed: &Description) -> Vec<(Instant, Transmit, Vec<u8>)> {
    let mut line = line(1, ours, agreed);
    let (mut sent, mut buffer) = (Vec::new(), [0; 1_500]);
    let mut now = Instant::EPOCH;
    for tick in 1..=400 {
        assert!(line.tick(now));
        loop {
            while let Some(transmit) = line.poll_transmit(now, &mut buffer) {
                sent.push((now, transmit, buffer[..transmit.len].to_vec()));
            }
            let timeout = line.poll_timeout().filter(|&timeout| timeout < Instant::from_millis(10 * tick));
            let Some(timeout) = timeout else { break };
            now = now.max(timeout);
            line.handle_timeout(now);
        }
        now = Instant::from_millis(10 * tick);
    }
    sent
}

/// The packets of sound among them.
fn spoken(agreed: &Description) -> Vec<(Instant, Vec<u8>)> {
    let sent = all_sent(talking(), agreed).into_iter();
    sent.map(|(now, _, datagram)| (now, datagram)).filter(|(_, datagram)| !is_rtcp(datagram)).collect()
}

/// How many requests to send again a line makes when every tenth packet is lost.
fn requests(feedback: Feedback, sent: Ours, agreed: &Description) -> usize {
    let (mut line, mut buffer, mut requests) = (line(2, Ours::default(), agreed), [0; 1_500], 0);
    assert_eq!(agreed.sound.unwrap().feedback, feedback);
    let arriving = all_sent(sent, agreed).into_iter().enumerate().filter(|(number, _)| number % 10 != 5);
    for (_, (now, transmit, datagram)) in arriving {
        line.handle_datagram(now, transmit.stream, transmit.port, &datagram);
        line.handle_timeout(now);
        while let Some(transmit) = line.poll_transmit(now, &mut buffer) {
            let parts = rtcp::walk(&buffer[..transmit.len]).flatten();
            requests += parts.filter(|part| matches!(part, Part::Nack(_))).count();
        }
    }
    requests
}

#[test]
fn packets_are_asked_for_again_only_where_that_was_agreed_on() {
    for feedback in [Feedback::None, Feedback::Nack] {
        let voice = requests(feedback, talking(), &agreed(Parameters::default(), feedback));
        let both = agreed_on_both(feedback, "packetization-mode=1;profile-level-id=42e01f");
        let picture = requests(feedback, Ours { says: None, ..talking_and_showing() }, &both);
        match feedback {
            Feedback::None => assert_eq!((voice, picture), (0, 0)),
            Feedback::Nack => assert!(voice > 10 && picture > 10, "{voice} {picture}"),
        }
    }
}

#[test]
fn the_bitrate_stays_below_what_the_far_side_wants() {
    let bits_per_second = |max_average_bitrate| {
        let parameters = Parameters { max_average_bitrate, ..Parameters::default() };
        let sent = spoken(&agreed(parameters, Feedback::None));
        let payload = |datagram: &[u8]| Packet::parse(datagram).unwrap().payload().len();
        sent.iter().map(|(_, datagram)| payload(datagram)).sum::<usize>() as f32 * 8.0 / SPOKEN.as_secs_f32()
    };
    assert!(bits_per_second(None) > 25_000.0);
    assert!(bits_per_second(Some(20_000)) < 22_000.0);
    assert!(bits_per_second(Some(8_000)) < 9_000.0, "less than the least that is usual");
}

#[test]
fn the_sound_before_is_repeated_only_for_a_far_side_that_can_use_it() {
    let repeating = |use_in_band_fec| {
        let parameters = Parameters { use_in_band_fec, ..Parameters::default() };
        let sent = spoken(&agreed(parameters, Feedback::None));
        let fec =
            |datagram: &[u8]| OpusPacket::parse(Packet::parse(datagram).unwrap().payload()).unwrap().fec();
        sent.iter().filter(|(_, datagram)| !fec(datagram).is_zero()).count()
    };
    assert_eq!(repeating(false), 0);
    assert!(repeating(true) > 10);
}

#[test]
fn voice_and_picture_leave_from_ports_of_their_own() {
    let agreed = agreed_on_both(Feedback::None, "packetization-mode=1;profile-level-id=42e01f");
    let mut counts = [0; 4];
    for (_, transmit, datagram) in all_sent(talking_and_showing(), &agreed) {
        let place = match (is_rtcp(&datagram), transmit.stream, transmit.port) {
            (false, 0, Port::Rtp) => 0,
            (true, 0, Port::Rtp) => 1,
            (false, 1, Port::Rtp) => 2,
            (true, 1, Port::Rtcp) => 3,
            elsewhere => panic!("{elsewhere:?}"),
        };
        if !is_rtcp(&datagram) {
            assert_eq!(Packet::parse(&datagram).unwrap().payload_type().get(), 96 + transmit.stream as u8);
        }
        counts[place] += 1;
    }
    let [voice, voice_reports, picture, picture_reports] = counts;
    assert!(voice > 190 && picture >= 119, "{counts:?}");
    assert!(voice_reports > 2 && picture_reports > 2, "{counts:?}");
}

#[test]
fn what_is_lost_comes_again_as_agreed_and_all_packets_are_numbered() {
    let both = agreed_on_both(Feedback::Nack, "packetization-mode=1;profile-level-id=42e01f");
    let again = PayloadType::new(98).unwrap();
    let id = ExtensionId::new(3).unwrap();
    let picture = both.picture.clone().map(|picture| Picture { rtx: Some(again), ..picture });
    let agreed = Description { picture, transport_seq: Some(id), ..both };
    let (mut a, mut b) = (line(1, talking_and_showing(), &agreed), line(2, Ours::default(), &agreed));
    let (mut buffer, mut sent, mut repairs, mut told) = ([0; 1_500], 0, 0, 0);
    for tick in 0..400 {
        for step in 0..10 {
            let now = Instant::from_millis(10 * tick + step);
            for line in [&mut a, &mut b] {
                if step == 0 {
                    assert!(line.tick(now));
                }
                line.handle_timeout(now);
            }
            while let Some(transmit) = a.poll_transmit(now, &mut buffer) {
                let datagram = &buffer[..transmit.len];
                sent += 1;
                if let Some(packet) = (!is_rtcp(datagram)).then(|| Packet::parse(datagram).unwrap()) {
                    assert!(packet.extension(id).is_some(), "without a number");
                    repairs += usize::from(packet.payload_type() == again);
                }
                if sent % 10 != 5 {
                    b.handle_datagram(now, transmit.stream, transmit.port, datagram);
                }
            }
            while let Some(transmit) = b.poll_transmit(now, &mut buffer) {
                let datagram = &buffer[..transmit.len];
                let parts = rtcp::walk(datagram).flatten();
                told += parts.filter(|part| matches!(part, Part::TransportFeedback(_))).count();
                a.handle_datagram(now, transmit.stream, transmit.port, datagram);
            }
        }
    }
    assert!(repairs > 10 && told > 40, "{repairs} sent again, told {told} times");
    let seen = b.stats().picture.unwrap().received;
    // Of 120, though one packet in ten was lost.
    assert!(seen.whole > 110 && seen.shown > 100, "{seen:?}");
}

#[test]
fn in_packetization_mode_0_every_packet_is_one_nal_unit() {
    let agreed = agreed_on_both(Feedback::None, "packetization-mode=0;profile-level-id=42e01f");
    let sent = all_sent(talking_and_showing(), &agreed);
    let pictures = sent.iter().filter(|(_, transmit, datagram)| transmit.stream == 1 && !is_rtcp(datagram));
    let mut slices = 0;
    for (.., datagram) in pictures {
        let nal = h264::NalUnit::new(Packet::parse(datagram).unwrap().payload()).expect("one NAL unit");
        assert!((1..=23).contains(&(nal.as_bytes()[0] & 0x1f)), "{:?}", nal.kind());
        slices += usize::from(matches!(nal.kind(), h264::NalKind::Slice | h264::NalKind::Idr));
    }
    assert!(slices > 119, "{slices}");
}

#[test]
fn a_far_side_has_left_when_all_of_it_has() {
    let mut present = Present::default();
    assert!(!present.have_left(), "nobody was here");
    *present.of_mut(Medium::Voice) = true;
    *present.of_mut(Medium::Picture) = true;
    (*present.of_mut(Medium::Voice), present.has_left) = (false, true);
    assert!(!present.have_left());
    *present.of_mut(Medium::Picture) = false;
    assert!(present.have_left());
}

#[test]
fn a_line_ends_when_its_time_is_over_though_nothing_was_heard() {
    let config = LineConfig { seed: 1, wall_clock: Duration::ZERO, length: Duration::from_secs(1) };
    let agreed = agreed(Parameters::default(), Feedback::None);
    let recording = Recording::new("never-written.wav".into());
    let mut line = Line::new(&config, Ours::default(), recording, &agreed).unwrap();
    let ticks = (0..1_000).take_while(|tick| line.tick(Instant::from_millis(10 * tick))).count();
    assert_eq!(ticks, 99, "and the hundredth is the last");
    assert_eq!(line.received(), 0);
    assert!(matches!(line.finish().unwrap(), Finished::Nothing));
}
