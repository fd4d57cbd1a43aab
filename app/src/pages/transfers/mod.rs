//! `/portal/transfers`: where a customer's data is and goes, on what that rests, and the contract, as of any day.

mod ahead;
mod flows;
mod mechanisms;
mod papers;
mod places;

pub use mechanisms::life;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    FieldProblem, TermVersionId, Zone,
    terms::{
        Agreement, Contact, Location, PlaceRole, PublishedTerm, Services, Subprocessor, TRANSFER_KINDS, TermsOn,
        Transfer, asked_day,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Downloads, Loaded},
    context::{PageContext, PageError},
    paths,
    term_parts::{counted, flagged, listed, long, transfers_sentence, version_tags, works},
};

/// All that the page tells.
struct Told {
    customer: String,
    zone: Zone,
    today: NaiveDate,
    /// As of the day that was asked for.
    terms: TermsOn,
    /// What was announced by then.
    announced: Vec<PublishedTerm>,
    /// Every version of each contract paper, the newest first.
    papers: Vec<Vec<PublishedTerm>>,
    /// The places of the notices that told of versions.
    notices: BTreeMap<TermVersionId, i64>,
}

#[component]
pub fn TransfersPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Transfers · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let today = member.zone.day(context.store.now());
            let (day, problem) = asked_day(&context.query, today);
            let terms = member.terms.on(day).await?;
            let mut announced = terms.upcoming(member.terms.announced(day).await?);
            announced.retain(|published| TRANSFER_KINDS.contains(&published.version.kind()));
            let mut papers = Vec::new();
            for (published, _) in terms.of::<Agreement>() {
                papers.push(member.terms.versions(published.version.kind(), &published.version.key).await?);
            }
            // Those that can still be objected to.
            let open = terms.of::<Subprocessor>().filter(|(_, one)| one.object_until.is_some_and(|until| until >= day));
            let told_of = open.map(|(published, _)| published).chain(&announced).map(|published| published.id);
            let told_of = told_of.collect::<Vec<_>>();
            let notices = member.terms.notices_of(&told_of).await?;
            let customer = member.records.customer().display_name.clone();
            let told = Told { customer, zone: member.zone, today, terms, announced, papers, notices };
            Ok::<_, PageError>(view_of(&told, problem))
        } />
    }
}

