//! Which cells are held back, so that none that is can be reckoned from what is published.
//!
//! A cell that counts one to four demands is held back (primary suppression), and of the others as few and as small
//! ones as it takes (complementary suppression): a linear programme finds the cheapest way in which every cell that is
//! held back could have been another number. Each way that it finds is kept as whole numbers and checked by exact
//! arithmetic, so that no rounding error of the solver makes a report seem safe.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};

/// The smallest group that is published, and how many counts must remain possible for one that isn't.
pub const SMALLEST_GROUP: u64 = 5;

/// One number that a report has a place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub value: u64,
    /// The most that it can be, whatever is published: known to everybody.
    pub most: u64,
    /// The whole that it is a part of, where the rest of that whole is a group too.
    pub whole: Option<u64>,
    /// What must be possible above its value, where it would tell of the largest of those that it counts.
    pub above: u64,
    /// What it costs to hold it back, beside other cells.
    pub cost: u32,
    /// Whether it is held back.
    pub hidden: bool,
}

impl Cell {
    /// Whether it is too small to be published, or would tell of a group that is.
    pub fn is_sensitive(&self) -> bool {
        let small = |count: u64| (1..SMALLEST_GROUP).contains(&count);
        small(self.value) || self.above > 0 || self.whole.is_some_and(|whole| small(whole.saturating_sub(self.value)))
    }

    /// How high and how low it must be able to be.
    fn bounds(&self) -> (u64, u64) {
        let mut high = self.value + self.above;
        if (1..SMALLEST_GROUP).contains(&self.value) {
            high = high.max(SMALLEST_GROUP);
        }
        let rest = self.whole.map(|whole| whole.saturating_sub(self.value));
        let low = match (rest, self.whole) {
            (Some(1..SMALLEST_GROUP), Some(whole)) => whole.saturating_sub(SMALLEST_GROUP),
            _ => self.value,
        };
        (low.min(self.value), high)
    }
}

/// What everybody knows that cells obey: sums, and what the law makes impossible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Cells by their places, and how often each counts.
    pub terms: Vec<(usize, i64)>,
    /// Whether the sum is exactly the bound, or at most that.
    pub exact: bool,
    pub bound: i64,
}

impl Rule {
    fn sum(&self, values: &[i64]) -> i64 {
        self.terms.iter().map(|(cell, times)| times * values[*cell]).sum()
    }

    fn holds(&self, values: &[i64]) -> bool {
        let sum = self.sum(values);
        if self.exact { sum == self.bound } else { sum <= self.bound }
    }
}

/// The cells of a report and how they hang together.
#[derive(Clone, Debug, Default)]
pub struct System {
    pub cells: Vec<Cell>,
    pub rules: Vec<Rule>,
}

/// A report that can't be published in this detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("small groups can't be protected in these tables; publish coarser ones")]
pub struct Unprotectable;

