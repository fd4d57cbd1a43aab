//! Apple's downloads: requests for accounts, for devices, in emergencies, to preserve accounts, and of United States
//! national security.
//!
//! A dash stands for what was not reported. Outcomes are not parts of a whole: a request that was challenged in part
//! may also be one where data was provided, and in some rows they exceed the requests. They stay as published.

use chrono::NaiveDate;

use super::{Mapping, Row};
use crate::{
    CountryCode,
    statistics::{Figure, Half, Metric, ProcessClass, READERS_NOTE},
};

const PUBLISHER: &str = "Apple";
const ADDRESS: &str = "https://www.apple.com/legal/transparency/";

const PERIOD: &str = "TR Period";
/// The same as [`PERIOD`], in the file of preservation requests.
const DATE: &str = "TR Date";
const FIRST_DAY: &str = "TR Start Date";
const LAST_DAY: &str = "TR End Date";
const JURISDICTION: &str = "Country/Region";
const ACCOUNTS_SPECIFIED: &str = "Accounts Specified in Requests";
const DATA_PROVIDED: &str = "Requests where Data Provided";
const PERCENTAGE: &str = "Percentage of Requests where Data Provided";
const TYPE: &str = "National Security Requests Type+";

pub(super) const ACCOUNTS: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[
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
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            begin(row, PERIOD, "Account requests", ("Account Requests", ProcessClass::All));
            requests(
                row,
                "Account Requests Received",
                &[
                    (Metric::RejectedOrChallenged, "Requests Challenged in Part or Rejected in Full"),
                    (Metric::NonContentDisclosed, "Requests where Only Non-Content Data Provided"),
                    (Metric::ContentDisclosed, "Requests where Content Provided"),
                ],
            );
            figure(row, Metric::Accounts, ACCOUNTS_SPECIFIED);
            percentage(row);
        });
    },
};

pub(super) const DEVICES: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[
        PERIOD,
        FIRST_DAY,
        LAST_DAY,
        JURISDICTION,
        "Device Requests Received",
        "Devices Specified in Requests",
        DATA_PROVIDED,
        PERCENTAGE,
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            begin(row, PERIOD, "Device requests", ("Device Requests", ProcessClass::All));
            requests(row, "Device Requests Received", &[(Metric::DataDisclosed, DATA_PROVIDED)]);
            figure(row, Metric::Devices, "Devices Specified in Requests");
            percentage(row);
        });
    },
};

pub(super) const EMERGENCIES: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[
        PERIOD,
        FIRST_DAY,
        LAST_DAY,
        JURISDICTION,
        "Emergency Requests Received",
        "Requests Rejected/Challenged and No Data Provided",
        "Requests where No Data Provided",
        DATA_PROVIDED,
        PERCENTAGE,
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let class = ("Emergency Requests", ProcessClass::EmergencyDisclosure);
            begin(row, PERIOD, "Emergency requests", class);
            requests(
                row,
                "Emergency Requests Received",
                &[
                    (Metric::RejectedOrChallenged, "Requests Rejected/Challenged and No Data Provided"),
                    (Metric::NoData, "Requests where No Data Provided"),
                    (Metric::DataDisclosed, DATA_PROVIDED),
                ],
            );
            percentage(row);
        });
    },
};

pub(super) const ACCOUNT_PRESERVATION: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[
        DATE,
        FIRST_DAY,
        LAST_DAY,
        JURISDICTION,
        "Account Preservation Requests Received",
        ACCOUNTS_SPECIFIED,
        "Accounts where Data Preserved",
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let class = ("Account Preservation Requests", ProcessClass::Preservation);
            begin(row, DATE, "Account preservation requests", class);
            requests(row, "Account Preservation Requests Received", &[]);
            figure(row, Metric::Accounts, ACCOUNTS_SPECIFIED);
            figure(row, Metric::AccountsPreserved, "Accounts where Data Preserved");
        });
    },
};

/// Bands, kinds together until 2017 and by kind since.
pub(super) const NATIONAL_SECURITY: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[PERIOD, FIRST_DAY, LAST_DAY, JURISDICTION, TYPE, "Requests Received", "Users/Accounts"],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let class = row.class(TYPE, |published| {
                Some(match published {
                    "National Security" => ProcessClass::NationalSecurity,
                    "FISA Content" => ProcessClass::FisaContent,
                    "FISA Non-Content" => ProcessClass::FisaNonContent,
                    "NSLs" => ProcessClass::NationalSecurityLetter,
                    _ => return None,
                })
            });
            let (period, asked_by) = common(row, PERIOD);
            row.begin("National security requests", period, asked_by, (row.cell(TYPE), class));
            figure(row, Metric::Requests, "Requests Received");
            figure(row, Metric::Accounts, "Users/Accounts");
        });
    },
};

/// What the figures of a line have in common. The file's own name for its requests stands for their kind.
fn begin(row: &mut Row<'_>, period: &str, service: &'static str, class: (&str, ProcessClass)) {
    let (period, asked_by) = common(row, period);
    row.begin(service, period, asked_by, (class.0, Some(class.1)));
}

fn common<'a>(row: &mut Row<'a>, column: &str) -> (Option<Half>, (&'a str, Option<Option<CountryCode>>)) {
    let half = row.read(column, "is no half-year such as 2013 H1", |text| Half::parse(&text.replace(" H", "-H")));
    let mut day = |column| {
        row.read(column, "is no day such as 6/30/13, the month first", |text| {
            NaiveDate::parse_from_str(text, "%m/%d/%y").ok()
        })
    };
    let days = (day(FIRST_DAY), day(LAST_DAY));
    let period = match (half, days) {
        (Some(half), (Some(first), Some(last))) if Half::from_days(first, last) == Some(half) => Some(half),
        (Some(_), (Some(_), Some(_))) => {
            row.refuse(column, "is not the half-year from its start date to its end date");
            None
        }
        _ => None,
    };
    let country = row.country_named(JURISDICTION);
    (period, (row.cell(JURISDICTION), country))
}

/// The requests and how they ended. Where the ends exceed the requests, a note says so.
fn requests(row: &mut Row<'_>, column: &str, outcomes: &[(Metric, &str)]) {
    let requests = read(row, column);
    let outcomes = outcomes.iter().map(|(metric, column)| (*metric, read(row, column))).collect::<Vec<_>>();
    let count = |figure: Option<Figure>| figure.and_then(Figure::bounds).map_or(0, |(low, _)| low);
    let sum = outcomes.iter().map(|(_, figure)| count(*figure)).sum::<u64>();
    let exceeded = sum > requests.and_then(Figure::bounds).map_or(u64::MAX, |(_, high)| high);
    let footnote = exceeded.then(|| {
        row.interpret(column, row.cell(column), format!("its outcomes add up to {sum}; both stay as published"));
        format!("{READERS_NOTE}the outcomes of these requests add up to {sum}")
    });
    row.push_noted(Metric::Requests, requests, footnote);
    for (metric, figure) in outcomes {
        row.push(metric, figure);
    }
}

fn figure(row: &mut Row<'_>, metric: Metric, column: &str) {
    let figure = read(row, column);
    row.push(metric, figure);
}

fn read(row: &mut Row<'_>, column: &str) -> Option<Figure> {
    row.figure_or(column, "-", "a dash is not zero")
}

fn percentage(row: &mut Row<'_>) {
    let percentage = row.percentage_or(PERCENTAGE, "-", "a dash is not zero");
    row.push(Metric::DisclosedPercentage, percentage);
}
