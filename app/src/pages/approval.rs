//! `/portal/approvals/{id}`: one request for access, whole, and what this customer can do about it.

use domain::{
    GrantId, Timestamp, Zone,
    grant::{Facts, GrantState, Side, statements},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{GrantDecider, GrantView, StoreError};

use crate::{
    components::{Done, FormProblem, Interactive, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    grant_line::{Extents, granted, missing, register, status, time_left, title},
    islands::passkey::PasskeyApproval,
    paths,
};

/// The forms' names in their answers.
const APPROVE_FORM: &str = "approve-form";
const APPROVE: &str = "approve";
const DENY: &str = "deny";
const ASK: &str = "ask";
const REVOKE: &str = "revoke";
const REVIEW: &str = "review";
const STAYS: &str = "It stays in the register, with your name, and the provider reads it.";
const DONE: &[(&str, &str)] = &[
    ("approve", "Your approval is given."),
    ("deny", "It is denied. The provider reads your reason."),
    ("ask", "Your question is with the provider. The time to decide runs on."),
    ("revoke", "The access is revoked, from now on."),
    ("review", "Your review is in the register."),
];

#[component]
pub fn ApprovalPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse::<GrantId>().ok());
    view! {
        <Loaded load=async move {
            let session = context.session()?;
            let member = context.member()?;
            let id = id.ok_or(PageError::NotFound)?;
            let grant = match member.grants.grant(id).await {
                Err(StoreError::GrantRegister(error)) => {
                    return Ok(unreadable(id, &error.to_string(), (paths::APPROVALS, "Approvals")).into_any());
                }
                found => found?.ok_or(PageError::NotFound)?,
            };
            let decider = session.decides().map_err(|_| PageError::NotFound)?;
            let may_decide = member.grants.may_decide().await?;
            let broken = broken(&member.grants.exceptions_of(&grant).await?);
            let approved = grant.state.facts().approvals.iter().any(|given| given.by.person == Some(member.person));
            let view = View { broken: broken.into_any(), grant, may_decide, approved, now: context.store.now(), zone: member.zone };
            Ok::<_, PageError>(view.page(&decider).into_any())
        } />
    }
}

/// What the page is made of.
struct View {
    /// What was accessed by it, and otherwise.
    broken: AnyView,
    grant: GrantView,
    /// Whether whoever reads it decides about access now.
    may_decide: bool,
    /// Whether they approved it already.
    approved: bool,
    now: Timestamp,
    zone: Zone,
}

impl View {
    fn facts(&self) -> &Facts {
        self.grant.state.facts()
    }

    fn page(mut self, decider: &GrantDecider) -> impl IntoView + use<> {
        let broken = std::mem::replace(&mut self.broken, ().into_any());
        let (facts, id) = (self.facts(), self.grant.id);
        let title = title(facts);
        let file = paths::fill(paths::APPROVAL_FILE, id);
        view! {
            <Title text=format!("{title} · Vitrine") />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <a href=paths::APPROVALS>"Approvals"</a>
            </nav>
            <div class="page-head">
                <div>
                    <p class="eyebrow">"Request " {facts.request.reference.clone()}</p>
                    <h1>{title}</h1>
                    <p class="tags">{status(&self.grant.state, Side::Customer)} {time_left(&self.grant.state, self.now)}</p>
                </div>
            </div>
            <Done sentences=DONE />
            // Whoever did something meanwhile may have taken the form away with it.
            <FormProblem form=PageContext::current().answer.form />
            {granted(&self.grant.state, self.zone)}
            {broken}
            <h2>"What was asked for"</h2>
            <Statements statements=statements(facts, Side::Customer, self.zone) />
            {self.next(decider)}
            {register(facts, Side::Customer, self.zone)}
            <section class="panel" aria-labelledby="take-away">
                <h2 id="take-away">"Take it away"</h2>
                <p>
                    "The grant with its whole register is a file of its own. " <code>"server verify-approval"</code>
                    " verifies its approvals without asking this portal, and so can any program: how stands in the API’s documentation."
                </p>
                <p>
                    <a href=file download>"The grant as JSON"</a> " · its id is " <code>{id.to_string()}</code>
                </p>
            </section>
        }
    }

    /// What can be done about it now.
    fn next(&self, decider: &GrantDecider) -> AnyView {
        let facts = self.facts();
        let waits = facts.lacks(Side::Customer);
        let review = facts.awaits_review().then(|| self.review());
        let decided = match &self.grant.state {
            GrantState::Waiting(_) if !self.may_decide => self.section(
                "Who decides",
                view! { <p>"Owners and approvers of your organisation decide, and whom your policy names. You read it."</p> },
            ),
            GrantState::Waiting(_) if !facts.is_asked(Side::Customer) => {
                self.section("Decide", view! { <p>"Your policy leaves this to the provider. " {missing(facts, Side::Customer)}</p> })
            }
            GrantState::Waiting(_) if self.approved || !waits => {
                let whose = if self.approved { "You have approved it. " } else { "Your organisation has approved it. " };
                self.section(
                    "Decide",
                    view! {
                        <p>{whose} {missing(facts, Side::Customer)} " Until it is granted, you can still deny it."</p>
                        {self.deny()}
                        {self.ask()}
                    },
                )
            }
            GrantState::Waiting(_) => self.section(
                "Decide",
                view! { <p>{missing(facts, Side::Customer)}</p> {self.approve(decider)} {self.deny()} {self.ask()} },
            ),
            GrantState::Granted(_) if self.may_decide => self.section("End it", self.revoke()),
            _ => ().into_any(),
        };
        view! { {review} {decided} }.into_any()
    }

