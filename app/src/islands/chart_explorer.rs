//! Exploring a chart: reading its values, picking out a country, comparing two half-years. Everything it needs comes
//! with the page; nothing is asked of the server again.

use domain::statistics::{Figure, Half, grouped};
use leptos::prelude::*;

use crate::chart::{Chart, ChartName, Series, View, category_at, draw, push_escaped};

/// Countries that are compared.
const COMPARED: usize = 10;

/// What the explorer works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explored {
    /// The chart of totals as the page has it.
    pub chart: Chart,
    /// Countries that can be picked out, with a figure for each of the chart's half-years.
    pub countries: Vec<Series>,
    /// Whether the chart counts all countries together.
    pub all: bool,
}

impl Explored {
    /// Lines of plain text: short in a page that carries hundreds of figures, and read without JSON's machinery,
    /// which is large in the browser.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in [self.chart.title.as_str(), &self.chart.sentence, if self.all { "all" } else { "" }] {
            push_line(&mut text, line);
        }
        push_line(&mut text, &self.chart.categories.join(" "));
        for series in self.chart.series.iter().take(1).chain(&self.countries) {
            push_line(&mut text, &series.name);
            let figures = series.figures.iter().map(|figure| figure.compact()).collect::<Vec<_>>();
            push_line(&mut text, &figures.join(" "));
        }
        text
    }

    /// Reads what [`Self::to_text`] writes.
    fn from_text(text: &str) -> Self {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let [title, sentence] = [line(), line()].map(str::to_owned);
        let all = !line().is_empty();
        let categories = line().split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let mut series = Vec::new();
        while let (Some(name), Some(figures)) = (lines.next(), lines.next()) {
            let figures = figures.split(' ').map(|figure| figure.parse().unwrap_or(Figure::NotReported));
            series.push(Series { name: name.to_owned(), figures: figures.take(categories.len()).collect() });
        }
        let countries = if series.is_empty() { Vec::new() } else { series.split_off(1) };
        let (name, id, source) = (ChartName::Totals, "totals".to_owned(), String::new());
        Self { chart: Chart { name, id, title, sentence, source, categories, series }, countries, all }
    }

    fn figure(&self, category: u32) -> Figure {
        self.chart.series.first().map_or(Figure::NotApplicable, |series| figure_of(series, category))
    }

    fn half(&self, category: u32) -> &str {
        self.chart.categories.get(category as usize).map_or("", String::as_str)
    }

    /// The chart, with a country beside the whole.
    fn picture(&self, country: Option<u32>, marked: Vec<u32>) -> String {
        let mut chart = self.chart.clone();
        chart.series.extend(self.country(country).cloned());
        draw(&chart, &View { standalone: false, marked })
    }

    fn country(&self, country: Option<u32>) -> Option<&Series> {
        self.countries.get(country? as usize)
    }

    /// The figures of one half-year in words.
    fn read(&self, category: u32, country: Option<u32>) -> String {
        let total = self.figure(category);
        let mut text = sentence_case(self.half(category));
        text.push_str(": ");
        text.push_str(&total.to_string());
        text.push_str(" requests");
        if let Some(series) = self.country(country) {
            let part = figure_of(series, category);
            text.push_str("; ");
            text.push_str(&series.name);
            text.push(' ');
            text.push_str(&said(part));
            if let Some(rate) = part.rate(total).filter(|_| self.all) {
                text.push_str(", ");
                text.push_str(&grouped(rate.percent()));
                text.push('%');
            }
        }
        text
    }

    /// Two half-years in a sentence.
    fn comparison(&self, first: u32, second: u32) -> String {
        let (before, after) = (self.figure(first), self.figure(second));
        let mut text = String::new();
        for part in [
            self.half(first),
            ": ",
            &before.to_string(),
            " requests; ",
            self.half(second),
            ": ",
            &after.to_string(),
            ". ",
            &change(before, after),
        ] {
            text.push_str(part);
        }
        text
    }

    /// The largest countries in two half-years, as a chart.
    fn compared(&self, first: u32, second: u32) -> String {
        let largest = &self.countries[..COMPARED.min(self.countries.len())];
        let mut series = Vec::new();
        for category in [first, second] {
            let figures = largest.iter().map(|of| figure_of(of, category)).collect();
            series.push(Series { name: self.half(category).to_owned(), figures });
        }
        let chart = Chart {
            name: ChartName::Countries,
            id: "compared".to_owned(),
            title: "Requests by country in two half-years".to_owned(),
            sentence: self.comparison(first, second),
            source: String::new(),
            categories: largest.iter().map(|of| of.name.clone()).collect(),
            series,
        };
        draw(&chart, &View::default())
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(&line.replace('\n', " "));
    text.push('\n');
}

