//! What the pages on terms have in common: days, addresses, and what a transfer rests on.

use chrono::NaiveDate;
use domain::terms::{Footing, Link, PublishedTerm, Standing, Subprocessor, Term, TermDocument, TermsOn, Transfer};
use leptos::prelude::*;

use crate::paths;

/// `6 October 2015`
pub fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A day as people read it and as programs do.
#[component]
pub fn Day(day: NaiveDate) -> impl IntoView {
    view! { <time datetime=day.to_string()>{long(day)}</time> }
}

/// `1 transfer`, `9 transfers`
pub fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `Germany, Ireland and France`
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A link to a source, as it was published: nothing but an address of ours or `https://` is one.
#[component]
pub fn Source(
    #[prop(into)] text: String,
    /// Without one, it is a text.
    link: Option<Link>,
) -> impl IntoView {
    match link.map(|link| link.0).filter(|link| link.starts_with("https://") || paths::is_ours(link)) {
        Some(link) => view! { <a href=link>{text}</a> }.into_any(),
        None => text.into_any(),
    }
}

/// A paper to take away, with what it can be checked by.
#[component]
pub fn PaperLink(document: TermDocument, address: String) -> impl IntoView {
    let size = domain::statistics::grouped(document.size);
    view! {
        <p>
            <a href=address download>
                {document.name}
            </a>
            <span class="sub">{document.media_type} ", " {size} " bytes"</span>
            <span class="sub">"SHA-256: " <code>{document.sha256}</code></span>
        </p>
    }
}

/// Whether a transfer may go on, in a word with its colour.
pub fn footing_tag(footing: &Footing<'_>) -> impl IntoView + use<> {
    let (class, word) = match footing {
        Footing::NotNeeded => ("tag", "Not needed"),
        Footing::Sound(_) => ("tag good", "In force"),
        Footing::OldContract(_) => ("tag warn", "Old contract"),
        Footing::Fallback { .. } => ("tag warn", "On its fallback"),
        Footing::Flagged(_) => ("tag bad", "Not valid"),
    };
    view! { <span class=class>{word}</span> }
}

/// What a mechanism is worth, in a word with its colour.
pub fn standing_tag(standing: Standing) -> impl IntoView {
    let (class, word) = match standing {
        Standing::NotYet => ("tag warn", "Not in force yet"),
        Standing::InForce => ("tag good", "In force"),
        Standing::OldContractsOnly => ("tag warn", "Old contracts only"),
        Standing::Ended => ("tag bad", "Not in force any more"),
    };
    view! { <span class=class>{word}</span> }
}

/// What is to be known of a version beside what it says.
pub fn version_tags(published: &PublishedTerm) -> impl IntoView + use<> {
    let own = published.version.customer.is_some().then(|| view! { <span class="tag">"Only for you"</span> });
    let later = published.is_recorded_later().then(|| view! { <span class="tag">"Recorded later"</span> });
    view! {
        {own}
        {later}
    }
}

/// A transfer, or a subprocessor that works on a day, whose mechanism doesn't carry it.
pub struct Flagged {
    pub address: String,
    pub title: String,
    pub reason: String,
}

/// Whether a subprocessor works on a day.
pub fn works(subprocessor: &Subprocessor, day: NaiveDate) -> bool {
    subprocessor.added_on <= day && subprocessor.removed_on.is_none_or(|removed| day < removed)
}

/// Everything that may not go on as it is.
pub fn flagged(terms: &TermsOn) -> Vec<Flagged> {
    let transfers = terms.of::<Transfer>().map(|(published, transfer)| (published, terms.footing(transfer)));
    let subprocessors = terms
        .of::<Subprocessor>()
        .filter(|(_, subprocessor)| works(subprocessor, terms.day))
        .map(|(published, subprocessor)| (published, terms.footing_of(subprocessor)));
    let of = |(published, footing): (&PublishedTerm, Footing<'_>)| Flagged {
        address: paths::term(published.version.kind(), &published.version.key),
        title: title(&published.version.term),
        reason: footing.sentence(),
    };
    transfers.chain(subprocessors).filter(|(_, footing)| footing.is_flagged()).map(of).collect()
}

/// What a term is called among others of all kinds.
pub fn title(term: &Term) -> String {
    match term {
        Term::Subprocessor(subprocessor) => format!("{}, a subprocessor", subprocessor.name),
        other => other.title(),
    }
}

/// How the transfers of a day stand, as a sentence.
pub fn transfers_sentence(terms: &TermsOn) -> String {
    let footings = terms.of::<Transfer>().map(|(_, transfer)| terms.footing(transfer)).collect::<Vec<_>>();
    let flagged = footings.iter().filter(|footing| footing.is_flagged()).count();
    let without = footings.iter().filter(|footing| matches!(footing, Footing::NotNeeded)).count();
    let all = footings.len();
    match (all, flagged) {
        (0, _) => "No transfer to another country is recorded.".to_owned(),
        (1, 0) if without == 1 => "1 transfer goes to another country, and needs no mechanism.".to_owned(),
        (1, 0) => "1 transfer goes to another country, and rests on a mechanism in force.".to_owned(),
        (1, _) => "1 transfer goes to another country, and rests on no valid mechanism.".to_owned(),
        (_, 0) if without == all => format!("{all} transfers go to other countries, and none needs a mechanism."),
        (_, 0) if without == 0 => format!("{all} transfers go to other countries: all rest on a mechanism in force."),
        (_, 0) => format!(
            "{all} transfers go to other countries: {} a mechanism in force, and {} none.",
            if all - without == 1 { "1 rests on".to_owned() } else { format!("{} rest on", all - without) },
            if without == 1 { "1 needs".to_owned() } else { format!("{without} need") },
        ),
        (_, 1) => format!("{all} transfers go to other countries: 1 of them rests on no valid mechanism."),
        (_, many) => format!("{all} transfers go to other countries: {many} of them rest on no valid mechanism."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(listed(&[]), "");
        assert_eq!(listed(&["A"]), "A");
        assert_eq!(listed(&["A", "B", "C"]), "A, B and C");
        assert_eq!(counted(1, "country", "countries"), "1 country");
    }
}
