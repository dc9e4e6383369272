#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a test may panic")]

use super::*;

fn noise(seed: u32) -> impl FnMut() -> u8 {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    }
}

/// Our reading of `bytes` against libopus's own.
fn agrees(bytes: &[u8]) {
    let ours = Packet::parse(bytes);
    let Ok(theirs) = opus::packet::parse(bytes) else {
        assert_eq!(ours, Err(CodecError::Corrupt), "{bytes:?}");
        return;
    };
    let ours = ours.unwrap_or_else(|_| panic!("libopus takes {bytes:?}"));
    assert_eq!(ours.frames(), theirs.frames.len());
    assert_eq!(ours.first, theirs.frames[0]);
    assert_eq!(ours.longest, theirs.frames.iter().map(|frame| frame.len()).max().unwrap());
    let samples = |duration: Duration| duration.as_micros() as usize * 48 / 1_000;
    assert_eq!(samples(ours.frame_duration()), opus::packet::get_samples_per_frame(bytes, 48_000).unwrap());
    assert_eq!(samples(ours.duration()), opus::packet::get_nb_samples(bytes, 48_000).unwrap());
    let channels = opus::packet::get_nb_channels(bytes).unwrap() as usize;
    assert_eq!(ours.channels(), channels);
    assert_eq!(ours.bandwidth().number(), opus::packet::get_bandwidth(bytes).unwrap() as i32);
}

#[test]
fn every_short_packet_reads_as_libopus_reads_it() {
    agrees(&[]);
    for toc in 0..=255 {
        agrees(&[toc]);
        for second in 0..=255 {
            for tail in
                [&[][..], &[0], &[1], &[255, 1], &[1, 7, 8], &[0, 0, 0, 0], &[3, 252, 9, 1, 2, 3, 4, 5]]
            {
                agrees(&[&[toc, second], tail].concat());
            }
        }
    }
}

#[test]
fn long_noise_reads_as_libopus_reads_it() {
    for seed in 0..4_000 {
        let mut byte = noise(seed);
        let len = usize::from(byte()) * usize::from(byte() % 12);
        let mut packet: Vec<u8> = (0..=len).map(|_| byte()).collect();
        if seed % 2 == 0 {
            packet[0] |= 3;
        }
        agrees(&packet);
    }
}

#[test]
fn frames_of_at_most_one_byte_are_silence_padded_or_not() {
    let silent = |bytes: &[u8]| Packet::parse(bytes).unwrap().is_silent();
    assert!(silent(&[0b0100_1000]));
    assert!(silent(&[0b0100_1000, 0x80]));
    assert!(silent(&[0b0100_1011, 3]));
    assert!(silent(&[0b0100_1011, 0x41, 4, 0, 0, 0, 0]));
    assert!(!silent(&[0b0100_1000, 1, 2]));
}

#[test]
fn the_fec_flag_follows_one_voice_flag_per_20_ms_and_channel() {
    let fec = |toc: u8, header: u8| Packet::parse(&[toc, header, 0, 0]).unwrap().fec().as_millis();
    let (mono_20, mono_40, mono_60) = (0b0100_1000, 0b0101_0000, 0b0101_1000);
    assert_eq!(fec(mono_20, 0b0100_0000), 20);
    assert_eq!(fec(mono_20, 0b1011_1111), 0);
    assert_eq!(fec(mono_40, 0b0010_0000), 40);
    assert_eq!(fec(mono_40, 0b1101_1111), 0);
    assert_eq!(fec(mono_60, 0b0001_0000), 60);
    assert_eq!(fec(mono_60, 0b1110_1111), 0);
    let stereo = 4;
    assert_eq!(fec(mono_20 | stereo, 0b0001_0000), 20);
    assert_eq!(fec(mono_40 | stereo, 0b0000_0100), 40);
    assert_eq!(fec(mono_60 | stereo, 0b0000_0001), 60);
    assert_eq!(fec(mono_60 | stereo, 0b1110_1110), 0);
    let celt_20 = 0b1111_1000;
    assert_eq!(fec(celt_20, 0xff), 0);
}

/// Two empty frames and this padding.
fn padded(padding: &[u8]) -> Vec<u8> {
    let celt_20 = 0b1111_1000;
    let len = u8::try_from(padding.len()).expect("a short padding");
    [&[celt_20 | 3, 0x42, len], padding].concat()
}

#[test]
fn dred_is_found_among_other_extensions() {
    let has_dred = |padding: &[u8]| Packet::parse(&padded(padding)).unwrap().has_dred();
    let (long, short) = (126 << 1, 126 << 1 | 1);
    assert!(has_dred(&[long, b'D', 12, 7]));
    assert!(has_dred(&[short, 3, b'D', 12, 7]));
    assert!(has_dred(&[1, 1, 3 << 1 | 1, 9, 32 << 1 | 1, 2, 8, 8, short, 3, b'D', 12, 7, 4 << 1]));
    assert!(has_dred(&[2, long, b'D', 12, 7]), "in the second frame");
    assert!(has_dred(&[short, 0, 2 << 1, b'D', 12, 7]), "repeated for the second frame");
    assert!(
        has_dred(&[short, 0, 3 << 1 | 1, 9, 2 << 1, b'D', 12, 7, 9]),
        "and short of what is repeated after it"
    );
}

#[test]
fn what_is_not_quite_dred_is_none() {
    let has_dred = |padding: &[u8]| Packet::parse(&padded(padding)).unwrap().has_dred();
    let (long, short) = (126 << 1, 126 << 1 | 1);
    for padding in [
        &[][..],
        &[0, 0, 0, 0],
        &[long, b'D', 12],
        &[long, b'D', 11, 7],
        &[long, b'd', 12, 7],
        &[short, 4, b'D', 12, 7],
        &[125 << 1, b'D', 12, 7],
        &[0, long, b'D', 12, 7],
        &[2, 2, long, b'D', 12, 7],
        &[3, 2, long, b'D', 12, 7],
        &[short, 0, 3 << 1 | 1, 9, 2 << 1, b'D', 12, 9],
        &[short, 0, 2 << 1 | 1, b'D', 12, 7],
    ] {
        assert!(!has_dred(padding), "{padding:?}");
    }
    let unpadded = [0b1111_1000, long, b'D', 12, 7];
    assert!(!Packet::parse(&unpadded).unwrap().has_dred());
}
