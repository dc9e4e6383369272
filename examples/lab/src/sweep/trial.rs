//! One talk, one network, one policy: what a receiver makes of it.

use super::journey::{Journey, START};
use super::networks::Network;
use super::score::Score;
use super::talk::{OPUS, RED, SOURCE, Talk};
use crate::concealment::Concealment;
use crate::course::Course;
use crate::policy::Policy;
use crate::receiver::{PayloadTypes, Received, Receiver};
use crate::virtual_time::{self, Watch};
use anyhow::{Context, Result};
use core::time::Duration;
use moim_media::{AudioFormat, Instant};
use moim_playout::{AudioReceiver, Produced, Stats};
use moim_rtp::PayloadType;

/// How long is listened after the last word.
const AFTERWARDS: Duration = Duration::from_millis(1_500);

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Through which network.
    pub network: &'static Network,
    /// Whose dice, and whose talk.
    pub seed: u64,
    /// Who receives.
    pub policy: Policy,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was tried.
    pub trial: Trial,
    /// Packets sent.
    pub sent: usize,
    /// Packets that did not come.
    pub lost: usize,
    /// From the sound.
    pub score: Score,
    /// From the receiver, when the last word was said: the underrun behind it tells nothing.
    pub stats: Stats,
}

/// What was heard, and how it came to be.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// 48 kHz, one channel.
    pub sound: Vec<f32>,
    /// Step by step.
    pub course: Course,
    /// Until when the receiver's counts count.
    counted_until: Instant,
    stats: Stats,
}

impl Trial {
    /// Plays `journey`, which `talk` made, and measures what is heard.
    ///
    /// # Errors
    ///
    /// When there can be no such receiver.
    pub fn run(self, talk: &Talk, journey: &Journey, concealment: Concealment) -> Result<(Outcome, Heard)> {
        let playout = self.policy.receiver(concealment.decoder()?)?;
        let type_of = |number| PayloadType::new(number).context("a payload type");
        let payload_types = PayloadTypes { opus: type_of(OPUS)?, red: type_of(RED)? };
        let mut receiver = Receiver::new(SOURCE, payload_types, playout);
        let said = Instant::EPOCH + START + AudioFormat::VOICE.duration(talk.undisturbed.len());
        let mut heard = Heard { counted_until: said, ..Heard::default() };
        virtual_time::play(&journey.recording, &mut receiver, said + AFTERWARDS, &mut heard)?;

        let score = Score::measure(&talk.undisturbed, &heard.sound, journey.fastest, self.network.drift_ppm);
        let outcome =
            Outcome { trial: self, sent: journey.sent, lost: journey.lost, score, stats: heard.stats };
        Ok((outcome, heard))
    }
}

impl Watch for Heard {
    fn received(&mut self, now: Instant, packet: &Received) -> Result<()> {
        self.course.received(now, packet);
        Ok(())
    }

    fn played(
        &mut self,
        now: Instant,
        produced: Produced,
        sound: &[f32],
        receiver: &dyn AudioReceiver,
    ) -> Result<()> {
        if now < self.counted_until {
            self.stats = receiver.stats();
        }
        self.course.played(now, produced, receiver);
        self.sound.extend_from_slice(sound);
        Ok(())
    }
}
