//! What a party says.

use moim_media::AudioFormat;
use moim_netsim::Side;
use moim_testkit::talker::Talker;
use std::sync::Arc;

/// Sound without end, 48 kHz mono.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A synthetic voice.
    Talker(Box<Talker>),
    /// A recording, again and again.
    Recording {
        /// Not empty.
        pcm: Arc<[f32]>,
        /// The sample to be said next.
        next: usize,
    },
}

impl Source {
    /// The talker of this side: A has the low voice, B the high one.
    pub(crate) fn talker(seed: u64, side: Side) -> Self {
        let voice = match side {
            Side::A => 0,
            Side::B => 1,
        };
        Self::Talker(Box::new(Talker::new((seed << 1) | voice, AudioFormat::VOICE.rate())))
    }

    /// The recording, for A from its beginning and for B from its middle, so that they do not say the same at the
    /// same time.
    pub(crate) fn recording(pcm: Arc<[f32]>, side: Side) -> Self {
        let next = match side {
            Side::A => 0,
            Side::B => pcm.len() / 2,
        };
        Self::Recording { pcm, next }
    }

    pub(crate) fn fill(&mut self, out: &mut [f32]) {
        match self {
            Self::Talker(talker) => talker.fill(out),
            Self::Recording { pcm, next } => {
                for sample in out {
                    *sample = pcm[*next];
                    *next = (*next + 1) % pcm.len();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_repeats_and_b_is_half_of_it_ahead() {
        let pcm: Arc<[f32]> = [0.0, 1.0, 2.0, 3.0].into();
        let (mut a, mut b) = (Source::recording(Arc::clone(&pcm), Side::A), Source::recording(pcm, Side::B));
        let (mut from_a, mut from_b) = ([0.0; 5], [0.0; 5]);
        a.fill(&mut from_a);
        b.fill(&mut from_b);
        assert_eq!((from_a, from_b), ([0.0, 1.0, 2.0, 3.0, 0.0], [2.0, 3.0, 0.0, 1.0, 2.0]));
    }
}
