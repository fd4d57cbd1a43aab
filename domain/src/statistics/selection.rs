//! Which statistics somebody looks at: written in an address, the same for the page, its charts and its downloads.

use super::{Half, Metric, ProcessClass, StatisticsRow};
use crate::{CountryCode, FieldProblem};

/// What a view of the statistics leaves in. The default leaves in everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatisticsFilter {
    pub publisher: Option<String>,
    /// Which of the publisher's series.
    pub service: Option<String>,
    pub from: Option<Half>,
    /// The last half-year, itself included.
    pub to: Option<Half>,
    pub country: Option<CountryCode>,
    /// What is counted.
    pub measure: Option<Metric>,
    /// The kind of process under which data was asked for.
    pub process: Option<ProcessClass>,
}

impl StatisticsFilter {
    /// Reads a query string. What can't be read is named, and left out of the filter; unknown parameters are let
    /// through.
    pub fn from_query(query: &str) -> (Self, Vec<FieldProblem>) {
        let mut filter = Self::default();
        let mut problems = Vec::new();
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_else(|error| {
            problems.push(FieldProblem::new("", format!("the address can't be read: {error}")));
            Vec::new()
        });
        for (name, value) in pairs.iter().map(|(name, value)| (name.as_str(), value.trim())) {
            if value.is_empty() {
                continue;
            }
            let mut half = || {
                Half::parse(value).or_else(|| {
                    problems.push(FieldProblem::new(
                        name,
                        format!("“{value}” is not a half-year such as 2013-H1, nor a year"),
                    ));
                    None
                })
            };
            match name {
                "publisher" => filter.publisher = Some(value.to_owned()),
                "service" => filter.service = Some(value.to_owned()),
                "from" => filter.from = half(),
                "to" => filter.to = half(),
                "country" => {
                    filter.country = CountryCode::parse(value).or_else(|| {
                        problems.push(FieldProblem::new(name, format!("“{value}” is not a country code such as DE")));
                        None
                    });
                }
                "measure" => {
                    filter.measure = Metric::from_code(value).or_else(|| {
                        problems.push(FieldProblem::new(name, format!("“{value}” is nothing that is counted here")));
                        None
                    });
                }
                "process" => {
                    filter.process = ProcessClass::from_code(value).or_else(|| {
                        problems.push(FieldProblem::new(name, format!("“{value}” is no kind of process")));
                        None
                    });
                }
                _ => {}
            }
        }
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            problems.push(FieldProblem::new("to", "is before the first half-year, so nothing can match"));
        }
        (filter, problems)
    }

    /// The address's query: always the same one for the same filter, `""` for the default.
    pub fn to_query(&self) -> String {
        let pairs = [
            ("publisher", self.publisher.clone()),
            ("service", self.service.clone()),
            ("from", self.from.map(|half| half.to_string())),
            ("to", self.to.map(|half| half.to_string())),
            ("country", self.country.map(|country| country.to_string())),
            ("measure", self.measure.map(|measure| measure.code().to_owned())),
            ("process", self.process.map(|process| process.code().to_owned())),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Vec<_>>();
        // Strings always encode.
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// Whether a figure of this series is left in: the rule that the database's queries follow too.
    pub fn admits(&self, publisher: &str, service: &str, row: &StatisticsRow) -> bool {
        self.publisher.as_deref().is_none_or(|of| of == publisher)
            && self.service.as_deref().is_none_or(|of| of == service)
            && self.from.is_none_or(|from| row.period >= from)
            && self.to.is_none_or(|to| row.period <= to)
            && self.country.is_none_or(|country| row.country == Some(country))
            && self.measure.is_none_or(|measure| row.metric == measure)
            && self.process.is_none_or(|process| row.class == process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::half::tests::halves;
    use proptest::prelude::*;

    #[test]
    fn what_cant_be_read_is_named_and_left_out() {
        let (filter, problems) =
            StatisticsFilter::from_query("from=1066&country=Germany&to=2014-H1&publisher=&measure=x&process=Requests");
        assert_eq!(filter, StatisticsFilter { to: Half::parse("2014-H1"), ..StatisticsFilter::default() });
        let fields = problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["from", "country", "measure", "process"]);
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_named() {
        let (_, problems) = StatisticsFilter::from_query("from=2014-H2&to=2014-H1");
        assert_eq!(problems[0].field, "to");
    }

    proptest! {
        #[test]
        fn a_filter_is_read_back_from_its_address(
            publisher in proptest::option::of("[a-zA-Z&=+%]([a-zA-Z &=+%é]{0,20}[a-z])?"),
            service in proptest::option::of("[a-z]{1,10}"),
            from in proptest::option::of(halves()),
            to in proptest::option::of(halves()),
            country in proptest::option::of(proptest::sample::select(vec!["DE", "NA", "XK"])),
            measure in proptest::option::of(proptest::sample::select(Metric::ALL.to_vec())),
            process in proptest::option::of(proptest::sample::select(ProcessClass::ALL.to_vec())),
        ) {
            let country = country.and_then(CountryCode::parse);
            let filter = StatisticsFilter { publisher, service, from, to, country, measure, process };
            prop_assert_eq!(StatisticsFilter::from_query(&filter.to_query()).0, filter);
        }

        #[test]
        fn any_query_is_read(query in ".{0,100}") {
            let _ = StatisticsFilter::from_query(&query);
        }
    }
}
