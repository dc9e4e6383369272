use super::*;
use moim_rtp::PayloadType;
use moim_rtp::payload::{h264, opus};

const OTHERS: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n\
    m=audio 5004 RTP/AVP 0 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:97 opus/48000/2\r\n\
    a=fmtp:97 sprop-stereo=1;useinbandfec=1\r\n";

/// What ffmpeg 5.1 writes for two streams of its own.
const FFMPEG: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nt=0 0\r\na=tool:libavformat 59.27.100\r\n\
    m=video 5006 RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\nb=AS:500\r\na=rtpmap:96 H264/90000\r\n\
    a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LADNoKC/5xEAAAAwAQAAADA8DxQqo=,aM4PyA==; \
    profile-level-id=42C00C\r\n\
    m=audio 5004 RTP/AVP 97\r\nc=IN IP4 127.0.0.1\r\nb=AS:32\r\na=rtpmap:97 opus/48000/2\r\n\
    a=fmtp:97 sprop-stereo=0\r\n";

/// The part of what Chromium offers that concerns us, with an address, as if ICE had found one.
const CHROMIUM: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 192.0.2.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=mid:0\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 109 114\r\nc=IN IP4 192.0.2.1\r\na=mid:1\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=rtcp-mux\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
    a=rtpmap:103 H264/90000\r\na=rtcp-fb:103 goog-remb\r\na=rtcp-fb:103 transport-cc\r\n\
    a=rtcp-fb:103 nack\r\na=rtcp-fb:103 nack pli\r\n\
    a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
    a=rtpmap:104 rtx/90000\r\na=fmtp:104 apt=103\r\n\
    a=rtpmap:107 H264/90000\r\na=rtcp-fb:107 nack\r\n\
    a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n\
    a=rtpmap:108 rtx/90000\r\na=fmtp:108 apt=107\r\n\
    a=rtpmap:109 H264/90000\r\na=rtcp-fb:109 transport-cc\r\na=rtcp-fb:109 nack\r\na=rtcp-fb:109 nack pli\r\n\
    a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
    a=rtpmap:114 rtx/90000\r\na=fmtp:114 apt=109\r\n";

fn numbers(payload_type: u8) -> PayloadType {
    PayloadType::new(payload_type).unwrap()
}

fn both() -> Description {
    let receiver = |rtp: &str, rtcp| Receiver { rtp: rtp.parse().unwrap(), rtcp };
    Description {
        sound: Some(Sound {
            receiver: receiver("127.0.0.1:5004", RtcpPort::Next),
            payload_type: numbers(111),
            parameters: opus::Parameters { use_in_band_fec: true, ..opus::Parameters::default() },
            feedback: Feedback::None,
        }),
        picture: Some(Picture {
            receiver: receiver("127.0.0.1:5006", RtcpPort::Next),
            payload_type: numbers(97),
            parameters: "packetization-mode=1;profile-level-id=42e01f".parse().unwrap(),
            feedback: Feedback::Nack,
            rtx: Some(numbers(98)),
        }),
        transport_seq: ExtensionId::new(5),
    }
}

#[test]
fn opus_is_found_among_others() {
    let Description { sound: Some(sound), picture: None, transport_seq: None } =
        Description::parse(OTHERS).unwrap()
    else {
        panic!("sound and nothing else")
    };
    assert_eq!(sound.receiver.rtp, "127.0.0.1:5004".parse().unwrap());
    assert_eq!((sound.payload_type.get(), sound.receiver.rtcp), (97, RtcpPort::Next));
    assert!(sound.parameters.use_in_band_fec && sound.parameters.sprop_stereo);
}

#[test]
fn feedback_is_what_the_description_says_of_this_format() {
    let feedback =
        |line: &str| Description::parse(&format!("{OTHERS}{line}\r\n")).unwrap().sound.unwrap().feedback;
    assert_eq!(feedback("a=rtcp-fb:97 nack"), Feedback::Nack);
    assert_eq!(feedback("a=rtcp-fb:* nack"), Feedback::Nack);
    for line in ["a=sendrecv", "a=rtcp-fb:0 nack", "a=rtcp-fb:97 nack pli", "a=rtcp-fb:97", "a=rtcp-fb:* ack"]
    {
        assert_eq!(feedback(line), Feedback::None, "{line}");
    }
}

