//! What `call demo` is asked to do.

use crate::lang::Lang;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use moim_media::VideoSize;
use std::path::PathBuf;
use std::time::Duration;

/// The network, the sound and the outcome of a demonstration. The defaults are a network on which a plain receiver
/// would stutter.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Share of packets the network loses, in percent
    #[arg(long, value_name = "P", default_value = "3", value_parser = percent)]
    pub(crate) loss: f64,
    /// Longest run of packets lost together; runs are this long or one shorter. 1 loses each packet on its own
    #[arg(long, value_name = "N", default_value = "3", value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000))]
    pub(crate) burst: u32,
    /// What packets take on average, one way, in ms
    #[arg(long, value_name = "MS", default_value_t = 60)]
    pub(crate) delay: u16,
    /// How much shorter or longer than that a packet may take, in ms, equally likely, as `tc netem` has it; packets
    /// keep their order, so that a slow one holds up those behind it
    #[arg(long, value_name = "MS", default_value_t = 30)]
    pub(crate) jitter: u16,
    /// What the network carries each way, in kbit/s; the rest waits up to 300 ms and is then dropped
    #[arg(long, value_name = "KBIT", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1_000_000))]
    pub(crate) rate: Option<u64>,
    /// A recorded network: lines of `seconds,kbit[,delay_ms[,loss]]`, repeated
    #[arg(long, value_name = "CSV", conflicts_with = "rate")]
    pub(crate) trace: Option<PathBuf>,
    /// Seed of all dice: the network's, the talkers', the calls'
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How long the call lasts
    #[arg(long, value_name = "N", default_value = "20", value_parser = RangedU64ValueParser::<u32>::new().range(1..=3_600))]
    pub(crate) seconds: u32,
    /// What is said: a WAV file of 48 kHz, repeated; A begins at its start, B in its middle. Without it, two
    /// synthetic voices talk
    #[arg(long, value_name = "FILE.wav")]
    pub(crate) audio: Option<PathBuf>,
    /// What is shown: YUV4MPEG2 (.y4m) as it is, anything else through ffmpeg, repeated; A begins at its start, B a little
    /// later. Without it a synthetic scene moves. Every picture has its number and time written into it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["no_video", "size"])]
    pub(crate) video: Option<PathBuf>,
    /// A call of voices alone
    #[arg(long)]
    pub(crate) no_video: bool,
    /// Size of the synthetic scene
    #[arg(long, value_name = "WxH", default_value = "640x360", value_parser = size)]
    pub(crate) size: VideoSize,
    /// The most that each picture takes, in kbit/s, headers apart
    #[arg(long, value_name = "KBIT", default_value = "1500", value_parser = RangedU64ValueParser::<u32>::new().range(20..=100_000))]
    pub(crate) picture_rate: u32,
    /// Where the sound, the pictures and the report go
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub(crate) out: PathBuf,
    /// Run in virtual time: no sockets, no clock, the same bytes for the same seed, much faster
    #[arg(long = "virtual")]
    pub(crate) in_virtual_time: bool,
    /// Language of the report and the progress; else that of the system
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

impl Options {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

fn size(text: &str) -> Result<VideoSize, String> {
    let sides =
        text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height): (u16, u16) = sides.ok_or("not of the form 640x360")?;
    let allowed = 48..=4_096;
    let even = width.is_multiple_of(2) && height.is_multiple_of(2);
    match VideoSize::new(width, height) {
        Some(size) if even && allowed.contains(&width) && allowed.contains(&height) => Ok(size),
        _ => Err("both sides must be even, 48 to 4096".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=100.0).contains(&percent) { Ok(percent) } else { Err("not between 0 and 100".to_owned()) }
}
