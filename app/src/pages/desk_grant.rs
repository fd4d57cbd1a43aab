//! `/desk/access/{id}`: one request for access, as the provider sees it, and what can be done about it.

use domain::{
    GrantId, PersonId, Timestamp, Zone,
    grant::{Facts, GrantState, Side, statements},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{DeskGrant, StoreError};

use super::approval::unreadable;
use crate::{
    components::{Done, FormProblem, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    grant_line::{Extents, granted, missing, register, status, time_left, title},
    paths,
};

/// The forms' names in their answers.
const APPROVE: &str = "approve";
const DENY: &str = "deny";
const QUESTION: &str = "question";
const ANSWER: &str = "answer";
const WITHDRAW: &str = "withdraw";
const REVOKE: &str = "revoke";
const STAYS: &str = "It stays in the register, with your name, and the customer reads it.";
const DONE: &[(&str, &str)] = &[
    ("asked", "It is asked for. What became of it stands here."),
    ("approve", "Your approval is given."),
    ("deny", "It is denied."),
    ("question", "Your question is in the register. Whoever asked answers it here."),
    ("answer", "Your answer is there for whoever asked to read."),
    ("withdraw", "The request is withdrawn."),
    ("end", "The access is ended, from now on."),
    ("revoke", "The access is revoked, from now on."),
];

#[component]
pub fn DeskGrantPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse::<GrantId>().ok());
    view! {
        <Loaded load=async move {
            let desk = context.session()?.access_desk().map_err(|_| PageError::NotFound)?;
            let viewer = context.staff()?.person;
            let id = id.ok_or(PageError::NotFound)?;
            let of = match desk.grant(id).await {
                Err(StoreError::GrantRegister(error)) => {
                    return Ok(unreadable(id, &error.to_string(), (paths::DESK_ACCESS, "Access")).into_any());
                }
                found => found?.ok_or(PageError::NotFound)?,
            };
            let view = View { of, viewer, fresh: desk.is_fresh(), now: context.store.now(), zone: context.zone() };
            Ok::<_, PageError>(view.page().into_any())
        } />
    }
}

/// What the page is made of.
struct View {
    of: DeskGrant,
    viewer: PersonId,
    fresh: bool,
    now: Timestamp,
    zone: Zone,
}

impl View {
    fn facts(&self) -> &Facts {
        self.of.grant.state.facts()
    }

    fn page(self) -> impl IntoView + use<> {
        let facts = self.facts();
        let (title, customer) = (title(facts), self.of.customer.display_name.clone());
        let state = &self.of.grant.state;
        view! {
            <Title text=format!("{title} of {customer} · Vitrine") />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <a href=paths::DESK_ACCESS>"Access"</a>
            </nav>
            <div class="page-head">
                <div>
                    <p class="eyebrow">"Request " {facts.request.reference.clone()} " to " {customer}</p>
                    <h1>{title}</h1>
                    <p class="tags">{status(state, Side::Provider)} {time_left(state, self.now)}</p>
                </div>
            </div>
            <Done sentences=DONE />
            // Whoever did something meanwhile may have taken the form away with it.
            <FormProblem form=PageContext::current().answer.form />
            {granted(state, self.zone)}
            <h2>"What was asked for"</h2>
            <Statements statements=statements(facts, Side::Provider, self.zone) />
            <p>"An access that is made by this grant names it in what your systems report: " <code>{self.of.grant.id.to_string()}</code></p>
            {self.next()}
            {register(facts, Side::Provider, self.zone)}
        }
    }

    /// What can be done about it now.
    fn next(&self) -> AnyView {
        let facts = self.facts();
        let body = match &self.of.grant.state {
            GrantState::Waiting(grant) => {
                let answer = grant.stage().question.is_some().then(|| self.answer());
                let manager = facts.lacks(Side::Provider).then(|| self.manage());
                view! { <p>{missing(facts, Side::Provider)}</p> {answer} {manager} {self.withdraw()} }.into_any()
            }
            GrantState::Granted(_) => self.end().into_any(),
            GrantState::Over(_) => return ().into_any(),
        };
        view! {
            <section class="panel" aria-labelledby="next">
                <h2 id="next">"What can be done"</h2>
                {body}
            </section>
        }
        .into_any()
    }

