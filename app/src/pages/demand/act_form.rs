//! The forms by which acts are done.

use domain::demand::ChallengeOutcome;
use leptos::prelude::*;

use crate::{
    components::TextArea,
    context::{FormAnswer, PageContext},
};

pub(super) const STAYS: &str = "It stays in the register.";

/// A form that does one act; `of` is what the act is about, where there are several.
pub(super) fn act_form(
    action: Action,
    act: &'static str,
    of: &str,
    button: &'static str,
    body: impl IntoView,
) -> AnyView {
    view! {
        <form class="short" method="post" action=action.address>
            <input type="hidden" name="act" value=act />
            <input type="hidden" name="of" value=of.to_owned() />
            <input type="hidden" name="revision" value=action.revision />
            {body.into_any()}
            <button>{button}</button>
        </form>
    }
    .into_any()
}

/// An act that is at hand and not the next one: folded up, unless it was just refused.
pub(super) fn folded(act: &str, of: &str, summary: &'static str, body: impl IntoView) -> AnyView {
    let open = PageContext::current().answer.is_of(&FormAnswer::of_one(act, of));
    view! {
        <details open=open>
            <summary>{summary}</summary>
            {body.into_any()}
        </details>
    }
    .into_any()
}

/// The words that most acts need.
pub(super) fn reason(act: &str, of: &str, label: &'static str, hint: &'static str) -> impl IntoView + use<> {
    view! { <TextArea form=FormAnswer::of_one(act, of) name="reason" label=label value=String::new() hint=hint rows=2 /> }
}

/// Where acts on the demand go, as it stood when the page was made.
#[derive(Clone)]
pub(super) struct Action {
    pub(super) address: String,
    pub(super) revision: i64,
}

/// What can come of a challenge, to choose from.
pub(super) fn outcomes() -> Vec<(String, String)> {
    ChallengeOutcome::ALL.iter().map(|outcome| (outcome.code().to_owned(), outcome.label().to_owned())).collect()
}
