//! `/desk/terms/proposals/{id}`: what publishing would do, before somebody else publishes it.

use domain::{
    Timestamp, Zone,
    terms::{Effect, PlannedNotice, PublishedTerm, VersionProblem, difference},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::Proposal;

use super::{breadcrumb, whole};
use crate::{
    components::{Difference, Done, FormProblem, Loaded, Statements},
    context::{PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] =
    &[("proposed", "It is proposed. Nothing changed yet: somebody else looks at it and publishes it.")];

#[component]
pub fn DeskTermsProposalPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let session = context.session()?;
            let desk = session.terms().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let proposal = desk.proposal(id).await?.ok_or(PageError::NotFound)?;
            let plan = desk.plan(&proposal.versions).await?;
            let own = proposal.made_by == Some(session.signed_in.person());
            let published = desk.published().await?;
            Ok::<_, PageError>(view_of(proposal, plan, &published, own, context.store.now(), context.zone()))
        } />
    }
}

type Plan = (Vec<Effect>, Vec<VersionProblem>, Vec<(PlannedNotice, usize)>);

fn view_of(
    proposal: Proposal,
    (effects, problems, notices): Plan,
    published: &[PublishedTerm],
    own: bool,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView + use<> {
    let when = proposal.made_at.map_or_else(String::new, |at| format!(" on {}", zone.long(at)));
    let publish = if own {
        view! { <p class="hint">"You wrote it: somebody else in the role Legal or Publishing has to publish it."</p> }
            .into_any()
    } else {
        view! {
            <form method="post" action=paths::fill(paths::TERMS_PUBLISH, proposal.id)>
                <button>"Publish it"</button>
            </form>
        }
        .into_any()
    };
    let change = (proposal.versions.len() == 1).then(|| {
        let version = &proposal.versions[0];
        let query = format!("kind={}&proposal={}", version.kind().code(), proposal.id);
        view! {
            <a class="button quiet" href=paths::with_query(paths::TERMS_NEW, &query)>
                "Change it"
            </a>
        }
    });
    let versions = proposal.versions.iter().zip(effects).enumerate().map(|(place, (version, effect))| {
        let before = published
            .iter()
            .rev()
            .find(|other| other.version.is_of_same(version) && other.version.effective_from <= version.effective_from);
        let says = match effect {
            Effect::Begins => "It is new.".to_owned(),
            Effect::Nothing => "The same is published already.".to_owned(),
            Effect::Replaces => "It takes the place of the version of that day, which stays to be seen.".to_owned(),
            Effect::Follows => before.map_or_else(
                || "It holds before every other version.".to_owned(),
                |before| format!("It follows the version of {}.", before.version.effective_from),
            ),
        };
        let wrong = problems
            .iter()
            .filter(|problem| problem.version == place)
            .map(|problem| {
                let field = problem.problem.field.trim_start_matches('/').to_owned();
                view! { <p class="error"><code>{field}</code> " " {problem.problem.reason.clone()}</p> }
            })
            .collect_view();
        let differs = before.filter(|_| effect != Effect::Nothing).map(|before| {
            let differences = difference(&before.version.term, &version.term);
            let (old, new) = (before.version.effective_from.to_string(), version.effective_from.to_string());
            view! { <Difference differences=differences old=old new=format!("{new}, proposed") /> }
        });
        let id = format!("version-{place}");
        view! {
            <section class="panel" aria-labelledby=id.clone()>
                <p class="eyebrow">{version.kind().label()} ", " {version.key.to_string()}</p>
                <h2 id=id.clone()>{version.term.title()}</h2>
                <p>{says}</p>
                {wrong}
                {differs}
                <details open=before.is_none()>
                    <summary>"All that it says"</summary>
                    {whole(version)}
                </details>
            </section>
        }
    });
    view! {
        <Title text=format!("{} · Vitrine", proposal.title) />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">"Proposed"</p>
                <h1>{proposal.title.clone()}</h1>
                <p class="lede">{format!("Written by {}{when}.", proposal.made_by_name)}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="proposal" />
        <div class="actions">
            {publish}
            {change}
            <form method="post" action=paths::fill(paths::TERMS_DISCARD, proposal.id)>
                <button class="quiet">"Throw it away"</button>
            </form>
        </div>
        {told(notices, now, zone)}
        {versions.collect_view()}
    }
}

/// The notices that would go out, as customers would read them.
fn told(notices: Vec<(PlannedNotice, usize)>, now: Timestamp, zone: Zone) -> impl IntoView {
    if notices.is_empty() {
        return view! { <p>"Nobody is owed notice of it."</p> }.into_any();
    }
    let notices = notices.into_iter().map(|(notice, customers)| {
        let to = match customers {
            1 => "Goes to 1 customer".to_owned(),
            many => format!("Goes to {many} customers"),
        };
        view! {
            <details>
                <summary>{notice.content.title()} ". " {to}</summary>
                <Statements statements=notice.content.statements(now, zone) />
            </details>
        }
    });
    view! {
        <section class="panel" aria-labelledby="notices">
            <h2 id="notices">"Notices that go out with it"</h2>
            {notices.collect_view()}
        </section>
    }
    .into_any()
}
