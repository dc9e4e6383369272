//! webrtc-rs and str0m mean the same by the header extensions they know.

use core::time::Duration;
use moim_media::{Seq, Timestamp};
use moim_rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, Camera, ClockOffset, Flip, Level, Mid, PlayoutDelay,
    RepairedRid, Rid, Rotation, SinceCapture, TransportSeq, VideoContentType, VideoOrientation, VideoTiming,
    VoiceActivity,
};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, HeaderExtension, NtpTime, PacketBuilder, PayloadType, Ssrc,
};
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
use str0m::rtp::{ExtensionMap, ExtensionValues, RtpHeader};
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

/// What str0m reads of the value in a packet.
fn read_by_str0m<'a>(kind: str0m::rtp::Extension, value: &impl HeaderExtension<'a>) -> ExtensionValues {
    assert_eq!(kind.as_uri(), uri_of(value));
    let mut data = [0; 16];
    let len = value.write(&mut data).unwrap();
    let elements = [Extension { id: ExtensionId::new(3).unwrap(), data: &data[..len] }];
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(1),
        timestamp: Timestamp(2),
        ssrc: Ssrc(3),
    };
    let mut packet = [0; 64];
    let builder = PacketBuilder::new(header).extensions(ExtensionForm::OneByte, &elements);
    let len = builder.write(&[], &mut packet).unwrap();
    let mut map = ExtensionMap::empty();
    map.set(3, kind);
    RtpHeader::_parse(&packet[..len], &map).expect("a header").ext_vals
}

fn uri_of<'a, E: HeaderExtension<'a>>(_: &E) -> &'static str {
    E::URI
}

#[test]
fn str0m_reads_names_of_streams() {
    use str0m::rtp::Extension::{RepairedRtpStreamId, RtpMid, RtpStreamId};
    // It writes a hyphen as an underscore.
    for name in ["0", "a", "Video_1"] {
        if let Some(mid) = Mid::new(name) {
            assert_eq!(read_by_str0m(RtpMid, &mid).mid.unwrap().to_string(), name);
        }
        let Some(rid) = Rid::new(name) else { continue };
        assert_eq!(read_by_str0m(RtpStreamId, &rid).rid.unwrap().to_string(), name);
        assert_eq!(
            read_by_str0m(RepairedRtpStreamId, &RepairedRid(rid)).rid_repair.unwrap().to_string(),
            name
        );
    }
}

proptest! {
    #[test]
    fn str0m_reads_times_of_capture(since in 0_u64..2_000_000_000_000_000_000, offset in proptest::option::of(any::<i64>())) {
        let since = Duration::from_nanos(since);
        let ours = AbsCaptureTime { captured: NtpTime::from_unix(since), offset: offset.map(ClockOffset) };
        let theirs = read_by_str0m(str0m::rtp::Extension::AbsoluteCaptureTime, &ours).abs_capture_time.unwrap();
        prop_assert_eq!(theirs.clock_offset, offset);
        let read = theirs.capture_time.duration_since(UNIX_EPOCH).unwrap();
        prop_assert!(read.abs_diff(since) <= Duration::from_micros(1), "{:?} {:?}", read, since);
    }

    #[test]
    fn str0m_reads_what_encoders_tell(on_timer: bool, on_size: bool, times: [u16; 4], network: [u16; 2]) {
        let ours = VideoTiming {
            on_timer,
            on_size,
            encode_start: SinceCapture(times[0]),
            encode_finish: SinceCapture(times[1]),
            packetized: SinceCapture(times[2]),
            left_pacer: SinceCapture(times[3]),
            network: network.map(SinceCapture),
        };
        let theirs = read_by_str0m(str0m::rtp::Extension::VideoTiming, &ours).video_timing.unwrap();
        prop_assert_eq!(theirs.flags, u8::from(on_timer) | u8::from(on_size) << 1);
        let read = [theirs.encode_start, theirs.encode_finish, theirs.packetize_complete, theirs.last_left_pacer];
        prop_assert_eq!(read, times);
        for (kind, number) in [(VideoContentType::Unspecified, 0), (VideoContentType::Screenshare, 1)] {
            let theirs = read_by_str0m(str0m::rtp::Extension::VideoContentType, &kind);
            prop_assert_eq!(theirs.video_content_type, Some(number));
        }
    }
}
