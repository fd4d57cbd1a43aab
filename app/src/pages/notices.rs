//! `/portal/notices`: what the customer is owed to know, what of it waits, and how soon it was told.

use domain::{
    FieldProblem, Timestamp, Zone,
    notice::{NoticeFilter, NoticeKind, NoticeListView, PromptnessReport},
    statistics::grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{NoticeLine, NoticePage};

use crate::{
    access_line::moment,
    components::{Choice, Downloads, LeftOut, Loaded},
    context::{PageContext, PageError},
    notice_line::{asked, time_left, unread, waiting},
    paths,
    promptness::{spread, times},
};

/// Of those that wait, as many as a reader takes in; the list of all has the others.
const MOST_WAITING: i64 = 20;

#[component]
pub fn NoticesPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Notices · Vitrine" />
        <Loaded load=async move {
            let notices = context.member()?.notices;
            let (view, problems) = NoticeListView::from_query(&context.query);
            // What waits stands above everything, and isn't in the way of who looks for something else.
            let pending = if view == NoticeListView::default() { notices.pending(MOST_WAITING).await? } else { Vec::new() };
            let page = notices.page(&view.filter, view.before).await?;
            let report = PromptnessReport::for_customer(&notices.handled().await?);
            Ok::<_, PageError>(view_of(view, problems, (pending, context.notices_waiting), page, report, context.store.now(), zone))
        } />
    }
}

fn view_of(
    view: NoticeListView,
    problems: Vec<FieldProblem>,
    (pending, pending_in_all): (Vec<NoticeLine>, i64),
    page: NoticePage,
    report: PromptnessReport,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView {
    let NoticeListView { filter, before } = view;
    let query = filter.to_query();
    let newest = before.map(|_| paths::with_query(paths::NOTICES, &query));
    let older = page.older.map(|place| {
        let view = NoticeListView { filter: filter.clone(), before: Some(place) };
        paths::with_query(paths::NOTICES, &view.to_query())
    });
    let caption = match (filter.is_empty(), before) {
        (true, None) => "Every notice, the newest first",
        (true, Some(_)) => "Notices, continued",
        (false, None) => "The notices that match your filters, the newest first",
        (false, Some(_)) => "The notices that match your filters, continued",
    };
    let waiting = (!pending.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="waiting">
                <h2 id="waiting">"Waiting for you"</h2>
                {waiting(&pending, pending_in_all, now, zone)}
            </section>
        }
    });
    let heading = waiting.is_some().then(|| view! { <h2>"All notices"</h2> });
    let table = if page.lines.is_empty() {
        nothing_found(filter.is_empty()).into_any()
    } else {
        let rows = page.lines.iter().map(|line| row(line, now, zone)).collect_view();
        view! {
            <table class="records" role="table">
                <caption>{format!("{caption}. Times in {zone}.")}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Issued"</th>
                        <th role="columnheader" scope="col">"Notice"</th>
                        <th role="columnheader" scope="col">"Asked of you"</th>
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
                <h1>"Notices"</h1>
                <p class="lede">
                    "What the provider must tell you: demands of authorities for your data, breaches, and changes before they come. Nothing of it can be changed or taken back."
                </p>
            </div>
            <Downloads
                label="Download this view"
                files=vec![(paths::NOTICES_CSV, "CSV"), (paths::NOTICES_JSON, "JSON"), (paths::NOTICES_NDJSON, "NDJSON")]
                query
            />
        </div>
        {waiting}
        <section aria-label="All notices">
            {heading}
            <Filters filter problems />
            {table}
        <nav class="pager" aria-label="Pages">
            {newest.map(|address| view! { <a href=address rel="prev">"Newest"</a> })}
            {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
        </nav>
        </section>
        {promptness(report)}
    }
}

fn nothing_found(everything: bool) -> impl IntoView {
    if everything {
        view! { <p class="empty">"You have had no notice. When the provider issues one, it stands here."</p> }
            .into_any()
    } else {
        view! {
            <p class="empty">
                "No notice matches these filters. " <a href=paths::NOTICES>"Show every notice"</a> "."
            </p>
        }
        .into_any()
    }
}

fn row(line: &NoticeLine, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let notice = &line.notice;
    let state = match &line.acknowledged {
        Some((at, by)) => view! {
            <span class="tag good">"Acknowledged"</span>
            <span class="sub">{by.clone()} ", " {moment(*at, zone)}</span>
        }
        .into_any(),
        None => view! { <span class="tags"><span class="tag warn">"Waiting"</span> {time_left(notice, now)}</span> }
            .into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="Issued" class="when">
                {moment(notice.issued_at, zone)}
            </td>
            <td role="cell" data-label="Notice">
                <span class="tags">
                    <a href=paths::notice(notice.sequence)>{notice.content.title()}</a> {unread(line)}
                </span>
                <span class="sub">{notice.content.kind().label()}</span>
            </td>
            <td role="cell" data-label="Asked">{asked(notice, now, zone)}</td>
            <td role="cell" data-label="State">{state}</td>
        </tr>
    }
}

#[component]
fn Filters(filter: NoticeFilter, problems: Vec<FieldProblem>) -> impl IntoView {
    let owned = |(code, label): (&str, &str)| (code.to_owned(), label.to_owned());
    let kinds = NoticeKind::ALL.iter().map(|kind| owned((kind.code(), kind.label()))).collect();
    let states = NoticeFilter::states().into_iter().map(owned).collect();
    let told = (!filter.is_empty()).then(|| view! { <p class="print-only">{told(&filter)}</p> });
    let cleared = (!filter.is_empty()).then(|| view! { <a class="clear" href=paths::NOTICES>"Clear filters"</a> });
    view! {
        <LeftOut problems label_of />
        <form class="filters" method="get" action=paths::NOTICES role="search" aria-label="Filter the notices">
            <div class="field wide">
                <label for="q">"Words"</label>
                <input id="q" name="q" type="search" value=filter.text.clone() placeholder="Authority, name or what happened" />
            </div>
            <Choice name="kind" label="Kind" none="Every kind" chosen=filter.kind.map(|kind| kind.code().to_owned()) options=kinds />
            <Choice name="state" label="State" none="Every state" chosen=filter.state().map(str::to_owned) options=states />
            <div class="actions">
                <button>"Apply"</button>
                {cleared}
            </div>
        </form>
        {told}
    }
}

/// The filters in words: on paper there is no form to read them from.
fn told(filter: &NoticeFilter) -> String {
    let state = filter.pending.map(|pending| if pending { "waiting" } else { "acknowledged" });
    let parts = [
        ("q", Some(filter.text.clone()).filter(|text| !text.is_empty())),
        ("kind", filter.kind.map(|kind| kind.label().to_owned())),
        ("state", state.map(str::to_owned)),
    ];
    let parts = parts.into_iter().filter_map(|(field, value)| Some(format!("{}: {}", label_of(field), value?)));
    format!("Filters. {}", parts.collect::<Vec<_>>().join("; "))
}

fn label_of(field: &str) -> &'static str {
    match field {
        "q" => "Words",
        "kind" => "Kind",
        "state" => "State",
        "before" => "Page",
        _ => "Address",
    }
}

