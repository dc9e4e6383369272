use super::*;
use crate::sdp::Feedback;
use moim_opus::Packet as OpusPacket;
use moim_rtp::rtcp::{self, Part};
use moim_rtp::{Packet, PayloadType, is_rtcp};
use moim_testkit::talker::Talker;

const SPOKEN: Duration = Duration::from_secs(4);

fn agreed(parameters: Parameters, feedback: Feedback) -> Description {
    Description {
        receiver: "127.0.0.1:5004".parse().unwrap(),
        rtcp: RtcpPort::Muxed,
        payload_type: PayloadType::new(96).unwrap(),
        parameters,
        feedback,
    }
}

fn line(seed: u64, says: Option<Vec<f32>>, agreed: &Description) -> Line {
    let config = LineConfig { seed, wall_clock: Duration::ZERO, length: Duration::from_secs(60) };
    Line::new(&config, says, agreed).unwrap()
}

/// What a line sends while it speaks, and when.
fn spoken(agreed: &Description) -> Vec<(Instant, Vec<u8>)> {
    let mut says = vec![0.0; AudioFormat::VOICE.samples(SPOKEN)];
    Talker::new(3, AudioFormat::VOICE.rate()).fill(&mut says);
    let mut line = line(1, Some(says), agreed);
    let (mut sent, mut buffer) = (Vec::new(), [0; 1_500]);
    for tick in 0..400 {
        let now = Instant::from_millis(10 * tick);
        assert!(line.tick(now));
        while let Some(transmit) = line.poll_transmit(now, &mut buffer) {
            sent.push((now, buffer[..transmit.len].to_vec()));
        }
    }
    sent.retain(|(_, datagram)| !is_rtcp(datagram));
    sent
}

/// How many requests to send again a line makes when every tenth packet is lost.
fn requests(feedback: Feedback) -> usize {
    let agreed = agreed(Parameters::default(), feedback);
    let (mut line, mut buffer, mut requests) = (line(2, None, &agreed), [0; 1_500], 0);
    let arriving = spoken(&agreed).into_iter().enumerate().filter(|(number, _)| number % 10 != 5);
    for (_, (now, datagram)) in arriving {
        line.handle_datagram(now, Port::Rtp, &datagram);
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
    assert_eq!(requests(Feedback::None), 0);
    assert!(requests(Feedback::Nack) > 10);
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
fn a_line_ends_when_its_time_is_over_though_nothing_was_heard() {
    let config = LineConfig { seed: 1, wall_clock: Duration::ZERO, length: Duration::from_secs(1) };
    let mut line = Line::new(&config, None, &agreed(Parameters::default(), Feedback::None)).unwrap();
    let ticks = (0..1_000).take_while(|tick| line.tick(Instant::from_millis(10 * tick))).count();
    assert_eq!(ticks, 99, "and the hundredth is the last");
    assert_eq!((line.received(), line.into_heard().len()), (0, 0));
}
