//! Where a film's bytes come from: a file as it is, or ffmpeg's idea of it.

use crate::lang::Lang;
use anyhow::{Context, Error, Result, anyhow};
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What YUV4MPEG2 begins with.
const MAGIC: &[u8] = b"YUV4MPEG2 ";

/// A file that can be read as YUV4MPEG2, from its beginning, as often as needed.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    path: PathBuf,
    way: Way,
    /// Of what is wrong with it.
    lang: Lang,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    /// It is what we read.
    Straight,
    /// ffmpeg makes it so.
    ThroughFfmpeg,
}

/// A reading of it.
pub(super) type Bytes = Box<dyn Read + Send + Sync>;

impl Origin {
    /// Looks at how the file begins.
    pub(super) fn of(path: &Path, lang: Lang) -> Result<Self> {
        let shown = path.display();
        let cannot = || lang.of(format!("{shown}: 읽을 수 없습니다"), format!("cannot read {shown}"));
        let mut begin = Vec::new();
        let file = File::open(path).with_context(cannot)?;
        file.take(MAGIC.len() as u64).read_to_end(&mut begin).with_context(cannot)?;
        let way = if begin == MAGIC { Way::Straight } else { Way::ThroughFfmpeg };
        Ok(Self { path: path.into(), way, lang })
    }

    /// Reads it from the beginning.
    pub(super) fn open(&self) -> Result<Bytes> {
        if let Way::Straight = self.way {
            return Ok(Box::new(BufReader::new(File::open(&self.path)?)));
        }
        match Ffmpeg::start("ffmpeg", &self.path) {
            Ok(ffmpeg) => Ok(Box::new(BufReader::new(ffmpeg))),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.wrong(
                "이 파일을 읽으려면 ffmpeg이 필요한데, 설치되어 있지 않습니다. `cargo xtask doctor`가 설치 방법을 \
                 알려 줍니다. YUV4MPEG2(.y4m)는 ffmpeg 없이 읽습니다.",
                "it takes ffmpeg to read this file, which is not installed: `cargo xtask doctor` tells how. \
                 YUV4MPEG2 (.y4m) is read without it.",
            )),
            Err(error) => Err(error).context("ffmpeg"),
        }
    }

    /// What is wrong with this file.
    pub(super) fn wrong(&self, korean: impl fmt::Display, english: impl fmt::Display) -> Error {
        let path = self.path.display();
        anyhow!(self.lang.of(format!("{path}: {korean}"), format!("{path}: {english}")))
    }

    pub(super) fn holds_nothing(&self) -> Error {
        self.wrong("그림이 없습니다", "there are no pictures in it")
    }

    /// What is wrong when this came while reading.
    pub(super) fn unreadable(&self, error: &y4m::Error) -> Error {
        match (self.way, error) {
            (Way::ThroughFfmpeg, y4m::Error::EOF) => self.wrong(
                "ffmpeg이 그림을 찾지 못했습니다. 까닭은 `ffmpeg -i`가 말해 줍니다.",
                "ffmpeg finds no pictures in it; `ffmpeg -i` says why",
            ),
            _ => self.wrong(
                format!("YUV4MPEG2로 읽을 수 없습니다 ({error})"),
                format!("cannot be read as YUV4MPEG2 ({error})"),
            ),
        }
    }
}

/// An ffmpeg that ends with this value.
struct Ffmpeg {
    child: Child,
    pictures: ChildStdout,
}

impl Ffmpeg {
    fn start(program: &str, path: &Path) -> io::Result<Self> {
        // `file:` so that no name is taken for a protocol.
        let mut input = OsString::from("file:");
        input.push(path);
        let mut command = Command::new(program);
        command.args(["-v", "quiet", "-nostdin", "-i"]).arg(input);
        // What claims a thousand pictures a second, as screen recordings do, is thinned out.
        command.args(["-map", "0:v:0", "-fpsmax", "60", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let pictures = child.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        Ok(Self { child, pictures })
    }
}

impl Read for Ffmpeg {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.pictures.read(into)
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // It has ended already, or nobody wants the rest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Ffmpeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ffmpeg").field("id", &self.child.id()).finish_non_exhaustive()
    }
}
