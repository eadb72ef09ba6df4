//! A convolution in integers: the window unrolled into columns, then the same product as a fully connected layer.

use super::{Bias, Grid, IntegerError, Layer, Matrix, Operand, Product, Rescaled};

/// Sizes of a batch of images: \[images, channels, height, width\].
pub type Shape4 = [usize; 4];

/// Kernel size, steps and borders of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Steps between windows, down and across.
    pub stride: [usize; 2],
    /// Border cells: top, left, bottom, right (ONNX's order).
    pub padding: [usize; 4],
    /// Distance between the taps of a kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other; as many as channels for a depthwise convolution.
    pub groups: usize,
}

impl Geometry {
    /// A square kernel with step 1, no border, no dilation and one group.
    pub fn square(kernel: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [1; 2], padding: [0; 4], dilation: [1; 2], groups: 1 }
    }

    /// The same with `border` cells on all sides.
    #[must_use]
    pub fn padded(self, border: usize) -> Self {
        Self { padding: [border; 4], ..self }
    }

    /// Height and width of the output.
    ///
    /// # Errors
    /// A size of 0 where there must be one; a kernel larger than the padded input.
    pub fn output(&self, height: usize, width: usize) -> Result<[usize; 2], IntegerError> {
        if [self.kernel, self.stride, self.dilation].iter().flatten().any(|&size| size == 0) {
            return Err(IntegerError::Shape("kernel, stride and dilation are at least 1".to_owned()));
        }
        let [top, left, bottom, right] = self.padding;
        let along = |axis: usize, padded: usize| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let name = ["height", "width"][axis];
            padded.checked_sub(reach).map(|rest| rest / self.stride[axis] + 1).ok_or_else(|| {
                IntegerError::Shape(format!("the kernel reaches over {reach} cells, the padded {name} is {padded}"))
            })
        };
        Ok([along(0, height + top + bottom)?, along(1, width + left + right)?])
    }

    /// Height and width of the output for an image, after checking it against the weights \[outputs × depth\].
    ///
    /// # Errors
    /// Channels that do not divide into the groups, weights of another depth.
    pub fn check(
        &self,
        [_, channels, height, width]: Shape4,
        outputs: usize,
        depth: usize,
    ) -> Result<[usize; 2], IntegerError> {
        if self.groups == 0 || !channels.is_multiple_of(self.groups) || !outputs.is_multiple_of(self.groups) {
            return Err(IntegerError::Shape(format!(
                "{channels} input and {outputs} output channels do not divide into {} groups",
                self.groups
            )));
        }
        let expected = channels / self.groups * self.kernel[0] * self.kernel[1];
        if depth != expected {
            return Err(IntegerError::Shape(format!(
                "a kernel of {} × {} over {} channels has {expected} weights, not {depth}",
                self.kernel[0],
                self.kernel[1],
                channels / self.groups
            )));
        }
        self.output(height, width)
    }

    /// The input cell under a tap of the window at an output cell; `None` in the border.
    pub fn source(&self, [height, width]: [usize; 2], output: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize, size: usize| {
            let place = output[axis] * self.stride[axis] + tap[axis] * self.dilation[axis];
            place.checked_sub(self.padding[axis]).filter(|&place| place < size)
        };
        Some([along(0, height)?, along(1, width)?])
    }

    /// The windows of one group as columns: rows are (channel, kernel row, kernel column), columns (image, output row, output column).
    /// Cells of the border hold `pad`.
    ///
    /// # Errors
    /// A kernel larger than the padded input, or an input of another size than its shape.
    pub fn columns<T: Copy>(
        &self,
        input: &[T],
        shape: Shape4,
        group: usize,
        pad: T,
    ) -> Result<Matrix<T>, IntegerError> {
        let [images, channels, height, width] = shape;
        if input.len() != images * channels * height * width {
            return Err(IntegerError::Shape(format!(
                "the input has {} values, its shape {images} × {channels} × {height} × {width} needs {}",
                input.len(),
                images * channels * height * width
            )));
        }
        let [out_height, out_width] = self.output(height, width)?;
        let per_group = channels / self.groups;
        let taps = self.kernel[0] * self.kernel[1];
        Ok(Matrix::from_fn(per_group * taps, images * out_height * out_width, |row, col| {
            let channel = group * per_group + row / taps;
            let tap = [row % taps / self.kernel[1], row % self.kernel[1]];
            let (image, output) = (col / (out_height * out_width), col % (out_height * out_width));
            let output = [output / out_width, output % out_width];
            self.source([height, width], output, tap)
                .map_or(pad, |[y, x]| input[((image * channels + channel) * height + y) * width + x])
        }))
    }
}

