//! Once a stream runs, neither side allocates anything of ours. (What OpenH264 allocates is not seen here.)

mod picture;

use moim_h264::EncoderConfig;
use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use moim_testkit::alloc::{Allocations, Counting};
use picture::{decoder, encoder, pool, scene, size, time};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_second_of_pictures_is_enough_for_all_that_is_ever_allocated() {
    // Odd, so that the encoder needs a plane of its own.
    let sent = size(319, 179);
    let pictures: Vec<_> = (0..60).map(|number| scene(sent, number)).collect();
    let mut encoder = encoder(EncoderConfig { max_slice_bytes: Some(1_100), ..Default::default() });
    let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
    let mut unit = Vec::with_capacity(100_000);
    let mut run = |range: core::ops::Range<usize>| {
        let mut shown = 0;
        for number in range {
            unit.clear();
            let kind = if number % 20 == 0 { FrameKind::Key } else { FrameKind::Delta };
            encoder.set_bitrate(300_000 + number as u32 * 1_000).unwrap();
            encoder.encode(&pictures[number % 60], time(number), kind, &mut unit).unwrap();
            if unit.is_empty() {
                continue;
            }
            if number % 50 == 49 {
                // Lost, damaged and mended.
                decoder.decode(VideoInput::Lost, &mut pool).unwrap();
                continue;
            }
            let output = decoder.decode(VideoInput::AccessUnit(&unit), &mut pool).unwrap();
            shown += usize::from(matches!(output, VideoOutput::Frame(_)));
        }
        shown
    };
    assert!(run(0..60) > 40);
    let mut shown = 0;
    assert_eq!(Counting::count(|| shown = run(60..360)), Allocations::default());
    assert!(shown > 200, "{shown}");
}
