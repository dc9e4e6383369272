//! After one second of sound or pictures, ten more allocate nothing, at every level.

use core::time::Duration;
use moim_dsp::{Converter, Correlator, Gain, Halver, Limiter, Mixer, Ramp};
use moim_media::{AudioFormat, FramePool, VideoSize};
use moim_simd::Cpu;
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// 10 ms at 48 kHz.
const BLOCK: usize = 480;

#[test]
fn mixing_limiting_and_converting_allocate_nothing() {
    for cpu in Cpu::available() {
        let (mixer, converter) = (Mixer::new(cpu), Converter::new(cpu));
        let mut limiter = Limiter::new(cpu, AudioFormat::VOICE, Duration::from_millis(200));
        let voice = [0.7; BLOCK];
        let (mut sum, mut pcm) = ([0.0; BLOCK], [0; BLOCK]);
        let mut play = |blocks: usize| {
            for block in 0..blocks {
                sum.fill(0.0);
                // Voices come and go, so that the limiter works.
                let to = Gain::saturating((block % 7) as f32);
                let peak = mixer.add(&mut sum, &voice, Ramp { from: Gain::UNITY, to });
                limiter.limit(&mut sum, peak);
                converter.to_i16(&sum, &mut pcm);
                converter.to_f32(&pcm, &mut sum);
            }
        };
        play(100);
        assert_eq!(Counting::count(|| play(1_000)), Allocations::default(), "at {cpu}");
    }
}

#[test]
fn searching_allocates_nothing() {
    for cpu in Cpu::available() {
        let correlator = Correlator::new(cpu, AudioFormat::VOICE);
        let sound: Vec<f32> = (0..2 * BLOCK).map(|sample| (sample % 300) as f32 / 300.0 - 0.5).collect();
        let (mut cross, mut energies) = ([0.0; 601], [0.0; 601]);
        let mut search = |times: usize| {
            for _ in 0..times {
                correlator.correlate(&sound[..240], &sound, &mut cross, &mut energies);
                assert!(cross[300] > cross[150], "a period");
            }
        };
        search(10);
        assert_eq!(Counting::count(|| search(100)), Allocations::default(), "at {cpu}");
    }
}

#[test]
fn halving_pictures_allocates_nothing() {
    for cpu in Cpu::available() {
        let halver = Halver::new(cpu);
        let size = VideoSize::new(161, 91).expect("a size");
        let mut camera = FramePool::new(size, 2);
        let mut halved = FramePool::new(Halver::size(size), 2);
        let mut film = |pictures: u8| {
            for value in 0..pictures {
                let frame = camera.write(|mut frame| frame.planes()[0].data().fill(value));
                let frame = frame.expect("the one before is returned");
                let half = halved.write(|mut to| halver.picture(&frame, &mut to));
                assert_eq!(half.expect("the one before is returned").planes()[0].data()[0], value);
            }
        };
        film(25);
        assert_eq!(Counting::count(|| film(250)), Allocations::default(), "at {cpu}");
    }
}
