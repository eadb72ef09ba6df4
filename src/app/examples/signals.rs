//! Section III: what quantization does to a signal.

use super::{Example, page};
use crate::app::setup::{Setup, Signals};

fn signal(setup: &mut Setup, text: &str) {
    setup.signals = Signals::parse(text).unwrap_or_default();
}

pub const ROWS: &[Example] = &[
    page(
        "A wave on five levels",
        "The slide's first figure: samples of a smooth wave as stems that end on five levels, and the error under it",
        "signals",
        |setup| signal(setup, "sine:levels=5"),
    ),
    page(
        "6 dB a bit",
        "A full-scale sine on 256 levels: 6.02 · 8 + 1.76 = 49.92 dB, and measured within 0.1 dB of it",
        "signals",
        |setup| signal(setup, "sine:levels=256"),
    ),
    page(
        "S²/12",
        "Every value equally often, eight levels: the error is spread evenly over a step, its power S²/12",
        "signals",
        |setup| signal(setup, "triangle:levels=8,grid=mid-rise"),
    ),
    page("A quiet signal", "A twentieth of full scale: the steps stay, and 26 dB are lost", "signals", |setup| {
        signal(setup, "sine:levels=256,amplitude=0.05");
    }),
    page("A loud signal", "Half as loud again as the outer levels: clipping", "signals", |setup| {
        signal(setup, "sine:levels=256,amplitude=1.5");
    }),
    page("Speech, μ-law", "Fine levels where speech dwells: compare with uniform ones", "signals", |setup| {
        signal(setup, "speech:levels=256,frequency=120,rate=8000,law=mu");
    }),
    page("Speech, Lloyd–Max levels", "Eight levels where this signal's error is least", "signals", |setup| {
        signal(setup, "speech:levels=8,frequency=120,rate=8000,law=lloyd-max");
    }),
    page(
        "Dither",
        "A sine of less than half a step is silence on five levels; with triangular dither it comes through",
        "signals",
        |setup| signal(setup, "sine:levels=5,amplitude=0.2,rate=48000,dither=triangular"),
    ),
    page(
        "Noise shaping",
        "Each error is taken off the next sample: noise moves to high frequencies",
        "signals",
        |setup| {
            signal(setup, "sine:levels=32,amplitude=0.8,rate=48000,dither=triangular,shaping=first");
        },
    ),
];
