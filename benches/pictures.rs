//! Pictures of 12 megapixels to 16 and 256 colours, against libimagequant and, where `QUANTSCOPE_PYTHON` names a Python with Pillow, Pillow.
//!
//! `cargo bench --bench pictures [MEGAPIXELS] [FILE]`. The picture is the file, or drawn: the built-in one over and over, enlarged a little more
//! each time, with grain. Every tool works on all processors if it can, finds its palette and maps every pixel without dithering; what is
//! timed starts with the pixels in memory and ends with the indices. The error is that of the result, counted here. Pillow's k-means to 256
//! colours alone takes some three minutes.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use quantscope::engine::Silent;
use quantscope::engine::media::picture::{PREVIEW, Picture, Recipe, Rgb, card, measure, reduce};
use quantscope::engine::rng::Rng;

/// Median seconds of three runs, and the last result.
fn timed<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let mut runs = Vec::new();
    loop {
        let start = Instant::now();
        let made = black_box(work());
        runs.push(start.elapsed().as_secs_f64());
        if runs.len() == 3 {
            runs.sort_by(f64::total_cmp);
            return (runs[1], made);
        }
    }
}

/// The drawn picture, enlarged by bilinear interpolation and with grain of a standard deviation of 3.
fn large(megapixels: f64) -> Picture {
    let small = card::draw();
    let factor = (megapixels * 1e6 / small.pixels.len() as f64).sqrt();
    let (width, height) = ((small.width as f64 * factor) as usize, (small.height as f64 * factor) as usize);
    let mut rng = Rng::new(12);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f64 / factor, y as f64 / factor);
            let (left, top) = (u as usize, v as usize);
            let (right, below) = ((left + 1).min(small.width - 1), (top + 1).min(small.height - 1));
            let (s, t) = (u.fract(), v.fract());
            let at = |x: usize, y: usize, k: usize| f64::from(small.pixels[y * small.width + x][k]);
            pixels.push(std::array::from_fn(|k| {
                let upper = at(left, top, k) * (1.0 - s) + at(right, top, k) * s;
                let lower = at(left, below, k) * (1.0 - s) + at(right, below, k) * s;
                (upper * (1.0 - t) + lower * t + 3.0 * rng.normal()).round().clamp(0.0, 255.0) as u8
            }));
        }
    }
    Picture::new(width, height, pixels)
}

fn psnr(original: &[Rgb], given: impl Iterator<Item = Rgb>) -> f64 {
    let square = |(a, b): (&Rgb, Rgb)| a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(b)).pow(2)).sum::<u64>();
    let sum: u64 = original.iter().zip(given).map(square).sum();
    10.0 * (255.0 * 255.0 * 3.0 * original.len() as f64 / sum as f64).log10()
}

fn imagequant(picture: &Picture, colours: u32) -> (f64, f64) {
    let pixels: Vec<imagequant::RGBA> =
        picture.pixels.iter().map(|&[r, g, b]| imagequant::RGBA::new(r, g, b, 255)).collect();
    let (seconds, (palette, indices)) = timed(|| {
        let mut attributes = imagequant::new();
        attributes.set_max_colors(colours).expect("a number of colours");
        let mut image = attributes.new_image_borrowed(&pixels, picture.width, picture.height, 0.0).expect("a picture");
        let mut result = attributes.quantize(&mut image).expect("quantizes");
        result.set_dithering_level(0.0).expect("a level");
        result.remapped(&mut image).expect("maps")
    });
    let given = indices.iter().map(|&index| {
        let colour = palette[usize::from(index)];
        [colour.r, colour.g, colour.b]
    });
    (seconds, psnr(&picture.pixels, given))
}

/// Pillow's figures: method, colours, seconds, PSNR.
fn pillow(python: &str, picture: &Picture) {
    let script = r#"
import sys, time
from PIL import Image
import numpy
width, height = int(sys.argv[1]), int(sys.argv[2])
pixels = sys.stdin.buffer.read()
image = Image.frombytes("RGB", (width, height), pixels)
original = numpy.frombuffer(pixels, numpy.uint8).astype(numpy.int32)
for name, method, passes in (("median cut", 0, 0), ("median cut and one k-means pass", 0, 1), ("octree", 2, 0)):
    for colours in (16, 256):
        start = time.perf_counter()
        made = image.quantize(colours, method=method, kmeans=passes, dither=0)
        seconds = time.perf_counter() - start
        given = numpy.frombuffer(made.convert("RGB").tobytes(), numpy.uint8)
        error = ((original - given) ** 2).mean()
        print(f"  Pillow {name:32} {colours:4} colours {seconds:8.3f} s  {10 * numpy.log10(255 ** 2 / error):7.3f} dB", flush=True)
"#;
    let sides = [picture.width.to_string(), picture.height.to_string()];
    let child = Command::new(python).args(["-c", script]).args(sides).stdin(std::process::Stdio::piped()).spawn();
    let Ok(mut child) = child else { return println!("  {python} cannot be started") };
    let bytes: Vec<u8> = picture.pixels.iter().flatten().copied().collect();
    if let Some(mut input) = child.stdin.take() {
        std::io::Write::write_all(&mut input, &bytes).expect("Pillow reads the picture");
    }
    child.wait().expect("Pillow ends");
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let megapixels = words.iter().find_map(|word| word.parse().ok()).unwrap_or(12.0);
    let file = words.iter().find(|word| Path::new(word).is_file());
    let picture = match file {
        Some(path) => {
            let model = quantscope::io::open(Path::new(path)).expect("opens");
            Picture::of_model(&model).expect("a picture").expect("reads")
        }
        None => large(megapixels),
    };
    let (width, height) = (picture.width, picture.height);
    println!("{width} × {height} pixels, {} threads, medians of 3 runs", rayon::current_num_threads());
    for colours in [16, 256] {
        let recipe = Recipe { colours, ..Recipe::default() };
        let (seconds, reduced) = timed(|| reduce(&picture, &recipe, &Silent).expect("reduces"));
        let error = psnr(&picture.pixels, reduced.indices.iter().map(|&index| reduced.palette[usize::from(index)]));
        assert_eq!(reduced.palette.len(), colours);
        println!("  quantscope k-means                      {colours:4} colours {seconds:8.3} s  {error:7.3} dB");
        let (theirs, their_error) = imagequant(&picture, colours as u32);
        println!("  libimagequant                           {colours:4} colours {theirs:8.3} s  {their_error:7.3} dB");
    }
    let (preview, pixels) = timed(|| {
        let sample = picture.sampled(PREVIEW);
        let reduced = reduce(&sample, &Recipe { colours: 256, ..Recipe::default() }, &Silent).expect("reduces");
        measure(&sample, &reduced, &Silent).expect("measures");
        sample.pixels.len()
    });
    println!("  preview, 256 colours with its errors, from {pixels} pixels: {:.1} ms", preview * 1e3);
    if let Ok(python) = std::env::var("QUANTSCOPE_PYTHON") {
        pillow(&python, &picture);
    }
}
