//! What of libopus' neural parts a decoder uses.

use crate::ConfigError;

/// How far a decoder goes beyond classic signal processing. Each level includes the ones before it, sounds better and
/// takes more computing time; all but the first need a feature of this crate, see [`is_available`](Self::is_available).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Neural {
    /// Not at all: what was not received is extrapolated, what was received is heard as it was coded.
    #[default]
    Classic,
    /// Missing speech is imagined by a network, and can be rebuilt from deep redundancy (feature `dred` or `osce`).
    Concealment,
    /// What the speech layer decodes is enhanced by LACE (feature `osce`; Büthe et al., arXiv 2307.06610).
    Lace,
    /// It is enhanced by NoLACE (feature `osce`; Büthe et al., arXiv 2309.14521).
    NoLace,
}

impl Neural {
    /// Every level, the cheapest first.
    pub const ALL: [Self; 4] = [Self::Classic, Self::Concealment, Self::Lace, Self::NoLace];

    /// Whether the features that this level needs are compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::Classic => true,
            Self::Concealment => cfg!(any(feature = "dred", feature = "osce")),
            Self::Lace | Self::NoLace => cfg!(feature = "osce"),
        }
    }

    /// The level itself, if it is there.
    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        if self.is_available() { Ok(self) } else { Err(ConfigError::Neural { level: self }) }
    }

    /// The complexity of a decoder from which on libopus does this.
    pub(crate) const fn complexity(self) -> i32 {
        match self {
            Self::Classic => 0,
            Self::Concealment => 5,
            Self::Lace => 6,
            Self::NoLace => 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feature_brings_is_there_with_it_and_refused_without() {
        let there = Neural::ALL.map(|level| level.checked().is_ok());
        let (dred, osce) = (cfg!(feature = "dred"), cfg!(feature = "osce"));
        assert_eq!(there, [true, dred || osce, osce, osce]);
        for level in Neural::ALL.into_iter().filter(|level| !level.is_available()) {
            assert_eq!(level.checked(), Err(ConfigError::Neural { level }));
        }
    }
}
