//! What the padding of a packet carries: draft-ietf-mlcodec-opus-extension, as libopus 1.6.1 reads it.
//!
//! Each extension is a byte of identity and length flag, then its payload. Identities below 32 have a payload of no
//! byte or of one; from 32 on it is as long as bytes in front of it say, or all that is left. Three are no extensions
//! but structure: padding proper, the beginning of another frame's extensions, and "repeat the ones just given for
//! every later frame".
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]

/// Padding proper.
const PADDING: u8 = 0;
/// What follows is about a later frame.
const SEPARATOR: u8 = 1;
/// The extensions since the last separator come again for every later frame, with payloads of their own.
const REPEAT: u8 = 2;
/// The lowest identity with a payload of any length.
const FIRST_LONG: u8 = 32;

/// What a frame of a packet carries beside its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extension<'a> {
    /// Which extension it is, 3 … 127.
    pub(crate) id: u8,
    pub(crate) payload: &'a [u8],
}

/// The extensions in a packet's padding, in the order of its bytes. Ends where the padding is malformed.
#[derive(Clone, Debug)]
pub(crate) struct Extensions<'a> {
    /// From the last separator, or repetition, to the end of the padding.
    region: &'a [u8],
    /// How much of it was read.
    read: usize,
    /// The frame that the next extension belongs to.
    frame: usize,
    frames: usize,
    /// Where in `region` the last long extension ends, and how many bytes of payload come after it.
    last_long: Option<usize>,
    short_payloads: usize,
    repeating: Option<Repeating<'a>>,
}

/// Being in the middle of a repetition.
#[derive(Clone, Copy, Debug)]
struct Repeating<'a> {
    /// The extensions that come again.
    pattern: &'a [u8],
    /// How much of `pattern` this frame has been given.
    given: usize,
    frame: usize,
    last: Last,
}

/// How the last long extension of a repetition is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// Like the others.
    ByLength,
    /// By the end of the padding.
    ToTheEnd,
}

impl<'a> Extensions<'a> {
    /// The extensions in `padding`, without its length, of a packet of so many frames.
    pub(crate) fn new(padding: &'a [u8], frames: usize) -> Self {
        Self {
            region: padding,
            read: 0,
            frame: 0,
            frames,
            last_long: None,
            short_payloads: 0,
            repeating: None,
        }
    }

    /// Begins another region behind what was read.
    fn begin_region(&mut self) -> Option<()> {
        self.region = self.region.get(self.read..)?;
        self.read = 0;
        self.last_long = None;
        Some(())
    }

    /// The next extension that stands for itself, or `None` at the end, or when a repetition begins.
    fn own(&mut self) -> Option<Extension<'a>> {
        while self.frame < self.frames {
            let begin = self.read;
            let (&head, rest) = self.region.get(begin..)?.split_first()?;
            let (id, payload) = (head >> 1, Payload::of(head, rest, 0)?);
            self.read += 1 + payload.end();
            let payload = payload.bytes(rest)?;
            match id {
                PADDING => {}
                SEPARATOR => {
                    let ahead = payload.first().copied().unwrap_or(1);
                    if ahead > 0 {
                        self.frame += usize::from(ahead);
                        self.begin_region()?;
                        self.short_payloads = 0;
                    }
                }
                REPEAT => {
                    let last = if head & 1 == 0 { Last::ToTheEnd } else { Last::ByLength };
                    let pattern = self.region.get(..begin)?;
                    self.repeating = Some(Repeating { pattern, given: 0, frame: self.frame + 1, last });
                    return None;
                }
                FIRST_LONG.. => {
                    self.last_long = Some(self.read);
                    self.short_payloads = 0;
                    return Some(Extension { id, payload });
                }
                _ => {
                    self.short_payloads += payload.len();
                    return Some(Extension { id, payload });
                }
            }
        }
        None
    }

    /// The next extension of the repetition; `Ok(None)` when it is over, an error when it is malformed.
    fn repeated(&mut self, repeating: &mut Repeating<'a>) -> Result<Option<Extension<'a>>, Malformed> {
        while repeating.frame < self.frames {
            while let Some((&head, after)) =
                repeating.pattern.get(repeating.given..).and_then(<[u8]>::split_first)
            {
                repeating.given += 1 + Payload::of(head, after, 0).ok_or(Malformed)?.end();
                if head >> 1 == PADDING || head >> 1 == SEPARATOR {
                    // A separator that separates nothing.
                    continue;
                }
                let is_last = repeating.frame + 1 == self.frames && self.last_long == Some(repeating.given);
                let head = if is_last && repeating.last == Last::ToTheEnd { head & !1 } else { head };
                let rest = self.region.get(self.read..).ok_or(Malformed)?;
                let payload = Payload::of(head, rest, self.short_payloads).ok_or(Malformed)?;
                self.read += payload.end();
                let payload = payload.bytes(rest).ok_or(Malformed)?;
                return Ok(Some(Extension { id: head >> 1, payload }));
            }
            repeating.given = 0;
            repeating.frame += 1;
        }
        self.begin_region().ok_or(Malformed)?;
        if repeating.last == Last::ToTheEnd {
            self.frame += 1;
        }
        Ok(None)
    }
}

/// The padding ends within an extension.
#[derive(Clone, Copy, Debug)]
struct Malformed;

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Extension<'a>> {
        loop {
            if let Some(mut repeating) = self.repeating.take() {
                match self.repeated(&mut repeating) {
                    Ok(None) => {}
                    Ok(extension) => {
                        self.repeating = Some(repeating);
                        return extension;
                    }
                    Err(Malformed) => break,
                }
            }
            let own = self.own();
            if own.is_some() {
                return own;
            }
            if self.repeating.is_none() {
                break;
            }
        }
        // Whatever ended it, there is no more.
        self.frames = 0;
        None
    }
}

/// Where the payload of an extension lies behind its first byte.
#[derive(Clone, Copy, Debug)]
struct Payload {
    /// Bytes that say how long it is.
    lengths: usize,
    len: usize,
}

impl Payload {
    /// Of the extension that begins with `head`, when `rest` follows; one that reaches to the end leaves `spare` bytes.
    fn of(head: u8, rest: &[u8], spare: usize) -> Option<Self> {
        let (id, flag) = (head >> 1, usize::from(head & 1));
        let payload = match (id, flag) {
            (REPEAT, _) | (PADDING, 1) => Self { lengths: 0, len: 0 },
            (SEPARATOR..FIRST_LONG, _) => Self { lengths: 0, len: flag },
            (_, 0) => Self { lengths: 0, len: rest.len().checked_sub(spare)? },
            _ => {
                let full = rest.iter().take_while(|len| **len == 255).count();
                Self { lengths: full + 1, len: 255 * full + usize::from(*rest.get(full)?) }
            }
        };
        (payload.end() <= rest.len()).then_some(payload)
    }

    fn end(self) -> usize {
        self.lengths + self.len
    }

    fn bytes(self, rest: &[u8]) -> Option<&[u8]> {
        rest.get(self.lengths..self.end())
    }
}
