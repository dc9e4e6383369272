//! The language a person reads.

use clap::ValueEnum;

/// Korean or English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 한국어
    Ko,
    /// English
    En,
}

impl Lang {
    /// The language chosen, or that of the system, or English.
    pub(crate) fn chosen(choice: Option<Self>) -> Self {
        choice.unwrap_or_else(|| match sys_locale::get_locale() {
            Some(locale) if locale.starts_with("ko") => Self::Ko,
            _ => Self::En,
        })
    }

    /// The one of two texts that is in this language. Each text stands beside its translation, so that neither is
    /// changed alone.
    pub(crate) fn of<T>(self, korean: T, english: T) -> T {
        match self {
            Self::Ko => korean,
            Self::En => english,
        }
    }

    /// The language's own tag (BCP 47).
    pub(crate) fn tag(self) -> &'static str {
        self.of("ko", "en")
    }
}
