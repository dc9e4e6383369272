//! Which stream a packet belongs to.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{Instant, Seq, Timestamp};
use moim_rtp::association::{Association, Config, Expected, Streams, Unknown};
use moim_rtp::extension::{Mid, Rid};
use moim_rtp::{Extension, ExtensionForm, ExtensionId, Header, Packet, PacketBuilder, PayloadType, Ssrc};

const MIDS: [&str; 4] = ["", "a", "v", "none"];
const RIDS: [&str; 4] = ["", "lo", "hi", "none"];
const SILENCE: u64 = 200;

/// Whatever arrives, packets belong to the streams that a model without tables finds, and nothing else does.
pub fn association(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let [mid, rid, repaired_rid] = [1, 2, 3].map(ExtensionId::new);
    let config = Config { mid, rid, repaired_rid, silence: Duration::from_millis(SILENCE) };
    let (mut streams, mut model) = (Streams::new(config), Model::default());
    let mut seqs = [0xfff0_u16; 8];
    let mut now = 0;
    while !input.is_empty() {
        let Ok([kind, who, names, format]) = input.arbitrary::<[u8; 4]>() else { return };
        now += u64::from(kind >> 3) * 5;
        let ssrc = Ssrc(u32::from(who & 7));
        let (mid, rid, repaired) = (names & 3, names >> 2 & 3, names >> 4 & 3);
        let [mid, rid, repaired] =
            [MIDS[usize::from(mid)], RIDS[usize::from(rid)], RIDS[usize::from(repaired)]];
        match kind & 7 {
            0 => {
                let key = who >> 3 & 3;
                let formats: Vec<_> = (0..4).filter(|bit| format >> bit & 1 != 0).collect();
                let signalled = (format & 0x80 != 0).then_some(ssrc);
                let payload_types: Vec<_> = formats.iter().copied().filter_map(PayloadType::new).collect();
                let expected = Expected {
                    mid: Mid::new(mid),
                    rid: Rid::new(rid),
                    ssrc: signalled,
                    payload_types: &payload_types,
                };
                streams.expect(key, expected);
                model.expect(key, mid, rid, signalled, formats);
            }
            1 if names & 0xc0 == 0 => {
                streams.forget(who >> 3 & 3);
                model.streams.retain(|stream| stream.key != who >> 3 & 3);
            }
            1 => {
                streams.goodbye(ssrc);
                model.streams.iter_mut().for_each(|stream| stream.release(ssrc));
            }
            _ => {
                let step = [1, 1, 1, 2, 0, 0xfffb, 20_000, 40_000][usize::from(who >> 3 & 7)];
                let seq = &mut seqs[usize::from(who & 7)];
                *seq = seq.wrapping_add(step);
                let packet = Arrived { ssrc, seq: *seq, format: format & 3 };
                let bytes = written(packet, [(1, mid), (2, rid), (3, repaired)]);
                let parsed = Packet::parse(&bytes).expect("just written");
                let found = streams.associate(Instant::from_millis(now), &parsed);
                let rid = if repaired.is_empty() { rid } else { repaired };
                assert_eq!(found, model.associate(now, packet, mid, rid));
            }
        }
        for key in 0..4 {
            let stream = model.streams.iter().find(|stream| stream.key == key);
            let source = stream.and_then(|stream| stream.source.as_ref()).map(|source| source.ssrc);
            assert_eq!(streams.source(key), source);
            if let Some(source) = source {
                assert_eq!(streams.stream_of(source), Some(key));
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Arrived {
    ssrc: Ssrc,
    seq: u16,
    format: u8,
}

fn written(packet: Arrived, names: [(u8, &str); 3]) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(packet.format).expect("seven bits"),
        seq: Seq(packet.seq),
        timestamp: Timestamp(0),
        ssrc: packet.ssrc,
    };
    let named = names.iter().filter(|(_, name)| !name.is_empty());
    let elements: Vec<_> = named
        .map(|(number, name)| Extension {
            id: ExtensionId::new(*number).expect("not 0"),
            data: name.as_bytes(),
        })
        .collect();
    let mut bytes = vec![0; 64];
    let builder = PacketBuilder::new(header).extensions(ExtensionForm::OneByte, &elements);
    let len = builder.write(&[], &mut bytes).expect("it fits");
    bytes.truncate(len);
    bytes
}

/// Every stream with its sources, searched from end to end.
#[derive(Default)]
struct Model {
    streams: Vec<Stream>,
}

struct Stream {
    key: u8,
    mid: &'static str,
    rid: &'static str,
    signalled: Option<Ssrc>,
    formats: Vec<u8>,
    source: Option<Source>,
    rival: Option<Source>,
}

struct Source {
    ssrc: Ssrc,
    newest: u16,
    last: Option<u16>,
    format: u8,
    heard: u64,
    sure: bool,
    elsewhere: Option<u16>,
}

impl Model {
    fn expect(
        &mut self,
        key: u8,
        mid: &'static str,
        rid: &'static str,
        signalled: Option<Ssrc>,
        formats: Vec<u8>,
    ) {
        let known = self.streams.iter_mut().find(|stream| stream.key == key);
        match known {
            Some(stream) if (stream.mid, stream.rid) == (mid, rid) => {
                (stream.signalled, stream.formats) = (signalled, formats);
            }
            Some(stream) => *stream = Stream { key, mid, rid, signalled, formats, source: None, rival: None },
            None => {
                self.streams.push(Stream { key, mid, rid, signalled, formats, source: None, rival: None });
            }
        }
    }

    fn associate(&mut self, now: u64, packet: Arrived, mid: &str, rid: &str) -> Association<u8> {
        let Arrived { ssrc, seq, format } = packet;
        let owner = self.streams.iter().position(|stream| stream.has(ssrc));
        let late = owner.is_some_and(|owner| {
            let stream = &self.streams[owner];
            let mut sources = [&stream.source, &stream.rival].into_iter().flatten();
            sources.find(|source| source.ssrc == ssrc).is_some_and(|source| !source.advanced_by(seq))
        });
        let own_names = owner.is_some_and(|owner| {
            let stream = &self.streams[owner];
            (mid.is_empty() || mid == stream.mid) && (rid.is_empty() || rid == stream.rid)
        });
        let target = if late || own_names {
            owner
        } else {
            let rank = |stream: &Stream| {
                let clash = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
                if clash(mid, stream.mid) || clash(rid, stream.rid) || !stream.formats.contains(&format) {
                    return 0;
                }
                let same = |a: &str, b: &str| usize::from(!a.is_empty() && a == b);
                1 + 4 * same(mid, stream.mid)
                    + 2 * same(rid, stream.rid)
                    + usize::from(stream.signalled == Some(ssrc))
            };
            let best = self.streams.iter().map(rank).max().unwrap_or(0);
            let fits: Vec<_> =
                (0..self.streams.len()).filter(|&at| rank(&self.streams[at]) == best).collect();
            match fits[..] {
                _ if best == 0 => return Association::Unknown(Unknown::Unexpected),
                [only] => Some(only),
                _ => return Association::Unknown(Unknown::Ambiguous),
            }
        };
        let target = target.expect("found, or of the source's stream");
        if let Some(owner) = owner
            && let Some(source) = self.streams[owner].source.as_mut().filter(|source| source.ssrc == ssrc)
        {
            let names_it = !(mid.is_empty() && rid.is_empty());
            let before = source.elsewhere;
            if own_names && names_it {
                source.elsewhere = None;
            }
            if target != owner && source.sure {
                source.elsewhere = Some(seq);
                if before.is_none_or(|before| before == seq) {
                    return Association::Rival(self.streams[target].key);
                }
            }
        }
        if owner != Some(target) {
            self.streams.iter_mut().for_each(|stream| stream.release(ssrc));
        }
        self.streams[target].receive(now, packet)
    }
}

impl Stream {
    fn has(&self, ssrc: Ssrc) -> bool {
        [&self.source, &self.rival].into_iter().flatten().any(|source| source.ssrc == ssrc)
    }

    fn release(&mut self, ssrc: Ssrc) {
        self.source.take_if(|source| source.ssrc == ssrc);
        self.rival.take_if(|rival| rival.ssrc == ssrc);
    }

    fn receive(&mut self, now: u64, packet: Arrived) -> Association<u8> {
        let Arrived { ssrc, seq, format } = packet;
        let key = self.key;
        if !self.formats.contains(&format) {
            return Association::Unknown(Unknown::Unexpected);
        }
        let new =
            Source { ssrc, newest: seq, last: Some(seq), format, heard: now, sure: false, elsewhere: None };
        let Some(source) = &mut self.source else {
            self.release(ssrc);
            self.source = Some(new);
            return Association::Began(key);
        };
        if source.ssrc == ssrc {
            let former = source.receive(now, packet);
            let former = PayloadType::new(former).expect("seven bits");
            return if former.get() == source.format {
                Association::Known(key)
            } else {
                Association::Reformatted { key, former }
            };
        }
        let Some(rival) = self.rival.as_mut().filter(|rival| rival.ssrc == ssrc) else {
            self.rival = Some(new);
            return Association::Rival(key);
        };
        let in_a_row = rival.last == Some(seq.wrapping_sub(1));
        rival.receive(now, packet);
        if !in_a_row || (source.sure && now < source.heard + SILENCE) {
            return Association::Rival(key);
        }
        source.last = None;
        let former = source.ssrc;
        core::mem::swap(source, rival);
        Association::Moved { key, former }
    }
}

impl Source {
    /// The format before.
    fn receive(&mut self, now: u64, packet: Arrived) -> u8 {
        let (advanced, former) = (self.advanced_by(packet.seq), self.format);
        self.sure |= self.last == Some(packet.seq.wrapping_sub(1));
        (self.last, self.heard) = (Some(packet.seq), now);
        if advanced {
            (self.newest, self.format) = (packet.seq, packet.format);
        }
        former
    }

    fn advanced_by(&self, seq: u16) -> bool {
        let ahead = i32::from(seq.wrapping_sub(self.newest));
        let ahead = if ahead > 0x7fff { ahead - 0x1_0000 } else { ahead };
        (1..=100).contains(&ahead)
            || (!(-3_000..=100).contains(&ahead) && self.last == Some(seq.wrapping_sub(1)))
    }
}
