//! Links to join by: good once, and for a few days.

use chrono::TimeDelta;
use domain::{InvitationId, PersonId, Role, SignInMeans, Timestamp, TrailAct};
use uuid::Uuid;

use super::{Client, Customer, SessionToken, customer, role, session::Opening};
use crate::{
    Result, Store,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    mail::{MailContent, NewMail, queue_mail},
    password::Password,
    trail::{Actor, Owner, add_to_trail},
};

/// How long a link is good.
const LIFETIME: TimeDelta = TimeDelta::days(3);

/// A link's secret, as it is shown once.
pub struct InvitationLink {
    pub id: InvitationId,
    pub email: String,
    pub secret: String,
    pub expires_at: Timestamp,
}

/// What a link invites to.
pub struct Invitation {
    /// Empty for the first administrator, whose address is asked for when the link is followed.
    pub email: String,
    pub role: Role,
    /// The customer, or `None` for the provider.
    pub customer: Option<Customer>,
    /// The name of the person who begins anew, where it is no first time.
    pub person: Option<(PersonId, String)>,
    pub invited_by: String,
    pub expires_at: Timestamp,
    token_hash: [u8; 32],
}

/// Whom a link is made for.
pub(crate) struct Invite<'a> {
    pub owner: Owner,
    pub email: &'a str,
    pub role: Role,
    /// The person who begins anew.
    pub person: Option<PersonId>,
}

