//! What is said, as packets, and as it would be heard if nothing happened to them.

use crate::concealment::Concealment;
use crate::sound_file;
use anyhow::{Context, Result, ensure};
use clap::Args;
use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_media::{AudioFormat, Seq, Timestamp};
use moim_opus::{Dtx, Encoder, EncoderConfig, Fec};
use moim_rtp::red::{RedSender, Unit};
use moim_rtp::{Header, PacketBuilder, PayloadType, Ssrc};
use moim_testkit::talker::Talker;
use std::path::PathBuf;

/// How much sound there is in a packet.
pub const FRAME: Duration = Duration::from_millis(20);
/// The source of all simulated calls.
pub const SOURCE: Ssrc = Ssrc(0x006c_6162);

const LONGEST_PAYLOAD: usize = 1_400;
const LONGEST_PACKET: usize = 1_500;

/// What is said, and how it is coded.
#[derive(Clone, Debug, Args)]
pub struct Speech {
    /// What is said: WAV, 48 kHz, repeated when it is too short; by default synthetic talkers, another for each seed
    #[arg(long, value_name = "WAV")]
    pub speech: Option<PathBuf>,
    /// How long the calls are
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Bits per second of the encoder
    #[arg(long, value_name = "BITS", default_value_t = 32_000)]
    pub bitrate: u32,
    /// Percentage of loss that the encoder is told to expect; 0 sends no in-band FEC
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub expected_loss: u8,
    /// Sends no in-band FEC whatever loss is expected
    #[arg(long)]
    pub no_fec: bool,
    /// How far back deep redundancy (DRED) in each packet reaches at most, in ms: 0 to 1040 by tens
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub dred: u16,
    /// Repeats packets in later ones (RED, RFC 2198): how many packets later, such as 1 or 1,2
    #[arg(long, value_name = "DISTANCES", value_delimiter = ',')]
    pub red: Vec<u8>,
}

/// One side of a conversation.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Of each 20 ms the packet of RTP; `None` while the sender is silent.
    pub packets: Vec<Option<Vec<u8>>>,
    /// What the decoder makes of all of them, in time.
    pub undisturbed: Vec<f32>,
}

impl Speech {
    /// The sound: from a file, or of the talker `seed`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds nothing.
    pub fn sound(&self, seed: u64) -> Result<Vec<f32>> {
        let format = AudioFormat::VOICE;
        let mut sound = vec![0.0; format.samples(Duration::from_secs(self.seconds.into()))];
        match &self.speech {
            None => Talker::new(seed, format.rate()).fill(&mut sound),
            Some(path) => {
                let said = sound_file::read(path)?;
                ensure!(!said.is_empty(), "{} holds no sound", path.display());
                sound.iter_mut().zip(said.iter().cycle()).for_each(|(sound, said)| *sound = *said);
            }
        }
        Ok(sound)
    }

    /// Encodes `sound`, with or without silence being sent.
    ///
    /// # Errors
    ///
    /// When Opus cannot be set up as asked for.
    pub fn talk(&self, sound: &[f32], dtx: Dtx, concealment: Concealment) -> Result<Talk> {
        let mut encoder = self.encoder(dtx).context("the encoder cannot be set up so")?;
        let mut decoder = concealment.decoder()?;
        let mut packetizer = Packetizer::new(&self.red);
        let frame = AudioFormat::VOICE.samples(FRAME);
        let (mut payload, mut pcm) = ([0; LONGEST_PAYLOAD], vec![0.0; frame]);
        let mut talk = Talk { packets: Vec::new(), undisturbed: Vec::new() };
        for (number, said) in (0..).zip(sound.chunks_exact(frame)) {
            let packet = match encoder.encode(said, &mut payload)? {
                Encoded::Packet(len) => {
                    decoder.decode(AudioInput::Packet(&payload[..len]), &mut pcm)?;
                    Some(packetizer.packet(number, &payload[..len])?)
                }
                Encoded::Silent => {
                    decoder.decode(AudioInput::Lost, &mut pcm)?;
                    None
                }
            };
            talk.undisturbed.extend_from_slice(&pcm);
            talk.packets.push(packet);
        }
        Ok(talk)
    }

    fn encoder(&self, dtx: Dtx) -> Result<Encoder, moim_opus::ConfigError> {
        Encoder::new(EncoderConfig {
            bitrate: self.bitrate,
            expected_loss: f32::from(self.expected_loss) / 100.0,
            fec: if self.no_fec { Fec::Off } else { Fec::On },
            dred: Duration::from_millis(self.dred.into()),
            dtx,
            frame: FRAME,
            ..EncoderConfig::default()
        })
    }
}

/// Payload types as the judge of jitter buffers numbers them.
pub const OPUS: u8 = 111;
/// See [`OPUS`].
pub const RED: u8 = 63;

/// From payloads to packets.
struct Packetizer {
    red: Option<RedSender>,
    next: Seq,
}

impl Packetizer {
    fn new(distances: &[u8]) -> Self {
        let red = (!distances.is_empty()).then(|| RedSender::new(distances, LONGEST_PAYLOAD));
        Self { red, next: Seq(1_000) }
    }

    /// The packet of frame `number`.
    fn packet(&mut self, number: u32, payload: &[u8]) -> Result<Vec<u8>> {
        let timestamp = Timestamp(0x1_0000 + number * AudioFormat::VOICE.samples(FRAME) as u32);
        let type_of = |number| PayloadType::new(number).context("a payload type");
        let mut redundant = [0; LONGEST_PAYLOAD];
        let (payload_type, payload) = match &mut self.red {
            None => (type_of(OPUS)?, payload),
            Some(red) => {
                let unit = Unit { payload_type: type_of(OPUS)?, timestamp, data: payload };
                let written = red.write(unit, &mut redundant)?;
                (type_of(RED)?, &redundant[..written.len])
            }
        };
        let header = Header { marker: false, payload_type, seq: self.next, timestamp, ssrc: SOURCE };
        self.next = Seq(self.next.0.wrapping_add(1));
        let mut packet = vec![0; LONGEST_PACKET];
        let len = PacketBuilder::new(header).write(&[payload], &mut packet)?;
        packet.truncate(len);
        Ok(packet)
    }
}
