//! How far a run is.

use crate::lang::Lang;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moim_call::Stats;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Between two pictures of the bar.
const REFRESH: Duration = Duration::from_millis(100);

/// A bar in a terminal; elsewhere a line now and then, on the error output.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    total: Duration,
    lang: Lang,
    next_line: Option<Duration>,
}

impl Progress {
    pub(crate) fn new(lang: Lang, total: Duration) -> Self {
        let is_terminal = stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(millis(total)), target);
        if let Ok(style) = ProgressStyle::with_template("  {bar:32.cyan/dim} {msg}") {
            bar.set_style(style);
        }
        Self { bar, total, lang, next_line: (!is_terminal).then_some(LINE_EVERY) }
    }

    /// The call has lasted this long, and this is what one party has counted.
    pub(crate) fn at(&mut self, elapsed: Duration, stats: &Stats) {
        if !elapsed.as_nanos().is_multiple_of(REFRESH.as_nanos()) {
            return;
        }
        let message = self.message(elapsed, stats);
        if let Some(next) = &mut self.next_line
            && elapsed >= *next
        {
            eprintln!("  {message}");
            *next += LINE_EVERY;
        }
        self.bar.set_position(millis(elapsed));
        self.bar.set_message(message);
    }

    fn message(&self, elapsed: Duration, stats: &Stats) -> String {
        let (elapsed, total) = (elapsed.as_secs(), self.total.as_secs());
        let played = stats.playout;
        let delay = played.delay.as_millis();
        let repaired = played.from_fec.as_millis();
        let made_up = (played.concealed + played.underrun).as_millis();
        let recovered = played.jitter.recovered;
        match self.lang {
            Lang::Ko => format!(
                "{elapsed}/{total}초 · 지연 {delay} ms · 복구 {repaired} ms · 재전송 {recovered}개 · 지어낸 소리 {made_up} ms"
            ),
            Lang::En => format!(
                "{elapsed}/{total} s · delay {delay} ms · repaired {repaired} ms · sent again {recovered} · made up {made_up} ms"
            ),
        }
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
