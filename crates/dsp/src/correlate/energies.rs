//! Energies of a sliding window, the same at every level.

/// The energies of `frames` frames from every offset on.
///
/// In blocks of as many offsets as a window has frames, every window is the end of one block and the beginning of the
/// next (the two passes of van Herk and of Gil and Werman, with sums in place of their maxima): two additions per
/// offset at any length of window, and never a subtraction that would leave the rounding of something loud behind.
pub(super) fn sum(frames: usize, within: &[f32], channels: usize, energies: &mut [f32]) {
    energies.fill(0.0);
    if frames == 0 {
        return;
    }
    let energy = |frame: usize| {
        within[frame * channels..][..channels].iter().fold(0.0, |sum, sample| sum + sample * sample)
    };
    for (block, energies) in energies.chunks_mut(frames).enumerate() {
        let (begin, end) = (block * frames, (block + 1) * frames);
        let last = energies.len() - 1;
        // What every window of the block shares, then both ends at once, from both sides: neither waits for the other.
        let mut to_end = (begin + last..end).rev().fold(0.0, |sum, frame| sum + energy(frame));
        let mut from_end = 0.0;
        energies[last] += to_end;
        for offset in 1..=last {
            to_end += energy(begin + last - offset);
            energies[last - offset] += to_end;
            from_end += energy(end + offset - 1);
            energies[offset] += from_end;
        }
    }
}
