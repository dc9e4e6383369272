//! Who the sources are, and which of them leave.

use crate::rtcp::{Chunk, Goodbye, Item, SourceDescription};
use bytes::Bytes;
use rtcp::source_description as sdes;

impl From<&SourceDescription<'_>> for sdes::SourceDescription {
    fn from(description: &SourceDescription<'_>) -> Self {
        Self { chunks: description.chunks().map(|chunk| (&chunk).into()).collect() }
    }
}

impl From<&Chunk<'_>> for sdes::SourceDescriptionChunk {
    fn from(chunk: &Chunk<'_>) -> Self {
        let item = |item: Item<'_>| sdes::SourceDescriptionItem {
            sdes_type: item.kind.get().into(),
            text: Bytes::copy_from_slice(item.text),
        };
        Self { source: chunk.ssrc.0, items: chunk.items().map(item).collect() }
    }
}

impl From<&Goodbye<'_>> for rtcp::goodbye::Goodbye {
    /// A reason that is absent becomes an empty one.
    fn from(goodbye: &Goodbye<'_>) -> Self {
        Self {
            sources: goodbye.ssrcs().map(|ssrc| ssrc.0).collect(),
            reason: Bytes::copy_from_slice(goodbye.reason().unwrap_or_default()),
        }
    }
}
