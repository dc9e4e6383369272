//! Feedback: retransmissions, key frames, arrivals and estimates.

use crate::rtcp::{ArrivalTime, Fir, FirEntry, Nack, NackPair, Pli, Remb, TransportFeedback};
use alloc::vec;
use alloc::vec::Vec;
use moim_media::Seq;
use rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate as remb;
use rtcp::payload_feedbacks::{full_intra_request as fir, picture_loss_indication as pli};
use rtcp::transport_feedbacks::{transport_layer_cc as cc, transport_layer_nack as nack};

impl From<NackPair> for nack::NackPair {
    fn from(pair: NackPair) -> Self {
        Self { packet_id: pair.first.0, lost_packets: pair.following }
    }
}

impl From<nack::NackPair> for NackPair {
    fn from(pair: nack::NackPair) -> Self {
        Self { first: Seq(pair.packet_id), following: pair.lost_packets }
    }
}

impl From<&Nack<'_>> for nack::TransportLayerNack {
    fn from(nack: &Nack<'_>) -> Self {
        Self {
            sender_ssrc: nack.sender.0,
            media_ssrc: nack.media.0,
            nacks: nack.pairs().map(Into::into).collect(),
        }
    }
}

impl From<Pli> for pli::PictureLossIndication {
    fn from(pli: Pli) -> Self {
        Self { sender_ssrc: pli.sender.0, media_ssrc: pli.media.0 }
    }
}

impl From<FirEntry> for fir::FirEntry {
    fn from(entry: FirEntry) -> Self {
        Self { ssrc: entry.media.0, sequence_number: entry.number }
    }
}

impl From<&Fir<'_>> for fir::FullIntraRequest {
    fn from(fir: &Fir<'_>) -> Self {
        let entries = fir.entries().map(Into::into).collect();
        Self { sender_ssrc: fir.sender.0, media_ssrc: 0, fir: entries }
    }
}

impl From<&Remb<'_>> for remb::ReceiverEstimatedMaximumBitrate {
    fn from(remb: &Remb<'_>) -> Self {
        Self {
            sender_ssrc: remb.sender.0,
            // Its 18 binary digits fit.
            bitrate: remb.bitrate.0 as f32,
            ssrcs: remb.streams().map(|stream| stream.0).collect(),
        }
    }
}

impl From<&TransportFeedback<'_>> for cc::TransportLayerCc {
    fn from(feedback: &TransportFeedback<'_>) -> Self {
        let packet_chunks: Vec<_> = feedback.chunks().map(chunk).collect();
        let symbols = packet_chunks.iter().flat_map(|chunk| match chunk {
            cc::PacketStatusChunk::RunLengthChunk(run) => {
                vec![run.packet_status_symbol; usize::from(run.run_length)]
            }
            cc::PacketStatusChunk::StatusVectorChunk(vector) => vector.symbol_list.clone(),
        });
        let mut before = ArrivalTime(feedback.reference() << 8);
        let deltas = feedback.packets().zip(symbols).filter_map(|((_, arrival), symbol)| {
            let arrival = arrival?;
            // Microseconds.
            let delta = arrival.nanos_since(before) / 1_000;
            before = arrival;
            Some(cc::RecvDelta { type_tcc_packet: symbol, delta })
        });
        Self {
            sender_ssrc: feedback.sender.0,
            media_ssrc: feedback.media.0,
            base_sequence_number: feedback.first.0,
            packet_status_count: u16::try_from(feedback.packets().len()).unwrap_or(u16::MAX),
            reference_time: feedback.reference(),
            fb_pkt_count: feedback.number,
            recv_deltas: deltas.collect(),
            packet_chunks,
        }
    }
}

/// A status chunk (draft-holmer-rmcat-transport-wide-cc-extensions-01, sections 3.1.3 and 3.1.4).
fn chunk(word: u16) -> cc::PacketStatusChunk {
    let vector = |symbol_size, bits: u16, len: u16| {
        let symbol = |n| cc::SymbolTypeTcc::from(word >> (bits * n) & ((1 << bits) - 1));
        cc::PacketStatusChunk::StatusVectorChunk(cc::StatusVectorChunk {
            type_tcc: cc::StatusChunkTypeTcc::StatusVectorChunk,
            symbol_size,
            symbol_list: (0..len).rev().map(symbol).collect(),
        })
    };
    match word >> 14 {
        0b11 => vector(cc::SymbolSizeTypeTcc::TwoBit, 2, 7),
        0b10 => vector(cc::SymbolSizeTypeTcc::OneBit, 1, 14),
        _ => cc::PacketStatusChunk::RunLengthChunk(cc::RunLengthChunk {
            type_tcc: cc::StatusChunkTypeTcc::RunLengthChunk,
            packet_status_symbol: (word >> 13 & 3).into(),
            run_length: word & 0x1fff,
        }),
    }
}
