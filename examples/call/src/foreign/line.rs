//! The call itself, without its sockets.

use crate::codec;
use crate::sdp::Description;
use anyhow::Result;
use host::{Engine, Port, RtcpPort, Transmit};
use moim_call::{Call, CallConfig, Event, Handled, Kind};
use moim_media::{AudioFormat, Instant};
use moim_rtp::payload::opus::Parameters;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// 10 ms.
const TICK_SAMPLES: usize = 480;
/// A far side that has been heard and then says nothing for this long has gone, with or without a goodbye.
const GONE: Duration = Duration::from_secs(2);

/// How a line differs from another that says the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineConfig {
    pub(super) seed: u64,
    /// Unix time at the epoch of the caller's clock.
    pub(super) wall_clock: Duration,
    /// From the first tick to the last.
    pub(super) length: Duration,
}

/// What is said and what is heard.
pub(super) struct Line {
    call: Call,
    /// What is to be said; without it only reports are sent.
    says: Option<Vec<f32>>,
    heard: Vec<f32>,
    /// How long the call has lasted, and how long it may, in samples.
    elapsed: usize,
    length: usize,
    rtcp: RtcpPort,
    received: u64,
    heard_at: Option<Instant>,
    far_side_left: bool,
}

impl Line {
    /// A line for the stream that `agreed` describes.
    pub(super) fn new(config: &LineConfig, says: Option<Vec<f32>>, agreed: &Description) -> Result<Self> {
        let call = CallConfig {
            seed: config.seed,
            wall_clock: config.wall_clock,
            ..within(&agreed.parameters, CallConfig::default())
        };
        Ok(Self {
            call: Call::new(call, codec::opus(agreed.payload_type, &agreed.parameters, agreed.feedback)?)?,
            says,
            heard: Vec::new(),
            elapsed: 0,
            length: AudioFormat::VOICE.samples(config.length),
            rtcp: agreed.rtcp,
            received: 0,
            heard_at: None,
            far_side_left: false,
        })
    }

    /// Where its reports go.
    pub(super) fn rtcp(&self) -> RtcpPort {
        self.rtcp
    }

    /// Packets of sound sent.
    pub(super) fn sent(&self) -> u64 {
        self.call.stats().sent_packets
    }

    /// Packets of sound received, those that came too late included.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// What was heard, from the first sound on.
    pub(super) fn into_heard(self) -> Vec<f32> {
        self.heard
    }

    /// 10 ms have passed; whether the call goes on.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if let Some(says) = &self.says {
            let rest = &says[self.elapsed.min(says.len())..];
            let mut mic = [0.0; TICK_SAMPLES];
            let count = rest.len().min(TICK_SAMPLES);
            mic[..count].copy_from_slice(&rest[..count]);
            self.call.push_mic(now, &mic);
        }
        let mut speaker = [0.0; TICK_SAMPLES];
        self.call.pull_speaker(now, &mut speaker);
        // The recording begins with the first sound, whoever was here first.
        if self.heard_at.is_some() {
            self.heard.extend_from_slice(&speaker);
        }
        self.elapsed += TICK_SAMPLES;
        let said_by = |says: &Vec<f32>| says.len() + AudioFormat::VOICE.samples(GONE);
        let all_said = self.says.as_ref().is_some_and(|says| self.elapsed >= said_by(says));
        let gone = self.far_side_left || self.heard_at.is_some_and(|last| now.since(last) > GONE);
        let over = gone || all_said || self.elapsed >= self.length;
        if over {
            self.call.leave(now);
        }
        !over
    }
}

impl Engine for Line {
    fn handle_datagram(&mut self, now: Instant, _port: Port, datagram: &[u8]) {
        if self.call.handle_datagram(now, datagram) == Handled::Media {
            self.received += 1;
            self.heard_at = Some(now);
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

/// The configuration, with no bitrate above what the far side wants to receive.
fn within(wanted: &Parameters, config: CallConfig) -> CallConfig {
    let most = wanted.max_average_bitrate.unwrap_or(u32::MAX);
    let (start, end) = (*config.bitrate.start(), *config.bitrate.end());
    CallConfig {
        start_bitrate: config.start_bitrate.min(most),
        bitrate: start.min(most)..=end.min(most),
        ..config
    }
}