impl Store {
    /// Makes a link, and mails it where mail is sent. An earlier one for the same address is good no more.
    pub(crate) async fn invite(&self, invite: Invite<'_>, actor: &Actor) -> Result<InvitationLink> {
        let now = self.now();
        let (id, secret, expires_at) = (new_id(now)?, hex::encode(random_bytes::<32>()?), now.plus(LIFETIME));
        let act = if invite.person.is_some() { TrailAct::MemberReset } else { TrailAct::MemberInvited };
        let subject = format!("{} as {}", invite.email, invite.role.label().to_lowercase());
        in_transaction!(self, transaction => {
            sqlx::query("DELETE FROM invitation WHERE expires_at <= $1 OR (email = $2 AND customer_id IS NOT DISTINCT FROM $3)")
                .bind(At(now)).bind(invite.email).bind(invite.owner.customer_id())
                .execute(&mut *transaction).await?;
            sqlx::query(
                "INSERT INTO invitation (token_hash, invitation_id, customer_id, person_id, email, role, invited_by,
                     invited_by_id, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(self.keys.hash("invitation", &secret).as_slice())
            .bind(id)
            .bind(invite.owner.customer_id())
            .bind(invite.person.map(|person| person.0))
            .bind(invite.email)
            .bind(invite.role.code())
            .bind(&actor.name)
            .bind(actor.id.map(|maker| maker.0))
            .bind(At(now))
            .bind(At(expires_at))
            .execute(&mut *transaction)
            .await?;
            // The first administrator's names no address.
            if !invite.email.is_empty() {
                let organisation: Option<String> =
                    sqlx::query_scalar("SELECT display_name FROM customer WHERE customer_id = $1")
                        .bind(invite.owner.customer_id()).fetch_optional(&mut *transaction).await?;
                let content = MailContent::Invitation {
                    secret: secret.clone(),
                    organisation,
                    invited_by: actor.name.clone(),
                    resets: invite.person.is_some(),
                    expires_at,
                };
                let (to, invitation) = (invite.email, Some(InvitationId(id)));
                queue_mail!(self, transaction, NewMail { to, person: invite.person, invitation, content }, now);
            }
            add_to_trail!(transaction, invite.owner, actor, now, act, subject);
        });
        Ok(InvitationLink { id: InvitationId(id), email: invite.email.to_owned(), secret, expires_at })
    }

    /// What the link with this secret invites to, while it is good.
    pub async fn invitation(&self, secret: &str) -> Result<Option<Invitation>> {
        type Row =
            (String, String, String, At, Option<Uuid>, Option<String>, Option<Uuid>, Option<String>, Option<String>);
        for token_hash in self.keys.hashes("invitation", secret) {
            let row: Option<Row> = on_engine!(self, pool => sqlx::query_as(
                "SELECT invitation.email, invitation.role, invited_by, expires_at,
                     invitation.person_id, person.display_name,
                     customer.customer_id, customer.name, customer.display_name
                 FROM invitation LEFT JOIN customer USING (customer_id)
                 LEFT JOIN person ON person.person_id = invitation.person_id
                 WHERE token_hash = $1 AND expires_at > $2"
            ).bind(token_hash.as_slice()).bind(At(self.now())).fetch_optional(pool).await)?;
            let Some((email, code, invited_by, At(expires_at), person, person_name, id, name, display_name)) = row
            else {
                continue;
            };
            let customer = customer((id, name, display_name));
            return Ok(Some(Invitation {
                email,
                role: role(customer.is_some(), code)?,
                customer,
                person: person.map(PersonId).zip(person_name),
                invited_by,
                expires_at,
                token_hash,
            }));
        }
        Ok(None)
    }

    /// Follows a link: makes the person, or takes everything that an existing one signed in with, and opens a session
    /// in which to set up a sign-in. `email` counts only where the link names none. `None` where somebody followed it meanwhile, or the address is taken.
    pub async fn join(
        &self,
        mut invitation: Invitation,
        email: &str,
        name: &str,
        password: Option<Password>,
        client: &Client,
    ) -> Result<Option<SessionToken>> {
        let now = self.now();
        if invitation.email.is_empty() {
            email.clone_into(&mut invitation.email);
        }
        let owner = invitation.customer.as_ref().map_or(Owner::PROVIDER, |customer| Owner::customer(customer.id));
        let means = if password.is_some() { SignInMeans::Password } else { SignInMeans::Invitation };
        let password_hash = match password {
            Some(password) => Some(password.hash().await?),
            None => None,
        };
        let person = match &invitation.person {
            Some((person, _)) => *person,
            None => PersonId(new_id(now)?),
        };
        let actor = client.actor(Some(person), name.to_owned());
        let joined = in_transaction!(self, transaction => {
            let followed = sqlx::query("DELETE FROM invitation WHERE token_hash = $1")
                .bind(invitation.token_hash.as_slice()).execute(&mut *transaction).await?.rows_affected();
            let written = if followed == 0 {
                0
            } else if invitation.person.is_some() {
                // The person first, so that a sign-in at the same time either waits or is among what ends here.
                let written = sqlx::query(
                    "UPDATE person SET display_name = $2, password_hash = $3, totp_secret = NULL, totp_last_step = NULL
                     WHERE person_id = $1 AND removed_at IS NULL",
                )
                .bind(person.0).bind(name).bind(&password_hash).execute(&mut *transaction).await?.rows_affected();
                for table in ["session", "passkey", "recovery_code", "known_device", "ceremony"] {
                    sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE person_id = $1")))
                        .bind(person.0).execute(&mut *transaction).await?;
                }
                written
            } else {
                sqlx::query(
                    "INSERT INTO person (person_id, customer_id, email, display_name, role, password_hash, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (email) WHERE removed_at IS NULL DO NOTHING",
                )
                .bind(person.0)
                .bind(owner.customer_id())
                .bind(&invitation.email)
                .bind(name)
                .bind(invitation.role.code())
                .bind(&password_hash)
                .bind(At(now))
                .execute(&mut *transaction)
                .await?
                .rows_affected()
            };
            if written == 1 {
                // The first administrator's link, which stands in a log, is nobody's any more.
                sqlx::query("DELETE FROM invitation WHERE email = '' AND customer_id IS NOT DISTINCT FROM $1")
                    .bind(owner.customer_id()).execute(&mut *transaction).await?;
                let subject = format!("{} as {}", invitation.email, invitation.role.label().to_lowercase());
                add_to_trail!(transaction, owner, &actor, now, TrailAct::MemberJoined, subject);
            }
            written
        });
        if joined != 1 {
            return Ok(None);
        }
        let opening = Opening { person, name: name.to_owned(), owner, means, password_hash, fresh: true };
        self.open_session(opening, client).await
    }

    /// A link for the first administrator, where the provider has nobody yet.
    pub async fn first_administrator(&self) -> Result<Option<InvitationLink>> {
        let staff: i64 = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM person WHERE customer_id IS NULL AND removed_at IS NULL"
        ).fetch_one(pool).await)?;
        if staff > 0 {
            return Ok(None);
        }
        let role = Role::Staff(domain::StaffRole::Administrator);
        let invite = Invite { owner: Owner::PROVIDER, email: "", role, person: None };
        self.invite(invite, &Actor::operator()).await.map(Some)
    }
}
