//! Which algorithms: the registered crypto suites (RFC 4568, section 6.2; RFC 6188; RFC 7714, section 14).

use crate::attribute::{AttributeError, Part, is_token};
use core::fmt;
use core::str::FromStr;

/// The algorithms that encrypt and authenticate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the registry")]
#[non_exhaustive]
pub enum CryptoSuite {
    AesCm128HmacSha1_80,
    AesCm128HmacSha1_32,
    F8_128HmacSha1_80,
    AesCm192HmacSha1_80,
    AesCm192HmacSha1_32,
    AesCm256HmacSha1_80,
    AesCm256HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
    /// What is not known here.
    Other(String),
}

/// Each by its name, with the bytes of its key and salt.
const SUITES: [(&str, usize, CryptoSuite); 9] = [
    ("AES_CM_128_HMAC_SHA1_80", 16 + 14, CryptoSuite::AesCm128HmacSha1_80),
    ("AES_CM_128_HMAC_SHA1_32", 16 + 14, CryptoSuite::AesCm128HmacSha1_32),
    ("F8_128_HMAC_SHA1_80", 16 + 14, CryptoSuite::F8_128HmacSha1_80),
    ("AES_192_CM_HMAC_SHA1_80", 24 + 14, CryptoSuite::AesCm192HmacSha1_80),
    ("AES_192_CM_HMAC_SHA1_32", 24 + 14, CryptoSuite::AesCm192HmacSha1_32),
    ("AES_256_CM_HMAC_SHA1_80", 32 + 14, CryptoSuite::AesCm256HmacSha1_80),
    ("AES_256_CM_HMAC_SHA1_32", 32 + 14, CryptoSuite::AesCm256HmacSha1_32),
    ("AEAD_AES_128_GCM", 16 + 12, CryptoSuite::AeadAes128Gcm),
    ("AEAD_AES_256_GCM", 32 + 12, CryptoSuite::AeadAes256Gcm),
];

impl CryptoSuite {
    /// The bytes of its key and salt together; `None` where it is not known here.
    #[must_use]
    pub fn key_and_salt_len(&self) -> Option<usize> {
        SUITES.iter().find(|(_, _, suite)| suite == self).map(|&(_, len, _)| len)
    }
}

impl FromStr for CryptoSuite {
    type Err = AttributeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match SUITES.iter().find(|(known, ..)| *known == name) {
            Some((_, _, suite)) => Ok(suite.clone()),
            None if is_token(name) => Ok(Self::Other(name.to_owned())),
            None => Err(AttributeError::Invalid(Part::CryptoSuite)),
        }
    }
}

impl fmt::Display for CryptoSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = SUITES.iter().find(|(_, _, suite)| suite == self).map(|&(name, ..)| name);
        match (known, self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::Other(name)) => f.write_str(name),
            (None, _) => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_by_its_name() {
        for (name, len, suite) in SUITES {
            assert_eq!(name.parse(), Ok(suite.clone()));
            assert_eq!((suite.to_string().as_str(), suite.key_and_salt_len()), (name, Some(len)));
        }
        assert_eq!(CryptoSuite::Other("X".into()).key_and_salt_len(), None);
        assert_eq!("a:b".parse::<CryptoSuite>(), Err(AttributeError::Invalid(Part::CryptoSuite)));
    }
}
