//! Session descriptions (RFC 8866) of one stream of Opus: what a foreign program wrote, and what we write for it.

use anyhow::{Context, Result, bail, ensure};
use host::RtcpPort;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{ENCODING_NAME, Parameters, RTPMAP};
use sdp_types::{Attribute, Connection, Media, MediaType, Origin, Session, Time, TransportProto};
use std::net::{IpAddr, SocketAddr};

/// A stream of Opus: where its receiver listens, and how it is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Where RTP is received.
    pub(crate) receiver: SocketAddr,
    /// Where the receiver's RTCP port is.
    pub(crate) rtcp: RtcpPort,
    /// The number of the format.
    pub(crate) payload_type: PayloadType,
    /// What the receiver would like.
    pub(crate) parameters: Parameters,
    /// What may be sent back between reports.
    pub(crate) feedback: Feedback,
}

/// Feedback beyond reports that a description allows (RFC 4585, section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feedback {
    /// None.
    None,
    /// Requests to send single packets again.
    Nack,
}

impl Description {
    /// Reads the first stream of Opus in a description.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let session = Session::parse(text.as_bytes()).context("this is no session description")?;
        let (media, payload_type) = session
            .medias
            .iter()
            .filter(|media| media.media == "audio")
            .find_map(|media| Some((media, opus_payload_type(media)?)))
            .context("the description offers no Opus")?;
        ensure!(media.port != 0, "the description refuses the stream: its port is 0");
        let connection = media.connections.first().or(session.connection.as_ref());
        let address = connection.context("the description has no c= line")?;
        let ip = address.connection_address.split('/').next().unwrap_or_default();
        let Ok(ip) = ip.parse::<IpAddr>() else { bail!("{ip} is not an address") };
        let fmtp = format_line(media, "fmtp", payload_type).unwrap_or_default();
        Ok(Self {
            receiver: SocketAddr::new(ip, media.port),
            rtcp: if media.has_attribute("rtcp-mux") { RtcpPort::Muxed } else { RtcpPort::Next },
            payload_type,
            parameters: Parameters::parse(fmtp),
            feedback: if takes_nack(media, payload_type) { Feedback::Nack } else { Feedback::None },
        })
    }

    /// Writes it; `direction` is `sendonly`, `recvonly` or `sendrecv`, as seen by who writes.
    pub(crate) fn write(&self, direction: &str) -> Result<String> {
        let ip = self.receiver.ip();
        let origin = Origin::with_ip_addr("1", 1, ip);
        let number = self.payload_type.get();
        let profile = match self.feedback {
            Feedback::None => TransportProto::RtpAvp,
            Feedback::Nack => TransportProto::RtpAvpf,
        };
        let mut media = Media::new(MediaType::Audio, self.receiver.port(), profile, number.to_string());
        media.add_attribute(Attribute::with_value("rtpmap", format!("{number} {RTPMAP}")));
        let parameters = self.parameters.to_string();
        if !parameters.is_empty() {
            media.add_attribute(Attribute::with_value("fmtp", format!("{number} {parameters}")));
        }
        media.add_attribute(Attribute::with_value("ptime", "20"));
        if self.feedback == Feedback::Nack {
            media.add_attribute(Attribute::with_value("rtcp-fb", format!("{number} nack")));
        }
        if self.rtcp == RtcpPort::Muxed {
            media.add_attribute(Attribute::new("rtcp-mux"));
        }
        media.add_attribute(Attribute::new(direction));
        let mut session = Session::new(origin, "moim");
        session.set_connection(Connection::from_ip_addr(ip));
        session.add_time(Time::new(0, 0));
        session.add_media(media);
        let mut text = Vec::new();
        session.write(&mut text)?;
        Ok(String::from_utf8(text)?)
    }
}

/// The number that this media section gives to Opus.
fn opus_payload_type(media: &Media) -> Option<PayloadType> {
    media.fmt.split_ascii_whitespace().find_map(|number| {
        let payload_type = PayloadType::new(number.parse().ok()?)?;
        let name = format_line(media, "rtpmap", payload_type)?.split('/').next()?;
        name.eq_ignore_ascii_case(ENCODING_NAME).then_some(payload_type)
    })
}

/// Whether generic NACKs are welcome for this payload type or for all; `nack pli` is another thing.
fn takes_nack(media: &Media, payload_type: PayloadType) -> bool {
    media.get_attribute_values("rtcp-fb").flatten().any(|value| {
        let mut words = value.split_ascii_whitespace();
        let named = words.next().is_some_and(|of| of == "*" || of.parse() == Ok(payload_type.get()));
        named && words.eq(["nack"])
    })
}

/// What the attribute says of this payload type.
fn format_line<'a>(media: &'a Media, attribute: &'a str, payload_type: PayloadType) -> Option<&'a str> {
    media.get_attribute_values(attribute).flatten().find_map(|value| {
        let (number, rest) = value.split_once(' ')?;
        (number.parse() == Ok(payload_type.get())).then_some(rest.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
        m=audio 5004 RTP/AVP 0 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:97 opus/48000/2\r\n\
        a=fmtp:97 sprop-stereo=1;useinbandfec=1\r\n";

    #[test]
    fn opus_is_found_among_others() {
        let description = Description::parse(OTHERS).unwrap();
        assert_eq!(description.receiver, "127.0.0.1:5004".parse().unwrap());
        assert_eq!(description.payload_type.get(), 97);
        assert_eq!(description.rtcp, RtcpPort::Next);
        assert!(description.parameters.use_in_band_fec && description.parameters.sprop_stereo);
    }

    #[test]
    fn feedback_is_what_the_description_says_of_this_format() {
        let feedback = |line: &str| Description::parse(&format!("{OTHERS}{line}\r\n")).unwrap().feedback;
        assert_eq!(feedback("a=rtcp-fb:97 nack"), Feedback::Nack);
        assert_eq!(feedback("a=rtcp-fb:* nack"), Feedback::Nack);
        for line in
            ["a=sendrecv", "a=rtcp-fb:0 nack", "a=rtcp-fb:97 nack pli", "a=rtcp-fb:97", "a=rtcp-fb:* ack"]
        {
            assert_eq!(feedback(line), Feedback::None, "{line}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (receiver, feedback) in [("127.0.0.1:5004", Feedback::Nack), ("[::1]:6000", Feedback::None)] {
            let description = Description {
                receiver: receiver.parse().unwrap(),
                rtcp: RtcpPort::Muxed,
                payload_type: PayloadType::new(111).unwrap(),
                parameters: Parameters { use_in_band_fec: true, ..Parameters::default() },
                feedback,
            };
            assert_eq!(Description::parse(&description.write("recvonly").unwrap()).unwrap(), description);
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let refused = |text: &str| Description::parse(text).unwrap_err().to_string();
        assert!(refused("hello").contains("no session description"));
        assert!(refused(&OTHERS.replace("opus", "speex")).contains("no Opus"));
        assert!(refused(&OTHERS.replace("5004", "0")).contains("refuses"));
        assert!(refused(&OTHERS.replace("c=IN IP4 127.0.0.1\r\n", "")).contains("c= line"));
    }
}
