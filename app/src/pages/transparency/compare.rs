//! `/transparency/compare`: publishers and countries on the same measure, with what keeps them from being of one kind.

use domain::statistics::{Aspect, COMPARED_AT_MOST, Citation, ComparedMeasure, Figure, Half, PER_INHABITANTS, Total};
use leptos::prelude::*;
use leptos_meta::Title;

use super::parts::{SharePreview, StatisticsView, change_line, cite_as, label_of, nothing_published, views};
use crate::{
    chart::{
        ChartName, NO_FIGURE, Unit,
        compared::{Compared, ComparedLine, name_of},
    },
    components::{ChartFigure, Choice, DataTable, Downloads, LeftOut, Loaded, OpenData},
    context::{PageContext, PageError},
    paths,
};

/// Countries that can be chosen at first; a form with all of them taken has one more.
const COUNTRIES: usize = 4;
const COUNTRY_LABELS: [&str; COMPARED_AT_MOST] = [
    "Country",
    "Second country",
    "Third country",
    "Fourth country",
    "Fifth country",
    "Sixth country",
    "Seventh country",
    "Eighth country",
];

#[component]
pub fn ComparePage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Compare · Government requests · Vitrine" />
        <Loaded load=async move {
            Ok::<_, PageError>(match Compared::load(&context.store, &context.query).await? {
                Some(compared) => compare(&compared).into_any(),
                None => nothing_published().into_any(),
            })
        } />
    }
}

fn compare(compared: &Compared) -> impl IntoView + use<> {
    let query = compared.asked.to_query();
    let chart = compared.chart();
    let lede = chart.sentence.clone();
    let preview = SharePreview {
        title: StatisticsView::Compare.title().to_owned(),
        description: lede.clone(),
        page: paths::with_query(paths::TRANSPARENCY_COMPARE, &query),
        chart: ChartName::Compare,
        query: query.clone(),
        picture_says: chart.title.clone(),
    };
    let table = table(&chart.title, compared).into_any();
    view! {
        {preview.tags()}
        <div class="page-head">
            <div>
                <h1>{StatisticsView::Compare.title()}</h1>
                <p class="lede">{lede}</p>
            </div>
            <Downloads
                label="Download what is compared"
                files=vec![(paths::COMPARE_CSV, "CSV"), (paths::COMPARE_JSON, "JSON")]
                query=query.clone()
            />
        </div>
        {views(StatisticsView::Compare, &compared.as_filter())}
        <LeftOut problems=compared.problems.clone() label_of />
        {form(compared)}
        {warning(compared)}
        <ChartFigure name=ChartName::Compare chart query table />
        {denominators(compared)}
        {method(compared)}
        {cite(compared)}
        {sources(compared)}
        <OpenData />
    }
}

