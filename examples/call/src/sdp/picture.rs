//! A stream of H.264 (RFC 6184).

use super::{Feedback, Receiver};
use anyhow::{Result, bail};
use moim_rtp::PayloadType;
use moim_rtp::payload::h264::{PacketizationMode, Parameters, Profile};
use moim_sdp::{Format, MediaKind, Retransmission, Section};

/// Where it is received, and how it is numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) receiver: Receiver,
    pub(crate) payload_type: PayloadType,
    /// What the receiver can read, and the parameter sets that the sender does not repeat.
    pub(crate) parameters: Parameters,
    pub(crate) feedback: Feedback,
    /// The payload type of what is sent again in a stream of its own.
    pub(crate) rtx: Option<PayloadType>,
}

/// The H.264 of a section that we know how to send and receive.
///
/// Of several, as browsers have them, the constrained baseline profile in packetization mode 1 is preferred: all of its
/// kind decode it, and all of them accept fragments. Of what is equally good, the first.
pub(super) fn find(section: &Section) -> Option<&Format> {
    let offered = section.codecs().filter_map(|format| match &format.parameters {
        moim_sdp::Parameters::H264(parameters) => Some((format, parameters)),
        _ => None,
    });
    let best = offered.min_by_key(|(_, parameters)| {
        let profile = parameters.profile_level_id.profile();
        let mode = parameters.packetization_mode;
        (profile != Some(Profile::ConstrainedBaseline), mode != PacketizationMode::NonInterleaved)
    });
    best.map(|(format, _)| format).filter(|_| section.kind == MediaKind::Video)
}

impl Picture {
    pub(super) fn read(section: &Section, h264: &Format, receiver: Receiver) -> Result<Self> {
        let moim_sdp::Parameters::H264(parameters) = &h264.parameters else {
            bail!("{} is no H.264", h264.encoding)
        };
        Ok(Self {
            receiver,
            payload_type: h264.payload_type,
            parameters: parameters.clone(),
            feedback: Feedback::of(section, h264),
            rtx: h264.retransmission.map(|again| again.payload_type),
        })
    }

    pub(super) fn write(&self) -> Section {
        let mut format = Format::h264(self.payload_type, self.parameters.clone());
        if self.feedback == Feedback::Nack {
            format.feedback = vec![moim_sdp::Feedback::Nack, moim_sdp::Feedback::NackPli];
        }
        format.retransmission = self.rtx.map(|payload_type| Retransmission { payload_type, time: None });
        let mut section = self.feedback.section(MediaKind::Video, self.receiver);
        section.formats = vec![format];
        section
    }
}
