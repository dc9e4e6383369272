//! ULPFEC (RFC 5109): sums of packets that protect the beginning of each packet more than its end.
//!
//! In WebRTC it travels inside of RED (RFC 2198), in the stream that it protects; what is read here is the payload
//! of such a block. There its one level protects packets whole.

mod parameters;

pub use parameters::{Levels, Parameters};

use super::header::{Reader, Sink};
use super::{HeaderError, Mask, Recovery, RepairError};
use moim_media::Seq;

/// The name in `a=rtpmap`; its clock rate is that of the stream that is protected.
pub const ENCODING_NAME: &str = "ulpfec";
/// How many packets a mask reaches.
pub const PACKETS: u16 = 48;
/// How many levels of protection are read.
pub const LEVELS: usize = 8;

const LONG_MASK: u8 = 0x40;
const SHORT: u16 = 16;

/// Sums of packets: a view over the bytes it came in, checked by [`read`].
#[derive(Clone, Copy, Debug)]
pub struct Repair<'a> {
    recovery: Recovery,
    base: Seq,
    masks: Masks,
    levels: &'a [u8],
}

/// How long the masks of a packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Masks {
    Short,
    Long,
}

/// One part of the packets, summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level<'a> {
    /// The packets, counted from the base.
    pub packets: Mask,
    /// Where the part begins, in bytes behind the fixed header of each packet.
    pub start: usize,
    /// The sum of the parts.
    pub body: &'a [u8],
}

/// Reads a payload (section 7).
///
/// # Errors
///
/// [`RepairError`] when it breaks off or has more than [`LEVELS`] levels.
pub fn read(payload: &[u8]) -> Result<Repair<'_>, RepairError> {
    let mut reader = Reader::new(payload);
    let [flags, kind, s0, s1, t0, t1, t2, t3, l0, l1] = reader.array()?;
    let repair = Repair {
        recovery: Recovery::of_bytes([flags, kind, l0, l1, t0, t1, t2, t3]),
        base: Seq(u16::from_be_bytes([s0, s1])),
        masks: if flags & LONG_MASK == 0 { Masks::Short } else { Masks::Long },
        levels: reader.rest(),
    };
    repair.masks.read(&mut reader)?;
    for _ in 1..LEVELS {
        if reader.rest().is_empty() {
            return Ok(repair);
        }
        repair.masks.read(&mut reader)?;
    }
    if reader.rest().is_empty() { Ok(repair) } else { Err(RepairError::Levels { most: LEVELS }) }
}

impl Masks {
    fn read<'a>(self, reader: &mut Reader<'a>) -> Result<(Mask, &'a [u8]), RepairError> {
        let [l0, l1, m0, m1] = reader.array()?;
        let mut bits = u128::from(u16::from_be_bytes([m0, m1])) << 112;
        if self == Self::Long {
            bits |= u128::from(u32::from_be_bytes(reader.array()?)) << 80;
        }
        let body = reader.bytes(usize::from(u16::from_be_bytes([l0, l1])))?;
        Ok((Mask::of_wire(bits), body))
    }
}

impl<'a> Repair<'a> {
    /// The number from which the masks count.
    #[must_use]
    pub const fn base(&self) -> Seq {
        self.base
    }

    /// The sum of the fixed headers of the packets of the first level.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The parts that are summed up, each where the one before ends; at least one.
    pub fn levels(&self) -> impl Iterator<Item = Level<'a>> + use<'a> {
        let (mut reader, masks, mut start) = (Reader::new(self.levels), self.masks, 0);
        core::iter::from_fn(move || {
            let (packets, body) = masks.read(&mut reader).ok()?;
            let level = Level { packets, start, body };
            start += body.len();
            Some(level)
        })
    }
}

/// Writes the header of a payload and those of its `levels` with their sums into the beginning of `into`, and
/// returns its length. Each level begins where the one before ends, whatever its `start` says.
///
/// # Errors
///
/// [`HeaderError`] when a mask reaches farther than [`PACKETS`], a sum is longer than 65 535 bytes or there is none,
/// or all does not fit.
pub fn write(
    recovery: Recovery,
    base: Seq,
    levels: &[Level<'_>],
    into: &mut [u8],
) -> Result<usize, HeaderError> {
    if !(1..=LEVELS).contains(&levels.len()) {
        return Err(HeaderError::Levels { count: levels.len() });
    }
    let last = levels.iter().filter_map(|level| level.packets.last()).max().unwrap_or(0);
    let masks = if last < SHORT { Masks::Short } else { Masks::Long };
    let mut sink = Sink::new(into);
    write_fixed(recovery, base, masks, &mut sink);
    for level in levels {
        masks.write(level.packets, level.body.len(), &mut sink)?;
        sink.put(level.body);
    }
    sink.finish()
}

/// Writes all that is before the sum of the only level, `len` bytes.
pub(super) fn write_header(
    recovery: Recovery,
    base: Seq,
    packets: Mask,
    len: usize,
    into: &mut [u8],
) -> Result<usize, HeaderError> {
    let masks = if packets.last().is_none_or(|last| last < SHORT) { Masks::Short } else { Masks::Long };
    let mut sink = Sink::new(into);
    write_fixed(recovery, base, masks, &mut sink);
    masks.write(packets, len, &mut sink)?;
    sink.finish()
}

fn write_fixed(recovery: Recovery, base: Seq, masks: Masks, sink: &mut Sink<'_>) {
    let [mut flags, kind, l0, l1, t0, t1, t2, t3] = recovery.bytes();
    if masks == Masks::Long {
        flags |= LONG_MASK;
    }
    let [s0, s1] = base.0.to_be_bytes();
    sink.put(&[flags, kind, s0, s1, t0, t1, t2, t3, l0, l1]);
}

impl Masks {
    fn write(self, mask: Mask, len: usize, sink: &mut Sink<'_>) -> Result<(), HeaderError> {
        let len = u16::try_from(len).map_err(|_| HeaderError::Body { len })?;
        if let Some(offset) = mask.last().filter(|&last| last >= PACKETS) {
            return Err(HeaderError::OutOfReach { offset });
        }
        let [m0, m1, m2, m3, m4, m5, ..] = mask.wire().to_be_bytes();
        sink.put(&len.to_be_bytes());
        match self {
            Self::Short => sink.put(&[m0, m1]),
            Self::Long => sink.put(&[m0, m1, m2, m3, m4, m5]),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
