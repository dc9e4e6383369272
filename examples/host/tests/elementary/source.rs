//! What goes in, and whether it came out.

use crate::PATIENCE;
use crate::file::Layout;
use crate::stream::Stream;
use host::Program;
use moim_testkit::foreign::has_ffmpeg;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A stream that ffmpeg encoded, and a folder for what becomes of it.
pub(crate) struct Source {
    folder: PathBuf,
    /// The stream in its file.
    pub(crate) file: PathBuf,
    /// The same: pictures, packets of the codec, or pieces of sound of many sizes.
    pub(crate) units: Vec<Vec<u8>>,
}

impl Source {
    /// `None`, with the reason printed, where ffmpeg or the encoder is missing.
    #[track_caller]
    pub(crate) fn make(stream: &Stream, way: &str) -> Option<Self> {
        if !has_ffmpeg(&[stream.encoder]) {
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("elementary").join(stream.name).join(way);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let file = folder.join("source");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", stream.filter]);
        ffmpeg.args(["-c", stream.encoder]).args(stream.options.split_whitespace());
        ffmpeg.args(["-f", stream.layout.name()]).arg(&file);
        Program::start(&mut ffmpeg).and_then(|ffmpeg| ffmpeg.finish(PATIENCE)).expect("ffmpeg encodes");
        let made = std::fs::read(&file).expect("what ffmpeg wrote");
        let units = stream.layout.units(&made);
        if let Layout::AnnexB = stream.layout {
            // RTP does not tell how long a start code was: all have four bytes, as everybody writes them who receives.
            std::fs::write(&file, units.concat()).expect("a file for the test");
        }
        Some(Self { folder, file, units })
    }

    /// A file of the test.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The stream came through: every unit in its place, or, where units are cut as one likes, every byte.
    pub(crate) fn check(&self, stream: &Stream, came: &[Vec<u8>]) {
        if let Layout::Samples { .. } = stream.layout {
            assert!(came.concat() == self.units.concat(), "{}: other sound", stream.name);
            return;
        }
        let differs = came.iter().zip(&self.units).position(|(came, sent)| came != sent);
        assert_eq!(differs, None, "{}: the first unit that differs", stream.name);
        assert_eq!(came.len(), self.units.len(), "{}: the number of units", stream.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packets::MTU;
    use crate::stream::{H264, OPUS_20, OPUS_60, VP8};
    use moim_media::codec::FrameKind;
    use moim_rtp::payload::h264::{NalKind, NalUnit, nal_units};
    use moim_rtp::payload::vp8::FrameHeader;

    fn is_long(unit: &[u8]) -> bool {
        unit.len() > MTU
    }

    #[test]
    fn pictures_of_h264_have_parameter_sets_slices_and_fragments() {
        let Some(source) = Source::make(&H264, "itself") else { return };
        assert_eq!(source.units.len(), 40);
        for (index, unit) in source.units.iter().enumerate() {
            let kinds: Vec<_> = nal_units(unit).map(NalUnit::kind).collect();
            let slices = [if index % 15 == 0 { NalKind::Idr } else { NalKind::Slice }; 3];
            let sets = [NalKind::SequenceParameters, NalKind::PictureParameters];
            assert!(kinds.ends_with(&slices), "{kinds:?}");
            assert_eq!(kinds.starts_with(&sets), index % 15 == 0, "{kinds:?}");
        }
        let long = |unit: &Vec<u8>| nal_units(unit).any(|nal| is_long(nal.as_bytes()));
        assert!(source.units.iter().any(long));
    }

    #[test]
    fn pictures_of_vp8_are_long_and_short() {
        let Some(source) = Source::make(&VP8, "itself") else { return };
        assert_eq!(source.units.len(), 40);
        let is_key = |unit: &Vec<u8>| FrameHeader::parse(unit).is_some_and(|it| it.kind == FrameKind::Key);
        assert!(source.units.iter().filter(|unit| is_key(unit)).count() >= 3);
        let long = source.units.iter().filter(|unit| is_long(unit)).count();
        assert!((1..40).contains(&long), "{long} long ones");
    }

    #[test]
    fn packets_of_opus_are_as_many_as_their_length_says() {
        for (stream, least) in [(OPUS_20, 140), (OPUS_60, 47)] {
            let Some(source) = Source::make(&stream, "itself") else { return };
            assert!((least..least + 3).contains(&source.units.len()), "{} packets", source.units.len());
        }
    }
}
