//! What each kind of notice holds, as its source requires.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{CountryCode, Timestamp, Zone};

/// A breach of personal data: what article 33(3) of the GDPR asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDataBreach {
    /// Its nature: what happened.
    pub nature: String,
    /// When the provider found out.
    pub found_at: Timestamp,
    /// When it happened, as far as that is known, in words.
    pub happened: String,
    /// Whom it concerns, in categories.
    pub people: String,
    /// How many of them, approximately, where that is known.
    pub number_of_people: Option<u64>,
    /// Which data, in categories.
    pub records: String,
    /// How many records, approximately, where that is known.
    pub number_of_records: Option<u64>,
    /// Who tells more: the data protection officer or another contact point, and how to reach them.
    pub contact: String,
    /// What is likely to follow from it.
    pub consequences: String,
    /// What was done and is proposed against it.
    pub measures: String,
}

crate::closed_list! {
    /// What changes about a subprocessor.
    pub enum SubprocessorAct {
        Added => "Is added",
        Replaced => "Replaces another",
        Changed => "Does or holds something else",
        Removed => "Is removed",
    }
}

/// A change of subprocessor, against which a customer may object (GDPR, article 28(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubprocessorChange {
    /// Who.
    pub name: String,
    /// What changes about it.
    pub change: SubprocessorAct,
    /// What it does, with which data.
    pub service: String,
    /// Where it does that.
    pub country: CountryCode,
    /// The first day on which it does.
    pub from: NaiveDate,
    /// The last day on which an objection counts.
    pub object_until: NaiveDate,
    /// Where these days begin and end.
    pub zone: Zone,
    /// How to object, and what follows from it.
    pub how_to_object: String,
}

/// A change of the terms under which data goes to another country, or of the law that they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferTermsChange {
    /// The mechanism that carries the transfer now.
    pub mechanism: String,
    /// The one that did before; empty where it stays.
    pub before: String,
    /// The country that data goes to.
    pub country: CountryCode,
    /// What changes.
    pub change: String,
    /// Why: such as a law that stands in the way (clause 14(e)).
    pub reason: String,
    /// The first day on which the new terms hold.
    pub from: NaiveDate,
    /// The last day for an answer.
    pub answer_until: NaiveDate,
    /// Where these days begin and end.
    pub zone: Zone,
}

/// A change of a policy or of terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// Which policy.
    pub policy: String,
    /// What changes, in a few words.
    pub change: String,
    /// The difference between the texts, old and new.
    pub difference: String,
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// Where that day begins.
    pub zone: Zone,
}

/// Direct access of an authority that the provider found out about: all that is known, and it may be little.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernmentAccess {
    /// What is known of what happened.
    pub known: String,
    /// When the provider found out.
    pub found_at: Timestamp,
    /// Which authority, where that is known.
    pub authority: String,
    /// Of which country, where that is known.
    pub country: Option<CountryCode>,
    /// On what legal basis, where that is known.
    pub legal_basis: String,
    /// Which data.
    pub data: String,
    /// What the provider did about it.
    pub measures: String,
}

/// The correction of a line of the access record. The line that it corrects stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCorrection {
    /// The place of the record that was wrong.
    pub sequence: i64,
    /// The place of the one that corrects it.
    pub corrected_by: i64,
    /// What was wrong, and what is right.
    pub correction: String,
    /// How that came to be.
    pub reason: String,
}
