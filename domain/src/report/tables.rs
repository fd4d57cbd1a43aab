//! The tables of a report: counted, coarsened, protected.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Facts,
    protect::{Cell, SMALLEST_GROUP, System},
};
use crate::{
    CountryCode,
    demand::{DataKind, LegalProcess, Outcome},
    statistics::{Figure, Metric, ProcessClass},
};

/// The kinds of process that tables have a column for, whether or not there were any: a column that comes and goes would
/// say so of a figure that is held back.
pub const CLASSES: [ProcessClass; 8] = [
    ProcessClass::Subpoena,
    ProcessClass::CourtOrder,
    ProcessClass::SearchWarrant,
    ProcessClass::PenRegister,
    ProcessClass::Wiretap,
    ProcessClass::EmergencyDisclosure,
    ProcessClass::CrossBorderOrder,
    ProcessClass::OtherLegalRequest,
];

/// How requests ended, as published series tell it.
pub const OUTCOMES: [Metric; 4] =
    [Metric::RejectedOrChallenged, Metric::NoData, Metric::NonContentDisclosed, Metric::ContentDisclosed];

/// Outcomes that the tables by country put together as “no data provided”.
pub const WITHOUT_DATA: [Outcome; 3] = [Outcome::Withdrawn, Outcome::Redirected, Outcome::NoDataFound];

/// A demand names this many identifiers at most.
const MOST_ACCOUNTS: u64 = 500;

/// One country's line, or that of the countries with too few requests for lines of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryRow {
    /// Nobody's, for other countries.
    pub country: Option<CountryCode>,
    pub requests: Figure,
    pub accounts: Figure,
    /// In the order of [`CLASSES`].
    pub by_process: Vec<Figure>,
    /// In the order of [`OUTCOMES`].
    pub by_outcome: Vec<Figure>,
}

impl CountryRow {
    /// What a reader calls it.
    pub fn name(&self) -> &str {
        self.country.as_ref().map_or(OTHER_COUNTRIES, |country| country.name())
    }
}

/// What the line of countries with few requests is called.
pub const OTHER_COUNTRIES: &str = "Other countries";

/// The published tables. Nothing else is known of the demands in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// Requests for disclosure, decided and not sealed.
    pub requests: Figure,
    pub accounts: Figure,
    /// The largest first; none where only totals can be published.
    pub countries: Vec<CountryRow>,
    /// In the order of [`CLASSES`].
    pub by_process: Vec<Figure>,
    /// In the order of [`OUTCOMES`].
    pub by_outcome: Vec<Figure>,
    /// The parts of “no data provided”, in the order of [`WITHOUT_DATA`].
    pub without_data: Vec<Figure>,
    /// Requests for each kind of data, in the order of the list. One may seek several.
    pub by_kind: Vec<Figure>,
    pub emergencies: Figure,
    /// Requests of which an order delayed the notice to a customer.
    pub delayed: Figure,
    /// Requests to preserve data, which stand outside the totals.
    pub preservations: Figure,
    pub accounts_preserved: Figure,
}

/// A figure that is held back: for the legal team's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Where it stands: the table's line and column.
    pub place: String,
    pub value: u64,
    /// Whether it is small itself, or another could be reckoned from it.
    pub small: bool,
}

/// Tables as they may be published, and what they hold back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    pub tables: Tables,
    pub held: Vec<Held>,
}

/// Whose requests a line counts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Country(CountryCode),
    /// Any but those that have a line.
    Others,
}

/// How much detail is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Countries,
    AllTogether,
    Totals,
}

impl Tables {
    /// Counts demands and holds back what it takes. Every demand is counted in one set of tables only, ever: tables that
    /// were protected apart stay protected together.
    pub fn of(demands: &[Facts]) -> Protected {
        let (preserving, asking): (Vec<_>, Vec<_>) =
            demands.iter().copied().partition(|facts| !facts.class.asks_for_disclosure());
        let details = [Detail::Countries, Detail::AllTogether, Detail::Totals];
        let mut protected =
            details.into_iter().find_map(|detail| protect(&asking, detail)).unwrap_or_else(|| totals(&asking));
        let count = preserving.len() as u64;
        protected.tables.preservations = whole(count);
        let kept = preserving.iter().filter(|facts| facts.preserved).map(|facts| facts.accounts).collect::<Vec<_>>();
        let tells = (1..SMALLEST_GROUP).contains(&(kept.len() as u64)) || dominated(&kept) > 0;
        protected.tables.accounts_preserved =
            if tells || !publishable(count) { Figure::NotReported } else { whole(kept.iter().sum()) };
        protected
    }
}