#[test]
fn what_ffmpeg_writes_has_ports_and_parameter_sets() {
    let read = Description::parse(FFMPEG).unwrap();
    let picture = read.picture.as_ref().unwrap();
    assert_eq!(picture.receiver.rtp.port(), 5_006);
    assert_eq!(picture.parameters.packetization_mode, h264::PacketizationMode::NonInterleaved);
    let sets: Vec<_> =
        h264::nal_units(&picture.parameters.sprop_parameter_sets).map(h264::NalUnit::kind).collect();
    assert_eq!(sets, [h264::NalKind::SequenceParameters, h264::NalKind::PictureParameters]);
    assert_eq!((picture.feedback, picture.rtx, read.transport_seq), (Feedback::None, None, None));
    assert_eq!(read.receivers().iter().map(|at| at.rtp.port()).collect::<Vec<_>>(), [5_004, 5_006]);
}

#[test]
fn of_what_chromium_offers_the_best_is_taken() {
    let read = Description::parse(CHROMIUM).unwrap();
    let picture = read.picture.as_ref().unwrap();
    // 42e01f, in mode 1.
    assert_eq!((picture.payload_type.get(), picture.rtx), (109, Some(numbers(114))));
    assert_eq!(picture.feedback, Feedback::Nack);
    assert_eq!(read.transport_seq, ExtensionId::new(3));
    assert_eq!(read.receivers().len(), 1, "both share a port");
}

#[test]
fn all_packets_are_numbered_only_where_all_streams_are() {
    let without = |line: &str| Description::parse(&CHROMIUM.replacen(line, "a=x", 1)).unwrap().transport_seq;
    assert_eq!(without("a=rtcp-fb:111 transport-cc"), None);
    assert_eq!(without("a=extmap:3 http"), None);
    assert_eq!(
        Description::parse(&CHROMIUM.replacen("a=extmap:3", "a=extmap:4", 1)).unwrap().transport_seq,
        None
    );
    let told = CHROMIUM.replace("a=extmap:3", "a=extmap:3/recvonly");
    assert_eq!(Description::parse(&told).unwrap().transport_seq, ExtensionId::new(3));
}

#[test]
fn what_is_written_is_read() {
    let both = both();
    let shared = Receiver { rtp: "[::1]:6000".parse().unwrap(), rtcp: RtcpPort::Muxed };
    let bundled = Description {
        sound: both.sound.map(|sound| Sound { receiver: shared, feedback: Feedback::Nack, ..sound }),
        picture: both.picture.clone().map(|picture| Picture { receiver: shared, rtx: None, ..picture }),
        transport_seq: None,
    };
    let sound_only = Description { picture: None, ..bundled.clone() };
    let picture_only = Description { sound: None, ..both.clone() };
    for description in [both, bundled, sound_only, picture_only] {
        let text = description.write(Direction::RecvOnly).unwrap();
        assert_eq!(Description::parse(&text).unwrap(), description, "{text}");
    }
    let nothing = Description { sound: None, picture: None, transport_seq: None };
    assert!(nothing.write(Direction::RecvOnly).is_err());
}

#[test]
fn what_cannot_be_used_is_said() {
    let refused = |text: &str| Description::parse(text).unwrap_err().to_string();
    assert!(refused("hello").contains("no session description"));
    assert!(refused(&OTHERS.replace("opus", "speex")).contains("no Opus"));
    assert!(refused(&OTHERS.replace("5004", "0")).contains("refuses"));
    assert!(refused(&OTHERS.replace("c=IN IP4 127.0.0.1\r\n", "")).contains("c= line"));
    assert!(
        refused(&OTHERS.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")).contains("c= line"),
        "on hold"
    );
    assert!(refused(&FFMPEG.replace("97", "96")).contains("same payload type"));
    let mode_2 = FFMPEG.replace("packetization-mode=1", "packetization-mode=2");
    assert_eq!(Description::parse(&mode_2).unwrap().picture, None, "interleaved");
}
