//! Dependency descriptors.

use arbitrary::{Result, Unstructured};
use moim_media::SeqNo;
use moim_rtp::Layer;
use moim_rtp::extension::dependency_descriptor::{
    DependencyDescriptor, DependencyError, DependencyReader, Indication, Resolution,
};

/// What a model writes bit by bit is read as it was meant, whatever order packets come in: by the structure of their
/// time if that is one of the last two.
pub fn dependency_model(data: &[u8]) {
    // The end of the input is the end of the stream.
    let _ = stream(&mut Unstructured::new(data));
}

fn stream(input: &mut Unstructured<'_>) -> Result<()> {
    let mut reader = DependencyReader::new();
    // The newest first.
    let mut known: Vec<Known> = Vec::new();
    while !input.is_empty() {
        let seq = input.int_in_range(0..=40)?;
        let mut place = known.iter().position(|known| known.from <= seq);
        let attached = if input.ratio(1, 3)? { Some(Structure::make(input)?) } else { None };
        let Some(structure) = attached.as_ref().or(place.map(|place| &known[place].structure)) else {
            let value = [0, 0, 0];
            assert_eq!(reader.read(SeqNo::new(seq), &value).err(), Some(DependencyError::NoStructure));
            continue;
        };
        let frame = Frame::make(input, structure)?;
        let value = frame.write(structure, attached.is_some());
        if value.len() > 255 {
            let too_long = DependencyError::TooLong { actual: value.len() };
            assert_eq!(reader.read(SeqNo::new(seq), &value).err(), Some(too_long));
            continue;
        }
        let result = reader.read(SeqNo::new(seq), &value);
        if usize::from(frame.template) >= structure.templates.len() {
            let id = (structure.first_id + frame.template) & 63;
            assert_eq!(result.err(), Some(DependencyError::UnknownTemplate { id }));
            continue;
        }
        if let Some(structure) = attached {
            known.retain(|known| known.from != seq);
            if known.len() == 2 && known.iter().all(|known| seq < known.from) {
                assert_eq!(result.err(), Some(DependencyError::Late));
                continue;
            }
            let active = u32::MAX >> (32 - structure.targets);
            known.push(Known { structure, from: seq, active, active_from: seq });
            known.sort_by_key(|known| core::cmp::Reverse(known.from));
            place = known.iter().position(|known| known.from == seq);
            known.truncate(2);
        }
        let known = &mut known[place.expect("one of those")];
        if let Some(active) = frame.active.filter(|_| known.active_from <= seq) {
            (known.active, known.active_from) = (active, seq);
        }
        let active = frame.active.unwrap_or(known.active);
        assert_reads(&result.expect("what is written is read"), &known.structure, &frame, active);
    }
    Ok(())
}

fn assert_reads(read: &DependencyDescriptor<'_>, structure: &Structure, frame: &Frame, active: u32) {
    let template = &structure.templates[usize::from(frame.template)];
    assert_eq!(
        (read.first_in_frame(), read.last_in_frame(), read.frame().0),
        (frame.first, frame.last, frame.number)
    );
    assert_eq!((read.layer(), read.active_decode_targets().bits()), (template.layer, active));
    let indications: Vec<_> = read.indications().map(|indication| indication as u8).collect();
    assert_eq!(&indications, frame.indications.as_ref().unwrap_or(&template.indications));
    let frame_diffs: Vec<_> = read.frame_diffs().collect();
    assert_eq!(&frame_diffs, frame.frame_diffs.as_ref().unwrap_or(&template.frame_diffs));
    let chain_diffs: Vec<_> = read.chain_diffs().collect();
    assert_eq!(&chain_diffs, frame.chain_diffs.as_ref().unwrap_or(&template.chain_diffs));
    let resolution =
        |spatial: u8| structure.resolutions.as_ref().and_then(|all| all.get(usize::from(spatial)).copied());
    assert_eq!(read.resolution(), resolution(template.layer.spatial));

    let said = read.structure();
    assert_eq!((u32::from(said.decode_targets()), said.chains()), (structure.targets, structure.chains));
    for spatial in 0..5 {
        assert_eq!(said.resolution(spatial), resolution(spatial));
    }
    for target in 0..33 {
        let layers = structure.templates.iter().filter(|template| {
            template.indications.get(usize::from(target)).is_some_and(|&indication| indication != 0)
        });
        let highest = layers.fold(Layer::default(), |highest, template| Layer {
            spatial: highest.spatial.max(template.layer.spatial),
            temporal: highest.temporal.max(template.layer.temporal),
        });
        let exists = u32::from(target) < structure.targets;
        assert_eq!(said.decode_target_layer(target), exists.then_some(highest));
        assert_eq!(said.protected_by(target), structure.protected_by.get(usize::from(target)).copied());
        assert_eq!(read.indication(target).map(|is| is as u8), indications.get(usize::from(target)).copied());
    }
    // Section A.6, as it is written there.
    for chain in 0..33 {
        let targets =
            || (0..).zip(&structure.protected_by).filter(|&(_, &by)| by == chain).map(|(target, _)| target);
        let is_active = targets().any(|target: u32| active >> target & 1 == 1);
        let builds = targets().all(|target| indications[target as usize] >= 2);
        assert_eq!(read.is_in_chain(chain), is_active && builds);
    }
}

