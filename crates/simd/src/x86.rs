//! Levels of x86 and x86-64.

use crate::Level;

/// Proof of SSE2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sse2(());

/// Proof of AVX2 and FMA, and of all below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Avx2Fma(());

/// Proof of AVX-512 F, BW, DQ and VL, and of all below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Avx512(());

/// A vector level with its proof; the proofs have no public constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum X86 {
    /// `#[target_feature(enable = "sse2")]` functions may be called.
    Sse2(Sse2),
    /// `#[target_feature(enable = "avx2,fma")]` functions may be called.
    Avx2Fma(Avx2Fma),
    /// `#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]` functions may be called.
    Avx512(Avx512),
}

impl X86 {
    pub(crate) fn detect() -> Option<Self> {
        // A level includes those before it, so one that lacks any of them does not count.
        if !is_x86_feature_detected!("sse2") {
            return None;
        }
        if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
            return Some(Self::Sse2(Sse2(())));
        }
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        Some(if avx512 { Self::Avx512(Avx512(())) } else { Self::Avx2Fma(Avx2Fma(())) })
    }

    /// The lower of the two; `None` is scalar.
    pub(crate) fn at_most(self, limit: Level) -> Option<Self> {
        match self.level().min(limit) {
            Level::Scalar => None,
            Level::Sse2 => Some(Self::Sse2(Sse2(()))),
            Level::Avx2Fma => Some(Self::Avx2Fma(Avx2Fma(()))),
            Level::Avx512 => Some(Self::Avx512(Avx512(()))),
        }
    }

    /// The name of what is proved.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Sse2(_) => Level::Sse2,
            Self::Avx2Fma(_) => Level::Avx2Fma,
            Self::Avx512(_) => Level::Avx512,
        }
    }
}
