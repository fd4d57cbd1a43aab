//! One customer's side: what is asked of it, who decides, and what was accessed otherwise than granted.

use std::collections::BTreeSet;

use domain::{
    ApprovalKeyId, CustomerId, FieldProblem, GrantId, MemberRole, PersonId, TrailAct,
    access::AccessEvent,
    grant::{
        AccessException, Actor as Doer, Breach, Extent, GrantAct, Policy, PolicyVersion, PublicKey, Side, Signature,
    },
    short_name,
};
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

use super::{
    Acting, ApprovalKeyLine, CurrentPolicy, GrantActRefused, GrantCounts, GrantPage, GrantPosition, GrantView, Named,
    PAGE, Row, hold_grants, named_grant, page, parts, policy_of, select_part,
};
use crate::{
    Result, Store,
    engine::{At, in_transaction, new_id, on_rows_of},
    trail::{Actor, Owner, add_to_trail},
};

/// Keys that one customer's people may have together.
const MOST_KEYS: i64 = 100;

/// The right to read what is asked of one customer and what became of it.
#[derive(Clone)]
pub struct CustomerGrants {
    store: Store,
    customer: CustomerId,
    person: PersonId,
    role: MemberRole,
}

/// The right of a person of a customer to decide about access, as far as the customer's policy says that they do.
#[derive(Clone)]
pub struct GrantDecider {
    grants: CustomerGrants,
    actor: Actor,
    /// Whether sign-in was short enough ago to let anybody in.
    fresh: bool,
}

/// Accesses that were not made as they were granted, the newest first.
#[derive(Clone, Debug, Default)]
pub struct ExceptionPage {
    pub exceptions: Vec<(AccessException, AccessEvent)>,
    /// The page with older ones is the one before this place in the record, if there is one.
    pub older: Option<i64>,
}

/// Why something about who decides was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyNotSet {
    /// It takes a fresh sign-in.
    NotFresh,
    /// Owners and approvers set the policy; a key is removed by who has it, or by an owner.
    NotAllowed,
    /// Somebody changed it since it was read.
    Changed,
    /// There is no such key.
    NotFound,
    Fields(Vec<FieldProblem>),
}

type ExceptionRow = (i64, At, Option<String>, Json<BTreeSet<Breach>>);
type KeyRow = (Uuid, String, Uuid, String, Json<PublicKey>, At);

fn exception((sequence, At(found_at), grant, Json(breaches)): ExceptionRow) -> AccessException {
    AccessException { sequence, found_at, grant, breaches }
}

impl CustomerGrants {
    pub(crate) fn new(store: Store, customer: CustomerId, person: PersonId, role: MemberRole) -> Self {
        Self { store, customer, person, role }
    }

