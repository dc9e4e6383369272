//! The numbers VP8 and VP9 give to pictures (RFC 7741, section 4.2; RFC 9628, section 4.2).

/// The running number of a picture, which wraps within 7 or 15 bits. It has no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureId {
    number: u16,
    width: PictureIdWidth,
}

/// How many bits a picture id has on the wire. It may change in mid-stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureIdWidth {
    /// 7, in one byte.
    Bits7,
    /// 15, in two bytes.
    Bits15,
}

/// The running number of a picture of the temporal base layer: the one a picture is, or the last one before a picture
/// of a higher layer. It wraps, and has no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tl0PicIdx(pub u8);

/// Says that a picture id has 15 bits (M).
const LONG: u8 = 0x80;

impl PictureIdWidth {
    /// All bits set: 127 or 32 767.
    #[must_use]
    pub const fn max(self) -> u16 {
        match self {
            Self::Bits7 => 0x7f,
            Self::Bits15 => 0x7fff,
        }
    }

    /// Bytes on the wire.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bits7 => 1,
            Self::Bits15 => 2,
        }
    }
}

impl PictureId {
    /// `None` when the number does not fit.
    #[must_use]
    pub const fn new(number: u16, width: PictureIdWidth) -> Option<Self> {
        if number <= width.max() { Some(Self { number, width }) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }

    /// How many bits it travels in.
    #[must_use]
    pub const fn width(self) -> PictureIdWidth {
        self.width
    }

    /// The id of the picture behind this one.
    #[must_use]
    pub const fn next(self) -> Self {
        self.with_number(self.number.wrapping_add(1))
    }

    /// `number` in as many bits as this id has; the bits above are dropped.
    #[must_use]
    pub const fn with_number(self, number: u16) -> Self {
        Self { number: number & self.width.max(), width: self.width }
    }

    /// How many pictures after `earlier` this one is: negative when it is before, by the shorter way around. When
    /// only one of them has 15 bits, the lowest 7 are compared.
    #[must_use]
    pub(super) const fn since(self, earlier: Self) -> i16 {
        let unused = match (self.width, earlier.width) {
            (PictureIdWidth::Bits15, PictureIdWidth::Bits15) => 1,
            _ => 9,
        };
        (self.number.wrapping_sub(earlier.number) << unused).cast_signed() >> unused
    }

    /// Takes an id off the front.
    pub(super) fn read(rest: &mut &[u8]) -> Option<Self> {
        let &first = rest.split_off_first()?;
        if first & LONG == 0 {
            return Self::new(u16::from(first), PictureIdWidth::Bits7);
        }
        let &second = rest.split_off_first()?;
        Self::new(u16::from_be_bytes([first & !LONG, second]), PictureIdWidth::Bits15)
    }

    /// As it travels: as many of the bytes as the width says.
    pub(super) const fn to_bytes(self) -> [u8; 2] {
        let [high, low] = self.number.to_be_bytes();
        match self.width {
            PictureIdWidth::Bits7 => [low, 0],
            PictureIdWidth::Bits15 => [LONG | high, low],
        }
    }
}

impl Default for PictureId {
    /// Zero, in 15 bits.
    fn default() -> Self {
        Self { number: 0, width: PictureIdWidth::Bits15 }
    }
}

impl Tl0PicIdx {
    /// The next picture of the base layer.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::PictureIdWidth::{Bits7, Bits15};
    use super::*;

    fn id(number: u16, width: PictureIdWidth) -> PictureId {
        PictureId::new(number, width).unwrap()
    }

    #[test]
    fn ids_wrap_within_their_width() {
        assert_eq!(PictureId::new(128, Bits7), None);
        assert_eq!(PictureId::new(0x8000, Bits15), None);
        assert_eq!(id(127, Bits7).next(), id(0, Bits7));
        assert_eq!(id(127, Bits15).next(), id(128, Bits15));
        assert_eq!(id(0x7fff, Bits15).next(), id(0, Bits15));
        assert_eq!(id(5, Bits7).with_number(0x1bbf), id(0x3f, Bits7));
    }

    #[test]
    fn every_id_is_read_as_it_is_written() {
        for width in [Bits7, Bits15] {
            for number in 0..=width.max() {
                let bytes = id(number, width).to_bytes();
                let mut rest = &bytes[..width.bytes()];
                assert_eq!(PictureId::read(&mut rest), Some(id(number, width)));
                assert!(rest.is_empty());
            }
        }
        assert_eq!(PictureId::read(&mut &[][..]), None);
        assert_eq!(PictureId::read(&mut &[0x80][..]), None);
    }

    #[test]
    fn distances_go_the_shorter_way_around() {
        assert_eq!(id(2, Bits15).since(id(0x7ffe, Bits15)), 4);
        assert_eq!(id(0x7ffe, Bits15).since(id(2, Bits15)), -4);
        assert_eq!(id(3, Bits7).since(id(125, Bits7)), 6);
        // From 7 to 15 bits the number goes on as it is, and back its low bits do.
        assert_eq!(id(0x6f, Bits15).since(id(0x6e, Bits7)), 1);
        assert_eq!(id(0x3f, Bits7).since(id(0x1bbe, Bits15)), 1);
    }
}
