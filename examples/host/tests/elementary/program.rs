//! Programs that run beside the test.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that is killed when the test is done with it.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Whether it has ended, which must be a good end.
    pub(crate) fn has_ended(&mut self) -> bool {
        let ended = self.0.try_wait().expect("a child");
        assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
        ended.is_some()
    }

    pub(crate) fn finish(mut self) {
        poll_until("the program ends", || self.has_ended());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[allow(clippy::disallowed_methods, reason = "foreign processes live on the machine's clock")]
pub(crate) fn poll_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("after 60 s still not: {what}");
}
