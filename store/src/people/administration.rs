//! Managing people, invitations, sign-in and tokens: an owner's right at a customer, an administrator's at the
//! provider.

use chrono::TimeDelta;
use domain::{CustomerId, InvitationId, PersonId, Role, SignInRule, TokenId, TrailAct};

use super::{Customer, InvitationLink, invitation::Invite};
use crate::{
    ApiToken, Result, Scope, Store, StoreError,
    engine::{At, in_transaction, on_engine},
    tokens::NewToken,
    trail::{Actor, Owner, add_to_trail},
};

/// Locks those who manage an owner's people, so that two who remove each other don't both succeed; their ids.
macro_rules! lock_leaders {
    ($transaction:ident, $owner:expr) => {
        sqlx::query_scalar::<_, uuid::Uuid>(
            "UPDATE person SET role = role
             WHERE customer_id IS NOT DISTINCT FROM $1 AND role IN ($2, $3) AND removed_at IS NULL RETURNING person_id",
        )
        .bind($owner.customer_id())
        .bind(domain::MemberRole::Owner.code())
        .bind(domain::StaffRole::Administrator.code())
        .fetch_all(&mut *$transaction)
        .await?
    };
}
pub(super) use lock_leaders;

/// Withdraws the links that somebody made who no longer may: nobody comes back by one that they made for themselves.
macro_rules! withdraw_links_of {
    ($transaction:ident, $person:expr) => {
        sqlx::query("DELETE FROM invitation WHERE invited_by_id = $1")
            .bind($person.0)
            .execute(&mut *$transaction)
            .await?
    };
}
pub(super) use withdraw_links_of;

/// Why a change to people or tokens was not made. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody, or nothing, of this owner's is meant.
    NotFound,
    /// Somebody has the address already.
    AddressTaken,
    /// There would be nobody left who manages people and sign-in.
    LastAdministrator,
    /// The role or scope is for somebody else's people or tokens.
    NotTheirs,
}

/// The domain is another customer's. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainTaken(pub String);

/// The right to manage one customer's people, sign-in and tokens.
#[derive(Clone)]
pub struct CustomerAdmin {
    pub(super) customer: Customer,
    pub people: Administration,
}

/// The right to manage the provider's people, customers and tokens.
#[derive(Clone)]
pub struct ProviderAdmin {
    pub people: Administration,
}

/// What is the same for both.
#[derive(Clone)]
pub struct Administration {
    pub(super) store: Store,
    pub(super) owner: Owner,
    pub(super) actor: Actor,
}

impl CustomerAdmin {
    pub(super) fn new(store: Store, customer: Customer, actor: Actor) -> Self {
        let owner = Owner::customer(customer.id);
        Self { customer, people: Administration { store, owner, actor } }
    }

    pub fn customer(&self) -> &Customer {
        &self.customer
    }

    /// Sets what sign-in asks of every member, from their next page on.
    pub async fn set_sign_in_rule(&self, rule: SignInRule) -> Result<()> {
        let Administration { store, owner, actor } = &self.people;
        let now = store.now();
        in_transaction!(store, transaction => {
            sqlx::query(
                "UPDATE sign_in_policy SET rule = $2 WHERE customer_id = $1",
            )
            .bind(self.customer.id.0).bind(rule.code()).execute(&mut *transaction).await?;
            add_to_trail!(transaction, owner, actor, now, TrailAct::SignInRuleSet, rule.label());
        });
        Ok(())
    }
}

impl ProviderAdmin {
    pub(super) fn new(store: Store, actor: Actor) -> Self {
        Self { people: Administration { store, owner: Owner::PROVIDER, actor } }
    }

    /// Makes a customer with an empty record, and a link for its first owner.
    ///
    /// # Errors
    /// [`StoreError::Exists`](crate::StoreError::Exists) where the name is taken.
    pub async fn create_customer(
        &self,
        name: &str,
        display_name: &str,
        owner: &str,
    ) -> Result<Result<InvitationLink, Refusal>> {
        let Administration { store, actor, .. } = &self.people;
        if store.person_by_email(owner).await?.is_some() {
            return Ok(Err(Refusal::AddressTaken));
        }
        let customer = store.create_customer(name, display_name, SignInRule::default()).await?;
        let now = store.now();
        in_transaction!(store, transaction => {
            add_to_trail!(transaction, Owner::PROVIDER, actor, now, TrailAct::CustomerMade, name);
        });
        self.owner_link(customer.id, owner).await.map(Ok)
    }

