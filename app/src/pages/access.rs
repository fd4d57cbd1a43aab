//! `/portal/access`: a customer's access record, filtered by its address.

use domain::{
    FieldProblem, Operation, Place, Purpose, Zone,
    filter::{AccessFilter, AccessView, Page},
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{AccessList, Choices};

use crate::{
    access_line::{AccessTable, lines},
    components::{Choice, Downloads, Interactive, LeftOut, Loaded},
    context::{PageContext, PageError},
    islands::live_accesses::LiveAccesses,
    paths,
};

#[component]
pub fn AccessListPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Access record · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let (view, problems) = AccessView::from_query(&context.query);
            let list = member.records.list(&view).await?;
            Ok::<_, PageError>(access_list(view, problems, list, zone, context.approvals_waiting))
        } />
    }
}

fn access_list(
    view: AccessView,
    problems: Vec<FieldProblem>,
    list: AccessList,
    zone: Zone,
    requests_waiting: i64,
) -> impl IntoView + use<> {
    let AccessList { size, page, choices } = list;
    let filter = view.filter.clone();
    let query = filter.to_query();
    let live = paths::with_query(
        paths::ACCESS_LIVE,
        &match query.as_str() {
            "" => format!("since={size}&waiting={requests_waiting}"),
            query => format!("{query}&since={size}&waiting={requests_waiting}"),
        },
    );
    let caption = match (filter.is_empty(), view.page) {
        (true, Page::First) => "Every access to your data, the newest first",
        (true, _) => "Accesses to your data, continued",
        (false, _) => "The accesses that match your filters, the newest first",
    };
    let table = if page.records.is_empty() {
        nothing_found(filter.is_empty()).into_any()
    } else {
        view! { <AccessTable caption zone=zone.to_string() body=lines(&page.records, zone) /> }.into_any()
    };
    let at = |page| paths::with_query(paths::ACCESS, &AccessView { filter: filter.clone(), page }.to_query());
    let newer = page.newer.map(|position| at(Page::Newer(position)));
    let older = page.older.map(|position| at(Page::Older(position)));
    view! {
        <div class="page-head">
            <div>
                <h1>"Access record"</h1>
                <p class="lede">
                    "Who at the provider accessed your data, when, why and by whose approval. Records are never changed; a correction is a new record. "
                    <a href=paths::SOURCES>"Is it whole?"</a>
                </p>
            </div>
            <Downloads
                label="Download this view"
                files=vec![(paths::ACCESS_CSV, "CSV"), (paths::ACCESS_JSON, "JSON"), (paths::ACCESS_NDJSON, "NDJSON")]
                query
            />
        </div>
        <Filters filter=view.filter choices problems zone />
        <Interactive />
        <LiveAccesses address=live zone=zone.to_string() />
        {table}
        <nav class="pager" aria-label="Pages">
            {newer.map(|address| view! { <a href=address rel="prev">"Newer"</a> })}
            {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
        </nav>
    }
}

fn nothing_found(everything: bool) -> impl IntoView {
    if everything {
        view! {
            <p class="empty">
                "No access has been recorded. When the provider’s systems report one, it stands here within a second."
            </p>
        }
        .into_any()
    } else {
        view! {
            <p class="empty">
                "No access matches these filters. " <a href=paths::ACCESS>"Show every access"</a> "."
            </p>
        }
        .into_any()
    }
}

#[component]
fn Filters(
    filter: AccessFilter,
    choices: Choices,
    problems: Vec<FieldProblem>,
    /// The reader's.
    zone: Zone,
) -> impl IntoView {
    // Days that stand in the address keep the zone they came with.
    let zone = if filter.from.is_some() || filter.to.is_some() { filter.zone } else { zone };
    let days_in = (zone != Zone::UTC).then(|| view! { <input type="hidden" name="zone" value=zone.name() /> });
    let purposes = Purpose::ALL.iter().map(|purpose| (purpose.code().to_owned(), purpose.label().to_owned())).collect();
    let operations =
        Operation::ALL.iter().map(|operation| (operation.code().to_owned(), operation.label().to_owned())).collect();
    let mut countries = choices.countries;
    countries.extend(filter.country.filter(|country| !countries.contains(country)));
    let countries =
        countries.iter().map(|country: &Place| (country.code().to_owned(), country.name().to_owned())).collect();
    let mut services = choices.services;
    services.extend(filter.service.clone().filter(|service| !services.contains(service)));
    let services = services.into_iter().map(|service| (service.clone(), service)).collect();
    let told = (!filter.is_empty()).then(|| view! { <p class="print-only">{told(&filter)}</p> });
    let cleared = (!filter.is_empty()).then(|| view! { <a class="clear" href=paths::ACCESS>"Clear filters"</a> });
    view! {
        <LeftOut problems label_of />
        <form class="filters" method="get" action=paths::ACCESS role="search" aria-label="Filter the record">
            <div class="field wide">
                <label for="q">"Words"</label>
                <input id="q" name="q" type="search" value=filter.words placeholder="Reason, ticket or resource" />
            </div>
            <div class="field">
                <label for="from">"From"</label>
                <input id="from" name="from" type="date" aria-describedby="days" value=filter.from.map(|day| day.to_string()) />
            </div>
            <div class="field">
                <label for="to">"To"</label>
                <input id="to" name="to" type="date" aria-describedby="days" value=filter.to.map(|day| day.to_string()) />
            </div>
            <Choice name="purpose" label="Purpose" none="Every purpose" chosen=filter.purpose.map(|it| it.code().to_owned()) options=purposes />
            <Choice name="country" label="Country" none="Every country" chosen=filter.country.map(|it| it.code().to_owned()) options=countries />
            <Choice name="service" label="Service" none="Every service" chosen=filter.service options=services />
            <Choice name="operation" label="Operation" none="Every operation" chosen=filter.operation.map(|it| it.code().to_owned()) options=operations />
            <div class="actions">
                <button>"Apply"</button>
                {cleared}
            </div>
            <p id="days" class="hint">{format!("Days are those of {zone}.")}</p>
            {days_in}
        </form>
        {told}
    }
}

/// The filters in words: on paper there is no form to read them from.
fn told(filter: &AccessFilter) -> String {
    let day = |day: chrono::NaiveDate| format!("{day} ({})", filter.zone);
    let parts = [
        ("q", filter.words.clone()),
        ("from", filter.from.map(day)),
        ("to", filter.to.map(day)),
        ("purpose", filter.purpose.map(|purpose| purpose.label().to_owned())),
        ("country", filter.country.map(|country| country.name().to_owned())),
        ("service", filter.service.clone()),
        ("operation", filter.operation.map(|operation| operation.label().to_owned())),
    ];
    let parts = parts.into_iter().filter_map(|(field, value)| Some(format!("{}: {}", label_of(field), value?)));
    format!("Filters. {}", parts.collect::<Vec<_>>().join("; "))
}

fn label_of(field: &str) -> &'static str {
    match field {
        "q" => "Words",
        "from" => "From",
        "to" => "To",
        "zone" => "Time zone",
        "purpose" => "Purpose",
        "country" => "Country",
        "service" => "Service",
        "operation" => "Operation",
        "older" | "newer" => "Page",
        _ => "Address",
    }
}
