//! Explanations as data: how a code becomes a value, how a typed number becomes a code, and what lies around it.
//!
//! Everything here is exact. A page draws the steps as formula lines; nothing is left for it to compute.
//!
//! - [`bits`], [`fields`]: the row of bits, with roles and weights.
//! - [`decode`]: a code to its value, one step after the other, by the family of the format ([`Derivation`]).
//! - [`readings`]: the same bits under every integer encoding.
//! - [`encode`]: a typed number to its code: normalisation, guard, round and sticky bits, and why it rounds the way it does.
//! - [`subnormal_rule`]: why the exponent of a subnormal is 1 − bias.
//! - [`around`], [`stored_error`]: neighbours, ulp, rounding interval, errors.
//! - [`specials`]: the codes worth a button.
//! - [`hex_float`], [`shortest`], [`literals`], [`bytes`]: a code in every notation.

mod around;
mod bits;
mod decode;
mod encode;
mod integer;
mod specials;
mod subnormal;
mod text;

pub use around::{Around, Neighbour, StoredError, around, stored_error, ulp};
pub use bits::{Bit, Field, Role, bits, fields};
pub use decode::{Derivation, FixedSteps, FloatSteps, PositSteps, TableSteps, decode};
pub use encode::{Outcome, Reason, RoundSteps, Steps, encode};
pub use integer::{IntegerSteps, Reading, Term, readings};
pub use specials::{Special, specials};
pub use subnormal::{SubnormalRule, subnormal_rule};
pub use text::{ByteOrder, Language, Literal, bytes, hex_float, literals, shortest};
