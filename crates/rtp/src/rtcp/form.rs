//! Which rules a datagram keeps: those of compound packets (RFC 3550, section 6.1 and appendix A.2) or those of
//! reduced size (RFC 5506, section 4).

use super::{PartError, packet_type, walk};

/// The form of a datagram whose parts fill it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A report stands first: everyone accepts it.
    Compound,
    /// No report stands first: accepted by those that agreed to `a=rtcp-rsize`.
    ReducedSize,
}

/// Why a datagram is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// No part at all.
    #[error("a datagram without a part")]
    Empty,
    /// A part that leads out of the datagram, or of another version.
    #[error(transparent)]
    Part(#[from] PartError),
    /// Padding in a part that is not the last, or is the first of a compound packet.
    #[error("part {index} is padded")]
    Padded {
        /// Which part, counted from zero.
        index: usize,
    },
}

/// Says which rules `datagram` keeps, for those who must be strict; [`walk`](super::walk) is not.
///
/// Versions, lengths and padding are checked, by which a receiver tells RTCP from what was decrypted with the wrong
/// key; what the parts say is not. That every compound packet names its sender is left to the sender.
///
/// # Errors
///
/// [`FormError`], at the first part that breaks the rules of both.
pub fn form(datagram: &[u8]) -> Result<Form, FormError> {
    let mut parts = walk(datagram);
    let (mut form, mut index) = (None, 0);
    while !parts.is_done() {
        let (&[flags, packet_type, ..], _) = parts.take_part()?;
        if flags >> 6 != 2 {
            return Err(PartError::Version { version: flags >> 6 }.into());
        }
        let report = matches!(packet_type, packet_type::SENDER_REPORT | packet_type::RECEIVER_REPORT);
        let form = *form.get_or_insert(if report { Form::Compound } else { Form::ReducedSize });
        let padded = flags & 0x20 != 0;
        if padded && (!parts.is_done() || (index, form) == (0, Form::Compound)) {
            return Err(FormError::Padded { index });
        }
        index += 1;
    }
    form.ok_or(FormError::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];
    const GOODBYE: [u8; 8] = [0x81, 203, 0, 1, 0, 0, 0, 1];
    const PADDED: [u8; 12] = [0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];

    #[test]
    fn what_stands_first_makes_the_difference() {
        assert_eq!(form(&[REPORT, GOODBYE].concat()), Ok(Form::Compound));
        assert_eq!(form(&REPORT), Ok(Form::Compound));
        assert_eq!(form(&[GOODBYE, REPORT].concat()), Ok(Form::ReducedSize));
        assert_eq!(form(&PADDED), Ok(Form::ReducedSize));
        assert_eq!(form(&[&REPORT[..], &PADDED].concat()), Ok(Form::Compound));
    }

    #[test]
    fn what_breaks_the_rules_of_both_is_named() {
        assert_eq!(form(&[]), Err(FormError::Empty));
        let padded = [&PADDED[..], &REPORT].concat();
        assert_eq!(form(&padded), Err(FormError::Padded { index: 0 }));
        let report = [0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];
        assert_eq!(form(&report), Err(FormError::Padded { index: 0 }));
        let truncated = PartError::Truncated { needed: 8, actual: 7 };
        assert_eq!(form(&[&REPORT[..], &GOODBYE[..7]].concat()), Err(truncated.into()));
        let version = [&REPORT[..], &[0x40, 203, 0, 0]].concat();
        assert_eq!(form(&version), Err(PartError::Version { version: 1 }.into()));
        assert_eq!(form(&[0x80]), Err(PartError::Truncated { needed: 4, actual: 1 }.into()));
    }
}
