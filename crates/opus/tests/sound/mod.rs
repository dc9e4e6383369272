//! Sound that every test can hear: tones and a talker, and how alike two sounds are.
#![allow(dead_code, reason = "each test binary uses its own part")]

use core::f32::consts::TAU;
use moim_media::ClockRate;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_opus::Encoder;
use moim_testkit::talker::Talker;

/// `frames` frames of a 440 Hz tone at half of full scale, `channels` times the same.
pub(crate) fn tone(hertz: u32, channels: usize, frames: usize) -> Vec<f32> {
    (0..frames * channels)
        .map(|index| 0.5 * ((index / channels) as f32 * 440.0 * TAU / hertz as f32).sin())
        .collect()
}

/// The first `frames` frames of a talker at 48 kHz mono.
pub(crate) fn voice(frames: usize) -> Vec<f32> {
    let mut pcm = vec![0.0; frames];
    Talker::new(1, ClockRate::HZ_48000).fill(&mut pcm);
    pcm
}

/// Every frame of `pcm` encoded; an empty packet where the encoder had nothing to send.
pub(crate) fn encode(encoder: &mut Encoder, pcm: &[f32]) -> Vec<Vec<u8>> {
    let frame = encoder.format().samples(encoder.frame());
    let mut packet = vec![0; 8_000];
    pcm.chunks_exact(frame)
        .map(|pcm| match encoder.encode(pcm, &mut packet).expect("a frame of the right size") {
            Encoded::Packet(len) => packet[..len].to_vec(),
            Encoded::Silent => Vec::new(),
        })
        .collect()
}

/// Signal to noise in dB of `heard` against `meant`, both of the same length.
pub(crate) fn snr(meant: &[f32], heard: &[f32]) -> f32 {
    assert_eq!(meant.len(), heard.len());
    let signal: f32 = meant.iter().map(|sample| sample * sample).sum();
    let noise: f32 = meant.iter().zip(heard).map(|(meant, heard)| (meant - heard).powi(2)).sum();
    10.0 * (signal / noise.max(1e-12)).log10()
}

/// Normalised correlation of two sounds of the same length, −1 … 1.
pub(crate) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
}
