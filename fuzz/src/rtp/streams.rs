//! What is missing, when it is asked for, when reports are due, and who has whose name.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{Instant, SeqNo};
use moim_rtp::Ssrc;
use moim_rtp::collision::{self, Guard, Verdict};
use moim_rtp::loss::{Arrival, Window};
use moim_rtp::nack::{Asked, Config, Generator};
use moim_rtp::rtcp::{Part, Writer, walk};
use std::collections::{BTreeMap, BTreeSet};

/// The bitmap says of each packet what a set of all that came says, and counts alike.
pub fn loss(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((packets, start)) = input.arbitrary::<(u8, u16)>() else { return };
    let mut window = Window::new(usize::from(packets) * 2);
    let reach = window.capacity() as u64;
    let mut came = BTreeSet::new();
    let (mut duplicates, mut reordered, mut too_old) = (0, 0, 0);
    while !input.is_empty() {
        let Ok((kind, amount)) = input.arbitrary::<(u8, u16)>() else { return };
        let highest = came.last().copied();
        let next = highest.map_or(u64::from(start), |highest| highest + 1);
        let number = match kind % 8 {
            0..=2 => next + u64::from(amount % 4),
            3 => next.saturating_sub(u64::from(amount) % reach),
            4 => next + u64::from(amount) % (2 * reach),
            5 => next.saturating_sub(u64::from(amount)),
            6 => u64::MAX - u64::from(amount),
            _ => {
                assert_range_agrees(&window, &came, next, amount);
                continue;
            }
        };
        let begin = next.saturating_sub(reach);
        let leaps = u64::from(amount) & 0x100 != 0 && kind % 8 == 4;
        let arrival =
            if leaps { window.jump(SeqNo::new(number)) } else { window.receive(SeqNo::new(number)) };
        let expected = match highest {
            _ if number == u64::MAX => Arrival::TooFar,
            None => Arrival::New { skipped: 0 },
            Some(highest) if number >= highest + reach && !leaps => Arrival::TooFar,
            Some(highest) if number > highest => Arrival::New { skipped: number - next },
            Some(_) if number < begin => Arrival::TooOld,
            Some(_) if came.contains(&number) => Arrival::Duplicate,
            Some(_) => Arrival::Late,
        };
        assert_eq!(arrival, expected, "{number} after {highest:?}");
        match arrival {
            Arrival::TooFar => continue,
            Arrival::TooOld => {
                too_old += 1;
                continue;
            }
            Arrival::Duplicate => duplicates += 1,
            Arrival::Late => reordered += 1,
            Arrival::New { .. } => {}
        }
        came.insert(number);
        // What the last number of all would leave nothing behind.
        if number > u64::MAX - 100_000 {
            window.clear();
            came.clear();
            (duplicates, reordered, too_old) = (0, 0, 0);
            continue;
        }
        assert_range_agrees(&window, &came, number + 1, amount & 0x1f1f);
        let counts = window.counts();
        let (first, highest) = (came.first().copied().unwrap_or(0), came.last().copied().unwrap_or(0));
        assert_eq!((counts.expected, counts.received), (highest - first + 1, came.len() as u64));
        assert_eq!((counts.duplicates, counts.reordered, counts.too_old), (duplicates, reordered, too_old));
        assert_eq!(counts.missing + counts.lost, counts.expected - counts.received);
        assert_eq!(counts.missing, window.missing().count() as u64);
    }
}

/// What is missing within the window is what did not come.
fn assert_range_agrees(window: &Window, came: &BTreeSet<u64>, next: u64, amount: u16) {
    let (Some(&first), Some(&highest)) = (came.first(), came.last()) else {
        return assert_eq!(window.missing().count(), 0);
    };
    let begin = first.max((highest + 1).saturating_sub(window.capacity() as u64));
    let range = next.saturating_sub(u64::from(amount))..next + u64::from(amount >> 8);
    let found = window.missing_in(SeqNo::new(range.start)..SeqNo::new(range.end)).map(SeqNo::get);
    let sought = range.start.max(begin)..range.end.min(highest + 1);
    assert!(found.eq(sought.clone().filter(|number| !came.contains(number))));
    assert!(sought.clone().all(|number| { window.is_missing(SeqNo::new(number)) != came.contains(&number) }));
}

