//! The judge itself: where it lies, what it needs, how it is asked. It is only read; what it makes stays under the
//! target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::calls::Calls;
use super::scores::{self, Candidate};
use crate::workspace::Workspace;
use crate::{checkout, process};

/// Why nothing is judged.
pub(super) const MISSING: &str = "../shared/judge/jitter is not there";

/// Whether a call that was played before is played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    Kept,
    Forgotten,
}

/// The judge, and the folder for what it makes.
#[derive(Clone, Debug)]
pub(super) struct Instrument {
    pub(super) folder: PathBuf,
    pub(super) cache: PathBuf,
}

impl Instrument {
    /// The judge beside this checkout.
    pub(super) fn find(workspace: &Workspace) -> Option<Self> {
        let folder = checkout::root().join("../shared/judge/jitter").canonicalize().ok()?;
        folder.join("judge.py").is_file().then(|| Self { folder, cache: workspace.target.join("judge") })
    }

    /// Makes what is missing or older than the judge: its Python packages, and the calls.
    pub(super) fn set_up(&self, calls: Calls) -> Result<()> {
        fs::create_dir_all(&self.cache)?;
        let wanted = self.folder.join("requirements.txt");
        let (venv, installed) = (self.cache.join("venv"), self.cache.join("venv/installed"));
        if older(&installed, &wanted)? {
            println!("judge: Python packages from {} into {}", wanted.display(), venv.display());
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
            run(self.python().args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
            fs::write(&installed, "")?;
        }
        let set = self.set(calls);
        let (generator, generated) = (self.folder.join("gen.py"), set.join("calls/generated"));
        if older(&generated, &generator)? {
            println!("judge: calls into {}", set.display());
            if set.exists() {
                fs::remove_dir_all(&set)?;
            }
            fs::create_dir_all(&set)?;
            let mut generate = self.script("gen.py");
            generate.arg("--out").arg(set.join("calls"));
            if let Some(only) = calls.filter() {
                generate.args(["--only", &only]);
            }
            run(&mut generate)?;
            fs::write(&generated, "")?;
        }
        // What the loss-free decode reaches was told by another judge.
        let ceilings = set.join("work/ceilings.json_");
        if ceilings.exists() && older(&ceilings, &self.folder.join("judge.py"))? {
            fs::remove_dir_all(set.join("work"))?;
        }
        Ok(())
    }

    /// Lets a program play the calls and scores what it made. `command` is words of a shell.
    pub(super) fn play(&self, calls: Calls, name: &str, command: &str, earlier: Earlier) -> Result<()> {
        let set = self.set(calls);
        let jobs = std::thread::available_parallelism().map_or(1, usize::from).to_string();
        let mut play = self.script("judge.py");
        play.args(["run", "--jobs", &jobs, "--name", name, "--cmd", command]);
        play.arg("--calls").arg(set.join("calls")).arg("--work").arg(set.join("work"));
        if earlier == Earlier::Forgotten {
            play.arg("--force");
        }
        run(&mut play)
    }

    /// The scores of those of `names` that have played.
    pub(super) fn report(&self, calls: Calls, names: &[String]) -> Result<Vec<Candidate>> {
        let set = self.set(calls);
        let mut report = self.script("judge.py");
        report.args(["report", "--hide-cmd", "--work"]).arg(set.join("work")).arg("--out").arg(&set);
        let found = set.join("results.json");
        if found.exists() {
            fs::remove_file(&found)?;
        }
        // After the numbers it draws a picture, which fails where a class has no call.
        let ended = process::output(&mut report);
        if !found.exists() {
            ended?;
        }
        let mut candidates = scores::read(&found)?;
        candidates.retain(|candidate| names.contains(&candidate.name));
        candidates.sort_by_key(|candidate| names.iter().position(|name| *name == candidate.name));
        if candidates.len() != names.len() {
            bail!("the judge's report lacks some of {}", names.join(", "));
        }
        Ok(candidates)
    }

    fn set(&self, calls: Calls) -> PathBuf {
        self.cache.join(calls.name)
    }

    fn python(&self) -> Command {
        let mut python = Command::new(self.cache.join("venv/bin/python"));
        // The judge's folder is not ours to write to.
        python.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
        python
    }

    fn script(&self, name: &str) -> Command {
        let mut script = self.python();
        // What other salt somebody judged with before does not matter here.
        script.arg(self.folder.join(name)).env_remove("JIT_SALT").env_remove("KEEP_WAV");
        script
    }
}

/// Says what is run, and runs it.
pub(super) fn run(command: &mut Command) -> Result<()> {
    println!("running: {}", process::shown(command));
    process::run(command)
}

/// A path as a word of a shell.
pub(super) fn quoted(path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if !text.contains('\'') => Ok(format!("'{text}'")),
        _ => bail!("a shell cannot be told of {}", path.display()),
    }
}

/// Whether what was made is not there, or from before what it is made of.
fn older(made: &Path, source: &Path) -> Result<bool> {
    let source = fs::metadata(source).with_context(|| format!("read {}", source.display()))?.modified()?;
    Ok(fs::metadata(made).map_or(true, |made| made.modified().is_ok_and(|made| made < source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_one_word_each() {
        assert_eq!(quoted(Path::new("/a b/lab")).unwrap(), "'/a b/lab'");
        assert!(quoted(Path::new("/it's/lab")).is_err());
    }

    #[test]
    fn what_is_missing_is_older_than_anything() {
        let manifest = checkout::root().join("Cargo.toml");
        assert!(older(Path::new("/nowhere/at/all"), &manifest).unwrap());
        assert!(!older(&manifest, &manifest).unwrap());
        assert!(older(&manifest, Path::new("/nowhere/at/all")).is_err());
    }
}
