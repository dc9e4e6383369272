//! One second of a call, then ten more that allocate nothing.

use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime};
use moim_rtp::NtpTime;
use moim_sync::{LipSync, Rendered, SenderClock, Stream, SyncConfig};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Call {
    clocks: [SenderClock; 2],
    sync: LipSync,
    frame: u64,
}

impl Call {
    /// 50 packets of each stream in a second, each presented 60 or 130 ms after it was captured, and a report.
    fn seconds(&mut self, seconds: u64) {
        for _ in 0..seconds * 50 {
            self.frame += 1;
            let at = Duration::from_millis(self.frame * 20);
            let time = MediaTime::new(self.frame * 1_800, ClockRate::HZ_90000);
            for (clock, stream, late) in [(0, Stream::Voice, 60), (1, Stream::Picture, 130)] {
                let clock = &mut self.clocks[clock];
                let now = Instant::EPOCH + at + Duration::from_millis(late);
                clock.arrived(now, time);
                if self.frame.is_multiple_of(50) {
                    clock.report(now, NtpTime::from_unix(at), time);
                }
                let rendered = Rendered {
                    captured: clock.captured(time),
                    delay: Duration::ZERO,
                    wanted: Duration::ZERO,
                };
                self.sync.rendered(now, stream, rendered);
            }
        }
    }
}

#[test]
fn ten_seconds_of_a_call_allocate_nothing() {
    let sync = LipSync::new(SyncConfig::default()).unwrap();
    let mut call = Call { clocks: [SenderClock::new(), SenderClock::new()], sync, frame: 0 };
    call.seconds(1);
    assert_eq!(Counting::count(|| call.seconds(10)), Allocations::default());
    assert_eq!(call.sync.error().map(|nanos| nanos / 1_000_000), Some(70));
}
