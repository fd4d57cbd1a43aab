//! A customer's own identity provider: kept, tried, switched on, and what signing in by it makes of a person.

use domain::{CustomerId, MemberRole, PersonId, SignInMeans, Timestamp, TrailAct, single_sign_on::SsoConnection};
use uuid::Uuid;

use super::{Client, Customer, CustomerAdmin, Roster, SessionToken, session::Opening};
use crate::{
    Result, Store,
    engine::{At, in_transaction, new_id, on_engine},
    people::administration::{lock_leaders, withdraw_links_of},
    trail::{Owner, add_to_trail},
};

/// A connection as it is kept.
pub struct SsoSetup {
    pub connection: SsoConnection,
    /// When a test of exactly this connection went well, if one did.
    pub tested_at: Option<Timestamp>,
    client_secret: Vec<u8>,
    customer: CustomerId,
    /// The connection as its row has it.
    kept: String,
}

/// Whom an identity provider says somebody is.
pub struct SsoIdentity<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    pub email: &'a str,
    pub name: &'a str,
    /// The role that the customer's connection gives.
    pub role: MemberRole,
    /// Who it must be, where somebody confirms that it is they.
    pub only: Option<PersonId>,
}

/// Why somebody whom the identity provider vouched for was not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoRefusal {
    /// It is not the person who was to confirm that it is they.
    NotTheSame,
    /// The address is somebody's who is not of this customer.
    AddressTaken,
    /// The person signs in by another account at the same provider.
    AnotherAccount,
}

/// Why a connection was not kept. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SsoNotSet {
    /// The provider hasn't said that the domain is the customer's.
    NotTheirDomain(String),
    /// There is no secret yet, or only one for another provider or client.
    SecretMissing,
}

type Row = (String, Vec<u8>, bool, bool, Option<At>);

impl SsoSetup {
    fn of(customer: CustomerId, row: Row) -> Result<Self> {
        let (text, client_secret, enabled, enforced, tested_at) = row;
        let connection: SsoConnection = serde_json::from_str(&text)?;
        Ok(Self {
            connection: SsoConnection { enabled, enforced, ..connection },
            tested_at: tested_at.map(|At(at)| at),
            client_secret,
            customer,
            kept: text,
        })
    }
}

fn context(customer: CustomerId) -> String {
    format!("sso_connection.client_secret/{customer}")
}

impl Store {
    /// The e-mail domains that the provider said are a customer's.
    pub(super) async fn domains_of(&self, customer: CustomerId) -> Result<Vec<String>> {
        Ok(on_engine!(self, pool => sqlx::query_scalar(
            "SELECT domain FROM customer_domain WHERE customer_id = $1 ORDER BY domain"
        ).bind(customer.0).fetch_all(pool).await)?)
    }

