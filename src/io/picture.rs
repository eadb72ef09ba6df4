//! Pictures as weights: one tensor a channel, values as stored (0…255 or 0…65,535).

use std::io::BufReader;
use std::path::Path;

use image::{DynamicImage, ImageReader, Limits};

use super::Error;
use crate::engine::tensor::{Dtype, Model, Tensor, Values};

/// Widest and highest picture.
const SIDE: u32 = 32_768;

/// Memory that decoding may take.
const MEMORY: u64 = 2 << 30;

/// Opens a PNG or JPEG picture. Limits hold before anything is decoded.
///
/// # Errors
/// A damaged picture, or one that claims more than 32,768 pixels a side or 2 GiB.
pub fn open(path: &Path) -> Result<Model, Error> {
    let file = std::fs::File::open(path).map_err(|error| Error::system(path, "opening", &error))?;
    let reader = || -> Result<_, Error> {
        let file = file.try_clone().map_err(|error| Error::system(path, "opening", &error))?;
        let guessed = ImageReader::new(BufReader::new(file)).with_guessed_format();
        guessed.map_err(|error| Error::system(path, "reading", &error))
    };
    let damaged = |error: &image::ImageError| Error::new(path, format!("the picture is damaged: {error}"));
    let rewind = || std::io::Seek::rewind(&mut &file).map_err(|error| Error::system(path, "reading", &error));
    let (width, height) = reader()?.into_dimensions().map_err(|error| damaged(&error))?;
    if width > SIDE || height > SIDE {
        return Err(Error::new(path, format!("claims {width} × {height} pixels; the limit is {SIDE} a side")));
    }
    rewind()?;
    let mut reader = reader()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => {
            Error::new(path, format!("{width} × {height} pixels need more than {} GiB to decode", MEMORY >> 30))
        }
        error => damaged(&error),
    })?;
    Ok(model(&picture))
}

fn model(picture: &DynamicImage) -> Model {
    let shape = vec![picture.height() as usize, picture.width() as usize];
    let color = picture.color();
    let channels = usize::from(color.channel_count());
    let names: &[&str] = match channels {
        1 => &["grey"],
        2 => &["grey", "alpha"],
        3 => &["red", "green", "blue"],
        _ => &["red", "green", "blue", "alpha"],
    };
    let wide = usize::from(color.bytes_per_pixel()) / channels > 1;
    let samples: Vec<f32> = if wide {
        match channels {
            1 => floats(picture.to_luma16().as_raw()),
            2 => floats(picture.to_luma_alpha16().as_raw()),
            3 => floats(picture.to_rgb16().as_raw()),
            _ => floats(picture.to_rgba16().as_raw()),
        }
    } else {
        floats(picture.as_bytes())
    };
    let dtype = if wide { Dtype::U16 } else { Dtype::U8 };
    let channel = |(index, name): (usize, &&str)| {
        let values: Vec<f32> = samples.iter().copied().skip(index).step_by(channels).collect();
        Tensor::new(*name, shape.clone(), dtype, Values::from(values))
    };
    Model { tensors: names.iter().enumerate().map(channel).collect(), ..Model::default() }
}

fn floats<T: Copy + Into<f32>>(samples: &[T]) -> Vec<f32> {
    samples.iter().map(|&sample| sample.into()).collect()
}
