//! What takes a second person: whoever could make a lawyer alone, or begin anew in a lawyer's place, could read sealed
//! demands alone.

use std::str::FromStr;

use chrono::TimeDelta;
use domain::{ConfirmationId, PersonId, Role, StaffRole, Timestamp, TrailAct};
use uuid::Uuid;

use super::{
    Administration, InvitationLink, Refusal, Staff,
    administration::{give_role, lock_leaders, still_administers, withdraw_links_of},
    invitation::{Invite, make_link},
};
use crate::{
    Result, Store, StoreError,
    engine::{At, in_transaction, new_id, on_engine},
    trail::{Actor, Owner, add_to_trail},
};

/// How long something waits.
const LIFETIME: TimeDelta = TimeDelta::days(7);
const LEGAL: Role = Role::Staff(StaffRole::Legal);

/// What a second person is asked to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ConfirmationKind {
    /// That somebody is given the legal role.
    Role,
    /// That somebody is invited in it.
    Invitation,
    /// That somebody who has it begins anew with what they sign in with.
    Reset,
}

/// What came of asking for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<T> {
    /// It is done.
    Now(T),
    /// It waits for a second person.
    WhenConfirmed,
}

/// What was done when a second person confirmed it.
pub enum Confirmed {
    /// The person has the legal role.
    Role,
    /// Here is the link. Nobody saw it before.
    Link(InvitationLink),
}

/// Something that waits for a second person.
#[derive(Clone, Debug)]
pub struct ConfirmationLine {
    pub id: ConfirmationId,
    pub kind: ConfirmationKind,
    pub email: String,
    /// What the person is called, where they have joined.
    pub name: Option<String>,
    pub requested_by: String,
    pub expires_at: Timestamp,
    /// Whether whoever asks may be the second person.
    pub is_mine_to_confirm: bool,
}

/// The right to be the second person: the legal team's; and the administrators', as long as there never was one.
pub struct Confirmer {
    store: Store,
    /// Who confirms.
    second: (PersonId, StaffRole),
    actor: Actor,
}

impl Administration {
    /// Asks a second person. What was asked for under the same address before waits no more.
    pub(super) async fn ask<T>(
        &self,
        kind: ConfirmationKind,
        email: &str,
        person: Option<PersonId>,
    ) -> Result<Result<Effect<T>, Refusal>> {
        let Actor { id: Some(by), name, .. } = &self.actor else { return Ok(Err(Refusal::NoLonger)) };
        let now = self.store.now();
        let id = new_id(now)?;
        Ok(in_transaction!(self.store, transaction => {
            let leaders = lock_leaders!(transaction, self.owner);
            if !leaders.contains(&by.0) {
                return Ok(Err(Refusal::NoLonger));
            }
            if person.is_some_and(|person| leaders == [person.0]) {
                return Ok(Err(Refusal::LastAdministrator));
            }
            sqlx::query("DELETE FROM confirmation_request WHERE expires_at <= $1 OR email = $2")
                .bind(At(now)).bind(email).execute(&mut *transaction).await?;
            sqlx::query(
                "INSERT INTO confirmation_request (request_id, kind, person_id, email, requested_by, requested_by_id,
                     requested_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(id)
            .bind(<&str>::from(kind))
            .bind(person.map(|person| person.0))
            .bind(email)
            .bind(name)
            .bind(by.0)
            .bind(At(now))
            .bind(At(now.plus(LIFETIME)))
            .execute(&mut *transaction)
            .await?;
            let subject = told(kind, email);
            add_to_trail!(transaction, self.owner, &self.actor, now, TrailAct::ConfirmationAsked, subject);
            Ok(Effect::WhenConfirmed)
        }))
    }
}

fn told(kind: ConfirmationKind, email: &str) -> String {
    match kind {
        ConfirmationKind::Role => format!("To give {email} the legal role"),
        ConfirmationKind::Invitation => format!("To invite {email} as legal"),
        ConfirmationKind::Reset => format!("To let {email}, who has the legal role, begin anew"),
    }
}

fn kind_of(code: &str) -> Result<ConfirmationKind> {
    ConfirmationKind::from_str(code).map_err(|_| StoreError::Inconsistent {
        table: "confirmation_request",
        column: "kind",
        value: code.to_owned(),
    })
}

impl Store {
    /// Does, with a second person's confirmation, what somebody asked for. The operator is nobody in particular.
    pub(crate) async fn confirm(
        &self,
        request: ConfirmationId,
        second: Option<(PersonId, StaffRole)>,
        actor: &Actor,
    ) -> Result<Result<Confirmed, Refusal>> {
        type Row = (String, Option<Uuid>, String, String, Uuid);
        let now = self.now();
        Ok(in_transaction!(self, transaction => {
            let row: Option<Row> = sqlx::query_as(
                "DELETE FROM confirmation_request WHERE request_id = $1 AND expires_at > $2
                 RETURNING kind, person_id, email, requested_by, requested_by_id",
            )
            .bind(request.0).bind(At(now)).fetch_optional(&mut *transaction).await?;
            let Some((code, person, email, by_name, by)) = row else { return Ok(Err(Refusal::NotFound)) };
            let (by, person) = (PersonId(by), person.map(PersonId));
            if let Some((second, role)) = second {
                if second == by || Some(second) == person {
                    return Ok(Err(Refusal::SamePerson));
                }
                let still = sqlx::query(
                    "UPDATE person SET role = role WHERE person_id = $1 AND role = $2 AND removed_at IS NULL",
                )
                .bind(second.0).bind(role.code()).execute(&mut *transaction).await?.rows_affected();
                if still == 0 {
                    return Ok(Err(Refusal::NoLonger));
                }
                let was_one: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM person WHERE was_legal)")
                    .fetch_one(&mut *transaction).await?;
                if role != StaffRole::Legal && was_one {
                    return Ok(Err(Refusal::LegalConfirms));
                }
            }
            if !still_administers!(transaction, by) {
                return Ok(Err(Refusal::NoLonger));
            }
            let asked = format!(", as {by_name} asked");
            match (kind_of(&code)?, person) {
                (ConfirmationKind::Role, Some(person)) => {
                    give_role!(transaction, Owner::PROVIDER, actor, now, person, LEGAL, asked);
                    Ok(Confirmed::Role)
                }
                (ConfirmationKind::Role, None) => return Ok(Err(Refusal::NotFound)),
                (ConfirmationKind::Invitation | ConfirmationKind::Reset, person) => {
                    let taken: bool = sqlx::query_scalar(
                        "SELECT EXISTS (SELECT 1 FROM person WHERE email = $1 AND removed_at IS NULL)",
                    )
                    .bind(&email).fetch_one(&mut *transaction).await?;
                    if taken && person.is_none() {
                        return Ok(Err(Refusal::AddressTaken));
                    }
                    let invite = Invite {
                        owner: Owner::PROVIDER,
                        email: &email,
                        role: LEGAL,
                        person,
                        by: (Some(by), &by_name),
                        confirmed_by: second.map(|(second, _)| second),
                    };
                    let link = make_link!(transaction, self, &invite, now);
                    let subject = invite.subject() + &asked;
                    add_to_trail!(transaction, Owner::PROVIDER, actor, now, invite.act(), subject);
                    Ok(Confirmed::Link(link))
                }
            }
        }))
    }
}

