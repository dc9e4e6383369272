//! From payloads to access units.

use super::aggregate::split_first;
use super::nal::{NalKind, NalUnit, first_mb_in_slice};
use super::{fragment, header, structure};
use crate::Packet;
use crate::payload::continuity::{Next, Times};
use crate::payload::{DepayloadError, Depayloader, Extent, Piece, Prefix};

/// Takes access units out of payloads without copying: start codes and the headers of fragmented NAL units are
/// prefixes, all else is the packet's.
///
/// Whole NAL units, aggregates (STAP-A) and fragments (FU-A) are read whatever the mode. No NAL unit comes out
/// with a hole: a fragment is taken only right behind the one before it. A NAL unit whose end does not come remains
/// cut short, in a unit that a missing or refused packet spoils.
///
/// [`Extent::begins`] says what can be told from the payload: it starts with a delimiter, or it is the first with
/// its timestamp, or comes right behind a marked one, and starts with what may come first, such as parameter sets or the
/// first slice of a picture. Whether a lost packet held parameter sets before that slice cannot be told.
/// [`Extent::ends`] is the marker.
#[derive(Clone, Debug, Default)]
pub struct H264Depayloader {
    times: Times,
    open: Option<Open>,
}

/// A NAL unit of which fragments have come, but not the last.
#[derive(Clone, Copy, Debug)]
struct Open {
    next: Next,
    kind: u8,
}

impl H264Depayloader {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { times: Times::new(), open: None }
    }
}

impl Depayloader for H264Depayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        let open = self.open.take().filter(|open| open.next.is(packet));
        let payload = NalUnit::new(packet.payload()).ok_or(DepayloadError::Empty)?;
        let is_first = self.times.is_first(packet);
        let content = Content::parse(payload)?;
        match (content, open) {
            (Content::Fragment(fragment), open) if !fragment.is_start() => {
                let open = open.ok_or(DepayloadError::Headless)?;
                if fragment.kind() != open.kind {
                    return Err(DepayloadError::Malformed);
                }
            }
            // The NAL unit before was never finished: what holds it must not pass for whole.
            (_, Some(_)) => return Err(DepayloadError::Malformed),
            (_, None) => {}
        }
        if let Content::Fragment(fragment) = content
            && !fragment.is_end()
        {
            self.open = Some(Open { next: Next::after(packet), kind: fragment.kind() });
        }
        content.give(sink);
        let begins = match content.opening() {
            Opening::Always => true,
            Opening::FirstOfItsTime => is_first,
            Opening::Never => false,
        };
        Ok(Extent { begins, ends: packet.marker() && self.open.is_none() })
    }
}

/// What a payload holds, checked.
#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    Nal(NalUnit<'a>),
    /// NAL units each behind its length; the first of them again.
    Aggregate {
        first: NalUnit<'a>,
        all: &'a [u8],
    },
    Fragment(FragmentUnit<'a>),
}

/// A part of a NAL unit (RFC 6184, section 5.8).
#[derive(Clone, Copy, Debug)]
struct FragmentUnit<'a> {
    /// The header of the NAL unit it is of.
    header: u8,
    position: u8,
    body: &'a [u8],
}

/// Whether an access unit begins with a packet (ITU-T H.264, section 7.4.1.2.3).
#[derive(Clone, Copy, Debug)]
enum Opening {
    Always,
    FirstOfItsTime,
    Never,
}

impl<'a> Content<'a> {
    fn parse(payload: NalUnit<'a>) -> Result<Self, DepayloadError> {
        if payload.is_forbidden() {
            return Err(DepayloadError::Malformed);
        }
        match payload.kind() {
            NalKind::Unspecified(structure::STAP_A) => {
                let all = payload.body();
                let (first, mut rest) = split_first(all).ok_or(DepayloadError::Malformed)?;
                carried(first)?;
                while !rest.is_empty() {
                    let (nal, behind) = split_first(rest).ok_or(DepayloadError::Malformed)?;
                    carried(nal)?;
                    rest = behind;
                }
                Ok(Self::Aggregate { first, all })
            }
            NalKind::Unspecified(structure::FU_A) => {
                let (&second, body) = payload.body().split_first().ok_or(DepayloadError::Malformed)?;
                let header = payload.header() & !header::TYPE | second & header::TYPE;
                if let NalKind::Unspecified(_) = NalKind::of(header) {
                    return Err(DepayloadError::Malformed);
                }
                Ok(Self::Fragment(FragmentUnit { header, position: second, body }))
            }
            NalKind::Unspecified(structure::STAP_B..=structure::MTAP24 | structure::FU_B) => {
                Err(DepayloadError::Unsupported)
            }
            _ => carried(payload).map(Self::Nal),
        }
    }

    fn give(self, sink: &mut dyn FnMut(Piece<'a>)) {
        let start_code = Prefix::new(&[0, 0, 0, 1]).unwrap_or_default();
        match self {
            Self::Nal(nal) => sink(Piece { prefix: start_code, body: nal.as_bytes() }),
            Self::Aggregate { mut all, .. } => {
                while let Some((nal, behind)) = split_first(all) {
                    sink(Piece { prefix: start_code, body: nal.as_bytes() });
                    all = behind;
                }
            }
            Self::Fragment(fragment) if fragment.is_start() => {
                let prefix = Prefix::new(&[0, 0, 0, 1, fragment.header]).unwrap_or_default();
                sink(Piece { prefix, body: fragment.body });
            }
            Self::Fragment(fragment) => sink(Piece { prefix: Prefix::EMPTY, body: fragment.body }),
        }
    }

    fn opening(self) -> Opening {
        let (header, body) = match self {
            Self::Nal(first) | Self::Aggregate { first, .. } => (first.header(), first.body()),
            Self::Fragment(fragment) if fragment.is_start() => (fragment.header, fragment.body),
            Self::Fragment(_) => return Opening::Never,
        };
        match NalKind::of(header) {
            NalKind::Delimiter => Opening::Always,
            NalKind::Sei
            | NalKind::SequenceParameters
            | NalKind::PictureParameters
            | NalKind::Extension(14..=18) => Opening::FirstOfItsTime,
            _ if first_mb_in_slice(header, body) == Some(0) => Opening::FirstOfItsTime,
            _ => Opening::Never,
        }
    }
}

impl FragmentUnit<'_> {
    fn kind(&self) -> u8 {
        self.header & header::TYPE
    }

    fn is_start(&self) -> bool {
        self.position & fragment::START != 0
    }

    fn is_end(&self) -> bool {
        self.position & fragment::END != 0
    }
}

/// `nal`, if it is one that a stream may carry.
fn carried(nal: NalUnit<'_>) -> Result<NalUnit<'_>, DepayloadError> {
    match nal.kind() {
        NalKind::Unspecified(_) => Err(DepayloadError::Malformed),
        _ if nal.is_forbidden() => Err(DepayloadError::Malformed),
        _ => Ok(nal),
    }
}
