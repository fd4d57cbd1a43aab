//! Google's bulk downloads: user data, Enterprise Cloud, diplomatic legal requests, United States national security.
//!
//! In the user data rows of `All` and rows of single kinds of process stand side by side from 2012-H2 to 2014-H1, each
//! country with one or the other, so that both together are the total.

use chrono::NaiveDate;

use super::{Mapping, Row, sheet::EVERYWHERE};
use crate::{
    CountryCode,
    statistics::{Figure, Half, Metric, ProcessClass, country_of},
};

const PUBLISHER: &str = "Google";
const PERIOD: &str = "Period Ending";
const JURISDICTION: &str = "Country/Region";
const CODE: &str = "CLDR Territory Code";
const CLASS: &str = "Legal Process";
const PRODUCT: &str = "Product";
const ORIGIN: &str = "Country/Region of Origin";
const ASSISTING: &str = "Assisting Country";
const LETTER: &str = "National Security Letter (NSL) number";
const ISSUED: &str = "NSL issue date";
const RELEASED: &str = "FBI release letter date";

const REPORT: &str = "https://transparencyreport.google.com/user-data";
const NATIONAL_SECURITY_REPORT: &str = "https://transparencyreport.google.com/user-data/us-national-security";

/// The header of 2019 and later.
pub(super) const USER_DATA: Mapping = Mapping {
    publisher: PUBLISHER,
    address: REPORT,
    columns: &[PERIOD, JURISDICTION, CODE, CLASS, "User Data Requests", "Percentage disclosed", "Accounts"],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let period = ending(row, PERIOD);
            user_data(row, period, [JURISDICTION, "Percentage disclosed", "Accounts"]);
        });
    },
};

/// Downloads of 2014 and before: the month first in dates, blanks for what was not reported.
pub(super) const USER_DATA_2014: Mapping = Mapping {
    publisher: PUBLISHER,
    address: REPORT,
    columns: &[PERIOD, "Country", CODE, CLASS, "User Data Requests", PRODUCED_2014, ACCOUNTS_2014],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let period = row.half_ending(PERIOD, "%m/%d/%Y", "06/30/2013");
            user_data(row, period, ["Country", PRODUCED_2014, ACCOUNTS_2014]);
        });
    },
};

const PRODUCED_2014: &str = "Percentage of requests where some data produced";
const ACCOUNTS_2014: &str = "Users/Accounts Specified";

pub(super) const ENTERPRISE_CLOUD: Mapping = Mapping {
    publisher: PUBLISHER,
    address: "https://transparencyreport.google.com/user-data/enterprise",
    columns: &[
        PERIOD,
        JURISDICTION,
        CODE,
        PRODUCT,
        CLASS,
        "Enterprise Cloud customer requests",
        "Enterprise Cloud customers",
        "Percentage disclosed",
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let period = ending(row, PERIOD);
            let country = row.country_coded(CODE, JURISDICTION);
            let known = product(row);
            let class = row.class(CLASS, class).filter(|_| known);
            let published = format!("{} ({})", row.cell(CLASS), row.cell(PRODUCT));
            row.begin("Enterprise Cloud requests", period, (row.cell(JURISDICTION), country), (&published, class));
            let requests = row.figure("Enterprise Cloud customer requests");
            row.push(Metric::Requests, requests);
            let customers = row.figure("Enterprise Cloud customers");
            row.push(Metric::Customers, customers);
            let percentage = percentage(row, "Percentage disclosed", class, None);
            row.push(Metric::DisclosedPercentage, percentage);
        });
    },
};

/// Requests by way of another government, which passes them on as its own.
pub(super) const DIPLOMATIC: Mapping = Mapping {
    publisher: PUBLISHER,
    address: REPORT,
    columns: &[PERIOD, ORIGIN, CODE, ASSISTING, "User Data Diplomatic Legal requests"],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let country = row.country_coded(CODE, ORIGIN);
            diplomatic(row, "Diplomatic legal requests", (row.cell(ORIGIN), country), None);
            let requests = row.figure("User Data Diplomatic Legal requests");
            row.push(Metric::Requests, requests);
        });
    },
};

