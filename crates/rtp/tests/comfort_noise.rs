//! Comfort noise (RFC 3389) as ffmpeg writes and makes it.

use moim_rtp::payload::comfort_noise::{ComfortNoise, NoiseLevel, Reflection, write};
use moim_testkit::skip;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The order of ffmpeg's model, and so the bytes of its payloads.
const ORDER: usize = 10;
const PAYLOAD: usize = 1 + ORDER;

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("comfort_noise");
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder.join(name)
}

/// What ffmpeg does, on its standard output; `None`, with the reason printed, where it is missing.
#[track_caller]
fn ffmpeg(args: &[&str]) -> Option<Vec<u8>> {
    let said = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(args)
        .stdin(Stdio::null())
        .output();
    let Ok(said) = said else {
        skip("ffmpeg is not installed; `cargo xtask doctor` tells how");
        return None;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(said.stdout)
}

/// A second of a noise that ffmpeg knows by its colour.
fn noise(colour: &str) -> String {
    format!("anoisesrc=r=8000:amplitude=0.1:color={colour}:seed=1:duration=1")
}

/// What is the same for samples of 16 bits and for payloads.
const TO_SAMPLES: [&str; 3] = ["-f", "s16le", "-"];

/// The decibels of samples below overload, and how alike neighbours are: −1 … 1.
fn measure(samples: &[u8]) -> (f64, f64) {
    let samples: Vec<_> = samples
        .as_chunks()
        .0
        .iter()
        .map(|&sample| f64::from(i16::from_le_bytes(sample)) / 32_768.0)
        .collect();
    let energy: f64 = samples.iter().map(|sample| sample * sample).sum();
    let neighbours: f64 = samples.windows(2).map(|pair| pair[0] * pair[1]).sum();
    (-10.0 * (energy / samples.len() as f64).log10(), neighbours / energy)
}

/// The payloads that ffmpeg makes of a noise, and the noise.
#[track_caller]
fn encoded(colour: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let noise = noise(colour);
    let input = ["-f", "lavfi", "-i", &noise];
    let payloads = ["-map", "0:a", "-c:a", "comfortnoise", "-f", "data", "-"];
    let payloads = ffmpeg(&[&input[..], &payloads].concat())?;
    Some((payloads, ffmpeg(&[&input[..], &TO_SAMPLES].concat())?))
}

#[test]
fn what_ffmpeg_says_of_a_noise_is_read_and_written_again() {
    for colour in ["white", "brown"] {
        let Some((payloads, samples)) = encoded(colour) else { return };
        let (payloads, []) = payloads.as_chunks::<PAYLOAD>() else { panic!("whole payloads") };
        let (level, alike) = measure(&samples);
        assert!(payloads.len() > 10);
        let (mut mean_level, mut mean) = (0.0, 0.0);
        for payload in payloads {
            let noise = ComfortNoise::parse(payload).expect("a payload");
            let reflections: Vec<_> = noise.reflections().collect();
            let mut again = [0; PAYLOAD];
            assert_eq!(write(noise.level(), &reflections, &mut again), Ok(PAYLOAD));
            assert_eq!(again, *payload);
            mean_level += f64::from(noise.level().get()) / payloads.len() as f64;
            // The first one predicts a sample from its neighbour, with the opposite sign.
            mean -= f64::from(reflections[0].coefficient()) / payloads.len() as f64;
        }
        assert!((mean_level - level).abs() < 3.0, "{colour}: {mean_level} dB, {level} dB");
        assert!((mean - alike).abs() < 0.1, "{colour}: {mean}, {alike}");
    }
}

/// What ffmpeg plays of a payload.
#[track_caller]
fn played(level: u8, first: f32) -> Option<(f64, f64)> {
    // ffmpeg takes payloads out of a file of its own only: ours go there in place of those it has written.
    let (theirs, _) = encoded("white")?;
    let container = file("noise.nut");
    let noise = noise("white");
    let path = container.to_str().expect("a path in UTF-8");
    ffmpeg(&["-f", "lavfi", "-i", &noise, "-c:a", "comfortnoise", path])?;
    let mut bytes = std::fs::read(&container).expect("what ffmpeg wrote");
    let mut reflections = [Reflection::nearest(0.0); ORDER];
    reflections[0] = Reflection::nearest(first);
    let mut ours = [0; PAYLOAD];
    write(NoiseLevel::new(level).unwrap(), &reflections, &mut ours).unwrap();
    for payload in theirs.as_chunks::<PAYLOAD>().0 {
        let place = bytes.windows(PAYLOAD).position(|place| place == payload).expect("once in the file");
        bytes[place..place + PAYLOAD].copy_from_slice(&ours);
    }
    let changed = file("changed.nut");
    std::fs::write(&changed, bytes).expect("a file for ffmpeg");
    let path = changed.to_str().expect("a path in UTF-8");
    let samples = ffmpeg(&[&["-i", path][..], &TO_SAMPLES].concat())?;
    // It begins as silence.
    Some(measure(&samples[samples.len() / 4 * 2..]))
}

#[test]
fn ffmpeg_makes_the_noise_that_was_meant() {
    let Some((reference, alike)) = played(20, 0.0) else { return };
    assert!(alike.abs() < 0.1, "white: {alike}");
    for level in [30, 40, 60] {
        let Some((played, _)) = played(level, 0.0) else { return };
        let below = played - reference;
        assert!((below - f64::from(level - 20)).abs() < 0.5, "{below} dB below, {level}");
    }
    for coefficient in [-0.8, -0.3, 0.3, 0.8] {
        let Some((_, alike)) = played(30, coefficient) else { return };
        assert!((alike + f64::from(coefficient)).abs() < 0.1, "{coefficient}: {alike}");
    }
}
