//! The transfers of a day, and the subprocessors.

use chrono::NaiveDate;
use domain::terms::{Footing, PublishedTerm, Subprocessor, TermKey, TermKind, TermsOn, Transfer};
use leptos::prelude::*;

use super::{Told, ahead};
use crate::{
    paths,
    term_parts::{Day, footing_tag, long, version_tags},
};

/// Every transfer, those first that may not go on.
pub fn transfers(terms: &TermsOn) -> impl IntoView + use<> {
    let mut all = terms.of::<Transfer>().map(|(published, transfer)| (published, transfer, terms.footing(transfer)));
    let mut all = all.by_ref().collect::<Vec<_>>();
    all.sort_by_key(|(_, transfer, footing)| (!footing.is_flagged(), transfer.service.clone()));
    let rows = all.iter().map(|(published, transfer, footing)| row(terms, published, transfer, footing)).collect_view();
    let table = if all.is_empty() {
        view! { <p class="empty">"No transfer to another country is recorded for this day."</p> }.into_any()
    } else {
        view! {
            <table class="records" role="table">
                <caption>{format!("Transfers to other countries on {}", long(terms.day))}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"What"</th>
                        <th role="columnheader" scope="col">"Route"</th>
                        <th role="columnheader" scope="col">"To whom"</th>
                        <th role="columnheader" scope="col">"Why"</th>
                        <th role="columnheader" scope="col">"Rests on"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="flows">
            <h2 id="flows">"Transfers"</h2>
            {table}
        </section>
    }
}

fn row(
    terms: &TermsOn,
    published: &PublishedTerm,
    transfer: &Transfer,
    footing: &Footing<'_>,
) -> impl IntoView + use<> {
    let version = &published.version;
    let subprocessor = transfer.subprocessor.as_ref().map(|key| {
        let (anchor, name) = match terms.one::<Subprocessor>(key) {
            Some((_, known)) => (format!("#subprocessor-{key}"), known.name.clone()),
            None => ("#subprocessors".to_owned(), key.to_string()),
        };
        view! { <span class="sub">"Subprocessor: " <a href=anchor>{name}</a></span> }
    });
    view! {
        <tr role="row" id=format!("transfer-{}", version.key)>
            <th role="rowheader" scope="row" data-label="What">
                <a href=paths::term(TermKind::Transfer, &version.key)>{transfer.service.clone()}</a>
                <span class="sub">{transfer.data.0.clone()}</span>
                <span class="sub">"Of: " {transfer.people.0.clone()}</span>
                <span class="sub">"On these terms from " <Day day=version.effective_from /></span>
                <span class="tags">{version_tags(published)}</span>
            </th>
            <td role="cell" data-label="Route">
                {transfer.from_country.name()}
                " to "
                {transfer.to_country.name()}
                <span class="sub">{transfer.place_role.label()} " there"</span>
            </td>
            <td role="cell" data-label="To whom">
                {transfer.recipient.clone()}
                {transfer.exporter.clone().map(|exporter| view! { <span class="sub">"Sent by " {exporter}</span> })}
                {subprocessor}
            </td>
            <td role="cell" data-label="Why">
                {transfer.purpose.0.clone()}
            </td>
            <td role="cell" data-label="Rests on">
                {footing_tag(footing)}
                {mechanism(terms, transfer.mechanism.as_ref())}
                {transfer.module.map(|module| view! { <span class="sub">{module.label()}</span> })}
                {concluded(transfer.concluded)}
                {behind(terms, transfer)}
                {says_more(footing)}
                {more(transfer)}
            </td>
        </tr>
    }
}

fn mechanism(terms: &TermsOn, key: Option<&TermKey>) -> Option<impl IntoView + use<>> {
    let key = key?;
    let known = terms.mechanisms.get(key);
    let name = known.map_or_else(|| key.to_string(), |mechanism| mechanism.name.clone());
    let life = known.map(|mechanism| {
        let adopted = mechanism.adopted.map(|day| format!("adopted {}, ", long(day))).unwrap_or_default();
        format!("{}, {adopted}in force from {}", mechanism.act, long(mechanism.in_force_from))
    });
    Some(view! {
        <span class="sub">
            <a href=format!("#mechanism-{key}")>{name}</a>
        </span>
        {life.map(|life| view! { <span class="sub">{life}</span> })}
    })
}

/// What carries the transfer if its mechanism falls.
fn behind(terms: &TermsOn, transfer: &Transfer) -> Option<impl IntoView + use<>> {
    let key = transfer.fallback.as_ref()?;
    let name = terms.mechanisms.get(key).map_or_else(|| key.to_string(), |mechanism| mechanism.name.clone());
    let address = format!("#mechanism-{key}");
    let of = transfer.fallback_concluded.map(|day| view! { ", contract of " <Day day /> });
    Some(view! { <span class="sub">"Behind it: " <a href=address>{name}</a> {of}</span> })
}

/// What the sign above doesn't say already.
fn says_more(footing: &Footing<'_>) -> Option<impl IntoView + use<>> {
    let more = match footing {
        Footing::NotNeeded => false,
        Footing::Sound(mechanism) => mechanism.last_day.is_some(),
        Footing::OldContract(_) | Footing::Fallback { .. } | Footing::Flagged(_) => true,
    };
    more.then(|| view! { <span class="sub">{footing.sentence()}</span> })
}

fn concluded(day: Option<NaiveDate>) -> Option<impl IntoView + use<>> {
    day.map(|day| view! { <span class="sub">"Contract of " <Day day /></span> })
}

/// Options of the clauses, and measures that supplement them.
fn more(transfer: &Transfer) -> Option<impl IntoView + use<>> {
    let options = transfer.options.iter().cloned();
    let lines = options.chain(transfer.measures.iter().map(ToString::to_string));
    let lines = lines.map(|line| view! { <li>{line}</li> }).collect_view();
    (!lines.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Measures and options"</summary>
                <ul>{lines}</ul>
            </details>
        }
    })
}

