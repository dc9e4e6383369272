//! Calls with foreign programs, and with ourselves as if we were one: what arrives is what was sent.

use moim_media::AudioFormat;
use moim_testkit::measure::align;
use moim_testkit::skip;
use moim_testkit::talker::Talker;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How much is said. Foreign programs may miss the first packets while they start.
const SECONDS: u64 = 8;
/// What the heard must be like the said, at the least.
const ALIKE: f64 = 0.95;

#[test]
fn ffmpeg_sends_to_us() {
    let Some(scene) = Scene::with("ffmpeg-sends", "ffmpeg", &["-version"]) else { return };
    let port = free_port();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-loglevel", "error", "-re", "-i"]).arg(scene.said());
    ffmpeg.args(["-c:a", "libopus", "-b:a", "32k", "-sdp_file"]).arg(scene.sdp());
    let ffmpeg = Running::start(ffmpeg.args(["-f", "rtp", &format!("rtp://127.0.0.1:{port}")]));
    scene.wait_for_sdp();
    scene.call(&["listen"]);
    drop(ffmpeg);
    scene.check();
}

#[test]
fn ffmpeg_receives_from_us() {
    let Some(scene) = Scene::with("ffmpeg-receives", "ffmpeg", &["-version"]) else { return };
    let to = format!("127.0.0.1:{}", free_port());
    let call = scene.start_call(&["dial", "--to", &to, "--audio"], Some(&scene.said()));
    scene.wait_for_sdp();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-loglevel", "error", "-y", "-protocol_whitelist", "file,udp,rtp", "-i"]);
    ffmpeg.arg(scene.sdp()).args(["-t", &(SECONDS - 2).to_string(), "-ar", "48000", "-ac", "1"]);
    let mut ffmpeg = Running::start(ffmpeg.arg(scene.heard()));
    ffmpeg.wait();
    drop(call);
    scene.check();
}

#[test]
fn gstreamer_sends_to_us() {
    let elements = ["opusenc", "rtpopuspay", "wavparse"];
    let Some(scene) = Scene::with_gstreamer("gstreamer-sends", &elements) else { return };
    let port = free_port();
    let call = scene.start_call(&["listen", "--port", &port.to_string()], None);
    scene.wait_for_sdp();
    let pipeline = format!(
        "filesrc location={} ! wavparse ! audioconvert ! audioresample ! opusenc bitrate=32000 ! \
         rtpopuspay pt=96 ! udpsink host=127.0.0.1 port={port}",
        scene.said().display()
    );
    let mut gstreamer =
        Running::start(Command::new("gst-launch-1.0").arg("-q").args(pipeline.split_whitespace()));
    gstreamer.wait();
    call.finish();
    scene.check();
}

#[test]
fn gstreamer_receives_from_us() {
    let elements = ["opusdec", "rtpopusdepay", "sdpdemux", "wavenc"];
    let Some(scene) = Scene::with_gstreamer("gstreamer-receives", &elements) else { return };
    let to = format!("127.0.0.1:{}", free_port());
    let call = scene.start_call(&["dial", "--to", &to, "--audio"], Some(&scene.said()));
    scene.wait_for_sdp();
    let pipeline = format!(
        "filesrc location={} ! sdpdemux ! rtpopusdepay ! opusdec plc=true ! audioconvert ! audioresample ! \
         audio/x-raw,rate=48000,channels=1,format=S16LE ! wavenc ! filesink location={}",
        scene.sdp().display(),
        scene.heard().display()
    );
    // Left alone it waits for more for ever; on SIGINT, -e has it finish the file.
    let mut gstreamer = Command::new("timeout");
    gstreamer.args(["-s", "INT", "-k", "5", &(SECONDS - 1).to_string(), "gst-launch-1.0", "-q", "-e"]);
    let mut gstreamer = Running::start(gstreamer.args(pipeline.split_whitespace()));
    gstreamer.wait();
    drop(call);
    scene.check();
}

#[test]
fn we_hear_each_other_without_being_told_apart() {
    let scene = Scene::new("both-ours");
    let said = scene.said();
    let port = free_port().to_string();
    let listener = scene.start_call(&["listen", "--port", &port, "--audio"], Some(&said));
    scene.wait_for_sdp();
    let dialler = scene.start_call(&["dial", "--audio"], Some(&said));
    dialler.finish();
    listener.finish();
    scene.check();
    scene.check_heard(&scene.heard_by_dialler());
}

#[test]
fn a_call_in_which_nobody_speaks_ends_in_time_and_says_so() {
    let folder = Scene::new("nobody").folder;
    let mut listen = Command::new(env!("CARGO_BIN_EXE_call"));
    listen
        .args(["listen", "--port", "0", "--seconds", "1", "--lang", "en", "--sdp"])
        .arg(folder.join("call.sdp"));
    let listened = listen.arg("--out").arg(folder.join("heard.wav")).output().expect("our program runs");
    assert!(!listened.status.success());
    let said = String::from_utf8_lossy(&listened.stderr);
    assert!(said.contains("nothing was ever heard") && said.contains("0 received"), "{said}");
    assert!(!folder.join("heard.wav").exists(), "there is nothing to keep");
}

