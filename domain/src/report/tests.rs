//! Whether published tables resist whoever reckons with them.
//!
//! The attacker here knows nothing of how tables were protected. It reads the published figures, takes each request to
//! be of one country, process and outcome that the law allows together, and asks a solver how many of each there can
//! have been. Whatever it is told it checks in whole numbers; small reports it enumerates without a solver.

use std::ops::Range;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};

use super::*;
use crate::{
    CountryCode,
    demand::{DataKind, DataKinds, LegalProcess, Outcome},
    statistics::{Figure, Half, Metric, ProcessClass},
};

/// A generator of numbers that is the same everywhere (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Small numbers most often, as few countries send most requests.
    fn skewed(&mut self, bound: usize) -> usize {
        self.below(self.0 as usize % bound + 1)
    }
}

const COUNTRIES: [&str; 24] = [
    "US", "DE", "GB", "FR", "IN", "BR", "AU", "ES", "IT", "NL", "PL", "SE", "JP", "KR", "CA", "MX", "AT", "BE", "CH",
    "DK", "FI", "NO", "PT", "TR",
];

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

fn half() -> Half {
    Half::parse("2025-H1").unwrap()
}

fn ordinary(process: LegalProcess) -> bool {
    NationalSecurityKind::of(process).is_none() && process.class().asks_for_disclosure()
}

/// A demand as they come: of a country, under a process that it has, with an outcome that the process allows.
fn some_facts(numbers: &mut Numbers, countries: usize) -> Facts {
    let country = country(COUNTRIES[numbers.skewed(countries)]);
    let usable = LegalProcess::ALL.iter().copied().filter(|process| ordinary(*process) && process.is_of(country));
    let usable = usable.collect::<Vec<_>>();
    let process = usable[numbers.skewed(usable.len())];
    let sought = DataKind::ALL.iter().copied().filter(|_| numbers.below(2) == 0).collect::<DataKinds>();
    let sought = if sought.is_empty() { [DataKind::Subscriber].into_iter().collect() } else { sought };
    let given = sought.common(process.compels());
    let outcome = match numbers.below(10) {
        0 => Outcome::Rejected,
        1 => Outcome::Withdrawn,
        2 => Outcome::Redirected,
        3 | 4 => Outcome::NoDataFound,
        _ if given.is_empty() => Outcome::Rejected,
        _ => Outcome::of_disclosing(given),
    };
    let accounts = if numbers.below(20) == 0 { 1 + numbers.below(300) } else { 1 + numbers.skewed(6) };
    Facts {
        received: half(),
        country,
        class: process.class(),
        outcome: Some(outcome),
        accounts: accounts as u64,
        sought,
        emergency: process.is_voluntary() || numbers.below(40) == 0,
        delayed: numbers.below(12) == 0,
        preserved: false,
    }
}

fn some_report(seed: u64, demands: Range<usize>) -> Vec<Facts> {
    let mut numbers = Numbers(seed);
    let count = demands.start + numbers.below(demands.len());
    let countries = 1 + numbers.below(COUNTRIES.len());
    (0..count).map(|_| some_facts(&mut numbers, countries)).collect()
}

/// What everybody takes for granted of a number: a sum of variables, and what is published of it.
struct Known {
    place: String,
    terms: Vec<usize>,
    figure: Figure,
    /// The whole that it is a part of, where the rest is a group too.
    whole: Option<i64>,
}

/// What an attacker makes of published tables.
#[derive(Default)]
struct Attack {
    variables: usize,
    most: Vec<i64>,
    known: Vec<Known>,
    /// Sums that are at most a bound, as everybody knows.
    at_most: Vec<(Vec<(usize, i64)>, i64)>,
    equal: Vec<(Vec<(usize, i64)>, i64)>,
}

fn times(terms: &[usize], times: i64) -> Vec<(usize, i64)> {
    terms.iter().map(|term| (*term, times)).collect()
}

impl Attack {
    fn variable(&mut self, most: i64) -> usize {
        self.variables += 1;
        self.most.push(most);
        self.variables - 1
    }

    fn know(&mut self, place: impl Into<String>, terms: Vec<usize>, figure: Figure, whole: Option<i64>) {
        self.known.push(Known { place: place.into(), terms, figure, whole });
    }

