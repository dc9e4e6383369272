//! Laws of `moim-sdp`.

use moim_sdp::{
    Bundle, Capabilities, Crypto, Description, ExtMap, Fmtp, Group, MaxPtime, Mid, Msid, Negotiated,
    ParseError, Party, Ptime, Rid, Rtcp, RtcpFb, RtpMap, Setup, Simulcast, SourceAttribute, SourceGroup,
    TypedAttribute,
};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::LazyLock;

/// Each attribute that can be read is written so that the same is read.
pub fn attributes(data: &[u8]) {
    let Some((&kind, text)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let laws: [fn(&str); 16] = [
        inverse::<RtpMap>,
        inverse::<Fmtp>,
        inverse::<RtcpFb>,
        inverse::<ExtMap>,
        inverse::<SourceAttribute>,
        inverse::<SourceGroup>,
        inverse::<Rid>,
        inverse::<Simulcast>,
        inverse::<Mid>,
        inverse::<Group>,
        inverse::<Msid>,
        inverse::<Rtcp>,
        inverse::<Ptime>,
        inverse::<MaxPtime>,
        inverse::<Setup>,
        inverse::<Crypto>,
    ];
    laws[usize::from(kind) % laws.len()](text);
}

fn inverse<T: TypedAttribute + PartialEq + Debug>(text: &str) {
    let Ok(read) = text.parse::<T>() else { return };
    let written = read.to_string();
    assert_eq!(written.parse::<T>().as_ref(), Ok(&read), "{} as {written}", T::NAME);
}

/// What we can: every codec there is a payload format for.
const OURS: &str = include_str!("../../crates/sdp/tests/ours.sdp");

static CAN: LazyLock<Capabilities> = LazyLock::new(|| {
    let parsed = Description::parse(OURS.as_bytes()).expect("ours");
    assert_eq!(parsed.problems, []);
    let Description { session, sections, .. } = parsed.description;
    Capabilities { session, sections, bundle: Bundle::All }
});

/// What is read is written so that the same is read; what is answered was offered, by the text of both; our own
/// negotiation accepts it, and comes to the same on both sides.
pub fn answer(data: &[u8]) {
    let Ok(parsed) = Description::parse(data) else { return };
    let first = parsed.description.to_string();
    let offer = match Description::parse(first.as_bytes()) {
        Ok(offer) => offer.description,
        Err(error) => return assert_grown(&error),
    };
    // Once written it is for ever the same. Before, zeros around parameter sets of H.264 may have been lost.
    let text = offer.to_string();
    assert_eq!(text, first);
    assert_eq!(Description::parse(text.as_bytes()).expect("read before").description, offer, "{text}");

    let answer = CAN.answer(&offer);
    let written = answer.to_string();
    assert_eq!(answer.sections.len(), offer.sections.len());
    assert_offered(&text, &written);
    let travelled = match Description::parse(written.as_bytes()) {
        Ok(travelled) => travelled.description,
        Err(error) => return assert_grown(&error),
    };
    assert_eq!(travelled.sections, answer.sections, "{written}");
    let answerer = Negotiated::new(&offer, &answer, Party::Answerer);
    let offerer = Negotiated::new(&offer, &travelled, Party::Offerer);
    match (offerer, answerer) {
        (Ok(offerer), Ok(answerer)) => assert_eq!(offerer.reversed(), answerer),
        broken => panic!("{broken:?} of {text} and {written}"),
    }
    // What was agreed on can be offered again, in the same order.
    if let Ok(next) = CAN.offer_again(&offer) {
        assert!(next.sections.len() >= offer.sections.len());
        let kinds = next.sections.iter().zip(&offer.sections);
        assert!(kinds.into_iter().all(|(next, last)| next.kind == last.kind));
    }
    // An answer to anything else of ours is accepted or refused, and no more.
    if let Ok(own) = CAN.offer() {
        let _ = Negotiated::new(&own, &offer, Party::Offerer);
    }
}

/// A description can only be refused after it was read because writing made it longer than may be read.
fn assert_grown(error: &ParseError) {
    let is_grown = matches!(error, ParseError::TooLong { .. } | ParseError::TooManyAttributes { .. });
    assert!(is_grown, "{error}");
}

/// The second implementation: line by line, section by section, without any of our types.
fn assert_offered(offer: &str, answer: &str) {
    let (offered, answered) = (sections(offer), sections(answer));
    assert_eq!(offered.len(), answered.len());
    for (offer, answer) in offered.into_iter().zip(answered) {
        let head = |lines: &[&str]| lines[0].split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (theirs, ours) = (head(&offer), head(&answer));
        assert_eq!((&theirs[0], &theirs[2]), (&ours[0], &ours[2]), "kind and protocol");
        let formats: BTreeSet<_> = theirs[3..].iter().collect();
        assert!(ours[3..].iter().all(|format| formats.contains(format)), "{theirs:?} {ours:?}");
        let refused = ours[1] == "0";
        // A codec by number and name, an extension by number and name, a stream by name.
        for name in ["a=rtpmap:", "a=extmap:", "a=rid:"] {
            let known: BTreeSet<_> = offer.iter().filter_map(|line| meaning(name, line)).collect();
            for line in answer.iter().filter_map(|line| meaning(name, line)) {
                assert!(known.contains(&line), "{line} is not in {known:?}");
                assert!(!refused || name == "a=rtpmap:", "a refusal with {line}");
            }
        }
    }
}

/// Sections as lines.
fn sections(text: &str) -> Vec<Vec<&str>> {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in text.split("\r\n") {
        match (line.starts_with("m="), sections.last_mut()) {
            (true, _) => sections.push(vec![line]),
            (false, Some(section)) => section.push(line),
            (false, None) => {}
        }
    }
    sections
}

/// What must have been offered of such a line.
fn meaning(name: &str, line: &str) -> Option<String> {
    let value = line.strip_prefix(name)?.to_ascii_lowercase();
    let mut words = value.split(' ');
    let number = words.next()?.split('/').next()?.to_owned();
    Some(match name {
        "a=rid:" => number,
        _ => format!("{number} {}", words.next()?),
    })
}
