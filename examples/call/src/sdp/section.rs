//! One media section (RFC 8866, section 5.14), by payload types.

use super::{Direction, Feedback, Receiver, TRANSPORT_FEEDBACK, TRANSPORT_SEQ};
use anyhow::{Context, Result, bail};
use host::RtcpPort;
use moim_rtp::{ExtensionId, PayloadType};
use sdp_types::{Attribute, Media, MediaType, Session, TransportProto};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

/// A section as it was written by somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    session: &'a Session,
    media: &'a Media,
}

impl<'a> Section<'a> {
    pub(super) fn new(session: &'a Session, media: &'a Media) -> Self {
        Self { session, media }
    }

    /// Whether its stream is not to be.
    pub(super) fn is_refused(&self) -> bool {
        self.media.port == 0
    }

    pub(super) fn is(&self, kind: MediaType) -> bool {
        self.media.media == kind.to_string()
    }

    pub(super) fn receiver(&self) -> Result<Receiver> {
        let connection = self.media.connections.first().or(self.session.connection.as_ref());
        let address = connection.context("the description has no c= line")?;
        let ip = address.connection_address.split('/').next().unwrap_or_default();
        let Ok(ip) = ip.parse::<IpAddr>() else { bail!("{ip} is not an address") };
        Ok(Receiver {
            rtp: SocketAddr::new(ip, self.media.port),
            rtcp: if self.media.has_attribute("rtcp-mux") { RtcpPort::Muxed } else { RtcpPort::Next },
        })
    }

    /// The payload types of this encoding, in the order of preference.
    pub(super) fn payload_types(&self, encoding: &str) -> impl Iterator<Item = PayloadType> {
        let numbers = self.media.fmt.split_ascii_whitespace();
        numbers.filter_map(|number| PayloadType::new(number.parse().ok()?)).filter(move |&payload_type| {
            let name = self.line("rtpmap", payload_type).and_then(|map| map.split('/').next());
            name.is_some_and(|name| name.eq_ignore_ascii_case(encoding))
        })
    }

    /// What `a=fmtp` says of this payload type; nothing where there is none.
    pub(super) fn parameters(&self, payload_type: PayloadType) -> &'a str {
        self.line("fmtp", payload_type).unwrap_or_default()
    }

    /// Whether generic NACKs are welcome.
    pub(super) fn feedback(&self, payload_type: PayloadType) -> Feedback {
        let is_nack = self.feedback_of(Some(payload_type)).any(|feedback| feedback.eq(["nack"]));
        if is_nack { Feedback::Nack } else { Feedback::None }
    }

    /// The number of the header extension of this name, if the section also says that it is told of.
    pub(super) fn told_extension(&self, name: &str) -> Option<ExtensionId> {
        let told = self.feedback_of(None).any(|feedback| feedback.eq([TRANSPORT_FEEDBACK]));
        let mut extensions = self.media.get_attribute_values("extmap").flatten();
        extensions.find_map(|extension| {
            let mut words = extension.split_ascii_whitespace();
            // A direction may follow on the number (RFC 8285, section 5).
            let number = words.next()?.split('/').next()?.parse().ok()?;
            (told && words.next() == Some(name)).then(|| ExtensionId::new(number)).flatten()
        })
    }

    /// The words of each feedback for this payload type, or for any.
    fn feedback_of(
        &self,
        payload_type: Option<PayloadType>,
    ) -> impl Iterator<Item = std::str::SplitAsciiWhitespace<'a>> {
        self.media.get_attribute_values("rtcp-fb").flatten().filter_map(move |value| {
            let mut words = value.split_ascii_whitespace();
            let of = words.next()?;
            let named = payload_type.is_none_or(|named| of == "*" || of.parse() == Ok(named.get()));
            named.then_some(words)
        })
    }

    /// What the attribute says of this payload type.
    fn line(&self, attribute: &'a str, payload_type: PayloadType) -> Option<&'a str> {
        self.media.get_attribute_values(attribute).flatten().find_map(|value| {
            let (number, rest) = value.split_once(' ')?;
            (number.parse() == Ok(payload_type.get())).then_some(rest.trim())
        })
    }
}

/// A section that we write.
#[derive(Debug)]
pub(super) struct SectionWriter {
    media: Media,
    receiver: Receiver,
    /// The payload type that feedback is about.
    payload_type: PayloadType,
}

impl SectionWriter {
    /// A section of this payload type, where this is the receiver and this feedback is welcome.
    pub(super) fn new(
        kind: MediaType,
        payload_type: PayloadType,
        rtpmap: &str,
        receiver: Receiver,
        feedback: Feedback,
    ) -> Self {
        let profile = match feedback {
            Feedback::None => TransportProto::RtpAvp,
            Feedback::Nack => TransportProto::RtpAvpf,
        };
        let number = payload_type.get();
        let media = Media::new(kind, receiver.rtp.port(), profile, number.to_string());
        let mut section = Self { media, receiver, payload_type };
        section.say("rtpmap", format!("{number} {rtpmap}"));
        if feedback == Feedback::Nack {
            section.say("rtcp-fb", format!("{number} nack"));
        }
        section
    }

    pub(super) fn receiver(&self) -> Receiver {
        self.receiver
    }

    /// Adds an attribute.
    pub(super) fn say(&mut self, attribute: &str, value: impl Display) {
        self.media.add_attribute(Attribute::with_value(attribute, value));
    }

    /// What is to be known of the payload type, if anything is.
    pub(super) fn parameters(&mut self, parameters: &str) {
        if !parameters.is_empty() {
            self.say("fmtp", format!("{} {parameters}", self.payload_type.get()));
        }
    }

    /// Packets are sent again under this payload type (RFC 4588, section 8).
    pub(super) fn retransmitted_as(&mut self, again: PayloadType, clock_rate: u32) {
        let number = again.get();
        self.media.fmt = format!("{} {number}", self.media.fmt);
        self.say("rtpmap", format!("{number} rtx/{clock_rate}"));
        self.say("fmtp", format!("{number} apt={}", self.payload_type.get()));
    }

    pub(super) fn finish(mut self, transport_seq: Option<ExtensionId>, direction: Direction) -> Media {
        if let Some(id) = transport_seq {
            self.say("rtcp-fb", format!("{} {TRANSPORT_FEEDBACK}", self.payload_type.get()));
            self.say("extmap", format!("{} {TRANSPORT_SEQ}", id.get()));
        }
        if self.receiver.rtcp == RtcpPort::Muxed {
            self.media.add_attribute(Attribute::new("rtcp-mux"));
        }
        self.media.add_attribute(Attribute::new(match direction {
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
        }));
        self.media
    }
}
