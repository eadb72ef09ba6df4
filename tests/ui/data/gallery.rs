//! Everything on one page. `QUANTSCOPE_GALLERY` names a folder for pictures of it, `QUANTSCOPE_GALLERY_MODEL` a safetensors file
//! to show in place of synthetic weights.

use egui::{Rect, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::view::axis::Spacing;
use quantscope::app::view::format;
use quantscope::app::view::heat::limit;
use quantscope::app::view::inspect::Inspection;
use quantscope::app::view::ledger::LedgerView;
use quantscope::app::view::rate::{Measure, Rate, RateSeries};
use quantscope::app::view::table::TableRow;
use quantscope::app::widgets::card::card;
use quantscope::app::widgets::error_histogram::error_histogram;
use quantscope::app::widgets::heat_map::{HeatMaps, HeatState};
use quantscope::app::widgets::histogram::{Histogram, HistogramState};
use quantscope::app::widgets::inspector::inspector;
use quantscope::app::widgets::ledger::ledger;
use quantscope::app::widgets::matrix::{Fill, Matrix};
use quantscope::app::widgets::plot::PlotLook;
use quantscope::app::widgets::rate_plot::RatePlot;
use quantscope::app::widgets::tensor_table::{TableState, TensorTable};
use quantscope::app::{fonts, theme};
use quantscope::engine::Silent;
use quantscope::engine::coding::Layout;
use quantscope::engine::quantize::{self, Fitted, Levels};
use quantscope::engine::tensor::{Model, Sparkline, Summary, Tensor};

use super::{bell, fit};

struct Scene {
    rows: Vec<TableRow>,
    selected: usize,
    table: TableState,
    histogram: HistogramState,
    heat: HeatState,
    values: Vec<f32>,
    shape: Vec<usize>,
    summary: Summary,
    fitted: Fitted,
    levels: Levels,
    series: Vec<RateSeries>,
    ledger: LedgerView,
    cell: (usize, usize),
    look: PlotLook,
}

fn model() -> Model {
    if let Some(path) = std::env::var_os("QUANTSCOPE_GALLERY_MODEL") {
        return quantscope::io::open(std::path::Path::new(&path)).unwrap();
    }
    let tensors = vec![Tensor::in_memory("lstm_cell.weight_hh", vec![512, 128], bell(512 * 128))];
    Model { name: "synthetic".to_owned(), tensors, metadata: Vec::new() }
}

impl Scene {
    fn new(scheme: &str, presenting: bool) -> Self {
        let model = model();
        let row = |tensor: &Tensor| {
            let values = tensor.values().unwrap();
            let summary = Summary::of(&values, &Silent).unwrap();
            let mut row = TableRow::new(tensor);
            row.moments = Some(summary.moments);
            row.sparkline = Some(Sparkline::of(&summary, 28));
            let preview = quantize::preview(&summary, &tensor.shape, &"kmeans:bits=4".parse().unwrap());
            row.metric = preview.and_then(|preview| preview.report.sqnr_db()).filter(|db| db.is_finite());
            row
        };
        let rows: Vec<TableRow> = model.tensors.iter().map(row).collect();
        let selected = rows.iter().position(|row| row.name.ends_with("weight_hh")).unwrap();
        let tensor = &model.tensors[selected];
        let values = tensor.values().unwrap().to_vec();
        let shape = tensor.shape.clone();
        let (summary, fitted, levels) = fit(&values, &shape, scheme);
        let curve = |scheme: &str| quantize::curve(&summary, &shape, &scheme.parse().unwrap());
        let series = [
            ("k-means", "kmeans:bits=4"),
            ("linear", "linear:bits=4"),
            ("symmetric", "linear:bits=4,range=restricted"),
        ];
        let series =
            series.map(|(name, scheme)| RateSeries::new(name, &curve(scheme), Rate::Bits, Measure::Sqnr)).to_vec();
        let quantized = &fitted.quantized;
        let parts = Layout::new(values.len(), quantized.bits, &quantized.decoder).ledger();
        let ledger = LedgerView::new(&parts, "float32", values.len() as u64 * 4);
        Self {
            rows,
            selected,
            table: TableState::default(),
            histogram: HistogramState::default(),
            heat: HeatState::default(),
            values,
            shape,
            summary,
            fitted,
            levels,
            series,
            ledger,
            cell: (12, 20),
            look: PlotLook::of(presenting),
        }
    }

    fn histogram(&mut self, ui: &mut egui::Ui, spacing: Spacing) {
        let look = self.look.clone();
        let (summary, levels) = (&self.summary, &self.levels);
        let widget = Histogram { summary, levels, tensor: 1, revision: 1, spacing, code_offset: 0, clip: None, look };
        widget.show(ui, &mut self.histogram);
    }

    fn ui(ui: &mut egui::Ui, scene: &mut Self) {
        let tokens = theme::tokens(ui.ctx());
        let all = ui.max_rect();
        ui.painter().rect_filled(all.expand(20.0), 0.0, tokens.canvas);
        let wide = all.width() > 1500.0;
        let (table, side) = if wide { (460.0, 420.0) } else { (356.0, 276.0) };
        let column = |left: f32, width: f32, top: f32, height: f32| {
            Rect::from_min_size(all.min + vec2(left, top), vec2(width, height))
        };
        let main = all.width() - table - side - 24.0;
        let (left, right) = (table + 12.0, table + main + 24.0);
        let rect = column(0.0, table, 0.0, all.height());
        ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(1.0, 10.0))), |ui| {
            let metric = ("SQNR 4 bit", "dB");
            TensorTable { rows: &scene.rows, revision: 1, selected: scene.selected, metric, wide: false }
                .show(ui, &mut scene.table);
        });
        let upper = all.height() * 0.55;
        card(ui, column(left, main, 0.0, upper), "lstm_cell.weight_hh", "", |ui| scene.histogram(ui, Spacing::Log));
        let words = scene.heat.words((512, 128));
        let rest = all.height() - upper - 12.0;
        card(ui, column(left, main, upper + 12.0, rest), "Weight by weight", &words, |ui| scene.maps(ui));
        card(ui, column(right, side, 0.0, 230.0), "Error by bits", "SQNR, dB", |ui| {
            let current = Some((0, scene.fitted.quantized.bits));
            let (series, look) = (&scene.series, scene.look.clone());
            RatePlot { series, measure: Measure::Sqnr, rate: Rate::Bits, current, look }.show(ui);
        });
        let headline = scene.ledger.headline();
        card(ui, column(right, side, 242.0, 150.0), "Size", &headline, |ui| ledger(ui, &scene.ledger, &scene.look));
        let title = format!("Weight [{}, {}]", scene.cell.0, scene.cell.1);
        card(ui, column(right, side, 404.0, all.height() - 404.0), &title, "", |ui| {
            let quantized = &scene.fitted.quantized;
            let (row, column) = scene.cell;
            let weight = Inspection::new(&scene.values, quantized, scene.shape[1], row, column).unwrap();
            inspector(ui, &weight, quantized.bits, &scene.look);
        });
    }

    fn maps(&mut self, ui: &mut egui::Ui) {
        let quantized = &self.fitted.quantized;
        let reconstruction = |index: usize| quantized.value(index);
        let report = &self.fitted.report;
        let root_mean_square = (report.signal / report.count as f64).sqrt();
        let maps = HeatMaps {
            matrix: (512, 128),
            original: &self.values,
            reconstruction: Some(&reconstruction),
            tensor: 1,
            revision: 1,
            value_limit: limit(root_mean_square, self.summary.moments.max_abs().into()),
            error_limit: limit(report.rmse().unwrap(), report.max_error),
            selected: self.cell,
            look: self.look.clone(),
        };
        if let Some(cell) = maps.show(ui, &mut self.heat).selected {
            self.cell = cell;
        }
    }

    /// What the first scene has no room for.
    fn more(ui: &mut egui::Ui, scene: &mut Self) {
        let tokens = theme::tokens(ui.ctx());
        let all = ui.max_rect();
        ui.painter().rect_filled(all.expand(20.0), 0.0, tokens.canvas);
        let cell = |left: f32, top: f32, width: f32, height: f32| {
            Rect::from_min_size(all.min + vec2(left, top), vec2(width, height))
        };
        card(ui, cell(0.0, 0.0, all.width(), 300.0), "Codebook", "", lecture);
        card(ui, cell(0.0, 312.0, 500.0, 230.0), "Errors", "exact, all 65,536 weights", |ui| {
            let fitted = &scene.fitted;
            let errors =
                quantize::error_histogram(&scene.values, &fitted.quantized, &fitted.report, 81, &Silent).unwrap();
            error_histogram(ui, &errors, Spacing::Log, &scene.look);
        });
        card(ui, cell(512.0, 312.0, all.width() - 512.0, 230.0), "Linear counts, zoomed out", "", |ui| {
            scene.histogram(ui, Spacing::Linear);
        });
        let rect = cell(0.0, 554.0, all.width(), all.height() - 554.0);
        ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(1.0, 10.0))), |ui| {
            let metric = ("SQNR 4 bit", "dB");
            TensorTable { rows: &scene.rows, revision: 1, selected: scene.selected, metric, wide: true }
                .show(ui, &mut scene.table);
        });
    }
}