    fn revision(&self) -> impl IntoView + use<> {
        view! { <input type="hidden" name="revision" value=self.of.grant.revision /> }
    }

    fn form(&self, address: &'static str, body: impl IntoView + 'static) -> AnyView {
        view! {
            <form class="short letter" method="post" action=paths::fill(address, self.of.grant.id)>
                {self.revision()}
                {body.into_any()}
            </form>
        }
        .into_any()
    }

    /// A form that is at hand and not the first one: folded up, unless it was just refused.
    fn folded(
        &self,
        form: &str,
        summary: &'static str,
        address: &'static str,
        body: impl IntoView + 'static,
    ) -> AnyView {
        let open = PageContext::current().answer.is_of(form);
        view! {
            <details open=open>
                <summary>{summary}</summary>
                {self.form(address, body)}
            </details>
        }
        .into_any()
    }

    fn answer(&self) -> AnyView {
        let body = view! {
            <TextArea form=ANSWER name="answer" label="Answer the question" value="" hint=STAYS rows=3 prose=true />
            <button>"Answer"</button>
        };
        self.form(paths::DESK_GRANT_ANSWER, body)
    }

    /// What is the manager's to do, where the customer's policy wants the provider's manager too.
    fn manage(&self) -> AnyView {
        let facts = self.facts();
        if facts.asked_by().and_then(|asker| asker.person) == Some(self.viewer) {
            return view! { <p>"You asked for it: another manager of yours approves it."</p> }.into_any();
        }
        let again = (!self.fresh).then_some(" You will be asked to sign in again first.");
        let approve = view! {
            <Extents form=APPROVE open=facts.open_extent() />
            <p class="hint">"It takes a sign-in of the last ten minutes." {again}</p>
            <button>"Approve for the provider"</button>
        };
        let deny = view! {
            <TextArea form=DENY name="reason" label="Why it is denied" value="" hint=STAYS rows=3 prose=true />
            <button>"Deny"</button>
        };
        let ask = view! {
            <TextArea form=QUESTION name="question" label="What you want to know first" value="" hint=STAYS rows=3 prose=true />
            <button>"Ask"</button>
        };
        view! {
            {self.form(paths::DESK_GRANT_APPROVE, approve)}
            {self.folded(DENY, "Deny it", paths::DESK_GRANT_DENY, deny)}
            {self.folded(QUESTION, "Ask first", paths::DESK_GRANT_QUESTION, ask)}
        }
        .into_any()
    }

    fn withdraw(&self) -> AnyView {
        let body = view! {
            <TextArea form=WITHDRAW name="reason" label="Why it is withdrawn" value="" hint=STAYS rows=3 prose=true />
            <button>"Withdraw it"</button>
        };
        self.folded(WITHDRAW, "Withdraw the request", paths::DESK_GRANT_WITHDRAW, body)
    }

    fn end(&self) -> impl IntoView + use<> {
        let end = view! {
            <p class="actions">
                <button name="how" value="hand">"It is done: end it"</button>
                <button name="how" value="ticket_closed" class="quiet">"Its ticket was closed: end it"</button>
            </p>
        };
        let revoke = view! {
            <TextArea form=REVOKE name="reason" label="Why it is revoked" value="" hint=STAYS rows=3 prose=true />
            <button>"Revoke it"</button>
        };
        view! {
            <p>"From that moment on it grants nothing more: an access that names it later is an exception."</p>
            {self.form(paths::DESK_GRANT_END, end)}
            {self.folded(REVOKE, "Take it back", paths::DESK_GRANT_REVOKE, revoke)}
        }
    }
}
