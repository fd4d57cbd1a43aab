//! One access as a line of the record: the same on the page, in the overview and in the live view.

use leptos::prelude::*;

/// The record's table around its body. The roles keep it a table for screen readers where CSS stacks it into cards.
#[component]
pub fn AccessTable<B: IntoView + 'static>(
    /// What the table is, for everybody.
    caption: &'static str,
    /// In which zone its times are. A name, so that the browser needn't know of zones.
    zone: String,
    /// The `tbody`.
    body: B,
) -> impl IntoView {
    view! {
        <table class="records" role="table">
            <caption>{format!("{caption}. Times in {zone}.")}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"When"</th>
                    <th role="columnheader" scope="col">"Who"</th>
                    <th role="columnheader" scope="col">"Why"</th>
                    <th role="columnheader" scope="col">"What"</th>
                    <th role="columnheader" scope="col">"Approval"</th>
                    <th role="columnheader" scope="col">"Revoked"</th>
                </tr>
            </thead>
            {body}
        </table>
    }
}

/// Records as lines of an [`AccessTable`].
#[cfg(feature = "ssr")]
pub fn lines(records: &[domain::access::AccessRecord], zone: domain::Zone) -> impl IntoView + use<> {
    let rows = records.iter().map(|record| line(record, zone)).collect_view();
    view! { <tbody role="rowgroup">{rows}</tbody> }
}

/// Records as the HTML of table rows, for a page that is open already.
#[cfg(feature = "ssr")]
pub fn lines_html(records: &[domain::access::AccessRecord], zone: domain::Zone) -> String {
    Owner::new().with(|| records.iter().map(|record| line(record, zone).to_html()).collect())
}

#[cfg(feature = "ssr")]
fn line(record: &domain::access::AccessRecord, zone: domain::Zone) -> impl IntoView + use<> {
    use domain::access::ApprovalKind;
    let event = &record.event;
    // Where there is little room, day and time stand in two lines and neither is broken.
    let moment = |time| moment(time, zone);
    let ticket = event.ticket.clone().map(|ticket| view! { " · " <span class="ticket">{ticket}</span> });
    let approval_class = match event.approval.kind {
        ApprovalKind::Customer | ApprovalKind::CustomerAndProvider => "tag good",
        ApprovalKind::Provider | ApprovalKind::Standing => "tag plain",
        ApprovalKind::None => "tag bad",
        ApprovalKind::NotStated => "tag warn",
    };
    let revoked = match &event.revocation {
        Some(revocation) => moment(revocation.revoked_at).into_any(),
        None => view! { <span class="tag warn">"Not reported"</span> }.into_any(),
    };
    let exception = (!record.breaches.is_empty()).then(|| view! { " " <span class="tag bad">"Not as granted"</span> });
    let corrected = record.corrected_by.map(|_| view! { <span class="tag warn">"Corrected later"</span> });
    view! {
        <tr role="row">
            <td role="cell" data-label="When" class="when">
                <a href=crate::paths::access_record(record.sequence)>{moment(event.started_at)}</a>
                {corrected}
            </td>
            <td role="cell" data-label="Who">
                {stated(event.accessor.role.as_deref(), "Role not stated")}
                <span class="sub">
                    {event.accessor.office_country.name()} ", "
                    {stated(event.accessor.employer.as_deref(), "employer not stated")}
                </span>
            </td>
            <td role="cell" data-label="Why">
                {event.purpose.label()}
                <span class="sub">{stated(event.justification.as_deref(), "No reason in words stated")} {ticket}</span>
            </td>
            <td role="cell" data-label="What">
                {event.operations.labels()} ": " {event.resource_summary()}
                <span class="sub">{event.service.clone()}</span>
            </td>
            <td role="cell" data-label="Approval">
                <span class=approval_class>{event.approval.kind.label()}</span>
                {exception}
            </td>
            <td role="cell" data-label="Revoked">{revoked}</td>
        </tr>
    }
}

/// What the source of a record said, or that it didn't.
#[cfg(feature = "ssr")]
pub fn stated(text: Option<&str>, otherwise: &'static str) -> String {
    text.unwrap_or(otherwise).to_owned()
}

/// A moment in a table: day and clock, neither of which breaks.
#[cfg(feature = "ssr")]
pub fn moment(time: domain::Timestamp, zone: domain::Zone) -> impl IntoView + use<> {
    view! {
        <time datetime=time.to_string()>
            <span>{zone.day(time).to_string()}</span>
            " "
            <span>{zone.clock(time)}</span>
        </time>
    }
}
