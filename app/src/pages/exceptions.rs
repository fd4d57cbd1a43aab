//! `/portal/approvals/exceptions`: accesses that were not made as they were granted.

use domain::{Zone, access::AccessEvent, grant::AccessException};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::ExceptionPage;

use crate::{
    access_line::stated,
    components::Loaded,
    context::{PageContext, PageError},
    grant_line::breaches,
    paths,
};

#[component]
pub fn ExceptionsPage() -> impl IntoView {
    let context = PageContext::current();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Exceptions · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let before = match before.as_deref() {
                Some(text) => Some(paths::place(text).ok_or(PageError::NotFound)?),
                None => None,
            };
            let in_all = member.grants.count_exceptions().await?;
            let page = member.grants.exceptions(before).await?;
            Ok::<_, PageError>(view_of(page, in_all, before.is_some(), member.zone))
        } />
    }
}

fn view_of(page: ExceptionPage, in_all: i64, continued: bool, zone: Zone) -> impl IntoView {
    let ExceptionPage { exceptions, older } = page;
    let older = older.map(|before| paths::with_query(paths::EXCEPTIONS, &format!("before={before}")));
    let none = exceptions.is_empty().then(|| {
        view! { <p class="empty">"Every access that was held against a grant was made as it was granted."</p> }
    });
    let lines = exceptions.iter().map(|(exception, event)| line(exception, event, zone)).collect_view();
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::APPROVALS>"Approvals"</a>
        </nav>
        <div class="page-head">
            <div>
                <h1>"Exceptions"</h1>
                <p class="lede">{counted(in_all)} ". They are stored with what they broke, and nobody can take them away."</p>
            </div>
        </div>
        <section aria-label="Exceptions">
            {none}
            <ul class="lines">{lines}</ul>
            <nav class="pager" aria-label="Pages">
                {continued.then(|| view! { <a href=paths::EXCEPTIONS rel="prev">"Newest"</a> })}
                {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
            </nav>
        </section>
    }
}

/// How many there are, as a sentence without its full stop.
/// How many there are, as mail says it too.
pub fn counted(exceptions: i64) -> String {
    match exceptions {
        0 => "No access was made otherwise than it was granted".to_owned(),
        1 => "1 access was not made as it was granted".to_owned(),
        many => {
            format!("{} accesses were not made as they were granted", domain::statistics::grouped(many.unsigned_abs()))
        }
    }
}

/// One of them, with what it broke.
pub(super) fn line(exception: &AccessException, event: &AccessEvent, zone: Zone) -> impl IntoView + use<> {
    let role = stated(event.accessor.role.as_deref(), "Role not stated");
    let about = format!("{role}, {}, {}", event.service, zone.long(event.started_at));
    view! {
        <li>
            <div>
                <p>
                    <a href=paths::access_record(exception.sequence)>"Record " {exception.sequence}</a>
                    <span class="sub">{about}</span>
                    <span class="sub">{stated(event.justification.as_deref(), "No reason in words stated")}</span>
                </p>
                {breaches(exception)}
            </div>
        </li>
    }
}
