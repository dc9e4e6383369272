//! What a receiver of VP9 can decode, in `a=fmtp` (RFC 9628, section 6).

use core::fmt;
use core::str::FromStr;

/// The format parameters of VP9: the limits of the decoder, whatever the sender would like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The profile, 0 … 3: each is a format of its own.
    pub profile_id: u8,
    /// The highest frame rate, in frames per second.
    pub max_fr: Option<u32>,
    /// The largest frame, in macroblocks of 16 × 16 pixels. No side may be longer than √(8 · `max_fs`) of them.
    pub max_fs: Option<u32>,
}

impl Parameters {
    /// Answers `offer` with what we can do, `self`: `None` when it is of another profile. What the limits are each side
    /// says for itself.
    #[must_use]
    pub fn answer(&self, offer: &Self) -> Option<Self> {
        (self.profile_id == offer.profile_id).then_some(*self)
    }
}

impl FromStr for Parameters {
    type Err = ParametersError;

    /// Reads what follows the payload type in `a=fmtp`. A parameter that is unknown is ignored, and so is a limit that
    /// makes no sense.
    fn from_str(fmtp: &str) -> Result<Self, Self::Err> {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            let is = |known| name.trim().eq_ignore_ascii_case(known);
            let number = value.trim().parse::<u32>().ok();
            if is("profile-id") {
                let profile = number.and_then(|number| u8::try_from(number).ok());
                parameters.profile_id =
                    profile.filter(|&profile| profile < 4).ok_or(ParametersError::Profile)?;
                continue;
            }
            let Some(limit) = number.filter(|&number| number > 0) else { continue };
            if is("max-fr") {
                parameters.max_fr = Some(limit);
            } else if is("max-fs") {
                parameters.max_fs = Some(limit);
            }
        }
        Ok(parameters)
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`; the profile is always named, as browsers do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile-id={}", self.profile_id)?;
        for (name, value) in [("max-fr", self.max_fr), ("max-fs", self.max_fs)] {
            if let Some(value) = value {
                write!(f, ";{name}={value}")?;
            }
        }
        Ok(())
    }
}

/// Why a stream with such parameters is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// There is no such profile.
    #[error("the profile is not one of 0 to 3")]
    Profile,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn read(fmtp: &str) -> Parameters {
        fmtp.parse().unwrap()
    }

    #[test]
    fn what_browsers_offer_is_understood_and_written_the_same() {
        for profile_id in 0..4 {
            let fmtp = std::format!("profile-id={profile_id}");
            assert_eq!(read(&fmtp), Parameters { profile_id, ..Parameters::default() });
            assert_eq!(read(&fmtp).to_string(), fmtp);
        }
        let firefox = read("max-fs=12288;max-fr=60");
        assert_eq!(firefox, Parameters { profile_id: 0, max_fr: Some(60), max_fs: Some(12_288) });
        assert_eq!(read(&firefox.to_string()), firefox);
    }

    #[test]
    fn a_profile_that_is_none_is_refused_and_other_nonsense_ignored() {
        for fmtp in ["profile-id=4", "profile-id=", "profile-id=-1", "profile-id=256"] {
            assert_eq!(fmtp.parse::<Parameters>(), Err(ParametersError::Profile), "{fmtp}");
        }
        let parameters = read(" Profile-ID = 2 ;max-fr=0;max-fs=x;;=;y=1");
        assert_eq!(parameters, Parameters { profile_id: 2, ..Parameters::default() });
        assert_eq!(read(""), Parameters::default());
    }

    #[test]
    fn an_answer_is_of_the_same_profile() {
        let ours = read("max-fr=30");
        assert_eq!(ours.answer(&read("max-fr=60;max-fs=8160")), Some(ours));
        assert_eq!(ours.answer(&read("profile-id=2")), None);
    }
}
