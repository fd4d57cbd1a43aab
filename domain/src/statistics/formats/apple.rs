//! Apple's downloads: requests for accounts, for devices, in emergencies, and to preserve accounts.
//!
//! A dash stands for what was not reported. Outcomes are not parts of a whole: a request that was challenged in part
//! may also be one where data was provided, and in some rows they exceed the requests. They stay as published.

use chrono::NaiveDate;

use super::{Figures, Line, Unreadable};
use crate::statistics::{Figure, Half, Metric, ProcessClass, StatisticsRow};

pub(super) const PUBLISHER: &str = "Apple";
pub(super) const ADDRESS: &str = "https://www.apple.com/legal/transparency/";

const PERIOD: &str = "TR Period";
/// The same as [`PERIOD`], in the file of preservation requests.
const DATE: &str = "TR Date";
const FIRST_DAY: &str = "TR Start Date";
const LAST_DAY: &str = "TR End Date";
const JURISDICTION: &str = "Country/Region";
const ACCOUNTS_SPECIFIED: &str = "Accounts Specified in Requests";
const DATA_PROVIDED: &str = "Requests where Data Provided";
const PERCENTAGE: &str = "Percentage of Requests where Data Provided";

pub(super) const ACCOUNTS: [&str; 10] = [
    PERIOD,
    FIRST_DAY,
    LAST_DAY,
    JURISDICTION,
    "Account Requests Received",
    ACCOUNTS_SPECIFIED,
    "Requests Challenged in Part or Rejected in Full",
    "Requests where Only Non-Content Data Provided",
    "Requests where Content Provided",
    PERCENTAGE,
];

pub(super) const DEVICES: [&str; 8] = [
    PERIOD,
    FIRST_DAY,
    LAST_DAY,
    JURISDICTION,
    "Device Requests Received",
    "Devices Specified in Requests",
    DATA_PROVIDED,
    PERCENTAGE,
];

pub(super) const EMERGENCIES: [&str; 9] = [
    PERIOD,
    FIRST_DAY,
    LAST_DAY,
    JURISDICTION,
    "Emergency Requests Received",
    "Requests Rejected/Challenged and No Data Provided",
    "Requests where No Data Provided",
    DATA_PROVIDED,
    PERCENTAGE,
];

pub(super) const ACCOUNT_PRESERVATION: [&str; 7] = [
    DATE,
    FIRST_DAY,
    LAST_DAY,
    JURISDICTION,
    "Account Preservation Requests Received",
    ACCOUNTS_SPECIFIED,
    "Accounts where Data Preserved",
];

pub(super) fn accounts(line: &Line<'_>, rows: &mut Vec<StatisticsRow>) -> Result<(), Unreadable> {
    let mut figures = Figures { rows, pattern: pattern(line, PERIOD, "Account Requests", ProcessClass::All)? };
    figures.push(Metric::Requests, count(line, "Account Requests Received")?);
    figures.push(Metric::Accounts, count(line, ACCOUNTS_SPECIFIED)?);
    figures.push(Metric::RejectedOrChallenged, count(line, "Requests Challenged in Part or Rejected in Full")?);
    figures.push(Metric::NonContentDisclosed, count(line, "Requests where Only Non-Content Data Provided")?);
    figures.push(Metric::ContentDisclosed, count(line, "Requests where Content Provided")?);
    figures.push(Metric::DisclosedPercentage, percentage(line)?);
    Ok(())
}

pub(super) fn devices(line: &Line<'_>, rows: &mut Vec<StatisticsRow>) -> Result<(), Unreadable> {
    let mut figures = Figures { rows, pattern: pattern(line, PERIOD, "Device Requests", ProcessClass::All)? };
    figures.push(Metric::Requests, count(line, "Device Requests Received")?);
    figures.push(Metric::Devices, count(line, "Devices Specified in Requests")?);
    figures.push(Metric::DataDisclosed, count(line, DATA_PROVIDED)?);
    figures.push(Metric::DisclosedPercentage, percentage(line)?);
    Ok(())
}

pub(super) fn emergencies(line: &Line<'_>, rows: &mut Vec<StatisticsRow>) -> Result<(), Unreadable> {
    let pattern = pattern(line, PERIOD, "Emergency Requests", ProcessClass::EmergencyDisclosure)?;
    let mut figures = Figures { rows, pattern };
    figures.push(Metric::Requests, count(line, "Emergency Requests Received")?);
    figures.push(Metric::RejectedOrChallenged, count(line, "Requests Rejected/Challenged and No Data Provided")?);
    figures.push(Metric::NoData, count(line, "Requests where No Data Provided")?);
    figures.push(Metric::DataDisclosed, count(line, DATA_PROVIDED)?);
    figures.push(Metric::DisclosedPercentage, percentage(line)?);
    Ok(())
}

pub(super) fn account_preservation(line: &Line<'_>, rows: &mut Vec<StatisticsRow>) -> Result<(), Unreadable> {
    let pattern = pattern(line, DATE, "Account Preservation Requests", ProcessClass::Preservation)?;
    let mut figures = Figures { rows, pattern };
    figures.push(Metric::Requests, count(line, "Account Preservation Requests Received")?);
    figures.push(Metric::Accounts, count(line, ACCOUNTS_SPECIFIED)?);
    figures.push(Metric::AccountsPreserved, count(line, "Accounts where Data Preserved")?);
    Ok(())
}

/// What the figures of a line have in common. The file's own name for its requests stands for their kind.
fn pattern(
    line: &Line<'_>,
    period: &'static str,
    class_published: &str,
    class: ProcessClass,
) -> Result<StatisticsRow, Unreadable> {
    let half = line.cell(period).replace(" H", "-H");
    let half = Half::parse(&half).ok_or_else(|| line.refuse_cell(period, "is no half-year such as 2013 H1"))?;
    let day = |column| {
        NaiveDate::parse_from_str(line.cell(column), "%m/%d/%y")
            .map_err(|_| line.refuse_cell(column, "is no day such as 6/30/13, the month first"))
    };
    if Half::from_days(day(FIRST_DAY)?, day(LAST_DAY)?) != Some(half) {
        return Err(line.refuse_cell(period, "is not the half-year from its start date to its end date"));
    }
    Ok(StatisticsRow {
        period: half,
        jurisdiction: line.cell(JURISDICTION).to_owned(),
        country: line.country_named(JURISDICTION)?,
        class_published: class_published.to_owned(),
        class,
        metric: Metric::Requests,
        figure: Figure::NotApplicable,
        footnote: None,
        row: line.number,
    })
}

fn count(line: &Line<'_>, column: &str) -> Result<Figure, Unreadable> {
    if line.cell(column) == "-" { Ok(Figure::NotReported) } else { line.count(column) }
}

fn percentage(line: &Line<'_>) -> Result<Figure, Unreadable> {
    if line.cell(PERCENTAGE) == "-" { Ok(Figure::NotReported) } else { line.percentage(PERCENTAGE) }
}
