//! A call with a foreign program: RTP and RTCP on UDP, agreed on by a session description.

mod line;
mod recording;
mod show;
mod station;

use crate::camera::Camera;
use crate::lang::Lang;
use crate::sdp::{Description, Direction, Feedback, Picture, Receiver, Sound};
use crate::source::Source;
use crate::wav;
use anyhow::{Context, Result, ensure};
use clap::Args;
use host::{Clock, Port, Ports, RtcpPort};
use line::Ours;
use moim_media::{AudioFormat, Instant, VideoSize};
use moim_netsim::Side;
use moim_rtp::PayloadType;
use moim_rtp::payload::h264::{Level, PacketizationMode, Profile, ProfileLevelId};
use moim_rtp::payload::{h264, opus};
use station::{Plan, Station};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What we number Opus and H.264 when the description is ours to write.
const SOUND: PayloadType = PayloadType::new(96).unwrap();
const PICTURE: PayloadType = PayloadType::new(97).unwrap();
/// The ports of pictures are as many above those of sound.
const PORTS_APART: u16 = 2;
/// What the built-in scene is filmed in.
const SCENE: VideoSize = VideoSize::new(640, 360).unwrap();

/// `call listen`
#[derive(Args, Debug)]
pub(crate) struct Listen {
    /// The description of the streams: read, unless --port makes it ours to write
    #[arg(long, value_name = "FILE")]
    sdp: PathBuf,
    /// Receive sound on this port and pictures two above, on the next ones RTCP (0: any), and write the description for
    /// the other program
    #[arg(long)]
    port: Option<u16>,
    /// Also say this, to whoever speaks to us: a WAV file of 48 kHz
    #[arg(long, value_name = "FILE.wav")]
    audio: Option<PathBuf>,
    /// Also show this: YUV4MPEG2 (.y4m) as it is, anything else through ffmpeg, repeated
    #[arg(long, value_name = "FILE", conflicts_with = "no_video")]
    video: Option<PathBuf>,
    #[command(flatten)]
    terms: Terms,
}

/// `call dial`
#[derive(Args, Debug)]
pub(crate) struct Dial {
    /// The description of where the other program receives: read, unless --to makes it ours to write
    #[arg(long, value_name = "FILE")]
    sdp: PathBuf,
    /// Send sound to this address and port and pictures two ports above, on the next ones RTCP, and write the
    /// description for the other program
    #[arg(long, value_name = "ADDRESS:PORT")]
    to: Option<SocketAddr>,
    /// Say this: a WAV file of 48 kHz; without it a synthetic voice talks
    #[arg(long, value_name = "FILE.wav")]
    audio: Option<PathBuf>,
    /// Show this: YUV4MPEG2 (.y4m) as it is, anything else through ffmpeg, repeated; without it a synthetic scene moves
    #[arg(long, value_name = "FILE", conflicts_with = "no_video")]
    video: Option<PathBuf>,
    #[command(flatten)]
    terms: Terms,
}

