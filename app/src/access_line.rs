//! One access as a line of the record: the same on the page that the server renders and in the live view.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a line shows, in the words in which it is shown, so that the browser needs nothing of the domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLine {
    pub sequence: i64,
    pub when: String,
    pub role: String,
    pub employer: String,
    pub office: String,
    pub purpose: String,
    pub justification: String,
    pub ticket: String,
    pub resources: String,
    pub operations: String,
    pub service: String,
    pub approval: String,
    /// The class of the approval's tag.
    pub approval_kind: String,
    /// When access was revoked; empty where nobody said.
    pub revoked: String,
    pub corrected: bool,
}

/// The line of a record.
#[cfg(feature = "ssr")]
pub fn line(record: &domain::access::AccessRecord) -> AccessLine {
    use domain::access::ApprovalKind;
    let event = &record.event;
    AccessLine {
        sequence: record.sequence,
        when: event.started_at.short(),
        role: event.accessor.role.clone(),
        employer: event.accessor.employer.clone(),
        office: event.accessor.office_country.name().to_owned(),
        purpose: event.purpose.label().to_owned(),
        justification: event.justification.clone(),
        ticket: event.ticket.clone().unwrap_or_default(),
        resources: event.resource_summary(),
        operations: event.operations.labels(),
        service: event.service.clone(),
        approval: event.approval.kind.label().to_owned(),
        approval_kind: match event.approval.kind {
            ApprovalKind::Customer | ApprovalKind::CustomerAndProvider => "tag good",
            ApprovalKind::Provider | ApprovalKind::Standing => "tag plain",
            ApprovalKind::None => "tag bad",
            ApprovalKind::NotStated => "tag warn",
        }
        .to_owned(),
        revoked: event.revocation.as_ref().map(|revocation| revocation.revoked_at.short()).unwrap_or_default(),
        corrected: record.corrected_by.is_some(),
    }
}

/// A table of lines, newest first. The roles keep it a table for screen readers where CSS stacks it into cards.
#[component]
pub fn AccessTable(
    /// What the table is, for everybody.
    caption: String,
    lines: Vec<AccessLine>,
) -> impl IntoView {
    let rows = lines.into_iter().map(row).collect_view();
    view! {
        <table class="records" role="table">
            <caption>{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"When (UTC)"</th>
                    <th role="columnheader" scope="col">"Who"</th>
                    <th role="columnheader" scope="col">"Why"</th>
                    <th role="columnheader" scope="col">"What"</th>
                    <th role="columnheader" scope="col">"Approval"</th>
                    <th role="columnheader" scope="col">"Revoked (UTC)"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

fn row(line: AccessLine) -> impl IntoView {
    let address = format!("/portal/access/{}", line.sequence);
    let why =
        if line.ticket.is_empty() { line.justification } else { format!("{} · {}", line.justification, line.ticket) };
    let revoked = if line.revoked.is_empty() {
        view! { <span class="tag warn">"Not reported"</span> }.into_any()
    } else {
        view! { <span>{line.revoked}</span> }.into_any()
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="When (UTC)" class="when">
                <a href=address>
                    <time>{line.when}</time>
                </a>
                {line.corrected.then(|| view! { <span class="tag warn">"Corrected later"</span> })}
            </td>
            <td role="cell" data-label="Who">
                {line.role}
                <span class="sub">{line.office} ", " {line.employer}</span>
            </td>
            <td role="cell" data-label="Why">
                {line.purpose}
                <span class="sub">{why}</span>
            </td>
            <td role="cell" data-label="What">
                {line.operations} ": " {line.resources}
                <span class="sub">{line.service}</span>
            </td>
            <td role="cell" data-label="Approval">
                <span class=line.approval_kind>{line.approval}</span>
            </td>
            <td role="cell" data-label="Revoked (UTC)">{revoked}</td>
        </tr>
    }
}
