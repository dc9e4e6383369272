//! How alike two stretches of sound are.

/// Additions that do not wait for one another: the compiler makes vectors of them.
const LANES: usize = 16;

/// Normalised cross-correlation of two slices of equal length: 1 for the same shape, 0 for unrelated, −1 for the
/// opposite. Silence is like nothing.
pub(crate) fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let cross = dot(a, b);
    let energy = dot(a, a) * dot(b, b);
    if energy > f32::MIN_POSITIVE { cross / energy.sqrt() } else { 0.0 }
}

/// The offset within `offsets` at which `within` is most like `pattern`, and how alike they are there.
///
/// Looks at every `stride`th offset first, then around the best. `None` when no offset leaves room for `pattern`.
pub(crate) fn best_match(
    pattern: &[f32],
    within: &[f32],
    offsets: core::ops::RangeInclusive<usize>,
    channels: usize,
    stride: usize,
) -> Option<(usize, f32)> {
    let at = |frame: usize| {
        let start = frame * channels;
        within.get(start..start + pattern.len()).map(|part| (frame, similarity(pattern, part)))
    };
    let best = |candidates: &mut dyn Iterator<Item = usize>| {
        // Of equals the first: the shortest lag, the least shift.
        candidates.filter_map(at).reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    let (first, last) = offsets.into_inner();
    let (coarse, _) = best(&mut (first..=last).step_by(stride))?;
    best(&mut (coarse.saturating_sub(stride - 1).max(first)..=(coarse + stride - 1).min(last)))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(samples: usize, period: f32) -> Vec<f32> {
        (0..samples).map(|n| (n as f32 * core::f32::consts::TAU / period).sin()).collect()
    }

    #[test]
    fn knows_same_opposite_and_silence() {
        let tone = tone(240, 96.0);
        let opposite: Vec<f32> = tone.iter().map(|sample| -3.0 * sample).collect();
        assert!((similarity(&tone, &tone) - 1.0).abs() < 1e-5);
        assert!((similarity(&tone, &opposite) + 1.0).abs() < 1e-5);
        assert_eq!(similarity(&tone, &[0.0; 240]), 0.0);
    }

    #[test]
    fn finds_the_period_of_a_voice() {
        let tone = tone(1_200, 331.0);
        let (lag, alike) = best_match(&tone[..240], &tone, 120..=720, 1, 4).unwrap();
        assert_eq!(lag, 331);
        assert!(alike > 0.999);
    }

    #[test]
    fn finds_it_in_interleaved_channels() {
        let mono = tone(1_200, 331.0);
        let stereo: Vec<f32> = mono.iter().flat_map(|&sample| [sample, -sample]).collect();
        assert_eq!(best_match(&stereo[..480], &stereo, 120..=720, 2, 4).unwrap().0, 331);
    }

    #[test]
    fn needs_room() {
        assert_eq!(best_match(&[1.0; 100], &[1.0; 50], 0..=10, 1, 4), None);
    }
}
