//! Laws of `moim-netsim`.

use arbitrary::{Result, Unstructured};
use core::time::Duration;
use moim_media::Instant;
use moim_netsim::{
    Bottleneck, Capacity, Delivery, Episodes, GilbertElliott, Jitter, JitterBursts, Link, LinkConfig, Loss,
    Order, QueueLimit, Reorder, Sent, Trace, TracePoint,
};

/// Any configuration and any operations: every packet meets exactly the fate that `send` announced, no earlier
/// than physics allows, in order where order is promised, in bounded memory; and a second link of the same seed
/// does the same.
pub fn determinism(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (Ok(seed), Ok(config)) = (input.arbitrary(), config(&mut input)) else { return };
    let (mut first, mut second) = match (Link::new(config.clone(), seed), Link::new(config.clone(), seed)) {
        (Ok(first), Ok(second)) => (first, second),
        (first, second) => {
            // As text: the number that an error carries may be NaN.
            assert_eq!(first.err().map(|e| e.to_string()), second.err().map(|e| e.to_string()));
            return;
        }
    };
    let mut model = Model::new(&config);
    let mut now = Instant::EPOCH;
    while !input.is_empty() {
        let Ok(operation) = operation(&mut input) else { break };
        match operation {
            Operation::Send { size } => {
                let payload = model.fates.len();
                let sent = first.send(now, usize::from(size), payload);
                assert_eq!(second.send(now, usize::from(size), payload), sent);
                model.sent(now, usize::from(size), sent);
            }
            Operation::Poll => {
                let timeout = first.poll_timeout();
                let delivery = first.poll(now);
                assert_eq!(second.poll(now), delivery);
                let due = delivery.as_ref().map(|delivery| delivery.due);
                assert_eq!(due, timeout.filter(|due| *due <= now));
                if let Some(delivery) = delivery {
                    model.delivered(&delivery);
                }
            }
            Operation::Wait { micros } => now += Duration::from_micros(micros.into()),
            Operation::WaitLong { nanos } => now += Duration::from_nanos(nanos),
            Operation::GoBack { micros } => now = now - Duration::from_micros(micros.into()),
        }
        assert!(first.under_way() <= config.max_packets, "more under way than allowed");
        assert_eq!(first.poll_timeout(), second.poll_timeout());
        let stats = first.stats();
        assert_eq!(second.stats(), stats);
        let gone = stats.lost + stats.queue_full + stats.link_full + stats.delivered;
        assert_eq!(stats.sent + stats.duplicated, gone + first.under_way() as u64, "{stats:?}");
    }
    while let Some(delivery) = first.poll(Instant::MAX) {
        model.delivered(&delivery);
    }
    assert!(model.fates.iter().all(|fate| fate.copies_left == 0), "announced but never delivered");
}

/// Any text is a trace or an error; a trace survives being taken apart, and looks up what a plain search finds.
pub fn trace(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(trace) = Trace::parse(text) else { return };
    assert_eq!(Trace::new(trace.points().to_vec()).as_ref(), Ok(&trace));
    let period = trace.period();
    for point in trace.points() {
        assert_eq!(trace.conditions(Instant::EPOCH + point.at), *point);
        assert_eq!(trace.conditions(Instant::EPOCH + period + point.at), *point);
    }
    for step in 0..64 {
        let at = period * step / 64;
        let plain = trace.points().iter().rfind(|point| point.at <= at);
        assert_eq!(Some(&trace.conditions(Instant::EPOCH + at)), plain);
    }
    let capacity = Capacity::Trace(trace.clone());
    let bottleneck = Some(Bottleneck { capacity, queue: QueueLimit::Time(Duration::MAX) });
    let config = LinkConfig { bottleneck, order: Order::Free, max_packets: 64, ..LinkConfig::default() };
    let Ok(mut link) = Link::new(config, 0) else { panic!("a trace is a capacity") };
    for size in 0..64 {
        link.send(Instant::EPOCH, 1 << (size % 32), ());
    }
    let fastest = trace.points().iter().map(|point| point.bits_per_second).max().unwrap_or(0);
    while let Some(delivery) = link.poll(Instant::MAX) {
        let passed = u128::from(fastest) * delivery.due.since_epoch().as_nanos() / 1_000_000_000;
        let saturated = delivery.due == Instant::MAX;
        assert!(saturated || passed + 1 >= delivery.size as u128 * 8, "faster than the fastest moment");
    }
}

enum Operation {
    Send { size: u16 },
    Poll,
    Wait { micros: u16 },
    WaitLong { nanos: u64 },
    GoBack { micros: u16 },
}

/// What `send` announced of one packet.
struct Fate {
    sent: Instant,
    size: usize,
    copies_left: u32,
}

/// What must be true of deliveries, whatever the dice say.
struct Model {
    fates: Vec<Fate>,
    least_delay: Duration,
    keeps_order: bool,
    now: Instant,
    last: Option<(Instant, u64)>,
}

impl Model {
    fn new(config: &LinkConfig) -> Self {
        let of_trace = match &config.bottleneck {
            Some(Bottleneck { capacity: Capacity::Trace(trace), .. }) => trace.points(),
            Some(_) | None => &[],
        };
        let delays = of_trace.iter().filter_map(|point| point.delay).chain([config.delay]);
        Self {
            fates: Vec::new(),
            least_delay: delays.min().unwrap_or_default(),
            keeps_order: config.order == Order::Kept && config.reorder.is_none(),
            now: Instant::EPOCH,
            last: None,
        }
    }

