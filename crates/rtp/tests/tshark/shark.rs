//! Running tshark over a capture, and what it says about each datagram: its packet details in XML (PDML).

use crate::capture::Capture;
use moim_testkit::skip;
use std::path::Path;
use std::process::{Command, Stdio};

/// Where RTP is sent to.
pub(crate) const RTP: u16 = 5_004;
/// Where RTCP is sent to.
pub(crate) const RTCP: u16 = 5_005;

/// One protocol in a datagram, or one part of a compound packet.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) name: String,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    /// What the field means, as text.
    show: String,
    /// That, and how it came about.
    description: String,
    /// The bytes it was read from, in hexadecimal digits.
    value: String,
}

/// A datagram, layer by layer.
#[derive(Debug)]
pub(crate) struct Dissected(Vec<Layer>);

/// What tshark says about the datagrams of a capture, in which it may complain about nothing; `None`, with the reason
/// printed, where it is missing. What it is to take a payload type for stand in `payloads`; others stay as they are.
#[track_caller]
pub(crate) fn read(name: &str, capture: &Capture, payloads: &[(u8, &str)]) -> Option<Vec<Dissected>> {
    let dissected = read_with_complaints(name, capture, payloads)?;
    for (index, datagram) in dissected.iter().enumerate() {
        let complaints = datagram.complaints();
        assert!(complaints.is_empty(), "tshark about datagram {index} of {name}: {complaints:?}");
    }
    Some(dissected)
}

/// As [`read`], for what tshark is known to complain about without reason.
#[track_caller]
pub(crate) fn read_with_complaints(
    name: &str,
    capture: &Capture,
    payloads: &[(u8, &str)],
) -> Option<Vec<Dissected>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tshark");
    // Nobody's own settings.
    let settings = folder.join("settings");
    std::fs::create_dir_all(&settings).expect("a folder for the test");
    let file = folder.join(name).with_extension("pcap");
    std::fs::write(&file, capture.to_bytes()).expect("a file for tshark");
    let mut decode_as = vec![
        format!("udp.port=={RTP},rtp"),
        format!("udp.port=={RTCP},rtcp"),
        "rtp.pt==0-127,data".to_owned(),
    ];
    decode_as.extend(payloads.iter().map(|(number, dissector)| format!("rtp.pt=={number},{dissector}")));
    let said = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", &settings)
        .args(["-n", "-T", "pdml", "-r"])
        .arg(&file)
        .args(decode_as.iter().flat_map(|rule| ["-d", rule]))
        .stdin(Stdio::null())
        .output();
    let Ok(said) = said else {
        skip("tshark is not installed; `cargo xtask doctor` tells how");
        return None;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8_lossy(&said.stdout);
    let dissected: Vec<_> = said.split("<packet>").skip(1).map(Dissected::of_pdml).collect();
    assert_eq!(dissected.len(), capture.len());
    Some(dissected)
}

impl Dissected {
    fn of_pdml(packet: &str) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        for tag in packet.split('<') {
            let name = || attribute(tag, "name");
            if tag.starts_with("proto ") {
                layers.push(Layer { name: name(), fields: Vec::new() });
            } else if tag.starts_with("field ") {
                let field = Field {
                    name: name(),
                    show: attribute(tag, "show"),
                    description: attribute(tag, "showname"),
                    value: attribute(tag, "value"),
                };
                layers.last_mut().expect("a protocol has the fields").fields.push(field);
            }
        }
        Self(layers)
    }

    /// The only layer of a protocol.
    #[track_caller]
    pub(crate) fn layer(&self, name: &str) -> &Layer {
        let mut found = self.layers(name);
        let layer = found.next().unwrap_or_else(|| panic!("no {name} in {self:#?}"));
        assert!(found.next().is_none(), "{name} twice in {self:#?}");
        layer
    }

    /// All layers of a protocol.
    pub(crate) fn layers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Layer> {
        self.0.iter().filter(move |layer| layer.name == name)
    }

    /// The meanings of a field that is a number, wherever it occurs.
    #[track_caller]
    pub(crate) fn numbers(&self, name: &str) -> Vec<i64> {
        self.0.iter().flat_map(|layer| layer.numbers(name)).collect()
    }

    /// The bytes of a field wherever it occurs.
    #[track_caller]
    pub(crate) fn bytes(&self, name: &str) -> Vec<Vec<u8>> {
        self.0.iter().flat_map(|layer| layer.bytes(name)).collect()
    }

    /// What tshark warns of, or takes for an error.
    pub(crate) fn complaints(&self) -> Vec<&str> {
        const WARNING: i64 = 0x60_0000;
        let mut complaints = Vec::new();
        for layer in &self.0 {
            if layer.name == "_ws.malformed" {
                complaints.push("malformed");
            }
            let severities = layer.numbers("_ws.expert.severity").into_iter();
            let messages = layer.fields("_ws.expert.message").map(|field| &field.show[..]);
            complaints.extend(severities.zip(messages).filter(|said| said.0 >= WARNING).map(|said| said.1));
        }
        complaints
    }
}

impl Layer {
    fn fields<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().filter(move |field| field.name == name)
    }

    /// The meanings of a field that is a number, in the order in which it occurs.
    #[track_caller]
    pub(crate) fn numbers(&self, name: &str) -> Vec<i64> {
        self.fields(name).map(|field| number(&field.show).unwrap_or_else(|| panic!("{field:?}"))).collect()
    }

    /// The meanings of a field that is a text.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.fields(name).map(|field| &field.show[..]).collect()
    }

    /// What tshark says about the meanings of a field.
    pub(crate) fn descriptions(&self, name: &str) -> Vec<&str> {
        self.fields(name).map(|field| &field.description[..]).collect()
    }

    /// The bytes of a field.
    #[track_caller]
    pub(crate) fn bytes(&self, name: &str) -> Vec<Vec<u8>> {
        self.fields(name).map(|field| bytes(&field.value).unwrap_or_else(|| panic!("{field:?}"))).collect()
    }
}

/// Where an attribute stands in a tag; nothing where it is missing.
fn attribute(tag: &str, name: &str) -> String {
    let Some((_, behind)) = tag.split_once(&format!(" {name}=\"")) else { return String::new() };
    let text = behind.split('"').next().unwrap_or_default();
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.into_iter().fold(text.to_owned(), |text, (entity, means)| text.replace(entity, means))
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        // Flags are digits to some versions and words to others.
        None if text == "True" => Some(1),
        None if text == "False" => Some(0),
        None => text.parse().ok(),
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}
