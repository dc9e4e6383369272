//! Bad networks by name: the classes of the judge of jitter buffers, one row each.
//!
//! Times are those since the call began. A network adds nothing to the fastest packet: what a path takes anyway is no
//! business of a receiver.

use core::time::Duration;
use moim_netsim::{
    Bottleneck, Capacity, Episodes, Jitter, LinkConfig, Loss, QueueLimit, Reorder, Trace, TraceError,
    TracePoint,
};
use moim_opus::Dtx;

/// A network between a sender and a receiver, and what there is to say of the sender.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// As on the command line.
    pub name: &'static str,
    /// What it is an example of.
    pub class: &'static str,
    /// What it does.
    pub about: &'static str,
    /// How much faster than the receiver's the sender's clock runs, in parts per million.
    pub drift_ppm: i32,
    /// Whether the sender is silent while nobody speaks.
    pub dtx: Dtx,
    weather: fn(LinkConfig) -> Result<LinkConfig, TraceError>,
}

impl Network {
    /// What it does to packets.
    ///
    /// # Errors
    ///
    /// None of those in [`NETWORKS`].
    pub fn link(&self) -> Result<LinkConfig, TraceError> {
        (self.weather)(LinkConfig::default())
    }

    /// The networks that `name` means: one, those of a class, or `all`.
    #[must_use]
    pub fn named(name: &str) -> Vec<&'static Self> {
        let meant = |network: &&Self| name == "all" || network.name == name || network.class == name;
        NETWORKS.iter().filter(meant).collect()
    }
}

/// One of each class, for a first look.
pub const SELECTION: &[&str] = &[
    "clean_lan",
    "jit_gamma20",
    "wifi_200",
    "step_up80",
    "reorder_5",
    "ge_10",
    "drift_p300",
    "dtx_gamma20",
    "handover_loss",
    "combo_mobile",
];

/// All of them.
pub const NETWORKS: &[Network] = &[
    Network::new("clean_0", "clean", "nothing at all happens", Ok),
    Network::new("clean_lan", "clean", "jitter of a millisecond", |link| Ok(gauss(link, 1))),
    Network::new("jit_gauss10", "jitter", "normal jitter, 10 ms deviation", |link| Ok(gauss(link, 10))),
    Network::new("jit_gauss30", "jitter", "normal jitter, 30 ms deviation", |link| Ok(gauss(link, 30))),
    Network::new("jit_gamma20", "jitter", "gamma jitter, 20 ms in the mean", |link| Ok(gamma(link, 2, 10))),
    Network::new("jit_gamma60", "jitter", "gamma jitter, 60 ms in the mean", |link| Ok(gamma(link, 2, 30))),
    Network::new("jit_pareto", "jitter", "heavy-tailed jitter, up to 400 ms", |link| {
        let jitter = Jitter::Pareto { scale: ms(10), shape: 2.0, max: ms(400) };
        Ok(LinkConfig { jitter, ..link })
    }),
    Network::new("wifi_micro", "wifi", "stalls of 40–120 ms every 0.7 s", |link| {
        Ok(stalls(link, 700, 40, 120))
    }),
    Network::new("wifi_200", "wifi", "stalls of 150–250 ms every 3.5 s", |link| {
        Ok(stalls(link, 3_500, 150, 250))
    }),
    Network::new("wifi_500", "wifi", "stalls of 300–500 ms every 6 s", |link| {
        Ok(stalls(link, 6_000, 300, 500))
    }),
    Network::new("step_up80", "step", "80 ms more from 8 s on", |link| {
        course(gauss(link, 1), &[(0, 0), (8_000, 0), (8_000, 80)])
    }),
    Network::new("step_150_back", "step", "150 ms more from 6 to 14 s", |link| {
        course(gauss(link, 1), &[(0, 0), (6_000, 0), (6_000, 150), (14_000, 150), (14_000, 0)])
    }),
    Network::new("ramp_200", "step", "up to 200 ms more between 4 and 12 s, and back until 14 s", |link| {
        course(gauss(link, 1), &[(4_000, 0), (12_000, 200), (14_000, 0)])
    }),
    Network::new("sawtooth_150", "step", "up to 150 ms more and down at once, every 5 s", |link| {
        let teeth = (0..60).flat_map(|tooth| {
            let start = 3_000 + 5_000 * tooth;
            [(start, 0), (start + 3_750, 150), (start + 4_000, 0)]
        });
        course(gauss(link, 1), &teeth.collect::<Vec<_>>())
    }),
    Network::new("reorder_5", "reorder", "one packet in 20 comes 25–60 ms late", |link| {
        Ok(reorder(link, 0.05, 60))
    }),
    Network::new("reorder_20", "reorder", "one packet in 5 comes 25–90 ms late", |link| {
        Ok(reorder(link, 0.2, 90))
    }),
    Network::new("ge_1", "loss", "1 % lost, two in a row", |link| Ok(gilbert(link, 0.01, 2.0))),
    Network::new("ge_5", "loss", "5 % lost, 2.5 in a row", |link| Ok(gilbert(link, 0.05, 2.5))),
    Network::new("ge_10", "loss", "10 % lost, 2.5 in a row", |link| Ok(gilbert(link, 0.1, 2.5))),
    Network::new("ge_20", "loss", "20 % lost, three in a row", |link| Ok(gilbert(link, 0.2, 3.0))),
    Network::new("ge_30", "loss", "30 % lost, three in a row", |link| Ok(gilbert(link, 0.3, 3.0))),
    Network::new("rand_5", "loss", "5 % lost, each by itself", |link| {
        Ok(LinkConfig { loss: Loss::random(0.05), ..gauss(link, 2) })
    }),
    Network::new("outage_100", "loss", "60–140 ms lost every 2.5 s", |link| {
        Ok(LinkConfig { loss: Loss::Bursts { rate: 0.04, shortest: 3, longest: 7 }, ..gauss(link, 2) })
    }),
    Network {
        drift_ppm: 300,
        ..Network::new("drift_p300", "drift", "the sender's clock is fast", |link| Ok(gauss(link, 3)))
    },
    Network {
        drift_ppm: -300,
        ..Network::new("drift_m300", "drift", "the sender's clock is slow", |link| Ok(gauss(link, 3)))
    },
    Network { dtx: Dtx::On, ..Network::new("dtx_clean", "dtx", "silence is not sent", Ok) },
    Network {
        dtx: Dtx::On,
        ..Network::new("dtx_gamma20", "dtx", "nor is it through gamma jitter", |link| Ok(gamma(link, 2, 10)))
    },
    Network {
        dtx: Dtx::On,
        ..Network::new("dtx_ge5", "dtx", "nor where 5 % is lost", |link| {
            Ok(gilbert(gamma(link, 2, 8), 0.05, 2.0))
        })
    },
    Network::new(
        "handover_loss",
        "handover",
        "240 ms lost, 60 ms held, 60 ms more at 7 s; the same back at 15 s",
        |link| handovers(gauss(link, 4), &[(7_000, 60), (15_000, 0)], 240, 60),
    ),
    Network::new(
        "handover_stall",
        "handover",
        "700 ms held and 40 ms more at 6 s; the same back at 13 s",
        |link| handovers(gauss(link, 4), &[(6_000, 40), (13_000, 0)], 0, 700),
    ),
    Network::new("combo_mobile", "combo", "gamma jitter, stalls, 5 % lost", |link| {
        Ok(gilbert(gamma(stalls(link, 5_000, 150, 300), 2, 8), 0.05, 2.5))
    }),
    Network::new("combo_wifi", "combo", "short stalls, a slow rise, 3 % lost", |link| {
        let ramp = course(link, &[(5_000, 0), (10_000, 90), (11_000, 0)])?;
        Ok(gilbert(stalls(ramp, 900, 40, 120), 0.03, 1.5))
    }),
    Network::new("combo_bad", "combo", "gamma jitter, long stalls, 10 % lost", |link| {
        Ok(gilbert(gamma(stalls(link, 6_000, 200, 350), 2, 15), 0.1, 3.0))
    }),
];

