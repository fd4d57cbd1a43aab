//! Where a request for access stands and what became of it, in words: the same at the customer's and at the desk.

use domain::{
    Timestamp, Zone,
    grant::{
        AccessException, Actor, Ending, Extent, Facts, GrantAct, GrantLine, GrantState, GrantStatus, Side, Signature,
        countries, lasting, operations, reach, resources, who_approves,
    },
    notice::within,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{access_line::moment, components::Field, context::PageContext};

/// With less time than this, in hours, a request is urgent.
const SOON: i64 = 24;

/// What a request is called in lists.
pub fn title(facts: &Facts) -> String {
    format!("{}, {}", facts.request.purpose.label(), facts.request.service)
}

/// Who wants what, from where and for how long, in a sentence.
pub fn wanted(facts: &Facts) -> String {
    let (request, extent) = (&facts.request, facts.asked_extent());
    format!(
        "Somebody in the role “{}”, employed by {}, asks to {} in {}: {}; from {}, for {}.",
        request.role,
        request.employer,
        operations(&extent).to_lowercase(),
        request.service,
        resources(&extent),
        countries(&extent),
        lasting(extent.minutes),
    )
}

/// Where it stands, with the colour as well, and what is still to be done about it.
pub fn status(state: &GrantState, viewer: Side) -> impl IntoView + use<> {
    let status = state.status();
    let class = match status {
        GrantStatus::Waiting => "tag warn",
        GrantStatus::Granted => "tag good",
        _ => "tag plain",
    };
    let review = state.facts().awaits_review().then(|| {
        let words = match viewer {
            Side::Customer => "To be reviewed by you",
            _ => "To be reviewed by the customer",
        };
        view! { <span class="tag warn">{words}</span> }
    });
    let unjustified =
        (state.facts().reviewed == Some(false)).then(|| view! { <span class="tag bad">"Not justified"</span> });
    view! {
        <span class="tags">
            <span class=class>{status.label()}</span>
            {question(state)}
            {review}
            {unjustified}
        </span>
    }
}

fn question(state: &GrantState) -> Option<impl IntoView + use<>> {
    let GrantState::Waiting(grant) = state else { return None };
    let asked = grant.stage().question.is_some();
    asked.then(|| view! { <span class="tag plain">"A question waits for an answer"</span> })
}

/// What a list of requests that wait says of one, beside its words.
pub fn waiting(state: &GrantState, now: Timestamp) -> impl IntoView + use<> {
    view! {
        <span class="tags">{question(state)} {time_left(state, now)}</span>
    }
}

/// How long there is to decide.
pub fn time_left(state: &GrantState, now: Timestamp) -> Option<impl IntoView + use<>> {
    let GrantState::Waiting(grant) = state else { return None };
    let left = grant.facts().terms.expires_at.since(now);
    let class = if left.num_hours() < SOON { "tag warn" } else { "tag" };
    Some(view! { <span class=class>{format!("Expires {}", within(left))}</span> })
}

/// Whose approvals are missing.
pub fn missing(facts: &Facts, viewer: Side) -> Option<String> {
    let given = facts.approvals.iter().filter(|approval| approval.side == Side::Customer).count();
    let of_customer = usize::from(facts.terms.customer_approvals).saturating_sub(given);
    let whose = if viewer == Side::Customer { "yours" } else { "the customer’s" };
    let customer = match of_customer {
        0 => None,
        1 if given > 0 => Some(format!("another approver of {whose}")),
        1 => Some(format!("an approver of {whose}")),
        many => Some(format!("{many} approvers of {whose}")),
    };
    let provider = facts.lacks(Side::Provider).then(|| "a manager of the provider".to_owned());
    let missing = [customer, provider].into_iter().flatten().collect::<Vec<_>>();
    (!missing.is_empty()).then(|| format!("It waits for {}.", missing.join(" and ")))
}

/// What was granted and until when, where anything was.
pub fn granted(state: &GrantState, zone: Zone) -> Option<impl IntoView + use<>> {
    let (granted, until) = state.granted()?;
    let (class, when) = match state {
        GrantState::Granted(_) => ("notice good", format!("May be accessed until {}", zone.long(until))),
        _ => ("notice", format!("Was granted from {} to {}", zone.long(granted.from), zone.long(until))),
    };
    let less = (granted.extent != state.facts().asked_extent()).then_some(" That is less than was asked for.");
    Some(view! { <p class=class><strong>{when} ". "</strong> {reach(&granted.extent)} "." {less}</p> })
}

/// Everything that was done about it, in order.
pub fn register(facts: &Facts, viewer: Side, zone: Zone) -> impl IntoView + use<> {
    let lines = facts
        .lines
        .iter()
        .map(|line| {
            let (what, why) = told(line, facts, viewer);
            let signed = match &line.act {
                GrantAct::Approved { signature, rule, .. } => Some(signed(signature.as_deref(), rule.is_some())),
                _ => None,
            };
            view! {
                <tr role="row">
                    <td role="cell" data-label="When" class="when">{moment(line.at, zone)}</td>
                    <td role="cell" data-label="Who">
                        {line.by.name.clone()} <span class="sub">{of(&line.by, viewer)}</span>
                    </td>
                    <td role="cell" data-label="What">
                        {what}
                        {(!why.is_empty()).then(|| view! { <span class="sub said">{why}</span> })}
                        {signed}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="register">
            <h2 id="register">"Everything that was done"</h2>
            <table class="records" role="table">
                <caption>{format!("The oldest first. Times in {zone}.")}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"When"</th>
                        <th role="columnheader" scope="col">"Who"</th>
                        <th role="columnheader" scope="col">"What"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{lines}</tbody>
            </table>
        </section>
    }
}

/// Whose person or system it was.
fn of(by: &Actor, viewer: Side) -> &'static str {
    match (by.side, viewer, by.person) {
        (Side::Portal, ..) => "by itself",
        (Side::Customer, Side::Customer, _) => "of your organisation",
        (Side::Customer, ..) => "of the customer",
        (Side::Provider, _, Some(_)) => "of the provider",
        (Side::Provider, _, None) => "a system of the provider’s",
    }
}

/// What an act was, and its words.
fn told(line: &GrantLine, facts: &Facts, viewer: Side) -> (String, String) {
    let say = |what: &str, why: &str| (what.to_owned(), why.to_owned());
    let approved = |extent: &Extent| {
        let less = *extent != facts.asked_extent();
        if less { "Approved less than was asked for" } else { "Approved it" }
    };
    match &line.act {
        GrantAct::Requested { request, terms } => {
            let asked = reach(&request.extent(terms.longest));
            (
                format!("Asked for access ({})", request.reference),
                format!("{asked}. Must approve: {}", who_approves(terms, viewer)),
            )
        }
        GrantAct::Approved { extent, rule: Some(_), .. } => {
            ("Approved it by a standing rule of the customer’s".to_owned(), format!("{}.", reach(extent)))
        }
        GrantAct::Approved { extent, .. } => (approved(extent).to_owned(), format!("{}.", reach(extent))),
        GrantAct::Denied { reason, rule: Some(_) } => say("Denied it by a standing rule of the customer’s", reason),
        GrantAct::Denied { reason, .. } => say("Denied it", reason),
        GrantAct::Asked { question } => say("Asked", question),
        GrantAct::Answered { answer } => say("Answered", answer),
        GrantAct::Expired => say("It expired: nobody decided in time", ""),
        GrantAct::Withdrawn { reason } => say("Withdrew the request", reason),
        GrantAct::Revoked { reason } => say("Revoked the access", reason),
        GrantAct::Ended { how: Ending::Time } => say("It ended: its time was over", ""),
        GrantAct::Ended { how: Ending::Hand } => say("Ended the access", ""),
        GrantAct::Ended { how: Ending::TicketClosed } => say("Ended the access: its ticket was closed", ""),
        GrantAct::Reviewed { justified: true, reason } => say("Reviewed it afterwards: it was justified", reason),
        GrantAct::Reviewed { justified: false, reason } => say("Reviewed it afterwards: it was not justified", reason),
    }
}

/// With what an approval was signed. Who reads it compares the fingerprint.
fn signed(signature: Option<&Signature>, by_rule: bool) -> impl IntoView + use<> {
    let sentence = match signature {
        None if by_rule => return view! { <span class="sub">"Not signed: a rule has no key."</span> }.into_any(),
        None => return view! { <span class="sub">"Not signed with a key."</span> }.into_any(),
        Some(Signature::Passkey { .. }) => "Signed with a passkey; the fingerprint of its key: ",
        Some(Signature::Key { .. }) => "Signed with the customer’s own key; its fingerprint: ",
    };
    let fingerprint = signature.map(|signature| signature.key().fingerprint());
    view! { <span class="sub">{sentence} <code>{fingerprint}</code></span> }.into_any()
}

/// What an access broke, each in a line.
pub fn breaches(exception: &AccessException) -> impl IntoView + use<> {
    let lines = exception.breaches.iter().map(|breach| view! { <li>{breach.label()} "."</li> }).collect_view();
    view! { <ul class="bare">{lines}</ul> }
}

/// How much of a request is approved: boxes that are all ticked at first, and a time that can be made shorter. Whoever had
/// to sign in again finds it as they left it, in the page's address.
#[component]
pub fn Extents(form: &'static str, open: Extent) -> impl IntoView {
    let answer = PageContext::current().answer;
    let query = use_query_map().read_untracked().clone();
    let left = query.get("left").is_some_and(|left| left == form);
    let sent = answer.is_of(form);
    let ticked = |name: &str, value: &str| match (sent, left) {
        (true, _) => answer.typed.iter().any(|(field, typed)| field == name && typed == value),
        (false, true) => query.get_all(name).is_some_and(|left| left.iter().any(|left| left == value)),
        (false, false) => true,
    };
    let boxes = |name: &'static str, values: Vec<(String, String)>| {
        let boxes = values.into_iter().map(|(value, label)| {
            let ticked = ticked(name, &value);
            view! {
                <label class="check">
                    <input type="checkbox" name=name value=value checked=ticked />
                    <span>{label}</span>
                </label>
            }
        });
        boxes.collect_view()
    };
    let resources = open.resources.iter().map(|resource| resource.as_str());
    let resources = resources.map(|resource| (resource.to_owned(), resource.to_owned())).collect();
    let operations =
        open.operations.iter().map(|operation| (operation.code().to_owned(), operation.label().to_owned())).collect();
    let countries =
        open.countries.iter().map(|country| (country.as_str().to_owned(), country.name().to_owned())).collect();
    let hint = format!("{} at most ({}). It begins with the last approval.", open.minutes, lasting(open.minutes));
    let minutes = query.get("minutes").filter(|_| left).unwrap_or_else(|| open.minutes.to_string());
    view! {
        <p>"Take out what you don’t approve."</p>
        <fieldset>
            <legend>"Resources"</legend>
            {boxes("resource", resources)}
        </fieldset>
        <fieldset>
            <legend>"Operations"</legend>
            {boxes("operation", operations)}
        </fieldset>
        <fieldset>
            <legend>"From these countries"</legend>
            {boxes("country", countries)}
        </fieldset>
        <Field form=form name="minutes" label="For how many minutes" kind="number" value=minutes hint=hint />
    }
}
