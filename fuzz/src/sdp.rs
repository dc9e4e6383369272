//! Laws of `moim-sdp`.

mod offered;

use moim_sdp::{
    Bundle, Capabilities, Crypto, Description, ExtMap, Fmtp, Group, MaxPtime, Mid, Msid, Negotiated,
    OfferError, ParseError, Party, Ptime, Rid, Rtcp, RtcpFb, RtpMap, Setup, Simulcast, SourceAttribute,
    SourceGroup, TypedAttribute,
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

/// The same, of which each section has a transport of its own, so that its numbers contradict none of another.
static APART: LazyLock<Capabilities> =
    LazyLock::new(|| Capabilities { bundle: Bundle::Never, ..CAN.clone() });

static OFFER: LazyLock<Description> = LazyLock::new(|| APART.offer().expect("ours can be offered"));

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
    offered::check(&text, &written);
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
    offered_again(&offer);
    // An answer to anything else of ours is accepted or refused, and no more.
    let _ = Negotiated::new(&OFFER, &offer, Party::Offerer);
}

/// What was agreed on can be offered again, in the same order, unless it has two sections of one name, one without
/// any format, or numbers that cannot be kept.
fn offered_again(last: &Description) {
    let next = match APART.offer_again(last) {
        Ok(next) => next,
        Err(
            OfferError::Mid { .. }
            | OfferError::NoFormat { .. }
            | OfferError::PayloadType { .. }
            | OfferError::LooksLikeReport { .. }
            | OfferError::Extension { .. },
        ) => return,
        Err(error) => panic!("{error}: {last}"),
    };
    assert!(next.sections.len() >= last.sections.len());
    let accepted = next.sections.iter().filter(|section| !section.is_refused()).count();
    assert_eq!(accepted, APART.sections.len(), "all of ours: {next}");
    let mids: BTreeSet<_> = next.sections.iter().map(|section| &section.mid).collect();
    assert_eq!(mids.len(), next.sections.len(), "each has a name: {next}");
    for (next, last) in next.sections.iter().zip(&last.sections) {
        assert_eq!(next.kind, last.kind);
        for format in next.formats.iter().filter(|_| !last.is_refused()) {
            let before = last.formats.iter().find(|before| before.payload_type == format.payload_type);
            let keeps = before.is_none_or(|before| before.encoding.is_same(&format.encoding));
            assert!(keeps, "{format:?} was {before:?}");
        }
        let is_new = last.is_refused() && !next.is_refused();
        assert_eq!(next.mid != last.mid, is_new || last.mid.is_none(), "{next:?} {last:?}");
    }
}

/// A description can only be refused after it was read because writing made it longer than may be read.
fn assert_grown(error: &ParseError) {
    let is_grown = matches!(error, ParseError::TooLong { .. } | ParseError::TooManyAttributes { .. });
    assert!(is_grown, "{error}");
}
