//! From packets to pictures, each at its time.

mod feedback;

use crate::assembler::{Assembler, Content, Unit};
use crate::freezes::{Follows, FreezeDetector};
use crate::key_frame_request::KeyFrameRequests;
use crate::losses::{Came, Losses};
use crate::references::{Next, References};
use crate::render_time::RenderTime;
use crate::slots::{Run, Slots};
use crate::{ConfigError, KeyFrameNeed, Policy, Stats, VideoConfig};
use core::fmt;
use core::time::Duration;
use moim_media::codec::{CodecError, FrameKind, VideoDecoder, VideoInput, VideoOutput};
use moim_media::transit::{Belongs, Continuity};
use moim_media::{FramePool, Instant, MediaTime, SeqNo, VideoFrame};
use moim_rtp::Packet;
use moim_rtp::payload::Depayloader;

/// No stream lasts this long; beyond it, counting on could overflow.
const LAST_SEQ: SeqNo = SeqNo::new(u64::MAX >> 1);
/// A picture shown this much after its time was late; less is the caller's own rhythm.
const LATE: Duration = Duration::from_millis(20);
/// A picture of those that were held up is seen for this long: a refresh of a fast screen.
const GLIMPSE: Duration = Duration::from_millis(8);
/// Pictures that are later than this are not worth a glimpse each.
const MOST_HELD_UP: Duration = Duration::from_millis(50);

/// What became of a packet that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// It waits for its picture's time.
    Accepted,
    /// It waits for its picture's time; everything before it belonged to a stream that is over.
    Restarted,
    /// It is here already, or was.
    Duplicate,
    /// Its picture was shown or given up.
    Late,
    /// It does not fit the stream. If the next one does not either, but fits this one, the sender has started
    /// afresh.
    Suspect,
    /// It is longer than the receiver takes.
    TooLong,
}

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Picture<'a> {
    /// What to show.
    pub frame: VideoFrame,
    /// When it was taken, on the sender's media clock.
    pub time: MediaTime,
    /// When it was to be shown. In the past when it came late.
    pub due: Instant,
    /// What it was decoded from, in the codec's own byte stream: for a recorder.
    pub access_unit: &'a [u8],
    /// Whether it can be decoded by itself.
    pub kind: FrameKind,
}

/// An adaptive receiver of video: packets in as they come, pictures out, each at its time.
///
/// All memory is allocated by [`new`](Self::new), but for pictures of another size than the configured one. Pictures
/// are decoded in order and never without what they build on; when that is missing, the last one stands until a
/// repair or a key frame comes.
pub struct VideoPlayout<D> {
    decoder: D,
    pool: FramePool,
    policy: Policy,
    slots: Slots,
    assembler: Assembler,
    references: References,
    losses: Losses,
    requests: KeyFrameRequests,
    continuity: Continuity,
    render_time: RenderTime,
    freezes: FreezeDetector,
    /// The media time of the newest packet.
    newest_time: Option<MediaTime>,
    /// When the last picture was handed out.
    shown_at: Option<Instant>,
    stats: Stats,
}

