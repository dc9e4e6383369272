//! Who sends: `a=sendrecv`, `a=sendonly`, `a=recvonly`, `a=inactive` (RFC 8866, section 6.7).

use super::{AttributeError, Part};
use core::fmt;
use core::str::FromStr;

/// Who sends, as seen by who writes the description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// He alone.
    SendOnly,
    /// The other alone.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// The name of the attribute.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether who writes it sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether who writes it receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same as seen by the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::SendRecv => Self::SendRecv,
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::Inactive => Self::Inactive,
        }
    }

    /// What both allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self.sends() && other.sends(), self.receives() && other.receives()) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether it allows no more than `other`.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.and(other) == self
    }
}

impl FromStr for Direction {
    type Err = AttributeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        let named = all.into_iter().find(|direction| direction.name().eq_ignore_ascii_case(name));
        named.ok_or(AttributeError::Invalid(Part::Direction))
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

    #[test]
    fn the_other_side_sees_it_reversed() {
        for direction in ALL {
            assert_eq!(direction.reversed().sends(), direction.receives());
            assert_eq!(direction.reversed().reversed(), direction);
            assert_eq!(direction.to_string().parse(), Ok(direction));
        }
        assert_eq!("up".parse::<Direction>(), Err(AttributeError::Invalid(Part::Direction)));
    }

    #[test]
    fn what_both_allow_is_within_both() {
        for (a, b) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))) {
            let both = a.and(b);
            assert!(both.is_within(a) && both.is_within(b));
            assert_eq!(both.sends(), a.sends() && b.sends());
            assert_eq!(both.receives(), a.receives() && b.receives());
        }
    }
}
