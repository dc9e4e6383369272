//! The call itself, without its sockets.

use super::recording::{Finished, Recording};
use super::show::Show;
use crate::camera::Camera;
use crate::codec;
use crate::sdp::Description;
use anyhow::{Context, Error, Result};
use host::{Engine, Port, RtcpPort, Transmit};
use moim_call::{Call, CallConfig, Event, Handled, Kind, Medium, Stats};
use moim_media::{AudioFormat, Instant, VideoSize};
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::Parameters;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// 10 ms.
const TICK_SAMPLES: usize = 480;
/// A far side that has been heard and then says nothing for this long has gone, with or without a goodbye.
const GONE: Duration = Duration::from_secs(2);
/// What is expected of the far side's pictures, until they come, by somebody who has no camera.
const USUAL_SIZE: VideoSize = VideoSize::new(640, 360).unwrap();
const USUAL_RATE: f32 = 30.0;

/// How a line differs from another that says the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineConfig {
    pub(super) seed: u64,
    /// Unix time at the epoch of the caller's clock.
    pub(super) wall_clock: Duration,
    /// From the first tick to the last.
    pub(super) length: Duration,
}

/// What goes into a line at our end.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// What is to be said; without it only reports are sent.
    pub(super) says: Option<Vec<f32>>,
    /// What is to be shown.
    pub(super) shows: Option<Camera>,
}

/// What is said and shown, heard and seen.
pub(super) struct Line {
    call: Call,
    says: Option<Vec<f32>>,
    shows: Shows,
    recording: Recording,
    /// How long the call has lasted, and how long it may, in samples.
    elapsed: usize,
    length: usize,
    routes: [Route; 2],
    received: u64,
    heard_at: Option<Instant>,
    present: Present,
    /// What went wrong with camera or recording: the call ends with it.
    trouble: Option<Error>,
}

/// A camera waits for the call to begin.
enum Shows {
    Nothing,
    Soon(Camera),
    Now(Show),
}

/// Where packets of one medium go.
#[derive(Clone, Copy, Debug)]
struct Route {
    stream: usize,
    rtcp: RtcpPort,
}

/// Which media of the far side are there.
#[derive(Clone, Copy, Debug, Default)]
struct Present {
    voice: bool,
    picture: bool,
    /// Whether any has left.
    has_left: bool,
}

impl Line {
    /// A line for the streams that `agreed` describes.
    pub(super) fn new(
        config: &LineConfig,
        ours: Ours,
        recording: Recording,
        agreed: &Description,
    ) -> Result<Self> {
        let Ours { says, shows } = ours;
        let parameters = agreed.sound.as_ref().map(|sound| sound.parameters).unwrap_or_default();
        let mut call = CallConfig {
            seed: config.seed,
            wall_clock: config.wall_clock,
            transport_seq: agreed.transport_seq,
            ..within(&parameters, CallConfig::default())
        };
        let voice = match &agreed.sound {
            Some(sound) => codec::opus(sound.payload_type, &sound.parameters, sound.feedback)?,
            // A call has a voice, though nobody hears it.
            None => codec::opus(unused(agreed)?, &parameters, crate::sdp::Feedback::None)?,
        };
        let call = match &agreed.picture {
            None => Call::new(call, voice)?,
            Some(picture) => {
                let size = shows.as_ref().map_or(USUAL_SIZE, Camera::size);
                call.frame_rate = shows.as_ref().map_or(USUAL_RATE, Camera::frame_rate);
                let picture = codec::h264_as_agreed(picture, size, call.frame_rate)?;
                Call::with_picture(call, voice, picture)?
            }
        };
        Ok(Self {
            call,
            says: says.filter(|_| agreed.sound.is_some()),
            shows: match shows.filter(|_| agreed.picture.is_some()) {
                Some(camera) => Shows::Soon(camera),
                None => Shows::Nothing,
            },
            recording,
            elapsed: 0,
            length: AudioFormat::VOICE.samples(config.length),
            routes: routes(agreed),
            received: 0,
            heard_at: None,
            present: Present::default(),
            trouble: None,
        })
    }

