//! A stream of Opus (RFC 7587).

use super::{Feedback, Receiver};
use anyhow::{Result, bail};
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{PTIME, Parameters};
use moim_sdp::{Format, MediaKind, Ptime, Section};

/// Where it is received, and how it is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    pub(crate) receiver: Receiver,
    pub(crate) payload_type: PayloadType,
    /// What the receiver would like.
    pub(crate) parameters: Parameters,
    pub(crate) feedback: Feedback,
}

/// The first Opus of a section.
pub(super) fn find(section: &Section) -> Option<&Format> {
    let is_opus = |format: &&Format| matches!(format.parameters, moim_sdp::Parameters::Opus(_));
    section.codecs().find(is_opus).filter(|_| section.kind == MediaKind::Audio)
}

impl Sound {
    pub(super) fn read(section: &Section, opus: &Format, receiver: Receiver) -> Result<Self> {
        let moim_sdp::Parameters::Opus(parameters) = opus.parameters else {
            bail!("{} is no Opus", opus.encoding)
        };
        Ok(Self {
            receiver,
            payload_type: opus.payload_type,
            parameters,
            feedback: Feedback::of(section, opus),
        })
    }

    pub(super) fn write(&self) -> Section {
        let Self { receiver, payload_type, parameters, feedback } = *self;
        let mut format = Format::opus(payload_type, parameters);
        if feedback == Feedback::Nack {
            format.feedback.push(moim_sdp::Feedback::Nack);
        }
        let mut section = feedback.section(MediaKind::Audio, receiver);
        section.formats = vec![format];
        section.ptime = Some(Ptime(PTIME));
        section
    }
}
