//! Which decoder a stream needs: `profile-level-id` (RFC 6184, section 8.1).

use core::fmt;
use core::str::FromStr;

/// The coding tools a stream may use (ITU-T H.264, annex A).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// What Baseline and Main share: what everyone has, and browsers must have (RFC 7742).
    ConstrainedBaseline,
    /// With slices in any order, sent again or grouped freely, which hardly anyone can decode.
    Baseline,
    /// With pictures that build on later ones, and arithmetic coding.
    Main,
    /// Baseline with partitions and switching slices.
    Extended,
    /// High without interlace and without pictures that build on later ones.
    ConstrainedHigh,
    /// Main with larger transforms and scaling matrices.
    High,
    /// Ten bits a sample.
    High10,
    /// Colour at half the width only.
    High422,
    /// Colour at full size.
    High444Predictive,
}

/// How large a picture, how many of them and how many bits a decoder must take (ITU-T H.264, table A-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the numbers")]
#[non_exhaustive]
pub enum Level {
    L1,
    L1b,
    L1_1,
    L1_2,
    L1_3,
    L2,
    L2_1,
    L2_2,
    L3,
    L3_1,
    L3_2,
    L4,
    L4_1,
    L4_2,
    L5,
    L5_1,
    L5_2,
    L6,
    L6_1,
    L6_2,
}

/// The three bytes behind the header of a sequence parameter set: profile, constraints, level.
///
/// One profile can be written in several ways, so equal profiles may differ as bytes; [`profile`](Self::profile)
/// reads them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProfileLevelId {
    profile_idc: u8,
    /// `constraint_set0_flag` is the highest bit.
    constraints: u8,
    level_idc: u8,
}

/// Level 1b, for profiles where it is written as 1.1.
const CONSTRAINT_3: u8 = 0x10;

/// RFC 6184, table 5: `profile_idc`, which bits of the constraints matter, and their values.
const PROFILES: [(u8, u8, u8, Profile); 13] = [
    (66, 0b0100_1111, 0b0100_0000, Profile::ConstrainedBaseline),
    (77, 0b1000_1111, 0b1000_0000, Profile::ConstrainedBaseline),
    (88, 0b1100_1111, 0b1100_0000, Profile::ConstrainedBaseline),
    (66, 0b0100_1111, 0b0000_0000, Profile::Baseline),
    (88, 0b1100_1111, 0b1000_0000, Profile::Baseline),
    (77, 0b1010_1111, 0b0000_0000, Profile::Main),
    (88, 0b1100_1111, 0b0000_0000, Profile::Extended),
    (88, 0b1100_1111, 0b0100_0000, Profile::Extended),
    (100, 0b1111_1111, 0b0000_1100, Profile::ConstrainedHigh),
    (100, 0b0000_1100, 0b0000_0000, Profile::High),
    (110, 0b1111_1111, 0b0000_0000, Profile::High10),
    (122, 0b1111_1111, 0b0000_0000, Profile::High422),
    (244, 0b1111_1111, 0b0000_0000, Profile::High444Predictive),
];

const LEVELS: [(u8, Level); 19] = [
    (10, Level::L1),
    (11, Level::L1_1),
    (12, Level::L1_2),
    (13, Level::L1_3),
    (20, Level::L2),
    (21, Level::L2_1),
    (22, Level::L2_2),
    (30, Level::L3),
    (31, Level::L3_1),
    (32, Level::L3_2),
    (40, Level::L4),
    (41, Level::L4_1),
    (42, Level::L4_2),
    (50, Level::L5),
    (51, Level::L5_1),
    (52, Level::L5_2),
    (60, Level::L6),
    (61, Level::L6_1),
    (62, Level::L6_2),
];

impl ProfileLevelId {
    /// As three bytes of a sequence parameter set say it.
    #[must_use]
    pub const fn from_bytes([profile_idc, constraints, level_idc]: [u8; 3]) -> Self {
        Self { profile_idc, constraints, level_idc }
    }

    /// The three bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        [self.profile_idc, self.constraints, self.level_idc]
    }

    /// As browsers write it: `42e0…` for Constrained Baseline, `640c…` for Constrained High.
    #[must_use]
    pub fn new(profile: Profile, level: Level) -> Self {
        let (profile_idc, constraints) = match profile {
            Profile::ConstrainedBaseline => (66, 0xe0),
            Profile::Baseline => (66, 0),
            Profile::Main => (77, 0),
            Profile::Extended => (88, 0),
            Profile::ConstrainedHigh => (100, 0x0c),
            Profile::High => (100, 0),
            Profile::High10 => (110, 0),
            Profile::High422 => (122, 0),
            Profile::High444Predictive => (244, 0),
        };
        let known = LEVELS.iter().find(|&&(_, known)| known == level);
        match (known, profile_idc) {
            (Some(&(level_idc, _)), _) => Self { profile_idc, constraints, level_idc },
            (None, 66..=88) => Self { profile_idc, constraints: constraints | CONSTRAINT_3, level_idc: 11 },
            (None, _) => Self { profile_idc, constraints, level_idc: 9 },
        }
    }

    /// The profile, however it is written; `None` when it is none of those known here.
    #[must_use]
    pub fn profile(self) -> Option<Profile> {
        let is = |&&(idc, mask, value, _): &&(u8, u8, u8, Profile)| {
            idc == self.profile_idc && self.constraints & mask == value
        };
        PROFILES.iter().find(is).map(|&(_, _, _, profile)| profile)
    }

    /// The level; `None` when there is no such level.
    #[must_use]
    pub fn level(self) -> Option<Level> {
        match (self.level_idc, self.profile_idc) {
            (11, 66 | 77 | 88) if self.constraints & CONSTRAINT_3 != 0 => Some(Level::L1b),
            (9, _) => Some(Level::L1b),
            _ => LEVELS.iter().find(|&&(idc, _)| idc == self.level_idc).map(|&(_, level)| level),
        }
    }

    /// Whether both are of the same profile. Levels may differ: they are negotiated (RFC 6184, section 8.2.2).
    #[must_use]
    pub fn is_same_profile(self, other: Self) -> bool {
        match (self.profile(), other.profile()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.profile_idc == other.profile_idc && self.constraints == other.constraints,
        }
    }
}