/// A folder of its own with something said, and our program.
struct Scene {
    folder: PathBuf,
}

impl Scene {
    /// `None`, with the reason printed, when the program cannot be run.
    fn with(name: &str, program: &str, version: &[&str]) -> Option<Self> {
        let runs = Command::new(program).args(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !runs.is_ok_and(|status| status.success()) {
            skip(&format!("{program} is not installed; `cargo xtask doctor` tells how"));
            return None;
        }
        Some(Self::new(name))
    }

    fn with_gstreamer(name: &str, elements: &[&str]) -> Option<Self> {
        for element in elements {
            let inspected = Command::new("gst-inspect-1.0")
                .arg(element)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if !inspected.is_ok_and(|status| status.success()) {
                skip(&format!("GStreamer has no {element}; `cargo xtask doctor` tells how to install it"));
                return None;
            }
        }
        Some(Self::new(name))
    }

    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let scene = Self { folder };
        let mut said = vec![0.0; AudioFormat::VOICE.samples(Duration::from_secs(SECONDS))];
        Talker::new(3, AudioFormat::VOICE.rate()).fill(&mut said);
        write_wav(&scene.said(), &said);
        scene
    }

    fn said(&self) -> PathBuf {
        self.folder.join("said.wav")
    }

    fn heard(&self) -> PathBuf {
        self.folder.join("heard.wav")
    }

    fn heard_by_dialler(&self) -> PathBuf {
        self.folder.join("heard-by-dialler.wav")
    }

    fn sdp(&self) -> PathBuf {
        self.folder.join("call.sdp")
    }

    /// Whoever writes the description is ready soon after.
    fn wait_for_sdp(&self) {
        poll_until("the description is written", || {
            std::fs::read_to_string(self.sdp()).is_ok_and(|text| text.contains("rtpmap"))
        });
    }

    fn start_call(&self, arguments: &[&str], file: Option<&Path>) -> Running {
        let mut call = Command::new(env!("CARGO_BIN_EXE_call"));
        call.args(arguments).args(file).arg("--sdp").arg(self.sdp()).args(["--lang", "en"]);
        // What dial hears must not overwrite what the other program hears.
        let out = if arguments.contains(&"dial") { self.heard_by_dialler() } else { self.heard() };
        Running::start(call.arg("--out").arg(out))
    }

    fn call(&self, arguments: &[&str]) {
        self.start_call(arguments, None).finish();
    }

    /// What was heard is what was said.
    fn check(&self) {
        self.check_heard(&self.heard());
    }

    fn check_heard(&self, heard: &Path) {
        let (said, heard) = (read_wav(&self.said()), read_wav(heard));
        let rate = AudioFormat::VOICE.rate();
        let least = AudioFormat::VOICE.samples(Duration::from_secs(SECONDS - 3));
        assert!(heard.len() >= least, "only {:?} were heard", AudioFormat::VOICE.duration(heard.len()));
        // The first second may be missing from what was heard, so that it runs ahead: push it back for the search.
        let lead = AudioFormat::VOICE.samples(Duration::from_secs(3));
        let mut shifted = vec![0.0; lead];
        shifted.extend_from_slice(&heard);
        let alike = align(&said, &shifted, rate, Duration::from_secs(4)).correlation();
        println!("{}: correlation {alike:.4}", self.folder.display());
        assert!(alike > ALIKE, "correlation {alike}");
    }
}

/// A program that is killed when the test is done with it.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    fn wait(&mut self) {
        let mut ended = false;
        poll_until("the program ends", || {
            ended = ended || self.0.try_wait().expect("a child").is_some();
            ended
        });
    }

    /// Waits for an end that must be a good one.
    fn finish(mut self) {
        self.wait();
        let status = self.0.wait().expect("a child");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[allow(clippy::disallowed_methods, reason = "foreign processes live on the machine's clock")]
fn poll_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("after 30 s still not: {what}");
}

/// An even port whose neighbour is free too, for the moment.
fn free_port() -> u16 {
    (0..100)
        .find_map(|_| {
            let any = std::net::UdpSocket::bind("127.0.0.1:0").ok()?;
            let port = any.local_addr().ok()?.port() & !1;
            drop(any);
            let both = [port, port + 1].map(|port| std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok());
            both.iter().all(|&free| free).then_some(port)
        })
        .expect("two free ports")
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
    // A writer that was interrupted leaves a length that is too long; what is there is what counts.
    wav.samples::<i16>().map_while(Result::ok).map(|sample| f32::from(sample) / 32_768.0).collect()
}
