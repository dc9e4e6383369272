//! A whole description as a value.

use crate::section::{self, Inherited};
use crate::{Group, GroupSemantics, Mid, Problem, ProblemKind, Rtcp, RtcpMux, Section, TypedAttribute};
use core::fmt;
use sdp_types::{Connection, Media, ParserError, Session};
use std::net::{IpAddr, SocketAddr};

/// The longest description that is read, in bytes. A meeting of a hundred takes a tenth of it.
pub const MAX_BYTES: usize = 4 << 20;
/// The most sections that are read.
pub const MAX_SECTIONS: usize = 512;
/// The most attributes that are read of a section, and of the session itself.
pub const MAX_ATTRIBUTES: usize = 1_024;

/// A session (RFC 8866), as somebody offers or answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The lines of the session itself, less what stands below; it has no media.
    pub session: Session,
    /// Which sections belong together.
    pub groups: Vec<Group>,
    /// The sections, whose order never changes during a session.
    pub sections: Vec<Section>,
}

/// A description that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What could be read.
    pub description: Description,
    /// What could not, and is left out.
    pub problems: Vec<Problem>,
}

/// Why a description is not read at all.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is too long.
    #[error("the description has {len} bytes, {MAX_BYTES} are read")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// It has too many sections.
    #[error("the description has {count} sections, {MAX_SECTIONS} are read")]
    TooManySections {
        /// Its sections.
        count: usize,
    },
    /// It, or one of its sections, has too many attributes.
    #[error("a part of the description has {count} attributes, {MAX_ATTRIBUTES} are read")]
    TooManyAttributes {
        /// The section, the first being 0; none for the session itself.
        section: Option<usize>,
        /// Its attributes.
        count: usize,
    },
    /// A line that must be understood is not.
    #[error(transparent)]
    Malformed(#[from] ParserError),
}

impl Description {
    /// Reads a description.
    ///
    /// An attribute that cannot be read is left out and reported; everything else stays. The work is bounded by
    /// [`MAX_BYTES`], [`MAX_SECTIONS`] and [`MAX_ATTRIBUTES`].
    ///
    /// # Errors
    ///
    /// [`ParseError`].
    pub fn parse(text: &[u8]) -> Result<Parsed, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError::TooLong { len: text.len() });
        }
        Self::read(Session::parse(text)?)
    }

    /// Reads what was already split into lines.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when there is too much of it.
    pub fn read(mut session: Session) -> Result<Parsed, ParseError> {
        let count = session.medias.len();
        if count > MAX_SECTIONS {
            return Err(ParseError::TooManySections { count });
        }
        let sections = session.medias.iter().enumerate();
        let parts = sections.map(|(index, media)| (Some(index), media.attributes.len()));
        let mut parts = parts.chain([(None, session.attributes.len())]);
        if let Some((section, count)) = parts.find(|&(_, count)| count > MAX_ATTRIBUTES) {
            return Err(ParseError::TooManyAttributes { section, count });
        }
        let medias = core::mem::take(&mut session.medias);
        let mut problems = Vec::new();
        let groups = groups(&session, &mut problems);
        let inherited = Inherited::read(&mut session.attributes, &mut problems);
        session.attributes.retain(|attribute| attribute.attribute != Group::NAME);
        let medias = medias.iter().enumerate();
        let sections =
            medias.map(|(index, media)| section::read(media, index, &inherited, &mut problems)).collect();
        Ok(Parsed { description: Self { session, groups, sections }, problems })
    }

    /// As lines.
    #[must_use]
    pub fn to_session(&self) -> Session {
        let mut session = self.session.clone();
        session.attributes.splice(0..0, self.groups.iter().map(TypedAttribute::to_attribute));
        session.medias = self.sections.iter().map(Media::from).collect();
        session
    }

    /// The section of this name.
    #[must_use]
    pub fn section(&self, mid: &Mid) -> Option<&Section> {
        self.sections.iter().find(|section| section.mid.as_ref() == Some(mid))
    }

    /// Where the author of a section receives its media; `None` where no address is said, or a name of a host, or that
    /// of no host, `0.0.0.0`: the section is on hold (RFC 3264, section 8.4), or ICE finds the place.
    #[must_use]
    pub fn media_address(&self, section: &Section) -> Option<SocketAddr> {
        let connection = section.connections.first().or(self.session.connection.as_ref());
        Some(SocketAddr::new(ip(connection?)?, section.port))
    }

    /// Where he receives reports: at the same place, where `a=rtcp` says, or on the next port; `None` where that is
    /// nowhere.
    #[must_use]
    pub fn report_address(&self, section: &Section) -> Option<SocketAddr> {
        let media = self.media_address(section)?;
        match (section.rtcp_mux, &section.rtcp) {
            (RtcpMux::Muxed | RtcpMux::Only, _) => Some(media),
            (RtcpMux::Separate, Some(Rtcp { port, connection: None })) => {
                Some(SocketAddr::new(media.ip(), *port))
            }
            (RtcpMux::Separate, Some(Rtcp { port, connection: Some(connection) })) => {
                Some(SocketAddr::new(ip(connection)?, *port))
            }
            (RtcpMux::Separate, None) => Some(SocketAddr::new(media.ip(), media.port().checked_add(1)?)),
        }
    }

    /// The first group of sections that share a transport with this one.
    #[must_use]
    pub fn bundle_of(&self, mid: &Mid) -> Option<&Group> {
        let mut bundles = self.groups.iter().filter(|group| group.semantics == GroupSemantics::Bundle);
        bundles.find(|bundle| bundle.mids.contains(mid))
    }
}

