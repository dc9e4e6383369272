//! Samples that break kernels, by name; every kernel's oracle test goes through them.

/// One step of 16-bit sound.
const STEP: f32 = 1.0 / 32_768.0;

/// Name and value.
pub(crate) const EXTREMES: [(&str, f32); 31] = [
    ("zero", 0.0),
    ("negative zero", -0.0),
    ("one", 1.0),
    ("minus one", -1.0),
    ("below one", 1.0 - f32::EPSILON / 2.0),
    ("above one", 1.0 + f32::EPSILON),
    ("NaN", f32::NAN),
    ("negative NaN", -f32::NAN),
    ("signalling NaN", f32::from_bits(0x7f80_0001)),
    ("infinity", f32::INFINITY),
    ("minus infinity", f32::NEG_INFINITY),
    ("largest", f32::MAX),
    ("smallest", f32::MIN),
    ("smallest normal", f32::MIN_POSITIVE),
    ("largest denormal", f32::from_bits(0x007f_ffff)),
    ("smallest denormal", f32::from_bits(1)),
    ("negative denormal", -f32::from_bits(1)),
    ("headroom", crate::HEADROOM),
    ("minus headroom", -crate::HEADROOM),
    ("as i32 positive", 65_536.0),
    ("as i32 negative", -65_536.0),
    ("tie to zero", 0.5 * STEP),
    ("negative tie to zero", -0.5 * STEP),
    ("above the tie", 0.500_000_1 * STEP),
    ("tie to two", 1.5 * STEP),
    ("negative tie to two", -1.5 * STEP),
    ("tie down to two", 2.5 * STEP),
    ("largest i16", 32_767.0 * STEP),
    ("tie beyond the largest i16", 32_767.5 * STEP),
    ("tie at the smallest i16", -32_768.5 * STEP),
    ("an ordinary sample", 0.123_456_78),
];
