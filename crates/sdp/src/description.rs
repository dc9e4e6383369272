//! A whole description as a value.

use crate::section::{self, Inherited};
use crate::{Group, GroupSemantics, Mid, Problem, ProblemKind, Section, TypedAttribute};
use core::fmt;
use sdp_types::{Media, ParserError, Session};

/// The longest description that is read, in bytes. A meeting of a hundred takes a tenth of it.
pub const MAX_BYTES: usize = 4 << 20;
/// The most sections that are read.
pub const MAX_SECTIONS: usize = 1_024;
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

impl fmt::Display for Description {
    /// As text, with the line ends of the standard.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_session())
    }
}
