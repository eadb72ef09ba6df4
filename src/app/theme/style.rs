//! Teaches egui's own widgets the look: one style for the light theme, one for the dark.

use egui::style::{HandleShape, ScrollStyle, WidgetVisuals};
use egui::{Color32, Context, Margin, Stroke, Style, TextStyle, Theme, Visuals, vec2};

use super::{AXIS, CONTROL, DARK, HAIRLINE, HIT, LIGHT, PADDING, RADIUS_CARD, RADIUS_CONTROL, STALE, Tokens};
use super::{body, control, mono, small, title};

/// Installs both themes for egui's own widgets too. Call it once, after [`crate::app::fonts::install`];
/// which of the two shows is egui's theme preference.
pub fn apply(ctx: &Context) {
    for (theme, tokens) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| restyle(style, tokens));
    }
}

fn restyle(style: &mut Style, tokens: &Tokens) {
    style.text_styles = [
        (TextStyle::Heading, title()),
        (TextStyle::Body, body()),
        (TextStyle::Button, control()),
        (TextStyle::Small, small()),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Monospace;
    // Labels are not text fields: they neither take the focus nor change the pointer.
    style.interaction.selectable_labels = false;
    style.animation_time = 0.1;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(12.0, 5.0);
    spacing.interact_size = vec2(HIT, CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(PADDING as i8);
    spacing.tooltip_width = 360.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        foreground_color: true,
        dormant_handle_opacity: 0.35,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        ..ScrollStyle::floating()
    };
    style.visuals = visuals(tokens);
}

fn visuals(tokens: &Tokens) -> Visuals {
    let base = if tokens.dark { Visuals::dark() } else { Visuals::light() };
    let mut visuals = Visuals {
        weak_text_color: Some(tokens.muted),
        hyperlink_color: tokens.real,
        faint_bg_color: tokens.inset,
        extreme_bg_color: tokens.card,
        code_bg_color: tokens.inset,
        warn_fg_color: tokens.warn,
        error_fg_color: tokens.error,
        window_corner_radius: RADIUS_CARD,
        window_shadow: tokens.shadow(),
        window_fill: tokens.card,
        window_stroke: Stroke::new(HAIRLINE, tokens.hair),
        window_highlight_topmost: false,
        menu_corner_radius: RADIUS_CARD,
        panel_fill: tokens.panel,
        popup_shadow: tokens.shadow(),
        slider_trailing_fill: true,
        handle_shape: HandleShape::Circle,
        image_loading_spinners: false,
        indent_has_left_vline: false,
        disabled_alpha: STALE,
        ..base
    };
    // What is selected keeps the colour of text: egui takes it from this stroke.
    visuals.selection.bg_fill = if tokens.dark { tokens.hair } else { tokens.select };
    visuals.selection.stroke = Stroke::new(AXIS, tokens.text);
    visuals.text_cursor.stroke = Stroke::new(2.0, tokens.text);
    visuals.text_cursor.blink = false;
    let hair = Stroke::new(HAIRLINE, tokens.hair);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(tokens.card, hair, tokens.text);
    widgets.inactive = widget(tokens.card, hair, tokens.text);
    // Scroll bars and slider rails take `bg_fill`, buttons `weak_bg_fill`.
    widgets.inactive.bg_fill = tokens.off;
    widgets.hovered = widget(tokens.hover, hair, tokens.text);
    widgets.active = widget(tokens.select, Stroke::new(HAIRLINE, tokens.axis), tokens.text);
    widgets.open = widget(tokens.hover, hair, tokens.text);
    visuals
}

fn widget(fill: Color32, border: Stroke, text: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: border,
        corner_radius: RADIUS_CONTROL,
        fg_stroke: Stroke::new(HAIRLINE, text),
        expansion: 0.0,
    }
}