/// A structure that was sent.
struct Known {
    structure: Structure,
    from: u64,
    active: u32,
    active_from: u64,
}

struct Structure {
    first_id: u8,
    targets: u32,
    chains: u8,
    /// Empty without chains.
    protected_by: Vec<u8>,
    templates: Vec<Template>,
    resolutions: Option<Vec<Resolution>>,
}

struct Template {
    layer: Layer,
    indications: Vec<u8>,
    frame_diffs: Vec<u16>,
    chain_diffs: Vec<u8>,
}

struct Frame {
    first: bool,
    last: bool,
    number: u16,
    template: u8,
    active: Option<u32>,
    indications: Option<Vec<u8>>,
    frame_diffs: Option<Vec<u16>>,
    chain_diffs: Option<Vec<u8>>,
}

impl Structure {
    fn make(input: &mut Unstructured<'_>) -> Result<Self> {
        let targets = input.int_in_range(1..=32)?;
        let chains = input.int_in_range(0..=targets as u8)?;
        let mut layer = Layer::default();
        let mut templates = Vec::new();
        for _ in 0..input.int_in_range(1..=64)? {
            templates.push(Template {
                layer,
                indications: many(input, targets as usize, |input| input.int_in_range(0..=3))?,
                frame_diffs: few(input, 5, |input| input.int_in_range(1..=16))?,
                chain_diffs: many(input, usize::from(chains), |input| input.int_in_range(0..=15))?,
            });
            match input.int_in_range(0..=2)? {
                1 if layer.temporal < 7 => layer.temporal += 1,
                2 if layer.spatial < 3 => layer = Layer { spatial: layer.spatial + 1, temporal: 0 },
                _ => {}
            }
            // Long ones fill more than a descriptor.
            if input.ratio(1, 4)? {
                break;
            }
        }
        let spatial = templates.last().map_or(0, |template| template.layer.spatial);
        let size = |input: &mut Unstructured<'_>| {
            let [width, height] = [input.int_in_range(1..=65_536)?, input.int_in_range(1..=65_536)?];
            Ok(Resolution { width, height })
        };
        let protects = if chains == 0 { 0 } else { targets as usize };
        Ok(Self {
            first_id: input.int_in_range(0..=63)?,
            targets,
            chains,
            protected_by: many(input, protects, |input| input.int_in_range(0..=chains - 1))?,
            templates,
            resolutions: if input.arbitrary()? {
                Some(many(input, usize::from(spatial) + 1, size)?)
            } else {
                None
            },
        })
    }

    fn write(&self, bits: &mut String) {
        number(bits, 6, u32::from(self.first_id));
        number(bits, 5, self.targets - 1);
        for pair in self.templates.windows(2) {
            let (layer, next) = (pair[0].layer, pair[1].layer);
            let step = if next == layer {
                0
            } else if next.spatial == layer.spatial {
                1
            } else {
                2
            };
            number(bits, 2, step);
        }
        number(bits, 2, 3);
        for indication in self.templates.iter().flat_map(|template| &template.indications) {
            number(bits, 2, u32::from(*indication));
        }
        for template in &self.templates {
            for diff in &template.frame_diffs {
                number(bits, 1, 1);
                number(bits, 4, u32::from(diff - 1));
            }
            number(bits, 1, 0);
        }
        non_symmetric(bits, self.targets + 1, u32::from(self.chains));
        for chain in &self.protected_by {
            non_symmetric(bits, u32::from(self.chains), u32::from(*chain));
        }
        for diff in self.templates.iter().flat_map(|template| &template.chain_diffs) {
            number(bits, 4, u32::from(*diff));
        }
        number(bits, 1, u32::from(self.resolutions.is_some()));
        for size in self.resolutions.iter().flatten() {
            number(bits, 16, size.width - 1);
            number(bits, 16, size.height - 1);
        }
    }
}

impl Frame {
    fn make(input: &mut Unstructured<'_>, structure: &Structure) -> Result<Self> {
        let (targets, chains) = (structure.targets, usize::from(structure.chains));
        // Mostly one of those there are.
        let most = if input.ratio(1, 16)? { 63 } else { structure.templates.len() as u8 - 1 };
        let byte = |input: &mut Unstructured<'_>| input.arbitrary();
        Ok(Self {
            first: input.arbitrary()?,
            last: input.arbitrary()?,
            number: input.arbitrary()?,
            template: input.int_in_range(0..=most)?,
            active: if input.ratio(1, 4)? { Some(input.arbitrary::<u32>()? >> (32 - targets)) } else { None },
            indications: if input.ratio(1, 4)? {
                Some(many(input, targets as usize, |input| input.int_in_range(0..=3))?)
            } else {
                None
            },
            frame_diffs: if input.ratio(1, 4)? {
                Some(few(input, 12, |input| input.int_in_range(1..=4_096))?)
            } else {
                None
            },
            chain_diffs: if input.ratio(1, 4)? { Some(many(input, chains, byte)?) } else { None },
        })
    }

