//! The network between the parties, as the options describe it.

use crate::options::Options;
use anyhow::{Context, Result};
use moim_netsim::{Bottleneck, Capacity, Jitter, LinkConfig, Loss, Network, QueueLimit, Trace};
use std::fs;
use std::time::Duration;

/// How long packets wait before the bottleneck when they are more than it carries.
const QUEUE: Duration = Duration::from_millis(300);
/// Bytes of IPv4 and UDP headers around each datagram (RFC 791, RFC 768).
pub(crate) const HEADERS: usize = 28;

/// What the network does to each direction.
pub(crate) fn link(options: &Options) -> Result<LinkConfig> {
    let [delay, jitter] = [options.delay, options.jitter].map(|ms| Duration::from_millis(ms.into()));
    let link = LinkConfig {
        bottleneck: bottleneck(options)?,
        loss: loss(options.loss / 100.0, options.burst),
        delay: delay.saturating_sub(jitter),
        jitter: match options.jitter {
            0 => Jitter::None,
            _ => Jitter::Uniform { max: jitter + jitter.min(delay) },
        },
        ..LinkConfig::default()
    };
    // A pause must fit between two runs of lost packets.
    let possible = Network::<()>::new(link.clone(), link.clone(), 0);
    possible.with_context(|| {
        format!("{} % cannot be lost in runs of at most {}: choose longer runs", options.loss, options.burst)
    })?;
    Ok(link)
}

fn loss(rate: f64, burst: u32) -> Loss {
    match burst {
        1 => Loss::random(rate),
        longest => Loss::Bursts { rate, shortest: longest - 1, longest },
    }
}

fn bottleneck(options: &Options) -> Result<Option<Bottleneck>> {
    if let Some(path) = &options.trace {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let trace = Trace::parse(&text).with_context(|| format!("{} is not a trace", path.display()))?;
        return Ok(Some(Bottleneck { capacity: Capacity::Trace(trace), queue: QueueLimit::Time(QUEUE) }));
    }
    Ok(options.rate.map(|kbit| Bottleneck::new(kbit * 1_000, QUEUE)))
}
