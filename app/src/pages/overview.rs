//! `/portal`: what happened lately, at a glance.

use domain::{
    Timestamp, Zone,
    access::AccessRecord,
    filter::{AccessFilter, AccessView},
    grant::GrantState,
    statistics::grouped,
    terms::{TermsOn, Transfer},
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{GrantView, Member, NoticeLine, Overview};

use super::{approvals, exceptions};
use crate::{
    access_line::{AccessTable, lines},
    components::{DataRow, DataTable, Loaded},
    context::{PageContext, PageError},
    notice_line::waiting,
    paths,
    term_parts::flagged,
};

/// The days that the overview looks back on.
const DAYS: u32 = 30;
/// Accesses shown of the newest.
const NEWEST: usize = 5;
/// Notices shown of those that wait.
const MOST_URGENT: i64 = 3;
/// Requests for access shown of those that wait.
const MOST_REQUESTS: usize = 3;

#[component]
pub fn OverviewPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Overview · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let zone = member.zone;
            // The record counts days in UTC.
            let now = context.store.now();
            let overview = member.records.overview(now.day(), DAYS).await?;
            let mut newest = member.records.page(&AccessView::default()).await?.records;
            newest.truncate(NEWEST);
            let approvals = approvals_that_wait(&member, context.approvals_waiting, now).await?;
            let notices = member.notices.pending(MOST_URGENT).await?;
            let notices = notices_that_wait(&notices, context.notices_waiting, now, zone);
            let findings = findings_line(member.findings.found().await?.open.len());
            let terms = member.terms.on(zone.day(now)).await?;
            let transfers = transfers_line(&terms);
            let waiting = (approvals, notices, findings);
            Ok::<_, PageError>(overview_of(member, overview, newest, waiting, transfers, zone))
        } />
    }
}

/// What was accessed otherwise than granted, and the newest requests that wait for a decision or a review.
async fn approvals_that_wait(member: &Member, in_all: i64, now: Timestamp) -> Result<impl IntoView + use<>, PageError> {
    let exceptions = member.grants.count_exceptions().await?;
    let exceptions = (exceptions > 0).then(|| {
        view! {
            <p class="notice bad">
                <a href=paths::EXCEPTIONS>{exceptions::counted(exceptions)}</a> "."
            </p>
        }
    });
    let waiting = if in_all == 0 { Vec::new() } else { member.grants.page(None).await?.grants };
    let may_decide = !waiting.is_empty() && member.grants.may_decide().await?;
    let waits =
        |grant: &GrantView| matches!(grant.state, GrantState::Waiting(_)) || grant.state.facts().awaits_review();
    let waiting = waiting.into_iter().flatten().filter(waits).take(MOST_REQUESTS).collect::<Vec<_>>();
    let more = in_all - waiting.len() as i64;
    let requests = (!waiting.is_empty()).then(|| {
        let lines = waiting.iter().map(|grant| approvals::request(grant, may_decide, now, member.zone)).collect_view();
        let more = (more > 0).then(|| view! { <p><a href=paths::APPROVALS>{format!("And {more} more")}</a></p> });
        view! {
            <section class="panel" aria-labelledby="approvals">
                <h2 id="approvals">"Access that waits for you"</h2>
                <ul class="lines">{lines}</ul>
                {more}
            </section>
        }
    });
    Ok(view! { {exceptions} {requests} })
}

fn notices_that_wait(notices: &[NoticeLine], in_all: i64, now: Timestamp, zone: Zone) -> Option<impl IntoView + use<>> {
    (!notices.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="notices">
                <h2 id="notices">"Notices that wait for you"</h2>
                {waiting(notices, in_all, now, zone)}
            </section>
        }
    })
}

/// How much stands out in the record that nobody has looked at.
fn findings_line(open: usize) -> impl IntoView + use<> {
    let (class, state) = match open {
        0 => ("tag good", "nothing new".to_owned()),
        1 => ("tag warn", "1 to look at".to_owned()),
        many => ("tag warn", format!("{many} to look at")),
    };
    view! {
        <section class="panel" aria-labelledby="findings">
            <h2 id="findings">"What stands out"</h2>
            <p>
                <a href=paths::FINDINGS>"Findings"</a> " " <span class=class>{state}</span>
            </p>
            <p>
                <a href=paths::SUMMARIES>"Monthly summaries"</a>
            </p>
        </section>
    }
}

/// How many transfers there are, and whether all may go on.
fn transfers_line(terms: &TermsOn) -> impl IntoView + use<> {
    let transfers = terms.of::<Transfer>().count();
    let (class, state) = match (transfers, flagged(terms).len()) {
        (0, 0) => ("tag", "none recorded".to_owned()),
        (_, 0) => ("tag good", "all in force".to_owned()),
        (_, 1) => ("tag bad", "1 rests on no valid mechanism".to_owned()),
        (_, many) => ("tag bad", format!("{many} rest on no valid mechanism")),
    };
    view! {
        <section class="panel" aria-labelledby="transfers">
            <h2 id="transfers">"Where your data goes"</h2>
            <p>
                <a href=paths::TRANSFERS>"Transfers: " {transfers}</a> " " <span class=class>{state}</span>
            </p>
        </section>
    }
}