    fn on(tables: &Tables) -> Self {
        let mut attack = Self::default();
        let Figure::Exact(all) = tables.requests else { return attack };
        let all = i64::try_from(all).unwrap();
        let listed = tables.countries.iter().filter_map(|row| row.country).collect::<Vec<_>>();
        let mut inner = Vec::new();
        for row in &tables.countries {
            let usable = |process: LegalProcess| match row.country {
                Some(country) => process.is_of(country),
                None => CountryCode::all().any(|country| !listed.contains(&country) && process.is_of(country)),
            };
            let usable = LegalProcess::ALL
                .iter()
                .copied()
                .filter(|process| ordinary(*process) && usable(*process))
                .collect::<Vec<_>>();
            for class in CLASSES {
                for outcome in OUTCOMES {
                    let allows = |process: &LegalProcess| match outcome {
                        Metric::NonContentDisclosed => !process.compels().is_empty(),
                        Metric::ContentDisclosed => process.compels().contains(DataKind::Content),
                        _ => true,
                    };
                    if usable.iter().any(|process| process.class() == class && allows(process)) {
                        let variable = attack.variable(all);
                        inner.push((row.name().to_owned(), class, outcome, variable));
                    }
                }
            }
        }
        let such = |line: Option<&str>, class: Option<ProcessClass>, outcome: Option<Metric>| {
            let is = |(name, of, ended, _): &&(String, ProcessClass, Metric, usize)| {
                line.is_none_or(|line| line == name)
                    && class.is_none_or(|class| class == *of)
                    && outcome.is_none_or(|outcome| outcome == *ended)
            };
            inner.iter().filter(is).map(|(.., variable)| *variable).collect::<Vec<_>>()
        };
        let mut accounts = Vec::new();
        for row in &tables.countries {
            let name = row.name();
            attack.know(name, such(Some(name), None, None), row.requests, None);
            for (class, figure) in CLASSES.into_iter().zip(&row.by_process) {
                if *figure != Figure::NotApplicable {
                    attack.know(format!("{name} {}", class.code()), such(Some(name), Some(class), None), *figure, None);
                }
            }
            for (outcome, figure) in OUTCOMES.into_iter().zip(&row.by_outcome) {
                attack.know(format!("{name} {}", outcome.code()), such(Some(name), None, Some(outcome)), *figure, None);
            }
            if tables.accounts.is_exact() {
                let Figure::Exact(requests) = row.requests else { panic!("a line without requests") };
                let variable = attack.variable(500 * i64::try_from(requests).unwrap());
                accounts.push(variable);
                attack.know(format!("{name} accounts"), vec![variable], row.accounts, None);
            }
        }
        attack.know("all", such(None, None, None), tables.requests, None);
        if tables.accounts.is_exact() {
            attack.know("accounts", accounts, tables.accounts, None);
        }
        for (class, figure) in CLASSES.into_iter().zip(&tables.by_process) {
            attack.know(class.code(), such(None, Some(class), None), *figure, None);
        }
        for (outcome, figure) in OUTCOMES.into_iter().zip(&tables.by_outcome) {
            attack.know(outcome.code(), such(None, None, Some(outcome)), *figure, None);
        }
        let parts = WITHOUT_DATA.map(|_| attack.variable(all));
        for ((part, outcome), figure) in parts.into_iter().zip(WITHOUT_DATA).zip(&tables.without_data) {
            attack.know(outcome.code(), vec![part], *figure, None);
        }
        let without = times(&such(None, None, Some(Metric::NoData)), -1);
        attack.equal.push(([times(&parts, 1), without].concat(), 0));
        let kinds = DataKind::ALL.iter().map(|_| attack.variable(all)).collect::<Vec<_>>();
        for ((variable, kind), figure) in kinds.iter().zip(DataKind::ALL).zip(&tables.by_kind) {
            attack.know(kind.code(), vec![*variable], *figure, Some(all));
        }
        attack.at_most.push((times(&kinds, -1), -all));
        let disclosed = |outcome| times(&such(None, None, Some(outcome)), 1);
        attack.at_most.push(([times(&kinds[..3], -1), disclosed(Metric::NonContentDisclosed)].concat(), 0));
        attack.at_most.push(([times(&kinds[3..], -1), disclosed(Metric::ContentDisclosed)].concat(), 0));
        let emergencies = attack.variable(all);
        attack.know("emergencies", vec![emergencies], tables.emergencies, Some(all));
        let voluntary = times(&such(None, Some(ProcessClass::EmergencyDisclosure), None), 1);
        attack.at_most.push(([voluntary, vec![(emergencies, -1)]].concat(), 0));
        let delayed = attack.variable(all);
        attack.know("delayed", vec![delayed], tables.delayed, Some(all));
        attack
    }

