//! What the clock does: who decides is reminded, requests expire, and grants end.

use chrono::TimeDelta;
use domain::{CustomerId, GrantId, grant::GrantState};
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

use super::{
    AccessMatter, CurrentPolicy, Row, hold_grants, mail_access, policy_of, select, tell_stage, view, write_lines,
};
use crate::{
    Result, Store,
    engine::{At, in_transaction, on_rows_of_everybody},
};

/// Grants that are looked at together.
const AT_ONCE: i64 = 500;

impl Store {
    /// Writes the line of each grant whose time is over, and tells of it; how many those were. Whatever is over is over
    /// before, too: whoever looks at a grant asks the clock. However many servers call this, a line is written once.
    pub async fn end_due_grants(&self) -> Result<u64> {
        let (mut ended, mut after) = (0, None::<(At, Uuid)>);
        loop {
            let now = self.now();
            let (due_at, id) = after.unwrap_or((At(now.minus(TimeDelta::MAX)), Uuid::nil()));
            let due: Vec<(Uuid, Uuid, At)> = on_rows_of_everybody!(self, "grants", rows => sqlx::query_as(
                "SELECT customer_id, grant_id, due_at FROM access_grant_state
                 WHERE due_at <= $1 AND (due_at, grant_id) > ($2, $3) ORDER BY due_at, grant_id LIMIT $4"
            ).bind(At(now)).bind(due_at).bind(id).bind(AT_ONCE).fetch_all(rows).await)?;
            let Some((_, last, at)) = due.last() else { return Ok(ended) };
            after = Some((*at, *last));
            for (customer, grant, _) in due {
                // One that can't be ended keeps no other waiting.
                match self.end_by_clock(CustomerId(customer), GrantId(grant)).await {
                    Ok(done) => ended += u64::from(done),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, %grant, "a grant could not be ended");
                    }
                }
            }
        }
    }

    /// Queues the reminders of requests that are due; of how many. However many servers call it, each goes out once.
    pub(crate) async fn remind_of_requests(&self) -> Result<u64> {
        let due: Vec<(Uuid, Uuid, At)> = on_rows_of_everybody!(self, "grants", rows => sqlx::query_as(
            "SELECT customer_id, grant_id, remind_at FROM access_grant_state
             WHERE remind_at <= $1 ORDER BY remind_at LIMIT $2"
        ).bind(At(self.now())).bind(AT_ONCE).fetch_all(rows).await)?;
        let mut reminded = 0;
        for (customer, grant, remind_at) in due {
            reminded += u64::from(self.remind_of(CustomerId(customer), GrantId(grant), remind_at).await?);
        }
        Ok(reminded)
    }

    async fn remind_of(&self, customer: CustomerId, id: GrantId, remind_at: At) -> Result<bool> {
        let one = format!("{} WHERE state.customer_id = $1 AND state.grant_id = $2", select(self.engine()));
        Ok(in_transaction!(self, transaction => {
            hold_grants!(transaction, customer);
            let now = self.now();
            let ours = sqlx::query(
                "UPDATE access_grant_state SET remind_at = NULL
                 WHERE customer_id = $1 AND grant_id = $2 AND remind_at = $3",
            )
            .bind(customer.0).bind(id.0).bind(remind_at).execute(&mut *transaction).await?.rows_affected();
            if ours == 0 {
                // Another server did it, or it was decided.
                return Ok(false);
            }
            let row: Row = sqlx::query_as(AssertSqlSafe(one))
                .bind(customer.0).bind(id.0).fetch_one(&mut *transaction).await?;
            match view(row, now) {
                Ok(grant) if grant.state.remind_at().is_some() => {
                    let CurrentPolicy { policy, .. } = policy_of!(transaction, customer);
                    let matter = AccessMatter::Reminder;
                    mail_access!(self, transaction, &policy, &grant.state, matter, None, now);
                    true
                }
                Ok(_) => false,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, grant = %id, "nobody can be reminded of it");
                    false
                }
            }
        }))
    }

    async fn end_by_clock(&self, customer: CustomerId, id: GrantId) -> Result<bool> {
        let one = format!("{} WHERE state.customer_id = $1 AND state.grant_id = $2", select(self.engine()));
        Ok(in_transaction!(self, transaction => {
            hold_grants!(transaction, customer);
            let now = self.now();
            let (_, _, revision, Json(lines)): Row = sqlx::query_as(AssertSqlSafe(one))
                .bind(customer.0).bind(id.0).fetch_one(&mut *transaction).await?;
            let stored = GrantState::replay(id, customer, lines)?;
            let before = stored.status();
            match stored.at(now) {
                (Some(line), state) => {
                    write_lines!(transaction, customer, id, revision, [line], &state);
                    tell_stage!(self, transaction, customer, Some(before), &state, now);
                    true
                }
                // Another server wrote it.
                (None, _) => false,
            }
        }))
    }
}
