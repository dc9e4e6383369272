//! Rewriting a packet where it lies: what a forwarder does to each one.

use crate::packet::{FIXED_HEADER, MARKER_BIT};
use crate::{
    Extension, ExtensionForm, ExtensionId, Extensions, Header, HeaderExtension, Packet, ParseError,
    PayloadType, Ssrc,
};
use moim_media::{Seq, Timestamp};

mod id_map;

pub use id_map::IdMap;

/// What became of a header extension's new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Patched {
    /// It replaces the old one.
    Written,
    /// The packet has no such element: it is as it was.
    Absent,
    /// The old value and the padding behind it are shorter, or the element's form cannot carry the new one, as the
    /// one-byte form an empty value: the packet is as it was.
    NoRoom,
}

/// A packet whose fields can be rewritten in place. Its length and layout stay.
#[derive(Debug)]
pub struct PacketMut<'a> {
    fixed: &'a mut [u8; FIXED_HEADER],
    profile: u16,
    extension: &'a mut [u8],
    payload: &'a mut [u8],
}

impl<'a> PacketMut<'a> {
    /// Checks `bytes` as [`Packet::parse`] does.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the bytes are no RTP packet of version 2.
    #[inline]
    pub fn parse(bytes: &'a mut [u8]) -> Result<Self, ParseError> {
        let packet = Packet::parse(bytes)?;
        let actual = bytes.len();
        let (profile, extension) = (packet.extension_profile(), packet.extension_block().len());
        let (header, payload) = (packet.header_len(), packet.payload().len());
        let (head, behind) = bytes.split_at_mut(header);
        let (head, extension) = head.split_at_mut(header - extension);
        let Some((fixed, _)) = head.split_first_chunk_mut() else {
            return Err(ParseError::Truncated { needed: FIXED_HEADER, actual });
        };
        let (payload, _) = behind.split_at_mut(payload);
        // 0 is no profile of RFC 8285: no elements.
        Ok(Self { fixed, profile: profile.unwrap_or(0), extension, payload })
    }

    /// Renumbers the packet.
    #[inline]
    pub const fn set_seq(&mut self, seq: Seq) {
        [self.fixed[2], self.fixed[3]] = seq.0.to_be_bytes();
    }

    /// Moves the packet in its stream's time.
    #[inline]
    pub const fn set_timestamp(&mut self, timestamp: Timestamp) {
        [self.fixed[4], self.fixed[5], self.fixed[6], self.fixed[7]] = timestamp.0.to_be_bytes();
    }

    /// Moves the packet to another stream.
    #[inline]
    pub const fn set_ssrc(&mut self, ssrc: Ssrc) {
        [self.fixed[8], self.fixed[9], self.fixed[10], self.fixed[11]] = ssrc.0.to_be_bytes();
    }

    /// Renames the payload's format.
    #[inline]
    pub const fn set_payload_type(&mut self, payload_type: PayloadType) {
        self.fixed[1] = (self.fixed[1] & MARKER_BIT) | payload_type.get();
    }

    /// Sets the marker.
    #[inline]
    pub const fn mark(&mut self) {
        self.fixed[1] |= MARKER_BIT;
    }

    /// Clears the marker.
    #[inline]
    pub const fn unmark(&mut self) {
        self.fixed[1] &= !MARKER_BIT;
    }

    /// Rewrites everything that every packet has.
    #[inline]
    pub const fn set_header(&mut self, header: Header) {
        self.fixed[1] = header.payload_type.get();
        if header.marker {
            self.mark();
        }
        self.set_seq(header.seq);
        self.set_timestamp(header.timestamp);
        self.set_ssrc(header.ssrc);
    }

    /// The value of the first extension element `id`, to be overwritten; it keeps its length.
    #[must_use]
    #[inline]
    pub fn extension_mut(&mut self, id: ExtensionId) -> Option<&mut [u8]> {
        let mut elements = Extensions::new(self.profile, self.extension);
        let len = elements.find(|element| element.id == id)?.data.len();
        let end = self.extension.len() - elements.remainder().len();
        self.extension.get_mut(end - len..end)
    }

    /// Replaces the value of the first extension element `id`.
    ///
    /// One of another length is replaced, too, as long as nothing behind it has to move: a shorter value leaves
    /// padding, a longer one uses up padding that follows.
    #[inline]
    pub fn patch_extension(&mut self, id: ExtensionId, value: &[u8]) -> Patched {
        self.patch_with(id, value.len(), |place| place.copy_from_slice(value))
    }

    /// Replaces the first extension element `id` by `value`, as [`patch_extension`](Self::patch_extension) does.
    #[inline]
    pub fn patch<'v, E: HeaderExtension<'v>>(&mut self, id: ExtensionId, value: &E) -> Patched {
        self.patch_with(id, value.value_len(), |place| {
            value.write(place);
        })
    }

    /// Renames every extension element as `map` says and leaves out, as padding, those it does not name.
    ///
    /// Bytes behind the last element that can be read are cleared as well. An extension that is not of RFC 8285 has
    /// no elements, and stays as it is.
    #[inline]
    pub fn remap_extensions(&mut self, map: &IdMap) {
        if let Some(form) = ExtensionForm::of_profile(self.profile) {
            map.apply(form, self.extension);
        }
    }

