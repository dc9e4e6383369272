//! What a datagram says, and what is done about it.

use super::{Call, Handled, Ignored};
use crate::reporting::ROUND_TRIP;
use crate::voice::Media;
use crate::{Event, Medium};
use moim_media::Instant;
use moim_rtp::rtcp::{self, Part, ReportBlock};
use moim_rtp::{Packet, Ssrc, is_rtcp};

/// Pieces of transport feedback that one datagram may hold: more than any sender has to say at once.
const MOST_FEEDBACK: usize = 4;

impl Call {
    pub(super) fn handle_media(&mut self, now: Instant, datagram: &[u8]) -> Handled {
        let Ok(packet) = Packet::parse(datagram) else { return Handled::Ignored(Ignored::Malformed) };
        if self.owns(packet.ssrc()) {
            if !core::mem::replace(&mut self.own_source_heard, true) {
                self.tell(Event::OwnSourceHeard);
            }
            return Handled::Ignored(Ignored::OwnSource);
        }
        let (media, event) = if packet.payload_type() == self.voice.receiving.stream.payload_type() {
            self.voice.reporting.begin(now);
            self.voice.receiving.media(now, &packet)
        } else if let Some(picture) =
            self.picture.as_mut().filter(|picture| picture.receiving.takes(packet.payload_type()))
        {
            picture.reporting.begin(now);
            picture.receiving.media(now, &packet)
        } else {
            return Handled::Ignored(Ignored::OtherFormat);
        };
        if media != Media::OtherSource {
            self.note_arrival(now, &packet);
        }
        if let Some(event) = event {
            self.tell(event);
        }
        self.ask(now);
        match media {
            Media::Taken => Handled::Media,
            Media::OtherSource => Handled::Ignored(Ignored::OtherSource),
            Media::Unreadable => Handled::Ignored(Ignored::Malformed),
        }
    }

    /// What the numbers of the transport tell: the voice, which comes all the time, tells of losses at a picture's end
    /// before the next picture does.
    fn note_arrival(&mut self, now: Instant, packet: &Packet<'_>) {
        let Some(transport) = &mut self.transport else { return };
        let missing = transport.arrived(now, packet);
        let voice = &mut self.voice.receiving.stream;
        if packet.payload_type() != voice.payload_type() {
            return;
        }
        let of_voice = voice.take_gap();
        if let Some(picture) = self.picture.as_mut().filter(|_| missing > of_voice) {
            picture.receiving.receiver.hear_of_loss(now, missing - of_voice);
        }
    }

    pub(super) fn handle_report(&mut self, now: Instant, datagram: &[u8]) -> Handled {
        let mut handled = Handled::Ignored(Ignored::Malformed);
        let mut feedback = 0;
        for part in rtcp::walk(datagram).flatten() {
            feedback += usize::from(matches!(part, Part::TransportFeedback(_)));
            if feedback > MOST_FEEDBACK {
                break;
            }
            let speaker = match &part {
                Part::SenderReport(report) => Some(report.ssrc),
                Part::ReceiverReport(report) => Some(report.ssrc),
                Part::Nack(nack) => Some(nack.sender),
                Part::Pli(pli) => Some(pli.sender),
                Part::Fir(fir) => Some(fir.sender),
                Part::TransportFeedback(feedback) => Some(feedback.sender),
                _ => None,
            };
            if speaker
                .is_some_and(|ssrc| !self.is_far_side(ssrc) && !self.reports_on_picture(now, ssrc, &part))
            {
                if handled != Handled::Report {
                    handled = Handled::Ignored(Ignored::OtherSource);
                }
                continue;
            }
            handled = Handled::Report;
            self.handle_part(now, &part);
        }
        handled
    }

    /// Whether `part` speaks of our picture, and `ssrc` may: a far side without a picture of its own has a source for its
    /// reports that nothing else tells.
    fn reports_on_picture(&mut self, now: Instant, ssrc: Ssrc, part: &Part<'_>) -> bool {
        let Some(picture) = &mut self.picture else { return false };
        let about_it = match part {
            Part::SenderReport(report) => report.reports().any(|block| picture.is(block.ssrc)),
            Part::ReceiverReport(report) => report.reports().any(|block| picture.is(block.ssrc)),
            Part::Nack(nack) => picture.is(nack.media),
            Part::Pli(pli) => picture.is(pli.media),
            Part::Fir(fir) => fir.entries().any(|entry| picture.is(entry.media)),
            _ => false,
        };
        about_it && picture.is_reporter(now, ssrc)
    }

