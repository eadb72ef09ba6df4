//! Pixels of the window as a PNG file.

use std::path::Path;

use egui::{ColorImage, Rect};
use image::RgbaImage;

/// An egui image as one of the image library; `None` where its size and its pixels differ.
pub fn image_of(image: &ColorImage) -> Option<RgbaImage> {
    let [width, height] = image.size;
    let pixels: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
    RgbaImage::from_raw(width as u32, height as u32, pixels)
}

/// The part of a picture of the window that lies in `rect`, in points, at the window's pixels a point.
pub fn cropped(image: &ColorImage, rect: Rect, pixels_per_point: f32) -> ColorImage {
    let whole = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(image.width() as f32, image.height() as f32));
    let part = (rect * pixels_per_point).intersect(whole);
    let [left, top, right, bottom] =
        [part.left(), part.top(), part.right(), part.bottom()].map(|at| at.round() as usize);
    let rows = (top..bottom.max(top)).flat_map(|row| {
        let start = row * image.width();
        image.pixels[start + left..start + right.max(left)].iter().copied()
    });
    let pixels = rows.collect();
    ColorImage::new([right.saturating_sub(left), bottom.saturating_sub(top)], pixels)
}

/// Writes a picture without transparency, beside its final name, and renames it.
///
/// # Errors
/// A path that cannot be written, as one line that names it.
pub fn write(image: &ColorImage, path: &Path) -> Result<(), String> {
    let fail =
        |reason: &dyn std::fmt::Display| format!("{}: the picture could not be written: {reason}", path.display());
    let picture = image_of(image).ok_or_else(|| fail(&"its size and its pixels differ"))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(picture)
        .into_rgb8()
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|error| fail(&error))?;
    crate::io::write_bytes(path, bytes.get_ref()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, pos2};

    #[test]
    fn a_part_of_the_window_is_cut_out_by_points() {
        let pixels = (0..24).map(|index| Color32::from_gray(index as u8)).collect();
        let image = ColorImage::new([6, 4], pixels);
        let part = cropped(&image, Rect::from_min_max(pos2(1.0, 0.5), pos2(2.0, 1.5)), 2.0);
        assert_eq!(part.size, [2, 2]);
        assert_eq!(part.pixels.iter().map(Color32::r).collect::<Vec<_>>(), [8, 9, 14, 15]);
        let beyond = cropped(&image, Rect::from_min_max(pos2(2.0, 1.0), pos2(90.0, 90.0)), 2.0);
        assert_eq!(beyond.size, [2, 2], "nothing beyond the window");
    }
}
