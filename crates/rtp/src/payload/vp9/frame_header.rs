//! How a frame of VP9 begins (VP9 bit stream, section 6.2).

use moim_media::VideoSize;

/// What can be told of a frame from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The profile, 0 … 3: which samples a picture may have; 0 is 8 bits, 4:2:0.
    pub profile: u8,
    /// Whether the frame is to be shown; one that is not is only referred to.
    pub shown: bool,
    /// How the frame is coded.
    pub coding: Coding,
}

/// How a frame is coded. Where the bytes of its size are not all there, or it is larger than a [`VideoSize`] can be,
/// it is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// By itself, and so that nothing before it is of any use any more.
    Key {
        /// The frame's size.
        size: Option<VideoSize>,
    },
    /// By itself; but frames behind it may build on frames before it.
    IntraOnly {
        /// The frame's size.
        size: Option<VideoSize>,
    },
    /// Building on frames before it.
    Inter,
    /// Not at all: a frame before it is to be shown.
    Existing,
}

const FRAME_MARKER: u32 = 0b10;
const SYNC_CODE: u32 = 0x49_83_42;
const RGB: u32 = 7;

impl FrameHeader {
    /// Reads the beginning of a frame – of the first one where it is a superframe. `None` when there is none, or it is
    /// not of VP9.
    #[must_use]
    pub fn parse(frame: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes: frame, at: 0 };
        let marker = bits.take(2)?;
        let profile = u8::try_from(bits.take(1)? | bits.take(1)? << 1).ok()?;
        let is_reserved = profile == 3 && bits.take(1)? == 1;
        if marker != FRAME_MARKER || is_reserved {
            return None;
        }
        if bits.take(1)? == 1 {
            return Some(Self { profile, shown: true, coding: Coding::Existing });
        }
        let is_key = bits.take(1)? == 0;
        let shown = bits.take(1)? == 1;
        let is_resilient = bits.take(1)? == 1;
        let size = if is_key {
            key_size(&mut bits, profile)
        } else {
            intra_only_size(&mut bits, profile, shown, is_resilient)
        };
        let coding = match size {
            Ok(size) if is_key => Coding::Key { size },
            Err(Stop::BreaksOff) if is_key => Coding::Key { size: None },
            Ok(size) => Coding::IntraOnly { size },
            Err(Stop::BreaksOff) => Coding::IntraOnly { size: None },
            Err(Stop::Inter) => Coding::Inter,
            Err(Stop::Wrong) => return None,
        };
        Some(Self { profile, shown, coding })
    }
}

/// Why there is no size.
enum Stop {
    BreaksOff,
    Inter,
    Wrong,
}

fn key_size(bits: &mut Bits<'_>, profile: u8) -> Result<Option<VideoSize>, Stop> {
    sync_code(bits)?;
    color_config(bits, profile)?;
    frame_size(bits)
}

fn intra_only_size(
    bits: &mut Bits<'_>,
    profile: u8,
    shown: bool,
    is_resilient: bool,
) -> Result<Option<VideoSize>, Stop> {
    let is_intra_only = !shown && bits.take(1).ok_or(Stop::BreaksOff)? == 1;
    if !is_intra_only {
        return Err(Stop::Inter);
    }
    if !is_resilient {
        bits.take(2).ok_or(Stop::BreaksOff)?;
    }
    sync_code(bits)?;
    if profile > 0 {
        color_config(bits, profile)?;
    }
    bits.take(8).ok_or(Stop::BreaksOff)?;
    frame_size(bits)
}

/// Its bytes as far as there are any.
fn sync_code(bits: &mut Bits<'_>) -> Result<(), Stop> {
    for shift in [16, 8, 0] {
        if bits.take(8).ok_or(Stop::BreaksOff)? != SYNC_CODE >> shift & 0xff {
            return Err(Stop::Wrong);
        }
    }
    Ok(())
}

fn color_config(bits: &mut Bits<'_>, profile: u8) -> Result<(), Stop> {
    let mut take = |count| bits.take(count).ok_or(Stop::BreaksOff);
    let has_subsampling = profile & 1 == 1;
    if profile >= 2 {
        take(1)?;
    }
    if take(3)? == RGB {
        return match has_subsampling {
            true if take(1)? == 0 => Ok(()),
            _ => Err(Stop::Wrong),
        };
    }
    take(1)?;
    if has_subsampling {
        let is_yuv420 = take(2)? == 0b11;
        if is_yuv420 || take(1)? == 1 {
            return Err(Stop::Wrong);
        }
    }
    Ok(())
}

fn frame_size(bits: &mut Bits<'_>) -> Result<Option<VideoSize>, Stop> {
    let width = bits.take(16).ok_or(Stop::BreaksOff)? + 1;
    let height = bits.take(16).ok_or(Stop::BreaksOff)? + 1;
    let (width, height) = (u16::try_from(width), u16::try_from(height));
    Ok(width.ok().zip(height.ok()).and_then(|(width, height)| VideoSize::new(width, height)))
}

