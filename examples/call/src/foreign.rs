//! A call with a foreign program: RTP and RTCP on UDP, agreed on by a session description.

use crate::codec;
use crate::lang::Lang;
use crate::party::TICK;
use crate::sdp::Description;
use crate::source::Source;
use crate::wav;
use anyhow::{Context, Result, ensure};
use clap::Args;
use host::{Clock, Driver, Engine, Port, Ports, RtcpPort, Ticker, Transmit};
use moim_call::{Call, CallConfig, Event, Kind};
use moim_media::{AudioFormat, Instant};
use moim_netsim::Side;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::Parameters;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TICK_SAMPLES: usize = 480;
/// What we number Opus when the description is ours to write.
const PAYLOAD_TYPE: PayloadType = PayloadType::new(96).unwrap();
/// A far side that has been heard and then says nothing for this long has gone, with or without a goodbye.
const GONE: Duration = Duration::from_secs(2);

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
    /// Length of the call at most; it ends before when the file is said or the other side has gone
    #[arg(long, default_value_t = 3_600)]
    seconds: u32,
    /// What was heard goes here
    #[arg(long, value_name = "FILE.wav", default_value = "out/heard.wav")]
    out: PathBuf,
    /// Random numbers of the call
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Language of what is printed; else that of the system
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Receives what another program sends.
pub(crate) fn listen(options: &Listen) -> Result<()> {
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let described = match options.port {
        Some(_) => None,
        None => Some(read(&options.sdp)?),
    };
    let (address, rtcp) = described.map_or_else(
        || (SocketAddr::new(localhost, options.port.unwrap_or(0)), RtcpPort::Next),
        |description| (description.receiver, description.rtcp),
    );
    let ports = Ports::bind(address, rtcp).with_context(|| format!("cannot receive at {address}"))?;
    let description = described.unwrap_or(ours(ports.address(Port::Rtp)?));
    if options.port.is_some() {
        write(&options.sdp, &description.write("recvonly")?)?;
    }
    let says = options.audio.as_deref().map(wav::read).transpose()?;
    Station::new(&options.ending, says, ports, &description)?.run(&options.ending)
}

/// Sends to where another program receives.
pub(crate) fn dial(options: &Dial) -> Result<()> {
    let description = match options.to {
        Some(to) => ours(to),
        None => read(&options.sdp)?,
    };
    if options.to.is_some() {
        write(&options.sdp, &description.write("sendonly")?)?;
    }
    let says = match options.audio.as_deref() {
        Some(audio) => wav::read(audio)?,
        None => built_in(&options.ending),
    };
    let any = SocketAddr::new(unspecified_like(description.receiver.ip()), 0);
    let ports = Ports::bind(any, description.rtcp).context("no socket to send from")?;
    let mut station = Station::new(&options.ending, Some(says), ports, &description)?;
    station.call_at(description.receiver);
    station.run(&options.ending)
}

/// The description of a stream that we write for somebody who receives, or sends, at `receiver`.
fn ours(receiver: SocketAddr) -> Description {
    let parameters = Parameters { use_in_band_fec: true, ..Parameters::default() };
    Description { receiver, rtcp: RtcpPort::Next, payload_type: PAYLOAD_TYPE, parameters }
}

