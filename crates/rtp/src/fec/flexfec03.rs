//! FlexFEC as browsers speak it: the third draft of what became RFC 8627 (draft-ietf-payload-flexible-fec-scheme-03).
//!
//! It differs in the header: sources are named in it, and the bits that continue a mask mean the opposite. The
//! patterns are those of the RFC, but a mask ends one packet earlier. libwebrtc understands masks over one source only.

pub use super::flexfec::{Parameters, ProtectionType};

use super::flexfec::{FIXED_BLOCK, Form, RETRANSMISSION, Repair, SOURCES, Sources, head, write_pattern};
use super::header::{Continuation, Reader, Sink};
use super::{HeaderError, Protected, Recovery, RepairError};
use crate::{Packet, Ssrc};

/// The name in `a=rtpmap`; its clock rate is that of video, 90 kHz.
pub const ENCODING_NAME: &str = "flexfec-03";
/// How many packets a mask reaches.
pub const PACKETS: u16 = 109;

/// Reads a packet of a repair stream (section 4.2).
///
/// # Errors
///
/// [`RepairError`] when it is no sum of packets; retransmissions are not read, nobody sends them.
pub fn read<'a>(packet: &Packet<'a>) -> Result<Repair<'a>, RepairError> {
    let mut reader = Reader::new(packet.payload());
    let [flags, kind, l0, l1, t0, t1, t2, t3, count, _, _, _] = reader.array()?;
    if flags & RETRANSMISSION != 0 {
        return Err(RepairError::Undefined { flags: flags & (RETRANSMISSION | FIXED_BLOCK) });
    }
    if !(1..=SOURCES).contains(&usize::from(count)) {
        return Err(RepairError::Sources { count });
    }
    let recovery = Recovery::of_bytes([flags, kind, l0, l1, t0, t1, t2, t3]);
    let form = if flags & FIXED_BLOCK == 0 { Form::Masks(Continuation::Clear) } else { Form::Blocks };
    let fields = reader.rest();
    for _ in 0..count {
        let source = Ssrc(u32::from_be_bytes(reader.array()?));
        form.read(source, &mut reader)?;
    }
    Ok(Repair::new(recovery, Sources::Within(count, form, fields), reader.rest()))
}

/// Writes the header of a repair packet into the beginning of `into` and returns its length.
///
/// # Errors
///
/// [`HeaderError`] when there are not 1 to 15 sources, their patterns are of both kinds or reach too far, or the
/// header does not fit.
pub fn write_header(
    recovery: Recovery,
    protected: &[Protected],
    into: &mut [u8],
) -> Result<usize, HeaderError> {
    let mut sink = Sink::new(into);
    sink.put(&head(recovery, protected)?);
    let count = protected.len();
    sink.put(&[u8::try_from(count).map_err(|_| HeaderError::Sources { count })?, 0, 0, 0]);
    for source in protected {
        sink.put(&source.source.0.to_be_bytes());
        write_pattern(source, Continuation::Clear, &mut sink)?;
    }
    sink.finish()
}
