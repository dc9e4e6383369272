//! What a description says of a stream in `a=fmtp` (RFC 6184, section 8.1).

use super::profile::ProfileLevelIdError;
use super::{NalUnit, PacketizationMode, ProfileLevelId, nal_units};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use data_encoding::{BASE64, BASE64_NOPAD};

/// The format parameters of H.264. Those of a description say what its author can *receive*, except for the
/// parameter sets, which are of what he sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// Profile, and the highest level.
    pub profile_level_id: ProfileLevelId,
    /// What payloads may be; both sides have to say the same.
    pub packetization_mode: PacketizationMode,
    /// Whether each direction may be of a level of its own.
    pub level_asymmetry_allowed: bool,
    /// Parameter sets of the stream as a byte stream, to put in front of a refresh that comes without; empty when
    /// the stream brings all of them itself.
    pub sprop_parameter_sets: Vec<u8>,
}

impl Parameters {
    /// Answers `offer` with what both can do, `self` being what we can: `None` when that is nothing.
    ///
    /// Profile and packetization mode must be the same, and the profile is written as we do. Of the levels it is the
    /// lower, unless both sides allow them to differ: then it is ours (RFC 6184, section 8.2.2).
    #[must_use]
    pub fn answer(&self, offer: &Self) -> Option<Self> {
        let (ours, theirs) = (self.profile_level_id, offer.profile_level_id);
        if !ours.is_same_profile(theirs) || self.packetization_mode != offer.packetization_mode {
            return None;
        }
        let level_asymmetry_allowed = self.level_asymmetry_allowed && offer.level_asymmetry_allowed;
        let profile_level_id = match (ours.profile(), ours.level(), theirs.level()) {
            (Some(profile), Some(our_level), Some(level))
                if !level_asymmetry_allowed && level < our_level =>
            {
                ProfileLevelId::new(profile, level)
            }
            _ => ours,
        };
        Some(Self { profile_level_id, level_asymmetry_allowed, ..self.clone() })
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), ParametersError> {
        let is = |known| name.eq_ignore_ascii_case(known);
        if is("profile-level-id") {
            self.profile_level_id = value.parse()?;
        } else if is("packetization-mode") {
            self.packetization_mode = match value {
                "0" => PacketizationMode::SingleNal,
                "1" => PacketizationMode::NonInterleaved,
                _ => return Err(ParametersError::PacketizationMode),
            };
        } else if is("level-asymmetry-allowed") {
            self.level_asymmetry_allowed = value == "1";
        } else if is("sprop-parameter-sets") {
            self.sprop_parameter_sets = decode_sets(value).unwrap_or_default();
        }
        Ok(())
    }
}

impl FromStr for Parameters {
    type Err = ParametersError;

    /// Reads what follows the payload type in `a=fmtp`.
    ///
    /// A parameter that is unknown is ignored, as the standard wants; so are parameter sets that cannot be read, since
    /// nearly every stream brings its own.
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
        if self.level_asymmetry_allowed {
            f.write_str("level-asymmetry-allowed=1;")?;
        }
        let mode = match self.packetization_mode {
            PacketizationMode::SingleNal => 0,
            PacketizationMode::NonInterleaved => 1,
        };
        write!(f, "packetization-mode={mode};profile-level-id={}", self.profile_level_id)?;
        let mut separator = ";sprop-parameter-sets=";
        for set in nal_units(&self.sprop_parameter_sets) {
            write!(f, "{separator}{}", BASE64.encode_display(set.as_bytes()))?;
            separator = ",";
        }
        Ok(())
    }
}

/// NAL units in base64, separated by commas, as a byte stream.
fn decode_sets(value: &str) -> Option<Vec<u8>> {
    let mut annex_b = Vec::new();
    for set in value.split(',') {
        // Some leave the padding out.
        let set = BASE64_NOPAD.decode(set.trim().trim_end_matches('=').as_bytes()).ok()?;
        annex_b.extend_from_slice(&[0, 0, 0, 1]);
        annex_b.extend_from_slice(NalUnit::new(&set)?.as_bytes());
    }
    Some(annex_b)
}

