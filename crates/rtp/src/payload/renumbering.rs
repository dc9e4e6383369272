//! Numbers that go on without a break, though the stream they are of does not.

use super::PictureId;

/// What became of a payload that was to be renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Renumbered {
    /// It has its new numbers.
    Written,
    /// It is as it was, and not to be sent: it is of a picture that was left out, or too old to tell.
    LeftOut,
}

/// What is known of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It goes on under this number.
    Number(u16),
    /// It was left out.
    LeftOut,
    /// It is so old that this cannot be told – or the source counts anew.
    TooOld,
}

/// How many pictures back it is known which were left out.
const REMEMBERED: u16 = 128;

/// Renumbers the pictures of one source after another as if they were of one, closing the gaps of pictures left out.
///
/// What the network lost keeps its place: its gap remains, and it is given its number when it comes late.
#[derive(Clone, Debug, Default)]
pub(super) struct PictureIds {
    /// The newest picture of the present source.
    newest: Option<PictureId>,
    /// The highest number given, in 15 bits; `newest` has it unless it was left out. `None` before the first.
    given: Option<u16>,
    /// Bit n: the picture n before the newest was left out.
    left_out: u128,
}

impl PictureIds {
    /// What comes next is of another source.
    pub(super) const fn switch(&mut self) {
        self.newest = None;
        self.left_out = 0;
    }

    /// Where a picture that is to go on belongs.
    pub(super) fn place(&mut self, id: PictureId) -> Place {
        let (Some(newest), Some(given)) = (self.newest, self.given) else {
            return Place::Number(self.begin(id));
        };
        match u16::try_from(id.since(newest)) {
            Ok(ahead) if ahead > 0 => {
                self.advance(id, ahead);
                let number = given.wrapping_add(ahead);
                self.given = Some(number);
                Place::Number(number)
            }
            _ => {
                let behind = id.since(newest).unsigned_abs();
                if behind >= REMEMBERED {
                    return Place::TooOld;
                }
                if self.left_out >> behind & 1 != 0 {
                    return Place::LeftOut;
                }
                let newer = self.left_out & ((1 << behind) - 1);
                let left_out = u16::try_from(newer.count_ones()).unwrap_or_default();
                Place::Number(given.wrapping_sub(behind - left_out))
            }
        }
    }

    /// The number of the first picture of a source.
    pub(super) fn begin(&mut self, id: PictureId) -> u16 {
        // What is before the first is of no use to who begins here.
        self.left_out = u128::MAX << 1;
        let number = self.given.map_or(id.number(), |given| given.wrapping_add(1));
        (self.newest, self.given) = (Some(id), Some(number));
        number
    }

    /// A picture is left out. One that is not newer than all before it has its place already, and keeps it.
    pub(super) fn leave_out(&mut self, id: PictureId) {
        let (Some(newest), Some(given)) = (self.newest, self.given) else { return };
        if let Ok(ahead) = u16::try_from(id.since(newest))
            && ahead > 0
        {
            self.advance(id, ahead);
            self.left_out |= 1;
            self.given = Some(given.wrapping_add(ahead - 1));
        }
    }

    fn advance(&mut self, id: PictureId, ahead: u16) {
        self.left_out = self.left_out.checked_shl(u32::from(ahead)).unwrap_or(0);
        self.newest = Some(id);
    }
}

/// Renumbers what counts up within so many bits in one source after another as if it were one count.
#[derive(Clone, Debug, Default)]
pub(super) struct Count<const BITS: u32> {
    /// From the source's number to ours.
    offset: Option<u8>,
    /// The newest number given.
    given: Option<u8>,
}

impl<const BITS: u32> Count<BITS> {
    const MASK: u8 = u8::MAX >> (8 - BITS);

    /// What comes next is of another source.
    pub(super) const fn switch(&mut self) {
        self.offset = None;
    }

    /// The number for the source's `number`.
    pub(super) fn number(&mut self, number: u8) -> u8 {
        let given = self.given;
        let offset = *self
            .offset
            .get_or_insert_with(|| given.map_or(0, |given| given.wrapping_add(1).wrapping_sub(number)));
        let number = number.wrapping_add(offset) & Self::MASK;
        let is_newer = given.is_none_or(|given| number.wrapping_sub(given) & Self::MASK <= Self::MASK / 2);
        if is_newer {
            self.given = Some(number);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::PictureIdWidth;

    fn id(number: u16) -> PictureId {
        PictureId::new(number & 0x7fff, PictureIdWidth::Bits15).unwrap()
    }

    #[test]
    fn gaps_of_what_is_left_out_are_closed_and_those_of_losses_are_not() {
        let mut ids = PictureIds::default();
        assert_eq!(ids.place(id(100)), Place::Number(100));
        ids.leave_out(id(101));
        ids.leave_out(id(101));
        assert_eq!(ids.place(id(102)), Place::Number(101));
        // 103 is lost; 104 is left out.
        ids.leave_out(id(104));
        assert_eq!(ids.place(id(105)), Place::Number(103));
        // Late: in its place, and what was left out stays so.
        assert_eq!(ids.place(id(103)), Place::Number(102));
        assert_eq!(ids.place(id(102)), Place::Number(101));
        assert_eq!(ids.place(id(100)), Place::Number(100));
        assert_eq!(ids.place(id(101)), Place::LeftOut);
        assert_eq!(ids.place(id(104)), Place::LeftOut);
        // Too late to be left out.
        ids.leave_out(id(103));
        assert_eq!(ids.place(id(103)), Place::Number(102));
    }

    #[test]
    fn another_source_goes_on_where_the_last_one_stopped() {
        let mut ids = PictureIds::default();
        ids.leave_out(id(7));
        assert_eq!(ids.place(id(0x7fff)), Place::Number(0x7fff));
        assert_eq!(ids.place(id(0)), Place::Number(0x8000), "15 bits of it count");
        ids.leave_out(id(1));
        ids.switch();
        ids.leave_out(id(498));
        assert_eq!(ids.place(id(500)), Place::Number(0x8001));
        assert_eq!(ids.place(id(499)), Place::LeftOut, "its number is another picture's");
        assert_eq!(ids.place(id(501)), Place::Number(0x8002));
        assert_eq!(ids.place(id(499)), Place::LeftOut);
    }

    #[test]
    fn what_is_too_old_to_tell_has_no_number() {
        let mut ids = PictureIds::default();
        ids.place(id(1_000));
        ids.leave_out(id(1_001));
        assert_eq!(ids.place(id(1_128)), Place::Number(1_127));
        assert_eq!(ids.place(id(1_001)), Place::LeftOut);
        assert_eq!(ids.place(id(1_000)), Place::TooOld);
        assert_eq!(ids.place(id(1_002)), Place::Number(1_001));
        ids.place(id(9_000));
        assert_eq!(ids.place(id(8_999)), Place::Number(8_998));
    }

    #[test]
    fn a_count_goes_on_within_its_bits() {
        let mut count = Count::<5>::default();
        assert_eq!([30, 31, 0, 31].map(|number| count.number(number)), [30, 31, 0, 31]);
        count.switch();
        assert_eq!([9, 10, 8].map(|number| count.number(number)), [1, 2, 0]);
        let mut count = Count::<8>::default();
        assert_eq!(count.number(255), 255);
        count.switch();
        assert_eq!([3, 4].map(|number| count.number(number)), [0, 1]);
    }
}
