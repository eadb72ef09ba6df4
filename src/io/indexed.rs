//! Palette PNG: one index a pixel, and exactly the colours that there are.

use std::io::Cursor;

use crate::engine::media::picture::{Reduced, Rgb};

/// The most colours that a PNG's palette holds.
const MOST: usize = 256;

/// The PNG file of a reduced picture, as bytes: 1, 2, 4 or 8 bits an index, whichever is the least that holds the palette. It has been read back:
/// the indices and the palette in it are those of the picture.
///
/// # Errors
/// More than 256 colours, sides that PNG cannot hold, or what is read back differs.
pub fn encode(reduced: &Reduced) -> Result<Vec<u8>, String> {
    let colours = reduced.palette.len();
    if colours > MOST {
        return Err(format!("a palette PNG holds {MOST} colours at most, this picture has {colours}"));
    }
    let bytes = write(reduced).map_err(|error| format!("PNG: {error}"))?;
    let read = read(&bytes).map_err(|error| format!("PNG, read back: {error}"))?;
    if read == (reduced.palette.clone(), reduced.indices.clone()) {
        Ok(bytes)
    } else {
        Err("PNG: what was written reads back differently".to_owned())
    }
}

fn depth(colours: usize) -> (png::BitDepth, usize) {
    match colours {
        0..=2 => (png::BitDepth::One, 1),
        3..=4 => (png::BitDepth::Two, 2),
        5..=16 => (png::BitDepth::Four, 4),
        _ => (png::BitDepth::Eight, 8),
    }
}

fn write(reduced: &Reduced) -> Result<Vec<u8>, png::EncodingError> {
    let (depth, bits) = depth(reduced.palette.len());
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(reduced.width), side(reduced.height));
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(depth);
    encoder.set_palette(reduced.palette.iter().flatten().copied().collect::<Vec<u8>>());
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    // Neighbouring indices are no neighbouring values: filters only make indices longer.
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    let mut packed = Vec::with_capacity((reduced.width * bits).div_ceil(8) * reduced.height);
    for row in reduced.indices.chunks_exact(reduced.width) {
        // The leftmost pixel is in the highest bits.
        packed.extend(row.chunks(8 / bits).map(|pixels| {
            let place = |(at, &index): (usize, &u16)| (index as u8) << (8 - bits * (at + 1));
            pixels.iter().enumerate().map(place).fold(0, |byte, index| byte | index)
        }));
    }
    writer.write_image_data(&packed)?;
    writer.finish()?;
    Ok(bytes)
}

/// The palette and the indices of a palette PNG.
fn read(bytes: &[u8]) -> Result<(Vec<Rgb>, Vec<u16>), String> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let size = reader.output_buffer_size().ok_or("too large for this machine")?;
    let mut packed = vec![0; size];
    let frame = reader.next_frame(&mut packed).map_err(|error| error.to_string())?;
    let palette = reader.info().palette.as_ref().ok_or("no palette")?;
    let palette = palette.as_chunks::<3>().0.to_vec();
    let (width, bits) = (frame.width as usize, frame.bit_depth as usize);
    let mask = ((1_u32 << bits) - 1) as u8;
    let mut indices = Vec::with_capacity(width * frame.height as usize);
    for row in packed[..frame.buffer_size()].chunks_exact(frame.line_size) {
        let index = |at: usize| u16::from(row[at * bits / 8] >> (8 - bits - at * bits % 8) & mask);
        indices.extend((0..width).map(index));
    }
    Ok((palette, indices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::media::picture::{Picture, Recipe, reduce};

    #[test]
    fn every_depth_reads_back_with_as_many_colours_as_asked_for() {
        for (width, height) in [(1, 1), (7, 5), (64, 33)] {
            let pixels = (0..width * height).map(|at| [(at * 7) as u8, (at * 3 / 2) as u8, (at / 9) as u8]);
            let picture = Picture::new(width, height, pixels.collect());
            for colours in [2, 3, 4, 5, 16, 17, 255, 256] {
                let recipe = Recipe { colours, ..Recipe::default() };
                let reduced = reduce(&picture, &recipe, &Silent).unwrap();
                let file = encode(&reduced).unwrap();
                let (palette, indices) = read(&file).unwrap();
                assert_eq!(palette.len(), colours.min(reduced.distinct));
                assert_eq!((&palette, &indices), (&reduced.palette, &reduced.indices));
                let decoded = image::load_from_memory(&file).unwrap().into_rgb8();
                let expected: Vec<u8> = reduced.picture().pixels.into_iter().flatten().collect();
                assert_eq!(decoded.into_raw(), expected, "{width} × {height}, {colours} colours");
            }
        }
    }

    #[test]
    fn what_png_cannot_hold_is_refused() {
        let pixels: Vec<Rgb> = (0..400_u16).map(|at| [(at / 2) as u8, (at % 251) as u8, 9]).collect();
        let recipe = Recipe { colours: 257, ..Recipe::default() };
        let reduced = reduce(&Picture::new(400, 1, pixels), &recipe, &Silent).unwrap();
        assert!(encode(&reduced).unwrap_err().contains("256 colours at most, this picture has 257"));
    }
}
