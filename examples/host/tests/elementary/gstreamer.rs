//! GStreamer: packets lie in files, each behind its length (RFC 4571).

use crate::PATIENCE;
use crate::packets::{self, MTU};
use crate::source::Source;
use crate::stream::Stream;
use host::Program;
use moim_testkit::foreign::has_gstreamer;
use std::path::Path;
use std::process::Command;

/// We send, GStreamer writes.
pub(crate) fn takes(stream: &Stream) {
    let Some(source) = Source::make(stream, "to-gstreamer") else { return };
    let sent = source.beside("packets");
    let framed =
        packets::pay(stream, &source.units).iter().flat_map(|packet| framed(packet)).collect::<Vec<_>>();
    std::fs::write(&sent, framed).expect("a file for GStreamer");
    let units = source.beside("units");
    std::fs::create_dir(&units).expect("a folder for GStreamer");
    let format = stream.format();
    let caps = format!(
        "application/x-rtp-stream,media={},encoding-name={},clock-rate={},payload={}",
        stream.kind,
        format.encoding.name.to_ascii_uppercase(),
        format.encoding.clock_rate.hz(),
        format.payload_type.get(),
    );
    // A file for each buffer shows where one unit ends and the next begins.
    let pipeline = format!(
        "filesrc location={} ! {caps} ! rtpstreamdepay ! {} ! multifilesink location={}/%05d",
        sent.display(),
        stream.gstreamer.depayloader,
        units.display(),
    );
    if run(&pipeline).is_some() {
        source.check(stream, &files(&units));
    }
}

/// GStreamer sends, we put together.
pub(crate) fn sends(stream: &Stream) {
    let Some(source) = Source::make(stream, "from-gstreamer") else { return };
    let sent = source.beside("packets");
    let pipeline = format!(
        "filesrc location={} ! {} ! {} mtu={MTU} pt={} ! rtpstreampay ! filesink location={}",
        source.file.display(),
        stream.gstreamer.parser,
        stream.gstreamer.payloader,
        stream.format().payload_type.get(),
        sent.display(),
    );
    if run(&pipeline).is_some() {
        let packets = unframed(&std::fs::read(&sent).expect("what GStreamer wrote"));
        source.check(stream, &packets::depay(&stream.format(), &packets));
    }
}

/// Runs a pipeline to its end; `None`, with the reason printed, where GStreamer or an element is missing.
#[track_caller]
fn run(pipeline: &str) -> Option<()> {
    let elements = pipeline.split(" ! ").filter_map(|element| element.split(' ').next());
    let elements: Vec<_> = elements.filter(|element| !element.contains('/')).collect();
    let mut gstreamer = Command::new("gst-launch-1.0");
    let gstreamer = gstreamer.arg("-q").args(pipeline.split(' '));
    let run = || Program::start(gstreamer)?.finish(PATIENCE);
    has_gstreamer(&elements).then(run)?.map_err(|error| panic!("{pipeline}: {error}")).ok()
}

fn framed(packet: &[u8]) -> Vec<u8> {
    [&(packet.len() as u16).to_be_bytes(), packet].concat()
}

fn unframed(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let Some((&len, behind)) = file.split_first_chunk() {
        let (packet, behind) = behind.split_at(u16::from_be_bytes(len).into());
        packets.push(packet.to_vec());
        file = behind;
    }
    packets
}

/// What is in the files of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a file")).collect()
}
