//! Datagrams that wait to be taken.

/// As many packets as there can be between two polls: a burst of retransmissions and what the sender makes.
const DATAGRAMS: usize = 64;
/// One more is being written while those wait.
const SLOTS: usize = DATAGRAMS + 1;

/// What a datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RTP.
    Media,
    /// RTCP.
    Report,
}

/// A datagram that was written into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Transmit {
    /// Its length.
    pub len: usize,
    /// What it carries: on two ports, media goes to the even one and reports to the next.
    pub kind: Kind,
}

/// A queue in fixed slots. When it is full the oldest goes: nobody waits for old sound.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    bytes: Box<[u8]>,
    slots: [Option<Transmit>; SLOTS],
    mtu: usize,
    first: usize,
    waiting: usize,
    pushed_out: u64,
}

impl Outbox {
    pub(crate) fn new(mtu: usize) -> Self {
        Self {
            bytes: vec![0; SLOTS * mtu].into_boxed_slice(),
            slots: [None; SLOTS],
            mtu,
            first: 0,
            waiting: 0,
            pushed_out: 0,
        }
    }

    /// Has `write` write a datagram of `kind` and returns it as it was written; nothing changes when it fails.
    pub(crate) fn push<E>(
        &mut self,
        kind: Kind,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<&[u8], E> {
        let slot = (self.first + self.waiting) % SLOTS;
        let room = &mut self.bytes[slot * self.mtu..(slot + 1) * self.mtu];
        let len = write(room)?;
        if self.waiting == DATAGRAMS {
            self.first = (self.first + 1) % SLOTS;
            self.waiting -= 1;
            self.pushed_out += 1;
        }
        self.slots[slot] = Some(Transmit { len, kind });
        self.waiting += 1;
        Ok(&room[..len])
    }

    /// Copies the oldest datagram into `into` and forgets it. One that does not fit is dropped.
    pub(crate) fn pop(&mut self, into: &mut [u8]) -> Option<Transmit> {
        while self.waiting > 0 {
            let slot = self.first;
            self.first = (self.first + 1) % SLOTS;
            self.waiting -= 1;
            let Some(transmit) = self.slots[slot].take() else { continue };
            let Some(room) = into.get_mut(..transmit.len) else {
                self.pushed_out += 1;
                continue;
            };
            let start = slot * self.mtu;
            room.copy_from_slice(&self.bytes[start..start + transmit.len]);
            return Some(transmit);
        }
        None
    }

    /// Datagrams that nobody took.
    pub(crate) fn pushed_out(&self) -> u64 {
        self.pushed_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outbox: &mut Outbox, byte: u8) {
        outbox
            .push(Kind::Media, |room| {
                room[..3].fill(byte);
                Ok::<_, ()>(3)
            })
            .unwrap();
    }

    #[test]
    fn first_in_first_out_and_the_oldest_gives_way() {
        let mut outbox = Outbox::new(16);
        for byte in 0..DATAGRAMS as u8 + 2 {
            push(&mut outbox, byte);
        }
        // With a full queue, too, a datagram that cannot be written costs nobody his place.
        assert_eq!(outbox.push(Kind::Report, |_| Err(())), Err(()));
        let mut into = [0; 16];
        for byte in 2..DATAGRAMS as u8 + 2 {
            assert_eq!(outbox.pop(&mut into), Some(Transmit { len: 3, kind: Kind::Media }));
            assert_eq!(into[..3], [byte; 3]);
        }
        assert_eq!(outbox.pop(&mut into), None);
        assert_eq!(outbox.pushed_out(), 2);
    }

    #[test]
    fn what_fails_or_does_not_fit_is_not_delivered() {
        let mut outbox = Outbox::new(16);
        assert_eq!(outbox.push(Kind::Report, |_| Err(7)), Err(7));
        push(&mut outbox, 1);
        assert_eq!(outbox.pop(&mut [0; 2]), None);
        assert_eq!(outbox.pushed_out(), 1);
    }
}
