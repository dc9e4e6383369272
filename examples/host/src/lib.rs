#![doc = include_str!("../README.md")]
#![allow(
    clippy::disallowed_methods,
    reason = "here the time is asked and waited for, so that no crate has to"
)]

mod clock;
mod driver;
mod ports;
mod program;
mod proxy;
mod ticker;
mod wait;

pub use clock::Clock;
pub use driver::{Driver, DriverStats, Engine, Transmit};
pub use ports::{Port, Ports, RtcpPort};
pub use program::{Program, Visitor, free_ports, poll_until};
pub use proxy::{Proxy, ProxyConfig, ProxyError, ProxyStats};
pub use ticker::{Tick, TickStats, Ticker};
