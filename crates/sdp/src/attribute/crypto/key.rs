//! A key, how long it serves, and how packets name it (RFC 4568, section 6.1).

use super::CryptoSuite;
use crate::attribute::{AttributeError, Part, number, valid};
use core::fmt;
use data_encoding::{BASE64, BASE64_NOPAD};

/// The most packets that one key may encrypt.
const MOST_PACKETS: u64 = 1 << 48;

/// A key, how long it serves, and how packets name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyParameter {
    /// The key.
    pub key: KeyAndSalt,
    /// How many packets it may encrypt at most: 1 … 2⁴⁸; the suite says if nothing is said.
    pub lifetime: Option<u64>,
    /// The number in packets that are encrypted with it, where they have one.
    pub mki: Option<MasterKeyId>,
}

/// Key and salt in one. `Debug` shows their length.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyAndSalt(Vec<u8>);

/// A number in each packet that says which key it is encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MasterKeyId {
    /// The number.
    pub value: u64,
    /// Its bytes in a packet: 1 … 128.
    pub len: u8,
}

impl KeyAndSalt {
    /// Takes the key and, behind it, the salt.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The key and, behind it, the salt.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyAndSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyAndSalt({} bytes)", self.0.len())
    }
}

impl KeyParameter {
    /// Reads one for `suite`, which says how long the key is.
    pub(super) fn read(text: &str, suite: &CryptoSuite) -> Result<Self, AttributeError> {
        let mut parts = text.split('|');
        let inline = parts.next().and_then(|part| part.split_once(':'));
        let inline = inline.filter(|(method, _)| method.eq_ignore_ascii_case("inline"));
        // Some leave the padding out.
        let decode = |text: &str| BASE64_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok();
        let fits =
            |key: &Vec<u8>| !key.is_empty() && suite.key_and_salt_len().is_none_or(|len| len == key.len());
        let key = inline.and_then(|(_, key)| decode(key)).filter(fits).map(KeyAndSalt);
        let mut parameter = Self { key: valid(key, Part::Key)?, lifetime: None, mki: None };
        let mut part = parts.next();
        if let Some(lifetime) = part.filter(|part| !part.contains(':')) {
            parameter.lifetime = Some(valid(read_lifetime(lifetime), Part::Lifetime)?);
            part = parts.next();
        }
        if let Some(mki) = part {
            parameter.mki = Some(valid(MasterKeyId::read(mki), Part::MasterKeyId)?);
        }
        match parts.next() {
            Some(_) => Err(AttributeError::Invalid(Part::MasterKeyId)),
            None => Ok(parameter),
        }
    }
}

/// Packets, as a number or as a power of two.
fn read_lifetime(text: &str) -> Option<u64> {
    let packets = match text.strip_prefix("2^") {
        Some(power) => 1_u64.checked_shl(number(power)?)?,
        None => number(text)?,
    };
    (1..=MOST_PACKETS).contains(&packets).then_some(packets)
}

impl MasterKeyId {
    fn read(text: &str) -> Option<Self> {
        let (value, len) = text.split_once(':')?;
        Some(Self { value: number(value)?, len: number(len).filter(|len| (1..=128).contains(len))? })
    }
}

impl fmt::Display for KeyParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inline:{}", BASE64.encode_display(&self.key.0))?;
        match self.lifetime {
            Some(packets) if packets.is_power_of_two() => write!(f, "|2^{}", packets.trailing_zeros())?,
            Some(packets) => write!(f, "|{packets}")?,
            None => {}
        }
        match self.mki {
            Some(MasterKeyId { value, len }) => write!(f, "|{value}:{len}"),
            None => Ok(()),
        }
    }
}
