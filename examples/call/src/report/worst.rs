//! The worst second, and why it was.

use super::packets::{Fate, PacketFate, Packets};
use super::series::Series;
use crate::lang::Lang;
use crate::quality::{Quality, round};
use moim_media::Instant;
use serde::Serialize;
use std::time::Duration;

/// A packet carries the sound of the 20 ms before it is sent, some of it already before.
const CODED: Duration = Duration::from_millis(40);

/// Sound in a packet, in ms.
const PACKET_MS: f64 = 20.0;

/// The second that was heard worst: found by measuring the files, explained by what was counted.
#[derive(Debug, Serialize)]
pub(super) struct Worst {
    /// Where in the heard sound it begins.
    pub(super) at_s: f64,
    /// Where in it most was made up; its beginning when nothing was.
    pub(super) moment_s: f64,
    pub(super) correlation: Option<f64>,
    /// The longest stretch in it that is missing altogether, measured, in ms.
    pub(super) missing_ms: f64,
    pub(super) made_up_ms: f64,
    pub(super) repaired_ms: f64,
    pub(super) stretched_ms: f64,
    pub(super) packets_lost: usize,
    pub(super) packets_late: usize,
    pub(super) packets_recovered: usize,
    /// The longest run of packets that were not there in time.
    pub(super) in_a_row: usize,
}

impl Worst {
    /// The second around the longest noticeable gap, or else the one that resembles the source least; `None` when
    /// the source hardly speaks.
    pub(super) fn find(measured: &Quality, series: &Series, packets: &Packets) -> Option<Self> {
        let longest = measured.gaps.iter().max_by(|a, b| a.ms.total_cmp(&b.ms));
        let (at_s, correlation) = match (longest, measured.worst_second) {
            (Some(gap), _) => ((gap.at_s - 0.2).max(0.0), None),
            (None, second) => second.map(|second| (second.at_s, Some(second.correlation)))?,
        };
        let in_second = |time: f64| (at_s..at_s + 1.0).contains(&time);
        let missing =
            measured.gaps.iter().filter(|gap| in_second(gap.at_s)).map(|gap| gap.ms).fold(0.0, f64::max);

        let rows = series.row(at_s)..series.row(at_s + 1.0) + 1;
        let made_up = |row: usize| series.concealed_ms[row] + series.underrun_ms[row];
        let sum = |column: &[f64]| round(column[rows.clone()].iter().sum(), 1);
        let worst_row = rows.clone().max_by(|&a, &b| made_up(a).total_cmp(&made_up(b)).then(b.cmp(&a)));
        let moment = worst_row.filter(|&row| made_up(row) > 0.0).map(|row| row as f64 * series.step_ms / 1e3);

        let delay_ms = measured.delay.map_or(0.0, |delay| delay.mean_ms);
        let sent = |time: f64| Instant::EPOCH + Duration::from_secs_f64((time - delay_ms / 1e3).max(0.0));
        let packets = packets.between(sent(at_s), sent(at_s + 1.0) + CODED);
        let count = |fate| packets.iter().filter(|packet| packet.fate == fate).count();
        Some(Self {
            at_s: round(at_s, 2),
            moment_s: round(moment.unwrap_or(at_s).max(at_s), 1),
            correlation,
            missing_ms: missing,
            made_up_ms: round(rows.clone().map(made_up).sum(), 1),
            repaired_ms: sum(&series.from_fec_ms),
            stretched_ms: round(sum(&series.removed_ms) + sum(&series.inserted_ms), 1),
            packets_lost: count(Fate::Lost),
            packets_late: count(Fate::Late),
            packets_recovered: count(Fate::InTimeAgain),
            in_a_row: longest_run(packets),
        })
    }

    /// In words.
    pub(super) fn sentence(&self, by: &str, lang: Lang) -> String {
        let at = self.moment_s;
        let (what, why) = (self.what(lang), self.why(lang));
        match lang {
            Lang::Ko => format!("{by} 쪽에서 가장 나빴던 1초는 {at}초 무렵입니다: {why}{what}."),
            Lang::En => format!("The worst second for {by} was at {at} s: {what}{why}."),
        }
    }

    fn what(&self, lang: Lang) -> String {
        let (missing, made_up) = (self.missing_ms.round(), self.made_up_ms.round());
        let (repaired, stretched) = (self.repaired_ms.round(), self.stretched_ms.round());
        if missing > 0.0 {
            return lang.of(
                format!("{missing} ms 동안 아무 소리도 나지 않았습니다"),
                format!("for {missing} ms nothing was heard"),
            );
        }
        if made_up > 0.0 && repaired > 0.0 {
            return lang.of(
                format!("{made_up} ms를 지어내고 {repaired} ms를 다음 패킷의 사본으로 복구했습니다"),
                format!(
                    "{made_up} ms were made up and {repaired} ms rebuilt from the copy in the next packet"
                ),
            );
        }
        if made_up > 0.0 {
            return lang.of(format!("{made_up} ms를 지어냈습니다"), format!("{made_up} ms were made up"));
        }
        if repaired > 0.0 {
            return lang.of(
                format!("{repaired} ms를 다음 패킷의 사본으로 복구했습니다"),
                format!("{repaired} ms were rebuilt from the copy in the next packet"),
            );
        }
        if stretched > 0.0 {
            return lang.of(
                format!("지연을 맞추느라 소리를 {stretched} ms 늘이거나 줄였습니다"),
                format!("sound was stretched or shortened by {stretched} ms to change the delay"),
            );
        }
        lang.of(
            "빠진 것은 없고, 압축으로 달라진 것이 전부입니다".to_owned(),
            "nothing was missing; what differs is the codec's doing".to_owned(),
        )
    }

    fn why(&self, lang: Lang) -> String {
        let (row, lost, late) = (self.in_a_row, self.packets_lost, self.packets_late);
        if self.missing_ms + self.made_up_ms + self.repaired_ms == 0.0 {
            return String::new();
        }
        let packets = if row == 1 { "packet" } else { "packets" };
        let absent_ms = (lost + late) as f64 * PACKET_MS;
        match (row, lost, late) {
            // Most of what was made up did come, only not soon enough.
            _ if absent_ms < self.missing_ms.max(self.made_up_ms) / 2.0 => lang.of(
                "패킷이 점점 늦게 와서 기다리는 동안 ".to_owned(),
                ", because packets took longer and longer to come".to_owned(),
            ),
            (0, ..) => String::new(),
            (1, _, 0) => {
                lang.of("패킷을 하나씩 잃어 ".to_owned(), ", because single packets were lost".to_owned())
            }
            (row, _, 0) => lang.of(
                format!("패킷 {row}개를 연달아 잃어 "),
                format!(", because {row} packets in a row were lost"),
            ),
            (row, 0, _) => lang.of(
                format!("패킷 {row}개가 {}너무 늦게 와서 ", if row > 1 { "연달아 " } else { "" }),
                format!(", because {row} {packets} came too late"),
            ),
            (row, ..) => lang.of(
                format!("패킷 {row}개가 연달아 사라지거나 너무 늦게 와서 "),
                format!(", because {row} {packets} in a row were lost or came too late"),
            ),
        }
    }
}

fn longest_run(packets: &[PacketFate]) -> usize {
    let runs = packets.split(|packet| matches!(packet.fate, Fate::InTime | Fate::InTimeAgain));
    runs.map(<[PacketFate]>::len).max().unwrap_or(0)
}
