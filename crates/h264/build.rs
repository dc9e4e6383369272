//! Warns when OpenH264 is about to be built without its assembly, which nothing else would tell.

use std::env;
use std::process::{Command, Stdio};

fn main() {
    for variable in ["NASM", "OPENH264_NO_ASM", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rustc-check-cfg=cfg(nasm)");
    if nasm() {
        println!("cargo::rustc-cfg=nasm");
    } else if matches!(env::var("CARGO_CFG_TARGET_ARCH").as_deref(), Ok("x86" | "x86_64")) {
        println!(
            "cargo::warning=OpenH264 is built WITHOUT its assembly and will be two to three times slower: install `nasm` \
             (and unset OPENH264_NO_ASM), then `cargo clean -p openh264-sys2 -p moim-h264`"
        );
    }
}

/// What the build script of `openh264-sys2` decides by.
fn nasm() -> bool {
    let nasm = env::var_os("NASM").unwrap_or_else(|| "nasm".into());
    let runs = || Command::new(nasm).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    env::var_os("OPENH264_NO_ASM").is_none() && runs().is_ok_and(|status| status.success())
}
