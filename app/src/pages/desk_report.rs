//! `/desk/report`: the provider's own report, drafted by the legal team and published by somebody else.

use domain::{
    Timestamp, Zone,
    report::{BandOption, Held},
    statistics::Half,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{PublishedEdition, ReportDesk, ReportDraft};

use super::editions::content;
use crate::{
    components::{Choice, DataTable, Done, FormProblem, Loaded, TextArea},
    context::{FormAnswer, PageContext, PageError},
    paths,
};

const FORM: &str = "draft";
const DONE: &[(&str, &str)] = &[
    ("published", "The edition is published. Nothing changes it any more."),
    ("discarded", "The draft is thrown away. Nothing changed."),
];
const DRAFTED: &[(&str, &str)] =
    &[("drafted", "It is drafted. Nothing is published yet: somebody else looks at it and publishes it.")];
/// Half-years that are offered.
const HALVES: usize = 6;
const ERRATA_HINT: &str =
    "For a second edition and later: what is new in it, and what was wrong before. It is published with it.";

#[component]
pub fn DeskReportPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Report · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.report().map_err(|_| PageError::NotFound)?;
            let (drafts, editions) = (desk.drafts().await?, context.store.editions().await?);
            Ok::<_, PageError>(view_of(&desk, drafts, &editions, &context.answer, context.zone()))
        } />
    }
}

fn view_of(
    desk: &ReportDesk,
    drafts: Vec<ReportDraft>,
    editions: &[PublishedEdition],
    answer: &FormAnswer,
    zone: Zone,
) -> impl IntoView + use<> {
    let lines = drafts.into_iter().map(|draft| {
        let about = format!("By {}, {}", draft.made_by_name, zone.long(draft.made_at));
        view! {
            <li>
                <p>
                    <a href=paths::fill(paths::DESK_REPORT_DRAFT, draft.id)>{draft.edition.title()}</a>
                    <span class="sub">{about}</span>
                </p>
            </li>
        }
    });
    let lines = lines.collect::<Vec<_>>();
    let waiting = (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="drafts">
                <h2 id="drafts">"Waits for a second person"</h2>
                <ul class="lines">{lines}</ul>
            </section>
        }
    });
    let published = editions.iter().map(|of| {
        let address = paths::edition(of.edition.half, of.edition.number);
        view! { <li><a href=address>{of.edition.title()}</a> ", " {of.edition.published_on.to_string()}</li> }
    });
    let published = published.collect::<Vec<_>>();
    let published = (!published.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="published">
                <h2 id="published">"Published"</h2>
                <ul>{published}</ul>
            </section>
        }
    });
    let form = desk.may_draft().then(|| form(answer, desk.now()));
    view! {
        <div class="page-head">
            <div>
                <h1>"Report"</h1>
                <p class="lede">
                    "How often the provider was asked for data in a half-year. The legal team drafts it from the demands; somebody else publishes it, as an edition that is never changed."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        {waiting}
        {form}
        {published}
    }
}

/// Half-years that are over, the newest first.
fn halves(now: Timestamp) -> Vec<Half> {
    let (Some(first), Some(last)) = (Half::new(2000, 1), Half::of(now.day())) else { return Vec::new() };
    let mut over = first.to(last).filter(|half| *half < last).collect::<Vec<_>>();
    over.reverse();
    over.truncate(HALVES);
    over
}

fn form(answer: &FormAnswer, now: Timestamp) -> impl IntoView + use<> {
    let halves = halves(now);
    let chosen = halves.first().map(ToString::to_string);
    let halves = halves.iter().map(|half| (half.to_string(), half.long())).collect();
    let options =
        BandOption::ALL.iter().map(|option| (option.code().to_owned(), format!("50 USC 1874{}", option.label())));
    let new_platform = answer.typed(FORM, "new_platform").is_some();
    view! {
        <section class="panel" aria-labelledby="new-draft">
            <h2 id="new-draft">"Draft an edition"</h2>
            <FormProblem form=FORM />
            <form class="short" method="post" action=paths::DESK_REPORT>
                <Choice name="half" label="Half-year" chosen=chosen options=halves form=FORM />
                <Choice
                    name="option"
                    label="National security process"
                    none="Not reported"
                    chosen=None
                    options=options.collect()
                    form=FORM
                />
                <label class="check">
                    <input type="checkbox" name="new_platform" value="yes" checked=new_platform />
                    "An order was about a platform, product or service that had none before: 540 days of delay"
                </label>
                <TextArea form=FORM name="errata" label="Errata" value="" hint=ERRATA_HINT prose=true />
                <p class="hint">
                    "Counted are demands of the half-year that are decided and not sealed now, each in one edition only. Those that come late are added in the next half-year, five at least together. A draft of the same half-year that waits is replaced."
                </p>
                <button>"Draft it"</button>
            </form>
        </section>
    }
}

#[component]
pub fn DeskReportDraftPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let desk = context.session()?.report().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let draft = desk.draft_of(id).await?.ok_or(PageError::NotFound)?;
            let own = draft.made_by == desk.person();
            Ok::<_, PageError>(draft_view(draft, own, context.zone()))
        } />
    }
}

fn draft_view(draft: ReportDraft, own: bool, zone: Zone) -> impl IntoView + use<> {
    let publish = if own {
        view! { <p class="hint">"You drafted it: somebody else in the role Legal or Publishing has to publish it."</p> }
            .into_any()
    } else {
        view! {
            <form method="post" action=paths::fill(paths::DESK_REPORT_PUBLISH, draft.id)>
                <button>"Publish it"</button>
            </form>
        }
        .into_any()
    };
    let lede = format!("Drafted by {} on {}.", draft.made_by_name, zone.long(draft.made_at));
    view! {
        <Title text=format!("{} · Vitrine", draft.edition.title()) />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::DESK_REPORT>"Report"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">"Draft"</p>
                <h1>{draft.edition.title()}</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        <Done sentences=DRAFTED />
        <FormProblem form="publish" />
        <div class="actions">
            {publish}
            <form method="post" action=paths::fill(paths::DESK_REPORT_DISCARD, draft.id)>
                <button class="quiet">"Throw it away"</button>
            </form>
        </div>
        {draft.held.map(|(held, waiting)| held_back(&held, waiting))}
        {content(&draft.edition)}
    }
}

/// What isn't published and why, for the legal team.
fn held_back(held: &[Held], waiting: usize) -> impl IntoView + use<> {
    let rows = held.iter().map(|of| {
        let why = if of.small { "small, or tells of a small group" } else { "a small one could be reckoned from it" };
        (of.place.clone().into_any(), vec![of.value.to_string(), why.to_owned()])
    });
    let rows = rows.collect::<Vec<_>>();
    let table = if rows.is_empty() {
        view! { <p>"Nothing is held back but what stands as such."</p> }.into_any()
    } else {
        let heads = vec!["Figure", "Counted", "Why"];
        view! { <DataTable caption="Held back" heads rows /> }.into_any()
    };
    let waiting = (waiting > 0).then(|| {
        view! {
            <p>
                {waiting}
                " more could be counted and wait: late ones are added five at least together, and not before the half-year after the last edition."
            </p>
        }
    });
    view! {
        <section class="panel" aria-labelledby="held">
            <h2 id="held">"What is held back, for the legal team alone"</h2>
            {waiting}
            {table}
        </section>
    }
}