    fn write(&self, structure: &Structure, attached: bool) -> Vec<u8> {
        let mut bits = String::new();
        number(&mut bits, 1, u32::from(self.first));
        number(&mut bits, 1, u32::from(self.last));
        number(&mut bits, 6, u32::from((structure.first_id + self.template) & 63));
        number(&mut bits, 16, u32::from(self.number));
        let flags = [
            attached,
            self.active.is_some(),
            self.indications.is_some(),
            self.frame_diffs.is_some(),
            self.chain_diffs.is_some(),
        ];
        if flags.contains(&true) {
            flags.iter().for_each(|&flag| number(&mut bits, 1, u32::from(flag)));
        }
        if attached {
            structure.write(&mut bits);
        }
        if let Some(active) = self.active {
            number(&mut bits, structure.targets, active);
        }
        for indication in self.indications.iter().flatten() {
            number(&mut bits, 2, u32::from(*indication));
        }
        for diff in self.frame_diffs.iter().flatten() {
            let units = match diff - 1 {
                0..=15 => 1,
                16..=255 => 2,
                _ => 3,
            };
            number(&mut bits, 2, units);
            number(&mut bits, 4 * units, u32::from(diff - 1));
        }
        if self.frame_diffs.is_some() {
            number(&mut bits, 2, 0);
        }
        for diff in self.chain_diffs.iter().flatten() {
            number(&mut bits, 8, u32::from(*diff));
        }
        bytes(&bits)
    }
}

fn many<T>(
    input: &mut Unstructured<'_>,
    count: usize,
    mut make: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..count).map(|_| make(input)).collect()
}

fn few<T>(
    input: &mut Unstructured<'_>,
    most: usize,
    make: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = input.int_in_range(0..=most)?;
    many(input, count, make)
}

/// `f(count)`.
fn number(bits: &mut String, count: u32, value: u32) {
    bits.extend((0..count).rev().map(|at| if value >> at & 1 == 1 { '1' } else { '0' }));
}

/// `ns(values)`.
fn non_symmetric(bits: &mut String, values: u32, value: u32) {
    if values == 1 {
        return;
    }
    let width = values.ilog2() + 1;
    let short = (1 << width) - values;
    if value < short {
        number(bits, width - 1, value);
    } else {
        number(bits, width, value + short);
    }
}

fn bytes(bits: &str) -> Vec<u8> {
    let byte = |bits: &[u8]| (0..8).fold(0, |byte, at| byte << 1 | u8::from(bits.get(at) == Some(&b'1')));
    bits.as_bytes().chunks(8).map(byte).collect()
}

/// Reading any descriptors at all is total, and what is read of a frame is read again when it is written as the
/// frame's own.
pub fn dependency_total(data: &[u8]) {
    let mut reader = DependencyReader::new();
    let mut rest = data;
    while let [seq, len, behind @ ..] = rest {
        let (value, behind) = behind.split_at(behind.len().min(usize::from(*len)));
        rest = behind;
        let seq = SeqNo::new(u64::from(*seq));
        let Ok(read) = reader.read(seq, value) else { continue };
        let structure = read.structure();
        let said = said(&read);
        let chains: Vec<_> = (0..32).map(|chain| read.is_in_chain(chain)).collect();
        assert_eq!(
            (said.1.len(), said.3.len()),
            (structure.decode_targets().into(), structure.chains().into())
        );
        assert!(said.2.iter().all(|diff| (1..=4_096).contains(diff)));
        assert!(read.resolution().is_none_or(|size| (1..=65_536).contains(&size.width)));
        let frame = Frame {
            first: read.first_in_frame(),
            last: read.last_in_frame(),
            number: read.frame().0,
            // Written below as it came.
            template: value[0] & 63,
            active: Some(read.active_decode_targets().bits()),
            indications: Some(said.1.iter().map(|&indication| indication as u8).collect()),
            frame_diffs: Some(said.2.clone()),
            chain_diffs: Some(said.3.clone()),
        };
        let own = Structure {
            first_id: 0,
            targets: structure.decode_targets().into(),
            chains: structure.chains(),
            protected_by: Vec::new(),
            templates: Vec::new(),
            resolutions: None,
        };
        let again = frame.write(&own, false);
        if again.len() > 255 {
            continue;
        }
        let read = reader.read(seq, &again).expect("what was read is written");
        assert_eq!(self::said(&read), said);
        assert_eq!((0..32).map(|chain| read.is_in_chain(chain)).collect::<Vec<_>>(), chains);
        assert!(!read.begins_sequence());
    }
}

/// What a descriptor says of its frame.
type Said = (Layer, Vec<Indication>, Vec<u16>, Vec<u8>);

fn said(read: &DependencyDescriptor<'_>) -> Said {
    (read.layer(), read.indications().collect(), read.frame_diffs().collect(), read.chain_diffs().collect())
}
