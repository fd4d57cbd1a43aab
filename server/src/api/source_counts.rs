//! `POST /api/v1/source-counts`: what a source counted itself, compared with the record.

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
};
use domain::{
    FieldProblem,
    source_count::{HourCompared, read_counts},
};
use serde::Serialize;
use store::NotCompared;
use utoipa::ToSchema;

use super::bearer::MayReport;
use crate::{problem::Problem, state::AppState};

/// What came of comparing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// Hours that were compared.
    pub hours: u64,
    /// Those in which the record has more or fewer accesses than the source counted.
    #[schema(value_type = Vec<Object>)]
    pub differing: Vec<HourCompared>,
}

/// Compares what a source counted itself with the record.
///
/// Each line is a full hour that has ended and how many accesses to this customer's data the source itself counted in
/// it. Both counts are kept, and the customer reads where they differ. What is said later of the same hour stands beside
/// what was said before. Where a line is wrong, nothing is compared.
#[utoipa::path(
    post,
    path = "/api/v1/source-counts",
    tag = "Access events",
    security(("token" = ["access-events:write"])),
    params(
        ("customer" = String, Query, description = "Whose record is compared."),
        ("source" = String, Query, description = "The source, by the name that its events have in the record."),
        ("new_source" = Option<bool>, Query, description = "`true` where the record has nothing of this source yet."),
    ),
    request_body(content = String, content_type = "text/csv", description = "CSV with the columns `hour` and `count`.",
        example = "hour,count\n2026-02-11T09:00:00Z,12\n"),
    responses(
        (status = 200, description = "Both counts are kept.", body = Comparison),
        (status = 400, description = "Customer or source is missing or unknown.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 422, description = "A line is wrong; each is named, as `/LINE/COLUMN`.", body = Problem),
    )
)]
pub async fn compare(
    MayReport(reporter): MayReport,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Json<Comparison>, Problem> {
    let query = query.unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    let required =
        |name: &str| asked(name).ok_or_else(|| Problem::invalid_query(vec![FieldProblem::new(name, "is missing")]));
    let (customer, source) = (required("customer")?, required("source")?);
    let counts = read_counts(&body, state.store.now()).map_err(|problems| {
        let field = |problem: domain::source_count::CountProblem| {
            FieldProblem::new(format!("/{}/{}", problem.line, problem.column), problem.reason)
        };
        Problem::invalid_counts(problems.into_iter().map(field).collect())
    })?;
    let new = asked("new_source").is_some_and(|value| value == "true");
    let compared = reporter.compare(&customer, &source, new, &counts).await?.map_err(|not| {
        Problem::invalid_query(vec![match not {
            NotCompared::NoCustomer => {
                FieldProblem::new("customer", "is no customer's name; `server customer list` shows them")
            }
            NotCompared::UnknownSource => {
                FieldProblem::new("source", "is no source of this record; where it is new, add new_source=true")
            }
            NotCompared::Field(problem) => problem,
        }])
    })?;
    let hours = compared.len() as u64;
    Ok(Json(Comparison { hours, differing: compared.into_iter().filter(HourCompared::differs).collect() }))
}
