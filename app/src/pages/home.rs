//! The first page: what this is, for whoever comes by.

use domain::Purpose;
use leptos::prelude::*;
use leptos_meta::Title;
use store::SignedIn;

use crate::{context::PageContext, paths};

#[component]
pub fn HomePage() -> impl IntoView {
    let context = PageContext::current();
    let (way_in, way_in_label) = match context.signed_in() {
        Some(SignedIn::Member(_)) => (paths::ACCESS, "Read your access record"),
        Some(SignedIn::Staff(_)) => (paths::DESK, "Go to your desk"),
        None => (paths::SIGN_IN, "Sign in to your record"),
    };
    let provider = context.provider;
    let reasons = Purpose::reasons()
        .map(|purpose| {
            view! {
                <div>
                    <dt>{purpose.label()}</dt>
                    <dd>{purpose.explanation()}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <Title text=format!("{provider}: our access to your data, on display · Vitrine") />
        <div class="hero">
            <div>
                <h1>"Our access to your data, on display"</h1>
                <p class="lede">
                    "When somebody at " {provider.clone()}
                    " touches what a customer keeps there, it is recorded here, and that customer reads it: who it was, the reason, what they opened, and who allowed it."
                </p>
                <div class="actions">
                    <a class="button" href=way_in>
                        {way_in_label}
                    </a>
                    <a href=paths::TRANSPARENCY>"See what governments asked for"</a>
                </div>
            </div>
            <Specimen />
        </div>

        <section aria-labelledby="questions">
            <h2 id="questions" class="visually-hidden">
                "Four questions"
            </h2>
            <ul class="questions">
                <li>
                    <h3>"Who looked at our data, and why?"</h3>
                    <div>
                        <p>
                            "Every access by staff or systems is in your record within a second of being reported, with the person’s role and employer, the reason in words, the ticket, the approval and when the access was revoked. Filter it, search it, download exactly what you see."
                        </p>
                        <p>
                            <a href=way_in>{way_in_label}</a>
                        </p>
                    </div>
                </li>
                <li>
                    <h3>"Who asked you for it?"</h3>
                    <div>
                        <p>
                            "Courts and authorities ask for customers’ data. How often, from which countries and with what outcome is published for everyone, with the figures to download."
                        </p>
                        <p>
                            <a href=paths::TRANSPARENCY>"Government requests"</a>
                        </p>
                    </div>
                </li>
                <li>
                    <h3>"On what terms does it leave our region?"</h3>
                    <div>
                        <p>
                            "For each access the record names the country of the person’s office, the country they were in and the region of the data; where that isn’t known, it says so. The transfer agreements themselves are not in this portal yet."
                        </p>
                    </div>
                </li>
                <li>
                    <h3>"Can we check what you say?"</h3>
                    <div>
                        <p>
                            "Each customer’s record is numbered without gaps, and each entry is fingerprinted when it is stored. Nothing in it is changed or deleted: a correction is a new entry that names the old one. Your own systems can read the same record, so you can keep a copy and compare."
                        </p>
                        <p>
                            "What we promise stands beside what shows it kept, and who audited us beside what they found."
                        </p>
                        <ul class="downloads">
                            <li>
                                <a href=paths::COMMITMENTS>"Our commitments"</a>
                            </li>
                            <li>
                                <a href=paths::AUDITS>"Certificates and audits"</a>
                            </li>
                            <li>
                                <a href=paths::POLICIES>"Policies"</a>
                            </li>
                            <li>
                                <a href=paths::API_DOCS>"Read the API"</a>
                            </li>
                        </ul>
                    </div>
                </li>
            </ul>
        </section>

        <section aria-labelledby="reasons">
            <h2 id="reasons">"These reasons, and no others"</h2>
            <p>
                "An access must state one of these purposes, or it is refused. Advertising, marketing, profiling and model training are not on the list, and no setting adds them."
            </p>
            <dl class="reasons">{reasons}</dl>
        </section>
    }
}

/// An access as a customer reads it, behind glass.
#[component]
fn Specimen() -> impl IntoView {
    view! {
        <figure class="case">
            <div class="case-pane">
                <div class="case-slip">
                    <p class="case-label">
                        <span>"Access 1,042"</span>
                        <span>"11 February 2026, 09:30 UTC"</span>
                    </p>
                    <dl>
                        <div>
                            <dt>"Who"</dt>
                            <dd>
                                "A storage engineer" <span class="sub">"Office in Germany, employed by the provider"</span>
                            </dd>
                        </div>
                        <div>
                            <dt>"Why"</dt>
                            <dd>
                                {Purpose::CustomerRequestedSupport.label()}
                                <span class="sub">"“Restore of a deleted folder”, CASE-48213"</span>
                            </dd>
                        </div>
                        <div>
                            <dt>"What"</dt>
                            <dd>
                                "Listed and read patient-letters" <span class="sub">"Object Storage, eu-central-1"</span>
                            </dd>
                        </div>
                        <div>
                            <dt>"Approval"</dt>
                            <dd>
                                <span class="tag good">"Approved by you"</span>
                            </dd>
                        </div>
                        <div>
                            <dt>"Revoked"</dt>
                            <dd>"After 18 minutes, at the end of the session"</dd>
                        </div>
                    </dl>
                </div>
            </div>
            <figcaption>"An invented access, as a customer would read it."</figcaption>
        </figure>
    }
}
