//! What the project uses of the system it runs on, and who installs it there.

use std::process::Command;

use crate::process;

/// Something outside the workspace that the project can use.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) use_for: Use,
    /// What becomes possible with it.
    pub(crate) gives: &'static str,
    pub(crate) source: Source,
    probe: Probe,
}

/// What a tool is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Without it nothing is built, or what is built is slow.
    Build,
    /// Calls with foreign programs, in tests; skipped without.
    Interop,
    /// `cargo xtask fuzz`.
    Fuzz,
    /// `cargo xtask cleanroom`.
    CleanRoom,
    /// `cargo xtask judge`.
    Judge,
    /// `cargo xtask judge --peers`.
    Peers,
}

impl Use {
    pub(crate) const ALL: [Self; 6] =
        [Self::Build, Self::Interop, Self::Fuzz, Self::CleanRoom, Self::Judge, Self::Peers];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Build => "required, to build",
            Self::Interop => "for calls with foreign programs (tests skip without)",
            Self::Fuzz => "for cargo xtask fuzz",
            Self::CleanRoom => "for cargo xtask cleanroom",
            Self::Judge => "for cargo xtask judge (of use with ../shared only)",
            Self::Peers => "for cargo xtask judge --peers",
        }
    }
}

/// Where a tool comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The system's package manager.
    System(Packages),
    /// A package that only Debian and its kin carry.
    Debian(&'static str),
    /// A command of the Rust toolchain.
    Command(&'static str),
}

/// The name of one package by manager.
#[derive(Debug)]
pub(crate) struct Packages {
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    zypper: &'static str,
    apk: &'static str,
    brew: &'static str,
}

impl Packages {
    const fn all(name: &'static str) -> Self {
        Self { apt: name, dnf: name, pacman: name, zypper: name, apk: name, brew: name }
    }

    pub(crate) fn by(&self, manager: Manager) -> &'static str {
        match manager {
            Manager::Apt => self.apt,
            Manager::Dnf => self.dnf,
            Manager::Pacman => self.pacman,
            Manager::Zypper => self.zypper,
            Manager::Apk => self.apk,
            Manager::Brew => self.brew,
        }
    }
}

