//! `/account/authenticator`: setting up an authenticator app, by QR code or by hand.

use leptos::prelude::*;
use leptos_meta::Title;
use qrcode::{QrCode, render::svg};
use store::Authenticator;

use crate::{
    components::{Field, FormProblem, Loaded},
    context::{PageContext, PageError},
    paths,
};

const FORM: &str = "authenticator";

#[component]
pub fn AuthenticatorPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Authenticator app · Vitrine" />
        <Loaded load=async move {
            let session = context.session()?;
            // The server asks for a fresh sign-in before it lets anybody here.
            let factors = session.factors().map_err(|_| PageError::NotFound)?;
            let resumed = match context.answer.typed(FORM, "sealed") {
                Some(sealed) => factors.resume_authenticator(&context.provider, &session.email, &sealed)?,
                None => None,
            };
            let setup = match resumed {
                Some(setup) => setup,
                None => factors.begin_authenticator(&context.provider, &session.email)?,
            };
            Ok::<_, PageError>(authenticator(setup))
        } />
    }
}

fn authenticator(setup: Authenticator) -> impl IntoView {
    // The address is far shorter than what a QR code holds; without the picture the secret can still be typed.
    let picture = QrCode::new(&setup.address).map(|code| {
        code.render::<svg::Color<'_>>()
            .min_dimensions(220, 220)
            .dark_color(svg::Color("#000"))
            .light_color(svg::Color("#fff"))
            .build()
    });
    let picture = match picture {
        Ok(svg) => {
            let svg = svg.split_once("<svg").map(|(_, rest)| format!("<svg{rest}")).unwrap_or_default();
            view! { <div class="qr" role="img" aria-label="QR code with the secret that stands below as text" inner_html=svg></div> }.into_any()
        }
        Err(error) => {
            tracing::error!(%error, "a QR code can't be drawn");
            ().into_any()
        }
    };
    let secret = setup.secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::ACCOUNT>"Your account"</a>
        </nav>
        <div class="page-head">
            <h1>"Set up an authenticator app"</h1>
            <p class="lede">"Any app for one-time codes will do. Nothing changes until its first code has come back."</p>
        </div>
        <ol class="steps">
            <li>
                <p>"Scan this code with the app."</p>
                {picture}
                <p class="sub">"Or type this secret into it: " <code>{secret}</code></p>
            </li>
            <li>
                <p>"Type the code that the app shows."</p>
                <form class="short" method="post" action=paths::ACCOUNT_AUTHENTICATOR>
                    <FormProblem form=FORM />
                    <input type="hidden" name="sealed" value=setup.sealed />
                    <Field form=FORM name="code" label="Code" autocomplete="one-time-code" />
                    <button>"Confirm"</button>
                </form>
            </li>
        </ol>
    }
}
