//! The same call in every format sounds the same, and what is no recording is told.

use crate::call::{self, Folder, captured, captured_next_generation, dumped, packets};
use core::time::Duration;
use etherparse::PacketBuilder;
use lab::recording::{Recording, RecordingError};
use moim_media::Instant;
use pcap_file::DataLink;
use std::fs;

#[test]
fn every_format_holds_the_same_call() {
    let call = call::short();
    let formats = [
        call.to_jsonl().into_bytes(),
        dumped(&call),
        captured(&call, DataLink::ETHERNET, call::ethernet),
        captured(&call, DataLink::RAW, |datagram| call::ethernet(datagram).split_off(14)),
        captured(&call, DataLink::LINUX_SLL, cooked),
        captured(&call, DataLink::LINUX_SLL2, cooked_again),
        captured(&call, DataLink::NULL, |datagram| [&[2, 0, 0, 0], &call::ethernet(datagram)[14..]].concat()),
        captured(&call, DataLink::ETHERNET, over_ipv6),
        captured_next_generation(&call),
    ];
    for (number, format) in formats.iter().enumerate() {
        let read = Recording::parse(format).unwrap_or_else(|error| panic!("format {number}: {error}"));
        assert_eq!(packets(&read), packets(&call), "format {number}");
    }
}

#[test]
fn every_format_sounds_the_same() {
    let folder = Folder::new("formats");
    let call = call::short();
    let formats = [
        ("jsonl", call.to_jsonl().into_bytes()),
        ("rtpdump", dumped(&call)),
        ("pcap", captured(&call, DataLink::ETHERNET, call::ethernet)),
        ("pcapng", captured_next_generation(&call)),
    ];
    let sounds = formats.map(|(name, bytes)| {
        // The name says nothing of the format.
        let (recording, wav) = (folder.path(&format!("{name}.bin")), folder.path(&format!("{name}.wav")));
        fs::write(&recording, bytes).unwrap();
        call::lab(&["playout", "--in", &recording, "--out", &wav, "--concealment", "classic"]).unwrap();
        fs::read(&wav).unwrap()
    });
    assert!(sounds[0].len() > 4 * 96_000);
    assert!(sounds.iter().all(|sound| *sound == sounds[0]));
}

/// Linux cooked: IPv4 from somebody else over Ethernet.
fn cooked(datagram: &[u8]) -> Vec<u8> {
    [&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00], &call::ethernet(datagram)[14..]].concat()
}

/// The same, version 2.
fn cooked_again(datagram: &[u8]) -> Vec<u8> {
    let header = [0x08, 0x00, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    [&header, &call::ethernet(datagram)[14..]].concat()
}

fn over_ipv6(datagram: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv6([1; 16], [2; 16], 64).udp(5_004, 5_006);
    let mut frame = Vec::new();
    builder.write(&mut frame, datagram).unwrap();
    frame
}

#[test]
fn a_fraction_of_a_millisecond_is_kept_in_lines_of_json() {
    let mut call = Recording::default();
    let (_, datagram) = packets(&call::short())[0].clone();
    let at = Instant::from_nanos(20_125_300);
    call.push(at, &datagram);
    assert_eq!(packets(&Recording::parse(call.to_jsonl().as_bytes()).unwrap()), [(at, datagram)]);
}

#[test]
fn datagrams_are_in_the_order_of_arrival_whatever_order_they_are_recorded_in() {
    let mut recording = Recording::default();
    for millis in [30, 10, 20, 10] {
        recording.push(Instant::from_millis(millis), &[millis as u8]);
    }
    let came: Vec<_> = recording.arrivals().map(|arrival| arrival.datagram[0]).collect();
    assert_eq!(came, [10, 10, 20, 30]);
    assert_eq!(recording.end(), Some(Instant::from_millis(30)));
}

/// The call, so long after the beginning of the recording.
fn later(by: Duration) -> Recording {
    let mut call = Recording::default();
    for (at, datagram) in packets(&call::short()) {
        call.push(at + by, &datagram);
    }
    call
}

#[test]
fn a_capture_counts_from_its_first_record_and_that_of_a_simulator_from_zero() {
    let read = |call: &Recording| {
        let capture = captured(call, DataLink::ETHERNET, call::ethernet);
        packets(&Recording::parse(&capture).unwrap())
    };
    assert_eq!(read(&later(Duration::from_secs(1_760_000_000))), packets(&call::short()));
    let simulated = later(Duration::from_millis(39));
    assert_eq!(read(&simulated), packets(&simulated));
}

#[test]
fn what_is_no_recording_is_told() {
    let error = |bytes: &[u8]| Recording::parse(bytes).map(|_| ()).unwrap_err();
    assert!(matches!(error(b""), RecordingError::UnknownFormat));
    assert!(matches!(error(b"RIFF\0\0\0\0WAVE"), RecordingError::UnknownFormat));
    let call = call::short();
    let line = error(b"{\"type\":\"header\",\"version\":1}\n\n{\"arr_ms\":0}\n");
    assert_eq!(line.to_string(), "line 3: missing field `seq` at line 1 column 12");
    let time = error(b"{\"arr_ms\":-3.5,\"seq\":1,\"ts\":0,\"pt\":111,\"p\":\"\"}");
    assert_eq!(time.to_string(), "line 1: -3.5 is no arrival time");
    let dump = dumped(&call);
    let cut = error(&dump[..dump.len() - 3]);
    assert!(matches!(cut, RecordingError::CutOff { what: "a packet", .. }), "{cut}");
    let capture = captured(&call, DataLink::ETHERNET, call::ethernet);
    let cut = error(&capture[..capture.len() - 3]);
    assert!(matches!(cut, RecordingError::CutOff { what: "a block", .. }), "{cut}");
    let bluetooth = error(&captured(&call, DataLink::BLUETOOTH_HCI_H4, <[u8]>::to_vec));
    assert!(bluetooth.to_string().contains("link type 187"), "{bluetooth}");
}
