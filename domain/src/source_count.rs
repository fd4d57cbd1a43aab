//! How many accesses a source counted itself, hour by hour, to be compared with what the record has of it.
//!
//! Whoever reads a record can't see what never came into it. A system that counts what it did, apart from reporting it,
//! lets such a gap show.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use crate::{FieldProblem, Timestamp, Zone, rules::Rules};

const HEADER: [&str; 2] = ["hour", "count"];
/// Hours in one file: more than a year of them.
const MOST_HOURS: usize = 10_000;
const HOUR: TimeDelta = TimeDelta::hours(1);

/// What a source counted in the hour that begins then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCount {
    pub hour: Timestamp,
    pub counted: u32,
}

/// What is wrong with a file of counts, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountProblem {
    /// 1 for the first.
    pub line: u64,
    /// `hour` or `count`; empty where it is the line's.
    pub column: &'static str,
    pub reason: String,
}

/// What a source counted in one hour, beside what the record has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourCompared {
    pub hour: Timestamp,
    pub counted: i64,
    pub recorded: i64,
}

impl HourCompared {
    pub fn differs(&self) -> bool {
        self.counted != self.recorded
    }

    /// `On 3 March 2026 from 09:00:00 to 10:00:00 UTC the source counted 12 accesses; the record has 10.`
    pub fn sentence(&self, zone: Zone) -> String {
        let Self { hour, counted, recorded } = *self;
        let accesses = if counted == 1 { "access" } else { "accesses" };
        let period = zone.period(hour, end_of(hour));
        format!("{period} the source counted {counted} {accesses}; the record has {recorded}.")
    }
}

/// The name of a source, as events may have it.
pub fn source_name(text: &str) -> Result<String, FieldProblem> {
    let mut rules = Rules::default();
    let name = rules.name("source", text);
    rules.end(name).map_err(|mut problems| problems.remove(0))
}

/// The first moment after the hour that begins then.
pub fn end_of(hour: Timestamp) -> Timestamp {
    hour.plus(HOUR)
}

/// The counts of a file in CSV with the columns `hour` and `count`, in the order of time, or everything that is wrong
/// with it.
pub fn read_counts(file: &[u8], now: Timestamp) -> Result<Vec<HourCount>, Vec<CountProblem>> {
    let mut problems = Vec::new();
    let mut hours = BTreeMap::<Timestamp, (u64, u32)>::new();
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut begun = false;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                problems.push(CountProblem { line, column: "", reason: "is no CSV in UTF-8".to_owned() });
                break;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        let mut refuse = |column, reason: String| problems.push(CountProblem { line, column, reason });
        if !begun {
            begun = true;
            if record.iter().map(str::trim).ne(HEADER) {
                refuse("", "must name the columns: hour,count".to_owned());
                break;
            }
            continue;
        }
        let [hour, count] = [record.get(0), record.get(1)].map(|cell| cell.unwrap_or_default().trim());
        if record.len() != HEADER.len() {
            refuse("", format!("has {} columns; it has two, hour and count", record.len()));
            continue;
        }
        let counted = count.parse::<u32>();
        if counted.is_err() {
            refuse("count", format!("`{count}` is no number of accesses"));
        }
        match Timestamp::parse(hour) {
            Err(error) => refuse("hour", format!("`{hour}` {error}")),
            Ok(hour) if hour.micros() % HOUR.num_microseconds().unwrap_or(1) != 0 => {
                refuse("hour", format!("{hour} is no full hour"));
            }
            Ok(hour) if end_of(hour) > now => {
                refuse("hour", format!("the hour from {hour} has not ended yet; the portal's clock says {now}"));
            }
            Ok(hour) => {
                if let Some((before, _)) = hours.get(&hour) {
                    refuse("hour", format!("{hour} stands in line {before} already"));
                } else if let Ok(counted) = counted {
                    hours.insert(hour, (line, counted));
                }
            }
        }
        if hours.len() > MOST_HOURS {
            refuse("", format!("is one over {MOST_HOURS} hours; put them into several files"));
            break;
        }
    }
    if problems.is_empty() && hours.is_empty() {
        problems.push(CountProblem { line: 1, column: "", reason: "names no hour".to_owned() });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(hours.into_iter().map(|(hour, (_, counted))| HourCount { hour, counted }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:30:00Z").unwrap()
    }

    fn problems(file: &str) -> Vec<(u64, &'static str)> {
        let problems = read_counts(file.as_bytes(), now()).unwrap_err();
        problems.into_iter().map(|problem| (problem.line, problem.column)).collect()
    }

    #[test]
    fn counts_are_read_in_the_order_of_time_whatever_the_offset() {
        let file = "\u{FEFF}hour,count\r\n2026-03-01T11:00:00Z,3\r\n2026-03-01T10:00:00+01:00, 0 \r\n";
        let counts = read_counts(file.as_bytes(), now()).unwrap();
        let told = counts.iter().map(|count| (count.hour.to_string(), count.counted)).collect::<Vec<_>>();
        assert_eq!(
            told,
            [("2026-03-01T09:00:00.000000Z".to_owned(), 0), ("2026-03-01T11:00:00.000000Z".to_owned(), 3)]
        );
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_its_line() {
        let file = "hour,count\n2026-03-01T09:00:00Z,x\n2026-03-01T09:30:00Z,1\n2026-03-01T12:00:00Z,1\nnoon,-1\n\
                    2026-03-01T08:00:00Z,1\n2026-03-01T08:00:00Z,2\n2026-03-01T07:00:00Z\n";
        let wrong = [(2, "count"), (3, "hour"), (4, "hour"), (5, "count"), (5, "hour"), (7, "hour"), (8, "")];
        assert_eq!(problems(file), wrong);
        assert_eq!(problems("time,n\n2026-03-01T09:00:00Z,1\n"), [(1, "")]);
        assert_eq!(problems("hour,count\n"), [(1, "")]);
        assert_eq!(problems(""), [(1, "")]);
    }

    #[test]
    fn a_gap_is_told_in_a_sentence() {
        let hour = Timestamp::parse("2026-03-01T09:00:00Z").unwrap();
        let gap = HourCompared { hour, counted: 12, recorded: 10 };
        assert!(gap.differs());
        assert_eq!(
            gap.sentence(Zone::UTC),
            "On 1 March 2026 from 09:00:00 to 10:00:00 UTC the source counted 12 accesses; the record has 10."
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let file = [b"hour,count\n".as_slice(), &bytes].concat();
            for file in [bytes, file] {
                match read_counts(&file, now()) {
                    Ok(counts) => prop_assert!(!counts.is_empty()),
                    Err(problems) => prop_assert!(!problems.is_empty()),
                }
            }
        }
    }
}
