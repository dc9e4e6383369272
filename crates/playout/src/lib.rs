//! Gapless sound from late, lost and repeated packets.