/// Which code the border gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PadCode {
    /// Z_X, the code of 0: right.
    #[default]
    ZeroPoint,
    /// The code 0, which stands for −S_X · Z_X: wrong wherever Z_X ≠ 0, and shown for that.
    Zero,
}

/// A convolution: a layer whose weights are unrolled, \[outputs × (channels / groups · kernel height · kernel width)\].
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Weights, bias, output grid, recipe.
    pub layer: Layer,
    /// Kernel, steps, borders, groups.
    pub geometry: Geometry,
    /// What the border holds.
    pub pad: PadCode,
}

/// One product of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Input channel.
    pub channel: usize,
    /// Row and column in the kernel.
    pub kernel: [usize; 2],
    /// Row and column in the input; `None` in the border.
    pub source: Option<[usize; 2]>,
    /// q_W.
    pub weight: i32,
    /// q_X.
    pub input: i32,
}

/// The output of a convolution with everything on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolved {
    /// \[images, channels, height, width\] of the output.
    pub shape: Shape4,
    /// The product of each group: its rows are the group's output channels, its columns (image, row, column).
    pub groups: Vec<Product>,
}

impl Convolution {
    /// Runs the convolution on codes \[images, channels, height, width\].
    ///
    /// # Errors
    /// Shapes that do not match, a code beyond the grid, and what [`Layer::run`] refuses.
    pub fn run(&self, input: &[i32], shape: Shape4, grid: Grid) -> Result<Convolved, IntegerError> {
        let weights = self.layer.weights.codes();
        let [height, width] = self.geometry.check(shape, weights.rows(), weights.cols())?;
        let bias = self.layer.quantized_bias(grid.scale)?;
        let rows = weights.rows() / self.geometry.groups;
        let run = |group: usize| {
            let columns = self.geometry.columns(input, shape, group, self.pad_code(&grid))?;
            let layer = self.layer.rows(group * rows..(group + 1) * rows)?;
            let bias = if bias.is_empty() { Vec::new() } else { bias[group * rows..(group + 1) * rows].to_vec() };
            layer.run_with(&Operand::new("X", columns, vec![self.open(grid)])?, bias)
        };
        let groups = (0..self.geometry.groups).map(run).collect::<Result<_, _>>()?;
        Ok(Convolved { shape: [shape[0], weights.rows(), height, width], groups })
    }

    /// The products of one output cell, in the order in which they are added.
    ///
    /// # Panics
    /// If the cell is outside the output, or the input does not fit.
    pub fn taps(&self, input: &[i32], shape: Shape4, grid: &Grid, [image, out, y, x]: [usize; 4]) -> Vec<Tap> {
        let weights = self.layer.weights.codes();
        let per_group = shape[1] / self.geometry.groups;
        let group = out / (weights.rows() / self.geometry.groups);
        let [kernel_height, kernel_width] = self.geometry.kernel;
        let tap = |(index, &weight): (usize, &i32)| {
            let channel = group * per_group + index / (kernel_height * kernel_width);
            let kernel = [index / kernel_width % kernel_height, index % kernel_width];
            let source = self.geometry.source([shape[2], shape[3]], [y, x], kernel);
            let value = |[y, x]: [usize; 2]| input[((image * shape[1] + channel) * shape[2] + y) * shape[3] + x];
            Tap { channel, kernel, source, weight, input: source.map_or(self.pad_code(grid), value) }
        };
        weights.row(out).iter().enumerate().map(tap).collect()
    }

    /// The code in the border.
    pub fn pad_code(&self, grid: &Grid) -> i32 {
        match self.pad {
            PadCode::ZeroPoint => grid.zero_point,
            PadCode::Zero => 0,
        }
    }

