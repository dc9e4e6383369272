//! How strong sound is.

/// The mean square of the samples; zero if there are none.
pub(crate) fn power(sound: &[f32]) -> f32 {
    energy(sound) / sound.len().max(1) as f32
}

/// The sum of the squares.
pub(crate) fn energy(sound: &[f32]) -> f32 {
    dot(sound, sound)
}

/// What two sounds of one length have in common. In sums that do not wait for one another: the compiler makes vectors of
/// them.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_counts_once() {
        for len in 0..100 {
            let sound: Vec<f32> = (1..=len).map(|n| n as f32).collect();
            let sum = (len * (len + 1) * (2 * len + 1) / 6) as f32;
            assert_eq!(energy(&sound), sum, "{len}");
            assert_eq!(power(&sound), sum / len.max(1) as f32, "{len}");
        }
    }
}