fn lecture(ui: &mut egui::Ui) {
    let weights =
        [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0.0, -1.03, 1.87, 0.0, 1.53, 1.49_f32];
    let codes = [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2];
    let centroids = [-1.0, 0.0, 1.5, 2.0_f32];
    let texts = |number: &dyn Fn(usize) -> String, fill: &dyn Fn(usize) -> Fill| -> Vec<(String, Fill)> {
        (0..16).map(|index| (number(index), fill(index))).collect()
    };
    let level = |index: usize| Fill::Level(codes[index], 4);
    let error = |index: usize| weights[index] - centroids[codes[index]];
    let sets = [
        (
            "Weights W",
            "32-bit float",
            texts(&|index| format::fixed(weights[index].into(), 2), &level),
            vec2(59.0, 42.0),
        ),
        (
            "Index",
            "2-bit integer",
            texts(&|index| codes[index].to_string(), &|index| Fill::Underline(codes[index], 4)),
            vec2(42.0, 42.0),
        ),
        (
            "Reconstruction",
            "codebook[index]",
            texts(&|index| format::fixed(centroids[codes[index]].into(), 2), &level),
            vec2(59.0, 42.0),
        ),
        (
            "Error",
            "W − reconstruction",
            texts(&|index| format::fixed(error(index).into(), 2), &|index| Fill::Signed(error(index) / 0.14)),
            vec2(59.0, 42.0),
        ),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 36.0;
        for (title, kind, cells, cell) in &sets {
            let cost = "16 × 2 bit = 4 B";
            let (linked, look) = (Some(0), PlotLook::default());
            Matrix { title, kind, cost, columns: 4, cells, linked, cell: *cell, look }.show(ui);
        }
    });
}

