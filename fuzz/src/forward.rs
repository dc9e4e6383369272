//! Laws of `moim-forward`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_forward::{DominantSpeaker, Loudest, Passage};
use moim_media::Instant;

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
