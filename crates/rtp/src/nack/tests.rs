use super::*;
use crate::rtcp::{Part, walk};
use std::vec::Vec;

const MEDIA: Ssrc = Ssrc(9);

fn generator() -> Generator {
    Generator::new(Config::default())
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn receive(generator: &mut Generator, millis: u64, numbers: impl IntoIterator<Item = u64>) {
    numbers.into_iter().for_each(|number| generator.received(at(millis), SeqNo::new(number)));
}

/// What is asked for in a packet of this many bytes.
fn asked_in(generator: &mut Generator, millis: u64, bytes: usize) -> Result<Vec<u16>, WriteError> {
    let mut buffer = [0; 512];
    let mut writer = Writer::new(&mut buffer[..bytes]);
    let asked = generator.write(at(millis), &mut writer, Ssrc(1), MEDIA)?;
    let named = walk(writer.as_bytes()).flat_map(|part| match part {
        Ok(Part::Nack(nack)) if nack.media == MEDIA => nack.seqs().map(|seq| seq.0).collect::<Vec<_>>(),
        part => panic!("{part:?} was not written"),
    });
    let named: Vec<_> = named.collect();
    let count = if named.is_empty() { Asked::Nothing } else { Asked::Packets(named.len()) };
    assert_eq!(asked, count);
    Ok(named)
}

fn asked(generator: &mut Generator, millis: u64) -> Vec<u16> {
    asked_in(generator, millis, 512).unwrap()
}

#[test]
fn a_packet_is_asked_for_after_patience_and_again_after_a_round_trip() {
    let mut generator = generator();
    receive(&mut generator, 0, [10, 13]);
    assert_eq!(generator.poll_timeout(), Some(at(10)));
    assert_eq!(asked(&mut generator, 9), []);
    assert_eq!(asked(&mut generator, 10), [11, 12]);
    assert_eq!(asked(&mut generator, 10), []);
    assert_eq!(generator.poll_timeout(), Some(at(135)));
    receive(&mut generator, 100, [12]);
    assert_eq!(asked(&mut generator, 134), []);
    assert_eq!(asked(&mut generator, 135), [11]);
    assert_eq!(generator.counts(), Counts { asked: 3, repaired: 1, ..Counts::default() });
}

#[test]
fn what_was_only_overtaken_is_not_asked_for() {
    let mut generator = generator();
    receive(&mut generator, 0, [1, 3, 2, 2, 5, 4]);
    assert_eq!((generator.pending(), generator.poll_timeout()), (0, None));
    assert_eq!(generator.counts().overtaken, 2);
}

#[test]
fn attempts_end_and_the_loss_is_told() {
    let mut generator = generator();
    generator.set_round_trip(Duration::from_millis(40));
    receive(&mut generator, 0, [1, 3]);
    let asked: usize = (0..1_000).map(|millis| asked(&mut generator, millis).len()).sum();
    assert_eq!(asked, 5);
    assert_eq!((generator.pending(), generator.poll_given_up()), (0, Some(SeqNo::new(2))));
    assert_eq!(generator.poll_given_up(), None);
    // It comes all the same, and nobody minds.
    receive(&mut generator, 1_000, [2]);
    assert_eq!(generator.counts(), Counts { asked: 5, given_up: 1, ..Counts::default() });
}

#[test]
fn age_ends_it_before_the_attempts_do() {
    let config = Config { attempts: 100, oldest: Duration::from_millis(500), ..Config::default() };
    let mut generator = Generator::new(config);
    receive(&mut generator, 0, [1, 3]);
    let asked: Vec<_> = (0..2_000).filter(|&millis| !asked(&mut generator, millis).is_empty()).collect();
    assert_eq!(asked, [10, 135, 260, 385]);
    assert_eq!(generator.poll_given_up(), Some(SeqNo::new(2)));
}

#[test]
fn an_outage_is_not_asked_for() {
    let mut generator = generator();
    receive(&mut generator, 0, [10, 12, 12 + 130]);
    assert_eq!(asked(&mut generator, 10), [11]);
    assert_eq!(generator.poll_given_up(), Some(SeqNo::new(141)));
    receive(&mut generator, 11, [142 + 1_000_000]);
    assert_eq!((generator.pending(), generator.poll_timeout()), (0, None));
    assert_eq!(generator.counts().given_up, 129 + 1 + 999_999);
}

#[test]
fn what_leaves_the_window_is_given_up() {
    let mut generator = Generator::new(Config { packets: 64, ..Config::default() });
    receive(&mut generator, 0, [0, 2].into_iter().chain(3..=64));
    assert_eq!(generator.pending(), 1);
    receive(&mut generator, 0, [65]);
    assert_eq!((generator.pending(), generator.poll_given_up()), (0, Some(SeqNo::new(1))));
    // Its place was taken by another: that one came.
    assert_eq!(asked(&mut generator, 1_000), []);
}

#[test]
fn what_does_not_fit_is_asked_for_next() {
    let mut generator = generator();
    receive(&mut generator, 0, (0..40).map(|number| number * 3));
    assert!(matches!(asked_in(&mut generator, 10, 15), Err(WriteError::BufferTooSmall { .. })));
    let (first, second) = (asked_in(&mut generator, 10, 20).unwrap(), asked(&mut generator, 10));
    // Two pairs of 17 numbers each, in which two of three are missing.
    assert_eq!((first.len(), second.len()), (24, 78 - 24));
    assert!(first.iter().chain(&second).copied().eq((0..117).filter(|number| number % 3 != 0)));
    assert_eq!(asked(&mut generator, 10), []);
}

#[test]
fn a_cleared_generator_begins_anywhere() {
    let mut generator = generator();
    receive(&mut generator, 0, [70_000, 70_005]);
    generator.clear();
    receive(&mut generator, 0, [3, 5]);
    assert_eq!(asked(&mut generator, 10), [4]);
}
