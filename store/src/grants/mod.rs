//! Grants: what is asked of a customer before its data is accessed, what became of it, and what was accessed otherwise.
//!
//! A grant is a register of lines (`domain::grant`), only ever added to. Whoever acts on it names the revision that they
//! read. Everything that changes a customer's grants or policy holds its access log meanwhile, as recording accesses does:
//! an access is held against the grant as it is when the access gets its place, and nobody decides beside another.

mod customer;
mod desk;
mod due;
mod judging;
mod mails;
mod system;

use domain::{
    ApprovalKeyId, CustomerId, FieldProblem, GrantId, MemberRole, PersonId, Timestamp, TrailAct,
    grant::{
        AccessRequest, Actor as Doer, Extent, GrantAct, GrantLine, GrantRefusal, GrantReplayError, GrantState,
        GrantStatus, Policy, PublicKey, RequestDraft, Side, Signature,
    },
};
use serde_json::json;
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

pub use customer::{CustomerGrants, ExceptionPage, GrantDecider, PolicyNotSet};
pub use desk::{AccessDesk, DeskGrant, NotAskedFor};
pub(crate) use judging::{Judge, Named, Rules, named_grant, tell_exceptions, told as told_exceptions};
pub use mails::AccessMatter;
pub(crate) use mails::is_over;
use mails::mail_access;
pub use system::{AccessRequester, SystemDecider};

use crate::{
    Customer, Engine, Result, Store, StoreError,
    engine::{At, in_transaction, new_id, on_rows_of},
    trail::{Actor, Owner, add_to_trail},
};

/// Grants on a page.
const PAGE: usize = 50;

/// A grant as it stands now: what is over by the clock is over, also before its line is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    pub id: GrantId,
    /// Which state of it this is: an act names the one that it was decided on.
    pub revision: i64,
    pub state: GrantState,
}

/// A grant whose register can't be read: a line of it can't follow those before it, or an approval doesn't verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableGrant {
    pub id: GrantId,
    /// Why it can't.
    pub reason: String,
}

/// How many requests a customer ever had, and how many wait for it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantCounts {
    pub asked: i64,
    pub waiting: i64,
}

/// A page of grants: what waits for a decision first, then what is in force or to be reviewed, then what is over; each the
/// newest first.
#[derive(Clone, Debug)]
pub struct GrantPage<G = GrantView> {
    pub grants: Vec<Result<G, UnreadableGrant>>,
    /// The next page is the one after this position, if there is one.
    pub next: Option<GrantPosition>,
}

/// A place in a list of grants. As a text, for an address: the part of the list, a full stop and the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantPosition {
    part: Part,
    id: GrantId,
}

/// The parts of a list of grants, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Waiting,
    /// In force, or to be reviewed.
    Open,
    Over,
}

impl Part {
    const ALL: [(Self, &str); 3] = [(Self::Waiting, "waiting"), (Self::Open, "open"), (Self::Over, "over")];
}

impl std::fmt::Display for GrantPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = Part::ALL.iter().find(|(part, _)| *part == self.part).map_or("", |(_, name)| name);
        write!(f, "{part}.{}", self.id)
    }
}

impl std::str::FromStr for GrantPosition {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (part, id) = text.split_once('.').ok_or(NoPosition)?;
        let (part, _) = Part::ALL.into_iter().find(|(_, name)| *name == part).ok_or(NoPosition)?;
        Ok(Self { part, id: id.parse().map_err(|_| NoPosition)? })
    }
}

/// A text that is no place in a list of grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no place in a list of grants")]
pub struct NoPosition;

/// What came of a request for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedFor {
    New(GrantView),
    /// The same was asked before by the same sender under the same reference.
    Again(GrantView),
    /// The same sender asked for something else under this reference.
    Conflict(GrantId),
}

/// Why an act was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantActRefused {
    /// There is no such grant.
    NotFound,
    /// Somebody, or the clock, changed it since it was read.
    Changed,
    /// It takes a fresh sign-in.
    NotFresh,
    /// Whoever tries it doesn't decide about access now.
    NotAllowed,
    /// It is signed with a key that isn't one of whoever approves.
    UnknownKey,
    /// The order of things stands against it.
    Rule(GrantRefusal),
}

/// A key of a customer's own that signs approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalKeyLine {
    pub id: ApprovalKeyId,
    pub name: String,
    /// Who approves with it.
    pub person: PersonId,
    pub person_name: String,
    pub key: PublicKey,
    pub added_at: Timestamp,
}

