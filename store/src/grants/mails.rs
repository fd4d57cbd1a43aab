//! Mail about requests for access: what of it is told to whom, and when. It tells that something waits, and nothing of what
//! is asked for.

use domain::{
    PersonId, Role, Timestamp,
    grant::{GrantAct, GrantLine, GrantState, Policy, Side},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Result, mail::MailContent, people::role};

/// What of a request for access is mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMatter {
    /// To those who decide for the customer: it waits for them.
    Waits,
    /// To them: it still does, and a quarter of the time to decide is left.
    Reminder,
    /// To them: the provider answered what the customer asked.
    Answered,
    /// To them, and to whoever else reads such mail: nobody had to approve it beforehand.
    NobodyAsked,
    /// To the provider's people who manage access: it waits for one of them.
    Manager,
    /// To them: the customer asks before deciding.
    Question,
}

impl AccessMatter {
    pub(super) fn is_for_the_provider(self) -> bool {
        matches!(self, Self::Manager | Self::Question)
    }

    /// What one mail to a person is enough of until it is sent. Whoever is told only when the quiet hours end is told once.
    pub(crate) fn topic(self) -> &'static str {
        match self {
            Self::Waits | Self::Reminder | Self::Answered => "decide",
            Self::NobodyAsked => "review",
            Self::Manager => "manage",
            Self::Question => "answer",
        }
    }
}

/// What is told once access was asked for. What a standing rule decided is read at the page and mailed to nobody.
pub(super) fn when_asked(state: &GrantState) -> Vec<AccessMatter> {
    let facts = state.facts();
    let waits = matches!(state, GrantState::Waiting(_));
    let told = [
        (waits && facts.lacks(Side::Customer), AccessMatter::Waits),
        (waits && facts.lacks(Side::Provider), AccessMatter::Manager),
        (facts.awaits_review(), AccessMatter::NobodyAsked),
    ];
    told.into_iter().filter_map(|(is_so, matter)| is_so.then_some(matter)).collect()
}

/// What is told once this was done.
pub(super) fn when_done(line: &GrantLine, state: &GrantState) -> Option<AccessMatter> {
    let GrantState::Waiting(grant) = state else { return None };
    let facts = grant.facts();
    let asked_by = |line: &GrantLine| matches!(line.act, GrantAct::Asked { .. }).then_some(line.by.side);
    match (&line.act, line.by.side) {
        // A second person must.
        (GrantAct::Approved { .. }, Side::Customer) if facts.lacks(Side::Customer) => Some(AccessMatter::Waits),
        (GrantAct::Asked { .. }, Side::Customer) => Some(AccessMatter::Question),
        (GrantAct::Answered { .. }, _) if facts.lacks(Side::Customer) => {
            let asked = facts.lines.iter().rev().find_map(asked_by);
            (asked == Some(Side::Customer)).then_some(AccessMatter::Answered)
        }
        _ => None,
    }
}

pub(super) fn content(state: &GrantState, matter: AccessMatter) -> MailContent {
    let facts = state.facts();
    let expires_at = matches!(state, GrantState::Waiting(_)).then_some(facts.terms.expires_at);
    MailContent::AccessRequest { customer: facts.customer, grant: facts.id, matter, expires_at }
}

/// Whether this is true no more: it was decided, answered or reviewed, or whoever would be told approved it.
pub(crate) fn is_over(matter: AccessMatter, state: &GrantState, person: Option<PersonId>) -> bool {
    let facts = state.facts();
    let waits = match (matter, state) {
        (AccessMatter::NobodyAsked, _) => facts.awaits_review(),
        (AccessMatter::Waits | AccessMatter::Reminder | AccessMatter::Answered, GrantState::Waiting(_)) => {
            let approved = facts.approvals.iter().any(|given| given.by.person.is_some() && given.by.person == person);
            facts.lacks(Side::Customer) && !approved
        }
        (AccessMatter::Manager, GrantState::Waiting(_)) => facts.lacks(Side::Provider),
        (AccessMatter::Question, GrantState::Waiting(grant)) => grant.stage().question.is_some(),
        _ => false,
    };
    !waits
}

/// One of a customer's people: id, address, role, and whether they chose mail about access.
pub(super) type PersonRow = (Uuid, String, String, Option<bool>);

/// Somebody who is told.
pub(super) struct Told {
    pub person: PersonId,
    pub to: String,
    /// Not before.
    pub at: Timestamp,
}

/// Those of a customer's people who are told. Who decides is told at once; in quiet hours the person on call is, and the
/// others when the hours end, as far as they decide then. What nobody had to approve is told at once to everybody who
/// reads such mail.
pub(super) fn told(
    people: Vec<PersonRow>,
    policy: &Policy,
    state: &GrantState,
    matter: AccessMatter,
    now: Timestamp,
) -> Result<Vec<Told>> {
    // Where nobody is on call any more, nobody's quiet is worth a request that nobody hears of.
    let quiet = policy.quiet(now).filter(|quiet| people.iter().any(|(id, ..)| *id == quiet.on_call.0));
    let decides = matter != AccessMatter::NobodyAsked;
    let mut told = Vec::new();
    for (id, to, code, chosen) in people {
        let (person, Role::Member(role)) = (PersonId(id), role(true, code)?) else { continue };
        let later = quiet.filter(|quiet| decides && quiet.on_call != person);
        let at = later.map_or(now, |quiet| quiet.window.end(now));
        if chosen.unwrap_or_else(|| policy.is_mailed(person, role, at))
            && (!decides || policy.may_decide(person, role, at))
            && !is_over(matter, state, Some(person))
        {
            told.push(Told { person, to, at });
        }
    }
    Ok(told)
}

/// Queues the mails about a request; `$policy` is its customer's. Whoever asked, `$but`, doesn't approve it too.
macro_rules! mail_access {
    ($store:expr, $transaction:ident, $policy:expr, $state:expr, $matter:expr, $but:expr, $now:expr) => {{
        let (state, matter): (&domain::grant::GrantState, $crate::grants::AccessMatter) = ($state, $matter);
        let content = $crate::grants::mails::content(state, matter);
        if matter.is_for_the_provider() {
            let manages = domain::Role::manages_access;
            $crate::mail::mail_staff!($store, $transaction, manages, $but, content.clone(), $now);
        } else if $store.mails {
            let people: Vec<$crate::grants::mails::PersonRow> = sqlx::query_as(
                "SELECT person_id, email, role, mail_access FROM person
                 WHERE customer_id = $1 AND removed_at IS NULL ORDER BY person_id",
            )
            .bind(state.facts().customer.0)
            .fetch_all(&mut *$transaction)
            .await?;
            for told in $crate::grants::mails::told(people, $policy, state, matter, $now)? {
                let (to, person, content) = (told.to.as_str(), Some(told.person), content.clone());
                let mail = $crate::mail::NewMail { to, person, invitation: None, content };
                $crate::mail::queue_mail!($store, $transaction, mail, $now, told.at);
            }
        }
    }};
}
pub(super) use mail_access;
