//! Other programs on this machine, with which ours speak.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often is looked whether what is waited for has come.
const BEAT: Duration = Duration::from_millis(10);
/// A receiver's report that says nothing (RFC 3550, section 6.4.2): nobody takes notice of it.
const GREETING: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];

/// A program that runs beside ours, and is killed when it is dropped.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Starts it with nothing to read.
    ///
    /// # Errors
    ///
    /// The system's, when there is no such program.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).spawn().map(Self)
    }

    /// Waits for its end, good or bad.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`] when it is still running after `patience`, and the system's.
    pub fn wait(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        poll_until(patience, || self.0.try_wait())
    }

    /// Waits for an end that must be a good one.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait), and [`ErrorKind::Other`] when it was a bad one.
    pub fn finish(mut self, patience: Duration) -> io::Result<()> {
        match self.wait(patience)? {
            status if status.success() => Ok(()),
            status => Err(io::Error::other(format!("it ended with {status}"))),
        }
    }

    /// Waits until it listens at a UDP `port` of the loopback device: before, the system tells `visitor` that nobody does.
    /// To bind the port for a look would be in the way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`] when it does not after `patience`, [`ErrorKind::Other`] when it ended instead, and the
    /// system's.
    pub fn wait_for_port(&mut self, visitor: &Visitor, port: u16, patience: Duration) -> io::Result<()> {
        let visitor = &visitor.0;
        visitor.connect((Ipv4Addr::LOCALHOST, port))?;
        poll_until(patience, || {
            if let Some(status) = self.0.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            let sent = visitor.send(&GREETING);
            // A busy system takes a moment to say that nobody is there.
            std::thread::sleep(BEAT);
            let is_heard = sent.is_ok() && visitor.take_error()?.is_none();
            Ok(is_heard.then_some(()))
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks whether somebody is at a port. One that was there before the port was found to be free is not itself in it.
#[derive(Debug)]
pub struct Visitor(UdpSocket);

impl Visitor {
    /// # Errors
    ///
    /// The system's, when no port is free.
    pub fn new() -> io::Result<Self> {
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(Self)
    }
}

/// An even UDP port of the loopback device whose next three are free too, for the moment: for the two streams of a
/// foreign program.
///
/// # Errors
///
/// [`ErrorKind::AddrInUse`] when there are none, and the system's.
pub fn free_ports() -> io::Result<u16> {
    for _ in 0..100 {
        let any = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = any.local_addr()?.port() & !1;
        drop(any);
        let free = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if port.checked_add(4).is_some_and(|end| (port..end).all(free)) {
            return Ok(port);
        }
    }
    Err(ErrorKind::AddrInUse.into())
}

/// Asks again and again until there is an answer.
///
/// # Errors
///
/// [`ErrorKind::TimedOut`] when there is none after `patience`, and those of `ask`.
pub fn poll_until<T>(patience: Duration, mut ask: impl FnMut() -> io::Result<Option<T>>) -> io::Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if begin.elapsed() > patience {
            return Err(ErrorKind::TimedOut.into());
        }
        std::thread::sleep(BEAT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Program {
        Program::start(Command::new("sh").args(["-c", script])).expect("a shell")
    }

    #[test]
    fn ends_are_told_apart() {
        assert_eq!(shell("exit 3").wait(PATIENCE).unwrap().code(), Some(3));
        assert!(shell("true").finish(PATIENCE).is_ok());
        assert_eq!(shell("false").finish(PATIENCE).unwrap_err().kind(), ErrorKind::Other);
        let mut sleeper = shell("exec sleep 100");
        assert_eq!(sleeper.wait(Duration::ZERO).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn a_port_is_waited_for_until_somebody_is_there() {
        let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let (visitor, listener) = (Visitor::new().unwrap(), bind());
        let port = listener.local_addr().unwrap().port();
        let mut beside = shell("exec sleep 100");
        beside.wait_for_port(&visitor, port, PATIENCE).expect("we listen there");
        drop(listener);
        let nobody = beside.wait_for_port(&visitor, port, Duration::ZERO).unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::TimedOut);
        let mut ended = shell("true");
        ended.wait(PATIENCE).unwrap();
        assert_eq!(ended.wait_for_port(&visitor, port, PATIENCE).unwrap_err().kind(), ErrorKind::Other);
    }
}
