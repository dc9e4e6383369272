//! Packets of any shape, and what is sent to protect them.

use std::collections::BTreeSet;
use std::num::NonZeroU8;

use super::MEDIA;
use arbitrary::Arbitrary;
use moim_media::{Seq, Timestamp};
use moim_rtp::fec::{
    Decoder, Encoder, EncoderConfig, Format, Held, Mask, Pattern, Protection, flexfec, flexfec03, ulpfec,
};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

const REPAIR: Ssrc = Ssrc(2);

/// How packets are protected, and the places of each sum's packets as the RFC defines them.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Plan {
    Rows { columns: u8 },
    Columns { columns: u8, rows: u8 },
    Grid { columns: u8, rows: u8 },
    Masks { masks: [u32; 3], packets: u8 },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Kind {
    FlexFec,
    FlexFec03,
    UlpFec,
}

impl Kind {
    pub(super) const fn format(self) -> Format {
        match self {
            Self::FlexFec => Format::FlexFec,
            Self::FlexFec03 => Format::FlexFec03,
            Self::UlpFec => Format::UlpFec,
        }
    }
}

fn columns(columns: u8) -> NonZeroU8 {
    NonZeroU8::new(columns % 16 + 1).expect("at least 1")
}

impl Plan {
    fn protection(self) -> Protection {
        match self {
            Self::Rows { columns: c } => Protection::Rows { columns: columns(c) },
            Self::Columns { columns: c, rows } => {
                Protection::Columns { columns: columns(c), rows: rows % 8 + 2 }
            }
            Self::Grid { columns: c, rows } => Protection::Grid { columns: columns(c), rows: rows % 8 + 2 },
            Self::Masks { .. } => {
                let masks = self.masks().into_iter();
                Protection::Masks(masks.map(|mask| Mask::of(mask).expect("below 32")).collect())
            }
        }
    }

    fn masks(self) -> Vec<Vec<u16>> {
        let Self::Masks { masks, packets } = self else { return Vec::new() };
        let chosen =
            |mask: u32| (0..u16::from(packets % 32) + 1).filter(|bit| mask >> bit & 1 == 1).collect();
        masks.into_iter().map(chosen).filter(|mask: &Vec<u16>| !mask.is_empty()).collect()
    }

    /// The places of the packets in each sum, when there are `count` packets.
    pub(super) fn sums(self, count: usize) -> Vec<BTreeSet<usize>> {
        let rows = |of: usize| (0..count).step_by(of).map(move |at| (at..(at + of).min(count)).collect());
        let columns_of = |l: usize, d: usize| {
            let blocks = (0..count).step_by(l * d);
            blocks.flat_map(move |block| {
                (0..l).map(move |column| {
                    (0..d).map(|row| block + row * l + column).filter(|&at| at < count).collect()
                })
            })
        };
        let sums: Vec<BTreeSet<usize>> = match self.protection() {
            Protection::Rows { columns } => rows(columns.get().into()).collect(),
            Protection::Columns { columns, rows } => columns_of(columns.get().into(), rows.into()).collect(),
            Protection::Grid { columns, rows: depth } => {
                // Rows do not go on across blocks: a block is a whole number of them.
                rows(columns.get().into()).chain(columns_of(columns.get().into(), depth.into())).collect()
            }
            Protection::Masks(masks) => {
                let block = masks.iter().filter_map(|mask| mask.last()).max().map_or(1, |last| last + 1);
                let blocks = (0..count).step_by(block.into());
                let of_block = |at: usize| {
                    let places = move |mask: &Mask| {
                        mask.offsets().map(move |offset| at + usize::from(offset)).collect()
                    };
                    masks.iter().map(places).collect::<Vec<BTreeSet<usize>>>()
                };
                blocks
                    .flat_map(of_block)
                    .map(|sum| sum.into_iter().filter(|&at| at < count).collect())
                    .collect()
            }
        };
        sums.into_iter().filter(|sum| !sum.is_empty()).collect()
    }
}

