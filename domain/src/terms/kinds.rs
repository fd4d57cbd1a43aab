//! What each kind of term holds.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    field::{Entry, FieldSpec, TermDocument, TermField, TermKey, Words, choice, parts},
    mechanism::{EndedHow, Law, MechanismKind},
};
use crate::{CountryCode, FieldProblem, rules::Rules};

crate::closed_list! {
    /// What happens to data at a place.
    pub enum PlaceRole {
        Stored => "Stored",
        Processed => "Processed",
        AccessedFrom => "Accessed from",
    }
}

crate::closed_list! {
    /// Who is exporter and importer under the Standard Contractual Clauses of Implementing Decision (EU) 2021/914.
    pub enum SccModule {
        One => "Module one: controller to controller",
        Two => "Module two: controller to processor",
        Three => "Module three: processor to processor",
        Four => "Module four: processor to controller",
    }
}

crate::closed_list! {
    /// What a supplementary measure does (EDPB Recommendations 01/2020).
    pub enum MeasureKind {
        Encryption => "Encryption",
        Pseudonymisation => "Pseudonymisation",
        KeyCustody => "Custody of keys",
        Contractual => "Contractual",
        Organisational => "Organisational",
    }
}

crate::closed_list! {
    /// What somebody who checked gave.
    pub enum AssuranceKind {
        /// Of a management system or a product, valid for a time.
        Certificate => "Certificate",
        /// An auditor's report on a day or a period.
        AuditReport => "Audit report",
        /// Kept to a code of conduct (GDPR, article 40).
        CodeOfConduct => "Code of conduct",
        /// The provider's own statement.
        SelfAssessment => "Self-assessment",
    }
}

crate::closed_list! {
    /// What an auditor concluded.
    pub enum Opinion {
        Unqualified => "Unqualified",
        Qualified => "Qualified",
        Adverse => "Adverse",
        Disclaimer => "Disclaimer of opinion",
    }
}

crate::closed_list! {
    /// A figure of this portal that shows whether a promise is kept.
    pub enum LiveFigure {
        /// Purposes that the closed list has, none of which is advertising.
        Purposes => "Purposes that an access can have",
        NotifiedMedian => "Median time from a demand to the customer’s notice",
        NotifiedWithinADay => "Customers told within a day",
        DelayedByOrder => "Notices that an order delayed",
        PublishedPeriods => "Periods with published statistics",
    }
}

/// The media type of papers that can be marked.
const PDF: &str = "application/pdf";

choice!(PlaceRole, SccModule, MeasureKind, AssuranceKind, Opinion, LiveFigure, MechanismKind, EndedHow, Law);

/// A measure that supplements a transfer's mechanism, as `encryption | what exactly`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Measure {
    pub kind: MeasureKind,
    pub text: String,
}

impl TryFrom<String> for Measure {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        Self::parse(&line)
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        format!("{} | {}", measure.kind.code(), measure.text)
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.label(), self.text)
    }
}

impl Entry for Measure {
    fn parse(line: &str) -> Result<Self, String> {
        let wrong =
            || format!("is not a measure such as `encryption | AES-256 at rest`; kinds are {}", MeasureKind::codes());
        let (kind, text) = parts(line).ok_or_else(wrong)?;
        Ok(Self { kind: MeasureKind::from_code(kind).ok_or_else(wrong)?, text: text.to_owned() })
    }
}

/// A clause of a standard, as `ISO/IEC 27018:2019 | A.11.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    pub standard: String,
    pub clause: String,
}

impl TryFrom<String> for Reference {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        Self::parse(&line)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        format!("{} | {}", reference.standard, reference.clause)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}", self.standard, self.clause)
    }
}

impl Entry for Reference {
    fn parse(line: &str) -> Result<Self, String> {
        let (standard, clause) =
            parts(line).ok_or_else(|| "is no reference such as `ISO/IEC 27018:2019 | A.11.1`".to_owned())?;
        Ok(Self { standard: standard.to_owned(), clause: clause.to_owned() })
    }
}