    /// The grid with room for a border of 0 where 0 is no code of it.
    fn open(&self, grid: Grid) -> Grid {
        let pad = self.pad_code(&grid);
        Grid { q_min: grid.q_min.min(pad), q_max: grid.q_max.max(pad), ..grid }
    }
}

impl Convolved {
    /// One output cell: \[image, channel, row, column\].
    ///
    /// # Panics
    /// Outside the output.
    pub fn at(&self, cell: [usize; 4]) -> &Rescaled {
        let (group, row, col) = self.place(cell);
        &self.groups[group].rescaled[(row, col)]
    }

    /// The group of an output cell, and its row and column in that group's product.
    pub fn place(&self, [image, channel, y, x]: [usize; 4]) -> (usize, usize, usize) {
        let [_, channels, height, width] = self.shape;
        let rows = channels / self.groups.len();
        (channel / rows, channel % rows, (image * height + y) * width + x)
    }

    /// All cells in the order of the shape, through a function.
    fn collect<T>(&self, value: impl Fn(&Self, [usize; 4]) -> T) -> Vec<T> {
        let [images, channels, height, width] = self.shape;
        let plane = height * width;
        (0..images * channels * plane)
            .map(|index| {
                value(
                    self,
                    [index / (channels * plane), index / plane % channels, index % plane / width, index % width],
                )
            })
            .collect()
    }

    /// q_Y, \[images, channels, height, width\].
    pub fn codes(&self) -> Vec<i32> {
        self.collect(|all, cell| all.at(cell).code)
    }

    /// The accumulators, in the same order.
    pub fn accumulators(&self) -> Vec<i64> {
        self.collect(|all, cell| all.at(cell).accumulator)
    }

    /// S_Y (q_Y − Z_Y), in the same order.
    pub fn real(&self) -> Vec<f32> {
        self.collect(|all, cell| all.groups[0].grid.dequantize(all.at(cell).code))
    }
}

impl Layer {
    /// The layer of some output channels, without its bias.
    fn rows(&self, rows: std::ops::Range<usize>) -> Result<Self, IntegerError> {
        let codes = self.weights.codes();
        let part = Matrix::from_fn(rows.len(), codes.cols(), |row, col| codes[(rows.start + row, col)]);
        let grids = if self.weights.grids().len() == 1 {
            self.weights.grids().to_vec()
        } else {
            self.weights.grids()[rows].to_vec()
        };
        Ok(Self { weights: Operand::new("W", part, grids)?, bias: Vec::new(), ..self.clone() })
    }

    /// The bias of all output channels for an input of scale `input`.
    ///
    /// # Errors
    /// What [`Bias::quantize`] refuses.
    pub fn quantized_bias(&self, input: f32) -> Result<Vec<Bias>, IntegerError> {
        if self.bias.is_empty() {
            return Ok(Vec::new());
        }
        Bias::quantize(&self.bias, &self.accumulator_scales(input), self.bias_width)
    }
}

/// The convolution in double precision, \[images, outputs, height, width\]: what the integers are compared with. `weights` are unrolled,
/// an empty `bias` adds nothing.
///
/// # Errors
/// Shapes that do not match.
pub fn float_convolution(
    weights: &Matrix<f32>,
    bias: &[f32],
    input: &[f32],
    shape: Shape4,
    geometry: &Geometry,
) -> Result<Vec<f64>, IntegerError> {
    let [height, width] = geometry.check(shape, weights.rows(), weights.cols())?;
    let rows = weights.rows() / geometry.groups;
    let plane = height * width;
    let mut output = vec![0.0; shape[0] * weights.rows() * plane];
    for group in 0..geometry.groups {
        let columns = geometry.columns(input, shape, group, 0.0_f32)?;
        let part = Matrix::from_fn(rows, weights.cols(), |row, col| weights[(group * rows + row, col)]);
        let bias = if bias.is_empty() { bias } else { bias.get(group * rows..(group + 1) * rows).unwrap_or(bias) };
        let product = super::float_product(&part, &columns, bias)?;
        for row in 0..rows {
            for (col, &value) in product.row(row).iter().enumerate() {
                let channel = group * rows + row;
                output[(col / plane * weights.rows() + channel) * plane + col % plane] = value;
            }
        }
    }
    Ok(output)
}
