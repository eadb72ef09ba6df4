//! Sound as tensors: one a channel, in units of full scale, with the sampling rate among the metadata. And back.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::blob::Blob;
use super::error::{Error, size};
use crate::engine::media::signal::RATE_KEY;
use crate::engine::tensor::{Model, Tensor};

/// The most channels that are read: what film sound uses, and room above.
const MOST_CHANNELS: u16 = 64;

/// Whether a file is RIFF with sound in it, by its first bytes.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE")
}

/// Opens a WAV file of integers (8, 16, 24 or 32 bits) or floats (32 bits). Integers of n bits are divided by 2^(n−1); up to 24 bits that
/// is exact in float32.
pub(super) fn open(blob: &Blob, name: String) -> Result<Model, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), format!("WAV sound: {problem}"));
    let bytes = blob.all()?;
    check(&bytes).map_err(fail)?;
    let damaged = |error: hound::Error| fail(words(&error));
    let mut reader = WavReader::new(Cursor::new(&*bytes)).map_err(damaged)?;
    let spec = reader.spec();
    let channels = usize::from(spec.channels);
    let mut samples: Vec<Vec<f32>> = vec![Vec::with_capacity(reader.duration() as usize); channels];
    let mut put = |at: usize, value: f32| samples[at % channels].push(value);
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, bits @ (8 | 16 | 24 | 32)) => {
            let full = f64::from(bits - 1).exp2();
            for (at, sample) in reader.samples::<i32>().enumerate() {
                put(at, (f64::from(sample.map_err(damaged)?) / full) as f32);
            }
        }
        (SampleFormat::Float, 32) => {
            for (at, sample) in reader.samples::<f32>().enumerate() {
                put(at, sample.map_err(damaged)?);
            }
        }
        (_, bits) => return Err(fail(format!("samples of {bits} bits, expected 8, 16, 24 or 32"))),
    }
    if samples[0].is_empty() {
        return Err(fail("holds no samples".to_owned()));
    }
    let title = |channel: usize| match (channels, channel) {
        (1, _) => "samples".to_owned(),
        (2, 0) => "left".to_owned(),
        (2, _) => "right".to_owned(),
        (_, channel) => format!("channel {}", channel + 1),
    };
    let tensor =
        |(channel, samples): (usize, Vec<f32>)| Tensor::in_memory(title(channel), vec![samples.len()], samples);
    let tensors = samples.into_iter().enumerate().map(tensor).collect();
    let kind = if spec.sample_format == SampleFormat::Int { "integers" } else { "floats" };
    let metadata = vec![
        (RATE_KEY.to_owned(), spec.sample_rate.to_string()),
        ("stored as".to_owned(), format!("{}-bit {kind}", spec.bits_per_sample)),
    ];
    Ok(Model { name, tensors, metadata })
}

/// Holds what the chunks claim against the file before anything is decoded or allocated by it.
fn check(bytes: &[u8]) -> Result<(), String> {
    let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (mut at, mut described) = (12_usize, false);
    while at + 8 <= bytes.len() {
        let (name, length) = (&bytes[at..at + 4], long(at + 4) as usize);
        let start = at + 8;
        if name == b"data" {
            if !described {
                return Err("samples before the chunk that describes them (fmt)".to_owned());
            }
            let found = (bytes.len() - start) as u64;
            if length as u64 > found {
                return Err(format!("claims {} of samples, the file has {}", size(length as u64), size(found)));
            }
            return Ok(());
        }
        if name == b"fmt " {
            if length < 16 || start + 16 > bytes.len() {
                return Err("the chunk that describes the samples (fmt) is cut off".to_owned());
            }
            let (channels, rate, frame, bits) =
                (short(start + 2), long(start + 4), short(start + 12), short(start + 14));
            if !(1..=MOST_CHANNELS).contains(&channels) {
                return Err(format!("{channels} channels, expected 1 to {MOST_CHANNELS}"));
            }
            if rate == 0 {
                return Err("a sampling rate of 0".to_owned());
            }
            if bits == 0 || frame / channels == 0 || frame % channels != 0 {
                return Err(format!("{channels} channels of {bits} bits in {frame} bytes"));
            }
            described = true;
        }
        // Chunks start at even places.
        at = start.saturating_add(length).saturating_add(length % 2);
    }
    Err("ends before its samples".to_owned())
}

/// What the decoder found.
fn words(error: &hound::Error) -> String {
    match error {
        hound::Error::Unsupported => "coded in a way that is not read, expected PCM or float".to_owned(),
        other => super::error::printable(&other.to_string()),
    }
}

/// A mono WAV file of 32-bit floats, which keeps every level of up to 24 bits as it is.
///
/// # Errors
/// More samples than such a file can count, or a sampling rate that is no whole number of hertz.
pub fn encode(samples: &[f64], rate: f64) -> Result<Vec<u8>, String> {
    let whole = rate.round();
    if whole != rate || !(1.0..=f64::from(u32::MAX)).contains(&whole) {
        return Err(format!("a WAV file has a whole number of samples a second, not {rate}"));
    }
    if samples.len() > (u32::MAX as usize - 64) / 4 {
        return Err("a WAV file holds 4 GiB at most".to_owned());
    }
    let spec =
        WavSpec { channels: 1, sample_rate: whole as u32, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut bytes = Vec::with_capacity(samples.len() * 4 + 64);
    let mut write = || -> Result<(), hound::Error> {
        let mut writer = WavWriter::new(Cursor::new(&mut bytes), spec)?;
        samples.iter().try_for_each(|sample| writer.write_sample(*sample as f32))?;
        writer.finalize()
    };
    write().map_err(|error| format!("WAV: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::media::signal::Recording;

    #[test]
    fn what_is_written_reads_back_exactly() {
        let samples = [0.0, 0.5, -0.75, 1.0];
        let bytes = encode(&samples, 8000.0).unwrap();
        let model = super::super::open_bytes("quantized.wav", bytes).unwrap();
        let recording = Recording::of_model(&model, 0).unwrap();
        assert_eq!((recording.rate, recording.samples, recording.total), (8000.0, samples.to_vec(), 4));
        assert!(Recording::of_model(&model, 1).is_err());
        assert!(encode(&samples, 44_100.0 / 7.1).unwrap_err().contains("whole number"));
    }
}
