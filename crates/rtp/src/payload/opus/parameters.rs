//! What the receiver of Opus asks for in `a=fmtp` (RFC 7587, section 6.1).

use core::fmt;

/// The format parameters of Opus. Those of a description say what its author wants to *receive*, except for the
/// two `sprop` ones, which say what is likely to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The highest sampling rate worth sending, in Hz: 8 000 … 48 000.
    pub max_playback_rate: u32,
    /// The highest sampling rate that is likely to be sent, in Hz.
    pub sprop_max_capture_rate: u32,
    /// The highest average bit rate, in bit/s: 6 000 … 510 000; `None` leaves it to the sender.
    pub max_average_bitrate: Option<u32>,
    /// The least sound in a packet, in milliseconds; `None` leaves it to the sender. Not of the standard, but
    /// written by browsers.
    pub min_ptime: Option<u32>,
    /// Whether stereo is preferred to mono.
    pub stereo: bool,
    /// Whether stereo is likely to be sent.
    pub sprop_stereo: bool,
    /// Whether the bit rate must be constant.
    pub cbr: bool,
    /// Whether in-band FEC is of use.
    pub use_in_band_fec: bool,
    /// Whether silence may be left out.
    pub use_dtx: bool,
}

impl Default for Parameters {
    /// What the standard says of parameters that are absent.
    fn default() -> Self {
        Self {
            max_playback_rate: 48_000,
            sprop_max_capture_rate: 48_000,
            max_average_bitrate: None,
            min_ptime: None,
            stereo: false,
            sprop_stereo: false,
            cbr: false,
            use_in_band_fec: false,
            use_dtx: false,
        }
    }
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`.
    ///
    /// Cannot fail: a parameter that is unknown must be ignored, and one whose value makes no sense is treated
    /// the same.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once('=')) {
            parameters.read(name.trim(), value.trim());
        }
        parameters
    }

    fn read(&mut self, name: &str, value: &str) {
        let is = |known| name.eq_ignore_ascii_case(known);
        let Ok(number) = value.parse::<u32>() else { return };
        let rate = (8_000..=48_000).contains(&number).then_some(number);
        let flag = match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        if is("maxplaybackrate") {
            self.max_playback_rate = rate.unwrap_or(self.max_playback_rate);
        } else if is("sprop-maxcapturerate") {
            self.sprop_max_capture_rate = rate.unwrap_or(self.sprop_max_capture_rate);
        } else if is("maxaveragebitrate") {
            let bitrate = (6_000..=510_000).contains(&number).then_some(number);
            self.max_average_bitrate = bitrate.or(self.max_average_bitrate);
        } else if is("minptime") {
            self.min_ptime = Some(number);
        } else if is("stereo") {
            self.stereo = flag.unwrap_or(self.stereo);
        } else if is("sprop-stereo") {
            self.sprop_stereo = flag.unwrap_or(self.sprop_stereo);
        } else if is("cbr") {
            self.cbr = flag.unwrap_or(self.cbr);
        } else if is("useinbandfec") {
            self.use_in_band_fec = flag.unwrap_or(self.use_in_band_fec);
        } else if is("usedtx") {
            self.use_dtx = flag.unwrap_or(self.use_dtx);
        }
    }
}

impl fmt::Display for Parameters {
    /// Writes what differs from the defaults, as it follows the payload type in `a=fmtp`; nothing at all when
    /// nothing does, and then the line is to be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |hz| Some(hz).filter(|&hz| hz != 48_000);
        let flag = |set: bool| set.then_some(1);
        let parameters = [
            ("minptime", self.min_ptime),
            ("maxplaybackrate", rate(self.max_playback_rate)),
            ("sprop-maxcapturerate", rate(self.sprop_max_capture_rate)),
            ("maxaveragebitrate", self.max_average_bitrate),
            ("stereo", flag(self.stereo)),
            ("sprop-stereo", flag(self.sprop_stereo)),
            ("cbr", flag(self.cbr)),
            ("useinbandfec", flag(self.use_in_band_fec)),
            ("usedtx", flag(self.use_dtx)),
        ];
        let mut separator = "";
        for (name, value) in parameters {
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
    fn what_browsers_offer_is_understood() {
        let parameters = Parameters::parse("minptime=10;useinbandfec=1");
        let expected = Parameters { min_ptime: Some(10), use_in_band_fec: true, ..Parameters::default() };
        assert_eq!(parameters, expected);
        assert_eq!(parameters.to_string(), "minptime=10;useinbandfec=1");
    }

    #[test]
    fn every_parameter_survives_writing_and_reading() {
        let all = Parameters {
            max_playback_rate: 16_000,
            sprop_max_capture_rate: 24_000,
            max_average_bitrate: Some(20_000),
            min_ptime: Some(10),
            stereo: true,
            sprop_stereo: true,
            cbr: true,
            use_in_band_fec: true,
            use_dtx: true,
        };
        assert_eq!(Parameters::parse(&all.to_string()), all);
        assert_eq!(Parameters::default().to_string(), "");
        assert_eq!(Parameters::parse(""), Parameters::default());
    }

    #[test]
    fn nonsense_is_ignored_and_spaces_and_case_do_not_matter() {
        let parameters = Parameters::parse(
            " Stereo = 1 ; usedtx=2;cbr;maxplaybackrate=99;=;x=1; ;useinbandfec=yes;maxaveragebitrate=9",
        );
        assert_eq!(parameters, Parameters { stereo: true, ..Parameters::default() });
    }
}
