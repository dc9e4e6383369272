//! How elementary streams lie in files.

use moim_rtp::payload::h264::{NalKind, nal_units};

#[derive(Clone, Copy)]
pub(crate) enum Layout {
    /// H.264 behind start codes (ITU-T H.264, annex B).
    AnnexB,
    /// Pictures, each behind its length.
    Ivf,
    /// Packets in pages (RFC 3533).
    Ogg,
    /// Nothing but samples, in this format of ffmpeg's; to read it, ffmpeg has to be told more.
    Samples { format: &'static str, read_as: &'static str },
}

impl Layout {
    /// As ffmpeg calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AnnexB => "h264",
            Self::Ivf => "ivf",
            Self::Ogg => "ogg",
            Self::Samples { format, .. } => format,
        }
    }

    /// What ffmpeg has to be told to read it.
    pub(crate) fn read_as(self) -> &'static str {
        match self {
            Self::AnnexB => "-framerate 15",
            Self::Ivf | Self::Ogg => "",
            Self::Samples { read_as, .. } => read_as,
        }
    }

    /// Whether a file holds the units and nothing else, so that the same units are the same file.
    pub(crate) fn is_bare(self) -> bool {
        matches!(self, Self::AnnexB | Self::Samples { .. })
    }

    /// What is in a file.
    pub(crate) fn units(self, file: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::AnnexB => access_units(file),
            Self::Ivf => ivf(file),
            Self::Ogg => ogg(file),
            Self::Samples { .. } => pieces(file),
        }
    }
}

/// Access units without delimiters: a new one begins with what may come first, once the last has a picture (ITU-T
/// H.264, section 7.4.1.2.3). Start codes have four bytes.
fn access_units(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut units, mut unit, mut has_picture) = (Vec::new(), Vec::new(), false);
    for nal in nal_units(file) {
        let may_be_first = match nal.kind() {
            NalKind::Sei | NalKind::SequenceParameters | NalKind::PictureParameters => true,
            _ => nal.first_mb_in_slice() == Some(0),
        };
        if may_be_first && has_picture {
            units.push(std::mem::take(&mut unit));
            has_picture = false;
        }
        has_picture |= nal.kind().is_slice();
        unit.extend([0, 0, 0, 1]);
        unit.extend(nal.as_bytes());
    }
    units.push(unit);
    units
}

/// Behind 32 bytes, each picture behind its length and 8 bytes of time.
fn ivf(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut units) = (&file[32..], Vec::new());
    while let Some((&len, behind)) = rest.split_first_chunk() {
        let (unit, behind) = behind[8..].split_at(u32::from_le_bytes(len) as usize);
        units.push(unit.to_vec());
        rest = behind;
    }
    units
}

/// The packets behind the two headers (RFC 7845, section 3) of a file with one stream.
fn ogg(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut packets, mut packet) = (file, Vec::new(), Vec::new());
    while let Some((header, behind)) = rest.split_at_checked(27) {
        assert_eq!(header[..5], *b"OggS\0");
        let (lengths, mut behind) = behind.split_at(header[26].into());
        for &len in lengths {
            packet.extend_from_slice(behind.split_off(..usize::from(len)).expect("a whole page"));
            // A packet goes on for as long as the lengths are the greatest there is.
            if len < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        rest = behind;
    }
    let headers: Vec<_> = packets.drain(..2).collect();
    assert!(headers[0].starts_with(b"OpusHead") && headers[1].starts_with(b"OpusTags"));
    packets
}

/// Sound may be cut anywhere: into 20 ms, and all kinds of lengths.
fn pieces(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for len in [160, 80, 240, 1, 480, 333, 588, 2].into_iter().cycle() {
        let Some(piece) = file.split_off(..len) else { break };
        pieces.push(piece.to_vec());
    }
    pieces.push(file.to_vec());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
