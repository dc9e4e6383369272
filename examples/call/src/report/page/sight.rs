//! What one party saw of the other: the recordings, a sheet of moments, and the plots of picture and lip sync.

use super::plots::{Figure, MOST_POINTS};
use crate::lang::Lang;
use crate::report::Seen;
use crate::report::plot::{Bar, Plot};
use crate::watch::Watched;

/// Beyond this, people notice (ITU-R BT.1359: 45 ms when sound is early).
const NOTICED_MS: f64 = 45.0;
/// A plot of lip sync shows at least this much, each way.
const LIP_SYNC_MS: f64 = 100.0;

/// The section as HTML.
pub(super) fn html(seen: &Seen, seconds: f64, lang: Lang) -> String {
    let Seen { shown_file, seen_file, sheet_file, measured } = seen;
    let heading = lang.of("보인 영상", "What was seen");
    let (shows, sees) = (
        lang.of("보여 준 영상과 소리", "shown, with sound"),
        lang.of("보인 영상과 들린 소리", "seen and heard"),
    );
    let sheet = lang.of(
        "왼쪽은 카메라가 찍은 그대로, 오른쪽은 상대가 본 것 (초). 붉은 테두리는 가장 길게 멈춘 곳입니다.",
        "Left as the camera took it, right as it was seen (seconds). The longest freeze is framed in red.",
    );
    let text = words(measured, lang).join(" ");
    let plots = [delay(measured, seconds, lang), lip_sync(measured, seconds, lang)];
    let plots: String = plots.iter().map(|figure| figure.html(lang)).collect();
    format!(
        r#"<h3>{heading}</h3><p>{text}</p>
<div class="players"><label>{sees}<video controls preload="metadata" src="{seen_file}"></video></label><label>{shows}<video controls preload="metadata" src="{shown_file}"></video></label></div>
<figure class="sheet"><a href="{sheet_file}"><img src="{sheet_file}" alt="{sheet}" loading="lazy"></a><p class="note">{sheet}</p></figure>
<div class="plots">{plots}</div>
"#
    )
}

/// What there is to say of the picture.
pub(super) fn words(measured: &Watched, lang: Lang) -> Vec<String> {
    let Watched { sent, shown, shown_percent, .. } = measured;
    let mut words = vec![lang.of(
        format!("보낸 {sent}장 가운데 {shown}장({shown_percent} %)이 보였습니다."),
        format!("Of {sent} pictures sent {shown} were seen ({shown_percent} %)."),
    )];
    let longest = measured.longest_interval_ms.round();
    words.push(match measured.freezes.len() {
        0 => lang.of(
            format!("멈춤 없음, 가장 길게 {longest} ms."),
            format!("No freeze; no picture stood for more than {longest} ms."),
        ),
        count => lang.of(
            format!("멈춤 {count}번, 가장 길게 {longest} ms."),
            format!("{count} freezes; the longest picture stood for {longest} ms."),
        ),
    });
    if let Some(delay) = measured.delay {
        let (median, p95) = (delay.median_ms.round(), delay.p95_ms.round());
        words.push(lang.of(
            format!("카메라에서 화면까지 {median} ms (95 %는 {p95} ms 이내)."),
            format!("{median} ms from camera to screen, {p95} ms for 95 % of them."),
        ));
    }
    if let Some(lips) = measured.lip_sync {
        let (bias, p95) = (lips.bias_ms.round(), lips.error.p95_ms.round());
        words.push(lang.of(
            format!("영상이 소리보다 {bias} ms 늦음 (어긋남은 95 %에서 {p95} ms 이내)."),
            format!("The picture is {bias} ms later than the sound (out of step by up to {p95} ms in 95 %)."),
        ));
    }
    if let Some(quality) = measured.quality {
        words.push(format!("PSNR {} dB, SSIM {}.", quality.mean_psnr_db, quality.mean_ssim));
    }
    let broken = measured.torn + measured.unstamped + measured.undecodable;
    if broken > 0 {
        words.push(lang.of(format!("깨진 영상 {broken}장."), format!("{broken} pictures were broken.")));
    }
    words
}

fn delay(measured: &Watched, seconds: f64, lang: Lang) -> Figure {
    let course = measured.course.iter();
    let points: Vec<(f64, f64)> = course
        .map(|picture| {
            let delay = picture.shown.saturating_sub(picture.captured);
            (picture.shown.as_secs_f64(), delay.as_secs_f64() * 1e3)
        })
        .collect();
    let most = points.iter().map(|point| point.1).fold(100.0, f64::max);
    let mut plot = Plot::new(seconds, 0.0..most);
    let frozen = measured
        .freezes
        .iter()
        .map(|freeze| Bar { time: freeze.at_s..freeze.at_s + freeze.ms / 1e3, value: 0.0..most });
    plot.bars("gap", frozen);
    plot.line("delay", thinned(&points));
    Figure {
        title: lang.of("카메라에서 화면까지", "From camera to screen"),
        unit: "ms",
        key: vec![
            ("line delay", lang.of("영상의 지연", "delay of the picture")),
            ("box gap", lang.of("멈춤", "frozen")),
        ],
        note: lang.of(
            "평평할수록 소리와 맞추기 쉽습니다. 잃은 패킷을 다시 받는 시간까지 들어 있습니다.",
            "The flatter, the easier to keep in step with the sound. The time to send lost packets again is in it.",
        ),
        plot,
    }
}

fn lip_sync(measured: &Watched, seconds: f64, lang: Lang) -> Figure {
    let errors = measured.lip_sync_course.iter();
    let points: Vec<(f64, f64)> =
        errors.map(|error| (error.at.as_secs_f64(), error.nanos as f64 / 1e6)).collect();
    let most = points.iter().map(|point| point.1.abs()).fold(LIP_SYNC_MS, f64::max);
    let mut plot = Plot::new(seconds, -most..most);
    let unnoticed = Bar { time: 0.0..seconds, value: -NOTICED_MS..NOTICED_MS };
    plot.bars("said", [unnoticed].into_iter());
    plot.line("arrived", thinned(&points));
    Figure {
        title: lang.of("입과 소리의 어긋남", "Lip sync"),
        unit: "ms",
        key: vec![
            ("line arrived", lang.of("영상이 늦은 만큼", "how late the picture is")),
            ("box said", lang.of("알아채기 어려운 범위", "hardly noticed")),
        ],
        note: lang.of(
            "0보다 위는 영상이, 아래는 소리가 늦은 것입니다. ±45 ms 안에서는 알아채기 어렵습니다.",
            "Above zero the picture is late, below it the sound. Within ±45 ms hardly anybody notices.",
        ),
        plot,
    }
}

/// No more points than can be seen.
fn thinned(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    points.iter().copied().step_by(points.len().div_ceil(MOST_POINTS).max(1))
}
