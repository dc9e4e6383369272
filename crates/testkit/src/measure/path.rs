//! The likeliest course of the lag: what is recognised in each step, against how rarely lags change.

/// What a change by one lag (⅛ ms) costs, in units of a perfectly recognised step.
const DRIFT: f32 = 0.006;
/// What any change costs at most: a sudden one must pay off within a few steps.
const JUMP: f32 = 1.5;

/// Viterbi's algorithm over all lags. Both costs of a change are found in time linear in the lags.
pub(super) struct Path {
    /// Score of the best course that ends at each lag.
    ends: Vec<f32>,
    /// For every step after the first, the lag before each lag.
    before: Vec<Vec<u32>>,
    pushed: bool,
}

impl Path {
    pub(super) fn new(lags: usize) -> Self {
        Self { ends: vec![0.0; lags], before: Vec::new(), pushed: false }
    }

    /// Adds a step in which each lag scores as given.
    pub(super) fn push(&mut self, scores: &[f32]) {
        if self.pushed {
            self.transit();
        }
        self.pushed = true;
        for (end, score) in self.ends.iter_mut().zip(scores) {
            *end += score;
        }
    }

    fn transit(&mut self) {
        let top = best(&self.ends);
        let jumped = self.ends[top] - JUMP;
        let mut before: Vec<u32> = (0..self.ends.len() as u32).collect();
        for lag in 1..self.ends.len() {
            drift(&mut self.ends, &mut before, lag, lag - 1);
        }
        for lag in (1..self.ends.len()).rev() {
            drift(&mut self.ends, &mut before, lag - 1, lag);
        }
        for (end, before) in self.ends.iter_mut().zip(&mut before) {
            if jumped > *end {
                (*end, *before) = (jumped, top as u32);
            }
        }
        self.before.push(before);
    }

    /// The lag of every step on the best course.
    pub(super) fn best(&self) -> Vec<usize> {
        if !self.pushed {
            return Vec::new();
        }
        let mut lag = best(&self.ends);
        let mut path = vec![lag];
        for before in self.before.iter().rev() {
            lag = before[lag] as usize;
            path.push(lag);
        }
        path.reverse();
        path
    }
}

/// Comes to `lag` from its neighbour where that is better.
fn drift(ends: &mut [f32], before: &mut [u32], lag: usize, neighbour: usize) {
    let drifted = ends[neighbour] - DRIFT;
    if drifted > ends[lag] {
        (ends[lag], before[lag]) = (drifted, before[neighbour]);
    }
}

/// The first of the highest.
fn best(ends: &[f32]) -> usize {
    let higher = |best: usize, lag: usize| if ends[lag] > ends[best] { lag } else { best };
    (0..ends.len()).fold(0, higher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(steps: &[(usize, f32)]) -> Vec<usize> {
        let mut path = Path::new(400);
        for &(lag, score) in steps {
            let mut scores = vec![0.0; 400];
            scores[lag] = score;
            path.push(&scores);
        }
        path.best()
    }

    #[test]
    fn it_stays_while_nothing_is_recognised() {
        assert_eq!(course(&[(7, 1.0), (0, 0.0), (0, 0.0), (7, 1.0)]), [7, 7, 7, 7]);
        assert_eq!(course(&[]), Vec::<usize>::new());
    }

    #[test]
    fn it_ignores_one_stray_step_and_follows_a_lasting_jump() {
        assert_eq!(course(&[(7, 0.9), (350, 0.9), (7, 0.9)]), [7, 7, 7]);
        let jump = [(7, 0.9), (7, 0.9), (350, 0.9), (350, 0.9), (350, 0.9)];
        assert_eq!(course(&jump), [7, 7, 350, 350, 350]);
    }

    #[test]
    fn it_drifts_with_a_stretch() {
        let stretch: Vec<(usize, f32)> = (0..50).map(|n| (10 + 6 * n, 0.2)).collect();
        assert_eq!(course(&stretch), stretch.iter().map(|&(lag, _)| lag).collect::<Vec<_>>());
    }
}