fn read(path: &Path) -> Result<Description> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Description::parse(&text).with_context(|| format!("cannot use {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn built_in(ending: &Ending) -> Vec<f32> {
    let length = Duration::from_secs(u64::from(ending.seconds.min(30)));
    let mut says = vec![0.0; AudioFormat::VOICE.samples(length)];
    Source::talker(ending.seed, Side::A).fill(&mut says);
    says
}

fn unspecified_like(ip: IpAddr) -> IpAddr {
    if ip.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { std::net::Ipv6Addr::UNSPECIFIED.into() }
}

/// Our end of the line.
struct Station {
    driver: Driver,
    line: Line,
    clock: Clock,
}

/// The call, without its sockets.
struct Line {
    call: Call,
    /// What is still to be said; without it only reports are sent.
    says: Option<Vec<f32>>,
    said: usize,
    heard: Vec<f32>,
    length: usize,
    rtcp: RtcpPort,
    heard_from: Option<Instant>,
    far_side_left: bool,
}

impl Station {
    fn new(ending: &Ending, says: Option<Vec<f32>>, ports: Ports, description: &Description) -> Result<Self> {
        let clock = Clock::start();
        let config = CallConfig {
            seed: ending.seed,
            wall_clock: clock.unix_time(Instant::EPOCH),
            ..CallConfig::default()
        };
        let call = Call::new(config, codec::opus(description.payload_type)?)?;
        let length = AudioFormat::VOICE.samples(Duration::from_secs(ending.seconds.into()));
        let line = Line {
            call,
            says,
            said: 0,
            heard: Vec::new(),
            length,
            rtcp: description.rtcp,
            heard_from: None,
            far_side_left: false,
        };
        Ok(Self { driver: Driver::new(clock, ports), line, clock })
    }

    /// Sends to `receiver` without waiting to be spoken to.
    fn call_at(&mut self, receiver: SocketAddr) {
        self.driver.set_peer(Port::Rtp, receiver);
        if self.line.rtcp == RtcpPort::Next {
            let next = SocketAddr::new(receiver.ip(), receiver.port().saturating_add(1));
            self.driver.set_peer(Port::Rtcp, next);
        }
    }

    fn run(mut self, ending: &Ending) -> Result<()> {
        let lang = Lang::chosen(ending.lang);
        let own = self.driver.ports().address(Port::Rtp)?;
        eprintln!("{}", lang.of(format!("{own} 에서 기다립니다"), format!("ready at {own}")));
        let mut ticker = Ticker::new(self.clock.now(), TICK);
        self.driver.run(&mut self.line, &mut ticker, |line, tick| {
            if line.tick(tick.now) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let Line { call, heard, heard_from, .. } = self.line;
        if let Some(folder) = ending.out.parent() {
            std::fs::create_dir_all(folder)?;
        }
        wav::write(&ending.out, &heard)?;
        let (stats, out) = (call.stats(), ending.out.display());
        let seconds = AudioFormat::VOICE.duration(heard.len()).as_secs();
        let (sent, received) = (stats.sent_packets, stats.received);
        eprintln!(
            "{}",
            lang.of(
                format!("{seconds}초 · 보낸 패킷 {sent} · 받은 패킷 {received} → {out}"),
                format!("{seconds} s · {sent} packets sent · {received} received → {out}"),
            )
        );
        ensure!(
            heard_from.is_some() || sent > 0,
            "{}",
            lang.of("아무 소리도 오지 않았습니다", "nothing was ever heard")
        );
        Ok(())
    }
}

impl Line {
    /// 10 ms have passed; whether the call goes on.
    fn tick(&mut self, now: Instant) -> bool {
        if let Some(says) = &self.says {
            let rest = &says[self.said.min(says.len())..];
            let mut mic = [0.0; TICK_SAMPLES];
            let count = rest.len().min(TICK_SAMPLES);
            mic[..count].copy_from_slice(&rest[..count]);
            self.said += TICK_SAMPLES;
            self.call.push_mic(now, &mic);
        }
        let mut speaker = [0.0; TICK_SAMPLES];
        self.call.pull_speaker(now, &mut speaker);
        // The recording begins with the first sound, whoever was here first.
        if self.heard_from.is_some() {
            self.heard.extend_from_slice(&speaker);
        }
        let all_said =
            self.says.as_ref().is_some_and(|says| self.said >= says.len() + AudioFormat::VOICE.samples(GONE));
        let gone = self.far_side_left || self.heard_from.is_some_and(|last| now.since(last) > GONE);
        let over = gone || all_said || self.heard.len().max(self.said) >= self.length;
        if over {
            self.call.leave(now);
        }
        !over
    }
}

impl Engine for Line {
    fn handle_datagram(&mut self, now: Instant, _port: Port, datagram: &[u8]) {
        if self.call.handle_datagram(now, datagram) == moim_call::Handled::Media {
            self.heard_from = Some(now);
        }
        while let Some(event) = self.call.poll_event() {
            self.far_side_left |= matches!(event, Event::RemoteLeft { .. });
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.call.handle_timeout(now);
    }

    fn poll_transmit(&mut self, _now: Instant, buffer: &mut [u8]) -> Option<Transmit> {
        let transmit = self.call.poll_transmit(buffer)?;
        let port = match (transmit.kind, self.rtcp) {
            (Kind::Report, RtcpPort::Next) => Port::Rtcp,
            _ => Port::Rtp,
        };
        Some(Transmit { port, len: transmit.len })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.call.poll_timeout()
    }
}
