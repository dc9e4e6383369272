//! Compiled in, the neural parts change no default. Each build of this test leaves what the defaults make beside what
//! those of the other builds made, and all of it must be equal; `cargo xtask test features` makes every build.
//!
//! One thing is left out, for libopus itself does it: with the parts compiled in, and whether or not they are used, its
//! wideband speech layer no longer fades in the frame after a loss (`silk_PLC_glue_frames`).

mod sound;

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput};
use moim_opus::{Application, Bandwidth, Decoder, DecoderConfig, Encoder, EncoderConfig};
use sound::{encode, voice};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// Whether the frame after a loss is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterLoss {
    Heard,
    LeftOut,
}

/// The packets of an encoder, and the sound that a default decoder makes of them through every input.
fn made(config: EncoderConfig, after_loss: AfterLoss, hash: &mut DefaultHasher) {
    let packets = encode(&mut Encoder::new(config).unwrap(), &voice(240_000));
    packets.hash(hash);
    let mut decoder = Decoder::new(DecoderConfig::default()).unwrap();
    let mut heard = vec![0.0_f32; config.format.samples(config.frame)];
    let mut play = |decoder: &mut Decoder, input: AudioInput<'_, _>| {
        decoder.decode(input, &mut heard).unwrap();
        heard.iter().for_each(|sample| sample.to_bits().hash(hash));
    };
    for (index, pair) in packets.windows(2).enumerate() {
        if index % 9 == 4 {
            decoder.save();
            play(&mut decoder, AudioInput::Lost);
            play(&mut decoder, AudioInput::Lost);
            if after_loss == AfterLoss::Heard {
                continue;
            }
            decoder.restore();
        }
        if index % 9 == 7 && after_loss == AfterLoss::Heard {
            play(&mut decoder, AudioInput::Fec { next: &pair[1] });
        } else {
            play(&mut decoder, AudioInput::Packet(&pair[0]));
        }
    }
}

/// What the defaults make of voice and music, in every layer and at low, usual and high bitrates.
fn all_made() -> u64 {
    let mut hash = DefaultHasher::new();
    for bitrate in [12_000, 32_000, 96_000] {
        for application in [Application::Voice, Application::Music] {
            let config = EncoderConfig { application, bitrate, ..EncoderConfig::default() };
            made(config, AfterLoss::LeftOut, &mut hash);
        }
        let config = EncoderConfig { bitrate, frame: Duration::from_millis(10), ..EncoderConfig::default() };
        made(EncoderConfig { application: Application::LowDelay, ..config }, AfterLoss::Heard, &mut hash);
    }
    let narrow =
        EncoderConfig { max_bandwidth: Bandwidth::Narrow, bitrate: 8_000, ..EncoderConfig::default() };
    made(narrow, AfterLoss::Heard, &mut hash);
    hash.finish()
}

#[test]
fn every_build_makes_the_same_by_default() {
    let this = all_made();
    assert_eq!(this, all_made(), "not even one build does");
    let build = format!("dred-{}-osce-{}", cfg!(feature = "dred"), cfg!(feature = "osce"));
    // Another libopus or another test may well make something else.
    let kin = format!("opus-defaults-{}-{:016x}", env!("CARGO_PKG_VERSION"), source());
    let kin = Path::new(env!("CARGO_TARGET_TMPDIR")).join(kin);
    std::fs::create_dir_all(&kin).unwrap();
    std::fs::write(kin.join(build), format!("{this:016x}")).unwrap();
    for other in std::fs::read_dir(&kin).unwrap() {
        let other = other.unwrap().path();
        let made = std::fs::read_to_string(&other).unwrap();
        assert_eq!(made, format!("{this:016x}"), "{} makes something else than this build", other.display());
    }
}

/// What may change the outcome besides features: this test and libopus.
fn source() -> u64 {
    let mut hash = DefaultHasher::new();
    (include_str!("defaults.rs"), include_str!("sound/mod.rs"), opus::version()).hash(&mut hash);
    hash.finish()
}
