//! What a description says of a stream in `a=fmtp` (RTP Payload Format For AV1, section 7.2).

use core::fmt;
use core::str::FromStr;

/// The format parameters of AV1: the highest profile, level and tier that the description's author can *receive*. What
/// is sent to him stays at or below them. In a declarative description they are those of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// `profile`.
    pub profile: Profile,
    /// `level-idx`.
    pub level: Level,
    /// `tier`.
    pub tier: Tier,
}

/// What a stream may be made of (`seq_profile`; AV1, section 6.4.1 and annex A.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// 0: 8 or 10 bits, 4:2:0 or monochrome.
    #[default]
    Main,
    /// 1: 4:4:4, too.
    High,
    /// 2: 4:2:2 and 12 bits, too.
    Professional,
}

/// How large and fast a stream may be (`seq_level_idx`; AV1, annex A.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

/// How many bits a stream of a level may take (`seq_tier`; AV1, annex A.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// 0.
    #[default]
    Main,
    /// 1: more, from level 4.0 on.
    High,
}

impl Level {
    /// 3.1, as is meant where a description says nothing: 1280×720, 30 times a second.
    pub const L3_1: Self = Self(5);
    /// 4.0: 1920×1080, 30 times a second.
    pub const L4_0: Self = Self(8);
    /// No limit.
    pub const MAX: Self = Self(31);

    /// Of the number on the wire, 0 … 31; `None` above.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if index <= Self::MAX.0 { Some(Self(index)) } else { None }
    }

    /// The number on the wire, 0 … 31.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::L3_1
    }
}

impl fmt::Debug for Level {
    /// As people name it, such as `3.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MAX => f.write_str("MAX"),
            Self(index) => write!(f, "{}.{}", 2 + index / 4, index % 4),
        }
    }
}

impl Parameters {
    /// Answers `offer` with what we can receive, `self`. Each side says so for itself, whatever the other can, and
    /// must heed what the other said when it sends.
    ///
    /// `None` when the profiles differ: a higher one does include the lower, but browsers take each for a format of
    /// its own, and offer all they have.
    #[must_use]
    pub fn answer(&self, offer: &Self) -> Option<Self> {
        (self.profile == offer.profile).then_some(*self)
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), ParametersError> {
        let is = |known| name.eq_ignore_ascii_case(known);
        if is("profile") {
            self.profile = match value {
                "0" => Profile::Main,
                "1" => Profile::High,
                "2" => Profile::Professional,
                _ => return Err(ParametersError::Profile),
            };
        } else if is("level-idx") {
            self.level = value.parse().ok().and_then(Level::new).ok_or(ParametersError::Level)?;
        } else if is("tier") {
            self.tier = match value {
                "0" => Tier::Main,
                "1" => Tier::High,
                _ => return Err(ParametersError::Tier),
            };
        }
        Ok(())
    }
}

impl FromStr for Parameters {
    type Err = ParametersError;

    /// Reads what follows the payload type in `a=fmtp`. A parameter that is unknown is ignored, as the specification
    /// wants.
    fn from_str(fmtp: &str) -> Result<Self, Self::Err> {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            parameters.read(name.trim(), value.trim())?;
        }
        Ok(parameters)
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`, in the order in which browsers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = match self.profile {
            Profile::Main => 0,
            Profile::High => 1,
            Profile::Professional => 2,
        };
        let tier = match self.tier {
            Tier::Main => 0,
            Tier::High => 1,
        };
        write!(f, "level-idx={};profile={profile};tier={tier}", self.level.index())
    }
}

/// Why a stream with such parameters is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// A profile that is reserved, or no number.
    #[error("the profile is none of 0, 1 and 2")]
    Profile,
    /// No level.
    #[error("the level is none of 0 to 31")]
    Level,
    /// No tier.
    #[error("the tier is neither 0 nor 1")]
    Tier,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    fn read(fmtp: &str) -> Parameters {
        fmtp.parse().unwrap()
    }

    #[test]
    fn what_browsers_offer_is_understood_and_written_alike() {
        let fmtp = "level-idx=5;profile=1;tier=0";
        let expected = Parameters { profile: Profile::High, ..Parameters::default() };
        assert_eq!(read(fmtp), expected);
        assert_eq!(expected.to_string(), fmtp);
        let highest = Parameters { profile: Profile::Professional, level: Level::L4_0, tier: Tier::High };
        assert_eq!(read("profile=2; level-idx=8; tier=1;"), highest, "as the specification's example");
        assert_eq!(read(&highest.to_string()), highest);
    }

    #[test]
    fn absence_means_what_the_specification_says_and_the_unknown_is_ignored() {
        assert_eq!(read(""), Parameters { profile: Profile::Main, level: Level::L3_1, tier: Tier::Main });
        assert_eq!(read(" Level-Idx = 0 ;max-fps=30;;x; =;"), Parameters { level: Level(0), ..read("") });
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (fmtp, error) in [
            ("profile=3", ParametersError::Profile),
            ("profile=", ParametersError::Profile),
            ("level-idx=32", ParametersError::Level),
            ("level-idx=3.1", ParametersError::Level),
            ("tier=2", ParametersError::Tier),
        ] {
            assert_eq!(fmtp.parse::<Parameters>(), Err(error), "{fmtp}");
        }
    }

    #[test]
    fn each_side_says_what_it_can_receive() {
        let ours = read("level-idx=8;profile=0;tier=0");
        // The specification's example of an answer above the offer.
        assert_eq!(ours.answer(&read("profile=0; level-idx=0;")), Some(ours));
        assert_eq!(ours.answer(&read("level-idx=13;tier=1")), Some(ours));
        assert_eq!(ours.answer(&read("profile=1")), None);
    }

    #[test]
    fn levels_go_by_their_names() {
        let names = [0, 5, 8, 23, 31].map(|index| format!("{:?}", Level::new(index).unwrap()));
        assert_eq!(names, ["2.0", "3.1", "4.0", "7.3", "MAX"]);
        assert_eq!(Level::new(32), None);
    }
}
