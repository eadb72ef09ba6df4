//! WAV files: what they hold, and what is refused.

use hound::{SampleFormat, WavSpec, WavWriter};
use std::io::Cursor;

use quantscope::engine::media::signal::Recording;
use quantscope::io::open_bytes;

use crate::hostile::{Case, refuse};

/// A file of these integers, two channels.
fn pcm(bits: u16, samples: &[i32]) -> Vec<u8> {
    let spec = WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: bits, sample_format: SampleFormat::Int };
    let mut bytes = Vec::new();
    let mut writer = WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
    samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
    writer.finalize().unwrap();
    bytes
}

/// A file of four samples.
pub fn sample() -> Vec<u8> {
    pcm(16, &[1, -2, 3, 4])
}

#[test]
fn integers_become_shares_of_full_scale() {
    for bits in [8, 16, 24, 32] {
        let full = 1_i64 << (bits - 1);
        let samples = [-full, full / 2, full / 4, -full / 2].map(|sample| sample as i32);
        let model = open_bytes("x.wav", pcm(bits, &samples)).unwrap();
        assert_eq!(model.tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["left", "right"]);
        let channel = |at| Recording::of_model(&model, at).unwrap();
        assert_eq!((channel(0).rate, channel(0).samples), (44_100.0, vec![-1.0, 0.25]), "{bits}");
        assert_eq!(channel(1).samples, [0.5, -0.5], "{bits}");
    }
}

#[test]
fn files_that_lie_are_refused() {
    let good = pcm(16, &[1, 2, 3, 4]);
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let data = good.windows(4).position(|name| name == b"data").unwrap();
    let cases: Vec<Case> = vec![
        ("nothing after the head", "x.wav", good[..12].to_vec(), "ends before its samples"),
        ("a cut fmt chunk", "x.wav", good[..30].to_vec(), "(fmt) is cut off"),
        (
            "samples that are not there",
            "x.wav",
            good[..good.len() - 3].to_vec(),
            "claims 8 bytes of samples, the file has 5",
        ),
        ("no channels", "x.wav", changed(22, &[0, 0]), "0 channels, expected 1 to 64"),
        ("too many channels", "x.wav", changed(22, &[0xFF, 0xFF]), "65535 channels"),
        ("a rate of 0", "x.wav", changed(24, &[0; 4]), "a sampling rate of 0"),
        ("frames of no bytes", "x.wav", changed(32, &[0, 0]), "2 channels of 16 bits in 0 bytes"),
        ("another coding", "x.wav", changed(20, &[0x55, 0]), "expected PCM or float"),
        ("no samples", "x.wav", changed(data + 4, &[0; 4]), "holds no samples"),
        ("samples first", "x.wav", [&good[..12], b"data\0\0\0\0"].concat(), "before the chunk that describes them"),
    ];
    refuse(cases);
}

#[test]
fn no_cut_and_no_flipped_byte_panics() {
    let good = pcm(24, &[1, -2, 3, 4]);
    for length in 0..good.len() {
        drop(open_bytes("x.wav", good[..length].to_vec()));
    }
    for at in 12..good.len() {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut file = good.clone();
            file[at] = value;
            drop(open_bytes("x.wav", file));
        }
    }
}