    /// The connection of the customer whose e-mail domain this is, where it is switched on and for that domain.
    pub async fn single_sign_on_for(&self, email: &str) -> Result<Option<(Customer, SsoSetup)>> {
        let Some((_, domain)) = email.trim().rsplit_once('@') else { return Ok(None) };
        let domain = domain.to_lowercase();
        let customer: Option<(Uuid, String, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT customer_id, name, display_name FROM customer_domain JOIN customer USING (customer_id) WHERE domain = $1"
        ).bind(&domain).fetch_optional(pool).await)?;
        let Some((id, name, display_name)) = customer else { return Ok(None) };
        let setup = self.single_sign_on_of(CustomerId(id)).await?;
        let setup = setup.filter(|setup| setup.connection.enabled && setup.connection.domains.contains(&domain));
        Ok(setup.map(|setup| (Customer { id: CustomerId(id), name, display_name }, setup)))
    }

    /// A customer's connection, switched on or not, for as many of its domains as are still said to be the customer's.
    pub async fn single_sign_on_of(&self, customer: CustomerId) -> Result<Option<SsoSetup>> {
        let row: Option<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT connection, client_secret, enabled, enforced, tested_at FROM sso_connection WHERE customer_id = $1"
        ).bind(customer.0).fetch_optional(pool).await)?;
        let Some(row) = row else { return Ok(None) };
        let (mut setup, theirs) = (SsoSetup::of(customer, row)?, self.domains_of(customer).await?);
        setup.connection.domains.retain(|domain| theirs.contains(domain));
        Ok(Some(setup))
    }

    /// The secret that the server shows to the customer's identity provider.
    pub fn client_secret(&self, setup: &SsoSetup) -> Result<String> {
        let secret = self.keys.unseal(&context(setup.customer), &setup.client_secret)?;
        Ok(String::from_utf8_lossy(&secret).into_owned())
    }

    /// Signs in whom the customer's identity provider vouched for. Who wasn't a member becomes one; who was gets the
    /// role that the provider says now, where the connection has it say roles.
    pub async fn sign_in_with_single_sign_on(
        &self,
        setup: &SsoSetup,
        identity: SsoIdentity<'_>,
        client: &Client,
    ) -> Result<Result<SessionToken, SsoRefusal>> {
        let customer = setup.customer;
        let (now, owner) = (self.now(), Owner::customer(customer));
        let email = identity.email.trim().to_lowercase();
        let known: Option<Uuid> = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT person_id FROM person
             WHERE customer_id = $1 AND sso_issuer = $2 AND sso_subject = $3 AND removed_at IS NULL"
        ).bind(customer.0).bind(identity.issuer).bind(identity.subject).fetch_optional(pool).await)?;
        let person = match known {
            Some(id) => self.person(PersonId(id)).await?,
            None => self.person_by_email(&email).await?,
        };
        if identity.only.is_some_and(|only| person.as_ref().is_none_or(|person| person.id != only)) {
            return Ok(Err(SsoRefusal::NotTheSame));
        }
        if person.as_ref().is_some_and(|person| person.owner != owner) {
            return Ok(Err(SsoRefusal::AddressTaken));
        }
        let id = match &person {
            Some(person) => person.id,
            None => PersonId(new_id(now)?),
        };
        let role = domain::Role::Member(identity.role);
        let actor = client.actor(Some(id), identity.name.to_owned());
        let written = in_transaction!(self, transaction => match &person {
            Some(before) => {
                let leaders = lock_leaders!(transaction, owner);
                // Somebody may have given another role meanwhile.
                let code: Option<String> =
                    sqlx::query_scalar("SELECT role FROM person WHERE person_id = $1 AND removed_at IS NULL")
                        .bind(id.0).fetch_optional(&mut *transaction).await?;
                let Some(code) = code else { return Ok(Err(SsoRefusal::AnotherAccount)) };
                let was = super::role(true, code)?;
                // Whatever the provider says, somebody is left who can mend the connection. And where it says no roles,
                // the connection's is for those who join; owners gave the others theirs.
                let keeps = leaders == [id.0] || setup.connection.role_claim.is_none();
                let role = if keeps { was } else { role };
                let written = sqlx::query(
                    "UPDATE person SET sso_issuer = $2, sso_subject = $3, role = $4, display_name = $5
                     WHERE person_id = $1 AND removed_at IS NULL
                         AND (sso_subject IS NULL OR (sso_issuer = $2 AND sso_subject = $3) OR sso_issuer <> $2)",
                )
                .bind(id.0).bind(identity.issuer).bind(identity.subject).bind(role.code()).bind(identity.name)
                .execute(&mut *transaction).await?.rows_affected();
                if written == 1 && was.administers() && !role.administers() {
                    withdraw_links_of!(transaction, id);
                }
                if written == 1 && was != role {
                    let subject = format!("{}, by single sign-on, to {}", before.name, role.label().to_lowercase());
                    add_to_trail!(transaction, owner, &actor, now, TrailAct::MemberRoleChanged, subject);
                }
                written
            }
            None => {
                let written = sqlx::query(
                    "INSERT INTO person (person_id, customer_id, email, display_name, role, sso_issuer, sso_subject,
                         created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                     ON CONFLICT (email) WHERE removed_at IS NULL DO NOTHING",
                )
                .bind(id.0).bind(customer.0).bind(&email).bind(identity.name).bind(role.code())
                .bind(identity.issuer).bind(identity.subject).bind(At(now))
                .execute(&mut *transaction).await?.rows_affected();
                if written == 1 {
                    let subject = format!("{email} as {}, by single sign-on", role.label().to_lowercase());
                    add_to_trail!(transaction, owner, &actor, now, TrailAct::MemberJoined, subject);
                }
                written
            }
        });
        if written != 1 {
            return Ok(Err(SsoRefusal::AnotherAccount));
        }
        // Only who was asked to confirm was made to sign in at the provider at that moment.
        let fresh = identity.only.is_some();
        let name = identity.name.to_owned();
        let password_hash = person.and_then(|person| person.password_hash);
        let opening = Opening { person: id, name, owner, means: SignInMeans::SingleSignOn, password_hash, fresh };
        Ok(self.open_session(opening, client).await?.ok_or(SsoRefusal::AnotherAccount))
    }

    /// Tells in a customer's trail why somebody, known by no more than an address, was not signed in.
    pub async fn tell_single_sign_on_refused(
        &self,
        customer: CustomerId,
        email: &str,
        client: &Client,
        why: &str,
    ) -> Result<()> {
        let (now, owner) = (self.now(), Owner::customer(customer));
        let actor = client.actor(None, email.to_owned());
        in_transaction!(self, transaction => {
            add_to_trail!(transaction, owner, &actor, now, TrailAct::SignInRefused, why);
        });
        Ok(())
    }
}

