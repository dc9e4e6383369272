//! Waiting for datagrams, not a moment longer than allowed.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::net::UdpSocket;
use std::time::Duration;

/// Sleeps until one of `sockets` can be read or `timeout` is over; now and then returns for no reason.
///
/// `UdpSocket::set_read_timeout` would not do: Linux rounds it up to scheduler ticks, and it was found 6 to 13 ms
/// late where `ppoll` is about 0.1 ms late.
pub(crate) fn wait_readable<'a>(
    sockets: impl IntoIterator<Item = &'a UdpSocket>,
    timeout: Duration,
) -> io::Result<()> {
    let mut sockets: Vec<_> = sockets.into_iter().map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
    // Cut to what any system's timespec can hold; a caller that is woken early waits again.
    let timeout = Timespec::try_from(timeout.min(Duration::from_secs(3_600))).map_err(io::Error::other)?;
    match poll(&mut sockets, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
