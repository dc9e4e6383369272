//! The specification of halving, sample by sample; the oracle of the other levels.

#[inline(always)]
pub(super) fn row(upper: &[u8], lower: &[u8], to: &mut [u8]) {
    let (upper, upper_odd) = upper.as_chunks::<2>();
    let (lower, lower_odd) = lower.as_chunks::<2>();
    for ((&[a, b], &[c, d]), to) in upper.iter().zip(lower).zip(to.iter_mut()) {
        *to = mean([a, b, c, d]);
    }
    // Half of what there is: (a + a + c + c + 2) >> 2 = (a + c + 1) >> 1.
    if let ([a], [c], Some(to)) = (upper_odd, lower_odd, to.last_mut()) {
        *to = mean([*a, *a, *c, *c]);
    }
}

/// Halves are rounded up.
#[inline(always)]
fn mean(four: [u8; 4]) -> u8 {
    // At most (4 · 255 + 2) / 4: it fits.
    ((four.into_iter().map(u16::from).sum::<u16>() + 2) >> 2) as u8
}
