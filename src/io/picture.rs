//! Pictures as tensors: one a channel, rows by columns, values as they are stored, the right way up.
//!
//! An orientation that the file records (EXIF, TIFF) is carried out. Of an animation the first frame is read, of a TIFF the first page. A
//! picture is known by its first bytes, whatever its name ends in; the model's metadata says what it holds and what was done.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::atomic::check_place;
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

/// The metadata that says what a picture's file holds: `PNG, 16 bits a channel`.
const HOLDS: &str = "picture";

/// The metadata that says how a picture was turned.
const TURNED: &str = "orientation";

/// The metadata that says that a picture's name is of another format.
const MISNAMED: &str = "name";

/// What is said of a picture whose name ends as another format's.
pub fn misnamed(model: &Model) -> Option<&str> {
    model.metadata.iter().find(|(key, _)| key == MISNAMED).map(|(_, note)| note.as_str())
}

/// What is done to the picture of a file before its colours are counted, rule by rule; nothing for an opaque one of 8 bits that stands
/// upright under its own name. Depth and transparency follow the rules of `Picture::of_model`.
pub fn picture_rules(model: &Model) -> Vec<String> {
    let turned = model.metadata.iter().find(|(key, _)| key == TURNED).map(|(_, words)| words.clone());
    let mut rules: Vec<String> = misnamed(model).map(str::to_owned).into_iter().chain(turned).collect();
    if model.tensors.iter().any(|tensor| tensor.dtype == Dtype::U16) {
        rules.push("16 bits a channel become 8: v / 257, rounded half up".to_owned());
    }
    if model.tensors.iter().any(|tensor| tensor.name == "alpha") {
        rules.push("transparency is laid over white, in sRGB values".to_owned());
    }
    rules
}

/// What pictures are called in messages, by the ends of their names.
const ENDINGS: [(&str, &[&str]); 6] = [
    ("PNG", &["png", "apng"]),
    ("JPEG", &["jpg", "jpeg", "jpe", "jfif"]),
    ("WebP", &["webp"]),
    ("GIF", &["gif"]),
    ("BMP", &["bmp", "dib"]),
    ("TIFF", &["tif", "tiff"]),
];

/// Whether a PNG can be put at a path, for work that takes long until then.
///
/// # Errors
/// A name that says that it is a picture of another kind; or as [`check_place`].
pub fn check_png_place(path: &Path) -> Result<(), Error> {
    match path.to_str().and_then(named) {
        None | Some("PNG") => check_place(path),
        Some(other) => Err(Error::new(path, format!("is named as {other}, but a PNG is written; expected NAME.png"))),
    }
}

/// What a picture's name says that it is, where it says so.
fn named(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let is = |known: &&str| ending.eq_ignore_ascii_case(known);
    ENDINGS.iter().find(|(_, endings)| endings.iter().any(is)).map(|(kind, _)| *kind)
}

/// What an orientation does, in words; none where it does nothing.
fn turned(orientation: Orientation) -> Option<&'static str> {
    Some(match orientation {
        Orientation::NoTransforms => return None,
        Orientation::Rotate90 => "turned by 90° clockwise, as the file records",
        Orientation::Rotate180 => "turned by 180°, as the file records",
        Orientation::Rotate270 => "turned by 90° anticlockwise, as the file records",
        Orientation::FlipHorizontal => "mirrored left to right, as the file records",
        Orientation::FlipVertical => "mirrored upside down, as the file records",
        Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => "turned by 90° and mirrored, as the file records",
    })
}

/// What a format is called in messages.
fn called(format: ImageFormat) -> &'static str {
    FORMATS.iter().find(|(_, known, _)| *known == format).map_or("", |(.., name)| name)
}

/// The format of a picture, by its first bytes.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let (_, format, _) = FORMATS.iter().find(|(magic, ..)| bytes.starts_with(magic))?;
    // A RIFF file may hold sound.
    let is_it = *format != ImageFormat::WebP || bytes.get(8..12) == Some(b"WEBP");
    is_it.then_some(*format)
}

