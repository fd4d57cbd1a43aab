//! `/desk/demands`: what is due about lawful demands, and every demand. For the legal team alone.

use domain::{Timestamp, Zone, demand::Deadline};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{DemandFile, DemandPage, UnreadableDemand};

use crate::{
    access_line::moment,
    components::Loaded,
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn DemandsPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Demands · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.legal().map_err(|_| PageError::NotFound)?;
            let before = match before.as_deref() {
                Some(text) => Some(text.parse::<i64>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let (pending, page) = (desk.pending().await?, desk.page(before).await?);
            Ok::<_, PageError>(view_of(&pending, &page, before.is_some(), desk.now(), zone))
        } />
    }
}

/// A demand as a line names it.
pub fn name(file: &DemandFile) -> String {
    file.stage.case().intake().name()
}

/// Whether the demand is sealed, in a word.
pub fn seal(file: &DemandFile, now: Timestamp) -> Option<impl IntoView + use<>> {
    file.stage.case().is_sealed(now).then(|| view! { <span class="tag warn">"Sealed"</span> })
}

/// What is due, and how late it is in words.
pub fn due(deadline: &Deadline, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let overdue = deadline.is_overdue(now).then(|| view! { " " <span class="tag bad">"Overdue"</span> });
    view! { {moment(deadline.due, zone)} {overdue} }
}

/// What is known of a demand that can't be read.
fn unreadable(demand: &UnreadableDemand) -> impl IntoView + use<> {
    let name = demand.name.clone().unwrap_or_else(|| format!("The demand {}", demand.id));
    view! {
        <strong>{name}</strong>
        " "
        <span class="tag bad">"Can’t be read"</span>
        <span class="sub">{format!("{}: {}. Nothing of it goes out until it can.", demand.id, demand.reason)}</span>
    }
}

fn view_of(
    pending: &[Result<DemandFile, UnreadableDemand>],
    page: &DemandPage,
    continued: bool,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView + use<> {
    let mut board = pending
        .iter()
        .flatten()
        .flat_map(|file| file.stage.case().deadlines(now).into_iter().map(move |deadline| (deadline, file)))
        .collect::<Vec<_>>();
    board.sort_by_key(|(deadline, _)| *deadline);
    let lost = pending
        .iter()
        .filter_map(|demand| demand.as_ref().err())
        .map(|demand| view! { <div class="notice bad">{unreadable(demand)}</div> })
        .collect_view();
    let none = (board.is_empty() && pending.iter().all(Result::is_ok))
        .then(|| view! { <p class="empty">"Nothing is due."</p> });
    let deadlines = board
        .iter()
        .map(|(deadline, file)| {
            view! {
                <tr role="row">
                    <td role="cell" data-label="By when" class="when">{due(deadline, now, zone)}</td>
                    <td role="cell" data-label="What">{deadline.kind.label()}</td>
                    <td role="cell" data-label="Demand">
                        <a href=paths::fill(paths::DEMAND, file.id)>{name(file)}</a>
                        " "
                        {seal(file, now)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    let board = (!board.is_empty()).then(|| {
        view! {
            <table class="records" role="table">
                <caption>"What is due, the soonest first"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"By when"</th>
                        <th role="columnheader" scope="col">"What"</th>
                        <th role="columnheader" scope="col">"Demand"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{deadlines}</tbody>
            </table>
        }
    });
    let rows = page
        .demands
        .iter()
        .map(|demand| {
            let file = match demand {
                Ok(file) => file,
                Err(demand) => {
                    return view! { <tr role="row"><td role="cell" colspan="4">{unreadable(demand)}</td></tr> }
                        .into_any();
                }
            };
            let case = file.stage.case();
            let outcome = case.outcome().map(|outcome| view! { <span class="sub">{outcome.label()}</span> });
            view! {
                <tr role="row">
                    <td role="cell" data-label="Received" class="when">{moment(case.intake().received_at, zone)}</td>
                    <td role="cell" data-label="From">
                        <a href=paths::fill(paths::DEMAND, file.id)>{name(file)}</a>
                        <span class="sub">{case.intake().country.name()}</span>
                    </td>
                    <td role="cell" data-label="Process">
                        {case.process().label()} <span class="sub">{case.sought().labels()}</span>
                    </td>
                    <td role="cell" data-label="State">{case.status().label()} " " {seal(file, now)} {outcome}</td>
                </tr>
            }
            .into_any()
        })
        .collect_view();
    let nothing = page.demands.is_empty().then(|| view! { <p class="empty">"No demand is registered."</p> });
    let older = page.older.map(|before| paths::with_query(paths::DEMANDS, &format!("before={before}")));
    view! {
        <div class="page-head">
            <div>
                <h1>"Demands"</h1>
                <p class="lede">
                    "What authorities ask of customers’ data. Nobody but the legal team sees this page, and a demand under an order not to tell shows nowhere else until the order ends."
                </p>
            </div>
            <p>
                <a class="button" href=paths::DEMAND_NEW>"Register a demand"</a>
            </p>
        </div>
        {lost}
        {none}
        {board}
        <h2>"All demands"</h2>
        {nothing}
        <table class="records" role="table">
            <caption>
                {if continued { "Demands, continued" } else { "Demands, the newest first" }} " "
                <span class="sub">{format!("Times in {zone}")}</span>
            </caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Received"</th>
                    <th role="columnheader" scope="col">"From"</th>
                    <th role="columnheader" scope="col">"Process"</th>
                    <th role="columnheader" scope="col">"State"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <nav class="pager" aria-label="Pages">
            {continued.then(|| view! { <a href=paths::DEMANDS rel="prev">"Newest"</a> })}
            {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
        </nav>
    }
}
