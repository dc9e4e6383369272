#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cpu;
mod level;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

pub use cpu::Cpu;
pub use level::Level;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub use x86::{Avx2Fma, Avx512, Sse2, X86};
