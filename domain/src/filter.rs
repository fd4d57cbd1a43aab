//! Which part of the record somebody looks at: written in an address, read back from it, the same for pages,
//! downloads and the live view.

use chrono::NaiveDate;

use crate::{FieldProblem, Operation, Place, Purpose, SearchText, Timestamp, Zone, access::AccessEvent};

/// What a view of the access record leaves in. The default leaves in everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessFilter {
    /// The first day, by the start of the access.
    pub from: Option<NaiveDate>,
    /// The last day, itself included.
    pub to: Option<NaiveDate>,
    /// Whose days these are. It is part of the address, so that whoever is sent it sees the same accesses, wherever
    /// they are. UTC where there are no days.
    pub zone: Zone,
    pub purpose: Option<Purpose>,
    /// The accessor's office country or the country in which it sat.
    pub country: Option<Place>,
    pub service: Option<String>,
    pub operation: Option<Operation>,
    /// Words, each of which justification, ticket or resources must have, the beginning of a word being enough.
    pub words: Option<String>,
}

/// Where a page of the record begins or ends: between two accesses, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub started_at: Timestamp,
    pub sequence: i64,
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    #[default]
    First,
    /// The one that follows this position: older accesses.
    Older(Position),
    /// The one that precedes this position: newer accesses.
    Newer(Position),
}

/// A filter and the page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessView {
    pub filter: AccessFilter,
    pub page: Page,
}

impl AccessView {
    /// Reads a query string. Empty values are what an HTML form sends for a field left alone. What can't be read is
    /// named, and left out of the view, so that a page can show both; unknown parameters are let through.
    pub fn from_query(query: &str) -> (Self, Vec<FieldProblem>) {
        let mut view = Self::default();
        let mut problems = Vec::new();
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_else(|error| {
            problems.push(FieldProblem::new("", format!("the address can't be read: {error}")));
            Vec::new()
        });
        let filter = &mut view.filter;
        for (name, value) in pairs.iter().map(|(name, value)| (name.as_str(), value.trim())) {
            if value.is_empty() {
                continue;
            }
            let mut refuse = |reason: &str| problems.push(FieldProblem::new(name, format!("“{value}” {reason}")));
            match name {
                "from" => {
                    filter.from = day(value).or_else(|| {
                        refuse("is not a day such as 2026-03-01");
                        None
                    })
                }
                "to" => {
                    filter.to = day(value).or_else(|| {
                        refuse("is not a day such as 2026-03-01");
                        None
                    })
                }
                "zone" => match Zone::parse(value) {
                    Ok(zone) => filter.zone = zone,
                    Err(error) => refuse(&error.to_string()),
                },
                "purpose" => {
                    filter.purpose = Purpose::from_code(value).or_else(|| {
                        refuse("is not a purpose on the list");
                        None
                    });
                }
                "country" => {
                    filter.country = Place::parse(value).or_else(|| {
                        refuse("is not a country code such as DE");
                        None
                    });
                }
                "service" => filter.service = Some(value.to_owned()),
                "operation" => {
                    filter.operation = Operation::from_code(value).or_else(|| {
                        refuse("is not an operation on the list");
                        None
                    });
                }
                "q" => filter.words = Some(value.to_owned()),
                "older" | "newer" => match (Position::parse(value), name) {
                    (Some(position), "older") => view.page = Page::Older(position),
                    (Some(position), _) => view.page = Page::Newer(position),
                    (None, _) => refuse("is not a place in the record"),
                },
                _ => {}
            }
        }
        if filter.from.is_none() && filter.to.is_none() {
            filter.zone = Zone::UTC;
        }
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            problems.push(FieldProblem::new("to", "is before the first day, so nothing can match"));
        }
        (view, problems)
    }

    /// The address's query: always the same one for the same view, `""` for the default.
    pub fn to_query(&self) -> String {
        let mut pairs = self.filter.pairs();
        match self.page {
            Page::First => {}
            Page::Older(position) => pairs.push(("older", position.to_string())),
            Page::Newer(position) => pairs.push(("newer", position.to_string())),
        }
        encode(&pairs)
    }
}

fn encode(pairs: &[(&str, String)]) -> String {
    // Strings always encode.
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1970..=9999).contains(&chrono::Datelike::year(day)))
}

