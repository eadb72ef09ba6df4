//! What pictures with few colours promise: palettes of the size that was asked for, k-means that is Lloyd's and never worse than median cut, files
//! that hold what was shown.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use quantscope::builtin;
use quantscope::engine::Silent;
use quantscope::engine::media::picture::{
    Dither, Method, Picture, Points, Recipe, Reduced, Rgb, Space, card, lloyd, measure, plain_step, reduce, sse,
};
use serde_json::Value;

fn reduced(picture: &Picture, text: &str) -> Reduced {
    let recipe = Recipe::parse(text, |name| Err(format!("{name}: no files here"))).unwrap();
    reduce(picture, &recipe, &Silent).unwrap()
}

/// Pictures with clusters, gradients or noise, and repetitions.
fn pictures() -> impl Strategy<Value = Picture> {
    let colour = prop_oneof![
        any::<Rgb>(),
        any::<u8>().prop_map(|grey| [grey; 3]),
        (0_u8..4, 0_u8..4, 0_u8..4).prop_map(|(r, g, b)| [r * 80, g * 80, b * 80]),
    ];
    (1_usize..24, prop::collection::vec(colour, 1..300)).prop_map(|(width, mut pixels)| {
        let width = width.min(pixels.len());
        pixels.truncate(pixels.len() / width * width);
        Picture::new(width, pixels.len() / width, pixels)
    })
}