fn publishable(count: u64) -> bool {
    !(1..SMALLEST_GROUP).contains(&count)
}

/// A total that nothing is reckoned from: small, it is as good as none.
fn whole(count: u64) -> Figure {
    if publishable(count) && count > 0 {
        Figure::Exact(count)
    } else if count == 0 {
        Figure::Exact(0)
    } else {
        Figure::FewerThan(SMALLEST_GROUP)
    }
}

/// What must be possible above a sum of accounts so that it doesn't tell how many its largest demand named: the p% rule,
/// with a tenth. Nought where it doesn't tell.
fn dominated(accounts: &[u64]) -> u64 {
    let mut sorted = accounts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let (Some(largest), second) = (sorted.first(), sorted.get(1).copied().unwrap_or_default()) else { return 0 };
    let rest = sorted.iter().sum::<u64>() - largest - second;
    largest.div_ceil(10).saturating_sub(rest)
}

fn processes(line: &Line, listed: &[CountryCode], class: ProcessClass) -> Vec<LegalProcess> {
    let usable = |process: &LegalProcess| match line {
        Line::Country(country) => process.is_of(*country),
        Line::Others => CountryCode::all().any(|country| !listed.contains(&country) && process.is_of(country)),
    };
    let of_class = LegalProcess::ALL.iter().copied().filter(|process| process.class() == class);
    of_class.filter(|process| super::NationalSecurityKind::of(*process).is_none()).filter(usable).collect()
}

/// The lines: countries with enough requests by themselves, and one for the others, which takes in the smallest of those
/// until it has enough. So whether a country asked at all shows of none that asked seldom.
fn lines(demands: &[Facts], detail: Detail) -> Vec<(Line, Vec<Facts>)> {
    let mut by_country = BTreeMap::<CountryCode, Vec<Facts>>::new();
    for facts in demands {
        by_country.entry(facts.country).or_default().push(*facts);
    }
    let mut countries = by_country.into_iter().collect::<Vec<_>>();
    countries.sort_by_key(|(_, demands)| std::cmp::Reverse(demands.len()));
    let enough = |demands: &[Facts]| demands.len() as u64 >= SMALLEST_GROUP;
    let mut others = Vec::new();
    while let Some((_, last)) = countries.last() {
        let together = detail != Detail::Countries;
        if !together && enough(last) && (others.is_empty() || enough(&others)) {
            break;
        }
        others.extend(countries.pop().map(|(_, demands)| demands).unwrap_or_default());
    }
    let mut lines =
        countries.into_iter().map(|(country, demands)| (Line::Country(country), demands)).collect::<Vec<_>>();
    if !others.is_empty() {
        lines.push((Line::Others, others));
    }
    lines
}

fn metric(facts: &Facts) -> Option<Metric> {
    facts.outcome.map(Outcome::metric)
}

fn count(demands: &[Facts], is: impl Fn(&Facts) -> bool) -> u64 {
    demands.iter().filter(|facts| is(facts)).count() as u64
}

fn totals(demands: &[Facts]) -> Protected {
    let requests = whole(demands.len() as u64);
    // Without any there are none of any kind; with some, nothing more is said.
    let part = if demands.is_empty() { Figure::Exact(0) } else { Figure::NotReported };
    let tables = Tables {
        requests,
        accounts: part,
        countries: Vec::new(),
        by_process: vec![part; CLASSES.len()],
        by_outcome: vec![part; OUTCOMES.len()],
        without_data: vec![part; WITHOUT_DATA.len()],
        by_kind: vec![part; DataKind::ALL.len()],
        emergencies: part,
        delayed: part,
        preservations: Figure::Exact(0),
        accounts_preserved: Figure::Exact(0),
    };
    Protected { tables, held: Vec::new() }
}

