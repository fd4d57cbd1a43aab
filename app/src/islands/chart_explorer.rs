//! Exploring a chart: reading its values by pointer and keyboard, picking out what else there is, looking at a part of
//! the time, leaving series out. Everything it needs comes with the page; nothing is asked of the server again.

use domain::statistics::{Figure, Half, grouped};
use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    prelude::*,
};
use serde::{Deserialize, Serialize};

use crate::chart::{Chart, Kind, Mark, Place, Series, Unit, View, draw, place_at, push_escaped};

/// Others that are compared in two periods.
const COMPARED: usize = 10;

/// What the explorer works with. It travels to the browser as lines of plain text: short in a page that carries hundreds
/// of figures, and read with little of JSON's machinery, which is large there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Explored {
    /// The chart as the page has it.
    pub chart: Chart,
    /// What else can be shown beside it, with a figure for each of the chart's categories.
    pub others: Vec<Series>,
    /// What a reader does with them, such as `Pick out a country`.
    pub others_label: String,
    /// Whether each of the others is a part of the chart's first series, so that its share can be told.
    pub shares: bool,
}

/// Kinds in the order of their digits in the text.
const KINDS: [Kind; 4] = [Kind::Bars, Kind::Lines, Kind::Stacked, Kind::Across];

impl From<Explored> for String {
    fn from(explored: Explored) -> Self {
        let Explored { chart, others, others_label, shares } = explored;
        let mut text = Self::new();
        let kind = KINDS.iter().position(|kind| *kind == chart.kind).unwrap_or(0).to_string();
        for line in [
            kind.as_str(),
            &chart.id,
            &chart.title,
            &chart.sentence,
            &chart.unit.name,
            &chart.unit.decimals.to_string(),
            &others_label,
            if shares { "shares" } else { "" },
            &chart.series.len().to_string(),
            &chart.categories.join("\t"),
        ] {
            push_line(&mut text, line);
        }
        push_line(&mut text, &chart.marks.len().to_string());
        for mark in &chart.marks {
            push_line(&mut text, &mark.category.to_string());
            push_line(&mut text, &mark.label);
        }
        for series in chart.series.iter().chain(&others) {
            push_line(&mut text, &series.name);
            let figures = series.figures.iter().map(|figure| figure.compact()).collect::<Vec<_>>();
            push_line(&mut text, &figures.join(" "));
        }
        text
    }
}

impl From<String> for Explored {
    fn from(text: String) -> Self {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let kind = number(line());
        let [id, title, sentence, name] = [line(), line(), line(), line()].map(str::to_owned);
        let unit = Unit { name, decimals: u32::try_from(number(line())).unwrap_or(0) };
        let others_label = line().to_owned();
        let shares = !line().is_empty();
        let own = number(line());
        let categories = line().split('\t').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let marks = (0..number(line()))
            .map(|_| Mark { category: u32::try_from(number(line())).unwrap_or(0), label: line().to_owned() });
        let marks = marks.collect();
        let mut series = Vec::new();
        while let (Some(name), Some(figures)) = (lines.next(), lines.next()) {
            let figures = figures.split(' ').map(|figure| figure.parse().unwrap_or(Figure::NotReported));
            series.push(Series { name: name.to_owned(), figures: figures.take(categories.len()).collect() });
        }
        let others = series.split_off(own.min(series.len()));
        let kind = KINDS.get(kind).copied().unwrap_or(Kind::Bars);
        let chart = Chart { kind, id, title, sentence, source: String::new(), unit, categories, series, marks };
        Self { chart, others, others_label, shares }
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or(0)
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(&line.replace('\n', " "));
    text.push('\n');
}

/// What a reader does with the chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Looked {
    /// What is read: the category, and the series where one is pointed at.
    reading: Option<Place>,
    /// Which of the others is shown too.
    other: Option<u32>,
    /// The first and the last category in view.
    zoom: Option<(u32, u32)>,
    /// Series that are left out.
    hidden: Vec<u32>,
    /// Two categories that are compared.
    pair: Option<(u32, u32)>,
}

