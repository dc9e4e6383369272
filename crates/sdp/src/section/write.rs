//! A section to the lines of a description.

use super::{Bundling, ExtensionForms, ReportSize, RtcpMux, Section};
use crate::{FeedbackFor, Fmtp, Format, RtcpFb, RtpMap, Rtx, TypedAttribute};
use moim_rtp::PayloadType;
use sdp_types::{Attribute, Media};

impl From<&Section> for Media {
    fn from(section: &Section) -> Self {
        let mut media = Self {
            media: section.kind.to_string(),
            port: section.port,
            num_ports: section.port_count,
            proto: section.protocol.to_string(),
            fmt: format_list(section),
            media_title: section.title.clone(),
            connections: section.connections.clone(),
            bandwidths: section.bandwidths.iter().map(Into::into).collect(),
            key: None,
            attributes: Vec::new(),
        };
        transport(section, &mut media.attributes);
        section.formats.iter().for_each(|format| write_format(format, &mut media.attributes));
        streams(section, &mut media.attributes);
        media
    }
}

/// Numbers in order of preference, each with that under which it is sent again.
fn format_list(section: &Section) -> String {
    let numbers = section.formats.iter().flat_map(Format::payload_types);
    let numbers = numbers.map(|number| number.get().to_string()).chain(section.other_formats.iter().cloned());
    numbers.collect::<Vec<_>>().join(" ")
}

/// What is about the section as a whole.
fn transport(section: &Section, lines: &mut Vec<Attribute>) {
    lines.extend(section.rtcp.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.attributes.iter().cloned());
    lines.extend(section.crypto.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.setup.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.mid.iter().map(TypedAttribute::to_attribute));
    if section.bundling == Bundling::Only {
        lines.push(Attribute::new("bundle-only"));
    }
    if section.extension_forms == ExtensionForms::Mixed {
        lines.push(Attribute::new("extmap-allow-mixed"));
    }
    lines.extend(section.extensions.iter().map(TypedAttribute::to_attribute));
    lines.push(Attribute::new(section.direction.name()));
    lines.extend(section.msids.iter().map(TypedAttribute::to_attribute));
    match section.rtcp_mux {
        RtcpMux::Separate => {}
        RtcpMux::Muxed => lines.push(Attribute::new("rtcp-mux")),
        RtcpMux::Only => lines.extend([Attribute::new("rtcp-mux"), Attribute::new("rtcp-mux-only")]),
    }
    if section.report_size == ReportSize::Reduced {
        lines.push(Attribute::new("rtcp-rsize"));
    }
    let about_all = section.feedback.iter().cloned();
    lines.extend(about_all.map(|feedback| RtcpFb { about: FeedbackFor::All, feedback }.to_attribute()));
}

fn write_format(format: &Format, lines: &mut Vec<Attribute>) {
    let payload_type = format.payload_type;
    lines.push(RtpMap { payload_type, encoding: format.encoding.clone() }.to_attribute());
    let about = FeedbackFor::One(payload_type);
    let feedback = format.feedback.iter().cloned();
    lines.extend(feedback.map(|feedback| RtcpFb { about, feedback }.to_attribute()));
    parameters(payload_type, format.parameters.to_string(), lines);
    if let Some(again) = format.retransmission {
        let encoding = crate::Encoding::new(Rtx::ENCODING_NAME, format.encoding.clock_rate);
        lines.push(RtpMap { payload_type: again.payload_type, encoding }.to_attribute());
        let rtx = Rtx { original: payload_type, time: again.time };
        parameters(again.payload_type, rtx.to_string(), lines);
    }
}

/// `a=fmtp`, if there is anything to say.
fn parameters(payload_type: PayloadType, parameters: String, lines: &mut Vec<Attribute>) {
    if !parameters.is_empty() {
        lines.push(Fmtp { payload_type, parameters }.to_attribute());
    }
}

/// What is about streams.
fn streams(section: &Section, lines: &mut Vec<Attribute>) {
    lines.extend(section.ptime.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.max_ptime.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.rids.iter().map(TypedAttribute::to_attribute));
    let simulcast = section.simulcast.iter().filter(|simulcast| !simulcast.is_empty());
    lines.extend(simulcast.map(TypedAttribute::to_attribute));
    lines.extend(section.source_groups.iter().map(TypedAttribute::to_attribute));
    lines.extend(section.sources.iter().map(TypedAttribute::to_attribute));
}
