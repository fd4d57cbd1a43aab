//! `/portal/inquiries`: what this organisation asked and disputed about accesses, and how soon it was answered.

use chrono::TimeDelta;
use domain::{Timestamp, Zone, inquiry::AnswerPromptness};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{InquiryLine, InquiryPage};

use crate::{
    access_line::{moment, stated},
    components::Loaded,
    context::{PageContext, PageError},
    inquiry_line::{LAST_YEAR, MEASURED_DAYS, promptness, promptness_section, state, title},
    paths,
};

#[component]
pub fn InquiriesPage() -> impl IntoView {
    let context = PageContext::current();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Inquiries · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let before = match before.as_deref() {
                Some(text) => Some(paths::place(text).ok_or(PageError::NotFound)?),
                None => None,
            };
            let now = context.store.now();
            let page = member.inquiries.page(before).await?;
            let waits = member.inquiries.waits(now.minus(TimeDelta::days(MEASURED_DAYS))).await?;
            let figures = AnswerPromptness::of(&waits, now);
            let told = promptness_section(promptness(context.answer_promise, &figures, "You were answered", LAST_YEAR));
            Ok::<_, PageError>(view_of(page, before.is_some(), told, now, member.zone))
        } />
    }
}

fn view_of(page: InquiryPage, continued: bool, told: impl IntoView, now: Timestamp, zone: Zone) -> impl IntoView {
    let InquiryPage { lines, older } = page;
    let older = older.map(|before| paths::with_query(paths::INQUIRIES, &format!("before={before}")));
    let table = if lines.is_empty() {
        view! {
            <p class="empty">
                "Your organisation has asked nothing yet. Each access in the " <a href=paths::ACCESS>"access record"</a>
                " has a form to ask about it or to dispute it."
            </p>
        }
        .into_any()
    } else {
        let rows = lines.iter().map(|line| row(line, now, zone)).collect_view();
        view! {
            <table class="records" role="table">
                <caption>"The newest first " <span class="sub">{format!("Times in {zone}")}</span></caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Asked"</th>
                        <th role="columnheader" scope="col">"About"</th>
                        <th role="columnheader" scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Inquiries"</h1>
                <p class="lede">"What your organisation asked and disputed about accesses, and what the provider answered."</p>
            </div>
        </div>
        <section aria-label="All inquiries">
            {table}
            <nav class="pager" aria-label="Pages">
                {continued.then(|| view! { <a href=paths::INQUIRIES rel="prev">"Newest"</a> })}
                {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
            </nav>
        </section>
        {told}
    }
}

fn row(line: &InquiryLine, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let unread = line.unread.then(|| view! { <span class="tag">"Unread"</span> });
    let event = &line.first.1;
    view! {
        <tr role="row">
            <td role="cell" data-label="Asked" class="when">
                {moment(line.opened_at, zone)}
            </td>
            <td role="cell" data-label="About">
                <span class="tags">
                    <a href=paths::fill(paths::INQUIRY, line.sequence)>{title(line, zone)}</a> {unread}
                </span>
                <span class="sub">{stated(event.accessor.role.as_deref(), "Role not stated")} ", " {event.service.clone()}</span>
            </td>
            <td role="cell" data-label="State">{state(line, now, zone)}</td>
        </tr>
    }
}
