//! What the pages of the group share: formula lines, labels, rows of cards that scroll where they do not fit.

use egui::{Align, FontId, Layout, Rect, RichText, Sense, TextStyle, Ui, UiBuilder, pos2, vec2};

use crate::app::theme::{self, Tokens, tokens};
use crate::app::view::affine::Step;
use crate::app::view::inspect::Role;
use crate::app::widgets::formula::{self, Part};

/// Smallest text on a projector.
const HALL: f32 = 15.0;

/// Runs `draw` on a page of at least `height`, scrolled where the canvas is lower. It gets the rectangle of the whole page.
pub fn scrolled(ui: &mut Ui, name: &str, presenting: bool, height: f32, draw: impl FnOnce(&mut Ui, Rect)) {
    if presenting {
        // Notes and remarks take their size from here.
        ui.style_mut().text_styles.insert(TextStyle::Small, theme::regular(HALL));
    }
    let canvas = ui.max_rect();
    if height <= canvas.height() {
        return draw(ui, canvas);
    }
    egui::ScrollArea::vertical().id_salt(name).auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        draw(ui, rect);
    });
}

/// Parts of a formula in the colours of what they are.
pub fn colored(steps: &[Step], tokens: &Tokens) -> Vec<Part> {
    let part = |step: &Step| match step {
        Step::Text(text, Role::Symbol) => Part::Symbol(text.clone()),
        Step::Text(text, Role::Real) => Part::Number(text.clone(), tokens.real),
        Step::Text(text, Role::Code) => Part::Number(text.clone(), tokens.accent),
        Step::Text(text, Role::Result) => Part::Result(text.clone()),
        Step::Power(text) => Part::Exponent(text.clone()),
        Step::Fraction(over, under) => Part::Fraction(colored(over, tokens), colored(under, tokens)),
    };
    steps.iter().map(part).collect()
}

/// A formula line as large as the width allows, from `largest` down to 13 points; a longer one is broken at its ` = `.
pub fn steps_ui(ui: &mut Ui, steps: &[Step], largest: f32) {
    let tokens = tokens(ui.ctx());
    // A line that was too long widens the column: what is seen ends at the clip.
    let room = ui.available_width().min(ui.clip_rect().right() - 6.0 - ui.cursor().left());
    let parts = colored(steps, tokens);
    let sizes = [largest, largest - 2.0, largest - 4.0, 14.0, 13.0];
    let fits = |parts: &[Part], size: f32| formula::width(ui, size, parts) <= room;
    if let Some(size) = sizes.into_iter().filter(|size| *size >= 13.0).find(|&size| fits(&parts, size)) {
        formula::formula(ui, size, &parts);
        return;
    }
    let is_sign = |step: &Step| matches!(step, Step::Text(text, Role::Symbol) if text.starts_with(" = ") || text.starts_with(") = ") || text.starts_with(" → "));
    let Some(cut) = steps.iter().rposition(is_sign).filter(|cut| *cut > 0) else {
        formula::formula(ui, 13.0, &parts);
        return;
    };
    let mut first = steps[..cut].to_vec();
    if matches!(&steps[cut], Step::Text(text, _) if text.starts_with(')')) {
        first.push(Step::Text(")".to_owned(), Role::Symbol));
    }
    steps_ui(ui, &first, largest);
    let mut rest = steps[cut..].to_vec();
    if let Some(Step::Text(text, _)) = rest.first_mut()
        && let Some(bracket) = text.strip_prefix(')')
    {
        *text = bracket.to_owned();
    }
    ui.horizontal(|ui| {
        ui.add_space(18.0);
        formula::formula(ui, largest.min(16.0), &colored(&rest, tokens));
    });
}

/// A label before a control.
pub fn label(ui: &mut Ui, text: &str) {
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(theme::control()).color(tokens(ui.ctx()).muted));
}

/// Room for a field on the line of a card's title, which is laid out from the right.
pub fn title_field<R>(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.allocate_ui_with_layout(vec2(width, theme::CONTROL), Layout::top_down(Align::Min), add).inner
}

/// A small muted line.
pub fn note(ui: &mut Ui, text: &str) {
    let font = small(ui);
    ui.label(RichText::new(text).font(font).color(tokens(ui.ctx()).muted));
}

/// The font of a note: a caption's, or larger on a projector.
pub fn small(ui: &Ui) -> FontId {
    let size = TextStyle::Small.resolve(ui.style()).size;
    theme::regular(size.max(theme::small().size))
}

/// A line in a semantic colour: a warning, a confirmation.
pub fn remark(ui: &mut Ui, text: &str, color: egui::Color32) {
    let font = theme::semibold(small(ui).size);
    ui.label(RichText::new(text).font(font).color(color));
}

/// A number that matters beside its name.
pub fn figure(ui: &mut Ui, name: &str, value: &str, size: f32) {
    let tokens = tokens(ui.ctx());
    ui.spacing_mut().item_spacing.x = 6.0;
    let response = ui.label(RichText::new(name).font(theme::body()).color(tokens.muted));
    ui.label(RichText::new(value).font(theme::semibold(size)).color(tokens.text)).labelled_by(response.id);
    ui.add_space(12.0);
}

/// A row of controls in the middle of `rect`, laid out from left to right.
pub fn row_in(ui: &mut Ui, name: &str, rect: Rect) -> Ui {
    let rect = Rect::from_center_size(rect.center(), vec2(rect.width(), theme::CONTROL));
    let builder = UiBuilder::new().id_salt(name).max_rect(rect);
    ui.new_child(builder.layout(Layout::left_to_right(Align::Center)))
}

/// A child for a part of a card, laid out from top to bottom.
pub fn column_in(ui: &mut Ui, name: &str, rect: Rect) -> Ui {
    let builder = UiBuilder::new().id_salt(name).max_rect(rect);
    ui.new_child(builder.layout(Layout::top_down(Align::Min)))
}

/// The rectangle divided into columns of these shares, `gap` apart.
pub fn columns(rect: Rect, shares: &[f32], gap: f32) -> Vec<Rect> {
    let total: f32 = shares.iter().sum();
    let room = rect.width() - gap * shares.len().saturating_sub(1) as f32;
    let mut left = rect.left();
    shares
        .iter()
        .map(|share| {
            let width = (room * share / total).round();
            let column =
                Rect::from_min_max(pos2(left, rect.top()), pos2((left + width).min(rect.right()), rect.bottom()));
            left += width + gap;
            column
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width_without_overlap() {
        let rect = Rect::from_min_size(pos2(10.0, 5.0), vec2(1000.0, 100.0));
        let parts = columns(rect, &[3.0, 2.0, 1.0], 12.0);
        assert_eq!(parts.len(), 3);
        for pair in parts.windows(2) {
            assert!((pair[1].left() - pair[0].right() - 12.0).abs() < 0.6);
        }
        assert!((parts[2].right() - rect.right()).abs() < 2.0);
    }
}
