//! Icons, drawn with the painter on a grid of 24.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are what is drawn")]
pub enum Icon {
    Weights,
    Numbers,
    Signals,
    KMeans,
    Linear,
    Binary,
    Networks,
    Copy,
    Close,
    Plus,
    Undo,
    Redo,
    Play,
    Chevron,
    Check,
    Alert,
    Search,
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
            Self::Alert => {
                line(&[(12.0, 5.0), (12.0, 14.0)]);
                dot(12.0, 18.5, 1.6);
            }
            Self::Search => {
                painter.circle_stroke(at(10.0, 10.0), 6.0 * unit, stroke);
                line(&[(14.5, 14.5), (21.0, 21.0)]);
            }
        }
    }
}