impl Explored {
    fn last(&self) -> u32 {
        u32::try_from(self.chart.categories.len()).unwrap_or(0).saturating_sub(1)
    }

    fn is_over_time(&self) -> bool {
        self.chart.kind != Kind::Across && self.chart.categories.iter().all(|name| Half::parse(name).is_some())
    }

    fn category(&self, category: u32) -> &str {
        self.chart.categories.get(category as usize).map_or("", String::as_str)
    }

    /// The chart, with what was picked beside it.
    fn with_other(&self, other: Option<u32>) -> Chart {
        let mut chart = self.chart.clone();
        chart.series.extend(self.other(other).cloned());
        chart
    }

    fn other(&self, other: Option<u32>) -> Option<&Series> {
        self.others.get(other? as usize)
    }

    fn view(looked: &Looked) -> View {
        let marked = match (looked.reading, looked.pair) {
            (Some(place), _) => vec![place.category],
            (None, Some((first, second))) => vec![first, second],
            (None, None) => Vec::new(),
        };
        let pointed = looked.reading.and_then(|place| place.series);
        View { standalone: false, marked, pointed, zoom: looked.zoom, hidden: looked.hidden.clone() }
    }

    fn picture(&self, looked: &Looked) -> String {
        draw(&self.with_other(looked.other), &Self::view(looked))
    }

    /// What stands at a place of the picture, in thousandths of its width and height.
    fn place(&self, looked: &Looked, (across, down): (u32, u32)) -> Option<Place> {
        let chart = self.with_other(looked.other);
        let mut place = place_at(&chart, &Self::view(looked), across, down)?;
        // One alone needs no pointing at.
        if chart.series.len() < 2 {
            place.series = None;
        }
        Some(place)
    }

    /// The places of the series in view.
    fn in_view(&self, looked: &Looked) -> Vec<u32> {
        let all = self.chart.series.len() + usize::from(looked.other.is_some());
        (0..u32::try_from(all).unwrap_or(0)).filter(|place| !looked.hidden.contains(place)).collect()
    }

    /// Where an arrow key leads.
    fn step(&self, looked: &Looked, key: &str) -> Option<Place> {
        let (first, last) = looked.zoom.unwrap_or((0, self.last()));
        let at = looked.reading;
        // The first key finds the last category, which is the newest.
        let category = at.map_or(last, |place| place.category);
        let along = |step: i64| {
            let to = i64::from(category) + if at.is_none() { 0 } else { step };
            u32::try_from(to.clamp(i64::from(first), i64::from(last))).unwrap_or(first)
        };
        let series = at.and_then(|place| place.series);
        let beside = |step: i64| {
            let in_view = self.in_view(looked);
            if in_view.len() < 2 {
                return None;
            }
            // Beyond the ends all are read together again.
            let now = series.and_then(|series| in_view.iter().position(|place| *place == series));
            let count = i64::try_from(in_view.len()).ok()?;
            let now = now.and_then(|now| i64::try_from(now).ok()).unwrap_or(count);
            let next = (now + step).rem_euclid(count + 1);
            in_view.get(usize::try_from(next).ok()?).copied()
        };
        let (back, on, up, down) = match self.chart.kind {
            Kind::Across => ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"),
            Kind::Bars | Kind::Lines | Kind::Stacked => ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp"),
        };
        match key {
            "Home" => Some(Place { category: first, series }),
            "End" => Some(Place { category: last, series }),
            key if key == back => Some(Place { category: along(-1), series }),
            key if key == on => Some(Place { category: along(1), series }),
            key if key == up => Some(Place { category, series: beside(-1) }),
            key if key == down => Some(Place { category, series: beside(1) }),
            _ => None,
        }
    }

