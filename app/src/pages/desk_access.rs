//! `/desk/access`: access to customers' data that the provider's people and systems asked for, and the form to ask.

use domain::{
    Operation, Purpose, Timestamp, Zone,
    grant::{GrantState, Side},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{CustomerLine, DeskGrant, GrantPage, GrantPosition, UnreadableGrant};

use super::approvals::unreadable;
use crate::{
    access_line::moment,
    components::{Choice, Field, FormProblem, Loaded, TextArea},
    context::{PageContext, PageError},
    grant_line::{missing, status, title, waiting, wanted},
    paths,
};

/// The form's name in its answer.
const ASK: &str = "ask";

#[component]
pub fn DeskAccessPage() -> impl IntoView {
    let context = PageContext::current();
    let after = use_query_map().read_untracked().get("after");
    view! {
        <Title text="Access · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.access_desk().map_err(|_| PageError::NotFound)?;
            let after = match after {
                Some(text) => Some(text.parse::<GrantPosition>().map_err(|_| PageError::NotFound)?),
                None => None,
            };
            let page = desk.page(after).await?;
            let ask = if after.is_none() && desk.may_ask() {
                Some(form(context.staff()?.customers().await?, desk.new_reference()?))
            } else {
                None
            };
            Ok::<_, PageError>(view_of(page, after.is_some(), ask, context.store.now(), context.zone()))
        } />
    }
}

fn view_of(
    page: GrantPage<DeskGrant>,
    continued: bool,
    ask: Option<impl IntoView>,
    now: Timestamp,
    zone: Zone,
) -> impl IntoView {
    let GrantPage { grants, next } = page;
    let next = next.map(|after| paths::with_query(paths::DESK_ACCESS, &format!("after={after}")));
    let (mut waiting, mut in_force, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for grant in grants {
        match grant {
            Ok(grant) if matches!(grant.grant.state, GrantState::Waiting(_)) => waiting.push(grant),
            Ok(grant) if matches!(grant.grant.state, GrantState::Granted(_)) => in_force.push(Ok(grant)),
            other => others.push(other),
        }
    }
    let none = waiting.is_empty().then(|| view! { <p class="empty">"No request waits."</p> });
    let requests = waiting.iter().map(|grant| request(grant, now)).collect_view();
    let waiting = (!continued || !waiting.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="waiting">
                <h2 id="waiting">"Waiting for a decision"</h2>
                {none}
                <ul class="lines">{requests}</ul>
            </section>
        }
    });
    let to_ask = ask.is_some().then(|| {
        view! {
            <p class="actions">
                <a href="#ask">"Ask for access"</a>
            </p>
        }
    });
    // What was refused stands where it is seen.
    let (refused, ask) = if PageContext::current().answer.is_of(ASK) { (ask, None) } else { (None, ask) };
    let in_force = (!in_force.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="in-force">
                <h2 id="in-force">"In force now"</h2>
                {table(&in_force, zone)}
            </section>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Access"</h1>
                <p class="lede">
                    "Access to customers’ data is asked for here or by your systems, and each customer’s policy says who decides. You see what was asked and what became of it, and nothing of a customer’s record."
                </p>
            </div>
            {to_ask}
        </div>
        {refused}
        {waiting}
        {in_force}
        <section class="panel" aria-labelledby="over">
            <h2 id="over">"Over"</h2>
            {table(&others, zone)}
            <nav class="pager" aria-label="Pages">
                {continued.then(|| view! { <a href=paths::DESK_ACCESS rel="prev">"Newest"</a> })}
                {next.map(|address| view! { <a href=address rel="next">"Older"</a> })}
            </nav>
        </section>
        {ask}
    }
}

fn request(DeskGrant { customer, grant }: &DeskGrant, now: Timestamp) -> impl IntoView + use<> {
    let facts = grant.state.facts();
    view! {
        <li>
            <p>
                <strong>{title(facts)} " of " {customer.display_name.clone()}</strong>
                <span class="sub">{wanted(facts)}</span>
                <span class="sub">{missing(facts, Side::Provider)}</span>
            </p>
            {waiting(&grant.state, now)}
            <a class="button quiet" href=paths::fill(paths::DESK_GRANT, grant.id)>
                "Open"
                <span class="visually-hidden">" " {title(facts)} " of " {customer.display_name.clone()}</span>
            </a>
        </li>
    }
}

