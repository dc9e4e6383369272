//! OpenH264 behind a safe face: its objects, its calls, its codes. Nothing else in the crate is unsafe.
//!
//! An encoder or decoder of OpenH264 is a C++ object, which in C is a pointer to a pointer to a table of functions.
//! The library keeps no state outside of its objects, and an object none in its thread.
#![allow(unsafe_code, reason = "OpenH264 is C++; every call into it is in this file")]

use core::ffi::{c_int, c_long};
use core::ptr::{self, NonNull};
use core::slice;
use moim_media::VideoSize;
use moim_media::codec::{CodecError, EncodedVideo, FrameKind};
use openh264_sys2 as sys;
use std::ffi::c_void;

/// A call of OpenH264 that failed, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed(c_int);

impl Failed {
    /// OpenH264's own number.
    pub(crate) fn code(self) -> i32 {
        self.0
    }

    fn check(code: c_int) -> Result<(), Self> {
        if code == 0 { Ok(()) } else { Err(Self(code)) }
    }

    fn check_long(code: c_long) -> Result<(), Self> {
        Self::check(c_int::try_from(code).unwrap_or(c_int::MAX))
    }
}

impl From<Failed> for CodecError {
    fn from(failed: Failed) -> Self {
        Self::Library { code: failed.code() }
    }
}

/// Why a function that is not in the object's table is not a failure to handle: the table is the class's own.
const TABLE_IS_COMPLETE: &str = "OpenH264 implements its own interface";

/// Which instructions of the processor OpenH264 makes use of; zero when it was built without assembly.
pub(crate) fn cpu_features() -> u32 {
    unsafe extern "C" {
        /// `cpu.h` of OpenH264: part of the library, though not of its interface.
        fn WelsCPUFeatureDetect(processors: *mut i32) -> u32;
    }
    let mut processors = 0;
    // SAFETY: linked from the library's own source, where it has this signature; it writes one `int32_t`.
    unsafe { WelsCPUFeatureDetect(&raw mut processors) }
}

/// What an encoder is told when it begins, in OpenH264's own numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Parameters {
    pub(crate) size: VideoSize,
    pub(crate) bitrate: i32,
    pub(crate) frame_rate: f32,
    pub(crate) usage: i32,
    pub(crate) complexity: i32,
    pub(crate) level: i32,
    pub(crate) temporal_layers: i32,
    /// Pictures from one key frame to the next, or zero for one only.
    pub(crate) key_frame_interval: u32,
    /// The longest NAL unit, or zero for one slice in a picture.
    pub(crate) max_nal_bytes: u32,
}

