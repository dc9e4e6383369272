//! The receiver's part in the sender's congestion control: a log of arrivals, and the feedback made of it
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use crate::Ssrc;
use crate::rtcp::{ArrivalTime, WriteError, Writer};
use alloc::boxed::Box;
use alloc::vec;
use moim_media::{ClockRate, Instant, Seq, SeqNo, Unwrap};

#[cfg(test)]
mod tests;

/// The longest log: numbers further apart cannot be told from a restart.
const MOST: usize = 1 << 13;

/// When the packets of a transport arrived, by their transport-wide sequence numbers ([`TransportSeq`]), until
/// they were reported.
///
/// All memory is allocated by [`new`](Self::new). The numbers are believed as far as the log reaches: one from
/// further away is a stray until the next of its neighbourhood confirms that the sender began afresh, which then
/// forgets what was not reported.
///
/// [`TransportSeq`]: crate::TransportSeq
#[derive(Clone, Debug)]
pub struct Arrivals {
    slots: Box<[Option<ArrivalTime>]>,
    unwrap: Unwrap,
    /// The numbers the log holds: `end` less the length of the log is the first, of which those from `begin` on are
    /// to be reported.
    span: Option<Span>,
    stray: Option<SeqNo>,
    number: u8,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    begin: u64,
    end: u64,
}

/// What was written of an [`Arrivals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// Feedback on this many packets, those that did not arrive included. There may be more to report.
    Packets(usize),
    /// Nothing: no packet arrived since the last report.
    Nothing,
}

impl Arrivals {
    /// A log of the last `packets` packets, rounded up to a power of two, at most 8 192.
    #[must_use]
    pub fn new(packets: usize) -> Self {
        let packets = packets.clamp(1, MOST).next_power_of_two();
        Self {
            slots: vec![None; packets].into_boxed_slice(),
            // Only numbers are unwrapped here; their clock does not matter.
            unwrap: Unwrap::new(ClockRate::HZ_90000),
            span: None,
            stray: None,
            number: 0,
        }
    }

    /// How many packets it remembers.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Takes note of the packet `seq`, which arrived at `now`. Only the first arrival counts.
    ///
    /// A packet that was reported missing is reported again, with all after it.
    pub fn received(&mut self, now: Instant, seq: Seq) {
        let seq = self.unwrap.seq(seq);
        let Some(span) = self.span.filter(|span| self.owns(*span, seq)) else {
            return self.stranger(now, seq);
        };
        self.stray = None;
        let number = seq.get();
        if number >= span.end {
            (span.end..number).for_each(|missing| *self.slot(missing) = None);
            *self.slot(number) = Some(ArrivalTime::at(now));
            let end = number + 1;
            let begin = span.begin.max(end.saturating_sub(self.reach()));
            self.span = Some(Span { begin, end });
            return;
        }
        let slot = self.slot(number);
        if slot.is_none() {
            *slot = Some(ArrivalTime::at(now));
            self.span = Some(Span { begin: span.begin.min(number), ..span });
        }
    }

    /// Writes one part of feedback, from `sender` and naming `media`, on the packets that are new since the last
    /// one: as many as the writer has room for and the format can say at once.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`] when there is no room for a single packet.
    pub fn write(
        &mut self,
        writer: &mut Writer<'_>,
        sender: Ssrc,
        media: Ssrc,
    ) -> Result<Reported, WriteError> {
        let Some(span) = self.span.filter(|span| span.begin < span.end) else { return Ok(Reported::Nothing) };
        let mut end = span.end;
        loop {
            let arrivals = (span.begin..end).map(|number| self.arrival(number));
            let first = SeqNo::new(span.begin).wire();
            let packets = end - span.begin;
            match writer.transport_feedback(sender, media, self.number, first, arrivals) {
                Ok(()) => {
                    self.number = self.number.wrapping_add(1);
                    self.span = Some(Span { begin: end, ..span });
                    return Ok(Reported::Packets(usize::try_from(packets).unwrap_or(usize::MAX)));
                }
                // The packet after the pause begins the next report.
                Err(WriteError::Apart { index }) => end = span.begin + index as u64,
                Err(WriteError::BufferTooSmall { .. }) if packets > 1 => end -= packets.div_ceil(2),
                Err(error) => return Err(error),
            }
        }
    }

    /// Forgets everything, for a transport that starts afresh.
    pub fn clear(&mut self) {
        (self.span, self.stray) = (None, None);
    }

    /// A number that the log cannot reach: the first, a stray one, or the one that confirms a stray one.
    fn stranger(&mut self, now: Instant, seq: SeqNo) {
        let confirmed = self.stray.is_some_and(|stray| stray < seq && seq.since(stray) < self.reach());
        if self.span.is_some() && !confirmed {
            self.stray = Some(seq);
            return;
        }
        self.stray = None;
        *self.slot(seq.get()) = Some(ArrivalTime::at(now));
        // What lies before was not received in this life.
        let before = seq.get().saturating_sub(self.reach() - 1);
        (before..seq.get()).for_each(|number| *self.slot(number) = None);
        self.span = Some(Span { begin: seq.get(), end: seq.get() + 1 });
    }

    fn owns(&self, span: Span, seq: SeqNo) -> bool {
        let reach = self.reach();
        (span.end.saturating_sub(reach)..span.end.saturating_add(reach)).contains(&seq.get())
    }

    const fn reach(&self) -> u64 {
        self.slots.len() as u64
    }

    fn arrival(&self, number: u64) -> Option<ArrivalTime> {
        self.slots.get(self.index(number)).copied().flatten()
    }

    #[allow(clippy::indexing_slicing, reason = "the index is below the power of two that the length is")]
    fn slot(&mut self, number: u64) -> &mut Option<ArrivalTime> {
        &mut self.slots[self.index(number)]
    }

    #[allow(clippy::cast_possible_truncation, reason = "the low bits are what is asked for")]
    const fn index(&self, number: u64) -> usize {
        number as usize & (self.slots.len() - 1)
    }
}
