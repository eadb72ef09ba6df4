//! Networks in few bits: weights and activations fake-quantized, and computed in integers alone.
//!
//! [`Prepared`] is a network with its batch normalization folded and the ranges of its activations measured. From it follow
//! [`FakeQuantized`], which computes in float32 on values that lie on the grids, and [`IntegerNetwork`], which computes with the codes:
//! int8 products, int32 sums and biases, fixed-point rescaling. [`compare`] runs both and float32 on the same pictures.
//!
//! Where a grid lies follows Jacob et al. 2018: after a layer's rectifier, not between; pooling by maximum and reshaping keep the grid of
//! their input; class scores are never rounded.

mod agreement;
mod calibration;
mod compare;
mod cost;
mod fake;
pub mod integer;
mod map;
mod noise;
mod roles;
mod scheme;

pub use agreement::{Agreement, TOLERANCE, agreement};
pub use calibration::{CALIBRATION, Prepared};
pub use compare::{Comparison, Run, compare};
pub use cost::{Cost, Operations};
pub use fake::FakeQuantized;
pub use integer::IntegerNetwork;
pub use map::{WidthCell, WidthMap, width_map};
pub use noise::{LayerNoise, layer_noise};
pub use scheme::{IntegerScheme, IntegerSchemeError};
