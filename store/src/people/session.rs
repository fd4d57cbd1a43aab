//! Sessions: opened by a sign-in, idle for an hour at most, over after twelve.

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, Role, SessionId, SignInMeans, SignInRule, StaffRole, Timestamp, TrailAct, Zone,
    demand::LegalReviewer,
};
use uuid::Uuid;

use super::{
    Account, Client, Confirmer, Customer, CustomerAdmin, Factors, Member, ProviderAdmin, Roster, SignedIn, Staff,
    customer, role, zone,
};
use crate::{
    AccessDesk, CustomerAccess, CustomerFindings, CustomerGrants, CustomerInquiries, CustomerNotices, CustomerTerms,
    GrantDecider, InquiryDesk, LegalDesk, NoticeDesk, ReportDesk, Result, StatisticsDesk, Store, StoreError, TermsDesk,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    trail::{Actor, Owner, Trail, add_to_trail},
};

/// A session ends this long after sign-in, however much it is used.
const LIFETIME: TimeDelta = TimeDelta::hours(12);
/// A session ends when it isn't used for this long.
const IDLE: TimeDelta = TimeDelta::hours(1);
/// A use is noted at most this often, so that reading doesn't mean writing.
const NOTED: TimeDelta = TimeDelta::minutes(1);
/// What needs a fresh sign-in may be done this long after it.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// A browser is known to a person for this long, as long as browsers keep a cookie (RFC 6265bis, section 5.5).
pub const KNOWN: TimeDelta = TimeDelta::days(400);

/// A session's secret, for the cookie alone. The store keeps its hash.
pub struct SessionToken {
    pub secret: String,
    pub expires_at: Timestamp,
    /// The secret by which this browser is known to belong to the person, where it wasn't known before.
    pub device: Option<String>,
}

/// A session as it is now.
#[derive(Clone)]
pub struct Session {
    pub id: SessionId,
    pub signed_in: SignedIn,
    pub email: String,
    pub means: SignInMeans,
    /// Whether the person has something stronger than a password to sign in with.
    has_stronger: bool,
    /// What the person's organisation asks of sign-in.
    pub rule: SignInRule,
    pub authenticated_at: Timestamp,
    /// Whether the person's organisation allows single sign-on alone.
    enforced: bool,
    last_used_at: Timestamp,
    store: Store,
    actor: Actor,
}

/// Why something can't be done in this session now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// Another role does this.
    NotAllowed,
    /// Sign-in was too long ago: sign in again.
    NotFresh,
}

/// The person that a session is opened for.
pub(super) struct Opening {
    pub person: PersonId,
    pub name: String,
    pub owner: Owner,
    pub means: SignInMeans,
    /// The hash of the password that the person has, if any: a password set meanwhile shuts out whoever knew the old.
    pub password_hash: Option<String>,
    /// Whether the person showed just now who they are. An identity provider may have known them for days.
    pub fresh: bool,
}