fn groups(session: &Session, problems: &mut Vec<Problem>) -> Vec<Group> {
    let mut groups = Vec::new();
    for (line, attribute) in session.attributes.iter().enumerate() {
        if attribute.attribute != Group::NAME {
            continue;
        }
        match attribute.value.as_deref().unwrap_or_default().parse() {
            Ok(group) => groups.push(group),
            Err(error) => problems.push(Problem {
                section: None,
                line,
                attribute: attribute.attribute.clone(),
                kind: ProblemKind::Unreadable(error),
            }),
        }
    }
    groups
}

/// The address, without what it says of multicast; `None` for that of no host.
fn ip(connection: &Connection) -> Option<IpAddr> {
    let address: IpAddr = connection.connection_address.split('/').next()?.parse().ok()?;
    Some(address).filter(|address| !address.is_unspecified())
}

impl fmt::Display for Description {
    /// As text, with the line ends of the standard.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_session())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(lines: &str) -> [Option<String>; 2] {
        let text = format!("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n{lines}");
        let description = Description::parse(text.as_bytes()).unwrap().description;
        let [section] = &description.sections[..] else { panic!("one section") };
        let places = [description.media_address(section), description.report_address(section)];
        places.map(|place| place.map(|place| place.to_string()))
    }

    #[test]
    fn a_section_says_where_it_is_received() {
        let some = |media: &str, reports: &str| [Some(media.to_owned()), Some(reports.to_owned())];
        let section = "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n";
        assert_eq!(addresses(section), some("192.0.2.1:5004", "192.0.2.1:5005"));
        assert_eq!(addresses(&format!("{section}a=rtcp-mux\r\n")), some("192.0.2.1:5004", "192.0.2.1:5004"));
        assert_eq!(
            addresses(&format!("{section}a=rtcp:53020\r\n")),
            some("192.0.2.1:5004", "192.0.2.1:53020")
        );
        assert_eq!(
            addresses(&format!("{section}c=IN IP6 ::1\r\na=rtcp:9 IN IP4 192.0.2.2\r\n")),
            some("[::1]:5004", "192.0.2.2:9")
        );
        assert_eq!(
            addresses("m=audio 5004 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n")[0].as_deref(),
            Some("224.2.1.1:5004")
        );
        assert_eq!(addresses("m=audio 5004 RTP/AVP 0\r\n"), [None, None]);
        for nowhere in ["IP4 host.example", "IP4 0.0.0.0", "IP6 ::"] {
            let section = format!("m=audio 5004 RTP/AVP 0\r\nc=IN {nowhere}\r\n");
            assert_eq!(addresses(&section), [None, None], "{nowhere}");
        }
        let last = "m=audio 65535 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n";
        assert_eq!(addresses(last), [Some("192.0.2.1:65535".to_owned()), None]);
    }
}
