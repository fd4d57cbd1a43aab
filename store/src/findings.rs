//! What the rules find in a customer's record, and what its people do about it.

use std::collections::{HashMap, HashSet};

use domain::{
    CustomerId, FieldProblem, MemberRole, Month, PersonId, Purpose, Timestamp,
    access::Accessor,
    finding::{
        Count, Counted, Counts, Finding, FindingKey, Judged, MOST_NAMED, Seen, Suspect, TicketUse, Which, findings,
        suspects,
    },
};
use sqlx::{QueryBuilder, types::Json};

use crate::{
    Message, Result, Store, StoreError,
    engine::{At, RowsOf, in_transaction, on_rows_of},
    trail::Actor,
};

/// What is looked at of what stands out by the counts of days, the newest.
const MOST_SUSPECTS: usize = 300;
/// Accesses that are read of each of these.
const MOST_READ: i64 = 100;
/// Tickets that stand for several purposes, the newest.
const MOST_TICKETS: i64 = 300;
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
    /// How much else stands out by the counts of days, and was not looked at because there was too much.
    pub left_out: usize,
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

type SeenRow = (i64, At, String, Json<Accessor>, Option<String>, bool);
type TicketRow = (String, String, At, At, i64, i64, i64);
type SettledRow = (Json<Finding>, At, String, Option<String>, Option<i64>);

/// What the rules look at of an access. What was corrected is left out: its correction is looked at.
const SEEN: &str = "SELECT sequence, started_at, purpose, record -> 'accessor', record ->> 'ticket',
         (record ->> 'requested_by') IS NOT NULL
     FROM access_record WHERE NOT EXISTS (
         SELECT 1 FROM access_record AS later
         WHERE later.customer_id = access_record.customer_id AND later.corrects = access_record.sequence
     ) AND customer_id = ";

/// Goes on: of the customer, in the time that stands out.
macro_rules! push_seen {
    ($query:ident, $customer:expr, $suspect:expr) => {
        $query.push_bind($customer).push(" AND started_at >= ").push_bind(At($suspect.from));
        $query.push(" AND started_at < ").push_bind(At($suspect.before));
    };
}

/// Goes on: which of them, and how many.
macro_rules! push_which {
    ($query:ident, $suspect:expr) => {{
        let which = $suspect.which();
        match which {
            Which::All => {}
            Which::Purpose(purpose) => {
                $query.push(" AND purpose = ").push_bind(purpose.code());
            }
            Which::Country(country) => {
                $query.push(" AND (office_country = ").push_bind(country.code().to_owned());
                $query.push(" OR physical_country = ").push_bind(country.code().to_owned()).push(")");
            }
            Which::Accessor { who: (employer, name), .. } | Which::ByHand((employer, name)) => {
                $query.push(" AND record -> 'accessor' ->> 'pseudonym' = ").push_bind(name.clone());
                $query.push(" AND coalesce(record -> 'accessor' ->> 'employer', '') = ").push_bind(employer.clone());
            }
            Which::NotRequested => {
                $query.push(" AND purpose = 'customer_requested_support' AND (record ->> 'requested_by') IS NULL");
            }
        }
        $query.push(match which {
            Which::ByHand(_) => {
                " AND purpose <> 'customer_authorized_workflow' ORDER BY started_at DESC, sequence DESC LIMIT "
            }
            _ => " ORDER BY started_at, sequence LIMIT ",
        });
        $query.push_bind(match which {
            Which::Accessor { .. } => 1,
            Which::All | Which::ByHand(_) => MOST_NAMED as i64,
            _ => MOST_READ,
        });
    }};
}

