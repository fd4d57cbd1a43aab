//! What the views of the statistics have in common: one head, one filter, one foot.

use domain::{
    FieldProblem,
    statistics::{
        Citation, Comparison, Figure, Half, MethodChange, Metric, ProcessClass, StatisticsFilter, Total, grouped,
    },
};
use leptos::prelude::*;
use leptos_meta::Meta;
use store::Footnote;

use crate::{
    chart::{
        ChartName,
        published::{Published, requests},
    },
    components::{Choice, Downloads, LeftOut, OpenData},
    context::PageContext,
    paths,
};

/// Remarks that stand beside the figures; the others are on the page of sources.
const REMARKS: usize = 5;

/// A view of the statistics: a page of its own with the same filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticsView {
    Overview,
    Countries,
    Periods,
    Processes,
    Outcomes,
    Compare,
    Sources,
}

impl StatisticsView {
    const ALL: [Self; 7] =
        [Self::Overview, Self::Countries, Self::Periods, Self::Processes, Self::Outcomes, Self::Compare, Self::Sources];

    fn path(self) -> &'static str {
        match self {
            Self::Overview => paths::TRANSPARENCY,
            Self::Countries => paths::TRANSPARENCY_COUNTRIES,
            Self::Periods => paths::TRANSPARENCY_PERIODS,
            Self::Processes => paths::TRANSPARENCY_PROCESSES,
            Self::Outcomes => paths::TRANSPARENCY_OUTCOMES,
            Self::Compare => paths::TRANSPARENCY_COMPARE,
            Self::Sources => paths::TRANSPARENCY_SOURCES,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Countries => "Countries",
            Self::Periods => "Periods",
            Self::Processes => "Legal process",
            Self::Outcomes => "Outcomes",
            Self::Compare => "Compare",
            Self::Sources => "Sources",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Government requests for data",
            Self::Countries => "Government requests by country",
            Self::Periods => "Government requests by period",
            Self::Processes => "Government requests by legal process",
            Self::Outcomes => "How government requests ended",
            Self::Compare => "Publishers and countries compared",
            Self::Sources => "Where the figures are from",
        }
    }

    /// The chart that says the most of it: what is shown where somebody shares the page.
    fn chart(self) -> ChartName {
        match self {
            Self::Overview | Self::Periods | Self::Sources => ChartName::Totals,
            Self::Countries => ChartName::Countries,
            Self::Processes => ChartName::Processes,
            Self::Outcomes => ChartName::Outcomes,
            Self::Compare => ChartName::Compare,
        }
    }

    /// The address of this view of a selection; where publishers are compared, of all of them in its country and
    /// periods.
    pub fn address(self, filter: &StatisticsFilter) -> String {
        let query = match self {
            Self::Compare => Comparison {
                countries: filter.country.into_iter().collect(),
                from: filter.from,
                to: filter.to,
                ..Comparison::default()
            }
            .to_query(),
            _ => filter.to_query(),
        };
        paths::with_query(self.path(), &query)
    }
}

pub fn nothing_published() -> impl IntoView {
    view! {
        <h1>{StatisticsView::Overview.title()}</h1>
        <p class="empty">
            "No statistics have been published here yet. "
            "Whoever runs this portal brings them in with " <code>"server import-statistics"</code> "."
        </p>
        <OpenData />
    }
}

/// What stands around every view.
#[component]
pub fn StatisticsFrame(
    view: StatisticsView,
    published: Published,
    /// What it says, in a sentence.
    lede: String,
    /// What a page has in its address beside the filter, to be kept when the filter changes.
    #[prop(optional)]
    kept: Vec<(&'static str, &'static str)>,
    /// What of that could not be used.
    #[prop(optional)]
    problems: Vec<FieldProblem>,
    children: Children,
) -> impl IntoView {
    let query = published.filter.to_query();
    let problems = published.problems.iter().cloned().chain(problems).collect();
    let preview = SharePreview {
        title: view.title().to_owned(),
        description: lede.clone(),
        page: view.address(&published.filter),
        chart: view.chart(),
        query: query.clone(),
        picture_says: published.chart(view.chart()).title,
    };
    view! {
        {preview.tags()}
        <div class="page-head">
            <div>
                <h1>{view.title()}</h1>
                <p class="lede">{lede}</p>
            </div>
            <Downloads
                label="Download these figures"
                files=vec![(paths::TRANSPARENCY_CSV, "CSV"), (paths::TRANSPARENCY_JSON, "JSON")]
                query
            />
        </div>
        {views(view, &published.filter)}
        <Filters view kept problems published=&published />
        {other_series(view, &published)}
        {stats(&published)}
        {notes(&published)}
        {children()}
        {method(&published)}
        {cite(view, &published)}
        {sources_in_short(view, &published)}
        <OpenData />
    }
}

