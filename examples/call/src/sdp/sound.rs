//! A stream of Opus (RFC 7587).

use super::section::{Section, SectionWriter};
use super::{Feedback, Receiver};
use anyhow::Result;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{ENCODING_NAME, Parameters, RTPMAP};
use sdp_types::MediaType;

/// Where it is received, and how it is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    pub(crate) receiver: Receiver,
    pub(crate) payload_type: PayloadType,
    /// What the receiver would like.
    pub(crate) parameters: Parameters,
    pub(crate) feedback: Feedback,
}

impl Sound {
    /// `None` when the section offers no Opus.
    pub(super) fn read(section: &Section<'_>) -> Result<Option<Self>> {
        let opus = section.payload_types(ENCODING_NAME).next();
        let Some(payload_type) = opus.filter(|_| section.is(MediaType::Audio)) else { return Ok(None) };
        Ok(Some(Self {
            receiver: section.receiver()?,
            payload_type,
            parameters: Parameters::parse(section.parameters(payload_type)),
            feedback: section.feedback(payload_type),
        }))
    }

    pub(super) fn write(&self) -> SectionWriter {
        let Self { receiver, payload_type, parameters, feedback } = *self;
        let mut section = SectionWriter::new(MediaType::Audio, payload_type, RTPMAP, receiver, feedback);
        section.parameters(&parameters.to_string());
        section.say("ptime", "20");
        section
    }
}
