//! The peers that come from package registries, built from the judge's drivers and measured as ours is.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::calls::Calls;
use super::instrument::{Earlier, Instrument, quoted, run};
use super::scores::Candidate;
use crate::process;

/// Builds every driver under the target folder.
pub(super) fn build(instrument: &Instrument) -> Result<()> {
    let (drivers, out) = (instrument.folder.join("drivers"), folder(instrument));
    // Cargo would write its lock beside the manifest, and that folder is not ours: it is built elsewhere.
    fs::create_dir_all(&out)?;
    run(Command::new("cp").arg("-Rf").arg(drivers.join("rust")).arg(&out))?;
    run(process::cargo(&["build", "--release", "--manifest-path"])
        .arg(out.join("rust/Cargo.toml"))
        .arg("--target-dir")
        .arg(&out))?;
    let neteq = out.join("neteq");
    run(Command::new("cmake")
        .args(["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-S"])
        .arg(drivers.join("neteq_webrtc"))
        .arg("-B")
        .arg(&neteq))?;
    run(Command::new("ninja").arg("-C").arg(&neteq))?;
    run(Command::new("gcc")
        .args(["-O2", "-o"])
        .arg(out.join("speexjb"))
        .arg(drivers.join("speex/main.c"))
        .args(["-lspeexdsp", "-lopus"]))
}

/// Lets them play; a call that was played before, by the same program, stands.
pub(super) fn measure(instrument: &Instrument, calls: Calls) -> Result<Vec<Candidate>> {
    let out = folder(instrument);
    let fixed = |delay: u32| ("release/fixed", format!(" --delay {delay}"), format!("fixed{delay}"));
    let peers = [
        ("neteq/neteq_webrtc", String::new(), "neteq_2023_01".to_owned()),
        ("release/neteq_crate", String::new(), "neteq_crate_0.9".into()),
        ("speexjb", String::new(), "speex_jb".into()),
        fixed(60),
        fixed(100),
    ];
    for (program, options, name) in &peers {
        let program = out.join(program);
        ensure!(program.is_file(), "{} was not built", program.display());
        instrument.play(calls, name, &format!("{}{options}", quoted(&program)?), Earlier::Kept)?;
    }
    instrument.report(calls, &peers.map(|(_, _, name)| name))
}

fn folder(instrument: &Instrument) -> PathBuf {
    instrument.cache.join("peers")
}
