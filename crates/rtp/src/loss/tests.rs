use super::*;
use std::vec::Vec;

fn receive(window: &mut Window, numbers: impl IntoIterator<Item = u64>) -> Vec<Arrival> {
    numbers.into_iter().map(|number| window.receive(SeqNo::new(number))).collect()
}

fn missing(window: &Window) -> Vec<u64> {
    window.missing().map(SeqNo::get).collect()
}

const NEXT: Arrival = Arrival::New { skipped: 0 };

#[test]
fn a_gap_is_missing_until_it_is_filled() {
    let mut window = Window::new(64);
    assert_eq!(receive(&mut window, [100, 101, 105]), [NEXT, NEXT, Arrival::New { skipped: 3 }]);
    assert_eq!(missing(&window), [102, 103, 104]);
    assert_eq!(
        receive(&mut window, [103, 103, 105]),
        [Arrival::Late, Arrival::Duplicate, Arrival::Duplicate]
    );
    assert_eq!(missing(&window), [102, 104]);
    let counts = window.counts();
    assert_eq!((counts.expected, counts.received, counts.missing, counts.lost), (6, 4, 2, 0));
    assert_eq!((counts.duplicates, counts.reordered), (2, 1));
}

#[test]
fn a_packet_overtaken_by_the_first_counts_from_there() {
    let mut window = Window::new(64);
    assert_eq!(receive(&mut window, [10, 7]), [NEXT, Arrival::Late]);
    assert_eq!(missing(&window), [8, 9]);
    assert_eq!((window.counts().expected, window.span()), (4, SeqNo::new(7)..SeqNo::new(11)));
    // As far back as the window reaches.
    let mut window = Window::new(64);
    assert_eq!(receive(&mut window, [100, 36, 37]), [NEXT, Arrival::TooOld, Arrival::Late]);
    assert_eq!((missing(&window).len(), window.counts().too_old), (62, 1));
}

#[test]
fn what_the_window_has_passed_is_lost_for_good() {
    let mut window = Window::new(64);
    receive(&mut window, (0..1_000).filter(|number| number % 10 != 3));
    let counts = window.counts();
    assert_eq!((counts.expected, counts.received), (1_000, 900));
    assert_eq!(missing(&window), [943, 953, 963, 973, 983, 993]);
    assert_eq!((counts.missing, counts.lost), (6, 94));
    assert_eq!(receive(&mut window, [933, 943]), [Arrival::TooOld, Arrival::Late]);
    assert_eq!(window.counts().lost, 94);
}

#[test]
fn a_jump_of_a_window_is_refused_until_it_is_meant() {
    let mut window = Window::new(64);
    receive(&mut window, [0]);
    assert_eq!(receive(&mut window, [64, 1_000]), [Arrival::TooFar, Arrival::TooFar]);
    assert_eq!(receive(&mut window, [63]), [Arrival::New { skipped: 62 }]);
    assert_eq!(window.jump(SeqNo::new(1_000)), Arrival::New { skipped: 936 });
    let counts = window.counts();
    assert_eq!((counts.expected, counts.received, counts.missing), (1_001, 3, 63));
    assert_eq!(counts.lost, 1_001 - 3 - 63);
    assert_eq!(missing(&window), (937..1_000).collect::<Vec<_>>());
}

#[test]
fn a_cleared_window_begins_anywhere() {
    let mut window = Window::new(64);
    receive(&mut window, [5, 9]);
    window.clear();
    assert_eq!((window.highest(), window.counts()), (None, Counts::default()));
    assert_eq!(receive(&mut window, [3, 9]), [NEXT, Arrival::New { skipped: 5 }]);
}

#[test]
fn ranges_are_cut_to_what_the_window_holds() {
    let mut window = Window::new(64);
    receive(&mut window, [10, 20]);
    let within = |range: Range<u64>| {
        let range = SeqNo::new(range.start)..SeqNo::new(range.end);
        window.missing_in(range).map(SeqNo::get).collect::<Vec<_>>()
    };
    assert_eq!(within(0..13), [11, 12]);
    assert_eq!(within(18..u64::MAX), [18, 19]);
    assert_eq!(within(15..15), []);
    assert_eq!(within(30..40), []);
    assert!(window.is_missing(SeqNo::new(11)));
    assert!(!window.is_missing(SeqNo::new(9)) && !window.is_missing(SeqNo::new(21)));
}

#[test]
fn the_last_number_of_all_is_refused() {
    let mut window = Window::new(64);
    assert_eq!(receive(&mut window, [u64::MAX]), [Arrival::TooFar]);
    assert_eq!(receive(&mut window, [u64::MAX - 1, u64::MAX]), [NEXT, Arrival::TooFar]);
    assert_eq!(window.jump(SeqNo::new(u64::MAX)), Arrival::TooFar);
    assert_eq!(window.highest(), Some(SeqNo::new(u64::MAX - 1)));
}

#[test]
fn lengths_are_powers_of_two_within_bounds() {
    let capacity = |packets| Window::new(packets).capacity();
    assert_eq!([0, 64, 65, 512, 100_000].map(capacity), [64, 64, 128, 512, 32_768]);
}
