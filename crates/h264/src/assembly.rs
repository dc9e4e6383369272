//! Whether OpenH264 was built with its assembly.

use crate::ffi::cpu_features;

/// Whether OpenH264 was built with its assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assembly {
    /// It was, and uses it on this processor.
    Present,
    /// It was not: encoding takes two to three times as long and decoding up to twice, with the same result. On x86 that is
    /// so when `nasm` was not there at build time, or `OPENH264_NO_ASM` was set.
    Missing,
}

/// What this program got. It costs some hundred nanoseconds and always tells the same: ask at start-up, and say so
/// where somebody reads it.
///
/// The answer comes from the library itself: built without assembly, it knows of no processor feature.
#[must_use]
pub fn assembly() -> Assembly {
    if cpu_features() == 0 { Assembly::Missing } else { Assembly::Present }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    fn assembly_is_there_when_nasm_is() {
        let expected = if cfg!(nasm) { Assembly::Present } else { Assembly::Missing };
        assert_eq!(
            assembly(),
            expected,
            "OpenH264 was built before `nasm` came or went: cargo clean -p openh264-sys2 -p moim-h264"
        );
    }
}
