//! `/portal/activity` and `/desk/activity`: who did what in the portal.

use domain::{Role, TrailEntry, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::TrailPage;

use crate::{
    access_line::moment,
    components::{Downloads, Loaded, OrganisationNav},
    context::{PageContext, PageError},
    device::device_label,
    paths,
};

#[component]
pub fn ActivityPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Activity · Vitrine" />
        <Loaded load=async move {
            let (roster, role) = context.organisation()?;
            let before = match before.as_deref() {
                Some(text) => Some(text.parse::<i64>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let page = roster.trail().page(before).await?;
            Ok::<_, PageError>(view_of(page, before.is_some(), role, zone))
        } />
    }
}

fn view_of(page: TrailPage, continued: bool, viewer: Role, zone: Zone) -> impl IntoView {
    let at = paths::organisation(viewer);
    let lede = if matches!(viewer, Role::Member(_)) {
        "Every sign-in of your people and whatever they did here, in order. Nothing of it can be changed or removed."
    } else {
        "Every sign-in of the provider’s people and whatever they did here, in order. Nothing of it can be changed or removed."
    };
    let older = page.older.map(|before| paths::with_query(at.activity, &format!("before={before}")));
    let rows = page.entries.iter().map(|entry| row(entry, zone)).collect_view();
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"Activity"</h1>
                <p class="lede">{lede}</p>
            </div>
            <Downloads
                label="Download the activity"
                files=vec![(at.activity_csv, "CSV"), (at.activity_json, "JSON"), (at.activity_ndjson, "NDJSON")]
                query=String::new()
            />
        </div>
        <table class="records" role="table">
            <caption>{if continued { "Activity, continued" } else { "Activity, the newest first" }} <span class="sub">{format!("Times in {zone}")}</span></caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"When"</th>
                    <th role="columnheader" scope="col">"Who"</th>
                    <th role="columnheader" scope="col">"What"</th>
                    <th role="columnheader" scope="col">"From where"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <nav class="pager" aria-label="Pages">
            {continued.then(|| view! { <a href=at.activity rel="prev">"Newest"</a> })}
            {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
        </nav>
    }
}

fn row(entry: &TrailEntry, zone: Zone) -> impl IntoView + use<> {
    let subject = (!entry.subject.is_empty()).then(|| view! { <span class="sub">{entry.subject.clone()}</span> });
    let address = (!entry.address.is_empty()).then(|| view! { <span class="sub">{entry.address.clone()}</span> });
    view! {
        <tr role="row">
            <td role="cell" data-label="When" class="when">
                {moment(entry.happened_at, zone)}
            </td>
            <td role="cell" data-label="Who">{entry.actor.clone()}</td>
            <td role="cell" data-label="What">{entry.act.label()} {subject}</td>
            <td role="cell" data-label="From where">{device_label(&entry.device)} {address}</td>
        </tr>
    }
}