    fn section(&self, heading: &'static str, body: impl IntoView + 'static) -> AnyView {
        view! {
            <section class="panel" aria-labelledby="decide">
                <h2 id="decide">{heading}</h2>
                {body.into_any()}
            </section>
        }
        .into_any()
    }

    fn revision(&self) -> impl IntoView + use<> {
        view! { <input type="hidden" name="revision" value=self.grant.revision /> }
    }

    /// Everything is ticked at first: what is taken out is not approved.
    fn approve(&self, decider: &GrantDecider) -> impl IntoView + use<> {
        let facts = self.facts();
        let unsigned = if facts.terms.signature_required {
            "Your policy wants approvals signed with a key of yours, and this form has none: approve with a passkey, or over the API with a key of your own."
        } else {
            "Signed, anybody can check later that it was you, without trusting this portal; unsigned, this portal alone says so. A key of your own, over the API, is the strongest: nobody but you can ask it to sign."
        };
        let address = paths::fill(paths::APPROVAL, self.grant.id);
        let address = format!("{}{address}", PageContext::current().public_url);
        let again = (!decider.is_fresh()).then_some(" You will be asked to sign in again first.");
        view! {
            <form id=APPROVE_FORM class="short letter" method="post" action=paths::fill(paths::APPROVAL_APPROVE, self.grant.id)>
                {self.revision()}
                <Extents form=APPROVE open=facts.open_extent() />
                <p class="hint">"It takes a sign-in of the last ten minutes." {again}</p>
                <PasskeyApproval
                    form=APPROVE_FORM.to_owned()
                    start=paths::fill(paths::APPROVAL_SIGN_START, self.grant.id)
                    end=paths::fill(paths::APPROVAL_SIGN, self.grant.id)
                    address
                />
                <p class="hint">{unsigned}</p>
                <button class="quiet" disabled=facts.terms.signature_required>"Approve, unsigned"</button>
            </form>
            <Interactive />
        }
    }

    fn deny(&self) -> impl IntoView + use<> {
        let form = view! {
            <TextArea form=DENY name="reason" label="Why it is denied" value="" hint=STAYS rows=3 prose=true />
            <button>"Deny"</button>
        };
        self.folded(DENY, "Deny it", paths::APPROVAL_DENY, form)
    }

    fn ask(&self) -> impl IntoView + use<> {
        let form = view! {
            <TextArea form=ASK name="question" label="What you want to know first" value="" hint=STAYS rows=3 prose=true />
            <button>"Ask"</button>
        };
        self.folded(ASK, "Ask first", paths::APPROVAL_ASK, form)
    }

    /// A form that is at hand and not the first one: folded up, unless it was just refused.
    fn folded(
        &self,
        form: &'static str,
        summary: &'static str,
        address: &'static str,
        body: impl IntoView + 'static,
    ) -> AnyView {
        let open = PageContext::current().answer.is_of(form);
        view! {
            <details open=open>
                <summary>{summary}</summary>
                <form class="short letter" method="post" action=paths::fill(address, self.grant.id)>
                    {self.revision()}
                    {body.into_any()}
                </form>
            </details>
        }
        .into_any()
    }

    fn revoke(&self) -> impl IntoView + use<> {
        view! {
            <p>"From that moment on it grants nothing more: an access that names it later is an exception."</p>
            <form class="short letter" method="post" action=paths::fill(paths::APPROVAL_REVOKE, self.grant.id)>
                {self.revision()}
                <TextArea form=REVOKE name="reason" label="Why it is revoked" value="" hint=STAYS rows=3 prose=true />
                <button>"Revoke it"</button>
            </form>
        }
    }

    fn review(&self) -> impl IntoView + use<> {
        let form = self.may_decide.then(|| {
            view! {
                <form class="short letter" method="post" action=paths::fill(paths::APPROVAL_REVIEW, self.grant.id)>
                    {self.revision()}
                    <TextArea form=REVIEW name="reason" label="What you found" value="" hint=STAYS rows=3 prose=true />
                    <p class="actions">
                        <button name="justified" value="yes">"It was justified"</button>
                        <button name="justified" value="no" class="quiet">"It was not justified"</button>
                    </p>
                </form>
            }
        });
        view! {
            <section class="panel" aria-labelledby="review">
                <h2 id="review">"Review it"</h2>
                <p>
                    "Nobody approved this beforehand, by your policy. Your organisation looks at it afterwards, and says whether it was justified."
                </p>
                {form}
            </section>
        }
    }
}

/// Accesses that name the grant and were not made as it says.
fn broken(places: &[i64]) -> Option<impl IntoView + use<>> {
    (!places.is_empty()).then(|| {
        let records = places
            .iter()
            .map(|place| view! { <li><a href=paths::access_record(*place)>"Record " {*place}</a></li> })
            .collect_view();
        view! {
            <section class="notice bad" aria-labelledby="broken">
                <h2 id="broken">"Accesses that went beyond it"</h2>
                <ul class="bare">{records}</ul>
            </section>
        }
    })
}

/// What stands in the place of a request whose register was tampered with.
pub(super) fn unreadable(
    id: GrantId,
    reason: &str,
    (list, name): (&'static str, &'static str),
) -> impl IntoView + use<> {
    let reason = reason.to_owned();
    view! {
        <Title text="A request that can’t be read · Vitrine" />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=list>{name}</a>
        </nav>
        <h1>"This request can’t be read"</h1>
        <p class="notice bad">
            "What is kept of " <code>{id.to_string()}</code> " is not what was written: " {reason}
            ". It grants nothing, and an access that names it is an exception."
        </p>
    }
}