impl AccessFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        [
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            ("zone", (self.zone != Zone::UTC).then(|| self.zone.name().to_owned())),
            ("purpose", self.purpose.map(|purpose| purpose.code().to_owned())),
            ("country", self.country.map(|country| country.code().to_owned())),
            ("service", self.service.clone()),
            ("operation", self.operation.map(|operation| operation.code().to_owned())),
            ("q", self.words.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// The query of this filter's first page and of its downloads.
    pub fn to_query(&self) -> String {
        encode(&self.pairs())
    }

    /// The first moment that is left in.
    pub fn starts_at(&self) -> Option<Timestamp> {
        self.from.map(|day| self.zone.start_of(day))
    }

    /// The first moment that is not left in any more.
    pub fn ends_before(&self) -> Option<Timestamp> {
        self.to.map(|day| self.zone.end_of(day))
    }

    /// Whether this access is left in: the rule that the database's queries follow too.
    pub fn admits(&self, event: &AccessEvent) -> bool {
        let accessor = &event.accessor;
        self.starts_at().is_none_or(|start| event.started_at >= start)
            && self.ends_before().is_none_or(|end| event.started_at < end)
            && self.purpose.is_none_or(|purpose| event.purpose == purpose)
            && self.country.is_none_or(|place| accessor.office_country == place || accessor.physical_country == place)
            && self.service.as_ref().is_none_or(|service| event.service == *service)
            && self.operation.is_none_or(|operation| event.operations.contains(operation))
            && self.words.as_ref().is_none_or(|words| {
                let text = event.search_text();
                SearchText::new([words.as_str()]).words().all(|word| text.words().any(|found| found.starts_with(word)))
            })
    }
}

impl Position {
    fn parse(text: &str) -> Option<Self> {
        let (micros, sequence) = text.split_once('.')?;
        let started_at = Timestamp::from_micros(micros.parse().ok()?).ok()?;
        Some(Self { started_at, sequence: sequence.parse().ok()? })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.started_at.micros(), self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cant_be_read_is_named() {
        let (view, problems) = AccessView::from_query("from=2026-02-30&purpose=advertising&q=backup&country=");
        assert_eq!(view.filter, AccessFilter { words: Some("backup".into()), ..AccessFilter::default() });
        let fields = problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["from", "purpose"]);
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_named() {
        let (_, problems) = AccessView::from_query("from=2026-03-02&to=2026-03-01");
        assert_eq!(problems[0].field, "to");
    }

    #[test]
    fn days_are_those_of_the_zone_in_the_address() {
        let bounds = |query: &str| {
            let (view, problems) = AccessView::from_query(query);
            assert_eq!(problems, [], "{query}");
            (view.filter.starts_at(), view.filter.ends_before(), view.filter.to_query())
        };
        let time = |text| Some(Timestamp::parse(text).unwrap());
        let (start, end, _) = bounds("from=2026-03-29&to=2026-03-29&zone=Europe/Berlin");
        assert_eq!((start, end), (time("2026-03-28T23:00:00Z"), time("2026-03-29T22:00:00Z")));
        let (start, end, _) = bounds("from=2026-03-29&to=2026-03-29");
        assert_eq!((start, end), (time("2026-03-29T00:00:00Z"), time("2026-03-30T00:00:00Z")));
        let (.., query) = bounds("from=&to=&zone=Europe/Berlin&q=disk");
        assert_eq!(query, "q=disk");
        let (_, problems) = AccessView::from_query("from=2026-03-29&zone=Berlin");
        assert_eq!(problems, [FieldProblem::new("zone", "“Berlin” is not a time zone such as Europe/Berlin")]);
    }

    fn filters() -> impl Strategy<Value = AccessFilter> {
        let day = proptest::option::of((1970i32..2100, 1u32..=366))
            .prop_map(|day| day.and_then(|(year, day)| NaiveDate::from_yo_opt(year, day)));
        (
            day.clone(),
            day,
            proptest::sample::select(Zone::all().collect::<Vec<_>>()),
            proptest::option::of(proptest::sample::select(Purpose::ALL)),
            proptest::option::of(proptest::sample::select(vec!["DE", "NA", "EUR", "not_stated"])),
            proptest::option::of("[a-zA-Z&=+%][a-zA-Z &=+%é]{0,20}[a-z]"),
            proptest::option::of(proptest::sample::select(Operation::ALL)),
            proptest::option::of("[^\\s\\p{Cc}]{1,30}"),
        )
            .prop_map(|(from, to, zone, purpose, country, service, operation, words)| AccessFilter {
                from,
                to,
                zone: if from.is_some() || to.is_some() { zone } else { Zone::UTC },
                purpose,
                country: country.and_then(Place::parse),
                service,
                operation,
                words,
            })
    }

    proptest! {
        #[test]
        fn a_view_is_read_back_from_its_address(
            filter in filters(), place in proptest::option::of((0i64..4_000_000_000_000_000, 0i64..1_000_000)), newer: bool
        ) {
            let page = place.map_or(Page::First, |(micros, sequence)| {
                let position = Position { started_at: Timestamp::from_micros(micros).unwrap(), sequence };
                if newer { Page::Newer(position) } else { Page::Older(position) }
            });
            let view = AccessView { filter, page };
            prop_assert_eq!(AccessView::from_query(&view.to_query()).0, view);
        }

        #[test]
        fn any_query_is_read(query in ".{0,100}") {
            let _ = AccessView::from_query(&query);
        }
    }
}
