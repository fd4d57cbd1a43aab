//! Legal process: what each kind compels, by when it is answered, and how long it lets data be kept.

use chrono::{NaiveDate, TimeDelta};

use super::{DataKind, DataKinds};
use crate::{CountryCode, Timestamp, statistics::ProcessClass};

crate::closed_list! {
    /// Whose law a process is of.
    pub enum Jurisdiction {
        Us => "United States",
        /// The e-Evidence Regulation (EU) 2023/1543; a member state's own orders are those of another country.
        Eu => "European Union",
        Other => "Another country, or none",
    }
}

crate::closed_list! {
    /// The process under which an authority asks for data.
    pub enum LegalProcess {
        Subpoena => "Subpoena",
        CourtOrder2703d => "Court order under 18 USC 2703(d)",
        SearchWarrant => "Search warrant",
        PenRegister => "Pen register or trap and trace order",
        WiretapOrder => "Wiretap order",
        PreservationRequest => "Preservation request",
        EmergencyRequest => "Emergency request",
        NationalSecurityLetter => "National security letter",
        /// Apart from the next one because published reports tell them apart, and because only this one is for content.
        FisaContentOrder => "FISA order or directive for content",
        FisaNonContentOrder => "FISA order for non-content data",
        /// A partner's own order, straight to the provider: that is what the agreement is for.
        CloudActOrder => "Order under a CLOUD Act agreement",
        /// Of a public prosecutor, or of an authority whose order one validated.
        EuProductionOrder => "European Production Order of a prosecutor",
        /// Of a judge, a court or an investigating judge, or validated by one.
        EuProductionOrderOfJudge => "European Production Order of a judge or court",
        EuPreservationOrder => "European Preservation Order",
        /// Through the home authority; what compels is that authority's own order.
        MutualLegalAssistance => "Mutual legal assistance request or letters rogatory",
        DomesticCourtOrder => "Court order of another country",
        DomesticWarrant => "Warrant of another country",
        DomesticAdministrativeRequest => "Administrative request of another country",
        DomesticEmergencyRequest => "Emergency request of another country",
        Informal => "Informal request, without process",
    }
}

/// For how long a preservation keeps data, and for how long more, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// From the day on which data is preserved.
    pub first: TimeDelta,
    /// When the authority asks again in time.
    pub extension: TimeDelta,
    /// Whether data is kept beyond that, once the authority confirms in time that a production order has been issued.
    pub for_production: bool,
}

/// How far the clocks of the easternmost member states are ahead in summer: there a day begins first.
const EASTERNMOST_SUMMER: TimeDelta = TimeDelta::hours(3);

/// Countries with an agreement under 18 USC 2523 in force: the United Kingdom since 3 October 2022, Australia since
/// 31 January 2024.
const CLOUD_ACT_STATES: [&str; 2] = ["AU", "GB"];

