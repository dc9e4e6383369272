//! Who begins the handshake: `a=setup` (RFC 4145, section 4; with DTLS: RFC 5763, section 5).

use super::{AttributeError, Part, TypedAttribute};
use core::fmt;
use core::str::FromStr;

/// Who begins, as seen by who writes the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setup {
    /// He does.
    Active,
    /// The other does.
    Passive,
    /// The other may choose. Offered only.
    ActPass,
    /// Nobody does for now.
    HoldConn,
}

impl Setup {
    const ALL: [Self; 4] = [Self::Active, Self::Passive, Self::ActPass, Self::HoldConn];

    /// What to answer to this offer for who would rather be `self`: where he may choose and does not care, he begins.
    #[must_use]
    pub const fn answer(self, offer: Self) -> Self {
        match (offer, self) {
            (Self::Active, _) | (Self::ActPass, Self::Passive) => Self::Passive,
            (Self::Passive | Self::ActPass, _) => Self::Active,
            (Self::HoldConn, _) => Self::HoldConn,
        }
    }

    /// Whether it can be answered to this offer (RFC 4145, section 4.1).
    #[must_use]
    pub const fn answers(self, offer: Self) -> bool {
        match offer {
            Self::Active => matches!(self, Self::Passive | Self::HoldConn),
            Self::Passive => matches!(self, Self::Active | Self::HoldConn),
            Self::ActPass => !matches!(self, Self::ActPass),
            Self::HoldConn => matches!(self, Self::HoldConn),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        }
    }
}

impl FromStr for Setup {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|role| role.name().eq_ignore_ascii_case(value.trim()));
        named.ok_or(AttributeError::Invalid(Part::Role))
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TypedAttribute for Setup {
    const NAME: &'static str = "setup";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_answers_the_offer() {
        for (wish, offer) in Setup::ALL.into_iter().flat_map(|wish| Setup::ALL.map(|offer| (wish, offer))) {
            assert!(wish.answer(offer).answers(offer), "{wish} to {offer}");
            assert_eq!(offer.to_string().parse(), Ok(offer));
        }
        assert_eq!(Setup::Passive.answer(Setup::ActPass), Setup::Passive);
        assert_eq!(Setup::ActPass.answer(Setup::ActPass), Setup::Active);
        assert!(!Setup::Active.answers(Setup::Active));
        assert_eq!("both".parse::<Setup>(), Err(AttributeError::Invalid(Part::Role)));
    }
}
