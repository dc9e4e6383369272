//! What cargo knows of the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The members of the workspace, and where they are built.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) target: PathBuf,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder, from the root, with `/`.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// Its features in order of name.
    pub(crate) features: Vec<String>,
    /// Its programs in order of the manifest.
    pub(crate) bins: Vec<String>,
    pub(crate) has_lib: bool,
}

/// One line under `[dependencies]` or its kin.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Linked by everyone who uses the package.
    Normal,
    /// For tests, benches and examples of the package.
    Dev,
    /// For its build script.
    Build,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    ///
    /// When cargo fails, above all on a broken manifest.
    pub(crate) fn load() -> Result<Self> {
        let json = process::output(&mut process::cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
        Self::parse(&json).context("unexpected output of `cargo metadata`")
    }

    fn parse(json: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        let root = text(&value["workspace_root"])?;
        let packages = list(&value["packages"])?
            .iter()
            .map(|package| Package::parse(package, root))
            .collect::<Result<_>>()?;
        Ok(Self { packages, target: text(&value["target_directory"])?.into() })
    }

    /// The member of this name.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl Package {
    fn parse(value: &Value, root: &str) -> Result<Self> {
        let manifest = Path::new(text(&value["manifest_path"])?);
        let folder = manifest.parent().context("a manifest has a folder")?.strip_prefix(root)?;
        let targets = list(&value["targets"])?;
        let is = |target: &Value, kind: &str| {
            list(&target["kind"]).is_ok_and(|kinds| kinds.iter().any(|k| k == kind))
        };
        let features = value["features"].as_object().context("no features")?;
        let dependencies = list(&value["dependencies"])?
            .iter()
            .map(|dependency| {
                let kind = match dependency["kind"].as_str() {
                    None => Kind::Normal,
                    Some("dev") => Kind::Dev,
                    Some(_) => Kind::Build,
                };
                Ok(Dependency { name: text(&dependency["name"])?.into(), kind })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            name: text(&value["name"])?.into(),
            folder: folder.to_string_lossy().replace('\\', "/"),
            dependencies,
            features: features.keys().cloned().collect(),
            bins: targets
                .iter()
                .filter(|target| is(target, "bin"))
                .map(|target| Ok(text(&target["name"])?.into()))
                .collect::<Result<_>>()?,
            has_lib: targets.iter().any(|target| is(target, "lib")),
        })
    }
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("expected text, found {value}"))
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().with_context(|| format!("expected a list, found {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_members() {
        let json = r#"{"workspace_root":"/w","target_directory":"/t","packages":[{"name":"moim-dsp",
            "manifest_path":"/w/crates/dsp/Cargo.toml","features":{"std":[]},
            "dependencies":[{"name":"moim-simd","kind":null},{"name":"moim-testkit","kind":"dev"}],
            "targets":[{"name":"moim_dsp","kind":["lib"]},{"name":"levels","kind":["bin"]}]}]}"#;
        let workspace = Workspace::parse(json).expect("valid metadata");
        let dsp = workspace.package("moim-dsp").expect("the member");
        assert_eq!(dsp.folder, "crates/dsp");
        assert_eq!(dsp.dependencies[0].kind, Kind::Normal);
        assert_eq!(dsp.dependencies[1].kind, Kind::Dev);
        assert_eq!((dsp.bins.as_slice(), dsp.has_lib), (["levels".to_owned()].as_slice(), true));
        assert!(workspace.package("moim-rtp").is_none());
    }

    #[test]
    fn the_root_holds_this_crate() {
        assert!(crate::checkout::root().join("crates/xtask/src/workspace.rs").is_file());
    }
}
