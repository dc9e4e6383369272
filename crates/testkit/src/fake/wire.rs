//! The bytes of a fake packet.

use core::time::Duration;
use moim_media::codec::CodecError;

/// Frames that the deep redundancy of one packet reaches back at most.
pub const MAX_REDUNDANCY: usize = 8;

pub(super) const SILENCE_LEN: usize = 2;

const SOUND: u8 = 0xfa;
const SILENCE: u8 = 0xfb;
const HAS_FEC: u8 = 0x80;
const REDUNDANCY: u8 = 0x0f;
const HEAD_LEN: usize = 3;
const ENTRY_LEN: usize = 6;

/// A playing time in steps of 2.5 ms, up to 120 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Units(u8);

impl Units {
    const MAX: u8 = 48;

    pub(super) fn new(duration: Duration) -> Option<Self> {
        if !duration.as_nanos().is_multiple_of(Self(1).duration().as_nanos()) {
            return None;
        }
        let units = duration.as_nanos() / Self(1).duration().as_nanos();
        Self::from_wire(u8::try_from(units).ok()?)
    }

    pub(super) fn duration(self) -> Duration {
        Duration::from_micros(2_500 * u64::from(self.0))
    }

    fn from_wire(units: u8) -> Option<Self> {
        (1..=Self::MAX).contains(&units).then_some(Self(units))
    }
}

/// One frame of sound: its number and its only sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) frame: u32,
    pub(super) level: i16,
}

impl Entry {
    /// The level as a sample; exact.
    pub(super) fn sample(self) -> f32 {
        f32::from(self.level) / 32_768.0
    }
}

/// Frames before a packet, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    entries: [Entry; MAX_REDUNDANCY],
    len: usize,
}

impl Entries {
    /// Puts `entry` first; the oldest one beyond [`MAX_REDUNDANCY`] is forgotten.
    pub(super) fn push_newest(&mut self, entry: Entry) {
        self.entries.rotate_right(1);
        self.entries[0] = entry;
        self.len = (self.len + 1).min(MAX_REDUNDANCY);
    }

    pub(super) fn newest(&self, count: usize) -> Self {
        let mut newest = Self { len: self.len.min(count), ..*self };
        newest.entries[newest.len..].fill(Entry::default());
        newest
    }

    pub(super) fn as_slice(&self) -> &[Entry] {
        &self.entries[..self.len]
    }
}

/// A packet, parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) units: Units,
    pub(super) content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Silence,
    Sound { own: Entry, fec: Option<Entry>, redundancy: Entries },
}

impl Packet {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        match *bytes {
            [SILENCE, units] => {
                let units = Units::from_wire(units).ok_or(CodecError::Corrupt)?;
                Ok(Self { units, content: Content::Silence })
            }
            [SOUND, flags, units, ref entries @ ..] => {
                let units = Units::from_wire(units).ok_or(CodecError::Corrupt)?;
                let content = parse_sound(flags, entries).ok_or(CodecError::Corrupt)?;
                Ok(Self { units, content })
            }
            _ => Err(CodecError::Corrupt),
        }
    }

    /// Bytes without padding.
    pub(super) fn len(&self) -> usize {
        match &self.content {
            Content::Silence => SILENCE_LEN,
            Content::Sound { fec, redundancy, .. } => {
                HEAD_LEN + ENTRY_LEN * (1 + usize::from(fec.is_some()) + redundancy.as_slice().len())
            }
        }
    }

    /// Writes the packet into the beginning of `bytes`, which hold at least [`len`](Self::len).
    pub(super) fn write(&self, bytes: &mut [u8]) {
        match &self.content {
            Content::Silence => bytes[..SILENCE_LEN].copy_from_slice(&[SILENCE, self.units.0]),
            Content::Sound { own, fec, redundancy } => {
                let has_fec = if fec.is_some() { HAS_FEC } else { 0 };
                let flags = has_fec | redundancy.as_slice().len() as u8;
                bytes[..HEAD_LEN].copy_from_slice(&[SOUND, flags, self.units.0]);
                let entries = core::iter::once(own).chain(fec).chain(redundancy.as_slice());
                for (entry, bytes) in entries.zip(bytes[HEAD_LEN..].chunks_exact_mut(ENTRY_LEN)) {
                    bytes[..4].copy_from_slice(&entry.frame.to_be_bytes());
                    bytes[4..].copy_from_slice(&entry.level.to_be_bytes());
                }
            }
        }
    }
}

fn parse_sound(flags: u8, bytes: &[u8]) -> Option<Content> {
    let count = usize::from(flags & REDUNDANCY);
    if flags & !(HAS_FEC | REDUNDANCY) != 0 || count > MAX_REDUNDANCY {
        return None;
    }
    let (own, bytes) = parse_entry(bytes)?;
    let (fec, mut bytes) = if flags & HAS_FEC != 0 {
        let (entry, rest) = parse_entry(bytes)?;
        (Some(entry), rest)
    } else {
        (None, bytes)
    };
    let mut redundancy = Entries { len: count, ..Entries::default() };
    for slot in &mut redundancy.entries[..count] {
        (*slot, bytes) = parse_entry(bytes)?;
    }
    bytes.iter().all(|&padding| padding == 0).then_some(Content::Sound { own, fec, redundancy })
}

fn parse_entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (&[a, b, c, d, high, low], rest) = bytes.split_first_chunk::<ENTRY_LEN>()?;
    let entry = Entry { frame: u32::from_be_bytes([a, b, c, d]), level: i16::from_be_bytes([high, low]) };
    Some((entry, rest))
}