macro_rules! terms {
    ($($(#[$meta:meta])* $name:ident => $kind_label:literal, $plural:literal {
        $( $field:ident: $type:ty => $label:literal, $hint:literal; )+
    })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            pub struct $name { $( #[doc = $label] pub $field: $type ),+ }

            impl $name {
                const FIELDS: &'static [FieldSpec] = &[ $( FieldSpec {
                    name: stringify!($field),
                    label: $label,
                    hint: $hint,
                    form: <$type as TermField>::FORM,
                    required: <$type as TermField>::REQUIRED,
                } ),+ ];

                fn read(fields: &mut Map<String, Value>, rules: &mut Rules) -> Option<Self> {
                    $( let $field = <$type as TermField>::read(
                        concat!("/", stringify!($field)), fields.remove(stringify!($field)), rules); )+
                    Some(Self { $( $field: $field? ),+ })
                }

                fn lines(&self) -> Vec<(&'static FieldSpec, Vec<String>)> {
                    Self::FIELDS.iter().zip([ $( TermField::lines(&self.$field) ),+ ]).collect()
                }
            }
        )+

        crate::closed_list! {
            /// What a term is about.
            pub enum TermKind { $( $name => $kind_label ),+ }
        }
        choice!(TermKind);

        impl TermKind {
            /// Several of them, as a heading.
            pub fn plural(self) -> &'static str {
                match self { $( Self::$name => $plural ),+ }
            }

            /// The fields that this kind has, in order.
            pub fn fields(self) -> &'static [FieldSpec] {
                match self { $( Self::$name => $name::FIELDS ),+ }
            }

            /// Reads the fields of this kind and takes them out.
            pub(super) fn read(self, fields: &mut Map<String, Value>, rules: &mut Rules) -> Option<Term> {
                match self { $( Self::$name => $name::read(fields, rules).map(Term::$name) ),+ }
            }
        }

        /// What a term says.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Term { $( $name($name) ),+ }

        impl Term {
            pub fn kind(&self) -> TermKind {
                match self { $( Self::$name(_) => TermKind::$name ),+ }
            }

            /// Every field with what it says, line by line.
            pub fn lines(&self) -> Vec<(&'static FieldSpec, Vec<String>)> {
                match self { $( Self::$name(term) => term.lines() ),+ }
            }
        }

        $(
            impl AsTerm for $name {
                const KIND: TermKind = TermKind::$name;

                fn of(term: &Term) -> Option<&Self> {
                    match term { Term::$name(term) => Some(term), _ => None }
                }
            }
        )+
    };
}

/// A kind of term as a type.
pub trait AsTerm: Sized + 'static {
    const KIND: TermKind;

    fn of(term: &Term) -> Option<&Self>;
}

