//! `/portal/approvals`: who asks for access to this customer's data, what became of it, and what was accessed otherwise.

use domain::{
    Timestamp, Zone,
    grant::{GrantState, Side},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{ExceptionPage, GrantCounts, GrantPage, GrantPosition, GrantView, UnreadableGrant};

use super::exceptions;
use crate::{
    access_line::moment,
    components::{Interactive, Loaded},
    context::{PageContext, PageError},
    grant_line::{missing, status, title, waiting, wanted},
    islands::live_requests::LiveRequests,
    paths,
};

/// Exceptions shown of the newest; they have a page of their own.
const MOST_EXCEPTIONS: usize = 3;

#[component]
pub fn ApprovalsPage() -> impl IntoView {
    let context = PageContext::current();
    let after = use_query_map().read_untracked().get("after");
    view! {
        <Title text="Approvals · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let after = match after {
                Some(text) => Some(text.parse::<GrantPosition>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let (now, zone) = (context.store.now(), member.zone);
            // Before the page is read: what comes between is told of, and shown too.
            let counts = member.grants.counts().await?;
            let page = member.grants.page(after).await?;
            let work = if after.is_some() {
                None
            } else {
                let in_all = member.grants.count_exceptions().await?;
                let newest = if in_all == 0 { ExceptionPage::default() } else { member.grants.exceptions(None).await? };
                let may_decide = member.grants.may_decide().await?;
                Some((exceptions_panel(newest, in_all, zone), may_decide))
            };
            Ok::<_, PageError>(view_of(work, page, counts, now, zone))
        } />
    }
}

fn view_of(
    first: Option<(impl IntoView + 'static, bool)>,
    page: GrantPage,
    counts: GrantCounts,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView {
    let GrantPage { grants, next } = page;
    let shown = format!("asked={}&waiting={}", counts.asked, counts.waiting);
    let live = paths::with_query(paths::APPROVALS_LIVE, &shown);
    let next = next.map(|after| paths::with_query(paths::APPROVALS, &format!("after={after}")));
    let (mut waiting, mut to_review, mut in_force, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for grant in grants {
        match grant {
            Ok(grant) if matches!(grant.state, GrantState::Waiting(_)) => waiting.push(grant),
            Ok(grant) if grant.state.facts().awaits_review() => to_review.push(grant),
            Ok(grant) if matches!(grant.state, GrantState::Granted(_)) => in_force.push(Ok(grant)),
            other => others.push(other),
        }
    }
    let continued = first.is_none();
    let (exceptions, may_decide) = first.unzip();
    let waiting = (!continued || !waiting.is_empty()).then(|| waiting_section(&waiting, may_decide, now, zone));
    let to_review = (!to_review.is_empty()).then(|| review_section(&to_review, may_decide, now, zone));
    let in_force = (!in_force.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="in-force">
                <h2 id="in-force">"In force now"</h2>
                <p>"Access may be had by these until the time that each says. Open one to revoke it."</p>
                {table(&in_force, zone)}
            </section>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Approvals"</h1>
                <p class="lede">
                    "Who asks for access to your data before it is accessed: you approve, approve for less, deny or ask first. What nobody decides in time expires."
                </p>
            </div>
            <p class="actions">
                <a href=paths::APPROVAL_POLICY>"Who decides"</a>
            </p>
        </div>
        <Interactive />
        <LiveRequests address=live />
        {exceptions}
        {to_review}
        {waiting}
        {in_force}
        <section class="panel" aria-labelledby="over">
            <h2 id="over">"Over"</h2>
            {table(&others, zone)}
            <nav class="pager" aria-label="Pages">
                {continued.then(|| view! { <a href=paths::APPROVALS rel="prev">"Newest"</a> })}
                {next.map(|address| view! { <a href=address rel="next">"Older"</a> })}
            </nav>
        </section>
    }
}

/// What was accessed otherwise than granted stands above everything.
fn exceptions_panel(page: ExceptionPage, in_all: i64, zone: Zone) -> Option<impl IntoView + use<>> {
    (in_all > 0).then(|| {
        let newest = page
            .exceptions
            .iter()
            .take(MOST_EXCEPTIONS)
            .map(|(exception, event)| exceptions::line(exception, event, zone).into_any());
        let newest = newest.collect_view();
        view! {
            <section class="notice bad" aria-labelledby="exceptions">
                <h2 id="exceptions">{exceptions::counted(in_all)}</h2>
                <ul class="lines">{newest}</ul>
                <p>
                    <a href=paths::EXCEPTIONS>"All exceptions"</a>
                    ". None of them can be taken away. You can ask about each, or dispute it, on its own page."
                </p>
            </section>
        }
    })
}

fn waiting_section(
    waiting: &[GrantView],
    may_decide: Option<bool>,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView + use<> {
    let none = waiting.is_empty().then(|| view! { <p class="empty">"Nobody waits for your decision."</p> });
    let others = (may_decide == Some(false) && !waiting.is_empty()).then(|| {
        view! { <p>"You read this. Owners and approvers of your organisation decide, and whom your policy names."</p> }
    });
    let requests = waiting.iter().map(|grant| request(grant, may_decide == Some(true), now, zone)).collect_view();
    view! {
        <section class="panel" aria-labelledby="waiting">
            <h2 id="waiting">"Waiting for a decision"</h2>
            {none}
            {others}
            <ul class="lines">{requests}</ul>
        </section>
    }
}

fn review_section(
    to_review: &[GrantView],
    may_decide: Option<bool>,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView + use<> {
    let requests = to_review.iter().map(|grant| request(grant, may_decide == Some(true), now, zone)).collect_view();
    view! {
        <section class="panel" aria-labelledby="to-review">
            <h2 id="to-review">"Granted without anybody’s approval"</h2>
            <p>"By your policy nobody had to approve these beforehand. Your organisation looks at each and says whether it was justified."</p>
            <ul class="lines">{requests}</ul>
        </section>
    }
}

/// A request that waits for a decision or a review, in sentences.
pub(super) fn request(grant: &GrantView, decides: bool, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let facts = grant.state.facts();
    let ticket = facts.request.ticket.as_ref().map(|ticket| format!(" The ticket is {ticket}."));
    let asked = format!("Asked on {}.", zone.long(facts.asked_at()));
    let act = match (decides, facts.awaits_review()) {
        (true, true) => "Review",
        (true, false) => "Decide",
        (false, _) => "Read",
    };
    let tags = match &grant.state {
        GrantState::Waiting(_) => waiting(&grant.state, now).into_any(),
        _ => status(&grant.state, Side::Customer).into_any(),
    };
    view! {
        <li>
            <p>
                <strong>{title(facts)}</strong>
                <span class="sub">{wanted(facts)}</span>
                <span class="sub">"“" {facts.request.justification.clone()} "”" {ticket}</span>
                <span class="sub">{asked} " " {missing(facts, Side::Customer)}</span>
            </p>
            {tags}
            <a class="button quiet" href=paths::fill(paths::APPROVAL, grant.id)>
                {act} <span class="visually-hidden">" " {title(facts)}</span>
            </a>
        </li>
    }
}

fn table(grants: &[Result<GrantView, UnreadableGrant>], zone: Zone) -> AnyView {
    if grants.is_empty() {
        return view! {
            <p class="empty">"Nothing yet. When the provider’s people or systems ask for access, it stands here at once."</p>
        }
        .into_any();
    }
    let rows = grants
        .iter()
        .map(|grant| match grant {
            Ok(grant) => row(grant, zone).into_any(),
            Err(unreadable) => self::unreadable(unreadable).into_any(),
        })
        .collect_view();
    view! {
        <table class="records" role="table">
            <caption>{format!("The newest first. Times in {zone}.")}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Asked"</th>
                    <th role="columnheader" scope="col">"Who"</th>
                    <th role="columnheader" scope="col">"What for"</th>
                    <th role="columnheader" scope="col">"State"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(grant: &GrantView, zone: Zone) -> impl IntoView + use<> {
    let facts = grant.state.facts();
    let until = match &grant.state {
        GrantState::Granted(granted) => Some(format!("Until {}", zone.long(granted.stage().until))),
        _ => None,
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="Asked" class="when">{moment(facts.asked_at(), zone)}</td>
            <td role="cell" data-label="Who">
                {facts.request.role.clone()} <span class="sub">{facts.request.employer.clone()}</span>
            </td>
            <td role="cell" data-label="What for">
                <a href=paths::fill(paths::APPROVAL, grant.id)>{title(facts)}</a>
                <span class="sub">{facts.request.justification.clone()}</span>
            </td>
            <td role="cell" data-label="State">
                {status(&grant.state, Side::Customer)} {until.map(|until| view! { <span class="sub">{until}</span> })}
            </td>
        </tr>
    }
}

/// A register that somebody tampered with.
pub(super) fn unreadable(unreadable: &UnreadableGrant) -> impl IntoView + use<> {
    view! {
        <tr role="row">
            <td role="cell" data-label="What for">
                <code>{unreadable.id.to_string()}</code>
            </td>
            <td role="cell" data-label="State">
                <span class="tag bad">"Can’t be read"</span>
                <span class="sub">"What is kept of it is not what was written: " {unreadable.reason.clone()} "."</span>
            </td>
        </tr>
    }
}
