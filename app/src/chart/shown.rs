//! What of a chart is in view, and where it stands in the picture.

use domain::statistics::{Figure, Half};

use super::{
    Chart, Kind, Mark, NO_FIGURE, Series, View,
    draw::{FOOT, LARGE, LINE_HEIGHT, SMALL, WIDTH},
    text::{bold_width, room_of_bold, width, wrapped},
};

/// Heights: of an upright chart, and of a bar from the left.
const UPRIGHT: i32 = 300;
const ACROSS: i32 = 26;
/// Above and below the plot of an upright chart.
const ABOVE: i32 = 22;
const BELOW: i32 = 28;
/// A series' name and number at its end, one above the other; and its name alone.
const TWO_LINES: i32 = 34;
const ONE_LINE: i32 = 18;
/// The most that names at the ends take.
const WIDEST: i32 = 220;

/// What is in view.
pub(super) struct Shown<'a> {
    pub chart: &'a Chart,
    pub standalone: bool,
    pub categories: &'a [String],
    /// Each with its place among all, which gives it its colour.
    pub series: Vec<(usize, &'a Series)>,
    /// Marks in view, by the place of their category in view.
    pub marks: Vec<(usize, &'a Mark)>,
    first: usize,
    marked: &'a [u32],
    pointed: Option<u32>,
}

impl<'a> Shown<'a> {
    pub fn of(chart: &'a Chart, view: &'a View) -> Self {
        let all = chart.categories.len();
        let (first, last) = view.zoom.map_or((0, all), |(first, last)| (first as usize, last as usize + 1));
        let last = last.min(all);
        let first = first.min(last);
        let hidden = |place: &usize| view.hidden.iter().any(|hidden| *hidden as usize == *place);
        let marks = chart.marks.iter().filter_map(|mark| {
            let place = (mark.category as usize).checked_sub(first)?;
            (place < last - first).then_some((place, mark))
        });
        Self {
            chart,
            standalone: view.standalone,
            categories: &chart.categories[first..last],
            series: chart.series.iter().enumerate().filter(|(place, _)| !hidden(place)).collect(),
            marks: marks.collect(),
            first,
            marked: &view.marked,
            pointed: view.pointed,
        }
    }

    /// The figure of a series and a category, both by their places in view.
    pub fn figure(&self, series: usize, category: usize) -> Figure {
        let series = self.series.get(series);
        let figure = series.and_then(|(_, series)| series.figures.get(self.first + category));
        figure.copied().unwrap_or(Figure::NotApplicable)
    }

    /// What stands at the end of a series: its last figure, and of when that is where it ended earlier.
    pub fn at_end(&self, series: usize) -> String {
        let figures = self.categories.iter().enumerate().map(|(place, name)| (name, self.figure(series, place)));
        let there = |(_, figure): &(_, Figure)| *figure != Figure::NotApplicable;
        let Some((name, figure)) = figures.rev().find(there) else { return NO_FIGURE.to_owned() };
        let label = self.chart.unit.label(figure);
        if self.categories.last() == Some(name) { label } else { format!("{label} ({name})") }
    }

    /// The most that a figure can be.
    pub fn most(&self, series: usize, category: usize) -> Option<u64> {
        self.figure(series, category).bounds().map(|(_, high)| high)
    }

    /// Whether nothing in view was reported.
    pub fn is_empty(&self) -> bool {
        (0..self.categories.len()).all(|category| self.reach(category).is_none())
    }

    /// How high a category reaches.
    pub fn reach(&self, category: usize) -> Option<u64> {
        let figures = (0..self.series.len()).filter_map(|series| self.most(series, category));
        match self.chart.kind {
            Kind::Stacked => figures.reduce(u64::saturating_add),
            Kind::Bars | Kind::Lines | Kind::Across => figures.max(),
        }
    }

    pub fn highest(&self) -> u64 {
        (0..self.categories.len()).filter_map(|category| self.reach(category)).max().unwrap_or(0).max(1)
    }

    pub fn is_marked(&self, category: usize) -> bool {
        self.marked.iter().any(|marked| *marked as usize == self.first + category)
    }

    /// Whether something else is looked at.
    pub fn is_dimmed(&self, series: usize, category: usize) -> bool {
        let other = |pointed: u32| self.series.get(series).is_some_and(|(place, _)| *place != pointed as usize);
        let elsewhere = !self.marked.is_empty() && !self.is_marked(category);
        (elsewhere && self.chart.kind != Kind::Lines) || self.pointed.is_some_and(other)
    }

    /// Whether the categories are periods of time.
    pub fn is_over_time(&self) -> bool {
        self.categories.iter().all(|name| Half::parse(name).is_some())
    }

    /// Whether there is room for a number under each series' name at its end.
    pub fn has_numbers(&self) -> bool {
        self.label_height() == TWO_LINES
    }

    /// The series' names stand one below the other with their numbers, or without where there are many.
    pub fn label_height(&self) -> i32 {
        if count(self.series.len()) * TWO_LINES <= UPRIGHT - ABOVE - BELOW { TWO_LINES } else { ONE_LINE }
    }

    /// The lines under a chart that say what its marks mean, with the letter of the mark that begins there.
    pub fn mark_lines(&self) -> Vec<(Option<char>, String)> {
        let mut lines = Vec::new();
        for (place, (category, mark)) in self.marks.iter().enumerate() {
            let mut text = self.categories.get(*category).cloned().unwrap_or_default();
            text.push_str(": ");
            text.push_str(&mark.label);
            let wrapped = wrapped(&text, SMALL, WIDTH - 48);
            lines.extend(wrapped.into_iter().enumerate().map(|(line, text)| {
                let letter = if line == 0 { Some(letter(place)) } else { None };
                (letter, text)
            }));
        }
        lines
    }

    /// The letters of the marks of one category.
    pub fn letters(&self, category: usize) -> String {
        let of_category = self.marks.iter().enumerate().filter(|(_, (of, _))| *of == category);
        let mut letters = String::new();
        for (place, _) in of_category {
            if !letters.is_empty() {
                letters.push(' ');
            }
            letters.push(letter(place));
        }
        letters
    }
}

/// The letter of a mark.
fn letter(place: usize) -> char {
    // More than 26 begin anew: the period stands beside each.
    char::from(b'a' + u8::try_from(place % 26).unwrap_or(0))
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Where the parts of a picture stand, in pixels.
pub(super) struct Layout {
    pub height: i32,
    /// The title of a picture of its own, in lines.
    pub title: Vec<String>,
    /// The plot.
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
    /// The end of the axis and the step on it.
    pub end: u64,
    pub step: u64,
}

impl Layout {
    pub fn of(shown: &Shown) -> Self {
        let (title, foot) = if shown.standalone {
            (wrapped(&shown.chart.title, LARGE, room_of_bold(WIDTH - 24)), FOOT)
        } else {
            (Vec::new(), 0)
        };
        let head = if title.is_empty() { 0 } else { 20 + 24 * count(title.len()) };
        let unit = &shown.chart.unit;
        let highest = shown.highest();
        let series_names = shown.series.iter().map(|(_, series)| width(&series.name, SMALL)).max().unwrap_or(0);
        // What may be bold has the room for it always, so that nothing moves when something is picked out.
        let widest =
            |texts: &mut dyn Iterator<Item = String>| texts.map(|text| bold_width(&text, SMALL)).max().unwrap_or(0);
        let places =
            || (0..shown.series.len()).flat_map(|series| (0..shown.categories.len()).map(move |of| (series, of)));
        let notes = count(shown.mark_lines().len()) * LINE_HEIGHT;
        let (left, right, above, body, below, end, step) = match shown.chart.kind {
            Kind::Across => {
                let names = widest(&mut (0..shown.categories.len()).map(|category| across_name(shown, category)));
                let figures = widest(&mut places().map(|(series, of)| unit.label(shown.figure(series, of))));
                let several = if shown.series.len() > 1 { 10 + series_names } else { 0 };
                let bars = count(shown.categories.len().max(1) * shown.series.len().max(1));
                (names + 20, figures + 20 + several, 4, ACROSS * bars, 4, highest, highest)
            }
            Kind::Bars | Kind::Lines | Kind::Stacked => {
                let (end, step) = scale(highest, unit.step());
                let figures = widest(&mut (0..shown.series.len()).map(|series| shown.at_end(series)));
                let names = if shown.has_numbers() { series_names.max(figures) } else { series_names };
                let labels = shown.label_height() * count(shown.series.len());
                let body = (UPRIGHT - ABOVE - BELOW).max(labels);
                (width(&unit.short(end), SMALL) + 16, names.min(WIDEST) + 20, ABOVE, body, BELOW, end, step)
            }
        };
        let top = head + above;
        let bottom = top + body;
        Self { height: bottom + below + notes + foot, title, left, right: WIDTH - right, top, bottom, end, step }
    }
}

/// A category's name in a chart of bars from the left, with its marks.
pub(super) fn across_name(shown: &Shown, category: usize) -> String {
    let mut name = shown.categories.get(category).cloned().unwrap_or_default();
    let letters = shown.letters(category);
    if !letters.is_empty() {
        name.push_str(" (");
        name.push_str(&letters);
        name.push(')');
    }
    name
}

/// The end of the axis and the step on it: one, two or five of a power of ten, five steps at most, and none smaller than
/// the smallest.
pub(super) fn scale(highest: u64, smallest: u64) -> (u64, u64) {
    let mut power = smallest;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if step.saturating_mul(5) >= highest {
                return (highest.div_ceil(step) * step, step);
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A place in a chart: which figure stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub category: u32,
    /// The series that is nearest.
    pub series: Option<u32>,
}

/// Which figure stands at this place of the picture, in thousandths of its width and height. `None` beside the plot.
pub fn place_at(chart: &Chart, view: &View, across: u32, down: u32) -> Option<Place> {
    let shown = Shown::of(chart, view);
    let layout = Layout::of(&shown);
    let thousandths = |of: i32, part: u32| i64::from(of) * i64::from(part) / 1_000;
    let x = thousandths(WIDTH, across) - i64::from(layout.left);
    let y = thousandths(layout.height, down) - i64::from(layout.top);
    let (wide, high) = (i64::from(layout.right - layout.left), i64::from(layout.bottom - layout.top));
    let categories = i64::try_from(shown.categories.len()).ok()?;
    // Along the categories, in parts of the plot.
    let (along, length) = if chart.kind == Kind::Across { (y, high) } else { (x, wide) };
    if !(0..length).contains(&along) || categories == 0 {
        return None;
    }
    let category = usize::try_from(along * categories / length).ok()?;
    let beside = || {
        let series = i64::try_from(shown.series.len()).ok()?;
        usize::try_from(along * categories * series / length % series.max(1)).ok()
    };
    let value = |y: i64| {
        let up = u64::try_from((high - y).max(0)).unwrap_or(0);
        up.saturating_mul(layout.end) / u64::try_from(high).unwrap_or(1).max(1)
    };
    let series = match chart.kind {
        Kind::Across | Kind::Bars => beside(),
        Kind::Lines => {
            let middles = (0..shown.series.len()).filter_map(|of| Some((of, shown.figure(of, category).middle()?)));
            middles.min_by_key(|(_, middle)| middle.abs_diff(value(y))).map(|(of, _)| of)
        }
        Kind::Stacked => {
            let mut top = 0;
            (0..shown.series.len()).find(|of| {
                top += shown.most(*of, category).unwrap_or(0);
                value(y) < top
            })
        }
    };
    let series = series.and_then(|of| shown.series.get(of)).and_then(|(place, _)| u32::try_from(*place).ok());
    Some(Place { category: u32::try_from(shown.first + category).ok()?, series })
}
