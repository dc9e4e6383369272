use crate::*;
use moim_rtp::PayloadType;
use sdp_types::{Origin, Session};

const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// What a browser can, with only one codec of each kind that we know.
const OURS: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 110\r\na=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
    a=extmap:1 urn:level\r\na=extmap:2/sendonly urn:mid\r\na=rtpmap:111 opus/48000/2\r\n\
    a=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n\
    a=fmtp:63 111/111\r\na=rtpmap:110 telephone-event/48000\r\na=ssrc:7 cname:us\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 102 103 104\r\na=setup:actpass\r\na=rtcp-mux\r\na=extmap:2 urn:mid\r\n\
    a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
    a=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n\
    a=rtpmap:104 flexfec-03/90000\r\na=fmtp:104 repair-window=10000000\r\n\
    a=rid:a recv\r\na=rid:b recv\r\na=simulcast:recv a;b\r\n";

/// What another offers: more, in another order, with other numbers; its H.264 as Safari's.
const OFFER: &str = "a=group:BUNDLE x y d\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 0 96 97 98\r\na=mid:x\r\na=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
    a=extmap:9 urn:mid\r\na=extmap:10 urn:other\r\na=rtpmap:96 opus/48000/2\r\na=rtcp-fb:* transport-cc\r\n\
    a=rtpmap:97 red/48000/2\r\na=fmtp:97 96/96\r\na=rtpmap:98 telephone-event/48000\r\na=sendonly\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 100 101 102 103 45 46\r\na=mid:y\r\na=setup:active\r\na=rtcp-mux\r\n\
    a=extmap:9 urn:mid\r\na=rtpmap:100 VP8/90000\r\na=rtpmap:101 H264/90000\r\n\
    a=fmtp:101 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c34\r\n\
    a=rtpmap:102 H264/90000\r\n\
    a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034\r\n\
    a=rtcp-fb:102 nack\r\na=rtcp-fb:102 ccm fir\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n\
    a=rtpmap:45 flexfec-03/90000\r\na=fmtp:45 repair-window=200\r\na=rtpmap:46 red/90000\r\n\
    a=rid:1 send pt=100\r\na=rid:2 send\r\na=rid:3 send pt=100,102\r\na=rid:4 send\r\n\
    a=simulcast:send 1;2;3;4\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=setup:actpass\r\na=sctp-port:5000\r\n";

fn read(sections: &str) -> Description {
    let Parsed { description, problems } =
        Description::parse(format!("{HEAD}{sections}").as_bytes()).unwrap();
    assert_eq!(problems, []);
    description
}

fn can(sections: &str) -> Capabilities {
    let session = Session::new(Origin::with_ip_addr("5", 1, [127, 0, 0, 1]), "-");
    Capabilities { session, sections: read(sections).sections, bundle: Bundle::All }
}

fn numbers(section: &Section) -> Vec<u8> {
    section.formats.iter().flat_map(Format::payload_types).map(PayloadType::get).collect()
}

/// Both come to the same, each seen from its side, also when the answer travels as text.
fn agree(offer: &Description, answer: &Description) -> Negotiated {
    let travelled = Description::parse(answer.to_string().as_bytes()).unwrap().description;
    let offerer = Negotiated::new(offer, &travelled, Party::Offerer).unwrap();
    let answerer = Negotiated::new(offer, answer, Party::Answerer).unwrap();
    assert_eq!(offerer.reversed(), answerer);
    assert_eq!(offerer.reversed().reversed(), offerer);
    answerer
}