/// What to compare, as a form whose answer is an address.
fn form(compared: &Compared) -> impl IntoView + use<> {
    let asked = &compared.asked;
    let boxes = compared.offered.iter().map(|series| {
        let name = name_of(series);
        let checked = asked.series.contains(&name);
        view! {
            <label class="check">
                <input type="checkbox" name="series" value=name.clone() checked=checked />
                {name.clone()}
            </label>
        }
    });
    let boxes = boxes.collect_view();
    let options = compared.countries.iter().map(|country| (country.to_string(), country.name().to_owned()));
    let options = options.collect::<Vec<_>>();
    let places = COUNTRIES.max(asked.countries.len() + 1);
    let countries = COUNTRY_LABELS.into_iter().take(places).enumerate().map(|(place, label)| {
        let chosen = asked.countries.get(place).map(ToString::to_string);
        let none = if place == 0 { "All countries" } else { "None" };
        let id = format!("country-{}", place + 1);
        view! { <Choice name="country" id label none chosen options=options.clone() /> }
    });
    let countries = countries.collect_view();
    let measures = ComparedMeasure::ALL.iter().map(|of| (of.code().to_owned(), of.label().to_owned())).collect();
    let per = vec![(PER_INHABITANTS.to_owned(), "Per 100,000 inhabitants".to_owned())];
    let (first, last) = compared.offered.iter().fold((None::<Half>, None::<Half>), |(first, last), of| {
        let of = [of.from, of.to].map(|period| (period.first_day(), period.last_day()));
        let (from, to) = (of[0].0.and_then(Half::of), of[1].1.and_then(Half::of));
        (first.into_iter().chain(from).min(), last.max(to))
    });
    let halves = first.zip(last).map(|(first, last)| first.to(last).collect::<Vec<_>>()).unwrap_or_default();
    let halves = halves.iter().rev().map(|half| (half.to_string(), half.long())).collect::<Vec<_>>();
    let chosen = |half: Option<Half>| half.map(|half| half.to_string());
    view! {
        <form class="filters" method="get" action=paths::TRANSPARENCY_COMPARE role="search" aria-label="What to compare">
            <fieldset>
                <legend>"Publishers and what they report"</legend>
                {boxes}
            </fieldset>
            {countries}
            <Choice name="measure" label="Compare" chosen=Some(asked.measure.code().to_owned()) options=measures />
            <Choice
                name="per"
                label="Set against"
                none="Nothing: as reported"
                chosen=asked.per_inhabitants.then(|| PER_INHABITANTS.to_owned())
                options=per
            />
            <Choice name="from" label="From" none="The beginning" chosen=chosen(asked.from) options=halves.clone() />
            <Choice name="to" label="To" none="The end" chosen=chosen(asked.to) options=halves />
            <div class="actions">
                <button>"Compare"</button>
                <a class="clear" href=paths::TRANSPARENCY_COMPARE>"Start anew"</a>
            </div>
        </form>
    }
}

/// What keeps the figures from being of one kind, before anything is drawn.
fn warning(compared: &Compared) -> Option<impl IntoView + use<>> {
    let (differences, cautions) = (compared.differences(), compared.cautions());
    let heading = match (differences.is_empty(), cautions.is_empty()) {
        (true, true) => return None,
        (true, false) => "What to know before comparing",
        (false, _) => "These figures are not counted alike",
    };
    let aspect = |(aspect, said): (Aspect, Vec<(String, String)>)| {
        let said = said.into_iter().map(|(name, said)| view! { <li><strong>{name}</strong>": " {said} "."</li> });
        view! {
            <h3>{aspect.label()}</h3>
            <ul>{said.collect_view()}</ul>
        }
    };
    let differences = differences.into_iter().map(aspect).collect_view();
    let cautions = cautions.into_iter().map(|caution| view! { <li>{caution}</li> }).collect::<Vec<_>>();
    let others = (!cautions.is_empty()).then(|| {
        view! {
            <h3>"What the figures themselves show"</h3>
            <ul>{cautions}</ul>
        }
    });
    Some(view! {
        <section class="notice warn" aria-labelledby="not-alike">
            <h2 id="not-alike">{heading}</h2>
            {differences}
            {others}
        </section>
    })
}