/// The same for Enterprise Cloud, with a line of zero where nobody asked in a half-year.
pub(super) const ENTERPRISE_DIPLOMATIC: Mapping = Mapping {
    publisher: PUBLISHER,
    address: "https://transparencyreport.google.com/user-data/enterprise",
    columns: &[PERIOD, PRODUCT, ORIGIN, ASSISTING, "Enterprise Diplomatic Legal requests"],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let requests = row.figure("Enterprise Diplomatic Legal requests");
            let nobody = row.cell(ORIGIN).is_empty() && requests == Some(Figure::Exact(0));
            let asked_by = if nobody {
                row.interpret(ORIGIN, EVERYWHERE, "a line of zero without a country says that none asked");
                (EVERYWHERE, Some(None))
            } else {
                (row.cell(ORIGIN), row.country_named(ORIGIN))
            };
            let product = row.cell(PRODUCT);
            diplomatic(row, "Enterprise Cloud diplomatic legal requests", asked_by, Some(product));
            row.push(Metric::Requests, requests);
        });
    },
};

const REQUESTS_MIN: &str = "Number of requests (range MIN)";
const REQUESTS_MAX: &str = "Number of requests (range MAX)";
const ACCOUNTS_MIN: &str = "Number of accounts (range MIN)";
const ACCOUNTS_MAX: &str = "Number of accounts (range MAX)";
const ENDING: &str = "Reporting period ending date";

/// Parts of the names of Google's three files, which are alike in everything else.
const SERIES: [(&str, &str); 3] = [
    ("fisa-non-content", "FISA non-content requests"),
    ("fisa-content", "FISA content requests"),
    ("nsl-requests", "National security letters"),
];

pub(super) const NATIONAL_SECURITY: Mapping = Mapping {
    publisher: PUBLISHER,
    address: NATIONAL_SECURITY_REPORT,
    columns: &[ENDING, REQUESTS_MIN, REQUESTS_MAX, ACCOUNTS_MIN, ACCOUNTS_MAX],
    optional: &[],
    read: |sheet| {
        let Some(service) = sheet.service_of_name(&SERIES) else { return };
        let class = match service {
            "FISA content requests" => ProcessClass::FisaContent,
            "FISA non-content requests" => ProcessClass::FisaNonContent,
            _ => ProcessClass::NationalSecurityLetter,
        };
        sheet.each(|row| {
            let period = ending(row, ENDING);
            row.begin(service, period, united_states(), (service, Some(class)));
            let requests = row.band(REQUESTS_MIN, REQUESTS_MAX);
            row.push(Metric::Requests, requests);
            let accounts = row.band(ACCOUNTS_MIN, ACCOUNTS_MAX);
            row.push(Metric::Accounts, accounts);
        });
    },
};

/// Letters that may be spoken of: each is a request of the half-year in which it was issued.
pub(super) const RELEASED_LETTERS: Mapping = Mapping {
    publisher: PUBLISHER,
    address: NATIONAL_SECURITY_REPORT,
    columns: &[LETTER, ISSUED, RELEASED],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            let period = row.read(ISSUED, "is no day such as 2013-06-30", |text| day(text).and_then(Half::of));
            let released = row.read(RELEASED, "is no day such as 2013-06-30", day);
            let number = row.cell(LETTER);
            if number.is_empty() {
                row.refuse(LETTER, "is empty; a letter has a number");
                return;
            }
            let class = released.map(|_| ProcessClass::NationalSecurityLetter);
            row.begin("Released national security letters", period, united_states(), (number, class));
            if let (Some(period), Some(released)) = (period, released) {
                let read_as = format!("1 request in {period}");
                row.interpret_line("a letter", read_as, "a letter counts in the half-year in which it was issued");
                let footnote = format!("issued on {}, released by letter of {released}", row.cell(ISSUED));
                row.push_noted(Metric::Requests, Some(Figure::Exact(1)), Some(footnote));
            }
        });
    },
};

/// The first half-years in which Google reported these; a `0` before means that it did not.
fn first_percentage() -> Option<Half> {
    Half::new(2010, 2)
}