/// What a cell was found to be able to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl System {
    pub fn add(&mut self, cell: Cell) -> usize {
        self.cells.push(cell);
        self.cells.len() - 1
    }

    pub fn sum(&mut self, parts: impl IntoIterator<Item = usize>, whole: u64) {
        let terms = parts.into_iter().map(|part| (part, 1)).collect();
        self.rules.push(Rule { terms, exact: true, bound: signed(whole) });
    }

    pub fn sum_is_cell(&mut self, parts: impl IntoIterator<Item = usize>, whole: usize) {
        let terms = parts.into_iter().map(|part| (part, 1)).chain([(whole, -1)]).collect();
        self.rules.push(Rule { terms, exact: true, bound: 0 });
    }

    pub fn at_most(&mut self, terms: Vec<(usize, i64)>, bound: i64) {
        self.rules.push(Rule { terms, exact: false, bound });
    }

    fn values(&self) -> Vec<i64> {
        self.cells.iter().map(|cell| signed(cell.value)).collect()
    }

    /// Holds back what is small, and what it takes beside. The same cells give the same answer, always.
    pub fn protect(&mut self) -> Result<(), Unprotectable> {
        let values = self.values();
        // What the demands themselves don't obey, nobody reckons with rightly.
        self.rules.retain(|rule| rule.holds(&values));
        for cell in &mut self.cells {
            cell.hidden = cell.is_sensitive();
        }
        let mut ways: Vec<Vec<i64>> = Vec::new();
        let mut ranges = values.iter().map(|value| Range { low: *value, high: *value }).collect::<Vec<_>>();
        // Each turn holds back one more cell, or settles one for good: hidden cells stay so, ways stay possible.
        while let Some((place, wanted)) = self.next(&ranges) {
            let way = wanted.iter().find_map(|wanted| self.way(place, *wanted)).ok_or(Unprotectable)?;
            for ((cell, range), (value, known)) in self.cells.iter_mut().zip(&mut ranges).zip(way.iter().zip(&values)) {
                cell.hidden |= value != known;
                *range = Range { low: range.low.min(*value), high: range.high.max(*value) };
            }
            ways.push(way);
        }
        self.check(&values, &ways)
    }

    /// A cell that is held back and can't be enough else yet, and what it should be able to be: the first that can be
    /// done is done.
    fn next(&self, ranges: &[Range]) -> Option<(usize, Vec<Wanted>)> {
        let held = self.cells.iter().zip(ranges).enumerate().filter(|(_, (cell, _))| cell.hidden);
        for (place, (cell, range)) in held {
            let (low, high) = cell.bounds();
            if range.high < signed(high) {
                return Some((place, vec![Wanted::AtLeast(signed(high))]));
            }
            if range.low > signed(low) {
                return Some((place, vec![Wanted::AtMost(signed(low))]));
            }
            let apart = signed(SMALLEST_GROUP) - 1;
            if range.high - range.low < apart {
                let up = Wanted::AtLeast(range.low + apart);
                let down = Wanted::AtMost(range.high - apart);
                return Some((place, vec![up, down]));
            }
        }
        None
    }

    /// The cheapest other set of numbers that obeys the rules and gives a cell what is wanted. What is held back costs
    /// nothing.
    fn way(&self, place: usize, wanted: Wanted) -> Option<Vec<i64>> {
        self.solve(place, wanted, false).or_else(|| self.solve(place, wanted, true))
    }

    fn solve(&self, place: usize, wanted: Wanted, whole: bool) -> Option<Vec<i64>> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let mut add = |cost: f64, most: u64| -> Variable {
            let most = u32::try_from(most).ok().and_then(|most| i32::try_from(most).ok()).unwrap_or(i32::MAX);
            if whole { problem.add_integer_var(cost, (0, most)) } else { problem.add_var(cost, (0.0, f64::from(most))) }
        };
        let moves = self.cells.iter().map(|cell| {
            // Little even for what is hidden: no number moves without need.
            let cost = if cell.hidden { 0.001 } else { f64::from(cell.cost) };
            (add(cost, cell.most.saturating_sub(cell.value)), add(cost, cell.value))
        });
        let moves = moves.collect::<Vec<_>>();
        let values = self.values();
        for rule in &self.rules {
            let terms = rule.terms.iter().flat_map(|(cell, times)| {
                let (up, down) = moves[*cell];
                [(up, *times as f64), (down, -(*times as f64))]
            });
            let compared = if rule.exact { ComparisonOp::Eq } else { ComparisonOp::Le };
            problem.add_constraint(terms.collect::<Vec<_>>(), compared, (rule.bound - rule.sum(&values)) as f64);
        }
        let (up, down) = moves[place];
        let (compared, target) = match wanted {
            Wanted::AtLeast(target) => (ComparisonOp::Ge, target),
            Wanted::AtMost(target) => (ComparisonOp::Le, target),
        };
        problem.add_constraint([(up, 1.0), (down, -1.0)], compared, (target - values[place]) as f64);
        let solution = problem.solve().ok().map(SolveOutcome::into_solution)?.ok()?;
        let way = moves.iter().zip(&values).map(|((up, down), value)| {
            let change = solution.var_value(*up) - solution.var_value(*down);
            let rounded = change.round();
            ((change - rounded).abs() < 1e-6).then_some(value + rounded as i64)
        });
        let way = way.collect::<Option<Vec<_>>>()?;
        self.obeys(&way).then_some(way)
    }

    fn obeys(&self, values: &[i64]) -> bool {
        self.rules.iter().all(|rule| rule.holds(values))
            && self.cells.iter().zip(values).all(|(cell, value)| (0..=signed(cell.most)).contains(value))
    }

    /// Checks by exact arithmetic that each cell that is held back could be enough else: `ways` are all possible for
    /// whoever knows every published cell, and reach as far as is needed.
    fn check(&self, values: &[i64], ways: &[Vec<i64>]) -> Result<(), Unprotectable> {
        let possible = |way: &Vec<i64>| {
            self.obeys(way)
                && self
                    .cells
                    .iter()
                    .zip(way.iter().zip(values))
                    .all(|(cell, (other, value))| cell.hidden || other == value)
        };
        let wide = |place: usize, cell: &Cell| {
            let found = ways.iter().map(|way| way[place]).chain([values[place]]);
            let (low, high) = cell.bounds();
            let (least, most) =
                found.fold((i64::MAX, i64::MIN), |(low, high), value| (low.min(value), high.max(value)));
            least <= signed(low) && most >= signed(high) && most - least >= signed(SMALLEST_GROUP) - 1
        };
        let safe = ways.iter().all(possible)
            && self.cells.iter().enumerate().all(|(place, cell)| !cell.hidden || wide(place, cell));
        if safe { Ok(()) } else { Err(Unprotectable) }
    }
}

/// What a cell should be able to be.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    AtLeast(i64),
    AtMost(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[u64]) -> System {
        let mut system = System::default();
        let whole = values.iter().sum();
        let cells = values.iter().map(|value| {
            system.add(Cell { value: *value, most: whole, whole: None, above: 0, cost: 1, hidden: false })
        });
        let cells = cells.collect::<Vec<_>>();
        system.sum(cells, whole);
        system
    }

    fn hidden(system: &System) -> Vec<u64> {
        system.cells.iter().filter(|cell| cell.hidden).map(|cell| cell.value).collect()
    }

    #[test]
    fn a_small_cell_is_never_held_back_alone() {
        let mut system = row(&[3, 40, 12]);
        system.protect().unwrap();
        assert_eq!(hidden(&system).len(), 2);
        assert!(hidden(&system).contains(&3));
    }

    #[test]
    fn two_that_are_small_together_take_a_third() {
        let mut system = row(&[1, 1, 40]);
        system.protect().unwrap();
        assert_eq!(hidden(&system), [1, 1, 40], "else both would be between 0 and 2");
    }

    #[test]
    fn none_and_large_groups_are_published() {
        let mut system = row(&[0, 5, 40]);
        system.protect().unwrap();
        assert_eq!(hidden(&system), Vec::<u64>::new());
    }

    #[test]
    fn what_has_nowhere_to_go_cant_be_protected() {
        let mut system = row(&[3, 4]);
        system.cells[0].most = 3;
        assert_eq!(system.protect(), Err(Unprotectable));
    }
}