/// The policy that holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentPolicy {
    /// 0 where the customer has set none.
    pub version: i64,
    pub policy: Policy,
    /// From when accesses are held against grants: when the customer set its first policy.
    pub governed_from: Option<Timestamp>,
}

/// Whoever acts on a grant.
pub(crate) struct Acting<'a> {
    /// As the register names them.
    doer: Doer,
    /// As the trail of their side does; a system is in the register alone.
    trail: Option<&'a Actor>,
    /// A person of the customer's, for whom the policy says whether they decide.
    member: Option<(PersonId, MemberRole)>,
}

/// Customer, grant, revision, register.
type Row = (Uuid, Uuid, i64, Json<Vec<GrantLine>>);
pub(crate) type PolicyRow = (i64, Json<Policy>, At);

/// The policy in force, with the moment at which the first was made; `$1` is the customer.
pub(crate) const POLICY: &str =
    "SELECT version, policy, (SELECT made_at FROM access_policy WHERE customer_id = $1 AND version = 1)
    FROM access_policy WHERE customer_id = $1 ORDER BY version DESC LIMIT 1";

/// The columns of a [`Row`]; conditions on `state` go on from it.
fn select(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT state.customer_id, state.grant_id, revision,
                 (SELECT json_group_array(json(line) ORDER BY number) FROM access_grant_line
                  WHERE access_grant_line.customer_id = state.customer_id AND access_grant_line.grant_id = state.grant_id)
             FROM access_grant_state AS state "
        }
        Engine::Postgres => {
            "SELECT state.customer_id, state.grant_id, revision,
                 (SELECT jsonb_agg(line ORDER BY number) FROM access_grant_line
                  WHERE access_grant_line.customer_id = state.customer_id AND access_grant_line.grant_id = state.grant_id)
             FROM access_grant_state AS state "
        }
    }
}

/// A list's rows in one of its parts, after a grant or from the beginning. What is over by the clock is over, whatever its
/// row says. `$1` is now, `$2` the grant, `$3` how many, `$4` the customer, if it is one's list.
fn select_part(engine: Engine, part: Part, of_one: bool) -> String {
    let whose = if of_one { "customer_id = $4" } else { "$4 IS NULL" };
    // Its first condition is that of an index.
    let part = match part {
        Part::Waiting => "status = 'waiting' AND due_at > $1",
        Part::Open => {
            "(status = 'waiting' OR status = 'granted' OR to_review)
             AND (to_review OR status = 'granted' AND due_at > $1)"
        }
        Part::Over => "NOT to_review AND (due_at IS NULL OR due_at <= $1)",
    };
    format!("{} WHERE {whose} AND {part} AND grant_id < $2 ORDER BY grant_id DESC LIMIT $3", select(engine))
}

fn current((version, Json(policy), At(first)): PolicyRow) -> CurrentPolicy {
    CurrentPolicy { version, policy, governed_from: Some(first) }
}

/// The parts of a list that are read for a page after a position, each with the grant before which.
fn parts(after: Option<GrantPosition>) -> impl Iterator<Item = (Part, Uuid)> {
    // Whoever reads on in a part has read those before it.
    let unread = move |part: &Part| after.is_none_or(|after| after.part <= *part);
    let before = move |part| after.filter(|after| after.part == part).map_or(Uuid::max(), |after| after.id.0);
    Part::ALL.into_iter().map(|(part, _)| part).filter(unread).map(move |part| (part, before(part)))
}

/// Turns to a customer's rows and holds its access log until the transaction ends.
macro_rules! hold_grants {
    ($transaction:ident, $customer:expr) => {{
        $crate::engine::RowsOf::rows_of(&mut *$transaction, $customer.0).await?;
        sqlx::query("UPDATE access_log SET size = size WHERE customer_id = $1")
            .bind($customer.0)
            .execute(&mut *$transaction)
            .await?;
    }};
}

macro_rules! policy_of {
    ($rows:ident, $customer:expr) => {{
        let row: Option<$crate::grants::PolicyRow> =
            sqlx::query_as($crate::grants::POLICY).bind($customer.0).fetch_optional(&mut *$rows).await?;
        row.map($crate::grants::current).unwrap_or_default()
    }};
}

