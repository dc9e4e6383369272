//! The parameter sets that came so far (ITU-T H.264, 7.4.1.2.1), and which of them OpenH264 knows.

use crate::nal::Nal;
use crate::parameters::{PICTURES, Picture, SEQUENCES, Sequence};
use moim_media::VideoSize;
use moim_media::codec::CodecError;

/// A set is no longer than this: 24 bytes are usual, 300 possible.
const MOST_BYTES: usize = 512;

/// Every parameter set under its number; a later one replaces an earlier.
///
/// A set that comes again unchanged, as with every key frame, allocates nothing.
#[derive(Debug)]
pub(crate) struct ParameterSets {
    sequences: Box<[Option<Set<Sequence>>]>,
    pictures: Box<[Option<Set<Picture>>]>,
}

/// A parameter set as it came.
#[derive(Debug)]
struct Set<T> {
    read: T,
    nal: Box<[u8]>,
    /// Whether OpenH264 has been given it.
    known: bool,
}

impl<T> Set<T> {
    /// Puts a set in its place, unless it is there.
    fn put(place: &mut Option<Self>, read: T, nal: &[u8]) {
        if place.as_ref().is_none_or(|set| *set.nal != *nal) {
            *place = Some(Self { read, nal: nal.into(), known: false });
        }
    }
}

impl ParameterSets {
    pub(crate) fn new() -> Self {
        let sequences = (0..SEQUENCES).map(|_| None).collect();
        let pictures = (0..PICTURES).map(|_| None).collect();
        Self { sequences, pictures }
    }

    /// Takes in a sequence parameter set whose size of a picture, in macroblocks, `fits`.
    ///
    /// # Errors
    ///
    /// Those of [`Sequence::parse`], and [`CodecError::FrameSize`].
    pub(crate) fn take_sequence(
        &mut self,
        nal: Nal<'_>,
        fits: impl FnOnce(VideoSize) -> bool,
    ) -> Result<(), CodecError> {
        let sequence = Sequence::parse(short(nal)?.body())?;
        if !fits(sequence.macroblocks) {
            // Whatever follows under this number is not meant for the set that was there.
            self.sequences[sequence.id] = None;
            let size = sequence.shown.width() * sequence.shown.height();
            return Err(CodecError::FrameSize { size });
        }
        Set::put(&mut self.sequences[sequence.id], sequence, nal.bytes());
        Ok(())
    }

    /// Takes in a picture parameter set.
    ///
    /// # Errors
    ///
    /// Those of [`Picture::parse`].
    pub(crate) fn take_picture(&mut self, nal: Nal<'_>) -> Result<(), CodecError> {
        let picture = Picture::parse(short(nal)?.body())?;
        Set::put(&mut self.pictures[picture.id], picture, nal.bytes());
        Ok(())
    }

    /// The sequence that picture parameter set `picture` belongs to, if both sets came.
    pub(crate) fn sequence_of(&self, picture: usize) -> Option<Sequence> {
        let picture = self.pictures.get(picture)?.as_ref()?.read;
        Some(self.sequences.get(picture.sequence)?.as_ref()?.read)
    }

    /// Whether OpenH264 has been given this sequence parameter set; of all sequences, it knows at most one.
    pub(crate) fn is_known(&self, sequence: usize) -> bool {
        self.sequences.get(sequence).is_some_and(|set| set.as_ref().is_some_and(|set| set.known))
    }

    /// OpenH264 begins anew and knows none.
    pub(crate) fn forget_known(&mut self) {
        self.sequences.iter_mut().flatten().for_each(|set| set.known = false);
        self.pictures.iter_mut().flatten().for_each(|set| set.known = false);
    }

    /// The sequence parameter set for OpenH264, unless it knows it.
    pub(crate) fn tell_sequence(&mut self, id: usize) -> Option<&[u8]> {
        tell(self.sequences.get_mut(id)?)
    }

    /// The picture parameter set for OpenH264, unless it knows it.
    pub(crate) fn tell_picture(&mut self, id: usize) -> Option<&[u8]> {
        tell(self.pictures.get_mut(id)?)
    }
}

fn tell<T>(place: &mut Option<Set<T>>) -> Option<&[u8]> {
    let set = place.as_mut().filter(|set| !set.known)?;
    set.known = true;
    Some(&set.nal)
}

fn short(nal: Nal<'_>) -> Result<Nal<'_>, CodecError> {
    if nal.bytes().len() > MOST_BYTES { Err(CodecError::Corrupt) } else { Ok(nal) }
}
