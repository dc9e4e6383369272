//! What a call refuses to be.

mod pair;

use core::time::Duration;
use moim_call::{Call, CallConfig, CallError, PictureFormat};
use moim_media::Instant;
use moim_playout::PlayoutConfig;
use moim_rtp::PayloadType;
use moim_video::VideoConfig;

fn refused(config: CallConfig) -> CallError {
    Call::new(config, pair::format(PlayoutConfig::default())).map(drop).expect_err("a refusal")
}

#[test]
fn the_impossible_is_refused_with_its_numbers() {
    let config = CallConfig::default;
    assert_eq!(refused(CallConfig { cname: String::new(), ..config() }), CallError::Cname { len: 0 });
    assert_eq!(refused(CallConfig { cname: "x".repeat(256), ..config() }), CallError::Cname { len: 256 });
    assert!(matches!(
        refused(CallConfig { mtu: 128, ..config() }),
        CallError::Mtu { mtu: 128, needed: 129.. }
    ));
    assert!(matches!(refused(CallConfig { mtu: 1_453, ..config() }), CallError::Mtu { .. }));
    assert!(matches!(
        refused(CallConfig { start_bitrate: 1, ..config() }),
        CallError::Bitrate { start: 1, .. }
    ));
    for interval in [Duration::ZERO, Duration::MAX] {
        let error = refused(CallConfig { report_interval: interval, ..config() });
        assert_eq!(error, CallError::ReportInterval { interval });
    }
}

#[test]
fn at_the_edge_of_what_is_possible_there_are_still_reports() {
    let name = "x".repeat(255);
    let CallError::Mtu { needed, .. } =
        refused(CallConfig { cname: name.clone(), mtu: 0, ..CallConfig::default() })
    else {
        panic!("an MTU of 0 is refused as such");
    };
    let config = CallConfig { cname: name, mtu: needed, wall_clock: Duration::MAX, ..CallConfig::default() };
    let mut call = Call::new(config, pair::format(PlayoutConfig::default())).expect("just enough");
    let (mut reports, mut datagram) = (0, [0; 1_500]);
    for tick in 0..500 {
        let now = Instant::from_millis(10 * tick);
        call.push_mic(now, &[0.1; 480]);
        call.handle_timeout(now);
        while let Some(sent) = call.poll_transmit(now, &mut datagram) {
            reports += u32::from(sent.kind == moim_call::Kind::Report);
        }
    }
    assert!(reports >= 3, "{reports}");
}

#[test]
fn formats_under_one_number_and_impossible_pictures_are_refused() {
    let refused = |config: CallConfig, picture: PictureFormat| {
        let voice = pair::format(PlayoutConfig::default());
        Call::with_picture(config, voice, picture).map(drop).expect_err("a refusal")
    };
    let number = |number| PayloadType::new(number).expect("seven bits");
    let picture = || pair::camera::format(VideoConfig::default());
    let twice = refused(CallConfig::default(), picture().retransmitted_as(number(102)));
    assert!(matches!(twice, CallError::PayloadTypes { .. }), "{twice}");
    let as_voice = refused(CallConfig::default(), picture().retransmitted_as(number(111)));
    assert!(matches!(as_voice, CallError::PayloadTypes { .. }), "{as_voice}");
    let narrow = CallConfig { picture_bitrate: 700_000..=800_000, ..CallConfig::default() };
    assert!(matches!(refused(narrow.clone(), picture()), CallError::Bitrate { start: 600_000, .. }));
    // A call of voices does not care.
    assert!(Call::new(narrow, pair::format(PlayoutConfig::default())).is_ok());
    for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let config = CallConfig { frame_rate: rate, ..CallConfig::default() };
        assert!(matches!(refused(config, picture()), CallError::FrameRate { .. }), "{rate}");
    }
}