/// Why a stream with such parameters is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// Its profile cannot be read.
    #[error(transparent)]
    ProfileLevelId(#[from] ProfileLevelIdError),
    /// Its packetization mode is not 0 or 1.
    #[error("the packetization mode is neither 0 nor 1")]
    PacketizationMode,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::h264::{Level, Profile};
    use std::string::ToString;

    fn read(fmtp: &str) -> Parameters {
        fmtp.parse().unwrap()
    }

    #[test]
    fn what_chromium_offers_is_understood_and_written_the_same() {
        let fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        let expected = Parameters {
            profile_level_id: ProfileLevelId::new(Profile::ConstrainedBaseline, Level::L3_1),
            packetization_mode: PacketizationMode::NonInterleaved,
            level_asymmetry_allowed: true,
            sprop_parameter_sets: Vec::new(),
        };
        assert_eq!(read(fmtp), expected);
        assert_eq!(expected.to_string(), fmtp);
    }

    #[test]
    fn parameter_sets_survive_writing_and_reading() {
        let sets =
            [&[0, 0, 0, 1][..], &[0x67, 0x42, 0xe0, 0x1f, 0x80], &[0, 0, 0, 1], &[0x68, 0x80]].concat();
        let fmtp = "packetization-mode=0;profile-level-id=42c01e;sprop-parameter-sets=Z0LgH4A=,aIA=";
        assert_eq!(read(fmtp).sprop_parameter_sets, sets);
        assert_eq!(read(fmtp).to_string(), fmtp);
        assert_eq!(read("sprop-parameter-sets=Z0LgH4A,aIA").sprop_parameter_sets, sets, "no padding");
        for unreadable in
            ["sprop-parameter-sets=Z0LgH4A=,", "sprop-parameter-sets=?", "sprop-parameter-sets="]
        {
            assert!(read(unreadable).sprop_parameter_sets.is_empty(), "{unreadable}");
        }
    }

    #[test]
    fn absence_means_what_the_standard_says_and_the_unknown_is_ignored() {
        let parameters = read(" Packetization-Mode = 1 ;max-fs=3600;;x; =;level-asymmetry-allowed=2");
        let expected =
            Parameters { packetization_mode: PacketizationMode::NonInterleaved, ..Parameters::default() };
        assert_eq!(parameters, expected);
        assert_eq!(expected.to_string(), "packetization-mode=1;profile-level-id=42000a");
    }

    #[test]
    fn what_cannot_be_received_is_refused() {
        let mode = "packetization-mode=2".parse::<Parameters>();
        assert_eq!(mode, Err(ParametersError::PacketizationMode));
        let profile = "profile-level-id=42e0".parse::<Parameters>();
        assert_eq!(profile, Err(ParametersError::ProfileLevelId(ProfileLevelIdError)));
    }

    #[test]
    fn levels_are_negotiated_and_profiles_must_agree() {
        let ours = read("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
        let answer = |offer: &str| ours.answer(&read(offer)).map(|answer| answer.to_string());
        let same = Some(ours.to_string());
        // Safari, far above our level; another way of writing the profile; below our level, asymmetric.
        assert_eq!(answer("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034"), same);
        assert_eq!(answer("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d8034"), same);
        assert_eq!(answer("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e00a"), same);
        let symmetric = |id: &str| Some(std::format!("packetization-mode=1;profile-level-id={id}"));
        assert_eq!(answer("packetization-mode=1;profile-level-id=42c00d"), symmetric("42e00d"));
        assert_eq!(answer("packetization-mode=1;profile-level-id=42e034"), symmetric("42e01f"));
        assert_eq!(answer("packetization-mode=1;profile-level-id=640c34"), None);
        assert_eq!(answer("packetization-mode=1;profile-level-id=42001f"), None);
        assert_eq!(answer("packetization-mode=0;profile-level-id=42e01f"), None);
    }
}
