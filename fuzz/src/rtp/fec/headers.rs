//! Headers, read and written.

use super::sender::{Read, read, repair_packet};
use moim_rtp::fec::{Format, HeaderError, Protected, Recovery, RepairError, flexfec, flexfec03, ulpfec};
use moim_rtp::{Packet, Ssrc};

/// What is read is written as it was, but for masks that are longer than they need to be and bits that mean nothing.
pub fn fec_headers(data: &[u8]) {
    let Some((&sources, payload)) = data.split_first() else { return };
    let csrcs: Vec<_> = (0..u32::from(sources & 15)).map(Ssrc).collect();
    let bytes = repair_packet(&csrcs, &[payload]);
    let packet = Packet::parse(&bytes).expect("it was written");
    match flexfec::read(&packet) {
        Ok(flexfec::Received::Repair(repair)) => {
            assert!(repair.protected().map(|source| source.source).eq(csrcs.iter().copied()));
            assert_rewritten(&repair, payload, flexfec::write_header, |bytes| {
                let again = repair_packet(&csrcs, &[bytes]);
                let Some(Read::FlexFec(again)) = read(Format::FlexFec, &again) else { panic!("it reads") };
                assert!(again.protected().eq(repair.protected()));
                assert_eq!((again.recovery(), again.body()), (repair.recovery(), repair.body()));
            });
        }
        Ok(flexfec::Received::Retransmission(_, original)) => assert_eq!(original, payload),
        Err(error) => assert_refused(error, payload),
    }
    match flexfec03::read(&packet) {
        Ok(repair) => {
            let mut known = payload.to_vec();
            known[9..12].fill(0);
            assert_rewritten(&repair, &known, flexfec03::write_header, |bytes| {
                let again = repair_packet(&[], &[bytes]);
                let Some(Read::FlexFec(again)) = read(Format::FlexFec03, &again) else { panic!("it reads") };
                assert!(again.protected().eq(repair.protected()));
                assert_eq!((again.recovery(), again.body()), (repair.recovery(), repair.body()));
            });
        }
        Err(error) => assert_refused(error, payload),
    }
    match ulpfec::read(payload) {
        Ok(repair) => {
            let levels: Vec<_> = repair.levels().collect();
            let mut written = vec![0; payload.len()];
            let len =
                ulpfec::write(repair.recovery(), repair.base(), &levels, &mut written).expect("it fits");
            written.truncate(len);
            let again = ulpfec::read(&written).expect("it was written");
            assert!(again.levels().eq(levels));
            assert_eq!((again.recovery(), again.base()), (repair.recovery(), repair.base()));
            if len == payload.len() {
                assert_eq!(written[0], payload[0] & 0x7f);
                assert_eq!(written[1..], payload[1..]);
            }
        }
        Err(error) => assert_refused(error, payload),
    }
}

fn assert_rewritten(
    repair: &flexfec::Repair<'_>,
    payload: &[u8],
    write: impl Fn(Recovery, &[Protected], &mut [u8]) -> Result<usize, HeaderError>,
    reads: impl FnOnce(&[u8]),
) {
    let protected: Vec<_> = repair.protected().collect();
    let header = payload.len() - repair.body().len();
    let mut written = vec![0; header];
    let len = write(repair.recovery(), &protected, &mut written).expect("it is not longer");
    written.truncate(len);
    if len == header {
        assert_eq!(written, payload[..header]);
    }
    reads(&[&written, repair.body()].concat());
}

fn assert_refused(error: RepairError, payload: &[u8]) {
    match error {
        RepairError::Truncated { needed, actual } => {
            assert!(needed > actual);
            assert_eq!(actual, payload.len());
        }
        RepairError::Undefined { flags } => assert_eq!(flags & 0x80, payload[0] & 0x80),
        RepairError::Packet(error) => assert_eq!(Packet::parse(payload).err(), Some(error)),
        RepairError::Levels { most } => assert!(payload.len() >= 10 + 4 * most),
        RepairError::Sources { count } => assert!(count == 0 || count > 15),
        RepairError::Mask | RepairError::NoColumns { .. } => {}
        error => panic!("{error} has no law yet"),
    }
}