/// A packet of any shape, told by a few bytes.
pub(super) fn packet(seq: u16, shape: u32) -> Vec<u8> {
    let mixed = shape.wrapping_mul(0x9e37_79b9) ^ u32::from(seq);
    let header = Header {
        marker: shape & 1 == 1,
        payload_type: PayloadType::new((mixed >> 8 & 0x7f) as u8).expect("seven bits"),
        seq: Seq(seq),
        timestamp: Timestamp(mixed.rotate_left(13)),
        ssrc: MEDIA,
    };
    let csrcs = vec![Ssrc(mixed); (shape >> 1 & 3) as usize];
    let block = vec![mixed as u8; 4 * (shape >> 3 & 3) as usize];
    let mut builder = PacketBuilder::new(header).csrcs(&csrcs).padding((shape >> 5 & 7) as u8);
    if shape >> 8 & 1 == 1 {
        builder = builder.extension_block(0xbede, &block);
    }
    let payload: Vec<u8> = (0..shape >> 9 & 0x1ff).map(|at| (at.wrapping_mul(mixed) >> 7) as u8).collect();
    let mut bytes = vec![0; 700];
    let len = builder.write(&[&payload], &mut bytes).expect("it fits");
    bytes.truncate(len);
    bytes
}

/// A repair packet as it travels: RTP, but for ULPFEC, whose payload goes into RED.
pub(super) fn repair_packet(csrcs: &[Ssrc], parts: &[&[u8]]) -> Vec<u8> {
    let payload_type = PayloadType::new(120).expect("seven bits");
    let header = Header { marker: false, payload_type, seq: Seq(9), timestamp: Timestamp(9), ssrc: REPAIR };
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![0; 12 + csrcs.len() * 4 + len];
    PacketBuilder::new(header).csrcs(csrcs).write(parts, &mut bytes).expect("it fits");
    bytes
}

/// All that is sent: packets, and sums of them in the order of their last packets.
pub(super) struct Sent {
    pub(super) format: Format,
    pub(super) packets: Vec<Vec<u8>>,
    first: Seq,
    pub(super) repairs: Vec<Vec<u8>>,
}

pub(super) fn send(plan: Plan, format: Format, first: Seq, shapes: &[u32]) -> Option<Sent> {
    let config = EncoderConfig { format, protection: plan.protection(), bytes_per_packet: 600 };
    let mut encoder = Encoder::new(config).ok()?;
    let numbered = shapes.iter().zip(0..).map(|(&shape, n)| packet(first.0.wrapping_add(n), shape));
    let packets: Vec<_> = numbered.collect();
    let mut repairs = Vec::new();
    let mut drain = |encoder: &mut Encoder| {
        while let Some(payload) = encoder.poll_repair() {
            repairs.push(match format {
                Format::UlpFec => [payload.header(), payload.body()].concat(),
                _ => repair_packet(payload.csrcs(), &[payload.header(), payload.body()]),
            });
        }
    };
    for packet in &packets {
        encoder.protect(packet).expect("it is one, and not too long");
        drain(&mut encoder);
    }
    encoder.finish();
    drain(&mut encoder);
    Some(Sent { format, packets, first, repairs })
}

impl Sent {
    pub(super) fn place(&self, packet: &[u8]) -> usize {
        Packet::parse(packet)
            .expect("what is recovered is a packet")
            .seq()
            .0
            .wrapping_sub(self.first.0)
            .into()
    }
}

/// A sum as a receiver reads it.
pub(super) enum Read<'a> {
    FlexFec(flexfec::Repair<'a>),
    UlpFec(ulpfec::Repair<'a>),
}

pub(super) fn read(format: Format, bytes: &[u8]) -> Option<Read<'_>> {
    Some(match format {
        Format::UlpFec => Read::UlpFec(ulpfec::read(bytes).ok()?),
        Format::FlexFec03 => Read::FlexFec(flexfec03::read(&Packet::parse(bytes).ok()?).ok()?),
        Format::FlexFec => match flexfec::read(&Packet::parse(bytes).ok()?).ok()? {
            flexfec::Received::Repair(repair) => Read::FlexFec(repair),
            flexfec::Received::Retransmission(..) => return None,
        },
    })
}

impl Read<'_> {
    pub(super) fn hold(&self, decoder: &mut Decoder) -> Held {
        match self {
            Self::FlexFec(repair) => decoder.flexfec(repair),
            Self::UlpFec(repair) => decoder.ulpfec(MEDIA, repair),
        }
    }

    /// The numbers it names, of the source that is protected.
    pub(super) fn named(&self) -> BTreeSet<u16> {
        let numbers = |base: Seq, pattern: Pattern| {
            pattern.offsets().map(|offset| base.0.wrapping_add(offset)).collect::<Vec<_>>()
        };
        match self {
            Self::FlexFec(repair) => {
                let sources = repair.protected().filter(|source| source.source == MEDIA);
                sources.flat_map(|source| numbers(source.base, source.pattern)).collect()
            }
            Self::UlpFec(repair) => {
                let levels = repair.levels();
                levels.flat_map(|level| numbers(repair.base(), Pattern::Mask(level.packets))).collect()
            }
        }
    }
}
