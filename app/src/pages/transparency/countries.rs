//! `/transparency/countries`: who asked, as a map, as bars, and as a table that is sorted by its links.

use std::{cmp::Ordering, collections::HashMap};

use domain::{
    CountryCode, FieldProblem,
    statistics::{Figure, Rate, StatisticsFilter, Total, grouped},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::CountryOutcomes;

use super::parts::{StatisticsFrame, StatisticsView, cell, has_outcomes, heads, nothing_published};
use crate::{
    chart::{
        ChartName, View,
        published::{Published, percent, share_disclosed},
        world_map::{MapCountry, MapKey, WorldMap},
    },
    components::{ChartFigure, DataTable, Loaded},
    context::{PageContext, PageError},
    paths,
};

/// Shades of amounts, the most last.
const SHADES: [&str; 5] = ["1", "2", "3", "4", "5"];

#[component]
pub fn CountriesPage() -> impl IntoView {
    let context = PageContext::current();
    let sort = use_query_map().read_untracked().get("sort");
    view! {
        <Title text="By country · Government requests · Vitrine" />
        <Loaded load=async move {
            let Some(published) = Published::load(&context.store, &context.query).await? else {
                return Ok::<_, PageError>(nothing_published().into_any());
            };
            let outcomes = context.store.statistics().country_outcomes(&published.series, &published.filter).await?;
            let (order, problems) = Order::read(sort.as_deref());
            Ok(countries(published, &outcomes, order, problems).into_any())
        } />
    }
}

/// What the table is sorted by. What is not known stands last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// By the alphabet.
    Country,
    CountryBackwards,
    Least,
    Most,
    LeastDisclosed,
    MostDisclosed,
}

impl Order {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Most, "most"),
        (Self::Least, "least"),
        (Self::Country, "country"),
        (Self::CountryBackwards, "country-backwards"),
        (Self::MostDisclosed, "most-disclosed"),
        (Self::LeastDisclosed, "least-disclosed"),
    ];

    /// Reads `sort=` of an address; the most first without it. What can't be read is named.
    fn read(asked: Option<&str>) -> (Self, Vec<FieldProblem>) {
        let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return (Self::Most, Vec::new()) };
        match Self::ALL.into_iter().find(|(_, code)| *code == asked) {
            Some((order, _)) => (order, Vec::new()),
            None => {
                let known = Self::ALL.map(|(_, code)| code).join(", ");
                let reason = format!("“{asked}” is not an order of this table, which are {known}");
                (Self::Most, vec![FieldProblem::new("sort", reason)])
            }
        }
    }

    fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(order, _)| *order == self).map_or("most", |(_, code)| code)
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let count = |of: &Row| of.total.figure.middle();
        let disclosed = |of: &Row| of.disclosed.map(|rate| rate.low + rate.high);
        let order = match self {
            Self::Country => return a.name.cmp(&b.name),
            Self::CountryBackwards => return b.name.cmp(&a.name),
            Self::Most => most(count(a), count(b)),
            Self::Least => least(count(a), count(b)),
            Self::MostDisclosed => most(disclosed(a), disclosed(b)),
            Self::LeastDisclosed => least(disclosed(a), disclosed(b)),
        };
        order.then_with(|| a.name.cmp(&b.name))
    }
}

fn most(a: Option<u64>, b: Option<u64>) -> Ordering {
    b.cmp(&a)
}

fn least(a: Option<u64>, b: Option<u64>) -> Ordering {
    a.is_none().cmp(&b.is_none()).then(a.cmp(&b))
}

/// A country of the table.
struct Row {
    country: Option<CountryCode>,
    name: String,
    total: Total,
    share: Option<Rate>,
    disclosed: Option<Rate>,
}

fn rows(published: &Published, outcomes: &[CountryOutcomes]) -> Vec<Row> {
    let outcomes = outcomes.iter().map(|of| ((of.country, of.name.as_str()), of)).collect::<HashMap<_, _>>();
    let everything = published.everything();
    let row = |of: store::CountryRequests| {
        let ended = outcomes.get(&(of.country, of.name.as_str()));
        let disclosed = ended.and_then(|ended| share_disclosed(&ended.totals, of.total.figure));
        let share = of.total.figure.rate(everything.figure);
        Row { country: of.country, name: of.name, total: of.total, share, disclosed }
    };
    published.by_country().into_iter().map(row).collect()
}

