//! `/portal/sign-in-rule`: what a customer asks of its members' sign-in.

use domain::{Role, SignInRule};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Done, FormProblem, Loaded, OrganisationNav},
    context::{PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] = &[("set", "It is asked from everybody’s next page on.")];

#[component]
pub fn SignInRulePage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Sign-in · Vitrine" />
        <Loaded load=async move {
            let (roster, role) = context.organisation()?;
            let rule = roster.sign_in_rule().await?;
            Ok::<_, PageError>(view_of(rule, role))
        } />
    }
}

/// What a rule means for who has to meet it.
fn explained(rule: SignInRule) -> &'static str {
    match rule {
        SignInRule::Password => "Everybody chooses: a passkey, or a password with or without a code from an app.",
        SignInRule::SecondFactor => {
            "A password alone opens nothing but one’s own account, to set up an app or a passkey."
        }
        SignInRule::Passkey => {
            "The strongest: no password works by itself, and nothing can be given away on a forged page."
        }
    }
}

fn view_of(current: SignInRule, viewer: Role) -> impl IntoView {
    let administers = viewer.administers();
    let choices = SignInRule::ALL
        .iter()
        .map(|rule| {
            view! {
                <label>
                    <input type="radio" name="rule" value=rule.code() checked=*rule == current disabled=!administers />
                    <span>
                        <strong>{rule.label()}</strong>
                        {explained(*rule)}
                    </span>
                </label>
            }
        })
        .collect_view();
    let save = administers.then(|| view! { <button>"Save"</button> });
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"Sign-in"</h1>
                <p class="lede">
                    "What your organisation asks of everybody who reads its record here. Single sign-on fulfils each of these: which factors it takes is for your identity provider to say."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <form method="post" action=paths::SIGN_IN_RULE>
            <FormProblem form="rule" />
            <fieldset class="choices">
                <legend>"Sign-in takes"</legend>
                {choices}
            </fieldset>
            {save}
        </form>
    }
}
