//! Session descriptions of a stream of Opus, one of H.264, or both: what of a description concerns us, and what we write
//! for a foreign program.

mod picture;
mod sound;
#[cfg(test)]
mod tests;

pub(crate) use picture::Picture;
pub(crate) use sound::Sound;

use anyhow::{Context, Result, ensure};
use host::RtcpPort;
use moim_rtp::{ExtensionId, HeaderExtension, TransportSeq};
use moim_sdp::sdp_types::{Connection, Origin, Session, Time};
use moim_sdp::{ExtMap, Format, Protocol, RtcpMux, Section};
use std::net::SocketAddr;

/// A session: the first stream of Opus, the first of H.264.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) sound: Option<Sound>,
    pub(crate) picture: Option<Picture>,
    /// The number of the transport-wide sequence number, where all streams agree on it and on being told of arrivals.
    pub(crate) transport_seq: Option<ExtensionId>,
}

/// Where a stream is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    pub(crate) rtp: SocketAddr,
    pub(crate) rtcp: RtcpPort,
}

/// Feedback beyond reports that a description allows (RFC 4585, section 4.2). What asks for a key frame is not counted:
/// who does not know it ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feedback {
    /// None.
    None,
    /// Requests to send single packets again.
    Nack,
}

/// Who sends, as seen by who writes the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    SendOnly,
    RecvOnly,
}

impl Description {
    /// Reads what is for us in a description; streams that it refuses (port 0) are not.
    ///
    /// # Errors
    ///
    /// When there is nothing for us, or it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let description = moim_sdp::Description::parse(text.as_bytes());
        let description = description.context("this is no session description")?.description;
        let accepted = || description.sections.iter().filter(|section| !section.is_refused());
        let sound = accepted().find_map(|section| Some((section, sound::find(section)?)));
        let picture = accepted().find_map(|section| Some((section, picture::find(section)?)));
        let mut numbers = [sound, picture].into_iter().flatten().map(told_transport_seq);
        let first = numbers.next();
        ensure!(
            first.is_some(),
            match description.sections.iter().any(Section::is_refused) {
                true => "the description refuses the streams that it has for us: their port is 0",
                false => "the description offers no Opus and no H.264",
            }
        );
        let payload_type = |(_, format): (_, &Format)| format.payload_type;
        let alike = sound.is_some() && sound.map(payload_type) == picture.map(payload_type);
        // Ports could tell them apart, but a call does not look at ports.
        ensure!(!alike, "the description gives Opus and H.264 the same payload type");
        let receiver = |section: &Section| -> Result<Receiver> {
            let address = description.media_address(section);
            Ok(Receiver {
                rtp: address.context("the description has no c= line with an address to send to")?,
                rtcp: if section.rtcp_mux == RtcpMux::Separate { RtcpPort::Next } else { RtcpPort::Muxed },
            })
        };
        let sound = sound.map(|(section, opus)| Sound::read(section, opus, receiver(section)?));
        let picture = picture.map(|(section, h264)| Picture::read(section, h264, receiver(section)?));
        Ok(Self {
            transport_seq: first.flatten().filter(|&first| numbers.all(|number| number == Some(first))),
            sound: sound.transpose()?,
            picture: picture.transpose()?,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// When it has no stream.
    pub(crate) fn write(&self, direction: Direction) -> Result<String> {
        let receiver = self.receivers().into_iter().next().context("a description of nothing")?;
        let mut session = Session::new(Origin::with_ip_addr("1", 1, receiver.rtp.ip()), "moim");
        session.set_connection(Connection::from_ip_addr(receiver.rtp.ip()));
        session.add_time(Time::new(0, 0));
        let sections = [self.sound.as_ref().map(Sound::write), self.picture.as_ref().map(Picture::write)];
        let sections = sections.into_iter().flatten().map(|section| self.finish(section, direction));
        Ok(moim_sdp::Description { session, groups: Vec::new(), sections: sections.collect() }.to_string())
    }

    /// Adds what all streams have.
    fn finish(&self, mut section: Section, direction: Direction) -> Section {
        section.direction = match direction {
            Direction::SendOnly => moim_sdp::Direction::SendOnly,
            Direction::RecvOnly => moim_sdp::Direction::RecvOnly,
        };
        if let Some(id) = self.transport_seq {
            section.extensions.push(ExtMap::new(id, TransportSeq::URI));
            let formats = section.formats.iter_mut();
            formats.for_each(|format| format.feedback.push(moim_sdp::Feedback::TransportCc));
        }
        section
    }

    /// Where its streams are received: one place where both share it.
    pub(crate) fn receivers(&self) -> Vec<Receiver> {
        let sound = self.sound.as_ref().map(|sound| sound.receiver);
        let picture = self.picture.as_ref().map(|picture| picture.receiver);
        sound.into_iter().chain(picture.filter(|&picture| Some(picture) != sound)).collect()
    }
}

/// The number of the transport-wide sequence number, if the section also says that it is told of arrivals.
fn told_transport_seq((section, format): (&Section, &Format)) -> Option<ExtensionId> {
    let extension = section.extension(TransportSeq::URI)?;
    section.welcomes(&moim_sdp::Feedback::TransportCc, format).then_some(extension.id)
}

impl Feedback {
    /// What is welcome about this format.
    fn of(section: &Section, format: &Format) -> Self {
        if section.welcomes(&moim_sdp::Feedback::Nack, format) { Self::Nack } else { Self::None }
    }

    /// A section whose streams are received like this, and that says what is welcome.
    fn section(self, kind: moim_sdp::MediaKind, receiver: Receiver) -> Section {
        let mut section = Section::new(
            kind,
            match self {
                Self::None => Protocol::RtpAvp,
                Self::Nack => Protocol::RtpAvpf,
            },
        );
        section.port = receiver.rtp.port();
        section.rtcp_mux = match receiver.rtcp {
            RtcpPort::Muxed => RtcpMux::Muxed,
            RtcpPort::Next => RtcpMux::Separate,
        };
        section
    }
}
