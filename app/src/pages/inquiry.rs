//! `/portal/inquiries/{sequence}`: one inquiry, whole.

use domain::{Timestamp, Zone, inquiry::SaidKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::InquiryView;

use crate::{
    access_line::stated,
    components::{Done, FormProblem, Loaded, TextArea},
    context::{PageContext, PageError},
    inquiry_line::{said, state, title},
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("question", "Your question is with the provider. Its answer will stand below."),
    ("dispute", "Your dispute is with the provider. How it ends, and why, will stand below."),
];

#[component]
pub fn InquiryPage() -> impl IntoView {
    let context = PageContext::current();
    let sequence = use_params_map().read_untracked().get("sequence");
    view! {
        <Loaded load=async move {
            let member = context.member()?;
            let sequence = sequence.as_deref().and_then(paths::place).ok_or(PageError::NotFound)?;
            let view = member.inquiries.open(sequence).await?.ok_or(PageError::NotFound)?;
            Ok::<_, PageError>(view_of(view, member.inquiries.may_ask(), context.store.now(), member.zone))
        } />
    }
}

fn view_of(view: InquiryView, may_ask: bool, now: Timestamp, zone: Zone) -> impl IntoView {
    let InquiryView { line, accesses, messages } = view;
    let title = title(&line, zone);
    let accesses = accesses
        .into_iter()
        .map(|(place, event)| {
            let about = format!("{}, {}", event.purpose.label(), zone.long(event.started_at));
            view! {
                <li>
                    <p>
                        <a href=paths::access_record(place)>"Record " {place}</a>
                        <span class="sub">{about}</span>
                        <span class="sub">
                            {stated(event.justification.as_deref(), "No reason in words stated")}
                        </span>
                    </p>
                </li>
            }
        })
        .collect_view();
    let forms = may_ask.then(|| forms(line.sequence, line.state.admits(SaidKind::Dispute)));
    view! {
        <Title text=format!("Inquiry: {title} · Vitrine") />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::INQUIRIES>"Inquiries"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">"Inquiry " {line.sequence}</p>
                <h1>{title}</h1>
                <p>{state(&line, now, zone)}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <section class="panel" aria-labelledby="about">
            <h2 id="about">"What it is about"</h2>
            <ul class="lines">{accesses}</ul>
            <p>"The provider’s people read this with your words, and nothing else of your record."</p>
        </section>
        {said(&messages, true, zone)}
        {forms}
    }
}

fn forms(sequence: i64, disputes: bool) -> impl IntoView {
    let dispute = disputes.then(|| {
        view! { <button class="quiet" formaction=paths::fill(paths::INQUIRY_DISPUTE, sequence)>"Dispute it"</button> }
    });
    view! {
        <section class="panel" aria-labelledby="write">
            <h2 id="write">"Go on"</h2>
            <form class="short" method="post" action=paths::fill(paths::INQUIRY_ASK, sequence)>
                <FormProblem form="ask" />
                <TextArea
                    form="ask"
                    name="body"
                    label="Your words"
                    value=""
                    hint="The provider reads them and answers here. A dispute ends with an outcome that is recorded."
                    rows=5
                    prose=true
                />
                <p class="actions">
                    <button>"Ask"</button>
                    {dispute}
                </p>
            </form>
        </section>
    }
}
