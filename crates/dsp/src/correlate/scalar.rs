//! The specification of sliding correlation; the oracle of the other levels.

/// Frames of the pattern that are taken at once.
const TILE: usize = 128;

/// The most offsets side by side at any level.
const MOST_LANES: usize = 64;

/// The sums at every offset.
pub(super) fn correlate(pattern: &[f32], within: &[f32], channels: usize, cross: &mut [f32]) {
    in_lanes::<32>(pattern, within, channels, cross);
}

/// The same, `LANES` offsets at a time: they share each sample of the pattern and do not wait for one another's sums.
#[inline(always)]
pub(super) fn in_lanes<const LANES: usize>(
    pattern: &[f32],
    within: &[f32],
    channels: usize,
    cross: &mut [f32],
) {
    const { assert!(LANES <= MOST_LANES) };
    if cross.len() >= LANES {
        slide::<LANES>(pattern, within, channels, cross);
    } else if cross.len() >= 8 {
        slide::<8>(pattern, within, channels, cross);
    } else {
        slide::<1>(pattern, within, channels, cross);
    }
}

/// Takes at least `LANES` offsets. The last lanes reach back over some that are there: to the same bits.
#[inline(always)]
fn slide<const LANES: usize>(pattern: &[f32], within: &[f32], channels: usize, cross: &mut [f32]) {
    let Some(last) = cross.len().checked_sub(LANES) else { return };
    for first in (0..last).step_by(LANES).chain([last]) {
        let sums = products::<LANES>(pattern, &within[first * channels..], channels);
        cross[first..first + LANES].copy_from_slice(&sums);
    }
}

/// The sums of products at the first `LANES` offsets, channel by channel within a tile.
#[inline(always)]
fn products<const LANES: usize>(pattern: &[f32], within: &[f32], channels: usize) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    let mut plane = [0.0; TILE + MOST_LANES - 1];
    for (tile, pattern) in pattern.chunks(TILE * channels).enumerate() {
        let within = &within[tile * TILE * channels..];
        for channel in 0..channels {
            let plane = &mut plane[..pattern.len() / channels + LANES - 1];
            take(channel, within, channels, plane);
            for (frame, sample) in pattern.iter().skip(channel).step_by(channels).enumerate() {
                let window: &[f32] = &plane[frame..frame + LANES];
                for lane in 0..LANES {
                    // Multiplied, then added: never fused, so that every level gives the same bits.
                    sums[lane] += sample * window[lane];
                }
            }
        }
    }
    sums
}

/// Takes one channel of `within` apart, as much as `plane` holds.
#[inline(always)]
fn take(channel: usize, within: &[f32], channels: usize, plane: &mut [f32]) {
    match channels {
        1 => plane.copy_from_slice(&within[..plane.len()]),
        // A stride that is known is one that vectors can take.
        2 => {
            let (frames, _) = within.as_chunks::<2>();
            plane.iter_mut().zip(frames).for_each(|(sample, frame)| *sample = frame[channel]);
        }
        _ => {
            let frames = within.chunks_exact(channels);
            plane.iter_mut().zip(frames).for_each(|(sample, frame)| *sample = frame[channel]);
        }
    }
}