    /// Makes a new link for the first owner of a customer that has none yet: the last one may have expired.
    pub async fn invite_owner(&self, customer: CustomerId, owner: &str) -> Result<Result<InvitationLink, Refusal>> {
        let store = &self.people.store;
        let vacant: bool = on_engine!(store, pool => sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM customer WHERE customer_id = $1)
                 AND NOT EXISTS (SELECT 1 FROM person WHERE customer_id = $1 AND removed_at IS NULL)"
        ).bind(customer.0).fetch_one(pool).await)?;
        if !vacant {
            return Ok(Err(Refusal::NotFound));
        }
        if store.person_by_email(owner).await?.is_some() {
            return Ok(Err(Refusal::AddressTaken));
        }
        let now = store.now();
        in_transaction!(store, transaction => {
            // The one before may have gone to a mistyped address.
            sqlx::query("DELETE FROM invitation WHERE customer_id = $1")
                .bind(customer.0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, Owner::PROVIDER, &self.people.actor, now, TrailAct::MemberInvited, owner);
        });
        let link = self.owner_link(customer, owner).await?;
        // Somebody may have joined meanwhile by the link before: from then on owners invite.
        let late = in_transaction!(store, transaction => {
            sqlx::query(
                "DELETE FROM invitation WHERE invitation_id = $1
                     AND EXISTS (SELECT 1 FROM person WHERE customer_id = $2 AND removed_at IS NULL)",
            )
            .bind(link.id.0).bind(customer.0).execute(&mut *transaction).await?.rows_affected()
        });
        Ok(if late == 0 { Ok(link) } else { Err(Refusal::NotFound) })
    }

    /// Says which e-mail domains are a customer's, in place of those before: its own identity provider vouches for
    /// addresses of these alone. Refused where one is another customer's.
    pub async fn set_domains(&self, customer: CustomerId, domains: &[String]) -> Result<Result<(), DomainTaken>> {
        let Administration { store, actor, .. } = &self.people;
        store.set_domains(customer, domains, actor).await
    }

    async fn owner_link(&self, customer: CustomerId, email: &str) -> Result<InvitationLink> {
        let role = Role::Member(domain::MemberRole::Owner);
        let invite = Invite { owner: Owner::customer(customer), email, role, person: None };
        self.people.store.invite(invite, &self.people.actor).await
    }
}

impl Store {
    pub(crate) async fn set_domains(
        &self,
        customer: CustomerId,
        domains: &[String],
        actor: &Actor,
    ) -> Result<Result<(), DomainTaken>> {
        let (now, list) = (self.now(), domains.join(", "));
        Ok(in_transaction!(self, transaction => {
            let name: Option<String> = sqlx::query_scalar("SELECT name FROM customer WHERE customer_id = $1")
                .bind(customer.0).fetch_optional(&mut *transaction).await?;
            let Some(name) = name else { return Err(StoreError::NoCustomer(customer.to_string())) };
            sqlx::query("DELETE FROM customer_domain WHERE customer_id = $1")
                .bind(customer.0).execute(&mut *transaction).await?;
            for domain in domains {
                let set = sqlx::query(
                    "INSERT INTO customer_domain (domain, customer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                );
                let set = set.bind(domain).bind(customer.0).execute(&mut *transaction).await?.rows_affected();
                if set == 0 {
                    return Ok(Err(DomainTaken(domain.clone())));
                }
            }
            let subject = format!("{name}: {list}");
            add_to_trail!(transaction, Owner::customer(customer), actor, now, TrailAct::CustomerDomainsSet, list);
            add_to_trail!(transaction, Owner::PROVIDER, actor, now, TrailAct::CustomerDomainsSet, subject);
            Ok(())
        }))
    }
}

impl Administration {
    /// Makes a link by which somebody joins in a role.
    pub async fn invite(&self, email: &str, role: Role) -> Result<Result<InvitationLink, Refusal>> {
        if !self.is_ours(role) {
            return Ok(Err(Refusal::NotTheirs));
        }
        if self.store.person_by_email(email).await?.is_some() {
            return Ok(Err(Refusal::AddressTaken));
        }
        let invite = Invite { owner: self.owner, email, role, person: None };
        Ok(Ok(self.store.invite(invite, &self.actor).await?))
    }

