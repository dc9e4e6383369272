//! A unit in as few parts as fit, all of the same size within one byte.

use super::PayloadError;

/// The parts of a unit, in order.
#[derive(Debug)]
pub(super) struct Split<'a> {
    rest: &'a [u8],
    parts: usize,
    /// What the first part has in front that the others have not.
    ahead: usize,
}

impl<'a> Split<'a> {
    /// For parts that have `prefix` bytes in front, the first `ahead` more, and fit into `limit` bytes with them.
    ///
    /// # Errors
    ///
    /// [`PayloadError::TooLong`] when not even one byte fits.
    pub(super) fn new(
        unit: &'a [u8],
        limit: usize,
        prefix: usize,
        ahead: usize,
    ) -> Result<Self, PayloadError> {
        let needed = prefix + ahead + 1;
        if limit < needed {
            return Err(PayloadError::TooLong { needed, limit });
        }
        let parts = (unit.len() + ahead).div_ceil(limit - prefix);
        Ok(Self { rest: unit, parts, ahead })
    }

    /// Whether the part taken last was the last.
    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let even = (self.rest.len() + self.ahead).div_ceil(self.parts.max(1));
        let len = even.saturating_sub(self.ahead).clamp(1, self.rest.len());
        self.parts = self.parts.saturating_sub(1);
        self.ahead = 0;
        self.rest.split_off(..len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn parts_are_even_and_as_few_as_fit() {
        for len in 1..60 {
            let unit: Vec<u8> = (0..len).collect();
            for (prefix, ahead) in [(1, 0), (3, 0), (3, 1), (3, 9), (0, 30)] {
                for limit in prefix + ahead + 1..70 {
                    let parts: Vec<_> = Split::new(&unit, limit, prefix, ahead).unwrap().collect();
                    assert_eq!(parts.concat(), unit);
                    let sizes: Vec<_> = parts
                        .iter()
                        .enumerate()
                        .map(|(index, part)| prefix + part.len() + if index == 0 { ahead } else { 0 })
                        .collect();
                    assert!(sizes.iter().all(|&size| size <= limit), "{sizes:?} above {limit}");
                    assert_eq!(parts.len(), (unit.len() + ahead).div_ceil(limit - prefix));
                    let others = if sizes[0] == prefix + ahead + 1 { &sizes[1..] } else { &sizes[..] };
                    let spread = others.iter().max().zip(others.iter().min());
                    assert!(spread.is_none_or(|(most, least)| most - least <= 1), "{sizes:?}");
                }
            }
        }
    }

    #[test]
    fn a_limit_without_room_is_refused() {
        let error = Split::new(&[1], 4, 3, 1).unwrap_err();
        assert_eq!(error, PayloadError::TooLong { needed: 5, limit: 4 });
        let mut split = Split::new(&[1, 2], 4, 3, 0).unwrap();
        assert!(!split.is_done());
        assert_eq!(split.by_ref().collect::<Vec<_>>(), vec![&[1][..], &[2]]);
        assert!(split.is_done());
    }
}
