//! Session descriptions (RFC 8866) of a stream of Opus, one of H.264, or both: what a foreign program wrote, and what we
//! write for it.

mod picture;
mod section;
mod sound;
#[cfg(test)]
mod tests;

pub(crate) use picture::Picture;
pub(crate) use sound::Sound;

use anyhow::{Context, Result, ensure};
use host::RtcpPort;
use moim_rtp::ExtensionId;
use sdp_types::{Connection, Origin, Session, Time};
use section::{Section, SectionWriter};
use std::net::SocketAddr;

/// The header extension that numbers the packets of all streams together.
const TRANSPORT_SEQ: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// The feedback that tells when they came.
const TRANSPORT_FEEDBACK: &str = "transport-cc";

/// A session: the first stream of Opus, the first of H.264.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) sound: Option<Sound>,
    pub(crate) picture: Option<Picture>,
    /// The number of that extension, where all streams agree on it and on being told.
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
        let session = Session::parse(text.as_bytes()).context("this is no session description")?;
        let sections = || session.medias.iter().map(|media| Section::new(&session, media));
        let accepted = || sections().filter(|section| !section.is_refused());
        let sound = accepted().find_map(|section| Some((Sound::read(&section).transpose()?, section)));
        let picture = accepted().find_map(|section| Some((Picture::read(&section).transpose()?, section)));
        let [in_sound, in_picture] = [sound.as_ref().map(|(_, at)| *at), picture.as_ref().map(|(_, at)| *at)];
        let mut numbers =
            in_sound.into_iter().chain(in_picture).map(|section| section.told_extension(TRANSPORT_SEQ));
        let first = numbers.next();
        ensure!(
            first.is_some(),
            match sections().any(|section| section.is_refused()) {
                true => "the description refuses the streams that it has for us: their port is 0",
                false => "the description offers no Opus and no H.264",
            }
        );
        let sound = sound.map(|(sound, _)| sound).transpose()?;
        let picture = picture.map(|(picture, _)| picture).transpose()?;
        let alike = sound.is_some_and(|sound| {
            picture.as_ref().is_some_and(|picture| picture.payload_type == sound.payload_type)
        });
        // Ports could tell them apart, but a call does not look at ports.
        ensure!(!alike, "the description gives Opus and H.264 the same payload type");
        Ok(Self {
            transport_seq: first.flatten().filter(|&first| numbers.all(|number| number == Some(first))),
            sound,
            picture,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// When it has no stream.
    pub(crate) fn write(&self, direction: Direction) -> Result<String> {
        let sections: Vec<SectionWriter> =
            [self.sound.as_ref().map(Sound::write), self.picture.as_ref().map(Picture::write)]
                .into_iter()
                .flatten()
                .collect();
        let ip = sections.first().context("a description of nothing")?.receiver().rtp.ip();
        let mut session = Session::new(Origin::with_ip_addr("1", 1, ip), "moim");
        session.set_connection(Connection::from_ip_addr(ip));
        session.add_time(Time::new(0, 0));
        for section in sections {
            session.add_media(section.finish(self.transport_seq, direction));
        }
        let mut text = Vec::new();
        session.write(&mut text)?;
        Ok(String::from_utf8(text)?)
    }

    /// Where its streams are received: one place where both share it.
    pub(crate) fn receivers(&self) -> Vec<Receiver> {
        let sound = self.sound.as_ref().map(|sound| sound.receiver);
        let picture = self.picture.as_ref().map(|picture| picture.receiver);
        sound.into_iter().chain(picture.filter(|&picture| Some(picture) != sound)).collect()
    }
}
