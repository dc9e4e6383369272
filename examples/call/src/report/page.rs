//! The page a person reads: self-contained but for the sound beside it.

mod plots;
mod sight;

use super::conditions::{Conditions, Time};
use super::verdict::{self, Grade};
use super::{Heard, Report};
use crate::lang::Lang;
use crate::watch::Watched;
use std::fmt::Display;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// `report.html`.
pub(super) fn html(report: &Report, lang: Lang) -> String {
    let title = lang.of("통화 보고서", "Call report");
    let headline = verdict::headline(report, lang);
    let grade = class(report.grade);
    let conditions = conditions(&report.conditions, lang);
    let tiles = tiles(report, lang);
    let parties: String = report.heard.iter().map(|heard| party(heard, lang)).collect();
    let worst: String = report
        .heard
        .iter()
        .filter_map(|heard| heard.worst.as_ref().map(|worst| worst.sentence(heard.by, lang)))
        .map(|sentence| format!("<p>{sentence}</p>"))
        .collect();
    let foot = foot(report, lang);
    let tag = lang.tag();
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – {headline}</title>
<style>{STYLE}</style>
<main>
<header class="{grade}">
<p class="over">{title}</p>
<h1><i class="mark" aria-hidden="true"></i>{headline}</h1>
{worst}
<p class="conditions">{conditions}</p>
</header>
{tiles}
{parties}
<footer>{foot}</footer>
</main>
<script>{SCRIPT}</script>
</html>
"#
    )
}

/// What there is to say of the picture, in one line.
pub(super) fn of_sight(measured: &Watched, lang: Lang) -> String {
    sight::words(measured, lang).join(" ")
}

fn class(grade: Grade) -> &'static str {
    match grade {
        Grade::Good => "good",
        Grade::Fair => "fair",
        Grade::Bad => "bad",
    }
}

fn conditions(conditions: &Conditions, lang: Lang) -> String {
    let Conditions { seconds, seed, loss_percent, burst, jitter_ms, delay_ms, .. } = conditions;
    let mut parts = vec![match burst {
        1 => lang.of(format!("손실 {loss_percent} %"), format!("{loss_percent} % loss")),
        _ => lang.of(
            format!("손실 {loss_percent} % ({}–{burst}개씩)", burst - 1),
            format!("{loss_percent} % loss in bursts of {}–{burst}", burst - 1),
        ),
    }];
    parts.push(lang.of(
        format!("편도 지연 {delay_ms} ± {jitter_ms} ms"),
        format!("{delay_ms} ± {jitter_ms} ms one way"),
    ));
    if let Some(kbit) = conditions.rate_kbit {
        parts.push(lang.of(format!("최대 {kbit} kbit/s"), format!("at most {kbit} kbit/s")));
    }
    if let Some(trace) = &conditions.trace {
        parts.push(
            lang.of(
                format!("기록된 네트워크 {}", escape(trace)),
                format!("recorded network {}", escape(trace)),
            ),
        );
    }
    parts.push(match &conditions.recording {
        Some(name) => escape(name),
        None => lang.of("합성 음성", "synthetic voices").to_owned(),
    });
    if let Some(video) = &conditions.video {
        parts.push(match &video.film {
            Some(name) => escape(name),
            None => lang.of("합성 장면", "synthetic scene").to_owned(),
        });
    }
    parts.push(lang.of(format!("{seconds}초"), format!("{seconds} s")));
    parts.push(match conditions.time {
        Time::Live => lang.of("실제 소켓과 시계", "real sockets and clock").to_owned(),
        Time::Virtual => lang.of("가상 시간", "virtual time").to_owned(),
    });
    parts.push(lang.of(format!("시드 {seed}"), format!("seed {seed}")));
    // Lines break between the parts only.
    parts.iter().map(|part| format!("<span>{part}</span>")).collect::<Vec<_>>().join(" · ")
}

