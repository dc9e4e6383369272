//! All packets numbered together, so that the path can be followed (transport-wide congestion control,
//! draft-holmer-rmcat-transport-wide-cc-extensions-01).

use core::time::Duration;
use moim_media::{Instant, Seq};
use moim_rtp::feedback::Arrivals;
use moim_rtp::{ExtensionId, Packet, PacketMut, Patched, TransportSeq};

/// How often the far side is told when its packets came.
const FEEDBACK: Duration = Duration::from_millis(50);
/// Packets that can come in that time, with room for a flood.
const REMEMBERED: usize = 1_024;

/// The numbers of our packets, and the arrivals of the far side's.
pub(crate) struct Transport {
    id: ExtensionId,
    next: Seq,
    arrivals: Arrivals,
    newest: Option<Seq>,
    due: Option<Instant>,
}

impl Transport {
    pub(crate) fn new(id: ExtensionId) -> Self {
        Self { id, next: Seq(0), arrivals: Arrivals::new(REMEMBERED), newest: None, due: None }
    }

    /// Numbers a packet that is about to leave; `None` when it has no place for a number.
    pub(crate) fn number(&mut self, packet: &mut [u8]) -> Option<Seq> {
        let mut packet = PacketMut::parse(packet).ok()?;
        let number = self.next;
        if packet.patch(self.id, &TransportSeq(number)) != Patched::Written {
            return None;
        }
        self.next = Seq(number.0.wrapping_add(1));
        Some(number)
    }

    /// A packet of the far side came; how many are missing between it and the newest before it.
    pub(crate) fn arrived(&mut self, now: Instant, packet: &Packet<'_>) -> u64 {
        let Some(TransportSeq(number)) = packet.read_extension(self.id) else {
            return 0;
        };
        self.arrivals.received(now, number);
        self.due.get_or_insert(now + FEEDBACK);
        let ahead = self.newest.map_or(1, |newest| number.0.wrapping_sub(newest.0).cast_signed());
        if ahead > 0 {
            self.newest = Some(number);
        }
        u64::try_from(ahead - 1).unwrap_or(0)
    }

    /// When the far side is to be told.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What to tell the far side, if it is time.
    pub(crate) fn feedback(&mut self, now: Instant) -> Option<&mut Arrivals> {
        self.due.take_if(|due| *due <= now)?;
        Some(&mut self.arrivals)
    }
}