impl Network {
    const fn new(
        name: &'static str,
        class: &'static str,
        about: &'static str,
        weather: fn(LinkConfig) -> Result<LinkConfig, TraceError>,
    ) -> Self {
        Self { name, class, about, drift_ppm: 0, dtx: Dtx::Off, weather }
    }
}

/// More than the speech of a call needs: nothing waits for it.
const PLENTY: u64 = 10_000_000_000;
/// Longer than any call.
const FOREVER: u64 = 1_000_000;
/// A ramp rises in steps of this.
const RAMP_STEP: u64 = 20;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn gauss(link: LinkConfig, deviation: u64) -> LinkConfig {
    LinkConfig { jitter: Jitter::Normal { mean: ms(3 * deviation), deviation: ms(deviation) }, ..link }
}

fn gamma(link: LinkConfig, shape: u32, scale: u64) -> LinkConfig {
    let deviation = Duration::from_secs_f64(f64::from(shape).sqrt() * scale as f64 / 1e3);
    LinkConfig { jitter: Jitter::Gamma { mean: ms(scale) * shape, deviation }, ..link }
}

fn stalls(link: LinkConfig, mean_quiet: u64, shortest: u64, longest: u64) -> LinkConfig {
    let stalls = Episodes { mean_quiet: ms(mean_quiet), shortest: ms(shortest), longest: ms(longest) };
    LinkConfig { stalls: Some(stalls), ..gauss(link, 1) }
}

fn reorder(link: LinkConfig, probability: f64, longest: u64) -> LinkConfig {
    let reorder = Reorder { probability, shortest: ms(25), longest: ms(longest) };
    LinkConfig { reorder: Some(reorder), ..gauss(link, 1) }
}

fn gilbert(link: LinkConfig, rate: f64, burst: f64) -> LinkConfig {
    let link = if link.jitter == Jitter::None { gauss(link, 2) } else { link };
    LinkConfig { loss: Loss::gilbert(rate, burst), ..link }
}