#[test]
fn an_answer_has_what_both_have_by_the_numbers_of_the_offer() {
    let offer = read(OFFER);
    let answer = can(OURS).answer(&offer);
    let [audio, video, data] = &answer.sections[..] else { panic!("three sections") };
    assert_eq!(numbers(audio), [96, 97, 98]);
    assert_eq!(numbers(video), [102, 103, 45], "not VP8, not high profile, not the redundancy we do not do");
    assert!(!audio.is_refused() && !video.is_refused() && data.is_refused());
    assert_eq!(data.other_formats, ["webrtc-datachannel"]);
    assert_eq!(answer.groups, ["BUNDLE x y".parse().unwrap()]);
    assert_eq!((audio.direction, video.direction), (Direction::RecvOnly, Direction::SendRecv));
    assert_eq!((audio.setup, video.setup), (Some(Setup::Active), Some(Setup::Passive)));
    assert_eq!(audio.extensions, ["9/sendonly urn:mid".parse().unwrap()]);
    assert_eq!(audio.formats[0].feedback, [Feedback::TransportCc]);
    assert_eq!(video.formats[0].feedback, [Feedback::Nack]);
    assert_eq!(audio.formats[0].parameters.to_string(), "minptime=10;useinbandfec=1");
    assert!(video.formats[0].parameters.to_string().ends_with("profile-level-id=42e01f"));
    assert_eq!(
        video.simulcast.as_ref().unwrap().to_string(),
        "recv 2;3",
        "as many as ours, with a codec of ours"
    );
    assert_eq!(video.rids, ["2 recv".parse().unwrap(), "3 recv pt=102".parse().unwrap()]);
    assert_eq!(audio.sources.len(), 1, "sources are ours");
    let agreed = agree(&offer, &answer);
    let video = agreed.sections[1].as_ref().unwrap();
    assert_eq!(video.formats[0].send.payload_type.get(), 102);
    assert_eq!(video.formats[0].send.retransmission.unwrap().payload_type.get(), 103);
    assert_eq!((video.simulcast.recv.len(), agreed.sections[2].as_ref()), (2, None));
}

/// The H.264 of Safari's offers, old and new.
#[test]
fn what_safari_offers_of_h264_is_answered_at_our_level() {
    for (high, base) in [("640c1f", "42e01f"), ("640c34", "42e034"), ("640c2a", "42e02a")] {
        let offer = read(&format!(
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99\r\na=mid:0\r\na=setup:actpass\r\na=rtcp-mux\r\n\
            a=rtpmap:96 H264/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack\r\n\
            a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={high}\r\n\
            a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 H264/90000\r\na=rtcp-fb:98 nack\r\n\
            a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={base}\r\n\
            a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n"
        ));
        let answer = can(OURS).answer(&offer);
        assert_eq!(numbers(&answer.sections[0]), [98, 99], "{base}");
        let fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        assert_eq!(answer.sections[0].formats[0].parameters.to_string(), fmtp);
        agree(&offer, &answer);
    }
}

#[test]
fn our_own_offer_is_answered_by_us() {
    let ours = can(OURS);
    let offer = ours.offer().unwrap();
    assert_eq!(offer.groups, ["BUNDLE 0 1".parse().unwrap()]);
    let answer = ours.answer(&offer);
    assert_eq!(numbers(&answer.sections[0]), [111, 63, 110]);
    agree(&offer, &answer);
}

#[test]
fn a_payload_type_may_differ_by_direction() {
    let offer = read("m=audio 9 RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\n");
    let answer = read("m=audio 9 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n");
    let agreed = Negotiated::new(&offer, &answer, Party::Offerer).unwrap();
    let opus = &agreed.sections[0].as_ref().unwrap().formats[0];
    assert_eq!((opus.send.payload_type.get(), opus.receive.payload_type.get()), (111, 96));
}

