//! What is said in advance of all frames of a sequence (section A.8.2, `template_dependency_structure`).

use super::bits::Bits;
use super::diffs::{ChainDiffs, FrameDiffs, Indication, Indications};
use crate::Layer;

/// Templates that frames follow, the decode targets they are for, and the chains that protect those.
///
/// Kept as it came, with an index of where its parts are.
#[derive(Clone, Debug)]
pub struct DependencyStructure {
    value: [u8; 255],
    len: u8,
    first_id: u8,
    targets: u8,
    chains: u8,
    templates: u8,
    /// Of each template.
    layers: [Layer; 64],
    /// Where the indications of the first template begin, in bits; those of the others follow.
    indications: u16,
    /// Where the frame differences of each template begin.
    frame_diffs: [u16; 64],
    /// Of each decode target.
    protected_by: [u8; 32],
    /// As for the indications.
    chain_diffs: u16,
    /// Where the resolutions are, one for each spatial layer.
    resolutions: Option<u16>,
}

/// The greatest size of the frames of a spatial layer, in pixels: 1 … 65 536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resolution {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// The layers of AV1: ids of two and of three bits.
const SPATIAL_LAYERS: u8 = 4;
const TEMPORAL_LAYERS: u8 = 8;

impl DependencyStructure {
    /// Reads it where `bits` are, in a value of at most 255 bytes; `None` when it breaks off, or has more templates
    /// than there are ids for, or layers that AV1 has not.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let mut value = [0; 255];
        value.get_mut(..bits.bytes().len())?.copy_from_slice(bits.bytes());
        let mut structure = Self {
            value,
            len: u8::try_from(bits.bytes().len()).ok()?,
            first_id: bits.small(6)?,
            targets: bits.small(5)? + 1,
            chains: 0,
            templates: 0,
            layers: [Layer::default(); 64],
            indications: 0,
            frame_diffs: [0; 64],
            protected_by: [0; 32],
            chain_diffs: 0,
            resolutions: None,
        };
        structure.read_layers(bits)?;
        let templates = usize::from(structure.templates);
        structure.indications = bits.place()?;
        bits.skip(templates * usize::from(structure.targets) * 2)?;
        for place in structure.frame_diffs.iter_mut().take(templates) {
            *place = bits.place()?;
            *bits = FrameDiffs::of_template(*bits).skip_all()?;
        }
        structure.read_chains(bits)?;
        if bits.flag()? {
            structure.resolutions = Some(bits.place()?);
            bits.skip(usize::from(structure.spatial_layers()) * 32)?;
        }
        Some(structure)
    }

    fn read_layers(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let mut layer = Layer::default();
        loop {
            *self.layers.get_mut(usize::from(self.templates))? = layer;
            self.templates += 1;
            match bits.number(2)? {
                0 => {}
                1 => layer.temporal += 1,
                2 => layer = Layer { spatial: layer.spatial + 1, temporal: 0 },
                _ => return Some(()),
            }
            if layer.spatial >= SPATIAL_LAYERS || layer.temporal >= TEMPORAL_LAYERS {
                return None;
            }
        }
    }

    fn read_chains(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let chains = bits.non_symmetric(u16::from(self.targets) + 1)?;
        self.chains = u8::try_from(chains).ok()?;
        if chains > 0 {
            for chain in self.protected_by.iter_mut().take(usize::from(self.targets)) {
                *chain = u8::try_from(bits.non_symmetric(chains)?).ok()?;
            }
        }
        self.chain_diffs = bits.place()?;
        bits.skip(usize::from(self.templates) * usize::from(self.chains) * 4)
    }

    /// How many decode targets there are, 1 … 32: subsets of the stream that can be decoded each for itself, at some
    /// resolution and frame rate.
    #[must_use]
    pub const fn decode_targets(&self) -> u8 {
        self.targets
    }

    /// The layer up to which a decode target goes; `None` of one that is not.
    #[must_use]
    pub fn decode_target_layer(&self, target: u8) -> Option<Layer> {
        if target >= self.targets {
            return None;
        }
        let mut highest = Layer::default();
        for (index, layer) in (0..self.templates).zip(self.layers) {
            if self.indications(index).nth(usize::from(target)) != Some(Indication::NotPresent) {
                highest.spatial = highest.spatial.max(layer.spatial);
                highest.temporal = highest.temporal.max(layer.temporal);
            }
        }
        Some(highest)
    }

    /// How many chains there are, 0 … 32: frames on which all the others of their decode targets build.
    #[must_use]
    pub const fn chains(&self) -> u8 {
        self.chains
    }

    /// The chain that protects a decode target; `None` of one that is not, and when there are no chains.
    #[must_use]
    pub fn protected_by(&self, target: u8) -> Option<u8> {
        let protected = target < self.targets && self.chains > 0;
        self.protected_by.get(usize::from(target)).copied().filter(|_| protected)
    }

    /// How many spatial layers there are, 1 … 4.
    #[must_use]
    pub fn spatial_layers(&self) -> u8 {
        // They only ever grow.
        self.last_layer().spatial + 1
    }

    /// The greatest size of a spatial layer's frames, if the structure says so.
    #[must_use]
    pub fn resolution(&self, spatial: u8) -> Option<Resolution> {
        if spatial >= self.spatial_layers() {
            return None;
        }
        let mut bits = self.at(usize::from(self.resolutions?) + 32 * usize::from(spatial));
        let (width, height) = (bits.number(16)?, bits.number(16)?);
        Some(Resolution { width: u32::from(width) + 1, height: u32::from(height) + 1 })
    }

    /// Which of the templates, by their order, has this id.
    pub(super) fn template(&self, id: u8) -> Option<u8> {
        let index = id.wrapping_sub(self.first_id) & 0x3f;
        (index < self.templates).then_some(index)
    }

    pub(super) fn layer(&self, template: u8) -> Layer {
        self.layers.get(usize::from(template)).copied().unwrap_or_default()
    }

    pub(super) fn indications(&self, template: u8) -> Indications<'_> {
        let targets = usize::from(self.targets);
        let before = usize::from(template) * targets * 2;
        Indications::new(self.at(usize::from(self.indications) + before), targets)
    }

    pub(super) fn frame_diffs(&self, template: u8) -> FrameDiffs<'_> {
        let place = self.frame_diffs.get(usize::from(template)).copied().unwrap_or_default();
        FrameDiffs::of_template(self.at(usize::from(place)))
    }

    pub(super) fn chain_diffs(&self, template: u8) -> ChainDiffs<'_> {
        let chains = usize::from(self.chains);
        let before = usize::from(template) * chains * 4;
        ChainDiffs::of_template(self.at(usize::from(self.chain_diffs) + before), chains)
    }

    fn last_layer(&self) -> Layer {
        self.layer(self.templates.saturating_sub(1))
    }

    fn at(&self, bit: usize) -> Bits<'_> {
        Bits::new(self.value.get(..usize::from(self.len)).unwrap_or_default(), bit)
    }
}

impl Bits<'_> {
    /// `f(count)` of up to 8 bits.
    fn small(&mut self, count: u32) -> Option<u8> {
        u8::try_from(self.number(count)?).ok()
    }

    /// How many bits have been read.
    fn place(&self) -> Option<u16> {
        u16::try_from(self.at()).ok()
    }
}
