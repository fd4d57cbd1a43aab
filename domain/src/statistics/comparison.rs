//! Several series side by side: what an address asks to compare, and the figures that come of it.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::{Figure, Half, Population, Total};
use crate::{CountryCode, FieldProblem, export::spreadsheet_safe};

/// Lines that are told apart in one chart: as many as it has colours.
pub const COMPARED_AT_MOST: usize = 8;

crate::closed_list! {
    /// What is compared.
    pub enum ComparedMeasure {
        Requests => "Requests",
        /// Whatever a series counts that requests name: accounts, devices or customers.
        Specified => "Accounts, devices or customers specified",
        Disclosed => "Share of requests with data disclosed",
    }
}

/// Which series and countries an address compares, and by what. The default leaves the choice to the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Each as [`series_name`] writes it.
    pub series: Vec<String>,
    /// None for all countries together.
    pub countries: Vec<CountryCode>,
    pub measure: ComparedMeasure,
    /// Whether figures are set against the country's inhabitants.
    pub per_inhabitants: bool,
    pub from: Option<Half>,
    /// The last period, itself included.
    pub to: Option<Half>,
}

impl Default for Comparison {
    fn default() -> Self {
        let (series, countries) = (Vec::new(), Vec::new());
        Self { series, countries, measure: ComparedMeasure::Requests, per_inhabitants: false, from: None, to: None }
    }
}

/// A series in an address: `Google: User data requests`.
pub fn series_name(publisher: &str, service: &str) -> String {
    format!("{publisher}: {service}")
}

impl Comparison {
    /// Reads a query string. What can't be read is named and left out; unknown parameters are let through.
    pub fn from_query(query: &str) -> (Self, Vec<FieldProblem>) {
        let mut asked = Self::default();
        let mut problems = Vec::new();
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_else(|error| {
            problems.push(FieldProblem::new("", format!("the address can't be read: {error}")));
            Vec::new()
        });
        for (name, value) in pairs.iter().map(|(name, value)| (name.as_str(), value.trim())) {
            let mut refuse = |reason: String| problems.push(FieldProblem::new(name, reason));
            match name {
                _ if value.is_empty() => {}
                "series" if !asked.series.iter().any(|of| of == value) => asked.series.push(value.to_owned()),
                "country" => match CountryCode::parse(value) {
                    Some(country) if asked.countries.contains(&country) => {}
                    Some(country) => asked.countries.push(country),
                    None => refuse(format!("“{value}” is not a country code such as DE")),
                },
                "measure" => match ComparedMeasure::from_code(value) {
                    Some(measure) => asked.measure = measure,
                    None => refuse(format!("“{value}” is none of {}", ComparedMeasure::codes())),
                },
                "per" if value == PER_INHABITANTS => asked.per_inhabitants = true,
                "per" => {
                    refuse(format!("“{value}” is nothing that figures can be set against, which is {PER_INHABITANTS}"))
                }
                "from" | "to" => match Half::parse(value) {
                    Some(half) if name == "from" => asked.from = Some(half),
                    Some(half) => asked.to = Some(half),
                    None => refuse(format!("“{value}” is not a half-year such as 2013-H1, nor a year")),
                },
                _ => {}
            }
        }
        if let (Some(from), Some(to)) = (asked.from, asked.to)
            && from > to
        {
            problems.push(FieldProblem::new("to", "is before the first half-year, so nothing can match"));
        }
        (asked, problems)
    }