    fn handle_part(&mut self, now: Instant, part: &Part<'_>) {
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP);
        match part {
            Part::SenderReport(report) => {
                self.voice.receiving.stream.sender_report(now, report.ssrc, &report.info);
                if let Some(picture) = &mut self.picture {
                    picture.receiving.stream.sender_report(now, report.ssrc, &report.info);
                }
                self.handle_blocks(now, report.reports());
            }
            Part::ReceiverReport(report) => self.handle_blocks(now, report.reports()),
            Part::Nack(nack) => {
                let queue = &mut self.queue;
                if nack.media == self.voice.sending.stream.ssrc() {
                    let round_trip = self.round_trip.unwrap_or_default();
                    self.voice.sending.stream.retransmit(now, round_trip, nack.seqs(), queue);
                } else if let Some(picture) = self.picture.as_mut().filter(|picture| picture.is(nack.media)) {
                    picture.sending.stream.retransmit(now, round_trip, nack.seqs(), queue);
                }
            }
            Part::Pli(pli) => self.key_frame_wanted(now, pli.media),
            Part::Fir(fir) => {
                for entry in fir.entries() {
                    self.key_frame_wanted(now, entry.media);
                }
            }
            Part::TransportFeedback(feedback) if self.transport.is_some() && self.owns(feedback.media) => {
                self.rates.feedback(now, feedback);
                self.tune(now);
            }
            Part::Goodbye(goodbye) => {
                for ssrc in goodbye.ssrcs() {
                    let voice = self.voice.receiving.stream.goodbye(now, ssrc);
                    let picture = &mut self.picture;
                    let picture =
                        picture.as_mut().and_then(|picture| picture.receiving.stream.goodbye(now, ssrc));
                    [voice, picture].into_iter().flatten().for_each(|event| self.tell(event));
                }
            }
            _ => {}
        }
    }

    /// How the far side receives its sources; ours are of interest.
    fn handle_blocks(&mut self, now: Instant, blocks: impl Iterator<Item = ReportBlock>) {
        for block in blocks {
            let (reporting, stream) = match &mut self.picture {
                _ if block.ssrc == self.voice.sending.stream.ssrc() => {
                    (&self.voice.reporting, &mut self.voice.sending.stream)
                }
                Some(picture) if picture.is(block.ssrc) => (&picture.reporting, &mut picture.sending.stream),
                _ => continue,
            };
            self.round_trip = reporting.round_trip(now, &block).or(self.round_trip);
            if stream.is_news(&block) {
                self.rates.report(now, block.fraction_lost.share(), self.round_trip);
                self.tune(now);
            }
        }
    }

    fn key_frame_wanted(&mut self, now: Instant, of: Ssrc) {
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP);
        if let Some(picture) = self.picture.as_mut().filter(|picture| picture.is(of)) {
            picture.sending.key_frames.request(now, round_trip);
        }
    }

    /// Whether packets of `ssrc` are ours.
    fn owns(&self, ssrc: Ssrc) -> bool {
        self.voice.sending.stream.owns(ssrc)
            || self.picture.as_ref().is_some_and(|picture| picture.sending.stream.owns(ssrc))
    }

    /// Whether reports of `ssrc` are of interest: it is heard or seen, or nobody is yet.
    fn is_far_side(&self, ssrc: Ssrc) -> bool {
        let picture = self.picture.as_ref().and_then(|picture| picture.receiving.stream.remote());
        match (self.voice.receiving.stream.remote(), picture) {
            (None, None) => true,
            (voice, picture) => voice == Some(ssrc) || picture == Some(ssrc),
        }
    }

    /// Of which of our streams a datagram is that is about to leave.
    pub(super) fn medium_of(&self, datagram: &[u8]) -> Medium {
        let at = if is_rtcp(datagram) { 4 } else { 8 };
        let ssrc = datagram.get(at..).and_then(|bytes| bytes.first_chunk());
        let ssrc = ssrc.map(|&ssrc| Ssrc(u32::from_be_bytes(ssrc)));
        let picture = self.picture.as_ref().map(|picture| &picture.sending.stream);
        match picture.zip(ssrc) {
            Some((stream, ssrc)) if stream.owns(ssrc) => Medium::Picture,
            _ => Medium::Voice,
        }
    }
}
