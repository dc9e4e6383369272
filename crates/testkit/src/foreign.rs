//! Foreign programs that tests speak with.

use crate::skip;
use std::process::{Command, Stdio};

/// Whether ffmpeg is installed and has these encoders; where not, the calling test is skipped ([`skip`]).
#[track_caller]
#[must_use]
pub fn has_ffmpeg(encoders: &[&str]) -> bool {
    let listed = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).stdin(Stdio::null()).output();
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        skip("ffmpeg is not installed; `cargo xtask doctor` tells how");
        return false;
    };
    let listed = String::from_utf8_lossy(&listed.stdout);
    let missing = encoders.iter().find(|&&encoder| !listed.split_whitespace().any(|word| word == encoder));
    if let Some(missing) = missing {
        skip(&format!("ffmpeg has no {missing}; `cargo xtask doctor` tells how to install it"));
    }
    missing.is_none()
}

/// Whether GStreamer is installed and has these elements; where not, the calling test is skipped ([`skip`]).
#[track_caller]
#[must_use]
pub fn has_gstreamer(elements: &[&str]) -> bool {
    let missing = elements.iter().find(|element| !has_element(element));
    if let Some(missing) = missing {
        skip(&format!("GStreamer has no {missing}; `cargo xtask doctor` tells how to install it"));
    }
    missing.is_none()
}

/// Whether GStreamer is installed and has this element.
#[must_use]
pub fn has_element(element: &str) -> bool {
    let mut inspect = Command::new("gst-inspect-1.0");
    let inspected = inspect.args(["--exists", element]).stdin(Stdio::null()).stdout(Stdio::null()).status();
    inspected.is_ok_and(|status| status.success())
}
