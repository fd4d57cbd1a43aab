//! What transfers rest on, each with its whole life in law.

use domain::terms::{Law, Mechanism, TermKey, TermKind};
use leptos::prelude::*;

use super::Told;
use crate::{
    paths,
    term_parts::{Day, Source, listed, long, standing_tag},
};

pub fn section(told: &Told) -> impl IntoView + use<> {
    let terms = &told.terms;
    let each = terms.in_use().into_iter().map(|(key, mechanism)| one(told, key, mechanism)).collect_view();
    let each = if each.is_empty() {
        view! { <p>"No transfer of this day rests on a mechanism."</p> }.into_any()
    } else {
        each.into_any()
    };
    view! {
        <section aria-labelledby="mechanisms">
            <h2 id="mechanisms">"What transfers rest on"</h2>
            {each}
        </section>
    }
}

fn one(told: &Told, key: &TermKey, mechanism: &Mechanism) -> impl IntoView + use<> {
    let day = told.terms.day;
    let since = (day != told.today && mechanism.standing(day) != mechanism.standing(told.today)).then(|| {
        view! { <p>"As it is today: " {standing_tag(mechanism.standing(told.today))} " " {mechanism.ending()}</p> }
    });
    let replaced = mechanism.replaced_by.as_ref().map(|by| {
        let name = told.terms.mechanisms.get(by).map_or_else(|| by.to_string(), |other| other.name.clone());
        (paths::term(TermKind::Mechanism, by), name)
    });
    view! {
        <article class="panel" id=format!("mechanism-{key}")>
            <h3>
                <a href=paths::term(TermKind::Mechanism, key)>{mechanism.name.clone()}</a>
            </h3>
            <p class="tags">
                {standing_tag(mechanism.standing(day))} <span class="sub">"on " {long(day)}</span>
            </p>
            {since}
            {life(mechanism, replaced)}
        </article>
    }
}

/// The life of a mechanism in law: which act began it and which ended it.
pub fn life(mechanism: &Mechanism, replaced: Option<(String, String)>) -> impl IntoView + use<> {
    let laws = mechanism.laws.iter().copied().map(Law::label).collect::<Vec<_>>();
    let to = mechanism.to_countries.iter().map(|country| country.name()).collect::<Vec<_>>();
    let to = (!to.is_empty()).then(|| view! { <div><dt>"For transfers to"</dt><dd>{listed(&to)}</dd></div> });
    let day = |label: &'static str, day: Option<chrono::NaiveDate>| {
        day.map(|day| view! { <div><dt>{label}</dt><dd><Day day /></dd></div> })
    };
    let ended = mechanism.ending().map(|ending| {
        view! {
            <div>
                <dt>"How it ended"</dt>
                <dd>
                    <Source text=ending link=mechanism.ended_link.clone() />
                </dd>
            </div>
        }
    });
    let replaced = replaced.map(|(address, name)| {
        view! { <div><dt>"Replaced by"</dt><dd><a href=address>{name}</a></dd></div> }
    });
    let remarks = mechanism.remarks.clone();
    let remarks = remarks.map(|remarks| view! { <div><dt>"Remarks"</dt><dd class="said">{remarks.0}</dd></div> });
    view! {
        <dl class="facts">
            <div>
                <dt>"What it is"</dt>
                <dd>{mechanism.mechanism_kind.label()} ", under " {listed(&laws)}</dd>
            </div>
            {to}
            <div>
                <dt>"Act"</dt>
                <dd>
                    <Source text=mechanism.act.clone() link=mechanism.act_link.clone() />
                </dd>
            </div>
            {day("Adopted", mechanism.adopted)}
            {day("In force from", Some(mechanism.in_force_from))}
            {day("No new contracts from", mechanism.no_new_from)}
            {day("Last day", mechanism.last_day)}
            {ended}
            {replaced}
            {remarks}
        </dl>
    }
}
