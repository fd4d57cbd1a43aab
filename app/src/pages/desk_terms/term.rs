//! `/desk/terms/published/{kind}/{key}`: every version of one term.

use domain::{
    Zone,
    terms::{PublishedTerm, TermKey, TermKind, difference},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{breadcrumb, for_whom, whole};
use crate::{
    components::{Difference, Loaded},
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn DeskTermPage() -> impl IntoView {
    let context = PageContext::current();
    let (kind, key) = {
        let parameters = use_params_map();
        let parameters = parameters.read_untracked();
        (parameters.get("kind"), parameters.get("key"))
    };
    view! {
        <Loaded load=async move {
            let desk = context.session()?.terms().map_err(|_| PageError::NotFound)?;
            let kind = kind.and_then(|kind| TermKind::from_code(&kind)).ok_or(PageError::NotFound)?;
            let key = key.and_then(|key| TermKey::parse(&key)).ok_or(PageError::NotFound)?;
            let mut versions = desk.published().await?;
            versions.retain(|published| published.version.kind() == kind && published.version.key == key);
            versions.reverse();
            let title = versions.first().map(|published| published.version.term.title()).ok_or(PageError::NotFound)?;
            Ok::<_, PageError>(view_of(title, kind, versions, context.zone()))
        } />
    }
}

fn view_of(title: String, kind: TermKind, versions: Vec<PublishedTerm>, zone: Zone) -> impl IntoView {
    let shown = versions
        .iter()
        .enumerate()
        .map(|(place, published)| {
            let before = versions[place + 1..].iter().find(|other| other.version.is_of_same(&published.version));
            one(published, before, zone)
        })
        .collect_view();
    view! {
        <Title text=format!("{title} · Vitrine") />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">{kind.label()}</p>
                <h1>{title}</h1>
            </div>
        </div>
        {shown}
    }
}

fn one(published: &PublishedTerm, before: Option<&PublishedTerm>, zone: Zone) -> impl IntoView + use<> {
    let version = &published.version;
    let id = format!("version-{}", published.id);
    let told = format!(
        "Written by {}, published by {} on {}.",
        published.proposed_by,
        published.approved_by,
        zone.long(published.published_at)
    );
    let differs = before.map(|before| {
        let (old, new) = (before.version.effective_from.to_string(), version.effective_from.to_string());
        view! {
            <details>
                <summary>"What differs from the version of " {old.clone()}</summary>
                <Difference differences=difference(&before.version.term, &version.term) old=old new=new />
            </details>
        }
    });
    let next = paths::with_query(paths::TERMS_NEW, &format!("kind={}&after={}", version.kind().code(), published.id));
    view! {
        <section class="panel" aria-labelledby=id.clone()>
            <h2 id=id.clone()>"From " {version.effective_from.to_string()}</h2>
            <p class="hint">{for_whom(version)} ". " {told}</p>
            {whole(version)}
            {differs}
            <p class="actions">
                <a class="button quiet" href=next>
                    "Write what follows it"
                </a>
                <a class="button quiet" href=paths::fill(paths::TERMS_VERSION, published.id) download>
                    "As TOML"
                </a>
            </p>
        </section>
    }
}