    /// The figures of one category in words.
    fn read(&self, looked: &Looked) -> Option<String> {
        let Place { category, series } = looked.reading?;
        let unit = &self.chart.unit;
        let own = u32::try_from(self.chart.series.len()).unwrap_or(0);
        let mut text = sentence_case(self.category(category));
        let mut between = ": ";
        let in_view = self.in_view(looked);
        for place in in_view.iter().filter(|place| **place < own && series.is_none_or(|series| series == **place)) {
            let Some(of) = self.chart.series.get(*place as usize) else { continue };
            text.push_str(between);
            if own > 1 {
                text.push_str(&of.name);
                text.push(' ');
            }
            text.push_str(&unit.say(figure_of(of, category)));
            between = "; ";
        }
        if let Some(other) = self.other(looked.other).filter(|_| series.is_none_or(|series| series == own || own == 1))
        {
            let part = figure_of(other, category);
            text.push_str(between);
            text.push_str(&other.name);
            text.push(' ');
            text.push_str(&said(unit, part));
            let whole = self.chart.series.first().map(|whole| figure_of(whole, category));
            if let Some(rate) = whole.and_then(|whole| part.rate(whole)).filter(|_| self.shares) {
                text.push_str(", ");
                text.push_str(&grouped(rate.percent()));
                text.push('%');
            }
        }
        for mark in self.chart.marks.iter().filter(|mark| mark.category == category) {
            text.push_str(". ");
            text.push_str(&mark.label);
        }
        Some(text)
    }

    /// Two categories, in a sentence for each series in view.
    fn comparison(&self, hidden: &[u32], first: u32, second: u32) -> String {
        let unit = &self.chart.unit;
        let mut text = String::new();
        for (series, _) in self.chart.series.iter().zip(0_u32..).filter(|(_, place)| !hidden.contains(place)) {
            if !text.is_empty() {
                text.push(' ');
            }
            if self.chart.series.len() > 1 {
                text.push_str(&series.name);
                text.push_str(", ");
            }
            let (before, after) = (figure_of(series, first), figure_of(series, second));
            for part in [
                self.category(first),
                ": ",
                &unit.say(before),
                "; ",
                self.category(second),
                ": ",
                &unit.label(after),
                ". ",
                &change(unit, before, after),
            ] {
                text.push_str(part);
            }
        }
        text
    }

    /// The first of the others in two categories, as a chart.
    fn compared(&self, first: u32, second: u32) -> String {
        let largest = &self.others[..COMPARED.min(self.others.len())];
        if largest.is_empty() {
            return String::new();
        }
        let mut series = Vec::new();
        for category in [first, second] {
            let figures = largest.iter().map(|of| figure_of(of, category)).collect();
            series.push(Series { name: self.category(category).to_owned(), figures });
        }
        let mut title = self.chart.title.clone();
        for part in [": ", self.category(first), " and ", self.category(second)] {
            title.push_str(part);
        }
        let mut id = self.chart.id.clone();
        id.push_str("-compared");
        let chart = Chart {
            kind: Kind::Across,
            id,
            title,
            sentence: self.comparison(&[], first, second),
            source: String::new(),
            unit: self.chart.unit.clone(),
            categories: largest.iter().map(|of| of.name.clone()).collect(),
            series,
            marks: Vec::new(),
        };
        draw(&chart, &View::default())
    }
}

