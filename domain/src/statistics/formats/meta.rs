//! Meta's downloads, one file for each half-year, which only its name tells.
//!
//! Headers have changed four times; what they share is always there. The totals, their split into legal process and
//! emergencies, and the kinds of the former each make a series of their own, so that none is counted twice.

use super::{Mapping, Row};
use crate::statistics::{Figure, Half, Metric, ProcessClass};

const COUNTRY: &str = "Country";
const RESTRICTED: [&str; 2] = ["Content Restricted", "Content Restrictions"];
const DISRUPTIONS: &str = "Internet Disruptions";
/// Columns that never held anything but zero: they are of other reports of Meta's.
const OF_OTHERS: [&str; 2] = ["Takedown reports", "Percent Witheld"];

const TOTALS: &str = "User data requests";
const SPLIT: &str = "Legal process and emergencies";
const KINDS: &str = "Kinds of legal process";
const NATIONAL_SECURITY: &str = "National security requests";
const RESTRICTIONS: &str = "Content restrictions and internet disruptions";

/// Kinds of process, each with columns of requests, accounts and a percentage. A country without such a kind has
/// blanks.
const BY_KIND: [(&str, &str, ProcessClass); 12] = [
    (KINDS, "Emergency Disclosures", ProcessClass::EmergencyDisclosure),
    (KINDS, "Search Warrant", ProcessClass::SearchWarrant),
    (KINDS, "Subpoena", ProcessClass::Subpoena),
    (KINDS, "Court Order (Other)", ProcessClass::CourtOrder),
    (KINDS, "MLAT Search Warrant", ProcessClass::CrossBorderOrder),
    (KINDS, "MLAT Order", ProcessClass::CrossBorderOrder),
    (KINDS, "Court Order (18 USC 2703(d))", ProcessClass::CourtOrder),
    (KINDS, "Pen Register/Trap and Trace", ProcessClass::PenRegister),
    (KINDS, "Title III", ProcessClass::Wiretap),
    (NATIONAL_SECURITY, "FISA Content Requests", ProcessClass::FisaContent),
    (NATIONAL_SECURITY, "FISA Non-Content Requests", ProcessClass::FisaNonContent),
    (NATIONAL_SECURITY, "NSLs", ProcessClass::NationalSecurityLetter),
];

