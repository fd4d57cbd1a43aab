//! `/portal/single-sign-on`: a customer's own identity provider.

use domain::{
    MemberRole, Zone,
    single_sign_on::{SsoConnection, SsoDraft},
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{NotNow, SsoSetup};

use crate::{
    components::{Choice, Done, Field, FormProblem, Loaded, OrganisationNav, TextArea},
    context::{FindingKind, PageContext, PageError, ShownOnce},
    paths,
};

const FORM: &str = "connection";
const DONE: &[(&str, &str)] = &[
    ("saved", "The connection is saved, switched off. Try it out, then switch it on."),
    ("on", "Single sign-on is switched on."),
    ("only", "Single sign-on is the only way in now, but for owners."),
    ("off", "Single sign-on is switched off."),
    ("removed", "The connection is removed, with its secret."),
];

#[component]
pub fn SingleSignOnPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Single sign-on · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let setup = member.roster.single_sign_on().await?;
            let callback = paths::fill(paths::SIGN_IN_SSO_CALLBACK, member.records.customer().id);
            let redirect = format!("{}{callback}", context.public_url);
            let right = context.session()?.administer().map(drop);
            Ok::<_, PageError>(view_of(setup, redirect, right, zone))
        } />
    }
}

fn view_of(setup: Option<SsoSetup>, redirect: String, right: Result<(), NotNow>, zone: Zone) -> impl IntoView {
    let state = match &setup {
        None => "There is no connection yet.".to_owned(),
        Some(setup) if setup.connection.enabled && setup.connection.enforced => {
            "Switched on, and the only way in for everybody but owners, who keep another for the day it fails."
                .to_owned()
        }
        Some(setup) if setup.connection.enabled => "Switched on, beside the other ways to sign in.".to_owned(),
        Some(setup) => match setup.tested_at {
            Some(at) => format!("Switched off. It was tried out on {} and can be switched on.", zone.long(at)),
            None => "Switched off. It has not been tried out yet.".to_owned(),
        },
    };
    let body = match right {
        Ok(()) => {
            let draft = setup.as_ref().map(|setup| setup.connection.draft()).unwrap_or_default();
            view! {
                {setup.as_ref().map(switches)}
                {form(draft, setup.is_some())}
                {at_the_provider(redirect)}
            }
            .into_any()
        }
        Err(not_now) => {
            // Asked for before a form is filled in, which would be lost by asking afterwards.
            let confirm = (not_now == NotNow::NotFresh).then(|| {
                view! {
                    <p>
                        <a class="button" href=paths::sign_in_again(paths::SINGLE_SIGN_ON)>
                            "Confirm that it’s you to change it"
                        </a>
                    </p>
                }
            });
            view! {
                {confirm}
                {setup.map(|setup| facts(setup.connection))}
            }
            .into_any()
        }
    };
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"Single sign-on"</h1>
                <p class="lede">
                    "Your people sign in at your own identity provider, by OpenID Connect. Whoever it vouches for, with an address of your domains, joins by signing in. Whoever is to leave is removed there as well as here."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="switch" />
        <p class="notice">{state}</p>
        <Findings />
        {body}
    }
}

/// The connection, for who may read it and not change it.
fn facts(connection: SsoConnection) -> impl IntoView {
    let role = |role: MemberRole| role.label().to_lowercase();
    let mut roles =
        connection.role_mapping.iter().map(|(value, mapped)| format!("{value}: {}", role(*mapped))).collect::<Vec<_>>();
    roles.push(
        connection
            .default_role
            .map_or("everybody else: refused".to_owned(), |default| format!("everybody else: {}", role(default))),
    );
    let roles = match &connection.role_claim {
        Some(claim) => format!("By the claim {claim}. {}", roles.join("; ")),
        None => roles.join("; "),
    };
    let facts = [
        ("Issuer", connection.issuer),
        ("Client ID", connection.client_id),
        ("Domains", connection.domains.join(", ")),
        ("Roles", roles),
    ];
    let facts = facts.map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="connection">
            <h2 id="connection">"The connection"</h2>
            <dl class="facts">{facts.collect_view()}</dl>
        </section>
    }
}

