//! What an import shows before it: what was read, in few words, and every line that took an interpretation.

use std::collections::{BTreeMap, BTreeSet};

use super::{Half, Interpretation, Metric, Report, Total};

/// What one series of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub publisher: String,
    pub service: String,
    pub figures: usize,
    pub jurisdictions: usize,
    pub periods: BTreeSet<Half>,
    /// What every period adds up to. Percentages add up to nothing, and preservation stands outside the totals.
    pub totals: BTreeMap<Half, BTreeMap<Metric, Total>>,
    /// The same of requests to preserve data.
    pub preserved: BTreeMap<Half, BTreeMap<Metric, Total>>,
}

impl Summary {
    pub fn of(report: &Report) -> Self {
        let (mut totals, mut preserved) = (BTreeMap::new(), BTreeMap::new());
        for row in report.rows.iter().filter(|row| row.metric != Metric::DisclosedPercentage) {
            let sums = if row.class.asks_for_disclosure() { &mut totals } else { &mut preserved };
            let of_period: &mut BTreeMap<Metric, Total> = sums.entry(row.period).or_default();
            of_period.entry(row.metric).or_default().add(row.figure);
        }
        Self {
            publisher: report.source.publisher.clone(),
            service: report.source.service.clone(),
            figures: report.rows.len(),
            jurisdictions: report
                .rows
                .iter()
                .map(super::StatisticsRow::jurisdiction_name)
                .collect::<BTreeSet<_>>()
                .len(),
            periods: report.rows.iter().map(|row| row.period).collect(),
            totals,
            preserved,
        }
    }

    /// `2009-H2 to 2023-H1`.
    pub fn span(&self) -> String {
        match (self.periods.first(), self.periods.last()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            _ => String::new(),
        }
    }

    /// Each period with its totals: `2013-H1`, `Requests 25,879; Accounts specified 42,500`.
    pub fn lines(&self) -> Vec<(Half, String)> {
        let told = |of: Option<&BTreeMap<Metric, Total>>, before: &str| {
            let totals = of.into_iter().flatten();
            totals.map(|(metric, total)| format!("{before}{} {total}", metric.label())).collect::<Vec<_>>()
        };
        let of_period = |period: &Half| {
            let mut parts = told(self.totals.get(period), "");
            parts.extend(told(self.preserved.get(period), "To preserve: "));
            (*period, parts.join("; "))
        };
        self.periods.iter().map(of_period).collect()
    }
}

/// `12,951`, `12,951, without 2 not reported`.
impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.figure.fmt(f)?;
        if self.missing > 0 && self.figure.bounds().is_some() {
            write!(f, ", without {} not reported", self.missing)?;
        }
        Ok(())
    }
}

/// Lines that were interpreted in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreted {
    /// An interpretation, of the first of these lines.
    pub first: Interpretation,
    pub lines: Vec<u32>,
}

/// Interpretations that differ in nothing but their line, together, in the order of the first line of each.
pub fn interpreted(interpretations: &[Interpretation]) -> Vec<Interpreted> {
    let mut places = std::collections::HashMap::new();
    let mut all = Vec::<Interpreted>::new();
    for of in interpretations {
        let place = *places.entry((&of.column, &of.published, &of.read_as, &of.reason)).or_insert(all.len());
        match all.get_mut(place) {
            Some(before) => before.lines.push(of.line),
            None => all.push(Interpreted { first: of.clone(), lines: vec![of.line] }),
        }
    }
    all.sort_by_key(|of| of.first.line);
    all
}

impl Interpreted {
    /// `line 2`, `lines 2-68, 70`.
    pub fn places(&self) -> String {
        let mut ranges = Vec::<(u32, u32)>::new();
        for line in &self.lines {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *line => *last = *line,
                _ => ranges.push((*line, *line)),
            }
        }
        let one = |(first, last): &(u32, u32)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        let ranges = ranges.iter().map(one).collect::<Vec<_>>().join(", ");
        format!("{} {ranges}", if self.lines.len() == 1 { "line" } else { "lines" })
    }

    /// "`0` in Accounts read as not reported: …".
    pub fn sentence(&self) -> String {
        let Interpretation { column, published, read_as, reason, .. } = &self.first;
        let what = match (column.is_empty(), published.is_empty()) {
            (true, _) => published.clone(),
            (false, true) => format!("a blank in the column `{column}`"),
            (false, false) => format!("`{published}` in the column `{column}`"),
        };
        format!("{what} read as {read_as}: {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpretation(line: u32, published: &str) -> Interpretation {
        Interpretation {
            line,
            column: "Accounts".to_owned(),
            published: published.to_owned(),
            read_as: "not reported".to_owned(),
            reason: "a blank is not zero".to_owned(),
        }
    }

    #[test]
    fn every_line_is_told_and_none_twice() {
        let all = [2, 3, 5, 4, 9].map(|line| interpretation(line, if line == 5 { "0" } else { "" }));
        let told = interpreted(&all).iter().map(|of| format!("{}: {}", of.places(), of.sentence())).collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "lines 2-4, 9: a blank in the column `Accounts` read as not reported: a blank is not zero",
                "line 5: `0` in the column `Accounts` read as not reported: a blank is not zero",
            ]
        );
    }
}