/// The chart of totals. Without WebAssembly it is the still picture that the server drew.
#[island]
pub fn ChartExplorer(
    /// What [`Explored::to_text`] writes.
    explored: String,
) -> impl IntoView {
    let explored = StoredValue::new(Explored::from_text(&explored));
    let awake = RwSignal::new(false);
    let reading = RwSignal::new(None::<u32>);
    let country = RwSignal::new(None::<u32>);
    let first = RwSignal::new(None::<u32>);
    let second = RwSignal::new(None::<u32>);
    Effect::new(move || awake.set(true));
    let pair = move || Some((first.get()?, second.get()?));
    let picture = move || {
        let marked = match (reading.get(), pair()) {
            (Some(category), _) => vec![category],
            (None, Some((first, second))) => vec![first, second],
            (None, None) => Vec::new(),
        };
        explored.with_value(|explored| explored.picture(country.get(), marked))
    };
    let read =
        move || reading.get().map(|category| explored.with_value(|explored| explored.read(category, country.get())));
    let readout =
        move || read().unwrap_or_else(|| "Point at a bar, or move the slider, to read a half-year.".to_owned());
    let sentence = move || {
        pair()
            .map(|(first, second)| explored.with_value(|explored| explored.comparison(first, second)))
            .unwrap_or_default()
    };
    let compared = move || {
        pair()
            .map(|(first, second)| explored.with_value(|explored| explored.compared(first, second)))
            .unwrap_or_default()
    };
    let (label, last, halves, countries) = explored.with_value(|explored| {
        let halves = explored.chart.categories.iter().map(String::as_str);
        (
            explored.chart.title.clone(),
            explored.chart.categories.len().saturating_sub(1).to_string(),
            options("No half-year", &mut halves.clone()),
            options("None", &mut explored.countries.iter().map(|of| of.name.as_str())),
        )
    });
    view! {
        <div class="explorer">
            <div
                class="chart-picture"
                tabindex="0"
                role="group"
                aria-label=label
                inner_html=picture
                on:pointermove=move |event| {
                    let place = place_across(&event);
                    let found = place.and_then(|place| explored.with_value(|explored| category_at(&explored.chart, place)));
                    // Beside the bars the last reading stays.
                    if found.is_some() && found != reading.get_untracked() {
                        reading.set(found);
                    }
                }
            ></div>
            <div class="explorer-controls" hidden=move || !awake.get()>
                <output class="explorer-readout" for="explore-half" aria-live="polite">
                    {readout}
                </output>
                <div class="field wide">
                    <label for="explore-half">"Read a half-year"</label>
                    <input
                        id="explore-half"
                        type="range"
                        min="0"
                        max=last.clone()
                        value=last
                        aria-valuetext=move || read().unwrap_or_default()
                        on:input=move |event| reading.set(event_target_value(&event).parse().ok())
                        on:focus=move |event| reading.set(event_target_value(&event).parse().ok())
                    />
                </div>
                {choice("explore-country", "Pick out a country", countries, country)}
                {choice("explore-first", "Compare", halves.clone(), first)}
                {choice("explore-second", "with", halves, second)}
            </div>
            <p class="explorer-compared" aria-live="polite">
                {sentence}
            </p>
            <div class="chart-picture" inner_html=compared></div>
        </div>
    }
}

/// A list to choose from: a place in it, or nothing.
fn choice(id: &'static str, label: &'static str, options: String, chosen: RwSignal<Option<u32>>) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select
                id=id
                inner_html=options
                on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
            ></select>
        </div>
    }
}