/// The member states that Regulation (EU) 2023/1543 binds: all but Denmark (recital 101; for Ireland, recital 100).
const EU_STATES: [&str; 26] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl LegalProcess {
    /// Whose law it is of.
    pub fn jurisdiction(self) -> Jurisdiction {
        match self {
            Self::Subpoena
            | Self::CourtOrder2703d
            | Self::SearchWarrant
            | Self::PenRegister
            | Self::WiretapOrder
            | Self::PreservationRequest
            | Self::EmergencyRequest
            | Self::NationalSecurityLetter
            | Self::FisaContentOrder
            | Self::FisaNonContentOrder => Jurisdiction::Us,
            Self::EuProductionOrder | Self::EuProductionOrderOfJudge | Self::EuPreservationOrder => Jurisdiction::Eu,
            Self::CloudActOrder
            | Self::MutualLegalAssistance
            | Self::DomesticCourtOrder
            | Self::DomesticWarrant
            | Self::DomesticAdministrativeRequest
            | Self::DomesticEmergencyRequest
            | Self::Informal => Jurisdiction::Other,
        }
    }

    /// Whether the law that it is of applied to what was received then. Regulation (EU) 2023/1543 applies from 18 August
    /// 2026 (article 34(2)), which begins first in the easternmost member states.
    pub fn applied_at(self, received: Timestamp) -> bool {
        let day = received.plus(EASTERNMOST_SUMMER).day();
        self.jurisdiction() != Jurisdiction::Eu || Some(day) >= NaiveDate::from_ymd_opt(2026, 8, 18)
    }

    /// Whether an authority of this country can use it.
    pub fn is_of(self, country: CountryCode) -> bool {
        let country = country.as_str();
        match self {
            Self::CloudActOrder => CLOUD_ACT_STATES.contains(&country),
            Self::MutualLegalAssistance | Self::Informal => true,
            _ => match self.jurisdiction() {
                Jurisdiction::Us => country == "US",
                Jurisdiction::Eu => EU_STATES.contains(&country),
                Jurisdiction::Other => country != "US",
            },
        }
    }

    /// The kinds of data that it compels, or, where it [is voluntary](Self::is_voluntary), that the law allows to be
    /// given. Content needs a warrant or an order of a court, whatever a subpoena says.
    pub fn compels(self) -> DataKinds {
        use DataKind::{Content, Identification, Subscriber, Traffic};
        let kinds: &[DataKind] = match self {
            Self::Subpoena | Self::EuProductionOrder | Self::DomesticAdministrativeRequest => {
                &[Subscriber, Identification]
            }
            Self::CourtOrder2703d | Self::FisaNonContentOrder => &[Subscriber, Identification, Traffic],
            Self::PenRegister => &[Identification, Traffic],
            Self::NationalSecurityLetter => &[Subscriber, Traffic],
            Self::WiretapOrder => &[Identification, Traffic, Content],
            Self::SearchWarrant
            | Self::EmergencyRequest
            | Self::FisaContentOrder
            | Self::CloudActOrder
            | Self::EuProductionOrderOfJudge
            | Self::DomesticCourtOrder
            | Self::DomesticWarrant
            | Self::DomesticEmergencyRequest => DataKind::ALL,
            Self::PreservationRequest | Self::EuPreservationOrder | Self::MutualLegalAssistance | Self::Informal => &[],
        };
        kinds.iter().copied().collect()
    }

    /// Whether the provider may answer and needn't: an emergency.
    pub fn is_voluntary(self) -> bool {
        matches!(self, Self::EmergencyRequest | Self::DomesticEmergencyRequest)
    }

    /// For how long data is kept, where the process asks for that alone (18 USC 2703(f)(2); Regulation (EU) 2023/1543,
    /// article 11(1) and (2)).
    pub fn preserves(self) -> Option<Keeping> {
        match self {
            Self::PreservationRequest => {
                Some(Keeping { first: TimeDelta::days(90), extension: TimeDelta::days(90), for_production: false })
            }
            Self::EuPreservationOrder => {
                Some(Keeping { first: TimeDelta::days(60), extension: TimeDelta::days(30), for_production: true })
            }
            _ => None,
        }
    }

    /// How soon it must be answered, where its law says so (Regulation (EU) 2023/1543, article 10(2) to (4)).
    pub fn answer_within(self, emergency: bool) -> Option<TimeDelta> {
        match self {
            Self::EuProductionOrder | Self::EuProductionOrderOfJudge if emergency => Some(TimeDelta::hours(8)),
            Self::EuProductionOrder | Self::EuProductionOrderOfJudge => Some(TimeDelta::days(10)),
            _ => None,
        }
    }

    /// Where the law says what it compels.
    pub fn source(self) -> &'static str {
        match self {
            Self::Subpoena => "18 USC 2703(c)(2)",
            Self::CourtOrder2703d => "18 USC 2703(d)",
            Self::SearchWarrant => "18 USC 2703(a) to (c); United States v. Warshak, 631 F.3d 266 (6th Cir. 2010)",
            Self::PenRegister => "18 USC 3123",
            Self::WiretapOrder => "18 USC 2518",
            Self::PreservationRequest => "18 USC 2703(f)",
            Self::EmergencyRequest => "18 USC 2702(b)(8) and (c)(4)",
            Self::NationalSecurityLetter => "18 USC 2709",
            Self::FisaContentOrder => "50 USC 1805 and 1881a",
            Self::FisaNonContentOrder => "50 USC 1842 and 1862",
            Self::CloudActOrder => "18 USC 2523, and the agreement with the country",
            Self::EuProductionOrder => "Regulation (EU) 2023/1543, articles 4(1) and 10",
            Self::EuProductionOrderOfJudge => "Regulation (EU) 2023/1543, articles 4(2) and 10",
            Self::EuPreservationOrder => "Regulation (EU) 2023/1543, articles 6 and 11",
            Self::MutualLegalAssistance => "The treaty, and the home authority’s own order under it",
            Self::DomesticCourtOrder | Self::DomesticWarrant | Self::DomesticAdministrativeRequest => {
                "The law of the authority’s country"
            }
            Self::DomesticEmergencyRequest => "The law of the authority’s country; GDPR, article 6(1)(d)",
            Self::Informal => "None",
        }
    }

    /// What published reports count it among.
    pub fn class(self) -> ProcessClass {
        match self {
            Self::Subpoena => ProcessClass::Subpoena,
            Self::CourtOrder2703d | Self::DomesticCourtOrder => ProcessClass::CourtOrder,
            Self::SearchWarrant | Self::DomesticWarrant => ProcessClass::SearchWarrant,
            Self::PenRegister => ProcessClass::PenRegister,
            Self::WiretapOrder => ProcessClass::Wiretap,
            Self::PreservationRequest | Self::EuPreservationOrder => ProcessClass::Preservation,
            Self::EmergencyRequest | Self::DomesticEmergencyRequest => ProcessClass::EmergencyDisclosure,
            Self::CloudActOrder | Self::EuProductionOrder | Self::EuProductionOrderOfJudge => {
                ProcessClass::CrossBorderOrder
            }
            Self::NationalSecurityLetter
            | Self::FisaContentOrder
            | Self::FisaNonContentOrder
            | Self::MutualLegalAssistance
            | Self::DomesticAdministrativeRequest
            | Self::Informal => ProcessClass::OtherLegalRequest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> CountryCode {
        CountryCode::parse(code).unwrap()
    }

    #[test]
    fn content_needs_a_warrant_or_an_order_of_a_court() {
        let for_content = LegalProcess::ALL.iter().filter(|process| process.compels().contains(DataKind::Content));
        assert_eq!(
            for_content.map(|process| process.code()).collect::<Vec<_>>(),
            [
                "search_warrant",
                "wiretap_order",
                "emergency_request",
                "fisa_content_order",
                "cloud_act_order",
                "eu_production_order_of_judge",
                "domestic_court_order",
                "domestic_warrant",
                "domestic_emergency_request",
            ]
        );
    }

    #[test]
    fn a_preservation_compels_nothing_to_be_disclosed() {
        for process in LegalProcess::ALL.iter().filter(|process| process.preserves().is_some()) {
            assert_eq!(process.compels(), DataKinds::NONE, "{}", process.label());
            assert!(!process.class().asks_for_disclosure());
        }
    }

    #[test]
    fn a_european_production_order_is_answered_in_ten_days_and_in_eight_hours_where_there_is_danger() {
        let order = LegalProcess::EuProductionOrder;
        assert_eq!(order.answer_within(false), Some(TimeDelta::days(10)));
        assert_eq!(order.answer_within(true), Some(TimeDelta::hours(8)));
        assert_eq!(LegalProcess::SearchWarrant.answer_within(true), None);
    }

    #[test]
    fn a_european_order_is_none_before_its_regulation_applies() {
        let applied = |process: LegalProcess, at| process.applied_at(Timestamp::parse(at).unwrap());
        for process in LegalProcess::ALL.iter().copied() {
            let eu = process.jurisdiction() == Jurisdiction::Eu;
            // Midnight in Helsinki, Athens, Bucharest, Nicosia, Riga, Sofia, Tallinn and Vilnius.
            assert_eq!(applied(process, "2026-08-17T20:59:59Z"), !eu, "{}", process.code());
            assert!(applied(process, "2026-08-17T21:00:00Z"), "{}", process.code());
        }
    }

    #[test]
    fn a_process_is_used_by_the_countries_whose_law_it_is_of() {
        assert!(LegalProcess::Subpoena.is_of(country("US")) && !LegalProcess::Subpoena.is_of(country("DE")));
        assert!(LegalProcess::EuProductionOrder.is_of(country("IE")));
        assert!(!LegalProcess::EuProductionOrder.is_of(country("DK")), "Denmark takes no part in the Regulation");
        assert!(LegalProcess::CloudActOrder.is_of(country("GB")));
        for elsewhere in ["US", "DE", "CN"] {
            assert!(!LegalProcess::CloudActOrder.is_of(country(elsewhere)), "{elsewhere} has no agreement");
        }
    }
}