/// A chart that can be explored. Without WebAssembly it is the still picture that the server drew.
#[island]
pub fn ChartExplorer(explored: Explored) -> impl IntoView {
    let Explored { chart, others, others_label, .. } = explored.clone();
    let last = explored.last();
    let over_time = explored.is_over_time();
    let explored = StoredValue::new(explored);
    let awake = RwSignal::new(false);
    let reading = RwSignal::new(None::<Place>);
    let (other, hidden) = (RwSignal::new(None::<u32>), RwSignal::new(Vec::<u32>::new()));
    let (from, to) = (RwSignal::new(None::<u32>), RwSignal::new(None::<u32>));
    let (first, second) = (RwSignal::new(None::<u32>), RwSignal::new(None::<u32>));
    Effect::new(move || awake.set(true));
    let pair = move || first.get().zip(second.get());
    let looked = move || {
        let zoom = match (from.get(), to.get()) {
            (None, None) => None,
            (from, to) => {
                let (from, to) = (from.unwrap_or(0), to.unwrap_or(last));
                Some((from.min(to), from.max(to)))
            }
        };
        let in_view = |place: &Place| zoom.is_none_or(|(first, last)| (first..=last).contains(&place.category));
        let reading = reading.get().filter(in_view);
        Looked { reading, other: other.get(), zoom, hidden: hidden.get(), pair: pair() }
    };
    let read = move || explored.with_value(|explored| explored.read(&looked()));
    let readout = move || read().unwrap_or_else(|| HOW.to_owned());
    // In the browser the server's picture is there at first: hydration sets no text, so drawing it would be for nothing.
    let drawn = StoredValue::new(cfg!(feature = "hydrate"));
    let picture = move || {
        let looked = looked();
        if drawn.get_value() {
            drawn.set_value(false);
            return String::new();
        }
        explored.with_value(|explored| explored.picture(&looked))
    };
    let sentence = move || {
        let Some((first, second)) = pair() else { return String::new() };
        hidden.with(|hidden| explored.with_value(|explored| explored.comparison(hidden, first, second)))
    };
    let compared = move || {
        let drawn = pair().map(|(first, second)| explored.with_value(|explored| explored.compared(first, second)));
        drawn.unwrap_or_default()
    };
    // A reading that a click made stay when the pointer moves on, and where a drag began.
    let kept = StoredValue::new(false);
    let dragged = StoredValue::new(None::<u32>);
    let look = move |place: Option<Place>| {
        if reading.get_untracked() != place {
            reading.set(place);
        }
    };
    let at = move |event: &PointerEvent| {
        let place = place_in(event)?;
        untrack(|| explored.with_value(|explored| explored.place(&looked(), place)))
    };
    let hover = move |event: PointerEvent| {
        // Beside the plot the last reading stays.
        if !kept.get_value()
            && let Some(place) = at(&event)
        {
            look(Some(place));
        }
    };
    let press = move |event: PointerEvent| dragged.set_value(at(&event).map(|place| place.category));
    let release = move |event: PointerEvent| {
        let began = dragged.get_value();
        dragged.set_value(None);
        let (Some(began), Some(place)) = (began, at(&event)) else { return };
        if began == place.category {
            // A click keeps what is read, and another one lets it go.
            kept.set_value(!kept.get_value() || reading.get_untracked() != Some(place));
            look(Some(place));
        } else if over_time {
            from.set(Some(began.min(place.category)));
            to.set(Some(began.max(place.category)));
        }
    };
    let key = move |event: KeyboardEvent| {
        let key = event.key();
        if key == "Escape" {
            kept.set_value(false);
            from.set(None);
            to.set(None);
            look(None);
        } else if let Some(place) = untrack(|| explored.with_value(|explored| explored.step(&looked(), &key))) {
            event.prevent_default();
            kept.set_value(false);
            look(Some(place));
        }
    };
    let slide = move |category: String| {
        kept.set_value(false);
        let series = reading.get_untracked().and_then(|place| place.series);
        look(category.parse().ok().map(|category| Place { category, series }));
    };
    let id = |part: &str| {
        let mut id = chart.id.clone();
        id.push('-');
        id.push_str(part);
        id
    };
    let periods = || chart.categories.iter().map(String::as_str);
    let names = others.iter().map(|of| of.name.as_str());
    let picker = (!others.is_empty()).then(|| choice(id("other"), others_label, options("None", names), other));
    let times = over_time.then(|| {
        let start = choice(id("from"), "Show from".to_owned(), options("The beginning", periods()), from);
        let end = choice(id("to"), "Show to".to_owned(), options("The end", periods()), to);
        let one = choice(id("first"), "Compare".to_owned(), options("No period", periods()), first);
        let two = choice(id("second"), "with".to_owned(), options("No period", periods()), second);
        (start, end, one, two)
    });
    let toggles = (chart.series.len() > 1).then(|| toggles(&chart.series, hidden));
    let (reader, told) = (id("read"), id("readout"));
    view! {
        <div class="explorer">
            <div
                class="chart-picture"
                tabindex="0"
                role="group"
                aria-label=chart.title.clone()
                aria-describedby=told.clone()
                inner_html=picture
                on:pointermove=hover
                on:pointerdown=press
                on:pointerup=release
                on:keydown=key
            ></div>
            <div class="explorer-controls" hidden=move || !awake.get()>
                <output class="explorer-readout" id=told for=reader.clone() aria-live="polite">
                    {readout}
                </output>
                <div class="field wide">
                    <label for=reader.clone()>"Read a figure"</label>
                    <input
                        id=reader
                        type="range"
                        min="0"
                        max=last.to_string()
                        value=last.to_string()
                        aria-valuetext=move || read().unwrap_or_default()
                        on:input=move |event| slide(event_target_value(&event))
                        on:focus=move |event| slide(event_target_value(&event))
                    />
                </div>
                {toggles}
                {picker}
                {times}
            </div>
            <p class="explorer-compared" aria-live="polite">
                {sentence}
            </p>
            <div class="chart-picture" inner_html=compared></div>
        </div>
    }
}

