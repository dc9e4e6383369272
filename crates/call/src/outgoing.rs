//! One stream of ours: numbered, remembered, and sent again on request.

use crate::CallConfig;
use core::time::Duration;
use moim_media::{ClockRate, Instant, Seq, Timestamp};
use moim_pace::{Class, PacedQueue};
use moim_rtp::history::History;
use moim_rtp::payload::{Fragment, PayloadError, Payloader};
use moim_rtp::rtcp::{ExtendedSeq, ReportBlock, SenderInfo};
use moim_rtp::{
    BuildError, Extension, ExtensionForm, ExtensionId, Header, NtpTime, Packet, PacketBuilder, PayloadType,
    Ssrc, rtx,
};
use rand_core::Rng;

/// Bytes of a packet before its payload, and the number in front of one that is sent again (RFC 4588, section 4).
const FIXED_HEADER: usize = 12;
const ORIGINAL_SEQ: usize = 2;
/// A header extension with the transport-wide number: a word to announce it, and one for it.
const TRANSPORT_SEQ: usize = 8;
/// Packets that may be saved up to be sent again: a second of voice, a key frame or two.
const MOST_VOICE_REPAIRS: u32 = 32;
const MOST_PICTURE_REPAIRS: u32 = 256;
/// A request for a packet of the picture is answered again after this time.
const REPEATED: Duration = Duration::from_millis(15);
/// A packet sent again that waits longer than this before it leaves is of no use.
const STALE: Duration = Duration::from_millis(100);

/// The numbers, the memory and the counts of a stream.
pub(crate) struct Outgoing {
    /// Of the next packet.
    header: Header,
    clock_rate: ClockRate,
    class: Class,
    mtu: usize,
    transport_seq: Option<ExtensionId>,
    history: History,
    remembers: bool,
    /// Packets sent again are a stream of their own, or go as they were.
    repair: Option<Repair>,
    /// Packets that may be sent again: each packet sent earns one, so that a flood of requests at worst doubles what
    /// is sent.
    allowance: u32,
    most_allowed: u32,
    /// The highest of our numbers that the far side reports.
    heard: Option<ExtendedSeq>,
    /// Packets sent when the last two reports were written.
    reported: [u64; 2],
    counts: Counts,
}

/// The stream of packets that are sent again (RFC 4588).
#[derive(Clone, Copy, Debug)]
struct Repair {
    stream: rtx::Stream,
    seq: Seq,
}

/// What was sent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) payload_bytes: u64,
    pub(crate) retransmitted: u64,
}

/// How a stream travels.
pub(crate) struct Travels {
    pub(crate) payload_type: PayloadType,
    pub(crate) clock_rate: ClockRate,
    pub(crate) class: Class,
    /// The payload type of packets that are sent again in a stream of their own.
    pub(crate) rtx: Option<PayloadType>,
    /// Packets that are remembered.
    pub(crate) history: usize,
}

impl Outgoing {
    /// A stream whose source and first numbers are as random as `dice` (RFC 3550, section 5.1).
    pub(crate) fn new(config: &CallConfig, travels: &Travels, dice: &mut impl Rng) -> Self {
        let header = Header {
            marker: false,
            payload_type: travels.payload_type,
            ssrc: Ssrc(dice.next_u32()),
            seq: Seq((dice.next_u32() >> 16) as u16),
            timestamp: Timestamp(dice.next_u32()),
        };
        let repair = travels.rtx.map(|payload_type| Repair {
            stream: rtx::Stream { ssrc: Ssrc(dice.next_u32()), payload_type },
            seq: Seq((dice.next_u32() >> 16) as u16),
        });
        Self {
            header,
            clock_rate: travels.clock_rate,
            class: travels.class,
            mtu: config.mtu,
            transport_seq: config.transport_seq,
            history: History::new(travels.history, config.mtu),
            remembers: travels.history > 0,
            repair,
            allowance: 0,
            most_allowed: if travels.class == Class::Picture {
                MOST_PICTURE_REPAIRS
            } else {
                MOST_VOICE_REPAIRS
            },
            heard: None,
            reported: [0; 2],
            counts: Counts::default(),
        }
    }

    pub(crate) fn ssrc(&self) -> Ssrc {
        self.header.ssrc
    }

    /// Whether packets of `ssrc` are ours.
    pub(crate) fn owns(&self, ssrc: Ssrc) -> bool {
        self.header.ssrc == ssrc || self.repair.is_some_and(|repair| repair.stream.ssrc == ssrc)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        self.header.timestamp
    }

