//! Application-defined parts (RFC 3550, section 6.7).

use super::{WriteError, Writer, packet_type};
use crate::Ssrc;

/// What an application says in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App<'a> {
    /// Who says it.
    pub ssrc: Ssrc,
    /// Which of its messages this is.
    pub subtype: AppSubtype,
    /// The application's name; four characters of ASCII by the standard, but not checked.
    pub name: [u8; 4],
    /// What it says: a whole number of 32-bit words when it is written.
    pub data: &'a [u8],
}

/// A number that an application gives to a kind of its messages: 0 … 31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppSubtype(u8);

impl AppSubtype {
    /// `None` above 31.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 32 { Some(Self(number)) } else { None }
    }

    /// The number, 0 … 31.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl<'a> App<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8], subtype: u8) -> Option<Self> {
        let (ssrc, body) = body.split_first_chunk()?;
        let (&name, data) = body.split_first_chunk()?;
        Some(Self { ssrc: Ssrc(u32::from_be_bytes(*ssrc)), subtype: AppSubtype::new(subtype)?, name, data })
    }
}

impl Writer<'_> {
    /// Appends an application's message.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unaligned`] when its data is not a whole number of words, [`WriteError::Long`], or
    /// [`WriteError::BufferTooSmall`].
    pub fn app(&mut self, app: &App<'_>) -> Result<(), WriteError> {
        let len = app.data.len();
        if !len.is_multiple_of(4) {
            return Err(WriteError::Unaligned { len });
        }
        let mut part = self.part(packet_type::APP, usize::from(app.subtype.get()), 8 + len)?;
        part.word(app.ssrc.0);
        part.bytes(&app.name);
        part.bytes(app.data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::tests::{only, written};
    use crate::rtcp::{Part, PartError, walk};

    const APP: App<'static> =
        App { ssrc: Ssrc(0x0102_0304), subtype: AppSubtype(31), name: *b"moim", data: &[9, 8, 7, 6] };

    #[test]
    fn a_message_has_the_bytes_of_the_standard() {
        let bytes = written(|writer| writer.app(&APP));
        assert_eq!(bytes, [0x9f, 204, 0, 3, 1, 2, 3, 4, b'm', b'o', b'i', b'm', 9, 8, 7, 6]);
        let Part::App(app) = only(&bytes) else { panic!("a message") };
        assert_eq!(app, APP);
    }

    #[test]
    fn a_message_without_a_name_is_an_error() {
        let error = PartError::Body { packet_type: 204, count: 0, len: 4 };
        assert_eq!(walk(&[0x80, 204, 0, 1, 0, 0, 0, 1]).next().unwrap().unwrap_err(), error);
    }

    #[test]
    fn data_that_is_not_whole_words_is_refused() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        let refused = writer.app(&App { data: &[1, 2, 3], ..APP });
        assert_eq!(refused, Err(WriteError::Unaligned { len: 3 }));
        let long = std::vec![0; 262_136];
        assert_eq!(writer.app(&App { data: &long, ..APP }), Err(WriteError::Long { len: 262_144 }));
        assert!(writer.is_empty());
        assert_eq!((AppSubtype::new(31), AppSubtype::new(32)), (Some(AppSubtype(31)), None));
    }
}
