//! A call with a foreign program: RTP and RTCP on UDP, agreed on by a session description.

mod line;
mod station;

use crate::lang::Lang;
use crate::sdp::{Description, Feedback};
use crate::source::Source;
use crate::wav;
use anyhow::{Context, Result, ensure};
use clap::Args;
use host::{Clock, Port, Ports, RtcpPort};
use moim_media::{AudioFormat, Instant};
use moim_netsim::Side;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::Parameters;
use station::{Plan, Station};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What we number Opus when the description is ours to write.
const PAYLOAD_TYPE: PayloadType = PayloadType::new(96).unwrap();

/// `call listen`
#[derive(Args, Debug)]
pub(crate) struct Listen {
    /// The description of the stream: read, unless --port makes it ours to write
    #[arg(long, value_name = "FILE")]
    sdp: PathBuf,
    /// Receive on this port, the next one for RTCP (0: any), and write the description for the other program
    #[arg(long)]
    port: Option<u16>,
    /// Also say this, to whoever speaks to us: a WAV file of 48 kHz
    #[arg(long, value_name = "FILE.wav")]
    audio: Option<PathBuf>,
    #[command(flatten)]
    ending: Ending,
}

/// `call dial`
#[derive(Args, Debug)]
pub(crate) struct Dial {
    /// The description of where the other program receives: read, unless --to makes it ours to write
    #[arg(long, value_name = "FILE")]
    sdp: PathBuf,
    /// Send to this address and port, the next port for RTCP, and write the description for the other program
    #[arg(long, value_name = "ADDRESS:PORT")]
    to: Option<SocketAddr>,
    /// Say this: a WAV file of 48 kHz; without it a synthetic voice talks
    #[arg(long, value_name = "FILE.wav")]
    audio: Option<PathBuf>,
    #[command(flatten)]
    ending: Ending,
}

/// What a call with a foreign program leaves behind, and when.
#[derive(Args, Debug)]
struct Ending {
    /// Length of the call at most, waiting included; it ends before when the file is said or the other side has gone
    #[arg(long, default_value_t = 3_600)]
    seconds: u32,
    /// What was heard, if anything, goes here
    #[arg(long, value_name = "FILE.wav", default_value = "out/heard.wav")]
    out: PathBuf,
    /// Random numbers of the call; without it they are new every time. Two parties need two seeds
    #[arg(long)]
    seed: Option<u64>,
    /// Language of what is printed; else that of the system
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Receives what another program sends.
pub(crate) fn listen(options: &Listen) -> Result<()> {
    let plan = options.ending.plan();
    let described = match options.port {
        Some(_) => None,
        None => Some(read(&options.sdp)?),
    };
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (address, rtcp) = described.map_or_else(
        || (SocketAddr::new(localhost, options.port.unwrap_or(0)), RtcpPort::Next),
        |description| (description.receiver, description.rtcp),
    );
    let ports = Ports::bind(address, rtcp).with_context(|| format!("cannot receive at {address}"))?;
    let agreed = match described {
        Some(description) => description,
        None => offer(&ours(ports.address(Port::Rtp)?), "recvonly", &options.sdp)?,
    };
    let says = options.audio.as_deref().map(wav::read).transpose()?;
    let lang = plan.lang;
    let heard = Station::new(plan, says, ports, &agreed)?.run()?;
    ensure!(heard > 0, "{}", lang.of("아무 소리도 오지 않았습니다", "nothing was ever heard"));
    Ok(())
}

/// Sends to where another program receives.
pub(crate) fn dial(options: &Dial) -> Result<()> {
    let plan = options.ending.plan();
    let agreed = match options.to {
        Some(to) => offer(&ours(to), "sendonly", &options.sdp)?,
        None => read(&options.sdp)?,
    };
    let says = match options.audio.as_deref() {
        Some(audio) => wav::read(audio)?,
        None => built_in(&plan),
    };
    let any = SocketAddr::new(unspecified_like(agreed.receiver.ip()), 0);
    let ports = Ports::bind(any, agreed.rtcp).context("no socket to send from")?;
    let mut station = Station::new(plan, Some(says), ports, &agreed)?;
    station.call_at(agreed.receiver);
    station.run()?;
    Ok(())
}

impl Ending {
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
}

/// The description of a stream that we write for somebody who receives, or sends, at `receiver`.
fn ours(receiver: SocketAddr) -> Description {
    Description {
        receiver,
        rtcp: RtcpPort::Next,
        payload_type: PAYLOAD_TYPE,
        parameters: Parameters { use_in_band_fec: true, ..Parameters::default() },
        feedback: Feedback::Nack,
    }
}

/// Writes a description and returns what is agreed on by that: nobody said that feedback is welcome.
fn offer(description: &Description, direction: &str, path: &Path) -> Result<Description> {
    let text = description.write(direction)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Description { feedback: Feedback::None, ..*description })
}

fn read(path: &Path) -> Result<Description> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Description::parse(&text).with_context(|| format!("cannot use {}", path.display()))
}

fn built_in(plan: &Plan) -> Vec<f32> {
    let length = plan.length.min(Duration::from_secs(30));
    let mut says = vec![0.0; AudioFormat::VOICE.samples(length)];
    Source::talker(plan.seed, Side::A).fill(&mut says);
    says
}

fn unspecified_like(ip: IpAddr) -> IpAddr {
    if ip.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { std::net::Ipv6Addr::UNSPECIFIED.into() }
}
