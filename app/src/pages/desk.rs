//! The first page of the provider's people.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::Loaded,
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn DeskPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Loaded load=async move {
            let waiting = match context.session()?.notices() {
                Ok(desk) => Some((desk.waiting().await?.len(), desk.drafts().await?.len())),
                Err(_) => None,
            };
            desk(&context, waiting)
        } />
    }
}

/// How many notices' customers wait for an answer, and how many drafts for a second person.
type Waiting = (usize, usize);

fn desk(context: &PageContext, waiting: Option<Waiting>) -> Result<impl IntoView + use<>, PageError> {
    let staff = context.staff()?;
    let notices = waiting.map(notices);
    let provider = context.provider.clone();
    Ok(view! {
        <Title text="Desk · Vitrine" />
        <div class="page-head">
            <h1>"Good to see you, " {staff.display_name}</h1>
            <p class="lede">"You are here for " {provider} ", in the role " {staff.role.label()} "."</p>
        </div>
        <p class="notice">
            <strong>"No role here can read a customer’s pages."</strong>
            " That includes yours and the administrator’s. What accesses were made to a customer’s data is between your systems, which report them, and that customer."
        </p>
        <section class="panel" aria-labelledby="today">
            <h2 id="today">"What you can do today"</h2>
            <ul class="ways">
                {notices}
                <li>
                    <h3>"Publish statistics"</h3>
                    <div>
                        <p>
                            "The legal and publishing people bring a publisher’s figures on government requests in at the desk; on the server’s machine, this puts them on the "
                            <a href=paths::TRANSPARENCY>"public page"</a> ", too."
                        </p>
                        <pre tabindex="0">
                            <code>"server import-statistics --help"</code>
                        </pre>
                    </div>
                </li>
                <li>
                    <h3>"Make a customer"</h3>
                    <div>
                        <p>
                            <a href=paths::CUSTOMERS>"Customers"</a>
                            " are who accesses are reported to. An administrator makes one, and sends its first owner the link to join by."
                        </p>
                    </div>
                </li>
                <li>
                    <h3>"Let a system report accesses"</h3>
                    <div>
                        <p>
                            "An " <a href=paths::OF_PROVIDER.tokens>"API token"</a>
                            " lets the provider’s systems add to customers’ records, and neither read nor change them. It is shown once, when it is made."
                        </p>
                    </div>
                </li>
                <li>
                    <h3>"Connect it"</h3>
                    <div>
                        <p>
                            "How an event is written, and what is answered: " <a href=paths::API_DOCS>"the API"</a>
                            ", also as an " <a href=paths::OPENAPI>"OpenAPI document"</a> "."
                        </p>
                    </div>
                </li>
            </ul>
        </section>
    })
}

fn notices((questions, drafts): Waiting) -> impl IntoView {
    let questions = match questions {
        0 => "No customer waits for an answer".to_owned(),
        1 => "1 notice has a question or an objection without an answer".to_owned(),
        many => format!("{many} notices have questions or objections without an answer"),
    };
    let drafts = match drafts {
        0 => "no draft waits for a second person".to_owned(),
        1 => "1 draft waits for a second person".to_owned(),
        many => format!("{many} drafts wait for a second person"),
    };
    view! {
        <li>
            <h3>"Give notice"</h3>
            <div>
                <p>
                    <a href=paths::DESK_NOTICES>"Notices"</a>
                    " tell customers what they are owed to know: a breach, a new subprocessor, a change of terms. "
                    <strong>{questions} ", and " {drafts} "."</strong>
                </p>
            </div>
        </li>
    }
}
