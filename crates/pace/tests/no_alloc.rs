//! After `new`, nothing allocates.

use core::time::Duration;
use moim_media::{Instant, Seq, VideoSize};
use moim_pace::{
    Admission, Class, Estimator, EstimatorConfig, FrameGate, Ladder, PacedQueue, PacerConfig, Prefer,
};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Sender {
    queue: PacedQueue,
    estimator: Estimator,
    ladder: Ladder,
    gate: FrameGate,
    seq: u16,
}

impl Sender {
    fn push(&mut self, now: Instant, class: Class) {
        let pushed = self.queue.push(now, class, |room| Ok::<_, ()>(room.len()));
        assert!(pushed.is_ok());
    }

    /// Each 10 ms sound, each 30 ms a picture of ten packets; one packet in eleven is lost, and the path is a second
    /// fast and a second slow.
    fn run(&mut self, steps: core::ops::Range<u64>) {
        let mut into = [0; 1_200];
        for step in steps {
            let now = Instant::from_millis(10 * step);
            self.push(now, Class::Voice);
            let quality = self.ladder.update(now, self.estimator.bitrate(), self.queue.picture_delay());
            self.gate.set_frame_rate(quality.frame_rate);
            if step % 3 == 0 && self.gate.admit(now, self.queue.picture_delay()) == Admission::Encode {
                for _ in 0..10 {
                    self.push(now, Class::Picture);
                }
            }
            let first = self.seq;
            while let Some(popped) = self.queue.pop(now, &mut into) {
                self.estimator.sent(now, Seq(self.seq), popped.len);
                self.seq = self.seq.wrapping_add(1);
            }
            let delay = Duration::from_millis(20 + 2 * (step % 200).saturating_sub(100));
            let arrived =
                |seq: u16| (Seq(seq), Some(now.since_epoch() + delay).filter(|_| !seq.is_multiple_of(11)));
            self.estimator.feedback(now + delay, (first..self.seq).map(arrived));
            self.estimator.report(now, 0.1, Some(delay));
            self.queue.set_rate(now, self.estimator.bitrate());
            if step % 500 == 0 {
                self.queue.drop_pictures();
            }
        }
    }
}

#[test]
fn ten_seconds_on_a_bad_path_allocate_nothing() {
    let mut sender = Sender {
        queue: PacedQueue::new(PacerConfig { packets: 16, ..PacerConfig::default() }).unwrap(),
        estimator: Estimator::new(EstimatorConfig::default()).unwrap(),
        ladder: Ladder::new(VideoSize::new(640, 360).unwrap(), 30.0, Prefer::Motion),
        gate: FrameGate::new(30.0),
        seq: 0,
    };
    sender.run(0..100);
    let counted = Counting::count(|| sender.run(100..1_100));
    assert!(
        sender.queue.stats().displaced > 0 && sender.gate.congested() > 0,
        "the path was too kind to tell"
    );
    assert_eq!(counted, Allocations::default());
}
