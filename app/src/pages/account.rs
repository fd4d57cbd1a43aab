//! `/account`: what a person signs in with, and where they are signed in.

use domain::{SignInRule, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{AccountView, MailChoice, PasskeyLine, Session, SessionLine};

use crate::{
    components::{Choice, Done, Field, FormProblem, Interactive, Loaded, Shown, zones},
    context::{PageContext, PageError},
    device::device_label,
    islands::passkey::PasskeyRegistration,
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("joined", "Welcome. Set up below what you sign in with."),
    ("password_set", "Your password is set. Every other session of yours has ended."),
    ("passkey_added", "Your passkey is added. It signs you in from now on."),
    ("passkey_removed", "The passkey is removed."),
    ("authenticator_removed", "The authenticator app and its recovery codes are removed."),
    ("session_ended", "That session has ended."),
    ("sessions_ended", "Every other session of yours has ended."),
    ("time_zone_set", "Times are shown in the zone that you chose."),
    ("mail_set", "You get the mails that you chose."),
];

#[component]
pub fn AccountPage() -> impl IntoView {
    let context = PageContext::current();
    let (zone, mails) = (context.zone(), context.store.mails());
    view! {
        <Title text="Your account · Vitrine" />
        <Loaded load=async move {
            let session = context.session()?;
            let view = session.account().view().await?;
            Ok::<_, PageError>(account(session, view, zone, mails))
        } />
    }
}

fn account(session: Session, view: AccountView, zone: Zone, mails: bool) -> impl IntoView {
    let AccountView { passkeys, sessions, .. } = view.clone();
    view! {
        <div class="page-head">
            <div>
                <p class="eyebrow">{session.signed_in.role().label()}</p>
                <h1>"Your account"</h1>
                <p class="lede">{session.email.clone()}</p>
            </div>
        </div>
        <Done sentences=DONE />
        {unmet(&session)}
        <Shown />
        {passkeys_section(passkeys, zone)}
        {password_section(&view)}
        {authenticator_section(&view)}
        {view.has_single_sign_on.then(single_sign_on_section)}
        {sessions_section(sessions, zone)}
        {zone_section(&view)}
        {view.mail.filter(|_| mails).map(mail_section)}
        <Interactive />
    }
}

/// What has to be done before anything else is open.
fn unmet(session: &Session) -> Option<impl IntoView + use<>> {
    if session.wants_single_sign_on() {
        let again = paths::sign_in_again(paths::PORTAL);
        return Some(
            view! {
                <p class="notice warn">
                    "Your organisation wants you to sign in with it before you go on: "
                    <a href=again>"confirm that it’s you"</a> ", with “Sign in with your organisation”."
                </p>
            }
            .into_any(),
        );
    }
    if session.has_more_to_show() {
        let asked = "Sign in with your passkey or your code, and not with the password alone, to go on.";
        return Some(view! { <p class="notice warn">{asked}</p> }.into_any());
    }
    let asked = match session.unmet_rule()? {
        SignInRule::Passkey => "Your organisation asks for a passkey. Add one below, and go on.",
        SignInRule::SecondFactor => {
            "Before you go on, a second factor is needed: add a passkey, or set a password and an authenticator app."
        }
        SignInRule::Password => {
            "Before you go on, add a passkey or set a password: the link that you followed works once."
        }
    };
    Some(view! { <p class="notice warn">{asked}</p> }.into_any())
}

fn passkeys_section(passkeys: Vec<PasskeyLine>, zone: Zone) -> impl IntoView {
    let none = passkeys.is_empty().then(|| view! { <p>"You have no passkey yet."</p> });
    let lines = passkeys
        .into_iter()
        .map(|passkey| {
            let used = match passkey.last_used_at {
                Some(at) => format!("last used {}", zone.long(at)),
                None => "not used yet".to_owned(),
            };
            let of = passkey.name.clone();
            view! {
                <li>
                    <p>
                        <strong>{passkey.name}</strong>
                        <span class="sub">{format!("Added {}, {used}", zone.date(passkey.created_at))}</span>
                    </p>
                    <form method="post" action=paths::fill(paths::ACCOUNT_PASSKEY_REMOVE, passkey.id)>
                        <button class="quiet">
                            "Remove" <span class="visually-hidden">" the passkey " {of}</span>
                        </button>
                    </form>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="passkeys">
            <h2 id="passkeys">"Passkeys"</h2>
            <p>"The strongest way to sign in: by fingerprint, face or PIN of your own device, and never on a forged page."</p>
            <FormProblem form="passkeys" />
            {none}
            <ul class="lines">{lines}</ul>
            <PasskeyRegistration address=PageContext::current().public_url + paths::ACCOUNT />
        </section>
    }
}

fn password_section(view: &AccountView) -> impl IntoView + use<> {
    let (heading, button) =
        if view.has_password { ("A new password", "Change the password") } else { ("Password", "Set a password") };
    let current = view.has_password.then(|| {
        view! { <Field form="password" name="current" label="The password you have" kind="password" autocomplete="current-password" /> }
    });
    view! {
        <section class="panel" aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            <form class="short" method="post" action=paths::ACCOUNT_PASSWORD>
                <FormProblem form="password" />
                {current}
                <Field
                    form="password"
                    name="password"
                    label=heading
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 15 characters; a few words in a row are easy to remember. Setting it ends your other sessions."
                />
                <button>{button}</button>
            </form>
        </section>
    }
}

fn authenticator_section(view: &AccountView) -> impl IntoView + use<> {
    let AccountView { has_authenticator, recovery_codes, .. } = *view;
    let body = if has_authenticator {
        view! {
            <p>{format!("Your password is followed by a code from your app. {recovery_codes} of your recovery codes are unused.")}</p>
            <div class="actions">
                <form method="post" action=paths::ACCOUNT_RECOVERY_CODES>
                    <button class="quiet">"Make new recovery codes"</button>
                </form>
                <a href=paths::ACCOUNT_AUTHENTICATOR>"Set up another app in its place"</a>
                <form method="post" action=paths::ACCOUNT_AUTHENTICATOR_REMOVE>
                    <button class="quiet">"Remove the app"</button>
                </form>
            </div>
        }
        .into_any()
    } else {
        view! {
            <p>"A code from an app on your phone, asked for after the password. It makes a stolen password useless by itself."</p>
            <p>
                <a class="button quiet" href=paths::ACCOUNT_AUTHENTICATOR>
                    "Set up an authenticator app"
                </a>
            </p>
        }
        .into_any()
    };
    view! {
        <section class="panel" aria-labelledby="authenticator">
            <h2 id="authenticator">"Authenticator app"</h2>
            {body}
        </section>
    }
}

fn single_sign_on_section() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="single-sign-on">
            <h2 id="single-sign-on">"Single sign-on"</h2>
            <p>"You sign in with your organisation. Your name here is the one that its identity provider gives."</p>
        </section>
    }
}

fn sessions_section(sessions: Vec<SessionLine>, zone: Zone) -> impl IntoView {
    let several = sessions.len() > 1;
    let lines = sessions
        .into_iter()
        .map(|session| {
            let device = device_label(&session.device);
            let from = if session.address.is_empty() { String::new() } else { format!(", from {}", session.address) };
            let end = if session.current {
                view! { <span class="tag plain">"This one"</span> }.into_any()
            } else {
                view! {
                    <form method="post" action=paths::fill(paths::ACCOUNT_SESSION_END, session.id)>
                        <button class="quiet">
                            "End" <span class="visually-hidden">" the session on " {device.clone()}</span>
                        </button>
                    </form>
                }
                .into_any()
            };
            view! {
                <li>
                    <p>
                        <strong>{device}</strong>
                        <span class="sub">
                            {format!(
                                "By {}{from}, last used {}, since {}",
                                session.means.label().to_lowercase(),
                                zone.long(session.last_used_at),
                                zone.long(session.created_at),
                            )}
                        </span>
                    </p>
                    {end}
                </li>
            }
        })
        .collect_view();
    let end_others = several.then(|| {
        view! {
            <form method="post" action=paths::ACCOUNT_SESSIONS_END>
                <button class="quiet">"End every other session"</button>
            </form>
        }
    });
    view! {
        <section class="panel" aria-labelledby="sessions">
            <h2 id="sessions">"Where you are signed in"</h2>
            <p>"A session ends an hour after its last use, and twelve hours after sign-in at the latest."</p>
            <ul class="lines">{lines}</ul>
            {end_others}
        </section>
    }
}

fn zone_section(view: &AccountView) -> impl IntoView + use<> {
    view! {
        <section class="panel" aria-labelledby="time-zone">
            <h2 id="time-zone">"Time zone"</h2>
            <form class="short" method="post" action=paths::ACCOUNT_TIME_ZONE>
                <FormProblem form="time-zone" />
                <Choice
                    name="zone"
                    label="Times are shown in"
                    none="The browser’s zone, or UTC"
                    chosen=view.time_zone.map(|zone| zone.name().to_owned())
                    options=zones()
                />
                <button class="quiet">"Save"</button>
            </form>
        </section>
    }
}

fn mail_section(chosen: MailChoice) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="mail">
            <h2 id="mail">"Mail"</h2>
            <p>"A mail says that a notice is there, and of which kind, or that a request for access waits; what they say stands here alone. Links to join or to begin anew always come by mail."</p>
            <form class="short" method="post" action=paths::ACCOUNT_MAIL>
                <label class="check">
                    <input type="checkbox" name="notices" value="yes" checked=chosen.notices />
                    "New notices"
                </label>
                <label class="check">
                    <input type="checkbox" name="reminders" value="yes" checked=chosen.reminders />
                    "Reminders of notices that wait"
                </label>
                <label class="check">
                    <input type="checkbox" name="access" value="yes" checked=chosen.access />
                    "Access: requests that wait for you, and what was accessed without approval or otherwise than granted"
                </label>
                <button class="quiet">"Save"</button>
            </form>
        </section>
    }
}
