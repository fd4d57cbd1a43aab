//! What the rules find in a customer's record, and what its people do about it.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    CustomerId, FieldProblem, MemberRole, Month, PersonId, Purpose, Timestamp, TrailAct,
    access::Accessor,
    finding::{Finding, FindingKey, Judged, Seen, findings},
};
use sqlx::{QueryBuilder, types::Json};

use crate::{
    Message, Result, Store, StoreError,
    engine::{At, RowsOf, in_transaction, on_rows_of},
    trail::{Actor, Owner, add_to_trail},
};

/// Of a record with more accesses in the days that the rules look at, the newest are looked at: what it takes doesn't
/// grow with the record.
const MOST_SEEN: i64 = 10_000;
/// What is shown of what was done before, the newest.
const MOST_SETTLED: i64 = 100;

/// The right of a person of a customer to what the rules find in its record.
#[derive(Clone)]
pub struct CustomerFindings {
    store: Store,
    customer: CustomerId,
    person: PersonId,
    role: MemberRole,
    actor: Actor,
}

/// What the rules find now.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What nobody has done anything about, the newest first.
    pub open: Vec<Finding>,
    /// Since when accesses were looked at, where there were more than are.
    pub only_since: Option<Timestamp>,
}

/// A finding that somebody did something about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// As it stood then.
    pub finding: Finding,
    pub settled_at: Timestamp,
    /// What the person was called then.
    pub author: String,
    pub settlement: Settlement,
}

/// What was done about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    Dismissed {
        reason: String,
    },
    /// It was turned into a question: the place of the inquiry.
    Asked {
        inquiry: i64,
    },
}

/// Why a finding was not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSettled {
    /// The rules find nothing of this key, or somebody settled it before.
    NotFound,
    /// Auditors read.
    NotAllowed,
    Field(FieldProblem),
}

type SeenRow = (i64, At, String, Option<i64>, Json<Accessor>, Option<String>, bool);
type SettledRow = (Json<Finding>, At, String, Option<String>, Option<i64>);

impl CustomerFindings {
    pub(crate) fn new(store: Store, customer: CustomerId, person: PersonId, role: MemberRole, actor: Actor) -> Self {
        Self { store, customer, person, role, actor }
    }

    /// Whether whoever asks may dismiss a finding or turn it into a question.
    pub fn may_settle(&self) -> bool {
        self.role.answers_notices()
    }

    /// What the rules find now and nobody has settled.
    pub async fn found(&self) -> Result<Found> {
        let (mut open, only_since) = self.judge(Judged::lately(self.store.now())).await?;
        let settled = self.settlements(&open).await?;
        open.retain(|finding| !settled.contains_key(finding.key.as_str()));
        Ok(Found { open, only_since })
    }

    /// What the rules find, settled or not, and since when accesses were looked at, where there were more than are.
    async fn judge(&self, judged: Judged) -> Result<(Vec<Finding>, Option<Timestamp>)> {
        let (first_day, last_day) = (judged.looks_back_to().day(), judged.until.day());
        let (seen, counts): (Vec<SeenRow>, Vec<(At, i64)>) = on_rows_of!(self.store, self.customer.0, rows => {
            // The index by time is walked from its end; of each record that is in it, little is read.
            let seen = sqlx::query_as(
                "SELECT sequence, started_at, purpose, corrects, record -> 'accessor', record ->> 'ticket',
                     (record ->> 'requested_by') IS NOT NULL
                 FROM access_record WHERE customer_id = $1 AND started_at >= $2 AND started_at <= $3
                 ORDER BY started_at DESC, sequence DESC LIMIT $4",
            )
            .bind(self.customer.0)
            .bind(At(Timestamp::start_of(first_day)))
            .bind(At(judged.until))
            .bind(MOST_SEEN)
            .fetch_all(&mut *rows)
            .await?;
            let counts = sqlx::query_as(
                "SELECT day, CAST(sum(accesses) AS bigint) FROM access_tally
                 WHERE customer_id = $1 AND day >= $2 AND day <= $3 GROUP BY day",
            )
            .bind(self.customer.0)
            .bind(At(Timestamp::start_of(first_day)))
            .bind(At(judged.until))
            .fetch_all(rows)
            .await?;
            (seen, counts)
        });
        let oldest = seen.last().map(|(_, At(started_at), ..)| *started_at);
        let only_since = oldest.filter(|_| seen.len() as i64 == MOST_SEEN);
        Ok((findings(seen_of(seen)?, &each_day(&counts, first_day, last_day), judged), only_since))
    }

    /// How those of these were settled that somebody settled, by key.
    async fn settlements(&self, findings: &[Finding]) -> Result<HashMap<String, Settlement>> {
        if findings.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(String, Option<String>, Option<i64>)> = on_rows_of!(self.store, self.customer.0, rows => {
            let mut query = QueryBuilder::new(
                "SELECT finding_key, reason, inquiry FROM finding_settled WHERE customer_id = ",
            );
            query.push_bind(self.customer.0).push(" AND finding_key IN (");
            let mut keys = query.separated(", ");
            for finding in findings {
                keys.push_bind(finding.key.as_str());
            }
            query.push(")");
            query.build_query_as().fetch_all(rows).await
        })?;
        rows.into_iter().map(|(key, reason, inquiry)| Ok((key, settlement(reason, inquiry)?))).collect()
    }

    /// What the rules find under a key, while nobody has settled it.
    pub async fn open(&self, key: &FindingKey) -> Result<Option<Finding>> {
        Ok(self.found().await?.open.into_iter().find(|finding| finding.key == *key))
    }