/// Adds lines to a register that has `revision` of them, writes what they come to, and tells whoever watches.
macro_rules! write_lines {
    ($transaction:ident, $customer:expr, $id:expr, $revision:expr, $lines:expr, $state:expr) => {{
        let (mut revision, state): (i64, &domain::grant::GrantState) = ($revision, $state);
        for line in $lines {
            sqlx::query("INSERT INTO access_grant_line (customer_id, grant_id, number, line) VALUES ($1, $2, $3, $4)")
                .bind($customer.0)
                .bind($id.0)
                .bind(revision)
                .bind(sqlx::types::Json(line))
                .execute(&mut *$transaction)
                .await?;
            revision += 1;
        }
        sqlx::query(
            "INSERT INTO access_grant_state (customer_id, grant_id, revision, status, due_at, to_review, remind_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (customer_id, grant_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
                 due_at = excluded.due_at, to_review = excluded.to_review,
                 remind_at = CASE WHEN excluded.remind_at IS NOT NULL THEN access_grant_state.remind_at END",
        )
        .bind($customer.0)
        .bind($id.0)
        .bind(revision)
        .bind(state.status().code())
        .bind(state.due_at().map($crate::engine::At))
        .bind(state.facts().awaits_review())
        .bind(state.remind_at().map($crate::engine::At))
        .execute(&mut *$transaction)
        .await?;
        $crate::access::TellChange::tell_change(&mut *$transaction, $customer).await?;
        revision
    }};
}

/// Tells the webhooks of both sides what became of a grant, where that is another stage than before.
macro_rules! tell_stage {
    ($store:expr, $transaction:ident, $customer:expr, $before:expr, $state:expr, $now:expr) => {{
        let state: &domain::grant::GrantState = $state;
        if let Some(event) = $crate::grants::event($before, state.status()) {
            let name: String = sqlx::query_scalar("SELECT name FROM customer WHERE customer_id = $1")
                .bind($customer.0)
                .fetch_one(&mut *$transaction)
                .await?;
            let told = $crate::grants::told(&name, state);
            let customer = $crate::trail::Owner::customer($customer);
            $crate::webhooks::tell_webhooks!($store, $transaction, customer, event, told, $now);
            let provider = $crate::trail::Owner::PROVIDER;
            $crate::webhooks::tell_webhooks!($store, $transaction, provider, event, told, $now);
        }
    }};
}

use {hold_grants, policy_of, tell_stage, write_lines};

/// What webhooks are told of a grant that had this status, or none yet, and has another.
fn event(before: Option<GrantStatus>, after: GrantStatus) -> Option<domain::webhook::WebhookEvent> {
    use domain::webhook::WebhookEvent::{AccessDecided, AccessEnded, AccessRequested};
    match (before, after) {
        (None, _) => Some(AccessRequested),
        (Some(before), after) if before == after => None,
        (_, GrantStatus::Granted | GrantStatus::Denied) => Some(AccessDecided),
        _ => Some(AccessEnded),
    }
}

fn told(customer: &str, state: &GrantState) -> serde_json::Value {
    let facts = state.facts();
    let mut told = json!({
        "customer": customer,
        "grant": facts.id,
        "reference": facts.request.reference,
        "purpose": facts.request.purpose,
        "status": state.status(),
    });
    if let Some(until) = state.due_at() {
        told["until"] = json!(until);
    }
    told
}

/// A grant as it stands now.
fn view((customer, id, revision, Json(lines)): Row, now: Timestamp) -> Result<GrantView, GrantReplayError> {
    let id = GrantId(id);
    let (_, state) = GrantState::replay(id, CustomerId(customer), lines)?.at(now);
    Ok(GrantView { id, revision, state })
}

fn listed(row: Row, now: Timestamp) -> Result<GrantView, UnreadableGrant> {
    let id = GrantId(row.1);
    view(row, now).map_err(|error| UnreadableGrant { id, reason: error.to_string() })
}

/// A page of what was read for it.
fn page(mut rows: Vec<(Part, Row)>, now: Timestamp) -> GrantPage {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let position = |(part, row): &(Part, Row)| GrantPosition { part: *part, id: GrantId(row.1) };
    let next = rows.last().map(position).filter(|_| more);
    GrantPage { grants: rows.into_iter().map(|(_, row)| listed(row, now)).collect(), next }
}

