//! Where people sign in. The form goes to the server; it works without any script.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::SignedIn;

use crate::{
    components::BrowserZone,
    context::{PageContext, Viewer},
    paths,
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let PageContext { provider, viewer, .. } = PageContext::current();
    let query = use_query_map().get_untracked();
    let next = query.get("next").filter(|address| paths::is_ours(address));
    let failed = query.get("failed").is_some();
    let signed_in = match viewer {
        Viewer::Public => None,
        Viewer::SignedIn(SignedIn::Member(member)) => Some((member.display_name, paths::PORTAL, "your portal")),
        Viewer::SignedIn(SignedIn::Staff(staff)) => Some((staff.display_name, paths::DESK, "your desk")),
    };
    view! {
        <Title text="Sign in · Vitrine" />
        <div class="page-head">
            <h1>"Sign in"</h1>
        </div>
        {signed_in
            .map(|(name, address, place)| {
                view! {
                    <p class="notice">
                        "You are signed in as " <strong>{name}</strong> ". Go to " <a href=address>{place}</a>
                        ", or sign in below as somebody else."
                    </p>
                }
            })}
        <div class="sign-in">
            <form method="post" action=paths::SIGN_IN>
                {failed
                    .then(|| {
                        view! {
                            <p class="form-error" role="alert">
                                "That e-mail address and password don’t match. Check both and try again."
                            </p>
                        }
                    })}
                <input type="hidden" name="next" value=next.unwrap_or_default() />
                <BrowserZone />
                <div class="field">
                    <label for="email">"Email"</label>
                    <input
                        id="email"
                        name="email"
                        type="email"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                    />
                </div>
                <div class="field">
                    <label for="password">"Password"</label>
                    <input id="password" name="password" type="password" autocomplete="current-password" required />
                </div>
                <button type="submit">"Sign in"</button>
            </form>
            <aside aria-labelledby="who">
                <h2 id="who">"Who signs in here"</h2>
                <p>
                    "People of " {provider.clone()}
                    "’s customers, to read the record of accesses to their own data and of nobody else’s."
                </p>
                <p>"People of " {provider} ", to publish and to run the portal. No role of theirs reads a customer’s pages."</p>
                <p>
                    "Figures on " <a href=paths::TRANSPARENCY>"government requests"</a> " are open to everyone, without signing in."
                </p>
            </aside>
        </div>
    }
}
