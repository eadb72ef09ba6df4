//! Pictures as tensors: one a channel, rows by columns, values as they are stored, the right way up.
//!
//! An orientation that the file records (EXIF, TIFF) is carried out. Of an animation the first frame is read, of a TIFF the first page.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::blob::Blob;
use super::error::{Error, printable};
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};

/// The most pixels that are decoded: a picture of 16,384 × 8,192.
const MOST_PIXELS: u64 = 1 << 27;

/// What decoding may allocate, in bytes: the most pixels at four channels of 16 bits, and as much again.
const MOST_MEMORY: u64 = MOST_PIXELS * 16;

/// Pixels that a byte can stand for: deflate's 1032 bytes of eight grey pixels; a bit at least for each block of 64.
/// The other formats can claim a canvas of any size with next to nothing on it.
fn most_pixels_a_byte(format: ImageFormat) -> Option<u64> {
    match format {
        ImageFormat::Png => Some(1032 * 8),
        ImageFormat::Jpeg => Some(8 * 64),
        _ => None,
    }
}

/// First bytes, format, and what it is called in messages.
const FORMATS: [(&[u8], ImageFormat, &str); 8] = [
    (b"\x89PNG\r\n\x1A\n", ImageFormat::Png, "PNG"),
    (b"\xFF\xD8\xFF", ImageFormat::Jpeg, "JPEG"),
    (b"RIFF", ImageFormat::WebP, "WebP"),
    (b"GIF87a", ImageFormat::Gif, "GIF"),
    (b"GIF89a", ImageFormat::Gif, "GIF"),
    (b"BM", ImageFormat::Bmp, "BMP"),
    (b"II*\0", ImageFormat::Tiff, "TIFF"),
    (b"MM\0*", ImageFormat::Tiff, "TIFF"),
];

/// The format of a picture, by its first bytes.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let (_, format, _) = FORMATS.iter().find(|(magic, ..)| bytes.starts_with(magic))?;
    // A RIFF file may hold sound.
    let is_it = *format != ImageFormat::WebP || bytes.get(8..12) == Some(b"WEBP");
    is_it.then_some(*format)
}

/// Opens a picture and decodes it, after its size has been checked.
pub(super) fn open(blob: &Blob, name: String, format: ImageFormat) -> Result<Model, Error> {
    let picture = decoded(blob, format)?;
    let color = picture.color();
    let dtype = match color {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => Dtype::U8,
        _ => Dtype::U16,
    };
    let names: &[&str] = match color.channel_count() {
        1 => &["grey"],
        2 => &["grey", "alpha"],
        3 => &["red", "green", "blue"],
        _ => &["red", "green", "blue", "alpha"],
    };
    let shape = vec![picture.height() as usize, picture.width() as usize];
    let picture = Arc::new(picture);
    let channel = |(channel, name): (usize, &&str)| {
        let source = Channel { picture: Arc::clone(&picture), channel, channels: names.len(), dtype };
        Tensor::new(*name, shape.clone(), dtype, source)
    };
    let tensors = names.iter().enumerate().map(channel).collect();
    Ok(Model { name, tensors, metadata: Vec::new() })
}

/// A picture of 8 or 16 bits a channel.
fn decoded(blob: &Blob, format: ImageFormat) -> Result<DynamicImage, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let kind = FORMATS.iter().find(|(_, known, _)| *known == format).map_or("", |(.., name)| name);
    let damaged = |error: image::ImageError| fail(format!("{kind} picture: {}", printable(&error.to_string())));
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let bytes = blob.all()?;
    let mut reader = ImageReader::with_format(Cursor::new(&*bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(fail(format!(
            "{kind} picture claims {width} × {height} pixels, the limit is {MOST_PIXELS} in all"
        )));
    }
    let reachable = most_pixels_a_byte(format).map_or(u64::MAX, |pixels| pixels * blob.length());
    if u64::from(width) * u64::from(height) > reachable {
        let found = blob.length();
        return Err(fail(format!("{kind} picture: {width} × {height} pixels cannot come out of {found} bytes")));
    }
    if width == 0 || height == 0 {
        return Err(fail(format!("{kind} picture of {width} × {height} pixels, expected 1 × 1 at least")));
    }
    // A damaged note of the orientation is no reason not to show the picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    match picture.color() {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => Ok(picture),
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => Ok(picture),
        other => Err(fail(format!("{kind} picture of {other:?}, expected 8 or 16 bits a channel"))),
    }
}

/// A picture's bytes channel by channel, with channels (1 for grey, 3 for colour), height and width. Of 16 bits the upper eight count;
/// transparency is left out.
pub(super) fn planes(path: &Path) -> Result<([usize; 3], Vec<u8>), Error> {
    let blob = Blob::open(path)?;
    let format = format(&blob.start(12)?).ok_or_else(|| Error::new(path, "is no picture that can be read"))?;
    let picture = decoded(&blob, format)?;
    let (height, width) = (picture.height() as usize, picture.width() as usize);
    if picture.color().has_color() {
        let pixels = picture.to_rgb8().into_raw();
        let plane = |channel: usize| pixels.iter().skip(channel).step_by(3).copied();
        return Ok(([3, height, width], (0..3).flat_map(plane).collect()));
    }
    Ok(([1, height, width], picture.to_luma8().into_raw()))
}

/// One channel of a picture whose channels alternate pixel by pixel.
struct Channel {
    picture: Arc<DynamicImage>,
    channel: usize,
    channels: usize,
    dtype: Dtype,
}

impl Channel {
    /// The elements of this channel, in this machine's byte order.
    fn elements<const WIDTH: usize>(&self) -> impl Iterator<Item = [u8; WIDTH]> + '_ {
        let elements = self.picture.as_bytes().as_chunks::<WIDTH>().0;
        elements.iter().skip(self.channel).step_by(self.channels).copied()
    }
}

impl Source for Channel {
    fn read(&self) -> Result<Values, SourceError> {
        let values: Vec<f32> = match self.dtype {
            Dtype::U16 => self.elements().map(|element| f32::from(u16::from_ne_bytes(element))).collect(),
            _ => self.elements().map(|[element]| f32::from(element)).collect(),
        };
        Ok(Values::from(values))
    }

    fn stored(&self) -> Result<Bytes, SourceError> {
        Ok(Bytes::new(match self.dtype {
            Dtype::U16 => self.elements().flat_map(|e| u16::from_ne_bytes(e).to_le_bytes()).collect::<Vec<u8>>(),
            _ => self.elements::<1>().flatten().collect(),
        }))
    }
}
