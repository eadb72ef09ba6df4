//! The tree as far as it is built, leaf by leaf and merge by merge.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::{MOST_LEAVES, Study};
use crate::app::setup::codebook::Coding;
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::huffman::{layout, tree_table};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::figure;
use crate::app::widgets::plot::{self, PlotLook};

pub(super) fn tree_ui(study: &Study, coding: &Coding, presenting: bool, rect: Rect, ui: &mut Ui) {
    let merges = study.merges.len();
    let now = coding.merges.unwrap_or(merges).min(merges);
    let node_name = |index: usize| match study.tree.nodes[index].symbol {
        Some(symbol) => format!("index {symbol}"),
        None => "a pair".to_owned(),
    };
    let count = |index: usize| format::count(study.tree.nodes[index].count);
    let subtitle = match study.merges.get(now) {
        Some(next) => format!(
            "next: {} ({}) and {} ({})",
            node_name(next.left),
            count(next.left),
            node_name(next.right),
            count(next.right)
        ),
        None => "the two rarest merge until one is left".to_owned(),
    };
    Card::new("Tree").subtitle(&subtitle).show(ui, rect, |ui| {
        let leaves = study.tree.leaves();
        if leaves == 0 || leaves > MOST_LEAVES {
            let why = if leaves == 0 {
                "No index occurs".to_owned()
            } else {
                format!("{leaves} indices occur; a tree of up to {MOST_LEAVES} is drawn")
            };
            return card::nothing(ui, &why);
        }
        let look = PlotLook::of(presenting);
        let tokens = tokens(ui.ctx());
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::CLICK);
        let summary = format!(
            "Huffman tree of {leaves} indices, {now} of {merges} merges, longest code {} bit",
            study.code.longest()
        );
        plot::describe(&response, || summary.clone());
        let spots = layout(&study.tree);
        let deepest = spots.iter().map(|spot| spot.depth).max().unwrap_or(1).max(1) as f32;
        let area = Rect::from_min_max(
            rect.min + vec2(if presenting { 52.0 } else { 46.0 }, 10.0),
            rect.max - vec2(20.0, 20.0),
        );
        let place = |index: usize| {
            let spot = spots[index];
            pos2(
                area.left() + spot.across * area.width(),
                area.top() + spot.depth as f32 / deepest * (area.height() - 8.0),
            )
        };
        let painter = ui.painter();
        for depth in 1..=deepest as u32 {
            let y = area.top() + depth as f32 / deepest * (area.height() - 8.0);
            painter.hline(area.x_range().expand(12.0), y, (theme::HAIRLINE, tokens.grid));
            if (area.height() / deepest) > 13.0 || depth % 2 == 0 {
                let at = pos2(rect.left(), y);
                painter.text(at, Align2::LEFT_CENTER, format!("{depth} bit"), look.caption.clone(), tokens.muted);
            }
        }
        let next = study.merges.get(now);
        for (step, merge) in study.merges.iter().enumerate().take(now) {
            let current = step + 1 == now && now < merges;
            let (color, width) = if current { (tokens.accent, 3.0) } else { (tokens.axis, 1.6) };
            for child in [merge.left, merge.right] {
                let (from, to) = (place(merge.parent), place(child));
                let knee = pos2(to.x, from.y);
                painter.line_segment([from, knee], (width, color));
                painter.line_segment([knee, to], (width, color));
            }
        }
        let wide = area.width() / leaves as f32;
        for (index, node) in study.tree.nodes.iter().enumerate() {
            let at = place(index);
            let waits = next.is_some_and(|next| next.left == index || next.right == index);
            match node.symbol {
                Some(symbol) => {
                    let size = vec2((wide - 3.0).clamp(13.0, 30.0), 18.0);
                    let cell = Rect::from_center_size(at, size);
                    let pair = tokens.level(symbol.into(), study.counts.len());
                    painter.rect_filled(cell, theme::RADIUS_BAR, pair.fill);
                    if waits {
                        painter.rect_stroke(
                            cell.expand(2.0),
                            theme::RADIUS_BAR,
                            (2.5, tokens.accent),
                            egui::StrokeKind::Outside,
                        );
                    }
                    if wide >= 15.0 {
                        let font = theme::cell(12.0);
                        painter.text(cell.center(), Align2::CENTER_CENTER, symbol.to_string(), font, pair.text);
                    }
                }
                None if index - study.tree.leaves() < now => {
                    let radius = if waits { 6.0 } else { 3.5 };
                    let color = if waits { tokens.accent } else { tokens.axis };
                    painter.circle_filled(at, radius, color);
                    if leaves <= 8 || waits {
                        let text = format::count(node.count);
                        let galley = painter.layout_no_wrap(text, look.strong.clone(), tokens.text);
                        let corner = at + vec2(6.0, -galley.size().y - 1.0);
                        painter.rect_filled(Rect::from_min_size(corner, galley.size()), 0.0, tokens.card);
                        painter.galley(corner, galley, tokens.text);
                    }
                }
                None => {}
            }
        }
        figure::menu(ui, &response, recording, rect, "Huffman tree", || tree_table(&study.tree));
    });
}