    /// Requests and grants, a page of them, or those after a position.
    pub async fn page(&self, after: Option<GrantPosition>) -> Result<GrantPage> {
        let now = self.store.now();
        let mut found = Vec::new();
        for (part, before) in parts(after) {
            let sql = select_part(self.store.engine(), part, true);
            let rows: Vec<Row> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(AssertSqlSafe(sql))
                .bind(At(now)).bind(before).bind((PAGE + 1 - found.len()) as i64).bind(Some(self.customer.0))
                .fetch_all(rows).await)?;
            found.extend(rows.into_iter().map(|row| (part, row)));
        }
        Ok(page(found, now))
    }

    /// How many requests there ever were, and how many wait for this customer.
    pub async fn counts(&self) -> Result<GrantCounts> {
        let asked = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT count(*) FROM access_grant WHERE customer_id = $1"
        ).bind(self.customer.0).fetch_one(rows).await)?;
        Ok(GrantCounts { asked, waiting: self.count_waiting().await? })
    }

    /// How many requests wait for a decision, or for a review of what nobody approved beforehand.
    pub async fn count_waiting(&self) -> Result<i64> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT count(*) FROM access_grant_state
             WHERE customer_id = $1 AND (status = 'waiting' OR status = 'granted' OR to_review)
               AND (to_review OR status = 'waiting' AND due_at > $2)"
        ).bind(self.customer.0).bind(At(self.store.now())).fetch_one(rows).await)?)
    }

    /// One grant, as it is now.
    pub async fn grant(&self, id: GrantId) -> Result<Option<GrantView>> {
        self.store.grant_of(self.customer, id).await
    }

    /// The grant that an access names, by its id or its reference, if it is one of this customer's.
    pub async fn named(&self, name: &str) -> Result<Option<GrantId>> {
        let Named { name, id } = Named::new(name);
        let found: Option<Uuid> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_scalar(concat!("SELECT ", named_grant!("$2", "$3")))
                .bind(self.customer.0).bind(id).bind(&name).fetch_one(rows).await)?;
        Ok(found.map(GrantId))
    }

    /// The policy that holds now.
    pub async fn policy(&self) -> Result<CurrentPolicy> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => policy_of!(rows, self.customer)))
    }

    /// Versions of the policy, the newest first, or those before one.
    pub async fn policies(&self, before: Option<i64>) -> Result<Vec<PolicyVersion>> {
        type VersionRow = (i64, Json<Policy>, Option<Json<Policy>>, At, String);
        let rows: Vec<VersionRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT version, policy,
                 (SELECT policy FROM access_policy AS earlier
                  WHERE earlier.customer_id = $1 AND earlier.version = access_policy.version - 1),
                 made_at, made_by
             FROM access_policy WHERE customer_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3"
        ).bind(self.customer.0).bind(before.unwrap_or(i64::MAX)).bind(PAGE as i64).fetch_all(rows).await)?;
        let version = |(version, Json(policy), before, At(made_at), made_by): VersionRow| {
            let before = before.map(|Json(before)| before).unwrap_or_default();
            PolicyVersion { version, policy, before, made_at, made_by }
        };
        Ok(rows.into_iter().map(version).collect())
    }

    /// Whether whoever asks decides about access now: by role, as a delegate, or on call.
    pub async fn may_decide(&self) -> Result<bool> {
        let policy = self.policy().await?.policy;
        Ok(policy.may_decide(self.person, self.role, self.store.now()))
    }

    /// Whether whoever asks is mailed about access where they didn't choose.
    pub(crate) async fn is_mailed(&self) -> Result<bool> {
        let policy = self.policy().await?.policy;
        Ok(policy.is_mailed(self.person, self.role, self.store.now()))
    }

    /// Whether whoever asks may say who decides.
    pub fn may_set_policy(&self) -> bool {
        self.role.approves()
    }

    /// Keys that sign approvals, the newest first.
    pub async fn keys(&self) -> Result<Vec<ApprovalKeyLine>> {
        let rows: Vec<KeyRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT key_id, name, approval_key.person_id, display_name, public_key, added_at
             FROM approval_key JOIN person ON person.person_id = approval_key.person_id
             WHERE approval_key.customer_id = $1 AND approval_key.removed_at IS NULL ORDER BY key_id DESC"
        ).bind(self.customer.0).fetch_all(rows).await)?;
        let line = |(id, name, person, person_name, Json(key), At(added_at))| ApprovalKeyLine {
            id: ApprovalKeyId(id),
            name,
            person: PersonId(person),
            person_name,
            key,
            added_at,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// How many accesses were not made as they were granted.
    pub async fn count_exceptions(&self) -> Result<i64> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT count(*) FROM access_exception WHERE customer_id = $1"
        ).bind(self.customer.0).fetch_one(rows).await)?)
    }

    /// Accesses that were not made as they were granted, the newest first, or those before a place in the record.
    pub async fn exceptions(&self, before: Option<i64>) -> Result<ExceptionPage> {
        type ListRow = (i64, At, Option<String>, Json<BTreeSet<Breach>>, Json<AccessEvent>);
        let mut rows: Vec<ListRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT access_exception.sequence, found_at, grant_name, breaches, record FROM access_exception
             JOIN access_record ON access_record.customer_id = $1 AND access_record.sequence = access_exception.sequence
             WHERE access_exception.customer_id = $1 AND access_exception.sequence < $2
             ORDER BY access_exception.sequence DESC LIMIT $3"
        ).bind(self.customer.0).bind(before.unwrap_or(i64::MAX)).bind(PAGE as i64 + 1).fetch_all(rows).await)?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let older = rows.last().map(|row| row.0).filter(|_| more);
        let listed = |(sequence, found_at, grant, breaches, Json(event)): ListRow| {
            (exception((sequence, found_at, grant, breaches)), event)
        };
        Ok(ExceptionPage { exceptions: rows.into_iter().map(listed).collect(), older })
    }

    /// The places of the newest accesses that name this grant and were not made as it says.
    pub async fn exceptions_of(&self, grant: &GrantView) -> Result<Vec<i64>> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT sequence FROM access_exception WHERE customer_id = $1 AND grant_name IN ($2, $3)
             ORDER BY sequence DESC LIMIT $4"
        )
        .bind(self.customer.0).bind(grant.id.to_string()).bind(&grant.state.facts().request.reference).bind(PAGE as i64)
        .fetch_all(rows).await)?)
    }

    /// What the access at this place of the record broke, if anything.
    pub async fn exception(&self, sequence: i64) -> Result<Option<AccessException>> {
        let row: Option<ExceptionRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT sequence, found_at, grant_name, breaches FROM access_exception
             WHERE customer_id = $1 AND sequence = $2"
        ).bind(self.customer.0).bind(sequence).fetch_optional(rows).await)?;
        Ok(row.map(exception))
    }
}