pub(super) const GOVERNMENT_REQUESTS: Mapping = Mapping {
    publisher: "Meta",
    address: "https://transparency.meta.com/reports/government-data-requests/",
    columns: &[
        COUNTRY,
        "Preservation Requests",
        "Preservation Accounts Preserved",
        "Total Requests",
        "Total Requests Accounts",
        "Total Requests Percentage",
        "Legal Process Request Total",
        "Legal Process Request Total Accounts",
        "Legal Process Request Total Percentage",
        "Emergency Request Total",
        "Emergency Request Total Accounts",
        "Emergency Request Total Percentage",
        "Search Warrant",
        "Search Warrant Accounts",
        "Search Warrant Percentage",
        "Subpoena",
        "Subpoena Accounts",
        "Subpoena Percentage",
        "Court Order (Other)",
        "Court Order (Other) Accounts",
        "Court Order (Other) Percentage",
        "MLAT Search Warrant",
        "MLAT Search Warrant Accounts",
        "MLAT Search Warrant Percentage",
        "MLAT Order",
        "MLAT Order Accounts",
        "MLAT Order Percentage",
        "Court Order (18 USC 2703(d))",
        "Court Order (18 USC 2703(d)) Accounts",
        "Court Order (18 USC 2703(d)) Percentage",
        "Pen Register/Trap and Trace",
        "Pen Register/Trap and Trace Accounts",
        "Pen Register/Trap and Trace Percentage",
        "Title III",
        "Title III Accounts",
        "Title III Percentage",
        "FISA Content Requests",
        "FISA Content Requests Accounts",
        "FISA Content Requests Percentage",
        "FISA Non-Content Requests",
        "FISA Non-Content Requests Accounts",
        "FISA Non-Content Requests Percentage",
        "NSLs",
        "NSLs Accounts",
        "NSLs Percentage",
    ],
    optional: &[
        RESTRICTED[0],
        RESTRICTED[1],
        OF_OTHERS[0],
        OF_OTHERS[1],
        DISRUPTIONS,
        "Emergency Disclosures",
        "Emergency Disclosures Accounts",
        "Emergency Disclosures Percentage",
        // From 2019 on.
        "Number of Requests Where Some Data Produced",
        "Legal Number of Requests Where Some Data Produced",
        "ER Number of Requests Where Some Data Produced",
    ],
    read: |sheet| {
        let Some(period) = sheet.period_of_name() else { return };
        let has = |column: &&str| sheet.has(column);
        let kinds = BY_KIND.iter().filter(|(_, kind, _)| has(kind)).copied().collect::<Vec<_>>();
        let restricted = RESTRICTED.into_iter().find(has);
        let disruptions = Some(DISRUPTIONS).filter(has);
        let of_others = OF_OTHERS.into_iter().filter(has).collect::<Vec<_>>();
        let produced = has(&"Number of Requests Where Some Data Produced");
        sheet.each(|row| {
            let country = row.country_named(COUNTRY);
            let begin = |row: &mut Row<'_>, service, published: &str, class| {
                row.begin(service, Some(period), (row.cell(COUNTRY), country), (published, Some(class)));
            };
            begin(row, TOTALS, "Total Requests", ProcessClass::All);
            group(row, "Total Requests", produced.then_some("Number of Requests Where Some Data Produced"));
            adds_up(row, period);
            begin(row, TOTALS, "Preservation Requests", ProcessClass::Preservation);
            figure(row, Metric::Requests, "Preservation Requests");
            figure(row, Metric::AccountsPreserved, "Preservation Accounts Preserved");
            begin(row, SPLIT, "Legal Process Request Total", ProcessClass::LegalProcess);
            let counted = produced.then_some("Legal Number of Requests Where Some Data Produced");
            group(row, "Legal Process Request Total", counted);
            begin(row, SPLIT, "Emergency Request Total", ProcessClass::EmergencyDisclosure);
            let counted = produced.then_some("ER Number of Requests Where Some Data Produced");
            group(row, "Emergency Request Total", counted);
            for (service, kind, class) in &kinds {
                let [accounts, percentage] = [format!("{kind} Accounts"), format!("{kind} Percentage")];
                // A kind that the country does not have.
                if [*kind, &accounts, &percentage].into_iter().all(|column| row.cell(column).is_empty()) {
                    continue;
                }
                begin(row, service, kind, *class);
                group(row, kind, None);
            }
            begin(row, RESTRICTIONS, "Content restrictions", ProcessClass::All);
            if let Some(restricted) = restricted {
                figure(row, Metric::ContentRestricted, restricted);
            }
            if let Some(disruptions) = disruptions {
                figure(row, Metric::InternetDisruptions, disruptions);
            }
            for column in &of_others {
                if !row.cell(column).is_empty() {
                    row.interpret(
                        column,
                        "nothing",
                        "it is no figure of requests for data, and Meta fills it with zeros",
                    );
                }
            }
        });
    },
};

/// Requests, accounts, the published percentage and, where Meta counts them, requests with data disclosed.
fn group(row: &mut Row<'_>, requests: &str, disclosed: Option<&str>) {
    figure(row, Metric::Requests, requests);
    figure(row, Metric::Accounts, &format!("{requests} Accounts"));
    if let Some(disclosed) = disclosed {
        figure(row, Metric::DataDisclosed, disclosed);
    }
    let percentage = row.percentage_or(&format!("{requests} Percentage"), "", "a blank is not zero");
    row.push(Metric::DisclosedPercentage, percentage);
}

fn figure(row: &mut Row<'_>, metric: Metric, column: &str) {
    let figure = row.figure_or(column, "", "a blank is not zero");
    row.push(metric, figure);
}

/// Tells where the total is not what its two parts add up to.
fn adds_up(row: &mut Row<'_>, period: Half) {
    let figure = |column| Figure::parse_published(row.cell(column));
    let (Some(total), Some(legal), Some(emergency)) =
        (figure("Total Requests"), figure("Legal Process Request Total"), figure("Emergency Request Total"))
    else {
        return;
    };
    let sum = legal.plus(emergency);
    if sum != total {
        let reason = format!("legal process and emergencies of {period} add up to {sum}; all stay as published");
        row.interpret("Total Requests", total.to_string(), reason);
    }
}