fn overview_of(
    member: Member,
    overview: Overview,
    newest: Vec<AccessRecord>,
    (approvals, notices, findings): (impl IntoView, impl IntoView, impl IntoView),
    transfers: impl IntoView,
    zone: Zone,
) -> impl IntoView {
    let recent = overview.days.iter().map(|(_, accesses)| accesses).sum::<i64>();
    let lede = match (overview.total, recent) {
        (0, _) => "No access to your data has been recorded.".to_owned(),
        (_, 0) => format!("Nobody at the provider accessed your data in the last {DAYS} days."),
        (_, 1) => format!("Your data was accessed once in the last {DAYS} days."),
        (_, many) => format!("Your data was accessed {} times in the last {DAYS} days.", count(many)),
    };
    let first_day = overview.days.first().map(|(day, _)| *day);
    let link = |change: &dyn Fn(&mut AccessFilter)| {
        let mut filter = AccessFilter { from: first_day, ..AccessFilter::default() };
        change(&mut filter);
        paths::with_query(paths::ACCESS, &filter.to_query())
    };
    let row = |label: &str, address: String, accesses: i64| -> DataRow {
        (view! { <a href=address>{label.to_owned()}</a> }.into_any(), vec![count(accesses)])
    };
    let purposes = overview
        .purposes
        .iter()
        .map(|of| row(of.purpose.label(), link(&|filter| filter.purpose = Some(of.purpose)), of.accesses))
        .collect();
    let countries = overview
        .countries
        .iter()
        .map(|(country, accesses)| row(country.name(), link(&|filter| filter.country = Some(*country)), *accesses))
        .collect();
    let newest = (!newest.is_empty()).then(|| {
        view! {
            <section class="panel">
                <h2>"The newest accesses"</h2>
                <AccessTable caption="The newest accesses to your data" zone=zone.to_string() body=lines(&newest, zone) />
                <p>
                    <a href=paths::ACCESS>"The whole record"</a>
                </p>
            </section>
        }
    });
    let figures = (recent > 0).then(|| {
        view! {
            <div class="split">
                <section class="panel">
                    <h2>"Why"</h2>
                    <DataTable
                        caption=format!("Accesses in the last {DAYS} days by purpose")
                        heads=vec!["Purpose", "Accesses"]
                        rows=purposes
                    />
                </section>
                <section class="panel">
                    <h2>"From where"</h2>
                    <DataTable
                        caption=format!("Accesses in the last {DAYS} days by the country of the accessor’s office")
                        heads=vec!["Country", "Accesses"]
                        rows=countries
                    />
                </section>
            </div>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <p class="eyebrow">{member.records.customer().display_name.clone()}</p>
                <h1>"Who looked at your data"</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        {approvals}
        {notices}
        <dl class="stats">
            <div class="stat">
                <dt class="stat-label">"Accesses in the whole record"</dt>
                <dd class="stat-value">{count(overview.total)}</dd>
            </div>
            <div class="stat">
                <dt class="stat-label">"In the last " {DAYS} " days"</dt>
                <dd class="stat-value">{count(recent)}</dd>
            </div>
            <div class="stat">
                <dt class="stat-label">"Today (UTC)"</dt>
                <dd class="stat-value">{count(overview.days.last().map_or(0, |(_, accesses)| *accesses))}</dd>
            </div>
            <div class="stat">
                <dt class="stat-label">"Countries they worked from"</dt>
                <dd class="stat-value">{overview.countries.len()}</dd>
            </div>
        </dl>
        <Days days=overview.days />
        {figures}
        {newest}
        {findings}
        {transfers}
    }
}

/// `12,345`
fn count(accesses: i64) -> String {
    grouped(accesses.unsigned_abs())
}

/// A bar a day. Its title says the figures that it shows.
#[component]
fn Days(days: Vec<(chrono::NaiveDate, i64)>) -> impl IntoView {
    const HEIGHT: i64 = 80;
    let most = days.iter().map(|(_, accesses)| *accesses).max().unwrap_or(0).max(1);
    let busiest = days.iter().max_by_key(|(_, accesses)| *accesses);
    let Some((day, accesses)) = busiest.filter(|(_, accesses)| *accesses > 0).copied() else { return ().into_any() };
    let sentence = format!("The busiest day was {} with {accesses} accesses.", day.format("%-d %B %Y"));
    let end = |day: Option<&(chrono::NaiveDate, i64)>| day.map(|(day, _)| day.format("%-d %B").to_string());
    let ends = [end(days.first()), end(days.last())].map(|end| view! { <span>{end}</span> });
    let width = days.len() * 10;
    let bars = days
        .iter()
        .enumerate()
        .map(|(place, (day, accesses))| {
            let height = accesses * HEIGHT / most;
            view! {
                <rect class="bar" x=place * 10 + 1 y=HEIGHT - height width="8" height=height>
                    <title>{format!("{}: {accesses}", day.format("%-d %B"))}</title>
                </rect>
            }
        })
        .collect_view();
    view! {
        <figure class="bars">
            <svg viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=sentence.clone()>
                {bars}
            </svg>
            <p class="ends" aria-hidden="true">
                {ends.collect_view()}
            </p>
            <figcaption>"Accesses a day in the last " {days.len()} " days, each a day in UTC. " {sentence}</figcaption>
        </figure>
    }
    .into_any()
}
