use super::*;

const NOW: Instant = Instant::from_millis(1_000);

fn guard() -> Guard<char> {
    Guard::of(Config::default(), Ssrc(1))
}

#[test]
fn a_source_may_send_media_and_reports_from_two_addresses() {
    let mut guard = guard();
    assert_eq!(guard.media(NOW, Ssrc(7), &'a'), Verdict::Fine);
    assert_eq!(guard.report(NOW, Ssrc(7), &'b'), Verdict::Fine);
    assert_eq!(guard.media(NOW, Ssrc(7), &'a'), Verdict::Fine);
    assert_eq!(guard.report(NOW, Ssrc(7), &'a'), Verdict::ThirdParty);
    assert_eq!(guard.media(NOW, Ssrc(7), &'b'), Verdict::ThirdParty);
    assert_eq!(guard.counts(), Counts { third_parties: 2, ..Counts::default() });
}

#[test]
fn a_source_that_was_silent_or_left_may_come_from_elsewhere() {
    let mut guard = guard();
    guard.media(NOW, Ssrc(7), &'a');
    let soon = NOW + Duration::from_secs(49);
    assert_eq!(guard.media(soon, Ssrc(7), &'b'), Verdict::ThirdParty);
    assert_eq!(guard.media(NOW + Duration::from_secs(50), Ssrc(7), &'b'), Verdict::Fine);
    assert_eq!(guard.media(NOW + Duration::from_secs(50), Ssrc(7), &'a'), Verdict::ThirdParty);
    guard.forget(Ssrc(7));
    assert_eq!(guard.media(NOW + Duration::from_secs(51), Ssrc(7), &'a'), Verdict::Fine);
}

#[test]
fn a_collision_costs_our_name_and_is_over() {
    let mut guard = guard();
    let verdict = guard.media(NOW, Ssrc(1), &'x');
    assert_eq!(verdict, Verdict::Collision { old: Ssrc(1), new: guard.ssrc() });
    assert_ne!(guard.ssrc(), Ssrc(1));
    // The other one goes on undisturbed, and nobody else as it.
    assert_eq!(guard.media(NOW, Ssrc(1), &'x'), Verdict::Fine);
    assert_eq!(guard.media(NOW, Ssrc(1), &'y'), Verdict::ThirdParty);
    assert_eq!(guard.counts().collisions, 1);
}

#[test]
fn a_loop_costs_our_name_only_once() {
    let mut guard = guard();
    // What we send comes back from x: under the old name first, then under the new one.
    assert!(matches!(guard.media(NOW, Ssrc(1), &'x'), Verdict::Collision { .. }));
    let ours = guard.ssrc();
    for millis in 0..200_000 {
        assert_eq!(guard.media(NOW + Duration::from_millis(millis), ours, &'x'), Verdict::Loop);
    }
    // By another way it is another conflict.
    let now = NOW + Duration::from_secs(200);
    assert!(matches!(guard.report(now, ours, &'y'), Verdict::Collision { .. }));
    // What did not occur for long is forgotten.
    let later = now + Duration::from_secs(50);
    let ours = guard.ssrc();
    assert!(matches!(guard.media(later, ours, &'x'), Verdict::Collision { .. }));
    assert_eq!(guard.counts(), Counts { collisions: 3, loops: 200_000, third_parties: 0 });
}

#[test]
fn what_is_remembered_is_bounded() {
    let config = Config { sources: 4, conflicts: 2, ..Config::default() };
    let mut guard: Guard<u32> = Guard::of(config, Ssrc(0));
    for ssrc in 1..1_000 {
        assert_eq!(guard.media(NOW, Ssrc(ssrc), &ssrc), Verdict::Fine);
    }
    assert_eq!(guard.sources.len(), 4);
    for address in 0..10 {
        let now = NOW + Duration::from_millis(u64::from(address));
        let ours = guard.ssrc();
        assert!(matches!(guard.media(now, ours, &address), Verdict::Collision { .. }));
    }
    let ours = guard.ssrc();
    assert_eq!(guard.media(NOW, ours, &9), Verdict::Loop);
    assert_eq!(guard.media(NOW, ours, &8), Verdict::Loop);
    assert_eq!(guard.conflicts.len(), 2);
    let mut none: Guard<u32> = Guard::of(Config { sources: 0, conflicts: 0, ..config }, Ssrc(0));
    assert!(matches!(none.media(NOW, Ssrc(0), &1), Verdict::Collision { .. }));
}

#[test]
fn who_fell_silent_makes_room_for_others() {
    let mut guard: Guard<char> = Guard::of(Config { sources: 2, ..Config::default() }, Ssrc(1));
    let soon = NOW + Duration::from_secs(30);
    guard.media(NOW, Ssrc(7), &'a');
    guard.report(soon, Ssrc(7), &'a');
    guard.media(NOW, Ssrc(8), &'a');
    // There is no room: it is not watched.
    guard.media(soon, Ssrc(9), &'a');
    assert_eq!(guard.media(soon, Ssrc(9), &'b'), Verdict::Fine);
    let later = NOW + Duration::from_secs(50);
    guard.media(later, Ssrc(9), &'a');
    assert_eq!(guard.media(later, Ssrc(9), &'b'), Verdict::ThirdParty);
    // Who still reports is not silent.
    assert_eq!(guard.report(later, Ssrc(7), &'b'), Verdict::ThirdParty);
    assert_eq!(guard.sources.len(), 2);
}

#[test]
fn a_name_is_chosen_that_nobody_has() {
    let seeded = |seed| Guard::<char>::new(Config { seed, ..Config::default() });
    assert_eq!(seeded(3).ssrc(), seeded(3).ssrc());
    assert_ne!(seeded(3).ssrc(), seeded(4).ssrc());
    let mut guard = seeded(3);
    let mut twin = seeded(3);
    let next = twin.another();
    guard.media(NOW, next, &'a');
    assert_ne!(guard.another(), next);
}
