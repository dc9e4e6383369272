//! Conditions that change over time, as they were recorded.

use alloc::vec::Vec;
use core::time::Duration;
use moim_media::Instant;

/// Capacity over time, and optionally delay and loss; repeated for ever from the epoch of [`Instant`].
///
/// Each point holds until the next, the last one as long as the one before it did. A single point holds always.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    points: Vec<TracePoint>,
    period: u64,
}

/// The conditions from one point in time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePoint {
    /// Since the beginning of the trace.
    pub at: Duration,
    /// What the link carries; nothing at all when zero.
    pub bits_per_second: u64,
    /// Propagation delay, in place of the link's own; `None` leaves that as it is.
    pub delay: Option<Duration>,
    /// Probability that a packet is lost, besides what the link's own model loses; 0 … 1.
    pub loss: f64,
}

/// Why a text or a list of points is not a trace. Lines count from 1; for a list, a line is a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// Not two to four fields.
    #[error("line {line}: {fields} fields; expected seconds,kbit[,delay_ms[,loss]]")]
    Fields {
        /// The line.
        line: usize,
        /// Fields found.
        fields: usize,
    },
    /// A field that is not a number.
    #[error("line {line}: {column} is not a number")]
    NotANumber {
        /// The line.
        line: usize,
        /// Name of the column.
        column: &'static str,
    },
    /// A number outside what the column means.
    #[error("line {line}: {column} is out of range")]
    OutOfRange {
        /// The line.
        line: usize,
        /// Name of the column.
        column: &'static str,
    },
    /// The first point is not at zero.
    #[error("line {line}: the trace does not begin at 0 seconds")]
    Beginning {
        /// The line.
        line: usize,
    },
    /// A point that is not after the one before it.
    #[error("line {line}: not later than the line before")]
    Order {
        /// The line.
        line: usize,
    },
    /// There is no point.
    #[error("the trace is empty")]
    Empty,
    /// Every point has a capacity of zero: no packet would ever get through.
    #[error("the trace has no capacity at any time")]
    NoCapacity,
}

impl Trace {
    /// The longest trace, in seconds: a year.
    const MAX_SECONDS: f64 = 31_536_000.0;
    /// The fastest link, in kbit/s: a terabit.
    const MAX_KBIT: f64 = 1e9;
    /// The longest delay, in milliseconds: an hour.
    const MAX_DELAY_MS: f64 = 3_600_000.0;