fn trail_act(act: &GrantAct) -> TrailAct {
    match act {
        GrantAct::Requested { .. } => TrailAct::AccessAskedFor,
        GrantAct::Approved { .. } => TrailAct::AccessApproved,
        GrantAct::Denied { .. } => TrailAct::AccessDenied,
        GrantAct::Asked { .. } => TrailAct::AccessQuestionAsked,
        GrantAct::Answered { .. } => TrailAct::AccessQuestionAnswered,
        GrantAct::Withdrawn { .. } => TrailAct::AccessWithdrawn,
        GrantAct::Revoked { .. } => TrailAct::AccessRevoked,
        GrantAct::Expired | GrantAct::Ended { .. } => TrailAct::AccessGrantEnded,
        GrantAct::Reviewed { .. } => TrailAct::AccessReviewed,
    }
}

impl Acting<'_> {
    fn owner(&self, customer: CustomerId) -> Owner {
        if self.doer.side == Side::Customer { Owner::customer(customer) } else { Owner::PROVIDER }
    }
}

impl Store {
    /// Asks a customer for access. Its policy says who decides, and a standing rule of it may decide at once.
    async fn ask_for_access(
        &self,
        customer: CustomerId,
        sender: Uuid,
        request: AccessRequest,
        acting: &Acting<'_>,
    ) -> Result<AskedFor> {
        let by_reference = format!(
            "{} JOIN access_grant ON access_grant.grant_id = state.grant_id
             WHERE access_grant.customer_id = $1 AND sender_id = $2 AND reference = $3",
            select(self.engine())
        );
        Ok(in_transaction!(self, transaction => {
            hold_grants!(transaction, customer);
            let now = self.now();
            let known: Option<Row> = sqlx::query_as(AssertSqlSafe(by_reference))
                .bind(customer.0).bind(sender).bind(&request.reference).fetch_optional(&mut *transaction).await?;
            if let Some(row) = known {
                let known = view(row, now)?;
                let same = known.state.facts().request == request;
                return Ok(if same { AskedFor::Again(known) } else { AskedFor::Conflict(known.id) });
            }
            let CurrentPolicy { version, policy, .. } = policy_of!(transaction, customer);
            let id = GrantId(new_id(now)?);
            let terms = policy.terms(&request, version, now);
            let (line, asked) = GrantState::open(id, customer, request, terms, &acting.doer, now);
            let mut lines = vec![line];
            let state = match decided_by_rule(&asked, &policy, now) {
                Some(act) => {
                    let (line, state) = asked.clone().act(act, &Doer::portal(), now).map_err(StoreError::Grant)?;
                    lines.push(line);
                    state
                }
                None => asked.clone(),
            };
            let request = &state.facts().request;
            sqlx::query(
                "INSERT INTO access_grant (customer_id, grant_id, sender_id, reference) VALUES ($1, $2, $3, $4)",
            )
            .bind(customer.0).bind(id.0).bind(sender).bind(&request.reference).execute(&mut *transaction).await?;
            let revision = write_lines!(transaction, customer, id, 0, lines, &state);
            tell_stage!(self, transaction, customer, None, &asked, now);
            tell_stage!(self, transaction, customer, Some(GrantStatus::Waiting), &state, now);
            for matter in mails::when_asked(&state) {
                mail_access!(self, transaction, &policy, &state, matter, acting.doer.person, now);
            }
            if let Some(actor) = acting.trail {
                let subject = format!("Grant {id}: {}", request.reference);
                add_to_trail!(transaction, acting.owner(customer), actor, now, TrailAct::AccessAskedFor, subject);
            }
            AskedFor::New(GrantView { id, revision, state })
        }))
    }