impl Store {
    /// Opens a session; the one that this browser had before ends (OWASP ASVS 5.0, 7.2.4). `None` where the person was
    /// removed or has another password by now.
    pub(super) async fn open_session(&self, opening: Opening, client: &Client) -> Result<Option<SessionToken>> {
        let now = self.now();
        let (id, secret) = (new_id(now)?, hex::encode(random_bytes::<32>()?));
        let expires_at = now.plus(LIFETIME);
        let authenticated_at = if opening.fresh { now } else { now.minus(FRESH + TimeDelta::seconds(1)) };
        let known = match &client.known_device {
            Some(device) => self.knows_device(opening.person, device).await?,
            None => false,
        };
        let device = if known { None } else { Some(hex::encode(random_bytes::<32>()?)) };
        let replaced = client.session.iter().flat_map(|secret| self.keys.hashes("session", secret)).collect::<Vec<_>>();
        let actor = client.actor(Some(opening.person), opening.name);
        in_transaction!(self, transaction => {
            // Changing nothing locks the row: a new password, or a removal, waits and then ends this session too.
            let same = sqlx::query(
                "UPDATE person SET role = role
                 WHERE person_id = $1 AND removed_at IS NULL AND password_hash IS NOT DISTINCT FROM $2",
            )
            .bind(opening.person.0).bind(&opening.password_hash).execute(&mut *transaction).await?.rows_affected();
            if same != 1 {
                return Ok(None);
            }
            sqlx::query("DELETE FROM session WHERE expires_at <= $1 OR last_used_at <= $2")
                .bind(At(now)).bind(At(now.minus(IDLE))).execute(&mut *transaction).await?;
            sqlx::query("DELETE FROM known_device WHERE created_at <= $1")
                .bind(At(now.minus(KNOWN))).execute(&mut *transaction).await?;
            for hash in &replaced {
                sqlx::query("DELETE FROM session WHERE token_hash = $1")
                    .bind(hash.as_slice()).execute(&mut *transaction).await?;
            }
            sqlx::query(
                "INSERT INTO session (token_hash, session_id, person_id, means, device, address, time_zone,
                     created_at, authenticated_at, last_used_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $8, $9)",
            )
            .bind(self.keys.hash("session", &secret).as_slice())
            .bind(id)
            .bind(opening.person.0)
            .bind(opening.means.code())
            .bind(&client.device)
            .bind(&client.address)
            .bind(client.time_zone.map(Zone::name))
            .bind(At(now))
            .bind(At(expires_at))
            .bind(At(authenticated_at))
            .execute(&mut *transaction)
            .await?;
            if let Some(device) = &device {
                sqlx::query("INSERT INTO known_device (device_hash, person_id, created_at) VALUES ($1, $2, $3)")
                    .bind(self.keys.hash("device", device).as_slice())
                    .bind(opening.person.0)
                    .bind(At(now))
                    .execute(&mut *transaction)
                    .await?;
            }
            add_to_trail!(
                transaction, opening.owner, &actor, now, TrailAct::SignedIn, opening.means.label()
            );
        });
        Ok(Some(SessionToken { secret, expires_at, device }))
    }

    /// Whether a person signed in on this device before.
    pub(super) async fn knows_device(&self, person: PersonId, device: &str) -> Result<bool> {
        for hash in self.keys.hashes("device", device) {
            let row: Option<Uuid> = on_engine!(self, pool => sqlx::query_scalar(
                "SELECT person_id FROM known_device WHERE device_hash = $1 AND person_id = $2"
            ).bind(hash.as_slice()).bind(person.0).fetch_optional(pool).await)?;
            if row.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The session with this secret, while it lasts. Asking for it is using it.
    pub async fn session(&self, secret: &str, client: &Client) -> Result<Option<Session>> {
        let session = self.unused_session(secret, client).await?;
        if let Some(session) = session.as_ref().filter(|session| session.last_used_at <= self.now().minus(NOTED)) {
            let now = self.now();
            in_transaction!(self, transaction => {
                sqlx::query("UPDATE session SET last_used_at = $2, address = $3 WHERE session_id = $1")
                    .bind(session.id.0).bind(At(now)).bind(&client.address).execute(&mut *transaction).await?;
            });
        }
        Ok(session)
    }

    /// The session with this secret, while it lasts. A page that is merely open asks this way, and ends with it.
    pub async fn unused_session(&self, secret: &str, client: &Client) -> Result<Option<Session>> {
        let now = self.now();
        loop {
            for hash in self.keys.hashes("session", secret) {
                if let Some(row) = self.session_row(&hash, now).await? {
                    return self.session_of(row, client).map(Some);
                }
            }
            // Another server may have opened it under a newer key.
            if !self.keys.refresh()? {
                return Ok(None);
            }
        }
    }

    async fn session_row(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRow>> {
        Ok(on_engine!(self, pool => sqlx::query_as(
            "SELECT session_id, session.person_id, means, (totp_secret IS NOT NULL OR EXISTS (
                     SELECT 1 FROM passkey WHERE passkey.person_id = person.person_id)) AS has_stronger,
                 authenticated_at, last_used_at,
                 coalesce(person.time_zone, session.time_zone) AS time_zone,
                 email, person.display_name AS person_name, role, rule,
                 EXISTS (SELECT 1 FROM sso_connection
                         WHERE sso_connection.customer_id = person.customer_id AND enabled AND enforced) AS enforced,
                 customer.customer_id, customer.name, customer.display_name
             FROM session JOIN person USING (person_id) LEFT JOIN customer USING (customer_id)
             LEFT JOIN sign_in_policy USING (customer_id)
             WHERE token_hash = $1 AND expires_at > $2 AND last_used_at > $3 AND removed_at IS NULL"
        )
        .bind(hash.as_slice())
        .bind(At(now))
        .bind(At(now.minus(IDLE)))
        .fetch_optional(pool)
        .await)?)
    }

    fn session_of(&self, row: SessionRow, client: &Client) -> Result<Session> {
        let inconsistent =
            |column, value: &str| StoreError::Inconsistent { table: "session", column, value: value.to_owned() };
        let person = PersonId(row.person_id);
        let zone = zone(row.time_zone)?.unwrap_or_default();
        let customer = customer((row.customer_id, row.name, row.display_name));
        // The provider's people have no rule of their own, and are asked for what a new customer asks.
        let rule = row.rule.map_or(Ok(SignInRule::default()), |code| {
            SignInRule::from_code(&code).ok_or_else(|| inconsistent("rule", &code))
        })?;
        let signed_in = match (role(customer.is_some(), row.role)?, customer) {
            (Role::Member(role), Some(customer)) => SignedIn::Member(Box::new(Member {
                person,
                display_name: row.person_name.clone(),
                role,
                zone,
                roster: Roster::new(self.clone(), Owner::customer(customer.id)),
                notices: CustomerNotices::new(
                    self.clone(),
                    customer.id,
                    person,
                    role,
                    client.actor(Some(person), row.person_name.clone()),
                ),
                inquiries: CustomerInquiries::new(
                    self.clone(),
                    customer.id,
                    person,
                    role,
                    client.actor(Some(person), row.person_name.clone()),
                ),
                findings: CustomerFindings::new(
                    self.clone(),
                    customer.id,
                    person,
                    role,
                    client.actor(Some(person), row.person_name.clone()),
                ),
                terms: CustomerTerms::new(
                    self.clone(),
                    customer.id,
                    person,
                    client.actor(Some(person), row.person_name.clone()),
                ),
                grants: CustomerGrants::new(self.clone(), customer.id, person, role),
                records: CustomerAccess::new(self.clone(), customer),
            })),
            (Role::Staff(role), None) => {
                let roster = Roster::new(self.clone(), Owner::PROVIDER);
                SignedIn::Staff(Staff { person, display_name: row.person_name.clone(), role, zone, roster })
            }
            _ => return Err(inconsistent("person_id", &person.to_string())),
        };
        Ok(Session {
            id: SessionId(row.session_id),
            signed_in,
            email: row.email,
            means: SignInMeans::from_code(&row.means).ok_or_else(|| inconsistent("means", &row.means))?,
            has_stronger: row.has_stronger,
            rule,
            authenticated_at: row.authenticated_at.0,
            enforced: row.enforced,
            last_used_at: row.last_used_at.0,
            store: self.clone(),
            actor: client.actor(Some(person), row.person_name),
        })
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_id: Uuid,
    person_id: Uuid,
    means: String,
    has_stronger: bool,
    authenticated_at: At,
    last_used_at: At,
    time_zone: Option<String>,
    email: String,
    person_name: String,
    role: String,
    rule: Option<String>,
    enforced: bool,
    customer_id: Option<Uuid>,
    name: Option<String>,
    display_name: Option<String>,
}

impl Session {
    /// What the person's organisation asks for and this session was not opened with. Until it is, nothing but the
    /// person's own account is open.
    pub fn unmet_rule(&self) -> Option<SignInRule> {
        (!self.rule.is_met_by(self.means)).then_some(self.rule)
    }

    /// Whether the person's organisation allows single sign-on alone, and this session was opened otherwise: before
    /// that was said, or by a link. Owners keep another way in, for the day their identity provider fails.
    pub fn wants_single_sign_on(&self) -> bool {
        self.enforced && self.means != SignInMeans::SingleSignOn && !self.signed_in.role().administers()
    }

    /// Whether anything but the person's own account is open.
    pub fn is_open(&self) -> bool {
        self.unmet_rule().is_none() && !self.wants_single_sign_on()
    }

    /// Whether sign-in was short enough ago for what asks for a fresh one.
    pub fn is_fresh(&self) -> bool {
        self.store.now().since(self.authenticated_at) <= FRESH
    }

    /// The person's own account.
    pub fn account(&self) -> Account {
        Account::new(self.store.clone(), self.signed_in.clone(), self.id, self.actor.clone())
    }

    /// Whether the person is asked for more than the password that opened this session, and has it. Else whoever
    /// learned the password could add a factor of their own beside the person's, and go on with that.
    pub fn has_more_to_show(&self) -> bool {
        self.means == SignInMeans::Password && self.has_stronger && self.unmet_rule().is_some()
    }

    /// What the person signs in with, to change it.
    pub fn factors(&self) -> Result<Factors, NotNow> {
        if self.is_fresh() && !self.has_more_to_show() {
            Ok(Factors::new(self.account(), self.means))
        } else {
            Err(NotNow::NotFresh)
        }
    }

    /// The customer's people, sign-in and tokens, to change them: the owner's right.
    pub fn administer(&self) -> Result<CustomerAdmin, NotNow> {
        match &self.signed_in {
            SignedIn::Member(member) if member.role == MemberRole::Owner && self.is_open() => {
                let customer: Customer = member.records.customer().clone();
                self.when_fresh(CustomerAdmin::new(self.store.clone(), customer, self.actor.clone()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// The provider's people, customers and tokens, to change them: the administrator's right.
    pub fn provide(&self) -> Result<ProviderAdmin, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if staff.role == StaffRole::Administrator && self.is_open() => {
                self.when_fresh(ProviderAdmin::new(self.store.clone(), self.actor.clone()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// To confirm, as a second person, what makes somebody a lawyer.
    pub fn confirms(&self) -> Result<Confirmer, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).confirms() && self.is_open() => {
                self.when_fresh(Confirmer::new(self.store.clone(), staff.person, staff.role, self.actor.clone()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// Demands, to review them and to answer: the legal team's right.
    pub fn legal(&self) -> Result<LegalDesk, NotNow> {
        let SignedIn::Staff(staff) = &self.signed_in else { return Err(NotNow::NotAllowed) };
        LegalReviewer::new(Role::Staff(staff.role), staff.person, &staff.display_name)
            .filter(|_| self.is_open())
            .map(|reviewer| LegalDesk::new(self.store.clone(), reviewer, self.is_fresh()))
            .ok_or(NotNow::NotAllowed)
    }

    /// Notices, to write and issue them and to answer: the right of the provider's legal and publishing people.
    pub fn notices(&self) -> Result<NoticeDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).gives_notice() && self.is_open() => {
                Ok(NoticeDesk::new(self.store.clone(), staff.person, self.actor.clone(), self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// What customers ask and dispute about accesses, to answer and decide it: the right of the provider's operations and
    /// legal people.
    pub fn inquiries(&self) -> Result<InquiryDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).answers_inquiries() && self.is_open() => {
                Ok(InquiryDesk::new(self.store.clone(), staff.person, self.actor.clone(), self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// Requests for access to the customer's data, to decide about them and to say who does: for every person of a
    /// customer, as far as its policy says that they decide.
    pub fn decides(&self) -> Result<GrantDecider, NotNow> {
        match &self.signed_in {
            SignedIn::Member(member) if self.is_open() => {
                Ok(GrantDecider::new(member.grants.clone(), self.actor.clone(), self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// Access to customers' data, to ask for it and to decide where a customer wants the provider's manager too.
    pub fn access_desk(&self) -> Result<AccessDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).manages_access() && self.is_open() => {
                let (store, actor) = (self.store.clone(), self.actor.clone());
                Ok(AccessDesk::new(store, staff.person, staff.role, actor, self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// Terms, to write them and to publish what others wrote: the right of the provider's legal and publishing people.
    pub fn terms(&self) -> Result<TermsDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).gives_notice() && self.is_open() => {
                Ok(TermsDesk::new(self.store.clone(), Some(staff.person), self.actor.clone(), self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// The provider's own report: the legal team drafts it, and another of the legal and publishing people publishes it.
    pub fn report(&self) -> Result<ReportDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).gives_notice() && self.is_open() => {
                let (store, actor, legal) = (self.store.clone(), self.actor.clone(), staff.role == StaffRole::Legal);
                Ok(ReportDesk::new(store, staff.person, actor, legal, self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    /// Statistics, to upload them and to import what others uploaded: the right of the provider's legal and publishing
    /// people.
    pub fn statistics(&self) -> Result<StatisticsDesk, NotNow> {
        match &self.signed_in {
            SignedIn::Staff(staff) if Role::Staff(staff.role).gives_notice() && self.is_open() => {
                Ok(StatisticsDesk::new(self.store.clone(), staff.person, self.actor.clone(), self.is_fresh()))
            }
            _ => Err(NotNow::NotAllowed),
        }
    }

    fn when_fresh<T>(&self, handle: T) -> Result<T, NotNow> {
        if self.is_fresh() { Ok(handle) } else { Err(NotNow::NotFresh) }
    }

    /// Tells in the trail that the person took something away.
    pub async fn tell_download(&self, act: TrailAct, subject: &str) -> Result<()> {
        let trail = Trail::new(self.store.clone(), self.signed_in.owner());
        trail.add(&self.actor, self.store.now(), act, subject).await
    }

    /// Ends this session at once.
    pub async fn sign_out(&self) -> Result<()> {
        let now = self.store.now();
        in_transaction!(self.store, transaction => {
            sqlx::query("DELETE FROM session WHERE session_id = $1")
                .bind(self.id.0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, self.signed_in.owner(), &self.actor, now, TrailAct::SignedOut, "");
        });
        Ok(())
    }
}
