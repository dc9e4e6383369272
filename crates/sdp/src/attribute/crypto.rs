//! Keys of SRTP: `a=crypto` (RFC 4568, sections 4, 6 and 9.2).

mod key;
mod suite;

pub use key::{KeyAndSalt, KeyParameter, MasterKeyId};
pub use suite::CryptoSuite;

use super::{AttributeError, Part, TypedAttribute, number, separated, valid, word};
use core::fmt;
use core::str::FromStr;

/// A way to encrypt, with its keys. Whoever reads the description can decrypt the media.
///
/// `Debug` shows no key; `Display` writes the attribute, and so the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// The number by which an answer says what it takes, up to nine digits.
    pub tag: u32,
    /// The algorithms.
    pub suite: CryptoSuite,
    /// The keys of who writes it: those he encrypts with. At least one.
    pub keys: Vec<KeyParameter>,
    /// What else is agreed on.
    pub session: Vec<SessionParameter>,
}

/// Something else that is agreed on (RFC 4568, section 6.3), as `UNENCRYPTED_SRTCP`.
///
/// `Debug` shows its name alone, since the value may be a key.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionParameter(String);

impl SessionParameter {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What precedes the `=`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split('=').next().unwrap_or_default()
    }
}

impl fmt::Debug for SessionParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionParameter({})", self.name())
    }
}

impl fmt::Display for SessionParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Crypto {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        let tag = number(word(&mut words, Part::Tag)?).filter(|&tag: &u32| tag < 1_000_000_000);
        let suite: CryptoSuite = word(&mut words, Part::CryptoSuite)?.parse()?;
        let keys = word(&mut words, Part::Key)?.split(';');
        let keys = keys.map(|key| KeyParameter::read(key, &suite)).collect::<Result<_, _>>()?;
        let session = words.map(|word| SessionParameter(word.to_owned())).collect();
        Ok(Self { tag: valid(tag, Part::Tag)?, suite, keys, session })
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.tag, self.suite)?;
        separated(f, &self.keys, ';')?;
        self.session.iter().try_for_each(|parameter| write!(f, " {parameter}"))
    }
}

impl TypedAttribute for Crypto {
    const NAME: &'static str = "crypto";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 4568's examples.
    const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn what_phones_write_is_read_and_written() {
        for text in [
            format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|2^20|1:4 FEC_ORDER=FEC_SRTP"),
            format!("2 AES_CM_128_HMAC_SHA1_32 {KEY}"),
            format!("3 F8_128_HMAC_SHA1_80 {KEY}|1:1;{KEY}|2^31|2:1 UNENCRYPTED_SRTCP"),
            format!("999999999 ROT13 {KEY}|1000"),
        ] {
            assert_eq!(text.parse::<Crypto>().unwrap().to_string(), text);
        }
        let crypto: Crypto = format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|1048576|1:4").parse().unwrap();
        let [key] = &crypto.keys[..] else { panic!("one key") };
        assert_eq!((key.lifetime, key.key.as_bytes().len()), (Some(1 << 20), 30));
        assert_eq!(key.mki, Some(MasterKeyId { value: 1, len: 4 }));
    }

    #[test]
    fn keys_are_not_shown() {
        let text = format!("1 AES_CM_128_HMAC_SHA1_80 {KEY} FEC_KEY=inline:c2VjcmV0");
        let shown = format!("{:?}", text.parse::<Crypto>().unwrap());
        assert!(shown.contains("FEC_KEY") && !shown.contains("c2VjcmV0"), "{shown}");
        assert!(!shown.contains("WVNf") && !shown.contains("89, 83"), "{shown}");
    }

    #[test]
    fn nonsense_is_named() {
        for (text, error) in [
            (String::new(), AttributeError::Missing(Part::Tag)),
            (format!("1000000000 X {KEY}"), AttributeError::Invalid(Part::Tag)),
            ("1".into(), AttributeError::Missing(Part::CryptoSuite)),
            ("1 AES_CM_128_HMAC_SHA1_80".into(), AttributeError::Missing(Part::Key)),
            ("1 AES_CM_128_HMAC_SHA1_80 uri:x".into(), AttributeError::Invalid(Part::Key)),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=".into(), AttributeError::Invalid(Part::Key)),
            (format!("1 AEAD_AES_256_GCM {KEY}"), AttributeError::Invalid(Part::Key)),
            (format!("1 X {KEY}|2^49"), AttributeError::Invalid(Part::Lifetime)),
            (format!("1 X {KEY}|2^99999999999"), AttributeError::Invalid(Part::Lifetime)),
            (format!("1 X {KEY}|0"), AttributeError::Invalid(Part::Lifetime)),
            (format!("1 X {KEY}|1:129"), AttributeError::Invalid(Part::MasterKeyId)),
            (format!("1 X {KEY}|2^20|1:4|x"), AttributeError::Invalid(Part::MasterKeyId)),
        ] {
            assert_eq!(text.parse::<Crypto>(), Err(error), "{text}");
        }
    }
}