/// The numbers that matter, for both.
fn tiles(report: &Report, lang: Lang) -> String {
    let [a, b] = &report.heard;
    let delay = |heard: &Heard| heard.measured.delay.map(|delay| delay.mean_ms.round());
    let tile = |name: &str, unit: &str, note: &str, value: &dyn Fn(&Heard) -> Option<String>| {
        let row = |heard: &Heard| {
            let value = value(heard).unwrap_or_else(|| "–".to_owned());
            format!("<dd><b>{}</b><span>{value}</span><small>{unit}</small></dd>", heard.by)
        };
        format!("<dl><dt>{name}</dt>{}{}<p>{note}</p></dl>", row(a), row(b))
    };
    let whole = |value: f64| format!("{value:.0}");
    let tiles = [
        tile(
            lang.of("가장 긴 끊김", "Longest gap"),
            "ms",
            lang.of("60 ms 이하면 알아채기 어렵습니다", "up to 60 ms is hardly noticed"),
            &|heard| Some(whole(heard.measured.longest_gap_ms)),
        ),
        tile(
            lang.of("입에서 귀까지", "Mouth to ear"),
            "ms",
            lang.of("평균; 150 ms까지는 편안합니다", "on average; up to 150 ms is comfortable"),
            &|heard| delay(heard).map(whole),
        ),
        tile(
            lang.of("버퍼링", "Buffering"),
            "ms",
            lang.of(
                "그중 가장 빠른 패킷보다 더 걸린 시간; 120 ms까지",
                "of this, beyond the fastest packet; up to 120 ms",
            ),
            &|heard| heard.buffering_ms.map(whole),
        ),
        tile(
            lang.of("원음과의 상관", "Likeness"),
            "",
            lang.of("정렬한 뒤의 상관; 1이면 똑같습니다", "aligned correlation; 1 is identical"),
            &|heard| Some(format!("{:.2}", heard.measured.correlation)),
        ),
    ];
    let seen = |heard: &Heard, value: &dyn Fn(&Watched) -> Option<f64>| {
        heard.seen.as_ref().and_then(|seen| value(&seen.measured)).map(whole)
    };
    let pictures = [
        tile(
            lang.of("보인 영상", "Pictures seen"),
            "%",
            lang.of("보낸 것 가운데", "of those that were sent"),
            &|heard| seen(heard, &|measured| Some(measured.shown_percent)),
        ),
        tile(
            lang.of("가장 긴 멈춤", "Longest still"),
            "ms",
            lang.of("한 영상이 가장 오래 서 있은 시간", "how long one picture stood at most"),
            &|heard| seen(heard, &|measured| Some(measured.longest_interval_ms)),
        ),
        tile(
            lang.of("카메라에서 화면까지", "Camera to screen"),
            "ms",
            lang.of("95 %가 이 안에 보였습니다", "95 % were seen within this"),
            &|heard| seen(heard, &|measured| Some(measured.delay?.p95_ms)),
        ),
        tile(
            lang.of("입과 소리", "Lip sync"),
            "ms",
            lang.of("95 %에서 이보다 덜 어긋남; 45 ms까지", "out of step by less in 95 %; up to 45 ms"),
            &|heard| seen(heard, &|measured| Some(measured.lip_sync?.error.p95_ms)),
        ),
    ];
    let pictures = if report.heard.iter().any(|heard| heard.seen.is_some()) { &pictures[..] } else { &[] };
    let heading = lang.of("남은 파일에서 재면", "Measured in what was left behind");
    format!(
        r#"<section class="numbers"><h2>{heading}</h2><div class="tiles">{}{}</div></section>"#,
        tiles.concat(),
        pictures.concat()
    )
}

