use super::*;
use moim_media::FramePool;

/// Samples that break kernels: sums beyond a byte and beyond a signed byte, halves, what saturates too soon.
const EXTREMES: [(&str, [u8; 4], u8); 12] = [
    ("black", [0; 4], 0),
    ("white", [255; 4], 255),
    ("one of four", [0, 0, 0, 1], 0),
    ("half is rounded up", [0, 1, 0, 1], 1),
    ("three of four", [1, 1, 1, 0], 1),
    ("half below white", [255, 255, 254, 254], 255),
    ("quarter below white", [255, 255, 255, 254], 255),
    ("three quarters below white", [255, 254, 254, 254], 254),
    ("sign bit", [128; 4], 128),
    ("around the sign bit", [127, 128, 127, 128], 128),
    ("columns of black and white", [0, 255, 0, 255], 128),
    ("a corner of white", [255, 0, 0, 0], 64),
];

fn row(cpu: Cpu, upper: &[u8], lower: &[u8]) -> Vec<u8> {
    let mut to = vec![0x55; upper.len().div_ceil(2)];
    Halver::new(cpu).row(upper, lower, &mut to);
    to
}

/// Bytes without an order, in all their values.
fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn every_level_equals_scalar() {
    let (upper, lower) = (noise(600), noise(1_300).split_off(700));
    for cpu in Cpu::available() {
        // Any length, so any tail, at any alignment.
        for (start, len) in (0..64).flat_map(|start| (0..=300).map(move |len| (start, len))) {
            let (upper, lower) = (&upper[start..start + len], &lower[start..start + len]);
            assert_eq!(row(cpu, upper, lower), row(Cpu::Scalar, upper, lower), "{cpu}: {len} from {start}");
        }
    }
}

#[test]
fn means_are_exact_and_halves_are_rounded_up() {
    for cpu in Cpu::available() {
        for (name, [a, b, c, d], mean) in EXTREMES {
            // Two vectors of the widest level and a tail.
            let (upper, lower) = ([a, b].repeat(131), [c, d].repeat(131));
            assert_eq!(row(cpu, &upper, &lower), [mean; 131], "{name} at {cpu}");
        }
    }
}

#[test]
fn every_pair_of_values_is_averaged_alike_at_every_place_of_a_vector() {
    let left: Vec<u8> = (0..=255).flat_map(|a| [a; 256]).collect();
    let right: Vec<u8> = (0..256).flat_map(|_| 0..=255).collect();
    let pairs: Vec<u8> = left.iter().zip(&right).flat_map(|(&a, &b)| [a, b]).collect();
    for cpu in Cpu::available() {
        for shift in [0, 2, 62] {
            let halved = row(cpu, &pairs[shift..], &pairs[shift..]);
            let expected =
                left.iter().zip(&right).skip(shift / 2).map(|(&a, &b)| a.midpoint(b) + ((a ^ b) & 1));
            assert!(halved.into_iter().eq(expected), "{cpu}, shifted by {shift}");
        }
    }
}

#[test]
fn an_odd_side_averages_what_there_is() {
    let size = VideoSize::new(3, 3).expect("a size");
    let frame = FramePool::new(size, 1).write(|mut frame| {
        for mut plane in frame.planes() {
            for (row, values) in plane.rows().zip([[10, 20, 30], [40, 50, 61], [70, 81, 90]]) {
                row.copy_from_slice(&values[..row.len()]);
            }
        }
    });
    let frame = frame.expect("a free frame");
    for cpu in Cpu::available() {
        let halver = Halver::new(cpu);
        let halved = FramePool::new(Halver::size(size), 1).write(|mut to| halver.picture(&frame, &mut to));
        let planes = halved.as_ref().expect("a free frame").planes();
        let rows = planes.map(|plane| plane.rows().map(<[u8]>::to_vec).collect::<Vec<_>>());
        assert_eq!(rows[0], [[30, 46], [76, 90]], "luma at {cpu}");
        assert_eq!(rows[1], [[30]], "chroma at {cpu}");
        assert_eq!(rows[2], [[30]], "chroma at {cpu}");
    }
}

#[test]
fn padding_is_neither_read_nor_written() {
    let size = VideoSize::new(70, 5).expect("a size");
    let frame = FramePool::new(size, 1).write(|mut frame| {
        for mut plane in frame.planes() {
            plane.data().fill(255);
            plane.rows().for_each(|row| row.fill(7));
        }
    });
    let frame = frame.expect("a free frame");
    for cpu in Cpu::available() {
        let halved = FramePool::new(Halver::size(size), 1).write(|mut to| {
            to.planes().iter_mut().for_each(|plane| plane.data().fill(99));
            Halver::new(cpu).picture(&frame, &mut to);
        });
        for plane in halved.expect("a free frame").planes() {
            assert!(plane.rows().flatten().all(|&sample| sample == 7), "{cpu}");
            let padding = plane.data().chunks(plane.stride()).flat_map(|row| &row[plane.size().width()..]);
            assert!(padding.copied().all(|sample| sample == 99), "{cpu}");
        }
    }
}

#[test]
fn the_smallest_picture_and_the_largest_have_a_half() {
    let size = |width, height| VideoSize::new(width, height).expect("a size");
    assert_eq!(Halver::size(size(1, 1)), size(1, 1));
    assert_eq!(Halver::size(size(u16::MAX, u16::MAX)), size(32_768, 32_768));
    assert_eq!(Halver::size(size(1_280, 720)), size(640, 360));
}

#[test]
#[should_panic(expected = "half of its length")]
fn lengths_are_checked() {
    Halver::new(Cpu::detect()).row(&[0; 9], &[0; 9], &mut [0; 4]);
}

#[test]
#[should_panic(expected = "of one plane")]
fn rows_are_checked() {
    Halver::new(Cpu::detect()).row(&[0; 8], &[0; 10], &mut [0; 4]);
}
