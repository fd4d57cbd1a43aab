//! The one function that draws.

use domain::statistics::{Figure, grouped};
use plotters::{
    coord::{Shift, types::RangedCoordi64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    Chart, ChartName, View,
    palette::{GROUND, INK, LINE, SERIES, SOFT},
    text::{Svg, width},
};

const WIDTH: u32 = 760;
/// Letters, in pixels.
const SMALL: u32 = 14;
const LARGE: u32 = 18;
/// plotters-svg divides sizes by this.
const SIZE_FACTOR: f64 = 1.24;
/// Heights: of a chart over half-years, and of a bar of a country.
const UPRIGHT: u32 = 300;
const COUNTRY: u32 = 26;
/// What a picture of its own has above and below.
const HEAD: u32 = 44;
const FOOT: u32 = 30;
/// Coordinates along the categories: each has this many, and its bar this many free at either end.
const STEP: i64 = 100;
const FREE: i64 = 12;

type Area<'a> = DrawingArea<Svg<'a>, Shift>;
type Plot<'a> = DrawingArea<Svg<'a>, Cartesian2d<RangedCoordi64, RangedCoordi64>>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<Svg<'a> as DrawingBackend>::ErrorType>>;

/// The chart as an SVG that needs nothing else. Its parts have ids that begin with the chart's.
pub fn draw(chart: &Chart, view: &View) -> String {
    let (head, foot) = if view.standalone { (HEAD, FOOT) } else { (0, 0) };
    let height = head + foot + body_height(chart);
    let mut svg = String::with_capacity(16_384);
    {
        let area = Svg(SVGBackend::with_string(&mut svg, (WIDTH, height))).into_drawing_area();
        // Writing into a String doesn't fail.
        let _ = draw_all(chart, view, &area, head, foot);
        let _ = area.present();
    }
    named(chart, &svg)
}

fn body_height(chart: &Chart) -> u32 {
    match chart.name {
        // A short list has few bars.
        ChartName::Countries => {
            let bars = chart.categories.len().max(1) * chart.series.len().max(1);
            COUNTRY * u32::try_from(bars).unwrap_or(1) + 8
        }
        ChartName::Totals | ChartName::Outcomes => UPRIGHT,
    }
}

fn draw_all<'a>(chart: &Chart, view: &View, area: &Area<'a>, head: u32, foot: u32) -> Drawn<'a> {
    let (_, height) = area.dim_in_pixel();
    if view.standalone {
        area.fill(&GROUND)?;
        text(area, &chart.title, (12, 26), &Look { size: LARGE, bold: true, ..Look::default() })?;
        let place = (12, pixels(height) - 12);
        text(area, &chart.source, place, &Look { colour: SOFT, ..Look::default() })?;
    }
    let body = area.margin(head, foot, 0, 0);
    if chart.is_empty() {
        let place = (12, pixels(head) + 40);
        return text(area, "No figures were reported for this selection.", place, &Look::default());
    }
    match chart.name {
        ChartName::Countries => countries(chart, view, &body),
        ChartName::Totals | ChartName::Outcomes => halves(chart, view, &body),
    }
}

/// Where the plot begins and ends, across.
struct Sides {
    left: u32,
    right: u32,
}

fn sides(chart: &Chart) -> Sides {
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| width(text, SMALL)).max().unwrap_or(0);
    let (left, right) = match chart.name {
        ChartName::Countries => {
            let names = widest(&mut chart.categories.iter().map(String::as_str));
            let several =
                if chart.series.len() > 1 { 10 + widest(&mut chart.series.iter().map(|s| s.name.as_str())) } else { 0 };
            (names + 20, width(&grouped(chart.highest()), SMALL) + 34 + several)
        }
        ChartName::Totals | ChartName::Outcomes => {
            let (highest, _) = scale(chart.highest());
            // The last bar's name and number stand beside it.
            let names = widest(&mut chart.series.iter().map(|series| series.name.as_str()));
            let figures = width(&grouped(chart.highest()), SMALL);
            (width(&grouped(highest), SMALL) + 16, names.max(figures).min(220) + 20)
        }
    };
    let positive = |pixels: i32| u32::try_from(pixels).unwrap_or(0);
    Sides { left: positive(left), right: positive(right) }
}

/// Which category stands at this place across the chart, in thousandths of its width.
pub fn category_at(chart: &Chart, thousandths: u32) -> Option<u32> {
    let Sides { left, right } = sides(chart);
    let across = (WIDTH * thousandths / 1_000).checked_sub(left)?;
    let inside = WIDTH.checked_sub(left + right)?;
    let categories = u32::try_from(chart.categories.len()).ok()?;
    (across < inside).then(|| across * categories / inside.max(1))
}

/// The end of the axis and the step on it: one, two or five of a power of ten, five steps at most.
fn scale(highest: u64) -> (u64, u64) {
    let mut power = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if step * 5 >= highest {
                return (highest.div_ceil(step) * step, step);
            }
        }
        power *= 10;
    }
}

