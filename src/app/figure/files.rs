//! From what was chosen in a picture's menu to a file: the picture of the window where one is needed, the name, the bytes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use egui::{ColorImage, Context, Rect};

use super::png;

/// Frames until the menu that was clicked has gone from the window.
const FRAMES: u32 = 3;

/// What goes into the file.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text as it is.
    Text(String),
    /// Bytes as they are.
    Bytes(Arc<Vec<u8>>),
    /// A picture, as PNG.
    Picture(Arc<ColorImage>),
}

/// A file that waits for its name.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it shows.
    pub title: String,
    /// Ending of its name.
    pub extension: &'static str,
    /// What goes into it.
    pub content: Content,
}

/// A part of the window that is being photographed.
pub struct Photograph {
    title: String,
    rect: Rect,
    frames: u32,
    image: Arc<Mutex<Option<Arc<ColorImage>>>>,
}

impl Figure {
    /// `SQNR by bits` becomes `SQNR-by-bits.csv`.
    pub fn file_name(&self) -> String {
        let name = crate::app::export::plain_name(&self.title);
        let name = if name.is_empty() { "figure".to_owned() } else { name };
        format!("{name}.{}", self.extension)
    }

    /// Writes it, whole or not at all. The bytes written.
    ///
    /// # Errors
    /// A path that cannot be written, as one line that names it.
    pub fn write(&self, path: &Path) -> Result<u64, String> {
        match &self.content {
            Content::Text(text) => crate::io::write_bytes(path, text.as_bytes()).map_err(|error| error.to_string())?,
            Content::Bytes(bytes) => crate::io::write_bytes(path, bytes).map_err(|error| error.to_string())?,
            Content::Picture(image) => png::write(image, path)?,
        }
        std::fs::metadata(path).map(|data| data.len()).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The path as typed, with the figure's ending where it has none.
    pub fn with_extension(&self, path: PathBuf) -> PathBuf {
        if path.extension().is_some() { path } else { path.with_extension(self.extension) }
    }
}

impl Photograph {
    /// Of the part `rect` of the window, in points.
    pub fn new(title: String, rect: Rect) -> Self {
        Self { title, rect, frames: 0, image: Arc::default() }
    }

    /// Called every frame: waits until the menu has gone, asks for the picture, and gives it once it is there.
    pub fn advance(&mut self, ctx: &Context) -> Option<Figure> {
        self.frames += 1;
        ctx.request_repaint();
        if self.frames == FRAMES {
            let (slot, waker) = (Arc::clone(&self.image), ctx.clone());
            ctx.request_screenshot(move |image| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                waker.request_repaint();
            });
        }
        let image = self.image.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let part = png::cropped(&image, self.rect, ctx.pixels_per_point());
        Some(Figure { title: self.title.clone(), extension: "png", content: Content::Picture(Arc::new(part)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Color32;

    #[test]
    fn what_is_saved_is_what_was_shown() {
        let folder = tempfile::tempdir().unwrap();
        let text = Figure {
            title: "SQNR, by bits".to_owned(),
            extension: "csv",
            content: Content::Text("bits,SQNR\r\n2,9.3\r\n".to_owned()),
        };
        assert_eq!(text.file_name(), "SQNR-by-bits.csv");
        let path = text.with_extension(folder.path().join("curve"));
        assert_eq!(path.extension().unwrap(), "csv");
        assert_eq!(text.write(&path), Ok(18));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "bits,SQNR\r\n2,9.3\r\n");

        let pixels = ColorImage::new([2, 1], vec![Color32::from_rgb(176, 19, 77), Color32::WHITE]);
        let picture = Figure { extension: "png", content: Content::Picture(Arc::new(pixels)), ..text };
        let path = folder.path().join("curve.png");
        picture.write(&path).unwrap();
        let read = image::open(&path).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (2, 1));
        assert_eq!(read.get_pixel(0, 0).0, [176, 19, 77]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let figure = Figure { title: String::new(), extension: "svg", content: Content::Text(String::new()) };
        assert_eq!(figure.file_name(), "figure.svg");
        let reason = figure.write(Path::new("/no/such/folder/a.svg")).unwrap_err();
        assert!(reason.contains("/no/such/folder/a.svg"), "{reason}");
    }
}
