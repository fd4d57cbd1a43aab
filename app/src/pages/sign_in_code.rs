//! The second step of a sign-in by password: a code from the authenticator app, or a recovery code.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{BrowserZone, Field},
    context::PageContext,
    paths,
};

const FORM: &str = "sign-in";

#[component]
pub fn SignInCodePage() -> impl IntoView {
    let answer = PageContext::current().answer;
    let query = use_query_map().get_untracked();
    let next = query.get("next").filter(|address| paths::is_ours(address)).unwrap_or_default();
    let problem = answer.problem(FORM, "").map(|reason| {
        let sentence = if reason.starts_with("wait") {
            "There were too many tries. Wait a few minutes before the next one."
        } else {
            "That is not a code that works now. Each works once; wait for the app’s next one, or use a recovery code."
        };
        view! {
            <p class="form-error" role="alert">
                {sentence}
            </p>
        }
    });
    view! {
        <Title text="Your code · Vitrine" />
        <div class="page-head">
            <h1>"Your code"</h1>
            <p class="lede">"Your password was right. Now the six digits that your authenticator app shows."</p>
        </div>
        <div class="sign-in">
            <form method="post" action=paths::SIGN_IN_CODE>
                {problem}
                <input type="hidden" name="next" value=next />
                <BrowserZone />
                <Field form=FORM name="code" label="Code" autocomplete="one-time-code" hint="Without the app, one of your recovery codes." />
                <button type="submit">"Sign in"</button>
            </form>
            <aside aria-labelledby="lost">
                <h2 id="lost">"Without app and codes"</h2>
                <p>"An owner of your organisation, or an administrator of the provider, can send you a link to begin anew."</p>
                <p>
                    <a href=paths::SIGN_IN>"Back to the first step"</a>
                </p>
            </aside>
        </div>
    }
}