fn table(grants: &[Result<DeskGrant, UnreadableGrant>], zone: Zone) -> AnyView {
    if grants.is_empty() {
        return view! { <p class="empty">"Nothing yet."</p> }.into_any();
    }
    let rows = grants
        .iter()
        .map(|grant| match grant {
            Ok(grant) => row(grant, zone).into_any(),
            Err(error) => unreadable(error).into_any(),
        })
        .collect_view();
    view! {
        <table class="records" role="table">
            <caption>{format!("The newest first. Times in {zone}.")}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Asked"</th>
                    <th role="columnheader" scope="col">"Customer"</th>
                    <th role="columnheader" scope="col">"What for"</th>
                    <th role="columnheader" scope="col">"State"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(DeskGrant { customer, grant }: &DeskGrant, zone: Zone) -> impl IntoView + use<> {
    let facts = grant.state.facts();
    view! {
        <tr role="row">
            <td role="cell" data-label="Asked" class="when">{moment(facts.asked_at(), zone)}</td>
            <td role="cell" data-label="Customer">{customer.display_name.clone()}</td>
            <td role="cell" data-label="What for">
                <a href=paths::fill(paths::DESK_GRANT, grant.id)>{title(facts)}</a>
                <span class="sub">{facts.request.justification.clone()}</span>
            </td>
            <td role="cell" data-label="State">{status(&grant.state, Side::Provider)}</td>
        </tr>
    }
}

/// The form to ask. Sent twice, it asks once: `reference` is this page's.
fn form(customers: Vec<CustomerLine>, reference: String) -> impl IntoView {
    let answer = PageContext::current().answer;
    let reference = answer.typed(ASK, "reference").unwrap_or(reference);
    let customers = customers.into_iter().map(|line| (line.customer.name, line.customer.display_name)).collect();
    let purposes = Purpose::ALL.iter().map(|purpose| (purpose.code().to_owned(), purpose.label().to_owned())).collect();
    let ticked = |code: &str| answer.typed.iter().any(|(field, typed)| field == "operation" && typed == code);
    let operations = Operation::acts()
        .map(|operation| {
            view! {
                <label class="check">
                    <input type="checkbox" name="operation" value=operation.code() checked=ticked(operation.code()) />
                    <span>{operation.label()}</span>
                </label>
            }
        })
        .collect_view();
    let wrong =
        answer.problem(ASK, "operations").map(|reason| view! { <p class="error">"The choice " {reason} "."</p> });
    view! {
        <section class="panel" aria-labelledby="ask">
            <h2 id="ask">"Ask for access"</h2>
            <form class="short letter" method="post" action=paths::DESK_ACCESS>
                <FormProblem form=ASK />
                <input type="hidden" name="reference" value=reference />
                <Choice name="customer" label="Customer" none="Choose one" chosen=None options=customers form=ASK />
                <Field form=ASK name="accessor" label="Who, by pseudonym" hint="As your systems report them with an access." />
                <Field form=ASK name="role" label="Their role" />
                <Field form=ASK name="employer" label="Their employer" />
                <Choice name="purpose" label="Purpose" none="Choose one" chosen=None options=purposes form=ASK />
                <TextArea form=ASK name="justification" label="Why, in words" value="" hint="The customer decides by it." rows=3 prose=true />
                <Field form=ASK name="ticket" label="Ticket" required=false />
                <Field form=ASK name="service" label="Service" />
                <TextArea form=ASK name="resources" label="Resources" value="" hint="Each in a line. With * at its end a line means every name that begins so." />
                <fieldset>
                    <legend>"Operations"</legend>
                    {wrong}
                    {operations}
                </fieldset>
                <Field form=ASK name="countries" label="From which countries" hint="Their codes of two letters: DE, IE." />
                <Field form=ASK name="minutes" label="For how many minutes" kind="number" value="60" hint="The customer’s policy may allow less." />
                <button>"Ask for access"</button>
            </form>
        </section>
    }
}