impl GrantDecider {
    pub(crate) fn new(grants: CustomerGrants, actor: Actor, fresh: bool) -> Self {
        Self { grants, actor, fresh }
    }

    /// To read what is decided about.
    pub fn grants(&self) -> &CustomerGrants {
        &self.grants
    }

    /// Whether sign-in was short enough ago to approve and to say who decides.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Approves so much of a request. What it signs is `Facts::statement` of that extent.
    pub async fn approve(
        &self,
        id: GrantId,
        revision: i64,
        extent: Extent,
        signature: Option<Signature>,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        if !self.fresh {
            return Ok(Err(GrantActRefused::NotFresh));
        }
        let signature = signature.map(Box::new);
        self.act(id, revision, GrantAct::Approved { side: Side::Customer, extent, rule: None, signature }).await
    }

    /// Denies a request.
    pub async fn deny(&self, id: GrantId, revision: i64, reason: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Denied { reason: reason.to_owned(), rule: None }).await
    }

    /// Asks before deciding.
    pub async fn ask(&self, id: GrantId, revision: i64, question: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Asked { question: question.to_owned() }).await
    }

    /// Takes back what was granted.
    pub async fn revoke(&self, id: GrantId, revision: i64, reason: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Revoked { reason: reason.to_owned() }).await
    }

    /// Says afterwards whether what nobody approved beforehand was justified.
    pub async fn review(
        &self,
        id: GrantId,
        revision: i64,
        justified: bool,
        reason: &str,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Reviewed { justified, reason: reason.to_owned() }).await
    }

    async fn act(&self, id: GrantId, revision: i64, act: GrantAct) -> Result<Result<GrantView, GrantActRefused>> {
        let CustomerGrants { store, customer, person, role } = &self.grants;
        let acting = Acting {
            doer: Doer { side: Side::Customer, person: Some(*person), name: self.actor.name.clone() },
            trail: Some(&self.actor),
            member: Some((*person, *role)),
        };
        store.act_on_grant(*customer, id, Some(revision), &acting, act).await
    }

    /// Makes the next version of the policy, in the place of the one that was read; its number. What waits is decided as
    /// the policy said when it was asked.
    pub async fn set_policy(&self, read: i64, policy: Policy) -> Result<Result<i64, PolicyNotSet>> {
        if !self.grants.may_set_policy() {
            return Ok(Err(PolicyNotSet::NotAllowed));
        }
        if !self.fresh {
            return Ok(Err(PolicyNotSet::NotFresh));
        }
        let policy = match policy.check() {
            Ok(policy) => policy,
            Err(problems) => return Ok(Err(PolicyNotSet::Fields(problems))),
        };
        let (store, customer) = (&self.grants.store, self.grants.customer);
        Ok(in_transaction!(store, transaction => {
            hold_grants!(transaction, customer);
            let now = store.now();
            let CurrentPolicy { version, policy: before, .. } = policy_of!(transaction, customer);
            if version != read {
                return Ok(Err(PolicyNotSet::Changed));
            }
            let mut problems = Vec::new();
            let delegates = policy.delegates.iter().enumerate().filter(|(_, delegate)| delegate.until > now);
            let delegates = delegates.map(|(place, delegate)| (format!("/delegates/{place}/person"), delegate.person));
            let on_call = policy.quiet_hours.map(|quiet| ("/quiet_hours/on_call".to_owned(), quiet.on_call));
            // Whoever was named before may have left since, and must not keep the rest from being set.
            let named = before.delegates.iter().map(|delegate| delegate.person);
            let named = named.chain(before.quiet_hours.map(|quiet| quiet.on_call)).collect::<BTreeSet<_>>();
            for (field, person) in delegates.chain(on_call).filter(|(_, person)| !named.contains(person)) {
                let known: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT 1 FROM person
                         WHERE person_id = $1 AND customer_id = $2 AND removed_at IS NULL)",
                ).bind(person.0).bind(customer.0).fetch_one(&mut *transaction).await?;
                if !known {
                    problems.push(FieldProblem::new(field, "is nobody of your organisation’s"));
                }
            }
            if !problems.is_empty() {
                return Ok(Err(PolicyNotSet::Fields(problems)));
            }
            let next = version + 1;
            sqlx::query(
                "INSERT INTO access_policy (customer_id, version, policy, made_at, made_by) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(customer.0).bind(next).bind(Json(&policy)).bind(At(now)).bind(&self.actor.name)
            .execute(&mut *transaction).await?;
            let owner = Owner::customer(customer);
            add_to_trail!(transaction, owner, &self.actor, now, TrailAct::AccessPolicySet, format!("Version {next}"));
            Ok(next)
        }))
    }

    /// Adds a key with which whoever adds it approves over the API.
    pub async fn add_key(&self, name: &str, key: PublicKey) -> Result<Result<ApprovalKeyId, PolicyNotSet>> {
        if !self.fresh {
            return Ok(Err(PolicyNotSet::NotFresh));
        }
        let mut problems = Vec::new();
        let name = short_name("name", name).map_err(|problem| problems.push(problem)).unwrap_or_default();
        if let Err(problem) = key.check() {
            problems.push(FieldProblem::new("public_key", problem.to_string()));
        }
        if !problems.is_empty() {
            return Ok(Err(PolicyNotSet::Fields(problems)));
        }
        let CustomerGrants { store, customer, person, .. } = &self.grants;
        Ok(in_transaction!(store, transaction => {
            hold_grants!(transaction, customer);
            let now = store.now();
            let there: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM approval_key WHERE customer_id = $1 AND removed_at IS NULL",
            ).bind(customer.0).fetch_one(&mut *transaction).await?;
            if there >= MOST_KEYS {
                let problem = FieldProblem::new("name", format!("would be one key more than {MOST_KEYS}; remove another"));
                return Ok(Err(PolicyNotSet::Fields(vec![problem])));
            }
            let known: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM approval_key WHERE customer_id = $1 AND public_key = $2
                                AND (person_id <> $3 OR removed_at IS NULL))",
            ).bind(customer.0).bind(Json(&key)).bind(person.0).fetch_one(&mut *transaction).await?;
            if known {
                let problem = FieldProblem::new("public_key", "was added before, by you or somebody else; make another");
                return Ok(Err(PolicyNotSet::Fields(vec![problem])));
            }
            let id = new_id(now)?;
            sqlx::query(
                "INSERT INTO approval_key (customer_id, key_id, person_id, name, public_key, added_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(customer.0).bind(id).bind(person.0).bind(&name).bind(Json(&key)).bind(At(now))
            .execute(&mut *transaction).await?;
            let subject = format!("{name}, {}", key.fingerprint());
            let owner = Owner::customer(*customer);
            add_to_trail!(transaction, owner, &self.actor, now, TrailAct::ApprovalKeyAdded, subject);
            Ok(ApprovalKeyId(id))
        }))
    }

    /// Removes a key. What it signed stays signed.
    pub async fn remove_key(&self, id: ApprovalKeyId) -> Result<Result<(), PolicyNotSet>> {
        let CustomerGrants { store, customer, person, role } = &self.grants;
        Ok(in_transaction!(store, transaction => {
            hold_grants!(transaction, customer);
            let now = store.now();
            let row: Option<(Uuid, String)> = sqlx::query_as(
                "SELECT person_id, name FROM approval_key
                 WHERE customer_id = $1 AND key_id = $2 AND removed_at IS NULL",
            ).bind(customer.0).bind(id.0).fetch_optional(&mut *transaction).await?;
            let Some((of, name)) = row else { return Ok(Err(PolicyNotSet::NotFound)) };
            if of != person.0 && *role != MemberRole::Owner {
                return Ok(Err(PolicyNotSet::NotAllowed));
            }
            sqlx::query("UPDATE approval_key SET removed_at = $3 WHERE customer_id = $1 AND key_id = $2")
                .bind(customer.0).bind(id.0).bind(At(now)).execute(&mut *transaction).await?;
            let owner = Owner::customer(*customer);
            add_to_trail!(transaction, owner, &self.actor, now, TrailAct::ApprovalKeyRemoved, name);
            Ok(())
        }))
    }
}
