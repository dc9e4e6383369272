//! One fragment: where its samples are and when (`moof`), and their bytes (`mdat`); ISO/IEC 14496-12, 8.8.4 to 8.8.12.

use super::track::{SAMPLES, Samples, WaitingSample};
use mp4_atom::{Atom, BufMut, Encode, Mfhd, Moof, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples};
use std::io::{self, Write};

pub(super) const PICTURE_TRACK: u32 = 1;
pub(super) const SOUND_TRACK: u32 = 2;

/// Sample flags (8.8.3.1): it depends on no other sample.
pub(super) const KEY: u32 = 0x0200_0000;
/// Sample flags: it depends on others, and nothing can begin with it.
const DELTA: u32 = 0x0101_0000;

/// Makes fragments; its memory serves again for each.
#[derive(Debug)]
pub(super) struct Fragments {
    sequence: u32,
    picture: Traf,
    sound: Traf,
    head: Vec<u8>,
}

impl Fragments {
    pub(super) fn new() -> Self {
        Self {
            sequence: 0,
            picture: traf(PICTURE_TRACK),
            sound: traf(SOUND_TRACK),
            head: Vec::with_capacity(HEAD),
        }
    }

    /// Writes a fragment of `pictures` and `sound`, and nothing if both are empty.
    pub(super) fn write(
        &mut self,
        into: &mut impl Write,
        pictures: Samples<'_>,
        sound: Samples<'_>,
    ) -> io::Result<()> {
        if pictures.samples.is_empty() && sound.samples.is_empty() {
            return Ok(());
        }
        self.sequence = self.sequence.wrapping_add(1);
        describe(&mut self.picture, pictures.samples, |sample| TrunEntry {
            duration: Some(sample.duration),
            size: Some(sample.size),
            flags: Some(if sample.key { KEY } else { DELTA }),
            cts: None,
        });
        describe(&mut self.sound, sound.samples, |sample| TrunEntry {
            duration: Some(sample.duration),
            size: Some(sample.size),
            flags: None,
            cts: None,
        });
        // The first time only tells how long it becomes: offsets count from its beginning.
        self.encode_head()?;
        let pictures_at = self.head.len() + MDAT_HEADER;
        place(&mut self.picture, pictures_at)?;
        place(&mut self.sound, pictures_at + pictures.bytes.len())?;
        self.encode_head()?;
        let size = MDAT_HEADER + pictures.bytes.len() + sound.bytes.len();
        let size = u32::try_from(size).map_err(io::Error::other)?;
        self.head.extend_from_slice(&size.to_be_bytes());
        self.head.extend_from_slice(b"mdat");
        into.write_all(&self.head)?;
        into.write_all(pictures.bytes)?;
        into.write_all(sound.bytes)
    }

    fn encode_head(&mut self) -> io::Result<()> {
        let Self { sequence, picture, sound, head } = self;
        head.clear();
        head.encode_atom(Moof::KIND, |head| {
            Mfhd { sequence_number: *sequence }.encode(head)?;
            for traf in [picture, sound] {
                if traf.trun.iter().any(|run| !run.samples.is_empty()) {
                    traf.encode(head)?;
                }
            }
            Ok(())
        })
        .map_err(io::Error::other)
    }
}

/// Bytes before those of the samples at most: duration, size and flags of each, and the boxes around them.
const HEAD: usize = 2 * SAMPLES * 12 + 256;

/// Size and name.
const MDAT_HEADER: usize = 8;

fn traf(track_id: u32) -> Traf {
    Traf {
        tfhd: Tfhd { track_id, default_base_is_moof: true, ..Tfhd::default() },
        tfdt: Some(Tfdt::default()),
        trun: vec![Trun {
            data_offset: Some(0),
            samples: TrunSamples::Explicit(Vec::with_capacity(SAMPLES)),
        }],
        ..Traf::default()
    }
}

fn describe(traf: &mut Traf, samples: &[WaitingSample], entry: impl Fn(&WaitingSample) -> TrunEntry) {
    if let (Some(first), Some(tfdt)) = (samples.first(), &mut traf.tfdt) {
        tfdt.base_media_decode_time = first.time;
    }
    for run in &mut traf.trun {
        if let TrunSamples::Explicit(entries) = &mut run.samples {
            entries.clear();
            entries.extend(samples.iter().map(&entry));
        }
    }
}

fn place(traf: &mut Traf, offset: usize) -> io::Result<()> {
    let offset = i32::try_from(offset).map_err(io::Error::other)?;
    traf.trun.iter_mut().for_each(|run| run.data_offset = Some(offset));
    Ok(())
}
