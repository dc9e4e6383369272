//! Which machine measured.

use std::process::Command;

use anyhow::Result;

use crate::process;

/// Processor, what it can do, system, compiler and day, in one line.
pub(crate) fn describe() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = process::output(Command::new("rustc").arg("--version"))?;
    let (rustc, day) = (rustc.trim(), today()?);
    Ok(format!("Measured {day} on {}, {}, {cores} cores; {}; {rustc}.", processor(), level(), system()))
}

/// The day, in Greenwich.
pub(crate) fn today() -> Result<String> {
    Ok(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().into())
}

fn processor() -> String {
    let linux = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = linux.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    if let Some((_, name)) = named {
        return name.trim().into();
    }
    let mac = process::output(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]));
    mac.map_or_else(|_| format!("an unnamed {}", std::env::consts::ARCH), |name| name.trim().into())
}

/// The highest level our kernels can use here.
#[cfg(target_arch = "x86_64")]
fn level() -> &'static str {
    if std::is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        "AVX2+FMA"
    } else {
        "SSE2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn level() -> &'static str {
    std::env::consts::ARCH
}

fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map_or(std::env::consts::OS, |name| name.trim_matches('"')).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_compiler() {
        assert!(describe().expect("this machine can be described").contains("rustc "));
    }
}
