//! `/portal/access/{sequence}`: one access, whole.

use domain::{
    Timestamp, Zone,
    access::{AccessEvent, AccessRecord, statements},
    finding::{Finding, FindingKey},
    grant::{AccessException, reach},
    inquiry::AnswerPromise,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use store::{InquiryLine, Member, StoreError};

use crate::{
    components::{FormProblem, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    grant_line::breaches,
    inquiry_line::state,
    paths,
};

#[component]
pub fn AccessRecordPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    let sequence = use_params_map().read_untracked().get("sequence");
    let asked_about = context.answer.typed("ask", "finding");
    let finding = asked_about.or_else(|| use_query_map().read_untracked().get("finding"));
    view! {
        <Loaded load=async move {
            let member = context.member()?;
            let records = &member.records;
            let sequence = sequence.as_deref().and_then(paths::place).ok_or(PageError::NotFound)?;
            let record = records.record(sequence).await?.ok_or(PageError::NotFound)?;
            let leaf_hash = records.leaf_hash(sequence).await?.ok_or(PageError::NotFound)?;
            let exception = member.grants.exception(sequence).await?.map(|exception| broken(&exception));
            let grant = asked_for(&member, &record).await?;
            let about = member.inquiries.about(sequence).await?;
            // What stands out may be asked about in its own words.
            let finding = match finding.as_deref().and_then(FindingKey::parse) {
                Some(key) => member.findings.open(&key).await?,
                None => None,
            };
            let ask = member.inquiries.may_ask().then(|| ask(sequence, finding, context.answer_promise));
            let asked = inquiries(&about, context.store.now(), zone);
            Ok::<_, PageError>(view! { {access_record(record, leaf_hash, (exception, grant), zone)} {asked} {ask} })
        } />
    }
}

/// What an access broke, before anything else that is told of it.
fn broken(exception: &AccessException) -> impl IntoView + use<> {
    view! {
        <section class="notice bad" aria-labelledby="exception">
            <h2 id="exception">"This access was not made as it was granted"</h2>
            {breaches(exception)}
        </section>
    }
}

/// The way to the grant that it names, where that is one of the customer's.
async fn asked_for(member: &Member, record: &AccessRecord) -> Result<Option<impl IntoView + use<>>, PageError> {
    let known = match &record.event.approval.grant {
        Some(name) => member.grants.named(name).await?,
        None => None,
    };
    let Some(id) = known else { return Ok(None) };
    let granted = match member.grants.grant(id).await {
        // Its own page says that it can't be read.
        Err(StoreError::GrantRegister(_)) => None,
        found => found?.and_then(|grant| {
            let (granted, until) = grant.state.granted()?;
            let period = member.zone.period(granted.from, until);
            Some(format!("{period}: {}.", reach(&granted.extent)))
        }),
    };
    let granted = granted.unwrap_or_else(|| "It granted nothing.".to_owned());
    Ok(Some(view! {
        <p>
            <a href=paths::fill(paths::APPROVAL, id)>"What was granted"</a>
            ". "
            {granted}
        </p>
    }))
}

fn access_record(
    record: AccessRecord,
    leaf_hash: String,
    (exception, grant): (impl IntoView, impl IntoView),
    zone: Zone,
) -> impl IntoView {
    let event = &record.event;
    let corrected = record.corrected_by.map(|by| {
        view! {
            <p class="notice warn">
                "This record was corrected later by " <a href=paths::access_record(by)>"record " {by}</a>
                ". It stands here as it was first reported."
            </p>
        }
    });
    let corrects = record.corrects.map(|corrected| {
        view! {
            <p class="notice">
                "This record corrects " <a href=paths::access_record(corrected)>"record " {corrected}</a> "."
            </p>
        }
    });
    let facts = facts(event)
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd class="code">{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <Title text=format!("Access of {} · Vitrine", zone.long(event.started_at)) />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::ACCESS>"Access record"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">"Record " {record.sequence}</p>
                <h1>{event.purpose.label()} ", " {zone.date(event.started_at)}</h1>
            </div>
        </div>
        {exception}
        {corrected}
        {corrects}
        <Statements statements=statements(event, zone) />
        {grant}
        <section class="panel">
            <h2>"As it was reported"</h2>
            <dl class="facts">
                {facts}
                <div>
                    <dt>"Recorded here"</dt>
                    <dd class="code">{record.recorded_at.to_string()}</dd>
                </div>
                <div>
                    <dt>"Leaf hash (RFC 6962)"</dt>
                    <dd class="code">{leaf_hash}</dd>
                </div>
            </dl>
        </section>
    }
}

/// What was asked about it before.
fn inquiries(about: &[InquiryLine], now: Timestamp, zone: Zone) -> Option<impl IntoView + use<>> {
    let lines = about.iter().map(|line| {
        view! {
            <li>
                <p>
                    <a href=paths::fill(paths::INQUIRY, line.sequence)>
                        "Inquiry " {line.sequence} ", " {zone.date(line.opened_at)}
                    </a>
                    {state(line, now, zone)}
                </p>
            </li>
        }
    });
    let lines = lines.collect_view();
    (!about.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="inquiries">
                <h2 id="inquiries">"Asked about it"</h2>
                <ul class="lines">{lines}</ul>
            </section>
        }
    })
}

