//! A map of the world: countries that are named, and what goes from one to another.
//!
//! Letters, lines and spots are measured in letter sizes (`em`). `style/map.css` gives letters their size by the width
//! that the map has on the screen, so that everything but the land is as large on a narrow one.

use std::collections::HashMap;

use domain::CountryCode;
use leptos::prelude::*;

use super::{
    map_labels::{Label, Named, place},
    outlines::{Frame, Outline, Point, WORLD},
};

/// The least that is shown, across: about Europe.
const CONTINENT: f64 = 560.0;
/// How high a map may be for its width.
const LOWEST: f64 = 0.5;
const HIGHEST: f64 = 0.8;
/// Free space around what is named, of its width.
const MARGIN: f64 = 0.07;
/// A thousandth of the map's width is the unit of these: the largest that letters are on screens narrower than
/// `style/map.css` says, and on wider ones. Names are placed for each.
const LETTERS: [(&str, f64); 3] = [("narrow", 48.0), ("middling", 26.0), ("wide", 17.0)];
/// A country that is lower or narrower than this, in the same unit, has a spot too.
const SMALL: f64 = 16.0;
/// More names than this are more than anybody reads.
const NAMES: usize = 25;
/// How far an arrow swings out, of its length, and how much further each other one between the same two.
const SWING: f64 = 0.18;
const FURTHER: f64 = 0.12;

/// A country that the map names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapCountry {
    pub code: CountryCode,
    /// How it is drawn: `1` to `5` for amounts, or `stored`, `processed`, `accessed`; the end of a class in
    /// `style/map.css`.
    pub shade: &'static str,
    /// What is so about it, after its name.
    pub label: String,
}

/// Something that goes from one country to another. Within one country it is not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFlow {
    pub from: CountryCode,
    pub to: CountryCode,
    /// What goes there.
    pub label: String,
    /// Whether it is to be looked at: dashed, in the colour of warnings.
    pub flagged: bool,
}

/// A line of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapKey {
    /// A shade of countries, or `flow` or `flagged`.
    pub shade: &'static str,
    pub label: String,
}

/// The map. It says less than a table does: a page has one beside it.
#[component]
pub fn WorldMap(
    /// What the ids of its parts begin with: once in a page.
    #[prop(into)]
    id: String,
    /// What it shows, in a few words.
    #[prop(into)]
    title: String,
    /// What it says, in a sentence.
    #[prop(into)]
    description: String,
    /// Those that matter most first: the first 25 are named.
    countries: Vec<MapCountry>,
    #[prop(optional)] flows: Vec<MapFlow>,
    /// What shades and arrows mean.
    #[prop(optional)]
    key: Vec<MapKey>,
) -> impl IntoView {
    let shown = shown(countries, &flows);
    let curves = curves(&flows);
    let view = view(&shown, &curves);
    let unit = view.width() / 1_000.0;
    let named = shown.iter().take(NAMES).map(|(country, of)| {
        let MapCountry { code, .. } = *country;
        Named { code, middle: of.middle, frame: of.frame }
    });
    let named = named.collect::<Vec<_>>();
    let covered = curves.iter().flat_map(|(curve, _)| curve.points()).collect::<Vec<_>>();
    let layers = LETTERS.map(|(layer, size)| {
        let labels = place(&named, &covered, view, size * unit).into_iter().map(name_of);
        view! { <g class=format!("map-names {layer}")>{labels.collect_view()}</g> }
    });
    let mut shades = shown.iter().map(|(country, _)| country.shade).collect::<Vec<_>>();
    shades.sort_unstable();
    shades.dedup();
    let patterns = shades.into_iter().map(|shade| pattern(&id, shade)).collect_view();
    let arrows = curves.iter().map(|(curve, flow)| arrow(&id, curve, flow)).collect_view();
    let shapes = shown.iter().map(|(country, of)| shape(&id, country, of, unit)).collect_view();
    let (title_id, description_id) = (format!("{id}-title"), format!("{id}-desc"));
    let labelled_by = format!("{title_id} {description_id}");
    let view_box = format!("{} {} {} {}", view.left, view.top, view.width(), view.height());
    view! {
        <div class="world-map">
            <svg viewBox=view_box role="img" aria-labelledby=labelled_by>
                <title id=title_id>{title}</title>
                <desc id=description_id>{description}</desc>
                // The size of letters in the style is for a map of 1000 units.
                <g font-size=format!("{unit:.3}em")>
                    <defs>
                        {patterns} {arrow_head(&id, "flow")} {arrow_head(&id, "flagged")}
                    </defs>
                    <path class="map-land" d=WORLD.land></path>
                    {shapes}
                    {arrows}
                    {layers.collect_view()}
                </g>
            </svg>
            {key_of(&id, key)}
        </div>
    }
}

