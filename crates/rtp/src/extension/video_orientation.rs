//! How a picture is to be held: coordination of video orientation (3GPP TS 26.114, clause 7.4.5).

use super::{HeaderExtension, put};

/// Which way a camera looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Camera {
    /// At the user, or unknown.
    #[default]
    Front,
    /// Away from the user.
    Back,
}

/// Whether the picture was sent mirrored, left for right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flip {
    /// It was not, or nobody knows.
    #[default]
    None,
    /// It was.
    Horizontal,
}

/// How the receiver has to turn a picture before it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Not at all.
    #[default]
    Upright,
    /// By 90° clockwise: it was sent turned by 90° counter-clockwise.
    Clockwise90,
    /// By 180°.
    HalfTurn,
    /// By 270° clockwise: it was sent turned by 90° clockwise.
    Clockwise270,
}

impl Rotation {
    /// Degrees clockwise: 0, 90, 180 or 270.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        match self {
            Self::Upright => 0,
            Self::Clockwise90 => 90,
            Self::HalfTurn => 180,
            Self::Clockwise270 => 270,
        }
    }
}

/// How a picture was sent. It stays valid for the pictures after it, until the next one comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct VideoOrientation {
    /// Where it was taken.
    pub camera: Camera,
    /// Whether it is mirrored.
    pub flip: Flip,
    /// How it is to be turned.
    pub rotation: Rotation,
}

impl VideoOrientation {
    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 1] {
        let camera = match self.camera {
            Camera::Front => 0,
            Camera::Back => 8,
        };
        let flip = match self.flip {
            Flip::None => 0,
            Flip::Horizontal => 4,
        };
        let rotation = match self.rotation {
            Rotation::Upright => 0,
            Rotation::Clockwise90 => 1,
            Rotation::HalfTurn => 2,
            Rotation::Clockwise270 => 3,
        };
        [camera | flip | rotation]
    }
}

impl HeaderExtension<'_> for VideoOrientation {
    const URI: &'static str = "urn:3gpp:video-orientation";

    /// Ignores the four bits that mean nothing.
    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [byte] = *value else { return None };
        let rotation = match byte & 3 {
            0 => Rotation::Upright,
            1 => Rotation::Clockwise90,
            2 => Rotation::HalfTurn,
            _ => Rotation::Clockwise270,
        };
        Some(Self {
            camera: if byte & 8 == 0 { Camera::Front } else { Camera::Back },
            flip: if byte & 4 == 0 { Flip::None } else { Flip::Horizontal },
            rotation,
        })
    }

    #[inline]
    fn value_len(&self) -> usize {
        1
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camera_flip_and_rotation_are_the_low_four_bits() {
        let turned = VideoOrientation {
            camera: Camera::Back,
            flip: Flip::Horizontal,
            rotation: Rotation::Clockwise90,
        };
        assert_eq!((turned.to_bytes(), VideoOrientation::read(&[0x0d])), ([0x0d], Some(turned)));
        assert_eq!(VideoOrientation::read(&[0xf0]), Some(VideoOrientation::default()));
        assert!((0..16).all(|byte| VideoOrientation::read(&[byte]).unwrap().to_bytes() == [byte]));
        assert_eq!((VideoOrientation::read(&[]), VideoOrientation::read(&[0, 0])), (None, None));
        let degrees = [0, 1, 2, 3].map(|byte| VideoOrientation::read(&[byte]).unwrap().rotation.degrees());
        assert_eq!(degrees, [0, 90, 180, 270]);
    }
}