    /// Reads lines of `seconds,kbit[,delay_ms[,loss]]`: time since the beginning, capacity in kbit/s (1000 bits),
    /// one-way delay, probability of loss. Empty lines, lines that start with `#`, and a heading whose first
    /// field is `seconds` are skipped. An empty delay or loss means that the column says nothing.
    ///
    /// # Errors
    ///
    /// The first line that is wrong and what is wrong with it, or that nothing would ever pass.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut points = Vec::new();
        let mut lines = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if points.is_empty() && content.split(',').next().is_some_and(|field| field.trim() == "seconds") {
                continue;
            }
            points.push(parse_point(line, content)?);
            lines.push(line);
        }
        Self::checked(points, |index| lines[index])
    }

    /// A trace of these points.
    ///
    /// # Errors
    ///
    /// The first point that is wrong, as line, counted from 1; or that nothing would ever pass.
    pub fn new(points: Vec<TracePoint>) -> Result<Self, TraceError> {
        Self::checked(points, |index| index + 1)
    }

    fn checked(points: Vec<TracePoint>, line: impl Fn(usize) -> usize) -> Result<Self, TraceError> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Err(TraceError::Empty);
        };
        if first.at != Duration::ZERO {
            return Err(TraceError::Beginning { line: line(0) });
        }
        for (index, point) in points.iter().enumerate() {
            let out_of_range = |column| Err(TraceError::OutOfRange { line: line(index), column });
            if point.at.as_secs_f64() > Self::MAX_SECONDS {
                return out_of_range("seconds");
            }
            if point.bits_per_second as f64 > Self::MAX_KBIT * 1e3 {
                return out_of_range("kbit");
            }
            if point.delay.is_some_and(|delay| delay.as_secs_f64() * 1e3 > Self::MAX_DELAY_MS) {
                return out_of_range("delay_ms");
            }
            if !(0.0..=1.0).contains(&point.loss) {
                return out_of_range("loss");
            }
            if index > 0 && point.at <= points[index - 1].at {
                return Err(TraceError::Order { line: line(index) });
            }
        }
        if points.iter().all(|point| point.bits_per_second == 0) {
            return Err(TraceError::NoCapacity);
        }
        let last_length = match points.len() {
            1 => Duration::from_secs(1),
            count => last.at - points[count - 2].at,
        };
        let period = (last.at + last_length).as_nanos() as u64;
        Ok(Self { points, period })
    }

    /// The points of one repetition, in order.
    #[must_use]
    pub fn points(&self) -> &[TracePoint] {
        &self.points
    }

    /// After how long the trace repeats.
    #[must_use]
    pub fn period(&self) -> Duration {
        Duration::from_nanos(self.period)
    }

    /// The conditions `at` a time.
    #[must_use]
    pub fn conditions(&self, at: Instant) -> TracePoint {
        self.points[self.index(at.as_nanos() % self.period)]
    }

    /// When `bits` have passed that begin to pass at `start`.
    pub(crate) fn finish(&self, start: Instant, bits: u64) -> Instant {
        // Work is counted in bits × nanoseconds per second: exact in integers.
        let mut work = u128::from(bits) * 1_000_000_000;
        if work == 0 {
            return start;
        }
        let mut at = start.as_nanos() % self.period;
        let mut passed = 0_u128;
        // Whole repetitions at once; less than everything, so that the walk below ends where the work does.
        let whole = self.work_per_period();
        let repetitions = (work - 1) / whole;
        work -= repetitions * whole;
        passed += repetitions * u128::from(self.period);
        let mut index = self.index(at);
        loop {
            let rate = u128::from(self.points[index].bits_per_second);
            let left = u128::from(self.end(index) - at);
            if work <= rate * left {
                return start + nanos(passed + work.div_ceil(rate));
            }
            work -= rate * left;
            passed += left;
            index = (index + 1) % self.points.len();
            at = self.start(index);
        }
    }

    fn work_per_period(&self) -> u128 {
        (0..self.points.len())
            .map(|index| {
                let length = self.end(index) - self.start(index);
                u128::from(self.points[index].bits_per_second) * u128::from(length)
            })
            .sum()
    }

    /// The point in force `at` nanoseconds into a repetition.
    fn index(&self, at: u64) -> usize {
        self.points.partition_point(|point| point.at.as_nanos() <= u128::from(at)) - 1
    }

    fn start(&self, index: usize) -> u64 {
        self.points[index].at.as_nanos() as u64
    }

    fn end(&self, index: usize) -> u64 {
        if index + 1 < self.points.len() { self.start(index + 1) } else { self.period }
    }
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn parse_point(line: usize, content: &str) -> Result<TracePoint, TraceError> {
    let fields = content.split(',').count();
    if !(2..=4).contains(&fields) {
        return Err(TraceError::Fields { line, fields });
    }
    let mut fields = content.split(',').map(str::trim);
    let mut number = |column: &'static str, max: f64| match fields.next() {
        None | Some("") => Ok(None),
        Some(field) => {
            let value: f64 = field.parse().map_err(|_| TraceError::NotANumber { line, column })?;
            if (0.0..=max).contains(&value) {
                Ok(Some(value))
            } else {
                Err(TraceError::OutOfRange { line, column })
            }
        }
    };
    let missing = |column| TraceError::NotANumber { line, column };
    let seconds = number("seconds", Trace::MAX_SECONDS)?.ok_or(missing("seconds"))?;
    let kbit = number("kbit", Trace::MAX_KBIT)?.ok_or(missing("kbit"))?;
    let delay = number("delay_ms", Trace::MAX_DELAY_MS)?;
    let loss = number("loss", 1.0)?.unwrap_or(0.0);
    // To the nearest nanosecond and bit: decimal fractions are not exact in binary.
    let rounded = |value: f64| libm::round(value) as u64;
    Ok(TracePoint {
        at: Duration::from_nanos(rounded(seconds * 1e9)),
        bits_per_second: rounded(kbit * 1e3),
        delay: delay.map(|ms| Duration::from_nanos(rounded(ms * 1e6))),
        loss,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_text_is_read() {
        let text = "# a tunnel\nseconds,kbit,delay_ms,loss\n0,1000\r\n 10 , 64.5, 80, 0.02\n\n12.5,0,,\n";
        let trace = Trace::parse(text).unwrap();
        assert_eq!(trace.period(), Duration::from_secs(15));
        let [road, entrance, tunnel] = trace.points() else { panic!("{trace:?}") };
        assert_eq!((road.bits_per_second, road.delay, road.loss), (1_000_000, None, 0.0));
        assert_eq!(entrance.delay, Some(Duration::from_millis(80)));
        assert_eq!((entrance.bits_per_second, entrance.loss), (64_500, 0.02));
        assert_eq!((tunnel.bits_per_second, tunnel.delay), (0, None));
        let at = |ms| trace.conditions(Instant::from_millis(ms)).bits_per_second;
        assert_eq!([at(9_999), at(10_000), at(14_999), at(15_000)], [1_000_000, 64_500, 0, 1_000_000]);
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text| Trace::parse(text).unwrap_err();
        assert_eq!(error("0,1\n1"), TraceError::Fields { line: 2, fields: 1 });
        assert_eq!(error("0,1,2,0,5"), TraceError::Fields { line: 1, fields: 5 });
        assert_eq!(error("#\n0,fast"), TraceError::NotANumber { line: 2, column: "kbit" });
        assert_eq!(error("0,"), TraceError::NotANumber { line: 1, column: "kbit" });
        assert_eq!(error("0,-1"), TraceError::OutOfRange { line: 1, column: "kbit" });
        assert_eq!(error("0,NaN"), TraceError::OutOfRange { line: 1, column: "kbit" });
        assert_eq!(error("0,1,1,1.5"), TraceError::OutOfRange { line: 1, column: "loss" });
        assert_eq!(error("1e12,1"), TraceError::OutOfRange { line: 1, column: "seconds" });
        assert_eq!(error("\n\n5,1"), TraceError::Beginning { line: 3 });
        assert_eq!(error("0,1\n\n2,1\n2,1"), TraceError::Order { line: 4 });
        assert_eq!(error("# nothing"), TraceError::Empty);
        assert_eq!(error("0,0\n1,0"), TraceError::NoCapacity);
        assert_eq!(
            alloc::format!("{}", error("0,1\n1")),
            "line 2: 1 fields; expected seconds,kbit[,delay_ms[,loss]]"
        );
    }

    #[test]
    fn bits_pass_at_the_capacity_of_the_moment() {
        // 8 kbit/s for a second, nothing for a second.
        let trace = Trace::parse("0,8\n1,0").unwrap();
        let finish = |start, bytes: u64| trace.finish(Instant::from_millis(start), bytes * 8);
        assert_eq!(finish(0, 0), Instant::EPOCH);
        assert_eq!(finish(0, 100), Instant::from_millis(100));
        assert_eq!(finish(900, 100), Instant::from_millis(1_000));
        assert_eq!(finish(900, 101), Instant::from_millis(2_001));
        assert_eq!(finish(1_500, 100), Instant::from_millis(2_100));
        // Whole repetitions, ending exactly with the capacity of one.
        assert_eq!(finish(0, 1_000_000), Instant::from_millis(1_999_000));
        assert_eq!(finish(500, 1_000), Instant::from_millis(2_500));
    }

    #[test]
    fn extremes_neither_hang_nor_overflow() {
        let trace = Trace::parse("0,0.001\n31536000,0").unwrap();
        assert_eq!(trace.finish(Instant::from_millis(1), u64::MAX), Instant::MAX);
        let fast = Trace::parse("0,1e9").unwrap();
        assert_eq!(fast.finish(Instant::MAX, u64::MAX), Instant::MAX);
    }
}