    fn obeys(&self, values: &[i64]) -> bool {
        let sum = |terms: &[(usize, i64)]| terms.iter().map(|(term, times)| times * values[*term]).sum::<i64>();
        let published = |known: &Known| match known.figure {
            Figure::Exact(count) => sum(&times(&known.terms, 1)) == i64::try_from(count).unwrap(),
            _ => true,
        };
        self.known.iter().all(published)
            && self.equal.iter().all(|(terms, bound)| sum(terms) == *bound)
            && self.at_most.iter().all(|(terms, bound)| sum(terms) <= *bound)
            && values.iter().zip(&self.most).all(|(value, most)| (0..=*most).contains(value))
    }

    /// The report with the most or the least of something that fits what is published.
    fn solve(&self, aim: &Known, direction: OptimizationDirection, whole: bool) -> Option<Vec<i64>> {
        let mut problem = Problem::new(direction);
        let cost = |variable: usize| if aim.terms.contains(&variable) { 1.0 } else { 0.0 };
        let variables = self.most.iter().enumerate().map(|(variable, most)| match whole {
            true => problem.add_integer_var(cost(variable), (0, i32::try_from(*most).unwrap())),
            false => problem.add_var(cost(variable), (0.0, *most as f64)),
        });
        let variables = variables.collect::<Vec<Variable>>();
        let of = |terms: &[(usize, i64)]| {
            terms.iter().map(|(term, times)| (variables[*term], *times as f64)).collect::<Vec<_>>()
        };
        for known in &self.known {
            if let Figure::Exact(count) = known.figure {
                problem.add_constraint(of(&times(&known.terms, 1)), ComparisonOp::Eq, count as f64);
            }
        }
        for (terms, bound) in &self.equal {
            problem.add_constraint(of(terms), ComparisonOp::Eq, *bound as f64);
        }
        for (terms, bound) in &self.at_most {
            problem.add_constraint(of(terms), ComparisonOp::Le, *bound as f64);
        }
        let solution = problem.solve().ok().map(SolveOutcome::into_solution)?.ok()?;
        let values = variables.iter().map(|variable| solution.var_value(*variable).round() as i64).collect::<Vec<_>>();
        self.obeys(&values).then_some(values)
    }

    fn hidden(&self) -> impl Iterator<Item = (usize, &Known)> {
        self.known.iter().enumerate().filter(|(_, known)| known.figure == Figure::NotReported)
    }

    /// Of each number that is held back, the least and the most that whole numbers can make it. Nothing is solved
    /// that what was solved before shows already.
    fn ranges(&self, enough: impl Fn(&Known, (i64, i64)) -> bool) -> Vec<(&Known, (i64, i64))> {
        let mut ranges = vec![(i64::MAX, i64::MIN); self.known.len()];
        for (place, known) in self.hidden() {
            for direction in [OptimizationDirection::Maximize, OptimizationDirection::Minimize] {
                if enough(known, ranges[place]) {
                    break;
                }
                let found = self.solve(known, direction, false).or_else(|| self.solve(known, direction, true));
                let values = found.expect("the report itself fits what is published of it");
                for (range, of) in ranges.iter_mut().zip(&self.known) {
                    let value = of.terms.iter().map(|term| values[*term]).sum::<i64>();
                    *range = (range.0.min(value), range.1.max(value));
                }
            }
        }
        self.hidden().map(|(place, known)| (known, ranges[place])).collect()
    }
}

