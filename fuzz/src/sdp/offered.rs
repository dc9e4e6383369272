//! Whether an answer has only what was offered: by the text of both, line by line, without any of the library's types.

use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(offer: &str, answer: &str) {
    let (offered, answered) = (parts(offer), parts(answer));
    assert_eq!(offered.len(), answered.len());
    groups(&offered, &answered);
    for (offer, answer) in offered.iter().zip(&answered).skip(1) {
        let (theirs, ours) = (head(offer), head(answer));
        assert_eq!((theirs[0], theirs[2]), (ours[0], ours[2]), "kind and protocol");
        let formats: BTreeSet<_> = theirs[3..].iter().collect();
        assert!(ours[3..].iter().all(|format| formats.contains(format)), "{theirs:?} {ours:?}");
        assert_eq!(values(offer, "a=mid:"), values(answer, "a=mid:"));
        same_meaning(offer, answer, ours[1] == "0");
        directions(offer, answer);
        if ours[1] != "0" {
            flags(offer, answer);
            feedback(offer, answer);
            retransmission(offer, answer);
            keys(offer, answer);
            roles(offer, answer);
            simulcast(offer, answer);
        }
    }
}

/// The lines of the session, then those of each section.
fn parts(text: &str) -> Vec<Vec<&str>> {
    let mut parts = vec![Vec::new()];
    for line in text.split("\r\n") {
        if line.starts_with("m=") {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("the session's at least").push(line);
    }
    parts
}

/// The words of the `m=` line.
fn head<'a>(section: &[&'a str]) -> Vec<&'a str> {
    section[0].split(' ').collect()
}

fn values<'a>(lines: &[&'a str], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(name)).collect()
}

/// Groups are parts of those that were offered, of sections that are accepted, each in one of a kind.
fn groups(offered: &[Vec<&str>], answered: &[Vec<&str>]) {
    let accepted: BTreeSet<&str> = answered[1..]
        .iter()
        .filter(|section| head(section)[1] != "0")
        .flat_map(|section| values(section, "a=mid:"))
        .collect();
    let offers: Vec<Vec<_>> =
        values(&offered[0], "a=group:").iter().map(|group| group.split(' ').collect()).collect();
    let mut known = BTreeSet::new();
    for group in values(&answered[0], "a=group:") {
        let words: Vec<_> = group.split(' ').collect();
        let is_part =
            |offer: &Vec<&str>| offer[0] == words[0] && words[1..].iter().all(|mid| offer[1..].contains(mid));
        assert!(offers.iter().any(is_part), "{group}");
        for mid in &words[1..] {
            assert!(accepted.contains(mid) && known.insert((words[0], *mid)), "{mid} of {group}");
        }
    }
}

/// A codec by number and name, an extension by number and name, a stream by name.
fn same_meaning(offer: &[&str], answer: &[&str], refused: bool) {
    for name in ["a=rtpmap:", "a=extmap:", "a=rid:"] {
        let meaning = |value: &&str| {
            let value = value.to_ascii_lowercase();
            let mut words = value.split(' ');
            let number = words.next()?.split('/').next()?.to_owned();
            let meant = if name == "a=rid:" { "" } else { words.next()? };
            Some((number, meant.to_owned()))
        };
        let known: BTreeSet<_> = values(offer, name).iter().filter_map(meaning).collect();
        for meant in values(answer, name).iter().filter_map(meaning) {
            assert!(known.contains(&meant), "{meant:?} is not in {known:?}");
            assert!(!refused || name == "a=rtpmap:", "a refusal with {meant:?}");
        }
    }
}

/// Who answers sends where the other receives, and the other way round, at most.
fn directions(offer: &[&str], answer: &[&str]) {
    let says = |lines: &[&str]| {
        let all = [("a=sendrecv", [true; 2]), ("a=sendonly", [true, false]), ("a=recvonly", [false, true])];
        let said = all.into_iter().find(|(line, _)| lines.contains(line));
        said.map_or([false; 2], |(_, direction)| direction)
    };
    let ([they_send, they_receive], [we_send, we_receive]) = (says(offer), says(answer));
    assert!((!we_send || they_receive) && (!we_receive || they_send), "{offer:?} {answer:?}");
}

