//! Which events are understood, in `a=fmtp` (RFC 4733, section 2.4.1).

use super::EventCode;
use core::fmt;

/// The format parameters of events: those that the author of the description understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The events.
    pub events: Events,
}

impl Parameters {
    /// Reads what follows the payload type in `a=fmtp`, such as `0-15,66`.
    ///
    /// Cannot fail: what makes no sense is ignored, and where nothing makes sense it is as if there were no parameters.
    #[must_use]
    pub fn parse(fmtp: &str) -> Self {
        let list = fmtp.trim();
        // As RFC 2833 once had it.
        let list = list.strip_prefix("events=").unwrap_or(list);
        let mut events = Events::NONE;
        for item in list.split(',') {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            if let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse()) {
                (first..=last).for_each(|code| events.insert(EventCode(code)));
            }
        }
        if events == Events::NONE { Self::default() } else { Self { events } }
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`: ascending, in as few ranges as there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut codes = self.events.iter().map(|EventCode(code)| code).peekable();
        while let Some(first) = codes.next() {
            let mut last = first;
            while let Some(next) = codes.next_if(|&next| next == last + 1) {
                last = next;
            }
            write!(f, "{separator}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            separator = ",";
        }
        Ok(())
    }
}

/// A set of events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// One bit for each, the lowest first.
    bits: [u128; 2],
}

impl Events {
    /// No events.
    pub const NONE: Self = Self { bits: [0, 0] };
    /// The sixteen keys.
    pub const KEYS: Self = Self { bits: [0xffff, 0] };

    /// Whether `event` is among them.
    #[must_use]
    pub fn contains(&self, event: EventCode) -> bool {
        let (word, bit) = place(event);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Adds `event`.
    pub fn insert(&mut self, event: EventCode) {
        let (word, bit) = place(event);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Those that are also in `other`: what an answer to it says.
    #[must_use]
    pub const fn intersection(&self, other: &Self) -> Self {
        Self { bits: [self.bits[0] & other.bits[0], self.bits[1] & other.bits[1]] }
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = EventCode> + use<> {
        let events = *self;
        (0..=u8::MAX).map(EventCode).filter(move |&event| events.contains(event))
    }
}

impl Default for Events {
    /// What a description means that does not say: the sixteen keys.
    fn default() -> Self {
        Self::KEYS
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|EventCode(code)| code)).finish()
    }
}

fn place(EventCode(code): EventCode) -> (usize, u128) {
    (usize::from(code >> 7), 1 << (code & 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn lists_are_read_and_written_the_same() {
        for fmtp in ["0-15", "0-15,66", "0-16", "0-11,16,32-49,255", "7"] {
            assert_eq!(Parameters::parse(fmtp).to_string(), fmtp);
        }
        assert_eq!(Parameters::parse(" 3,1 - 2 ,events").to_string(), "1-3");
        assert_eq!(Parameters::parse("events=0-15,70").to_string(), "0-15,70");
        assert_eq!(Parameters::parse("128-255").events.iter().count(), 128);
    }

    #[test]
    fn without_a_list_it_is_the_keys() {
        for fmtp in ["", "events", "256", "9-3", "-", ",", "a-b"] {
            assert_eq!(Parameters::parse(fmtp), Parameters::default(), "{fmtp}");
        }
        assert_eq!(Parameters::default().to_string(), "0-15");
    }

    #[test]
    fn an_answer_names_what_both_understand() {
        let [ours, theirs] = ["0-16", "0-11,66"].map(|fmtp| Parameters::parse(fmtp).events);
        let both = Parameters { events: ours.intersection(&theirs) };
        assert_eq!(both.to_string(), "0-11");
        assert!(!both.events.contains(EventCode::FLASH));
    }
}
