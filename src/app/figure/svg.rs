//! What egui painted, as SVG: the same lines, colours and words as on screen, as vectors that a paper can take.
//!
//! SVG 1.1 with `<image>` for textures. Text stays text, set in the program's typefaces where the reader has them, and kept at the
//! width that it has on screen where it has not.

use std::fmt::Write as _;

use egui::epaint::{ClippedShape, ColorMode, Mesh, PathShape, PathStroke, RectShape, TextShape};
use egui::{Color32, ColorImage, FontFamily, Pos2, Rect, Shape, Stroke, StrokeKind, TextureId};

use crate::app::fonts;

/// Room around the picture, in points.
const MARGIN: f32 = 8.0;

/// A texture that a picture shows, with its pixels.
pub type Picture = (TextureId, ColorImage);

/// The shapes that reach into `rect` on a ground of `background`, as a document of its own.
pub fn document<'a>(
    shapes: impl Iterator<Item = &'a ClippedShape>,
    rect: Rect,
    background: Color32,
    title: &str,
    pictures: &[Picture],
) -> String {
    let view = rect.expand(MARGIN);
    let mut writer = Writer { out: String::new(), clips: Vec::new(), pictures };
    for ClippedShape { clip_rect, shape, .. } in shapes {
        writer.clipped(*clip_rect, shape, rect);
    }
    let mut clips = String::new();
    for (index, clip) in writer.clips.iter().enumerate() {
        let _ = write!(clips, "<clipPath id=\"c{index}\"><rect {}/></clipPath>", place(*clip));
    }
    let box_of =
        |rect: Rect| format!("{} {} {} {}", num(rect.left()), num(rect.top()), num(rect.width()), num(rect.height()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{}\" height=\"{}\" \
         viewBox=\"{}\">\n<title>{}</title>\n<defs>{clips}</defs>\n<rect {} {}/>\n{}</svg>\n",
        num(view.width()),
        num(view.height()),
        box_of(view),
        escaped(title),
        place(view),
        fill(background),
        writer.out,
    )
}

struct Writer<'a> {
    out: String,
    clips: Vec<Rect>,
    pictures: &'a [Picture],
}

