//! Notices: what the provider owes a customer to know, each with what its source says it must carry.

mod content;
mod draft;
mod export;
mod filter;
mod lawful_demand;
mod promptness;
mod reminder;
mod sentences;
mod templates;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use self::{
    content::{
        GovernmentAccess, PersonalDataBreach, PolicyChange, RecordCorrection, SubprocessorAct, SubprocessorChange,
        TransferTermsChange,
    },
    draft::{
        GovernmentAccessDraft, NoticeDraft, PersonalDataBreachDraft, PolicyChangeDraft, RecordCorrectionDraft,
        SubprocessorChangeDraft, TransferTermsChangeDraft,
    },
    export::{NOTICE_CSV_HEADER, NoticeEntry},
    filter::{NoticeFilter, NoticeListView},
    lawful_demand::{DisclosedItem, LawfulDemand},
    promptness::{Handled, Promptness, PromptnessReport, SMALLEST_GROUP, within},
    reminder::Reminders,
    templates::{Template, TemplateLanguage, has_gap, template},
};
use crate::Timestamp;

/// How long a controller has to tell its own authority of a breach once it knows (GDPR, article 33(1)).
const CONTROLLER_TELLS_WITHIN: TimeDelta = TimeDelta::hours(72);

crate::closed_list! {
    /// What a notice is about.
    pub enum NoticeKind {
        LawfulDemand => "Lawful demand",
        PersonalDataBreach => "Personal-data breach",
        SubprocessorChange => "Change of subprocessor",
        TransferTermsChange => "Change of transfer terms",
        PolicyChange => "Change of policy",
        GovernmentAccess => "Access by a government",
        RecordCorrection => "Correction of a record",
    }
}

impl NoticeKind {
    /// What obliges the provider to give it.
    pub fn source(self) -> &'static str {
        match self {
            Self::LawfulDemand => "Standard Contractual Clauses (EU) 2021/914, clause 15.1",
            Self::PersonalDataBreach => "GDPR, article 33(2) and (3)",
            Self::SubprocessorChange => "GDPR, article 28(2); Standard Contractual Clauses (EU) 2021/914, clause 9",
            Self::TransferTermsChange => "GDPR, article 46; Standard Contractual Clauses (EU) 2021/914, clause 14(e)",
            Self::PolicyChange => "The contract",
            Self::GovernmentAccess => {
                "Standard Contractual Clauses (EU) 2021/914, clause 15.1(a); Regulation (EU) 2023/2854, article 32"
            }
            Self::RecordCorrection => "ISO/IEC 27018, recording of disclosures; Vitrine’s promise of a true record",
        }
    }
}

crate::closed_list! {
    /// What a notice asks of the customer.
    pub enum Ask {
        Acknowledge => "Acknowledge",
        /// Without an objection in time, what is announced is done.
        Object => "Object, where you disagree",
        Answer => "Answer",
    }
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoticeContent {
    LawfulDemand(LawfulDemand),
    PersonalDataBreach(PersonalDataBreach),
    SubprocessorChange(SubprocessorChange),
    TransferTermsChange(TransferTermsChange),
    PolicyChange(PolicyChange),
    GovernmentAccess(GovernmentAccess),
    RecordCorrection(RecordCorrection),
}

impl NoticeContent {
    /// What it is about.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::LawfulDemand(_) => NoticeKind::LawfulDemand,
            Self::PersonalDataBreach(_) => NoticeKind::PersonalDataBreach,
            Self::SubprocessorChange(_) => NoticeKind::SubprocessorChange,
            Self::TransferTermsChange(_) => NoticeKind::TransferTermsChange,
            Self::PolicyChange(_) => NoticeKind::PolicyChange,
            Self::GovernmentAccess(_) => NoticeKind::GovernmentAccess,
            Self::RecordCorrection(_) => NoticeKind::RecordCorrection,
        }
    }

    /// What it asks of the customer.
    pub fn ask(&self) -> Ask {
        match self {
            Self::SubprocessorChange(_) => Ask::Object,
            Self::TransferTermsChange(_) => Ask::Answer,
            _ => Ask::Acknowledge,
        }
    }

    /// The first moment that is too late for what it asks, where there is one. A day's end is that of the notice's own
    /// time zone.
    pub fn due_by(&self, issued_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::PersonalDataBreach(_) => Some(issued_at.plus(CONTROLLER_TELLS_WITHIN)),
            Self::SubprocessorChange(change) => Some(change.zone.end_of(change.object_until)),
            Self::TransferTermsChange(change) => Some(change.zone.end_of(change.answer_until)),
            Self::PolicyChange(change) => Some(change.zone.start_of(change.from)),
            Self::LawfulDemand(_) | Self::GovernmentAccess(_) | Self::RecordCorrection(_) => None,
        }
    }

    /// Whether an objection still counts.
    pub fn may_object(&self, now: Timestamp) -> bool {
        match self {
            Self::SubprocessorChange(change) => now < change.zone.end_of(change.object_until),
            _ => false,
        }
    }
}
