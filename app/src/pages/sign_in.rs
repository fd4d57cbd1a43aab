//! Where people sign in, or confirm that it is still they. Every form goes to the server and works without any script;
//! a passkey's ceremony alone needs one.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;
use store::SignedIn;

use crate::{
    components::{BrowserZone, Field, FormProblem, Interactive},
    context::{PageContext, ShownOnce},
    islands::passkey::PasskeySignIn,
    paths,
};

const FORM: &str = "sign-in";
/// Answered where the person's organisation allows no other way in.
const SINGLE_SIGN_ON: &str = "single_sign_on";

#[component]
pub fn SignInPage() -> impl IntoView {
    let PageContext { provider, session, answer, public_url, .. } = PageContext::current();
    if let Some(ShownOnce::Provider { host, address }) = answer.shown {
        return on_to(host, address).into_any();
    }
    let query = use_query_map().get_untracked();
    let next = query.get("next").filter(|address| paths::is_ours(address)).unwrap_or_default();
    // Whoever is signed in confirms that it is they, before something that takes a fresh sign-in.
    let confirming = query.get("again").and(session.as_ref()).map(|session| session.email.clone());
    let over = query.get("over").is_some().then(|| {
        view! {
            <p class="form-error" role="alert">
                "That took too long, or too many codes were wrong. Please begin again."
            </p>
        }
    });
    let signed_in = session.as_ref().map(|session| match &session.signed_in {
        SignedIn::Member(member) => (member.display_name.clone(), paths::PORTAL, "your portal"),
        SignedIn::Staff(staff) => (staff.display_name.clone(), paths::DESK, "your desk"),
    });
    let signed_in = signed_in.filter(|_| confirming.is_none()).map(|(name, address, place)| {
        view! {
            <p class="notice">
                "You are signed in as " <strong>{name}</strong> ". Go to " <a href=address>{place}</a>
                ", or sign in below as somebody else."
            </p>
        }
    });
    let again = confirming.is_some();
    let single_sign_on = answer.is_of("sso") || answer.problem(FORM, "").as_deref() == Some(SINGLE_SIGN_ON);
    let (heading, lede) = if again {
        ("Confirm that it’s you", Some("What you are about to do takes a sign-in of the last ten minutes."))
    } else {
        ("Sign in", None)
    };
    let email = confirming.unwrap_or_default();
    let at_organisation = if again { email.clone() } else { answer.typed(FORM, "email").unwrap_or_default() };
    view! {
        <Title text=format!("{heading} · Vitrine") />
        <div class="page-head">
            <h1>{heading}</h1>
            {lede.map(|lede| view! { <p class="lede">{lede}</p> })}
        </div>
        {signed_in}
        <div class="sign-in">
            <div class="ways-in">
                {over}
                <SignInProblem />
                <PasskeySignIn next=next.clone() address=public_url + paths::SIGN_IN />
                <form method="post" action=paths::SIGN_IN>
                    <input type="hidden" name="next" value=next.clone() />
                    {again.then(|| view! { <input type="hidden" name="again" value="1" /> })}
                    <BrowserZone />
                    <Field form=FORM name="email" label="Email" kind="email" autocomplete="username webauthn" value=email.clone() readonly=again />
                    <Field form=FORM name="password" label="Password" kind="password" autocomplete="current-password" />
                    <button type="submit">"Sign in"</button>
                </form>
                <details class="other-way" open=single_sign_on>
                    <summary>"Sign in with your organisation"</summary>
                    <form method="post" action=paths::SIGN_IN_SSO>
                        <FormProblem form="sso" />
                        <input type="hidden" name="next" value=next />
                        {again.then(|| view! { <input type="hidden" name="again" value="1" /> })}
                        <BrowserZone />
                        <Field form="sso" name="email" label="Your address at the organisation" kind="email" autocomplete="username" value=at_organisation readonly=again />
                        <button class="quiet">"Continue"</button>
                    </form>
                </details>
            </div>
            <aside aria-labelledby="who">
                <h2 id="who">"Who signs in here"</h2>
                <p>
                    "People of " {provider.clone()}
                    "’s customers, to read the record of accesses to their own data and of nobody else’s. An owner of your organisation can send you a link to join."
                </p>
                <p>"People of " {provider} ", to publish and to run the portal. No role of theirs reads a customer’s pages."</p>
                <p>
                    "Figures on " <a href=paths::TRANSPARENCY>"government requests"</a> " are open to everyone, without signing in."
                </p>
            </aside>
        </div>
        <Interactive />
    }
    .into_any()
}

/// Where the sign-in goes on, at the organisation's identity provider.
fn on_to(host: String, address: String) -> impl IntoView {
    view! {
        <Title text="Sign in · Vitrine" />
        <Meta http_equiv="refresh" content=format!("0;url={address}") />
        <div class="page-head">
            <h1>"On to your organisation"</h1>
            <p class="lede">{format!("You sign in at {host}, and come back here.")}</p>
        </div>
        <p>
            <a class="button" href=address>
                {format!("Go on to {host}")}
            </a>
        </p>
    }
}

/// Why the last try didn't sign in.
#[component]
pub fn SignInProblem() -> impl IntoView {
    let answer = PageContext::current().answer;
    let sentence = answer.problem(FORM, "").map(|reason| match reason.split_once(' ') {
        Some(("wait", seconds)) => {
            format!("There were too many tries. The next one is possible in {}.", in_words(seconds))
        }
        _ if reason == SINGLE_SIGN_ON => {
            "Your organisation wants you to sign in with it: use “Sign in with your organisation”.".to_owned()
        }
        _ => "That e-mail address and password don’t match. Check both and try again.".to_owned(),
    });
    sentence.map(|sentence| {
        view! {
            <p class="form-error" role="alert">
                {sentence}
            </p>
        }
    })
}

fn in_words(seconds: &str) -> String {
    match seconds.parse::<u32>() {
        Ok(1) => "a second".to_owned(),
        Ok(seconds @ 2..=90) => format!("{seconds} seconds"),
        Ok(seconds) => format!("{} minutes", seconds.div_ceil(60)),
        Err(_) => "a while".to_owned(),
    }
}