    /// What the rules find among the accesses of a month, the newest first, each with how it was settled; and since when
    /// accesses were looked at, where there were more than are.
    pub(crate) async fn of_month(
        &self,
        month: Month,
    ) -> Result<(Vec<(Finding, Option<Settlement>)>, Option<Timestamp>)> {
        let (found, only_since) = self.judge(Judged::month(month, self.store.now())).await?;
        let mut settled = self.settlements(&found).await?;
        let found = found.into_iter().map(|finding| {
            let settlement = settled.remove(finding.key.as_str());
            (finding, settlement)
        });
        Ok((found.collect(), only_since))
    }

    /// What was done before, the newest first.
    pub async fn settled(&self) -> Result<Vec<Settled>> {
        let rows: Vec<SettledRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT finding, settled_at, author, reason, inquiry FROM finding_settled
             WHERE customer_id = $1 ORDER BY settled_at DESC, finding_key LIMIT $2"
        ).bind(self.customer.0).bind(MOST_SETTLED).fetch_all(rows).await)?;
        rows.into_iter().map(settled).collect()
    }

    /// Dismisses what the rules find under a key, with the reason.
    pub async fn dismiss(&self, key: &FindingKey, reason: &str) -> Result<Result<(), NotSettled>> {
        if !self.may_settle() {
            return Ok(Err(NotSettled::NotAllowed));
        }
        let Some(finding) = self.open(key).await? else { return Ok(Err(NotSettled::NotFound)) };
        match Message::checked(reason) {
            Ok(reason) => self.settle(&finding, Settlement::Dismissed { reason }).await,
            Err(problem) => Ok(Err(NotSettled::Field(problem))),
        }
    }

    /// Says that what the rules find was turned into the inquiry at this place.
    pub async fn asked(&self, finding: &Finding, inquiry: i64) -> Result<Result<(), NotSettled>> {
        if !self.may_settle() {
            return Ok(Err(NotSettled::NotAllowed));
        }
        self.settle(finding, Settlement::Asked { inquiry }).await
    }

    async fn settle(&self, finding: &Finding, settlement: Settlement) -> Result<Result<(), NotSettled>> {
        let (now, customer) = (self.store.now(), self.customer);
        let (reason, inquiry) = match &settlement {
            Settlement::Dismissed { reason } => (Some(reason), None),
            Settlement::Asked { inquiry } => (None, Some(inquiry)),
        };
        Ok(in_transaction!(self.store, transaction => {
            transaction.rows_of(customer.0).await?;
            let settled = sqlx::query(
                "INSERT INTO finding_settled
                     (customer_id, finding_key, finding, settled_at, person_id, author, reason, inquiry)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (customer_id, finding_key) DO NOTHING",
            )
            .bind(customer.0)
            .bind(finding.key.as_str())
            .bind(Json(finding))
            .bind(At(now))
            .bind(self.person.0)
            .bind(&self.actor.name)
            .bind(reason)
            .bind(inquiry)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            // Somebody else was sooner.
            if settled == 0 {
                return Ok(Err(NotSettled::NotFound));
            }
            let label = finding.kind.label();
            let (act, subject) = match &settlement {
                Settlement::Dismissed { reason } => (TrailAct::FindingDismissed, format!("{label}: {reason}")),
                Settlement::Asked { inquiry } => (TrailAct::FindingAsked, format!("{label}: inquiry {inquiry}")),
            };
            add_to_trail!(transaction, Owner::customer(customer), &self.actor, now, act, subject);
            Ok(())
        }))
    }
}

/// The accesses as the rules look at them. What was corrected later is left out: its correction is looked at.
fn seen_of(rows: Vec<SeenRow>) -> Result<Vec<Seen>> {
    let corrected = rows.iter().filter_map(|(_, _, _, corrects, ..)| *corrects).collect::<HashSet<_>>();
    let kept = rows.into_iter().filter(|(sequence, ..)| !corrected.contains(sequence));
    kept.map(|(sequence, At(started_at), code, _, Json(accessor), ticket, requested)| {
        let purpose = Purpose::from_code(&code).ok_or(StoreError::Inconsistent {
            table: "access_record",
            column: "purpose",
            value: code,
        })?;
        Ok(Seen { sequence, started_at, purpose, accessor, ticket, requested })
    })
    .collect()
}

/// Every day from the first to the last with its count, those without any too.
fn each_day(counts: &[(At, i64)], first: NaiveDate, last: NaiveDate) -> Vec<(NaiveDate, i64)> {
    let known = counts.iter().map(|(At(day), count)| (day.day(), *count)).collect::<HashMap<_, _>>();
    let of = |day| (day, known.get(&day).copied().unwrap_or_default());
    first.iter_days().take_while(|day| *day <= last).map(of).collect()
}

fn settlement(reason: Option<String>, inquiry: Option<i64>) -> Result<Settlement> {
    match (reason, inquiry) {
        (Some(reason), None) => Ok(Settlement::Dismissed { reason }),
        (None, Some(inquiry)) => Ok(Settlement::Asked { inquiry }),
        (reason, _) => Err(StoreError::Inconsistent {
            table: "finding_settled",
            column: "reason",
            value: reason.unwrap_or_default(),
        }),
    }
}

fn settled((Json(finding), At(settled_at), author, reason, inquiry): SettledRow) -> Result<Settled> {
    Ok(Settled { finding, settled_at, author, settlement: settlement(reason, inquiry)? })
}
