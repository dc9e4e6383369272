//! What `a=fmtp` says of FlexFEC (RFC 8627, section 5.1).

use core::fmt;
use core::time::Duration;

/// The format parameters of FlexFEC.
///
/// The RFC has the repair window only. The drafts before it, and who implements them, name block and protection too;
/// the headers of repair packets say those anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// How long source and repair packets of a block may take, in whole microseconds; the RFC demands it.
    pub repair_window: Option<Duration>,
    /// L, the packets in a row.
    pub columns: Option<u32>,
    /// D, the rows of a block.
    pub rows: Option<u32>,
    /// What is protected.
    pub protection: Option<ProtectionType>,
}

/// The type of protection, `ToP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectionType {
    /// 0: columns, 1-D interleaved.
    Columns,
    /// 1: rows, 1-D not interleaved.
    Rows,
    /// 2: both.
    Grid,
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`.
    ///
    /// Cannot fail: what is unknown must be ignored, and what makes no sense is treated the same. Drafts write
    /// colons for equals signs in their examples; both are read.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in fmtp.split(';').filter_map(|pair| pair.split_once(['=', ':'])) {
            parameters.read(name.trim(), value.trim());
        }
        parameters
    }

    fn read(&mut self, name: &str, value: &str) {
        let is = |known| name.eq_ignore_ascii_case(known);
        let Ok(number) = value.parse::<u64>() else { return };
        let count = u32::try_from(number).ok().filter(|&count| count > 0);
        if is("repair-window") {
            self.repair_window = Some(Duration::from_micros(number));
        } else if is("L") {
            self.columns = count.or(self.columns);
        } else if is("D") {
            self.rows = count.or(self.rows);
        } else if is("ToP") {
            let protection = match number {
                0 => Some(ProtectionType::Columns),
                1 => Some(ProtectionType::Rows),
                2 => Some(ProtectionType::Grid),
                _ => None,
            };
            self.protection = protection.or(self.protection);
        }
    }
}

impl fmt::Display for Parameters {
    /// Writes what is there, as it follows the payload type in `a=fmtp`; nothing at all when nothing is, and then
    /// the line is to be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protection = |protection| match protection {
            ProtectionType::Columns => 0,
            ProtectionType::Rows => 1,
            ProtectionType::Grid => 2,
        };
        let parameters = [
            ("L", self.columns.map(u128::from)),
            ("D", self.rows.map(u128::from)),
            ("ToP", self.protection.map(protection)),
            ("repair-window", self.repair_window.map(|window| window.as_micros())),
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
    fn what_chromium_offers_is_understood() {
        let parameters = Parameters::parse("repair-window=10000000");
        assert_eq!(parameters.repair_window, Some(Duration::from_secs(10)));
        assert_eq!(parameters.to_string(), "repair-window=10000000");
    }

    #[test]
    fn the_parameters_of_the_drafts_survive_in_both_spellings() {
        let all = Parameters {
            repair_window: Some(Duration::from_millis(200)),
            columns: Some(5),
            rows: Some(10),
            protection: Some(ProtectionType::Grid),
        };
        assert_eq!(Parameters::parse("L:5; D:10; ToP:2; repair-window:200000"), all);
        assert_eq!(all.to_string(), "L=5;D=10;ToP=2;repair-window=200000");
        for protection in [ProtectionType::Columns, ProtectionType::Rows, ProtectionType::Grid] {
            let one = Parameters { protection: Some(protection), ..all };
            assert_eq!(Parameters::parse(&one.to_string()), one);
        }
    }

    #[test]
    fn nonsense_is_ignored() {
        let parameters = Parameters::parse("L=0;D=-1;ToP=3;repair-window=long;x=1;L");
        assert_eq!(parameters, Parameters::default());
        assert_eq!(parameters.to_string(), "");
    }
}
