//! Which packets belong together, for formats whose payloads do not say so.

use crate::Packet;
use moim_media::{Seq, Timestamp};

/// The only packet that can go on with what another broke off: the next one, of the same time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next {
    seq: Seq,
    time: Timestamp,
}

impl Next {
    pub(super) const fn after(packet: &Packet<'_>) -> Self {
        Self { seq: Seq(packet.seq().0.wrapping_add(1)), time: packet.timestamp() }
    }

    pub(super) fn is(self, packet: &Packet<'_>) -> bool {
        self.seq == packet.seq() && self.time == packet.timestamp()
    }
}

/// Tells the first packet of each unit, as far as timestamps and markers do.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// Of the last packet, with the first number that was given with this time.
    last: Option<(Timestamp, Seq)>,
    /// Behind a marked packet: what has the same time there is of another unit, whose sender keeps no time.
    ended: Option<Next>,
}

impl Times {
    pub(super) const fn new() -> Self {
        Self { last: None, ended: None }
    }

    /// Whether nothing before this packet was given of its unit. Who gives a run of packets again, now that an earlier
    /// one has come, begins it anew.
    pub(super) fn is_first(&mut self, packet: &Packet<'_>) -> bool {
        let has_ended = self.ended.take().is_some_and(|next| next.is(packet));
        self.ended = packet.marker().then(|| Next::after(packet));
        let follows = self.last.is_some_and(|(time, first)| {
            time == packet.timestamp() && packet.seq().0.wrapping_sub(first.0).cast_signed() > 0
        });
        let is_first = has_ended || !follows;
        if is_first {
            self.last = Some((packet.timestamp(), packet.seq()));
        }
        is_first
    }
}