    /// What is sent from now on was taken up at this media time.
    pub(crate) fn set_timestamp(&mut self, timestamp: Timestamp) {
        self.header.timestamp = timestamp;
    }

    /// The timestamp `span` after `timestamp`; timestamps wrap.
    pub(crate) fn after(&self, timestamp: Timestamp, span: Duration) -> Timestamp {
        Timestamp(timestamp.0.wrapping_add(self.clock_rate.ticks(span) as u32))
    }

    /// Queues the packets of one unit of the codec.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        payloader: &mut dyn Payloader,
        unit: &[u8],
        queue: &mut PacedQueue,
    ) -> Result<(), PayloadError> {
        let Self { header, history, counts, allowance, .. } = self;
        let before_payload = FIXED_HEADER
            + self.transport_seq.map_or(0, |_| TRANSPORT_SEQ)
            + self.repair.map_or(0, |_| ORIGINAL_SEQ);
        payloader.packetize(unit, self.mtu - before_payload, &mut |fragment: Fragment<'_>| {
            // The number is not known before the packet leaves.
            let number = self.transport_seq.map(|id| Extension { id, data: &[0; 2] });
            let mut packet = PacketBuilder::new(Header { marker: fragment.marker, ..*header });
            if let Some(number) = &number {
                packet = packet.extensions(ExtensionForm::OneByte, core::slice::from_ref(number));
            }
            let written =
                queue.push(now, self.class, |room| packet.write(&[fragment.prefix, fragment.body], room));
            let Ok(bytes): Result<&[u8], BuildError> = written else { return };
            // One that is too long to be kept just cannot be sent again.
            let _ = history.insert(header.seq, bytes);
            counts.packets += 1;
            counts.bytes += bytes.len() as u64;
            counts.payload_bytes += (fragment.prefix.len() + fragment.body.len()) as u64;
            *allowance = (*allowance + 1).min(self.most_allowed);
            header.seq = Seq(header.seq.0.wrapping_add(1));
        })
    }

    /// Packets that the far side asks for again.
    pub(crate) fn retransmit(
        &mut self,
        now: Instant,
        round_trip: Duration,
        seqs: impl Iterator<Item = Seq>,
        queue: &mut PacedQueue,
    ) {
        // A request that is repeated early, for fear that it or the answer is lost, is worth a second answer.
        self.history.set_round_trip(if self.class == Class::Picture { REPEATED } else { round_trip });
        for seq in seqs {
            // What would have to wait comes too late, and keeps from leaving what would not.
            if self.allowance == 0 || !self.remembers || queue.paced_delay() > STALE {
                return;
            }
            let Some(packet) = self.history.find(now, seq) else { continue };
            let copied = queue.push(now, Class::Repair, |room| match &self.repair {
                Some(repair) => {
                    let packet = Packet::parse(packet).map_err(drop)?;
                    rtx::wrap(&packet, repair.stream, repair.seq, room).map_err(drop)
                }
                None => {
                    room.get_mut(..packet.len()).map(|room| room.copy_from_slice(packet)).ok_or(())?;
                    Ok(packet.len())
                }
            });
            if copied.is_ok() {
                self.allowance -= 1;
                self.counts.retransmitted += 1;
                if let Some(repair) = &mut self.repair {
                    repair.seq = Seq(repair.seq.0.wrapping_add(1));
                }
            }
        }
    }

    /// Nothing that was sent so far is sent again.
    pub(crate) fn forget(&mut self) {
        self.history.clear();
    }

    /// The far side reports on our stream; whether it has heard anything since its last report. A stale block says
    /// nothing about what was sent since.
    pub(crate) fn is_news(&mut self, block: &ReportBlock) -> bool {
        self.heard.replace(block.highest_seq) != Some(block.highest_seq)
    }

    /// A regular report is written: what is sent from now on belongs to the next.
    pub(crate) fn begin_interval(&mut self) {
        self.reported = [self.counts.packets, self.reported[0]];
    }

    /// What a sender report says at `ntp`, when `timestamp` is taken up; `None` when nothing was sent since the report
    /// before the last (RFC 3550, section 6.4).
    pub(crate) fn info(&self, ntp: NtpTime, timestamp: Timestamp) -> Option<SenderInfo> {
        (self.counts.packets > self.reported[1]).then_some(SenderInfo {
            ntp,
            timestamp,
            packets: self.counts.packets as u32,
            octets: self.counts.payload_bytes as u32,
        })
    }
}
