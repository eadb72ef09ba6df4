//! The fully connected layer of the course's second lab: 8 inputs, 8 outputs, 4 samples.

use super::Matrix;

/// Weights, inputs and bias of a layer in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RealLayer {
    /// W, \[outputs × inputs\].
    pub weights: Matrix<f32>,
    /// X, \[inputs × batch\].
    pub inputs: Matrix<f32>,
    /// b, one an output.
    pub bias: Vec<f32>,
}

/// The lab's layer. There a row of X is a sample; here it is a column.
pub fn lab_layer() -> RealLayer {
    RealLayer {
        weights: Matrix::from_fn(8, 8, |row, col| WEIGHTS[row * 8 + col]),
        inputs: Matrix::from_fn(8, 4, |row, col| SAMPLES[col * 8 + row]),
        bias: BIAS.to_vec(),
    }
}

#[rustfmt::skip]
const SAMPLES: [f32; 32] = [
    0.6118, 0.7288, 0.8511, 0.2849, 0.8427, 0.7435, 0.4014, 0.2794,
    0.3676, 0.2426, 0.1612, 0.7684, 0.6038, 0.0400, 0.2240, 0.4237,
    0.6565, 0.6878, 0.4670, 0.3470, 0.2281, 0.8074, 0.0178, 0.3999,
    0.1863, 0.3567, 0.6104, 0.0497, 0.0577, 0.2990, 0.6687, 0.8626,
];

#[rustfmt::skip]
const WEIGHTS: [f32; 64] = [
     0.12626,   -0.14752,    0.08191,   0.24982,   -0.10495,   -0.19227,  -0.18550,  -0.15700,
     0.27624,   -0.43835,    0.05101,  -0.12020,   -0.20344,    0.10202,  -0.20799,   0.24112,
    -0.38216,   -0.28047,    0.085238, -0.42504,   -0.20952,    0.32018,  -0.33619,   0.20219,
     0.089233,  -0.10124,    0.11467,   0.20091,    0.11438,   -0.42427,   0.10178,  -0.00030941,
    -0.018837,  -0.21256,   -0.45285,   0.20949,   -0.38684,   -0.17100,  -0.45331,  -0.20433,
    -0.20038,   -0.053757,   0.18997,  -0.36866,    0.055484,   0.15643,  -0.23538,   0.21103,
    -0.26875,    0.24984,   -0.23514,   0.25527,    0.20322,    0.37675,   0.061563,  0.17201,
     0.33541,   -0.33555,   -0.43349,   0.43043,   -0.20498,   -0.18366,  -0.091553, -0.41168,
];

const BIAS: [f32; 8] = [0.1954, -0.2756, 0.3113, 0.1149, 0.4274, 0.2429, -0.1721, -0.2502];
