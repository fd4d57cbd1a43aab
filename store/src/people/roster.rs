//! Who belongs to a customer or to the provider, which invitations are open, and which tokens there are.

use std::collections::BTreeMap;

use domain::{CustomerId, InvitationId, PersonId, Role, Timestamp, TokenId};
use uuid::Uuid;

use super::{Customer, Staff, role};
use crate::{
    Result, Scope, Store, Trail, WebhookLine,
    engine::{At, on_engine},
    mail::MailFailure,
    tokens::scope,
    trail::Owner,
};

/// The right to read one owner's people, invitations, tokens and trail.
#[derive(Clone)]
pub struct Roster {
    pub(super) store: Store,
    pub(super) owner: Owner,
}

/// A person, as colleagues see them.
#[derive(Clone, Debug)]
pub struct PersonLine {
    pub id: PersonId,
    pub email: String,
    pub display_name: String,
    pub role: Role,
    pub has_password: bool,
    pub has_authenticator: bool,
    pub has_single_sign_on: bool,
    pub passkeys: i64,
    pub created_at: Timestamp,
    /// When one of the person's open sessions was used last.
    pub last_used_at: Option<Timestamp>,
    /// Why the last mail to the person could not be sent, where it couldn't.
    pub mail_failure: Option<MailFailure>,
}

/// An invitation that nobody followed yet.
#[derive(Clone, Debug)]
pub struct InvitationLine {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    /// Whether it lets somebody begin anew who is a member already.
    pub resets: bool,
    pub invited_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Why the link could not be mailed, where it couldn't.
    pub mail_failure: Option<MailFailure>,
}

/// A customer, as staff sees it.
#[derive(Clone, Debug)]
pub struct CustomerLine {
    pub customer: Customer,
    pub created_at: Timestamp,
    /// Whether anybody joined it yet.
    pub has_people: bool,
    /// The e-mail domains that are the customer's.
    pub domains: Vec<String>,
}