fn countries(
    published: Published,
    outcomes: &[CountryOutcomes],
    order: Order,
    problems: Vec<FieldProblem>,
) -> impl IntoView + use<> {
    let query = published.filter.to_query();
    let mut rows = rows(&published, outcomes);
    let map = map(&published, &rows);
    rows.sort_by(|a, b| order.compare(a, b));
    let chart = published.chart(ChartName::Countries);
    let marked = View { marked: published.marked(ChartName::Countries, &chart), ..View::default() };
    let lede = chart.sentence.clone();
    let table = table(&published, rows, order);
    let kept = if order == Order::Most { Vec::new() } else { vec![("sort", order.code())] };
    let short = short_table(&chart.title, &published).into_any();
    view! {
        <StatisticsFrame view=StatisticsView::Countries published lede kept problems>
            {map}
            <ChartFigure name=ChartName::Countries chart view=marked query table=short />
            {table}
        </StatisticsFrame>
    }
}

/// The whole table, each head a link that sorts by it.
fn table(published: &Published, rows: Vec<Row>, order: Order) -> impl IntoView + use<> {
    let outcomes = has_outcomes(published);
    let head = |label: &'static str, first: Order, second: Order| {
        let sorted = if order == first || order == second {
            let ascending = matches!(order, Order::Country | Order::Least | Order::LeastDisclosed);
            Some(if ascending { "ascending" } else { "descending" })
        } else {
            None
        };
        let next = if order == first { second } else { first };
        let address = with_order(&published.filter, next);
        let arrow = sorted.map(|sorted| if sorted == "ascending" { " ↑" } else { " ↓" });
        view! {
            <th scope="col" class:num=first != Order::Country aria-sort=sorted>
                <a href=format!("{address}#every-country")>{label}</a>
                <span aria-hidden="true">{arrow}</span>
            </th>
        }
    };
    let disclosed_head =
        outcomes.then(|| head("With data disclosed", Order::MostDisclosed, Order::LeastDisclosed).into_any());
    let everything = published.everything();
    let lines = rows.into_iter().map(|row| {
        let name = match row.country {
            Some(_) => {
                let filter = StatisticsFilter { country: row.country, ..published.filter.clone() };
                view! { <a href=StatisticsView::Overview.address(&filter)>{row.name}</a> }.into_any()
            }
            None => row.name.into_any(),
        };
        let rate = |rate: Option<Rate>| rate.map_or_else(|| "not known".to_owned(), percent);
        let disclosed = outcomes.then(|| view! { <td class="num">{rate(row.disclosed)}</td> });
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{cell(row.total)}</td>
                <td class="num">{rate(row.share)}</td>
                {disclosed}
            </tr>
        }
    });
    let caption = format!(
        "{}: {} by country, {}",
        published.series.publisher,
        published.said_series().to_lowercase(),
        published.span()
    );
    let foot = outcomes.then(|| view! { <td></td> });
    view! {
        <section aria-labelledby="every-country">
            <h2 id="every-country">"Every country"</h2>
            <div class="table-scroll" tabindex="0" role="group" aria-label=caption.clone()>
                <table class="data sortable">
                    <caption>{caption.clone()}</caption>
                    <thead>
                        <tr>
                            {head("Country", Order::Country, Order::CountryBackwards)}
                            {head(heads(published).1, Order::Most, Order::Least)}
                            <th scope="col" class="num">"Share"</th>
                            {disclosed_head}
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">"All countries"</th>
                            <td class="num">{cell(everything)}</td>
                            <td></td>
                            {foot}
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
    }
}

fn with_order(filter: &StatisticsFilter, order: Order) -> String {
    let query = filter.to_query();
    let and = if query.is_empty() { "" } else { "&" };
    paths::with_query(paths::TRANSPARENCY_COUNTRIES, &format!("{query}{and}sort={}", order.code()))
}

/// The table beside the bars, the most first.
pub fn short_table(caption: &str, published: &Published) -> impl IntoView + use<> {
    let everything = published.everything();
    let rows = published.by_country().into_iter().map(|of| {
        let name = match of.country {
            Some(_) => {
                let filter = StatisticsFilter { country: of.country, ..published.filter.clone() };
                view! { <a href=StatisticsView::Overview.address(&filter)>{of.name}</a> }.into_any()
            }
            None => of.name.into_any(),
        };
        let share = of.total.figure.rate(everything.figure).map(percent).unwrap_or_default();
        (name, vec![cell(of.total), share])
    });
    view! { <DataTable caption=caption heads=vec!["Country", heads(published).1, "Share"] rows=rows.collect() /> }
}