/// What the model of [`nack`] knows of a packet that is missing.
#[derive(Default)]
struct Missed {
    noticed: Instant,
    asked: Vec<Instant>,
}

/// Whatever comes and whenever it is asked: never for what came, nor before patience, nor more often than allowed, nor
/// again before a round trip, nor for what is too old or part of an outage; and everything that may be asked for is.
pub fn nack(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((patience, attempts, round_trip, gap)) = input.arbitrary::<(u8, u8, u8, u8)>() else { return };
    let config = Config {
        packets: 64 << (gap % 3),
        patience: Duration::from_millis(u64::from(patience)),
        attempts: u32::from(attempts % 6),
        oldest: Duration::from_millis(1_000),
        longest_gap: u64::from(gap),
        round_trip: Duration::from_millis(u64::from(round_trip)),
    };
    let reach = config.packets as u64;
    let mut generator = Generator::new(config);
    let mut missing: BTreeMap<u64, Missed> = BTreeMap::new();
    let (mut highest, mut now): (Option<u64>, _) = (None, Instant::EPOCH);
    while !input.is_empty() {
        let Ok((kind, amount)) = input.arbitrary::<(u8, u8)>() else { return };
        now += Duration::from_millis(u64::from(kind >> 3));
        let amount = u64::from(amount);
        let number = match (kind % 8, highest) {
            (_, None) => amount,
            (0..=3, Some(highest)) => highest + 1 + amount % 5,
            (4, Some(highest)) => highest + 1 + amount,
            (5, Some(highest)) => highest.saturating_sub(amount),
            (_, Some(highest)) => {
                let room = if kind % 8 == 6 { 512 } else { 12 + 4 * (amount as usize % 8) };
                ask(&mut generator, &config, now, room, &mut missing, highest);
                continue;
            }
        };
        generator.received(now, SeqNo::new(number));
        missing.remove(&number);
        if let Some(before) = highest.filter(|&before| number > before) {
            let gap = number - before - 1;
            if gap <= config.longest_gap.min(reach - 1) {
                let missed = |number| (number, Missed { noticed: now, ..Missed::default() });
                missing.extend((before + 1..number).map(missed));
            }
        }
        highest = highest.max(Some(number));
        missing.retain(|&number, _| number + reach > highest.unwrap_or(0));
        assert!(generator.pending() <= missing.len());
    }
}

fn ask(
    generator: &mut Generator,
    config: &Config,
    now: Instant,
    room: usize,
    missing: &mut BTreeMap<u64, Missed>,
    highest: u64,
) {
    let mut buffer = [0; 512];
    let mut writer = Writer::new(&mut buffer[..room]);
    let asked = generator.write(now, &mut writer, Ssrc(1), Ssrc(2));
    let mut named = Vec::new();
    for part in walk(writer.as_bytes()) {
        let Ok(Part::Nack(nack)) = part else { panic!("{part:?} was not asked for") };
        // The numbers are close behind the highest.
        named.extend(nack.seqs().map(|seq| highest - u64::from((highest as u16).wrapping_sub(seq.0))));
    }
    match asked {
        Ok(Asked::Packets(count)) => assert_eq!(count, named.len()),
        Ok(Asked::Nothing) => assert!(named.is_empty()),
        Err(error) => assert!(room < 16, "{error}"),
    }
    assert!(named.is_sorted_by(|a, b| a < b), "{named:?}");
    let wait =
        (config.round_trip + config.round_trip / 4).max(Duration::from_millis(20)).max(config.patience);
    let is_due = |missed: &Missed| {
        let waited = match missed.asked.last() {
            None => now.since(missed.noticed) >= config.patience,
            Some(&last) => now.since(last) >= wait,
        };
        waited && missed.asked.len() < config.attempts as usize && now.since(missed.noticed) < config.oldest
    };
    let due: Vec<_> =
        missing.iter().filter(|(_, missed)| is_due(missed)).map(|(&number, _)| number).collect();
    assert!(due.starts_with(&named), "{named:?} of {due:?}");
    // With room for all there is no reason to leave one out.
    if room == 512 && due.len() <= 64 {
        assert_eq!(named, due);
    }
    for number in named {
        missing.get_mut(&number).expect("it is due").asked.push(now);
    }
    let timeout = generator.poll_timeout();
    if asked.is_ok() && due.len() <= 64 && room == 512 {
        assert!(timeout.is_none_or(|timeout| timeout > now), "{timeout:?} at {now:?}");
    }
    assert_eq!(timeout.is_none(), generator.pending() == 0);
}

