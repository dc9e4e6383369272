//! Laws of `moim-forward`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_forward::{DominantSpeaker, Loudest, Numbering, Passage};
use moim_media::{ClockRate, Instant, Seq, SeqNo, Timestamp};
use std::collections::BTreeMap;

const PLACES: usize = 3;
const PACKET: Duration = Duration::from_millis(20);

/// What may happen in a room with microphones.
#[derive(Arbitrary, Debug)]
enum Op {
    Heard { who: u8, level: u8 },
    Forget { who: u8 },
    Pass { millis: u16 },
    Back { millis: u16 },
}

/// Whatever is heard from whomever: only so many are let through, and what is said of a packet is so; nobody dominates
/// who is gone. And whoever then speaks while the others are silent is let through with the first packet and dominates
/// within two seconds.
pub fn speakers(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (mut dominant, mut loudest) = (DominantSpeaker::new(), Loudest::new(PLACES));
    let mut now = Instant::from_millis(100_000);
    let mut known = Vec::new();
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<Op>() else { break };
        match op {
            Op::Heard { who, level } => {
                let who = who % 16;
                if !known.contains(&who) {
                    known.push(who);
                }
                dominant.heard(now, who, level);
                check(&loudest.clone(), loudest.heard(now, who, level), who, &loudest);
            }
            Op::Forget { who } => {
                known.retain(|&one| one != who % 16);
                dominant.forget(who % 16);
                loudest.forget(who % 16);
            }
            Op::Pass { millis } => now += Duration::from_millis(millis.into()),
            Op::Back { millis } => now = now - Duration::from_millis(millis.into()),
        }
        let before = dominant.dominant();
        assert_eq!(dominant.handle_timeout(now), dominant.dominant() != before);
        assert!(dominant.dominant().is_none_or(|who| known.contains(&who)));
        assert!(known.iter().filter(|&&who| loudest.is_through(who)).count() <= PLACES);
        assert_eq!(dominant.poll_timeout().is_some(), !known.is_empty());
    }
    assert_is_noticed(&known, now + Duration::from_secs(70), dominant, loudest);
}

fn check(before: &Loudest<u8>, passage: Passage<u8>, who: u8, after: &Loudest<u8>) {
    assert_eq!(after.is_through(who), passage != Passage::Held);
    if let Passage::InsteadOf(other) = passage {
        assert!(before.is_through(other) && !after.is_through(other) && !before.is_through(who));
    }
}

fn assert_is_noticed(
    known: &[u8],
    mut now: Instant,
    mut dominant: DominantSpeaker<u8>,
    mut loudest: Loudest<u8>,
) {
    const SPEAKER: u8 = 99;
    for packet in 0..600_u32 {
        now += PACKET;
        for &who in known {
            dominant.heard(now, who, 127);
            let _ = loudest.heard(now, who, 127);
        }
        if packet >= 500 {
            dominant.heard(now, SPEAKER, 20);
            assert_ne!(loudest.heard(now, SPEAKER, 20), Passage::Held);
        }
        dominant.handle_timeout(now);
    }
    assert_eq!(dominant.dominant(), Some(SPEAKER));
}

/// What may become of a packet of a source.
#[derive(Arbitrary, Debug)]
enum Fate {
    Forward { ahead: i8, passed: u16 },
    LeaveOut { ahead: i8 },
    Switch { to: u32 },
    Leap { by: u8 },
}

/// What a subscriber gets is numbered as a map of all packets says: each number once and in order, a gap for what did not
/// come and none for what was left out, and the packet behind a number is found again.
pub fn numbering(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut numbering = Numbering::new(ClockRate::HZ_90000);
    let mut model = Model::default();
    let (mut now, mut newest) = (Instant::from_millis(1_000), 1_000_u64);
    while !input.is_empty() {
        let Ok(fate) = input.arbitrary::<Fate>() else { break };
        match fate {
            Fate::Forward { ahead, passed } => {
                now += Duration::from_micros(passed.into());
                let seq = newest.saturating_add_signed(ahead.into());
                newest = newest.max(seq);
                let sent = numbering.forward(now, SeqNo::new(seq), Timestamp(seq.wrapping_mul(3_000) as u32));
                assert_eq!(sent.map(|(number, _)| number.0), model.forward(seq).map(|number| number as u16));
                if let Some((number, _)) = sent
                    && model.is_recent(seq)
                {
                    assert_eq!(numbering.source_of(number), Some(SeqNo::new(seq)));
                }
            }
            Fate::LeaveOut { ahead } => {
                let seq = newest.saturating_add_signed(ahead.into());
                newest = newest.max(seq);
                numbering.leave_out(SeqNo::new(seq));
                model.leave_out(seq);
            }
            Fate::Switch { to } => {
                numbering.switch();
                model.places.clear();
                newest = to.into();
            }
            Fate::Leap { by } => newest += u64::from(by),
        }
        for number in [0, 77, 40_000, u16::MAX] {
            let _ = numbering.source_of(Seq(number));
        }
    }
}

/// All packets of the present source and the number each went on, or would go on, under.
#[derive(Debug, Default)]
struct Model {
    places: BTreeMap<u64, Option<u64>>,
    /// The next number, and the highest that was sent.
    next: u64,
    sent: Option<u64>,
}

impl Model {
    fn forward(&mut self, seq: u64) -> Option<u64> {
        if self.places.is_empty() {
            self.next = self.sent.map_or(seq, |sent| sent + 1);
            self.places.insert(seq, Some(self.next));
            self.next += 1;
        }
        self.extend(seq);
        let number = self.is_recent(seq).then(|| self.places.get(&seq).copied().flatten()).flatten();
        self.sent = self.sent.max(number);
        number
    }

    fn leave_out(&mut self, seq: u64) {
        let Some((&newest, _)) = self.places.last_key_value() else { return };
        if seq > newest {
            self.extend(seq - 1);
            self.places.insert(seq, None);
        }
    }

    /// Gives places up to `seq`.
    fn extend(&mut self, seq: u64) {
        let Some((&newest, _)) = self.places.last_key_value() else { return };
        for missing in newest + 1..=seq {
            self.places.insert(missing, Some(self.next));
            self.next += 1;
        }
    }

    fn is_recent(&self, seq: u64) -> bool {
        self.places.last_key_value().is_some_and(|(&newest, _)| newest - seq.min(newest) < 128)
    }
}