#[test]
fn an_answer_of_what_was_not_offered_is_refused() {
    let offer = read(OFFER);
    let good = can(OURS).answer(&offer).to_string();
    let broken = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} in {good}");
        let answer = Description::parse(good.replacen(from, to, 1).as_bytes()).unwrap().description;
        Negotiated::new(&offer, &answer, Party::Offerer).unwrap_err()
    };
    let payload_type = |number| PayloadType::new(number).unwrap();
    let first = |disagreement| NegotiationError::Section { section: 0, disagreement };
    let second = |disagreement| NegotiationError::Section { section: 1, disagreement };
    let cases = [
        ("m=audio", "m=video", first(Disagreement::Kind)),
        ("a=mid:x", "a=mid:y", first(Disagreement::Mid)),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", first(Disagreement::Protocol)),
        ("opus/48000/2", "opus/48000", first(Disagreement::Format { payload_type: payload_type(96) })),
        ("H264/90000", "H265/90000", second(Disagreement::Format { payload_type: payload_type(102) })),
        ("mode=1", "mode=0", second(Disagreement::Format { payload_type: payload_type(102) })),
        (
            "a=rtpmap:97 red",
            "a=fmtp:97 apt=96\r\na=rtpmap:97 rtx",
            first(Disagreement::Retransmission { payload_type: payload_type(97) }),
        ),
        (
            "a=extmap:9",
            "a=extmap:8",
            first(Disagreement::Extension { id: moim_rtp::ExtensionId::new(8).unwrap() }),
        ),
        ("a=rid:3 recv", "a=rid:5 recv", second(Disagreement::Rid)),
        ("a=rid:3 recv", "a=rid:3 send", second(Disagreement::Rid)),
        ("simulcast:recv", "simulcast:send", second(Disagreement::Rid)),
        ("a=setup:passive", "a=setup:active", second(Disagreement::Setup)),
        ("BUNDLE x y", "BUNDLE x z", NegotiationError::Group),
        (
            "a=recvonly",
            "a=sendonly",
            first(Disagreement::Direction { offered: Direction::SendOnly, answered: Direction::SendOnly }),
        ),
        (
            "m=application 0",
            "m=audio 0 RTP/AVP 0\r\nm=application 0",
            NegotiationError::SectionCount { offered: 3, answered: 4 },
        ),
    ];
    for (from, to, error) in cases {
        assert_eq!(broken(from, to), error, "{to}");
    }
    let apart = read("m=audio 5004 RTP/AVP 0\r\n");
    let muxed = read("m=audio 5004 RTP/AVP 0\r\na=rtcp-mux\r\n");
    assert_eq!(Negotiated::new(&apart, &muxed, Party::Offerer), Err(first(Disagreement::RtcpMux)));
    let only = read("m=audio 5004 RTP/AVP 0\r\na=rtcp-mux-only\r\n");
    assert_eq!(Negotiated::new(&only, &apart, Party::Offerer), Err(first(Disagreement::RtcpMux)));
}

#[test]
fn what_was_refused_stays_refused() {
    let offer = read("m=audio 0 RTP/AVP 0\r\n");
    let answer = read("m=audio 5004 RTP/AVP 0\r\n");
    let refused = NegotiationError::Section { section: 0, disagreement: Disagreement::Refused };
    assert_eq!(Negotiated::new(&offer, &answer, Party::Offerer), Err(refused));
    assert!(can("m=audio 5004 RTP/AVP 0\r\n").answer(&offer).sections[0].is_refused());
}

#[test]
fn signals_redundancy_and_repair_need_a_codec() {
    let offer = read(
        "m=audio 9 RTP/AVP 96 97 13 101\r\na=rtpmap:96 speex/8000\r\na=rtpmap:97 red/8000\r\na=fmtp:97 96/96\r\n\
        a=rtpmap:101 telephone-event/8000\r\n",
    );
    let all =
        "m=audio 9 RTP/AVP 0 97 13 101\r\na=rtpmap:97 red/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
    assert!(can(all).answer(&offer).sections[0].is_refused());
    // Redundancy of what we do not have.
    let offer = read(
        "m=audio 9 RTP/AVP 0 96 97\r\na=rtpmap:96 speex/8000\r\na=rtpmap:97 red/8000\r\na=fmtp:97 96/0\r\n",
    );
    assert_eq!(numbers(&can(all).answer(&offer).sections[0]), [0]);
}

#[test]
fn keys_pressed_go_by_the_clock_of_the_sound() {
    let all = "m=audio 9 RTP/AVP 0 96 97 98\r\na=rtpmap:96 opus/48000/2\r\n\
        a=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 telephone-event/48000\r\n";
    let ours = can(all);
    let answered = |formats: &str| {
        let offer = format!("{HEAD}{}", all.replace("0 96 97 98", formats));
        numbers(&ours.answer(&Description::parse(offer.as_bytes()).unwrap().description).sections[0])
    };
    assert_eq!(answered("0 96 97 98"), [0, 96, 97, 98]);
    assert_eq!((answered("0 97 98"), answered("96 97 98")), (vec![0, 97], vec![96, 98]));
}