/// How presence shows.
#[derive(Debug)]
enum Probe {
    /// Any of these programs is on the path.
    Programs(&'static [&'static str], &'static str),
    /// GStreamer has this element.
    Element(&'static str),
    /// rustup has this toolchain.
    Toolchain(&'static str),
    /// Python runs this without complaint.
    Python(&'static str),
    /// pkg-config knows this library.
    Library(&'static str),
    /// This is there.
    Path(&'static str),
}

/// One line for each tool.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "C compiler",
        use_for: Use::Build,
        gives: "links Rust programs, compiles libopus",
        probe: Probe::Programs(&["cc", "gcc", "clang"], "--version"),
        source: Source::System(Packages { apk: "build-base", ..Packages::all("gcc") }),
    },
    Tool {
        name: "git",
        use_for: Use::Build,
        gives: "tells the house check which files are ours",
        probe: Probe::Programs(&["git"], "--version"),
        source: Source::System(Packages::all("git")),
    },
    Tool {
        name: "cmake",
        use_for: Use::Build,
        gives: "configures libopus",
        probe: Probe::Programs(&["cmake"], "--version"),
        source: Source::System(Packages::all("cmake")),
    },
    Tool {
        name: "make",
        use_for: Use::Build,
        gives: "builds libopus, at cmake's orders",
        probe: Probe::Programs(&["make", "gmake"], "--version"),
        source: Source::System(Packages::all("make")),
    },
    Tool {
        name: "C++ compiler",
        use_for: Use::Build,
        gives: "compiles OpenH264, and libFuzzer",
        // Not clang++ or g++ alone: `c++` is what build scripts call.
        probe: Probe::Programs(&["c++"], "--version"),
        source: Source::System(CXX),
    },
    Tool {
        name: "nasm",
        use_for: Use::Build,
        gives: "assembles H.264's fast paths; without it everything with pictures is three times slower",
        probe: Probe::Programs(&["nasm"], "--version"),
        source: Source::System(Packages::all("nasm")),
    },
    Tool {
        name: "ffmpeg",
        use_for: Use::Interop,
        gives: "sends to `call listen`, receives from `call dial`",
        probe: Probe::Programs(&["ffmpeg"], "-version"),
        source: Source::System(Packages { dnf: "ffmpeg-free", ..Packages::all("ffmpeg") }),
    },
    Tool {
        name: "gst-launch-1.0",
        use_for: Use::Interop,
        gives: "the same with GStreamer",
        probe: Probe::Programs(&["gst-launch-1.0"], "--version"),
        source: Source::System(Packages {
            apt: "gstreamer1.0-tools",
            dnf: "gstreamer1",
            zypper: "gstreamer",
            apk: "gstreamer-tools",
            ..Packages::all("gstreamer")
        }),
    },
    Tool {
        name: "gst opusenc",
        use_for: Use::Interop,
        gives: "Opus in GStreamer",
        probe: Probe::Element("opusenc"),
        source: Source::System(BASE_PLUGINS),
    },
    Tool {
        name: "gst rtpopuspay",
        use_for: Use::Interop,
        gives: "RTP in GStreamer",
        probe: Probe::Element("rtpopuspay"),
        source: Source::System(GOOD_PLUGINS),
    },
    Tool {
        name: "gst rtph264pay",
        use_for: Use::Interop,
        gives: "H.264 over RTP in GStreamer",
        probe: Probe::Element("rtph264pay"),
        source: Source::System(GOOD_PLUGINS),
    },
    Tool {
        name: "gst udpsrc",
        use_for: Use::Interop,
        gives: "UDP in GStreamer",
        probe: Probe::Element("udpsrc"),
        source: Source::System(GOOD_PLUGINS),
    },
    Tool {
        name: "gst sdpdemux",
        use_for: Use::Interop,
        gives: "SDP files in GStreamer",
        probe: Probe::Element("sdpdemux"),
        source: Source::System(BAD_PLUGINS),
    },
    Tool {
        name: "gst h264parse",
        use_for: Use::Interop,
        gives: "finds the pictures in an H.264 stream, in GStreamer",
        probe: Probe::Element("h264parse"),
        source: Source::System(BAD_PLUGINS),
    },
    Tool {
        name: "gst x264enc",
        use_for: Use::Interop,
        gives: "encodes H.264 in GStreamer, by x264",
        probe: Probe::Element("x264enc"),
        source: Source::System(Packages {
            apt: "gstreamer1.0-plugins-ugly",
            dnf: "gstreamer1-plugins-ugly",
            pacman: "gst-plugins-ugly",
            zypper: "gstreamer-plugins-ugly",
            apk: "gst-plugins-ugly",
            brew: "gstreamer",
        }),
    },
    Tool {
        name: "gst openh264dec",
        use_for: Use::Interop,
        gives: "decodes H.264 in GStreamer, by OpenH264",
        probe: Probe::Element("openh264dec"),
        source: Source::System(BAD_PLUGINS),
    },
    Tool {
        name: "tshark",
        use_for: Use::Interop,
        gives: "reads packets field by field",
        probe: Probe::Programs(&["tshark"], "--version"),
        source: Source::System(Packages {
            dnf: "wireshark-cli",
            pacman: "wireshark-cli",
            zypper: "wireshark",
            brew: "wireshark",
            ..Packages::all("tshark")
        }),
    },
    Tool {
        name: "nightly Rust",
        use_for: Use::Fuzz,
        gives: "the sanitizers libFuzzer hooks into",
        probe: Probe::Toolchain("nightly"),
        source: Source::Command("rustup toolchain install nightly --profile minimal"),
    },
    Tool {
        name: "cargo-fuzz",
        use_for: Use::Fuzz,
        gives: "builds and runs the targets (installed by the command itself)",
        probe: Probe::Programs(&["cargo-fuzz"], "--version"),
        source: Source::Command("cargo install --locked cargo-fuzz"),
    },
    Tool {
        name: "debootstrap",
        use_for: Use::CleanRoom,
        gives: "an empty Debian root",
        probe: Probe::Programs(&["debootstrap"], "--version"),
        source: Source::System(Packages::all("debootstrap")),
    },
    Tool {
        name: "unshare",
        use_for: Use::CleanRoom,
        gives: "mounts that end with the process",
        probe: Probe::Programs(&["unshare"], "--version"),
        source: Source::System(Packages::all("util-linux")),
    },
    Tool {
        name: "python venv",
        use_for: Use::Judge,
        gives: "keeps the judge's Python packages apart",
        probe: Probe::Python("import ensurepip, venv"),
        source: Source::Debian("python3-venv"),
    },
    Tool {
        name: "Python.h",
        use_for: Use::Judge,
        gives: "compiles PESQ",
        probe: Probe::Python("import os, sysconfig; os.stat(sysconfig.get_path('include') + '/Python.h')"),
        source: Source::Debian("python3-dev"),
    },
    Tool {
        name: "libopus",
        use_for: Use::Judge,
        gives: "encodes the judge's calls",
        probe: Probe::Python("import ctypes; ctypes.CDLL('libopus.so.0')"),
        source: Source::Debian("libopus0"),
    },
    Tool {
        name: "ffmpeg, too",
        use_for: Use::Judge,
        gives: "reads the recordings",
        probe: Probe::Programs(&["ffmpeg"], "-version"),
        source: Source::System(Packages { dnf: "ffmpeg-free", ..Packages::all("ffmpeg") }),
    },
    Tool {
        name: "English voice",
        use_for: Use::Judge,
        gives: "talks in the judge's calls",
        probe: Probe::Path("/usr/share/asterisk/sounds/en_US_f_Allison"),
        source: Source::Debian("asterisk-core-sounds-en-g722"),
    },
    Tool {
        name: "French voice",
        use_for: Use::Judge,
        gives: "the same",
        probe: Probe::Path("/usr/share/asterisk/sounds/fr_CA_f_June"),
        source: Source::Debian("asterisk-core-sounds-fr-g722"),
    },
    Tool {
        name: "Spanish voice",
        use_for: Use::Judge,
        gives: "the same",
        probe: Probe::Path("/usr/share/asterisk/sounds/es_MX_f_Allison"),
        source: Source::Debian("asterisk-core-sounds-es-g722"),
    },
    Tool {
        name: "music",
        use_for: Use::Judge,
        gives: "plays in the judge's calls",
        probe: Probe::Path("/usr/share/asterisk/moh/macroform-the_simplicity.wav"),
        source: Source::Debian("asterisk-moh-opsound-wav"),
    },
    Tool {
        name: "ninja",
        use_for: Use::Peers,
        gives: "builds NetEQ, at cmake's orders",
        probe: Probe::Programs(&["ninja"], "--version"),
        source: Source::Debian("ninja-build"),
    },
    Tool {
        name: "pkg-config",
        use_for: Use::Peers,
        gives: "finds the libraries below",
        probe: Probe::Programs(&["pkg-config"], "--version"),
        source: Source::System(Packages::all("pkg-config")),
    },
    Tool {
        name: "tg_owt",
        use_for: Use::Peers,
        gives: "is libwebrtc, NetEQ among it",
        probe: Probe::Python("import glob; next(glob.iglob('/usr/lib/*/cmake/tg_owt'))"),
        source: Source::Debian("libtgowt-dev"),
    },
    Tool {
        name: "libspeexdsp",
        use_for: Use::Peers,
        gives: "is the jitter buffer of Speex",
        probe: Probe::Library("speexdsp"),
        source: Source::Debian("libspeexdsp-dev"),
    },
    Tool {
        name: "libopus headers",
        use_for: Use::Peers,
        gives: "decode for Speex and NetEQ",
        probe: Probe::Library("opus"),
        source: Source::Debian("libopus-dev"),
    },
];

const CXX: Packages =
    Packages { apt: "g++", dnf: "gcc-c++", pacman: "gcc", zypper: "gcc-c++", apk: "g++", brew: "gcc" };

const BASE_PLUGINS: Packages = Packages {
    apt: "gstreamer1.0-plugins-base",
    dnf: "gstreamer1-plugins-base",
    pacman: "gst-plugins-base",
    zypper: "gstreamer-plugins-base",
    apk: "gst-plugins-base",
    brew: "gstreamer",
};

const GOOD_PLUGINS: Packages = Packages {
    apt: "gstreamer1.0-plugins-good",
    dnf: "gstreamer1-plugins-good",
    pacman: "gst-plugins-good",
    zypper: "gstreamer-plugins-good",
    apk: "gst-plugins-good",
    brew: "gstreamer",
};

const BAD_PLUGINS: Packages = Packages {
    apt: "gstreamer1.0-plugins-bad",
    dnf: "gstreamer1-plugins-bad-free",
    pacman: "gst-plugins-bad",
    zypper: "gstreamer-plugins-bad",
    apk: "gst-plugins-bad",
    brew: "gstreamer",
};

impl Tool {
    /// Its version, or a word that it is there; `None` when it is absent.
    pub(crate) fn present(&self) -> Option<String> {
        match self.probe {
            Probe::Programs(names, flag) => {
                let path = names.iter().find_map(|name| process::find(name))?;
                let told = Command::new(path).arg(flag).output().ok()?;
                // A program may be there and broken; then it is as good as absent.
                told.status.success().then(|| version(&String::from_utf8_lossy(&told.stdout)))
            }
            Probe::Element(name) => {
                let found = process::output(Command::new("gst-inspect-1.0").arg("--exists").arg(name));
                found.ok().map(|_| "present".into())
            }
            Probe::Toolchain(name) => {
                let told = process::output(Command::new("rustup").args(["run", name, "rustc", "--version"]));
                told.ok().map(|text| version(&text))
            }
            Probe::Python(code) => answers(Command::new("python3").args(["-c", code])),
            Probe::Library(name) => answers(Command::new("pkg-config").args(["--exists", name])),
            Probe::Path(path) => std::fs::exists(path).is_ok_and(|found| found).then(|| "present".into()),
        }
    }

    /// The command that brings it, with this system's manager.
    pub(crate) fn how(&self, manager: Option<Manager>) -> String {
        match (&self.source, manager) {
            (Source::Command(command), _) => (*command).into(),
            (Source::Debian(package), Some(Manager::Apt)) => Manager::Apt.shown(&[package]),
            (Source::Debian(package), _) => format!("what Debian packs as {package}"),
            (Source::System(packages), Some(manager)) => manager.shown(&[packages.by(manager)]),
            (Source::System(packages), None) => format!("install {} from your system", packages.apt),
        }
    }
}

/// A word that it is there, when the probe ended well.
fn answers(probe: &mut Command) -> Option<String> {
    process::output(probe).ok().map(|_| "present".into())
}

/// The first word that looks like a version, less what the distribution added to it.
fn version(text: &str) -> String {
    let numbered = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    let Some(word) = text.split_whitespace().find(numbered) else { return "present".into() };
    word.split(['-', '+', ',', ')']).next().unwrap_or(word).into()
}

/// A system's package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Zypper,
    Apk,
    Brew,
}

impl Manager {
    const ALL: [Self; 6] = [Self::Apt, Self::Dnf, Self::Pacman, Self::Zypper, Self::Apk, Self::Brew];

    /// The one this system has.
    pub(crate) fn detect() -> Option<Self> {
        Self::ALL.into_iter().find(|manager| process::find(manager.program()).is_some())
    }

    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Zypper => "zypper",
            Self::Apk => "apk",
            Self::Brew => "brew",
        }
    }

