//! Which packets of a block belong to which sum (RFC 8627, section 1.1).

use super::{EncoderError, Format};
use crate::fec::{Block, Mask, flexfec03, ulpfec};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU8;

/// Which packets are summed up.
///
/// Rows repair one loss in each, columns a burst as long as a row, both together most of what is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Every `columns` packets one after another (1-D, not interleaved).
    Rows {
        /// L, the packets in a row.
        columns: NonZeroU8,
    },
    /// In a block, the packets that are `columns` apart (1-D, interleaved).
    Columns {
        /// L, the packets in a row, which is as many as there are sums.
        columns: NonZeroU8,
        /// D, the packets in a column, at least 2.
        rows: u8,
    },
    /// Rows and columns of a block (2-D).
    Grid {
        /// L, the packets in a row.
        columns: NonZeroU8,
        /// D, the packets in a column, at least 2.
        rows: u8,
    },
    /// In a block, which ends with [`finish`](super::Encoder::finish) or when all are complete, the packets that each
    /// of these masks chooses by their place in the block. They may be of several sources, as far as the format can
    /// name them, and need not have neighbouring numbers.
    Masks(Vec<Mask>),
}

/// A [`Protection`] that a format can say.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Rows(NonZeroU8),
    Columns(NonZeroU8, u8),
    Grid(NonZeroU8, u8),
    Masks(Box<[Mask]>, u16),
}

/// What a sum can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// One source, any number.
    Block,
    /// As many sources, and as many numbers from the first of each.
    Masks { sources: usize, packets: u16 },
}

impl Plan {
    pub(super) fn new(format: Format, protection: Protection) -> Result<Self, EncoderError> {
        let plan = match protection {
            Protection::Rows { columns } => Self::Rows(columns),
            Protection::Columns { rows, .. } | Protection::Grid { rows, .. } if rows < 2 => {
                return Err(EncoderError::Rows { rows });
            }
            Protection::Columns { columns, rows } => Self::Columns(columns, rows),
            Protection::Grid { columns, rows } => Self::Grid(columns, rows),
            Protection::Masks(masks) => {
                let last = masks.iter().filter_map(|mask| mask.last()).max().ok_or(EncoderError::Nothing)?;
                if masks.iter().any(|mask| mask.is_empty()) {
                    return Err(EncoderError::Nothing);
                }
                Self::Masks(masks.into_boxed_slice(), last + 1)
            }
        };
        match plan.reach(format) {
            Reach::Masks { packets: most, .. } if plan.span() > u32::from(most) => {
                Err(EncoderError::Reach { packets: plan.span(), most })
            }
            _ => Ok(plan),
        }
    }

    pub(super) fn sums(&self) -> usize {
        match self {
            Self::Rows(_) => 1,
            Self::Columns(columns, _) => usize::from(columns.get()),
            Self::Grid(columns, _) => 1 + usize::from(columns.get()),
            Self::Masks(masks, _) => masks.len(),
        }
    }

    /// Packets in a block.
    pub(super) fn packets(&self) -> u16 {
        match self {
            Self::Rows(columns) => u16::from(columns.get()),
            // At most 255 x 255.
            Self::Columns(columns, rows) | Self::Grid(columns, rows) => {
                u16::from(columns.get()) * u16::from(*rows)
            }
            Self::Masks(_, packets) => *packets,
        }
    }

    /// From the first packet of a sum to its last, at most, when numbers are neighbours.
    fn span(&self) -> u32 {
        let column = |columns: NonZeroU8, rows: u8| u32::from(rows - 1) * u32::from(columns.get()) + 1;
        match *self {
            Self::Rows(columns) => u32::from(columns.get()),
            Self::Columns(columns, rows) => column(columns, rows),
            Self::Grid(columns, rows) => column(columns, rows).max(u32::from(columns.get())),
            Self::Masks(ref masks, _) => masks.iter().map(|mask| span(*mask)).max().unwrap_or(0),
        }
    }

    pub(super) fn reach(&self, format: Format) -> Reach {
        match (format, self) {
            (Format::FlexFec, Self::Masks(..)) => {
                Reach::Masks { sources: crate::fec::flexfec::SOURCES, packets: Mask::PACKETS }
            }
            (Format::FlexFec, _) => Reach::Block,
            (Format::FlexFec03, _) => Reach::Masks { sources: 1, packets: flexfec03::PACKETS },
            (Format::UlpFec, _) => Reach::Masks { sources: 1, packets: ulpfec::PACKETS },
        }
    }

    /// How a full sum is said as a row or column, where that is how it is said.
    pub(super) fn block(&self, format: Format, sum: usize) -> Option<Block> {
        match (format, self) {
            (Format::FlexFec, &Self::Rows(columns)) => Some(Block { columns, rows: 0 }),
            (Format::FlexFec, &Self::Grid(columns, _)) if sum == 0 => Some(Block { columns, rows: 1 }),
            (Format::FlexFec, &(Self::Columns(columns, rows) | Self::Grid(columns, rows))) => {
                Some(Block { columns, rows })
            }
            _ => None,
        }
    }

    /// Whether blocks are of packets with neighbouring numbers.
    pub(super) const fn is_regular(&self) -> bool {
        !matches!(self, Self::Masks(..))
    }

    /// Whether the packet at `position` of its block belongs to `sum`.
    pub(super) fn has(&self, sum: usize, position: u16) -> bool {
        let column = |columns: NonZeroU8| usize::from(position % u16::from(columns.get()));
        match self {
            Self::Rows(_) => true,
            Self::Columns(columns, _) => sum == column(*columns),
            Self::Grid(columns, _) => sum == 0 || sum == 1 + column(*columns),
            Self::Masks(masks, _) => masks.get(sum).is_some_and(|mask| mask.contains(position)),
        }
    }

    /// Whether `sum` has all its packets with the one at `position`.
    pub(super) fn completes(&self, sum: usize, position: u16) -> bool {
        let last = |columns: NonZeroU8, rows: u8| {
            position / u16::from(columns.get()) + 1 == u16::from(rows) && self.has(sum, position)
        };
        match self {
            Self::Grid(columns, _) if sum == 0 => (position + 1).is_multiple_of(u16::from(columns.get())),
            Self::Rows(columns) => position + 1 == u16::from(columns.get()),
            Self::Columns(columns, rows) | Self::Grid(columns, rows) => last(*columns, *rows),
            Self::Masks(masks, _) => masks.get(sum).and_then(|mask| mask.last()) == Some(position),
        }
    }
}

fn span(mask: Mask) -> u32 {
    let first = mask.offsets().next().unwrap_or(0);
    mask.last().map_or(0, |last| u32::from(last - first) + 1)
}
