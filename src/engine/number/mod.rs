//! What a bit pattern means: the catalogue of number formats, decoding and encoding.
//!
//! One parametric codec serves all floats ([`FloatFormat`]). Decoding is exact ([`Value`]); encoding rounds once, from a double
//! or from typed text ([`Number`]), never through a narrower type. [`encode_slice`] and [`decode_slice`] are the fast
//! twins for float32 arrays.

pub mod arithmetic;
mod bulk;
mod catalogue;
pub mod chance;
pub mod derive;
mod exact;
mod fixed;
mod fixed_product;
mod float;
mod format;
mod input;
mod integer;
mod names;
mod order;
pub mod path;
mod policy;
mod posit;
pub mod presets;
mod round;
mod scaled;
mod sum;
mod survey;
mod table;
mod typed;
mod value;

pub use bulk::{CodeWord, decode_slice, decode_table, encode_slice, par_decode_slice, par_encode_slice};
pub use catalogue::{CATALOGUE, Containers, Entry, find};
pub use exact::Rational;
pub use fixed::FixedFormat;
pub use fixed_product::{FixedProduct, multiply};
pub use float::{FloatFormat, Kind};
pub use format::{Format, Properties};
pub use input::Input;
pub use integer::{IntegerEncoding, IntegerFormat};
pub use names::{NameError, Named, named};
pub use order::{Bound, Interval};
pub use policy::{InfinityRule, NanRule, Policy, Refused, ScaleRule, Subnormals};
pub use posit::{PositFormat, PositParts};
pub use round::{Overflow, Rounding};
pub use scaled::{ScaledError, Spread, error_at, sample, sweep};
pub use sum::{IntegerSum, MOST_ADDEND, add};
pub use survey::{Binade, Reach, binades, reach, relative_error, ulp_at};
pub use table::TableFormat;
pub use typed::{Number, NumberError};
pub use value::{Class, Dyadic, Value};
