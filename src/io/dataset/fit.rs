//! One shape for all pictures, by a stated rule.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

use crate::engine::network::Dataset;

/// What is done to pictures of other shapes than wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Nothing: they must all have one shape.
    #[default]
    AsTheyAre,
    /// Each is made this shape (channels, height, width): the largest rectangle of the wanted proportions is cut from its middle and
    /// scaled by a triangle filter; colours become grey by the weights of ITU-R BT.709, grey becomes three equal channels.
    To([usize; 3]),
}

impl Fit {
    /// All pictures of a set in the wanted shape.
    pub(super) fn apply(self, data: Dataset) -> Result<Dataset, String> {
        let Self::To(shape) = self else { return Ok(data) };
        if shape == data.shape {
            return Ok(data);
        }
        let mut pixels = Vec::with_capacity(shape.iter().product::<usize>() * data.len());
        for place in 0..data.len() {
            pixels.extend(self.picture(data.picture(place).to_vec(), data.shape)?.1);
        }
        Ok(Dataset { shape, pixels: pixels.into(), ..data })
    }

    /// One picture, channel by channel, in the wanted shape.
    pub(super) fn picture(self, planes: Vec<u8>, from: [usize; 3]) -> Result<([usize; 3], Vec<u8>), String> {
        let Self::To(to) = self else { return Ok((from, planes)) };
        if from == to {
            return Ok((from, planes));
        }
        let planes = channels(planes, from, to[0])?;
        let plane = from[1] * from[2];
        let scaled: Vec<u8> =
            planes.chunks_exact(plane).flat_map(|plane| scaled(plane, [from[1], from[2]], [to[1], to[2]])).collect();
        Ok((to, scaled))
    }
}

/// The same picture with other channels.
fn channels(planes: Vec<u8>, from: [usize; 3], wanted: usize) -> Result<Vec<u8>, String> {
    let plane = from[1] * from[2];
    match (from[0], wanted) {
        (found, wanted) if found == wanted => Ok(planes),
        (1, _) => Ok(planes.repeat(wanted)),
        (3, 1) => {
            let grey = |place: usize| {
                let part = |channel: usize| f32::from(planes[channel * plane + place]);
                (0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)).round() as u8
            };
            Ok((0..plane).map(grey).collect())
        }
        (found, wanted) => Err(format!("pictures of {found} channels cannot become {wanted}")),
    }
}

fn scaled(plane: &[u8], [height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> Vec<u8> {
    // The largest rectangle of the wanted proportions, in the middle.
    let across = width.min((height * to_width).div_euclid(to_height.max(1))).max(1);
    let down = height.min((width * to_height).div_euclid(to_width.max(1))).max(1);
    let (left, top) = ((width - across) / 2, (height - down) / 2);
    let cut = GrayImage::from_fn(across as u32, down as u32, |x, y| {
        Luma([plane[(top + y as usize) * width + left + x as usize]])
    });
    if [down, across] == [to_height, to_width] {
        return cut.into_raw();
    }
    imageops::resize(&cut, to_width as u32, to_height as u32, FilterType::Triangle).into_raw()
}