/// Every subprocessor that is known on the day, those that work first.
pub fn subprocessors(told: &Told) -> impl IntoView + use<> {
    let terms = &told.terms;
    let mut all = terms.of::<Subprocessor>().collect::<Vec<_>>();
    all.sort_by_key(|(_, subprocessor)| {
        (subprocessor.removed_on.is_some_and(|removed| removed <= terms.day), subprocessor.name.clone())
    });
    let rows = all.iter().map(|(published, subprocessor)| subprocessor_row(told, published, subprocessor));
    let rows = rows.collect_view();
    let table = if all.is_empty() {
        view! { <p class="empty">"No subprocessor is recorded for this day."</p> }.into_any()
    } else {
        view! {
            <table class="records" role="table">
                <caption>{format!("Subprocessors on {}", long(terms.day))}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Name"</th>
                        <th role="columnheader" scope="col">"Country"</th>
                        <th role="columnheader" scope="col">"What it does"</th>
                        <th role="columnheader" scope="col">"Rests on"</th>
                        <th role="columnheader" scope="col">"Since"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="subprocessors">
            <h2 id="subprocessors">"Subprocessors"</h2>
            <p>
                "Before one is added or changed, a notice reaches every member of your organisation, and you may object. "
                <a href=paths::ACCOUNT>"In your account"</a> " you choose whether notices come by mail too."
            </p>
            {table}
        </section>
    }
}

fn subprocessor_row(told: &Told, published: &PublishedTerm, subprocessor: &Subprocessor) -> impl IntoView + use<> {
    let terms = &told.terms;
    let footing = terms.footing_of(subprocessor);
    let (added, removed) = (subprocessor.added_on, subprocessor.removed_on);
    let gone = removed.is_some_and(|removed| removed <= terms.day);
    let removed = removed.map(|day| {
        let word = if gone { "Removed " } else { "Removed from " };
        view! { <span class="sub">{word} <Day day /></span> }
    });
    let rests = (!gone).then(|| {
        view! {
            {footing_tag(&footing)}
            {mechanism(terms, subprocessor.mechanism.as_ref())}
            {concluded(subprocessor.concluded)}
            {says_more(&footing)}
        }
    });
    let further = subprocessor.further_countries.iter().map(|country| country.name()).collect::<Vec<_>>();
    let further = (!further.is_empty()).then(|| view! { <span class="sub">"Also in " {further.join(", ")}</span> });
    view! {
        <tr role="row" id=format!("subprocessor-{}", published.version.key)>
            <th role="rowheader" scope="row" data-label="Name">
                <a href=paths::term(TermKind::Subprocessor, &published.version.key)>{subprocessor.name.clone()}</a>
                <span class="tags">
                    {gone.then(|| view! { <span class="tag">"Removed"</span> })} {version_tags(published)}
                </span>
            </th>
            <td role="cell" data-label="Country">
                {subprocessor.country.name()}
                {further}
                {subprocessor.registered.clone().map(|words| view! { <span class="sub">"Registered: " {words.0}</span> })}
            </td>
            <td role="cell" data-label="What it does">
                {subprocessor.service.clone()}
                <span class="sub">{subprocessor.data.0.clone()}</span>
            </td>
            <td role="cell" data-label="Rests on">
                {rests}
            </td>
            <td role="cell" data-label="Since">
                <Day day=added />
                {removed}
                {ahead::window(told, published)}
            </td>
        </tr>
    }
}
