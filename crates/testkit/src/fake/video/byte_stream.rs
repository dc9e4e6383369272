//! NAL units in a byte stream (ITU-T H.264, annex B).

use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind};

/// Goes before every NAL unit; the longer of the two forms.
pub(super) const START_CODE: [u8; 4] = [0, 0, 0, 1];

const FORBIDDEN: u8 = 0x80;
const REF_IDC: u8 = 0x60;
const TYPE: u8 = 0x1f;

/// A NAL unit, its header included (clause 7.3.1).
#[derive(Clone, Copy, Debug)]
pub(super) enum Nal<'a> {
    /// A sequence parameter set.
    Sequence(&'a [u8]),
    /// A picture parameter set.
    Picture(&'a [u8]),
    /// A coded slice, of an IDR picture or of another one.
    Slice(&'a [u8]),
    /// What a decoder may ignore: delimiters, supplemental information.
    Other,
}

/// The NAL units of `access_unit`, without the zeros between them.
pub(super) fn nals(access_unit: &[u8]) -> impl Iterator<Item = Result<Nal<'_>, CodecError>> {
    let begin = start_code(access_unit);
    let leading = &access_unit[..begin.unwrap_or(access_unit.len())];
    let torn = leading.iter().any(|&byte| byte != 0).then_some(Err(CodecError::Corrupt));
    let mut rest = begin.map(|begin| &access_unit[begin + 3..]);
    let units = core::iter::from_fn(move || {
        let bytes = rest?;
        let end = start_code(bytes);
        rest = end.map(|end| &bytes[end + 3..]);
        let mut nal = &bytes[..end.unwrap_or(bytes.len())];
        while let [before @ .., 0] = nal {
            nal = before;
        }
        Some(parse(nal))
    });
    torn.into_iter().chain(units)
}

/// The slices of `access_unit`, all of one kind.
pub(super) fn slices(access_unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    nals(access_unit).filter_map(|nal| match nal {
        Ok(Nal::Slice(slice)) => Some(slice),
        _ => None,
    })
}

/// What the headers of the NAL units tell.
pub(super) fn inspect(access_unit: &[u8]) -> Result<AccessUnitInfo, CodecError> {
    let (mut header, mut sequence, mut picture) = (None, false, false);
    for nal in nals(access_unit) {
        match nal? {
            Nal::Sequence(_) => sequence = true,
            Nal::Picture(_) => picture = true,
            Nal::Slice(slice) => {
                if header.is_some_and(|header| header != slice[0]) {
                    return Err(CodecError::Corrupt);
                }
                header = Some(slice[0]);
            }
            Nal::Other => {}
        }
    }
    let header = header.ok_or(CodecError::Corrupt)?;
    let kind = if header & TYPE == 5 { FrameKind::Key } else { FrameKind::Delta };
    let disposable = header & REF_IDC == 0;
    if disposable && kind == FrameKind::Key {
        return Err(CodecError::Corrupt);
    }
    Ok(AccessUnitInfo { kind, disposable, has_headers: sequence && picture })
}

/// The header of a slice.
pub(super) fn slice_header(kind: FrameKind, disposable: bool) -> u8 {
    match (kind, disposable) {
        (FrameKind::Key, _) => 0x65,
        (FrameKind::Delta, false) => 0x41,
        (FrameKind::Delta, true) => 0x01,
    }
}

fn parse(nal: &[u8]) -> Result<Nal<'_>, CodecError> {
    let &[header, _, ..] = nal else { return Err(CodecError::Corrupt) };
    if header & FORBIDDEN != 0 {
        return Err(CodecError::Corrupt);
    }
    match header & TYPE {
        1 | 5 => Ok(Nal::Slice(nal)),
        7 => Ok(Nal::Sequence(nal)),
        8 => Ok(Nal::Picture(nal)),
        6 | 9..=12 => Ok(Nal::Other),
        _ => Err(CodecError::Corrupt),
    }
}

fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|window| window == [0, 0, 1])
}
