//! Running other programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The cargo that runs us, in the root of the workspace.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).current_dir(crate::checkout::root());
    command
}

/// Runs to the end on our own streams.
///
/// # Errors
///
/// When it cannot be started, or ends otherwise than well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and gives what it wrote to its standard output.
///
/// # Errors
///
/// When it cannot be started, or ends otherwise than well; the message holds its standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}\n{}", shown(command), output.status, stderr.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, handing on standard output as it comes and giving each line of it to `see`.
///
/// # Errors
///
/// When it cannot be started, or ends otherwise than well; every line was seen even then.
pub(crate) fn watch(command: &mut Command, see: impl FnMut(&str)) -> Result<()> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    let stdout = child.stdout.take().context("the child has no standard output")?;
    hand_on(stdout, see)?;
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Prints each line, then gives it to `see`. Bytes that are no text are replaced.
pub(crate) fn hand_on(stream: impl std::io::Read, mut see: impl FnMut(&str)) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        see(text.trim_end());
        line.clear();
    }
    Ok(())
}

/// Where a program lies, if it is on the path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The command as one would type it; scripts are left out.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let args = command.get_args().map(OsStr::to_string_lossy).map(|arg| {
        if arg.contains('\n') {
            "'…'".into()
        } else if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || "\"'$".contains(c)) {
            format!("'{arg}'")
        } else {
            arg.into_owned()
        }
    });
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("/usr/bin/apt-get");
        command.args(["install", "a b", ""]);
        assert_eq!(shown(&command), "apt-get install 'a b' ''");
        assert_eq!(shown(Command::new("sh").args(["-c", "a\nb"])), "sh -c '…'");
    }

    #[test]
    fn lines_are_seen_even_when_the_program_fails() {
        let mut lines = Vec::new();
        let ended = watch(Command::new("sh").args(["-c", "echo one; printf two; exit 3"]), |line| {
            lines.push(line.to_owned());
        });
        assert!(ended.is_err());
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }
}
