//! Published law-enforcement request statistics: what publishers report, in one vocabulary.
//!
//! Figures stay as their publishers give them: bands stay bands, what is not reported is not zero, and the names of
//! countries and kinds of process are kept beside the codes they are mapped to.

mod citation;
mod comparison;
mod definition;
mod difference;
mod export;
mod figure;
pub mod formats;
mod half;
mod jurisdiction;
mod method;
mod population;
mod selection;
mod summary;

use chrono::NaiveDate;

pub use self::{
    citation::Citation,
    comparison::{
        COMPARED_AT_MOST, COMPARED_CSV_HEADER, ComparedFigure, ComparedMeasure, Comparison, PER_INHABITANTS, by_year,
        series_name,
    },
    definition::{Aspect, Definition, Standing, definition, differing},
    difference::{Change, changes},
    export::{CSV_HEADER, CsvFigures, JsonFigure},
    figure::{Figure, Rate, Total, grouped},
    formats::{Download, Format, Interpretation, ReadFile, Reading, Refused, Unreadable, examine, read},
    half::Half,
    jurisdiction::country_of,
    method::{MethodChange, Touched, method_changes},
    population::{Population, per_inhabitants, population},
    selection::StatisticsFilter,
    summary::{Interpreted, Summary, interpreted},
};
use crate::CountryCode;

crate::closed_list! {
    /// The kind of process under which data was asked for, as far as publishers' own kinds agree.
    pub enum ProcessClass {
        /// Kinds that the publisher doesn't tell apart.
        All => "All kinds together",
        Subpoena => "Subpoena",
        CourtOrder => "Court order",
        SearchWarrant => "Search warrant",
        PenRegister => "Pen register order",
        Wiretap => "Wiretap order",
        EmergencyDisclosure => "Emergency disclosure",
        /// Under an agreement between countries, such as those of the CLOUD Act.
        CrossBorderOrder => "Cross-border order",
        OtherLegalRequest => "Other legal request",
        Preservation => "Preservation",
        /// Every kind of legal process together, emergencies left out.
        LegalProcess => "Legal process",
        /// Requests of national security, kinds together.
        NationalSecurity => "National security request",
        NationalSecurityLetter => "National security letter",
        /// Orders of the United States' Foreign Intelligence Surveillance Court for content.
        FisaContent => "FISA order for content",
        FisaNonContent => "FISA order for other than content",
    }
}

impl ProcessClass {
    /// Whether data is to be disclosed. Preservation only keeps it, so such requests stand outside every total.
    pub fn asks_for_disclosure(self) -> bool {
        self != Self::Preservation
    }
}

crate::closed_list! {
    /// What a figure counts.
    pub enum Metric {
        Requests => "Requests",
        Accounts => "Accounts specified",
        Devices => "Devices specified",
        DisclosedPercentage => "Requests with some data disclosed, in percent",
        RejectedOrChallenged => "Challenged in part or rejected",
        NoData => "No data provided",
        NonContentDisclosed => "Only non-content data provided",
        ContentDisclosed => "Content provided",
        DataDisclosed => "Data provided",
        AccountsPreserved => "Accounts with data preserved",
        /// Customers of a service for organisations.
        Customers => "Customers specified",
        /// Not about data: what is no longer shown in a country.
        ContentRestricted => "Pieces of content restricted",
        InternetDisruptions => "Internet disruptions",
    }
}

impl Metric {
    /// The metrics that say how requests ended, from none disclosed to all.
    pub const OUTCOMES: [Self; 5] = [
        Self::RejectedOrChallenged,
        Self::NoData,
        Self::NonContentDisclosed,
        Self::ContentDisclosed,
        Self::DataDisclosed,
    ];

    /// What is counted.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Accounts | Self::AccountsPreserved => "accounts",
            Self::Devices => "devices",
            Self::DisclosedPercentage => "percent",
            Self::Customers => "customers",
            Self::ContentRestricted => "pieces of content",
            Self::InternetDisruptions => "disruptions",
            _ => "requests",
        }
    }
}

/// One file of a publisher, and the series that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Who published the figures.
    pub publisher: String,
    /// Which of the publisher's series.
    pub service: String,
    /// Where the file is from, in the publisher's words or as an address.
    pub title: String,
    /// The day on which the file was downloaded. The newest download of a period is the one that is shown.
    pub retrieved: NaiveDate,
    /// SHA-256 of the publisher's own file.
    pub sha256: [u8; 32],
}

/// One figure, as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticsRow {
    pub period: Half,
    /// The country or body that asked, as published.
    pub jurisdiction: String,
    /// Its code. The United Nations have none.
    pub country: Option<CountryCode>,
    /// The kind of process, as published.
    pub class_published: String,
    pub class: ProcessClass,
    pub metric: Metric,
    pub figure: Figure,
    /// What the publisher remarks on this figure, or whoever read it, who then says so ([`READERS_NOTE`]).
    pub footnote: Option<String>,
    /// The line of the publisher's file.
    pub row: u32,
}

/// What a remark begins with that is not the publisher's own.
pub const READERS_NOTE: &str = "As published; a reader’s note: ";

impl StatisticsRow {
    /// What a person reads for the jurisdiction: its CLDR name, or the published one where it has no code.
    pub fn jurisdiction_name(&self) -> &str {
        match self.country {
            Some(country) => country.name(),
            None => &self.jurisdiction,
        }
    }
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub source: Source,
    pub rows: Vec<StatisticsRow>,
}
