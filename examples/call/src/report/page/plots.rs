//! The four plots of what one party heard.

use crate::codec;
use crate::lang::Lang;
use crate::report::Heard;
use crate::report::packets::{Fate, PacketFate};
use crate::report::plot::{Bar, Plot};
use crate::report::series::{FLOOR, Series};

/// More points than pixels are of no use.
pub(super) const MOST_POINTS: usize = 600;
const MOST_DOTS: usize = 4_000;
const MOST_BARS: usize = 80;
/// Sound in a packet, in ms.
const PACKET_MS: f64 = 20.0;

/// A plot with its heading, its key and a line that says how to read it.
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) key: Vec<(&'static str, &'static str)>,
    pub(super) note: &'static str,
    pub(super) plot: Plot,
}

/// All four as HTML.
pub(super) fn all(heard: &Heard, lang: Lang) -> String {
    [delay(heard, lang), repair(heard, lang), level(heard, lang), bitrate(heard, lang)]
        .iter()
        .map(|figure| figure.html(lang))
        .collect()
}

impl Figure {
    pub(super) fn html(&self, lang: Lang) -> String {
        let Self { title, unit, key, note, plot } = self;
        let key: String =
            key.iter().map(|(class, text)| format!(r#"<li class="{class}">{text}</li>"#)).collect();
        let plot = plot.html(title, lang.of("초", " s"));
        format!(
            r#"<figure><figcaption><h3>{title} <small>{unit}</small></h3><ul class="key">{key}</ul></figcaption>{plot}<p class="note">{note}</p></figure>"#
        )
    }
}

fn delay(heard: &Heard, lang: Lang) -> Figure {
    let (series, packets) = (&heard.series, heard.packets.all());
    let fastest = heard.packets.fastest().unwrap_or_default();
    let above =
        |packet: &PacketFate| packet.after.map(|after| after.saturating_sub(fastest).as_secs_f64() * 1e3);
    let every = packets.len().div_ceil(MOST_DOTS).max(1);
    let dots = |fate: Fate| {
        let every = if fate == Fate::InTime { every } else { 1 };
        let packets = packets.iter().filter(move |packet| packet.fate == fate).step_by(every);
        packets.filter_map(move |packet| Some((packet.sent.since_epoch().as_secs_f64(), above(packet)?)))
    };
    // A packet leaves when all of its sound was said, and is decoded a little later than it says.
    let beyond_packets = codec::DELAY.as_secs_f64() * 1e3 + fastest.as_secs_f64() * 1e3;
    let course = |aim: fn(&Series, usize) -> f64| -> Vec<(f64, f64)> {
        let rows = series.mouth_to_ear_ms.iter().enumerate();
        let points = rows.filter_map(|(row, delay)| {
            let heard_s = (row as f64 + 0.5) * series.step_ms / 1e3;
            let delay = (*delay)?;
            Some((heard_s - delay / 1e3, (delay - beyond_packets + aim(series, row)).max(0.0)))
        });
        points.filter(|point| point.0 >= 0.0).collect()
    };
    let played = course(|_, _| 0.0);
    // The receiver counts from the fastest packets of the last while; how far it is from its aim holds from anywhere.
    let target = course(|series, row| series.target_ms[row] - series.delay_ms[row]);
    let highest = |points: &[(f64, f64)]| points.iter().map(|point| point.1).fold(50.0, f64::max);
    let dot = dots(Fate::InTime).map(|dot| dot.1).fold(0.0, f64::max);
    let most = highest(&played).max(highest(&target)).max(dot) * 1.1;
    let mut plot = Plot::new(seconds(heard), 0.0..most);
    let lost = packets.iter().filter(|packet| packet.fate == Fate::Lost);
    plot.dots("in-time", dots(Fate::InTime));
    plot.line("target", thinned(target));
    plot.line("delay", thinned(played));
    plot.dots("again", dots(Fate::InTimeAgain));
    plot.dots("lost", lost.map(|packet| (packet.sent.since_epoch().as_secs_f64(), 0.0)));
    plot.dots("late", dots(Fate::Late));
    Figure {
        title: lang.of("지연", "Delay"),
        unit: lang.of("가장 빠른 패킷 기준, ms", "above the fastest packet, ms"),
        key: vec![
            ("line delay", lang.of("재생 지연", "played at")),
            ("line target", lang.of("목표 지연", "target")),
            ("dot in-time", lang.of("패킷", "packet")),
            ("dot again", lang.of("재전송", "sent again")),
            ("dot late", lang.of("늦음", "too late")),
            ("dot lost", lang.of("손실", "lost")),
        ],
        note: lang.of(
            "점 하나가 패킷 하나. 파란 선은 WAV 파일에서 잰 재생 시점으로, 그보다 위에 있는 점은 그때까지 오지 못한 패킷입니다.",
            "Each dot is a packet. The blue line is when it was to be played, measured in the WAV files; dots above it had not come by then.",
        ),
        plot,
    }
}

fn repair(heard: &Heard, lang: Lang) -> Figure {
    let series = &heard.series;
    let rows = series.delay_ms.len();
    let bin = rows.div_ceil(MOST_BARS).max(5);
    let bins = rows.div_ceil(bin);
    let step = series.step_ms / 1e3;
    let sums = |column: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..bins).map(|n| (n * bin..((n + 1) * bin).min(rows)).map(column).sum()).collect()
    };
    let lost_in = |fate: Fate| {
        let mut sums = vec![0.0; bins];
        for packet in heard.packets.all().iter().filter(|packet| packet.fate == fate) {
            let n = series.row(packet.sent.since_epoch().as_secs_f64()) / bin;
            sums[n.min(bins - 1)] += PACKET_MS;
        }
        sums
    };
    let repairs = [
        ("again", sums(&|row| series.recovered[row] as f64 * PACKET_MS)),
        ("fec", sums(&|row| series.from_fec_ms[row])),
        ("concealed", sums(&|row| series.concealed_ms[row])),
        ("underrun", sums(&|row| series.underrun_ms[row])),
    ];
    let troubles = [("lost", lost_in(Fate::Lost)), ("late", lost_in(Fate::Late))];
    let highest = |stack: &[(&str, Vec<f64>)]| {
        let total = |n: usize| stack.iter().map(|(_, sums)| sums[n]).sum::<f64>();
        (0..bins).map(total).fold(40.0, f64::max) * 1.1
    };
    let mut plot = Plot::new(seconds(heard), -highest(&troubles)..highest(&repairs)).both_ways();
    for (stack, direction) in [(&repairs[..], 1.0), (&troubles[..], -1.0)] {
        let mut base = vec![0.0; bins];
        for (class, sums) in stack {
            let bars = sums.iter().zip(&base).enumerate().map(|(n, (sum, base))| {
                let time = (n * bin) as f64 * step + 0.02..((n + 1) * bin) as f64 * step - 0.02;
                let (from, to) = (base * direction, (base + sum) * direction);
                Bar { time, value: from.min(to)..from.max(to) }
            });
            plot.bars(class, bars);
            base.iter_mut().zip(sums).for_each(|(base, sum)| *base += sum);
        }
    }
    Figure {
        title: lang.of("손실과 복구", "Loss and repair"),
        unit: lang.of("소리의 길이, ms", "ms of sound"),
        key: vec![
            ("box again", lang.of("재전송으로", "sent again")),
            ("box fec", lang.of("다음 패킷의 사본(FEC)으로", "from the next packet (FEC)")),
            ("box concealed", lang.of("지어냄", "made up")),
            ("box underrun", lang.of("기다리며 지어냄", "made up, waiting")),
            ("box lost", lang.of("손실", "lost")),
            ("box late", lang.of("늦음", "too late")),
        ],
        note: lang.of(
            "아래는 네트워크가 앗아간 소리, 위는 그 자리를 메운 방법입니다.",
            "Below, what the network took; above, how its place was filled.",
        ),
        plot,
    }
}

