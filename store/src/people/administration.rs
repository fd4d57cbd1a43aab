//! Managing people, invitations, sign-in and tokens: an owner's right at a customer, an administrator's at the
//! provider.

use chrono::TimeDelta;
use domain::{CustomerId, InvitationId, PersonId, Role, SignInRule, TokenId, TrailAct, WebhookId};

use super::{
    Customer, InvitationLink,
    confirmation::{ConfirmationKind, Effect},
    invitation::Invite,
};
use crate::{
    ApiToken, Result, Scope, Store, StoreError, WebhookSecret,
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

/// Withdraws the links that somebody made or confirmed who no longer may, and what they asked a second person for:
/// nobody comes back by one that they made for themselves.
macro_rules! withdraw_links_of {
    ($transaction:ident, $person:expr) => {{
        for sql in [
            "DELETE FROM invitation WHERE invited_by_id = $1 OR confirmed_by_id = $1",
            "DELETE FROM confirmation_request WHERE requested_by_id = $1",
        ] {
            sqlx::query(sql).bind($person.0).execute(&mut *$transaction).await?;
        }
    }};
}
pub(super) use withdraw_links_of;

/// Whether a person manages people still. From here on, until the transaction ends, nobody changes that.
macro_rules! still_administers {
    ($transaction:ident, $person:expr) => {
        sqlx::query("UPDATE person SET role = role WHERE person_id = $1 AND role IN ($2, $3) AND removed_at IS NULL")
            .bind($person.0)
            .bind(domain::MemberRole::Owner.code())
            .bind(domain::StaffRole::Administrator.code())
            .execute(&mut *$transaction)
            .await?
            .rows_affected()
            == 1
    };
}
pub(super) use still_administers;

/// Gives a person another role in a transaction, and tells it in the trail; `how` goes to the end of what that says.
macro_rules! give_role {
    ($transaction:ident, $owner:expr, $actor:expr, $now:expr, $person:expr, $role:expr, $how:expr) => {{
        let (owner, person, role): (Owner, PersonId, Role) = ($owner, $person, $role);
        let leaders = lock_leaders!($transaction, owner);
        // Somebody else may have come first; from here on nobody does.
        let before: Option<(String, String)> = sqlx::query_as(
            "UPDATE person SET role = role WHERE person_id = $1 AND removed_at IS NULL RETURNING role, display_name",
        )
        .bind(person.0)
        .fetch_optional(&mut *$transaction)
        .await?;
        let Some((code, name)) = before else { return Ok(Err(Refusal::NotFound)) };
        if !role.administers() {
            if leaders == [person.0] {
                return Ok(Err(Refusal::LastAdministrator));
            }
            withdraw_links_of!($transaction, person);
        }
        sqlx::query("UPDATE person SET role = $2, was_legal = was_legal OR $3 WHERE person_id = $1")
            .bind(person.0)
            .bind(role.code())
            .bind(role.is_legal())
            .execute(&mut *$transaction)
            .await?;
        // A link to begin anew was made for who they were: for a lawyer's it takes a second person.
        for table in ["invitation", "confirmation_request"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE person_id = $1")))
                .bind(person.0)
                .execute(&mut *$transaction)
                .await?;
        }
        let from = $crate::people::role(owner.customer_id().is_some(), code)?.label().to_lowercase();
        let subject = format!("{name}, from {from} to {}{}", role.label().to_lowercase(), $how);
        add_to_trail!($transaction, owner, $actor, $now, TrailAct::MemberRoleChanged, subject);
    }};
}
pub(super) use give_role;

/// Why a change to people or tokens was not made. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody, or nothing, of this owner's is meant.
    #[error("That is not here any more.")]
    NotFound,
    #[error("Somebody has joined with this address already.")]
    AddressTaken,
    #[error("There would be nobody left who manages people and sign-in. Give somebody else that role first.")]
    LastAdministrator,
    /// The role or scope is for somebody else's people or tokens.
    #[error("That is not to be had here.")]
    NotTheirs,
    /// Whoever asked for it had the right when they began, and has it no more.
    #[error("There are ten webhooks already. Remove one first.")]
    TooManyWebhooks,
    #[error("Whoever asked for this no longer may.")]
    NoLonger,
    #[error("The second person is neither who asked for it nor who it is for.")]
    SamePerson,
    #[error("Once there was a legal team, one of it confirms this, or the operator: `server person confirm`.")]
    LegalConfirms,
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
        self.owner_link(customer.id, owner).await
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
        let link = match self.owner_link(customer, owner).await? {
            Ok(link) => link,
            Err(refusal) => return Ok(Err(refusal)),
        };
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

    async fn owner_link(&self, customer: CustomerId, email: &str) -> Result<Result<InvitationLink, Refusal>> {
        let role = Role::Member(domain::MemberRole::Owner);
        let invite = Invite::by_one(Owner::customer(customer), email, role, None, &self.people.actor);
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
    /// Makes a link by which somebody joins in a role. The legal role's is made when a second person confirms it.
    pub async fn invite(&self, email: &str, role: Role) -> Result<Result<Effect<InvitationLink>, Refusal>> {
        if !self.is_ours(role) {
            return Ok(Err(Refusal::NotTheirs));
        }
        if self.store.person_by_email(email).await?.is_some() {
            return Ok(Err(Refusal::AddressTaken));
        }
        if role.is_legal() {
            return self.ask(ConfirmationKind::Invitation, email, None).await;
        }
        self.link(email, role, None).await
    }

    async fn link(
        &self,
        email: &str,
        role: Role,
        person: Option<PersonId>,
    ) -> Result<Result<Effect<InvitationLink>, Refusal>> {
        let invite = Invite::by_one(self.owner, email, role, person, &self.actor);
        Ok(self.store.invite(invite, &self.actor).await?.map(Effect::Now))
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
    /// they follow it. A lawyer's is made when a second person confirms it.
    pub async fn reset(&self, person: PersonId) -> Result<Result<Effect<InvitationLink>, Refusal>> {
        match self.store.person(person).await?.filter(|person| person.owner == self.owner) {
            Some(person) if person.role.is_legal() => {
                self.ask(ConfirmationKind::Reset, &person.email, Some(person.id)).await
            }
            Some(person) => self.link(&person.email, person.role, Some(person.id)).await,
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

    /// Changes a person's role, from their next page on; to the legal role when a second person confirms it.
    pub async fn set_role(&self, person: PersonId, role: Role) -> Result<Result<Effect<()>, Refusal>> {
        if !self.is_ours(role) {
            return Ok(Err(Refusal::NotTheirs));
        }
        let Some(before) = self.store.person(person).await?.filter(|person| person.owner == self.owner) else {
            return Ok(Err(Refusal::NotFound));
        };
        if role.is_legal() && before.role.is_legal() {
            // Written anew it could undo, alone, what another did meanwhile.
            return Ok(Ok(Effect::Now(())));
        }
        if role.is_legal() {
            return self.ask(ConfirmationKind::Role, &before.email, Some(person)).await;
        }
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            give_role!(transaction, self.owner, &self.actor, now, person, role, "");
            Ok(Effect::Now(()))
        }))
    }

    /// Removes a person with all their sessions at once. Their name stays in the trail.
    pub async fn remove(&self, person: PersonId) -> Result<Result<(), Refusal>> {
        let Some(before) = self.store.person(person).await?.filter(|person| person.owner == self.owner) else {
            return Ok(Err(Refusal::NotFound));
        };
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let leaders = lock_leaders!(transaction, self.owner);
            // Somebody else may have come first; from here on nobody does.
            let there = sqlx::query("UPDATE person SET role = role WHERE person_id = $1 AND removed_at IS NULL")
                .bind(person.0).execute(&mut *transaction).await?.rows_affected();
            if there == 0 {
                return Ok(Err(Refusal::NotFound));
            }
            if leaders == [person.0] {
                return Ok(Err(Refusal::LastAdministrator));
            }
            withdraw_links_of!(transaction, person);
            let tables =
                ["session", "passkey", "recovery_code", "known_device", "ceremony", "confirmation_request", "mail"];
            for table in tables {
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

    /// Makes a webhook. Its secret is returned this once.
    pub async fn create_webhook(&self, name: &str, url: &str) -> Result<Result<WebhookSecret, Refusal>> {
        self.store.create_webhook(self.owner, name, url, &self.actor).await
    }

    /// Makes a new secret for a webhook, beside which the one before signs for a day yet; what the webhook is called.
    pub async fn rotate_webhook_secret(&self, webhook: WebhookId) -> Result<Result<(String, WebhookSecret), Refusal>> {
        self.store.rotate_webhook_secret(self.owner, webhook, &self.actor).await
    }

    /// Sends a webhook a message that only says that it was tried out.
    pub async fn try_webhook(&self, webhook: WebhookId) -> Result<Result<(), Refusal>> {
        self.store.try_webhook(self.owner, webhook).await
    }

    /// Removes a webhook, with whatever waits for it.
    pub async fn remove_webhook(&self, webhook: WebhookId) -> Result<Result<(), Refusal>> {
        self.store.remove_webhook(self.owner, webhook, &self.actor).await
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
