//! npz: an array of pictures with an array of labels, under the names that Keras, MedMNIST and NumPy's users give them.

use std::path::Path;

use super::{Error, Part, check_size, in_turn, title};
use crate::engine::network::{Dataset, digits::Split};
use crate::engine::tensor::{Dtype, Model, Tensor};

/// The names of pictures and labels, with the part that they are: the first pair that is there counts.
const NAMES: [(&str, &str, Part); 8] = [
    ("x_train", "y_train", Part::Train),
    ("train_images", "train_labels", Part::Train),
    ("X_train", "Y_train", Part::Train),
    ("x_test", "y_test", Part::Test),
    ("test_images", "test_labels", Part::Test),
    ("X_test", "Y_test", Part::Test),
    ("x", "y", Part::Whole),
    ("images", "labels", Part::Whole),
];

/// The largest label that is taken.
const MOST_CLASSES: usize = 10_000;

/// Which part [`read`] would read.
pub(super) fn part_at(path: &Path, wanted: Split) -> Result<Part, Error> {
    let model = crate::io::open(path)?;
    find(&model, wanted).map(|(.., part)| part).map_err(|problem| Error::new(path, problem))
}

/// The pictures and labels of that split, or of the only part that there is.
fn find(model: &Model, wanted: Split) -> Result<(&Tensor, &Tensor, Part), String> {
    let pairs: Vec<_> =
        NAMES.iter().filter_map(|(x, y, part)| Some((model.tensor(x)?, model.tensor(y)?, *part))).collect();
    pairs.iter().find(|(.., part)| part.is(wanted)).or(pairs.first()).copied().ok_or_else(|| missing(model))
}

/// Reads the pictures and labels of that split, or of the only part that there is.
pub(super) fn read(path: &Path, wanted: Split) -> Result<Dataset, Error> {
    let model = crate::io::open(path)?;
    let fail = |problem: String| Error::new(path, problem);
    let (x, y, part) = find(&model, wanted).map_err(fail)?;
    let (shape, order) = layout(&x.shape).map_err(|problem| fail(format!("array `{}` {problem}", x.name)))?;
    let pictures = x.shape[0];
    check_size(path, pictures, shape)?;
    let labels = labels(y, pictures).map_err(fail)?;
    let pixels = pixels(x, shape, order).map_err(fail)?;
    let classes = labels.iter().max().map_or(0, |largest| usize::from(*largest) + 1);
    let names = (0..classes).map(|class| class.to_string()).collect();
    let data =
        Dataset::new(title(path, part), shape, pixels, labels, names).map_err(|error| fail(error.to_string()))?;
    Ok(mixed(data))
}

fn missing(model: &Model) -> String {
    let names: Vec<&str> = model.tensors.iter().map(|tensor| tensor.name.as_str()).take(8).collect();
    format!(
        "has no pictures with labels, expected arrays x and y, x_train and y_train, or train_images and train_labels (and the same \
         with test); it has {}",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    )
}

/// Where the channels of an array of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Before the rows, or there are none.
    First,
    /// After the columns.
    Last,
}

/// Channels, height and width of `[n, h, w]`, `[n, c, h, w]` or `[n, h, w, c]` with one or three channels.
fn layout(shape: &[usize]) -> Result<([usize; 3], Order), String> {
    match *shape {
        [_, height, width] => Ok(([1, height, width], Order::First)),
        [_, channels @ (1 | 3), height, width] => Ok(([channels, height, width], Order::First)),
        [_, height, width, channels @ (1 | 3)] => Ok(([channels, height, width], Order::Last)),
        _ => Err(format!(
            "has shape {shape:?}, expected [n, height, width], [n, channels, height, width] or [n, height, width, channels] with 1 \
             or 3 channels"
        )),
    }
}

fn labels(y: &Tensor, pictures: usize) -> Result<Vec<u16>, String> {
    let place = |problem: String| format!("array `{}` {problem}", y.name);
    let fits = matches!(*y.shape.as_slice(), [n] | [n, 1] if n == pictures);
    if !fits {
        return Err(place(format!("has shape {:?}, expected one label for each of {pictures} pictures", y.shape)));
    }
    let values = y.values().map_err(|error| error.to_string())?;
    let label = |(index, value): (usize, &f32)| {
        let whole = value.fract() == 0.0 && (0.0..MOST_CLASSES as f32).contains(value);
        whole.then_some(*value as u16).ok_or_else(|| {
            place(format!("holds {value} at place {index}, expected a whole number from 0 to {}", MOST_CLASSES - 1))
        })
    };
    values.iter().enumerate().map(label).collect()
}

/// Bytes, channel by channel. Floats from 0 to 1 are shares of 255, rounded; other numbers must be whole and fit a byte.
fn pixels(x: &Tensor, shape: [usize; 3], order: Order) -> Result<Vec<u8>, String> {
    let bytes = if x.dtype == Dtype::U8 {
        x.stored().map_err(|error| error.to_string())?.to_vec()
    } else {
        let values = x.values().map_err(|error| error.to_string())?;
        let is_float = matches!(x.dtype, Dtype::F16 | Dtype::F32 | Dtype::F64 | Dtype::BF16);
        let shares = is_float && values.iter().all(|value| (0.0..=1.0).contains(value));
        let byte = |(index, value): (usize, &f32)| {
            let scaled = if shares { (value * 255.0).round() } else { *value };
            let whole = scaled.fract() == 0.0 && (0.0..=255.0).contains(&scaled);
            whole.then_some(scaled as u8).ok_or_else(|| {
                format!(
                    "array `{}` holds {value} at flat place {index}, expected bytes, or floats from 0 to 1; normalized pixels cannot be \
                     taken, the normalization is the network's",
                    x.name
                )
            })
        };
        values.iter().enumerate().map(byte).collect::<Result<Vec<u8>, String>>()?
    };
    let [channels, height, width] = shape;
    if order == Order::First || channels == 1 {
        return Ok(bytes);
    }
    let plane = height * width;
    let mut planar = vec![0; bytes.len()];
    for (from, to) in bytes.chunks_exact(plane * channels).zip(planar.chunks_exact_mut(plane * channels)) {
        for (place, pixel) in from.chunks_exact(channels).enumerate() {
            for (channel, value) in pixel.iter().enumerate() {
                to[channel * plane + place] = *value;
            }
        }
    }
    Ok(planar)
}

/// Where the pictures come class by class, the classes in turn instead: the first pictures have to be a fair sample.
fn mixed(data: Dataset) -> Dataset {
    let sorted = data.classes.len() > 1 && data.labels.is_sorted();
    if sorted { data.select(&in_turn(&data.labels, data.classes.len())) } else { data }
}