    #[inline]
    fn patch_with(&mut self, id: ExtensionId, len: usize, write: impl FnOnce(&mut [u8])) -> Patched {
        let mut elements = Extensions::new(self.profile, self.extension);
        let Some(Extension { data, .. }) = elements.find(|element| element.id == id) else {
            return Patched::Absent;
        };
        let (old, behind) = (data.len(), elements.remainder());
        let start = self.extension.len() - behind.len() - old;
        if len != old {
            let room = old + behind.iter().take_while(|&&byte| byte == 0).count();
            let head = ExtensionForm::of_profile(self.profile).and_then(|form| form.len_byte(id, len));
            let Some(head) = head.filter(|_| len <= room) else { return Patched::NoRoom };
            if let Some([place, element @ ..]) = self.extension.get_mut(start - 1..start + old.max(len)) {
                *place = head;
                element.fill(0);
            }
        }
        if let Some(place) = self.extension.get_mut(start..start + len) {
            write(place);
        }
        Patched::Written
    }

    /// The payload, without padding.
    #[must_use]
    #[inline]
    pub const fn payload_mut(&mut self) -> &mut [u8] {
        self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::Mid;

    /// One contributing source, one-byte extensions 1 (one byte) and 2 (two bytes), payload 9 9, padding 2.
    const PACKET: [u8; 32] = [
        0xb1, 0xe0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0xbe, 0xde, 0, 2, 0x10, 7, 0x21, 8, 8, 0, 0, 0,
        9, 9, 0, 2,
    ];

    #[test]
    fn each_setter_changes_its_field_alone() {
        let mut bytes = PACKET;
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        packet.set_seq(Seq(0xabcd));
        packet.set_timestamp(Timestamp(0x0102_0304));
        packet.set_ssrc(Ssrc(0x0506_0708));
        packet.set_payload_type(PayloadType::new(111).unwrap());
        packet.extension_mut(ExtensionId::new(2).unwrap()).unwrap().copy_from_slice(&[0x11, 0x22]);
        packet.payload_mut().fill(0x33);
        let mut expected = PACKET;
        expected[1] = 0x80 | 111;
        expected[2..12].copy_from_slice(&[0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8]);
        expected[23..25].copy_from_slice(&[0x11, 0x22]);
        expected[28..30].fill(0x33);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn the_marker_is_apart_from_the_payload_type() {
        let mut bytes = PACKET;
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        packet.unmark();
        packet.set_payload_type(PayloadType::new(127).unwrap());
        assert_eq!(bytes[1], 127);
        PacketMut::parse(&mut bytes).unwrap().mark();
        assert_eq!(bytes[1], 0xff);
    }

    #[test]
    fn a_header_copied_to_another_packet_is_read_back() {
        let header = Packet::parse(&PACKET).unwrap().header();
        let mut bytes = [0x80, 5, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
        PacketMut::parse(&mut bytes).unwrap().set_header(header);
        assert_eq!(Packet::parse(&bytes).unwrap().header(), header);
    }

    #[test]
    fn an_absent_extension_is_none() {
        let mut bytes = PACKET;
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        assert!(packet.extension_mut(ExtensionId::new(3).unwrap()).is_none());
        let mut plain = [0x80; 12];
        assert!(PacketMut::parse(&mut plain).unwrap().extension_mut(ExtensionId::new(1).unwrap()).is_none());
    }

    #[test]
    fn a_value_may_change_its_length_while_nothing_else_moves() {
        let mut bytes = PACKET;
        let (one, two) = (ExtensionId::new(1).unwrap(), ExtensionId::new(2).unwrap());
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        assert_eq!(packet.patch_extension(one, &[1, 2]), Patched::NoRoom);
        assert_eq!(packet.patch_extension(two, &[]), Patched::NoRoom);
        assert_eq!(packet.patch_extension(two, &[1; 6]), Patched::NoRoom);
        assert_eq!(bytes, PACKET);
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        assert_eq!(packet.patch(two, &Mid::new("7").unwrap()), Patched::Written);
        assert_eq!(bytes[20..28], [0x10, 7, 0x20, b'7', 0, 0, 0, 0]);
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        assert_eq!(packet.patch(two, &Mid::new("seven").unwrap()), Patched::Written);
        assert_eq!(bytes[20..28], [0x10, 7, 0x24, b's', b'e', b'v', b'e', b'n']);
        assert_eq!(bytes[28..], PACKET[28..]);
    }

    #[test]
    fn an_empty_value_is_for_the_two_byte_form() {
        let mut bytes = [0; 20];
        bytes[0] = 0x90;
        bytes[12..].copy_from_slice(&[0x10, 0, 0, 1, 9, 1, 5, 0]);
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        assert_eq!(packet.patch_extension(ExtensionId::new(9).unwrap(), &[]), Patched::Written);
        assert_eq!(bytes[16..], [9, 0, 0, 0]);
    }

    #[test]
    fn extensions_are_renamed_and_nothing_else() {
        let id = |number| ExtensionId::new(number).unwrap();
        let map = IdMap::from_iter([(id(1), id(5))]);
        let mut bytes = PACKET;
        PacketMut::parse(&mut bytes).unwrap().remap_extensions(&map);
        let mut expected = PACKET;
        expected[20..28].copy_from_slice(&[0x50, 7, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes, expected);
        let mut foreign = PACKET;
        foreign[16] = 0xab;
        let before = foreign;
        PacketMut::parse(&mut foreign).unwrap().remap_extensions(&map);
        assert_eq!(foreign, before);
    }
}