/// The form to ask about the access or to dispute it. On paper it is not there.
fn ask(sequence: i64, finding: Option<Finding>, promise: AnswerPromise) -> impl IntoView {
    let (words, key) = finding.map(|finding| (format!("{}\n", finding.words), finding.key)).unzip();
    let key = key.map(|key| view! { <input type="hidden" name="finding" value=key.to_string() /> });
    view! {
        <section class="panel" aria-labelledby="ask">
            <h2 id="ask">"Ask about it, or dispute it"</h2>
            <form class="short" method="post" action=paths::fill(paths::ACCESS_ASK, sequence)>
                <FormProblem form="ask" />
                {key}
                <p>{format!("The provider’s people can’t read your record. With your words goes this access, as it stands here, and nothing else. An answer is promised within {promise}.")}</p>
                <TextArea
                    form="ask"
                    name="body"
                    label="Your words"
                    value=words.unwrap_or_default()
                    hint="A dispute says that the access should not have been, or was not as it was reported. It ends with an outcome that is recorded, and with a correction or a consequence where it was wrong."
                    rows=5
                    prose=true
                />
                <p class="actions">
                    <button>"Ask"</button>
                    <button class="quiet" formaction=paths::fill(paths::ACCESS_DISPUTE, sequence)>"Dispute"</button>
                </p>
            </form>
        </section>
    }
}

/// Every field that was reported, in the reporting system's own words.
fn facts(event: &AccessEvent) -> Vec<(&'static str, String)> {
    let accessor = &event.accessor;
    let resources = event.resources.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let operations = event.operations.iter().map(|operation| operation.code()).collect::<Vec<_>>().join(", ");
    let permissions = event.permissions.iter().map(|permission| permission.code()).collect::<Vec<_>>().join(", ");
    let factors = event.authentication.factors.iter().map(|factor| factor.code()).collect::<Vec<_>>().join(", ");
    let not_stated = || Some("not_stated".to_owned());
    [
        ("Event id", Some(event.id.clone())),
        ("Source", Some(event.source.clone())),
        ("Accessor", accessor.pseudonym.clone()),
        ("Role", accessor.role.clone().or_else(not_stated)),
        ("Employer", accessor.employer.clone().or_else(not_stated)),
        ("Office country", Some(accessor.office_country.code().to_owned())),
        ("Physical country", Some(accessor.physical_country.code().to_owned())),
        ("Started", Some(event.started_at.to_string())),
        ("Ended", event.ended_at.map(|ended| ended.to_string())),
        ("Purpose", Some(event.purpose.code().to_owned())),
        ("Ticket", event.ticket.clone()),
        ("Requested by", event.requested_by.clone()),
        ("Service", Some(event.service.clone())),
        ("Resources", Some(resources)),
        ("Region", event.region.clone()),
        ("Data categories", Some(event.data_categories.join(", "))),
        ("Operations", Some(operations)),
        ("Permissions", Some(permissions)),
        ("Approval", Some(event.approval.kind.code().to_owned())),
        ("Grant", event.approval.grant.clone()),
        ("Authentication", Some(factors)),
        ("Tool", event.authentication.tool.clone()),
        ("Revoked", event.revocation.as_ref().map(|revocation| revocation.revoked_at.to_string())),
        ("Corrects event", event.corrects.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
    .collect()
}
