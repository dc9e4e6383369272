//! What a receiver of VP8 can decode, in `a=fmtp` (RFC 7741, section 6.1).

use core::fmt;

/// The format parameters of VP8: the limits of the decoder, whatever the sender would like. They bind a sender, and
/// are no wish for a quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The highest frame rate, in frames per second.
    pub max_fr: Option<u32>,
    /// The largest frame, in macroblocks of 16 × 16 pixels. No side may be longer than √(8 · `max_fs`) of them.
    pub max_fs: Option<u32>,
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`.
    ///
    /// Cannot fail: a parameter that is unknown is ignored, and so is one whose value makes no sense.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            let Some(number) = value.trim().parse().ok().filter(|&number: &u32| number > 0) else { continue };
            if name.trim().eq_ignore_ascii_case("max-fr") {
                parameters.max_fr = Some(number);
            } else if name.trim().eq_ignore_ascii_case("max-fs") {
                parameters.max_fs = Some(number);
            }
        }
        parameters
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`; nothing at all when nothing is limited, and then the line is to be
    /// left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, value) in [("max-fr", self.max_fr), ("max-fs", self.max_fs)] {
            if let Some(value) = value {
                write!(f, "{separator}{name}={value}")?;
                separator = ";";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_firefox_offers_is_understood_and_written_the_same() {
        let parameters = Parameters::parse("max-fs=12288;max-fr=60");
        assert_eq!(parameters, Parameters { max_fr: Some(60), max_fs: Some(12_288) });
        assert_eq!(Parameters::parse(&parameters.to_string()), parameters);
        assert_eq!(parameters.to_string(), "max-fr=60;max-fs=12288");
    }

    #[test]
    fn nonsense_is_ignored_and_nothing_is_written_as_nothing() {
        let parameters = Parameters::parse(" Max-FR = 30 ;max-fs=0;max-fs=many;max-fs;x=1;=;");
        assert_eq!(parameters, Parameters { max_fr: Some(30), max_fs: None });
        assert_eq!(Parameters::default().to_string(), "");
        assert_eq!(Parameters::parse(""), Parameters::default());
    }
}