/// What can be done, while nothing is read.
const HOW: &str = "Point at the chart, or use the arrow keys on it, to read its figures.";

/// A box for each series, to leave it out.
fn toggles(series: &[Series], hidden: RwSignal<Vec<u32>>) -> impl IntoView + use<> {
    let boxes = series.iter().zip(0_u32..).map(|(series, place)| {
        let toggle = move |event| {
            let shown = event_target_checked(&event);
            hidden.update(|hidden| {
                hidden.retain(|hidden| *hidden != place);
                if !shown {
                    hidden.push(place);
                }
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" checked=true on:change=toggle />
                {series.name.clone()}
            </label>
        }
    });
    let boxes = boxes.collect::<Vec<_>>();
    view! {
        <fieldset class="wide">
            <legend>"Shown"</legend>
            {boxes}
        </fieldset>
    }
}

/// A list to choose from: a place in it, or nothing.
fn choice(id: String, label: String, options: String, chosen: RwSignal<Option<u32>>) -> impl IntoView {
    let value = move || chosen.get().map(|place| place.to_string()).unwrap_or_default();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id
                inner_html=options
                prop:value=value
                on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
            ></select>
        </div>
    }
}

/// Options by their places, after one for nothing.
fn options<'a>(none: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut html = String::from("<option value=\"\">");
    html.push_str(none);
    for (place, name) in names.enumerate() {
        html.push_str("</option><option value=\"");
        html.push_str(&place.to_string());
        html.push_str("\">");
        push_escaped(&mut html, name);
    }
    html.push_str("</option>");
    html
}

fn figure_of(series: &Series, category: u32) -> Figure {
    series.figures.get(category as usize).copied().unwrap_or(Figure::NotApplicable)
}

/// `First half of 2013`; whatever isn't a half-year as it is.
fn sentence_case(category: &str) -> String {
    let Some(half) = Half::parse(category) else { return category.to_owned() };
    let mut long = half.long();
    if let Some(first) = long.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    long
}

/// A figure of one of the others; one that isn't in the publisher's list had nothing that was reported.
fn said(unit: &Unit, figure: Figure) -> String {
    match figure {
        Figure::NotApplicable => "none reported".to_owned(),
        figure => unit.label(figure),
    }
}

