//! The libraries we are measured against, each wrapped to do exactly the job that ours does in the bench.

pub mod dsp;
pub mod neteq;
pub mod opus;
pub mod rtcp;
pub mod rtp;
pub mod rtp_fec;
pub mod rtp_h264;
pub mod rtp_headers;
pub mod rtp_loss;
pub mod rtp_vpx;