    /// The address's query: always the same one for the same comparison, `""` for the default.
    pub fn to_query(&self) -> String {
        let mut pairs = Vec::new();
        pairs.extend(self.series.iter().map(|series| ("series", series.clone())));
        pairs.extend(self.countries.iter().map(|country| ("country", country.to_string())));
        if self.measure != ComparedMeasure::Requests {
            pairs.push(("measure", self.measure.code().to_owned()));
        }
        if self.per_inhabitants {
            pairs.push(("per", PER_INHABITANTS.to_owned()));
        }
        pairs.extend(self.from.map(|half| ("from", half.to_string())));
        pairs.extend(self.to.map(|half| ("to", half.to_string())));
        // Strings always encode.
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// Whether a period is among those that are compared.
    pub fn admits(&self, period: Half) -> bool {
        self.from.is_none_or(|from| period >= from) && self.to.is_none_or(|to| period <= to)
    }
}

/// What an address says for figures per 100,000 inhabitants.
pub const PER_INHABITANTS: &str = "inhabitants";

/// Half-years put together to whole years, to stand beside series that know years alone. A year of which a half is
/// missing or was not reported is not known; figures of whole years stay.
pub fn by_year(periods: &BTreeMap<Half, Total>) -> BTreeMap<Half, Total> {
    let mut years = BTreeMap::new();
    for (period, total) in periods {
        let Some(year) = Half::whole(period.year()) else { continue };
        if period.is_whole() {
            years.insert(year, *total);
            continue;
        }
        if periods.contains_key(&year) {
            continue;
        }
        let halves = [1, 2].map(|half| Half::new(period.year(), half).and_then(|half| periods.get(&half)));
        let whole = match halves {
            [Some(first), Some(second)] => {
                let mut sum = *first;
                sum.merge(*second);
                let known = [first, second].iter().all(|half| half.figure != Figure::NotReported);
                Total { figure: if known { sum.figure } else { Figure::NotReported }, ..sum }
            }
            _ => Total { figure: Figure::NotReported, missing: 1 },
        };
        years.insert(year, whole);
    }
    years
}

/// A number that is kept in whole parts of one: with 2 decimals 287 is 2.87.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    parts: u64,
    decimals: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u64.saturating_pow(self.decimals);
        write!(f, "{}", self.parts / one)?;
        if self.decimals > 0 {
            write!(f, ".{:0width$}", self.parts % one, width = self.decimals as usize)?;
        }
        Ok(())
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.decimals == 0 {
            serializer.serialize_u64(self.parts)
        } else {
            // Parts of this size have a number of their own, and it is written as short as it is here.
            serializer.serialize_f64(self.parts as f64 / 10_f64.powi(self.decimals as i32))
        }
    }
}

/// A figure of a comparison, as it is taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedFigure {
    pub publisher: String,
    pub service: String,
    /// None for all countries together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    pub period: Half,
    pub period_start: Option<NaiveDate>,
    pub period_end: Option<NaiveDate>,
    pub measure: ComparedMeasure,
    pub unit: String,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<Decimal>,
    /// Parts of it that were not reported and are not in it.
    pub missing: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inhabitants: Option<u64>,
    /// Whose count of inhabitants, and of which year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inhabitants_source: Option<String>,
}

/// The columns of the CSV, in order. A new column goes to the end: readers may count.
pub const COMPARED_CSV_HEADER: [&str; 14] = [
    "publisher",
    "service",
    "country",
    "period",
    "period_start",
    "period_end",
    "measure",
    "unit",
    "status",
    "low",
    "high",
    "missing",
    "inhabitants",
    "inhabitants_source",
];

impl ComparedFigure {
    /// A figure of a series, a country and a period, in a unit with so many decimals.
    pub fn new(
        (publisher, service, country): (&str, &str, Option<CountryCode>),
        period: Half,
        (measure, unit, decimals): (ComparedMeasure, &str, u32),
        total: Total,
        population: Option<Population>,
    ) -> Self {
        let decimal = |parts| Decimal { parts, decimals };
        let (low, high) = total.figure.bounds().map(|(low, high)| (decimal(low), decimal(high))).unzip();
        Self {
            publisher: publisher.to_owned(),
            service: service.to_owned(),
            country,
            period,
            period_start: period.first_day(),
            period_end: period.last_day(),
            measure,
            unit: unit.to_owned(),
            status: total.figure.status(),
            low,
            high,
            missing: total.missing,
            inhabitants: population.map(|of| of.inhabitants),
            inhabitants_source: population.map(|of| of.source()),
        }
    }

    /// Figures as CSV (RFC 4180: CRLF, quotes where needed), safe to open in a spreadsheet.
    ///
    /// # Errors
    /// Where memory can't be written to.
    pub fn to_csv(figures: &[Self]) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(COMPARED_CSV_HEADER)?;
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let number = |number: Option<Decimal>| number.map(|number| number.to_string()).unwrap_or_default();
        for of in figures {
            writer.write_record([
                &*spreadsheet_safe(&of.publisher),
                &*spreadsheet_safe(&of.service),
                of.country.as_ref().map_or("", |country| country.as_str()),
                &of.period.to_string(),
                &day(of.period_start),
                &day(of.period_end),
                of.measure.code(),
                &*spreadsheet_safe(&of.unit),
                of.status,
                &number(of.low),
                &number(of.high),
                &of.missing.to_string(),
                &of.inhabitants.map(|of| of.to_string()).unwrap_or_default(),
                of.inhabitants_source.as_deref().unwrap_or_default(),
            ])?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{figure::tests::figures, half::tests::halves};
    use proptest::prelude::*;

    fn half(text: &str) -> Half {
        Half::parse(text).unwrap()
    }

    #[test]
    fn what_cant_be_read_is_named_and_left_out() {
        let (asked, problems) = Comparison::from_query(
            "series=Google: User data requests&series=Google: User data requests&series=&country=DE&country=&country=DE\
             &country=Germany&measure=size&per=head&from=1066&to=2014-H1",
        );
        let expected = Comparison {
            series: vec!["Google: User data requests".to_owned()],
            countries: vec![CountryCode::parse("DE").unwrap()],
            to: Half::parse("2014-H1"),
            ..Comparison::default()
        };
        assert_eq!(asked, expected);
        let fields = problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["country", "measure", "per", "from"]);
        assert_eq!(Comparison::default().to_query(), "");
        assert_eq!(Comparison::from_query("from=2014-H2&to=2014-H1").1[0].field, "to");
    }

