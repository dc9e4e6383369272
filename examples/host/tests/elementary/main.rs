//! Elementary streams that go through ffmpeg and GStreamer, each way, come out as they went in, to the byte.
//!
//! What ffmpeg encodes is the source. One side makes packets of it, the other a file; `moim-rtp` is one of the two, and
//! with ffmpeg `moim-sdp` tells, or is told, which packets those are. ffmpeg speaks UDP ([`ffmpeg`]), GStreamer
//! reads and writes packets in files ([`gstreamer`]).

mod ffmpeg;
mod file;
mod gstreamer;
mod packets;
mod source;
mod stream;
mod wire;

/// How long a program may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

macro_rules! goes_through {
    ($($name:ident: $stream:ident;)+) => {$(
        mod $name {
            use crate::stream::$stream;
            use crate::{ffmpeg, gstreamer};

            #[test]
            fn from_us_to_ffmpeg() {
                ffmpeg::takes(&$stream);
            }

            #[test]
            fn from_ffmpeg_to_us() {
                ffmpeg::sends(&$stream);
            }

            #[test]
            fn from_us_to_gstreamer() {
                gstreamer::takes(&$stream);
            }

            #[test]
            fn from_gstreamer_to_us() {
                gstreamer::sends(&$stream);
            }
        }
    )+};
}

goes_through! {
    h264: H264;
    vp8: VP8;
    opus_of_20_ms: OPUS_20;
    opus_of_60_ms: OPUS_60;
    g711_mu: PCMU;
    g711_a: PCMA;
    g722: G722;
}