    /// Does an act to a grant as it stood at `revision`, or as it stands where none is named.
    async fn act_on_grant(
        &self,
        customer: CustomerId,
        id: GrantId,
        revision: Option<i64>,
        acting: &Acting<'_>,
        act: GrantAct,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        let one = format!("{} WHERE state.customer_id = $1 AND state.grant_id = $2", select(self.engine()));
        Ok(in_transaction!(self, transaction => {
            hold_grants!(transaction, customer);
            // What is done now comes after everything that was recorded before.
            let now = self.now();
            let row: Option<Row> = sqlx::query_as(AssertSqlSafe(one))
                .bind(customer.0).bind(id.0).fetch_optional(&mut *transaction).await?;
            let Some((_, _, stored, Json(lines))) = row else { return Ok(Err(GrantActRefused::NotFound)) };
            if revision.is_some_and(|revision| revision != stored) {
                return Ok(Err(GrantActRefused::Changed));
            }
            if let Some((person, role)) = acting.member {
                let CurrentPolicy { policy, .. } = policy_of!(transaction, customer);
                if !policy.may_decide(person, role, now) {
                    return Ok(Err(GrantActRefused::NotAllowed));
                }
                if let GrantAct::Approved { signature: Some(signature), .. } = &act {
                    let known: bool = match &**signature {
                        Signature::Passkey { credential_id, .. } => sqlx::query_scalar(
                            "SELECT EXISTS (SELECT 1 FROM passkey WHERE credential_id = $1 AND person_id = $2)",
                        ).bind(credential_id).bind(person.0).fetch_one(&mut *transaction).await?,
                        Signature::Key { key, key_id, .. } => {
                            let kept: Option<Json<PublicKey>> = sqlx::query_scalar(
                                "SELECT public_key FROM approval_key
                                 WHERE customer_id = $1 AND key_id = $2 AND person_id = $3 AND removed_at IS NULL",
                            ).bind(customer.0).bind(key_id.0).bind(person.0).fetch_optional(&mut *transaction).await?;
                            kept.is_some_and(|Json(kept)| kept == *key)
                        }
                    };
                    if !known {
                        return Ok(Err(GrantActRefused::UnknownKey));
                    }
                }
            }
            let before = GrantState::replay(id, customer, lines)?;
            let was = before.status();
            let (clock, before) = before.at(now);
            let told = trail_act(&act);
            let (line, state) = match before.act(act, &acting.doer, now) {
                Ok(done) => done,
                Err(refusal) => return Ok(Err(GrantActRefused::Rule(refusal))),
            };
            let matter = mails::when_done(&line, &state);
            let lines = clock.into_iter().chain([line]);
            let revision = write_lines!(transaction, customer, id, stored, lines, &state);
            tell_stage!(self, transaction, customer, Some(was), &state, now);
            if let Some(matter) = matter.filter(|_| self.mails) {
                let CurrentPolicy { policy, .. } = policy_of!(transaction, customer);
                mail_access!(self, transaction, &policy, &state, matter, None, now);
            }
            if let Some(actor) = acting.trail {
                let subject = format!("Grant {id}: {}", state.facts().request.reference);
                add_to_trail!(transaction, acting.owner(customer), actor, now, told, subject);
            }
            Ok(GrantView { id, revision, state })
        }))
    }

    /// One customer's grant, as it is now.
    pub(crate) async fn grant_of(&self, customer: CustomerId, id: GrantId) -> Result<Option<GrantView>> {
        let sql = format!("{} WHERE state.customer_id = $1 AND state.grant_id = $2", select(self.engine()));
        let row: Option<Row> = on_rows_of!(self, customer.0, rows => sqlx::query_as(AssertSqlSafe(sql))
            .bind(customer.0).bind(id.0).fetch_optional(rows).await)?;
        Ok(row.map(|row| view(row, self.now())).transpose()?)
    }

    /// The customer with the name that a request gives, and what is asked of it.
    async fn request_of(
        &self,
        mut draft: RequestDraft,
        reference: &str,
    ) -> Result<Result<(Customer, AccessRequest), Vec<FieldProblem>>> {
        let name = draft.customer.take().unwrap_or_default();
        let customer = self.operator().customer(name.trim()).await?;
        let mut problems = Vec::new();
        if customer.is_none() {
            let reason = if name.trim().is_empty() { "is missing" } else { "names no customer here" };
            problems.push(FieldProblem::new("/customer", reason));
        }
        let request = draft.check(reference).map_err(|more| problems.extend(more)).ok();
        Ok(customer.zip(request).ok_or(problems))
    }
}

/// What a standing rule of the customer's does about a request that waits. It approves for its customer alone.
fn decided_by_rule(state: &GrantState, policy: &Policy, now: Timestamp) -> Option<GrantAct> {
    let GrantState::Waiting(grant) = state else { return None };
    let (facts, rule) = (grant.facts(), policy.standing_for(&grant.facts().request, now)?);
    if !rule.approves {
        return Some(GrantAct::Denied { reason: rule.reason.clone(), rule: Some(rule.id) });
    }
    let asked = facts.asked_extent();
    let extent = Extent { minutes: rule.minutes(asked.minutes, now), ..asked };
    // Too little is left of its hours: somebody decides.
    (facts.lacks(Side::Customer) && !extent.is_nothing()).then_some(GrantAct::Approved {
        side: Side::Customer,
        extent,
        rule: Some(rule.id),
        signature: None,
    })
}