    #[test]
    fn a_year_is_known_where_both_its_halves_are() {
        let total = |figure| Total { figure, missing: 0 };
        let band = Figure::Band { low: 0, high: 249 };
        let periods = BTreeMap::from([
            (half("2012-H2"), total(Figure::Exact(5))),
            (half("2013-H1"), total(Figure::Exact(7))),
            (half("2013-H2"), total(band)),
            (half("2014"), total(Figure::Exact(9))),
        ]);
        let years = by_year(&periods);
        assert_eq!(years[&half("2012")], Total { figure: Figure::NotReported, missing: 1 });
        assert_eq!(years[&half("2013")], total(Figure::Band { low: 7, high: 256 }));
        assert_eq!(years[&half("2014")], total(Figure::Exact(9)));
        assert_eq!(years.len(), 3);
    }

    #[test]
    fn a_figure_is_taken_away_with_its_unit_and_what_it_was_set_against() {
        let population = Population { inhabitants: 80_996_700, year: 2015, release: "CLDR 28" };
        let of = ("Google", "User data requests", CountryCode::parse("DE"));
        let unit = (ComparedMeasure::Requests, "requests per 100,000 inhabitants", 2);
        let total = Total { figure: Figure::Band { low: 5, high: 287 }, missing: 1 };
        let figure = ComparedFigure::new(of, half("2013-H1"), unit, total, Some(population));
        let csv = String::from_utf8(ComparedFigure::to_csv(std::slice::from_ref(&figure)).unwrap()).unwrap();
        assert_eq!(
            csv.lines().nth(1).unwrap(),
            "Google,User data requests,DE,2013-H1,2013-01-01,2013-06-30,requests,\"requests per 100,000 inhabitants\",\
             band,0.05,2.87,1,80996700,Unicode CLDR 28 (2015)"
        );
        let json = serde_json::to_value(&figure).unwrap();
        assert_eq!((&json["low"], &json["high"]), (&serde_json::json!(0.05), &serde_json::json!(2.87)));
        let unknown = Total { figure: Figure::NotReported, missing: 0 };
        let unknown = serde_json::to_value(ComparedFigure::new(of, half("2013-H1"), unit, unknown, None)).unwrap();
        assert!(unknown.get("low").is_none() && unknown["status"] == "not_reported");
    }

    proptest! {
        #[test]
        fn a_comparison_is_read_back_from_its_address(
            series in proptest::collection::hash_set("[a-zA-Z&=+%]([a-zA-Z &=+%é:]{0,20}[a-z])?", 0..4),
            countries in proptest::sample::subsequence(vec!["DE", "NA", "XK", "US"], 0..4),
            measure in proptest::sample::select(ComparedMeasure::ALL.to_vec()),
            per_inhabitants: bool,
            from in proptest::option::of(halves()),
            to in proptest::option::of(halves()),
        ) {
            let countries = countries.into_iter().filter_map(CountryCode::parse).collect();
            let series = series.into_iter().collect();
            let asked = Comparison { series, countries, measure, per_inhabitants, from, to };
            prop_assert_eq!(Comparison::from_query(&asked.to_query()).0, asked);
        }

        #[test]
        fn any_query_is_read(query in ".{0,100}") {
            let _ = Comparison::from_query(&query);
        }

        #[test]
        fn a_year_is_the_sum_of_its_halves_and_never_more_certain(first in figures(), second in figures()) {
            let totals = [first, second].map(|figure| {
                let mut total = Total::default();
                total.add(figure);
                total
            });
            let periods = BTreeMap::from([(half("2013-H1"), totals[0]), (half("2013-H2"), totals[1])]);
            let year = by_year(&periods)[&half("2013")];
            let missing = [first, second].into_iter().filter(|of| *of == Figure::NotReported).count();
            prop_assert_eq!(year.missing as usize, missing);
            prop_assert_eq!(year.figure, first.plus(second), "what is not reported makes the year unknown");
            let one = BTreeMap::from([(half("2013-H1"), totals[0])]);
            prop_assert_eq!(by_year(&one)[&half("2013")].figure, Figure::NotReported);
        }
    }
}
