//! `/desk/notices`: what customers wait for, what waits for a second person, and what was issued.

use std::collections::BTreeMap;

use domain::{CustomerId, NoticeId, Timestamp, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{CustomerLine, DeskNotice, NoticeDraftFile, ToWhom};

use crate::{
    access_line::moment,
    components::{Done, Loaded},
    context::{PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("issued", "The notice is issued: every customer that it goes to has it now."),
    ("discarded", "The draft is thrown away. Nobody was told."),
];

#[component]
pub fn DeskNoticesPage() -> impl IntoView {
    let context = PageContext::current();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Notices · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.notices().map_err(|_| PageError::NotFound)?;
            let before = match before.as_deref() {
                Some(text) => Some(text.parse::<NoticeId>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let (issued, older) = desk.issued(before).await?;
            let page = Issued { notices: issued, older, continued: before.is_some() };
            let work = if page.continued {
                None
            } else {
                Some((desk.waiting().await?, desk.drafts().await?, context.staff()?.customers().await?))
            };
            Ok::<_, PageError>(view_of(work, page, context.store.now(), context.zone()))
        } />
    }
}

/// A page of what was issued, the newest first.
struct Issued {
    notices: Vec<DeskNotice>,
    older: Option<NoticeId>,
    continued: bool,
}

type Work = (Vec<DeskNotice>, Vec<NoticeDraftFile>, Vec<CustomerLine>);

fn view_of(work: Option<Work>, issued: Issued, now: Timestamp, zone: Zone) -> impl IntoView {
    let work = work.map(|(waiting, drafts, customers)| {
        view! {
            {questions(waiting, zone)}
            {unissued(drafts, &customers, zone)}
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Notices"</h1>
                <p class="lede">
                    "What customers are owed to know. One person writes a notice, another issues it, and each customer can ask about it."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <p class="actions">
            <a class="button" href=paths::DESK_NOTICE_NEW>
                "Write a notice"
            </a>
        </p>
        {work}
        {table(issued, now, zone)}
    }
}

/// What customers wait for an answer to.
fn questions(waiting: Vec<DeskNotice>, zone: Zone) -> impl IntoView {
    let none = waiting.is_empty().then(|| view! { <p class="empty">"No customer waits for an answer."</p> });
    let lines = waiting
        .into_iter()
        .map(|DeskNotice { customer, notice, waits_since, .. }| {
            let since = waits_since.map_or_else(String::new, |at| format!(" waits since {}", zone.long(at)));
            let about = format!("{}{since}.", customer.display_name);
            view! {
                <li>
                    <p>
                        <strong>{notice.content.title()}</strong>
                        <span class="sub">{about}</span>
                    </p>
                    <a class="button quiet" href=paths::fill(paths::DESK_NOTICE, notice.id)>
                        "Answer"
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

/// Drafts that wait for a second person.
fn unissued(drafts: Vec<NoticeDraftFile>, customers: &[CustomerLine], zone: Zone) -> impl IntoView + use<> {
    let some = !drafts.is_empty();
    let lines = drafts
        .into_iter()
        .map(|draft| {
            let when = draft.made_at.map_or_else(String::new, |at| format!(" on {}", zone.long(at)));
            let about = format!("Written by {}{when}. {}", draft.made_by_name, to_whom(&draft.to, customers));
            let title = draft.content.title();
            view! {
                <li>
                    <p>
                        <strong>{title.clone()}</strong>
                        <span class="sub">{about}</span>
                    </p>
                    <a class="button quiet" href=paths::fill(paths::DESK_NOTICE_DRAFT, draft.id)>
                        "Look at it"
                        <span class="visually-hidden">": " {title}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    some.then(|| {
        view! {
            <section class="panel" aria-labelledby="drafts">
                <h2 id="drafts">"Drafts wait for a second person"</h2>
                <ul class="lines">{lines}</ul>
            </section>
        }
    })
}

/// To whom a draft goes, in a sentence: to how many, and whose names they are where they were chosen.
pub fn to_whom(to: &ToWhom, customers: &[CustomerLine]) -> String {
    const NAMED: usize = 10;
    let many = |count: usize| if count == 1 { "1 customer".to_owned() } else { format!("{count} customers") };
    match to {
        ToWhom::Everybody => format!("It goes to every customer: {} now.", many(customers.len())),
        ToWhom::These(chosen) => {
            let names: BTreeMap<CustomerId, &str> =
                customers.iter().map(|line| (line.customer.id, line.customer.display_name.as_str())).collect();
            let chosen = chosen.iter().filter_map(|id| names.get(id).copied()).collect::<Vec<_>>();
            let others = match chosen.len().saturating_sub(NAMED) {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            let named = chosen.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            format!("It goes to {}: {named}{others}.", many(chosen.len()))
        }
    }
}

fn table(issued: Issued, now: Timestamp, zone: Zone) -> AnyView {
    let Issued { notices, older, continued } = issued;
    if notices.is_empty() && !continued {
        return ().into_any();
    }
    let older = older.map(|before| paths::with_query(paths::DESK_NOTICES, &format!("before={before}")));
    let rows = notices.into_iter().map(|notice| row(notice, now, zone)).collect_view();
    let caption = if continued { "The older ones, continued" } else { "The newest first" };
    view! {
        <section class="panel" aria-labelledby="issued">
        <h2 id="issued">"Issued"</h2>
        <table class="records" role="table">
            <caption>{caption} " " <span class="sub">{format!("Times in {zone}")}</span></caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Issued"</th>
                    <th role="columnheader" scope="col">"Customer"</th>
                    <th role="columnheader" scope="col">"Notice"</th>
                    <th role="columnheader" scope="col">"State"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <nav class="pager" aria-label="Pages">
            {continued.then(|| view! { <a href=paths::DESK_NOTICES rel="prev">"Newest"</a> })}
            {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
        </nav>
        </section>
    }
    .into_any()
}

fn row(line: DeskNotice, now: Timestamp, zone: Zone) -> impl IntoView {
    let state = state(&line, now, zone);
    let DeskNotice { customer, notice, waits_since, .. } = line;
    let waits = waits_since.map(|_| view! { <span class="sub">"Waits for an answer"</span> });
    view! {
        <tr role="row">
            <td role="cell" data-label="Issued" class="when">
                {moment(notice.issued_at, zone)}
            </td>
            <td role="cell" data-label="Customer">{customer.display_name}</td>
            <td role="cell" data-label="Notice">
                <a href=paths::fill(paths::DESK_NOTICE, notice.id)>{notice.content.title()}</a>
                <span class="sub">{notice.content.kind().label()}</span>
            </td>
            <td role="cell" data-label="State">{state} {waits}</td>
        </tr>
    }
}

/// Whether a notice is acknowledged, and in time.
pub fn state(line: &DeskNotice, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let due = |at: Timestamp| format!("Due by {}", zone.long(at));
    let (class, word, more) = match (line.acknowledged_at, line.notice.due_at) {
        (Some(at), due) => {
            let late = if due.is_some_and(|due| at >= due) { ", late" } else { "" };
            ("tag good", "Acknowledged", Some(format!("On {}{late}", zone.long(at))))
        }
        (None, Some(at)) if at <= now => ("tag bad", "Overdue", Some(due(at))),
        (None, at) => ("tag warn", "Not acknowledged yet", at.map(due)),
    };
    let more = more.map(|more| view! { <span class="sub">{more}</span> });
    view! {
        <span class=class>{word}</span>
        {more}
    }
}