/// The countries that have a place on the map, each once, and after them those that something only comes from or goes
/// to.
fn shown(countries: Vec<MapCountry>, flows: &[MapFlow]) -> Vec<(MapCountry, &'static Outline)> {
    let ends = flows.iter().flat_map(|flow| [flow.from, flow.to]);
    let plain = ends.map(|code| MapCountry { code, shade: "plain", label: String::new() });
    let mut shown = Vec::<(MapCountry, &Outline)>::new();
    for country in countries.into_iter().chain(plain) {
        let again = shown.iter().any(|(before, _)| before.code == country.code);
        if let Some(outline) = WORLD.countries.get(&country.code).filter(|_| !again) {
            shown.push((country, outline));
        }
    }
    shown
}

/// From one middle to another, with a control point to the side.
struct Curve {
    from: Point,
    control: Point,
    to: Point,
}

impl Curve {
    /// Swings towards the nearer pole, as the shortest way on a globe does.
    fn new(from: Point, to: Point, swing: f64) -> Self {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let north = (from.1 + to.1) / 2.0 <= WORLD.equator;
        let side = if (across >= 0.0) == north { 1.0 } else { -1.0 };
        // Of a quadratic curve's control point half the distance is seen.
        let reach = 2.0 * swing * side;
        let control = ((from.0 + to.0) / 2.0 + down * reach, (from.1 + to.1) / 2.0 - across * reach);
        Self { from, control: (control.0.round(), control.1.round()), to }
    }

    fn path(&self) -> String {
        let Self { from, control, to } = self;
        format!("M{} {}Q{} {} {} {}", from.0, from.1, control.0, control.1, to.0, to.1)
    }

    /// Places along it.
    fn points(&self) -> impl Iterator<Item = Point> {
        const STEPS: u32 = 40;
        let Self { from, control, to } = *self;
        (0..=STEPS).map(move |step| {
            let t = f64::from(step) / f64::from(STEPS);
            let of = |a: f64, b: f64, c: f64| a * (1.0 - t).powi(2) + 2.0 * b * t * (1.0 - t) + c * t.powi(2);
            (of(from.0, control.0, to.0), of(from.1, control.1, to.1))
        })
    }
}

fn curves(flows: &[MapFlow]) -> Vec<(Curve, &MapFlow)> {
    let mut between = HashMap::<_, u32>::new();
    let mut curve = |flow: &MapFlow| {
        let (from, to) = (WORLD.countries.get(&flow.from)?.middle, WORLD.countries.get(&flow.to)?.middle);
        let others = between.entry((flow.from.min(flow.to), flow.from.max(flow.to))).or_default();
        let swing = SWING + FURTHER * f64::from(*others);
        *others += 1;
        Some(Curve::new(from, to, swing))
    };
    let drawn = flows.iter().filter(|flow| flow.from != flow.to);
    drawn.filter_map(|flow| Some((curve(flow)?, flow))).collect()
}

/// What of the world is shown: all that is named, with a margin, and never less than a continent.
fn view(shown: &[(MapCountry, &Outline)], curves: &[(Curve, &MapFlow)]) -> Frame {
    let world = WORLD.frame;
    let frames = shown.iter().map(|(_, of)| of.frame);
    let points = curves.iter().flat_map(|(curve, _)| curve.points()).map(Frame::around);
    let Some(all) = frames.chain(points).reduce(Frame::with) else { return world };
    let margin = 2.0 * MARGIN * all.width().max(CONTINENT);
    let least = (all.height() + margin) / HIGHEST;
    let width = (all.width() + margin).max(CONTINENT).max(least).min(world.width()).round();
    let height = (all.height() + margin).max(width * LOWEST).min(world.height()).round();
    // In the middle of what is named, and inside the grid.
    let start = |low: f64, high: f64, size: f64, end: f64| ((low + high - size) / 2.0).clamp(0.0, end - size).round();
    let left = start(all.left, all.right, width, world.width());
    let top = start(all.top, all.bottom, height, world.height());
    Frame { left, top, right: left + width, bottom: top + height }
}

