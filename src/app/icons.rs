//! Icons, drawn with the painter on a grid of 24.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

use super::theme::text_on;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Bars of a histogram.
    Weights,
    /// Bit cells, one of them set.
    Numbers,
    /// A wave.
    Signals,
    /// Points in two clusters.
    KMeans,
    /// The range of the weights above the range of the codes.
    Linear,
    /// Plus and minus.
    Binary,
    /// A rising curve.
    Networks,
    /// Two sheets.
    Copy,
    /// A cross.
    Close,
    /// A plus.
    Plus,
    /// An arrow that turns back.
    Undo,
    /// An arrow that turns forward.
    Redo,
    /// A filled triangle.
    Play,
    /// A folder.
    Open,
    /// An arrow out of a tray.
    Export,
    /// Points down, for what unfolds.
    Chevron,
    /// A tick.
    Check,
    /// A tick on a disc.
    Good,
    /// An exclamation mark on a triangle.
    Warning,
    /// An exclamation mark on a disc.
    Error,
    /// An i on a disc.
    Info,
    /// Three lines.
    Menu,
    /// A magnifying glass.
    Search,
    /// A drawing pin.
    Pin,
}

impl Icon {
    /// Draws the icon into a square.
    pub fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let unit = rect.width() / 24.0;
        let at = |x: f32, y: f32| rect.min + vec2(x, y) * unit;
        let stroke = Stroke::new((2.0 * unit).max(1.2), color);
        let line = |points: &[(f32, f32)]| {
            let points: Vec<Pos2> = points.iter().map(|&(x, y)| at(x, y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        // What is left out of a filled icon shows the ink that reads on it.
        let ground = text_on(color);
        let ground_line = |points: &[(f32, f32)]| {
            let points: Vec<Pos2> = points.iter().map(|&(x, y)| at(x, y)).collect();
            painter.add(Shape::line(points, Stroke::new(2.4 * unit, ground)));
        };
        let bar = |x: f32, top: f32, width: f32, height: f32| {
            painter.rect_filled(Rect::from_min_size(at(x, top), vec2(width, height) * unit), 1.0, color);
        };
        let dot = |x: f32, y: f32, radius: f32| {
            painter.circle_filled(at(x, y), radius * unit, color);
        };
        let wave = |height: f32| -> Vec<(f32, f32)> {
            (0..=20)
                .map(|step| {
                    (3.0 + step as f32 * 0.9, 12.0 - height * (step as f32 / 20.0 * std::f32::consts::TAU).sin())
                })
                .collect()
        };
        let frame = |x: f32, y: f32, size: f32| {
            let rect = Rect::from_min_size(at(x, y), vec2(size, size) * unit);
            painter.rect_stroke(rect, CornerRadius::same(1), stroke, StrokeKind::Middle);
        };
        match self {
            Self::Weights => {
                for (x, height) in [(2.0, 5.0), (6.5, 12.0), (11.0, 19.0), (15.5, 11.0), (20.0, 6.0)] {
                    bar(x, 22.0 - height, 3.0, height);
                }
            }
            Self::Numbers => {
                for x in [3.0, 9.5, 16.0] {
                    let rect = Rect::from_min_size(at(x, 6.0), vec2(5.0, 12.0) * unit);
                    painter.rect_stroke(rect, CornerRadius::same(1), stroke, StrokeKind::Middle);
                }
                bar(3.0, 6.0, 5.0, 12.0);
            }
            Self::Signals => line(&wave(8.0)),
            Self::KMeans => {
                for (x, y) in
                    [(5.0, 6.0), (9.0, 10.0), (6.0, 12.0), (17.0, 8.0), (14.0, 18.0), (19.0, 16.0), (17.0, 20.0)]
                {
                    dot(x, y, 1.9);
                }
            }
            Self::Linear => {
                line(&[(2.0, 5.0), (22.0, 5.0)]);
                line(&[(5.0, 19.0), (19.0, 19.0)]);
                line(&[(4.0, 5.0), (8.0, 19.0)]);
                line(&[(20.0, 5.0), (16.0, 19.0)]);
            }
            Self::Binary => {
                line(&[(3.0, 12.0), (10.0, 12.0)]);
                line(&[(6.5, 8.5), (6.5, 15.5)]);
                line(&[(14.0, 12.0), (21.0, 12.0)]);
            }
            Self::Networks => {
                line(&[(3.0, 3.0), (3.0, 21.0), (21.0, 21.0)]);
                line(&[(6.0, 18.0), (9.0, 10.0), (13.0, 7.0), (20.0, 5.5)]);
            }
            Self::Copy => {
                frame(4.0, 8.0, 11.0);
                line(&[(9.0, 4.0), (20.0, 4.0), (20.0, 15.0)]);
            }
            Self::Close => {
                line(&[(5.0, 5.0), (19.0, 19.0)]);
                line(&[(19.0, 5.0), (5.0, 19.0)]);
            }
            Self::Plus => {
                line(&[(12.0, 4.0), (12.0, 20.0)]);
                line(&[(4.0, 12.0), (20.0, 12.0)]);
            }
            Self::Undo | Self::Redo => {
                let mirror = |x: f32| if self == Self::Undo { x } else { 24.0 - x };
                line(&[(mirror(9.0), 4.0), (mirror(4.0), 9.0), (mirror(9.0), 14.0)]);
                let arc = (0..=12).map(|step| {
                    let angle = std::f32::consts::PI * (step as f32 / 12.0 - 0.5);
                    (mirror(14.0 + 5.5 * angle.cos()), 14.5 + 5.5 * angle.sin())
                });
                let mut points = vec![(mirror(4.0), 9.0)];
                points.extend(arc);
                points.push((mirror(10.0), 20.0));
                line(&points);
            }
            Self::Play => {
                let points = vec![at(6.0, 3.0), at(21.0, 12.0), at(6.0, 21.0)];
                painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
            }
            Self::Chevron => line(&[(6.0, 9.0), (12.0, 15.0), (18.0, 9.0)]),
            Self::Check => line(&[(5.0, 12.5), (10.0, 17.5), (19.0, 7.0)]),
            Self::Open => line(&[
                (3.0, 19.0),
                (3.0, 5.0),
                (9.0, 5.0),
                (11.5, 8.0),
                (21.0, 8.0),
                (21.0, 19.0),
                (3.0, 19.0),
                (3.0, 17.0),
            ]),
            Self::Export => {
                line(&[(4.0, 14.0), (4.0, 20.0), (20.0, 20.0), (20.0, 14.0)]);
                line(&[(12.0, 15.0), (12.0, 3.5)]);
                line(&[(7.0, 8.5), (12.0, 3.5), (17.0, 8.5)]);
            }
            Self::Good => {
                dot(12.0, 12.0, 11.0);
                ground_line(&[(7.0, 12.5), (10.5, 16.0), (17.0, 8.5)]);
            }
            Self::Warning => {
                let corners = vec![at(12.0, 1.5), at(23.5, 22.0), at(0.5, 22.0)];
                painter.add(Shape::convex_polygon(corners, color, Stroke::new(1.5 * unit, color)));
                ground_line(&[(12.0, 8.5), (12.0, 15.0)]);
                painter.circle_filled(at(12.0, 18.5), 1.5 * unit, ground);
            }
            Self::Error => {
                dot(12.0, 12.0, 11.0);
                ground_line(&[(12.0, 6.0), (12.0, 13.0)]);
                painter.circle_filled(at(12.0, 17.2), 1.6 * unit, ground);
            }
            Self::Info => {
                dot(12.0, 12.0, 11.0);
                ground_line(&[(12.0, 11.0), (12.0, 18.0)]);
                painter.circle_filled(at(12.0, 6.8), 1.6 * unit, ground);
            }
            Self::Menu => {
                for y in [6.0, 12.0, 18.0] {
                    line(&[(3.0, y), (21.0, y)]);
                }
            }
            Self::Pin => {
                line(&[(8.0, 3.0), (16.0, 3.0)]);
                line(&[(9.5, 3.0), (9.5, 10.0), (6.0, 14.0), (18.0, 14.0), (14.5, 10.0), (14.5, 3.0)]);
                line(&[(12.0, 14.0), (12.0, 21.5)]);
            }
            Self::Search => {
                painter.circle_stroke(at(10.0, 10.0), 6.0 * unit, stroke);
                line(&[(14.5, 14.5), (21.0, 21.0)]);
            }
        }
    }
}