fn distinct(picture: &Picture) -> usize {
    picture.pixels.iter().collect::<HashSet<_>>().len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn palettes_have_the_colours_that_were_asked_for(picture in pictures(), colours in 2_usize..40, space in 0_usize..3) {
        let space = Space::ALL[space].1;
        for method in ["kmeans", "median-cut", "octree"] {
            let found = reduced(&picture, &format!("{method}:colours={colours},space={space}"));
            let palette: HashSet<&Rgb> = found.palette.iter().collect();
            prop_assert_eq!(palette.len(), found.palette.len(), "{} repeats a colour", method);
            prop_assert_eq!(found.palette.len(), colours.min(distinct(&picture)), "{}", method);
            prop_assert_eq!(found.counts.iter().sum::<u64>(), picture.pixels.len() as u64);
            if distinct(&picture) <= colours {
                prop_assert_eq!(found.picture(), picture.clone(), "{} keeps every colour where it can", method);
                let measures = measure(&picture, &found, &Silent).unwrap();
                prop_assert_eq!((measures.psnr(), measures.changed, measures.difference), (f64::INFINITY, 0, 0.0));
                prop_assert!((measures.ssim - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn kmeans_is_never_worse_than_median_cut(picture in pictures(), colours in 2_usize..40, space in 0_usize..3) {
        let space = Space::ALL[space].1;
        let ours = sse(&picture, &reduced(&picture, &format!("kmeans:colours={colours},space={space}")));
        let cut = sse(&picture, &reduced(&picture, &format!("median-cut:colours={colours},space={space}")));
        prop_assert!(ours <= cut * (1.0 + 1e-9), "{} > {}", ours, cut);
    }

    #[test]
    fn without_dithering_every_pixel_takes_the_nearest_colour(picture in pictures(), method in 0_usize..5, space in 0_usize..3) {
        let method = ["kmeans:colours=7", "octree:colours=7", "uniform:bits=1-2-1", "fixed:web-safe", "fixed:grey,colours=5"][method];
        let space = Space::ALL[space].0;
        let found = reduced(&picture, &format!("{method},space={}", space.name()));
        let far = |a: Rgb, b: Rgb| space.of(a).iter().zip(space.of(b)).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        for (&pixel, &index) in picture.pixels.iter().zip(&found.indices) {
            let least = found.palette.iter().map(|&colour| far(pixel, colour)).fold(f64::INFINITY, f64::min);
            prop_assert!(far(pixel, found.palette[usize::from(index)]) <= least * (1.0 + 1e-5) + 1e-12);
        }
    }

    #[test]
    fn the_ledger_is_the_bytes(picture in pictures(), colours in 2_usize..40) {
        let found = reduced(&picture, &format!("kmeans:colours={colours}"));
        prop_assert_eq!(found.ledger().bits(), found.packed().len() as u64 * 8);
    }
}

#[test]
fn bounds_skip_work_and_change_nothing() {
    let sample = card::draw().sampled(20_000);
    for (space, _) in Space::ALL {
        let points = Points::of(&sample, space, &Silent).unwrap();
        let start: Vec<[f32; 3]> = points.at.iter().step_by(points.len() / 20).copied().collect();
        let course = lloyd(&points, start, &Silent).unwrap();
        assert!(course.steps.len() > 5, "{space:?}");
        for pair in course.steps.windows(2) {
            let (means, error) = plain_step(&points, &pair[0].centroids);
            assert!((error - pair[0].sse).abs() <= 1e-6 * error, "{space:?}: {error} {}", pair[0].sse);
            for (ours, plain) in pair[1].centroids.iter().zip(means) {
                let range = space.range();
                let near = |axis: usize| (ours[axis] - plain[axis]).abs() < 1e-5 * (range[axis][1] - range[axis][0]);
                assert!((0..3).all(near), "{space:?}: {ours:?} {plain:?}");
            }
            assert!(pair[1].sse <= pair[0].sse, "the error never rises");
        }
    }
}

#[test]
fn the_slides_picture() {
    let picture = builtin::picture().unwrap();
    let psnr = |text: &str| {
        let found = reduced(&picture, text);
        (found.palette.len(), measure(&picture, &found, &Silent).unwrap())
    };
    let (colours, sixteen) = psnr("kmeans:colours=16");
    assert_eq!(colours, 16);
    assert!((25.1..25.4).contains(&sixteen.psnr()), "{}", sixteen.psnr());
    let (_, cut) = psnr("median-cut:colours=16");
    let (_, octree) = psnr("octree:colours=16");
    let (_, bits) = psnr("uniform:colours=16");
    assert!(sixteen.mse < cut.mse && cut.mse < octree.mse && octree.mse < bits.mse);
    let (_, seen) = psnr("kmeans:colours=16,space=oklab");
    assert!(
        seen.difference < sixteen.difference && seen.mse > sixteen.mse,
        "Oklab is better for the eye, sRGB for PSNR"
    );
    let (_, dithered) = psnr("kmeans:colours=16,dither=floyd-steinberg");
    assert!(dithered.mse > sixteen.mse, "dithering costs squared error");
}

#[test]
fn every_dither_uses_the_palette_and_is_the_same_every_time() {
    let sample = card::draw().sampled(6_000);
    for (dither, name) in Dither::ALL {
        let recipe = Recipe { method: Method::MedianCut, colours: 8, dither, amount: 0.7, ..Recipe::default() };
        let (once, again) = (reduce(&sample, &recipe, &Silent).unwrap(), reduce(&sample, &recipe, &Silent).unwrap());
        assert_eq!(once, again, "{name}");
        assert!(once.counts.iter().all(|&count| count > 0), "{name}");
    }
}

fn run(folder: &Path, arguments: &str) -> std::process::Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_quantscope")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn the_command_writes_what_it_reports() {
    let folder = tempfile::tempdir().unwrap();
    let small = card::draw().sampled(3_000);
    let bytes: Vec<u8> = small.pixels.iter().flatten().copied().collect();
    let (width, height) = (small.width as u32, small.height as u32);
    for name in ["in.png", "in.bmp", "in.tiff", "in.gif", "in.webp", "in.jpg"] {
        image::save_buffer(folder.path().join(name), &bytes, width, height, image::ColorType::Rgb8).unwrap();
    }
    let run_json = |arguments: &str| -> Value {
        let output = run(folder.path(), arguments);
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for name in ["in.png", "in.bmp", "in.tiff", "in.gif", "in.webp", "in.jpg"] {
        let report = run_json(&format!("picture {name} --colors 9 --out out.png --palette p.gpl --json"));
        assert_eq!(report["colors"], 9, "{name}");
        let written = std::fs::read(folder.path().join("out.png")).unwrap();
        assert_eq!(report["file_bytes"], written.len());
        let decoded = image::load_from_memory(&written).unwrap().into_rgb8();
        let colours: HashSet<Rgb> = decoded.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() <= 9, "{name}");
        let bits: u64 = report["ledger"].as_array().unwrap().iter().map(|part| part["bits"].as_u64().unwrap()).sum();
        assert_eq!(report["bytes"], bits / 8);
        if name == "in.png" {
            let square = |(a, b): (&u8, u8)| u64::from(a.abs_diff(b)).pow(2);
            let sum: u64 = bytes.iter().zip(decoded.into_raw()).map(square).sum();
            let mse = report["mse"].as_f64().unwrap();
            assert!((mse - sum as f64 / bytes.len() as f64).abs() < 1e-9);
        }
    }
    // The palette of one picture serves another; an exact fit of colours loses nothing.
    let report = run_json("picture in.png --method fixed:p.gpl --dither sierra --amount 0.5 --out out2.png --json");
    assert_eq!((report["colors"].as_u64(), report["dither"].as_str()), (Some(9), Some("sierra")));
    let again = run_json("picture out.png --colors 9 --space oklab --out out3.png --json");
    assert_eq!(again["psnr_db"], "inf");
    let text = run(folder.path(), "picture in.png --method uniform:bits=3-3-2 --out out4.png --palette p.json");
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("256 of") && text.contains("out4.png written"), "{text}");
    let palette: Value = serde_json::from_slice(&std::fs::read(folder.path().join("p.json")).unwrap()).unwrap();
    assert_eq!(palette["colors"].as_array().unwrap().len(), 256);
}

#[test]
fn wrong_requests_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.gpl"), "GIMP Palette\n1 2\n").unwrap();
    std::fs::write(folder.path().join("x.png"), b"\x89PNG\r\n\x1A\nnothing").unwrap();
    for (arguments, status, expected) in [
        ("picture x.png --colors 16 --out o.png", 1, "x.png: PNG picture:"),
        ("picture none.png --colors 16 --out o.png", 1, "none.png: no such file"),
        ("picture bad.gpl --colors 16 --out o.png", 1, "bad.gpl"),
        ("picture builtin:photo --colors 16 --out o.png", 1, "builtin:picture"),
        ("picture builtin:picture --colors 300 --out o.png", 2, "2 to 256"),
        ("picture builtin:picture --out o.png", 1, "--colors is missing"),
        ("picture builtin:picture --colors 16 --method fixed:web-safe --out o.png", 1, "216 colours"),
        ("picture builtin:picture --method fixed:bad.gpl --out o.png", 1, "bad.gpl: line 2"),
        ("picture builtin:picture --method uniform:bits=4-4-4 --out o.png", 1, "256 at most"),
        ("picture builtin:picture --colors 16 --dither riemersma --out o.png", 1, "floyd-steinberg"),
        ("picture builtin:picture --colors 16 --amount 2 --out o.png", 1, "0 to 1"),
        ("picture builtin:picture --colors 16 --space hsv --out o.png", 1, "oklab"),
        ("picture builtin:picture --colors 16 --out nowhere/o.png", 1, "nowhere/o.png"),
    ] {
        let output = run(folder.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {message}");
        assert!(message.contains(expected) && message.lines().count() == 1, "{arguments}: {message}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "{arguments}");
    }
}

#[test]
fn pictures_stand_the_right_way_up() {
    // A TIFF of 2 × 1 grey pixels, 10 and 200, whose orientation is 6: to be turned clockwise by a quarter.
    let entries: [(u16, u16, u32, u32); 10] = [
        (256, 4, 1, 2),
        (257, 4, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (274, 3, 1, 6),
        (277, 3, 1, 1),
        (278, 4, 1, 1),
        (279, 4, 1, 2),
    ];
    let mut tiff = b"II*\0\x0A\0\0\0\x0A\xC8".to_vec();
    tiff.extend(10_u16.to_le_bytes());
    for (tag, kind, count, value) in entries {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend([0; 4]);
    let model = quantscope::io::open_bytes("turned.tif", tiff).unwrap();
    let picture = Picture::of_model(&model).unwrap().unwrap();
    assert_eq!((picture.width, picture.height), (1, 2));
    assert_eq!(picture.pixels, [[10; 3], [200; 3]]);
}
