//! The streams: how ffmpeg makes them, how they are named on the way, and which elements of GStreamer carry them.

use crate::file::Layout;
use moim_rtp::PayloadType;
use moim_rtp::payload::{g711, g722, h264, opus, vp8};
use moim_sdp::{Format, MediaKind, Parameters};

/// An elementary stream.
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    pub(crate) kind: MediaKind,
    payload_type: PayloadType,
    rtpmap: &'static str,
    fmtp: &'static str,
    /// What is encoded, and how.
    pub(crate) filter: &'static str,
    pub(crate) encoder: &'static str,
    pub(crate) options: &'static str,
    /// How it lies in a file.
    pub(crate) layout: Layout,
    /// Ticks of the RTP clock from one unit to the next; `None` where a byte is a tick.
    pub(crate) ticks: Option<u32>,
    pub(crate) gstreamer: Elements,
}

/// Pieces of pipelines.
pub(crate) struct Elements {
    /// From a file of the layout to what the payloader takes.
    pub(crate) parser: &'static str,
    pub(crate) payloader: &'static str,
    /// From packets to buffers of one unit each.
    pub(crate) depayloader: &'static str,
}

const PICTURE: PayloadType = PayloadType::new(96).unwrap();
const SOUND: PayloadType = PayloadType::new(97).unwrap();

/// 40 pictures of three slices each, three of them key frames behind their parameter sets, with slices that travel in
/// fragments; the first holds what x264 has to say of itself.
pub(crate) const H264: Stream = Stream {
    name: "h264",
    kind: MediaKind::Video,
    payload_type: PICTURE,
    rtpmap: h264::RTPMAP,
    fmtp: "packetization-mode=1;profile-level-id=42c01f",
    filter: "testsrc2=size=320x180:rate=15:duration=2.66,format=yuv420p",
    encoder: "libx264",
    options: "-preset ultrafast -tune zerolatency -profile:v baseline -b:v 100k -g 15 -threads 1 -slices 3",
    layout: Layout::AnnexB,
    ticks: Some(6_000),
    gstreamer: Elements {
        // In byte streams it would put delimiters in front of pictures that have none.
        parser: "h264parse ! video/x-h264,stream-format=avc,alignment=au",
        payloader: "rtph264pay",
        depayloader: "rtph264depay ! video/x-h264,stream-format=byte-stream,alignment=au",
    },
};

/// 40 pictures, three of them key frames; most travel in several packets.
pub(crate) const VP8: Stream = Stream {
    name: "vp8",
    kind: MediaKind::Video,
    payload_type: PICTURE,
    rtpmap: vp8::RTPMAP,
    fmtp: "",
    filter: "testsrc2=size=320x180:rate=15:duration=2.66,format=yuv420p",
    encoder: "libvpx",
    options: "-threads 1 -deadline realtime -cpu-used 8 -b:v 100k -g 15 -auto-alt-ref 0",
    layout: Layout::Ivf,
    ticks: Some(6_000),
    gstreamer: Elements { parser: "ivfparse", payloader: "rtpvp8pay", depayloader: "rtpvp8depay" },
};

pub(crate) const OPUS_20: Stream = Stream {
    name: "opus-20-ms",
    kind: MediaKind::Audio,
    payload_type: SOUND,
    rtpmap: opus::RTPMAP,
    fmtp: "",
    filter: "aevalsrc=0.3*sin(440*2*PI*t)|0.1*random(0):s=48000:d=2.8",
    encoder: "libopus",
    options: "-b:a 32k -frame_duration 20",
    layout: Layout::Ogg,
    ticks: Some(960),
    // Without the parser the headers of the file are sent as if they were sound.
    gstreamer: Elements {
        parser: "oggdemux ! opusparse",
        payloader: "rtpopuspay",
        depayloader: "rtpopusdepay",
    },
};

pub(crate) const OPUS_60: Stream =
    Stream { name: "opus-60-ms", options: "-b:a 32k -frame_duration 60", ticks: Some(2_880), ..OPUS_20 };

pub(crate) const PCMU: Stream = Stream {
    name: "pcmu",
    kind: MediaKind::Audio,
    payload_type: g711::pcmu::PAYLOAD_TYPE,
    rtpmap: g711::pcmu::RTPMAP,
    fmtp: "",
    filter: "aevalsrc=0.3*sin(440*2*PI*t)+0.1*random(0):s=8000:d=3",
    encoder: "pcm_mulaw",
    options: "",
    layout: Layout::Samples { format: "mulaw", read_as: "-ar 8000 -ac 1" },
    ticks: None,
    gstreamer: Elements {
        parser: "audio/x-mulaw,rate=8000,channels=1",
        payloader: "rtppcmupay",
        depayloader: "rtppcmudepay",
    },
};

pub(crate) const PCMA: Stream = Stream {
    name: "pcma",
    payload_type: g711::pcma::PAYLOAD_TYPE,
    rtpmap: g711::pcma::RTPMAP,
    encoder: "pcm_alaw",
    layout: Layout::Samples { format: "alaw", read_as: "-ar 8000 -ac 1" },
    gstreamer: Elements {
        parser: "audio/x-alaw,rate=8000,channels=1",
        payloader: "rtppcmapay",
        depayloader: "rtppcmadepay",
    },
    ..PCMU
};

pub(crate) const G722: Stream = Stream {
    name: "g722",
    payload_type: g722::PAYLOAD_TYPE,
    rtpmap: g722::RTPMAP,
    filter: "aevalsrc=0.3*sin(440*2*PI*t)+0.1*random(0):s=16000:d=3",
    encoder: "g722",
    layout: Layout::Samples { format: "g722", read_as: "" },
    gstreamer: Elements {
        parser: "audio/G722,rate=16000,channels=1",
        payloader: "rtpg722pay",
        depayloader: "rtpg722depay",
    },
    ..PCMU
};

impl Stream {
    /// As a description has it.
    pub(crate) fn format(&self) -> Format {
        let encoding = self.rtpmap.parse().expect("an encoding");
        let parameters = Parameters::read(&encoding, self.fmtp).expect("its parameters");
        Format::new(self.payload_type, encoding, parameters)
    }
}
