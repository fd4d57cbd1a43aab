//! `/api/v1/notices`: a customer's systems read its notices.

use app::paths;
use axum::{
    Json,
    extract::RawQuery,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    Zone,
    notice::{NoticeEntry, NoticeListView},
};
use serde::Serialize;
use store::NoticeLine;
use utoipa::ToSchema;

use super::bearer::MayReadNotices;
use crate::problem::Problem;

/// Notices, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeList {
    pub notices: Vec<NoticeItem>,
    /// The address of those that come after these, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One notice whole, without the copies that came with it. It has the fields of `NoticeFacts` besides these.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeItem {
    /// Its place among the customer's notices, from 0, without gaps.
    pub sequence: i64,
    /// Where people read and answer it.
    pub page: String,
    /// What obliges the provider to give it.
    pub source: &'static str,
    #[serde(flatten)]
    #[schema(value_type = NoticeFacts)]
    pub entry: NoticeEntry,
    /// What it says, question by question. Times are UTC.
    pub statements: Vec<NoticeStatement>,
}

/// A question and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeStatement {
    pub question: &'static str,
    pub answer: String,
}

/// What lists say of a notice.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is the schema of `NoticeEntry`, which knows no framework")]
pub struct NoticeFacts {
    #[schema(format = "uuid")]
    id: String,
    /// `lawful_demand`, `personal_data_breach`, `subprocessor_change`, `transfer_terms_change`, `policy_change`,
    /// `government_access` or `record_correction`.
    kind: String,
    title: String,
    #[schema(format = "date-time")]
    issued_at: String,
    /// What it asks of the customer: `acknowledge`, `object` or `answer`.
    ask: String,
    /// The first moment that is too late for what it asks.
    #[schema(format = "date-time")]
    due_by: Option<String>,
    /// When the provider received the demand, where it is of one.
    #[schema(format = "date-time")]
    received_at: Option<String>,
    /// Whether an order not to tell delayed it.
    delayed_by_order: bool,
    /// When somebody of the customer's acknowledged it.
    #[schema(format = "date-time")]
    answered_at: Option<String>,
    /// What they were called then.
    answered_by: Option<String>,
}

impl NoticeItem {
    fn of(line: &NoticeLine, public_url: &str) -> Self {
        let notice = &line.notice;
        let statements = notice.content.statements(notice.issued_at, Zone::UTC).into_iter();
        Self {
            sequence: notice.sequence,
            page: format!("{public_url}{}", paths::notice(notice.sequence)),
            source: notice.content.kind().source(),
            entry: line.entry(),
            statements: statements
                .map(|told| NoticeStatement { question: told.question, answer: told.answer })
                .collect(),
        }
    }
}

/// Reads the customer's notices, newest first, with the filters of `/portal/notices` in the query.
///
/// A page has at most 50; `next`, and the header `Link`, lead to those that come after. Reading them here marks none as
/// read.
#[utoipa::path(
    get,
    path = "/api/v1/notices",
    tag = "Notices",
    security(("token" = ["notices:read"])),
    params(
        ("kind" = Option<String>, Query, description = "A kind's code."),
        ("state" = Option<String>, Query, description = "`waiting` for an acknowledgement, or `acknowledged`."),
        ("q" = Option<String>, Query, description = "Words that stand in the notice."),
        ("before" = Option<i64>, Query, description = "Only notices before this place."),
    ),
    responses(
        (status = 200, description = "A page of notices.", body = NoticeList),
        (status = 400, description = "A filter can't be read.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
    )
)]
pub async fn read(
    MayReadNotices { notices, public_url }: MayReadNotices,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (view, problems) = NoticeListView::from_query(query.as_deref().unwrap_or_default());
    if !problems.is_empty() {
        return Err(Problem::invalid_query(problems));
    }
    let page = notices.page(&view.filter, view.before).await?;
    let next = page.older.map(|place| {
        let view = NoticeListView { filter: view.filter, before: Some(place) };
        format!("{public_url}{}", paths::with_query(paths::API_NOTICES, &view.to_query()))
    });
    let link = next.as_deref().and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    let notices = page.lines.iter().map(|line| NoticeItem::of(line, &public_url)).collect();
    let mut response = Json(NoticeList { notices, next }).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