    /// Withdraws a link that nobody followed yet.
    pub async fn withdraw(&self, invitation: InvitationId) -> Result<Result<(), Refusal>> {
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let email: Option<String> = sqlx::query_scalar(
                "DELETE FROM invitation WHERE invitation_id = $1 AND customer_id IS NOT DISTINCT FROM $2
                 RETURNING email",
            )
            .bind(invitation.0).bind(self.owner.customer_id()).fetch_optional(&mut *transaction).await?;
            match email {
                Some(email) => {
                    add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::InvitationWithdrawn, email);
                    Ok(())
                }
                None => Err(Refusal::NotFound),
            }
        }))
    }

    /// Makes a link by which a person begins anew, for one who lost every factor. What they have now goes on until
    /// they follow it.
    pub async fn reset(&self, person: PersonId) -> Result<Result<InvitationLink, Refusal>> {
        match self.store.person(person).await?.filter(|person| person.owner == self.owner) {
            Some(person) => {
                let invite =
                    Invite { owner: self.owner, email: &person.email, role: person.role, person: Some(person.id) };
                Ok(Ok(self.store.invite(invite, &self.actor).await?))
            }
            None => Ok(Err(Refusal::NotFound)),
        }
    }

    /// Ends every session of a person at once.
    pub async fn end_sessions(&self, person: PersonId) -> Result<Result<(), Refusal>> {
        let Some(person) = self.store.person(person).await?.filter(|person| person.owner == self.owner) else {
            return Ok(Err(Refusal::NotFound));
        };
        let now = self.store.now();
        in_transaction!(self.store, transaction => {
            sqlx::query("DELETE FROM session WHERE person_id = $1")
                .bind(person.id.0).execute(&mut *transaction).await?;
            let subject = format!("Of {}", person.name);
            add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::SessionsEnded, subject);
        });
        Ok(Ok(()))
    }

    /// Changes a person's role, from their next page on.
    pub async fn set_role(&self, person: PersonId, role: Role) -> Result<Result<(), Refusal>> {
        if !self.is_ours(role) {
            return Ok(Err(Refusal::NotTheirs));
        }
        self.change(person, Some(role)).await
    }

    /// Removes a person with all their sessions at once. Their name stays in the trail.
    pub async fn remove(&self, person: PersonId) -> Result<Result<(), Refusal>> {
        self.change(person, None).await
    }

    /// Gives a person another role, or none any more.
    async fn change(&self, person: PersonId, role: Option<Role>) -> Result<Result<(), Refusal>> {
        let Some(before) = self.store.person(person).await?.filter(|person| person.owner == self.owner) else {
            return Ok(Err(Refusal::NotFound));
        };
        let now = self.store.now();
        let keeps = role.is_some_and(Role::administers);
        Ok(in_transaction!(self.store, transaction => {
            let leaders = lock_leaders!(transaction, self.owner);
            // Somebody else may have come first; from here on nobody does.
            let code: Option<String> =
                sqlx::query_scalar("SELECT role FROM person WHERE person_id = $1 AND removed_at IS NULL")
                    .bind(person.0).fetch_optional(&mut *transaction).await?;
            let Some(code) = code else { return Ok(Err(Refusal::NotFound)) };
            let last = !keeps && leaders == [person.0];
            if leaders.contains(&person.0) && !keeps && !last {
                withdraw_links_of!(transaction, person);
            }
            if last {
                Err(Refusal::LastAdministrator)
            } else if let Some(role) = role {
                sqlx::query("UPDATE person SET role = $2 WHERE person_id = $1")
                    .bind(person.0).bind(role.code()).execute(&mut *transaction).await?;
                let from = super::role(self.owner.customer_id().is_some(), code)?.label().to_lowercase();
                let subject = format!("{}, from {from} to {}", before.name, role.label().to_lowercase());
                add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::MemberRoleChanged, subject);
                Ok(())
            } else {
                for table in ["session", "passkey", "recovery_code", "known_device", "ceremony", "mail"] {
                    sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE person_id = $1")))
                        .bind(person.0).execute(&mut *transaction).await?;
                }
                // Those too that were made before they joined another way: following one would undo the removal.
                sqlx::query(
                    "DELETE FROM invitation
                     WHERE person_id = $1 OR (email = $2 AND customer_id IS NOT DISTINCT FROM $3)",
                )
                .bind(person.0).bind(&before.email).bind(self.owner.customer_id())
                .execute(&mut *transaction).await?;
                sqlx::query(
                    "UPDATE person SET removed_at = $2, password_hash = NULL, totp_secret = NULL,
                         totp_last_step = NULL, sso_issuer = NULL, sso_subject = NULL
                     WHERE person_id = $1",
                )
                .bind(person.0).bind(At(now)).execute(&mut *transaction).await?;
                let subject = format!("{} ({})", before.name, before.email);
                add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::MemberRemoved, subject);
                Ok(())
            }
        }))
    }

    fn is_ours(&self, role: Role) -> bool {
        matches!(role, Role::Member(_)) == self.owner.customer_id().is_some()
    }

    /// Makes a token. It is returned this once.
    pub async fn create_token(&self, name: &str, scope: Scope, lasts: TimeDelta) -> Result<Result<ApiToken, Refusal>> {
        if scope.is_customers() != self.owner.customer_id().is_some() {
            return Ok(Err(Refusal::NotTheirs));
        }
        let new = NewToken { owner: self.owner, name, scope, lasts };
        Ok(Ok(self.store.create_token(new, &self.actor).await?))
    }

    /// Makes a token to take another's place, under the same name; the other one is good for a while yet, so that
    /// nothing breaks meanwhile.
    pub async fn rotate_token(
        &self,
        token: TokenId,
        overlap: TimeDelta,
    ) -> Result<Result<(String, ApiToken), Refusal>> {
        let rotated = self.store.rotate_token(self.owner, token, overlap, &self.actor).await?;
        Ok(rotated.ok_or(Refusal::NotFound))
    }

    /// Ends a token at once.
    pub async fn revoke_token(&self, token: TokenId) -> Result<Result<(), Refusal>> {
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let name: Option<String> = sqlx::query_scalar(
                "DELETE FROM api_token WHERE token_id = $1 AND customer_id IS NOT DISTINCT FROM $2 RETURNING name",
            )
            .bind(token.0).bind(self.owner.customer_id()).fetch_optional(&mut *transaction).await?;
            match name {
                Some(name) => {
                    add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::TokenRevoked, name);
                    Ok(())
                }
                None => Err(Refusal::NotFound),
            }
        }))
    }
}