terms! {
    /// Data that goes to another country or can be reached from there.
    Transfer => "Transfer", "Transfers" {
        data: Words => "Data", "Which categories of data.";
        people: Words => "Whose data", "Which categories of people it is about.";
        from_country: CountryCode => "From", "";
        to_country: CountryCode => "To", "";
        exporter: Option<String> => "Exporter", "Who sends it, where that is not the customer.";
        recipient: String => "Recipient", "The provider’s entity or the subprocessor that gets it.";
        subprocessor: Option<TermKey> => "Subprocessor", "Its key, where the recipient is one.";
        service: String => "Service", "";
        purpose: Words => "Purpose", "";
        place_role: PlaceRole => "What happens there", "";
        mechanism: Option<TermKey> => "Mechanism", "The key of what the transfer rests on; needed where the law of the country of origin asks for one.";
        module: Option<SccModule> => "Module", "Of the Standard Contractual Clauses.";
        options: Vec<String> => "Options", "Such as: clause 7, docking clause; clause 9(a), option 2, 30 days.";
        concluded: Option<NaiveDate> => "Concluded", "When the contract that the mechanism needs was made.";
        fallback: Option<TermKey> => "Stands behind it", "The key of another mechanism that carries the transfer if the first falls.";
        fallback_concluded: Option<NaiveDate> => "Concluded, of what stands behind it", "";
        measures: Vec<Measure> => "Supplementary measures", "One a line, such as: encryption | AES-256 at rest.";
    }

    /// Where data is without leaving for another country, or after it has.
    Location => "Place", "Places" {
        country: CountryCode => "Country", "";
        place_role: PlaceRole => "What happens there", "";
        service: String => "Service", "";
        data: Words => "Data", "";
        operated_by: String => "Operated by", "";
        region: Option<String> => "Region", "The name that the service gives it.";
    }

    /// Another processor that the provider engages (GDPR, article 28(2) and (4)).
    Subprocessor => "Subprocessor", "Subprocessors" {
        name: String => "Name", "";
        country: CountryCode => "Country", "";
        further_countries: Vec<CountryCode> => "Works in further countries", "Country codes, one a line.";
        registered: Option<Words> => "Registered", "Its address, number in the register and parent company.";
        service: String => "Service", "What it does.";
        works_for: Vec<String> => "Works for", "The services whose customers it concerns, one a line; every customer where there is none.";
        data: Words => "Data", "Which data it does that with.";
        mechanism: Option<TermKey> => "Mechanism", "The key of what the transfer to it rests on.";
        concluded: Option<NaiveDate> => "Concluded", "When the contract with it was made.";
        added_on: NaiveDate => "Added", "The first day of its work.";
        removed_on: Option<NaiveDate> => "Removed", "The first day without it.";
        object_until: Option<NaiveDate> => "Object until", "The last day on which an objection to this version counts.";
        how_to_object: Option<Words> => "How to object", "And what follows from it.";
        website: Option<Link> => "Website", "";
    }

    /// A contract paper: the terms that were agreed.
    Agreement => "Contract paper", "Contract papers" {
        title: String => "Title", "";
        parties: Vec<String> => "Parties", "One a line.";
        signed_on: Option<NaiveDate> => "Signed", "";
        text: Words => "Text", "CommonMark. Versions are compared line by line.";
        document: Option<TermDocument> => "Signed document", "PDF.";
        assessment: Option<Words> => "Transfer impact assessment", "Its summary (clause 14 of the Standard Contractual Clauses).";
        measures: Vec<Measure> => "Supplementary measures", "One a line, such as: key_custody | keys held by the customer.";
    }

    /// Whom to write to.
    Contact => "Contact", "Contacts" {
        name: String => "Name", "";
        role: String => "Role", "Such as: data protection officer.";
        email: Option<String> => "E-mail", "";
        phone: Option<String> => "Telephone", "";
        address: Option<Words> => "Address", "";
    }

    /// Which services one customer has: transfers and subprocessors of others are not shown to it.
    Services => "Services of a customer", "Services of customers" {
        services: Vec<String> => "Services", "Their names as transfers say them, one a line.";
    }

    /// What the provider promises.
    Commitment => "Commitment", "Commitments" {
        promise: String => "Promise", "";
        explanation: Words => "What it means", "CommonMark.";
        check: Words => "How it can be checked", "";
        link: Option<Link> => "Where", "An address of this portal, such as /transparency, or an https:// address.";
        figure: Option<LiveFigure> => "Figure", "A figure of this portal that shows it kept.";
        place: Option<String> => "Place in the list", "Commitments are shown in the order of this text.";
    }

    /// A certificate, or an audit.
    Assurance => "Certificate or audit", "Certificates and audits" {
        standard: String => "Standard", "With its edition: ISO/IEC 27018:2019.";
        assurance_kind: AssuranceKind => "What it is", "";
        auditor: String => "Body or auditor", "";
        accreditation: Option<String> => "Accreditation", "Who accredited the body.";
        number: Option<String> => "Number", "Of the certificate.";
        scope: Words => "Scope", "";
        issued_on: NaiveDate => "Issued", "";
        valid_until: Option<NaiveDate> => "Valid until", "The last day, of a certificate.";
        period_from: Option<NaiveDate> => "Period from", "Of a report.";
        period_until: Option<NaiveDate> => "Period until", "Its last day.";
        surveillance: Vec<NaiveDate> => "Surveillance audits", "One day a line.";
        opinion: Option<Opinion> => "Opinion", "";
        exceptions: Option<Words> => "Exceptions, and the answers to them", "";
        summary: Words => "Summary", "For everybody. CommonMark.";
        certificate: Option<TermDocument> => "Certificate", "For everybody. PDF.";
        report: Option<TermDocument> => "Full report", "For customers under terms. PDF.";
        report_terms: Option<Words> => "Terms of the full report", "What whoever downloads it accepts.";
    }

    /// Something that is done, and where standards ask for it.
    Control => "Control", "Controls" {
        title: String => "Title", "";
        text: Words => "What is done", "";
        references: Vec<Reference> => "Asked for by", "One a line, such as: ISO/IEC 27018:2019 | A.11.1.";
        evidence: Vec<TermKey> => "Checked by", "Keys of certificates and audits, one a line.";
    }

    /// A policy that everybody can read.
    Policy => "Policy", "Policies" {
        title: String => "Title", "";
        text: Words => "Text", "CommonMark. Versions are compared line by line.";
    }

    /// What a transfer can rest on. The usual ones are known; one of the same key replaces one.
    Mechanism => "Mechanism", "Mechanisms" {
        name: String => "Name", "";
        mechanism_kind: MechanismKind => "What it is", "";
        laws: Vec<Law> => "Under", "Codes of the laws that ask for it, one a line: eu, uk, switzerland.";
        to_countries: Vec<CountryCode> => "For transfers to", "Country codes, one a line; none where it is for any.";
        act: String => "Act", "Number and date, as it is cited.";
        act_link: Option<Link> => "Where the act is published", "";
        adopted: Option<NaiveDate> => "Adopted", "";
        in_force_from: NaiveDate => "In force from", "";
        no_new_from: Option<NaiveDate> => "No new contracts from", "The first day on which none can be concluded on it any more.";
        last_day: Option<NaiveDate> => "Last day", "On which it carries transfers.";
        ended_how: Option<EndedHow> => "How it ended", "";
        ended_by: Option<String> => "Ended by", "The act or judgment.";
        ended_link: Option<Link> => "Where that is published", "";
        replaced_by: Option<TermKey> => "Replaced by", "Its key.";
        remarks: Option<Words> => "Remarks", "";
    }
}