/// How one figure differs from another, as far as that is known.
fn change(unit: &Unit, before: Figure, after: Figure) -> String {
    let (Some(old), Some(new)) = (before.middle(), after.middle()) else {
        return "The change is not known.".to_owned();
    };
    if old == new && before.is_exact() && after.is_exact() {
        return "No change.".to_owned();
    }
    let about = if before.is_exact() && after.is_exact() { "" } else { "about " };
    let (difference, direction) = if new > old { (new - old, " more") } else { (old - new, " fewer") };
    let mut text = String::from("That is ");
    text.push_str(about);
    text.push_str(&unit.number(difference));
    if unit.name == "%" {
        text.push_str(" percentage points");
        text.push_str(if new > old { " more" } else { " less" });
    } else {
        text.push_str(direction);
        if let Some(thousandths) = (difference * 1_000).checked_div(old) {
            text.push_str(" (");
            text.push_str(&grouped((thousandths + 5) / 10));
            text.push_str("%)");
        }
    }
    text.push('.');
    text
}

/// Where in the picture the pointer is, in thousandths of its width and height.
#[cfg(feature = "hydrate")]
fn place_in(event: &PointerEvent) -> Option<(u32, u32)> {
    use wasm_bindgen::JsCast;
    let picture = event.current_target()?.dyn_into::<web_sys::Element>().ok()?.first_element_child()?;
    let frame = picture.get_bounding_client_rect();
    let across = (f64::from(event.client_x()) - frame.left()) * 1_000.0 / frame.width();
    let down = (f64::from(event.client_y()) - frame.top()) * 1_000.0 / frame.height();
    // A place outside is none; `as` cuts what lies between.
    let inside = |place: f64| (0.0..1_000.0).contains(&place);
    (inside(across) && inside(down)).then_some((across as u32, down as u32))
}

