//! Forward error correction: packets that were lost, rebuilt from the XOR of others.
//!
//! A sender passes what it sends to an [`Encoder`], which sums packets up as they go by and gives the sums as repair
//! packets. A receiver passes what arrives to a [`Decoder`], which finds every packet that a sum still determines.
//! What travels is FlexFEC ([`flexfec`], RFC 8627; [`flexfec03`], the draft that browsers speak) or ULPFEC
//! ([`ulpfec`], RFC 5109, inside of RED).
//!
//! Both sides must see the same bytes: packets before encryption, with the header extensions that they are sent
//! with. libwebrtc sums up before it stamps packets, so the values of its transport-wide number, absolute send time
//! and transmission offset have to be zeros in what its decoder, or ours of its packets, is given.

mod decoder;
mod encoder;
pub mod flexfec;
pub mod flexfec03;
mod header;
mod mask;
mod parity;
mod pattern;
pub mod ulpfec;
mod xor;

pub use decoder::{Decoder, DecoderConfig, Held, Inserted};
pub use encoder::{
    Encoder, EncoderConfig, EncoderError, Format, ProtectError, Protection, RepairPayload, Taken,
};
pub use header::{HeaderError, RepairError};
pub use mask::Mask;
pub use parity::Recovery;
pub use pattern::{Block, Pattern, Protected};
pub use xor::xor;

#[cfg(test)]
mod tests;