/// A token, without its secret.
#[derive(Clone, Debug)]
pub struct TokenLine {
    pub id: TokenId,
    pub name: String,
    /// The token's first characters.
    pub hint: String,
    pub scope: Scope,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Roster {
    pub(crate) fn new(store: Store, owner: Owner) -> Self {
        Self { store, owner }
    }

    /// Everybody who belongs to the owner, by name.
    pub async fn people(&self) -> Result<Vec<PersonLine>> {
        type Row = (
            Uuid,
            String,
            String,
            String,
            bool,
            bool,
            bool,
            i64,
            At,
            Option<At>,
            Option<Uuid>,
            Option<At>,
            Option<Vec<u8>>,
        );
        let rows: Vec<Row> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT person.person_id, email, display_name, role, password_hash IS NOT NULL, totp_secret IS NOT NULL,
                 sso_subject IS NOT NULL,
                 (SELECT count(*) FROM passkey WHERE passkey.person_id = person.person_id), created_at,
                 (SELECT max(last_used_at) FROM session WHERE session.person_id = person.person_id),
                 last_mail.mail_id, done_at, failure
             FROM person LEFT JOIN mail AS last_mail ON last_mail.mail_id = (
                 SELECT mail_id FROM mail WHERE mail.person_id = person.person_id AND done_at IS NOT NULL
                 ORDER BY done_at DESC, mail_id DESC LIMIT 1)
             WHERE customer_id IS NOT DISTINCT FROM $1 AND removed_at IS NULL
             ORDER BY display_name, person.person_id"
        ).bind(self.owner.customer_id()).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|row| {
                let (
                    id,
                    email,
                    display_name,
                    code,
                    password,
                    authenticator,
                    sso,
                    passkeys,
                    at,
                    last,
                    mail,
                    failed,
                    why,
                ) = row;
                Ok(PersonLine {
                    id: PersonId(id),
                    email,
                    display_name,
                    role: role(self.owner.customer_id().is_some(), code)?,
                    has_password: password,
                    has_authenticator: authenticator,
                    has_single_sign_on: sso,
                    passkeys,
                    created_at: at.0,
                    last_used_at: last.map(|At(at)| at),
                    mail_failure: MailFailure::of((mail, failed, why), &self.store.keys)?,
                })
            })
            .collect()
    }

    /// Invitations that are open, the newest first.
    pub async fn invitations(&self) -> Result<Vec<InvitationLine>> {
        type Row = (Uuid, String, String, bool, String, At, At, Option<Uuid>, Option<At>, Option<Vec<u8>>);
        let rows: Vec<Row> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT invitation_id, email, role, invitation.person_id IS NOT NULL, invited_by, created_at, expires_at,
                 mail_id, done_at, failure
             FROM invitation LEFT JOIN mail USING (invitation_id) WHERE customer_id IS NOT DISTINCT FROM $1 AND expires_at > $2
             ORDER BY created_at DESC, invitation_id"
        ).bind(self.owner.customer_id()).bind(At(self.store.now())).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(id, email, code, resets, invited_by, At(created_at), At(expires_at), mail, failed, why)| {
                let role = role(self.owner.customer_id().is_some(), code)?;
                let mail_failure = MailFailure::of((mail, failed, why), &self.store.keys)?;
                let id = InvitationId(id);
                Ok(InvitationLine { id, email, role, resets, invited_by, created_at, expires_at, mail_failure })
            })
            .collect()
    }

    /// Tokens that are good, the newest first.
    pub async fn tokens(&self) -> Result<Vec<TokenLine>> {
        type Row = (Uuid, String, String, String, String, At, At, Option<At>);
        let rows: Vec<Row> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT token_id, name, hint, scope, created_by, created_at, expires_at, last_used_at FROM api_token
             WHERE customer_id IS NOT DISTINCT FROM $1 AND expires_at > $2
             ORDER BY created_at DESC, token_id"
        ).bind(self.owner.customer_id()).bind(At(self.store.now())).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(id, name, hint, code, created_by, At(created_at), At(expires_at), last)| {
                Ok(TokenLine {
                    id: TokenId(id),
                    name,
                    hint,
                    scope: scope(code)?,
                    created_by,
                    created_at,
                    expires_at,
                    last_used_at: last.map(|At(at)| at),
                })
            })
            .collect()
    }

    /// Webhooks, the newest first.
    pub async fn webhooks(&self) -> Result<Vec<WebhookLine>> {
        self.store.webhooks(self.owner).await
    }

    /// Who did what.
    pub fn trail(&self) -> Trail {
        Trail::new(self.store.clone(), self.owner)
    }

    /// What the customer asks of sign-in; the provider's people are always asked for a second factor.
    pub async fn sign_in_rule(&self) -> Result<domain::SignInRule> {
        let Some(customer) = self.owner.customer_id() else { return Ok(domain::SignInRule::default()) };
        let code: Option<String> = on_engine!(self.store, pool => sqlx::query_scalar(
            "SELECT rule FROM sign_in_policy WHERE customer_id = $1"
        ).bind(customer).fetch_optional(pool).await)?;
        let Some(code) = code else { return Ok(domain::SignInRule::default()) };
        domain::SignInRule::from_code(&code).ok_or(crate::StoreError::Inconsistent {
            table: "sign_in_policy",
            column: "rule",
            value: code,
        })
    }
}

impl Staff {
    /// Every customer, by name. Of what is theirs, staff sees nothing.
    pub async fn customers(&self) -> Result<Vec<CustomerLine>> {
        let rows: Vec<(Uuid, String, String, At, bool)> = on_engine!(self.roster.store, pool => sqlx::query_as(
            "SELECT customer_id, name, display_name, created_at,
                 EXISTS (SELECT 1 FROM person WHERE person.customer_id = customer.customer_id AND removed_at IS NULL)
             FROM customer ORDER BY display_name, name"
        ).fetch_all(pool).await)?;
        let domains: Vec<(Uuid, String)> = on_engine!(self.roster.store, pool => sqlx::query_as(
            "SELECT customer_id, domain FROM customer_domain ORDER BY domain"
        ).fetch_all(pool).await)?;
        let mut domains_of = BTreeMap::<Uuid, Vec<String>>::new();
        for (customer, domain) in domains {
            domains_of.entry(customer).or_default().push(domain);
        }
        Ok(rows
            .into_iter()
            .map(|(id, name, display_name, At(created_at), has_people)| {
                let customer = Customer { id: CustomerId(id), name, display_name };
                let domains = domains_of.remove(&id).unwrap_or_default();
                CustomerLine { customer, created_at, has_people, domains }
            })
            .collect())
    }
}