/// Delay over time: straight lines between (ms, ms), a jump where a time stands twice.
fn course(link: LinkConfig, corners: &[(u64, u64)]) -> Result<LinkConfig, TraceError> {
    let mut points = vec![point(0, 0)];
    for pair in corners.windows(2) {
        let [(from, low), (to, high)] = [pair[0], pair[1]];
        let steps = if low == high { 1 } else { (to - from).div_ceil(RAMP_STEP).max(1) };
        for step in 1..=steps {
            let at = from + (to - from) * step / steps;
            let share = step as f64 / steps as f64;
            let delay = low as f64 + (high as f64 - low as f64) * share;
            points.push(point(at, delay.round() as u64));
        }
    }
    with_trace(link, points)
}

/// At each time packets are lost, then held back, and from then on take another delay.
fn handovers(link: LinkConfig, at: &[(u64, u64)], lost: u64, held: u64) -> Result<LinkConfig, TraceError> {
    let mut points = vec![point(0, 0)];
    for &(at, delay) in at {
        let there = point(at + lost + held, delay);
        points.push(TracePoint { at: ms(at), loss: 1.0, ..there });
        points.push(TracePoint { at: ms(at + lost), bits_per_second: 0, ..there });
        points.push(there);
    }
    with_trace(link, points)
}

fn point(at: u64, delay: u64) -> TracePoint {
    TracePoint { at: ms(at), bits_per_second: PLENTY, delay: Some(ms(delay)), loss: 0.0 }
}

/// Of points at the same time the last one counts; the last of all holds for ever.
fn with_trace(mut link: LinkConfig, mut points: Vec<TracePoint>) -> Result<LinkConfig, TraceError> {
    points.reverse();
    points.dedup_by_key(|point| point.at);
    points.reverse();
    let last = points.last().map_or(point(FOREVER, 0), |last| TracePoint { at: ms(FOREVER), ..*last });
    points.push(last);
    let (capacity, queue) = (Capacity::Trace(Trace::new(points)?), QueueLimit::Time(Duration::from_secs(10)));
    link.bottleneck = Some(Bottleneck { capacity, queue });
    Ok(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::Instant;
    use moim_netsim::Link;
    use std::collections::BTreeSet;

    /// Delays in ms of packets sent every 20 ms; `None` where they are lost.
    fn delays(name: &str, packets: u64) -> Vec<Option<f64>> {
        let [network] = Network::named(name)[..] else { panic!("{name}") };
        let mut link = Link::new(network.link().unwrap(), 1).unwrap();
        let mut delays = vec![None; packets as usize];
        for packet in 0..packets {
            link.send(Instant::from_millis(20 * packet), 120, packet as usize);
        }
        while let Some(arrived) = link.poll(Instant::MAX) {
            delays[arrived.payload] = Some(arrived.due.since(arrived.sent).as_secs_f64() * 1e3);
        }
        delays
    }

    fn mean(delays: &[Option<f64>]) -> f64 {
        delays.iter().flatten().sum::<f64>() / delays.iter().flatten().count() as f64
    }

    #[test]
    fn every_network_can_be_and_has_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        for network in NETWORKS {
            assert!(names.insert(network.name), "{}", network.name);
            let arrived = delays(network.name, 1_000).iter().flatten().count();
            assert!(arrived > 600, "{}: {arrived} of 1000 came", network.name);
        }
        assert!(SELECTION.iter().all(|name| names.contains(name)));
        assert_eq!(Network::named("all").len(), NETWORKS.len());
        assert_eq!(Network::named("drift").len(), 2);
        assert_eq!(Network::named("nowhere").len(), 0);
    }

    #[test]
    fn steps_and_ramps_are_where_they_are_said_to_be() {
        let step = delays("step_150_back", 1_000);
        assert!((mean(&step[..299]) - 3.0).abs() < 1.0);
        assert!((mean(&step[301..699]) - 153.0).abs() < 1.0);
        assert!((mean(&step[720..]) - 3.0).abs() < 1.0);
        let ramp = delays("ramp_200", 1_000);
        assert!((mean(&ramp[390..410]) - 103.0).abs() < 3.0, "half way up at 8 s: {}", mean(&ramp[390..410]));
        assert!((mean(&ramp[720..]) - 3.0).abs() < 1.0);
    }

    #[test]
    fn a_handover_loses_holds_and_stays() {
        let loss = delays("handover_loss", 1_000);
        assert!(loss[350..362].iter().all(Option::is_none), "lost from 7.00 to 7.24 s");
        assert!(loss[362].is_some_and(|delay| delay > 110.0), "held until 7.3 s: {:?}", loss[362]);
        assert!((mean(&loss[380..740]) - 72.0).abs() < 2.0);
        let stall = delays("handover_stall", 1_000);
        assert!(stall[300].is_some_and(|delay| (740.0..780.0).contains(&delay)), "{:?}", stall[300]);
        assert!((mean(&stall[700..]) - 12.0).abs() < 2.0);
    }
}