    fn sent(&mut self, now: Instant, size: usize, sent: Sent) {
        self.now = self.now.max(now);
        let copies_left = match sent {
            Sent::Queued => 1,
            Sent::Duplicated => 2,
            Sent::Lost | Sent::QueueFull | Sent::LinkFull => 0,
        };
        self.fates.push(Fate { sent: self.now, size, copies_left });
    }

    fn delivered(&mut self, delivery: &Delivery<usize>) {
        assert_eq!(delivery.number, delivery.payload as u64);
        let fate = self.fates.get_mut(delivery.payload).expect("delivered but never sent");
        assert!(fate.copies_left > 0, "delivered more often than announced");
        fate.copies_left -= 1;
        assert_eq!((delivery.sent, delivery.size), (fate.sent, fate.size));
        assert!(delivery.due >= fate.sent + self.least_delay, "faster than the path");
        let (due, number) = self.last.unwrap_or_default();
        if self.keeps_order {
            assert!((delivery.due, delivery.number) >= (due, number), "out of order");
        }
        self.last = Some((delivery.due, delivery.number));
    }
}

fn operation(input: &mut Unstructured<'_>) -> Result<Operation> {
    Ok(match input.arbitrary::<u8>()? {
        0..80 => Operation::Send { size: input.arbitrary()? },
        80..160 => Operation::Poll,
        160..250 => Operation::Wait { micros: input.arbitrary()? },
        250..252 => Operation::WaitLong { nanos: input.arbitrary()? },
        252.. => Operation::GoBack { micros: input.arbitrary()? },
    })
}

fn config(input: &mut Unstructured<'_>) -> Result<LinkConfig> {
    Ok(LinkConfig {
        bottleneck: optional(input, bottleneck)?,
        loss: loss(input)?,
        duplicate: probability(input)?,
        delay: duration(input)?,
        jitter: jitter(input)?,
        bursts: optional(input, |input| Ok(JitterBursts { when: episodes(input)?, jitter: jitter(input)? }))?,
        stalls: optional(input, episodes)?,
        order: if input.arbitrary()? { Order::Kept } else { Order::Free },
        reorder: optional(input, |input| {
            let (probability, shortest) = (probability(input)?, duration(input)?);
            Ok(Reorder { probability, shortest, longest: shortest.saturating_add(duration(input)?) })
        })?,
        max_packets: input.arbitrary::<u8>()?.into(),
    })
}

fn optional<T>(
    input: &mut Unstructured<'_>,
    value: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    input.arbitrary::<bool>()?.then(|| value(input)).transpose()
}

/// Mostly probabilities, now and then any number at all.
fn probability(input: &mut Unstructured<'_>) -> Result<f64> {
    match input.arbitrary::<u8>()? {
        255 => input.arbitrary(),
        share => Ok(f64::from(share) / 254.0),
    }
}

/// Mostly below 66 ms, now and then any duration at all.
fn duration(input: &mut Unstructured<'_>) -> Result<Duration> {
    match input.arbitrary::<u8>()? {
        255 => input.arbitrary(),
        _ => Ok(Duration::from_micros(input.arbitrary::<u16>()?.into())),
    }
}

fn bottleneck(input: &mut Unstructured<'_>) -> Result<Bottleneck> {
    let queue = match input.arbitrary()? {
        true => QueueLimit::Bytes(input.arbitrary::<u16>()?.into()),
        false => QueueLimit::Time(duration(input)?),
    };
    let constant = Capacity::Constant { bits_per_second: input.arbitrary::<u32>()?.into() };
    let capacity = optional(input, trace_of_points)?.flatten().map_or(constant, Capacity::Trace);
    Ok(Bottleneck { capacity, queue })
}

fn trace_of_points(input: &mut Unstructured<'_>) -> Result<Option<Trace>> {
    let mut at = Duration::ZERO;
    let mut points = Vec::new();
    for _ in 0..input.int_in_range(1..=8)? {
        let bits_per_second = input.arbitrary::<u32>()?.into();
        let delay = optional(input, duration)?;
        points.push(TracePoint { at, bits_per_second, delay, loss: probability(input)? });
        at = at.saturating_add(duration(input)?);
    }
    Ok(Trace::new(points).ok())
}

fn loss(input: &mut Unstructured<'_>) -> Result<Loss> {
    Ok(match input.int_in_range(0..=3)? {
        0 => Loss::None,
        1 => Loss::GilbertElliott(GilbertElliott {
            enter: probability(input)?,
            leave: probability(input)?,
            loss_good: probability(input)?,
            loss_bad: probability(input)?,
        }),
        2 => Loss::gilbert(probability(input)?, 1.0 + f64::from(input.arbitrary::<u8>()?) / 16.0),
        _ => {
            let shortest = input.arbitrary::<u8>()?.into();
            let longest = input.arbitrary::<u8>()?.into();
            Loss::Bursts { rate: probability(input)?, shortest, longest }
        }
    })
}

fn jitter(input: &mut Unstructured<'_>) -> Result<Jitter> {
    Ok(match input.int_in_range(0..=4)? {
        0 => Jitter::None,
        1 => Jitter::Uniform { max: duration(input)? },
        2 => Jitter::Normal { mean: duration(input)?, deviation: duration(input)? },
        3 => Jitter::Gamma { mean: duration(input)?, deviation: duration(input)? },
        _ => {
            let shape = f64::from(input.arbitrary::<u8>()?) / 64.0;
            Jitter::Pareto { scale: duration(input)?, shape, max: duration(input)? }
        }
    })
}

fn episodes(input: &mut Unstructured<'_>) -> Result<Episodes> {
    let (mean_quiet, shortest) = (duration(input)?, duration(input)?);
    Ok(Episodes { mean_quiet, shortest, longest: shortest.saturating_add(duration(input)?) })
}
