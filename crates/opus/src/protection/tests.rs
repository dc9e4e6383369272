use super::*;

const DRED: Duration = Duration::from_millis(1_000);

fn protector() -> Protector {
    Protector::new(ProtectorConfig { dred: Duration::ZERO, red: 0, ..ProtectorConfig::default() }).unwrap()
}

/// A protector whose receivers read everything; its rules do not ask what is compiled in.
fn with(dred: Duration, red: usize) -> Protector {
    let mut protector = protector();
    (protector.config.dred, protector.config.red) = (dred, red);
    protector
}

fn path(loss: f32, burst: f32) -> PathReport {
    PathReport { lasting: Duration::from_secs(1), loss, burst, round_trip: None, available: 32_000 }
}

/// What is picked after a minute of the same.
fn settled(protector: &mut Protector, report: PathReport) -> Protection {
    (0..60).map(|_| protector.report(&report)).last().expect("a minute of reports")
}

#[test]
fn without_loss_every_bit_is_sound() {
    let bare = settled(&mut with(DRED, 2), path(0.0, 1.0));
    let bitrate = 32_000;
    assert_eq!(bare, Protection { fec: Fec::Off, expected_loss: 0.0, dred: Duration::ZERO, red: 0, bitrate });
}

#[test]
fn some_loss_is_met_with_fec_however_it_comes() {
    for burst in [1.0, 3.0, 8.0] {
        for (loss, expected_loss) in [(0.02, 0.05), (0.05, 0.10), (0.15, 0.30)] {
            let picked = settled(&mut with(DRED, 2), path(loss, burst));
            assert_eq!(
                (picked.fec, picked.dred, picked.red),
                (Fec::On, Duration::ZERO, 0),
                "{loss} by {burst}"
            );
            assert_eq!(picked.expected_loss, expected_loss);
        }
    }
}

#[test]
fn much_loss_in_bursts_is_met_with_dred_and_alone_with_more_fec() {
    let alone = settled(&mut with(DRED, 2), path(0.30, 1.1));
    assert_eq!((alone.fec, alone.dred, alone.expected_loss), (Fec::On, Duration::ZERO, 0.30));
    let bursts = settled(&mut with(DRED, 2), path(0.30, 2.5));
    assert_eq!((bursts.fec, bursts.dred, bursts.red), (Fec::On, DRED, 0));
    let narrow = settled(&mut with(DRED, 2), PathReport { available: 24_000, ..path(0.30, 2.5) });
    assert_eq!((narrow.fec, narrow.dred, narrow.red), (Fec::Off, DRED, 0));
    let narrower = settled(&mut with(DRED, 2), PathReport { available: 16_000, ..path(0.30, 2.5) });
    assert_eq!((narrower.fec, narrower.dred, narrower.red), (Fec::On, Duration::ZERO, 0));
}

#[test]
fn from_which_loss_on_bursts_are_met_is_for_the_caller_to_say() {
    let picked = |bursts_from| {
        let mut protector = with(DRED, 0);
        protector.config.bursts_from = bursts_from;
        [1.1, 2.5].map(|burst| settled(&mut protector, path(0.04, burst)).dred)
    };
    assert_eq!(picked(0.25), [Duration::ZERO; 2]);
    assert_eq!(picked(0.03), [Duration::ZERO, DRED], "bursts only");
}

#[test]
fn a_quick_retransmission_spares_dred_and_a_slow_one_does_not() {
    let picked = |millis| {
        let round_trip = Some(Duration::from_millis(millis));
        settled(&mut with(DRED, 0), PathReport { round_trip, ..path(0.30, 2.5) }).dred
    };
    assert_eq!((picked(30), picked(200)), (Duration::ZERO, DRED));
}

