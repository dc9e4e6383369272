//! Our end of the line: a call on its sockets.

use super::line::{Line, LineConfig, Ours};
use super::recording::{Finished, Recording};
use crate::lang::Lang;
use crate::party::TICK;
use crate::sdp::{Description, Receiver};
use anyhow::Result;
use host::{Clock, Driver, Port, Ports, RtcpPort, Ticker};
use moim_call::PictureStats;
use moim_media::Instant;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// How the call is to go, whoever is at the other end.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) clock: Clock,
    pub(super) seed: u64,
    /// From the start to the end at the latest.
    pub(super) length: Duration,
    /// Where what was heard and seen goes, if that was said.
    pub(super) out: Option<PathBuf>,
    pub(super) lang: Lang,
}

/// A line, its sockets and its clock.
pub(super) struct Station {
    driver: Driver,
    line: Line,
    plan: Plan,
}

impl Station {
    /// A station on these ports, those of each receiver, that will say and show what is ours, as the description has it.
    pub(super) fn new(plan: Plan, ours: Ours, ports: Vec<Ports>, agreed: &Description) -> Result<Self> {
        let config = LineConfig {
            seed: plan.seed,
            wall_clock: plan.clock.unix_time(Instant::EPOCH),
            length: plan.length,
        };
        let usual = if agreed.picture.is_some() { "out/seen.mp4" } else { "out/heard.wav" };
        let recording = Recording::new(plan.out.clone().unwrap_or_else(|| usual.into()));
        let line = Line::new(&config, ours, recording, agreed)?;
        Ok(Self { driver: Driver::new(plan.clock, ports), line, plan })
    }

    /// Sends to these receivers without waiting to be spoken to.
    pub(super) fn call_at(&mut self, receivers: &[Receiver]) {
        for (stream, Receiver { rtp, rtcp }) in receivers.iter().enumerate() {
            self.driver.set_peer(stream, Port::Rtp, *rtp);
            if *rtcp == RtcpPort::Next {
                let next = SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
                self.driver.set_peer(stream, Port::Rtcp, next);
            }
        }
    }

    /// Holds the call to its end, leaves behind what was heard and seen, and returns how many packets of it came.
    pub(super) fn run(mut self) -> Result<u64> {
        let Plan { clock, lang, .. } = self.plan;
        let own = self.driver.ports(0).address(Port::Rtp)?;
        eprintln!("{}", lang.of(format!("{own} 에서 기다립니다"), format!("ready at {own}")));
        let mut ticker = Ticker::new(clock.now(), TICK);
        self.driver.run(&mut self.line, &mut ticker, |line, tick| {
            if line.tick(tick.now) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (stats, received) = (self.line.stats(), self.line.received());
        let sent = stats.sent_packets + stats.picture.map_or(0, |picture| picture.sent_packets);
        eprintln!(
            "{}",
            lang.of(
                format!("패킷 · 보냄 {sent} · 받음 {received}"),
                format!("packets: {sent} sent, {received} received"),
            )
        );
        if let Some(PictureStats { sent, received, .. }) = stats.picture {
            let (seen, asked) = (received.shown, received.key_frame_requests);
            eprintln!(
                "{}",
                lang.of(
                    format!("그림 · 보냄 {sent} · 봄 {seen} · 처음부터 다시 청함 {asked}"),
                    format!("pictures: {sent} sent, {seen} seen; asked {asked} times to begin anew"),
                )
            );
        }
        if let Finished::Recorded { length, path } = self.line.finish()? {
            let (seconds, path) = (length.as_secs(), path.display());
            eprintln!(
                "{}",
                lang.of(format!("기록 {seconds}초 → {path}"), format!("{seconds} s recorded → {path}"))
            );
        }
        Ok(received)
    }
}
