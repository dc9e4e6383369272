//! Opus behind the moim codec traits.
