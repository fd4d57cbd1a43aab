//! `server serve --demo`: two customers, people in every role, a year of accesses, real statistics.

mod demands;
mod findings;
mod grants;
mod inquiries;
mod report;
mod stories;

use std::{fmt, sync::Arc};

use chrono::{Days, TimeDelta};
use data_encoding::BASE32_NOPAD;
use domain::{MemberRole, SignInRule, StaffRole, Timestamp};
use store::{Customer, FixedClock, NewAccess, NewPerson, Scope, Store, StoreError};

use self::demands::Cast;
use crate::{
    config::Config,
    import_statistics::{self, ImportError},
    terms::{ApplyError, DemoTerms},
};

const PROVIDER: &str = "Nimbus Cloud";
const PASSWORD: &str = "look behind the glass";
/// Every staff member's authenticator: the provider's people are always asked for a second factor.
const SECRET: [u8; 20] = *b"vitrine demo, 2 keys";
/// How far back the demo's record goes.
const DAYS: u64 = 400;
/// How long the stories of demands and notices last until today, in days.
pub const STORIES_LAST: i64 = 100;

const CUSTOMERS: [(&str, &str); 2] =
    [("meridian-health", "Meridian Health Group"), ("aurora-savings", "Aurora Savings Bank")];

/// Each role's person at each customer, by first name.
const MEMBERS: [(MemberRole, [&str; 2]); 4] = [
    (MemberRole::Owner, ["Ruth Okafor", "Jonas Lindqvist"]),
    (MemberRole::Approver, ["Mateo Silva", "Priya Raman"]),
    (MemberRole::PrivacyOfficer, ["Anneke de Vries", "Claire Dubois"]),
    (MemberRole::Auditor, ["Tomasz Zielinski", "Hana Sato"]),
];

