//! Our end of the line: a call on its sockets.

use super::line::{Line, LineConfig};
use crate::lang::Lang;
use crate::party::TICK;
use crate::sdp::Description;
use crate::wav;
use anyhow::Result;
use host::{Clock, Driver, Port, Ports, RtcpPort, Ticker};
use moim_media::{AudioFormat, Instant};
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
    /// Where what was heard goes.
    pub(super) out: PathBuf,
    pub(super) lang: Lang,
}

/// A line, its sockets and its clock.
pub(super) struct Station {
    driver: Driver,
    line: Line,
    plan: Plan,
}

impl Station {
    /// A station on `ports` that will say `says`, as the description has it.
    pub(super) fn new(
        plan: Plan,
        says: Option<Vec<f32>>,
        ports: Ports,
        agreed: &Description,
    ) -> Result<Self> {
        let config = LineConfig {
            seed: plan.seed,
            wall_clock: plan.clock.unix_time(Instant::EPOCH),
            length: plan.length,
        };
        let line = Line::new(&config, says, agreed)?;
        Ok(Self { driver: Driver::new(plan.clock, ports), line, plan })
    }

    /// Sends to `receiver` without waiting to be spoken to.
    pub(super) fn call_at(&mut self, receiver: SocketAddr) {
        self.driver.set_peer(Port::Rtp, receiver);
        if self.line.rtcp() == RtcpPort::Next {
            let next = SocketAddr::new(receiver.ip(), receiver.port().saturating_add(1));
            self.driver.set_peer(Port::Rtcp, next);
        }
    }

    /// Holds the call to its end, leaves behind what was heard, and returns how many packets of sound came.
    pub(super) fn run(mut self) -> Result<u64> {
        let Plan { clock, lang, out, .. } = self.plan;
        let own = self.driver.ports().address(Port::Rtp)?;
        eprintln!("{}", lang.of(format!("{own} 에서 기다립니다"), format!("ready at {own}")));
        let mut ticker = Ticker::new(clock.now(), TICK);
        self.driver.run(&mut self.line, &mut ticker, |line, tick| {
            if line.tick(tick.now) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (sent, received) = (self.line.sent(), self.line.received());
        eprintln!(
            "{}",
            lang.of(
                format!("소리 패킷 · 보냄 {sent} · 받음 {received}"),
                format!("packets of sound: {sent} sent, {received} received"),
            )
        );
        let heard = self.line.into_heard();
        if !heard.is_empty() {
            if let Some(folder) = out.parent() {
                std::fs::create_dir_all(folder)?;
            }
            wav::write(&out, &heard)?;
            let (seconds, out) = (AudioFormat::VOICE.duration(heard.len()).as_secs(), out.display());
            eprintln!(
                "{}",
                lang.of(format!("들은 소리 {seconds}초 → {out}"), format!("{seconds} s heard → {out}"))
            );
        }
        Ok(received)
    }
}
