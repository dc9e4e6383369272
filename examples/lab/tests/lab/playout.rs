//! `lab playout` keeps the judge's contract, and says what it cannot do.

use crate::call::{self, Folder, dumped, lab};
use serde_json::Value;
use std::fs;

/// Plays `recording` from a file; what is left, or the complaint.
fn play(folder: &Folder, recording: &[u8], options: &[&str]) -> Result<Vec<u8>, String> {
    let (input, out) = (folder.path("call"), folder.path("heard.wav"));
    fs::write(&input, recording).unwrap();
    lab(&[&["playout", "--in", &input, "--out", &out, "--concealment", "classic"], options].concat())?;
    Ok(fs::read(&out).unwrap())
}

fn number(report: &Value, field: &str) -> f64 {
    report[field].as_f64().unwrap_or_else(|| panic!("{field} in {report}"))
}

#[test]
fn a_wav_of_the_right_length_is_left_and_the_same_every_time() {
    let (folder, call) = (Folder::new("contract"), dumped(&call::short()));
    let [stats, trace] = ["stats.json", "trace.csv"].map(|name| folder.path(name));
    let options = ["--duration-ms", "4505", "--stats", &stats, "--trace", &trace];
    let left =
        || (play(&folder, &call, &options).unwrap(), fs::read(&stats).unwrap(), fs::read(&trace).unwrap());
    let (first, second) = (left(), left());
    assert_eq!(first, second);

    let (wav, stats, trace) = first;
    // 4505 ms are 451 pulls of 480 samples of two bytes.
    let data = 451 * 960_u32;
    let mut header = [&b"RIFF"[..], &(36 + data).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    header.extend([1, 0, 1, 0].into_iter().chain(48_000_u32.to_le_bytes()).chain(96_000_u32.to_le_bytes()));
    header.extend([&[2, 0, 16, 0], &b"data"[..], &data.to_le_bytes()].concat());
    assert_eq!(wav[..44], header);
    assert_eq!(wav.len(), 44 + data as usize);
    assert!(wav[44..].iter().any(|&byte| byte != 0));

    let report: Value = serde_json::from_slice(&stats).unwrap();
    assert_eq!(report["schema"], lab::stats::SCHEMA);
    assert_eq!((number(&report, "total_ms"), number(&report, "resyncs")), (4_510.0, 0.0));
    assert!(number(&report, "concealed_ms") > 0.0 && number(&report, "fec_frames") > 0.0);
    let judged = ["accelerated_ms", "stretched_ms", "dred_frames"];
    assert!(judged.iter().all(|field| number(&report, field) >= 0.0));
    let played = ["decoded", "from_fec", "from_redundancy", "concealed", "underrun", "silence", "idle"];
    let played = played.iter().map(|kind| number(&report["playout"], &format!("{kind}_ms"))).sum::<f64>();
    assert!((played - 4_510.0).abs() < 50.0, "{played} ms are accounted for");

    let trace = String::from_utf8(trace).unwrap();
    let mut lines = trace.lines();
    assert_eq!(lines.next(), Some(lab::trace::SCHEMA));
    let columns = lines.next().unwrap().split(',').count();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == columns));
    let of_kind = |kind| rows.iter().filter(move |row| row[0] == kind);
    assert_eq!(of_kind("pull").count(), 451);
    assert_eq!(of_kind("packet").count(), call::packets(&call::short()).len());
    let transits = of_kind("packet").map(|row| row[3].parse::<f64>().unwrap());
    assert_eq!(transits.fold(f64::INFINITY, f64::min), 0.0, "the fastest");
}

#[test]
fn without_a_duration_a_call_ends_a_second_after_its_last_packet() {
    let call = call::short();
    let last = call.end().unwrap().since_epoch().as_millis() as usize;
    let wav = play(&Folder::new("duration"), &dumped(&call), &[]).unwrap();
    assert_eq!((wav.len() - 44) / 960, (last + 1_000).div_ceil(10));
}

#[test]
fn red_repairs_what_is_lost() {
    let folder = Folder::new("red");
    let stats = folder.path("stats.json");
    let concealed = |options: &[&str]| {
        let call = call::call(&[&["--seconds", "4", "--no-fec"], options].concat());
        play(&folder, &dumped(&call), &["--duration-ms", "3900", "--policy", "fixed:60", "--stats", &stats])
            .unwrap();
        number(&serde_json::from_slice(&fs::read(&stats).unwrap()).unwrap(), "concealed_ms")
    };
    let (plain, red) = (concealed(&[]), concealed(&["--red", "1,2"]));
    assert!(red < 0.7 * plain, "{red} ms instead of {plain} ms");
}

#[test]
fn of_several_sources_the_largest_is_played_or_the_one_that_is_named() {
    let (folder, call) = (Folder::new("sources"), call::short());
    let alone = play(&folder, &dumped(&call), &["--duration-ms", "4000"]).unwrap();
    let mut both = call.clone();
    for (at, mut datagram) in call::packets(&call).into_iter().take(100) {
        datagram[8..12].copy_from_slice(&[0xde, 0xad, 0xbe, 0xef]);
        both.push(at, &datagram);
    }
    let both = dumped(&both);
    assert!(play(&folder, &both, &["--duration-ms", "4000"]).unwrap() == alone);
    let other = play(&folder, &both, &["--duration-ms", "4000", "--ssrc", "0xDEADBEEF"]).unwrap();
    assert!(other != alone && other[44..].iter().any(|&byte| byte != 0));
}

#[test]
fn what_cannot_be_played_is_told() {
    let (folder, call) = (Folder::new("errors"), dumped(&call::short()));
    let complaint = |recording: &[u8], options: &[&str]| play(&folder, recording, options).unwrap_err();
    let types = complaint(&call, &["--opus-pt", "96"]);
    assert!(types.contains("no packet has payload type 96 (Opus) or 63 (RED)"), "{types}");
    assert!(types.contains("of type 111 from 006c6162"), "what there is instead: {types}");
    let source = complaint(&call, &["--ssrc", "1"]);
    assert!(source.contains("no packet of source 00000001"), "{source}");
    let empty = complaint(b"#!rtpplay1.0 127.0.0.1/5004\n0123456789abcdef", &[]);
    assert!(empty.contains("no packet of RTP"), "{empty}");
    assert!(complaint(b"hello", &[]).contains("neither rtpdump"));
    assert!(complaint(&call, &["--policy", "best"]).contains("no policy `best`"));
    assert!(complaint(&call, &["--duration-ms", "99999999999"]).contains("choose a shorter"));
    assert!(complaint(&call, &["--stats", &folder.path("no/such/folder")]).contains("cannot write"));
    assert!(
        lab(&["playout", "--in", &folder.path("nothing"), "--out", "x"]).unwrap_err().contains("cannot read")
    );
}
