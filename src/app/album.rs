//! Everything on a page in one go: each picture as PNG, SVG and CSV, each table as CSV, Markdown and LaTeX.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use egui::{ColorImage, Context};

use super::export::plain_name;
use super::figure::files::{Content, Figure};
use super::figure::png;
use super::widgets::figure::shown::{self, Kind, Shown};

/// Frames until what was clicked to get here has gone from the window.
const FRAMES: u32 = 3;
/// Frames after which the window is taken to give no picture of itself: then there are no PNG files.
const PATIENCE: u32 = 120;

/// An album that is being gathered.
pub struct Album {
    folder: PathBuf,
    frames: u32,
    image: Arc<Mutex<Option<Arc<ColorImage>>>>,
    figures: Option<Vec<Shown>>,
}

impl Album {
    /// An album that shall lie in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, frames: 0, image: Arc::default(), figures: None }
    }

    /// Called every frame: asks for the figures' contents and for a picture of the window; the files and their folder, once both
    /// are there.
    pub fn advance(&mut self, ctx: &Context) -> Option<(PathBuf, Vec<Figure>)> {
        self.frames += 1;
        ctx.request_repaint();
        if self.frames < FRAMES {
            return None;
        }
        if self.frames == FRAMES {
            shown::ask(ctx);
            let (slot, waker) = (Arc::clone(&self.image), ctx.clone());
            ctx.request_screenshot(move |image| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                waker.request_repaint();
            });
            return None;
        }
        if self.figures.is_none() {
            self.figures = shown::take(ctx);
        }
        let figures = self.figures.as_ref()?;
        let image = self.image.lock().unwrap_or_else(PoisonError::into_inner).take();
        if image.is_none() && self.frames < PATIENCE {
            return None;
        }
        Some((self.folder.clone(), files(figures, image.as_deref(), ctx.pixels_per_point())))
    }
}

/// The files of figures that were noted with their contents; pictures are cut out of `window`, a picture of all of it.
pub fn files(figures: &[Shown], window: Option<&ColorImage>, pixels_per_point: f32) -> Vec<Figure> {
    let mut names: Vec<String> = Vec::new();
    let mut files = Vec::new();
    for figure in figures {
        let Some(content) = figure.content.as_ref().filter(|_| figure.rect.is_positive()) else { continue };
        let title = unique(&figure.title, &mut names);
        let mut add = |extension, content: Content| files.push(Figure { title: title.clone(), extension, content });
        add("csv", Content::Text(content.table.csv()));
        match figure.kind {
            Kind::Picture => {
                if let Some(svg) = &content.svg {
                    add("svg", Content::Text(svg.clone()));
                }
                if let Some(window) = window {
                    add("png", Content::Picture(Arc::new(png::cropped(window, figure.rect, pixels_per_point))));
                }
            }
            Kind::Table => {
                add("md", Content::Text(content.table.markdown()));
                add("tex", Content::Text(content.table.latex()));
            }
        }
    }
    files
}

/// The title, with a number where another figure has the same name.
fn unique(title: &str, names: &mut Vec<String>) -> String {
    let plain = plain_name(title);
    let plain = if plain.is_empty() { "figure".to_owned() } else { plain };
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !names.contains(name));
    let name = free.unwrap_or(plain);
    names.push(name.clone());
    name
}

/// A folder inside `parent` that does not exist yet: nothing is written over.
pub fn new_folder(parent: &Path, page: &str) -> PathBuf {
    let name = format!("quantscope-{page}");
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).map(|name| parent.join(name)).find(|path| !path.exists());
    free.unwrap_or_else(|| parent.join(name))
}

/// Writes all files into a folder, which is made. How many, and their bytes.
///
/// # Errors
/// The folder cannot be made, or a file cannot be written: one line that names it.
pub fn write(folder: &Path, files: &[Figure]) -> Result<(usize, u64), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut bytes = 0;
    for file in files {
        bytes += file.write(&folder.join(file.file_name()))?;
    }
    Ok((files.len(), bytes))
}

#[cfg(test)]
mod tests {
    use egui::{Color32, Rect, pos2, vec2};

    use super::*;
    use crate::app::view::figure::{Cell, Table};
    use crate::app::widgets::figure::shown::Content as Noted;

    fn noted(kind: Kind, title: &str, svg: Option<&str>) -> Shown {
        let mut table = Table::new(title, &["bits", "SQNR"]);
        table.rows.push(vec![Cell::Number(2.0), Cell::Number(9.25)]);
        let rect = Rect::from_min_size(pos2(2.0, 1.0), vec2(4.0, 3.0));
        let content = Some(Noted { table, svg: svg.map(str::to_owned) });
        Shown { kind, title: title.to_owned(), rect, content }
    }

    #[test]
    fn every_figure_leaves_in_all_its_formats_under_its_own_name() {
        let figures =
            [noted(Kind::Picture, "SQNR, by bits", Some("<svg/>")), noted(Kind::Table, "SQNR, by bits", None)];
        let window = ColorImage::filled([20, 20], Color32::RED);
        let folder = tempfile::tempdir().unwrap();
        let path = new_folder(folder.path(), "tensor");
        let made = files(&figures, Some(&window), 2.0);
        assert_eq!(write(&path, &made).unwrap().0, 6);
        let names =
            ["SQNR-by-bits.csv", "SQNR-by-bits.svg", "SQNR-by-bits-2.csv", "SQNR-by-bits-2.md", "SQNR-by-bits-2.tex"];
        for name in names {
            assert!(path.join(name).is_file(), "{name}");
        }
        assert_eq!(std::fs::read_to_string(path.join(names[0])).unwrap(), "bits,SQNR\r\n2,9.25\r\n");
        let picture = image::open(path.join("SQNR-by-bits.png")).unwrap();
        assert_eq!((picture.width(), picture.height()), (8, 6));
        assert_ne!(new_folder(folder.path(), "tensor"), path, "the next album has a folder of its own");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let reason = write(&file.path().join("album"), &[]).unwrap_err();
        assert!(reason.contains("album"), "{reason}");
    }
}
