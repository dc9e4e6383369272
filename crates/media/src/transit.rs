//! Where a sender's media time lies on the receiver's clock: what receivers of sound and of pictures both reckon with.

mod base;
mod continuity;
mod timeline;

pub use base::Base;
pub use continuity::{Belongs, Continuity};
pub use timeline::{Timeline, Transit};