/// What trying the connection out found.
#[component]
fn Findings() -> impl IntoView {
    let Some(ShownOnce::Findings(findings)) = PageContext::current().answer.shown else { return None };
    let lines = findings
        .into_iter()
        .map(|(kind, sentence)| {
            let (class, word) = match kind {
                FindingKind::Good => ("tag good", "Good"),
                FindingKind::Doubtful => ("tag warn", "Can’t be told"),
                FindingKind::Wrong => ("tag bad", "Wrong"),
            };
            view! {
                <li>
                    <p>
                        <span class=class>{word}</span>
                        " "
                        {sentence}
                    </p>
                </li>
            }
        })
        .collect_view();
    Some(view! {
        <section class="panel" aria-labelledby="findings">
            <h2 id="findings">"Tried out"</h2>
            <ul class="lines">{lines}</ul>
        </section>
    })
}

fn switches(setup: &SsoSetup) -> impl IntoView + use<> {
    let (enabled, enforced) = (setup.connection.enabled, setup.connection.enforced);
    let tested = setup.tested_at.is_some();
    let switch = |to: &'static str, label: &'static str| {
        view! {
            <form method="post" action=paths::SINGLE_SIGN_ON_SWITCH>
                <input type="hidden" name="to" value=to />
                <button class="quiet">{label}</button>
            </form>
        }
    };
    view! {
        <div class="actions">
            <form method="post" action=paths::SINGLE_SIGN_ON_TEST>
                <button>"Try it out"</button>
            </form>
            {(tested && !enabled).then(|| switch("on", "Switch on"))}
            {(enabled && !enforced).then(|| switch("only", "Make it the only way in"))}
            {(enabled && enforced).then(|| switch("on", "Let other ways in too"))}
            {enabled.then(|| switch("off", "Switch off"))}
            <form method="post" action=paths::SINGLE_SIGN_ON_REMOVE>
                <button class="quiet">"Remove"</button>
            </form>
        </div>
    }
}

fn form(draft: SsoDraft, known: bool) -> impl IntoView {
    let answer = PageContext::current().answer;
    let roles = MemberRole::ALL.iter().map(|role| (role.code().to_owned(), role.label().to_owned())).collect();
    let secret_hint = if known {
        "Leave it empty to keep the one there is, for the same issuer and client."
    } else {
        "The provider shows it with the application."
    };
    let default_role = answer.typed(FORM, "default_role").unwrap_or(draft.default_role);
    view! {
        <section class="panel" aria-labelledby="connection">
            <h2 id="connection">"The connection"</h2>
            <p>
                "Saving it switches it off until it was tried out again. Where a claim says roles, everybody has the one that it says from their next sign-in on; the last owner stays one."
            </p>
            <form class="short" method="post" action=paths::SINGLE_SIGN_ON>
                <FormProblem form=FORM />
                <Field form=FORM name="issuer" label="Issuer" kind="url" value=draft.issuer hint="Exactly as the provider’s discovery document writes it." />
                <Field form=FORM name="client_id" label="Client ID" value=draft.client_id />
                <Field form=FORM name="client_secret" label="Client secret" kind="password" autocomplete="off" required=!known hint=secret_hint />
                <TextArea form=FORM name="domains" label="Domains" value=draft.domains hint="One a line: the domains of your people’s e-mail addresses." />
                <Field form=FORM name="role_claim" label="Claim that says the role" value=draft.role_claim required=false hint="Such as groups, roles or realm_access.roles." />
                <TextArea
                    form=FORM
                    name="role_mapping"
                    label="Which value makes which role"
                    value=draft.role_mapping
                    hint="A line each, such as: portal-owners = owner. The roles are owner, approver, privacy_officer and auditor."
                />
                <Choice name="default_role" label="Everybody else" none="Is refused" chosen=Some(default_role) options=roles form=FORM />
                <button>"Save"</button>
            </form>
        </section>
    }
}

fn at_the_provider(redirect: String) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="provider">
            <h2 id="provider">"At your identity provider"</h2>
            <p>"Make a confidential web application with the authorization code flow, and give it this redirect URL:"</p>
            <p>
                <code>{redirect}</code>
            </p>
            <dl class="facts">
                <div>
                    <dt>"Entra ID"</dt>
                    <dd>
                        "Issuer https://login.microsoftonline.com/TENANT-ID/v2.0. Add the optional ID-token claims email and auth_time; define app roles, and take the claim roles."
                    </dd>
                </div>
                <div>
                    <dt>"Okta"</dt>
                    <dd>"Issuer https://ORGANISATION.okta.com. Add a groups claim named groups, and take it."</dd>
                </div>
                <div>
                    <dt>"Keycloak"</dt>
                    <dd>
                        "Issuer https://HOST/realms/REALM. Add a Group Membership mapper named groups, with the full path off, or take realm_access.roles."
                    </dd>
                </div>
            </dl>
        </section>
    }
}
