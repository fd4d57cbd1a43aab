//! `/desk/inquiries/{id}`: one inquiry of a customer, to answer and to decide.

use domain::{
    Purpose, Timestamp, Zone,
    access::{AccessEvent, statements},
    inquiry::{DisputeOutcome, SaidKind},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{Customer, InquiryView};

use crate::{
    components::{Choice, Done, Field, FormProblem, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    inquiry_line::{said, state, title},
    paths,
};

/// The forms' names in their answers.
const ANSWER: &str = "answer";
const DECIDE: &str = "decide";
const DONE: &[(&str, &str)] = &[
    ("answered", "Your answer is there for the customer to read."),
    ("decided", "The dispute is decided. The customer reads the outcome and the reason, with your name."),
];

#[component]
pub fn DeskInquiryPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let desk = context.session()?.inquiries().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let (customer, view) = desk.inquiry(id).await?.ok_or(PageError::NotFound)?;
            Ok::<_, PageError>(view_of(customer, view, context.store.now(), context.zone()))
        } />
    }
}

fn view_of(customer: Customer, view: InquiryView, now: Timestamp, zone: Zone) -> impl IntoView {
    let InquiryView { line, accesses, messages } = view;
    let title = title(&line, zone);
    let decide = line.state.admits(SaidKind::Outcome).then(|| {
        let address = paths::fill(paths::DESK_INQUIRY_DECIDE, line.id);
        decision(address, &accesses, zone)
    });
    let shown = accesses
        .into_iter()
        .map(|(place, event)| {
            let id = format!("record-{place}");
            view! {
                <section class="panel" aria-labelledby=id.clone()>
                    <h2 id=id.clone()>"The access, record " {place}</h2>
                    <p>"As the customer’s record had it when it asked. Event " <code>{event.id.clone()}</code> " of " <code>{event.source.clone()}</code> "."</p>
                    <Statements statements=statements(&event, zone) />
                </section>
            }
        })
        .collect_view();
    let hint = if line.state.disputed {
        "Whoever reads inquiries there reads it, with your name. Only an outcome ends the dispute."
    } else {
        "Whoever reads inquiries there reads it, with your name."
    };
    view! {
        <Title text=format!("{title}, {} · Vitrine", customer.display_name) />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::DESK_INQUIRIES>"Inquiries"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">"Inquiry " {line.sequence} " of " {customer.display_name}</p>
                <h1>{title}</h1>
                <p>{state(&line, now, zone)}</p>
            </div>
        </div>
        <Done sentences=DONE />
        {said(&messages, false, zone)}
        <section class="panel" aria-labelledby="answer">
            <h2 id="answer">"Answer the customer"</h2>
            <form class="short letter" method="post" action=paths::fill(paths::DESK_INQUIRY_ANSWER, line.id)>
                <FormProblem form=ANSWER />
                <TextArea form=ANSWER name="body" label="What you say" value="" hint=hint rows=5 prose=true />
                <button>"Send"</button>
            </form>
        </section>
        {decide}
        {shown}
    }
}

/// How a dispute ends. What only some outcomes ask for says so itself: nothing is hidden without JavaScript.
fn decision(address: String, accesses: &[(i64, AccessEvent)], zone: Zone) -> impl IntoView + use<> {
    let answer = PageContext::current().answer;
    let typed = move |field: &str| answer.typed(DECIDE, field).unwrap_or_default();
    let radio = |name: &'static str, value: &'static str, label: &'static str, chosen: bool| {
        view! {
            <label class="check">
                <input type="radio" name=name value=value checked=chosen />
                {label}
            </label>
        }
    };
    let chosen = typed("outcome");
    let outcomes = DisputeOutcome::ALL
        .iter()
        .map(|outcome| radio("outcome", outcome.code(), outcome.label(), chosen == outcome.code()))
        .collect_view();
    let remedy = typed("remedy");
    let remedies = [
        ("here", "A new record, written with this decision, says what is right"),
        ("system", "The system that reported it reports the correction itself"),
    ];
    let remedies =
        remedies.into_iter().map(|(value, label)| radio("remedy", value, label, remedy == value)).collect_view();
    let event = accesses.first().map(|(_, event)| event.clone());
    let (purpose, justification, ticket) = event
        .map(|event| {
            (event.purpose.code().to_owned(), event.justification.unwrap_or_default(), event.ticket.unwrap_or_default())
        })
        .unwrap_or_default();
    let record = match accesses {
        [(place, _)] => view! { <input type="hidden" name="record" value=place.to_string() /> }.into_any(),
        several => {
            let options = several
                .iter()
                .map(|(place, event)| {
                    let about = format!("Record {place}: {}, {}", event.purpose.label(), zone.long(event.started_at));
                    (place.to_string(), about)
                })
                .collect();
            view! { <Choice name="record" label="The record that was wrong" none="Choose one" chosen=None options form=DECIDE /> }
                .into_any()
        }
    };
    let purposes = Purpose::ALL.iter().map(|purpose| (purpose.code().to_owned(), purpose.label().to_owned())).collect();
    view! {
        <section class="panel" aria-labelledby="decide">
            <h2 id="decide">"Decide the dispute"</h2>
            <form class="short letter" method="post" action=address>
                <FormProblem form=DECIDE />
                <fieldset>
                    <legend>"Outcome"</legend>
                    {problem("outcome")}
                    {outcomes}
                </fieldset>
                <TextArea form=DECIDE name="reason" label="Why" value="" hint="The customer reads it, with your name." rows=5 prose=true />
                <TextArea form=DECIDE name="consequence" label="What followed from misuse" value="" hint="Needed where it was misuse, and left out otherwise." rows=3 prose=true />
                <fieldset>
                    <legend>"Where the record was wrong"</legend>
                    <p class="hint">"Left out otherwise. The wrong record stays; the correction names it."</p>
                    {record}
                    {problem("remedy")}
                    {remedies}
                    <Choice name="purpose" label="Purpose, as it is right" chosen=Some(purpose) options=purposes form=DECIDE />
                    <TextArea form=DECIDE name="justification" label="Justification, as it is right" value=justification hint="For a new record written here." rows=3 prose=true />
                    <Field form=DECIDE name="ticket" label="Ticket, as it is right" value=ticket required=false />
                </fieldset>
                <p>"It takes a sign-in of the last ten minutes."</p>
                <button>"Decide"</button>
            </form>
        </section>
    }
}

/// What is wrong with a choice of the form.
fn problem(field: &'static str) -> Option<impl IntoView> {
    let reason = PageContext::current().answer.problem(DECIDE, field)?;
    Some(view! { <p class="error">"This " {reason} "."</p> })
}
