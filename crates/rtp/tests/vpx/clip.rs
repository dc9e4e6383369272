//! Clips that ffmpeg makes, and where it says that they begin anew.

use moim_testkit::foreign::has_ffmpeg;
use moim_testkit::skip;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A clip of 320 × 180 in units, and which of them ffprobe takes for key frames.
pub(crate) struct Clip {
    pub(crate) file: PathBuf,
    pub(crate) units: Vec<Vec<u8>>,
    pub(crate) keys: Vec<bool>,
}

/// Encodes a clip with `options`; `None`, with the reason printed, where ffmpeg or its encoder is missing.
#[track_caller]
pub(crate) fn clip(name: &str, encoder: &str, options: &[&str]) -> Option<Clip> {
    if !has_ffmpeg(&[encoder]) {
        return None;
    }
    let file = folder().join(name).with_extension("ivf");
    let source =
        ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-frames:v", "40", "-pix_fmt", "yuv420p"];
    let rate = ["-b:v", "800k", "-g", "15", "-c:v", encoder];
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(source)
        .args(rate)
        .args(options)
        .args(["-f", "ivf"])
        .arg(&file)
        .status();
    assert!(made.expect("ffmpeg runs").success());
    let probe = ["-v", "error", "-show_entries", "packet=flags", "-of", "csv=p=0"];
    let Ok(said) = Command::new("ffprobe").args(probe).arg(&file).stdin(Stdio::null()).output() else {
        skip("ffprobe is not installed; `cargo xtask doctor` tells how");
        return None;
    };
    let keys = String::from_utf8_lossy(&said.stdout).lines().map(|flags| flags.starts_with('K')).collect();
    let units = units(&std::fs::read(&file).expect("what ffmpeg wrote"));
    Some(Clip { file, units, keys })
}

/// A folder for what this test writes.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vpx");
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// IVF: 32 bytes, and each unit behind its length and 8 bytes of time.
fn units(mut ivf: &[u8]) -> Vec<Vec<u8>> {
    ivf = &ivf[32..];
    let mut units = Vec::new();
    while let Some((&len, behind)) = ivf.split_first_chunk() {
        let (unit, behind) = behind[8..].split_at(u32::from_le_bytes(len) as usize);
        units.push(unit.to_vec());
        ivf = behind;
    }
    units
}