fn first_accounts() -> Option<Half> {
    Half::new(2011, 1)
}

fn ending(row: &mut Row<'_>, column: &str) -> Option<Half> {
    row.half_ending(column, "%Y-%m-%d", "2013-06-30")
}

fn united_states() -> (&'static str, Option<Option<CountryCode>>) {
    ("United States", country_of("United States"))
}

fn user_data(row: &mut Row<'_>, period: Option<Half>, [jurisdiction, percentage_column, accounts]: [&str; 3]) {
    let class = row.class(CLASS, class);
    let country = row.country_coded(CODE, jurisdiction);
    row.begin("User data requests", period, (row.cell(jurisdiction), country), (row.cell(CLASS), class));
    let requests = row.figure_or("User Data Requests", "", "a blank is not zero");
    row.push(Metric::Requests, requests);
    let accounts = match row.cell(accounts) {
        "0" if period.is_some() && period < first_accounts() => {
            row.not_reported(accounts, "Google reports accounts from the first half of 2011 on")
        }
        _ => row.figure_or(accounts, "", "a blank is not zero"),
    };
    row.push(Metric::Accounts, accounts);
    let percentage = percentage(row, percentage_column, class, period);
    row.push(Metric::DisclosedPercentage, percentage);
}

fn percentage(row: &mut Row<'_>, column: &str, class: Option<ProcessClass>, period: Option<Half>) -> Option<Figure> {
    match row.cell(column) {
        "" if class == Some(ProcessClass::Preservation) => {
            row.interpret(column, Figure::NotApplicable.to_string(), "a request to preserve data discloses none");
            Some(Figure::NotApplicable)
        }
        "0" if period.is_some() && period < first_percentage() => {
            row.not_reported(column, "Google reports percentages from the second half of 2010 on")
        }
        _ => row.percentage_or(column, "", "a blank is not zero"),
    }
}

fn diplomatic(
    row: &mut Row<'_>,
    service: &'static str,
    asked_by: (&str, Option<Option<CountryCode>>),
    product_published: Option<&str>,
) {
    let period = ending(row, PERIOD);
    let assisting = row.cell(ASSISTING);
    let known = (assisting.is_empty() && asked_by.0 == EVERYWHERE) || row.country_named(ASSISTING).is_some();
    let known = known && (product_published.is_none() || product(row));
    let mut published = "Diplomatic legal request".to_owned();
    if !assisting.is_empty() {
        published.push_str(&format!(" through {assisting}"));
    }
    if let Some(product) = product_published {
        published.push_str(&format!(" ({product})"));
    }
    row.begin(service, period, asked_by, (&published, known.then_some(ProcessClass::CrossBorderOrder)));
}

/// Google's products for organisations; the first was called G Suite once.
fn product(row: &mut Row<'_>) -> bool {
    let known = |text: &str| ["Google Workspace", "GSUITE", "GCP"].contains(&text).then_some(());
    row.read(PRODUCT, "is no product that is known", known).is_some()
}

/// Google's kinds of process. Its labels have changed over the years.
fn class(published: &str) -> Option<ProcessClass> {
    Some(match published {
        "" | "All" => ProcessClass::All,
        "Subpoena" | "Subpoenas" => ProcessClass::Subpoena,
        "Court Orders" | "Other Court Orders" => ProcessClass::CourtOrder,
        "Search Warrant" | "Search Warrants" => ProcessClass::SearchWarrant,
        "Pen Register Order" | "Pen Register Orders" => ProcessClass::PenRegister,
        "Wiretap Order" | "Wiretap Orders" => ProcessClass::Wiretap,
        "Emergency Disclosures" | "Emergency Disclosure Requests" => ProcessClass::EmergencyDisclosure,
        "Preservation Requests" => ProcessClass::Preservation,
        "CLOUD ACT - OPOs" | "CLOUD Act - IPA CDRs" => ProcessClass::CrossBorderOrder,
        "Other"
        | "Legal Requests"
        | "Other Legal Requests"
        | "Police Requests"
        | "Requests for data of local subsidiary" => ProcessClass::OtherLegalRequest,
        _ => return None,
    })
}
