//! A page's setting as one line of text: what the chip shows, `--scheme` takes and a copy gives.

use crate::app::setup::Setup;
use crate::engine::quantize::{Scheme, SchemeError};

/// How a page's setting becomes text and back.
#[derive(Clone, Copy)]
pub struct Link {
    /// The setting as text.
    pub text: fn(&Setup) -> String,
    /// Takes a text; an error says what was expected, and the setup stays.
    pub parse: fn(&mut Setup, &str) -> Result<(), String>,
    /// Back to the defaults.
    pub defaults: fn(&mut Setup),
    /// The bits that the page is about, if it is.
    pub bits: fn(&Setup) -> Option<u32>,
    /// Takes other bits, by the keys 1 to 8; `false` where they do not apply.
    pub take_bits: fn(&mut Setup, u32) -> bool,
}

impl Link {
    /// Pages about the quantizer of the weights.
    pub const SCHEME: Self = Self {
        text: |setup| setup.scheme.to_string(),
        parse: |setup, text| {
            setup.scheme = text.parse().map_err(|error: SchemeError| error.to_string())?;
            Ok(())
        },
        defaults: |setup| {
            if let Ok(scheme) = setup.scheme.family().example.parse() {
                setup.scheme = scheme;
            }
        },
        bits: |setup| setup.scheme.bits(),
        take_bits: |setup, bits| {
            let changed: Option<Scheme> = setup.scheme.with_bits(bits).ok();
            changed.map(|scheme| setup.scheme = scheme).is_some()
        },
    };

    /// The setting as text.
    pub fn get(self, setup: &Setup) -> String {
        (self.text)(setup)
    }

    /// Takes a text.
    ///
    /// # Errors
    /// What was expected; the setup stays as it was.
    pub fn set(self, setup: &mut Setup, text: &str) -> Result<(), String> {
        (self.parse)(setup, text)
    }

    /// Back to the defaults.
    pub fn reset(self, setup: &mut Setup) {
        (self.defaults)(setup);
    }

    /// The bits that the page is about.
    pub fn bits(self, setup: &Setup) -> Option<u32> {
        (self.bits)(setup)
    }
}
