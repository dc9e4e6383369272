use super::*;

const MTU: usize = 1_000;
const START: Instant = Instant::from_millis(1_000);

/// Pictures leave with 100 bytes per millisecond.
fn queue(packets: usize) -> PacedQueue {
    let config = PacerConfig { packets, mtu: MTU, rate: 400_000, factor: 2.0, ..PacerConfig::default() };
    PacedQueue::new(config).unwrap()
}

fn push(queue: &mut PacedQueue, now: Instant, class: Class, byte: u8, len: usize) {
    let written = queue.push(now, class, |room| {
        room[..len].fill(byte);
        Ok::<_, ()>(len)
    });
    assert_eq!(written, Ok(&vec![byte; len][..]));
}

/// The first byte and the class of all that may leave now.
fn drain(queue: &mut PacedQueue, now: Instant) -> Vec<(u8, Class)> {
    let mut into = [0; MTU];
    core::iter::from_fn(|| queue.pop(now, &mut into).map(|popped| (into[0], popped.class))).collect()
}

fn after(millis: u64) -> Instant {
    START + Duration::from_millis(millis)
}

#[test]
fn urgent_classes_pass_a_waiting_picture() {
    let mut queue = queue(64);
    for byte in 0..20 {
        push(&mut queue, START, Class::Picture, byte, MTU);
    }
    assert_eq!(drain(&mut queue, START).len(), 1);
    push(&mut queue, START, Class::Repair, 100, MTU);
    push(&mut queue, START, Class::Voice, 101, 100);
    push(&mut queue, START, Class::Report, 102, 100);
    assert_eq!(queue.due(START), Some(START));
    assert_eq!(drain(&mut queue, START), [(102, Class::Report), (101, Class::Voice)]);
    let due = queue.due(START).unwrap();
    assert!(due > after(9) && due < after(16), "{due:?}");
    assert_eq!(drain(&mut queue, due), [(100, Class::Repair)]);
}

#[test]
fn pictures_leave_with_the_rate_however_the_caller_polls() {
    for interval in [1, 5, 10, 20] {
        let mut queue = queue(256);
        for byte in 0..200 {
            push(&mut queue, START, Class::Picture, byte, MTU);
        }
        assert!(queue.picture_delay().abs_diff(Duration::from_secs(2)) < Duration::from_millis(10));
        let left = (0..1_000 / interval).map(|step| drain(&mut queue, after(step * interval)).len()).sum();
        assert!((98_usize..=102).contains(&left), "{left} in a second, polled every {interval} ms");
        assert!(queue.picture_delay().abs_diff(Duration::from_secs(1)) < Duration::from_millis(30));
    }
}

#[test]
fn due_is_when_a_burst_may_leave() {
    let mut queue = queue(256);
    for byte in 0..100 {
        push(&mut queue, START, Class::Picture, byte, 200);
    }
    let mut now = START;
    assert_eq!(queue.due(now), Some(now));
    let first = drain(&mut queue, now).len();
    assert!((3..=4).contains(&first), "{first} × 2 ms in the first burst");
    for _ in 0..20 {
        let next = queue.due(now).unwrap();
        assert!(next.since(now) >= Duration::from_millis(4), "{:?}", next.since(now));
        now = next;
        let burst = drain(&mut queue, now).len();
        assert!((2..=4).contains(&burst), "{burst} in a burst");
    }
}

#[test]
fn a_rest_saves_no_more_than_a_burst() {
    let mut queue = queue(64);
    for byte in 0..20 {
        push(&mut queue, after(5_000), Class::Picture, byte, 100);
    }
    let burst = drain(&mut queue, after(5_000)).len();
    assert!((5..=6).contains(&burst), "{burst} × 1 ms");
}

#[test]
fn a_new_rate_counts_from_now_on() {
    let mut queue = queue(64);
    for byte in 0..50 {
        push(&mut queue, START, Class::Picture, byte, MTU);
    }
    assert_eq!(drain(&mut queue, START).len(), 1);
    queue.set_rate(START, 0);
    assert_eq!((queue.due(START), queue.picture_delay()), (None, Duration::MAX));
    assert_eq!(drain(&mut queue, after(1_000)), []);
    queue.set_rate(after(1_000), 4_000_000);
    let due = queue.due(after(1_000)).unwrap();
    assert!(due < after(1_007), "{due:?}");
    assert!(queue.picture_delay() < Duration::from_millis(60));
}

#[test]
fn when_full_the_oldest_of_the_least_urgent_gives_way() {
    let mut queue = queue(4);
    for byte in 0..3 {
        push(&mut queue, START, Class::Voice, byte, 10);
    }
    push(&mut queue, START, Class::Picture, 10, 10);
    push(&mut queue, START, Class::Picture, 11, 10);
    assert_eq!(queue.stats().displaced, 1);
    push(&mut queue, START, Class::Voice, 3, 10);
    // A full queue of voice takes no picture, and of more voice it keeps the newest.
    push(&mut queue, START, Class::Picture, 12, 10);
    push(&mut queue, START, Class::Voice, 4, 10);
    assert_eq!((queue.waiting(), queue.stats().displaced), (4, 4));
    // With a full queue, too, a packet that cannot be written costs nobody his place.
    assert_eq!(queue.push(START, Class::Report, |_| Err(())), Err(()));
    assert_eq!(drain(&mut queue, START), [1, 2, 3, 4].map(|byte| (byte, Class::Voice)));
}

#[test]
fn what_is_too_old_or_does_not_fit_or_is_replaced_is_counted() {
    let mut queue = queue(8);
    push(&mut queue, START, Class::Picture, 0, 10);
    push(&mut queue, after(2_000), Class::Voice, 1, 100);
    push(&mut queue, after(2_000), Class::Picture, 2, 10);
    assert_eq!(queue.pop(after(2_001), &mut [0; 10]), Some(Popped { len: 10, class: Class::Picture }));
    push(&mut queue, after(2_000), Class::Picture, 3, 10);
    push(&mut queue, after(2_000), Class::Picture, 4, 10);
    push(&mut queue, after(2_000), Class::Repair, 5, 10);
    assert_eq!(queue.drop_pictures(), 2);
    assert_eq!(queue.picture_delay(), Duration::ZERO);
    let stats = Stats { pushed: 6, popped: 1, displaced: 0, expired: 1, oversized: 1, cleared: 2 };
    assert_eq!((queue.stats(), queue.waiting()), (stats, 1));
}

#[test]
#[should_panic(expected = "11 bytes written into 10")]
fn a_writer_that_lies_is_found_out() {
    let mut queue = PacedQueue::new(PacerConfig { mtu: 10, ..PacerConfig::default() }).unwrap();
    let _ = queue.push(START, Class::Voice, |_| Ok::<_, ()>(11));
}

#[test]
fn what_cannot_be_is_refused() {
    for config in [
        PacerConfig { packets: 0, ..PacerConfig::default() },
        PacerConfig { packets: 1 << 16, ..PacerConfig::default() },
        PacerConfig { mtu: 0, ..PacerConfig::default() },
        PacerConfig { factor: f32::NAN, ..PacerConfig::default() },
        PacerConfig { factor: 0.5, ..PacerConfig::default() },
    ] {
        assert!(PacedQueue::new(config).is_err(), "{config:?}");
    }
}
