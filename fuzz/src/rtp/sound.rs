//! Sound that travels whole, and comfort noise.

use super::{header, packet};
use bytes::Bytes;
use moim_rtp::payload::comfort_noise::{self, ComfortNoise, NoiseLevel, Reflection};
use moim_rtp::payload::g711::{self, G711Depayloader, G711Payloader};
use moim_rtp::payload::g722::{Amount, G722Depayloader, G722Payloader};
use moim_rtp::payload::{Depayloader, Extent, PayloadError, Payloader};
use rtp::codecs::g7xx::G7xxPayloader;
use rtp::packetizer::Payloader as _;

/// A unit of G.711 and G.722 comes back as it was sent, in the one payload that webrtc-rs makes of it too.
pub fn sound(data: &[u8]) {
    let Some((&limit, unit)) = data.split_first() else { return };
    let limit = usize::from(limit) * 4;
    let theirs =
        G7xxPayloader.payload(limit, &Bytes::copy_from_slice(unit)).expect("webrtc-rs splits anything");
    for marker in [true, false] {
        let (mut pcm, mut wide) = (G711Payloader::new(), G722Payloader::new());
        let formats: [(&mut dyn Payloader, &mut dyn Depayloader); 2] =
            [(&mut pcm, &mut G711Depayloader), (&mut wide, &mut G722Depayloader)];
        for (payloader, depayloader) in formats {
            if !marker {
                payloader.packetize(b"before", 6, &mut |_| ()).expect("it fits");
            }
            let mut payloads = Vec::new();
            let sent =
                payloader.packetize(unit, limit, &mut |it| payloads.push((it.body.to_vec(), it.marker)));
            match sent {
                Err(PayloadError::Empty) => assert!(unit.is_empty()),
                Err(error) => {
                    assert_eq!(error, PayloadError::TooLong { needed: unit.len(), limit });
                    assert!(unit.len() > limit && theirs.len() != 1);
                }
                Ok(()) => {
                    assert_eq!(payloads, [(theirs[0].to_vec(), marker)]);
                    let mut bytes = Vec::new();
                    let mut back = Vec::new();
                    let packet = packet(&mut bytes, header(0, 1, 1), &payloads[0].0);
                    let extent = depayloader.depacketize(&packet, &mut |piece| back.extend(piece.body));
                    assert_eq!((extent, &back[..]), (Ok(Extent::WHOLE), unit));
                }
            }
        }
    }
    let amount = Amount::of_payload(unit);
    assert_eq!(amount.duration(), g711::duration(unit));
    assert_eq!(Amount::of_samples(amount.samples()), amount);
    assert_eq!(Amount::of_duration(amount.duration()), amount);
}

/// A noise that is read is written the same, and its coefficients survive being numbers.
pub fn noise(data: &[u8]) {
    let Some(noise) = ComfortNoise::parse(data) else { return assert!(data.is_empty()) };
    let reflections: Vec<_> = noise.reflections().collect();
    let order = data[1..].iter().position(|&index| index == 255).unwrap_or(data.len() - 1);
    assert_eq!(reflections.len(), order);
    let numbers = reflections.iter().map(|reflection| reflection.coefficient());
    for (reflection, number) in reflections.iter().zip(numbers.clone()) {
        // RFC 3389, section 3.2.
        let expected = 258.0 * (f64::from(reflection.get()) - 127.0) / 32_768.0;
        assert!((f64::from(number) - expected).abs() < 1e-6 && number.abs() < 1.0);
    }
    let numbers: Vec<_> = numbers.map(Reflection::nearest).collect();
    let mut again = vec![0; data.len()];
    let len = comfort_noise::write(noise.level(), &numbers, &mut again).expect("it is no longer");
    assert_eq!((again[0], &again[1..len]), (data[0] & 0x7f, &data[1..=order]));
    assert_eq!(NoiseLevel::new(again[0]), Some(noise.level()));

    if let Some(&bytes) = data.first_chunk() {
        let coefficient = f32::from_le_bytes(bytes);
        let error = (Reflection::nearest(coefficient).coefficient() - coefficient).abs();
        let half = 129.0 / 32_768.0;
        assert!(coefficient.is_nan() || coefficient.abs() > 1.0 || error < half + 1e-6);
    }
}
