//! Two who chose the same SSRC, and packets that come around (RFC 3550, section 8.2).

#[cfg(test)]
mod tests;

use crate::Ssrc;
use crate::dice::Dice;
use alloc::vec::Vec;
use core::time::Duration;
use moim_media::Instant;

/// How much is remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Sources of others that are told apart; further ones are not watched before one of these has fallen silent.
    pub sources: usize,
    /// Addresses from which our own SSRC came that are remembered; a further one replaces the one that was silent for
    /// longest.
    pub conflicts: usize,
    /// After what silence a source may come from another address, and an address that conflicted is forgotten: ten
    /// intervals of reports (RFC 3550, section 8.2).
    pub silence: Duration,
    /// What the dice begin with that choose SSRCs. Parties that begin alike choose alike: let it be random.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { sources: 1_024, conflicts: 16, silence: Duration::from_secs(50), seed: 0 }
    }
}

/// Watches from which transport address, of the caller's type `A`, each SSRC comes.
///
/// Media and reports may come from different addresses. Every packet is to be shown to
/// [`media`](Self::media) or [`report`](Self::report) before anything else is learnt from it. All memory but the
/// addresses' own is allocated by [`new`](Self::new).
///
/// ```
/// use core::net::SocketAddr;
/// use moim_media::Instant;
/// use moim_rtp::Ssrc;
/// use moim_rtp::collision::{Config, Guard, Verdict};
///
/// let mut guard = Guard::new(Config { seed: 42, ..Config::default() });
/// let ours = guard.ssrc();
/// let other: SocketAddr = "192.0.2.1:5004".parse().unwrap();
/// let Verdict::Collision { old, new } = guard.media(Instant::EPOCH, ours, &other) else { panic!() };
/// // `old` says goodbye, and we go on as `new`.
/// assert_eq!((old, new), (ours, guard.ssrc()));
/// assert_eq!(guard.media(Instant::EPOCH, old, &other), Verdict::Fine);
/// ```
#[derive(Clone, Debug)]
pub struct Guard<A> {
    config: Config,
    ssrc: Ssrc,
    dice: Dice,
    /// In the order of their SSRCs.
    sources: Vec<Source<A>>,
    conflicts: Vec<Origin<A>>,
    counts: Counts,
}

#[derive(Clone, Debug)]
struct Source<A> {
    ssrc: Ssrc,
    media: Option<Origin<A>>,
    reports: Option<Origin<A>>,
}

/// An address, and when it was heard from last.
#[derive(Clone, Debug)]
struct Origin<A> {
    address: A,
    heard: Instant,
}

/// What to do with a packet, or with a part of it that names an SSRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It comes from where its source is.
    Fine,
    /// It is of another source than the one we know by that SSRC, or of that one by another way: drop it.
    ThirdParty,
    /// It is our own, or of one who collided with us before and has not changed yet: drop it.
    Loop,
    /// Somebody else has our SSRC. Say goodbye as `old`, and go on as `new`; the packet is of the other one.
    Collision {
        /// What we called ourselves.
        old: Ssrc,
        /// What we call ourselves now; nobody we know does.
        new: Ssrc,
    },
}

/// What was found so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often we changed our SSRC.
    pub collisions: u64,
    /// Packets dropped as our own.
    pub loops: u64,
    /// Packets dropped because their source is known to be elsewhere.
    pub third_parties: u64,
}

/// By what kind of packet an SSRC was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Media,
    Report,
}