/// The true counts on the lines of published tables, counted here anew.
fn counted(tables: &Tables, demands: &[Facts]) -> Tables {
    let listed = tables.countries.iter().filter_map(|row| row.country).collect::<Vec<_>>();
    let exact = |is: &dyn Fn(&Facts) -> bool| Figure::Exact(demands.iter().filter(|facts| is(facts)).count() as u64);
    let ended = |facts: &Facts| facts.outcome.map(Outcome::metric);
    let rows = tables.countries.iter().map(|row| {
        let of = |facts: &Facts| row.country.map_or(!listed.contains(&facts.country), |of| of == facts.country);
        let accounts = demands.iter().filter(|facts| of(facts)).map(|facts| facts.accounts).sum();
        CountryRow {
            country: row.country,
            requests: exact(&of),
            accounts: Figure::Exact(accounts),
            by_process: CLASSES.iter().map(|class| exact(&|facts| of(facts) && facts.class == *class)).collect(),
            by_outcome: OUTCOMES.iter().map(|end| exact(&|facts| of(facts) && ended(facts) == Some(*end))).collect(),
        }
    });
    Tables {
        requests: exact(&|_| true),
        accounts: Figure::Exact(demands.iter().map(|facts| facts.accounts).sum()),
        countries: rows.collect(),
        by_process: CLASSES.iter().map(|class| exact(&|facts| facts.class == *class)).collect(),
        by_outcome: OUTCOMES.iter().map(|end| exact(&|facts| ended(facts) == Some(*end))).collect(),
        without_data: WITHOUT_DATA.iter().map(|end| exact(&|facts| facts.outcome == Some(*end))).collect(),
        by_kind: DataKind::ALL.iter().map(|kind| exact(&|facts| facts.sought.contains(*kind))).collect(),
        emergencies: exact(&|facts| facts.emergency),
        delayed: exact(&|facts| facts.delayed),
        preservations: Figure::Exact(0),
        accounts_preserved: Figure::Exact(0),
    }
}

/// The protection that was promised: five counts at least remain possible, and a small group could be a large one.
fn is_protected(value: i64, whole: Option<i64>, (low, high): (i64, i64)) -> bool {
    let small = |count: i64| (1..5).contains(&count);
    high - low >= 4
        && (!small(value) || high >= 5)
        && whole.is_none_or(|whole| !small(whole - value) || whole - low >= 5)
}

/// What became of an attack.
#[derive(Default)]
struct Told {
    hidden: usize,
    published: usize,
    recovered: Vec<String>,
}

fn attack(tables: &Tables, demands: &[Facts]) -> Told {
    // Only what is published goes into it.
    let tables: Tables = serde_json::from_str(&serde_json::to_string(tables).unwrap()).unwrap();
    let (attack, truth) = (Attack::on(&tables), Attack::on(&counted(&tables, demands)));
    let mut told = Told::default();
    let true_value = |place: &str| {
        let known = truth.known.iter().find(|known| known.place == place).expect("the same places");
        let Figure::Exact(count) = known.figure else { panic!("{place} was counted") };
        i64::try_from(count).unwrap()
    };
    for known in &attack.known {
        if let Figure::Exact(count) = known.figure {
            told.published += 1;
            assert_eq!(i64::try_from(count).unwrap(), true_value(&known.place), "{}", known.place);
        }
    }
    let protected = |known: &Known, range: (i64, i64)| {
        range.0 <= range.1 && is_protected(true_value(&known.place), known.whole, range)
    };
    for (known, range) in attack.ranges(protected) {
        told.hidden += 1;
        if !protected(known, range) {
            told.recovered.push(format!("{} is {} to {}", known.place, range.0, range.1));
        }
    }
    told
}