/// What others show of a page where somebody shares its address: Open Graph's properties, which X reads too.
pub struct SharePreview {
    pub title: String,
    pub description: String,
    /// The page's own address, without the host.
    pub page: String,
    /// Which picture, of which selection.
    pub chart: ChartName,
    pub query: String,
    /// What the picture is of.
    pub picture_says: String,
}

impl SharePreview {
    pub fn tags(self) -> impl IntoView {
        let PageContext { public_url, provider, .. } = PageContext::current();
        let picture = paths::with_query(&paths::transparency_chart(self.chart, "png"), &self.query);
        view! {
            <Meta name="description" content=self.description.clone() />
            <Meta property="og:type" content="website" />
            <Meta property="og:site_name" content=provider />
            <Meta property="og:title" content=self.title />
            <Meta property="og:description" content=self.description />
            <Meta property="og:url" content=format!("{public_url}{}", self.page) />
            <Meta property="og:image" content=format!("{public_url}{picture}") />
            <Meta property="og:image:type" content="image/png" />
            <Meta property="og:image:alt" content=self.picture_says />
            <Meta name="twitter:card" content="summary_large_image" />
        }
    }
}

pub fn views(current: StatisticsView, filter: &StatisticsFilter) -> impl IntoView + use<> {
    let links = StatisticsView::ALL.map(|view| {
        let here = (view == current).then_some("page");
        view! {
            <li>
                <a href=view.address(filter) aria-current=here>
                    {view.label()}
                </a>
            </li>
        }
    });
    view! {
        <nav class="series views" aria-label="Views of these figures">
            <ul>{links.into_iter().collect_view()}</ul>
        </nav>
    }
}

#[component]
fn Filters<'a>(
    view: StatisticsView,
    kept: Vec<(&'static str, &'static str)>,
    problems: Vec<FieldProblem>,
    published: &'a Published,
) -> impl IntoView + use<> {
    let filter = published.filter.clone();
    let halves = published.series.from.to(published.series.to).collect::<Vec<_>>();
    let halves = halves.iter().rev().map(|half| (half.to_string(), half.long())).collect::<Vec<_>>();
    let chosen = |half: Option<Half>| half.map(|half| half.to_string());
    let mut publishers = published.all.iter().map(|series| series.publisher.clone()).collect::<Vec<_>>();
    publishers.dedup();
    let publishers = publishers.into_iter().map(|name| (name.clone(), name)).collect();
    let countries = published.countries.iter().map(|country| (country.to_string(), country.name().to_owned()));
    let countries = countries.collect();
    let everything = StatisticsFilter {
        publisher: filter.publisher.clone(),
        service: filter.service.clone(),
        ..StatisticsFilter::default()
    };
    let cleared = (everything != filter).then(|| {
        view! { <a class="clear" href=view.address(&everything)>"Clear filters"</a> }
    });
    let country = filter.country.map(|country| country.to_string());
    let measures = published.measures.iter().map(|metric| (metric.code().to_owned(), metric.label().to_owned()));
    let measures = (published.measures.len() > 1).then(|| measures.collect::<Vec<_>>()).map(|options| {
        let chosen = Some(published.series.metric.code().to_owned());
        view! { <Choice name="measure" label="Count" chosen options /> }
    });
    let processes = published.processes.iter().map(|class| (class.code().to_owned(), class.label().to_owned()));
    let processes = (published.processes.len() > 1).then(|| processes.collect::<Vec<_>>()).map(|options| {
        let chosen = filter.process.map(|process| process.code().to_owned());
        view! { <Choice name="process" label="Legal process" none="Every kind" chosen options /> }
    });
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    let kept = kept.collect_view();
    view! {
        <LeftOut problems label_of />
        <form class="filters" method="get" action=view.path() role="search" aria-label="Filter the statistics">
            <input type="hidden" name="service" value=filter.service.clone().unwrap_or_default() />
            {kept}
            <Choice name="publisher" label="Publisher" chosen=filter.publisher.clone() options=publishers />
            <Choice name="from" label="From" none="The beginning" chosen=chosen(filter.from) options=halves.clone() />
            <Choice name="to" label="To" none="The end" chosen=chosen(filter.to) options=halves />
            <Choice name="country" label="Country" none="All countries" chosen=country options=countries />
            {measures}
            {processes}
            <div class="actions">
                <button>"Show"</button>
                {cleared}
            </div>
        </form>
    }
}

