//! What the controls of the group Numbers hold.

pub mod drawn;
pub mod lab;
pub mod text;

pub use self::drawn::{Drawn, Measure, Side};
pub use crate::engine::number::Spread;
use crate::engine::number::{FixedFormat, FloatFormat, Format, Input, IntegerEncoding, IntegerFormat, Kind, find};

/// The views of the page Data types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataView {
    /// The bits of one number, and how they become its value.
    #[default]
    Bits,
    /// The same bits as an integer of every encoding.
    Integers,
    /// Integers with a binary point.
    Fixed,
    /// The lecture's four 4-bit formats side by side.
    FourBits,
    /// A float of any exponent and mantissa width.
    Custom,
    /// Every code of a format.
    Codes,
    /// How far apart values are.
    Spacing,
}

impl DataView {
    /// Every view with its name on the tab and its name in a link.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Bits, "Bits", "bits"),
        (Self::Integers, "Integers", "integers"),
        (Self::Fixed, "Fixed point", "fixed"),
        (Self::FourBits, "4 bits", "four-bits"),
        (Self::Custom, "Custom", "custom"),
        (Self::Codes, "All codes", "codes"),
        (Self::Spacing, "Spacing", "spacing"),
    ];
}

/// The page of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integers {
    /// Width, 1…64.
    pub bits: u32,
    /// The code.
    pub code: u64,
    /// What is added to it: −2^65…2^65.
    pub addend: i128,
    /// How the circle and the sum read it.
    pub encoding: IntegerEncoding,
}

impl Integers {
    /// The format of the circle and the sum.
    pub fn format(self) -> IntegerFormat {
        IntegerFormat { bits: self.bits, encoding: self.encoding }
    }

    /// The same with another width; what does not fit is cut off.
    #[must_use]
    pub fn with_bits(self, bits: u32) -> Self {
        Self { bits, code: self.code & (u64::MAX >> (64 - bits)), ..self }
    }
}

/// The page of fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The format of both factors.
    pub format: FixedFormat,
    /// The first factor: the code that is shown.
    pub code: u64,
    /// The second factor.
    pub other: u64,
}

impl Fixed {
    /// The same bits in another format; what does not fit is cut off.
    #[must_use]
    pub fn with_format(self, format: FixedFormat) -> Self {
        let mask = u64::MAX >> (64 - format.integer.bits);
        Self { format, code: self.code & mask, other: self.other & mask }
    }
}

/// Settings of the pages of the group Numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// What the page Data types shows.
    pub view: DataView,
    /// The format whose bits are shown.
    pub format: Format,
    /// The typed value, shared by the three pages.
    pub value: Input,
    /// The format that the same value is put into for comparison.
    pub beside: Format,
    /// The page of integers.
    pub integers: Integers,
    /// The page of fixed point.
    pub fixed: Fixed,
    /// The sample of the 4-bit page.
    pub spread: Spread,
    /// The float of the page Custom.
    pub custom: FloatFormat,
    /// Whether subnormals are drawn with 0 − bias, to see the gap.
    pub wrong_bias: bool,
    /// The formats of the page Compare, in order.
    pub compared: Vec<Format>,
    /// The rounding lab.
    pub lab: lab::Lab,
    /// How the pages draw.
    pub drawn: Drawn,
}

/// A format of the catalogue.
fn named(name: &str) -> Format {
    find(name).map_or(Format::Float(FloatFormat::FP64), |entry| entry.format)
}

impl Default for Numbers {
    fn default() -> Self {
        let format = named("fp16");
        Self {
            view: DataView::Bits,
            format,
            value: Input::parse("0.265625", format).unwrap_or(Input::Code(0x3440)),
            beside: named("e4m3fn"),
            integers: Integers { bits: 8, code: 0b1011_0001, addend: 1, encoding: IntegerEncoding::TwosComplement },
            fixed: Fixed {
                format: FixedFormat { integer: IntegerFormat::signed(8), fraction_bits: 4 },
                code: 0b0011_0001,
                other: 0b0001_1000,
            },
            spread: Spread::Gaussian,
            custom: FloatFormat::new(4, 3, 7, Kind::Ieee),
            wrong_bias: false,
            compared: ["fp32", "fp16", "bf16", "e4m3fn", "e5m2", "e2m1fn", "int8"].map(named).to_vec(),
            lab: lab::Lab::default(),
            drawn: Drawn::default(),
        }
    }
}

impl Numbers {
    /// The code of the value in the format that is shown.
    pub fn code(&self) -> u64 {
        self.value.code(self.format)
    }

    /// Shows another format; the number stays.
    pub fn set_format(&mut self, format: Format) {
        self.value = self.value.moved(self.format, format);
        self.format = format;
    }

    /// Shows these bits.
    pub fn set_code(&mut self, code: u64) {
        self.value = Input::Code(code & self.format.last_code());
    }
}
