//! What whoever runs the program on the machine may do: the command line and the demo.

use domain::{CustomerId, MemberRole, PersonId, StaffRole};
use uuid::Uuid;

use crate::{
    ApiToken, Bearer, CustomerAccess, NewPerson, Reporter, Result, Scope, Store, StoreError,
    access::create_log,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    people::{Customer, hash_password},
    tokens::TokenHash,
};

/// The hands of the operator at the machine, who holds the database anyway.
pub struct Operator<'a>(pub(crate) &'a Store);

impl Store {
    /// For the command line, the demo and tests; nothing that answers HTTP may call it.
    pub fn operator(&self) -> Operator<'_> {
        Operator(self)
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

    /// Makes a customer and its empty log.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the name is taken.
    pub async fn create_customer(&self, name: &str, display_name: &str) -> Result<Customer> {
        let now = self.0.now();
        let customer =
            Customer { id: CustomerId(new_id(now)?), name: name.to_owned(), display_name: display_name.to_owned() };
        let log_name = random_bytes::<32>()?;
        in_transaction!(self.0, transaction => {
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
            create_log!(transaction, customer.id, log_name);
        });
        Ok(customer)
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
        self.create_person(Some(customer.id), person, role.code()).await
    }

    /// Makes a person of the provider.
    pub async fn create_staff(&self, person: NewPerson<'_>, role: StaffRole) -> Result<PersonId> {
        self.create_person(None, person, role.code()).await
    }

    async fn create_person(&self, customer: Option<CustomerId>, person: NewPerson<'_>, role: &str) -> Result<PersonId> {
        let now = self.0.now();
        let id = PersonId(new_id(now)?);
        let email = person.email.to_lowercase();
        let password_hash = hash_password(person.password.to_owned()).await?;
        let made = in_transaction!(self.0, transaction => sqlx::query(
            "INSERT INTO person (person_id, customer_id, email, display_name, role, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (email) DO NOTHING",
        )
        .bind(id.0)
        .bind(customer.map(|customer| customer.0))
        .bind(&email)
        .bind(person.display_name)
        .bind(role)
        .bind(password_hash)
        .bind(At(now))
        .execute(&mut *transaction)
        .await?
        .rows_affected());
        if made == 1 { Ok(id) } else { Err(StoreError::Exists { kind: "person", name: email }) }
    }

    /// Makes a token for a customer's system, or for the provider's where no customer is given. The token is returned
    /// this once; the store keeps its hash.
    pub async fn create_token(&self, customer: Option<&Customer>, scope: Scope) -> Result<ApiToken> {
        let token = ApiToken::generate()?;
        let hash = TokenHash::of(token.as_str());
        in_transaction!(self.0, transaction => sqlx::query(
            "INSERT INTO api_token (token_hash, customer_id, scope, created_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(hash.as_slice())
        .bind(customer.map(|customer| customer.id.0))
        .bind(scope.code())
        .bind(At(self.0.now()))
        .execute(&mut *transaction)
        .await?
        .rows_affected());
        Ok(token)
    }

    /// Writes to every customer's record, as the provider's own systems do.
    pub fn reporter(&self) -> Reporter {
        Bearer::provider_reporter(self.0)
    }

    /// Reads one customer's record.
    pub fn records_of(&self, customer: &Customer) -> CustomerAccess {
        CustomerAccess::new(self.0.clone(), customer.clone())
    }
}
