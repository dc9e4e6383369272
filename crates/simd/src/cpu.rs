//! The CPU this program runs on.

use crate::Level;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use crate::X86;
use core::fmt;

/// Proof that the CPU executes the instructions of a level.
///
/// The only way to a variant with vectors is [`detect`](Self::detect), and what came from there can only be
/// lowered. Whoever is given a `Cpu` may therefore run what it names: kernels match on it once, in the `new` of
/// their owner, and keep the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cpu {
    /// Nothing beyond what the target guarantees.
    Scalar,
    /// Vectors of x86 and x86-64. The variant exists on those targets only.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    X86(X86),
}

impl Cpu {
    /// The best level of this machine. Cheap, but meant for construction, not for each block.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if let Some(x86) = X86::detect() {
            return Self::X86(x86);
        }
        Self::Scalar
    }

    /// Every level of this machine, from scalar to the best: what tests, fuzz laws and benches iterate over.
    pub fn available() -> impl Iterator<Item = Self> {
        let best = Self::detect();
        let levels = Level::ALL.into_iter().take_while(move |&level| level <= best.level());
        levels.map(move |level| best.at_most(level))
    }

    /// This level or `limit`, whichever is lower. Never raises.
    #[must_use]
    pub fn at_most(self, limit: Level) -> Self {
        if self.level() <= limit {
            return self;
        }
        match self {
            Self::Scalar => Self::Scalar,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::X86(x86) => x86.at_most(limit).map_or(Self::Scalar, Self::X86),
        }
    }

    /// The name of what is proved.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Scalar => Level::Scalar,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::X86(x86) => x86.level(),
        }
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.level().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_run_from_scalar_to_the_best_without_a_gap() {
        let available: Vec<_> = Cpu::available().collect();
        assert_eq!(available.first(), Some(&Cpu::Scalar));
        assert_eq!(available.last(), Some(&Cpu::detect()));
        let levels: Vec<_> = available.iter().map(|cpu| cpu.level()).collect();
        assert_eq!(levels, Level::ALL[..levels.len()]);
        assert!(available.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_level_is_lowered_and_never_raised() {
        for cpu in Cpu::available() {
            for limit in Level::ALL {
                assert_eq!(cpu.at_most(limit).level(), cpu.level().min(limit));
            }
        }
    }

    #[test]
    fn names_are_those_of_bench_ids() {
        let names = Level::ALL.map(|level| level.to_string());
        assert_eq!(names, ["scalar", "sse2", "avx2+fma", "avx512"]);
        assert_eq!(format!("{:>8}", Cpu::Scalar), "  scalar");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_x86_64_has_sse2() {
        assert!(Cpu::detect().level() >= Level::Sse2);
    }
}
