//! How much sound is in a packet: `a=ptime`, `a=maxptime` (RFC 8866, sections 6.4 and 6.5).

use super::{AttributeError, Part, TypedAttribute, number, valid};
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// How much sound a packet should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ptime(pub Duration);

/// How much it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPtime(pub Duration);

/// A minute, far more than anyone sends.
const MOST: u64 = 60_000;

/// Milliseconds, with up to three decimals.
fn read(value: &str) -> Option<Duration> {
    let (millis, decimals) = value.trim().split_once('.').unwrap_or((value.trim(), "0"));
    let millis = number::<u64>(millis).filter(|&millis| millis <= MOST)?;
    let digits = decimals.len().min(3);
    let scale = [1_000, 100, 10, 1].get(digits)?;
    let micros = number::<u64>(decimals.get(..digits)?)? * scale;
    Some(Duration::from_micros(millis * 1_000 + micros)).filter(|time| !time.is_zero())
}

fn write(time: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let micros = time.as_micros();
    match micros % 1_000 {
        0 => write!(f, "{}", micros / 1_000),
        part => write!(f, "{}.{part:03}", micros / 1_000),
    }
}

impl FromStr for Ptime {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        valid(read(value).map(Self), Part::PacketTime)
    }
}

impl fmt::Display for Ptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl TypedAttribute for Ptime {
    const NAME: &'static str = "ptime";
}

impl FromStr for MaxPtime {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        valid(read(value).map(Self), Part::PacketTime)
    }
}

impl fmt::Display for MaxPtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, f)
    }
}

impl TypedAttribute for MaxPtime {
    const NAME: &'static str = "maxptime";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_may_have_decimals() {
        for (text, micros) in
            [("20", 20_000), ("2.5", 2_500), ("0.125", 125), ("1.33333333", 1_333), ("5.0", 5_000)]
        {
            let read: Ptime = text.parse().unwrap();
            assert_eq!(read.0.as_micros(), micros, "{text}");
            assert_eq!(read.to_string().parse(), Ok(read));
        }
        assert_eq!(MaxPtime(Duration::from_micros(2_500)).to_string(), "2.500");
        for nonsense in ["", "0", "-1", "20ms", "1e3", "inf", "60001", "1.é", "."] {
            assert_eq!(
                nonsense.parse::<MaxPtime>(),
                Err(AttributeError::Invalid(Part::PacketTime)),
                "{nonsense}"
            );
        }
    }
}
