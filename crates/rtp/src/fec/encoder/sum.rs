//! One sum, and whose packets are in it.

use super::plan::Reach;
use crate::Ssrc;
use crate::fec::flexfec::SOURCES;
use crate::fec::parity::Parity;
use crate::fec::{Block, Mask, Pattern, Protected, Recovery};
use moim_media::Seq;

/// A sum of packets that grows, is complete, and is given out.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    parity: Parity,
    members: [Member; SOURCES],
    sources: usize,
    packets: u8,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Whatever is in it is of no more use.
    Spent,
    Open,
    Complete,
}

/// The packets of one source; of a row or column only the first is known by number.
#[derive(Clone, Copy, Debug)]
struct Member {
    source: Ssrc,
    base: Seq,
    mask: Mask,
}

impl Sum {
    pub(super) fn new(tail: usize) -> Self {
        let nobody = Member { source: Ssrc(0), base: Seq(0), mask: Mask::EMPTY };
        Self {
            parity: Parity::new(tail),
            members: [nobody; SOURCES],
            sources: 0,
            packets: 0,
            state: State::Spent,
        }
    }

    /// Adds a packet; `None` when it cannot be named.
    pub(super) fn add(
        &mut self,
        source: Ssrc,
        seq: Seq,
        reach: Reach,
        recovery: Recovery,
        tail: &[u8],
    ) -> Option<()> {
        if self.state != State::Open {
            self.parity.clear();
            (self.sources, self.packets, self.state) = (0, 0, State::Open);
        }
        let first = Member { source, base: seq, mask: Mask::EMPTY.with(0)? };
        let known = self.members.iter_mut().take(self.sources).find(|member| member.source == source);
        match (known, reach) {
            (Some(_), Reach::Block) => {}
            (Some(member), Reach::Masks { packets, .. }) => {
                let offset = Some(seq.0.wrapping_sub(member.base.0)).filter(|&offset| offset < packets)?;
                // The same packet twice would leave nothing of it.
                member.mask = Some(member.mask).filter(|mask| !mask.contains(offset))?.with(offset)?;
            }
            (None, reach) => {
                let most = if let Reach::Masks { sources, .. } = reach { sources } else { 1 };
                *self.members.get_mut(self.sources).filter(|_| self.sources < most)? = first;
                self.sources += 1;
            }
        }
        self.packets = self.packets.saturating_add(1);
        self.parity.add(recovery, tail);
        Some(())
    }

    /// No more packets: it can be given out, if it has any.
    pub(super) fn complete(&mut self) {
        if self.state == State::Open {
            self.state = if self.packets > 0 { State::Complete } else { State::Spent };
        }
    }

    pub(super) fn give_up(&mut self) {
        if self.state == State::Open {
            self.state = State::Spent;
        }
    }

    /// The sum when it is complete, once; it stays as it is until the next packet is added.
    pub(super) fn take(&mut self) -> Option<&Self> {
        if self.state != State::Complete {
            return None;
        }
        self.state = State::Spent;
        Some(self)
    }

    pub(super) const fn parity(&self) -> &Parity {
        &self.parity
    }

    /// Names its packets, as `block` when it is full, and returns how many sources they have.
    pub(super) fn protected(&self, block: Option<Block>, into: &mut [Protected; SOURCES]) -> usize {
        for (place, member) in into.iter_mut().zip(&self.members).take(self.sources) {
            let pattern = block.map_or(Pattern::Mask(member.mask), |block| self.part(block));
            *place = Protected { source: member.source, base: member.base, pattern };
        }
        self.sources
    }

    /// What of `block` there is.
    fn part(&self, block: Block) -> Pattern {
        let packets = core::num::NonZeroU8::new(self.packets).unwrap_or(core::num::NonZeroU8::MIN);
        match block.rows {
            0 | 1 => Pattern::Block(Block { columns: packets, ..block }),
            // One row is no column.
            _ if self.packets < 2 => Pattern::Mask(Mask::EMPTY.with(0).unwrap_or_default()),
            _ => Pattern::Block(Block { rows: self.packets, ..block }),
        }
    }
}
