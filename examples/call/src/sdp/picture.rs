//! A stream of H.264 (RFC 6184).

use super::section::{Section, SectionWriter};
use super::{Feedback, Receiver};
use anyhow::Result;
use moim_rtp::PayloadType;
use moim_rtp::payload::h264::{CLOCK_RATE, ENCODING_NAME, PacketizationMode, Parameters, Profile, RTPMAP};
use sdp_types::MediaType;

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

impl Picture {
    /// `None` when the section offers no H.264 that we know how to send and receive.
    ///
    /// Of several, as browsers have them, the constrained baseline profile in packetization mode 1 is preferred: all
    /// of its kind decode it, and all of them accept fragments.
    pub(super) fn read(section: &Section<'_>) -> Result<Option<Self>> {
        let offered = section.payload_types(ENCODING_NAME).filter_map(|payload_type| {
            let parameters: Parameters = section.parameters(payload_type).parse().ok()?;
            Some((payload_type, parameters))
        });
        // Of what is equally good, the first.
        let best = offered.min_by_key(|(_, parameters)| {
            let profile = parameters.profile_level_id.profile();
            let mode = parameters.packetization_mode;
            (profile != Some(Profile::ConstrainedBaseline), mode != PacketizationMode::NonInterleaved)
        });
        let Some((payload_type, parameters)) = best.filter(|_| section.is(MediaType::Video)) else {
            return Ok(None);
        };
        let is_of_ours = |again: &PayloadType| {
            let parameters = section.parameters(*again).split(';');
            let apt = parameters.filter_map(|pair| pair.trim().strip_prefix("apt=")).next();
            apt.is_some_and(|apt| apt.parse() == Ok(payload_type.get()))
        };
        Ok(Some(Self {
            receiver: section.receiver()?,
            payload_type,
            parameters,
            feedback: section.feedback(payload_type),
            rtx: section.payload_types("rtx").find(is_of_ours),
        }))
    }

    pub(super) fn write(&self) -> SectionWriter {
        let mut section =
            SectionWriter::new(MediaType::Video, self.payload_type, RTPMAP, self.receiver, self.feedback);
        section.parameters(&self.parameters.to_string());
        if self.feedback == Feedback::Nack {
            section.say("rtcp-fb", format!("{} nack pli", self.payload_type.get()));
        }
        if let Some(again) = self.rtx {
            section.retransmitted_as(again, CLOCK_RATE.hz());
        }
        section
    }
}