#[cfg(not(feature = "hydrate"))]
fn place_in(_: &PointerEvent) -> Option<(u32, u32)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explored() -> Explored {
        let line = |name: &str, figures: [Figure; 2]| Series { name: name.to_owned(), figures: figures.to_vec() };
        Explored {
            chart: Chart {
                kind: Kind::Bars,
                id: "totals".to_owned(),
                title: "Example: requests per half-year".to_owned(),
                sentence: "A sentence.".to_owned(),
                source: String::new(),
                unit: Unit::whole("requests"),
                categories: ["2013-H1", "2013-H2"].map(str::to_owned).to_vec(),
                series: vec![line("All countries", [Figure::Exact(100), Figure::Band { low: 100, high: 200 }])],
                marks: vec![Mark { category: 1, label: "Bands from here on.".to_owned() }],
            },
            others: vec![
                line("Côte d’Ivoire <&>", [Figure::Exact(25), Figure::NotReported]),
                line("Namibia", [Figure::NotApplicable, Figure::FewerThan(10)]),
            ],
            others_label: "Pick out a country".to_owned(),
            shares: true,
        }
    }

    fn outcomes() -> Explored {
        let mut outcomes = explored();
        outcomes.chart.kind = Kind::Stacked;
        outcomes.chart.series = std::mem::take(&mut outcomes.others);
        outcomes.shares = false;
        outcomes
    }

    fn at(category: u32, series: Option<u32>) -> Looked {
        Looked { reading: Some(Place { category, series }), ..Looked::default() }
    }

    #[test]
    fn it_travels_to_the_browser_as_it_is() {
        for explored in [explored(), outcomes()] {
            assert_eq!(Explored::from(String::from(explored.clone())), explored);
        }
        let nothing = Explored::from(String::new());
        assert!(nothing.picture(&Looked::default()).contains("No figures were reported"));
    }

    #[test]
    fn a_half_year_is_read_in_words() {
        let explored = explored();
        let read = |category, other| explored.read(&Looked { other, ..at(category, None) }).unwrap();
        assert_eq!(read(0, None), "First half of 2013: 100 requests");
        assert_eq!(read(0, Some(0)), "First half of 2013: 100 requests; Côte d’Ivoire <&> 25, 25%");
        assert_eq!(read(0, Some(1)), "First half of 2013: 100 requests; Namibia none reported");
        assert_eq!(
            read(1, Some(0)),
            "Second half of 2013: 100 to 200 requests; Côte d’Ivoire <&> not reported. Bands from here on."
        );
        assert_eq!(
            explored.comparison(&[], 0, 1),
            "2013-H1: 100 requests; 2013-H2: 100 to 200. That is about 50 more (50%)."
        );
    }

    #[test]
    fn of_several_series_all_are_read_or_the_one_that_is_pointed_at() {
        let outcomes = outcomes();
        let read = |looked: &Looked| outcomes.read(looked).unwrap();
        assert_eq!(read(&at(0, None)), "First half of 2013: Côte d’Ivoire <&> 25 requests; Namibia does not apply");
        assert_eq!(read(&at(0, Some(0))), "First half of 2013: Côte d’Ivoire <&> 25 requests");
        let hidden = Looked { hidden: vec![0], ..at(1, None) };
        assert_eq!(read(&hidden), "Second half of 2013: Namibia fewer than 10 requests. Bands from here on.");
        assert!(!outcomes.picture(&hidden).contains("Côte"), "what is left out is not drawn");
        let namibia = "Namibia, 2013-H1: does not apply; 2013-H2: fewer than 10. The change is not known.";
        assert_eq!(outcomes.comparison(&[0], 0, 1), namibia);
        assert!(outcomes.comparison(&[], 0, 1).ends_with(&format!(" The change is not known. {namibia}")));
    }

    #[test]
    fn arrow_keys_lead_along_the_periods_and_through_the_series() {
        let outcomes = outcomes();
        let mut looked = Looked::default();
        let mut press = |key: &str| {
            looked.reading = outcomes.step(&looked, key).or(looked.reading);
            looked.reading.map(|place| (place.category, place.series))
        };
        assert_eq!(press("ArrowLeft"), Some((1, None)), "the first key finds the newest");
        assert_eq!(press("ArrowLeft"), Some((0, None)));
        assert_eq!(press("ArrowLeft"), Some((0, None)), "and the beginning ends it");
        assert_eq!(press("ArrowUp"), Some((0, Some(0))));
        assert_eq!(press("ArrowUp"), Some((0, Some(1))));
        assert_eq!(press("ArrowUp"), Some((0, None)), "beyond the last all are read together");
        assert_eq!(press("End"), Some((1, None)));
        assert_eq!(press("a"), Some((1, None)));
        let zoomed = Looked { zoom: Some((1, 1)), ..at(1, None) };
        assert_eq!(outcomes.step(&zoomed, "ArrowLeft").map(|place| place.category), Some(1), "it stays in view");
    }

    #[test]
    fn a_comparison_and_a_country_are_drawn() {
        let explored = explored();
        assert!(explored.picture(&Looked { other: Some(1), ..Looked::default() }).contains("Namibia"));
        assert!(explored.compared(0, 1).contains("id=\"totals-compared-title\""));
        assert_eq!(outcomes().compared(0, 1), "", "nothing else, nothing to compare");
    }

    #[test]
    fn names_are_no_markup() {
        let html = options("None", ["a<b>&c"].into_iter());
        assert_eq!(html, "<option value=\"\">None</option><option value=\"0\">a&lt;b&gt;&amp;c</option>");
    }

    #[test]
    fn a_change_says_how_much_and_which_way() {
        let change = |before, after| change(&Unit::whole("requests"), before, after);
        assert_eq!(change(Figure::Exact(100), Figure::Exact(150)), "That is 50 more (50%).");
        assert_eq!(change(Figure::Exact(3_000), Figure::Exact(2_000)), "That is 1,000 fewer (33%).");
        assert_eq!(change(Figure::Exact(0), Figure::Exact(7)), "That is 7 more.");
        assert_eq!(change(Figure::Exact(7), Figure::Exact(7)), "No change.");
        assert_eq!(change(Figure::NotReported, Figure::Exact(7)), "The change is not known.");
        let shares = super::change(&Unit::percent(), Figure::Exact(815), Figure::Exact(700));
        assert_eq!(shares, "That is 11.5 percentage points less.");
    }
}
