//! `/desk/inquiries`: what customers ask and dispute about accesses.

use chrono::TimeDelta;
use domain::{InquiryId, Timestamp, Zone, inquiry::AnswerPromptness};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::DeskInquiry;

use crate::{
    access_line::moment,
    components::Loaded,
    context::{PageContext, PageError},
    inquiry_line::{LAST_YEAR, MEASURED_DAYS, promptness, promptness_section, state, title},
    paths,
};

#[component]
pub fn DeskInquiriesPage() -> impl IntoView {
    let context = PageContext::current();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Inquiries · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.inquiries().map_err(|_| PageError::NotFound)?;
            let before = match before.as_deref() {
                Some(text) => Some(text.parse::<InquiryId>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let (now, zone) = (context.store.now(), context.zone());
            let (page, older) = desk.page(before).await?;
            let work = if before.is_some() {
                None
            } else {
                let waits = desk.waits(now.minus(TimeDelta::days(MEASURED_DAYS))).await?;
                let figures = AnswerPromptness::of(&waits, now);
                let told = promptness_section(promptness(context.answer_promise, &figures, "Customers were answered", LAST_YEAR));
                Some((waiting(desk.waiting().await?, now, zone), told))
            };
            Ok::<_, PageError>(view_of(work, table(page, older, before.is_some(), now, zone)))
        } />
    }
}

fn view_of(work: Option<(impl IntoView, impl IntoView)>, table: impl IntoView) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"Inquiries"</h1>
                <p class="lede">
                    "What customers ask and dispute about accesses. You read what a customer shows with its question, and nothing else of its record."
                </p>
            </div>
        </div>
        {work}
        {table}
    }
}

/// What waits, what is due first.
fn waiting(inquiries: Vec<DeskInquiry>, now: Timestamp, zone: Zone) -> impl IntoView {
    let none = inquiries.is_empty().then(|| view! { <p class="empty">"No customer waits for an answer."</p> });
    let lines = inquiries
        .into_iter()
        .map(|DeskInquiry { customer, line }| {
            let since = line.state.waits.map(|(since, _)| format!(" waits since {}.", zone.long(since)));
            view! {
                <li>
                    <p>
                        <strong>{title(&line, zone)}</strong>
                        <span class="sub">{customer.display_name.clone()} {since}</span>
                        {state(&line, now, zone)}
                    </p>
                    <a class="button quiet" href=paths::fill(paths::DESK_INQUIRY, line.id)>
                        {if line.state.disputed { "Decide" } else { "Answer" }}
                        <span class="visually-hidden">" " {customer.display_name}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="waiting">
            <h2 id="waiting">"Customers wait for an answer"</h2>
            {none}
            <ul class="lines">{lines}</ul>
        </section>
    }
}

fn table(
    inquiries: Vec<DeskInquiry>,
    older: Option<InquiryId>,
    continued: bool,
    now: Timestamp,
    zone: Zone,
) -> AnyView {
    if inquiries.is_empty() && !continued {
        return ().into_any();
    }
    let older = older.map(|before| paths::with_query(paths::DESK_INQUIRIES, &format!("before={before}")));
    let rows = inquiries
        .into_iter()
        .map(|DeskInquiry { customer, line }| {
            view! {
                <tr role="row">
                    <td role="cell" data-label="Asked" class="when">{moment(line.opened_at, zone)}</td>
                    <td role="cell" data-label="Customer">{customer.display_name}</td>
                    <td role="cell" data-label="About">
                        <a href=paths::fill(paths::DESK_INQUIRY, line.id)>{title(&line, zone)}</a>
                    </td>
                    <td role="cell" data-label="State">{state(&line, now, zone)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="all">
            <h2 id="all">"All"</h2>
            <table class="records" role="table">
                <caption>"The newest first " <span class="sub">{format!("Times in {zone}")}</span></caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Asked"</th>
                        <th role="columnheader" scope="col">"Customer"</th>
                        <th role="columnheader" scope="col">"About"</th>
                        <th role="columnheader" scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <nav class="pager" aria-label="Pages">
                {continued.then(|| view! { <a href=paths::DESK_INQUIRIES rel="prev">"Newest"</a> })}
                {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
            </nav>
        </section>
    }
    .into_any()
}