/// Bits from the highest of each byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `count` bits; `None` when there are not so many.
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for at in self.at..self.at + count {
            let byte = self.bytes.get(at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - at % 8) & 1);
        }
        self.at += count;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As libvpx begins a key frame of 320 × 180 in profile 0.
    const KEY: [u8; 10] = [0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36, 0x00];

    fn header(coding: Coding) -> FrameHeader {
        FrameHeader { profile: 0, shown: true, coding }
    }

    #[test]
    fn a_key_frame_has_a_size() {
        let size = VideoSize::new(320, 180);
        assert_eq!(FrameHeader::parse(&KEY), Some(header(Coding::Key { size })));
        for len in 1..9 {
            let cut = FrameHeader::parse(&KEY[..len]);
            assert_eq!(cut, Some(header(Coding::Key { size: None })), "{len}");
        }
    }

    /// Numbers of so many bits behind one another, and zeros.
    fn bits(fields: &[(u32, u32)]) -> [u8; 16] {
        let (value, len) = fields.iter().fold((0_u128, 0), |(value, len), &(field, bits)| {
            (value << bits | u128::from(field), len + bits)
        });
        (value << (128 - len)).to_be_bytes()
    }

    const SYNC: (u32, u32) = (SYNC_CODE, 24);
    const SIZE: [(u32, u32); 2] = [(319, 16), (179, 16)];

    #[test]
    fn every_profile_has_its_own_layout() {
        // Marker, profile, nothing existing, a key frame, shown, not resilient.
        let frame = |profile: u32, colors: &[(u32, u32)]| {
            let reserved = if profile == 3 { 1 } else { 0 };
            let start =
                [(2, 2), (profile & 1, 1), (profile >> 1, 1), (0, reserved), (0, 2), (1, 1), (0, 1), SYNC];
            bits(&[&start, colors, &SIZE].concat())
        };
        // More than 8 bits, color space, range, subsampling, reserved; where the profile has them.
        for (profile, colors) in [
            (0, &[(2, 3), (1, 1)][..]),
            (1, &[(3, 3), (1, 1), (0, 2), (0, 1)]),
            (1, &[(RGB, 3), (0, 1)]),
            (2, &[(0, 1), (1, 3), (0, 1)]),
            (3, &[(1, 1), (1, 3), (0, 1), (2, 2), (0, 1)]),
        ] {
            let coding = Coding::Key { size: VideoSize::new(320, 180) };
            let expected = FrameHeader { profile: profile as u8, shown: true, coding };
            assert_eq!(FrameHeader::parse(&frame(profile, colors)), Some(expected), "{profile}");
        }
        for (profile, colors) in [
            (0, &[(RGB, 3), (0, 1)][..]),
            (1, &[(RGB, 3), (1, 1)]),
            (1, &[(3, 3), (1, 1), (3, 2), (0, 1)]),
            (3, &[(1, 1), (1, 3), (0, 1), (2, 2), (1, 1)]),
        ] {
            assert_eq!(FrameHeader::parse(&frame(profile, colors)), None, "{profile}");
        }
    }

    #[test]
    fn other_frames_are_told_apart() {
        assert_eq!(FrameHeader::parse(&[0x86, 0, 0x40]), Some(header(Coding::Inter)));
        assert_eq!(FrameHeader::parse(&[0x88]), Some(header(Coding::Existing)));
        let hidden = FrameHeader { shown: false, ..header(Coding::Inter) };
        assert_eq!(FrameHeader::parse(&[0x84, 0]), Some(hidden));
        // Not shown, not resilient, intra only, which contexts to reset; behind the sync code the slots to refresh.
        let coding = Coding::IntraOnly { size: VideoSize::new(320, 180) };
        let expected = FrameHeader { shown: false, ..header(coding) };
        let start = [(2, 2), (0, 2), (0, 1), (1, 1), (0, 1), (0, 1), (1, 1), (0, 2), SYNC, (0xff, 8)];
        assert_eq!(FrameHeader::parse(&bits(&[&start[..], &SIZE].concat())), Some(expected));
        // Resilient: no contexts. Profile 2: its colors.
        let start = [(2, 2), (0, 1), (1, 1), (0, 1), (1, 1), (0, 1), (1, 1), (1, 1), SYNC];
        let colors = [(0, 1), (1, 3), (0, 1), (0xff, 8)];
        let expected = FrameHeader { profile: 2, ..expected };
        assert_eq!(FrameHeader::parse(&bits(&[&start[..], &colors, &SIZE].concat())), Some(expected));
    }

    #[test]
    fn what_is_not_vp9_is_none() {
        let mut damaged = KEY;
        damaged[2] = 0x82;
        // No marker, profile 3 with the reserved bit, RGB in profile 0.
        let rgb = [0x82, 0x49, 0x83, 0x42, 0xe0, 0, 0, 0, 0, 0];
        for frame in [&damaged[..], &damaged[..3], &[0x42, 0x49], &[0xb8, 0], &rgb, &[]] {
            assert_eq!(FrameHeader::parse(frame), None, "{frame:?}");
        }
        let mut widest = KEY;
        widest[4..9].copy_from_slice(&[0x0f, 0xff, 0xf0, 0x0b, 0x30]);
        assert_eq!(FrameHeader::parse(&widest), Some(header(Coding::Key { size: None })));
    }
}
