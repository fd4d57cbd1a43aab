//! `/portal/tokens` and `/desk/tokens`: tokens by which a customer's, or the provider's, systems use the API.

use domain::{Role, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{Scope, TokenLine};

use crate::{
    components::{Choice, Done, Field, FormProblem, Loaded, OrganisationNav, Shown},
    context::{PageContext, PageError},
    paths::{self, Organisation},
};

const DONE: &[(&str, &str)] = &[("revoked", "The token is revoked: it is good no more.")];
/// How long a token may be good, in days.
const LIFETIMES: [u16; 3] = [30, 90, 365];
/// How long a token is good yet once another took its place, in hours.
const OVERLAPS: [(&str, &str); 3] = [("1", "an hour"), ("24", "a day"), ("168", "a week")];

#[component]
pub fn TokensPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="API tokens · Vitrine" />
        <Loaded load=async move {
            let (roster, role) = context.organisation()?;
            let tokens = roster.tokens().await?;
            Ok::<_, PageError>(view_of(tokens, role, zone))
        } />
    }
}

fn view_of(tokens: Vec<TokenLine>, viewer: Role, zone: Zone) -> impl IntoView {
    let at = paths::organisation(viewer);
    let administers = viewer.administers();
    let of_customer = matches!(viewer, Role::Member(_));
    let none = tokens.is_empty().then(|| view! { <p class="empty">"There is no token that is good now."</p> });
    let tokens = tokens.into_iter().map(|token| line(token, at, administers, zone)).collect_view();
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"API tokens"</h1>
                <p class="lede">
                    "By these, systems use the " <a href=paths::API_DOCS>"API"</a>
                    ". Each allows one thing, ends on a day, and is shown once, when it is made."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="tokens" />
        <Shown />
        {none}
        <ul class="lines">{tokens}</ul>
        {administers.then(|| create_form(at, of_customer))}
    }
}

/// What a scope allows, in words.
fn scope_label(scope: Scope) -> &'static str {
    match scope {
        Scope::AccessEventsWrite => "Report accesses to every customer’s record",
        Scope::AccessEventsRead => "Read your organisation’s access record",
        Scope::NoticesRead => "Read your organisation’s notices",
        Scope::DemandsWrite => "Register demands",
        Scope::DemandsRead => "Read demands that no order not to tell seals",
        Scope::AccessRequestsWrite => "Ask customers for access to their data",
        Scope::AccessDecisionsWrite => {
            "Read what is asked of your organisation, and decide: approving takes a key of somebody who decides"
        }
        Scope::MetricsRead => "Read the server’s metrics",
    }
}

fn line(token: TokenLine, at: &Organisation, administers: bool, zone: Zone) -> impl IntoView + use<> {
    let used = match token.last_used_at {
        Some(at) => format!("last used {}", zone.long(at)),
        // It would tell when a demand came in, and that may be sealed.
        None if token.scope == Scope::DemandsWrite => "whether it was used is not shown".to_owned(),
        None => "not used yet".to_owned(),
    };
    let about = format!(
        "{}. Made by {} on {}, good until {}, {used}.",
        scope_label(token.scope),
        token.created_by,
        zone.date(token.created_at),
        zone.long(token.expires_at),
    );
    let id = token.id;
    let overlaps = OVERLAPS.map(|(hours, words)| (hours.to_owned(), words.to_owned())).to_vec();
    let manage = administers.then(|| {
        view! {
            <details>
                <summary>
                    "Manage" <span class="visually-hidden">" the token " {token.name.clone()}</span>
                </summary>
                <div class="manage">
                    <form method="post" action=paths::fill(at.token_rotate, id)>
                        <Choice
                            name="overlap"
                            id=format!("overlap-{id}")
                            label="A new one in its place; this one is good yet for"
                            chosen=Some("24".to_owned())
                            options=overlaps
                        />
                        <button class="quiet">"Rotate"</button>
                    </form>
                    <form method="post" action=paths::fill(at.token_revoke, id)>
                        <p class="hint">"At once: whatever uses it is refused from now on."</p>
                        <button class="quiet">"Revoke"</button>
                    </form>
                </div>
            </details>
        }
    });
    view! {
        <li>
            <p>
                <strong>{token.name}</strong>
                " "
                <code>{format!("{}…", token.hint)}</code>
                <span class="sub">{about}</span>
            </p>
            {manage}
        </li>
    }
}

fn create_form(at: &Organisation, of_customer: bool) -> impl IntoView + use<> {
    let answer = PageContext::current().answer;
    let scopes = Scope::ALL.iter().filter(|scope| scope.is_customers() == of_customer);
    let scopes = scopes.map(|scope| (scope.code().to_owned(), scope_label(*scope).to_owned())).collect();
    let lifetimes = LIFETIMES.map(|days| (days.to_string(), format!("{days} days"))).to_vec();
    view! {
        <section class="panel" aria-labelledby="make">
            <h2 id="make">"Make a token"</h2>
            <form class="short" method="post" action=at.tokens>
                <FormProblem form="token" />
                <Field form="token" name="name" label="Name" hint="What uses it, such as “SIEM”." />
                <Choice name="scope" label="It may" chosen=answer.typed("token", "scope") options=scopes />
                <Choice name="days" label="Good for" chosen=answer.typed("token", "days") options=lifetimes />
                <button>"Make it"</button>
            </form>
        </section>
    }
}
