//! Packet status chunks (draft-holmer-rmcat-transport-wide-cc-extensions-01, sections 3.1.2 to 3.1.4): the
//! statuses of a run of equal packets, of 14 packets with a bit each, or of 7 with two.

/// Packets a run can count.
pub(crate) const RUN: u16 = 0x1fff;
/// Packets of a vector with a bit each, with two bits each.
pub(crate) const ONE_BIT: u16 = 14;
pub(crate) const TWO_BIT: u16 = 7;

/// What the highest bits of a vector are, and where its symbols lie.
pub(crate) const VECTOR: u16 = 0x8000;
pub(crate) const TWO_BIT_VECTOR: u16 = 0xc000;

/// The statuses of a chunk that were not taken yet. A status is the number of bytes its delta has; 3 is reserved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// The next status in the highest bits.
    symbols: u16,
    /// Bits to shift a status down to the lowest, which is 16 less the bits that it has.
    down: u8,
    /// Bits to shift the next one up: none in a run.
    up: u8,
    len: u16,
}

impl Chunk {
    pub(super) const EMPTY: Self = Self { symbols: 0, down: 14, up: 0, len: 0 };

    /// Reads a chunk of which `most` statuses mean something.
    #[inline]
    pub(super) const fn read(word: [u8; 2], most: u16) -> Self {
        let word = u16::from_be_bytes(word);
        let (symbols, down, up, len) = match word & TWO_BIT_VECTOR {
            TWO_BIT_VECTOR => (word << 2, 14, 2, TWO_BIT),
            VECTOR => (word << 2, 15, 1, ONE_BIT),
            _ => (word << 1, 14, 0, word & RUN),
        };
        Self { symbols, down, up, len: if len < most { len } else { most } }
    }

    #[inline]
    pub(super) const fn len(&self) -> u16 {
        self.len
    }

    /// Takes the next status; there must be one.
    #[inline]
    pub(super) const fn take(&mut self) -> u16 {
        let symbol = self.symbols >> self.down;
        self.symbols <<= self.up;
        self.len -= 1;
        symbol
    }

    /// Bytes of the deltas of its packets; `None` with a reserved status.
    #[inline]
    pub(super) const fn delta_bytes(&self) -> Option<usize> {
        if self.up == 0 {
            return match self.symbols >> 14 {
                3 if self.len > 0 => None,
                symbol => Some(symbol as usize * self.len as usize),
            };
        }
        // What lies beyond the length means nothing.
        let symbols = self.symbols & !u16::MAX.unbounded_shr(self.len as u32 * self.up as u32);
        if self.up == 1 {
            return Some(symbols.count_ones() as usize);
        }
        let (small, large) = (symbols & 0x5555, symbols >> 1 & 0x5555);
        match small & large {
            0 => Some((small.count_ones() + 2 * large.count_ones()) as usize),
            _ => None,
        }
    }
}