impl Default for ProfileLevelId {
    /// What its absence means: Baseline at level 1 (RFC 6184, section 8.1).
    fn default() -> Self {
        Self::from_bytes([66, 0, 10])
    }
}

impl fmt::Display for ProfileLevelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}{:02x}", self.profile_idc, self.constraints, self.level_idc)
    }
}

impl fmt::Debug for ProfileLevelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfileLevelId({self})")
    }
}

impl FromStr for ProfileLevelId {
    type Err = ProfileLevelIdError;

    fn from_str(hex: &str) -> Result<Self, Self::Err> {
        if hex.len() != 6 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ProfileLevelIdError);
        }
        let number = u32::from_str_radix(hex, 16).map_err(|_| ProfileLevelIdError)?;
        let [_, profile_idc, constraints, level_idc] = number.to_be_bytes();
        Ok(Self { profile_idc, constraints, level_idc })
    }
}

/// It is not three bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a profile-level-id has six hexadecimal digits")]
pub struct ProfileLevelIdError;

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_clients_write_is_understood() {
        for (hex, profile, level) in [
            ("42e01f", Profile::ConstrainedBaseline, Level::L3_1), // browsers
            ("42c01f", Profile::ConstrainedBaseline, Level::L3_1), // x264, OpenH264
            ("42e034", Profile::ConstrainedBaseline, Level::L5_2), // Safari
            ("640c34", Profile::ConstrainedHigh, Level::L5_2),     // Safari
            ("640c1f", Profile::ConstrainedHigh, Level::L3_1),
            ("42001f", Profile::Baseline, Level::L3_1), // Chromium
            ("42001E", Profile::Baseline, Level::L3),   // FFmpeg
            ("4d001f", Profile::Main, Level::L3_1),
            ("4d401f", Profile::Main, Level::L3_1), // x264
            ("4d801f", Profile::ConstrainedBaseline, Level::L3_1),
            ("58c01f", Profile::ConstrainedBaseline, Level::L3_1),
            ("58801f", Profile::Baseline, Level::L3_1),
            ("58001f", Profile::Extended, Level::L3_1),
            ("64001f", Profile::High, Level::L3_1),
            ("640029", Profile::High, Level::L4_1),
            ("f4001f", Profile::High444Predictive, Level::L3_1), // Chromium
            ("42f00b", Profile::ConstrainedBaseline, Level::L1b),
            ("42e00b", Profile::ConstrainedBaseline, Level::L1_1),
            ("640009", Profile::High, Level::L1b),
        ] {
            let id: ProfileLevelId = hex.parse().unwrap();
            assert_eq!((id.profile(), id.level()), (Some(profile), Some(level)), "{hex}");
            assert_eq!(id.to_string(), hex.to_lowercase());
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let levels = LEVELS.iter().map(|&(_, level)| level).chain([Level::L1b]);
        for level in levels {
            for &(.., profile) in &PROFILES {
                let id = ProfileLevelId::new(profile, level);
                assert_eq!((id.profile(), id.level()), (Some(profile), Some(level)));
                assert_eq!(id.to_string().parse(), Ok(id));
            }
        }
        assert!(Level::L1 < Level::L1b && Level::L1b < Level::L1_1 && Level::L6_1 < Level::L6_2);
    }

    #[test]
    fn profiles_agree_however_they_are_written_and_whatever_the_level() {
        let same =
            |a: &str, b: &str| a.parse::<ProfileLevelId>().unwrap().is_same_profile(b.parse().unwrap());
        assert!(same("42e01f", "42c034"));
        assert!(same("42e01f", "4d800a"));
        assert!(!same("42e01f", "42001f"), "nobody promised to leave out the free order of slices");
        assert!(!same("640c34", "640034"));
        assert!(same("123456", "123457"), "an unknown profile is the same as itself");
        assert!(!same("123456", "123556"));
    }

    #[test]
    fn what_is_no_number_of_three_bytes_is_refused() {
        for wrong in ["", "42e01", "42e01f0", "42e01g", "+2e01f", "日本"] {
            assert_eq!(wrong.parse::<ProfileLevelId>(), Err(ProfileLevelIdError), "{wrong}");
        }
    }
}