/// The places of a line's cells in the system; none where the law allows no such request.
struct Placed {
    requests: u64,
    by_process: Vec<Option<usize>>,
    by_outcome: Vec<usize>,
    accounts: Option<usize>,
}

/// A system of cells, with the names of their places.
#[derive(Default)]
struct Named {
    system: System,
    names: Vec<String>,
}

impl Named {
    fn add(&mut self, name: String, value: u64, most: u64, margin: bool) -> usize {
        // Margins are what readers look at first.
        let cost = (2 + value.checked_ilog2().unwrap_or_default()) * if margin { 5 } else { 1 };
        self.names.push(name);
        self.system.add(Cell { value, most, whole: None, above: 0, cost, hidden: false })
    }

    /// A part of all requests, of which the rest is a group too.
    fn add_part(&mut self, name: String, value: u64, whole: u64) -> usize {
        let place = self.add(name, value, whole, true);
        self.system.cells[place].whole = Some(whole);
        place
    }

    fn figure(&self, place: usize) -> Figure {
        let cell = &self.system.cells[place];
        // Small and complementary ones look alike: whoever told them apart would know more of both.
        if cell.hidden { Figure::NotReported } else { Figure::Exact(cell.value) }
    }
}

#[expect(clippy::too_many_lines, reason = "every cell and every relation of the tables, in order")]
fn protect(demands: &[Facts], detail: Detail) -> Option<Protected> {
    let all = demands.len() as u64;
    if all < SMALLEST_GROUP || detail == Detail::Totals {
        return Some(totals(demands));
    }
    let lines = lines(demands, detail);
    let listed = lines.iter().filter_map(|(line, _)| match line {
        Line::Country(country) => Some(*country),
        Line::Others => None,
    });
    let listed = listed.collect::<Vec<_>>();
    let mut named = Named::default();
    let sum = |demands: &[Facts]| demands.iter().map(|facts| facts.accounts).sum::<u64>();
    let each = |demands: &[Facts]| demands.iter().map(|facts| facts.accounts).collect::<Vec<_>>();
    let tells_accounts = !publishable(sum(demands)) || dominated(&each(demands)) > 0;
    let placed = lines.iter().map(|(line, demands)| {
        let requests = demands.len() as u64;
        let name = match line {
            Line::Country(country) => country.name(),
            Line::Others => OTHER_COUNTRIES,
        };
        let by_process = CLASSES.map(|class| {
            let possible = processes(line, &listed, class);
            let value = count(demands, |facts| facts.class == class);
            let named = &mut named;
            (!possible.is_empty() || value > 0)
                .then(|| named.add(format!("{name}, {}", class.label().to_lowercase()), value, requests, false))
        });
        let by_outcome = OUTCOMES.map(|outcome| {
            let value = count(demands, |facts| metric(facts) == Some(outcome));
            named.add(format!("{name}, {}", outcome.label().to_lowercase()), value, requests, false)
        });
        let accounts = (!tells_accounts).then(|| {
            let place = named.add(format!("{name}, accounts"), sum(demands), requests * MOST_ACCOUNTS, false);
            named.system.cells[place].above = dominated(&each(demands));
            place
        });
        // Each line's requests are published, so both its rows add up to a number that everybody knows.
        named.system.sum(by_process.iter().flatten().copied(), requests);
        named.system.sum(by_outcome, requests);
        // What no process of the country compels can't have been disclosed under it.
        let allowing = |is: fn(LegalProcess) -> bool| {
            let allows = |class| processes(line, &listed, class).into_iter().any(is);
            let cells = CLASSES.into_iter().zip(&by_process).filter(|(class, _)| allows(*class));
            cells.filter_map(|(_, cell)| *cell).map(|cell| (cell, -1)).collect::<Vec<_>>()
        };
        let any = allowing(|process| !process.compels().is_empty());
        let content = allowing(|process| process.compels().contains(DataKind::Content));
        let [_, _, non_content, with_content] = by_outcome;
        named.system.at_most([content, vec![(with_content, 1)]].concat(), 0);
        named.system.at_most([any, vec![(with_content, 1), (non_content, 1)]].concat(), 0);
        Placed { requests, by_process: by_process.to_vec(), by_outcome: by_outcome.to_vec(), accounts }
    });
    let placed = placed.collect::<Vec<_>>();
    let by_process = CLASSES.iter().enumerate().map(|(column, class)| {
        let value = count(demands, |facts| facts.class == *class);
        let place = named.add(class.label().to_owned(), value, all, true);
        let column = placed.iter().filter_map(|line| line.by_process[column]).collect::<Vec<_>>();
        named.system.sum_is_cell(column, place);
        place
    });
    let by_process = by_process.collect::<Vec<_>>();
    let by_outcome = OUTCOMES.iter().enumerate().map(|(column, outcome)| {
        let value = count(demands, |facts| metric(facts) == Some(*outcome));
        let place = named.add(outcome.label().to_owned(), value, all, true);
        named.system.sum_is_cell(placed.iter().map(|line| line.by_outcome[column]), place);
        place
    });
    let by_outcome = by_outcome.collect::<Vec<_>>();
    let without_data = WITHOUT_DATA.map(|outcome| {
        let value = count(demands, |facts| facts.outcome == Some(outcome));
        named.add(outcome.label().to_owned(), value, all, false)
    });
    named.system.sum_is_cell(without_data, by_outcome[1]);
    if !tells_accounts {
        named.system.sum(placed.iter().filter_map(|line| line.accounts), sum(demands));
    }
    let by_kind = DataKind::ALL.iter().map(|kind| {
        let value = count(demands, |facts| facts.sought.contains(*kind));
        named.add_part(kind.label().to_owned(), value, all)
    });
    let by_kind = by_kind.collect::<Vec<_>>();
    // Every request seeks something, and nothing is disclosed that wasn't sought.
    let negative = |cells: &[usize]| cells.iter().map(|cell| (*cell, -1)).collect::<Vec<_>>();
    named.system.at_most(negative(&by_kind), -i64::try_from(all).unwrap_or(i64::MAX));
    named.system.at_most([negative(&by_kind[..3]), vec![(by_outcome[2], 1)]].concat(), 0);
    named.system.at_most([negative(&by_kind[3..]), vec![(by_outcome[3], 1)]].concat(), 0);
    let emergencies = named.add_part("Emergencies".to_owned(), count(demands, |facts| facts.emergency), all);
    // What is disclosed without process is disclosed in an emergency.
    named.system.at_most(vec![(by_process[5], 1), (emergencies, -1)], 0);
    let delayed = named.add_part("Delayed notices".to_owned(), count(demands, |facts| facts.delayed), all);
    named.system.protect().ok()?;
    let figures = |places: &[usize]| places.iter().map(|place| named.figure(*place)).collect::<Vec<_>>();
    let rows = lines.iter().zip(&placed).map(|((line, _), placed)| CountryRow {
        country: match line {
            Line::Country(country) => Some(*country),
            Line::Others => None,
        },
        requests: Figure::Exact(placed.requests),
        accounts: placed.accounts.map_or(Figure::NotReported, |place| named.figure(place)),
        by_process: placed
            .by_process
            .iter()
            .map(|place| place.map_or(Figure::NotApplicable, |place| named.figure(place)))
            .collect(),
        by_outcome: figures(&placed.by_outcome),
    });
    let tables = Tables {
        requests: Figure::Exact(all),
        accounts: if tells_accounts { Figure::NotReported } else { Figure::Exact(sum(demands)) },
        countries: rows.collect(),
        by_process: figures(&by_process),
        by_outcome: figures(&by_outcome),
        without_data: figures(&without_data),
        by_kind: figures(&by_kind),
        emergencies: named.figure(emergencies),
        delayed: named.figure(delayed),
        preservations: Figure::Exact(0),
        accounts_preserved: Figure::Exact(0),
    };
    let held = named.system.cells.iter().zip(&named.names).filter(|(cell, _)| cell.hidden);
    let held = held.map(|(cell, name)| Held { place: name.clone(), value: cell.value, small: cell.is_sensitive() });
    Some(Protected { tables, held: held.collect() })
}
