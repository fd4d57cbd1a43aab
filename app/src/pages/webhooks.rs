//! `/portal/webhooks` and `/desk/webhooks`: where a customer's, or the provider's, systems are told what happens.

use domain::{Role, Zone, webhook::WebhookEvent};
use leptos::prelude::*;
use leptos_meta::Title;
use store::WebhookLine;

use crate::{
    components::{Done, Field, FormProblem, Loaded, OrganisationNav, Shown, with_code},
    context::{PageContext, PageError},
    paths::{self, Organisation},
};

const DONE: &[(&str, &str)] = &[
    ("tried", "A message is on its way. Look again in a moment: what goes wrong is told here."),
    ("removed", "The webhook is removed, with whatever waited for it."),
];

#[component]
pub fn WebhooksPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Webhooks · Vitrine" />
        <Loaded load=async move {
            let (roster, role) = context.organisation()?;
            let webhooks = roster.webhooks().await?;
            Ok::<_, PageError>(view_of(webhooks, role, zone))
        } />
    }
}

fn view_of(webhooks: Vec<WebhookLine>, viewer: Role, zone: Zone) -> impl IntoView {
    let at = paths::organisation(viewer);
    let administers = viewer.administers();
    let of_customer = matches!(viewer, Role::Member(_));
    let none = webhooks.is_empty().then(|| view! { <p class="empty">"There is no webhook."</p> });
    let webhooks = webhooks.into_iter().map(|webhook| line(webhook, at, administers, zone)).collect_view();
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"Webhooks"</h1>
                <p class="lede">
                    "Your systems are told what happens as it happens: a POST of JSON to an address of yours, signed so that you can tell that it is from here. What can’t be delivered is tried again for three days."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="webhooks" />
        <Shown />
        {none}
        <ul class="lines">{webhooks}</ul>
        {administers.then(|| create_form(at))}
        {how(of_customer)}
    }
}

fn line(webhook: WebhookLine, at: &Organisation, administers: bool, zone: Zone) -> impl IntoView + use<> {
    let delivered = match webhook.delivered_at {
        Some(at) => format!("last delivered {}", zone.long(at)),
        None => "nothing delivered yet".to_owned(),
    };
    let waiting = match webhook.waiting {
        0 => String::new(),
        1 => ", one message waits".to_owned(),
        waiting => format!(", {waiting} messages wait"),
    };
    let about = format!("Made by {} on {}; {delivered}{waiting}.", webhook.created_by, zone.date(webhook.created_at));
    let failure = webhook.failure.map(|failure| {
        let what = if failure.given_up { "was given up" } else { "was not delivered yet" };
        let told = format!(
            "The message {} of {} {what}: {}.",
            failure.event,
            zone.long(failure.of),
            failure.reason.trim_end_matches('.'),
        );
        view! { <p class="error">{told}</p> }
    });
    let id = webhook.id;
    let manage = administers.then(|| {
        view! {
            <details>
                <summary>
                    "Manage" <span class="visually-hidden">" the webhook " {webhook.name.clone()}</span>
                </summary>
                <div class="manage">
                    <form method="post" action=paths::fill(at.webhook_try, id)>
                        <p class="hint">"Sends a message that only says that you tried."</p>
                        <button class="quiet">"Try it out"</button>
                    </form>
                    <form method="post" action=paths::fill(at.webhook_secret, id)>
                        <p class="hint">"Messages are signed with both for a day, so that nothing is missed."</p>
                        <button class="quiet">"New secret"</button>
                    </form>
                    <form method="post" action=paths::fill(at.webhook_remove, id)>
                        <p class="hint">"At once, with whatever waits for it."</p>
                        <button class="quiet">"Remove"</button>
                    </form>
                </div>
            </details>
        }
    });
    view! {
        <li>
            <div>
                <p>
                    <strong>{webhook.name}</strong>
                    " "
                    <code>{webhook.url}</code>
                    <span class="sub">{about}</span>
                </p>
                {failure}
            </div>
            {manage}
        </li>
    }
}

fn create_form(at: &Organisation) -> impl IntoView + use<> {
    view! {
        <section class="panel" aria-labelledby="make">
            <h2 id="make">"Make a webhook"</h2>
            <form class="short" method="post" action=at.webhooks>
                <FormProblem form="webhook" />
                <Field form="webhook" name="name" label="Name" hint="What listens there, such as “SIEM”." />
                <Field
                    form="webhook"
                    name="url"
                    label="Address"
                    kind="url"
                    hint="Over TLS, such as https://siem.acme.example/vitrine."
                />
                <button>"Make it"</button>
            </form>
        </section>
    }
}

fn how(of_customer: bool) -> impl IntoView {
    let events = WebhookEvent::ALL
        .iter()
        .filter(|event| event.is_told(of_customer))
        .map(|event| {
            view! {
                <dt>
                    <code>{event.code()}</code>
                </dt>
                <dd>{with_code(event.told())}</dd>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="how">
            <h2 id="how">"What a webhook gets"</h2>
            <p>
                "Messages follow "
                <a href="https://www.standardwebhooks.com/">"Standard Webhooks"</a>
                ": " <code>"webhook-id"</code> ", " <code>"webhook-timestamp"</code> " and "
                <code>"webhook-signature"</code>
                " (v1, HMAC-SHA256), which its libraries check. Answer with a status of 200 to 299 within ten seconds. A message may come twice, under the same id, and not in order."
            </p>
            <dl class="facts">{events}</dl>
        </section>
    }
}