/// What people read for a part of an address.
pub fn label_of(field: &str) -> &'static str {
    match field {
        "publisher" => "Publisher",
        "service" | "series" => "Series",
        "from" => "From",
        "to" => "To",
        "country" => "Country",
        "measure" => "Count",
        "process" => "Legal process",
        "per" => "Set against",
        "sort" => "Order",
        _ => "Address",
    }
}

/// What else the publisher reports.
fn other_series(view: StatisticsView, published: &Published) -> Option<impl IntoView + use<>> {
    let of_publisher = published.all.iter().filter(|of| of.publisher == published.series.publisher).collect::<Vec<_>>();
    let links = of_publisher.iter().map(|of| {
        // Another series need not count the same.
        let filter = StatisticsFilter {
            service: Some(of.service.clone()),
            measure: None,
            process: None,
            ..published.filter.clone()
        };
        let current = (of.service == published.series.service).then_some("true");
        view! {
            <li>
                <a href=view.address(&filter) aria-current=current>
                    {of.service.clone()}
                </a>
            </li>
        }
    });
    (of_publisher.len() > 1).then(|| {
        let label = format!("What {} reports", published.series.publisher);
        view! {
            <nav class="series" aria-label=label>
                <ul>{links.collect_view()}</ul>
            </nav>
        }
    })
}

/// The figures that a reader asks for first.
fn stats(published: &Published) -> impl IntoView + use<> {
    let (totals, halves, sum) = (published.totals(), published.halves(), published.sum());
    let from = published.from_country();
    let unit = published.series.metric.unit();
    let mut stats = vec![(sum.figure.to_string(), format!("{unit}{from}, {}", published.span()))];
    if let Some((half, figure)) = halves.iter().rev().find_map(|half| Some((*half, totals.get(half)?.figure))) {
        stats.push((figure.to_string(), format!("of them in the {}", half.long())));
    }
    if published.filter.country.is_none() {
        stats.push((grouped(published.by_country().len() as u64), "countries and bodies asked".to_owned()));
    }
    if let Some((half, share)) = halves.iter().rev().find_map(|half| Some((*half, published.disclosed(*half)?))) {
        let share = crate::chart::published::percent(share);
        stats.push((share, format!("with some data disclosed, {}", half.long())));
    }
    let stats = stats.into_iter().map(|(value, label)| {
        view! {
            <li class="stat">
                <span class="stat-value">{value}</span>
                <span class="stat-label">{label}</span>
            </li>
        }
    });
    view! { <ul class="stats">{stats.collect_view()}</ul> }
}

/// What a reader of the figures has to know.
fn notes(published: &Published) -> impl IntoView + use<> {
    let sum = published.sum();
    let mut notes = Vec::new();
    if let Some(middle) = published.preservation.figure.middle()
        && middle > 0
        && !published.series.preservation
    {
        notes.push(format!(
            "{} to preserve data stand outside these totals: they ask to keep data, not to disclose it.",
            requests(published.preservation.figure)
        ));
    }
    if sum.missing > 0 {
        let figures =
            if sum.missing == 1 { "1 figure was" } else { &format!("{} figures were", grouped(sum.missing.into())) };
        notes.push(format!(
            "{figures} not reported and {} not in these totals.",
            if sum.missing == 1 { "is" } else { "are" }
        ));
    }
    notes.extend(published.footnotes.iter().take(REMARKS).map(remark));
    let more = published.footnotes.len().checked_sub(REMARKS).filter(|more| *more > 0).map(|more| {
        let address = StatisticsView::Sources.address(&published.filter);
        let more =
            if more == 1 { "1 more remark".to_owned() } else { format!("{} more remarks", grouped(more as u64)) };
        view! { <li><a href=address>{more}</a>" on these figures"</li> }
    });
    let notes = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect::<Vec<_>>();
    (!notes.is_empty()).then(|| view! { <ul class="notes">{notes}{more}</ul> })
}

/// A remark of the publisher, or of whoever read the file, with the figures that it is on.
pub fn remark(footnote: &Footnote) -> String {
    let Footnote { text, metric, figures, from, to, jurisdiction } = footnote;
    let span = if from == to { from.to_string() } else { format!("{from} to {to}") };
    let of = jurisdiction.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    let figures = if *figures == 1 { String::new() } else { format!(", {} figures", grouped(figures.unsigned_abs())) };
    format!("{}, {span}{of}{figures}: {text}.", metric.label())
}