/// A name belongs to whom it was heard from first, until that one leaves or falls silent; ours is given up for an
/// address that never had it, once, and what we choose nobody has.
pub fn collision(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(seed) = input.arbitrary::<u64>() else { return };
    let silence = Duration::from_secs(5);
    let config = collision::Config { sources: 8, conflicts: 300, silence, seed };
    let mut guard: Guard<u8> = Guard::new(config);
    let mut heard = Heard::default();
    let mut conflicts: BTreeMap<u8, Instant> = BTreeMap::new();
    let mut now = Instant::EPOCH;
    while !input.is_empty() {
        let Ok((kind, name, address)) = input.arbitrary::<(u8, u8, u8)>() else { return };
        now += Duration::from_millis(u64::from(kind >> 3) * 20);
        let (ours, is_media) = (guard.ssrc(), kind & 1 == 0);
        let mut known = heard.names();
        let ssrc = match kind >> 1 & 3 {
            0 => ours,
            1 => {
                let ssrc = known.iter().nth(usize::from(name) % known.len().max(1));
                guard.forget(ssrc.copied().unwrap_or(Ssrc(0)));
                heard.0.retain(|&(heard, _), _| Some(&heard) != ssrc);
                continue;
            }
            _ => Ssrc(u32::from(name % 12)),
        };
        let verdict =
            if is_media { guard.media(now, ssrc, &address) } else { guard.report(now, ssrc, &address) };
        if ssrc == ours {
            heard.make_room(&config, now, ours);
            conflicts.retain(|_, at| now.since(*at) < silence);
            let was_known = conflicts.insert(address, now).is_some();
            assert_eq!(verdict == Verdict::Loop, was_known);
            let Verdict::Collision { old, new } = verdict else { continue };
            assert_eq!((old, new), (ours, guard.ssrc()));
            known = heard.names();
            assert!(new != old && !known.contains(&new));
            if known.len() < config.sources {
                heard.0.insert((old, is_media), (address, now));
            }
            continue;
        }
        heard.make_room(&config, now, ssrc);
        known = heard.names();
        if !known.contains(&ssrc) && known.len() >= config.sources {
            assert_eq!(verdict, Verdict::Fine);
            continue;
        }
        let other =
            heard.0.get(&(ssrc, is_media)).filter(|(from, at)| *from != address && now.since(*at) < silence);
        assert_eq!(verdict == Verdict::ThirdParty, other.is_some());
        if verdict == Verdict::Fine {
            heard.0.insert((ssrc, is_media), (address, now));
        }
    }
}

/// By name and kind of packet: from where it came last, and when.
#[derive(Default)]
struct Heard(BTreeMap<(Ssrc, bool), (u8, Instant)>);

impl Heard {
    fn names(&self) -> BTreeSet<Ssrc> {
        self.0.keys().map(|&(ssrc, _)| ssrc).collect()
    }

    /// Where all places are taken, those who fell silent leave theirs to a newcomer.
    fn make_room(&mut self, config: &collision::Config, now: Instant, newcomer: Ssrc) {
        let known = self.names();
        if known.len() < config.sources || known.contains(&newcomer) {
            return;
        }
        let speak = self.0.iter().filter(|(_, (_, at))| now.since(*at) < config.silence);
        let speak: BTreeSet<_> = speak.map(|(&(ssrc, _), _)| ssrc).collect();
        self.0.retain(|(ssrc, _), _| speak.contains(ssrc));
    }
}