/// Mailbox, role and name. What is disclosed takes two of the legal team.
const STAFF: [(&str, StaffRole, &str); 5] = [
    ("operations", StaffRole::Operations, "Sam Whitfield"),
    ("legal", StaffRole::Legal, "Leila Haddad"),
    ("counsel", StaffRole::Legal, "Henrik Olsen"),
    ("publishing", StaffRole::Publishing, "Oskar Brandt"),
    ("administrator", StaffRole::Administrator, "Ines Moreau"),
];

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Statistics(#[from] ImportError),
    #[error(transparent)]
    Terms(#[from] ApplyError),
    #[error("the database holds somebody's data already; --demo fills only an empty one: name another --database")]
    NotEmpty,
    #[error("a story of the demo breaks a rule: {0}")]
    Story(String),
}

/// The demo's sign-ins, as they are printed.
pub struct SignIns {
    token: Option<String>,
}

/// Fills an empty database, or finds that this demo filled it before.
pub async fn fill(store: &Store, config: &mut Config) -> Result<SignIns, DemoError> {
    config.provider = PROVIDER.to_owned();
    let operator = store.operator();
    if !operator.is_empty().await? {
        for (name, _) in CUSTOMERS {
            operator.customer(name).await?.ok_or(DemoError::NotEmpty)?;
        }
        return Ok(SignIns { token: None });
    }
    eprintln!("Filling the database with the demo …");
    let started = store.now();
    let first_day = Timestamp::start_of(started.day() - Days::new(DAYS));
    let clock = Arc::new(FixedClock::new(first_day));
    let past = store.with_clock(clock.clone());
    let (mut customers, mut members) = (Vec::new(), Vec::new());
    for (place, (name, display_name)) in CUSTOMERS.into_iter().enumerate() {
        // Whoever only looks around needs no second factor for it.
        let customer = past.operator().create_customer(name, display_name, SignInRule::Password).await?;
        operator.set_domains(&customer, &[format!("{name}.example")]).await?;
        for (role, names) in MEMBERS {
            let person = NewPerson { email: &email(role.code(), name), display_name: names[place], password: PASSWORD };
            let id = operator.create_member(&customer, person, role).await?;
            members.push((id, names[place]));
        }
        customers.push(customer);
    }
    let mut staff = Vec::new();
    for (mailbox, role, display_name) in STAFF {
        let person = NewPerson { email: &email(mailbox, "nimbus"), display_name, password: PASSWORD };
        let id = operator.create_staff(person, role).await?;
        operator.set_authenticator(id, &SECRET).await?;
        staff.push((id, display_name));
    }
    let reporter = past.operator().reporter();
    let mut stories = stories::Stories::new(CUSTOMERS.map(|(name, _)| name), started.day());
    // Who asks is each customer's privacy officer.
    let askers = members.iter().skip(2).step_by(MEMBERS.len());
    let askers = customers.iter().zip(askers.copied()).collect::<Vec<_>>();
    // Who approves is each customer's approver.
    let approvers = members.iter().skip(1).step_by(MEMBERS.len()).zip(&customers).zip(CUSTOMERS);
    let approvers = approvers.map(|((&(person, person_name), customer), (name, _))| {
        (name, past.operator().grants_of(customer, person, MemberRole::Approver, person_name))
    });
    let desk = past.operator().access_desk(staff[0].0, StaffRole::Operations, staff[0].1);
    let lately = grants::Lately { clock: &clock, now: started, desk, approvers: approvers.collect() };
    let mut inquiries = inquiries::Inquiries::new(&past, &clock, started, &askers, staff[0]);
    for day in first_day.day().iter_days().take_while(|day| *day <= started.day()) {
        let until = started.min(Timestamp::end_of(day));
        let mut accesses = stories.day(day, until).map_err(DemoError::Story)?;
        lately.tell(&mut accesses).await?;
        inquiries.tell(until).await?;
        // A provider's systems report at the end of a shift.
        clock.set(until);
        reporter.record(accesses.into_iter().collect::<Vec<NewAccess>>()).await?;
    }
    let whose = (customers.first().cloned(), members.first(), members.get(1));
    if let ([_, legal, counsel, publishing, _], [_, _, privacy_officer, ..], Ok(customers)) =
        (staff.as_slice(), members.as_slice(), <[Customer; 2]>::try_from(customers))
    {
        let author = past.operator().terms_desk(publishing.0, publishing.1);
        let approver = past.operator().terms_desk(legal.0, legal.1);
        let times = (first_day, started.minus(TimeDelta::days(STORIES_LAST)), started);
        let mut terms = DemoTerms::read(&author, &approver, times).await?;
        terms.publish(&clock, times.1).await?;
        let cast = Cast { legal: [*legal, *counsel], publishing: *publishing, privacy_officer: *privacy_officer };
        report::publish(&past, &clock, started, &cast).await?;
        demands::tell(&past, &clock, started, &customers, &cast).await?;
        terms.publish(&clock, started).await?;
        clock.set(started);
        findings::dismiss(&past, &customers[0], *privacy_officer).await?;
        report::draft(&past, started, &cast).await?;
    }
    if let (Some(customer), Some(owner), Some(approver)) = whose {
        let cast = grants::Cast { owner: *owner, approver: *approver, operations: staff[0] };
        grants::tell(&past, &clock, started, &customer, &cast).await?;
    }
    import_statistics::import_demo(store).await?;
    let token = operator.create_token(None, "Demonstration", Scope::AccessEventsWrite, TimeDelta::days(365)).await?;
    let seconds = TimeDelta::microseconds(store.now().micros() - started.micros()).num_milliseconds() as f64 / 1_000.0;
    eprintln!("Filled in {seconds:.1} s.");
    Ok(SignIns { token: Some(token.as_str().to_owned()) })
}

fn email(role: &str, of: &str) -> String {
    format!("{}@{of}.example", role.replace('_', "."))
}

impl fmt::Display for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nDemonstration data. Everybody's password is: {PASSWORD}\n")?;
        for (place, (name, display_name)) in CUSTOMERS.into_iter().enumerate() {
            writeln!(f, "  {display_name}")?;
            for (role, names) in MEMBERS {
                writeln!(f, "    {:<40} {}, {}", email(role.code(), name), names[place], role.label().to_lowercase())?;
            }
        }
        writeln!(f, "  {PROVIDER}, the provider")?;
        for (mailbox, role, name) in STAFF {
            writeln!(f, "    {:<40} {name}, {}", email(mailbox, "nimbus"), role.label().to_lowercase())?;
        }
        let secret = BASE32_NOPAD.encode(&SECRET);
        writeln!(f, "\nThe provider's people are asked for a code too. `server one-time-code {secret}` prints it,")?;
        writeln!(f, "and so does any authenticator app that is given this secret. Each code works once.")?;
        match &self.token {
            Some(token) => writeln!(f, "\nA token to report accesses with (README shows how): {token}"),
            None => writeln!(f, "\n`server token create --provider --scope access-events:write` makes a token."),
        }
    }
}