/// An area with coordinates from 0 at its lower left.
fn plot<'a>(area: Area<'a>, across: i64, up: i64) -> Plot<'a> {
    let (columns, rows) = area.get_pixel_range();
    let upwards = rows.end - 1..rows.start - 1;
    area.apply_coord_spec(Cartesian2d::new(0..across, 0..up, (columns, upwards)))
}

/// Bars over half-years: beside what they are measured against, or stacked.
fn halves<'a>(chart: &Chart, view: &View, area: &Area<'a>) -> Drawn<'a> {
    let Sides { left, right } = sides(chart);
    let (end, step) = scale(chart.highest());
    let categories = chart.categories.len();
    let across = coordinate(categories as u64) * STEP;
    let plot = &plot(area.margin(22, 28, left, right), across, coordinate(end));
    for number in (0..=end / step).map(|count| count * step) {
        let colour = if number == 0 { SOFT } else { LINE };
        let y = coordinate(number);
        plot.draw(&PathElement::new(vec![(0, y), (across, y)], colour))?;
        label(plot, (0, y), (-8, 0), &grouped(number), &Look { across: HPos::Right, colour: SOFT, ..Look::default() })?;
    }
    years(chart, plot)?;
    let stacked = chart.name == ChartName::Outcomes;
    for category in 0..categories {
        let mut base = 0;
        let first = coordinate(category as u64) * STEP;
        let dimmed = !view.marked.is_empty() && !view.marked.contains(&(category as u32));
        for series in 0..chart.series.len() {
            let figure = chart.figure(series, category);
            let Some(middle) = figure.middle() else {
                // Known to be there, and not known how high.
                if figure == Figure::NotReported && series == 0 {
                    let look = Look { across: HPos::Center, down: VPos::Bottom, colour: SOFT, ..Look::default() };
                    label(plot, (first + STEP / 2, 0), (0, -2), "–", &look)?;
                }
                continue;
            };
            let top = base + coordinate(middle);
            // A part stands inside the whole, a little narrower.
            let free = if stacked { FREE } else { FREE + 14 * series as i64 };
            let colour = SERIES[series % SERIES.len()].mix(if dimmed { 0.45 } else { 1.0 });
            let corners = [(first + free, base), (first + STEP - free, top)];
            plot.draw(&Rectangle::new(corners, colour.filled()))?;
            if stacked {
                base = top;
            } else if let Figure::Band { low, high } = figure {
                let x = first + STEP / 2;
                plot.draw(&PathElement::new(
                    vec![(x, coordinate(low)), (x, coordinate(high).min(coordinate(end)))],
                    INK,
                ))?;
            }
        }
    }
    numbers(chart, view, plot)?;
    names(chart, plot)
}

/// A year under its two half-years, as many years apart as there is room for.
fn years<'a>(chart: &Chart, plot: &Plot<'a>) -> Drawn<'a> {
    let (across, _) = plot.dim_in_pixel();
    let room = usize::try_from(width("2000", SMALL) + 14).unwrap_or(1);
    let apart = (room * chart.categories.len()).div_ceil((2 * across as usize).max(1)).max(1);
    let mut years = Vec::<(&str, usize, usize)>::new();
    for (category, name) in chart.categories.iter().enumerate() {
        let (year, _) = name.split_once('-').unwrap_or((name, ""));
        match years.last_mut().filter(|(before, ..)| *before == year) {
            Some((.., last)) => *last = category,
            None => years.push((year, category, category)),
        }
    }
    // Half a year at the start would crowd the first whole one.
    let crowded = years.first().is_some_and(|(_, first, last)| first == last) && years.len() > 4;
    for (year, first, last) in years.into_iter().skip(usize::from(crowded)).step_by(apart) {
        let x = coordinate((first + last + 1) as u64) * STEP / 2;
        label(
            plot,
            (x, 0),
            (0, 8),
            year,
            &Look { across: HPos::Center, down: VPos::Top, colour: SOFT, ..Look::default() },
        )?;
    }
    Ok(())
}

/// The numbers that matter, over their bars: the highest and those picked out.
fn numbers<'a>(chart: &Chart, view: &View, plot: &Plot<'a>) -> Drawn<'a> {
    let reach = |category: usize| -> Option<u64> {
        let middles = (0..chart.series.len()).filter_map(|series| chart.figure(series, category).middle());
        match chart.name {
            ChartName::Outcomes => Some(middles.sum()),
            ChartName::Totals | ChartName::Countries => chart.figure(0, category).middle(),
        }
    };
    let marked = view.marked.iter().map(|category| *category as usize).collect::<Vec<_>>();
    let highest = (0..chart.categories.len()).max_by_key(|category| reach(*category));
    let shown = if marked.is_empty() { highest.into_iter().collect() } else { marked };
    // Beside the last bar its number stands anyway.
    let last = chart.categories.len().saturating_sub(1);
    for category in shown.into_iter().filter(|category| *category != last) {
        if let Some(number) = reach(category) {
            let place = (coordinate(category as u64) * STEP + STEP / 2, coordinate(number));
            let look = Look { across: HPos::Center, down: VPos::Bottom, bold: true, ..Look::default() };
            let text = format!("{}{}", about(chart, category), grouped(number));
            label(plot, place, (0, -4), &text, &look)?;
        }
    }
    Ok(())
}