#[test]
fn receivers_without_dred_get_copies_when_there_are_bits_for_them() {
    let picked =
        |available| settled(&mut with(Duration::ZERO, 3), PathReport { available, ..path(0.30, 1.8) });
    let (poor, fair, rich) = (picked(30_000), picked(36_000), picked(300_000));
    assert_eq!((poor.red, poor.fec), (0, Fec::On));
    assert_eq!((fair.red, fair.fec, fair.bitrate), (1, Fec::Off, (36_000 - 2_000) / 2));
    assert_eq!(
        (rich.red, rich.bitrate),
        (2, 64_000),
        "as many as a burst is long, and no more bits than allowed"
    );
}

#[test]
fn loss_is_answered_at_once_and_forgotten_slowly() {
    let mut protector = with(DRED, 0);
    settled(&mut protector, path(0.0, 1.0));
    let answered = (1..).find(|_| !protector.report(&path(0.4, 3.0)).dred.is_zero());
    assert!(answered.is_some_and(|reports| reports <= 2), "{answered:?}");
    let forgotten = (1..).find(|_| protector.report(&path(0.0, 1.0)).dred.is_zero());
    assert!(forgotten.is_some_and(|reports| (5..40).contains(&reports)), "{forgotten:?}");
}

#[test]
fn a_path_at_an_edge_does_not_go_back_and_forth() {
    for edge in [SOME, ProtectorConfig::default().bursts_from] {
        let mut protector = with(DRED, 0);
        let mut picked: Vec<_> = (0..600)
            .map(|second| {
                // Now above, now below, by chance.
                let above = (second * 7_919) % 11 < 5;
                let report = path(edge * if above { 1.4 } else { 0.6 }, 2.5);
                let Protection { fec, dred, .. } = protector.report(&report);
                (fec, dred)
            })
            .collect();
        picked.dedup();
        assert!(picked.len() <= 3, "{edge}: {picked:?}");
    }
}

#[test]
fn hostile_reports_pick_something_valid() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 0.0, 0.5, 1.0, 7.0, f32::MAX];
    let mut protector = with(DRED, 3);
    for loss in odd {
        for burst in odd {
            for available in [0, 1, u32::MAX] {
                for lasting in [Duration::ZERO, Duration::from_secs(1), Duration::MAX] {
                    let round_trip = Some(lasting);
                    let picked =
                        protector.report(&PathReport { lasting, loss, burst, round_trip, available });
                    assert!((0.0..=1.0).contains(&picked.expected_loss) && picked.red <= 3);
                    assert!((12_000..=64_000).contains(&picked.bitrate));
                    assert!((0.0..=1.0).contains(&protector.loss()));
                }
            }
        }
    }
}

#[test]
fn what_no_encoder_takes_is_refused() {
    let refused = |config| Protector::new(config).err();
    let base = ProtectorConfig { dred: Duration::ZERO, ..ProtectorConfig::default() };
    let bitrate = |bitrate| Some(ConfigError::Bitrate { bitrate });
    assert_eq!(refused(ProtectorConfig { bitrate: 5_000..=9_000, ..base.clone() }), bitrate(5_000));
    assert_eq!(refused(ProtectorConfig { bitrate: 9_000..=600_000, ..base.clone() }), bitrate(600_000));
    #[allow(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let reversed = 9_000..=8_000;
    assert_eq!(refused(ProtectorConfig { bitrate: reversed, ..base.clone() }), bitrate(9_000));
    let frame = Duration::from_millis(30);
    assert_eq!(refused(ProtectorConfig { frame, ..base.clone() }), Some(ConfigError::Frame { frame }));
    for share in [-0.1, 1.5, f32::NAN] {
        let refused = refused(ProtectorConfig { bursts_from: share, ..base.clone() });
        assert!(matches!(refused, Some(ConfigError::ExpectedLoss { .. })), "{share}: {refused:?}");
    }
    let reach = Duration::from_millis(15);
    assert_eq!(refused(ProtectorConfig { dred: reach, ..base }), Some(ConfigError::Dred { reach }));
}