#[test]
fn parameters_that_nobody_here_knows_are_left_to_the_codec() {
    let offer = read(
        "m=audio 9 RTP/AVP 96 97\r\na=rtpmap:96 AMR/8000\r\na=fmtp:96 octet-align=1;mode-set=0,2\r\n\
        a=rtpmap:97 AMR/8000\r\na=fmtp:97 octet-align=0\r\n",
    );
    let answer = read("m=audio 9 RTP/AVP 97\r\na=rtpmap:97 AMR/8000\r\na=fmtp:97 mode-change-period=2\r\n");
    let agreed = agree(&offer, &answer);
    let [amr] = &agreed.sections[0].as_ref().unwrap().formats[..] else { panic!("one format") };
    assert_eq!((amr.send.payload_type.get(), amr.receive.payload_type.get()), (97, 97));
    // Under another number it would have to be the same.
    let renumbered = read(&answer.to_string()[HEAD.len()..].replace("97", "98"));
    assert!(Negotiated::new(&offer, &renumbered, Party::Offerer).is_err());
}

#[test]
fn what_was_refused_is_in_no_group() {
    let sections = "m=audio 5004 RTP/AVP 0\r\na=mid:a\r\nm=video 5006 RTP/AVP 31\r\na=mid:v\r\n";
    let offer = read(&format!("a=group:BUNDLE a v\r\na=group:LS a\r\n{sections}"));
    let answer = read(&format!("a=group:BUNDLE a v\r\na=group:LS a\r\n{}", sections.replace("5004", "0")));
    let agreed = Negotiated::new(&offer, &answer, Party::Offerer).unwrap();
    assert_eq!(agreed.groups, ["BUNDLE v".parse().unwrap()]);
}

#[test]
fn a_section_on_hold_is_answered_the_other_way_round() {
    let ours = can("m=audio 5004 RTP/AVP 0\r\n");
    for (offered, answered) in [
        ("sendrecv", "sendrecv"),
        ("sendonly", "recvonly"),
        ("recvonly", "sendonly"),
        ("inactive", "inactive"),
    ] {
        let offer = read(&format!("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na={offered}\r\n"));
        let answer = ours.answer(&offer);
        assert_eq!(answer.sections[0].direction.name(), answered);
        assert_eq!(offer.media_address(&offer.sections[0]), None, "nothing is to be sent");
        agree(&offer, &answer);
    }
}

#[test]
fn the_first_key_whose_algorithms_we_have_is_answered_with_ours() {
    let key = |letter: &str| format!("inline:{}", letter.repeat(40));
    let offer = read(&format!(
        "m=audio 9 RTP/SAVP 0\r\na=crypto:1 AEAD_X {}\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 {} UNENCRYPTED_SRTP\r\n\
        a=crypto:3 AES_CM_128_HMAC_SHA1_80 {}\r\n",
        key("A"),
        key("B"),
        key("C")
    ));
    let ours = |suite: &str| can(&format!("m=audio 9 RTP/SAVP 0\r\na=crypto:1 {suite} {}\r\n", key("D")));
    let answer = ours("AES_CM_128_HMAC_SHA1_80").answer(&offer);
    let keys = agree(&offer, &answer).sections[0].clone().unwrap().keys.unwrap();
    assert_eq!((keys.send.tag, keys.receive.tag), (3, 3));
    assert!(keys.send.to_string().ends_with(&key("D")) && keys.receive.to_string().ends_with(&key("C")));
    assert!(
        ours("AES_CM_128_HMAC_SHA1_32").answer(&offer).sections[0].is_refused(),
        "it would not be encrypted"
    );
    let hints =
        read(&offer.to_string()[HEAD.len()..].replace(&key("C"), &format!("{} WSH=128 -X=1", key("C"))));
    let answer = ours("AES_CM_128_HMAC_SHA1_80").answer(&hints);
    assert_eq!(answer.sections[0].crypto[0].to_string(), format!("3 AES_CM_128_HMAC_SHA1_80 {}", key("D")));
    agree(&hints, &answer);
}

