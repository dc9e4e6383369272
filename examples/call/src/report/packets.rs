//! What became of every packet: the sender's diary beside the receiver's.

use crate::quality::round;
use crate::trace::{Arrival, SentPacket};
use moim_media::{ClockRate, Instant, SeqNo, Unwrap};
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::time::Duration;

/// Sent this shortly before the end, a packet may still be under way.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// All packets of sound in one direction, in the order in which they were sent first.
#[derive(Debug)]
pub(super) struct Packets(Vec<PacketFate>);

/// One packet of sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketFate {
    /// When it was sent first.
    pub(super) sent: Instant,
    /// How long after that it came first.
    pub(super) after: Option<Duration>,
    pub(super) fate: Fate,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It came while it could be played.
    InTime,
    /// So did a copy that was sent again on request.
    InTimeAgain,
    /// It came after its place had been played.
    Late,
    /// It never came.
    Lost,
}

impl Packets {
    pub(super) fn new(sent: &[SentPacket], arrived: &[Arrival]) -> Self {
        let mut first_arrivals: HashMap<SeqNo, Arrival> = HashMap::new();
        let mut unwrap = unwrap_like(sent);
        for arrival in arrived {
            first_arrivals.entry(unwrap.seq(arrival.seq)).or_insert(*arrival);
        }
        let mut unwrap = unwrap_like(sent);
        let mut order = Vec::new();
        let mut sendings: HashMap<SeqNo, Vec<Instant>> = HashMap::new();
        for packet in sent {
            let seq = unwrap.seq(packet.seq);
            let times = sendings.entry(seq).or_default();
            if times.is_empty() {
                order.push(seq);
            }
            times.push(packet.at);
        }
        let fastest = order
            .iter()
            .filter_map(|seq| Some(first_arrivals.get(seq)?.at.since(sendings[seq][0])))
            .min()
            .unwrap_or_default();
        let mut fates: Vec<PacketFate> = order
            .iter()
            .map(|seq| PacketFate::new(&sendings[seq], first_arrivals.get(seq), fastest))
            .collect();
        let end = sent.last().map_or(Instant::EPOCH, |packet| packet.at);
        while fates.last().is_some_and(|last| last.fate == Fate::Lost && last.sent + UNDER_WAY > end) {
            fates.pop();
        }
        Self(fates)
    }

    pub(super) fn all(&self) -> &[PacketFate] {
        &self.0
    }

    /// The least time that one was under way.
    pub(super) fn fastest(&self) -> Option<Duration> {
        self.0.iter().filter_map(|packet| packet.after).min()
    }

    pub(super) fn count(&self, fate: Fate) -> usize {
        self.0.iter().filter(|packet| packet.fate == fate).count()
    }

    /// Those that were sent between the two.
    pub(super) fn between(&self, from: Instant, to: Instant) -> &[PacketFate] {
        let begin = self.0.partition_point(|packet| packet.sent < from);
        let end = self.0.partition_point(|packet| packet.sent < to);
        &self.0[begin..end.max(begin)]
    }
}

impl PacketFate {
    fn new(sendings: &[Instant], arrival: Option<&Arrival>, fastest: Duration) -> Self {
        let sent = sendings[0];
        let Some(arrival) = arrival else { return Self { sent, after: None, fate: Fate::Lost } };
        // The copy sent again may be the one that came if the network could have carried it since.
        let again = sendings.get(1).is_some_and(|&second| arrival.at >= second + fastest);
        let fate = match (arrival.late, again) {
            (true, _) => Fate::Late,
            (false, true) => Fate::InTimeAgain,
            (false, false) => Fate::InTime,
        };
        Self { sent, after: Some(arrival.at.since(sent)), fate }
    }
}

/// Numbers of both diaries are unwrapped from the first one sent, whichever came first.
fn unwrap_like(sent: &[SentPacket]) -> Unwrap {
    let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
    if let Some(first) = sent.first() {
        unwrap.seq(first.seq);
    }
    unwrap
}

/// In columns, for whoever wants to plot it differently.
#[derive(Serialize)]
struct Columns {
    sent_s: Vec<f64>,
    after_ms: Vec<Option<f64>>,
    fate: Vec<Fate>,
}

impl Serialize for Packets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Columns {
            sent_s: self.0.iter().map(|packet| round(packet.sent.since_epoch().as_secs_f64(), 3)).collect(),
            after_ms: self.0.iter().map(|packet| packet.after.map(crate::quality::millis)).collect(),
            fate: self.0.iter().map(|packet| packet.fate).collect(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::Seq;

    fn sent(seq: u16, ms: u64) -> SentPacket {
        SentPacket { seq: Seq(seq), at: Instant::from_millis(ms), bytes: 100 }
    }

    fn arrival(seq: u16, ms: u64, late: bool) -> Arrival {
        Arrival { seq: Seq(seq), at: Instant::from_millis(ms), bytes: 100, late }
    }

    #[test]
    fn each_packet_has_its_fate_across_the_wrap() {
        let sent = [sent(65_535, 0), sent(0, 20), sent(1, 40), sent(2, 60), sent(0, 200), sent(3, 900)];
        // The first one never comes, which must not confuse the numbers of those behind it.
        let arrived =
            [arrival(1, 90, false), arrival(2, 300, true), arrival(0, 260, false), arrival(0, 270, true)];
        let packets = Packets::new(&sent, &arrived);
        let fates: Vec<Fate> = packets.all().iter().map(|packet| packet.fate).collect();
        assert_eq!(fates, [Fate::Lost, Fate::InTimeAgain, Fate::InTime, Fate::Late], "the last is under way");
        assert_eq!(packets.fastest(), Some(Duration::from_millis(50)));
        assert_eq!(packets.between(Instant::from_millis(20), Instant::from_millis(60)).len(), 2);
    }
}