impl Writer<'_> {
    fn clipped(&mut self, clip: Rect, shape: &Shape, rect: Rect) {
        let bounds = shape.visual_bounding_rect();
        // A shape without an area has an inverted box.
        if !bounds.is_positive() && !bounds.intersects(rect) || !bounds.intersects(clip.intersect(rect)) {
            return;
        }
        if clip.contains_rect(bounds) {
            return self.shape(shape);
        }
        let known = self.clips.iter().position(|known| *known == clip);
        let index = known.unwrap_or_else(|| {
            self.clips.push(clip);
            self.clips.len() - 1
        });
        let _ = write!(self.out, "<g clip-path=\"url(#c{index})\">");
        self.shape(shape);
        self.out.push_str("</g>\n");
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Noop | Shape::Callback(_) => {}
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.shape(shape)),
            Shape::Circle(circle) => {
                let (at, radius) = (circle.center, circle.radius);
                let _ = writeln!(
                    self.out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}{}/>",
                    num(at.x),
                    num(at.y),
                    num(radius),
                    fill(circle.fill),
                    stroke(circle.stroke)
                );
            }
            Shape::Ellipse(ellipse) => {
                let (at, radius) = (ellipse.center, ellipse.radius);
                let turn = rotation(ellipse.angle, at);
                let _ = writeln!(
                    self.out,
                    "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\" {}{}{turn}/>",
                    num(at.x),
                    num(at.y),
                    num(radius.x),
                    num(radius.y),
                    fill(ellipse.fill),
                    stroke(ellipse.stroke)
                );
            }
            Shape::LineSegment { points: [from, to], stroke: line } => {
                let _ = writeln!(
                    self.out,
                    "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>",
                    num(from.x),
                    num(from.y),
                    num(to.x),
                    num(to.y),
                    stroke(*line)
                );
            }
            Shape::Path(path) => self.path(path),
            Shape::Band(band) => {
                let upper = band.points.iter().map(|point| Pos2::new(point.x, point.y.min));
                let lower = band.points.iter().rev().map(|point| Pos2::new(point.x, point.y.max));
                let points: Vec<Pos2> = upper.chain(lower).collect();
                let outline = if band.stroke.is_empty() { String::new() } else { stroke(band.stroke) };
                let _ = writeln!(self.out, "<polygon points=\"{}\" {}{outline}/>", list(&points), fill(band.fill));
            }
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.text(text),
            Shape::Mesh(mesh) => self.mesh(mesh),
            Shape::QuadraticBezier(curve) => {
                let line = path_stroke(&curve.stroke);
                let _ = writeln!(
                    self.out,
                    "<polyline points=\"{}\" {}{line}/>",
                    list(&curve.flatten(None)),
                    fill(curve.fill)
                );
            }
            Shape::CubicBezier(curve) => {
                let line = path_stroke(&curve.stroke);
                let points: Vec<Pos2> = curve.flatten_closed(None, None).into_iter().flatten().collect();
                let _ = writeln!(self.out, "<polyline points=\"{}\" {}{line}/>", list(&points), fill(curve.fill));
            }
        }
    }

    fn path(&mut self, path: &PathShape) {
        let name = if path.closed { "polygon" } else { "polyline" };
        let fill = if path.closed { fill(path.fill) } else { fill(Color32::TRANSPARENT) };
        let line = path_stroke(&path.stroke);
        let _ = writeln!(self.out, "<{name} points=\"{}\" {fill}{line}/>", list(&path.points));
    }

    fn rect(&mut self, shape: &RectShape) {
        let turn = rotation(shape.angle, shape.rect.center());
        if let Some(brush) = &shape.brush {
            return self.texture(brush.fill_texture_id, shape.rect, brush.uv, &turn);
        }
        // SVG strokes are centred on the outline.
        let half = shape.stroke.width / 2.0;
        let outline = match shape.stroke_kind {
            StrokeKind::Inside => shape.rect.shrink(half),
            StrokeKind::Middle => shape.rect,
            StrokeKind::Outside => shape.rect.expand(half),
        };
        let radius = f32::from(shape.corner_radius.nw);
        let corner = if radius > 0.0 { format!(" rx=\"{}\"", num(radius)) } else { String::new() };
        let _ = writeln!(
            self.out,
            "<rect {}{corner} {}{}{turn}/>",
            place(if shape.stroke.is_empty() { shape.rect } else { outline }),
            fill(shape.fill),
            stroke(shape.stroke)
        );
    }

    fn text(&mut self, text: &TextShape) {
        let job = &text.galley.job;
        let mut byte = 0;
        for placed in &text.galley.rows {
            let glyphs = &placed.row.glyphs;
            let mut start = 0;
            while start < glyphs.len() {
                let Some(section) = job
                    .sections
                    .iter()
                    .find(|section| section.byte_range.contains(&byte.into()))
                    .or(job.sections.last())
                else {
                    return;
                };
                let mut end = start;
                let mut run = String::new();
                while end < glyphs.len() && (run.is_empty() || section.byte_range.contains(&byte.into())) {
                    byte += glyphs[end].chr.len_utf8();
                    run.push(glyphs[end].chr);
                    end += 1;
                }
                let last = &glyphs[end - 1];
                let width = last.pos.x + last.advance_width - glyphs[start].pos.x;
                let at = text.pos + placed.pos.to_vec2() + glyphs[start].pos.to_vec2();
                let color = match (text.override_text_color, section.format.color) {
                    (Some(color), _) => color,
                    (None, Color32::PLACEHOLDER) => text.fallback_color,
                    (None, color) => color,
                };
                if !run.trim().is_empty() {
                    let _ = writeln!(
                        self.out,
                        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" {} textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
                         xml:space=\"preserve\" {}{}>{}</text>",
                        num(at.x),
                        num(at.y),
                        num(section.format.font_id.size),
                        face(&section.format.font_id.family),
                        num(width),
                        fill(color.gamma_multiply(text.opacity_factor)),
                        rotation(text.angle, text.pos),
                        escaped(&run)
                    );
                }
                start = end;
            }
            byte += usize::from(placed.ends_with_newline);
        }
    }

    /// The part of a picture that is drawn into `rect`; nothing where its pixels are not known.
    fn texture(&mut self, id: TextureId, rect: Rect, uv: Rect, turn: &str) {
        if let Some((_, image)) = self.pictures.iter().find(|(known, _)| *known == id)
            && let Some(data) = png_data(&part_of(image, uv))
        {
            let _ = writeln!(
                self.out,
                "<image {} preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
                 xlink:href=\"data:image/png;base64,{data}\"{turn}/>",
                place(rect)
            );
        }
    }

    /// A mesh that [`egui::Painter::image`] made: one upright rectangle.
    fn textured(&mut self, mesh: &Mesh) {
        if let [first, .., last] = mesh.vertices.as_slice() {
            let (rect, uv) = (Rect::from_two_pos(first.pos, last.pos), Rect::from_two_pos(first.uv, last.uv));
            self.texture(mesh.texture_id, rect, uv, "");
        }
    }

    /// Areas of one colour; pairs of triangles that make an upright rectangle are written as one.
    fn mesh(&mut self, mesh: &Mesh) {
        if mesh.texture_id != TextureId::default() {
            return self.textured(mesh);
        }
        let mut rest = mesh.indices.as_slice();
        while let [a, b, c, more @ ..] = rest {
            let corner = |index: &u32| mesh.vertices.get(*index as usize).copied().unwrap_or_default();
            let [p, q, r] = [corner(a), corner(b), corner(c)];
            if let [d, e, f, others @ ..] = more
                && [c, b] == [d, e]
                && corner(f).pos == Pos2::new(q.pos.x, r.pos.y)
                && p.pos == Pos2::new(r.pos.x, q.pos.y)
            {
                let _ =
                    writeln!(self.out, "<rect {} {}/>", place(Rect::from_two_pos(p.pos, corner(f).pos)), fill(p.color));
                rest = others;
                continue;
            }
            let _ = writeln!(self.out, "<polygon points=\"{}\" {}/>", list(&[p.pos, q.pos, r.pos]), fill(p.color));
            rest = more;
        }
    }
}

