//! Where a link leads that invites somebody to join, or to begin anew.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::Invitation;

use crate::{
    components::{BrowserZone, Field, FormProblem, Loaded},
    context::{PageContext, PageError},
    paths,
};

const FORM: &str = "join";

#[component]
pub fn JoinPage() -> impl IntoView {
    let context = PageContext::current();
    let secret = use_params_map().read_untracked().get("secret").unwrap_or_default();
    let response = use_context::<leptos_axum::ResponseOptions>();
    view! {
        <Title text="Join · Vitrine" />
        <Loaded load=async move {
            let invitation = context.store.invitation(&secret).await?;
            if let (None, Some(response)) = (&invitation, response) {
                response.set_status(http::StatusCode::NOT_FOUND);
            }
            Ok::<_, PageError>(match invitation {
                Some(invitation) => join(invitation, &secret, &context.provider).into_any(),
                None => over().into_any(),
            })
        } />
    }
}

fn over() -> impl IntoView {
    view! {
        <div class="page-head">
            <h1>"This link is good no more"</h1>
            <p class="lede">
                "It was followed already, withdrawn, replaced by a newer one, or is older than three days. Ask whoever sent it for another."
            </p>
        </div>
        <p>
            <a href=paths::SIGN_IN>"Sign in"</a>
        </p>
    }
}

fn join(invitation: Invitation, secret: &str, provider: &str) -> impl IntoView + use<> {
    let of = invitation.customer.as_ref().map_or(provider, |customer| &customer.display_name).to_owned();
    let role = invitation.role.label().to_lowercase();
    let again = invitation.person.is_some();
    let heading = if again { format!("Begin anew at {of}") } else { format!("Join {of}") };
    let lede = if again {
        format!("{} made this link for you: what you signed in with before ends when you go on.", invitation.invited_by)
    } else {
        format!("{} invites you to Vitrine, in the role {role}.", invitation.invited_by)
    };
    let name = invitation.person.map(|(_, name)| name).unwrap_or_default();
    let email = invitation.email;
    let asks_email = email.is_empty();
    view! {
        <div class="page-head">
            <h1>{heading}</h1>
            <p class="lede">{lede}</p>
        </div>
        <div class="sign-in">
            <form method="post" action=paths::fill(paths::JOIN, secret)>
                <FormProblem form=FORM />
                <BrowserZone />
                <Field form=FORM name="email" label="Email" kind="email" autocomplete="username" value=email readonly=!asks_email />
                <Field form=FORM name="name" label="Your name" autocomplete="name" value=name />
                <Field
                    form=FORM
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    required=false
                    hint="At least 15 characters; a few words in a row are easy to remember. Leave it empty to use a passkey."
                />
                <button type="submit">"Go on"</button>
            </form>
            <aside aria-labelledby="passkey">
                <h2 id="passkey">"Better: a passkey"</h2>
                <p>
                    "Your phone, your computer or a security key signs you in by fingerprint, face or PIN. Nothing to remember, and nothing that a forged page could ask you for."
                </p>
                <p>"Leave the password empty and go on: the next page sets it up."</p>
            </aside>
        </div>
    }
}