/// One picture of the gallery.
#[derive(Clone, Copy)]
struct Picture {
    name: &'static str,
    size: Vec2,
    per_point: f32,
    dark: bool,
    presenting: bool,
    scheme: &'static str,
    ui: fn(&mut egui::Ui, &mut Scene),
}

impl Picture {
    /// Runs the page until it rests, the pointer on the histogram where the name says so.
    fn harness(&self) -> Harness<'static, Scene> {
        let mut harness = Harness::builder()
            .with_size(self.size)
            .with_pixels_per_point(self.per_point)
            .with_theme(if self.dark { egui::Theme::Dark } else { egui::Theme::Light })
            .with_context_setup(|ctx| {
                fonts::install(ctx);
                theme::apply(ctx);
            })
            .with_max_steps(64)
            .with_step_dt(0.05)
            .build_ui_state(self.ui, Scene::new(self.scheme, self.presenting));
        harness.run();
        if self.name.contains("hover") {
            let at = harness.get_by_label_contains("Histogram of weights").rect().center();
            harness.hover_at(at);
            harness.run();
            harness.run_steps(30);
        }
        harness
    }
}

#[test]
fn everything_fits_on_a_page_in_both_themes() {
    let desk = Picture {
        name: "weights-light",
        size: vec2(1180.0, 580.0),
        per_point: 1.0,
        dark: false,
        presenting: false,
        scheme: "kmeans:bits=4",
        ui: Scene::ui,
    };
    let more =
        Picture { name: "more-light", size: vec2(1180.0, 860.0), scheme: "linear:bits=5", ui: Scene::more, ..desk };
    let pictures = [
        Picture { name: "weights-dark", dark: true, ..desk },
        Picture { name: "weights-hidpi", per_point: 1.5, ..desk },
        Picture { name: "weights-hover", scheme: "kmeans:bits=2", ..desk },
        Picture { name: "weights-8bit", dark: true, scheme: "linear:bits=8", ..desk },
        Picture { name: "weights-large", size: vec2(1820.0, 900.0), scheme: "kmeans:bits=3", ..desk },
        Picture { name: "weights-present", presenting: true, ..desk },
        Picture { name: "more-dark", dark: true, ..more },
        desk,
        more,
    ];
    let folder = std::env::var_os("QUANTSCOPE_GALLERY");
    // Without a folder one picture of each page and theme tells whether they fit.
    let few = |picture: &&Picture| {
        folder.is_some() || !picture.name.starts_with("weights-") || picture.name.ends_with("dark")
    };
    for picture in pictures.iter().filter(few) {
        let mut harness = picture.harness();
        for summary in ["Histogram of weights", "Error against bits", "Size: float32"] {
            let shown = harness.query_by_label_contains(summary).is_some();
            assert!(shown || picture.name.starts_with("more"), "{}: {summary} is missing", picture.name);
        }
        if let Some(folder) = &folder {
            let path = std::path::Path::new(folder).join(format!("{}.png", picture.name));
            harness.render().unwrap().save(path).unwrap();
        }
    }
}