impl Roster {
    /// The customer's connection, if it has one.
    pub async fn single_sign_on(&self) -> Result<Option<SsoSetup>> {
        match self.owner.customer_id() {
            Some(customer) => self.store.single_sign_on_of(CustomerId(customer)).await,
            None => Ok(None),
        }
    }
}

impl CustomerAdmin {
    /// Keeps a connection, switched off until a test of it went well. An empty secret keeps the one there is, for the
    /// provider and client that it was given for alone: another provider would be shown it.
    pub async fn set_single_sign_on(
        &self,
        connection: &SsoConnection,
        client_secret: &str,
    ) -> Result<Result<(), SsoNotSet>> {
        let store = &self.people.store;
        let theirs = store.domains_of(self.customer.id).await?;
        if let Some(domain) = connection.domains.iter().find(|domain| !theirs.contains(domain)) {
            return Ok(Err(SsoNotSet::NotTheirDomain(domain.clone())));
        }
        let sealed = if client_secret.is_empty() {
            let whose = |of: &SsoConnection| (of.issuer.clone(), of.client_id.clone());
            let before = store.single_sign_on_of(self.customer.id).await?;
            match before.filter(|before| whose(&before.connection) == whose(connection)) {
                Some(before) => before.client_secret,
                None => return Ok(Err(SsoNotSet::SecretMissing)),
            }
        } else {
            store.keys.seal(&context(self.customer.id), client_secret.as_bytes())?
        };
        let (text, now) = (serde_json::to_string(connection)?, store.now());
        in_transaction!(store, transaction => {
            sqlx::query(
                "INSERT INTO sso_connection (customer_id, connection, client_secret, enabled, enforced)
                 VALUES ($1, $2, $3, FALSE, FALSE)
                 ON CONFLICT (customer_id) DO UPDATE SET connection = excluded.connection,
                     client_secret = excluded.client_secret, enabled = FALSE, enforced = FALSE, tested_at = NULL",
            )
            .bind(self.customer.id.0).bind(text).bind(sealed).execute(&mut *transaction).await?;
            add_to_trail!(
                transaction, self.people.owner, &self.people.actor, now, TrailAct::SingleSignOnSet, connection.issuer
            );
        });
        Ok(Ok(()))
    }

    /// Notes that a test of this connection went well, unless another was kept meanwhile.
    pub async fn single_sign_on_tested(&self, tested: &SsoSetup) -> Result<()> {
        let store = &self.people.store;
        in_transaction!(store, transaction => {
            sqlx::query(
                "UPDATE sso_connection SET tested_at = $2
                 WHERE customer_id = $1 AND connection = $3 AND client_secret = $4",
            )
            .bind(self.customer.id.0).bind(At(store.now())).bind(&tested.kept).bind(&tested.client_secret)
            .execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Switches the connection on or off, and enforces it or not; false where it wasn't tested, and nothing changed.
    pub async fn switch_single_sign_on(&self, enabled: bool, enforced: bool) -> Result<bool> {
        let store = &self.people.store;
        let now = store.now();
        Ok(in_transaction!(store, transaction => {
            let switched = sqlx::query(
                "UPDATE sso_connection SET enabled = $2, enforced = $3
                 WHERE customer_id = $1 AND (tested_at IS NOT NULL OR NOT $2)",
            )
            .bind(self.customer.id.0).bind(enabled).bind(enabled && enforced)
            .execute(&mut *transaction).await?.rows_affected() == 1;
            if switched {
                let subject = match (enabled, enforced) {
                    (false, _) => "Off",
                    (true, false) => "On",
                    (true, true) => "On, and the only way in",
                };
                add_to_trail!(
                    transaction, self.people.owner, &self.people.actor, now, TrailAct::SingleSignOnSwitched, subject
                );
            }
            switched
        }))
    }

    /// Removes the connection with its secret and domains, if there is one.
    pub async fn remove_single_sign_on(&self) -> Result<()> {
        let store = &self.people.store;
        let now = store.now();
        in_transaction!(store, transaction => {
            let removed = sqlx::query("DELETE FROM sso_connection WHERE customer_id = $1")
                .bind(self.customer.id.0).execute(&mut *transaction).await?.rows_affected() == 1;
            if removed {
                add_to_trail!(
                    transaction, self.people.owner, &self.people.actor, now, TrailAct::SingleSignOnRemoved, ""
                );
            }
        });
        Ok(())
    }
}
