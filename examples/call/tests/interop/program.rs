//! Programs that run beside the test.

use std::fs::File;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that is killed when the test is done with it.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// What it complains about goes into this file.
    pub(crate) fn start_with_complaints(command: &mut Command, complaints: &Path) -> Self {
        let complaints = File::create(complaints).expect("a file for complaints");
        Self::start(command.stderr(complaints))
    }

    pub(crate) fn wait(&mut self) {
        let mut ended = false;
        poll_until("the program ends", || {
            ended = ended || self.0.try_wait().expect("a child").is_some();
            ended
        });
    }

    /// Waits for an end that must be a good one.
    pub(crate) fn finish(mut self) {
        self.wait();
        let status = self.0.wait().expect("a child");
        assert!(status.success(), "{status}");
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
    for _ in 0..1_200 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("after 60 s still not: {what}");
}

/// A receiver's report that says nothing (RFC 3550, section 6.4.2).
const GREETING: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];

/// Somebody listens at this port: before, the system says that nobody does. To bind it for a look would be in the way.
pub(crate) fn wait_for_port(port: u16) {
    let visitor = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    visitor.connect(("127.0.0.1", port)).expect("an address");
    poll_until("the port is bound", || {
        visitor.send(&GREETING).is_ok() && matches!(visitor.take_error(), Ok(None))
    });
}

/// An even port whose next three are free too, for the moment.
pub(crate) fn free_ports() -> u16 {
    (0..100)
        .find_map(|_| {
            let any = UdpSocket::bind("127.0.0.1:0").ok()?;
            let port = any.local_addr().ok()?.port() & !1;
            drop(any);
            let free = |port| UdpSocket::bind(("127.0.0.1", port)).is_ok();
            (port..port.checked_add(4)?).all(free).then_some(port)
        })
        .expect("four free ports")
}
