//! What voice and picture get of a bitrate.

use core::ops::RangeInclusive;

/// Of what is left beyond its least bitrate, voice takes one part in this many until it has its most.
const VOICE_PART: u32 = 8;

/// Bits per second for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// For the voice. Never less than its least, even when the whole is.
    pub voice: u32,
    /// For the picture; `None` when there is not enough for any: send none.
    pub picture: Option<u32>,
}

/// Splits `total` bits per second between voice and picture, each with the least and the most that it can use.
///
/// Voice first has its least; of the rest it takes an eighth until it has its most, and the picture has what remains
/// up to its own most, or nothing when that would be less than its least. With more in total neither ever gets less.
/// The sum is at most `total`, or the least of the voice when `total` is below it.
///
/// A range whose end is before its start counts as its start alone.
#[must_use]
pub fn split(total: u32, voice: RangeInclusive<u32>, picture: RangeInclusive<u32>) -> Split {
    let (least, most) = voice.into_inner();
    let beyond = total.saturating_sub(least);
    let voice = least.saturating_add(beyond / VOICE_PART).min(most.max(least));
    let (least, most) = picture.into_inner();
    let rest = total.saturating_sub(voice);
    Split { voice, picture: (rest >= least).then(|| rest.min(most.max(least))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn voice_is_comfortable_before_the_picture_is_sharp() {
        let of = |kilobits: u32| split(1_000 * kilobits, 16_000..=64_000, 60_000..=2_000_000);
        assert_eq!(of(10), Split { voice: 16_000, picture: None });
        assert_eq!(of(60), Split { voice: 21_500, picture: None });
        assert_eq!(of(100), Split { voice: 26_500, picture: Some(73_500) });
        assert_eq!(of(400), Split { voice: 64_000, picture: Some(336_000) });
        assert_eq!(of(5_000), Split { voice: 64_000, picture: Some(2_000_000) });
    }

    fn range() -> impl Strategy<Value = RangeInclusive<u32>> {
        prop_oneof![(0..3_000_000_u32, 0..3_000_000_u32), any::<(u32, u32)>()]
            .prop_map(|(a, b)| a.min(b)..=a.max(b))
    }

    proptest! {
        #[test]
        fn everybody_stays_in_his_range_and_the_sum_in_the_total(
            total in any::<u32>(), voice in range(), picture in range(),
        ) {
            let split = split(total, voice.clone(), picture.clone());
            prop_assert!(voice.contains(&split.voice));
            prop_assert!(split.picture.is_none_or(|bits| picture.contains(&bits)));
            let sum = u64::from(split.voice) + u64::from(split.picture.unwrap_or(0));
            prop_assert!(sum <= u64::from(total.max(*voice.start())));
        }

        #[test]
        fn more_is_never_less(
            totals in [0..6_000_000_u32, 0..6_000_000_u32], voice in range(), picture in range(),
        ) {
            let [less, more] = [totals[0].min(totals[1]), totals[0].max(totals[1])]
                .map(|total| split(total, voice.clone(), picture.clone()));
            prop_assert!(less.voice <= more.voice && less.picture <= more.picture);
        }
    }
}
