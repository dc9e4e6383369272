//! What ffmpeg, GStreamer, baresip, Chromium, Firefox and aiortc wrote (by the scripts in `corpus/make`) is read
//! without loss, and answered.

use moim_sdp::sdp_types::{Attribute, Session};
use moim_sdp::{
    Bundle, Capabilities, Crypto, Description, ExtMap, Fmtp, Format, Group, MaxPtime, Mid, Msid, Negotiated,
    Parameters, Parsed, Party, Protocol, Ptime, Rid, Rtcp, RtcpFb, RtpMap, Section, Setup, Simulcast,
    SourceAttribute, SourceGroup, TypedAttribute,
};
use std::collections::BTreeMap;
use std::path::Path;

/// What we can: every codec there is a payload format for, over each transport that is spoken.
const OURS: &str = include_str!("ours.sdp");

fn corpus() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files =
        std::fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("a readable folder").path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "sdp"));
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    files.map(|path| (name(&path), std::fs::read(&path).expect("a readable file"))).collect()
}

fn read(text: &[u8]) -> Parsed {
    Description::parse(text).expect("a description")
}

fn ours() -> Capabilities {
    let Description { session, sections, .. } = read(OURS.as_bytes()).description;
    // Three of each, as a description of the corpus may have.
    Capabilities { session, sections: [&sections[..], &sections, &sections].concat(), bundle: Bundle::All }
}

#[test]
fn there_is_a_corpus() {
    let corpus = corpus();
    for program in ["aiortc", "baresip", "chromium", "ffmpeg", "firefox", "gstreamer"] {
        assert!(corpus.keys().any(|name| name.starts_with(program)), "nothing of {program}");
    }
}

#[test]
fn nothing_is_lost_and_nothing_is_left_out() {
    for (name, text) in corpus() {
        let session = Session::parse(&text).expect("a description");
        let mut written = Vec::new();
        session.write(&mut written).expect("a buffer");
        assert_eq!(Session::parse(&written).as_ref(), Ok(&session), "{name}");
        let Parsed { description, problems } = read(&text);
        assert_eq!(problems, [], "{name}");
        assert_eq!(read(description.to_string().as_bytes()).description, description, "{name}");
        // Each line of a section but those that are written at their codec, and each of those, is there again.
        let medias = session.medias.iter().zip(description.to_session().medias);
        for (before, after) in medias {
            let mut numbers = [&before.fmt, &after.fmt].map(|list| list.split(' ').collect::<Vec<_>>());
            numbers.iter_mut().for_each(|numbers| numbers.sort_unstable());
            assert_eq!(numbers[0], numbers[1], "{name}");
            for line in before.attributes.iter().filter(|line| !is_of_format(line)) {
                let is_there = |other: &&Attribute| is_same(line, other);
                assert!(after.attributes.iter().any(|other| is_there(&other)), "{name}: {line:?} is lost");
            }
        }
    }
}

/// Parameters lose what nobody knows, and feedback is nothing to a retransmission.
fn is_of_format(line: &Attribute) -> bool {
    ["fmtp", "rtcp-fb"].contains(&line.attribute.as_str())
}

