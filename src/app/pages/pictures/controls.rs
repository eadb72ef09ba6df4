//! Method, space, dithering, number of colours.

use egui::{Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::command::Command;
use crate::app::context::{PageContext, Request};
use crate::app::pictures::Study;
use crate::app::setup::pictures::palette;
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::picture::{method_name, space_words};
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::count_slider::{COLOURS, ENDS, count_slider};
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::segmented::segmented;
use crate::app::widgets::select::select;
use crate::engine::media::picture::{Dither, Fixed, Method, Recipe, Space};

/// Width of the slider with its number.
const SLIDER: f32 = 400.0;

/// Draws the card.
pub fn ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let width = SLIDER.min(inner.width() * 0.40);
        let left = Rect::from_min_max(inner.min, pos2(inner.right() - width - 16.0, inner.bottom()));
        let right = Rect::from_min_max(pos2(inner.right() - width, inner.top()), inner.max);
        let narrow = left.width() < 660.0;
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing = vec2(8.0, 6.0);
        rows.horizontal(|ui| {
            method_ui(ctx, ui);
            setting_ui(ctx, ui);
            if !narrow && ctx.setup().pictures.recipe.takes_colours() {
                let words = format!("of {}", study.name);
                ui.label(RichText::new(words).font(theme::control()).color(tokens(ui).muted));
            }
        });
        rows.horizontal(|ui| {
            space_ui(ctx, ui);
            dither_ui(ctx, ui);
        });
        let mut child = ui.new_child(UiBuilder::new().max_rect(right));
        colours_ui(ctx, &mut child);
    });
}

/// Asks for another recipe, with a sentence for the status bar.
fn change(ctx: &mut PageContext<'_>, what: String, gesture: Option<u64>, recipe: Recipe) {
    ctx.edit(what, gesture, move |setup| setup.pictures.recipe = recipe.clone());
}

/// The methods by name, as the drop-down tells them apart.
const METHODS: [(&str, &str, &str); 7] = [
    ("kmeans", "K-means", "Lloyd's iterations from a start by variance: the least squared error"),
    ("median-cut", "Median cut", "The fullest box of colours is halved until there are enough"),
    ("octree", "Octree", "Colours share a leaf while their leading bits agree"),
    ("uniform", "Bits per channel", "So many bits of red, green and blue: the picture is not looked at"),
    ("web-safe", "Web-safe", "216 colours, six values a channel"),
    ("grey", "Greys", "Evenly from black to white"),
    (
        "file",
        "Palette file…",
        "The colours of a GPL or JSON file, or of a palette PNG; GPL and JSON can be dropped, too",
    ),
];

fn method_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let recipe = ctx.setup().pictures.recipe.clone();
    let mut key = match &recipe.method {
        Method::Fixed(Fixed::WebSafe) => "web-safe",
        Method::Fixed(Fixed::Grey) => "grey",
        Method::Fixed(Fixed::File { .. }) => "file",
        other => other.name(),
    };
    let options = METHODS.map(|(key, title, hint)| (key, title.to_owned(), hint));
    if !select(ui, "Method", &mut key, &options).changed() {
        return;
    }
    let method = match key {
        "median-cut" => Method::MedianCut,
        "octree" => Method::Octree,
        "uniform" => Method::Uniform(None),
        "web-safe" => Method::Fixed(Fixed::WebSafe),
        "grey" => Method::Fixed(Fixed::Grey),
        "file" => return ctx.requests.push(Request::Run(Command::OpenPalette)),
        _ => Method::KMeans,
    };
    let next = Recipe { method, ..recipe };
    change(ctx, format!("Method {}", method_name(&next).to_lowercase()), None, next);
}

/// What only some methods have: the bits of each channel, or the palette's file.
fn setting_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let recipe = ctx.setup().pictures.recipe.clone();
    match &recipe.method {
        Method::Uniform(bits) => {
            label(ui, "red-green-blue");
            let bits = bits.unwrap_or_else(|| crate::engine::media::picture::fixed::split(recipe.colours));
            let mut text = bits.map(|bits| bits.to_string()).join("-");
            let parse =
                |text: &str| Recipe::parse(&format!("uniform:bits={text}"), palette).map(|_| text.trim().to_owned());
            if value_field_over(ui, "Bits of red-green-blue", &mut text, 74.0, parse).changed()
                && let Ok(read) = Recipe::parse(&format!("uniform:bits={text}"), palette)
            {
                change(ctx, format!("Bits {text}"), None, Recipe { method: read.method, ..recipe });
            }
        }
        Method::Fixed(fixed) => {
            label(ui, "palette file");
            let mut name = if let Fixed::File { name, .. } = fixed { name.clone() } else { String::new() };
            let parse = |text: &str| palette(text).map(|_| text.to_owned());
            if value_field_over(ui, "Palette file", &mut name, 170.0, parse).changed()
                && let Ok(colours) = palette(&name)
            {
                let method = Method::Fixed(Fixed::File { name: name.clone(), colours: colours.into() });
                change(ctx, format!("Palette {name}"), None, Recipe { method, ..recipe });
            }
            if button::plain(ui, "Open…").on_hover_text("GPL, JSON or a palette PNG").clicked() {
                ctx.requests.push(Request::Run(Command::OpenPalette));
            }
        }
        _ => {}
    }
}

