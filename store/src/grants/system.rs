//! Systems: the provider's, which ask for access, and a customer's, which decides with keys of its people.

use domain::{
    ApprovalKeyId, FieldProblem, GrantId, MemberRole, PersonId, Role, TokenId,
    grant::{Actor as Doer, Ending, Extent, GrantAct, PublicKey, RequestDraft, Side, Signature},
};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Acting, AskedFor, CustomerGrants, GrantActRefused, GrantPage, GrantPosition, GrantView};
use crate::{Customer, DeskGrant, Result, Store, engine::on_rows_of, people::role};

/// The right of a system of the provider's to ask for access and to learn what became of it.
pub struct AccessRequester {
    store: Store,
    /// Which system it is, whatever token it has now.
    sender: TokenId,
    name: String,
}

/// The right of a system of a customer's to read what is asked of it, and to decide: it approves with a key of somebody
/// who decides, and needs none to say no.
pub struct SystemDecider {
    store: Store,
    customer: Customer,
    grants: CustomerGrants,
    name: String,
}

type KeyRow = (Json<PublicKey>, Uuid, String, String);

impl AccessRequester {
    pub(crate) fn new(store: Store, sender: TokenId, name: String) -> Self {
        Self { store, sender, name }
    }

    /// Asks for access, once: what was asked under the same reference before is answered as it is now. With the grant comes
    /// the name of whom it is asked of.
    pub async fn ask(&self, draft: RequestDraft) -> Result<Result<(Customer, AskedFor), Vec<FieldProblem>>> {
        // A system has a name of its own for each request, or couldn't repeat it.
        let (customer, request) = match self.store.request_of(draft, "").await? {
            Ok(asked) => asked,
            Err(problems) => return Ok(Err(problems)),
        };
        let asked = self.store.ask_for_access(customer.id, self.sender.0, request, &self.acting()).await?;
        Ok(Ok((customer, asked)))
    }

    /// Everybody's requests and grants, a page of them, or those after a position.
    pub async fn page(&self, after: Option<GrantPosition>) -> Result<GrantPage<DeskGrant>> {
        self.store.grants_of_everybody(after).await
    }

    /// One grant, as it is now.
    pub async fn grant(&self, id: GrantId) -> Result<Option<DeskGrant>> {
        self.store.grant_of_anybody(id).await
    }

    /// Answers what was asked before deciding.
    pub async fn answer(&self, id: GrantId, revision: Option<i64>, answer: &str) -> Acted {
        self.act(id, revision, GrantAct::Answered { answer: answer.to_owned() }).await
    }

    /// Takes a request back.
    pub async fn withdraw(&self, id: GrantId, revision: Option<i64>, reason: &str) -> Acted {
        self.act(id, revision, GrantAct::Withdrawn { reason: reason.to_owned() }).await
    }

    /// Ends what was granted before its time.
    pub async fn end(&self, id: GrantId, revision: Option<i64>, how: Ending) -> Acted {
        self.act(id, revision, GrantAct::Ended { how }).await
    }

    fn acting(&self) -> Acting<'_> {
        let doer = Doer { side: Side::Provider, person: None, name: self.name.clone() };
        Acting { doer, trail: None, member: None }
    }

    async fn act(&self, id: GrantId, revision: Option<i64>, act: GrantAct) -> Acted {
        let Some(customer) = self.store.customer_of_grant(id).await? else {
            return Ok(Err(GrantActRefused::NotFound));
        };
        self.store.act_on_grant(customer, id, revision, &self.acting(), act).await
    }
}

/// What came of an act, or why it was not done.
type Acted = Result<Result<GrantView, GrantActRefused>>;

impl SystemDecider {
    pub(crate) fn new(store: Store, customer: Customer, token: TokenId, name: String) -> Self {
        // A system is nobody whom a policy could name.
        let grants = CustomerGrants::new(store.clone(), customer.id, PersonId(token.0), MemberRole::Auditor);
        Self { store, customer, grants, name }
    }

    pub fn customer(&self) -> &Customer {
        &self.customer
    }

    /// Requests and grants, a page of them, or those after a position.
    pub async fn page(&self, after: Option<GrantPosition>) -> Result<GrantPage> {
        self.grants.page(after).await
    }

    /// One grant, as it is now.
    pub async fn grant(&self, id: GrantId) -> Result<Option<GrantView>> {
        self.grants.grant(id).await
    }

    /// Approves so much of a request, in the name of the person whose key signed `Facts::statement` of that extent.
    pub async fn approve(
        &self,
        id: GrantId,
        revision: Option<i64>,
        extent: Extent,
        key_id: ApprovalKeyId,
        signature: Vec<u8>,
    ) -> Acted {
        let row: Option<KeyRow> = on_rows_of!(self.store, self.customer.id.0, rows => sqlx::query_as(
            "SELECT public_key, person.person_id, display_name, role
             FROM approval_key JOIN person ON person.person_id = approval_key.person_id
             WHERE approval_key.customer_id = $1 AND key_id = $2
               AND approval_key.removed_at IS NULL AND person.removed_at IS NULL"
        ).bind(self.customer.id.0).bind(key_id.0).fetch_optional(rows).await)?;
        let Some((Json(key), person, name, code)) = row else { return Ok(Err(GrantActRefused::UnknownKey)) };
        let (person, Role::Member(role)) = (PersonId(person), role(true, code)?) else {
            return Ok(Err(GrantActRefused::NotAllowed));
        };
        let doer = Doer { side: Side::Customer, person: Some(person), name };
        let acting = Acting { doer, trail: None, member: Some((person, role)) };
        let signature = Some(Box::new(Signature::Key { key, key_id, signature }));
        let act = GrantAct::Approved { side: Side::Customer, extent, rule: None, signature };
        self.store.act_on_grant(self.customer.id, id, revision, &acting, act).await
    }

    /// Denies a request.
    pub async fn deny(&self, id: GrantId, revision: Option<i64>, reason: &str) -> Acted {
        self.act(id, revision, GrantAct::Denied { reason: reason.to_owned(), rule: None }).await
    }

    /// Asks before deciding.
    pub async fn ask(&self, id: GrantId, revision: Option<i64>, question: &str) -> Acted {
        self.act(id, revision, GrantAct::Asked { question: question.to_owned() }).await
    }

    /// Takes back what was granted.
    pub async fn revoke(&self, id: GrantId, revision: Option<i64>, reason: &str) -> Acted {
        self.act(id, revision, GrantAct::Revoked { reason: reason.to_owned() }).await
    }

    async fn act(&self, id: GrantId, revision: Option<i64>, act: GrantAct) -> Acted {
        let doer = Doer { side: Side::Customer, person: None, name: self.name.clone() };
        let acting = Acting { doer, trail: None, member: None };
        self.store.act_on_grant(self.customer.id, id, revision, &acting, act).await
    }
}