/// What a call with a foreign program is about, what it leaves behind, and when.
#[derive(Args, Debug)]
struct Terms {
    /// A call of voices alone
    #[arg(long)]
    no_video: bool,
    /// Length of the call at most, waiting included; it ends before when the file is said or the other side has gone
    #[arg(long, default_value_t = 3_600)]
    seconds: u32,
    /// What was heard and seen, if anything, goes here: sound alone as .wav, both as .mp4 [default: out/seen.mp4, or
    /// out/heard.wav in a call of voices]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Random numbers of the call; without it they are new every time. Two parties need two seeds
    #[arg(long)]
    seed: Option<u64>,
    /// Language of what is printed; else that of the system
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Receives what another program sends.
pub(crate) fn listen(options: &Listen) -> Result<()> {
    let plan = options.terms.plan();
    let (ports, agreed) = match options.port {
        None => {
            let agreed = options.terms.read(&options.sdp)?;
            let at = |receiver: &Receiver| bind(receiver.rtp, receiver.rtcp);
            (agreed.receivers().iter().map(at).collect::<Result<Vec<_>>>()?, agreed)
        }
        Some(port) => {
            let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let sound = bind(SocketAddr::new(localhost, port), RtcpPort::Next)?;
            let ours = options.terms.ours(sound.address(Port::Rtp)?)?;
            let picture = ours.picture.iter().map(|picture| bind(picture.receiver.rtp, RtcpPort::Next));
            let ports = std::iter::once(Ok(sound)).chain(picture).collect::<Result<Vec<_>>>()?;
            (ports, offer(ours, Direction::RecvOnly, &options.sdp)?)
        }
    };
    let lang = plan.lang;
    let ours = Ours {
        says: options.audio.as_deref().map(wav::read).transpose()?,
        shows: options.video.as_deref().map(|film| Camera::film(film, Duration::ZERO, lang)).transpose()?,
    };
    let heard = Station::new(plan, ours, ports, &agreed)?.run()?;
    ensure!(heard > 0, "{}", lang.of("아무것도 오지 않았습니다", "nothing was ever heard"));
    Ok(())
}

/// Sends to where another program receives.
pub(crate) fn dial(options: &Dial) -> Result<()> {
    let plan = options.terms.plan();
    let agreed = match options.to {
        Some(to) => offer(options.terms.ours(to)?, Direction::SendOnly, &options.sdp)?,
        None => options.terms.read(&options.sdp)?,
    };
    let ours = Ours {
        says: Some(match options.audio.as_deref() {
            Some(audio) => wav::read(audio)?,
            None => built_in(&plan),
        }),
        shows: Some(match options.video.as_deref() {
            Some(film) => Camera::film(film, Duration::ZERO, plan.lang)?,
            None => Camera::scene(SCENE, plan.seed),
        }),
    };
    let receivers = agreed.receivers();
    let any = |receiver: &Receiver| {
        Ports::bind(SocketAddr::new(unspecified_like(receiver.rtp.ip()), 0), receiver.rtcp)
    };
    let ports = receivers.iter().map(any).collect::<Result<Vec<_>, _>>().context("no socket to send from")?;
    let mut station = Station::new(plan, ours, ports, &agreed)?;
    station.call_at(&receivers);
    station.run()?;
    Ok(())
}

impl Terms {
    fn plan(&self) -> Plan {
        let clock = Clock::start();
        // Programs started in the same moment differ in their number; the same number comes again only much later.
        let moment = clock.unix_time(Instant::EPOCH).as_nanos() as u64;
        let fresh = moment ^ u64::from(std::process::id()).rotate_right(32);
        Plan {
            clock,
            seed: self.seed.unwrap_or(fresh),
            length: Duration::from_secs(self.seconds.into()),
            out: self.out.clone(),
            lang: Lang::chosen(self.lang),
        }
    }

    /// The description that we write for somebody who receives, or sends, sound at `receiver`.
    fn ours(&self, receiver: SocketAddr) -> Result<Description> {
        let receiver = Receiver { rtp: receiver, rtcp: RtcpPort::Next };
        let picture = match self.no_video {
            true => None,
            false => Some(Picture {
                receiver: Receiver { rtp: above(receiver.rtp)?, ..receiver },
                payload_type: PICTURE,
                parameters: h264::Parameters {
                    profile_level_id: ProfileLevelId::new(Profile::ConstrainedBaseline, Level::L3_1),
                    packetization_mode: PacketizationMode::NonInterleaved,
                    level_asymmetry_allowed: true,
                    sprop_parameter_sets: Vec::new(),
                },
                feedback: Feedback::Nack,
                rtx: None,
            }),
        };
        let sound = Sound {
            receiver,
            payload_type: SOUND,
            parameters: opus::Parameters { use_in_band_fec: true, ..opus::Parameters::default() },
            feedback: Feedback::Nack,
        };
        Ok(Description { sound: Some(sound), picture, transport_seq: None })
    }

    fn read(&self, path: &Path) -> Result<Description> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let read = Description::parse(&text).with_context(|| format!("cannot use {}", path.display()))?;
        let picture = read.picture.filter(|_| !self.no_video);
        ensure!(read.sound.is_some() || picture.is_some(), "{} has no voice", path.display());
        Ok(Description { picture, ..read })
    }
}

/// Writes a description and returns what is agreed on by that: nobody said that feedback is welcome.
fn offer(description: Description, direction: Direction, path: &Path) -> Result<Description> {
    let text = description.write(direction)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let feedback = Feedback::None;
    Ok(Description {
        sound: description.sound.map(|sound| Sound { feedback, ..sound }),
        picture: description.picture.map(|picture| Picture { feedback, ..picture }),
        ..description
    })
}

fn bind(address: SocketAddr, rtcp: RtcpPort) -> Result<Ports> {
    Ports::bind(address, rtcp).with_context(|| format!("cannot receive at {address}"))
}

/// Where the pictures are received that go with sound that is received at `sound`.
fn above(sound: SocketAddr) -> Result<SocketAddr> {
    let port = sound.port().checked_add(PORTS_APART).context("there is no port left for pictures")?;
    Ok(SocketAddr::new(sound.ip(), port))
}

fn built_in(plan: &Plan) -> Vec<f32> {
    let length = plan.length.min(Duration::from_secs(30));
    let mut says = vec![0.0; AudioFormat::VOICE.samples(length)];
    Source::talker(plan.seed, Side::A).fill(&mut says);
    says
}

fn unspecified_like(ip: IpAddr) -> IpAddr {
    if ip.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() }
}
