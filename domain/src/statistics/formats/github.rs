//! GitHub's transparency data, by year and by half-year: the same columns, `half` among them or not.

use super::{Mapping, Row, Sheet, sheet::EVERYWHERE};
use crate::statistics::{Figure, Half, Metric, ProcessClass, READERS_NOTE, country_of};

const PUBLISHER: &str = "GitHub";
const ADDRESS: &str = "https://github.com/github/transparency";
const YEAR: &str = "year";
const HALF: &str = "half";
const TYPE: &str = "type";
const COUNT: &str = "count";
const GOVERNMENT: &str = "government";
const CODE: &str = "government_iso2_code";
const RECEIVED: &str = "count_requests_received";
const DISCLOSED: &str = "count_disclosed";
const AFFECTED: &str = "count_accounts_affected";

/// Years and half-years have different rows, so that they are series of their own.
fn by(sheet: &Sheet<'_>, [half, year]: [&'static str; 2]) -> (&'static str, bool) {
    let halves = sheet.has(HALF);
    (if halves { half } else { year }, halves)
}

pub(super) const REQUESTS: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[YEAR, TYPE, RECEIVED, DISCLOSED],
    optional: &[HALF],
    read: |sheet| {
        let (service, halves) = by(sheet, ["Requests for user information", "Requests for user information, by year"]);
        sheet.each(|row| {
            let period = period(row, halves);
            let class = row.class(TYPE, |published| {
                Some(match published {
                    "criminal or government agency subpoena" | "civil subpoena" => ProcessClass::Subpoena,
                    "criminal court order" => ProcessClass::CourtOrder,
                    "criminal search warrant" => ProcessClass::SearchWarrant,
                    "cross-border request" => ProcessClass::CrossBorderOrder,
                    "exigent circumstances" => ProcessClass::EmergencyDisclosure,
                    _ => return None,
                })
            });
            row.begin(service, period, (EVERYWHERE, Some(None)), (row.cell(TYPE), class));
            let (received, disclosed) = (row.figure(RECEIVED), row.figure(DISCLOSED));
            let low = |figure: Option<Figure>| figure.and_then(Figure::bounds).map_or(0, |(low, _)| low);
            let more = received.is_some() && low(disclosed) > low(received);
            let footnote = more.then(|| {
                row.interpret(DISCLOSED, row.cell(DISCLOSED), "it exceeds the requests; both stay as published");
                format!("{READERS_NOTE}data was disclosed for more requests than were received")
            });
            row.push(Metric::Requests, received);
            row.push_noted(Metric::DataDisclosed, disclosed, footnote);
        });
    },
};

pub(super) const ACCOUNTS: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[YEAR, AFFECTED],
    optional: &[HALF],
    read: |sheet| {
        let (service, halves) = by(sheet, ["Accounts affected", "Accounts affected, by year"]);
        sheet.each(|row| {
            let period = period(row, halves);
            row.begin(service, period, (EVERYWHERE, Some(None)), ("Accounts affected", Some(ProcessClass::All)));
            let accounts = row.figure(AFFECTED);
            row.push(Metric::Accounts, accounts);
        });
    },
};

pub(super) const CROSS_BORDER: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[YEAR, GOVERNMENT, CODE, COUNT],
    optional: &[HALF],
    read: |sheet| {
        let (service, halves) = by(sheet, ["Cross-border data requests", "Cross-border data requests, by year"]);
        sheet.each(|row| {
            let period = period(row, halves);
            let country = row.country_coded(CODE, GOVERNMENT);
            let class = ("Cross-border data request", Some(ProcessClass::CrossBorderOrder));
            row.begin(service, period, (row.cell(GOVERNMENT), country), class);
            let requests = row.figure(COUNT);
            row.push(Metric::Requests, requests);
        });
    },
};

/// Whether people were told that their data was disclosed: each kind counts disclosures.
pub(super) const NOTIFICATIONS: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[YEAR, TYPE, COUNT],
    optional: &[HALF],
    read: |sheet| {
        let (service, halves) = by(sheet, ["User notifications", "User notifications, by year"]);
        sheet.each(|row| {
            let period = period(row, halves);
            let class = row.read(TYPE, "is no kind of notification that is known", |published| {
                ["exigent circumstances", "notification", "gag order"].contains(&published).then_some(ProcessClass::All)
            });
            row.begin(service, period, (EVERYWHERE, Some(None)), (row.cell(TYPE), class));
            let disclosures = row.figure(COUNT);
            row.push(Metric::DataDisclosed, disclosures);
        });
    },
};

/// Bands of half-years, whose months are given.
pub(super) const NATIONAL_SECURITY: Mapping = Mapping {
    publisher: PUBLISHER,
    address: ADDRESS,
    columns: &[YEAR, "month_range", TYPE, COUNT],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let half = row.read("month_range", "is neither Jan-Jun nor Jul-Dec", |months| match months {
                "Jan-Jun" => Some(1),
                "Jul-Dec" => Some(2),
                _ => None,
            });
            let year =
                row.read(YEAR, "is no year such as 2013", |year| Half::parse(year).filter(|year| year.is_whole()));
            let period = year.zip(half).and_then(|(year, half)| Half::new(year.year(), half));
            let metric = row.read(TYPE, "is no type that is known", |published| match published {
                "National security letters and orders received" => Some(Metric::Requests),
                "Affected accounts" => Some(Metric::Accounts),
                _ => None,
            });
            let class = ("National security letters and orders", Some(ProcessClass::NationalSecurity));
            let asked_by = ("United States", country_of("United States"));
            row.begin("National security letters and orders", period, asked_by, class);
            let figure = row.figure(COUNT);
            if let Some(metric) = metric {
                row.push(metric, figure);
            }
        });
    },
};

fn period(row: &mut Row<'_>, halves: bool) -> Option<Half> {
    let year = row.read(YEAR, "is no year such as 2013", |year| Half::parse(year).filter(|year| year.is_whole()));
    if !halves {
        return year;
    }
    let half = row.read(HALF, "is neither 1 nor 2", |half| half.parse().ok().filter(|half| (1..=2).contains(half)));
    Half::new(year?.year(), half?)
}