fn flags(offer: &[&str], answer: &[&str]) {
    for flag in ["a=rtcp-mux", "a=rtcp-rsize", "a=extmap-allow-mixed"] {
        assert!(offer.contains(&flag) || !answer.contains(&flag), "{flag}");
    }
    assert!(!answer.contains(&"a=bundle-only") && !answer.contains(&"a=rtcp-mux-only"));
    assert!(!offer.contains(&"a=rtcp-mux-only") || answer.contains(&"a=rtcp-mux"));
}

/// What is welcome about a format was offered for it, or for all; what is about all, for all.
fn feedback(offer: &[&str], answer: &[&str]) {
    let offered: BTreeSet<_> = values(offer, "a=rtcp-fb:").into_iter().collect();
    for line in values(answer, "a=rtcp-fb:") {
        let (_, kind) = line.split_once(' ').expect("a kind");
        let about_all = format!("* {kind}");
        assert!(offered.contains(line) || offered.contains(about_all.as_str()), "{line}");
    }
}

/// A retransmission is of what it was offered to be of.
fn retransmission(offer: &[&str], answer: &[&str]) {
    let originals = |lines: &[&str]| -> BTreeMap<String, String> {
        let rtx = values(lines, "a=rtpmap:").into_iter().filter_map(|line| line.split_once(" rtx/"));
        let rtx: BTreeSet<_> = rtx.map(|(number, _)| number.to_owned()).collect();
        let fmtp = values(lines, "a=fmtp:").into_iter().filter_map(|line| line.split_once(" apt="));
        let fmtp = fmtp.filter(|(number, _)| rtx.contains(*number));
        fmtp.map(|(number, apt)| (number.to_owned(), apt.split(';').next().unwrap_or(apt).to_owned()))
            .collect()
    };
    let offered = originals(offer);
    for (number, original) in originals(answer) {
        assert_eq!(offered.get(&number), Some(&original), "{number}");
    }
}

/// One key, under a tag that was offered with these algorithms, where keys are described.
fn keys(offer: &[&str], answer: &[&str]) {
    let named = |lines: &[&str]| {
        let keys = values(lines, "a=crypto:").into_iter();
        keys.map(|key| key.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let (offered, answered) = (named(offer), named(answer));
    let is_described = head(offer)[2].starts_with("RTP/SAVP");
    assert_eq!(answered.len(), usize::from(is_described), "{answered:?}");
    assert!(answered.iter().all(|key| offered.contains(key)), "{answered:?} {offered:?}");
}

/// One begins the handshake, and the other does not.
fn roles(offer: &[&str], answer: &[&str]) {
    for ours in values(answer, "a=setup:") {
        let theirs = values(offer, "a=setup:");
        assert!(
            matches!(
                (&theirs[..], ours),
                (["active" | "actpass"], "passive")
                    | (["passive" | "actpass"], "active")
                    | (["holdconn"], "holdconn")
            ),
            "{ours} to {theirs:?}"
        );
    }
}

/// Streams of several encodings are taken the other way round.
fn simulcast(offer: &[&str], answer: &[&str]) {
    let streams = |lines: &[&str]| {
        let mut streams = BTreeSet::new();
        for value in values(lines, "a=simulcast:") {
            let words: Vec<_> = value.split(' ').collect();
            for pair in words.chunks(2) {
                let names = pair[1].split([';', ',']).map(|name| name.trim_start_matches('~').to_owned());
                streams.extend(names.map(|name| (pair[0].to_owned(), name)));
            }
        }
        streams
    };
    let offered = streams(offer);
    for (direction, name) in streams(answer) {
        let reversed = if direction == "send" { "recv" } else { "send" };
        assert!(offered.contains(&(reversed.to_owned(), name.clone())), "{direction} {name}");
        let described = format!("a=rid:{name} {direction}");
        assert!(answer.iter().any(|line| line.starts_with(&described)), "{described}");
    }
}