/// Opens a picture and decodes it, after its size has been checked.
pub(super) fn open(blob: &Blob, name: String, format: ImageFormat) -> Result<Model, Error> {
    let (picture, orientation) = decoded(blob, format)?;
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
    let kind = called(format);
    let bits = if dtype == Dtype::U16 { 16 } else { 8 };
    let mut metadata = vec![(HOLDS.to_owned(), format!("{kind}, {bits} bits a channel"))];
    metadata.extend(turned(orientation).map(|words| (TURNED.to_owned(), words.to_owned())));
    if let Some(other) = named(&name).filter(|other| *other != kind) {
        let note = format!("the name is that of a {other}, the file holds a {kind}: it is read as one");
        metadata.push((MISNAMED.to_owned(), note));
    }
    let picture = Arc::new(picture);
    let channel = |(channel, name): (usize, &&str)| {
        let source = Channel { picture: Arc::clone(&picture), channel, channels: names.len(), dtype };
        Tensor::new(*name, shape.clone(), dtype, source)
    };
    let tensors = names.iter().enumerate().map(channel).collect();
    Ok(Model { name, tensors, metadata })
}

/// A picture of 8 or 16 bits a channel, the right way up, and how it was turned.
fn decoded(blob: &Blob, format: ImageFormat) -> Result<(DynamicImage, Orientation), Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let kind = called(format);
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
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    match picture.color() {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => Ok((picture, orientation)),
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => Ok((picture, orientation)),
        other => Err(fail(format!("{kind} picture of {other:?}, expected 8 or 16 bits a channel"))),
    }
}

/// A picture's bytes channel by channel, with channels (1 for grey, 3 for colour), height and width. Of 16 bits the upper eight count;
/// transparency is left out.
pub(super) fn planes(path: &Path) -> Result<([usize; 3], Vec<u8>), Error> {
    let blob = Blob::open(path)?;
    let format = format(&blob.start(12)?).ok_or_else(|| Error::new(path, "is no picture that can be read"))?;
    let (picture, _) = decoded(&blob, format)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn notes(name: &str, bytes: Vec<u8>) -> Vec<(String, String)> {
        super::super::open_bytes(name, bytes).unwrap().metadata
    }

    #[test]
    fn a_picture_is_known_by_its_bytes_and_its_name_is_held_against_them() {
        let png = || bytes(&DynamicImage::new_rgb8(3, 2), ImageFormat::Png);
        assert_eq!(notes("a.PNG", png()), [(HOLDS.to_owned(), "PNG, 8 bits a channel".to_owned())]);
        for name in ["scan", "a.dat"] {
            assert!(misnamed(&super::super::open_bytes(name, png()).unwrap()).is_none(), "{name}: no format is named");
        }
        let model = super::super::open_bytes("photo.jpg", png()).unwrap();
        assert_eq!(misnamed(&model), Some("the name is that of a JPEG, the file holds a PNG: it is read as one"));
        assert_eq!(model.tensors[0].shape, [2, 3]);
        let gif = bytes(&DynamicImage::new_rgba8(2, 2), ImageFormat::Gif);
        assert!(misnamed(&super::super::open_bytes("a.jpeg", gif).unwrap()).unwrap().contains("holds a GIF"));
        // A name promises nothing: what is no picture is refused by what it is.
        let refused = super::super::open_bytes("a.png", b"hello, this is text".to_vec()).unwrap_err().to_string();
        assert!(refused.contains("hello"), "{refused}");
    }

    #[test]
    fn depth_and_orientation_are_told() {
        let deep = bytes(&DynamicImage::new_luma16(2, 2), ImageFormat::Png);
        assert_eq!(notes("a.png", deep)[0].1, "PNG, 16 bits a channel");
        for (exif, expected) in [
            (1, None),
            (3, Some("by 180°")),
            (6, Some("90° clockwise")),
            (7, Some("mirrored")),
            (8, Some("anticlockwise")),
        ] {
            let mut jpeg = bytes(&DynamicImage::new_rgb8(16, 8), ImageFormat::Jpeg);
            // An EXIF segment with one entry, orientation (0x0112), directly behind the start of the image.
            let tiff = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[exif, 0, 0, 0, 0, 0, 0, 0][..]].concat();
            let segment = [b"\xFF\xE1", &(tiff.len() as u16 + 8).to_be_bytes()[..], b"Exif\0\0", &tiff].concat();
            jpeg.splice(2..2, segment);
            let model = super::super::open_bytes("a.jpg", jpeg).unwrap();
            let told = model.metadata.iter().find(|(key, _)| key == TURNED).map(|(_, words)| words.as_str());
            assert_eq!(told.is_some(), expected.is_some(), "{exif}: {told:?}");
            assert!(told.is_none_or(|told| told.contains(expected.unwrap())), "{exif}: {told:?}");
            let turned = exif > 4;
            assert_eq!(model.tensors[0].shape, if turned { [16, 8] } else { [8, 16] }, "{exif}");
        }
    }
}