impl<A: Eq + Clone> Guard<A> {
    /// Chooses an SSRC for us.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut dice = Dice::new(config.seed);
        Self::named(config, choose(&mut dice), dice)
    }

    /// Begins with an SSRC that was chosen, perhaps by signalling.
    #[must_use]
    pub fn of(config: Config, ssrc: Ssrc) -> Self {
        Self::named(config, ssrc, Dice::new(config.seed))
    }

    fn named(config: Config, ssrc: Ssrc, dice: Dice) -> Self {
        Self {
            ssrc,
            dice,
            sources: Vec::with_capacity(config.sources),
            conflicts: Vec::with_capacity(config.conflicts),
            counts: Counts::default(),
            config,
        }
    }

    /// What we call ourselves.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// A packet of media of `ssrc` came from `address`.
    pub fn media(&mut self, now: Instant, ssrc: Ssrc, address: &A) -> Verdict {
        self.judge(now, ssrc, address, By::Media)
    }

    /// A report came from `address` that `ssrc` sent or describes itself in. The SSRCs that it is about are not to be
    /// shown, ours are among them.
    pub fn report(&mut self, now: Instant, ssrc: Ssrc, address: &A) -> Verdict {
        self.judge(now, ssrc, address, By::Report)
    }

    /// `ssrc` has said goodbye or is gone: whoever takes its name next may come from anywhere.
    pub fn forget(&mut self, ssrc: Ssrc) {
        if let Ok(place) = self.place(ssrc) {
            self.sources.remove(place);
        }
    }

    /// Another SSRC for one more stream of ours, which nobody we know has. It is not watched: give it a guard of its
    /// own.
    #[must_use]
    pub fn another(&mut self) -> Ssrc {
        loop {
            let ssrc = choose(&mut self.dice);
            // Few are taken of four billion: the loop ends.
            if ssrc != self.ssrc && self.place(ssrc).is_err() {
                return ssrc;
            }
        }
    }

    /// What was found so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn judge(&mut self, now: Instant, ssrc: Ssrc, address: &A, by: By) -> Verdict {
        if ssrc == self.ssrc {
            return self.judge_own(now, address, by);
        }
        let silence = self.config.silence;
        if self.sources.len() >= self.config.sources && self.place(ssrc).is_err() {
            self.sources.retain(|source| !source.is_silent(now, silence));
        }
        let place = match self.place(ssrc) {
            Ok(place) => place,
            Err(_) if self.sources.len() >= self.config.sources => return Verdict::Fine,
            Err(place) => {
                self.sources.insert(place, Source { ssrc, media: None, reports: None });
                place
            }
        };
        let Some(source) = self.sources.get_mut(place) else { return Verdict::Fine };
        let origin = match by {
            By::Media => &mut source.media,
            By::Report => &mut source.reports,
        };
        match origin {
            Some(origin) if origin.address == *address => origin.heard = now,
            Some(origin) if now.since(origin.heard) < silence => {
                self.counts.third_parties += 1;
                return Verdict::ThirdParty;
            }
            _ => *origin = Some(Origin { address: address.clone(), heard: now }),
        }
        Verdict::Fine
    }

    fn judge_own(&mut self, now: Instant, address: &A, by: By) -> Verdict {
        let silence = self.config.silence;
        self.conflicts.retain(|conflict| now.since(conflict.heard) < silence);
        if let Some(known) = self.conflicts.iter_mut().find(|conflict| conflict.address == *address) {
            known.heard = now;
            self.counts.loops += 1;
            return Verdict::Loop;
        }
        self.remember(Origin { address: address.clone(), heard: now });
        self.counts.collisions += 1;
        let old = self.ssrc;
        self.ssrc = self.another();
        // The other one keeps the name, and is known by it.
        self.judge(now, old, address, by);
        Verdict::Collision { old, new: self.ssrc }
    }

    fn remember(&mut self, conflict: Origin<A>) {
        if self.conflicts.len() < self.config.conflicts {
            self.conflicts.push(conflict);
        } else if let Some(oldest) = self.conflicts.iter_mut().min_by_key(|conflict| conflict.heard) {
            *oldest = conflict;
        }
    }

    fn place(&self, ssrc: Ssrc) -> Result<usize, usize> {
        self.sources.binary_search_by_key(&ssrc, |source| source.ssrc)
    }
}

impl<A> Source<A> {
    fn is_silent(&self, now: Instant, silence: Duration) -> bool {
        let mut origins = self.media.iter().chain(&self.reports);
        origins.all(|origin| now.since(origin.heard) >= silence)
    }
}

/// Not zero, by which some mean "none".
fn choose(dice: &mut Dice) -> Ssrc {
    let [a, b, c, d, ..] = dice.next_u64().to_le_bytes();
    Ssrc(u32::from_le_bytes([a, b, c, d]).max(1))
}
