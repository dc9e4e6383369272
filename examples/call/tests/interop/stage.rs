//! A folder with something said and something shown, and our program.

use crate::PATIENCE;
use crate::film::{Film, SHARE};
use host::{Program, poll_until};
use moim_media::{AudioFormat, FramePool, VideoFrame, VideoFrameMut, VideoSize};
use moim_testkit::measure::align;
use moim_testkit::scene::Scene;
use moim_testkit::stamp::{self, Stamp};
use moim_testkit::talker::Talker;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How much is said and shown. Foreign programs may miss the beginning while they start.
pub(crate) const LENGTH: Duration = Duration::from_secs(8);
const SIZE: VideoSize = VideoSize::new(320, 180).unwrap();
/// Pictures per second.
const RATE: u32 = 30;
/// What the heard must be like the said, at the least.
const ALIKE: f64 = 0.95;

/// A folder of its own for each test.
pub(crate) struct Stage {
    folder: PathBuf,
}

impl Stage {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let stage = Self { folder };
        write_wav(&stage.said(), &talk());
        write_y4m(&stage.shown()).expect("a film");
        stage
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is said: 48 kHz, mono.
    pub(crate) fn said(&self) -> PathBuf {
        self.file("said.wav")
    }

    /// What is shown: the scene, each picture with its number and its time.
    pub(crate) fn shown(&self) -> PathBuf {
        self.file("shown.y4m")
    }

    /// What came of it at the end that listens.
    pub(crate) fn seen(&self) -> PathBuf {
        self.file("seen.mp4")
    }

    pub(crate) fn sdp(&self) -> PathBuf {
        self.file("call.sdp")
    }

    /// Describes Opus at `port` and H.264 at two ports above, as somebody would who receives both and answers nothing.
    pub(crate) fn describe(&self, port: u16, packetization_mode: u8) {
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=call\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n\
             m=video {} RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n\
             a=fmtp:97 packetization-mode={packetization_mode};profile-level-id=42e01f\r\n",
            port + 2
        );
        std::fs::write(self.sdp(), sdp).expect("a description");
    }

    /// Waits until the description is there, with so many formats: whoever writes it is ready soon after.
    pub(crate) fn wait_for_sdp(&self, formats: usize) {
        let is_there = || {
            let text = std::fs::read_to_string(self.sdp());
            Ok(text.is_ok_and(|text| text.matches("rtpmap").count() == formats).then_some(()))
        };
        poll_until(PATIENCE, is_there).expect("the description is written");
    }

    /// `call listen` with these arguments, which records what comes.
    pub(crate) fn listen(&self, out: &Path, arguments: &[&str]) -> Program {
        Program::start(self.call("listen", out).args(arguments)).expect("our program")
    }

    /// `call dial` with these arguments, which says and shows what there is.
    pub(crate) fn dial(&self, arguments: &[&str]) -> Program {
        // What dial sees must not overwrite what the other program sees.
        let mut call = self.call("dial", &self.file("seen-by-dialler.mp4"));
        call.arg("--audio").arg(self.said()).arg("--video").arg(self.shown());
        Program::start(call.args(arguments)).expect("our program")
    }

    fn call(&self, command: &str, out: &Path) -> Command {
        let mut call = Command::new(env!("CARGO_BIN_EXE_call"));
        call.arg(command).arg("--sdp").arg(self.sdp()).args(["--lang", "en"]).arg("--out").arg(out);
        call
    }

    /// What was seen and heard is what was shown and said, in step from `settled` on.
    pub(crate) fn check(&self, seen: &Path, settled: Duration) {
        Film::read(seen, SIZE).check(&self.folder.display().to_string(), &talk(), settled);
    }

    /// All that was decoded elsewhere, by somebody else's decoder, is what was shown.
    pub(crate) fn check_decoded(&self, decoded: &Path) {
        let mut film = y4m::decode(BufReader::new(File::open(decoded).expect("a film"))).expect("YUV4MPEG2");
        let (mut pool, mut ids) = (FramePool::new(SIZE, 1), Vec::new());
        while let Ok(picture) = film.read_frame() {
            let copy = |mut frame: VideoFrameMut<'_>| {
                let rows = picture.get_y_plane().chunks_exact(SIZE.width());
                frame.planes()[0].rows().zip(rows).for_each(|(into, row)| into.copy_from_slice(row));
            };
            ids.extend(stamp::read(&pool.write(copy).expect("room")).map(|stamp| stamp.id));
        }
        let passed = ids.last().expect("pictures") - ids[0] + 1;
        println!("{}: {} of {passed} pictures decoded elsewhere", self.folder.display(), ids.len());
        assert!(passed >= 120 && ids.len() as f64 >= SHARE * f64::from(passed));
    }

    /// The same of sound alone.
    pub(crate) fn check_heard(&self, heard: &Path) {
        let heard = read_wav(heard);
        let least = AudioFormat::VOICE.samples(LENGTH - Duration::from_secs(3));
        assert!(heard.len() >= least, "only {:?} were heard", AudioFormat::VOICE.duration(heard.len()));
        // The first second may be missing from what was heard, so that it runs ahead: push it back for the search.
        let mut shifted = vec![0.0; AudioFormat::VOICE.samples(Duration::from_secs(3))];
        shifted.extend_from_slice(&heard);
        let within = Duration::from_secs(4);
        let alike = align(&talk(), &shifted, AudioFormat::VOICE.rate(), within).correlation();
        assert!(alike > ALIKE, "correlation {alike}");
    }
}

fn talk() -> Vec<f32> {
    let mut said = vec![0.0; AudioFormat::VOICE.samples(LENGTH)];
    Talker::new(3, AudioFormat::VOICE.rate()).fill(&mut said);
    said
}

fn write_wav(path: &Path, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: AudioFormat::VOICE.rate().hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).expect("a WAV file");
    for sample in samples {
        wav.write_sample((sample * 32_767.0) as i16).expect("a sample");
    }
    wav.finalize().expect("a whole WAV file");
}

fn read_wav(path: &Path) -> Vec<f32> {
    let mut wav = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    wav.samples::<i16>().map_while(Result::ok).map(|sample| f32::from(sample) / 32_768.0).collect()
}

fn write_y4m(path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "YUV4MPEG2 W{} H{} F{RATE}:1 Ip A1:1 C420jpeg", SIZE.width(), SIZE.height())?;
    let (scene, mut pool) = (Scene::new(SIZE, 1), FramePool::new(SIZE, 1));
    for id in 0..LENGTH.as_secs() as u32 * RATE {
        let stamp = Stamp { id, time: Duration::from_secs(1) * id / RATE };
        let frame: VideoFrame = pool.write(|mut frame| scene.draw(&mut frame, stamp)).expect("room");
        writeln!(file, "FRAME")?;
        for row in frame.planes().iter().flat_map(|plane| plane.rows()) {
            file.write_all(row)?;
        }
    }
    file.flush()
}
