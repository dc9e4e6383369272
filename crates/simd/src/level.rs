//! Names of levels, to choose and to print; they prove nothing.

use core::fmt;

/// The name of a set of instructions; each includes those before it.
///
/// Anyone may write `Level::Avx512` on any machine. What the CPU really has is a [`Cpu`](crate::Cpu).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// What every CPU of the target has: plain Rust.
    Scalar,
    /// x86: 128-bit vectors.
    Sse2,
    /// x86: 256-bit vectors and fused multiply-add.
    Avx2Fma,
    /// x86: 512-bit vectors; the parts F, BW, DQ and VL.
    Avx512,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Sse2, Self::Avx2Fma, Self::Avx512];
}

/// As in the id of a bench: `scalar`, `sse2`, `avx2+fma`, `avx512`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Scalar => "scalar",
            Self::Sse2 => "sse2",
            Self::Avx2Fma => "avx2+fma",
            Self::Avx512 => "avx512",
        })
    }
}
