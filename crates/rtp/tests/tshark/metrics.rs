//! VoIP metrics of extended reports (RFC 3611, section 4.7).

use crate::capture::Capture;
use crate::reports::parts;
use crate::samples::{numbers, samples, u16s, u32s};
use crate::shark::{RTCP, read};
use crate::xr::{assert_blocks, report};
use moim_rtp::Ssrc;
use moim_rtp::rtcp::FractionLost;
use moim_rtp::rtcp::xr::{
    Adaptation, AdaptationRate, Concealment, JitterBuffer, Milliseconds, Mos, RFactor, VoipMetrics,
};
use proptest::option;
use proptest::prelude::*;

fn levels() -> impl Strategy<Value = Option<i8>> {
    option::of(numbers(-128_i8, 126))
}

fn ratings() -> impl Strategy<Value = Option<u8>> {
    option::of(numbers(0_u8, 100))
}

fn scores() -> impl Strategy<Value = Option<u8>> {
    option::of(numbers(10_u8, 50))
}

prop_compose! {
    fn metrics()(
        media in u32s(),
        rates in any::<[u8; 4]>(),
        durations in (u16s(), u16s()),
        delays in (option::of(numbers(1, u16::MAX)), option::of(numbers(1, u16::MAX))),
        dbm in (levels(), levels()),
        echo in option::of(numbers(0_u8, 126)),
        gap_threshold in numbers(0_u8, 255),
        ratings in (ratings(), ratings()),
        scores in (scores(), scores()),
        buffer in (0_usize..4, 0_usize..3, numbers(0_u8, 15), u16s(), u16s(), u16s()),
    ) -> VoipMetrics {
        let concealments =
            [Concealment::Unspecified, Concealment::Disabled, Concealment::Enhanced, Concealment::Standard];
        let adaptations = [Adaptation::Unknown, Adaptation::Fixed, Adaptation::Adaptive];
        VoipMetrics {
            media: Ssrc(media),
            loss_rate: FractionLost(rates[0]),
            discard_rate: FractionLost(rates[1]),
            burst_density: FractionLost(rates[2]),
            gap_density: FractionLost(rates[3]),
            burst_duration: Milliseconds(durations.0),
            gap_duration: Milliseconds(durations.1),
            round_trip_delay: delays.0.map(Milliseconds),
            end_system_delay: delays.1.map(Milliseconds),
            signal_level: dbm.0,
            noise_level: dbm.1,
            echo_return_loss: echo,
            gap_threshold,
            r_factor: ratings.0.and_then(RFactor::new),
            external_r_factor: ratings.1.and_then(RFactor::new),
            mos_listening: scores.0.and_then(Mos::new),
            mos_conversational: scores.1.and_then(Mos::new),
            concealment: concealments[buffer.0],
            jitter_buffer: JitterBuffer {
                adaptation: adaptations[buffer.1],
                rate: AdaptationRate::new(buffer.2).unwrap(),
                nominal: Milliseconds(buffer.3),
                maximum: Milliseconds(buffer.4),
                absolute_maximum: Milliseconds(buffer.5),
            },
        }
    }
}

#[test]
fn metrics_of_calls_are_read_as_they_were_meant() {
    let metrics = samples(metrics(), 150);
    let mut capture = Capture::default();
    metrics.iter().for_each(|metrics| capture.push(RTCP, &report(|blocks| blocks.voip_metrics(metrics))));
    let Some(dissected) = read("xr_metrics", &capture, &[]) else { return };
    for (meant, datagram) in metrics.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_blocks(part, &[(7, 8)]);
        assert_eq!(part.numbers("rtcp.ssrc.identifier"), [i64::from(meant.media.0)]);
        assert_eq!(part.numbers("rtcp.ssrc.fraction"), [i64::from(meant.loss_rate.0)]);
        assert_eq!(part.numbers("rtcp.ssrc.discarded"), [i64::from(meant.discard_rate.0)]);
        let is = |name: &str, meant: i64| {
            assert_eq!(part.numbers(&format!("rtcp.xr.voipmetrics.{name}")), [meant], "{name}");
        };
        let delay = |delay: Option<Milliseconds>| delay.map_or(0, |delay| delay.0.into());
        is("burstdensity", meant.burst_density.0.into());
        is("gapdensity", meant.gap_density.0.into());
        is("burstduration", meant.burst_duration.0.into());
        is("gapduration", meant.gap_duration.0.into());
        is("rtdelay", delay(meant.round_trip_delay));
        is("esdelay", delay(meant.end_system_delay));
        is("signallevel", meant.signal_level.unwrap_or(127).into());
        is("noiselevel", meant.noise_level.unwrap_or(127).into());
        is("rerl", meant.echo_return_loss.unwrap_or(127).into());
        is("gmin", meant.gap_threshold.into());
        is("rfactor", meant.r_factor.map_or(127, RFactor::get).into());
        is("extrfactor", meant.external_r_factor.map_or(127, RFactor::get).into());
        let score = |score: Option<Mos>| {
            score.map_or("127".to_owned(), |score| format!("{}", f32::from(score.tenths()) / 10.0))
        };
        assert_eq!(part.texts("rtcp.xr.voipmetrics.moslq"), [score(meant.mos_listening)]);
        assert_eq!(part.texts("rtcp.xr.voipmetrics.moscq"), [score(meant.mos_conversational)]);
        let buffer = meant.jitter_buffer;
        is("plc", meant.concealment as i64);
        is(
            "jba",
            match buffer.adaptation {
                Adaptation::Unknown => 0,
                Adaptation::Fixed => 2,
                Adaptation::Adaptive => 3,
            },
        );
        is("jbrate", buffer.rate.get().into());
        is("jbnominal", buffer.nominal.0.into());
        is("jbmax", buffer.maximum.0.into());
        is("jbabsmax", buffer.absolute_maximum.0.into());
    }
}
