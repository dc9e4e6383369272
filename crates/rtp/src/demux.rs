//! RTP and RTCP on one port (RFC 5761, section 4).

/// Whether a datagram of a media port is RTCP rather than RTP.
///
/// Decided by the second byte alone: RTCP packet types are 192 … 223, which as RTP would be the payload types
/// 64 … 95 with a marker. Signalling must therefore not hand those out: dynamic payload types are 96 … 127, and when
/// they do not suffice those of 0 … 63 that are not assigned, 35 … 63 first. A datagram that is neither, such as
/// STUN or DTLS (RFC 7983), is not RTCP.
#[must_use]
#[inline]
pub const fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [0x80..=0xbf, 192..=223, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_told_from_media_and_from_other_protocols() {
        assert!(is_rtcp(&[0x80, 200, 0, 6]));
        assert!(is_rtcp(&[0xa1, 223, 0, 0]));
        assert!(is_rtcp(&[0x80, 192, 0, 0]));
        assert!(!is_rtcp(&[0x80, 63 | 0x80, 0, 0]), "the last payload type below those to avoid");
        assert!(!is_rtcp(&[0x80, 96 | 0x80, 0, 6]), "Opus with a marker");
        assert!(!is_rtcp(&[0x80, 111]));
        assert!(!is_rtcp(&[0x16, 200]), "DTLS");
        assert!(!is_rtcp(&[0x80]));
        assert!(!is_rtcp(&[]));
    }
}
