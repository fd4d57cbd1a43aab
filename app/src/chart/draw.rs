//! The one function that draws.

use plotters::{
    coord::{Shift, types::RangedCoordi64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    Chart, Kind, View, across,
    palette::{GROUND, INK, SERIES, SOFT},
    shown::{Layout, Shown, count},
    text::{Svg, clipped},
    upright,
};

pub(super) const WIDTH: i32 = 760;
/// Letters, in pixels.
pub(super) const SMALL: u32 = 14;
pub(super) const LARGE: u32 = 18;
/// A line under the chart.
pub(super) const LINE_HEIGHT: i32 = 20;
/// What a picture of its own has below.
pub(super) const FOOT: i32 = 30;
/// plotters-svg divides sizes by this.
const SIZE_FACTOR: f64 = 1.24;
/// Lines of a hatch are so far apart.
const HATCH: i32 = 5;
/// Coordinates along the categories: each has this many, and its bar this many free at either end.
pub(super) const STEP: i64 = 100;
pub(super) const FREE: i64 = 12;

pub(super) type Area<'a> = DrawingArea<Svg<'a>, Shift>;
pub(super) type Plot<'a> = DrawingArea<Svg<'a>, Cartesian2d<RangedCoordi64, RangedCoordi64>>;
pub(super) type Drawn<'a> = Result<(), DrawingAreaErrorKind<<Svg<'a> as DrawingBackend>::ErrorType>>;

/// The chart as an SVG that needs nothing else. Its parts have ids that begin with the chart's.
pub fn draw(chart: &Chart, view: &View) -> String {
    let shown = Shown::of(chart, view);
    let layout = Layout::of(&shown);
    let mut svg = String::with_capacity(16_384);
    {
        let size = (WIDTH.unsigned_abs(), layout.height.unsigned_abs());
        let area = Svg(SVGBackend::with_string(&mut svg, size)).into_drawing_area();
        // Writing into a String doesn't fail.
        let _ = draw_all(&shown, &layout, &area);
        let _ = area.present();
    }
    named(chart, &svg)
}

/// How high that picture is; it is as wide as every other.
pub fn height(chart: &Chart, view: &View) -> i32 {
    Layout::of(&Shown::of(chart, view)).height
}

fn draw_all<'a>(shown: &Shown, layout: &Layout, area: &Area<'a>) -> Drawn<'a> {
    if shown.standalone {
        area.fill(&GROUND)?;
        for (line, title) in layout.title.iter().enumerate() {
            let place = (12, 26 + 24 * count(line));
            text(area, title, place, &Look { size: LARGE, bold: true, ..Look::default() })?;
        }
        let source = clipped(&shown.chart.source, WIDTH - 24, SMALL);
        text(area, &source, (12, layout.height - 14), &Look { colour: SOFT, ..Look::default() })?;
    }
    if shown.is_empty() {
        let said = if shown.series.is_empty() && !shown.chart.series.is_empty() {
            "Nothing is chosen to be shown."
        } else {
            "No figures were reported for this selection."
        };
        return text(area, said, (12, layout.top + 18), &Look::default());
    }
    match shown.chart.kind {
        Kind::Across => across::draw(shown, layout, area),
        Kind::Bars | Kind::Lines | Kind::Stacked => upright::draw(shown, layout, area),
    }?;
    let marks = shown.mark_lines();
    let foot = if shown.standalone { FOOT } else { 0 };
    let first = layout.height - foot - count(marks.len()) * LINE_HEIGHT;
    for (line, (letter, said)) in marks.iter().enumerate() {
        let y = first + count(line) * LINE_HEIGHT + LINE_HEIGHT / 2;
        if let Some(letter) = letter {
            text(area, &letter.to_string(), (12, y), &Look { bold: true, ..Look::default() })?;
        }
        text(area, said, (30, y), &Look { colour: SOFT, ..Look::default() })?;
    }
    Ok(())
}