/// An address of this portal, or an `https://` one. Anything else could run a program in a reader's browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(pub String);

impl TermField for Link {
    const FORM: super::FieldForm = super::FieldForm::Line;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = String::read(at, value, rules)?;
        let ours = value.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
        let theirs = value.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if (ours || theirs) && !value.contains(char::is_whitespace) {
            Some(Self(value))
        } else {
            rules.refuse(at, format!("`{value}` is neither an address of this portal, such as /transparency, nor one that begins with https://"))
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

impl Term {
    /// What people call it.
    pub fn title(&self) -> String {
        match self {
            Self::Transfer(term) => {
                format!("{}: {} to {}", term.service, term.from_country.name(), term.to_country.name())
            }
            Self::Location(term) => format!("{}: {} in {}", term.service, term.place_role.label(), term.country.name()),
            Self::Subprocessor(term) => term.name.clone(),
            Self::Agreement(term) => term.title.clone(),
            Self::Contact(term) => format!("{}, {}", term.name, term.role),
            Self::Services(_) => "Services".to_owned(),
            Self::Commitment(term) => term.promise.clone(),
            Self::Assurance(term) => format!("{}, {}", term.standard, term.auditor),
            Self::Control(term) => term.title.clone(),
            Self::Policy(term) => term.title.clone(),
            Self::Mechanism(term) => term.name.clone(),
        }
    }

    /// The documents that belong to it.
    pub fn documents(&self) -> Vec<&TermDocument> {
        match self {
            Self::Agreement(term) => term.document.iter().collect(),
            Self::Assurance(term) => term.certificate.iter().chain(&term.report).collect(),
            _ => Vec::new(),
        }
    }

    /// Rules that are about several fields at once.
    pub(super) fn problems(&self) -> Vec<FieldProblem> {
        let mut rules = Rules::default();
        match self {
            Self::Transfer(term) => {
                if term.from_country == term.to_country {
                    rules.refuse::<()>("/to_country", "is the country of origin: that is a place, not a transfer");
                }
            }
            Self::Subprocessor(term) => {
                if term.removed_on.is_some_and(|removed| removed <= term.added_on) {
                    rules.refuse::<()>("/removed_on", "is not after the day on which it was added");
                }
                if term.object_until.is_some() != term.how_to_object.is_some() {
                    let missing = if term.object_until.is_none() { "/object_until" } else { "/how_to_object" };
                    rules.refuse::<()>(missing, "is missing: object_until and how_to_object go together");
                }
            }
            Self::Assurance(term) => {
                if term.valid_until.is_some_and(|until| until < term.issued_on) {
                    rules.refuse::<()>("/valid_until", "is before it was issued");
                }
                if term.period_from.zip(term.period_until).is_some_and(|(from, until)| until < from) {
                    rules.refuse::<()>("/period_until", "is before the period begins");
                }
                if term.report.is_some() && term.report_terms.is_none() {
                    rules.refuse::<()>("/report_terms", "is missing: a full report is given under terms");
                }
                // Each page of it is marked with who downloads it.
                if term.report.as_ref().is_some_and(|report| report.media_type != PDF) {
                    rules.refuse::<()>("/report", "is no PDF: each page is marked with who downloads it");
                }
                if term.assurance_kind == AssuranceKind::Certificate && term.valid_until.is_none() {
                    rules.refuse::<()>("/valid_until", "is missing: a certificate is valid for a time");
                }
            }
            Self::Services(term) => {
                if term.services.is_empty() {
                    rules.refuse::<()>("/services", "is empty; without this term, a customer is shown every service");
                }
            }
            Self::Mechanism(term) => term.check(&mut rules),
            Self::Location(_)
            | Self::Agreement(_)
            | Self::Contact(_)
            | Self::Commitment(_)
            | Self::Control(_)
            | Self::Policy(_) => {}
        }
        rules.problems
    }

    /// Whether everybody may read it, signed in or not.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Commitment(_) | Self::Assurance(_) | Self::Control(_) | Self::Policy(_))
    }
}