impl<D: VideoDecoder> VideoPlayout<D> {
    /// A receiver that takes payloads apart with `depayloader` and decodes with `decoder`.
    ///
    /// A unit is given to `depayloader` once when it is whole, to see what it is, and again when it is decoded:
    /// always from its first packet to its last.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration asks for the impossible.
    pub fn new(
        config: VideoConfig,
        depayloader: Box<dyn Depayloader + Send>,
        decoder: D,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            decoder,
            pool: FramePool::new(config.size, config.frames),
            policy: config.policy,
            slots: Slots::new(config.packets, config.packet_bytes),
            references: References::new(Instant::EPOCH),
            losses: Losses::new(config.retransmit),
            requests: KeyFrameRequests::new(),
            continuity: Continuity::default(),
            render_time: RenderTime::new(&config),
            freezes: FreezeDetector::default(),
            newest_time: None,
            shown_at: None,
            stats: Stats::default(),
            assembler: Assembler::new(depayloader, config.unit_bytes, config.headers),
        })
    }

    /// Takes in the packet `seq`, which came at `now` and belongs to the picture of media time `time`.
    ///
    /// The packet is copied. May change the answer of every other call.
    pub fn insert(&mut self, now: Instant, seq: SeqNo, time: MediaTime, packet: &Packet<'_>) -> Inserted {
        if !self.slots.fits(packet) {
            self.stats.refused += 1;
            return Inserted::TooLong;
        }
        let belongs = if seq > LAST_SEQ { Belongs::Unclear } else { self.continuity.judge(now, seq, time) };
        let inserted = match belongs {
            Belongs::Here => Inserted::Accepted,
            Belongs::Unclear => {
                self.stats.refused += 1;
                return Inserted::Suspect;
            }
            Belongs::Elsewhere => {
                self.restart(now);
                Inserted::Restarted
            }
        };
        if self.slots.has_seen(seq) {
            self.stats.duplicates += 1;
            return Inserted::Duplicate;
        }
        self.stats.packets += 1;
        let came = self.losses.came(now, seq);
        if came == Came::Unasked {
            self.render_time.packet(now, time);
        }
        if seq < self.slots.floor() {
            self.stats.late += 1;
            return Inserted::Late;
        }
        self.stats.repaired += u64::from(came == Came::Repaired);
        self.notice_gap(now, seq, time);
        let run = self.slots.store(seq, time, packet, came == Came::Repaired);
        self.assemble(now, run);
        inserted
    }

    /// So many packets were sent behind the newest that has come, and are lost, as far as can be told from other streams
    /// of the same transport.
    ///
    /// The stream itself tells only with its next packet: for the end of a picture, with the next picture. They are
    /// asked for; what was never sent costs a request and nothing else.
    pub fn hear_of_loss(&mut self, now: Instant, packets: u64) {
        if let (Some(newest), Some(time)) = (self.slots.newest(), self.newest_time) {
            self.losses.hear(now, newest, packets, time);
        }
    }

    /// The next picture that is to be shown by `now`, decoded; `None` when there is none yet.
    ///
    /// Call it until it says `None`. Pictures that were held up follow one another every 8 ms; only when they are very
    /// late several come at once, of which only the last is worth showing. Every picture is handed out, so that a
    /// recorder misses none.
    #[must_use]
    pub fn poll_picture(&mut self, now: Instant) -> Option<Picture<'_>> {
        self.render_time.update(now);
        let (unit, due, frame, follows) = loop {
            let next = self.references.next(&self.slots)?;
            let unit = next.unit();
            let due = self.render_time.due(unit.time)?;
            if now < self.in_turn(due) {
                return None;
            }
            let follows = self.take(next);
            if let Some(frame) = self.decode(now, unit) {
                break (unit, due, frame, follows);
            }
        };
        self.count(now, unit, due, follows);
        let kind = unit.kind().unwrap_or(FrameKind::Delta);
        let access_unit = self.assembler.access_unit(unit);
        Some(Picture { frame, time: unit.time, due, access_unit, kind })
    }

    /// When [`poll_picture`](Self::poll_picture) next has a picture, if that is known.
    #[must_use]
    pub fn picture_due(&self) -> Option<Instant> {
        let next = self.references.next(&self.slots)?;
        Some(self.in_turn(self.render_time.due(next.unit().time)?))
    }

    /// Sets the least delay above the fastest packets, for pictures to wait for their sound. Never more than the
    /// greatest delay configured; the delay moves there gently.
    pub fn set_min_delay(&mut self, min_delay: Duration) {
        self.render_time.set_min_delay(min_delay);
    }

    /// How long after the fastest packets pictures are shown now; zero before the first packet.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.render_time.delay()
    }

    /// The delay that the network alone asks for, whatever [`set_min_delay`](Self::set_min_delay) says.
    #[must_use]
    pub fn wanted(&self) -> Duration {
        self.render_time.wanted()
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { delay: self.delay(), target: self.render_time.target(), ..self.stats }
    }

    /// What to decode with.
    #[must_use]
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// When a picture is shown that is due at `due`: pictures that were held up follow one another so fast that the
    /// movement catches up, and so slowly that each is seen; but not when they would be held up for long.
    fn in_turn(&self, due: Instant) -> Instant {
        let Some(last) = self.shown_at else { return due };
        let turn = last + GLIMPSE;
        if turn.since(due) <= MOST_HELD_UP { turn.max(due) } else { due }
    }

    fn restart(&mut self, now: Instant) {
        self.slots.clear();
        self.assembler.clear();
        self.references = References::new(now);
        self.losses.clear();
        self.render_time.clear();
        self.stats.restarts += 1;
    }

    fn notice_gap(&mut self, now: Instant, seq: SeqNo, time: MediaTime) {
        if self.slots.newest().is_none_or(|newest| seq > newest) {
            self.newest_time = Some(time);
        }
        match self.slots.newest() {
            None => self.references = References::new(now),
            Some(newest) if seq > newest => self.losses.gap(now, newest, seq, time),
            Some(_) => {}
        }
        if let Some(units) = self.slots.make_room(seq) {
            self.stats.undecodable += units;
            self.references.break_at(now, KeyFrameNeed::Loss);
            self.references.floor_moved(&self.slots);
            self.losses.forget_before(self.slots.floor());
        }
    }

    /// Sees whether `run`, which has grown, or a neighbour of it has become whole.
    fn assemble(&mut self, now: Instant, run: Run) {
        let before = self.slots.run_before(run);
        let behind = self.slots.run_from(run.last.next());
        for run in [before, Some(run), behind].into_iter().flatten() {
            if self.slots.unit(run.first).is_some() {
                continue;
            }
            let Some(unit) = self.assembler.examine(run, &self.slots, &self.decoder) else { continue };
            self.stats.whole += u64::from(unit.has_picture());
            self.slots.set_unit(unit);
            self.references.whole(unit);
            if unit.kind() == Some(FrameKind::Key) {
                self.requests.answered();
            }
            if self.policy == Policy::Freeze && !unit.repaired {
                self.render_time.decodable(now, unit.time);
            }
        }
        self.advance(now);
    }

    /// Follows the chain as far as it goes.
    fn advance(&mut self, now: Instant) {
        loop {
            while let Some(unit) = self.references.poll_decodable(&self.slots) {
                if self.policy == Policy::Latency && unit.has_picture() {
                    self.render_time.decodable(now, unit.time);
                }
            }
            let Some((part, last)) = self.references.poll_torn(&self.slots) else { return };
            let Some(unit) = self.assembler.examine_torn(part, last, &self.slots, &self.decoder) else {
                return;
            };
            self.slots.set_unit(unit);
        }
    }

    /// Takes the next unit out of the waiting ones.
    fn take(&mut self, next: Next) -> Follows {
        let unit = next.unit();
        let passed_over = self.slots.units_between(self.slots.floor(), unit.first);
        self.stats.undecodable += passed_over;
        self.assembler.load_unit(unit, &self.slots);
        self.slots.finish_before(unit.last.next());
        self.references.pass(unit, &self.slots);
        self.losses.forget_before(self.slots.floor());
        match next {
            Next::Continues(_) => Follows::Directly,
            Next::Restarts(_) => Follows::AfterOthers,
        }
    }

    /// Decodes a unit that is put together.
    fn decode(&mut self, now: Instant, unit: Unit) -> Option<VideoFrame> {
        let output = match unit.content {
            Content::Padding => return None,
            Content::Disposable => {
                self.stats.disposable_lost += 1;
                return None;
            }
            Content::Spoilt => Err(CodecError::Corrupt),
            Content::Picture(_) | Content::Unclear => {
                let access_unit = self.assembler.access_unit(unit);
                self.decoder.decode(VideoInput::AccessUnit(access_unit), &mut self.pool)
            }
        };
        match output {
            Ok(VideoOutput::Frame(frame)) => return Some(frame),
            Ok(VideoOutput::Pending) => {}
            Ok(VideoOutput::PoolExhausted) => self.stats.pool_exhausted += 1,
            Ok(VideoOutput::NeedsKeyFrame) => self.references.break_at(now, KeyFrameNeed::Loss),
            Err(_) => {
                self.stats.corrupt += 1;
                self.references.break_at(now, KeyFrameNeed::Corrupt);
            }
        }
        None
    }

    fn count(&mut self, now: Instant, unit: Unit, due: Instant, follows: Follows) {
        self.render_time.started();
        self.stats.shown += 1;
        self.stats.late_shown += u64::from(now.since(due) > LATE);
        self.stats.superseded += u64::from(self.shown_at.replace(now) == Some(now));
        self.stats.key_frames += u64::from(unit.kind() == Some(FrameKind::Key));
        self.freezes.shown(now, unit.time, follows, &mut self.stats.freezes);
    }
}

impl<D> fmt::Debug for VideoPlayout<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoPlayout")
            .field("chain", &self.references.chain())
            .field("delay", &self.render_time.delay())
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