/// A hundredth of a point is finer than any eye.
fn num(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn list(points: &[Pos2]) -> String {
    points.iter().map(|at| format!("{},{}", num(at.x), num(at.y))).collect::<Vec<_>>().join(" ")
}

fn place(rect: Rect) -> String {
    let [x, y, width, height] = [rect.left(), rect.top(), rect.width(), rect.height()].map(num);
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn paint(attribute: &str, color: Color32) -> String {
    let [red, green, blue, alpha] = color.to_srgba_unmultiplied();
    match alpha {
        0 => format!("{attribute}=\"none\""),
        255 => format!("{attribute}=\"#{red:02X}{green:02X}{blue:02X}\""),
        _ => format!(
            "{attribute}=\"#{red:02X}{green:02X}{blue:02X}\" {attribute}-opacity=\"{}\"",
            num(f32::from(alpha) / 255.0)
        ),
    }
}

fn fill(color: Color32) -> String {
    paint("fill", color)
}

fn stroke(stroke: Stroke) -> String {
    if stroke.is_empty() {
        return String::new();
    }
    format!(" {} stroke-width=\"{}\"", paint("stroke", stroke.color), num(stroke.width))
}

fn path_stroke(line: &PathStroke) -> String {
    match line.color {
        ColorMode::Solid(color) => stroke(Stroke::new(line.width, color)),
        ColorMode::UV(_) => String::new(),
    }
}

fn rotation(angle: f32, about: Pos2) -> String {
    if angle == 0.0 {
        return String::new();
    }
    format!(" transform=\"rotate({} {} {})\"", num(angle.to_degrees()), num(about.x), num(about.y))
}

fn face(family: &FontFamily) -> String {
    let (name, fallback, weight) = match family {
        FontFamily::Monospace => ("JetBrains Mono", "monospace", 400),
        FontFamily::Name(name) if &**name == fonts::MONO_SEMIBOLD => ("JetBrains Mono", "monospace", 600),
        FontFamily::Name(name) if &**name == fonts::SEMIBOLD => ("Inter", "sans-serif", 600),
        _ => ("Inter", "sans-serif", 400),
    };
    format!("font-family=\"{name}, {fallback}\" font-weight=\"{weight}\"")
}

/// Words for an element: what XML reads as its own is escaped, and what it cannot hold is left out.
fn escaped(text: &str) -> String {
    let allowed = |character: &char| matches!(character, '\t' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'..);
    let text: String = text.chars().filter(allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The part of an image that a brush shows, whole pixels of it.
fn part_of(image: &ColorImage, uv: Rect) -> ColorImage {
    let [width, height] = image.size;
    let along = |share: f32, side: usize| ((share * side as f32).round().max(0.0) as usize).min(side);
    let [left, right] = [uv.left(), uv.right()].map(|share| along(share, width));
    let [top, bottom] = [uv.top(), uv.bottom()].map(|share| along(share, height));
    if [left, top, right, bottom] == [0, 0, width, height] || left >= right || top >= bottom {
        return image.clone();
    }
    let rows = (top..bottom).flat_map(|row| image.pixels[row * width + left..row * width + right].iter().copied());
    ColorImage::new([right - left, bottom - top], rows.collect())
}

/// A texture as the text of a PNG file.
fn png_data(image: &ColorImage) -> Option<String> {
    use base64::Engine as _;
    let mut bytes = std::io::Cursor::new(Vec::new());
    super::png::image_of(image)?.write_to(&mut bytes, image::ImageFormat::Png).ok()?;
    Some(base64::engine::general_purpose::STANDARD.encode(bytes.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    /// What a painter writes for the upper half of a picture of two rows, whose pixels are known or not.
    fn drawn(known: bool) -> String {
        let id = TextureId::User(3);
        let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(30.0, 40.0));
        let upper = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 0.5));
        let shape = Shape::image(id, area, upper, Color32::WHITE);
        let painted = [ClippedShape::new(Rect::EVERYTHING, shape)];
        let picture = ColorImage::new([1, 2], vec![Color32::RED, Color32::BLUE]);
        let pictures = if known { vec![(id, picture)] } else { Vec::new() };
        document(painted.iter(), area, Color32::WHITE, "Picture", &pictures)
    }

    #[test]
    fn a_painted_texture_is_in_the_file_with_the_part_that_is_shown() {
        let row = png_data(&ColorImage::new([1, 1], vec![Color32::RED])).unwrap();
        let svg = drawn(true);
        assert!(svg.contains("<image x=\"10\" y=\"20\" width=\"30\" height=\"40\""), "{svg}");
        assert!(svg.contains(&format!("base64,{row}\"")), "{svg}");
        assert!(!drawn(false).contains("<image"), "nothing is made up where the pixels are not known");
    }
}
