//! What a session says for the sections that do not say it themselves (RFC 8866, section 6).

use super::{ExtensionForms, Problem, ProblemKind, Section};
use crate::{Direction, ExtMap, Setup};
use sdp_types::Attribute;

/// The longest extension, with all that belongs to it, that is copied to each section.
const LONGEST: usize = 128;

/// What is true of each section that does not say otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    direction: Option<Direction>,
    setup: Option<Setup>,
    extensions: Vec<ExtMap>,
    extension_forms: ExtensionForms,
}

impl Inherited {
    /// Takes what is for the sections out of a session's attributes.
    pub(crate) fn read(attributes: &mut Vec<Attribute>, problems: &mut Vec<Problem>) -> Self {
        let mut inherited = Self::default();
        let mut line = 0;
        attributes.retain(|attribute| {
            let taken = inherited.take(attribute).unwrap_or_else(|kind| {
                problems.push(Problem { section: None, line, attribute: attribute.attribute.clone(), kind });
                Taken::Yes
            });
            line += 1;
            taken == Taken::No
        });
        inherited
    }

    fn take(&mut self, attribute: &Attribute) -> Result<Taken, ProblemKind> {
        let value = attribute.value.as_deref().unwrap_or_default();
        match attribute.attribute.as_str() {
            "extmap" if value.len() > LONGEST => return Err(ProblemKind::TooLong),
            "extmap" => {
                let extension: ExtMap = value.parse()?;
                if self.extensions.iter().any(|known| known.id == extension.id) {
                    return Err(ProblemKind::Repeated);
                }
                self.extensions.push(extension);
            }
            "extmap-allow-mixed" => self.extension_forms = ExtensionForms::Mixed,
            "setup" => self.setup = Some(value.parse()?),
            name @ ("sendrecv" | "sendonly" | "recvonly" | "inactive") => {
                self.direction = Some(name.parse()?);
            }
            _ => return Ok(Taken::No),
        }
        Ok(Taken::Yes)
    }

    /// The section as it is before it says anything itself.
    pub(super) fn begin(&self, section: Section) -> Section {
        Section { extension_forms: self.extension_forms, ..section }
    }

    /// Adds what the section did not say; `direction` is what it said of that.
    pub(super) fn complete(&self, section: &mut Section, direction: Option<Direction>) {
        section.direction = direction.or(self.direction).unwrap_or_default();
        section.setup = section.setup.or(self.setup);
        let own = section.extensions.len();
        for extension in &self.extensions {
            let mut said = section.extensions.iter().take(own);
            if !said.any(|own| own.id == extension.id || own.uri == extension.uri) {
                section.extensions.push(extension.clone());
            }
        }
    }
}

/// Whether a line is for the sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}