fn level(heard: &Heard, lang: Lang) -> Figure {
    let series = &heard.series;
    let later = heard.measured.delay.map_or(0.0, |delay| delay.mean_ms);
    let step = series.step_ms / 1e3;
    let said: Vec<f64> = series.said_dbfs.iter().map(|&level| level.into()).collect();
    let hears: Vec<f64> = series.heard_dbfs.iter().map(|&level| level.into()).collect();
    let mut plot = Plot::new(seconds(heard), f64::from(FLOOR)..0.0);
    let end = seconds(heard);
    let shifted = points(&said, series.step_ms).map(|(time, level)| (time + later / 1e3, level));
    plot.area("said", shifted.filter(|point| point.0 <= end));
    let gaps = heard.measured.gaps.iter().map(|gap| Bar {
        time: gap.at_s..(gap.at_s + gap.ms / 1e3).max(gap.at_s + step / 2.0),
        value: f64::from(FLOOR)..0.0,
    });
    plot.bars("gap", gaps);
    plot.line("heard", points(&hears, series.step_ms));
    Figure {
        title: lang.of("음량", "Level"),
        unit: "dBFS",
        key: vec![
            ("box said", lang.of("말한 소리", "said")),
            ("line heard", lang.of("들린 소리", "heard")),
            ("box gap", lang.of("60 ms 넘는 끊김", "gap over 60 ms")),
        ],
        note: lang.of(
            "말한 소리는 들려야 할 때에 맞추어 그렸습니다. WAV 파일에서 쟀습니다.",
            "What was said is drawn where it should be heard. Measured in the WAV files.",
        ),
        plot,
    }
}

