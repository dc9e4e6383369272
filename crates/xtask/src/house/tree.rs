//! The files of the checkout.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// Every file that git knows or would take, by its path from the root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the checkout. Files that hold no text appear empty.
    ///
    /// # Errors
    ///
    /// When git is missing or the folder is no checkout.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut list = Command::new("git");
        list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let mut files = BTreeMap::new();
        for path in process::output(&mut list)?.split_terminator('\0') {
            // Deleted here but not yet in the index.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Path and text of every file, in order of path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Those that hold Rust.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Whether any file lies in this folder.
    pub(super) fn has_files_in(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        self.files.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// The line, from 1, on which `needle` first stands in a file; 1 when it does not.
    pub(super) fn line_of(&self, path: &str, needle: &str) -> usize {
        let line = self.text(path).and_then(|text| text.lines().position(|line| line.contains(needle)));
        line.map_or(1, |line| line + 1)
    }
}
