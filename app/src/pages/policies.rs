//! `/policies`: the policies that everybody can read, with what is in effect and what is announced.

use chrono::NaiveDate;
use domain::{
    long_day,
    terms::{TermHistory, TermKind},
};
use leptos::prelude::*;
use leptos_meta::{Link, Title};

use crate::{
    components::Loaded,
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn PoliciesPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Policies · Vitrine" />
        <Feed />
        <Loaded load=async move {
            let today = context.store.now().day();
            let policies = context.store.public_histories(TermKind::Policy).await?;
            Ok::<_, PageError>(page(&policies, today))
        } />
    }
}

/// Tells feed readers where new versions are announced.
#[component]
pub fn Feed() -> impl IntoView {
    view! { <Link rel="alternate" type_="application/atom+xml" title="Versions of policies" href=paths::POLICIES_ATOM /> }
}

fn page(policies: &[TermHistory], today: NaiveDate) -> impl IntoView + use<> {
    // What has ended stands last.
    let (ongoing, over): (Vec<_>, Vec<_>) =
        policies.iter().partition(|policy| policy.on(today).is_some() || policy.after(today).is_some());
    let lines = ongoing.into_iter().chain(over).map(|policy| line(policy, today)).collect::<Vec<_>>();
    let list = if lines.is_empty() {
        view! { <p class="empty">"No policies have been published here yet."</p> }.into_any()
    } else {
        view! { <ul class="ways policies">{lines}</ul> }.into_any()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Policies"</h1>
                <p class="lede">
                    {format!(
                        "Every version that was ever published keeps its own address, and any two can be compared. As of {}, UTC.",
                        long_day(today),
                    )}
                </p>
            </div>
            <ul class="downloads">
                <li>
                    <a href=paths::POLICIES_ATOM>"Follow new versions (Atom feed)"</a>
                </li>
            </ul>
        </div>
        {list}
    }
}

fn line(policy: &TermHistory, today: NaiveDate) -> Option<impl IntoView + use<>> {
    let (current, next) = (policy.on(today), policy.after(today));
    let title = current.or(next).or_else(|| policy.standing().next())?.version.term.title();
    let in_effect = match current {
        Some(current) => format!("In effect since {}.", long_day(current.version.effective_from)),
        None if next.is_some() => "Not in effect yet.".to_owned(),
        None => "Not in effect any more.".to_owned(),
    };
    let next = next.map(|next| {
        let from = next.version.effective_from;
        view! {
            <p>
                <span class="tag warn">"Announced"</span>
                " "
                <a href=paths::policy_version(policy.key(), from)>
                    {format!("{}, the version of {}", next.version.term.title(), long_day(from))}
                </a>
                ", in effect from that day."
            </p>
        }
    });
    let versions = match policy.standing().count() {
        1 => "One version.".to_owned(),
        count => format!("{count} versions."),
    };
    Some(view! {
        <li>
            <h2>
                <a href=paths::fill(paths::POLICY, policy.key())>{title}</a>
            </h2>
            <div>
                <p>{format!("{in_effect} {versions}")}</p>
                {next}
            </div>
        </li>
    })
}