fn bitrate(heard: &Heard, lang: Lang) -> Figure {
    let series = &heard.series;
    // A single 100 ms holds five packets, too few for a rate.
    let smooth = |column: &[f64]| -> Vec<f64> {
        let mean = |n: usize| {
            let around = &column[n.saturating_sub(2)..(n + 3).min(column.len())];
            around.iter().sum::<f64>() / around.len() as f64
        };
        (0..column.len()).map(mean).collect()
    };
    let (sent, arrived) = (smooth(&series.sent_kbit), smooth(&series.arrived_kbit));
    let most = sent.iter().chain(&arrived).chain(&series.aimed_kbit).copied().fold(20.0, f64::max) * 1.1;
    let mut plot = Plot::new(seconds(heard), 0.0..most);
    plot.line("sent", points(&sent, series.step_ms));
    plot.line("arrived", points(&arrived, series.step_ms));
    plot.line("aimed", points(&series.aimed_kbit, series.step_ms));
    Figure {
        title: lang.of("비트레이트", "Bitrate"),
        unit: "kbit/s",
        key: vec![
            ("line sent", lang.of("보냄", "sent")),
            ("line arrived", lang.of("도착", "arrived")),
            ("line aimed", lang.of("코덱의 목표", "codec's aim")),
        ],
        note: lang.of(
            "보낸 것과 도착한 것에는 IP, UDP, RTP 헤더가 들어 있습니다.",
            "What was sent and what arrived includes the headers of IP, UDP and RTP.",
        ),
        plot,
    }
}

pub(super) fn seconds(heard: &Heard) -> f64 {
    heard.series.delay_ms.len() as f64 * heard.series.step_ms / 1e3
}

/// Of a long line, every so many points.
fn thinned(points: Vec<(f64, f64)>) -> impl Iterator<Item = (f64, f64)> {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.into_iter().step_by(every)
}

/// A column as (seconds, value) in the middle of each row; of a long one, means of several rows.
fn points(column: &[f64], step_ms: f64) -> impl Iterator<Item = (f64, f64)> {
    let rows = column.len().div_ceil(MOST_POINTS).max(1);
    column.chunks(rows).enumerate().map(move |(n, chunk)| {
        let middle = (n * rows) as f64 + chunk.len() as f64 / 2.0;
        (middle * step_ms / 1e3, chunk.iter().sum::<f64>() / chunk.len() as f64)
    })
}
