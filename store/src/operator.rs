//! What whoever runs the program on the machine may do: the command line and the demo.

use chrono::TimeDelta;
use domain::{ConfirmationId, CustomerId, MemberRole, PersonId, Role, SignInRule, StaffRole, demand::LegalReviewer};
use uuid::Uuid;

use crate::{
    AccessDesk, ApiToken, Bearer, Confirmed, Customer, CustomerAccess, CustomerFindings, CustomerGrants,
    CustomerInquiries, CustomerNotices, CustomerTerms, GrantDecider, InquiryDesk, InvitationLink, LegalDesk, NewPerson,
    NoticeDesk, Refusal, ReportDesk, Reporter, Result, Scope, Store, StoreError, TermsDesk,
    access::create_log,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    password::Password,
    people::{Invite, totp_context},
    tokens::NewToken,
    trail::{Actor, Owner},
};

/// The hands of the operator at the machine, who holds the database anyway.
pub struct Operator<'a>(pub(crate) &'a Store);

impl Store {
    /// For the command line, the demo and tests; nothing that answers HTTP may call it.
    pub fn operator(&self) -> Operator<'_> {
        Operator(self)
    }
}

impl Store {
    /// Makes a customer and its empty log.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the name is taken.
    pub(crate) async fn create_customer(&self, name: &str, display_name: &str, rule: SignInRule) -> Result<Customer> {
        let now = self.now();
        let customer =
            Customer { id: CustomerId(new_id(now)?), name: name.to_owned(), display_name: display_name.to_owned() };
        let log_name = random_bytes::<32>()?;
        in_transaction!(self, transaction => {
            let made = sqlx::query(
                "INSERT INTO customer (customer_id, name, display_name, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO NOTHING",
            )
            .bind(customer.id.0)
            .bind(name)
            .bind(display_name)
            .bind(At(now))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if made == 0 {
                return Err(StoreError::Exists { kind: "customer", name: name.to_owned() });
            }
            sqlx::query("INSERT INTO sign_in_policy (customer_id, rule) VALUES ($1, $2)")
                .bind(customer.id.0).bind(rule.code()).execute(&mut *transaction).await?;
            create_log!(transaction, customer.id, log_name);
        });
        Ok(customer)
    }
}

