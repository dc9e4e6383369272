//! What is left out of what was read, and why.

use crate::{AttributeError, ParametersError, RtxError};
use core::convert::Infallible;

/// A line that is left out of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The section, the first being 0; none where the line is of the whole session.
    pub section: Option<usize>,
    /// Which of the attributes it is, the first being 0.
    pub line: usize,
    /// The attribute's name. Its value may be secret.
    pub attribute: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] AttributeError),
    /// It can be read, but not what it says of a codec.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// It is a retransmission of nothing.
    #[error(transparent)]
    Rtx(#[from] RtxError),
    /// It is about a payload type that the section does not list, or that stands for nothing.
    #[error("the payload type is not one of the section")]
    Unlisted,
    /// It was said before.
    #[error("it is said twice")]
    Repeated,
    /// It is too long to be copied to each section.
    #[error("it is too long for what all sections have")]
    TooLong,
}

impl From<Infallible> for ProblemKind {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
