//! Whether an offer contradicts itself.

use super::Bundle;
use crate::{Format, RtcpMux, Section};
use moim_rtp::{ExtensionId, PayloadType};
use std::collections::{BTreeMap, BTreeSet};

/// Why an offer would not be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// It has no format: there is always one, even in a refusal.
    #[error("section {section} has no format")]
    NoFormat {
        /// The section, the first being 0.
        section: usize,
    },
    /// A payload type means two things, in a section or in those that share a transport.
    #[error("payload type {} of section {section} means something else already", payload_type.get())]
    PayloadType {
        /// The section, the first being 0.
        section: usize,
        /// The number.
        payload_type: PayloadType,
    },
    /// With a marker it would look like a report, and both come on one port (RFC 5761, section 4).
    #[error("payload type {} of section {section} looks like a report", payload_type.get())]
    LooksLikeReport {
        /// The section, the first being 0.
        section: usize,
        /// The number, 64 … 95.
        payload_type: PayloadType,
    },
    /// A header extension's number means two things.
    #[error("header extension {} of section {section} means something else already", id.get())]
    Extension {
        /// The section, the first being 0.
        section: usize,
        /// The number.
        id: ExtensionId,
    },
    /// Two sections have one name.
    #[error("section {section} has the name of another")]
    Mid {
        /// The section, the first being 0.
        section: usize,
    },
    /// Simulcast names a stream that is not described.
    #[error("section {section} sends or receives a stream that it does not describe")]
    Rid {
        /// The section, the first being 0.
        section: usize,
    },
}

/// What numbers mean, in a section or in all that share a transport.
#[derive(Default)]
struct Numbers {
    formats: BTreeMap<PayloadType, String>,
    extensions: BTreeMap<ExtensionId, String>,
}

/// Whether numbers and names mean one thing each.
pub(super) fn check(sections: &[Section], bundle: Bundle) -> Result<(), OfferError> {
    let mut mids = BTreeSet::new();
    let mut numbers = Numbers::default();
    for (index, section) in sections.iter().enumerate() {
        if section.mid.as_ref().is_some_and(|mid| !mids.insert(mid)) {
            return Err(OfferError::Mid { section: index });
        }
        if section.formats.is_empty() && section.other_formats.is_empty() {
            return Err(OfferError::NoFormat { section: index });
        }
        if section.is_refused() {
            continue;
        }
        if bundle == Bundle::Never {
            numbers = Numbers::default();
        }
        numbers.take(section, index)?;
        let described: BTreeSet<_> = section.rids.iter().map(|rid| &rid.id).collect();
        let simulcast = section.simulcast.iter();
        let mut streams = simulcast.flat_map(|simulcast| simulcast.send.iter().chain(&simulcast.recv));
        if !streams.all(|stream| stream.alternatives.iter().all(|form| described.contains(&form.rid))) {
            return Err(OfferError::Rid { section: index });
        }
    }
    Ok(())
}

impl Numbers {
    fn take(&mut self, section: &Section, index: usize) -> Result<(), OfferError> {
        let mut own = BTreeSet::new();
        for (payload_type, meaning) in section.formats.iter().flat_map(meanings) {
            if section.rtcp_mux != RtcpMux::Separate && (64..=95).contains(&payload_type.get()) {
                return Err(OfferError::LooksLikeReport { section: index, payload_type });
            }
            let known = self.formats.entry(payload_type).or_insert_with(|| meaning.clone());
            if !own.insert(payload_type) || *known != meaning {
                return Err(OfferError::PayloadType { section: index, payload_type });
            }
        }
        let mut own = BTreeSet::new();
        for extension in &section.extensions {
            let known = self.extensions.entry(extension.id).or_insert_with(|| extension.uri.clone());
            if !own.insert(extension.id) || *known != extension.uri {
                return Err(OfferError::Extension { section: index, id: extension.id });
            }
        }
        Ok(())
    }
}

/// What the numbers of a format mean.
fn meanings(format: &Format) -> impl Iterator<Item = (PayloadType, String)> {
    let original = format.payload_type;
    let own = (original, format!("{} {}", format.encoding, format.parameters));
    let again = format.retransmission.map(|again| (again.payload_type, format!("again {}", original.get())));
    core::iter::once(own).chain(again)
}
