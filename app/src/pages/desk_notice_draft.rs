//! `/desk/notices/drafts/{id}`: a notice as customers will read it, before somebody else issues it.

use domain::{Timestamp, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{CustomerLine, NoticeDraftFile};

use super::{desk_notice_new::breadcrumb, desk_notices::to_whom};
use crate::{
    components::{Done, FormProblem, Loaded, Statements},
    context::{PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] =
    &[("kept", "The notice is kept, and nobody is told yet. Somebody else looks at it and issues it.")];

#[component]
pub fn DeskNoticeDraftPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let session = context.session()?;
            let desk = session.notices().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let draft = desk.draft(id).await?.ok_or(PageError::NotFound)?;
            let customers = context.staff()?.customers().await?;
            let own = draft.made_by == session.signed_in.person();
            Ok::<_, PageError>(view_of(draft, &customers, own, context.store.now(), context.zone()))
        } />
    }
}

fn view_of(
    draft: NoticeDraftFile,
    customers: &[CustomerLine],
    own: bool,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView + use<> {
    let title = draft.content.title();
    let when = draft.made_at.map_or_else(String::new, |at| format!(" on {}", zone.long(at)));
    let written = format!("Written by {}{when}.", draft.made_by_name);
    let to = to_whom(&draft.to, customers);
    let asks = draft.content.ask().label();
    let until = draft.content.due_by(now).map(|due| {
        view! {
            <div>
                <dt>"In time until"</dt>
                <dd>{zone.long(due)} ", if it is issued now"</dd>
            </div>
        }
    });
    let again = paths::with_query(paths::DESK_NOTICE_NEW, &format!("draft={}", draft.id));
    let issue = if own {
        view! {
            <p class="hint">"You wrote it: somebody else in the role Legal or Publishing has to issue it."</p>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=paths::fill(paths::DESK_NOTICE_ISSUE, draft.id)>
                <button>"Issue it"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <Title text=format!("Draft: {title} · Vitrine") />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">"Draft: " {draft.content.kind().label().to_lowercase()}</p>
                <h1>{title}</h1>
                <p class="lede">{written} " " {to}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="draft" />
        <div class="actions">
            {issue}
            <a class="button quiet" href=again>
                "Change it"
            </a>
            <form method="post" action=paths::fill(paths::DESK_NOTICE_DISCARD, draft.id)>
                <button class="quiet">"Throw it away"</button>
            </form>
        </div>
        <section class="panel" aria-labelledby="preview">
            <h2 id="preview">"What customers will read"</h2>
            <p class="hint">"Each reads times in a zone of their own; you read them in " {zone.to_string()} "."</p>
            <Statements statements=draft.content.statements(now, zone) />
        </section>
        <section class="panel" aria-labelledby="asked">
            <h2 id="asked">"What it asks of them"</h2>
            <dl class="facts">
                <div>
                    <dt>"It says to them"</dt>
                    <dd>"“" {asks} "”"</dd>
                </div>
                {until}
                <div>
                    <dt>"It is owed by"</dt>
                    <dd>{draft.content.kind().source()}</dd>
                </div>
            </dl>
        </section>
    }
}
