//! Who takes part in a session (RFC 3550, section 6.2.1).

use crate::Ssrc;
use alloc::vec::Vec;
use moim_media::Instant;

/// The other members, in the order of their names, so that one is found among thousands.
#[derive(Clone, Debug)]
pub(super) struct Members {
    members: Vec<Member>,
    most: usize,
    senders: usize,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    ssrc: Ssrc,
    heard: Instant,
    /// When media of it was heard last, while that is not long ago.
    media: Option<Instant>,
}

impl Members {
    pub(super) fn new(most: usize) -> Self {
        Self { members: Vec::with_capacity(most), most, senders: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn senders(&self) -> usize {
        self.senders
    }

    pub(super) fn heard(&mut self, now: Instant, ssrc: Ssrc) {
        self.member(now, ssrc);
    }

    #[inline]
    pub(super) fn heard_media(&mut self, now: Instant, ssrc: Ssrc) {
        let Some(member) = self.member(now, ssrc) else { return };
        if member.media.replace(now).is_none() {
            self.senders += 1;
        }
    }

    pub(super) fn remove(&mut self, ssrc: Ssrc) {
        let Ok(place) = self.place(ssrc) else { return };
        let member = self.members.remove(place);
        self.senders -= usize::from(member.media.is_some());
    }

    /// Who was not heard since `then` is gone.
    pub(super) fn forget_before(&mut self, then: Instant) {
        self.members.retain(|member| member.heard >= then);
        self.count_senders();
    }

    /// Who sent no media since `then` is no sender any more.
    pub(super) fn stop_before(&mut self, then: Instant) {
        for member in &mut self.members {
            member.media = member.media.filter(|&media| media >= then);
        }
        self.count_senders();
    }

    fn count_senders(&mut self) {
        self.senders = self.members.iter().filter(|member| member.media.is_some()).count();
    }

    /// The member of that name; `None` when it is one too many.
    fn member(&mut self, now: Instant, ssrc: Ssrc) -> Option<&mut Member> {
        let place = match self.place(ssrc) {
            Ok(place) => place,
            Err(_) if self.members.len() >= self.most => return None,
            Err(place) => {
                self.members.insert(place, Member { ssrc, heard: now, media: None });
                place
            }
        };
        let member = self.members.get_mut(place)?;
        member.heard = now;
        Some(member)
    }

    fn place(&self, ssrc: Ssrc) -> Result<usize, usize> {
        self.members.binary_search_by_key(&ssrc, |member| member.ssrc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_millis(10_000);

    #[test]
    fn members_and_senders_come_and_go() {
        let mut members = Members::new(8);
        members.heard(NOW, Ssrc(3));
        members.heard_media(Instant::from_millis(4_000), Ssrc(1));
        members.heard_media(NOW, Ssrc(2));
        members.heard_media(NOW, Ssrc(2));
        assert_eq!((members.len(), members.senders()), (3, 2));
        members.stop_before(Instant::from_millis(5_000));
        assert_eq!((members.len(), members.senders()), (3, 1));
        members.forget_before(Instant::from_millis(5_000));
        assert_eq!((members.len(), members.senders()), (2, 1));
        members.remove(Ssrc(2));
        members.remove(Ssrc(2));
        assert_eq!((members.len(), members.senders()), (1, 0));
    }

    #[test]
    fn there_is_a_limit_to_them() {
        let mut members = Members::new(2);
        (0..1_000).for_each(|ssrc| members.heard_media(NOW, Ssrc(ssrc)));
        assert_eq!((members.len(), members.senders()), (2, 2));
    }
}