/// Options by their places, after one for nothing.
fn options(none: &str, names: &mut dyn Iterator<Item = &str>) -> String {
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

/// `First half of 2013`.
fn sentence_case(half: &str) -> String {
    let Some(half) = Half::parse(half) else { return half.to_owned() };
    let mut long = half.long();
    if let Some(first) = long.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    long
}

/// A figure of a country; one that isn't in the publisher's list made no requests that were reported.
fn said(figure: Figure) -> String {
    match figure {
        Figure::NotApplicable => "none reported".to_owned(),
        figure => figure.to_string(),
    }
}

/// How one half-year differs from another, as far as that is known.
fn change(before: Figure, after: Figure) -> String {
    let (Some(old), Some(new)) = (before.middle(), after.middle()) else {
        return "The change is not known.".to_owned();
    };
    if old == new {
        return "No change.".to_owned();
    }
    let about = if before.is_exact() && after.is_exact() { "" } else { "about " };
    let (difference, direction) = if new > old { (new - old, " more") } else { (old - new, " fewer") };
    let mut text = String::from("That is ");
    text.push_str(about);
    text.push_str(&grouped(difference));
    text.push_str(direction);
    if let Some(thousandths) = (difference * 1_000).checked_div(old) {
        text.push_str(" (");
        text.push_str(&grouped((thousandths + 5) / 10));
        text.push_str("%)");
    }
    text.push('.');
    text
}

/// How far across the picture the pointer is, in thousandths of its width.
#[cfg(feature = "hydrate")]
fn place_across(event: &leptos::ev::PointerEvent) -> Option<u32> {
    use wasm_bindgen::JsCast;
    let picture = event.current_target()?.dyn_into::<web_sys::Element>().ok()?.first_element_child()?;
    let frame = picture.get_bounding_client_rect();
    let across = (f64::from(event.client_x()) - frame.left()) * 1_000.0 / frame.width();
    // A place outside is none; `as` cuts what lies between.
    (0.0..1_000.0).contains(&across).then_some(across as u32)
}

#[cfg(not(feature = "hydrate"))]
fn place_across(_: &leptos::ev::PointerEvent) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explored() -> Explored {
        let line = |name: &str, figures: [Figure; 2]| Series { name: name.to_owned(), figures: figures.to_vec() };
        Explored {
            chart: Chart {
                name: ChartName::Totals,
                id: "totals".to_owned(),
                title: "Example: requests per half-year".to_owned(),
                sentence: "A sentence.".to_owned(),
                source: String::new(),
                categories: ["2013-H1", "2013-H2"].map(str::to_owned).to_vec(),
                series: vec![line("All countries", [Figure::Exact(100), Figure::Band { low: 100, high: 200 }])],
            },
            countries: vec![
                line("Côte d’Ivoire <&>", [Figure::Exact(25), Figure::NotReported]),
                line("Namibia", [Figure::NotApplicable, Figure::FewerThan(10)]),
            ],
            all: true,
        }
    }

    #[test]
    fn it_travels_to_the_browser_as_it_is() {
        let explored = explored();
        assert_eq!(Explored::from_text(&explored.to_text()), explored);
        let nothing = Explored::from_text("");
        assert!(nothing.picture(None, Vec::new()).contains("No figures were reported"));
    }

    #[test]
    fn a_half_year_is_read_in_words() {
        let explored = explored();
        assert_eq!(explored.read(0, None), "First half of 2013: 100 requests");
        assert_eq!(explored.read(0, Some(0)), "First half of 2013: 100 requests; Côte d’Ivoire <&> 25, 25%");
        assert_eq!(explored.read(0, Some(1)), "First half of 2013: 100 requests; Namibia none reported");
        assert_eq!(
            explored.read(1, Some(0)),
            "Second half of 2013: 100 to 200 requests; Côte d’Ivoire <&> not reported"
        );
        assert_eq!(
            explored.comparison(0, 1),
            "2013-H1: 100 requests; 2013-H2: 100 to 200. That is about 50 more (50%)."
        );
    }

    #[test]
    fn a_comparison_and_a_country_are_drawn() {
        let explored = explored();
        assert!(explored.picture(Some(1), vec![0]).contains("Namibia"));
        assert!(explored.compared(0, 1).contains("id=\"compared-title\""));
    }

    #[test]
    fn names_are_no_markup() {
        let html = options("None", &mut ["a<b>&c"].into_iter());
        assert_eq!(html, "<option value=\"\">None</option><option value=\"0\">a&lt;b&gt;&amp;c</option>");
    }

    #[test]
    fn a_change_says_how_much_and_which_way() {
        assert_eq!(change(Figure::Exact(100), Figure::Exact(150)), "That is 50 more (50%).");
        assert_eq!(change(Figure::Exact(3_000), Figure::Exact(2_000)), "That is 1,000 fewer (33%).");
        assert_eq!(change(Figure::Exact(0), Figure::Exact(7)), "That is 7 more.");
        assert_eq!(change(Figure::Exact(7), Figure::Exact(7)), "No change.");
        assert_eq!(change(Figure::NotReported, Figure::Exact(7)), "The change is not known.");
    }
}
