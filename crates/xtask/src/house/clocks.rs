//! Engines own no clock, no thread, no socket, no lock and no dice: the same call must run live, in a test and in a
//! fuzzer, with the same bytes.

use super::source;
use super::tree::Tree;
use super::{Exception, Finding};

/// What must not stand in code, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("Instant::now", TIME),
    ("SystemTime", TIME),
    ("thread::sleep", "return the time of the next timeout instead; `examples/host` waits"),
    ("thread::spawn", THREAD),
    ("thread::scope", THREAD),
    ("thread::Builder", THREAD),
    ("UdpSocket", SOCKET),
    ("TcpStream", SOCKET),
    ("TcpListener", SOCKET),
    ("Mutex", LOCK),
    ("RwLock", LOCK),
    ("Condvar", LOCK),
    ("rand::rng", DICE),
    ("rand::random", DICE),
    ("thread_rng", DICE),
    ("getrandom", DICE),
    ("OsRng", DICE),
    ("SysRng", DICE),
    ("from_entropy", DICE),
    ("from_os_rng", DICE),
];

const TIME: &str = "take a `moim_media::Instant` as an argument";
const THREAD: &str = "be called instead of running: threads live in `examples/host`";
const SOCKET: &str = "take and give datagrams as bytes: sockets live in `examples/host`";
const LOCK: &str = "take `&mut self`: whoever shares an engine locks it";
const DICE: &str = "take a seed as an argument";

/// Where clocks, threads and sockets live.
const HOSTS: [&str; 3] = ["examples/host/", "crates/xtask/", "benches/"];

const EXCEPTIONS: &[Exception] = &[
    Exception {
        path: "crates/opus/tests/loss.rs",
        what: &["thread::scope"],
        reason: "a decoder that moves to another thread is what is tested",
    },
    Exception {
        path: "crates/testkit/tests/counting.rs",
        what: &["thread::spawn"],
        reason: "that other threads are not counted is what is tested",
    },
    Exception {
        path: "examples/call/src/live.rs",
        what: &["thread::scope", "thread::Builder"],
        reason: "each party has a thread of its own, as it would have a machine",
    },
    Exception {
        path: "examples/call/src/report.rs",
        what: &["thread::scope"],
        reason: "both recordings are measured at once; nothing passes between them",
    },
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !HOSTS.iter().any(|host| path.starts_with(host))) {
        for (at, line) in source::lines(text).iter().enumerate() {
            for (token, advice) in FORBIDDEN {
                let excepted = EXCEPTIONS
                    .iter()
                    .any(|exception| exception.path == path && exception.what.contains(token));
                if line.has(token) && !excepted {
                    findings.push(Finding::broken(path, at + 1, "ambient", format!("`{token}`: {advice}")));
                }
            }
        }
    }
    for (path, what) in EXCEPTIONS.iter().flat_map(|row| row.what.iter().map(|what| (row.path, what))) {
        let used = tree.text(path).is_some_and(|text| source::lines(text).iter().any(|line| line.has(what)));
        if !used {
            let here = "crates/xtask/src/house/clocks.rs";
            let advice = format!("the exception for `{what}` in {path} is used no more: remove it");
            findings.push(Finding::broken(here, tree.line_of(here, path), "ambient", advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: [usize; 0] = [];

    fn found(path: &str, text: &str) -> Vec<usize> {
        let findings = check(&Tree::of(&[(path, text)]));
        findings.into_iter().filter(|finding| finding.path == path).map(|finding| finding.line).collect()
    }

    #[test]
    fn every_forbidden_word_fires() {
        for (token, _) in FORBIDDEN {
            assert!(!found("crates/jitter/src/a.rs", &format!("let x = {token}();\n")).is_empty(), "{token}");
        }
    }

    #[test]
    fn hosts_may_and_words_in_comments_are_harmless() {
        assert_eq!(found("examples/host/src/clock.rs", "Instant::now()"), NOWHERE);
        assert_eq!(
            found("crates/jitter/src/a.rs", "// Instant::now is forbidden\nlet s = \"OsRng\";\n"),
            NOWHERE
        );
        assert_eq!(found("crates/jitter/src/a.rs", "// one\nlet now = std::time::Instant::now();\n"), [2]);
    }
}
