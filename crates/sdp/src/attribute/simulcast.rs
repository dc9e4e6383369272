//! Several encodings of one picture at once: `a=simulcast` (RFC 8853, section 5.1).

use super::{AttributeError, Part, RidDirection, RidId, TypedAttribute, separated, word};
use core::fmt;
use core::str::FromStr;

/// The streams that who writes the description sends and receives, in his order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulcast {
    /// Those he sends.
    pub send: Vec<SimulcastStream>,
    /// Those he receives.
    pub recv: Vec<SimulcastStream>,
}

/// One stream, in any of these forms, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastStream {
    /// The forms.
    pub alternatives: Vec<Alternative>,
}

/// One form of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Its name in `a=rid`.
    pub rid: RidId,
    /// Whether it is sent at once.
    pub start: Start,
}

/// Whether a stream is sent from the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    /// At once.
    #[default]
    Running,
    /// When it is asked for: `~`.
    Paused,
}

impl Simulcast {
    /// The streams of this direction.
    #[must_use]
    pub fn streams(&self, direction: RidDirection) -> &[SimulcastStream] {
        match direction {
            RidDirection::Send => &self.send,
            RidDirection::Recv => &self.recv,
        }
    }

    /// The names of all forms of all streams of this direction.
    pub fn rids(&self, direction: RidDirection) -> impl Iterator<Item = &RidId> {
        self.streams(direction).iter().flat_map(|stream| &stream.alternatives).map(|form| &form.rid)
    }

    /// Whether it has no stream at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.send.is_empty() && self.recv.is_empty()
    }
}

impl FromStr for Alternative {
    type Err = AttributeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, rid) = match text.strip_prefix('~') {
            Some(rid) => (Start::Paused, rid),
            None => (Start::Running, text),
        };
        Ok(Self { rid: rid.parse()?, start })
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            Start::Running => write!(f, "{}", self.rid),
            Start::Paused => write!(f, "~{}", self.rid),
        }
    }
}

impl FromStr for SimulcastStream {
    type Err = AttributeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { alternatives: text.split(',').map(str::parse).collect::<Result<_, _>>()? })
    }
}

impl fmt::Display for SimulcastStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        separated(f, &self.alternatives, ',')
    }
}

impl FromStr for Simulcast {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut simulcast = Self::default();
        let mut words = value.split_ascii_whitespace();
        let mut direction = word(&mut words, Part::Direction)?;
        loop {
            let list = word(&mut words, Part::RidId)?;
            let streams = match direction {
                "send" => &mut simulcast.send,
                "recv" => &mut simulcast.recv,
                _ => return Err(AttributeError::Invalid(Part::Direction)),
            };
            // Each direction once.
            if !streams.is_empty() {
                return Err(AttributeError::Invalid(Part::Direction));
            }
            *streams = list.split(';').map(str::parse).collect::<Result<_, _>>()?;
            let Some(next) = words.next() else { return Ok(simulcast) };
            direction = next;
        }
    }
}

impl fmt::Display for Simulcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, streams) in [("send", &self.send), ("recv", &self.recv)] {
            if !streams.is_empty() {
                write!(f, "{separator}{name} ")?;
                separated(f, streams, ';')?;
                separator = " ";
            }
        }
        Ok(())
    }
}

impl TypedAttribute for Simulcast {
    const NAME: &'static str = "simulcast";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_and_their_alternatives_survive() {
        for text in ["send 1;2;3", "recv q;h;f", "send 1,~4;2 recv c", "send ~hi,lo"] {
            assert_eq!(text.parse::<Simulcast>().unwrap().to_string(), text);
        }
        let turned: Simulcast = "recv a send b".parse().unwrap();
        assert_eq!(turned.to_string(), "send b recv a");
        let names: Vec<_> = turned.rids(RidDirection::Send).map(RidId::as_str).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn nonsense_is_named() {
        for (text, error) in [
            ("", AttributeError::Missing(Part::Direction)),
            ("send", AttributeError::Missing(Part::RidId)),
            ("up 1", AttributeError::Invalid(Part::Direction)),
            ("send 1 send 2", AttributeError::Invalid(Part::Direction)),
            ("send 1;;2", AttributeError::Invalid(Part::RidId)),
        ] {
            assert_eq!(text.parse::<Simulcast>(), Err(error), "{text}");
        }
    }
}