#[test]
fn a_section_there_only_in_a_bundle_needs_one() {
    let only = "m=audio 0 RTP/AVP 0\r\na=mid:a\r\na=rtcp-mux\r\na=bundle-only\r\n";
    let first = "m=video 4000 RTP/AVP 31\r\na=mid:v\r\na=rtcp-mux\r\n";
    let ours = can("m=audio 5004 RTP/AVP 0\r\na=rtcp-mux\r\nm=video 5006 RTP/AVP 31\r\na=rtcp-mux\r\n");
    assert!(ours.answer(&read(only)).sections[0].is_refused(), "in no group");
    let alone = read(&format!("a=group:BUNDLE a\r\n{only}"));
    assert!(ours.answer(&alone).sections[0].is_refused(), "none of the group says where it is");
    let offer = read(&format!("a=group:BUNDLE a v\r\n{only}{first}"));
    let answer = ours.answer(&offer);
    assert_eq!(answer.groups, ["BUNDLE v a".parse().unwrap()], "the transport is that of the first");
    assert_eq!([answer.sections[0].port, answer.sections[1].port], [5_006, 5_006]);
    agree(&offer, &answer);
    let never = Capabilities { bundle: Bundle::Never, ..ours.clone() };
    assert!(never.answer(&offer).sections[0].is_refused());
    // Where there is a port, it says nothing (RFC 9143, section 6).
    let stray = read(&only.replace("audio 0", "audio 4002"));
    assert!(!never.answer(&stray).sections[0].is_refused());
}

#[test]
fn sections_of_a_bundle_are_received_at_one_place() {
    let ours = can(
        "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=rtcp-mux\r\nm=video 5006 RTP/AVP 31\r\na=rtcp-mux\r\n\
        m=audio 5008 RTP/AVP 8\r\n",
    );
    let offered = "m=audio 4000 RTP/AVP 0\r\na=mid:a\r\na=rtcp-mux\r\nm=video 4000 RTP/AVP 31\r\na=mid:v\r\n\
        a=rtcp-mux\r\nm=audio 4004 RTP/AVP 8\r\na=mid:x\r\na=rtcp-mux\r\n";
    let ports = |answer: &Description| answer.sections.iter().map(|section| section.port).collect::<Vec<_>>();
    let answer = ours.answer(&read(&format!("a=group:BUNDLE a v x\r\n{offered}")));
    assert_eq!(answer.groups, ["BUNDLE a v".parse().unwrap()], "reports of the third do not come along");
    assert_eq!(ports(&answer), [5_004, 5_004, 5_008]);
    assert_eq!(answer.sections[1].connections, answer.sections[0].connections);
    assert_eq!(ports(&ours.answer(&read(offered))), [5_004, 5_006, 5_008]);
    assert_eq!(ours.offer().unwrap().groups, ["BUNDLE 0 1".parse().unwrap()]);
}

#[test]
fn an_offer_anew_keeps_the_order_and_refuses_what_has_gone() {
    let ours = can(OURS);
    let mut last = ours.offer().unwrap();
    last.sections.reverse();
    let only_video = Capabilities { sections: ours.sections[1..].to_vec(), ..ours.clone() };
    let again = only_video.offer_again(&last).unwrap();
    let kinds: Vec<_> =
        again.sections.iter().map(|section| (section.kind.clone(), section.is_refused())).collect();
    assert_eq!(kinds, [(MediaKind::Video, false), (MediaKind::Audio, true)]);
    assert_eq!(again.sections[0].mid, last.sections[0].mid);
    assert_eq!(again.session.origin.sess_version, last.session.origin.sess_version + 1);
    let grown = Capabilities { sections: [&ours.sections[..], &ours.sections[1..]].concat(), ..ours };
    let more = grown.offer_again(&again).unwrap();
    let mids: Vec<_> = more.sections.iter().map(|section| section.mid.as_ref().unwrap().as_str()).collect();
    assert_eq!(mids, ["1", "2", "3"], "what comes where something else was has another name");
    assert!(more.sections.iter().all(|section| !section.is_refused()));
}