fn shape(id: &str, country: &MapCountry, outline: &'static Outline, unit: f64) -> impl IntoView + use<> {
    let name = country.code.name();
    let title = if country.label.is_empty() { name.to_owned() } else { format!("{name}: {}", country.label) };
    let class = format!("map-country shade-{}", country.shade);
    let fill = fill(id, country.shade);
    let (x, y) = outline.middle;
    let drawn = (!outline.path.is_empty())
        .then(|| view! { <path class=class.clone() fill=fill.clone() d=outline.path></path> });
    let small = outline.frame.width().min(outline.frame.height()) < SMALL * unit;
    let spot = small.then(|| view! { <circle class=class fill=fill cx=x cy=y r="0.42em"></circle> });
    view! { <g><title>{title}</title>{drawn}{spot}</g> }
}

/// The arrow on a wider line in the colour of the ground, so that it is seen on dark countries too.
fn arrow(id: &str, curve: &Curve, flow: &MapFlow) -> impl IntoView + use<> {
    let (path, kind) = (curve.path(), kind(flow));
    let title = format!("{} to {}: {}", flow.from.name(), flow.to.name(), flow.label);
    view! {
        <g>
            <title>{title}</title>
            <path class="map-flow-ground" d=path.clone()></path>
            <path class=format!("map-flow {kind}") d=path marker-end=format!("url(#{id}-{kind})")></path>
        </g>
    }
}

fn kind(flow: &MapFlow) -> &'static str {
    if flow.flagged { "flagged" } else { "flow" }
}

fn arrow_head(id: &str, kind: &'static str) -> impl IntoView + use<> {
    view! {
        <marker
            id=format!("{id}-{kind}")
            class=format!("map-head {kind}")
            viewBox="-1.5 -1.5 13 13"
            refX="9"
            refY="5"
            markerWidth="9"
            markerHeight="9"
            orient="auto"
        >
            <path d="M0 0L10 5L0 10L2.5 5z"></path>
        </marker>
    }
}

fn name_of(label: Label) -> impl IntoView {
    let (x, y) = label.at;
    let (across, down) = label.beside;
    view! {
        <text x=x y=y dx=format!("{across}em") dy=format!("{down}em") text-anchor=label.anchor.as_str()>
            {label.text}
        </text>
    }
}

/// What tells a shade from others beside its colour.
#[derive(Clone, Copy)]
enum Texture {
    Lines,
    Dots,
}

fn texture(shade: &str) -> Option<Texture> {
    match shade {
        // Every second amount, so that neighbours on the scale differ.
        "processed" | "2" | "4" => Some(Texture::Lines),
        "accessed" => Some(Texture::Dots),
        _ => None,
    }
}

/// A style can't name a pattern whose id only the page knows.
fn fill(id: &str, shade: &str) -> Option<String> {
    texture(shade).map(|_| format!("url(#{id}-{shade})"))
}

fn pattern(id: &str, shade: &'static str) -> Option<impl IntoView + use<>> {
    let texture = texture(shade)?;
    let mark = format!("map-mark shade-{shade}");
    let mark = match texture {
        Texture::Lines => view! { <rect class=mark width="0.15em" height="0.42em"></rect> }.into_any(),
        Texture::Dots => view! { <circle class=mark cx="0.21em" cy="0.21em" r="0.1em"></circle> }.into_any(),
    };
    Some(view! {
        <pattern
            id=format!("{id}-{shade}")
            width="0.42em"
            height="0.42em"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
        >
            <rect class=format!("map-ground shade-{shade}") width="0.42em" height="0.42em"></rect>
            {mark}
        </pattern>
    })
}

fn key_of(id: &str, key: Vec<MapKey>) -> Option<impl IntoView + use<>> {
    let id = format!("{id}-key");
    let lines = key.iter().map(|MapKey { shade, label }| {
        let swatch = match *shade {
            "flow" | "flagged" => {
                let head = arrow_head(&id, shade);
                let class = format!("map-flow {shade}");
                let marker = format!("url(#{id}-{shade})");
                view! {
                    <defs>{head}</defs>
                    <path class=class d="M1 8H27" marker-end=marker></path>
                }
                .into_any()
            }
            shade => {
                let class = format!("map-country shade-{shade}");
                view! {
                    <defs>{pattern(&id, shade)}</defs>
                    <rect class=class fill=fill(&id, shade) x="1" y="1" width="26" height="14"></rect>
                }
                .into_any()
            }
        };
        view! {
            <li>
                <svg viewBox="0 0 28 16" aria-hidden="true">
                    {swatch}
                </svg>
                <span>{label.clone()}</span>
            </li>
        }
    });
    let lines = lines.collect::<Vec<_>>();
    (!lines.is_empty()).then(|| view! { <ul class="map-key">{lines}</ul> })
}

#[cfg(test)]
#[path = "world_map_tests.rs"]
mod tests;