/// A sign before a number that is the middle of a band.
fn about(chart: &Chart, category: usize) -> &'static str {
    let bands = (0..chart.series.len()).any(|series| matches!(chart.figure(series, category), Figure::Band { .. }));
    if bands && chart.name == ChartName::Totals { "≈ " } else { "" }
}

/// The name of each series beside its last bar, with its number.
fn names<'a>(chart: &Chart, plot: &Plot<'a>) -> Drawn<'a> {
    let Some(last) = chart.categories.len().checked_sub(1) else { return Ok(()) };
    let across = coordinate(chart.categories.len() as u64) * STEP;
    let mut base = 0;
    let mut places = Vec::new();
    for series in 0..chart.series.len() {
        let figure = chart.figure(series, last);
        let middle = coordinate(figure.middle().unwrap_or(0));
        let y = match chart.name {
            ChartName::Outcomes => base + middle / 2,
            ChartName::Totals | ChartName::Countries => middle,
        };
        base += middle;
        let (_, row) = plot.map_coordinate(&(across, y));
        places.push((row, series, figure));
    }
    // From the bottom up, each far enough above the one before. Of a whole and its part the part is lower.
    if chart.name == ChartName::Totals {
        places.reverse();
    }
    let apart = 34;
    let (_, rows) = plot.get_pixel_range();
    let mut limit = rows.end - 14;
    for (row, ..) in &mut places {
        *row = (*row).min(limit);
        limit = *row - apart;
    }
    let (right, zero) = plot.map_coordinate(&(across, 0));
    for (row, series, figure) in places {
        let colour = SERIES[series % SERIES.len()];
        let down = row - zero;
        let mark = EmptyElement::at((across, 0)) + Rectangle::new([(4, down - 15), (8, down + 14)], colour.filled());
        plot.draw(&mark)?;
        let name = clipped(&chart.series[series].name, pixels(WIDTH) - right - 16);
        label(plot, (across, 0), (14, down - 8), &name, &Look::default())?;
        let number = match figure.middle() {
            Some(middle) => grouped(middle),
            None => figure.to_string(),
        };
        label(plot, (across, 0), (14, down + 8), &number, &Look { bold: true, ..Look::default() })?;
    }
    Ok(())
}

/// Bars of countries, from the left; with several series one under the other.
fn countries<'a>(chart: &Chart, view: &View, area: &Area<'a>) -> Drawn<'a> {
    let Sides { left, right } = sides(chart);
    let series_count = chart.series.len().max(1) as i64;
    let count = coordinate(chart.categories.len() as u64);
    let plot = &plot(area.margin(4, 4, left, right), coordinate(chart.highest()), count * STEP * series_count);
    for (category, name) in chart.categories.iter().enumerate() {
        // The first stands at the top.
        let top = (count - coordinate(category as u64)) * STEP * series_count;
        let middle = top - STEP * series_count / 2;
        let marked = view.marked.contains(&(category as u32));
        let look = Look { across: HPos::Right, bold: marked, ..Look::default() };
        label(plot, (0, middle), (-10, 0), name, &look)?;
        for (series, of) in chart.series.iter().enumerate() {
            let figure = chart.figure(series, category);
            let high = top - STEP * series as i64;
            let free = if series_count > 1 { FREE / 2 } else { FREE + 4 };
            let end = coordinate(figure.middle().unwrap_or(0));
            let colour = if marked && series_count == 1 { SERIES[1] } else { SERIES[series % SERIES.len()] };
            if end > 0 {
                plot.draw(&Rectangle::new([(0, high - free), (end, high - STEP + free)], colour.filled()))?;
            }
            let mut text = String::new();
            if series_count > 1 {
                text.push_str(&of.name);
                text.push_str(": ");
            }
            text.push_str(&figure.middle().map_or_else(|| figure.to_string(), grouped));
            label(plot, (end, high - STEP / 2), (8, 0), &text, &Look { bold: marked, ..Look::default() })?;
        }
    }
    let (_, bottom) = (0, count * STEP * series_count);
    plot.draw(&PathElement::new(vec![(0, 0), (0, bottom)], SOFT))
}

/// How a text looks.
struct Look {
    size: u32,
    colour: RGBColor,
    bold: bool,
    across: HPos,
    down: VPos,
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
fn label<'a>(plot: &Plot<'a>, at: (i64, i64), beside: (i32, i32), text: &str, look: &Look) -> Drawn<'a> {
    plot.draw(&(EmptyElement::at(at) + Text::new(text.to_owned(), beside, look.style())))
}

/// As much of a text as there is room for.
fn clipped(text: &str, room: i32) -> String {
    if width(text, SMALL) <= room {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while width(&short, SMALL) > room - 12 && short.pop().is_some() {}
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

fn coordinate(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn pixels(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
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
