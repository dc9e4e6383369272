use crate::*;
use moim_rtp::{ExtensionId, PayloadType, Ssrc};

const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// What a browser offers of pictures, and something that nobody knows.
const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 35\r\nc=IN IP4 0.0.0.0\r\nb=TIAS:900000\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:x\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\na=mid:1\r\n\
    a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\na=sendonly\r\na=msid:- track\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
    a=rtpmap:103 H264/90000\r\na=rtcp-fb:* nack pli\r\n\
    a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
    a=rtpmap:104 rtx/90000\r\na=fmtp:104 rtx-time=3000;apt=103\r\n\
    a=rid:q send\r\na=rid:h send pt=96\r\na=simulcast:send q;~h\r\n\
    a=ssrc-group:FID 1 2\r\na=ssrc:1 cname:c\r\na=ssrc:2 cname:c\r\na=x-unknown:1 2\r\n";

fn number(payload_type: u8) -> PayloadType {
    PayloadType::new(payload_type).unwrap()
}

fn read(sections: &str) -> (Description, Vec<(usize, ProblemKind)>) {
    let Parsed { description, problems } =
        Description::parse(format!("{HEAD}{sections}").as_bytes()).unwrap();
    (description, problems.into_iter().map(|problem| (problem.line, problem.kind)).collect())
}

#[test]
fn everything_is_at_its_codec() {
    let (description, problems) = read(VIDEO);
    assert_eq!(problems, []);
    let [section] = &description.sections[..] else { panic!("one section") };
    let [vp8, h264] = &section.formats[..] else { panic!("two formats") };
    assert!(vp8.encoding.is("vp8") && section.format("H264") == Some(h264));
    assert_eq!(vp8.feedback, [Feedback::Nack, Feedback::Nack], "as it was said");
    assert!(section.welcomes(&Feedback::NackPli, vp8) && !section.welcomes(&Feedback::Nack, h264));
    let again = Retransmission { payload_type: number(97), time: None };
    assert_eq!(vp8.retransmission, Some(again));
    assert_eq!(h264.retransmission.unwrap().time, Some(core::time::Duration::from_secs(3)));
    assert_eq!(section.format_of(number(104)), Some(h264));
    assert_eq!(section.other_formats, ["35"], "nothing is said of it");
    assert_eq!((section.kind.clone(), section.protocol.clone()), (MediaKind::Video, Protocol::DtlsSavpf));
    assert_eq!((section.direction, section.rtcp_mux), (Direction::SendOnly, RtcpMux::Muxed));
    assert_eq!((section.report_size, section.setup), (ReportSize::Reduced, Some(Setup::ActPass)));
    assert_eq!(section.bit_rate(), Some(900_000));
    assert_eq!(section.source_groups[0].sources, [Ssrc(1), Ssrc(2)]);
    let names: Vec<_> = section.attributes.iter().map(|attribute| attribute.attribute.as_str()).collect();
    assert_eq!(names, ["ice-ufrag", "fingerprint", "x-unknown"]);
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let (description, _) = read(VIDEO);
    let text = description.to_string();
    assert_eq!(
        Description::parse(text.as_bytes()).unwrap(),
        Parsed { description, problems: vec![] },
        "{text}"
    );
}

#[test]
fn what_cannot_be_read_is_reported_and_loses_nothing_else() {
    let (whole, _) = read(VIDEO);
    let cases = [
        ("a=mid:1\r\n", "a=mid:1 2\r\n", ProblemKind::Unreadable(AttributeError::Invalid(Part::Mid))),
        (
            "a=rid:q send\r\n",
            "a=rid:q up\r\n",
            ProblemKind::Unreadable(AttributeError::Invalid(Part::Direction)),
        ),
        ("a=fmtp:97 apt=96\r\n", "a=fmtp:97 apt=x\r\n", ProblemKind::Rtx(RtxError)),
        ("a=fmtp:97 apt=96\r\n", "a=fmtp:97 apt=111\r\n", ProblemKind::Unlisted),
        ("a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack\r\n", "a=rtcp-fb:98 nack\r\n", ProblemKind::Unlisted),
        ("profile-level-id=42e01f", "profile-level-id=42", ProblemKind::Parameters(ParametersError)),
        ("a=setup:actpass\r\n", "a=setup:actpass\r\na=setup:active\r\n", ProblemKind::Repeated),
        ("a=sendonly\r\n", "a=sendonly\r\na=recvonly\r\n", ProblemKind::Repeated),
    ];
    for (line, broken, kind) in cases {
        let text = VIDEO.replace(line, broken);
        let (description, problems) = read(&text);
        assert_eq!(problems.iter().map(|&(_, kind)| kind).collect::<Vec<_>>(), [kind], "{broken}");
        let [section] = &description.sections[..] else { panic!("one section") };
        assert_eq!(section.formats.len(), 2, "{broken}");
        assert_eq!(section.sources, whole.sections[0].sources);
    }
    let text = VIDEO.replace("a=extmap:14", "a=extmap:0");
    let problem = Description::parse(format!("{HEAD}{text}").as_bytes()).unwrap().problems.remove(0);
    assert_eq!((problem.section, problem.line, problem.attribute.as_str()), (Some(0), 5, "extmap"));
}