/// Where the requests came from. A range is shaded by its middle.
fn map(published: &Published, rows: &[Row]) -> Option<impl IntoView + use<>> {
    let counted = rows.iter().filter_map(|row| Some((row.country?, row.total.figure, row.total.figure.middle()?)));
    let counted = counted.filter(|(_, _, middle)| *middle > 0).collect::<Vec<_>>();
    let steps = steps(counted.iter().map(|(_, _, middle)| *middle).max()?);
    let shade = |count: u64| {
        let above = steps.iter().filter(|step| count >= **step).count();
        SHADES.get(SHADES.len() - 1 - steps.len() + above).copied().unwrap_or("5")
    };
    let unit = published.series.metric.unit();
    let countries = counted.iter().map(|(code, figure, middle)| {
        let label = published.count(*figure);
        MapCountry { code: *code, shade: shade(*middle), label }
    });
    let key = (0..=steps.len()).map(|place| {
        let (from, to) = (place.checked_sub(1).and_then(|place| steps.get(place)), steps.get(place));
        let label = match (from, to) {
            (None, Some(to)) => format!("fewer than {} {unit}", grouped(*to)),
            (Some(from), Some(to)) => format!("{} to {}", grouped(*from), grouped(*to - 1)),
            (Some(from), None) => format!("{} or more", grouped(*from)),
            (None, None) => unit.to_owned(),
        };
        MapKey { shade: SHADES.get(SHADES.len() - 1 - steps.len() + place).copied().unwrap_or("5"), label }
    });
    let ranges = counted.iter().any(|(_, figure, _)| !matches!(figure, Figure::Exact(_)));
    let ranges = if ranges { " Where a figure is a range, its middle says the shade." } else { "" };
    let title = format!("Where {} came from, {}", published.said_series().to_lowercase(), published.span());
    let description =
        format!("{} countries are shaded by how many came from them.{ranges}", grouped(counted.len() as u64));
    let caption = description.clone();
    Some(view! {
        <figure class="chart" aria-labelledby="map-heading">
            <figcaption>
                <h2 id="map-heading">{title.clone()}</h2>
                <p>{caption} " The table below has every figure."</p>
            </figcaption>
            <WorldMap id="requests-map" title description countries=countries.collect() key=key.collect() />
        </figure>
    })
}

/// Where one shade ends and the next begins: powers of ten below the most, four at the most.
fn steps(most: u64) -> Vec<u64> {
    let largest = most.checked_ilog10().unwrap_or(0);
    (largest.saturating_sub(3)..=largest).filter(|power| *power > 0).map(|power| 10_u64.pow(power)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, figure: Figure) -> Row {
        let total = Total { figure, missing: 0 };
        Row { country: None, name: name.to_owned(), total, share: None, disclosed: None }
    }

    #[test]
    fn what_is_not_known_stands_last_either_way() {
        let rows = || {
            vec![row("b", Figure::NotReported), row("a", Figure::Exact(1)), row("c", Figure::Band { low: 2, high: 4 })]
        };
        for (order, expected) in [(Order::Most, "cab"), (Order::Least, "acb"), (Order::CountryBackwards, "cba")] {
            let mut rows = rows();
            rows.sort_by(|a, b| order.compare(a, b));
            assert_eq!(rows.into_iter().map(|row| row.name).collect::<String>(), expected, "{order:?}");
        }
    }

    #[test]
    fn an_order_is_read_back_and_another_is_named() {
        for (order, code) in Order::ALL {
            assert_eq!(Order::read(Some(code)), (order, Vec::new()));
        }
        let (order, problems) = Order::read(Some("size"));
        assert_eq!((order, problems.len()), (Order::Most, 1));
        assert!(Order::read(None).1.is_empty());
    }

    #[test]
    fn shades_are_powers_of_ten_below_the_most() {
        assert_eq!(steps(1_881_790), [1_000, 10_000, 100_000, 1_000_000]);
        assert_eq!(steps(420), [10, 100]);
        assert!(steps(7).is_empty());
    }
}