fn party(heard: &Heard, lang: Lang) -> String {
    let (by, from) = (heard.by, heard.from);
    let heading = lang.of(format!("{by} 쪽에서 들은 {from}의 말"), format!("What {by} heard of {from}"));
    let grade = class(heard.grade);
    let reasons = verdict::reasons(heard, lang).join(" ");
    let (said, hears) = (lang.of("말한 소리", "said"), lang.of("들린 소리", "heard"));
    let (said_file, heard_file) = (&heard.said_file, &heard.heard_file);
    let plots = plots::all(heard, lang);
    let hint = lang.of("그래프를 누르면 그때부터 들립니다.", "Press a plot to listen from there.");
    let counted = counted(heard, lang);
    let seconds = plots::seconds(heard);
    let sight = heard.seen.as_ref().map(|seen| sight::html(seen, seconds, lang)).unwrap_or_default();
    format!(
        r#"<section class="party {grade}"><h2><i class="mark" aria-hidden="true"></i>{heading}</h2><p>{reasons}</p>
<div class="players"><label>{hears}<audio class="heard" controls preload="metadata" src="{heard_file}"></audio></label><label>{said}<audio controls preload="metadata" src="{said_file}"></audio></label></div>
<p class="hint">{hint}</p>
<div class="plots">{plots}</div>
{sight}{counted}</section>
"#
    )
}

/// What the engines counted, apart from what was measured.
fn counted(heard: &Heard, lang: Lang) -> String {
    let counted = &heard.counted;
    let (heading, note) = (
        lang.of("프로그램이 센 값", "Counted by the program"),
        lang.of("위의 판정에는 쓰이지 않았습니다.", "None of this went into the verdict above."),
    );
    let row = |name: &str, value: &dyn Display, unit: &str| {
        format!("<tr><th>{name}</th><td>{value}</td><td>{unit}</td></tr>")
    };
    let packets = lang.of("개", "packets");
    let rows = [
        row(lang.of("보낸 패킷", "Sent"), &counted.packets_sent, packets),
        row(lang.of("네트워크에서 손실", "Lost in the network"), &counted.packets_lost, packets),
        row(lang.of("너무 늦게 도착", "Came too late"), &counted.packets_late, packets),
        row(lang.of("재전송으로 도착", "Came when sent again"), &counted.packets_recovered, packets),
        row(lang.of("그대로 재생", "Played as sent"), &counted.decoded_ms, "ms"),
        row(
            lang.of("다음 패킷의 사본으로 복구(FEC)", "Rebuilt from the next packet (FEC)"),
            &counted.from_fec_ms,
            "ms",
        ),
        row(lang.of("지어냄", "Made up"), &counted.concealed_ms, "ms"),
        row(lang.of("기다리며 지어냄", "Made up, waiting"), &counted.underrun_ms, "ms"),
        row(lang.of("줄임", "Left out"), &counted.removed_ms, "ms"),
        row(lang.of("늘임", "Repeated"), &counted.inserted_ms, "ms"),
        row(lang.of("재생 지연의 평균", "Playing delay, mean"), &counted.mean_delay_ms, "ms"),
        row(lang.of("목표 지연의 평균", "Target delay, mean"), &counted.mean_target_ms, "ms"),
    ];
    let round_trip = counted.round_trip_ms.map(|ms| row(lang.of("왕복 시간", "Round trip"), &ms, "ms"));
    format!(
        "<details><summary>{heading}</summary><p class=\"note\">{note}</p><table>{}{}</table></details>",
        rows.concat(),
        round_trip.unwrap_or_default()
    )
}

fn foot(report: &Report, lang: Lang) -> String {
    let numbers = lang.of(
        "숫자는 모두 <a href=\"report.json\">report.json</a>에 있습니다.",
        "All numbers are in <a href=\"report.json\">report.json</a>.",
    );
    let lines = [report.environment.line(), report.environment.pace(lang), numbers.to_owned()];
    lines.iter().map(|line| format!("<p>{line}</p>")).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_name_is_no_markup() {
        assert_eq!(super::escape("a<b>&\"c\".wav"), "a&lt;b&gt;&amp;&quot;c&quot;.wav");
    }
}
