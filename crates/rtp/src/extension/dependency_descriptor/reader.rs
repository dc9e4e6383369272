//! Descriptors of one stream in their order (section A.8.2).

use super::bits::Bits;
use super::descriptor::{DecodeTargets, DependencyDescriptor, Origin};
use super::diffs::{ChainDiffs, FrameDiffs, Indications};
use super::mandatory::MandatoryFields;
use super::structure::DependencyStructure;
use moim_media::SeqNo;

/// Reads the descriptors of one stream and remembers what they say in advance.
///
/// Packets may come in any order: the last two structures are kept, each for the packets from its own on, so that a
/// key frame's packet that is sent again neither replaces a newer structure nor is read by it. Takes about 1.5 kB;
/// allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct DependencyReader {
    newest: Option<Kept>,
    /// The structure before that.
    before: Option<Kept>,
}

/// A structure and the packet it came with.
#[derive(Clone, Debug)]
struct Kept {
    structure: DependencyStructure,
    from: SeqNo,
    active: DecodeTargets,
    /// The packet that said so.
    active_from: SeqNo,
}

impl DependencyReader {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { newest: None, before: None }
    }

    /// Reads the value of an extension element of the packet `seq`, unwrapped from the number on the wire; that of
    /// the original if the packet was sent again.
    ///
    /// # Errors
    ///
    /// [`DependencyError`]; the reader is as it was then. What [`MandatoryFields::read`] gives may still be of use.
    pub fn read<'a>(
        &'a mut self,
        seq: SeqNo,
        value: &'a [u8],
    ) -> Result<DependencyDescriptor<'a>, DependencyError> {
        if value.len() > 255 {
            return Err(DependencyError::TooLong { actual: value.len() });
        }
        let mandatory = MandatoryFields::read(value)
            .ok_or(DependencyError::TooShort { needed: 3, actual: value.len() })?;
        let mut bits = Bits::new(value, 24);
        let presence = Presence::read(&mut bits);
        let attached = if presence.structure {
            Some(DependencyStructure::read(&mut bits).ok_or(DependencyError::Malformed)?)
        } else {
            None
        };
        let structure = match &attached {
            Some(structure) => structure,
            None => &self.kept(seq).ok_or(DependencyError::NoStructure)?.structure,
        };
        let unknown = DependencyError::UnknownTemplate { id: mandatory.template_id };
        let template = structure.template(mandatory.template_id).ok_or(unknown)?;
        let own = Own::read(presence, structure, &mut bits).ok_or(DependencyError::Malformed)?;

        let (origin, kept) = match attached {
            Some(structure) => (Origin::Attached, self.keep(seq, structure).ok_or(DependencyError::Late)?),
            None => (Origin::Remembered, self.kept(seq).ok_or(DependencyError::NoStructure)?),
        };
        if let Some(active) = own.active
            && kept.active_from <= seq
        {
            kept.active = active;
            kept.active_from = seq;
        }
        let (active, structure) = (own.active.unwrap_or(kept.active), &kept.structure);
        Ok(DependencyDescriptor {
            mandatory,
            structure,
            origin,
            layer: structure.layer(template),
            active,
            indications: own.indications.unwrap_or_else(|| structure.indications(template)),
            frame_diffs: own.frame_diffs.unwrap_or_else(|| structure.frame_diffs(template)),
            chain_diffs: own.chain_diffs.unwrap_or_else(|| structure.chain_diffs(template)),
        })
    }

    /// What holds for the packet `seq`.
    fn kept(&mut self, seq: SeqNo) -> Option<&mut Kept> {
        [&mut self.newest, &mut self.before].into_iter().flatten().find(|kept| kept.from <= seq)
    }

    /// Remembers what came with the packet `seq`; `None` when two newer ones are known.
    fn keep(&mut self, seq: SeqNo, structure: DependencyStructure) -> Option<&mut Kept> {
        let active = DecodeTargets::first(structure.decode_targets());
        let kept = Kept { structure, from: seq, active, active_from: seq };
        match (&self.newest, &self.before) {
            (Some(newest), Some(before)) if seq < newest.from && seq < before.from => None,
            (Some(newest), _) if seq < newest.from => Some(self.before.insert(kept)),
            (Some(newest), _) if seq == newest.from => Some(self.newest.insert(kept)),
            _ => {
                self.before = self.newest.take();
                Some(self.newest.insert(kept))
            }
        }
    }
}

/// Which parts a descriptor has of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Presence {
    structure: bool,
    active: bool,
    indications: bool,
    frame_diffs: bool,
    chain_diffs: bool,
}

impl Presence {
    /// None of them where the mandatory fields are all.
    fn read(bits: &mut Bits<'_>) -> Self {
        let mut flag = || bits.flag().unwrap_or(false);
        Self {
            structure: flag(),
            active: flag(),
            indications: flag(),
            frame_diffs: flag(),
            chain_diffs: flag(),
        }
    }
}

/// What a descriptor says in place of its template.
struct Own<'a> {
    active: Option<DecodeTargets>,
    indications: Option<Indications<'a>>,
    frame_diffs: Option<FrameDiffs<'a>>,
    chain_diffs: Option<ChainDiffs<'a>>,
}

impl<'a> Own<'a> {
    /// Reads what is behind the structure; `None` when it breaks off.
    fn read(presence: Presence, structure: &DependencyStructure, bits: &mut Bits<'a>) -> Option<Self> {
        let (targets, chains) = (structure.decode_targets(), usize::from(structure.chains()));
        let mut own = Self { active: None, indications: None, frame_diffs: None, chain_diffs: None };
        if presence.active {
            own.active = Some(DecodeTargets(bits.wide(u32::from(targets))?));
        }
        if presence.indications {
            own.indications = Some(Indications::new(*bits, usize::from(targets)));
            bits.skip(2 * usize::from(targets))?;
        }
        if presence.frame_diffs {
            let diffs = FrameDiffs::of_frame(*bits);
            own.frame_diffs = Some(diffs.clone());
            *bits = diffs.skip_all()?;
        }
        if presence.chain_diffs {
            own.chain_diffs = Some(ChainDiffs::of_frame(*bits, chains));
            bits.skip(8 * chains)?;
        }
        Some(own)
    }
}

/// Why a descriptor cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// There is not even what every packet says.
    #[error("the descriptor has {actual} bytes, {needed} are needed")]
    TooShort {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that are there.
        actual: usize,
    },
    /// It is more than an extension element holds.
    #[error("the descriptor has {actual} bytes, more than 255")]
    TooLong {
        /// Bytes that are there.
        actual: usize,
    },
    /// It breaks off, or its structure has more templates than there are ids for, or layers that AV1 has not.
    #[error("the descriptor breaks off or exceeds the limits of its format")]
    Malformed,
    /// The structure that holds for the packet has not come: the key frame's first packet is missing.
    #[error("the structure that the descriptor refers to has not come")]
    NoStructure,
    /// The structure has no such template: that of another one is missing, or is too old to be kept.
    #[error("the structure has no template {id}")]
    UnknownTemplate {
        /// The template's number, 0 … 63.
        id: u8,
    },
    /// It brings a structure that is older than both that are kept.
    #[error("the descriptor brings a structure of which two later ones are known")]
    Late,
}
