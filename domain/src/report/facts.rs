//! What a report counts of a demand: no names, and nothing that says which demand it was.

use crate::{
    CountryCode, Timestamp,
    demand::{Case, DataKinds, LegalProcess, NoticeAbout, Outcome, Status},
    statistics::{Half, ProcessClass},
};

crate::closed_list! {
    /// Kinds of national security process, as 50 USC 1874(a)(1) keeps them apart.
    pub enum NationalSecurityKind {
        Letter => "National security letters",
        FisaContent => "FISA orders and directives for content",
        FisaNonContent => "FISA orders for non-content data",
    }
}

impl NationalSecurityKind {
    /// Which of them a process is, if it is one.
    pub fn of(process: LegalProcess) -> Option<Self> {
        match process {
            LegalProcess::NationalSecurityLetter => Some(Self::Letter),
            LegalProcess::FisaContentOrder => Some(Self::FisaContent),
            LegalProcess::FisaNonContentOrder => Some(Self::FisaNonContent),
            _ => None,
        }
    }

    /// Whether it is under the Foreign Intelligence Surveillance Act, which is reported later.
    pub fn is_fisa(self) -> bool {
        self != Self::Letter
    }
}

/// What a report counts of one demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When the provider received it.
    pub received: Half,
    pub country: CountryCode,
    pub class: ProcessClass,
    /// How it ended; a preservation that ran its course has none.
    pub outcome: Option<Outcome>,
    /// How many accounts and other identifiers it named, as it came.
    pub accounts: u64,
    /// The kinds of data that it sought, as it came.
    pub sought: DataKinds,
    pub emergency: bool,
    /// Whether an order kept a customer from being told in time.
    pub delayed: bool,
    /// Whether data is or was kept for it.
    pub preserved: bool,
}

/// How a demand goes into a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// In the tables.
    InTables(Facts),
    /// In a band of national security process, and nowhere else, sealed or not (50 USC 1874(a)).
    InBands { kind: NationalSecurityKind, received: Half, accounts: u64 },
    /// Not yet: it isn't decided, or an order not to tell is in force.
    NotYet,
}

impl Counted {
    /// How a demand counts at `now`. Undecided and sealed demands wait alike, so that what comes late says of none that
    /// it was sealed.
    pub fn of(case: &Case, now: Timestamp) -> Self {
        let intake = case.intake();
        let received = Half::of(intake.received_at.day());
        let accounts = intake.identifiers.len() as u64;
        if let Some(kind) = NationalSecurityKind::of(case.process()) {
            return received.map_or(Self::NotYet, |received| Self::InBands { kind, received, accounts });
        }
        let preserved = case.preserved_until().is_some();
        let settled =
            case.outcome().is_some() || preserved || matches!(case.status(), Status::Disclosed | Status::Closed);
        let (Some(received), false, true) = (received, case.is_sealed(now), settled) else { return Self::NotYet };
        let delays = |about: &NoticeAbout| {
            case.customers().into_iter().any(|customer| case.delay(customer, *about, now).is_some())
        };
        Self::InTables(Facts {
            received,
            country: intake.country,
            class: case.process().class(),
            outcome: case.outcome(),
            accounts,
            sought: intake.sought,
            emergency: case.is_emergency(),
            delayed: NoticeAbout::ALL.iter().any(delays),
            preserved,
        })
    }
}
