//! What a packet says of its frame (section A.8.3).

use super::diffs::{ChainDiffs, FrameDiffs, Indication, Indications};
use super::mandatory::{FrameNumber, MandatoryFields};
use super::structure::{DependencyStructure, Resolution};
use crate::Layer;

/// A packet's descriptor, with what its template says.
#[derive(Clone, Debug)]
pub struct DependencyDescriptor<'a> {
    pub(super) mandatory: MandatoryFields,
    pub(super) structure: &'a DependencyStructure,
    pub(super) origin: Origin,
    pub(super) layer: Layer,
    pub(super) active: DecodeTargets,
    pub(super) indications: Indications<'a>,
    pub(super) frame_diffs: FrameDiffs<'a>,
    pub(super) chain_diffs: ChainDiffs<'a>,
}

/// How the structure came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// With this packet.
    Attached,
    /// With one before.
    Remembered,
}

impl<'a> DependencyDescriptor<'a> {
    /// Whether a frame begins with the packet.
    #[must_use]
    pub const fn first_in_frame(&self) -> bool {
        self.mandatory.first_in_frame
    }

    /// Whether a frame ends with it. Frames of further layers may follow at the same time.
    #[must_use]
    pub const fn last_in_frame(&self) -> bool {
        self.mandatory.last_in_frame
    }

    /// Which frame the packet is of.
    #[must_use]
    pub const fn frame(&self) -> FrameNumber {
        self.mandatory.frame
    }

    /// The layer the frame is of.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.layer
    }

    /// Whether the structure comes with this packet: a coded video sequence, and so a key frame, begins with it.
    #[must_use]
    pub fn begins_sequence(&self) -> bool {
        self.origin == Origin::Attached
    }

    /// The structure that holds for the packet.
    #[must_use]
    pub const fn structure(&self) -> &'a DependencyStructure {
        self.structure
    }

    /// Which decode targets are sent at present, as the newest packet knows that said so.
    #[must_use]
    pub const fn active_decode_targets(&self) -> DecodeTargets {
        self.active
    }

    /// What the frame is to each decode target.
    #[must_use]
    pub fn indications(&self) -> Indications<'a> {
        self.indications.clone()
    }

    /// What the frame is to one decode target; `None` when there is no such target.
    #[must_use]
    pub fn indication(&self, target: u8) -> Option<Indication> {
        self.indications().nth(usize::from(target))
    }

    /// How many frames back those are that this one builds on.
    #[must_use]
    pub fn frame_diffs(&self) -> FrameDiffs<'a> {
        self.frame_diffs.clone()
    }

    /// How many frames back the last of each chain is. If that was not received, the chain is broken, and what it
    /// protects cannot be decoded until something is done (section A.6).
    #[must_use]
    pub fn chain_diffs(&self) -> ChainDiffs<'a> {
        self.chain_diffs.clone()
    }

    /// The greatest size of the frames of this layer, if the structure says so.
    #[must_use]
    pub fn resolution(&self) -> Option<Resolution> {
        self.structure.resolution(self.layer.spatial)
    }

    /// Whether the frame is a part of a chain that protects something at present (section A.6): all that the chain
    /// protects builds on it.
    #[must_use]
    pub fn is_in_chain(&self, chain: u8) -> bool {
        let mut is_active = false;
        for (target, indication) in (0_u8..).zip(self.indications()) {
            if self.structure.protected_by(target) != Some(chain) {
                continue;
            }
            if let Indication::NotPresent | Indication::Discardable = indication {
                return false;
            }
            is_active |= self.active.contains(target);
        }
        is_active
    }
}

/// A set of decode targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeTargets(pub(super) u32);

impl DecodeTargets {
    /// Whether it holds the target.
    #[must_use]
    pub const fn contains(self, target: u8) -> bool {
        target < 32 && self.0 >> target & 1 == 1
    }

    /// A bit for each target, the lowest for the first.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The first so many, 1 … 32.
    pub(super) const fn first(targets: u8) -> Self {
        Self(u32::MAX >> (32 - targets as u32))
    }
}