/// What changed in how the publisher counts, in the periods that are shown.
fn method(published: &Published) -> Option<impl IntoView + use<>> {
    let changes = published.changes();
    let lines = changes.iter().map(|change| change_line(format!("From {} on: ", change.from), change));
    let lines = lines.collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="method">
                <h2 id="method">"What changed in how this is counted"</h2>
                <ul class="sources">{lines}</ul>
            </section>
        }
    })
}

/// What changed, and where that is seen.
pub fn change_line(since: String, change: &MethodChange) -> impl IntoView + use<> {
    view! {
        <li>
            <strong>{since}</strong>
            {change.change.clone()}
            <span class="sub">{change.source.clone()}</span>
        </li>
    }
}

/// The citation of a view, with the periods that it shows in its address.
fn cite(view: StatisticsView, published: &Published) -> impl IntoView + use<> {
    let context = PageContext::current();
    let halves = published.halves();
    let filter = StatisticsFilter {
        from: halves.first().copied().or(published.filter.from),
        to: halves.last().copied().or(published.filter.to),
        ..published.filter.clone()
    };
    let accessed = context.store.now().day();
    cite_as(&Citation {
        publisher: published.series.publisher.clone(),
        title: format!("{}, {}", published.said_series(), published.span()),
        edition: published.edition(),
        dated: published.series.sources.first().map_or(accessed, |source| source.retrieved),
        address: format!("{}{}", context.public_url, view.address(&filter)),
        accessed,
    })
}

/// A citation in each of its ways.
pub fn cite_as(citation: &Citation) -> impl IntoView + use<> {
    let csl = format!("{:#}", citation.csl());
    view! {
        <section class="panel cite" aria-labelledby="cite">
            <h2 id="cite">"How to cite this view"</h2>
            <p>{citation.text()}</p>
            <details>
                <summary>"BibTeX"</summary>
                <pre tabindex="0" role="group" aria-label="BibTeX">{citation.bibtex()}</pre>
            </details>
            <details>
                <summary>"CSL-JSON"</summary>
                <pre tabindex="0" role="group" aria-label="CSL-JSON">{csl}</pre>
            </details>
        </section>
    }
}

/// Where the figures are from, in short; the page of sources has all of it.
fn sources_in_short(view: StatisticsView, published: &Published) -> Option<impl IntoView + use<>> {
    let series = &published.series;
    let about = format!(
        "{}, {}: {} to {}. The figures are the publisher’s own; names of countries follow CLDR.",
        series.publisher,
        series.service,
        series.from.long(),
        series.to.long()
    );
    let edition = format!("{}.", published.edition());
    (view != StatisticsView::Sources).then(|| {
        view! {
            <section class="panel" aria-labelledby="sources">
                <h2 id="sources">"Where these figures are from"</h2>
                <p>{about}</p>
                <p>{edition}</p>
                <p>
                    <a href=StatisticsView::Sources.address(&published.filter)>
                        "Every file with its hash, and how it was read"
                    </a>
                </p>
                <p>
                    <a href=paths::EDITIONS>"The provider’s own report, edition by edition"</a>
                </p>
            </section>
        }
    })
}

/// A sum as a cell of a table says it.
pub fn cell(total: Total) -> String {
    match (total.figure, total.missing) {
        (Figure::NotReported | Figure::NotApplicable, _) | (_, 0) => total.figure.to_string(),
        (figure, missing) => format!("{figure}, without {missing} not reported"),
    }
}

/// The heads of a period and of what is counted.
pub fn heads(published: &Published) -> (&'static str, &'static str) {
    (if published.series.from.is_whole() { "Year" } else { "Half-year" }, published.series.metric.label())
}

/// A kind of process with what the publisher calls it.
pub fn process_name(published: &Published, class: ProcessClass) -> String {
    let names = published.by_process.published.get(&class).into_iter().flatten();
    let names = names.filter(|name| !name.eq_ignore_ascii_case(class.label())).map(String::as_str).collect::<Vec<_>>();
    if names.is_empty() { class.label().to_owned() } else { format!("{} ({})", class.label(), names.join("; ")) }
}

/// Whether outcomes can be told of what is counted.
pub fn has_outcomes(published: &Published) -> bool {
    published.series.metric == Metric::Requests && !published.outcomes.metrics.is_empty()
}