    /// Packets of sound and picture received, those that came too late included.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn stats(&self) -> Stats {
        self.call.stats()
    }

    /// Ends the recording of what was heard and seen, from the first of it on.
    ///
    /// # Errors
    ///
    /// Whatever went wrong with camera or recording on the way.
    pub(super) fn finish(self) -> Result<Finished> {
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => self.recording.finish(),
        }
    }

    /// 10 ms have passed; whether the call goes on.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if self.elapsed == 0 {
            self.raise_curtain(now);
        } else {
            self.say(now);
        }
        let mut speaker = [0.0; TICK_SAMPLES];
        self.call.pull_speaker(now, &mut speaker);
        // The recording begins with the first sound or picture, whoever was here first.
        if self.heard_at.is_some() {
            let kept = self.recording.sound(now, &speaker);
            self.trouble = self.trouble.take().or(kept.err());
        }
        self.look(now);
        self.elapsed += TICK_SAMPLES;
        let said_by = |says: &Vec<f32>| says.len() + AudioFormat::VOICE.samples(GONE);
        let all_said = self.says.as_ref().is_some_and(|says| self.elapsed >= said_by(says));
        let gone = self.present.have_left() || self.heard_at.is_some_and(|last| now.since(last) > GONE);
        let over = gone || all_said || self.elapsed >= self.length || self.trouble.is_some();
        if over {
            self.call.leave(now);
        }
        !over
    }

    /// The first picture is taken when the first sound begins.
    fn raise_curtain(&mut self, now: Instant) {
        self.shows = match std::mem::replace(&mut self.shows, Shows::Nothing) {
            Shows::Soon(camera) => Shows::Now(Show::new(camera, now)),
            shows => shows,
        };
    }

    /// What the microphone took up since the tick before.
    fn say(&mut self, now: Instant) {
        let Some(says) = &self.says else { return };
        let rest = &says[(self.elapsed - TICK_SAMPLES).min(says.len())..];
        let mut mic = [0.0; TICK_SAMPLES];
        let count = rest.len().min(TICK_SAMPLES);
        mic[..count].copy_from_slice(&rest[..count]);
        self.call.push_mic(now, &mic);
    }

    /// Takes and shows the pictures that are due.
    fn look(&mut self, now: Instant) {
        if let Shows::Now(show) = &mut self.shows {
            self.trouble = self.trouble.take().or(show.take(now, &mut self.call).err());
        }
        while let Some(picture) = self.call.poll_picture(now) {
            let kept = self.recording.picture(now, picture.access_unit);
            self.trouble = self.trouble.take().or(kept.err());
        }
    }
}

impl Engine for Line {
    fn handle_datagram(&mut self, now: Instant, _stream: usize, _port: Port, datagram: &[u8]) {
        if self.call.handle_datagram(now, datagram) == Handled::Media {
            self.received += 1;
            self.heard_at = Some(now);
        }
        while let Some(event) = self.call.poll_event() {
            match event {
                Event::RemoteJoined { medium, .. } => *self.present.of_mut(medium) = true,
                Event::RemoteLeft { medium, .. } => {
                    *self.present.of_mut(medium) = false;
                    self.present.has_left = true;
                }
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.look(now);
        self.call.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Transmit> {
        let transmit = self.call.poll_transmit(now, buffer)?;
        let route = self.routes[match transmit.medium {
            Medium::Voice => 0,
            Medium::Picture => 1,
        }];
        let port = match (transmit.kind, route.rtcp) {
            (Kind::Report, RtcpPort::Next) => Port::Rtcp,
            _ => Port::Rtp,
        };
        Some(Transmit { stream: route.stream, port, len: transmit.len })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let camera = match &self.shows {
            Shows::Now(show) => Some(show.due()),
            Shows::Nothing | Shows::Soon(_) => None,
        };
        [self.call.poll_timeout(), self.call.picture_due(), camera].into_iter().flatten().min()
    }
}

impl Present {
    fn of_mut(&mut self, medium: Medium) -> &mut bool {
        match medium {
            Medium::Voice => &mut self.voice,
            Medium::Picture => &mut self.picture,
        }
    }

    /// Everybody who was here said goodbye.
    fn have_left(self) -> bool {
        self.has_left && !self.voice && !self.picture
    }
}

/// Where the packets of voice and picture go. A medium that there is not sends none.
fn routes(agreed: &Description) -> [Route; 2] {
    let receivers = agreed.receivers();
    let sound = agreed.sound.as_ref().map(|sound| sound.receiver);
    let picture = agreed.picture.as_ref().map(|picture| picture.receiver);
    [sound, picture].map(|receiver| Route {
        stream: receivers.iter().position(|&of| Some(of) == receiver).unwrap_or(0),
        rtcp: receiver.map_or(RtcpPort::Muxed, |receiver| receiver.rtcp),
    })
}

/// A payload type that nothing else has.
fn unused(agreed: &Description) -> Result<PayloadType> {
    let picture = agreed.picture.as_ref();
    let taken = [picture.map(|picture| picture.payload_type), picture.and_then(|picture| picture.rtx)];
    let mut dynamic = (96..=127).filter_map(PayloadType::new);
    dynamic.find(|&payload_type| !taken.contains(&Some(payload_type))).context("no payload type is left")
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
