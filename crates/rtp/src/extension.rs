//! Header extensions, one- and two-byte form (RFC 8285, section 4), and what the values of those in use mean.

use core::iter::FusedIterator;
use core::num::NonZeroU8;

mod abs_capture_time;
mod abs_send_time;
mod audio_level;
pub mod dependency_descriptor;
mod mixer_levels;
mod playout_delay;
mod stream_id;
mod transmission_offset;
mod transport_seq;
mod video_content_type;
mod video_orientation;
mod video_timing;

pub use abs_capture_time::{AbsCaptureTime, ClockOffset};
pub use abs_send_time::AbsSendTime;
pub use audio_level::{AudioLevel, Level, VoiceActivity};
pub use mixer_levels::MixerLevels;
pub use playout_delay::PlayoutDelay;
pub use stream_id::{Mid, RepairedRid, Rid};
pub use transmission_offset::TransmissionOffset;
pub use transport_seq::{ArrivalTimes, FeedbackRequest, TransportSeq, TransportSeqV2};
pub use video_content_type::VideoContentType;
pub use video_orientation::{Camera, Flip, Rotation, VideoOrientation};
pub use video_timing::{SinceCapture, VideoTiming};

/// The number by which signalling names an extension: 1 … 14 in the one-byte form, 1 … 255 in the two-byte form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionId(NonZeroU8);

impl ExtensionId {
    /// `None` for 0, which is padding.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 … 255.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

/// What the value of one kind of header extension means.
///
/// `'a` is for values that borrow from the packet; the others implement it for any.
pub trait HeaderExtension<'a>: Sized {
    /// By what signalling names this extension (RFC 8285, section 5).
    const URI: &'static str;

    /// Reads the value of an element; `None` when it cannot be one of this kind.
    #[must_use]
    fn read(value: &'a [u8]) -> Option<Self>;

    /// Bytes of the value when it is written, at most 255.
    #[must_use]
    fn value_len(&self) -> usize;

    /// Writes the value into the beginning of `into` and returns its [length](Self::value_len); `None`, and nothing
    /// is written, when it does not fit.
    fn write(&self, into: &mut [u8]) -> Option<usize>;
}

/// Writes `value` into the beginning of `into`: [`HeaderExtension::write`] of what has its bytes already.
pub(crate) fn put(value: &[u8], into: &mut [u8]) -> Option<usize> {
    into.get_mut(..value.len())?.copy_from_slice(value);
    Some(value.len())
}

/// One header extension element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Which extension, by its number in signalling.
    pub id: ExtensionId,
    /// Its value: 1 … 16 bytes in the one-byte form, 0 … 255 in the two-byte form.
    pub data: &'a [u8],
}

/// How extension elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtensionForm {
    /// Identifier and length share a byte (RFC 8285, section 4.2).
    OneByte,
    /// A byte each (RFC 8285, section 4.3). Both sides must have agreed to it.
    TwoByte,
}

impl ExtensionForm {
    /// The form announced by the 16 bits before an extension block; `None` when it is not of RFC 8285.
    ///
    /// The low four bits of the two-byte form belong to the application and are ignored.
    #[must_use]
    #[inline]
    pub const fn of_profile(profile: u16) -> Option<Self> {
        match profile {
            0xbede => Some(Self::OneByte),
            0x1000..=0x100f => Some(Self::TwoByte),
            _ => None,
        }
    }

    /// The 16 bits that announce this form.
    #[must_use]
    pub const fn profile(self) -> u16 {
        match self {
            Self::OneByte => 0xbede,
            Self::TwoByte => 0x1000,
        }
    }

    /// Bytes before the value of an element.
    pub(crate) const fn element_header(self) -> usize {
        match self {
            Self::OneByte => 1,
            Self::TwoByte => 2,
        }
    }

    /// Whether an element can be written in this form.
    pub(crate) fn fits(self, element: &Extension<'_>) -> bool {
        self.len_byte(element.id, element.data.len()).is_some()
    }

    /// The byte before the value of element `id`, which has `len` bytes; `None` when the form has no such element.
    pub(crate) fn len_byte(self, id: ExtensionId, len: usize) -> Option<u8> {
        let len = u8::try_from(len).ok()?;
        match self {
            Self::OneByte => {
                (id.get() <= 14 && (1..=16).contains(&len)).then(|| id.get() << 4 | len.wrapping_sub(1))
            }
            Self::TwoByte => Some(len),
        }
    }
}

