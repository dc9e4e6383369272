//! The lines of a section to a value. What cannot be read is left out and reported.

use super::inherited::Inherited;
use super::{Bundling, ExtensionForms, Problem, ProblemKind, ReportSize, RtcpMux, Section};
use crate::{
    Bandwidth, Direction, Encoding, Feedback, FeedbackFor, Fmtp, Format, Parameters, Retransmission, RtcpFb,
    RtpMap, Rtx, static_encoding,
};
use moim_rtp::PayloadType;
use sdp_types::{Attribute, Media};

/// Reads a section, and appends what is left out.
pub(crate) fn read(
    media: &Media,
    index: usize,
    inherited: &Inherited,
    problems: &mut Vec<Problem>,
) -> Section {
    let mut reading = Reading { formats: Formats::new(&media.fmt), direction: None };
    let Ok(kind) = media.media.parse();
    let Ok(protocol) = media.proto.parse();
    let mut section = inherited.begin(Section {
        port: media.port,
        port_count: media.num_ports,
        connections: media.connections.clone(),
        title: media.media_title.clone(),
        bandwidths: media.bandwidths.iter().map(Bandwidth::from).collect(),
        ..Section::new(kind, protocol)
    });
    let mut report = |line: usize, kind: ProblemKind| {
        let attribute = media.attributes.get(line).map(|line| line.attribute.clone()).unwrap_or_default();
        problems.push(Problem { section: Some(index), line, attribute, kind });
    };
    for (line, attribute) in media.attributes.iter().enumerate() {
        if let Err(kind) = reading.attribute(&mut section, attribute, line) {
            report(line, kind);
        }
    }
    inherited.complete(&mut section, reading.direction);
    reading.formats.finish(&mut section, report);
    section
}

/// What is known while a section is read.
struct Reading {
    formats: Formats,
    direction: Option<Direction>,
}

impl Reading {
    fn attribute(
        &mut self,
        section: &mut Section,
        attribute: &Attribute,
        line: usize,
    ) -> Result<(), ProblemKind> {
        let value = attribute.value.as_deref().unwrap_or_default();
        match attribute.attribute.as_str() {
            "rtpmap" => {
                let RtpMap { payload_type, encoding } = value.parse()?;
                once(&mut self.formats.of(payload_type)?.encoding, (line, encoding))?;
            }
            "fmtp" => {
                let Fmtp { payload_type, parameters } = value.parse()?;
                once(&mut self.formats.of(payload_type)?.fmtp, (line, parameters))?;
            }
            "rtcp-fb" => {
                let RtcpFb { about, feedback } = value.parse()?;
                match about {
                    FeedbackFor::All => section.feedback.push(feedback),
                    FeedbackFor::One(payload_type) => self.formats.of(payload_type)?.feedback.push(feedback),
                }
            }
            "extmap" => section.extensions.push(value.parse()?),
            "extmap-allow-mixed" => section.extension_forms = ExtensionForms::Mixed,
            "rtcp" => once(&mut section.rtcp, value.parse()?)?,
            "rtcp-mux" => section.rtcp_mux = section.rtcp_mux.max(RtcpMux::Muxed),
            "rtcp-mux-only" => section.rtcp_mux = RtcpMux::Only,
            "rtcp-rsize" => section.report_size = ReportSize::Reduced,
            "bundle-only" => section.bundling = Bundling::Only,
            "mid" => once(&mut section.mid, value.parse()?)?,
            "msid" => section.msids.push(value.parse()?),
            "ptime" => once(&mut section.ptime, value.parse()?)?,
            "maxptime" => once(&mut section.max_ptime, value.parse()?)?,
            "setup" => once(&mut section.setup, value.parse()?)?,
            "crypto" => section.crypto.push(value.parse()?),
            "rid" => section.rids.push(value.parse()?),
            "simulcast" => once(&mut section.simulcast, value.parse()?)?,
            "ssrc" => section.sources.push(value.parse()?),
            "ssrc-group" => section.source_groups.push(value.parse()?),
            name @ ("sendrecv" | "sendonly" | "recvonly" | "inactive") => {
                once(&mut self.direction, name.parse()?)?;
            }
            _ => section.attributes.push(attribute.clone()),
        }
        Ok(())
    }
}

/// Takes what was not said before.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), ProblemKind> {
    match place {
        Some(_) => Err(ProblemKind::Repeated),
        None => {
            *place = Some(value);
            Ok(())
        }
    }
}

/// What is said of payload types, in the order of the `m=` line.
struct Formats {
    numbered: Vec<Numbered>,
    /// Where each payload type is among them.
    places: [Option<usize>; 128],
    others: Vec<String>,
}

/// What is said of one.
struct Numbered {
    payload_type: PayloadType,
    encoding: Option<(usize, Encoding)>,
    fmtp: Option<(usize, String)>,
    feedback: Vec<Feedback>,
}

impl Formats {
    fn new(list: &str) -> Self {
        let mut formats = Self { numbered: Vec::new(), places: [None; 128], others: Vec::new() };
        for word in list.split_ascii_whitespace() {
            let Ok(payload_type) = crate::attribute::payload_type(word) else {
                formats.others.push(word.to_owned());
                continue;
            };
            let next = formats.numbered.len();
            let place = formats.places.get_mut(usize::from(payload_type.get()));
            // Said twice, it counts once.
            if let Some(place @ None) = place {
                *place = Some(next);
                formats.numbered.push(Numbered {
                    payload_type,
                    encoding: None,
                    fmtp: None,
                    feedback: Vec::new(),
                });
            }
        }
        formats
    }

    fn of(&mut self, payload_type: PayloadType) -> Result<&mut Numbered, ProblemKind> {
        let place = self.places.get(usize::from(payload_type.get())).copied().flatten();
        place.and_then(|place| self.numbered.get_mut(place)).ok_or(ProblemKind::Unlisted)
    }

    /// Puts together what belongs together.
    fn finish(self, section: &mut Section, mut report: impl FnMut(usize, ProblemKind)) {
        let mut again = Vec::new();
        for Numbered { payload_type, encoding, fmtp, feedback } in self.numbered {
            let known = encoding.or_else(|| Some((0, static_encoding(payload_type)?)));
            let Some((line, encoding)) = known else {
                section.other_formats.push(payload_type.get().to_string());
                continue;
            };
            let (line, fmtp) = fmtp.unwrap_or((line, String::new()));
            if encoding.is(Rtx::ENCODING_NAME) {
                again.push((line, payload_type, fmtp));
                continue;
            }
            let parameters = Parameters::read(&encoding, &fmtp).unwrap_or_else(|error| {
                report(line, error.into());
                Parameters::Other(fmtp)
            });
            section.formats.push(Format {
                payload_type,
                encoding,
                parameters,
                feedback,
                retransmission: None,
            });
        }
        for (line, payload_type, fmtp) in again {
            if let Err(kind) = retransmitted(section, payload_type, &fmtp) {
                report(line, kind);
            }
        }
        section.other_formats.extend(self.others);
    }
}

/// Notes that what `fmtp` names is sent again as this.
fn retransmitted(section: &mut Section, payload_type: PayloadType, fmtp: &str) -> Result<(), ProblemKind> {
    let Rtx { original, time } = fmtp.parse()?;
    let mut formats = section.formats.iter_mut();
    let original = formats.find(|format| format.payload_type == original).ok_or(ProblemKind::Unlisted)?;
    once(&mut original.retransmission, Retransmission { payload_type, time })
}
