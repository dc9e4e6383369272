//! Rooms in which people speak, cough and fall silent.

use super::*;

/// A packet every 20 ms from everybody; `level` tells who is how loud at which millisecond. Who dominated from when on.
fn course(millis: u64, people: u8, level: impl Fn(u64, u8) -> u8) -> Vec<(u64, Option<u8>)> {
    let mut speakers = DominantSpeaker::new();
    let mut course = Vec::new();
    for at in (0..millis).step_by(20) {
        let now = Instant::from_millis(100_000 + at);
        for who in 0..people {
            speakers.heard(now, who, level(at, who));
        }
        if speakers.handle_timeout(now) {
            course.push((at, speakers.dominant()));
        }
    }
    course
}

/// Syllables: 160 ms of sound in 240.
fn speech(at: u64) -> u8 {
    if at % 240 < 160 { 25 } else { 50 }
}

const QUIET: u8 = 80;

#[test]
fn nobody_dominates_a_silent_room() {
    assert_eq!(course(5_000, 3, |_, _| QUIET), []);
    assert_eq!(course(5_000, 3, |_, _| 127), []);
}

#[test]
fn whoever_speaks_first_is_noticed_at_once() {
    let found = course(5_000, 3, |at, who| if who == 1 && at >= 1_000 { speech(at) } else { QUIET });
    assert!(matches!(found[..], [(1_000..1_600, Some(1))]), "{found:?}");
}

#[test]
fn a_short_yes_turns_nobodys_head() {
    let found = course(20_000, 2, |at, who| match who {
        0 => speech(at),
        _ if at % 4_000 > 3_700 => 20,
        _ => QUIET,
    });
    assert!(matches!(found[..], [(_, Some(0))]), "{found:?}");
}

#[test]
fn a_speaker_keeps_the_floor_through_pauses() {
    let found = course(20_000, 3, |at, who| match who {
        0 if at % 3_000 < 2_000 => speech(at),
        _ => QUIET,
    });
    assert!(matches!(found[..], [(_, Some(0))]), "{found:?}");
}

#[test]
fn who_takes_over_is_followed_within_two_seconds() {
    let found = course(20_000, 3, |at, who| match (at / 5_000, who) {
        (0 | 2, 0) | (1 | 3, 2) => speech(at),
        _ => QUIET,
    });
    let mut expected = [(0, 0), (5_000, 2), (10_000, 0), (15_000, 2)].into_iter();
    assert_eq!(found.len(), 4, "{found:?}");
    for (at, who) in found {
        let (from, whom) = expected.next().unwrap();
        assert!(who == Some(whom) && (from..from + 2_000).contains(&at), "{at}: {who:?}");
    }
}

#[test]
fn a_fan_is_no_speaker() {
    let found = course(60_000, 2, |at, who| match who {
        0 => 45 + (at / 20 % 3) as u8,
        _ if at > 20_000 => speech(at),
        _ => QUIET,
    });
    assert_eq!(found.last().map(|&(_, who)| who), Some(Some(1)), "{found:?}");
    assert!(found.len() <= 2, "{found:?}");
}

#[test]
fn who_leaves_dominates_no_longer() {
    let mut speakers = DominantSpeaker::new();
    assert_eq!(speakers.poll_timeout(), None);
    for at in (0..2_000).step_by(20) {
        let now = Instant::from_millis(at);
        speakers.heard(now, 'a', speech(at));
        speakers.handle_timeout(now);
    }
    assert_eq!(speakers.dominant(), Some('a'));
    speakers.forget('a');
    assert_eq!(speakers.dominant(), None);
    assert_eq!(speakers.poll_timeout(), None);
}