fn space_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let recipe = ctx.setup().pictures.recipe.clone();
    let mut space = recipe.space;
    let options = [(Space::Srgb, "sRGB"), (Space::Linear, "Linear"), (Space::Oklab, "Oklab")];
    let response = segmented(ui, "Colour space", &mut space, &options);
    if response.changed() {
        change(ctx, format!("Space {}", space.name()), None, Recipe { space, ..recipe });
    }
    response.on_hover_text(space_words(space));
}

fn dither_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let recipe = ctx.setup().pictures.recipe.clone();
    let mut dither = recipe.dither;
    let titles = [
        (Dither::None, "No dithering", "Every pixel takes the nearest colour"),
        (Dither::Bayer(2), "Bayer 2 × 2", "A regular pattern"),
        (Dither::Bayer(4), "Bayer 4 × 4", "A regular pattern"),
        (Dither::Bayer(8), "Bayer 8 × 8", "A regular pattern"),
        (Dither::Bayer(16), "Bayer 16 × 16", "A regular pattern"),
        (Dither::BlueNoise, "Blue noise", "A pattern without visible structure"),
        (Dither::FloydSteinberg, "Floyd–Steinberg", "The error goes to four neighbours"),
        (Dither::Atkinson, "Atkinson", "Six eighths of the error go to six neighbours"),
        (Dither::Sierra, "Sierra", "The error goes to ten neighbours"),
    ];
    let options = titles.map(|(value, title, hint)| (value, title.to_owned(), hint));
    if select(ui, "Dithering", &mut dither, &options).changed() {
        let words = titles.iter().find(|(value, ..)| *value == dither).map_or("", |(_, title, _)| title);
        return change(ctx, (*words).to_owned(), None, Recipe { dither, ..recipe });
    }
    if dither == Dither::None {
        return;
    }
    let mut amount = recipe.amount;
    let room = ui.clip_rect().right() - ui.cursor().left();
    ui.spacing_mut().slider_width = (room - 62.0).clamp(40.0, 90.0);
    let slider = ui.add(egui::Slider::new(&mut amount, 0.0..=1.0).show_value(false).step_by(0.05));
    slider.widget_info(|| egui::WidgetInfo::slider(true, f64::from(amount), "Amount of dithering"));
    label(ui, &format::percent(f64::from(amount)));
    if amount != recipe.amount {
        let gesture = ctx.state.gestures.of(&slider);
        change(ctx, format!("Dithering {}", format::percent(f64::from(amount))), gesture, Recipe { amount, ..recipe });
    } else {
        ctx.state.gestures.of(&slider);
    }
}

fn colours_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let recipe = ctx.setup().pictures.recipe.clone();
    let enabled = recipe.takes_colours();
    let before = if matches!(recipe.method, Method::Uniform(_)) && !enabled {
        recipe.count()
    } else if enabled {
        recipe.colours
    } else {
        recipe.count()
    };
    let mut colours = before;
    let room = ui.max_rect();
    let field = Rect::from_min_size(pos2(room.right() - 56.0, room.top() + 8.0), vec2(56.0, theme::CONTROL));
    let mut child = ui.new_child(UiBuilder::new().max_rect(room.with_max_x(field.left() - 10.0)));
    let response = count_slider(&mut child, &COLOURS, &mut colours, enabled);
    let gesture = ctx.state.gestures.of(&response);
    if enabled {
        let mut child = ui.new_child(UiBuilder::new().max_rect(field));
        let parse = |text: &str| {
            let number = text.trim().parse().ok().filter(|number| (ENDS.0..=ENDS.1).contains(number));
            number.ok_or_else(|| format!("Expected {} to {} colours", ENDS.0, ENDS.1))
        };
        value_field_over(&mut child, "Colours", &mut colours, 56.0, parse);
    }
    if colours != before {
        change(ctx, format!("Colours {before} → {colours}"), gesture, Recipe { colours, ..recipe });
    }
}

fn label(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::control()).color(tokens(ui).muted));
}