#[test]
fn a_session_speaks_for_its_sections() {
    let session =
        "a=recvonly\r\na=setup:active\r\na=extmap-allow-mixed\r\na=extmap:1 one\r\na=extmap:2 two\r\na=x\r\n";
    let sections = "m=audio 5004 RTP/AVP 0\r\na=extmap:7 one\r\nm=audio 5006 RTP/AVP 8\r\na=sendonly\r\n";
    let (description, problems) = read(&format!("{session}{sections}"));
    assert_eq!(problems, []);
    let [first, second] = &description.sections[..] else { panic!("two sections") };
    let numbers = |section: &Section| section.extensions.iter().map(|own| own.id.get()).collect::<Vec<_>>();
    assert_eq!((numbers(first), numbers(second)), (vec![7, 2], vec![1, 2]));
    assert_eq!((first.direction, second.direction), (Direction::RecvOnly, Direction::SendOnly));
    assert_eq!((first.setup, second.extension_forms), (Some(Setup::Active), ExtensionForms::Mixed));
    assert_eq!(description.session.attributes.len(), 1, "what is not for sections stays");
    assert_eq!(read(&description.to_string()[HEAD.len()..]).0, description);
    let long = format!("a=extmap:1 {}\r\nm=audio 5004 RTP/AVP 0\r\n", "u".repeat(600));
    assert_eq!(read(&long).1, [(0, ProblemKind::TooLong)]);
}

#[test]
fn what_needs_no_rtpmap_has_none() {
    let (description, problems) =
        read("m=audio 5004 RTP/AVP 0 9 101 77 0\r\na=rtpmap:101 telephone-event/8000\r\n");
    assert_eq!(problems, []);
    let names: Vec<_> =
        description.sections[0].formats.iter().map(|format| format.encoding.to_string()).collect();
    assert_eq!(names, ["PCMU/8000", "G722/8000", "telephone-event/8000"]);
    assert_eq!(description.sections[0].other_formats, ["77"]);
}

#[test]
fn a_section_that_is_bundled_only_is_no_refusal() {
    let (description, _) = read("m=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\na=bundle-only\r\n");
    let refused: Vec<_> = description.sections.iter().map(Section::is_refused).collect();
    assert_eq!(refused, [true, false]);
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let long = vec![b'v'; MAX_BYTES + 1];
    assert_eq!(Description::parse(&long), Err(ParseError::TooLong { len: MAX_BYTES + 1 }));
    let many = format!("{HEAD}{}", "m=audio 0 RTP/AVP 0\r\n".repeat(MAX_SECTIONS + 1));
    let refused = Description::parse(many.as_bytes());
    assert_eq!(refused, Err(ParseError::TooManySections { count: MAX_SECTIONS + 1 }));
    let count = MAX_ATTRIBUTES + 1;
    let session = format!("{HEAD}{}", "a=x\r\n".repeat(count));
    let refused = Description::parse(session.as_bytes());
    assert_eq!(refused, Err(ParseError::TooManyAttributes { section: None, count }));
    let section = format!("{HEAD}m=audio 0 RTP/AVP 0\r\n{}", "a=x\r\n".repeat(count));
    let refused = Description::parse(section.as_bytes());
    assert_eq!(refused, Err(ParseError::TooManyAttributes { section: Some(0), count }));
    assert!(matches!(Description::parse(b"hello"), Err(ParseError::Malformed(_))));
}

#[test]
fn an_extension_is_found_by_its_name() {
    let (description, _) = read(VIDEO);
    let extension = description.sections[0].extension("urn:ietf:params:rtp-hdrext:toffset");
    assert_eq!(extension.map(|extension| extension.id), ExtensionId::new(14));
}