/// A picture for the encoder: Y, U and V with their strides. Both sides of `size` are even.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) size: VideoSize,
    pub(crate) planes: [(&'a [u8], usize); 3],
    pub(crate) millis: i64,
}

/// An encoder of OpenH264, begun.
pub(crate) struct EncoderState {
    object: NonNull<sys::ISVCEncoder>,
    table: sys::ISVCEncoderVtbl,
    parameters: Parameters,
    coded: Box<sys::SFrameBSInfo>,
}

// SAFETY: the object is reached through this value alone, and OpenH264 ties it to no thread.
unsafe impl Send for EncoderState {}

impl EncoderState {
    pub(crate) fn new(parameters: Parameters) -> Result<Self, Failed> {
        let mut object = ptr::null_mut();
        // SAFETY: writes a pointer to a new object, or leaves null.
        Failed::check(unsafe { sys::source::APILoader::WelsCreateSVCEncoder(&raw mut object) })?;
        let object = NonNull::new(object).ok_or(Failed(-1))?;
        // SAFETY: the object was just made, and begins with the pointer to its table.
        let table = unsafe { object.read() };
        // SAFETY: the table is static.
        let table = unsafe { *table };
        let mut state = Self { object, table, parameters, coded: Box::default() };
        state.set(sys::ENCODER_OPTION_TRACE_LEVEL, &mut { sys::WELS_LOG_QUIET })?;
        let all = state.all_parameters(parameters)?;
        let initialize = state.table.InitializeExt.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive; `all` is read during the call only.
        Failed::check(unsafe { initialize(object.as_ptr(), &raw const all) })?;
        Ok(state)
    }

    /// What it runs with.
    pub(crate) fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// Changes any of its parameters, beginning anew where that is needed.
    ///
    /// After a failure it must not be used.
    pub(crate) fn restart(&mut self, parameters: Parameters) -> Result<(), Failed> {
        let mut all = self.all_parameters(parameters)?;
        self.set(sys::ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, &mut all)?;
        self.parameters = parameters;
        Ok(())
    }

    pub(crate) fn set_bitrate(&mut self, bitrate: i32) -> Result<(), Failed> {
        let mut info = sys::SBitrateInfo { iLayer: sys::SPATIAL_LAYER_ALL, iBitrate: bitrate };
        self.set(sys::ENCODER_OPTION_BITRATE, &mut info)?;
        self.parameters.bitrate = bitrate;
        Ok(())
    }

    pub(crate) fn set_frame_rate(&mut self, mut frame_rate: f32) -> Result<(), Failed> {
        self.set(sys::ENCODER_OPTION_FRAME_RATE, &mut frame_rate)?;
        self.parameters.frame_rate = frame_rate;
        Ok(())
    }

    /// Makes the next picture a key frame.
    pub(crate) fn force_key_frame(&mut self) -> Result<(), Failed> {
        let force = self.table.ForceIntraFrame.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive and has begun.
        Failed::check(unsafe { force(self.object.as_ptr(), true) })
    }

    /// Encodes `picture` and appends the access unit, if one was made.
    ///
    /// After a failure it must not be used.
    ///
    /// # Panics
    ///
    /// When a plane is shorter than its rows.
    pub(crate) fn encode(&mut self, picture: Source<'_>, into: &mut Vec<u8>) -> Result<EncodedVideo, Failed> {
        let mut source = sys::SSourcePicture {
            iColorFormat: sys::videoFormatI420,
            iPicWidth: side(picture.size.width()),
            iPicHeight: side(picture.size.height()),
            uiTimeStamp: picture.millis,
            ..Default::default()
        };
        for (plane, (samples, stride)) in picture.planes.into_iter().enumerate() {
            let half = usize::from(plane > 0);
            let (width, height) = (picture.size.width() >> half, picture.size.height() >> half);
            assert!(width <= stride && samples.len() >= stride * (height - 1) + width, "all rows are there");
            source.iStride[plane] = side(stride);
            source.pData[plane] = samples.as_ptr().cast_mut();
        }
        let encode = self.table.EncodeFrame.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive and has begun with pictures of this size; every plane holds all of its rows, and
        // OpenH264 only reads them, during the call; `coded` is written.
        let code = unsafe { encode(self.object.as_ptr(), &raw const source, &raw mut *self.coded) };
        Failed::check(code)?;
        let kind = match self.coded.eFrameType {
            sys::videoFrameTypeSkip => return Ok(EncodedVideo::Skipped),
            sys::videoFrameTypeIDR => FrameKind::Key,
            sys::videoFrameTypeI | sys::videoFrameTypeP => FrameKind::Delta,
            other => return Err(Failed(other)),
        };
        into.reserve(usize::try_from(self.coded.iFrameSizeInBytes).unwrap_or_default());
        let layers = usize::try_from(self.coded.iLayerNum).unwrap_or_default();
        for layer in self.coded.sLayerInfo.iter().take(layers) {
            let units = usize::try_from(layer.iNalCount).unwrap_or_default();
            // SAFETY: OpenH264 keeps as many lengths as it counts, until the next call.
            let lengths = unsafe { slice::from_raw_parts(layer.pNalLengthInByte, units) };
            let bytes = lengths.iter().map(|&len| usize::try_from(len).unwrap_or_default()).sum();
            // SAFETY: the units of a layer lie one behind the other in its buffer, until the next call.
            into.extend_from_slice(unsafe { slice::from_raw_parts(layer.pBsBuf, bytes) });
        }
        Ok(EncodedVideo::AccessUnit(kind))
    }

    /// OpenH264's defaults with ours in them.
    fn all_parameters(&mut self, ours: Parameters) -> Result<sys::SEncParamExt, Failed> {
        let mut all = sys::SEncParamExt::default();
        let defaults = self.table.GetDefaultParams.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive; `all` is written.
        Failed::check(unsafe { defaults(self.object.as_ptr(), &raw mut all) })?;
        all.iUsageType = ours.usage;
        all.iPicWidth = side(ours.size.width());
        all.iPicHeight = side(ours.size.height());
        all.iTargetBitrate = ours.bitrate;
        all.iRCMode = sys::RC_BITRATE_MODE;
        all.fMaxFrameRate = ours.frame_rate;
        all.iTemporalLayerNum = ours.temporal_layers;
        all.iSpatialLayerNum = 1;
        all.iComplexityMode = ours.complexity;
        all.uiIntraPeriod = ours.key_frame_interval;
        all.eSpsPpsIdStrategy = sys::CONSTANT_ID;
        all.uiMaxNalSize = ours.max_nal_bytes;
        // One thread: more than one make other slices from run to run.
        all.iMultipleThreadIdc = 1;
        all.bEnableFrameSkip = true;
        let layer = &mut all.sSpatialLayers[0];
        layer.iVideoWidth = all.iPicWidth;
        layer.iVideoHeight = all.iPicHeight;
        layer.fFrameRate = ours.frame_rate;
        layer.iSpatialBitrate = ours.bitrate;
        layer.uiProfileIdc = sys::PRO_BASELINE;
        layer.uiLevelIdc = ours.level;
        layer.sSliceArgument.uiSliceMode = match ours.max_nal_bytes {
            0 => sys::SM_SINGLE_SLICE,
            _ => sys::SM_SIZELIMITED_SLICE,
        };
        layer.sSliceArgument.uiSliceSizeConstraint = ours.max_nal_bytes;
        Ok(all)
    }

    /// `value` has the type that OpenH264 documents for `option`.
    fn set<T>(&mut self, option: sys::ENCODER_OPTION, value: &mut T) -> Result<(), Failed> {
        let set = self.table.SetOption.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive; the value is of the option's type, and is read during the call only.
        Failed::check(unsafe { set(self.object.as_ptr(), option, (&raw mut *value).cast::<c_void>()) })
    }
}

impl Drop for EncoderState {
    fn drop(&mut self) {
        // SAFETY: the object was made by `WelsCreateSVCEncoder`, and nobody uses it after this.
        unsafe { sys::source::APILoader::WelsDestroySVCEncoder(self.object.as_ptr()) };
    }
}

/// A decoded picture, inside the decoder until it is used again: Y, U and V with their strides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) size: VideoSize,
    pub(crate) planes: [(&'a [u8], usize); 3],
}

/// A decoder of OpenH264 without error concealment, begun.
pub(crate) struct DecoderState {
    object: NonNull<sys::ISVCDecoder>,
    table: sys::ISVCDecoderVtbl,
}

// SAFETY: the object is reached through this value alone, and OpenH264 ties it to no thread.
unsafe impl Send for DecoderState {}

impl DecoderState {
    pub(crate) fn new() -> Result<Self, Failed> {
        let mut object = ptr::null_mut();
        // SAFETY: writes a pointer to a new object, or leaves null.
        Failed::check_long(unsafe { sys::source::APILoader::WelsCreateDecoder(&raw mut object) })?;
        let object = NonNull::new(object).ok_or(Failed(-1))?;
        // SAFETY: the object was just made, and begins with the pointer to its table.
        let table = unsafe { object.read() };
        // SAFETY: the table is static.
        let table = unsafe { *table };
        let state = Self { object, table };
        let mut quiet = sys::WELS_LOG_QUIET;
        let set = table.SetOption.expect(TABLE_IS_COMPLETE);
        let quiet = (&raw mut quiet).cast::<c_void>();
        // SAFETY: the object is alive; the option takes one `int`, which is read during the call only.
        Failed::check_long(unsafe { set(object.as_ptr(), sys::DECODER_OPTION_TRACE_LEVEL, quiet) })?;
        let mut parameters = sys::SDecodingParam { uiTargetDqLayer: u8::MAX, ..Default::default() };
        parameters.eEcActiveIdc = sys::ERROR_CON_DISABLE;
        parameters.sVideoProperty.size = size_of::<sys::SVideoProperty>() as u32;
        parameters.sVideoProperty.eVideoBsType = sys::VIDEO_BITSTREAM_AVC;
        let initialize = table.Initialize.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive; `parameters` is read during the call only.
        Failed::check_long(unsafe { initialize(object.as_ptr(), &raw const parameters) })?;
        Ok(state)
    }

    /// Decodes one access unit; `None` when that makes no picture.
    ///
    /// After a failure it must not be used.
    pub(crate) fn decode(&mut self, unit: &[u8]) -> Result<Option<Decoded<'_>>, Failed> {
        let len = c_int::try_from(unit.len()).map_err(|_| Failed(c_int::MAX))?;
        let mut planes = [ptr::null_mut(); 3];
        let mut info = sys::SBufferInfo::default();
        let decode = self.table.DecodeFrameNoDelay.expect(TABLE_IS_COMPLETE);
        // SAFETY: the object is alive and has begun; `unit` is readable for `len` bytes during the call; three pointers
        // and `info` are written.
        let code =
            unsafe { decode(self.object.as_ptr(), unit.as_ptr(), len, planes.as_mut_ptr(), &raw mut info) };
        Failed::check(code)?;
        if info.iBufferStatus != 1 || planes.iter().any(|plane| plane.is_null()) {
            return Ok(None);
        }
        // SAFETY: pictures in memory are the only member that this library fills in.
        let memory = unsafe { info.UsrData.sSystemBuffer };
        let sides = (u16::try_from(memory.iWidth), u16::try_from(memory.iHeight));
        let (Ok(width), Ok(height)) = sides else { return Err(Failed(c_int::MAX)) };
        let size = VideoSize::new(width, height).ok_or(Failed(c_int::MAX))?;
        let [luma, chroma] = memory.iStride.map(|stride| usize::try_from(stride).unwrap_or_default());
        let rows = [
            (luma, size.width(), size.height()),
            (chroma, size.width().div_ceil(2), size.height().div_ceil(2)),
            (chroma, size.width().div_ceil(2), size.height().div_ceil(2)),
        ];
        let mut decoded = [(&[][..], 0); 3];
        for ((plane, start), (stride, width, height)) in decoded.iter_mut().zip(planes).zip(rows) {
            // SAFETY: OpenH264 keeps `height` rows of `width` samples, `stride` apart, until the next call, for which
            // `self` must be borrowed again.
            let samples = unsafe { slice::from_raw_parts(start, stride * (height - 1) + width) };
            *plane = (samples, stride);
        }
        Ok(Some(Decoded { size, planes: decoded }))
    }
}

impl Drop for DecoderState {
    fn drop(&mut self) {
        // SAFETY: the object was made by `WelsCreateDecoder`, and nobody uses it after this.
        unsafe { sys::source::APILoader::WelsDestroyDecoder(self.object.as_ptr()) };
    }
}

/// A side or a stride as OpenH264 counts it.
fn side(samples: usize) -> c_int {
    c_int::try_from(samples).unwrap_or(c_int::MAX)
}

/// OpenH264's numbers for what our enums name.
pub(crate) mod number {
    use openh264_sys2 as sys;

    pub(crate) const CAMERA: i32 = sys::CAMERA_VIDEO_REAL_TIME;
    pub(crate) const SCREEN: i32 = sys::SCREEN_CONTENT_REAL_TIME;
    pub(crate) const COMPLEXITY_LOW: i32 = sys::LOW_COMPLEXITY;
    pub(crate) const COMPLEXITY_MEDIUM: i32 = sys::MEDIUM_COMPLEXITY;
    pub(crate) const COMPLEXITY_HIGH: i32 = sys::HIGH_COMPLEXITY;
}