impl Confirmer {
    pub(super) fn new(store: Store, person: PersonId, role: StaffRole, actor: Actor) -> Self {
        Self { store, second: (person, role), actor }
    }

    /// Confirms what somebody else asked for, and it is done.
    pub async fn confirm(&self, request: ConfirmationId) -> Result<Result<Confirmed, Refusal>> {
        self.store.confirm(request, Some(self.second), &self.actor).await
    }

    /// Withdraws what waits: whoever could confirm it, or ask for it, may.
    pub async fn withdraw(&self, request: ConfirmationId) -> Result<Result<(), Refusal>> {
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let row: Option<(String, String)> = sqlx::query_as(
                "DELETE FROM confirmation_request WHERE request_id = $1 RETURNING kind, email",
            )
            .bind(request.0).fetch_optional(&mut *transaction).await?;
            let Some((code, email)) = row else { return Ok(Err(Refusal::NotFound)) };
            let subject = told(kind_of(&code)?, &email);
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::ConfirmationWithdrawn, subject);
            Ok(())
        }))
    }
}

impl Staff {
    /// What waits for a second person, the oldest first.
    pub async fn confirmations(&self) -> Result<Vec<ConfirmationLine>> {
        type Row = (Uuid, String, Option<Uuid>, String, Option<String>, String, Uuid, At, bool);
        let store = &self.roster.store;
        let rows: Vec<Row> = on_engine!(store, pool => sqlx::query_as(
            "SELECT request_id, kind, person_id, confirmation_request.email, display_name, requested_by,
                 requested_by_id, expires_at, EXISTS (SELECT 1 FROM person AS other WHERE other.was_legal)
             FROM confirmation_request LEFT JOIN person USING (person_id)
             WHERE expires_at > $1 ORDER BY requested_at, request_id"
        ).bind(At(store.now())).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(id, code, person, email, name, requested_by, by, At(expires_at), was_legal)| {
                let another = by != self.person.0 && person != Some(self.person.0);
                let may = match self.role {
                    StaffRole::Legal => true,
                    StaffRole::Administrator => !was_legal,
                    StaffRole::Operations | StaffRole::Publishing => false,
                };
                Ok(ConfirmationLine {
                    id: ConfirmationId(id),
                    kind: kind_of(&code)?,
                    email,
                    name,
                    requested_by,
                    expires_at,
                    is_mine_to_confirm: another && may,
                })
            })
            .collect()
    }
}
