//! Google's bulk download: `google-global-user-data-requests.csv`.
//!
//! The header is that of 2019 and later. Rows of `All` and rows of single kinds of process stand side by side from
//! 2012-H2 to 2014-H1, each country with one or the other, so that both together are the total.

use chrono::NaiveDate;

use super::{Figures, Line, Unreadable};
use crate::{
    CountryCode,
    statistics::{Figure, Half, Metric, ProcessClass, StatisticsRow},
};

pub(super) const PUBLISHER: &str = "Google";

const PERIOD: &str = "Period Ending";
const JURISDICTION: &str = "Country/Region";
const CODE: &str = "CLDR Territory Code";
const CLASS: &str = "Legal Process";
const REQUESTS: &str = "User Data Requests";
const PERCENTAGE: &str = "Percentage disclosed";
const ACCOUNTS: &str = "Accounts";

pub(super) const USER_DATA: [&str; 7] = [PERIOD, JURISDICTION, CODE, CLASS, REQUESTS, PERCENTAGE, ACCOUNTS];

/// The first half-years in which Google reported these; a `0` before means that it did not.
const FIRST_PERCENTAGE: (u16, u8) = (2010, 2);
const FIRST_ACCOUNTS: (u16, u8) = (2011, 1);

pub(super) fn user_data(line: &Line<'_>, rows: &mut Vec<StatisticsRow>) -> Result<(), Unreadable> {
    let period = NaiveDate::parse_from_str(line.cell(PERIOD), "%Y-%m-%d")
        .ok()
        .and_then(Half::from_last_day)
        .ok_or_else(|| line.refuse_cell(PERIOD, "is not the last day of a half-year, such as 2013-06-30"))?;
    let class =
        class(line.cell(CLASS)).ok_or_else(|| line.refuse_cell(CLASS, "is no kind of process that is known"))?;
    let requests = reported(line, REQUESTS)?;
    let accounts = match reported(line, ACCOUNTS)? {
        Figure::Exact(0) if Some(period) < Half::new(FIRST_ACCOUNTS.0, FIRST_ACCOUNTS.1) => Figure::NotReported,
        accounts => accounts,
    };
    let percentage = match line.cell(PERCENTAGE) {
        "" if !class.asks_for_disclosure() => Figure::NotApplicable,
        "" => Figure::NotReported,
        _ => match line.percentage(PERCENTAGE)? {
            Figure::Exact(0) if Some(period) < Half::new(FIRST_PERCENTAGE.0, FIRST_PERCENTAGE.1) => Figure::NotReported,
            percentage => percentage,
        },
    };
    let pattern = StatisticsRow {
        period,
        jurisdiction: line.cell(JURISDICTION).to_owned(),
        country: country(line)?,
        class_published: line.cell(CLASS).to_owned(),
        class,
        metric: Metric::Requests,
        figure: requests,
        footnote: None,
        row: line.number,
    };
    let mut figures = Figures { rows, pattern };
    figures.push(Metric::Requests, requests);
    figures.push(Metric::Accounts, accounts);
    figures.push(Metric::DisclosedPercentage, percentage);
    Ok(())
}

/// A count that may be left out: China's, where a local subsidiary was asked.
fn reported(line: &Line<'_>, column: &str) -> Result<Figure, Unreadable> {
    if line.cell(column).is_empty() { Ok(Figure::NotReported) } else { line.count(column) }
}

fn country(line: &Line<'_>) -> Result<Option<CountryCode>, Unreadable> {
    let code = line.cell(CODE);
    if code.is_empty() {
        return line.country_named(JURISDICTION);
    }
    match CountryCode::parse(code) {
        Some(country) => Ok(Some(country)),
        None => Err(line.refuse_cell(CODE, "is no ISO 3166-1 alpha-2 code")),
    }
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
        "Emergency Disclosure Requests" => ProcessClass::EmergencyDisclosure,
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