fn is_same(one: &Attribute, other: &Attribute) -> bool {
    let words = |line: &Attribute| {
        let value = line.value.clone().unwrap_or_default();
        value.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    one.attribute == other.attribute && (words(one) == words(other) || typed(one) == typed(other))
}

/// What a typed attribute means, written.
fn typed(line: &Attribute) -> Option<String> {
    fn written<T: TypedAttribute>(value: &str) -> Option<String> {
        Some(value.parse::<T>().ok()?.to_string())
    }
    let read = match line.attribute.as_str() {
        RtpMap::NAME => written::<RtpMap>,
        Fmtp::NAME => written::<Fmtp>,
        RtcpFb::NAME => written::<RtcpFb>,
        ExtMap::NAME => written::<ExtMap>,
        SourceAttribute::NAME => written::<SourceAttribute>,
        SourceGroup::NAME => written::<SourceGroup>,
        Rid::NAME => written::<Rid>,
        Simulcast::NAME => written::<Simulcast>,
        Mid::NAME => written::<Mid>,
        Group::NAME => written::<Group>,
        Msid::NAME => written::<Msid>,
        Rtcp::NAME => written::<Rtcp>,
        Ptime::NAME => written::<Ptime>,
        MaxPtime::NAME => written::<MaxPtime>,
        Setup::NAME => written::<Setup>,
        Crypto::NAME => written::<Crypto>,
        _ => return None,
    };
    read(line.value.as_deref().unwrap_or_default())
}

#[test]
fn every_typed_line_is_read_and_written_as_the_same() {
    for (name, text) in corpus() {
        let session = Session::parse(&text).expect("a description");
        let sections = session.medias.iter().flat_map(|media| &media.attributes);
        for line in session.attributes.iter().chain(sections) {
            let Some(written) = typed(line) else { continue };
            let again = Attribute::with_value(&line.attribute, &written);
            assert_eq!(typed(&again), Some(written), "{name}: {line:?}");
        }
    }
}

#[test]
fn codecs_have_parameters_of_their_own() {
    for (name, text) in corpus() {
        for section in read(&text).description.sections {
            for format in &section.formats {
                let is_plain = format.parameters == Parameters::NONE;
                let is_typed = !matches!(format.parameters, Parameters::Other(_));
                let is_foreign =
                    ["H265", "L16", "VORBIS", "speex"].iter().any(|name| format.encoding.is(name));
                assert!(is_plain || is_typed || is_foreign, "{name}: {format:?}");
            }
        }
    }
}

/// Answers, and sees that both sides come to the same.
fn agree(ours: &Capabilities, name: &str, offer: &Description) -> Description {
    let answer = ours.answer(offer);
    let travelled = read(answer.to_string().as_bytes()).description;
    let offerer = Negotiated::new(offer, &travelled, Party::Offerer).expect("an answer to it");
    let answerer = Negotiated::new(offer, &answer, Party::Answerer).expect("an answer to it");
    assert_eq!(offerer.reversed(), answerer, "{name}");
    answer
}

#[test]
fn what_has_a_codec_of_ours_is_answered_and_both_come_to_the_same() {
    let ours = ours();
    for (name, text) in corpus() {
        let offer = read(&text).description;
        let answer = agree(&ours, &name, &offer);
        for (theirs, section) in offer.sections.iter().zip(&answer.sections) {
            let is_ours = is_known(&ours, theirs) && !theirs.is_refused();
            assert_eq!(!section.is_refused(), is_ours, "{name}: {answer}");
        }
    }
}

/// Whether the section has a codec of ours, over a transport of ours.
fn is_known(ours: &Capabilities, theirs: &Section) -> bool {
    let candidates = ours.sections.iter().filter(|section| {
        let is_rtp = theirs.protocol.protection().is_some();
        is_rtp && section.kind == theirs.kind && section.protocol.answers(&theirs.protocol)
    });
    let is_same = |codec: &Format, other: &Format| {
        codec.encoding.is_same(&other.encoding) && codec.parameters.answer(&other.parameters).is_some()
    };
    candidates.flat_map(Section::codecs).any(|codec| theirs.codecs().any(|other| is_same(codec, other)))
}

#[test]
fn a_line_gone_wrong_breaks_no_answer() {
    let ours = ours();
    for (name, text) in corpus() {
        let text = String::from_utf8(text).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let half = line.get(..line.len() / 2).unwrap_or_default();
            let doubled = format!("{line}\r\n{line}");
            let swollen = line.replace(' ', "  ");
            for broken in ["a=x", half, &doubled, &swollen] {
                let mut lines = lines.clone();
                lines.splice(at..=at, [broken]);
                // Some lines must be understood.
                if let Ok(parsed) = Description::parse(lines.join("\r\n").as_bytes()) {
                    agree(&ours, &name, &parsed.description);
                }
            }
        }
    }
}

#[test]
fn the_answers_of_others_answer_the_offers_of_others() {
    let corpus = corpus();
    let mut pairs = 0;
    for (name, answer) in &corpus {
        let Some(offer) =
            name.strip_suffix("-answer").and_then(|program| corpus.get(&format!("{program}-offer")))
        else {
            continue;
        };
        let (offer, answer) = (read(offer).description, read(answer).description);
        let agreed = Negotiated::new(&offer, &answer, Party::Offerer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(agreed.sections.iter().flatten().count() > 0, "{name}");
        pairs += 1;
    }
    assert!(pairs > 0, "no answers");
}

#[test]
fn a_section_is_offered_over_every_transport_that_the_corpus_has() {
    let ours = ours();
    for protocol in [Protocol::RtpAvp, Protocol::RtpSavp, Protocol::DtlsSavpf] {
        assert!(ours.sections.iter().any(|section| section.protocol.answers(&protocol)), "{protocol}");
    }
}