    /// The words after the program that install without asking: the person was asked before.
    pub(crate) fn install(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["install", "-y", "--no-install-recommends"],
            Self::Dnf => &["install", "-y"],
            Self::Pacman => &["-S", "--noconfirm", "--needed"],
            Self::Zypper => &["--non-interactive", "install"],
            Self::Apk => &["add"],
            Self::Brew => &["install"],
        }
    }

    /// The words that fetch the list of packages, where that is a step of its own.
    pub(crate) fn refresh(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Apt | Self::Apk => Some(&["update"]),
            Self::Pacman => Some(&["-Sy"]),
            Self::Dnf | Self::Zypper | Self::Brew => None,
        }
    }

    /// Whether it must be root to install.
    pub(crate) fn needs_root(self) -> bool {
        self != Self::Brew
    }

    /// The line a person would type.
    pub(crate) fn shown(self, packages: &[&str]) -> String {
        format!("{} {} {}", self.program(), self.install().join(" "), packages.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(version("cmake version 3.25.1\n\nCMake suite"), "3.25.1");
        assert_eq!(version("ffmpeg version 5.1.6-0+deb12u1 Copyright"), "5.1.6");
        assert_eq!(version("cc (Debian 12.2.0-14+deb12u1) 12.2.0"), "12.2.0");
        assert_eq!(version("no number at all"), "present");
    }

    #[test]
    fn every_tool_tells_how_to_get_it_everywhere() {
        for tool in TOOLS {
            assert!(!tool.gives.is_empty() && !tool.how(None).is_empty(), "{}", tool.name);
            for manager in Manager::ALL {
                assert!(!tool.how(Some(manager)).ends_with(' '), "{}: no package for {manager:?}", tool.name);
            }
        }
    }

    #[test]
    fn what_built_this_test_is_present() {
        let compiler = TOOLS.iter().find(|tool| tool.name == "C compiler").expect("in the table");
        assert!(compiler.present().is_some());
    }
}