/// Each period with what every line has, the newest first.
fn table(caption: &str, compared: &Compared) -> impl IntoView + use<> {
    let unit = compared.unit();
    let head = compared.lines.iter().map(|line| view! { <th scope="col" class="num">{line.name.clone()}</th> });
    let head = head.collect_view();
    let rows = compared.periods().into_iter().rev().map(|period| {
        let cell = |line: &ComparedLine| view! { <td class="num">{said(&unit, compared.total(line, period))}</td> };
        let cells = compared.lines.iter().map(cell).collect_view();
        view! { <tr><th scope="row">{period.to_string()}</th>{cells}</tr> }
    });
    let rows = rows.collect_view();
    let period = if compared.by_year { "Year" } else { "Half-year" };
    let caption = caption.to_owned();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=caption.clone()>
            <table class="data">
                <caption>{caption.clone()}</caption>
                <thead>
                    <tr><th scope="col">{period}</th>{head}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A figure as a cell says it.
fn said(unit: &Unit, total: Total) -> String {
    match (total.figure, total.missing) {
        (Figure::NotApplicable, _) => NO_FIGURE.to_owned(),
        (Figure::NotReported, _) | (_, 0) => unit.label(total.figure),
        (figure, missing) => format!("{}, without {missing} not reported", unit.label(figure)),
    }
}

/// What figures were set against, or can be.
fn denominators(compared: &Compared) -> impl IntoView + use<> {
    let used = compared.inhabitants();
    let rows = used.iter().map(|(country, population, first, last)| {
        let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let people = domain::statistics::grouped(population.inhabitants);
        (country.name().to_owned().into_any(), vec![people, population.source(), span])
    });
    let rows = rows.collect::<Vec<_>>();
    let inhabitants = (!rows.is_empty()).then(|| {
        view! {
            <p>
                "A period is set against the inhabitants of its year, or of the nearest year before it that is here. \
                 Where the release changes, a step may be the count’s and not the requests’."
            </p>
            <DataTable caption="Inhabitants" heads=vec!["Country", "Inhabitants", "Source", "Used for"] rows />
        }
    });
    view! {
        <section class="panel" aria-labelledby="set-against">
            <h2 id="set-against">"What figures are set against"</h2>
            {inhabitants}
            <p>
                "None of these publishers’ files says how many accounts it has in a country, so nothing is shown per \
                 account. Inhabitants are not users: a publisher whom few use somewhere is asked less there."
            </p>
        </section>
    }
}

/// What changed in how each is counted, in the periods that are shown, and where each definition is from.
fn method(compared: &Compared) -> impl IntoView + use<> {
    let changes = compared.changes().into_iter();
    let changes = changes.map(|(name, change)| change_line(format!("{name}, from {} on: ", change.from), change));
    let changes = changes.collect::<Vec<_>>();
    let changes = (!changes.is_empty()).then(|| {
        view! {
            <h3>"What changed on the way"</h3>
            <ul class="sources">{changes}</ul>
        }
    });
    let definitions = compared.series.iter().map(|of| {
        let name = name_of(&of.series);
        let said = match of.definition {
            Some(definition) => view! {
                {format!("{}. {}.", definition.request, definition.specified)}
                <span class="sub">{definition.source.clone()}</span>
            }
            .into_any(),
            None => "How it counts is not known here.".into_any(),
        };
        view! { <li><strong>{name}": "</strong>{said}</li> }
    });
    let definitions = definitions.collect_view();
    view! {
        <section class="panel" aria-labelledby="method">
            <h2 id="method">"How each is counted"</h2>
            <ul class="sources">{definitions}</ul>
            {changes}
        </section>
    }
}

fn cite(compared: &Compared) -> impl IntoView + use<> {
    let context = PageContext::current();
    let accessed = context.store.now().day();
    let newest = || compared.series.iter().flat_map(|of| &of.series.sources).map(|source| source.retrieved).max();
    let dated = newest().unwrap_or(accessed);
    cite_as(&Citation {
        publisher: compared.publishers(),
        title: format!("{} compared, {}, {}", compared.what(), compared.places(), compared.span()),
        edition: format!("The publishers’ figures, the newest downloaded on {dated}"),
        dated,
        address: format!(
            "{}{}",
            context.public_url,
            paths::with_query(paths::TRANSPARENCY_COMPARE, &compared.lasting_query())
        ),
        accessed,
    })
}

/// Where each publisher's figures are from.
fn sources(compared: &Compared) -> impl IntoView + use<> {
    let lines = compared.series.iter().map(|of| {
        let address = StatisticsView::Sources.address(&of.as_filter());
        let label = format!("{}: every file with its hash, and how it was read", name_of(&of.series));
        view! { <li><a href=address>{label}</a></li> }
    });
    let lines = lines.collect_view();
    view! {
        <section class="panel" aria-labelledby="sources">
            <h2 id="sources">"Where these figures are from"</h2>
            <ul>{lines}</ul>
        </section>
    }
}