/// The plot with coordinates from 0 at its lower left.
pub(super) fn plot<'a>(area: &Area<'a>, layout: &Layout, across: i64, up: i64) -> Plot<'a> {
    let upwards = layout.bottom - 1..layout.top - 1;
    area.apply_coord_spec(Cartesian2d::new(0..across, 0..up, (layout.left..layout.right, upwards)))
}

/// The colour of a series, by its place in view.
pub(super) fn colour(shown: &Shown, series: usize) -> RGBColor {
    let place = shown.series.get(series).map_or(0, |(place, _)| *place);
    SERIES[place % SERIES.len()]
}

/// The part of a bar between the least and the most that a figure can be: pale, hatched, and with an edge at its end.
/// `to` is its corner at the end, seen from the corner `at`, in pixels.
pub(super) fn open_part<'a>(
    plot: &Plot<'a>,
    at: (i64, i64),
    to: (i32, i32),
    upright: bool,
    colour: &RGBAColor,
) -> Drawn<'a> {
    let (wide, high) = to;
    let pale = Rectangle::new([(0, 0), to], colour.mix(0.3).filled());
    let edge = if upright { vec![(0, high), to] } else { vec![(wide, 0), to] };
    // From side to side, each time a little nearer to the end.
    let (side, length) = if upright { (wide, high) } else { (high, wide) };
    let lines = length.abs() / HATCH;
    let zigzag = (0..=lines).map(|line| {
        let (side, along) = (if line % 2 == 0 { 0 } else { side }, line * HATCH * length.signum());
        if upright { (side, along) } else { (along, side) }
    });
    let hatch = PathElement::new(if lines > 0 { zigzag.collect() } else { Vec::new() }, colour.stroke_width(1));
    plot.draw(&(EmptyElement::at(at) + pale + hatch + PathElement::new(edge, colour.stroke_width(1))))
}

/// How a text looks.
pub(super) struct Look {
    pub size: u32,
    pub colour: RGBColor,
    pub bold: bool,
    pub across: HPos,
    pub down: VPos,
}

impl Default for Look {
    fn default() -> Self {
        Self { size: SMALL, colour: INK, bold: false, across: HPos::Left, down: VPos::Center }
    }
}

impl Look {
    fn style(&self) -> TextStyle<'_> {
        let style = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, f64::from(self.size) * SIZE_FACTOR, style);
        TextStyle::from(font).color(&self.colour).pos(Pos::new(self.across, self.down))
    }
}

fn text<'a>(area: &Area<'a>, text: &str, place: (i32, i32), look: &Look) -> Drawn<'a> {
    area.draw_text(text, &look.style(), place)
}

/// A text so many pixels beside a place in the plot.
pub(super) fn label<'a>(plot: &Plot<'a>, at: (i64, i64), beside: (i32, i32), text: &str, look: &Look) -> Drawn<'a> {
    plot.draw(&(EmptyElement::at(at) + Text::new(text.to_owned(), beside, look.style())))
}

pub(super) fn coordinate(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The SVG with its name and its sentence, for those who hear it.
fn named(chart: &Chart, svg: &str) -> String {
    let Some((open, rest)) = svg.split_once('>') else { return String::new() };
    let name = chart.id.as_str();
    let mut text = String::with_capacity(svg.len() + 600);
    text.push_str(open);
    for part in
        [" role=\"img\" aria-labelledby=\"", name, "-title ", name, "-sentence\">\n<title id=\"", name, "-title\">"]
    {
        text.push_str(part);
    }
    push_escaped(&mut text, &chart.title);
    for part in ["</title>\n<desc id=\"", name, "-sentence\">"] {
        text.push_str(part);
    }
    push_escaped(&mut text, &chart.sentence);
    for mark in &chart.marks {
        if let Some(category) = chart.categories.get(mark.category as usize) {
            for part in [" ", category.as_str(), ": ", &mark.label] {
                push_escaped(&mut text, part);
            }
        }
    }
    text.push_str("</desc>");
    text.push_str(rest);
    text
}

/// Adds a text to markup.
pub fn push_escaped(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