#[test]
fn an_offer_anew_keeps_the_numbers_of_what_was_answered() {
    let ours = can(
        "m=audio 9 RTP/AVPF 111 63 96\r\na=rtcp-mux\r\na=extmap:1 a\r\na=extmap:2 b\r\na=rtpmap:111 opus/48000/2\r\n\
        a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:96 speex/8000\r\n\
        m=video 9 RTP/AVPF 97 98\r\na=rtcp-mux\r\na=extmap:2 b\r\na=rtpmap:97 VP8/90000\r\na=rtpmap:98 rtx/90000\r\n\
        a=fmtp:98 apt=97\r\n",
    );
    let offer = read(
        "a=group:BUNDLE a v\r\nm=audio 9 RTP/AVP 96 97\r\na=mid:a\r\na=rtcp-mux\r\na=extmap:2 a\r\n\
        a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 red/48000/2\r\na=fmtp:97 96/96\r\n\
        m=video 9 RTP/AVP 98 99\r\na=mid:v\r\na=rtcp-mux\r\na=rtpmap:98 VP8/90000\r\na=rtpmap:99 rtx/90000\r\n\
        a=fmtp:99 apt=98\r\n",
    );
    let answer = ours.answer(&offer);
    for bundle in [Bundle::All, Bundle::Never] {
        let again = Capabilities { bundle, ..ours.clone() }.offer_again(&answer).unwrap();
        let [audio, video] = &again.sections[..] else { panic!("two sections") };
        // What is new, 96 of ours, has a number that nothing had.
        let fresh = if bundle == Bundle::All { 100 } else { 98 };
        assert_eq!((numbers(audio), numbers(video)), (vec![96, 97, fresh], vec![98, 99]));
        assert_eq!(audio.formats[1].parameters.to_string(), "96/96");
        let extensions: Vec<_> =
            audio.extensions.iter().map(|own| (own.id.get(), own.uri.as_str())).collect();
        assert_eq!(extensions, [(2, "a"), (3, "b")]);
        assert_eq!(audio.protocol, Protocol::RtpAvp, "as it was agreed on");
        agree(&again, &ours.answer(&again));
    }
    // What goes on stays in its place, though one before it is free.
    let mut last = can("m=audio 9 RTP/AVP 8\r\nm=audio 9 RTP/AVP 0\r\n").offer().unwrap();
    last.sections[0].port = 0;
    let again = can("m=audio 9 RTP/AVP 0\r\n").offer_again(&last).unwrap();
    assert_eq!(again.sections.iter().map(Section::is_refused).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn an_offer_that_contradicts_itself_is_not_made() {
    let payload_type = |number| PayloadType::new(number).unwrap();
    let opus = "m=audio 9 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=extmap:1 a\r\n";
    for (second, error) in [
        (opus, None),
        (
            "m=audio 9 RTP/AVP 96\r\na=rtpmap:96 speex/8000\r\n",
            Some(OfferError::PayloadType { section: 1, payload_type: payload_type(96) }),
        ),
        (
            "m=audio 9 RTP/AVP 0\r\na=extmap:1 b\r\n",
            Some(OfferError::Extension { section: 1, id: moim_rtp::ExtensionId::new(1).unwrap() }),
        ),
        (
            "m=audio 9 RTP/AVP 77\r\na=rtpmap:77 speex/8000\r\na=rtcp-mux\r\n",
            Some(OfferError::LooksLikeReport { section: 1, payload_type: payload_type(77) }),
        ),
        ("m=audio 9 RTP/AVP 0\r\na=simulcast:send 1\r\n", Some(OfferError::Rid { section: 1 })),
    ] {
        assert_eq!(can(&format!("{opus}{second}")).offer().err(), error, "{second}");
    }
    let mut apart = can(&format!("{opus}m=audio 9 RTP/AVP 96\r\na=rtpmap:96 speex/8000\r\n"));
    apart.bundle = Bundle::Never;
    assert_eq!(apart.offer().unwrap().groups, []);
    let named = can(&format!("{opus}a=mid:x\r\n{opus}a=mid:x\r\n"));
    assert_eq!(named.offer(), Err(OfferError::Mid { section: 1 }));
    apart.sections[1] = Section::new(MediaKind::Audio, Protocol::RtpAvp);
    assert_eq!(apart.offer(), Err(OfferError::NoFormat { section: 1 }));
}

/// Half a minute when the name is compared for each section.
#[test]
fn a_group_of_a_long_name_and_many_sections_is_checked_at_once() {
    let mids: String = (0..30_000).map(|mid| format!(" {mid}")).collect();
    let group = format!("a=group:{}{mids}\r\n", "X".repeat(1 << 20));
    let offer = read(&format!("{group}m=audio 5004 RTP/AVP 0\r\na=mid:7\r\n"));
    let agreed = Negotiated::new(&offer, &offer, Party::Offerer).unwrap();
    assert_eq!(agreed.groups[0].mids, ["7".parse().unwrap()]);
}
