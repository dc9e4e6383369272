//! webrtc-rs means the same by the header extensions it knows.

use core::time::Duration;
use moim_media::Seq;
use moim_rtp::extension::{
    AbsSendTime, AudioLevel, Camera, Flip, Level, PlayoutDelay, Rotation, TransportSeq, VideoOrientation,
    VoiceActivity,
};
use moim_rtp::{HeaderExtension, NtpTime};
use proptest::prelude::*;
use rtp::extension::HeaderExtension as Theirs;
use rtp::extension::abs_send_time_extension::AbsSendTimeExtension;
use rtp::extension::audio_level_extension::AudioLevelExtension;
use rtp::extension::playout_delay_extension::PlayoutDelayExtension;
use rtp::extension::transport_cc_extension::TransportCcExtension;
use rtp::extension::video_orientation_extension::{
    CameraDirection, VideoOrientationExtension, VideoRotation,
};
use std::time::UNIX_EPOCH;
use webrtc_util::marshal::Marshal;

/// What webrtc-rs writes is what we write, and is read as what it was.
fn assert_same<E>(ours: E, theirs: &Theirs)
where
    E: for<'a> HeaderExtension<'a> + PartialEq + core::fmt::Debug,
{
    assert_eq!(<E as HeaderExtension<'_>>::URI, theirs.uri());
    let written = theirs.marshal().unwrap();
    let mut bytes = [0; 16];
    assert_eq!(ours.write(&mut bytes), Some(written.len()));
    assert_eq!(bytes[..written.len()], written);
    assert_eq!(E::read(&written), Some(ours));
}

proptest! {
    #[test]
    fn levels(level in 0_u8..128, voice: bool) {
        let activity = if voice { VoiceActivity::Voice } else { VoiceActivity::NoVoice };
        let ours = AudioLevel { level: Level::new(level).unwrap(), activity };
        assert_same(ours, &Theirs::AudioLevel(AudioLevelExtension { level, voice }));
    }

    #[test]
    fn transport_wide_numbers(number: u16) {
        let theirs = TransportCcExtension { transport_sequence: number };
        assert_same(TransportSeq(Seq(number)), &Theirs::TransportCc(theirs));
    }

    #[test]
    fn delays(min in 0_u16..4_096, more in 0_u16..4_096) {
        let max = (min + more).min(4_095);
        let time = |steps: u16| Duration::from_millis(u64::from(steps) * 10);
        let ours = PlayoutDelay::new(time(min), time(max)).unwrap();
        assert_same(ours, &Theirs::PlayoutDelay(PlayoutDelayExtension::new(min, max)));
    }

    #[test]
    fn times_of_departure(sent in 0_u64..2_000_000_000_000_000_000, under_way in 0_u64..63_000_000_000) {
        let (sent, arrived) = (Duration::from_nanos(sent), Duration::from_nanos(sent + under_way));
        let theirs = AbsSendTimeExtension::new(UNIX_EPOCH + sent);
        // It keeps more than the 24 bits it writes.
        let ours = AbsSendTime::from(NtpTime::from_unix(sent));
        assert_same(ours, &Theirs::AbsSendTime(theirs));
        let estimated = theirs.estimate(UNIX_EPOCH + arrived).duration_since(UNIX_EPOCH).unwrap();
        let before = ours.before(NtpTime::from_unix(arrived));
        prop_assert_eq!(before.since(NtpTime::from_unix(Duration::ZERO)), estimated);
    }
}

#[test]
fn orientations() {
    let cameras = [(Camera::Front, CameraDirection::Front), (Camera::Back, CameraDirection::Back)];
    let flips = [(Flip::None, false), (Flip::Horizontal, true)];
    let rotations = [
        (Rotation::Upright, VideoRotation::Degree0),
        (Rotation::Clockwise90, VideoRotation::Degree90),
        (Rotation::HalfTurn, VideoRotation::Degree180),
        (Rotation::Clockwise270, VideoRotation::Degree270),
    ];
    for (camera, direction) in cameras {
        for (flip, flipped) in flips {
            for (rotation, turned) in rotations {
                let theirs = VideoOrientationExtension { direction, flip: flipped, rotation: turned };
                let ours = VideoOrientation { camera, flip, rotation };
                assert_same(ours, &Theirs::VideoOrientation(theirs));
            }
        }
    }
}
