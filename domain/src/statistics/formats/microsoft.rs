//! Microsoft's law enforcement requests, as krMaynard/transparency-report-api transcribed them.

use super::Mapping;
use crate::statistics::{Half, Metric, ProcessClass};

const PERIOD: &str = "period";
const SECTION: &str = "section";
const COUNTRY: &str = "country";

const FIGURES: [(Metric, &str); 6] = [
    (Metric::Requests, "requests"),
    (Metric::Accounts, "accounts_specified"),
    (Metric::RejectedOrChallenged, "rejected"),
    (Metric::NoData, "no_data_found"),
    (Metric::NonContentDisclosed, "disclosed_noncontent"),
    (Metric::ContentDisclosed, "disclosed_content"),
];

pub(super) const LAW_ENFORCEMENT_REQUESTS: Mapping = Mapping {
    publisher: "Microsoft",
    address: "https://www.microsoft.com/corporate-responsibility/reports/government-requests/customer-data",
    columns: &[
        PERIOD,
        SECTION,
        COUNTRY,
        FIGURES[0].1,
        FIGURES[1].1,
        FIGURES[2].1,
        FIGURES[3].1,
        FIGURES[4].1,
        FIGURES[5].1,
    ],
    optional: &[],
    read: |sheet| {
        sheet.each(|row| {
            let period = row.read(PERIOD, "is no half-year such as 2013-H1", |text| {
                Half::parse(text).filter(|half| !half.is_whole())
            });
            // One report to 2016; criminal requests and emergencies apart since.
            let section = row.read(SECTION, "is no section that is known", |section| match section {
                "combined" => Some(("Law enforcement requests", ProcessClass::All)),
                "emergencies" => Some(("Emergency requests", ProcessClass::EmergencyDisclosure)),
                _ => None,
            });
            let country = row.country_named(COUNTRY);
            let (service, class) = section.unzip();
            let class = (row.cell(SECTION), class);
            row.begin(service.unwrap_or_default(), period, (row.cell(COUNTRY), country), class);
            for (metric, column) in FIGURES {
                let figure = row.figure_or(column, "", "a blank is not stated, and not zero");
                row.push(metric, figure);
            }
        });
    },
};
