//! Of which payload type a retransmission is (RFC 4588, section 8.1).

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use moim_rtp::PayloadType;

/// The parameters of `rtx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rtx {
    /// The payload type that is sent again: `apt`.
    pub original: PayloadType,
    /// How long the sender keeps packets, in whole milliseconds, if he says so.
    pub time: Option<Duration>,
}

/// There is no payload type that is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a retransmission has to say of which payload type it is")]
pub struct RtxError;

impl Rtx {
    /// The name in `a=rtpmap`.
    pub const ENCODING_NAME: &str = "rtx";
}

impl FromStr for Rtx {
    type Err = RtxError;

    fn from_str(fmtp: &str) -> Result<Self, Self::Err> {
        let value = |name: &str| {
            let mut pairs = fmtp.split(';').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let original = value("apt").and_then(|apt| apt.parse().ok()).and_then(PayloadType::new);
        // What cannot be read is only a hint.
        let time = value("rtx-time").and_then(|millis| millis.parse::<u32>().ok());
        let time = time.map(|millis| Duration::from_millis(millis.into()));
        Ok(Self { original: original.ok_or(RtxError)?, time })
    }
}

impl fmt::Display for Rtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "apt={}", self.original.get())?;
        match self.time {
            Some(time) => write!(f, ";rtx-time={}", time.as_millis()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_must_be_named() {
        for text in ["apt=96", "apt=127;rtx-time=3000"] {
            assert_eq!(text.parse::<Rtx>().unwrap().to_string(), text);
        }
        assert_eq!(" rtx-time = x; APT = 97 ".parse::<Rtx>().unwrap().to_string(), "apt=97");
        for nonsense in ["", "apt", "apt=128", "rtx-time=1"] {
            assert_eq!(nonsense.parse::<Rtx>(), Err(RtxError), "{nonsense}");
        }
    }
}
