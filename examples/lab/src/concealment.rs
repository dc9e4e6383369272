//! How much of the sound neural networks make.

use anyhow::{Context, Result};
use clap::ValueEnum;
use moim_opus::{Decoder, DecoderConfig, Neural};

/// How a decoder conceals what is missing, the cheapest first. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Concealment {
    /// libopus without networks
    Classic,
    /// Deep concealment, and deep redundancy (DRED) where packets carry it
    Deep,
    /// Decoded speech is enhanced, too: LACE
    #[default]
    Lace,
    /// The same with the larger network NoLACE: computes most; sounds no better at 32 kbit/s
    Nolace,
}

impl Concealment {
    /// A decoder of 48 kHz mono that does so.
    ///
    /// # Errors
    ///
    /// When libopus refuses.
    pub fn decoder(self) -> Result<Decoder> {
        let neural = match self {
            Self::Classic => Neural::Classic,
            Self::Deep => Neural::Concealment,
            Self::Lace => Neural::Lace,
            Self::Nolace => Neural::NoLace,
        };
        Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).context("cannot make a decoder")
    }
}
