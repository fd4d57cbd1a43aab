//! The provider's side: staff ask for access, decide where a customer's policy wants the provider's manager too, and end it.

use domain::{
    CustomerId, FieldProblem, GrantId, PersonId, StaffRole,
    grant::{Actor as Doer, Ending, Extent, GrantAct, RequestDraft, Side},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Acting, AskedFor, GrantActRefused, GrantPage, GrantPosition, GrantView, PAGE, Row, page, parts, select,
    select_part, view,
};
use crate::{
    Customer, Result, Store,
    engine::{At, new_id, on_engine, on_rows_of_everybody},
    trail::Actor,
};

/// The right of the provider's people to ask for access and to act on what was asked. It reads requests and what became of
/// them, and nothing of a record or a policy.
#[derive(Clone)]
pub struct AccessDesk {
    store: Store,
    person: PersonId,
    role: StaffRole,
    actor: Actor,
    /// Whether sign-in was short enough ago to let anybody in.
    fresh: bool,
}

/// A grant, as the provider sees it.
#[derive(Clone, Debug)]
pub struct DeskGrant {
    pub customer: Customer,
    pub grant: GrantView,
}

/// Why access was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAskedFor {
    /// Another role asks.
    NotAllowed,
    /// The same person asked for something else under this reference: that one.
    Conflict(GrantId),
    Fields(Vec<FieldProblem>),
}

impl AccessDesk {
    pub(crate) fn new(store: Store, person: PersonId, role: StaffRole, actor: Actor, fresh: bool) -> Self {
        Self { store, person, role, actor, fresh }
    }

    /// Whether whoever is here asks for access.
    pub fn may_ask(&self) -> bool {
        domain::Role::Staff(self.role).asks_for_access()
    }

    /// Whether sign-in was short enough ago to approve.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Everybody's requests and grants, a page of them, or those after a position.
    pub async fn page(&self, after: Option<GrantPosition>) -> Result<GrantPage<DeskGrant>> {
        self.store.grants_of_everybody(after).await
    }

    /// One grant, as it is now.
    pub async fn grant(&self, id: GrantId) -> Result<Option<DeskGrant>> {
        self.store.grant_of_anybody(id).await
    }

    /// A name for a request that nobody gave one. What is asked for under it twice is asked for once.
    pub fn new_reference(&self) -> Result<String> {
        Ok(format!("desk-{}", new_id(self.store.now())?.simple()))
    }

    /// Asks for access. Where the draft gives no reference, it gets one.
    pub async fn ask(&self, draft: RequestDraft) -> Result<Result<GrantView, NotAskedFor>> {
        if !self.may_ask() {
            return Ok(Err(NotAskedFor::NotAllowed));
        }
        let reference = self.new_reference()?;
        let (customer, request) = match self.store.request_of(draft, &reference).await? {
            Ok(asked) => asked,
            Err(problems) => return Ok(Err(NotAskedFor::Fields(problems))),
        };
        Ok(match self.store.ask_for_access(customer.id, self.person.0, request, &self.acting()).await? {
            AskedFor::New(grant) | AskedFor::Again(grant) => Ok(grant),
            AskedFor::Conflict(id) => Err(NotAskedFor::Conflict(id)),
        })
    }

    /// Approves so much of a request, where the customer's policy wants the provider's manager too.
    pub async fn approve(
        &self,
        id: GrantId,
        revision: i64,
        extent: Extent,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        if !self.fresh {
            return Ok(Err(GrantActRefused::NotFresh));
        }
        let act = GrantAct::Approved { side: Side::Provider, extent, rule: None, signature: None };
        self.act(id, revision, act).await
    }

