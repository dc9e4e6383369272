//! What a file's header repeats of a sequence parameter set (ITU-T H.264, 7.3.2.1.1).

use moim_media::VideoSize;

/// The format of pictures under a sequence parameter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PictureFormat {
    /// After cropping.
    pub(crate) size: VideoSize,
    /// 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub(crate) chroma: u8,
    /// 8 to 15.
    pub(crate) luma_bits: u8,
    /// 8 to 15.
    pub(crate) chroma_bits: u8,
    /// Whether the profile is one of those that tell chroma format and bit depth.
    pub(crate) high: bool,
}

/// Reads the NAL unit `sps`, its header byte included; `None` when it is not a valid one.
pub(crate) fn parse(sps: &[u8]) -> Option<PictureFormat> {
    let mut bits = Bits { bytes: sps.get(1..)?, zeros: 0, byte: 0, left: 0 };
    let profile = bits.take(8)?;
    bits.take(16)?; // constraints, level
    bits.exp_golomb()?; // id
    let high = matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244);
    let (mut chroma, mut luma_bits, mut chroma_bits) = (1, 8, 8);
    if high {
        chroma = bits.exp_golomb()?;
        if chroma == 3 {
            bits.take(1)?; // separate_colour_plane_flag
        }
        luma_bits = bits.exp_golomb()?.checked_add(8)?;
        chroma_bits = bits.exp_golomb()?.checked_add(8)?;
        bits.take(1)?; // qpprime_y_zero_transform_bypass_flag
        if bits.take(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.take(1)? == 1 {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.exp_golomb()?; // log2_max_frame_num_minus4
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?; // log2_max_pic_order_cnt_lsb_minus4
        }
        1 => {
            bits.take(1)?; // delta_pic_order_always_zero_flag
            bits.exp_golomb()?; // offset_for_non_ref_pic
            bits.exp_golomb()?; // offset_for_top_to_bottom_field
            for _ in 0..u8::try_from(bits.exp_golomb()?).ok()? {
                bits.exp_golomb()?; // offset_for_ref_frame
            }
        }
        _ => {}
    }
    bits.exp_golomb()?; // max_num_ref_frames
    bits.take(1)?; // gaps_in_frame_num_value_allowed_flag
    let columns = bits.exp_golomb()?.checked_add(1)?.checked_mul(16)?;
    let map_units = bits.exp_golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.take(1)?;
    let rows = map_units.checked_mul(2 - frames_only)?;
    if frames_only == 0 {
        bits.take(1)?; // mb_adaptive_frame_field_flag
    }
    bits.take(1)?; // direct_8x8_inference_flag
    let mut crop = [0; 4];
    if bits.take(1)? == 1 {
        for side in &mut crop {
            *side = bits.exp_golomb()?;
        }
    }
    let [left, right, top, bottom] = crop;
    let across = if matches!(chroma, 1 | 2) { 2 } else { 1 };
    let down = if chroma == 1 { 2 } else { 1 } * (2 - frames_only);
    let width = columns.checked_sub(left.checked_add(right)?.checked_mul(across)?)?;
    let height = rows.checked_sub(top.checked_add(bottom)?.checked_mul(down)?)?;
    let in_range = chroma <= 3 && luma_bits <= 15 && chroma_bits <= 15;
    let size = VideoSize::new(u16::try_from(width).ok()?, u16::try_from(height).ok()?)?;
    in_range.then_some(PictureFormat {
        size,
        chroma: chroma as u8,
        luma_bits: luma_bits as u8,
        chroma_bits: chroma_bits as u8,
        high,
    })
}

/// H.264, 7.3.2.1.1.1.
fn skip_scaling_list(bits: &mut Bits<'_>, entries: u32) -> Option<()> {
    let mut scale = 8_i32;
    for _ in 0..entries {
        let code = bits.exp_golomb()?;
        let delta = code.div_ceil(2) as i32 * if code % 2 == 1 { 1 } else { -1 };
        scale = scale.wrapping_add(delta) & 0xff;
        if scale == 0 {
            break;
        }
    }
    Some(())
}

/// Bits of a NAL unit, its emulation prevention bytes (7.4.1) left out.
struct Bits<'a> {
    bytes: &'a [u8],
    zeros: u32,
    byte: u8,
    left: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            let (mut byte, mut rest) = self.bytes.split_first()?;
            if self.zeros >= 2 && *byte == 3 {
                (byte, rest) = rest.split_first()?;
                self.zeros = 0;
            }
            self.zeros = if *byte == 0 { self.zeros + 1 } else { 0 };
            (self.byte, self.bytes, self.left) = (*byte, rest, 8);
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    /// Up to 32 bits, the first one highest.
    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    /// `ue(v)`, 9.1.
    fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some(((1_u32 << zeros) - 1).wrapping_add(self.take(zeros)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u16, height: u16) -> VideoSize {
        VideoSize::new(width, height).unwrap()
    }

    #[test]
    fn a_high_profile_set_with_cropping_and_emulation_prevention() {
        // 1920×1080, from the header of a DASH stream.
        let sps = [
            0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00,
            0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
        ];
        let format = parse(&sps).unwrap();
        assert_eq!(format.size, size(1_920, 1_080));
        assert_eq!((format.chroma, format.luma_bits, format.chroma_bits, format.high), (1, 8, 8, true));
    }

    #[test]
    fn a_baseline_set_tells_no_more_than_its_size() {
        // Constrained Baseline 3.1, order count type 2, one reference, 40×22.5 macroblocks cropped to 640×360.
        let sps = bits(
            "01100111 01000010 11000000 00011111 1 1 011 010 0 00000101000 000010111 1 1 1 1 1 1 00101 0 1",
        );
        let format = parse(&sps).unwrap();
        assert_eq!((format.size, format.high), (size(640, 360), false));
    }

    #[test]
    fn what_ends_early_is_no_set() {
        // As above, without the two bits behind the cropping: its last bit is the last of a byte.
        let sps =
            bits("01100111 01000010 11000000 00011111 1 1 011 010 0 00000101000 000010111 1 1 1 1 1 1 00101");
        assert!(parse(&sps).is_some());
        for end in 0..sps.len() {
            assert_eq!(parse(&sps[..end]), None, "{end}");
        }
    }

    fn bits(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(2)).collect();
        let byte =
            |byte: &[u32]| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | (bit << (7 - at)) as u8);
        digits.chunks(8).map(byte).collect()
    }
}
