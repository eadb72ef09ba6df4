//! Files made by hand, byte by byte, so that they can also be made wrong.

use std::io::{Cursor, Write};

use image::{DynamicImage, ImageFormat};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A safetensors file of this header and this data.
pub fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A safetensors file of one tensor `t`.
pub fn one_tensor(dtype: &str, shape: &[u64], data: &[u8]) -> Vec<u8> {
    let end = data.len();
    safetensors(&format!(r#"{{"t":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[0,{end}]}}}}"#), data)
}

/// An npy file, version 1.0; `descr` is a Python literal and `shape` the inside of a tuple.
pub fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    npy_text(&format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': ({shape}), }}"), data)
}

/// An npy file, version 1.0, of this header text.
pub fn npy_text(text: &str, data: &[u8]) -> Vec<u8> {
    let mut text = text.to_owned();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), data].concat()
}

/// A zip archive of these members.
pub fn zip(members: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive in whose central directory a field of the entry number `entry` is overwritten.
pub fn with_directory_field(mut archive: Vec<u8>, entry: usize, field: Field, value: u32) -> Vec<u8> {
    let directory = archive.len() - 22 + 16;
    let directory = u32::from_le_bytes(archive[directory..directory + 4].try_into().unwrap()) as usize;
    let is_entry = |&start: &usize| archive[start..].starts_with(b"PK\x01\x02");
    let start = (directory..archive.len()).filter(is_entry).nth(entry).unwrap();
    let (offset, width) = match field {
        Field::Method => (10, 2),
        Field::CompressedSize => (20, 4),
        Field::Size => (24, 4),
        Field::Offset => (42, 4),
    };
    archive[start + offset..start + offset + width].copy_from_slice(&value.to_le_bytes()[..width]);
    archive
}

/// A field of a member's entry in the central directory.
#[derive(Clone, Copy)]
pub enum Field {
    Method,
    CompressedSize,
    Size,
    Offset,
}

/// A picture in a file.
pub fn picture(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A PNG file whose header claims another size, with a checksum that is right.
pub fn claiming(mut png: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
