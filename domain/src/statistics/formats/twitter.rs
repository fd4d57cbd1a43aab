//! Twitter's information requests, one file for each half-year, with a total in its last line.

use super::{Mapping, Row};
use crate::statistics::{Figure, Half, Metric, ProcessClass, Total};

const PERIOD: &str = "TIME PERIOD";
const COUNTRY: &str = "COUNTRY";
const CODE: &str = "ISO CODE";
const REQUESTS: &str = "ACCOUNT INFORMATION REQUESTS";
const PERCENTAGE: &str = "PERCENTAGE WHERE SOME INFORMATION PRODUCED";
const ACCOUNTS: &str = "ACCOUNTS SPECIFIED";

pub(super) const INFORMATION_REQUESTS: Mapping = Mapping {
    publisher: "Twitter",
    address: "https://transparency.twitter.com/en/information-requests.html",
    // The last three are addresses of its website.
    columns: &[PERIOD, COUNTRY, CODE, REQUESTS, PERCENTAGE, ACCOUNTS, "FLAGS", "LINKS", "REPORT LINKS"],
    optional: &[],
    read: |sheet| {
        let mut sums = [Total::default(); 2];
        sheet.each(|row| {
            let period = row.read(PERIOD, "is no half-year such as January - June 2017", |text| {
                let (half, year) = match text.strip_prefix("January - June ") {
                    Some(year) => (1, year),
                    None => (2, text.strip_prefix("July - December ")?),
                };
                Half::new(year.parse().ok()?, half)
            });
            if row.cell(COUNTRY) == "TOTAL" {
                total(row, &sums);
                return;
            }
            let country = row.country_coded(CODE, COUNTRY);
            let class = ("Account information requests", Some(ProcessClass::All));
            row.begin("Information requests", period, (row.cell(COUNTRY), country), class);
            for (place, (metric, column)) in
                [(Metric::Requests, REQUESTS), (Metric::Accounts, ACCOUNTS)].into_iter().enumerate()
            {
                if let Some((figure, footnote)) = marked(row, column) {
                    sums[place].add(figure);
                    row.push_noted(metric, Some(figure), footnote);
                }
            }
            let percentage = row.percentage_or(PERCENTAGE, "-", "a dash is not zero");
            row.push(Metric::DisclosedPercentage, percentage);
        });
    },
};

/// A figure, perhaps with the mark of a footnote behind it.
fn marked(row: &mut Row<'_>, column: &str) -> Option<(Figure, Option<String>)> {
    match row.cell(column).strip_suffix('*') {
        Some(number) => {
            let Some(figure) = Figure::parse_published(number) else {
                row.refuse(column, "is no count, with the mark of a footnote or without");
                return None;
            };
            row.interpret(
                column,
                figure.to_string(),
                "the mark of a footnote is no part of the figure; it is kept beside",
            );
            Some((figure, Some("marked with * by the publisher".to_owned())))
        }
        None => Some((row.figure_or(column, "-", "a dash is not zero")?, None)),
    }
}

/// The publisher's total is compared and never added.
fn total(row: &mut Row<'_>, sums: &[Total; 2]) {
    if !row.cell(CODE).is_empty() {
        row.refuse(CODE, "stands beside a total, which is of no country");
    }
    for (column, sum) in [REQUESTS, ACCOUNTS].into_iter().zip(sums) {
        let Some(total) = row.figure(column) else { continue };
        let reason = if sum.figure == total {
            "a total is not added to what it is the total of; the lines add up to it".to_owned()
        } else {
            format!("a total is not added to what it is the total of; the lines add up to {}", sum.figure)
        };
        row.interpret(column, "nothing", reason);
    }
    if row.percentage(PERCENTAGE).is_some() {
        row.interpret(PERCENTAGE, "nothing", "it is of the total, which is left out");
    }
}