/// How soon this customer was told of demands; nothing where there was none.
fn promptness(report: PromptnessReport) -> Option<impl IntoView> {
    let sentences = sentences(&report)?;
    let sentences = sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view();
    Some(view! {
        <section class="panel" aria-labelledby="promptness">
            <h2 id="promptness">"How soon you were told"</h2>
            {sentences}
        </section>
    })
}

fn sentences(report: &PromptnessReport) -> Option<Vec<String>> {
    let all = report.all?;
    let first = match all.count {
        1 => "The provider told you of one demand for data of yours,".to_owned(),
        many => format!("The provider told you of {} demands for data of yours:", grouped(many as u64)),
    };
    let first = format!("{first} {}.", spread(&all));
    let second = match (report.without_order, report.with_order) {
        (None, _) if all.count == 1 => "An order not to tell you delayed that.".to_owned(),
        (_, None) if all.count == 1 => "No order delayed that.".to_owned(),
        (None, _) => "Orders not to tell you delayed every one of them.".to_owned(),
        (_, None) => "No order delayed any of them.".to_owned(),
        (Some(without), Some(with)) => {
            let without = format!("Without an order not to tell you, {}: {}.", times(without.count), spread(&without));
            return Some(vec![first, without, format!("With one, {}: {}.", times(with.count), spread(&with))]);
        }
    };
    Some(vec![first, second])
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::notice::Handled;

    use super::*;

    fn told(hours: &[(i64, bool)]) -> Option<String> {
        let received = Timestamp::parse("2026-03-01T10:00:00Z").unwrap();
        let handled = hours.iter().map(|(hours, delayed_by_order)| Handled {
            received,
            notified: received.plus(TimeDelta::hours(*hours)),
            delayed_by_order: *delayed_by_order,
        });
        let report = PromptnessReport::for_customer(&handled.collect::<Vec<_>>());
        sentences(&report).map(|sentences| sentences.join("\n"))
    }

    #[test]
    fn how_soon_we_were_told_is_said_in_sentences() {
        assert_eq!(told(&[]), None);
        assert_eq!(
            told(&[(3, false)]).unwrap(),
            "The provider told you of one demand for data of yours, within 3 hours of receiving it.\nNo order delayed that."
        );
        insta::assert_snapshot!(told(&[(3, false), (30, false), (900, true)]).unwrap(), @r"
        The provider told you of 3 demands for data of yours: half of them within 30 hours of receiving them, and all within 38 days.
        Without an order not to tell you, 2 times: half of them within 3 hours of receiving them, and all within 30 hours.
        With one, once: within 38 days of receiving it.
        ");
        let many = (1..=40).map(|hours| (hours, true)).collect::<Vec<_>>();
        insta::assert_snapshot!(told(&many).unwrap(), @r"
        The provider told you of 40 demands for data of yours: half of them within 20 hours of receiving them, and 95 of 100 within 38 hours.
        Orders not to tell you delayed every one of them.
        ");
    }
}