    /// Denies a request, where the customer's policy wants the provider's manager too.
    pub async fn deny(&self, id: GrantId, revision: i64, reason: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Denied { reason: reason.to_owned(), rule: None }).await
    }

    /// Asks whoever wants access, before deciding.
    pub async fn question(
        &self,
        id: GrantId,
        revision: i64,
        question: &str,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Asked { question: question.to_owned() }).await
    }

    /// Answers what was asked before deciding.
    pub async fn answer(&self, id: GrantId, revision: i64, answer: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Answered { answer: answer.to_owned() }).await
    }

    /// Takes a request back.
    pub async fn withdraw(
        &self,
        id: GrantId,
        revision: i64,
        reason: &str,
    ) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Withdrawn { reason: reason.to_owned() }).await
    }

    /// Ends what was granted before its time: by hand, or because its ticket was closed.
    pub async fn end(&self, id: GrantId, revision: i64, how: Ending) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Ended { how }).await
    }

    /// Takes back what was granted.
    pub async fn revoke(&self, id: GrantId, revision: i64, reason: &str) -> Result<Result<GrantView, GrantActRefused>> {
        self.act(id, revision, GrantAct::Revoked { reason: reason.to_owned() }).await
    }

    fn acting(&self) -> Acting<'_> {
        let doer = Doer { side: Side::Provider, person: Some(self.person), name: self.actor.name.clone() };
        Acting { doer, trail: Some(&self.actor), member: None }
    }

    async fn act(&self, id: GrantId, revision: i64, act: GrantAct) -> Result<Result<GrantView, GrantActRefused>> {
        let Some(customer) = self.store.customer_of_grant(id).await? else {
            return Ok(Err(GrantActRefused::NotFound));
        };
        self.store.act_on_grant(customer, id, Some(revision), &self.acting(), act).await
    }
}

impl Store {
    /// Whose data a grant is about; for the provider, who asked.
    pub(super) async fn customer_of_grant(&self, id: GrantId) -> Result<Option<CustomerId>> {
        let customer: Option<Uuid> = on_rows_of_everybody!(self, "grants", rows => sqlx::query_scalar(
            "SELECT customer_id FROM access_grant WHERE grant_id = $1"
        ).bind(id.0).fetch_optional(rows).await)?;
        Ok(customer.map(CustomerId))
    }

    /// Whoever's grant it is; for the provider, who asked.
    pub(super) async fn grant_of_anybody(&self, id: GrantId) -> Result<Option<DeskGrant>> {
        let sql = format!("{} WHERE state.grant_id = $1", select(self.engine()));
        let row: Option<Row> = on_rows_of_everybody!(self, "grants", rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(rows).await)?;
        let Some(row) = row else { return Ok(None) };
        self.for_the_provider(view(row, self.now())?).await.map(Some)
    }

    /// Everybody's grants, a page of them; for the provider, who asked.
    pub(super) async fn grants_of_everybody(&self, after: Option<GrantPosition>) -> Result<GrantPage<DeskGrant>> {
        let now = self.now();
        let mut found = Vec::new();
        for (part, before) in parts(after) {
            let sql = select_part(self.engine(), part, false);
            let rows: Vec<Row> = on_rows_of_everybody!(self, "grants", rows => sqlx::query_as(AssertSqlSafe(sql))
                .bind(At(now)).bind(before).bind((PAGE + 1 - found.len()) as i64).bind(None::<Uuid>)
                .fetch_all(rows).await)?;
            found.extend(rows.into_iter().map(|row| (part, row)));
        }
        let GrantPage { grants, next } = page(found, now);
        let mut listed = Vec::with_capacity(grants.len());
        for grant in grants {
            listed.push(match grant {
                Ok(grant) => Ok(self.for_the_provider(grant).await?),
                Err(unreadable) => Err(unreadable),
            });
        }
        Ok(GrantPage { grants: listed, next })
    }

    async fn for_the_provider(&self, grant: GrantView) -> Result<DeskGrant> {
        let id = grant.state.facts().customer;
        let (name, display_name): (String, String) = on_engine!(self, pool => sqlx::query_as(
            "SELECT name, display_name FROM customer WHERE customer_id = $1"
        ).bind(id.0).fetch_one(pool).await)?;
        Ok(DeskGrant { customer: Customer { id, name, display_name }, grant })
    }
}