impl Operator<'_> {
    /// Whether nobody and nothing is in the database yet.
    pub async fn is_empty(&self) -> Result<bool> {
        let people: i64 =
            on_engine!(self.0, pool => sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(pool).await)?;
        let customers: i64 =
            on_engine!(self.0, pool => sqlx::query_scalar("SELECT count(*) FROM customer").fetch_one(pool).await)?;
        Ok(people == 0 && customers == 0)
    }

    /// Makes a customer and its empty record, with what it asks of sign-in until its owners say otherwise.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the name is taken.
    pub async fn create_customer(&self, name: &str, display_name: &str, rule: SignInRule) -> Result<Customer> {
        self.0.create_customer(name, display_name, rule).await
    }

    /// Says which e-mail domains are a customer's, as the demo and tests do.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where one is another customer's.
    pub async fn set_domains(&self, customer: &Customer, domains: &[String]) -> Result<()> {
        let set = self.0.set_domains(customer.id, domains, &Actor::operator()).await?;
        set.map_err(|taken| StoreError::Exists { kind: "domain", name: taken.0 })
    }

    /// The customer with this name.
    pub async fn customer(&self, name: &str) -> Result<Option<Customer>> {
        let row: Option<(Uuid, String, String)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT customer_id, name, display_name FROM customer WHERE name = $1"
        ).bind(name).fetch_optional(pool).await)?;
        Ok(row.map(|(id, name, display_name)| Customer { id: CustomerId(id), name, display_name }))
    }

    /// Every customer, by name.
    pub async fn customers(&self) -> Result<Vec<Customer>> {
        let rows: Vec<(Uuid, String, String)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT customer_id, name, display_name FROM customer ORDER BY name"
        ).fetch_all(pool).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, name, display_name)| Customer { id: CustomerId(id), name, display_name })
            .collect())
    }

    /// Makes a person of a customer.
    pub async fn create_member(
        &self,
        customer: &Customer,
        person: NewPerson<'_>,
        role: MemberRole,
    ) -> Result<PersonId> {
        self.create_person(Some(customer.id), person, Role::Member(role)).await
    }

    /// Makes a person of the provider.
    pub async fn create_staff(&self, person: NewPerson<'_>, role: StaffRole) -> Result<PersonId> {
        self.create_person(None, person, Role::Staff(role)).await
    }

    async fn create_person(&self, customer: Option<CustomerId>, person: NewPerson<'_>, role: Role) -> Result<PersonId> {
        let now = self.0.now();
        let id = PersonId(new_id(now)?);
        let email = person.email.to_lowercase();
        let about = [email.as_str(), person.display_name];
        let password =
            Password::new(person.password, &about).map_err(|problem| StoreError::Password(problem.reason))?;
        let password_hash = password.hash().await?;
        let made = in_transaction!(self.0, transaction => sqlx::query(
            "INSERT INTO person (person_id, customer_id, email, display_name, role, password_hash, created_at, was_legal)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (email) WHERE removed_at IS NULL DO NOTHING",
        )
        .bind(id.0)
        .bind(customer.map(|customer| customer.0))
        .bind(&email)
        .bind(person.display_name)
        .bind(role.code())
        .bind(password_hash)
        .bind(At(now))
        .bind(role.is_legal())
        .execute(&mut *transaction)
        .await?
        .rows_affected());
        if made == 1 { Ok(id) } else { Err(StoreError::Exists { kind: "person", name: email }) }
    }

    /// Gives a person an authenticator with a known secret, as the demo and tests do.
    pub async fn set_authenticator(&self, person: PersonId, secret: &[u8]) -> Result<()> {
        let sealed = self.0.keys.seal(&totp_context(person), secret)?;
        in_transaction!(self.0, transaction => {
            sqlx::query("UPDATE person SET totp_secret = $2, totp_last_step = NULL WHERE person_id = $1")
                .bind(person.0).bind(sealed).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Makes a link by which somebody joins a customer, or the provider where none is given; or, where they have
    /// joined already, begins anew.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the address belongs to somebody elsewhere.
    pub async fn invite(&self, customer: Option<&Customer>, email: &str, role: Role) -> Result<InvitationLink> {
        let owner = customer.map_or(Owner::PROVIDER, |customer| Owner::customer(customer.id));
        let person = self.0.person_by_email(email).await?;
        if person.as_ref().is_some_and(|person| person.owner != owner) {
            return Err(StoreError::Exists { kind: "person", name: email.to_owned() });
        }
        let (role, person) = person.map_or((role, None), |person| (person.role, Some(person.id)));
        let operator = Actor::operator();
        let invite = Invite::by_one(owner, email, role, person, &operator);
        self.0.invite(invite, &operator).await?.map_err(|_| StoreError::Meanwhile)
    }

    /// Confirms, as the second person, what waits under this address. Where there is no lawyer who could, it is the
    /// operator's to confirm: they hold the database anyway.
    ///
    /// # Errors
    /// [`StoreError::NothingWaits`] where nothing does; [`StoreError::NotConfirmed`] where it can't be done any more.
    pub async fn confirm(&self, email: &str) -> Result<Confirmed> {
        let id: Option<Uuid> = on_engine!(self.0, pool => sqlx::query_scalar(
            "SELECT request_id FROM confirmation_request WHERE email = $1"
        ).bind(email).fetch_optional(pool).await)?;
        let nothing = || StoreError::NothingWaits(email.to_owned());
        match self.0.confirm(ConfirmationId(id.ok_or_else(nothing)?), None, &Actor::operator()).await? {
            Ok(confirmed) => Ok(confirmed),
            Err(Refusal::NotFound) => Err(nothing()),
            Err(refusal) => Err(StoreError::NotConfirmed(refusal)),
        }
    }

    /// Makes a token for a customer's system, or for the provider's where no customer is given. The token is returned
    /// this once; the store keeps its hash.
    pub async fn create_token(
        &self,
        customer: Option<&Customer>,
        name: &str,
        scope: Scope,
        lasts: TimeDelta,
    ) -> Result<ApiToken> {
        let owner = customer.map_or(Owner::PROVIDER, |customer| Owner::customer(customer.id));
        self.0.create_token(NewToken { owner, name, scope, lasts }, &Actor::operator()).await
    }

    /// Writes to every customer's record, as the provider's own systems do.
    pub fn reporter(&self) -> Reporter {
        Bearer::provider_reporter(self.0)
    }

    /// Acts on demands as this person of the legal team, as the demo does.
    pub fn legal_desk(&self, person: PersonId, name: &str) -> Option<LegalDesk> {
        let reviewer = LegalReviewer::new(Role::Staff(StaffRole::Legal), person, name)?;
        Some(LegalDesk::new(self.0.clone(), reviewer, true))
    }

    /// Writes and issues notices as this person of the provider, as the demo does.
    pub fn notice_desk(&self, person: PersonId, name: &str) -> NoticeDesk {
        NoticeDesk::new(
            self.0.clone(),
            person,
            Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() },
            true,
        )
    }

    /// Reads and answers a customer's notices as this person of the customer's, as the demo does.
    pub fn notices_of(&self, customer: &Customer, person: PersonId, name: &str) -> CustomerNotices {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        CustomerNotices::new(self.0.clone(), customer.id, person, MemberRole::PrivacyOfficer, actor)
    }

    /// Asks about a customer's accesses as this person of the customer's, as the demo and tests do.
    pub fn inquiries_of(
        &self,
        customer: &Customer,
        person: PersonId,
        role: MemberRole,
        name: &str,
    ) -> CustomerInquiries {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        CustomerInquiries::new(self.0.clone(), customer.id, person, role, actor)
    }

    /// Looks at what stands out in a customer's record as this person of the customer's, as the demo and tests do.
    pub fn findings_of(&self, customer: &Customer, person: PersonId, role: MemberRole, name: &str) -> CustomerFindings {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        CustomerFindings::new(self.0.clone(), customer.id, person, role, actor)
    }

    /// Answers what customers ask as this person of the provider, as the demo and tests do.
    pub fn inquiry_desk(&self, person: PersonId, name: &str) -> InquiryDesk {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        InquiryDesk::new(self.0.clone(), person, actor, true)
    }

    /// Decides about access to a customer's data as this person of the customer's, as the demo and tests do.
    pub fn grants_of(&self, customer: &Customer, person: PersonId, role: MemberRole, name: &str) -> GrantDecider {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        GrantDecider::new(CustomerGrants::new(self.0.clone(), customer.id, person, role), actor, true)
    }

    /// Asks for access as this person of the provider, as the demo and tests do.
    pub fn access_desk(&self, person: PersonId, role: StaffRole, name: &str) -> AccessDesk {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        AccessDesk::new(self.0.clone(), person, role, actor, true)
    }

    /// Proposes terms from the command line.
    pub fn terms(&self) -> TermsDesk {
        TermsDesk::new(self.0.clone(), None, Actor::operator(), true)
    }

    /// Writes and publishes terms as this person of the provider, as the demo does.
    pub fn terms_desk(&self, person: PersonId, name: &str) -> TermsDesk {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        TermsDesk::new(self.0.clone(), Some(person), actor, true)
    }

    /// Drafts the report as this person of the legal team, or publishes it as this person of the provider, as the demo
    /// does.
    pub fn report_desk(&self, person: PersonId, name: &str, legal: bool) -> ReportDesk {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        ReportDesk::new(self.0.clone(), person, actor, legal, true)
    }

    /// Reads a customer's terms as this person of the customer's, as the demo and tests do.
    pub fn terms_of(&self, customer: &Customer, person: PersonId, name: &str) -> CustomerTerms {
        let actor = Actor { id: Some(person), name: name.to_owned(), ..Actor::operator() };
        CustomerTerms::new(self.0.clone(), customer.id, person, actor)
    }

    /// Reads one customer's record.
    pub fn records_of(&self, customer: &Customer) -> CustomerAccess {
        CustomerAccess::new(self.0.clone(), customer.clone())
    }
}
