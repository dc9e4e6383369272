//! Header extensions, each where and as its definition has it. tshark 4.0 knows elements, but none of the values: these
//! stand here in bytes.

use crate::capture::Capture;
use crate::shark::{RTP, read};
use core::time::Duration;
use moim_media::{Seq, Timestamp};
use moim_rtp::extension::{
    AbsCaptureTime, AbsSendTime, ArrivalTimes, AudioLevel, Camera, ClockOffset, FeedbackRequest, Flip, Level,
    Mid, MixerLevels, PlayoutDelay, RepairedRid, Rid, Rotation, SinceCapture, TransmissionOffset,
    TransportSeq, TransportSeqV2, VideoContentType, VideoOrientation, VideoTiming, VoiceActivity,
};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, HeaderExtension, NtpTime, PacketBuilder, PayloadType, Ssrc,
};

fn written<'a>(value: &impl HeaderExtension<'a>) -> Vec<u8> {
    let mut bytes = vec![0; value.value_len()];
    assert_eq!(value.write(&mut bytes), Some(bytes.len()));
    bytes
}

/// Values, and the bytes they have by their definitions.
fn values() -> Vec<(Vec<u8>, &'static [u8])> {
    let level = |level, activity| AudioLevel { level: Level::new(level).unwrap(), activity };
    let ntp = NtpTime(0x0102_0304_0506_0708);
    let offset = ClockOffset(-2);
    let request = |packets, times| FeedbackRequest::new(packets, times);
    let orientation = |camera, flip, rotation| VideoOrientation { camera, flip, rotation };
    let delay = |min, max| PlayoutDelay::new(Duration::from_millis(min), Duration::from_millis(max)).unwrap();
    let timing = VideoTiming {
        on_timer: true,
        on_size: true,
        encode_start: SinceCapture(1),
        encode_finish: SinceCapture(0x0203),
        packetized: SinceCapture(0x0405),
        left_pacer: SinceCapture(0x0607),
        network: [SinceCapture(0x0809), SinceCapture(u16::MAX)],
    };
    vec![
        (written(&level(0, VoiceActivity::Voice)), &[0x80]),
        (written(&level(127, VoiceActivity::NoVoice)), &[0x7f]),
        (written(&MixerLevels::new(&[0, 64, 127]).unwrap()), &[0, 64, 127]),
        (written(&Mid::new("0").unwrap()), b"0"),
        (written(&Rid::new("hi").unwrap()), b"hi"),
        (written(&RepairedRid(Rid::new("lo").unwrap())), b"lo"),
        // The middle of the seconds and the fraction: 6 and 18 bits.
        (written(&AbsSendTime::from(ntp)), &[0x10, 0x14, 0x18]),
        (written(&AbsCaptureTime { captured: ntp, offset: None }), &[1, 2, 3, 4, 5, 6, 7, 8]),
        (
            written(&AbsCaptureTime { captured: ntp, offset: Some(offset) }),
            &[1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
        ),
        (written(&TransmissionOffset::new(-2).unwrap()), &[0xff, 0xff, 0xfe]),
        (written(&TransportSeq(Seq(0xfffe))), &[0xff, 0xfe]),
        (written(&TransportSeqV2 { seq: Seq(1), request: None }), &[0, 1]),
        (
            written(&TransportSeqV2 { seq: Seq(1), request: request(3, ArrivalTimes::Included) }),
            &[0, 1, 0x80, 3],
        ),
        (
            written(&TransportSeqV2 { seq: Seq(1), request: request(0x7fff, ArrivalTimes::LeftOut) }),
            &[0, 1, 0x7f, 0xff],
        ),
        (written(&orientation(Camera::Back, Flip::Horizontal, Rotation::Clockwise90)), &[0x0d]),
        (written(&orientation(Camera::Front, Flip::None, Rotation::HalfTurn)), &[0x02]),
        (written(&delay(0, 40_950)), &[0, 0x0f, 0xff]),
        (written(&delay(100, 200)), &[0, 0xa0, 0x14]),
        (written(&VideoContentType::Screenshare), &[1]),
        (written(&timing), &[3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xff, 0xff]),
    ]
}

#[test]
fn values_stand_in_elements_as_they_are_defined() {
    let values = values();
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(1),
        timestamp: Timestamp(1),
        ssrc: Ssrc(1),
    };
    // As many as have numbers in the shorter form.
    let packets: Vec<_> = values.chunks(14).collect();
    let forms = [ExtensionForm::OneByte, ExtensionForm::TwoByte];
    let mut capture = Capture::default();
    for form in forms {
        for values in &packets {
            let elements: Vec<_> = values
                .iter()
                .zip(1..)
                .map(|((data, _), id)| Extension { id: ExtensionId::new(id).unwrap(), data })
                .collect();
            let mut packet = [0; 512];
            let builder = PacketBuilder::new(header).extensions(form, &elements);
            let len = builder.write(&[b"body"], &mut packet).unwrap();
            capture.push(RTP, &packet[..len]);
        }
    }
    let Some(dissected) = read("extensions", &capture, &[]) else { return };
    let meant = packets.iter().cycle();
    for (values, datagram) in meant.zip(&dissected) {
        let rtp = datagram.layer("rtp");
        let ids: Vec<_> = (1..=values.len() as i64).collect();
        assert_eq!(rtp.numbers("rtp.ext.rfc5285.id"), ids);
        let defined: Vec<_> = values.iter().map(|(_, defined)| *defined).collect();
        assert_eq!(rtp.bytes("rtp.ext.rfc5285.data"), defined);
    }
}
