//! `lab sweep` in miniature: its files can be read, and are the same with any number of threads.

use crate::call::{self, Folder, lab};
use clap::Parser;
use lab::figure::{course, pareto};
use lab::sweep::experiment::Experiment;
use lab::sweep::{Options, table};
use rayon::ThreadPoolBuilder;
use std::fs;

#[derive(Parser)]
struct Asked {
    #[command(flatten)]
    options: Options,
}

const ASKED: [&str; 10] = [
    "--seconds",
    "3",
    "--network",
    "clean_lan,wifi",
    "--policy",
    "expected,fixed:60",
    "--seeds",
    "1",
    "--concealment",
    "classic",
];

#[test]
fn the_same_seeds_make_the_same_files_with_any_number_of_threads() {
    let asked = Asked::parse_from([&["sweep"], &ASKED[..], &["--follow", "wifi_200"]].concat());
    let files = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let experiment = Experiment::new(&asked.options).unwrap();
            let outcomes = experiment.outcomes(|| ()).unwrap();
            let followed = experiment.follow("wifi_200", 1).unwrap();
            let mut rows = Vec::new();
            table::write(&outcomes, &mut rows).unwrap();
            let sounds: Vec<_> = followed.calls.iter().map(|(_, heard)| heard.sound.clone()).collect();
            (rows, pareto::draw(&outcomes).unwrap(), course::draw(&followed).unwrap(), sounds)
        })
    };
    assert!(files(1) == files(3));
}

#[test]
fn what_is_left_behind_can_be_read() {
    let folder = Folder::new("sweep");
    let out = folder.path("results");
    let printed = lab(&[&["sweep", "--out", &out, "--follow", "wifi_200"], &ASKED[..]].concat()).unwrap();
    assert_eq!(printed, format!("8 calls, in {out}\n"));

    let table = fs::read_to_string(format!("{out}/sweep.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some(table::SCHEMA));
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|row| row.len() == columns.len()));
    let value = |row: &[&str], column| {
        let place = columns.iter().position(|name| *name == column).unwrap();
        row[place].parse::<f64>().unwrap()
    };
    let clean: Vec<_> = rows.iter().filter(|row| row[1] == "clean_lan").collect();
    assert_eq!(clean.iter().map(|row| row[2]).collect::<Vec<_>>(), ["expected", "fixed:60"]);
    assert!(value(clean[0], "delay_ms") < 40.0 && value(clean[0], "damaged_pct") < 2.0, "{:?}", clean[0]);
    // It is measured in the sound that the delay is what was asked for, to a frame.
    assert!((value(clean[1], "delay_ms") - 60.0).abs() < 20.0, "{:?}", clean[1]);

    for (figure, words) in [
        ("pareto.svg", &["clean", "wifi", "expected", "fixed:60", "speech heard intact, %"][..]),
        ("wifi_200-1.svg", &["played", "target", "time, s", "over the fastest packet, ms"]),
    ] {
        let svg = fs::read_to_string(format!("{out}/{figure}")).unwrap();
        let svg = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = svg.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        assert!(words.iter().all(|word| texts.contains(word)), "{figure}: {texts:?}");
    }
    for call in ["undisturbed", "expected", "fixed-60"] {
        let sound = lab::sound_file::read(format!("{out}/wifi_200-1-{call}.wav").as_ref()).unwrap();
        assert!(sound.len() >= 3 * 48_000, "{call}: {} samples", sound.len());
    }
    // What was followed can be played again, and sounds the same.
    let (recording, again) = (format!("{out}/wifi_200-1.jsonl"), folder.path("again.wav"));
    let duration = ["--duration-ms", "4699", "--policy", "fixed:60", "--concealment", "classic"];
    lab(&[&["playout", "--in", &recording, "--out", &again], &duration[..]].concat()).unwrap();
    assert!(fs::read(&again).unwrap() == fs::read(format!("{out}/wifi_200-1-fixed-60.wav")).unwrap());
}

#[test]
fn speech_from_a_file_is_repeated_until_the_call_is_over() {
    let folder = Folder::new("speech");
    let path = folder.path("said.wav");
    let said: Vec<f32> = (0..30_000).map(|n| (n as f32 * 0.05).sin() * 0.5).collect();
    lab::sound_file::write(path.as_ref(), moim_media::AudioFormat::VOICE, &said).unwrap();
    let speech = call::speech(&["--speech", &path, "--seconds", "2"]);
    let sound = speech.sound(1).unwrap();
    assert_eq!(sound.len(), 96_000);
    assert!(sound[..30_000] == sound[30_000..60_000]);
    assert!(said.iter().zip(&sound).all(|(said, sound)| (said - sound).abs() < 1e-4));
}

#[test]
fn what_cannot_be_tried_is_told() {
    let complaint =
        |options: &[&str]| lab(&[&["sweep", "--out", "/dev/null/x"], options].concat()).unwrap_err();
    assert!(complaint(&["--network", "moon"]).contains("no network moon: `lab sweep --list`"));
    assert!(complaint(&["--network", "ge_1", "--follow", "ge_5"]).contains("add --network ge_5"));
    assert!(complaint(&["--follow", "ge_10", "--follow-seed", "3"]).contains("seed 3 is not tried"));
    assert!(complaint(&["--policy", "expected,fixed"]).contains("fixed:60"));
    assert!(complaint(&["--seeds", "0"]).contains("1..=1000"));
    assert!(complaint(&[]).contains("cannot make"));
    let list = lab(&["sweep", "--list"]).unwrap();
    assert_eq!(list.lines().count(), lab::sweep::networks::NETWORKS.len());
}
