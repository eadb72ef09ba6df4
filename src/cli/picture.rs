//! `picture`: a picture with few colours, as a palette PNG.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::Failure;
use super::args::PictureArgs;
use super::print::{document, number, visible};
use super::progress::Percentage;
use super::tensors::not_over;
use crate::engine::media::picture::{self, Dither, Method, Picture, Recipe, Rgb, Space};
use crate::{builtin, io};

/// The picture in a file, or the built-in one, with what was done to it as it was read.
fn open(path: &Path) -> Result<(Picture, Vec<String>), Failure> {
    let cannot = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    if let Some(name) = path.to_str().and_then(|text| text.strip_prefix("builtin:")) {
        return match name {
            builtin::PICTURE => builtin::picture().map(|picture| (picture, Vec::new())).map_err(Failure::new),
            _ => Err(cannot(format!("there is no such picture; expected builtin:{}", builtin::PICTURE))),
        };
    }
    let model = io::open(path)?;
    let picture = Picture::of_model(&model)
        .ok_or_else(|| cannot("is no picture; expected PNG, JPEG, WebP, GIF, BMP or TIFF".to_owned()))?
        .map_err(cannot)?;
    Ok((picture, io::picture_rules(&model)))
}

fn palette(name: &str) -> Result<Vec<Rgb>, String> {
    io::open_palette(Path::new(name)).map_err(|error| error.to_string())
}

/// The recipe of the arguments.
fn recipe(args: &PictureArgs) -> Result<Recipe, Failure> {
    let method = Recipe::parse(&args.method, palette)
        .map_err(|error| Failure::new(format!("--method {}: {error}", visible(&args.method))))?;
    let named = |key: &str, value: &str| {
        Recipe::parse(&format!("kmeans:{key}={value}"), palette)
            .map_err(|error| Failure::new(format!("--{key} {}: {error}", visible(value))))
    };
    let space: Space = named("space", &args.space)?.space;
    let dither: Dither = named("dither", &args.dither)?.dither;
    let amount = named("amount", &args.amount)?.amount;
    let recipe = Recipe { space, dither, amount, ..method };
    match args.colors {
        Some(colours) if recipe.takes_colours() => Ok(Recipe { colours, ..recipe }),
        Some(colours) if colours != recipe.count() => Err(Failure::new(format!(
            "--colors {colours}: {} has {} colours; leave --colors out",
            visible(&args.method),
            recipe.count()
        ))),
        None if recipe.takes_colours() => Err(Failure::new("--colors is missing; expected 2 to 256")),
        _ => Ok(recipe),
    }
}

/// Reduces a picture and writes it.
pub(super) fn picture(args: &PictureArgs) -> Result<String, Failure> {
    let recipe = recipe(args)?;
    if recipe.count() > 256 {
        let (found, method) = (recipe.count(), recipe.method.name());
        return Err(Failure::new(format!("{method} with {found} colours: a palette PNG holds 256 at most")));
    }
    not_over(&args.file, &args.out)?;
    let (original, rules) = open(&args.file)?;
    io::check_png_place(&args.out)?;
    if let Some(path) = &args.palette {
        io::check_place(path)?;
        if *path == args.out {
            return Err(Failure::new(format!("--palette {}: the picture goes there", path.display())));
        }
    }
    let started = Instant::now();
    let progress = Percentage::of("reducing");
    let reduced = picture::reduce(&original, &recipe, &progress).map_err(Failure::new)?;
    let seconds = started.elapsed().as_secs_f64();
    let measures = picture::measure(&original, &reduced, &progress).map_err(Failure::new)?;
    drop(progress);
    let file =
        io::encode_indexed(&reduced).map_err(|error| Failure::new(format!("{}: {error}", args.out.display())))?;
    io::write_bytes(&args.out, &file)?;
    let name = args.out.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    if let Some(path) = &args.palette {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let write = if is_json { io::palette_json } else { io::gpl };
        io::write_bytes(path, write(&name, &reduced.palette, &reduced.counts).as_bytes())?;
    }
    let ledger = reduced.ledger();
    let (raw, bytes) = (original.raw_bytes(), ledger.bytes());
    let pixels = original.pixels.len() as u64;
    if args.json {
        let parts = ledger.parts.iter().map(|part| json!({ "part": part.name, "bits": part.bits }));
        let hex = |[r, g, b]: &Rgb| format!("#{r:02x}{g:02x}{b:02x}");
        return Ok(document(&json!({
            "scheme": recipe.to_string(),
            "method": recipe.method.name(),
            "space": recipe.space.name(),
            "dither": recipe.dither.name(),
            "width": original.width,
            "height": original.height,
            "count": pixels,
            "rules": rules,
            "colors": reduced.palette.len(),
            "distinct": reduced.distinct,
            "palette": reduced.palette.iter().map(hex).collect::<Vec<_>>(),
            "pixels": reduced.counts,
            "mse": number(measures.mse),
            "rmse": number(measures.mse.sqrt()),
            "psnr_db": number(measures.psnr()),
            "ssim": number(measures.ssim),
            "delta_e_ok": number(measures.difference),
            "max_error": measures.max_error,
            "sse": number(measures.mse * 3.0 * pixels as f64),
            "iterations": reduced.course.as_ref().map(|course| course.steps.len()),
            "ledger": parts.collect::<Vec<_>>(),
            "raw_bytes": raw,
            "bytes": bytes,
            "ratio": number(raw as f64 / bytes as f64),
            "file_bytes": file.len(),
            "seconds": seconds,
        })));
    }
    let colours =
        if reduced.distinct <= recipe.count() && !matches!(recipe.method, Method::Fixed(_) | Method::Uniform(_)) {
            format!("all {} colours kept", reduced.distinct)
        } else {
            format!("{} of {} colours", reduced.palette.len(), reduced.distinct)
        };
    let read = if rules.is_empty() { String::new() } else { format!("as it is read: {}\n", rules.join("; ")) };
    Ok(format!(
        "{read}{recipe}: {} × {} pixels, {colours}\n\
         MSE {:.3}, PSNR {:.2} dB, SSIM {:.4}, mean colour difference ΔEOK {:.3}\n\
         raw {raw} B, indices and palette {bytes} B ({:.2} times smaller), PNG {} B\n\
         {} written\n",
        original.width,
        original.height,
        measures.mse,
        measures.psnr(),
        measures.ssim,
        measures.difference,
        raw as f64 / bytes as f64,
        file.len(),
        args.out.display(),
    ))
}
