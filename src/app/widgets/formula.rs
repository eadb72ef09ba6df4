//! A formula line: symbols first, then numbers in place, the result in bold. Fractions are stacked.

use std::sync::Arc;

use egui::{Color32, FontId, Galley, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};

/// A piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Letters, signs, words.
    Symbol(String),
    /// A number, in the colour of what it is.
    Number(String, Color32),
    /// What comes out.
    Result(String),
    /// An exponent of what stands before it.
    Exponent(String),
    /// An exponent of several parts, each in its colour.
    Raised(Vec<Part>),
    /// One row of parts above another.
    Fraction(Vec<Part>, Vec<Part>),
}

/// Draws the parts on one baseline at `size` (16 to 22 points); a click copies the line's text, which is also its accessible name.
pub fn formula(ui: &mut Ui, size: f32, parts: &[Part]) -> Response {
    let line = Line::new(ui, size, parts);
    let (rect, response) = ui.allocate_exact_size(vec2(line.width, line.above + line.below), Sense::click());
    let text = plain_text(parts);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &text));
    line.paint(ui, rect.left(), rect.top() + line.above);
    theme::focus_ring(ui, &response, rect);
    if response.clicked() {
        ui.copy_text(text);
    }
    response.on_hover_text("Click copies")
}

/// How wide the parts are at `size`.
pub fn width(ui: &Ui, size: f32, parts: &[Part]) -> f32 {
    Line::new(ui, size, parts).width
}

/// The formula as one line of text.
fn plain_text(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Symbol(text) | Part::Number(text, _) | Part::Result(text) => text.clone(),
            Part::Exponent(text) => format!("^{text}"),
            Part::Raised(parts) => format!("^({})", plain_text(parts)),
            Part::Fraction(over, under) => format!("({}) / ({})", plain_text(over), plain_text(under)),
        })
        .collect()
}

/// Exponents, as shares of the size: how large, and how far up.
const EXPONENT: (f32, f32) = (0.68, 0.36);

/// Where the rule of a fraction lies above the baseline, as a share of the size, and how thick it is.
const RULE: (f32, f32) = (0.3, 1.4);

/// Parts that are laid out: their extent around the baseline.
struct Line {
    width: f32,
    above: f32,
    below: f32,
    pieces: Vec<(f32, Piece)>,
}

enum Piece {
    /// A text and how far its baseline lies above the line's.
    Text(Arc<Galley>, f32, Color32),
    /// A line and how far its baseline lies above the line's.
    Raised(Line, f32),
    /// Two lines with their baselines below the line's, and the rule between them.
    Fraction { over: (Line, f32), under: (Line, f32), width: f32, rule: f32 },
}

impl Line {
    fn new(ui: &Ui, size: f32, parts: &[Part]) -> Self {
        let tokens = tokens(ui);
        let mut line = Self { width: 0.0, above: 0.0, below: 0.0, pieces: Vec::new() };
        for part in parts {
            match part {
                Part::Symbol(text) => line.text(ui, text, theme::regular(size), 0.0, tokens.text),
                Part::Number(text, color) => line.text(ui, text, theme::semibold(size), 0.0, *color),
                Part::Result(text) => line.text(ui, text, theme::semibold(size * 1.1), 0.0, tokens.text),
                Part::Exponent(text) => {
                    line.text(ui, text, theme::regular(size * EXPONENT.0), size * EXPONENT.1, tokens.text);
                }
                Part::Raised(parts) => line.raised(Self::new(ui, size * EXPONENT.0, parts), size * EXPONENT.1),
                Part::Fraction(over, under) => {
                    line.fraction(Self::new(ui, size, over), Self::new(ui, size, under), size)
                }
            }
        }
        line
    }

    fn text(&mut self, ui: &Ui, text: &str, font: FontId, raised: f32, color: Color32) {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
        let ascent = -theme::on_baseline(&galley, 0.0, 0.0).y;
        self.above = self.above.max(ascent + raised);
        self.below = self.below.max(galley.size().y - ascent - raised);
        let width = galley.size().x;
        self.pieces.push((self.width, Piece::Text(galley, raised, color)));
        self.width += width;
    }

    fn raised(&mut self, parts: Self, raised: f32) {
        self.above = self.above.max(parts.above + raised);
        self.below = self.below.max(parts.below - raised);
        let width = parts.width;
        self.pieces.push((self.width, Piece::Raised(parts, raised)));
        self.width += width;
    }

    fn fraction(&mut self, over: Self, under: Self, size: f32) {
        let rule = size * RULE.0;
        let width = over.width.max(under.width) + 8.0;
        let (over_at, under_at) = (-rule - 2.0 - over.below, -rule + 2.0 + under.above);
        self.above = self.above.max(over.above - over_at);
        self.below = self.below.max(under.below + under_at);
        let piece = Piece::Fraction { over: (over, over_at), under: (under, under_at), width, rule };
        self.pieces.push((self.width + 2.0, piece));
        self.width += width + 4.0;
    }

    fn paint(&self, ui: &Ui, left: f32, baseline: f32) {
        for (x, piece) in &self.pieces {
            match piece {
                Piece::Text(galley, raised, color) => {
                    let at = theme::on_baseline(galley, left + x, baseline - raised);
                    ui.painter().galley(at, Arc::clone(galley), *color);
                }
                Piece::Raised(line, raised) => line.paint(ui, left + x, baseline - raised),
                Piece::Fraction { over, under, width, rule } => {
                    let (from, y) = (left + x, baseline - rule);
                    let line = Rect::from_min_max(pos2(from, y), pos2(from + width, y));
                    ui.painter().hline(line.x_range(), y, Stroke::new(RULE.1, tokens(ui).text));
                    for (line, down) in [over, under] {
                        line.paint(ui, from + (width - line.width) / 2.0, baseline + down);
                    }
                }
            }
        }
    }
}