/// Writes what was done about a finding in a transaction that has turned to the customer's rows; whether nobody was sooner.
macro_rules! settle {
    ($transaction:ident, $customer:expr, $finding:expr, $settlement:expr, $now:expr, $person:expr, $actor:expr) => {{
        let finding: &domain::finding::Finding = $finding;
        let settlement: &$crate::Settlement = $settlement;
        let (reason, inquiry) = match settlement {
            $crate::Settlement::Dismissed { reason } => (Some(reason), None),
            $crate::Settlement::Asked { inquiry } => (None, Some(*inquiry)),
        };
        let settled = sqlx::query(
            "INSERT INTO finding_settled
                 (customer_id, finding_key, finding, settled_at, person_id, author, reason, inquiry)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (customer_id, finding_key) DO NOTHING",
        )
        .bind($customer.0)
        .bind(finding.key.as_str())
        .bind(sqlx::types::Json(finding))
        .bind($crate::engine::At($now))
        .bind($person.0)
        .bind(&$actor.name)
        .bind(reason)
        .bind(inquiry)
        .execute(&mut *$transaction)
        .await?
        .rows_affected();
        if settled > 0 {
            let label = finding.kind.label();
            let (act, subject) = match settlement {
                $crate::Settlement::Dismissed { reason } => {
                    (domain::TrailAct::FindingDismissed, format!("{label}: {reason}"))
                }
                $crate::Settlement::Asked { inquiry } => {
                    (domain::TrailAct::FindingAsked, format!("{label}: inquiry {inquiry}"))
                }
            };
            let owner = $crate::trail::Owner::customer($customer);
            $crate::trail::add_to_trail!($transaction, owner, &$actor, $now, act, subject);
        }
        settled > 0
    }};
}
pub(crate) use settle;

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
        let (mut open, left_out) = self.judge(Judged::lately(self.store.now())).await?;
        let settled = self.settlements(&open).await?;
        open.retain(|finding| !settled.contains_key(finding.key.as_str()));
        Ok(Found { open, left_out })
    }

    /// What the rules find, settled or not, and how much was left out.
    async fn judge(&self, judged: Judged) -> Result<(Vec<Finding>, usize)> {
        let customer = self.customer.0;
        let since = At(judged.looks_back_to());
        let rows: Vec<(At, String, i64, i64)> = on_rows_of!(self.store, customer, rows => sqlx::query_as(
            "SELECT day, counted, accesses, first FROM access_pattern
             WHERE customer_id = $1 AND day >= $2 AND day <= $3 AND accesses > 0",
        ).bind(customer).bind(since).bind(At(judged.until)).fetch_all(rows).await)?;
        let mut counts = Counts::default();
        for (At(day), counted, accesses, first) in rows {
            let counted: Counted = serde_json::from_str(&counted)?;
            counts.add(day.day(), counted, Count { accesses, first });
        }
        let mut suspects = suspects(&counts, judged);
        suspects.sort_by_key(|suspect| (suspect.from, suspect.before));
        let left_out = suspects.len().saturating_sub(MOST_SUSPECTS);
        suspects.drain(..left_out);
        let (read, tickets): (Vec<(Suspect, Vec<SeenRow>)>, Vec<TicketRow>) = on_rows_of!(self.store, customer, rows => {
            let mut read = Vec::with_capacity(suspects.len());
            for suspect in suspects {
                let mut found: Vec<SeenRow> = Vec::new();
                if let Which::Accessor { first, .. } = suspect.which() {
                    let mut query = QueryBuilder::new(SEEN);
                    push_seen!(query, customer, suspect);
                    query.push(" AND sequence = ").push_bind(first);
                    found = query.build_query_as().fetch_all(&mut *rows).await?;
                }
                if found.is_empty() {
                    let mut query = QueryBuilder::new(SEEN);
                    push_seen!(query, customer, suspect);
                    push_which!(query, suspect);
                    found = query.build_query_as().fetch_all(&mut *rows).await?;
                }
                read.push((suspect, found));
            }
            // Of tickets to which another purpose came lately, every purpose.
            let mut tickets: Vec<TicketRow> = sqlx::query_as(
                "SELECT ticket, purpose, first_at, last_at, sequence, accesses, requested FROM access_ticket
                 WHERE customer_id = $1 AND accesses > 0 AND last_at >= $2 AND ticket IN (
                     SELECT late.ticket FROM access_ticket AS late JOIN access_ticket AS other
                         ON other.customer_id = $1 AND other.ticket = late.ticket AND other.purpose <> late.purpose
                             AND other.purpose <> 'not_stated' AND other.accesses > 0 AND other.last_at >= $2
                     WHERE late.customer_id = $1 AND late.first_at >= $3 AND late.first_at <= $4
                         AND late.purpose <> 'not_stated' AND late.accesses > 0
                     ORDER BY late.first_at DESC LIMIT $5
                 )",
            )
            .bind(customer)
            .bind(since)
            .bind(At(judged.from))
            .bind(At(judged.until))
            .bind(MOST_TICKETS)
            .fetch_all(&mut *rows)
            .await?;
            let known = tickets.iter().map(|(ticket, ..)| ticket.as_str()).collect::<HashSet<_>>();
            let named = read.iter().filter(|(suspect, _)| suspect.which() == Which::NotRequested);
            let named = named.flat_map(|(_, seen)| seen.iter().filter_map(|(.., ticket, _)| ticket.as_deref()));
            let named = named.filter(|ticket| !known.contains(ticket)).map(str::to_owned).collect::<HashSet<_>>();
            if !named.is_empty() {
                let mut query = QueryBuilder::new(
                    "SELECT ticket, purpose, first_at, last_at, sequence, accesses, requested FROM access_ticket
                     WHERE accesses > 0 AND customer_id = ",
                );
                query.push_bind(customer).push(" AND last_at >= ").push_bind(since).push(" AND ticket IN (");
                let mut list = query.separated(", ");
                for ticket in named {
                    list.push_bind(ticket);
                }
                query.push(")");
                let more: Vec<TicketRow> = query.build_query_as().fetch_all(&mut *rows).await?;
                tickets.extend(more);
            }
            (read, tickets)
        });
        let read = read.into_iter().map(|(suspect, rows)| {
            let mut seen = rows.into_iter().map(seen).collect::<Result<Vec<_>>>()?;
            seen.sort_by_key(|one| (one.started_at, one.sequence));
            Ok((suspect, seen))
        });
        let read = read.collect::<Result<Vec<_>>>()?;
        let tickets = tickets.into_iter().map(ticket_use).collect::<Result<Vec<_>>>()?;
        Ok((findings(&read, &tickets, judged), left_out))
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

    /// What the rules find among the accesses of a month, the newest first, each with how it was settled; and how much
    /// was left out.
    pub(crate) async fn of_month(&self, month: Month) -> Result<(Vec<(Finding, Option<Settlement>)>, usize)> {
        let (found, left_out) = self.judge(Judged::month(month, self.store.now())).await?;
        let mut settled = self.settlements(&found).await?;
        let found = found.into_iter().map(|finding| {
            let settlement = settled.remove(finding.key.as_str());
            (finding, settlement)
        });
        Ok((found.collect(), left_out))
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

    async fn settle(&self, finding: &Finding, settlement: Settlement) -> Result<Result<(), NotSettled>> {
        let (now, customer) = (self.store.now(), self.customer);
        Ok(in_transaction!(self.store, transaction => {
            transaction.rows_of(customer.0).await?;
            let settled = settle!(transaction, customer, finding, &settlement, now, self.person, self.actor);
            // Somebody else was sooner.
            if !settled {
                return Ok(Err(NotSettled::NotFound));
            }
            Ok(())
        }))
    }
}

fn purpose(table: &'static str, code: String) -> Result<Purpose> {
    Purpose::from_code(&code).ok_or(StoreError::Inconsistent { table, column: "purpose", value: code })
}

fn seen((sequence, At(started_at), code, Json(accessor), ticket, requested): SeenRow) -> Result<Seen> {
    Ok(Seen { sequence, started_at, purpose: purpose("access_record", code)?, accessor, ticket, requested })
}

fn ticket_use(
    (ticket, code, At(first_at), At(last_at), sequence, accesses, requested): TicketRow,
) -> Result<TicketUse> {
    let purpose = purpose("access_ticket", code)?;
    Ok(TicketUse { ticket, purpose, first_at, last_at, sequence, accesses, requested })
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
