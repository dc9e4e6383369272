//! Where payloads wait: cut into cache lines, so that memory is for what waits, not for the longest of everything.

/// Bytes of payload in a piece; with its link it fills a cache line.
const PIECE: usize = 60;

/// A cache line of a payload.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Piece {
    bytes: [u8; PIECE],
    /// The piece behind this one, in its payload or among the free. Whoever follows it knows that there is one.
    next: u32,
}

/// Where a payload is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    first: u32,
    last: u32,
    len: u32,
}

/// Room for payloads of any length, all together no longer than agreed. What was freed last is used first, so that a
/// stream which hardly waits stays within the same few cache lines.
#[derive(Clone, Debug)]
pub(crate) struct Payloads {
    pieces: Box<[Piece]>,
    /// The first of the free pieces, if there is one.
    free: u32,
    /// How many are free.
    spare: usize,
    /// One payload, put together again.
    whole: Box<[u8]>,
}

impl Payloads {
    /// Room for `bytes`, in payloads of at most `longest`, which is no more.
    pub(crate) fn new(bytes: usize, longest: usize) -> Self {
        let spare = bytes.div_ceil(PIECE);
        Self {
            pieces: (1..).take(spare).map(|next| Piece { bytes: [0; PIECE], next }).collect(),
            free: 0,
            spare,
            whole: vec![0; longest].into_boxed_slice(),
        }
    }

    /// The longest payload that may be kept.
    pub(crate) fn longest(&self) -> usize {
        self.whole.len()
    }

    /// Whether there is room for a payload of `len` bytes now.
    pub(crate) fn has_room_for(&self, len: usize) -> bool {
        len.div_ceil(PIECE) <= self.spare
    }

    /// Copies a payload that there is room for.
    pub(crate) fn keep(&mut self, payload: &[u8]) -> Kept {
        let (first, mut last) = (self.free, self.free);
        for part in payload.chunks(PIECE) {
            last = self.free;
            let piece = &mut self.pieces[last as usize];
            piece.bytes[..part.len()].copy_from_slice(part);
            self.free = piece.next;
        }
        self.spare -= payload.len().div_ceil(PIECE);
        Kept { first, last, len: payload.len() as u32 }
    }

    /// Gives the room back. The payload can be read until another is kept.
    pub(crate) fn free(&mut self, kept: Kept) {
        if kept.len == 0 {
            return;
        }
        self.pieces[kept.last as usize].next = self.free;
        self.free = kept.first;
        self.spare += (kept.len as usize).div_ceil(PIECE);
    }

    /// The payload.
    pub(crate) fn read(&mut self, kept: Kept) -> &[u8] {
        let whole = &mut self.whole[..kept.len as usize];
        let mut place = kept.first;
        for part in whole.chunks_mut(PIECE) {
            let piece = &self.pieces[place as usize];
            part.copy_from_slice(&piece.bytes[..part.len()]);
            place = piece.next;
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(len: usize, seed: u8) -> Vec<u8> {
        (0..len).map(|n| (n as u8).wrapping_mul(7).wrapping_add(seed)).collect()
    }

    #[test]
    fn a_piece_is_a_cache_line() {
        assert_eq!(size_of::<Piece>(), 64);
    }

    #[test]
    fn what_is_kept_in_any_order_is_read_as_it_came_and_nothing_is_lost_of_the_room() {
        let mut payloads = Payloads::new(1_200, 600);
        let lengths = [0, 1, 59, 60, 61, 120, 121, 200, 330];
        for round in 0..50_usize {
            let mut waiting = Vec::new();
            for (seed, len) in (0..).zip(lengths) {
                assert!(payloads.has_room_for(len), "{round}");
                waiting.push((payload(len, seed), payloads.keep(&payload(len, seed))));
            }
            assert!(!payloads.has_room_for(181), "20 pieces, of which 17 are taken");
            while !waiting.is_empty() {
                let (sent, kept) = waiting.remove((round * 5 + waiting.len()) % waiting.len());
                assert_eq!(payloads.read(kept), sent);
                payloads.free(kept);
                assert_eq!(payloads.read(kept), sent, "until another is kept");
            }
            assert!(payloads.has_room_for(1_200) && !payloads.has_room_for(1_201));
        }
    }

    #[test]
    fn one_at_a_time_stays_in_one_place() {
        let mut payloads = Payloads::new(32_768, 1_500);
        for seed in 0..100 {
            let kept = payloads.keep(&payload(80, seed));
            assert_eq!((kept.first, kept.last), (0, 1));
            payloads.free(kept);
        }
    }
}
