//! `/commitments`: what the provider promises, and how each promise can be checked here.

use domain::terms::{Commitment, LiveFigure, PublishedTerm};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{HeadingLevel, Loaded, Prose},
    context::{PageContext, PageError},
    live_figures::{LiveFigures, Told},
    paths,
};

#[component]
pub fn CommitmentsPage() -> impl IntoView {
    let context = PageContext::current();
    let provider = context.provider.clone();
    view! {
        <Title text="Commitments · Vitrine" />
        <Loaded load=async move {
            let terms = context.store.public_terms(context.store.now().day()).await?;
            let figures = LiveFigures::load(&context.store).await?;
            let mut commitments = terms.of::<Commitment>().collect::<Vec<_>>();
            // Those without a place follow, by their keys.
            commitments.sort_by(|(_, a), (_, b)| match (&a.place, &b.place) {
                (Some(a), Some(b)) => alphanumeric_sort::compare_str(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            let commitments = commitments
                .into_iter()
                .map(|(published, commitment)| commitment_view(published, commitment, &figures))
                .collect::<Vec<_>>();
            Ok::<_, PageError>(page(&provider, commitments))
        } />
    }
}

fn page(provider: &str, commitments: Vec<AnyView>) -> impl IntoView + use<> {
    let list = if commitments.is_empty() {
        view! { <p class="empty">"No commitments have been published here yet."</p> }.into_any()
    } else {
        view! { <ol class="questions commitments">{commitments}</ol> }.into_any()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"What we promise, and how you can check it"</h1>
                <p class="lede">
                    {format!(
                        "Each promise of {provider} stands beside what shows it kept. Figures are reckoned from this portal’s own records whenever the page is asked for.",
                    )}
                </p>
            </div>
        </div>
        {list}
    }
}

fn commitment_view(published: &PublishedTerm, commitment: &Commitment, figures: &LiveFigures) -> AnyView {
    let figure = commitment.figure.map(|figure| figure_view(figure, figures.tell(figure)));
    let link = commitment.link.as_ref().map(|link| {
        view! {
            <p>
                <a href=link.0.clone()>{place_name(&link.0)}</a>
            </p>
        }
    });
    view! {
        <li id=format!("commitment-{}", published.version.key)>
            <h2>{commitment.promise.clone()}</h2>
            <div>
                <Prose text=commitment.explanation.0.clone() from=HeadingLevel::H3 />
                <h3>"How you can check it"</h3>
                <p class="said">{commitment.check.0.clone()}</p>
                {figure}
                {link}
            </div>
        </li>
    }
    .into_any()
}

fn figure_view(figure: LiveFigure, told: Told) -> impl IntoView {
    match told {
        Told::Figure { value, about } => view! {
            <dl class="stats">
                <div class="stat">
                    <dt class="stat-label">{about}</dt>
                    <dd class="stat-value">{value}</dd>
                </div>
            </dl>
        }
        .into_any(),
        Told::NotYet(why) => view! {
            <p class="notice">
                <strong>{format!("{}: not published yet.", figure.label())}</strong>
                " "
                {why}
            </p>
        }
        .into_any(),
    }
}

/// What a link leads to, in words: an address alone says little to whoever hears it read.
fn place_name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let known = [
        (paths::HOME, "The purposes of access"),
        (paths::TRANSPARENCY, "Government requests"),
        (paths::AUDITS, "Certificates and audits"),
        (paths::CONTROLS, "Controls by standard"),
        (paths::POLICIES, "Policies"),
        (paths::API_DOCS, "The API"),
        (paths::ACCESS, "Your access record, after sign-in"),
        (paths::NOTICES, "Your notices, after sign-in"),
        (paths::DOCUMENTS, "Your documents, after sign-in"),
        (paths::OF_CUSTOMER.activity, "Your activity, after sign-in"),
    ];
    match known.iter().find(|(of, _)| *of == path) {
        Some((_, name)) => (*name).to_owned(),
        None => address.strip_prefix("https://").unwrap_or(address).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_where_it_leads() {
        assert_eq!(place_name("/transparency?country=DE#sources"), "Government requests");
        assert_eq!(place_name("https://example.com/audit"), "example.com/audit");
        assert_eq!(place_name("/portal/unknown"), "/portal/unknown");
    }
}