/// Many reports at once, on every processor.
fn attack_all(seeds: Range<u64>, made: impl Fn(u64) -> (Tables, Vec<Facts>) + Sync) -> Vec<(u64, Told)> {
    let threads = 2;
    std::thread::scope(|scope| {
        let made = &made;
        let workers = (0..threads).map(|worker| {
            let seeds = seeds.clone().filter(move |seed| seed % threads == worker);
            scope.spawn(move || {
                let attacked = seeds.map(|seed| {
                    let (tables, demands) = made(seed);
                    (seed, attack(&tables, &demands))
                });
                attacked.collect::<Vec<_>>()
            })
        });
        let workers = workers.collect::<Vec<_>>();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
}

#[test]
fn a_thousand_reports_resist_recovery_by_a_solver() {
    let begun = std::time::Instant::now();
    let told = attack_all(0..1_000, |seed| {
        let demands = some_report(seed, 5..120);
        (Tables::of(&demands).tables, demands)
    });
    let recovered =
        told.iter().filter(|(_, told)| !told.recovered.is_empty()).map(|(seed, told)| (seed, &told.recovered));
    let recovered = recovered.collect::<Vec<_>>();
    let (hidden, published) = told.iter().fold((0, 0), |sum, (_, of)| (sum.0 + of.hidden, sum.1 + of.published));
    println!("{hidden} figures held back, {published} published, in {:?}", begun.elapsed());
    assert_eq!(recovered, Vec::new());
    assert!(hidden > 10_000 && published > 10_000, "{hidden} held back, {published} published");
}

#[test]
fn the_same_solver_recovers_figures_where_only_small_ones_are_held_back() {
    let told = attack_all(0..50, |seed| {
        let demands = some_report(seed, 20..120);
        let mut tables = counted(&Tables::of(&demands).tables, &demands);
        let small = |figure: &mut Figure| {
            if matches!(figure, Figure::Exact(1..5)) {
                *figure = Figure::NotReported;
            }
        };
        for row in &mut tables.countries {
            row.by_process.iter_mut().chain(&mut row.by_outcome).for_each(small);
        }
        (tables, demands)
    });
    let recovered = told.iter().filter(|(_, told)| !told.recovered.is_empty()).count();
    assert!(recovered >= 45, "{recovered} of 50");
}

/// Every way to write a number as a sum of so many, where each either is fixed or isn't.
fn sums(whole: i64, fixed: &[Option<i64>]) -> Vec<Vec<i64>> {
    let Some((first, rest)) = fixed.split_first() else {
        return if whole == 0 { vec![Vec::new()] } else { Vec::new() };
    };
    let values = first.map_or(0..=whole, |value| value..=value);
    let with = |value: i64| sums(whole - value, rest).into_iter().map(move |tail| [vec![value], tail].concat());
    values.filter(|value| *value <= whole).flat_map(with).collect()
}

fn fixed(figure: Figure) -> Option<i64> {
    figure.bounds().map(|(count, _)| i64::try_from(count).unwrap())
}

/// The ranges of the cells of a report of one line, by going through every report that fits what is published.
fn enumerated(tables: &Tables, all: i64) -> Vec<(i64, i64)> {
    let [row] = tables.countries.as_slice() else { panic!("one line") };
    let both = |of_row: &[Figure], of_all: &[Figure]| {
        let fixed = of_row.iter().zip(of_all).map(|(a, b)| fixed(*a).or(fixed(*b)));
        fixed.collect::<Vec<_>>()
    };
    let any = CLASSES.map(|class| {
        LegalProcess::ALL.iter().any(|of| ordinary(*of) && of.class() == class && !of.compels().is_empty())
    });
    let content = CLASSES.map(|class| {
        LegalProcess::ALL
            .iter()
            .any(|of| ordinary(*of) && of.class() == class && of.compels().contains(DataKind::Content))
    });
    let among =
        |values: &[i64], is: &[bool]| values.iter().zip(is).filter(|(_, is)| **is).map(|(value, _)| value).sum::<i64>();
    let most = |figures: &[Figure]| figures.iter().map(|figure| fixed(*figure).unwrap_or(all)).sum::<i64>();
    let ended = sums(all, &both(&row.by_outcome, &tables.by_outcome));
    let fits = |ended: &&Vec<i64>| {
        let told = tables.without_data.iter().filter_map(|figure| fixed(*figure)).collect::<Vec<_>>();
        let sum = told.iter().sum::<i64>();
        (if told.len() == 3 { sum == ended[1] } else { sum <= ended[1] })
            && most(&tables.by_kind[..3]) >= ended[2]
            && most(&tables.by_kind[3..]) >= ended[3]
    };
    let ended = ended.iter().filter(fits).collect::<Vec<_>>();
    let mut ranges = vec![(i64::MAX, i64::MIN); CLASSES.len() + OUTCOMES.len()];
    for asked in sums(all, &both(&row.by_process, &tables.by_process)) {
        if asked[5] > fixed(tables.emergencies).unwrap_or(all) {
            continue;
        }
        for ended in &ended {
            if ended[3] <= among(&asked, &content) && ended[2] + ended[3] <= among(&asked, &any) {
                for (range, value) in ranges.iter_mut().zip(asked.iter().chain(*ended)) {
                    *range = (range.0.min(*value), range.1.max(*value));
                }
            }
        }
    }
    ranges
}

#[test]
fn going_through_every_possible_report_finds_what_the_solver_finds() {
    let mut compared = 0;
    for seed in 0..40 {
        let demands = some_report(seed, 5..9);
        let tables = Tables::of(&demands).tables;
        if tables.countries.len() != 1 || tables.countries[0].country.is_some() {
            continue;
        }
        let attack = Attack::on(&tables);
        let solved = attack.ranges(|_, _| false);
        let name = tables.countries[0].name();
        let places = CLASSES.map(ProcessClass::code).into_iter().chain(OUTCOMES.map(Metric::code));
        for (place, range) in places.zip(enumerated(&tables, demands.len() as i64)) {
            let place = format!("{name} {place}");
            if let Some((_, solved)) = solved.iter().find(|(known, _)| known.place == place) {
                assert_eq!(range, *solved, "{place} of report {seed}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn the_same_demands_make_the_same_tables_in_whatever_order() {
    let demands = some_report(7, 60..61);
    let mut turned = demands.clone();
    turned.reverse();
    assert_eq!(Tables::of(&demands), Tables::of(&turned));
}

#[test]
fn a_country_that_asked_seldom_is_not_named_and_neither_is_a_small_total() {
    let mut demands = some_report(3, 40..41);
    demands.iter_mut().for_each(|facts| facts.country = country("US"));
    for facts in demands.iter_mut().take(3) {
        (facts.country, facts.class) = (country("MT"), ProcessClass::CourtOrder);
    }
    let protected = Tables::of(&demands);
    assert!(!serde_json::to_string(&protected.tables).unwrap().contains("MT"));
    let few = Tables::of(&demands[..4]).tables;
    assert_eq!((few.requests, few.by_process[0]), (Figure::FewerThan(5), Figure::NotReported));
    assert_eq!(Tables::of(&[]).tables.requests, Figure::Exact(0));
}

#[test]
fn accounts_are_held_back_where_one_demand_could_be_told() {
    let mut demands = some_report(3, 40..41);
    demands.iter_mut().for_each(|facts| facts.accounts = 1);
    assert_eq!(Tables::of(&demands).tables.accounts, Figure::Exact(40));
    demands[0].accounts = 500;
    assert_eq!(Tables::of(&demands).tables.accounts, Figure::NotReported, "the largest is 500 of 539");
}

fn drafting<'a>(uncounted: &'a [Counted], previous: Option<&'a Edition>, today: &str, errata: &'a str) -> Drafting<'a> {
    Drafting {
        publisher: "Nimbus",
        half: half(),
        today: today.parse().unwrap(),
        previous,
        uncounted,
        bands: &[],
        option: None,
        new_platform: false,
        errata,
    }
}

fn counted_of(demands: Vec<Facts>) -> Vec<Counted> {
    demands.into_iter().map(Counted::InTables).collect()
}

#[test]
fn a_report_is_drafted_when_its_half_year_is_over() {
    let uncounted = counted_of(some_report(1, 30..31));
    assert_eq!(drafting(&uncounted, None, "2025-06-30", "").draft(), Err(Blocked::NotOver));
    assert_eq!(drafting(&uncounted, None, "2025-07-01", "Wrong").draft(), Err(Blocked::NothingToCorrect));
    let drafted = drafting(&uncounted, None, "2025-07-01", "").draft().unwrap();
    assert_eq!((drafted.edition.number, drafted.counts.len(), drafted.edition.parts.len()), (1, 30, 1));
}

#[test]
fn sealed_and_undecided_demands_and_those_of_other_half_years_change_nothing() {
    let mut uncounted = counted_of(some_report(1, 30..31));
    let without = drafting(&uncounted, None, "2025-07-01", "").draft().unwrap();
    uncounted.extend([Counted::NotYet; 3]);
    let mut other = some_report(2, 9..10);
    other.iter_mut().for_each(|facts| facts.received = Half::parse("2024-H2").unwrap());
    uncounted.extend(counted_of(other));
    let with = drafting(&uncounted, None, "2025-07-01", "").draft().unwrap();
    assert_eq!(with, without);
}

#[test]
fn what_comes_late_waits_for_the_next_half_year_and_for_others() {
    let uncounted = counted_of(some_report(1, 30..31));
    let first = drafting(&uncounted, None, "2025-07-20", "").draft().unwrap().edition;
    let late = counted_of(some_report(2, 7..8));
    assert_eq!(drafting(&late, Some(&first), "2026-01-02", "").draft(), Err(Blocked::NoErrata));
    let early = drafting(&late, Some(&first), "2025-12-31", "A wrong word.").draft().unwrap();
    assert_eq!((early.waiting, early.counts.len()), (7, 0));
    assert_eq!(early.edition.parts, first.parts, "words can be corrected at any time");
    let few = drafting(&late[..4], Some(&first), "2026-01-02", "A wrong word.").draft().unwrap();
    assert_eq!((few.waiting, &few.edition.parts), (4, &first.parts));
    let second = drafting(&late, Some(&first), "2026-01-02", "Seven came late.").draft().unwrap();
    assert_eq!((second.waiting, second.counts.len(), second.edition.number), (0, 7, 2));
    assert_eq!(second.edition.parts[0], first.parts[0], "what was published is not restated");
    assert_eq!(second.edition.errata[0].edition, 2);
    let total = second
        .edition
        .statistics()
        .iter()
        .filter(|row| row.metric == Metric::Requests)
        .fold(0, |sum, row| sum + row.figure.bounds().map_or(0, |(low, _)| low));
    assert_eq!(total, 37, "the series adds both up");
}

#[test]
fn bands_that_were_published_stay_and_those_that_waited_are_added() {
    let bands = |count| vec![(NationalSecurityKind::FisaContent, half(), 1); count];
    let draft = |previous, bands, today, errata, option| {
        Drafting { bands, option, ..drafting(&[], previous, today, errata) }.draft()
    };
    let (none, many) = (bands(0), bands(700));
    let option = Some(BandOption::FiveHundreds);
    let first = draft(None, &none, "2025-07-01", "", option).unwrap().edition;
    assert_eq!(draft(Some(&first), &none, "2025-12-27", "Orders.", None), Err(Blocked::OtherOption));
    let second = draft(Some(&first), &many, "2025-12-27", "Orders.", option).unwrap().edition;
    let figures = |edition: &Edition| {
        edition
            .national_security
            .iter()
            .flat_map(|section| &section.rows)
            .map(|row| row.process.compact())
            .collect::<Vec<_>>()
    };
    assert_eq!(figures(&first), ["0-499", "?", "?"]);
    assert_eq!(figures(&second), ["0-499", "500-999", "0-499"]);
    assert!(!second.statistics().iter().any(|row| matches!(row.figure, Figure::Band { .. })), "none is in the series");
}

#[test]
fn an_edition_says_how_to_cite_it_and_writes_its_figures() {
    let uncounted = counted_of(some_report(1, 30..31));
    let edition =
        drafting(&uncounted, None, "2025-07-20", "").draft().unwrap().edition.dated("2025-07-22".parse().unwrap());
    assert_eq!(edition.parts[0].published_on.to_string(), "2025-07-22");
    assert_eq!(
        edition.citation("https://portal.example/x", "2025-08-01".parse().unwrap()),
        "Nimbus: Government requests for data, first half of 2025, edition 1. Published on 2025-07-22. \
         https://portal.example/x, accessed on 2025-08-01."
    );
    let csv = String::from_utf8(edition.to_csv().unwrap()).unwrap();
    assert!(
        csv.starts_with("edition,table,line,column,status,low,high\r\n1,totals,All countries,Requests,exact,30,30\r\n")
    );
    assert!(!csv.contains(",fewer_than,"), "all that is held back looks alike");
}
