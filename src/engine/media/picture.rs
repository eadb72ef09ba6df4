//! Pictures with few colours: palettes found or given, pixels mapped to them, and what that does to the picture.
//!
//! A [`Picture`] and a [`Recipe`] give a [`Reduced`]: a palette, an index a pixel, and how both came about. Colours are 8 bits a channel in
//! sRGB (IEC 61966-2-1); means and distances are taken in the [`Space`] of the recipe.

mod blue_noise;
pub mod card;
mod curve;
mod cut;
mod dither;
mod exact;
pub mod fixed;
mod kmeans;
mod letters;
mod map;
mod measure;
mod octree;
mod points;
mod recipe;
mod reduce;
mod space;
mod ssim;

pub use blue_noise::{SIDE as BLUE_NOISE_SIDE, ranks as blue_noise};
pub use curve::{CURVE_COLOURS, CurvePoint, PREVIEW, SAMPLE, curve};
pub use dither::{Dither, bayer};
pub use fixed::Fixed;
pub use kmeans::{Course, Step, lloyd, plain_step};
pub use measure::{Histogram, Measures, histograms, measure};
pub use points::Points;
pub use recipe::{MOST_COLOURS, Method, Recipe};
pub use reduce::{Reduced, reduce, sse};
pub use space::Space;
pub use ssim::ssim;

use super::super::tensor::{Dtype, Model};

/// A colour: red, green and blue, 8 bits each, sRGB.
pub type Rgb = [u8; 3];

/// A picture without transparency, 8 bits a channel, sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row; at least 1.
    pub width: usize,
    /// Rows; at least 1.
    pub height: usize,
    /// Row by row, from the top left: `width` × `height` of them.
    pub pixels: Vec<Rgb>,
}

impl Picture {
    /// A picture of these pixels.
    ///
    /// # Panics
    /// Where there are no pixels, or another number than the sides say.
    pub fn new(width: usize, height: usize, pixels: Vec<Rgb>) -> Self {
        assert!(!pixels.is_empty() && pixels.len() == width * height, "{width} × {height} pixels");
        Self { width, height, pixels }
    }

    /// The picture whose channels a model holds, if it holds one: tensors `red`, `green`, `blue` or `grey`, with or without `alpha`, of 8 or
    /// 16 bits and one shape, rows by columns.
    ///
    /// 16 bits become 8 by rounding v/257, half up. Transparent pixels are laid over white, in sRGB values, half up.
    ///
    /// # Errors
    /// A channel that cannot be read, in one line.
    pub fn of_model(model: &Model) -> Option<Result<Self, String>> {
        let names: Vec<&str> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let (color, alpha) = match names.as_slice() {
            ["red", "green", "blue"] => (3, false),
            ["red", "green", "blue", "alpha"] => (3, true),
            ["grey"] => (1, false),
            ["grey", "alpha"] => (1, true),
            _ => return None,
        };
        let shape = model.tensors[0].shape.clone();
        let [height, width] = *shape.as_slice() else { return None };
        let fits = |dtype| matches!(dtype, Dtype::U8 | Dtype::U16);
        if width * height == 0 || model.tensors.iter().any(|tensor| tensor.shape != shape || !fits(tensor.dtype)) {
            return None;
        }
        let mut planes = Vec::new();
        for tensor in &model.tensors {
            let stored = match tensor.stored() {
                Ok(stored) => stored,
                Err(error) => return Some(Err(error.to_string())),
            };
            planes.push(if tensor.dtype == Dtype::U16 {
                let wide = stored.as_chunks::<2>().0.iter().map(|pair| u32::from(u16::from_le_bytes(*pair)));
                wide.map(|value| ((value * 2 + 257) / 514) as u8).collect::<Vec<u8>>()
            } else {
                stored.to_vec()
            });
        }
        let pixels = (0..width * height).map(|at| {
            let rgb = if color == 3 { [planes[0][at], planes[1][at], planes[2][at]] } else { [planes[0][at]; 3] };
            if alpha { over_white(rgb, planes[color][at]) } else { rgb }
        });
        Some(Ok(Self { width, height, pixels: pixels.collect() }))
    }

    /// At most `most` pixels of the picture, from an even grid: every n-th of every n-th row.
    pub fn sampled(&self, most: usize) -> Self {
        let mut step = 1;
        while self.width.div_ceil(step) * self.height.div_ceil(step) > most {
            step += 1;
        }
        let rows = self.pixels.chunks_exact(self.width).step_by(step);
        let pixels: Vec<Rgb> = rows.flat_map(|row| row.iter().step_by(step).copied()).collect();
        Self { width: self.width.div_ceil(step), height: self.height.div_ceil(step), pixels }
    }

    /// Bytes of the pixels themselves, three a pixel.
    pub fn raw_bytes(&self) -> u64 {
        self.pixels.len() as u64 * 3
    }
}

/// A colour of that opacity over white.
fn over_white(rgb: Rgb, alpha: u8) -> Rgb {
    let alpha = u32::from(alpha);
    rgb.map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tensor::{Bytes, Source, SourceError, Tensor, Values};

    struct Plane(Vec<u8>);

    impl Source for Plane {
        fn read(&self) -> Result<Values, SourceError> {
            Ok(Values::from(self.0.iter().map(|&byte| f32::from(byte)).collect::<Vec<f32>>()))
        }

        fn stored(&self) -> Result<Bytes, SourceError> {
            Ok(Bytes::new(self.0.clone()))
        }
    }

    fn model(planes: &[(&str, Dtype, &[u8])]) -> Model {
        let width = |dtype| if dtype == Dtype::U16 { 2 } else { 1 };
        let tensor = |&(name, dtype, bytes): &(&str, Dtype, &[u8])| {
            Tensor::new(name, vec![1, bytes.len() / width(dtype)], dtype, Plane(bytes.to_vec()))
        };
        Model { name: String::new(), tensors: planes.iter().map(tensor).collect(), metadata: Vec::new() }
    }

    #[test]
    fn depth_grey_and_alpha_follow_their_rules() {
        let wide = [0, 0, 128, 0, 129, 0, 255, 255];
        let grey = Picture::of_model(&model(&[("grey", Dtype::U16, &wide)])).unwrap().unwrap();
        // 128/257 is below a half, 129/257 above.
        assert_eq!(grey.pixels, [[0; 3], [0; 3], [1; 3], [255; 3]]);
        let planes: [(&str, Dtype, &[u8]); 4] = [
            ("red", Dtype::U8, &[255, 10, 0]),
            ("green", Dtype::U8, &[0, 20, 0]),
            ("blue", Dtype::U8, &[0, 30, 0]),
            ("alpha", Dtype::U8, &[0, 255, 128]),
        ];
        let picture = Picture::of_model(&model(&planes)).unwrap().unwrap();
        assert_eq!(picture.pixels, [[255; 3], [10, 20, 30], [127; 3]]);
        assert!(Picture::of_model(&model(&[("weight", Dtype::U8, &[1])])).is_none());
        assert!(Picture::of_model(&model(&planes[..2])).is_none());
    }

    #[test]
    fn a_sample_is_an_even_grid() {
        let pixels = (0..6 * 4).map(|at| [at as u8; 3]).collect();
        let sample = Picture::new(6, 4, pixels).sampled(6);
        assert_eq!((sample.width, sample.height), (3, 2));
        assert_eq!(sample.pixels.iter().map(|pixel| pixel[0]).collect::<Vec<_>>(), [0, 2, 4, 12, 14, 16]);
    }
}
