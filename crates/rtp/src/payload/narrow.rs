//! Numbers of fewer than eight bits.

/// Defines newtypes for wire numbers of so many bits.
macro_rules! narrow {
    ($($(#[$doc:meta])* pub struct $name:ident: $bits:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u8);

        impl $name {
            #[doc = concat!("The highest: all ", stringify!($bits), " bits set.")]
            pub const MAX: Self = Self((1 << $bits) - 1);

            #[doc = concat!("`None` for what does not fit into ", stringify!($bits), " bits.")]
            #[must_use]
            pub const fn new(number: u8) -> Option<Self> {
                if number <= Self::MAX.0 { Some(Self(number)) } else { None }
            }

            /// The number in the lowest bits; the others are ignored.
            #[must_use]
            pub(crate) const fn of_low_bits(byte: u8) -> Self {
                Self(byte & Self::MAX.0)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u8 {
                self.0
            }
        }
    )+};
}

pub(super) use narrow;

#[cfg(test)]
mod tests {
    use crate::payload::vp8::{KeyIdx, TemporalId};

    #[test]
    fn what_does_not_fit_is_none() {
        assert_eq!(KeyIdx::new(31), Some(KeyIdx::MAX));
        assert_eq!(KeyIdx::new(32), None);
        assert_eq!(TemporalId::of_low_bits(0xfe).get(), 2);
    }
}
