//! The head of a file: what tracks it has (`ftyp` and `moov`; ISO/IEC 14496-12, 14496-15, and Opus in ISOBMFF).

use super::fragment::{KEY, PICTURE_TRACK, SOUND_TRACK};
use crate::nal::{self, NalKind};
use crate::sps::{self, PictureFormat};
use crate::ticks::{PICTURE_RATE, SOUND_RATE};
use crate::{Mp4Config, SoundConfig};
use moim_media::VideoSize;
use mp4_atom::{
    Audio, Avc3, Avcc, AvccExt, Codec, Dinf, Dops, Dref, Edts, Elst, ElstEntry, Encode, Ftyp, Hdlr, Mdhd,
    Mdia, Minf, Moov, Mvex, Mvhd, Opus, Smhd, Stbl, Stco, Stsd, Tkhd, Trak, Trex, Url, Visual, Vmhd,
};
use std::io;

/// Ticks per second of the movie as a whole; only edit lists count in it.
const MOVIE_RATE: u32 = 1_000;

/// The parameter sets that the first key frame brought.
#[derive(Debug)]
pub(super) struct ParameterSets {
    sequence: Vec<u8>,
    picture: Vec<u8>,
}

impl ParameterSets {
    /// `None` unless both are there.
    pub(super) fn find(access_unit: &[u8]) -> Option<Self> {
        let find =
            |kind| nal::annex_b(access_unit).find(|unit| NalKind::of(unit) == kind).map(<[u8]>::to_vec);
        let sequence = find(NalKind::SequenceParameterSet)?;
        Some(Self { sequence, picture: find(NalKind::PictureParameterSet)? })
    }

    /// The decoder configuration (14496-15, 5.3.3.1); `None` when the sets do not go into one.
    fn configuration(&self, format: Option<PictureFormat>) -> Option<Avcc> {
        let fits = |set: &[u8]| u16::try_from(set.len()).is_ok();
        if !fits(&self.sequence) || !fits(&self.picture) {
            return None;
        }
        let configuration = Avcc::new(&self.sequence, &self.picture).ok()?;
        let ext = format.filter(|format| format.high).map(|format| AvccExt {
            chroma_format: format.chroma,
            bit_depth_luma: format.luma_bits,
            bit_depth_chroma: format.chroma_bits,
            sequence_parameter_sets_ext: Vec::new(),
        });
        Some(Avcc { ext, ..configuration })
    }
}

/// The bytes of `ftyp` and `moov`. Without parameter sets the picture track is announced as Constrained Baseline of
/// the configured size; `avc3` lets them come in band, then as later.
pub(super) fn encode(config: &Mp4Config, parameter_sets: Option<&ParameterSets>) -> io::Result<Vec<u8>> {
    let picture = config.picture.map(|size| picture_track(size, parameter_sets));
    let sound = config.sound.map(sound_track);
    let track = |track_id, default_sample_flags| Trex {
        track_id,
        default_sample_description_index: 1,
        default_sample_flags,
        ..Trex::default()
    };
    let announced =
        [picture.as_ref().map(|_| track(PICTURE_TRACK, 0)), sound.as_ref().map(|_| track(SOUND_TRACK, KEY))];
    let moov = Moov {
        mvhd: Mvhd {
            timescale: MOVIE_RATE,
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: SOUND_TRACK + 1,
            ..Mvhd::default()
        },
        mvex: Some(Mvex { mehd: None, trex: announced.into_iter().flatten().collect() }),
        trak: [picture, sound].into_iter().flatten().collect(),
        ..Moov::default()
    };
    let ftyp = Ftyp {
        major_brand: b"iso6".into(),
        minor_version: 0,
        compatible_brands: vec![b"iso6".into(), b"mp41".into()],
    };
    let mut bytes = Vec::new();
    ftyp.encode(&mut bytes).and_then(|()| moov.encode(&mut bytes)).map_err(io::Error::other)?;
    Ok(bytes)
}

fn picture_track(configured: VideoSize, parameter_sets: Option<&ParameterSets>) -> Trak {
    let format = parameter_sets.and_then(|sets| sps::parse(&sets.sequence));
    let size = format.map_or(configured, |format| format.size);
    // A `VideoSize` has sides of 16 bits.
    let (width, height) = (size.width() as u16, size.height() as u16);
    let in_band = Avcc {
        configuration_version: 1,
        avc_profile_indication: 66,
        profile_compatibility: 0xc0,
        avc_level_indication: 31,
        length_size: 4,
        ..Avcc::default()
    };
    let entry = Avc3 {
        visual: Visual { data_reference_index: 1, width, height, ..Visual::default() },
        avcc: parameter_sets.and_then(|sets| sets.configuration(format)).unwrap_or(in_band),
        ..Avc3::default()
    };
    let media = Minf { vmhd: Some(Vmhd::default()), ..described(entry.into()) };
    Trak {
        tkhd: Tkhd { width: width.into(), height: height.into(), ..shown(PICTURE_TRACK) },
        mdia: timed(PICTURE_RATE, b"vide", "Picture", media),
        ..Trak::default()
    }
}

fn sound_track(config: SoundConfig) -> Trak {
    let SoundConfig { channels, pre_skip } = config;
    let entry = Opus {
        audio: Audio {
            data_reference_index: 1,
            channel_count: channels.into(),
            sample_size: 16,
            sample_rate: 48_000.into(),
        },
        dops: Dops {
            output_channel_count: channels,
            pre_skip,
            input_sample_rate: SOUND_RATE,
            output_gain: 0,
            channel_mapping: None,
        },
        btrt: None,
    };
    // A duration of zero reaches as far as the fragments do.
    let cut = ElstEntry { segment_duration: 0, media_time: Some(pre_skip.into()), media_rate: 1.into() };
    let media = Minf { smhd: Some(Smhd::default()), ..described(entry.into()) };
    Trak {
        tkhd: Tkhd { volume: 1.into(), ..shown(SOUND_TRACK) },
        edts: (pre_skip > 0).then(|| Edts { elst: Some(Elst { entries: vec![cut] }) }),
        mdia: timed(SOUND_RATE, b"soun", "Sound", media),
        ..Trak::default()
    }
}

fn shown(track_id: u32) -> Tkhd {
    Tkhd { track_id, enabled: true, in_movie: true, ..Tkhd::default() }
}

fn timed(timescale: u32, handler: &[u8; 4], name: &str, minf: Minf) -> Mdia {
    let mdhd = Mdhd { timescale, language: "und".into(), ..Mdhd::default() };
    Mdia { mdhd, hdlr: Hdlr { handler: handler.into(), name: name.into() }, minf }
}

/// Samples of this format, in this file, all in fragments.
fn described(format: Codec) -> Minf {
    Minf {
        dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
        stbl: Stbl { stsd: Stsd { codecs: vec![format] }, stco: Some(Stco::default()), ..Stbl::default() },
        ..Minf::default()
    }
}