/// The elements of an extension block, in their order.
///
/// A block that breaks off inside an element ends before it: what came earlier stays usable.
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    form: Option<ExtensionForm>,
    rest: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// Over the elements of `block`, which follows `profile` and its length in a packet. A profile that is not of
    /// RFC 8285 has no elements.
    #[must_use]
    #[inline]
    pub const fn new(profile: u16, block: &'a [u8]) -> Self {
        Self { form: ExtensionForm::of_profile(profile), rest: block }
    }

    /// What has not been walked yet. Empty once a well-formed block is exhausted.
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    fn next_one_byte(&mut self) -> Option<Extension<'a>> {
        loop {
            let (&head, behind) = self.rest.split_first()?;
            if head == 0 {
                self.rest = behind;
                continue;
            }
            // Identifier 0 with a length, and 15, end the walk (RFC 8285, section 4.2).
            let id = ExtensionId::new(head >> 4).filter(|id| id.get() != 15)?;
            let (data, behind) = behind.split_at_checked(usize::from(head & 0x0f) + 1)?;
            self.rest = behind;
            return Some(Extension { id, data });
        }
    }

    #[inline]
    fn next_two_byte(&mut self) -> Option<Extension<'a>> {
        loop {
            let (&head, behind) = self.rest.split_first()?;
            let Some(id) = ExtensionId::new(head) else {
                self.rest = behind;
                continue;
            };
            let (&len, behind) = behind.split_first()?;
            let (data, behind) = behind.split_at_checked(usize::from(len))?;
            self.rest = behind;
            return Some(Extension { id, data });
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    #[inline]
    fn next(&mut self) -> Option<Extension<'a>> {
        let element = match self.form? {
            ExtensionForm::OneByte => self.next_one_byte(),
            ExtensionForm::TwoByte => self.next_two_byte(),
        };
        if element.is_none() {
            self.form = None;
        }
        element
    }
}

impl FusedIterator for Extensions<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn walk(profile: u16, block: &[u8]) -> (Vec<(u8, &[u8])>, usize) {
        let mut elements = Extensions::new(profile, block);
        let found = elements.by_ref().map(|element| (element.id.get(), element.data)).collect();
        (found, elements.remainder().len())
    }

    #[test]
    fn one_byte_elements_and_padding_between_them() {
        let block = [0x10, 0xaa, 0, 0, 0x31, 0xbb, 0xcc, 0];
        assert_eq!(walk(0xbede, &block), (std::vec![(1, &[0xaa][..]), (3, &[0xbb, 0xcc])], 0));
    }

    #[test]
    fn two_byte_elements_may_be_empty_and_carry_application_bits() {
        let block = [1, 0, 0, 200, 2, 0xaa, 0xbb, 0];
        assert_eq!(walk(0x1003, &block), (std::vec![(1, &[][..]), (200, &[0xaa, 0xbb])], 0));
    }

    #[test]
    fn identifier_15_and_a_zero_with_length_end_the_one_byte_form() {
        assert_eq!(walk(0xbede, &[0x10, 0xaa, 0xf0, 0xbb]), (std::vec![(1, &[0xaa][..])], 2));
        assert_eq!(walk(0xbede, &[0x10, 0xaa, 0x01, 0xbb]), (std::vec![(1, &[0xaa][..])], 2));
        assert_eq!(walk(0x1000, &[15, 1, 0xaa, 0]), (std::vec![(15, &[0xaa][..])], 0));
    }

    #[test]
    fn a_broken_tail_keeps_what_came_before() {
        assert_eq!(walk(0xbede, &[0x10, 0xaa, 0x13, 0xbb]), (std::vec![(1, &[0xaa][..])], 2));
        assert_eq!(walk(0x1000, &[1, 1, 0xaa, 2]), (std::vec![(1, &[0xaa][..])], 1));
        assert_eq!(walk(0x1000, &[1, 1, 0xaa, 2, 9]), (std::vec![(1, &[0xaa][..])], 2));
    }

    #[test]
    fn other_profiles_have_no_elements() {
        assert_eq!(walk(0x1234, &[0x10, 0xaa, 0, 0]).0, []);
    }
}