fn view_of(told: &Told, problem: Option<FieldProblem>) -> impl IntoView + use<> {
    let terms = &told.terms;
    let query = if terms.day == told.today { String::new() } else { format!("on={}", terms.day) };
    let flagged = flagged(terms);
    let flags = (!flagged.is_empty()).then(|| {
        let lines = flagged.into_iter().map(|flagged| {
            view! {
                <li>
                    <a href=flagged.address>{flagged.title}</a>
                    " "
                    {flagged.reason}
                </li>
            }
        });
        let lines = lines.collect_view();
        view! {
            <section class="notice bad" aria-labelledby="flagged">
                <h2 id="flagged">"What rests on no valid mechanism"</h2>
                <ul>{lines}</ul>
            </section>
        }
    });
    let services = terms.of::<Services>().next().map(|(_, services)| {
        let names = services.services.iter().map(String::as_str).collect::<Vec<_>>();
        view! { <p>{format!("Told for the services that you have: {}.", listed(&names))}</p> }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Transfers"</h1>
                <p class="lede">{lede(told)}</p>
                {services}
            </div>
            <Downloads
                label="Download this day"
                files=vec![(paths::TRANSFERS_CSV, "Transfers, CSV"), (paths::TRANSFERS_JSON, "Everything, JSON")]
                query
            />
        </div>
        {day_form(told, problem)}
        {banner(told)}
        {flags}
        <nav class="subnav" aria-label="On this page">
            <ul>
                <li>
                    <a href="#flows">"Transfers"</a>
                </li>
                <li>
                    <a href="#ahead">"Changes ahead"</a>
                </li>
                <li>
                    <a href="#places">"Places"</a>
                </li>
                <li>
                    <a href="#subprocessors">"Subprocessors"</a>
                </li>
                <li>
                    <a href="#mechanisms">"Mechanisms"</a>
                </li>
                <li>
                    <a href="#papers">"Contract papers"</a>
                </li>
                <li>
                    <a href="#contacts">"Contacts"</a>
                </li>
            </ul>
        </nav>
        {flows::transfers(terms)}
        {ahead::section(told)}
        {places::section(terms)}
        {flows::subprocessors(told)}
        {mechanisms::section(told)}
        {papers::section(told)}
        {contacts(terms)}
    }
}

/// The answer, before anything else.
fn lede(told: &Told) -> String {
    let terms = &told.terms;
    let located = terms.of::<Location>().map(|(_, place)| (place.country, place.place_role));
    let gone = terms.of::<Transfer>().map(|(_, transfer)| (transfer.to_country, transfer.place_role));
    let mut stored = located
        .chain(gone)
        .filter(|(_, role)| *role == PlaceRole::Stored)
        .map(|(country, _)| country.name())
        .collect::<Vec<_>>();
    stored.sort_unstable();
    stored.dedup();
    let of = if terms.day == told.today {
        format!("Data of {}", told.customer)
    } else {
        format!("As of {}, data of {}", long(terms.day), told.customer)
    };
    let stored = match stored.as_slice() {
        [] => format!("{of} is stored in places that are not recorded."),
        names => {
            format!("{of} is stored in {}: {}.", counted(names.len(), "country", "countries"), listed(names))
        }
    };
    let unsound = terms.of::<Subprocessor>().filter(|(_, subprocessor)| works(subprocessor, terms.day));
    let subprocessors = match unsound.filter(|(_, one)| terms.footing_of(one).is_flagged()).count() {
        0 => String::new(),
        1 => " 1 subprocessor rests on no valid mechanism.".to_owned(),
        many => format!(" {many} subprocessors rest on no valid mechanism."),
    };
    format!("{stored} {}{subprocessors}", transfers_sentence(terms))
}

fn day_form(told: &Told, problem: Option<FieldProblem>) -> impl IntoView + use<> {
    let day = told.terms.day.to_string();
    let invalid = problem.is_some().then_some("true");
    let described = if problem.is_some() { "on-error" } else { "on-hint" };
    let error = problem.map(|problem| {
        let shown = format!("{}. This is today instead.", capital(&problem.reason));
        view! {
            <p class="error" id="on-error" role="alert">
                {shown}
            </p>
        }
    });
    view! {
        <form class="filters" method="get" action=paths::TRANSFERS aria-label="Choose a day">
            <div class="field">
                <label for="on">"As of"</label>
                <input id="on" name="on" type="date" value=day aria-invalid=invalid aria-describedby=described />
            </div>
            <div class="actions">
                <button>"Show this day"</button>
            </div>
            <p id="on-hint" class="hint">
                {format!(
                    "The whole page is told as of this day. “Recorded later” marks what was published only after it took effect. Days are those of {}.",
                    told.zone
                )}
            </p>
            {error}
        </form>
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// That this isn't today, where it isn't.
fn banner(told: &Told) -> Option<impl IntoView + use<>> {
    let day = told.terms.day;
    (day != told.today).then(|| {
        let explained = if day < told.today {
            "Told as it is known now: what was recorded later than it took effect is marked. The life of a mechanism is told whole, with what ended it later."
        } else {
            "This day is ahead: told as far as it is announced."
        };
        view! {
            <div class="notice warn">
                <p>
                    <strong>{format!("As of {}. ", long(day))}</strong>
                    <a href=paths::TRANSFERS>"Back to today"</a>
                </p>
                <p>{explained}</p>
            </div>
        }
    })
}

fn contacts(terms: &TermsOn) -> impl IntoView + use<> {
    let lines = terms.of::<Contact>().map(|(published, contact)| {
        let address = contact.email.clone();
        let mail = address.map(|email| {
            let to = format!("mailto:{email}");
            view! { <span class="sub"><a href=to>{email}</a></span> }
        });
        let phone = contact.phone.clone().map(|phone| view! { <span class="sub">{phone}</span> });
        let written = contact.address.clone();
        let written = written.map(|address| view! { <span class="sub said">{address.0}</span> });
        view! {
            <li>
                <p>
                    <a href=paths::term(published.version.kind(), &published.version.key)>{contact.name.clone()}</a>
                    <span class="sub">{contact.role.clone()}</span>
                    {mail}
                    {phone}
                    {written}
                </p>
                <p class="tags">{version_tags(published)}</p>
            </li>
        }
    });
    let lines = lines.collect_view();
    let lines = if lines.is_empty() {
        view! { <p>"No contact is recorded for this day."</p> }.into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="contacts">
            <h2 id="contacts">"Whom to write to"</h2>
            {lines}
        </section>
    }
}
