//! The table.

use indicatif::{DecimalBytes, HumanCount};

/// What a frame has, in milliseconds.
const FRAME: f64 = 1_000.0 / 60.0;

/// What a ratio should come to.
#[derive(Clone, Copy)]
pub enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// Measured to be watched.
    None,
}

pub struct Report {
    missed: Vec<String>,
}

impl Report {
    /// Prints what the table is of, and its head.
    pub fn begin(small: u64, large: u64) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        println!(
            "Vitrine against its limits: {} and {} accesses, {cores} cores, which what is measured, its database and \
             its client share.\n",
            count(small),
            count(large)
        );
        row("what is measured", "measured", "its limit", "limit", "ratio", "aim", "");
        row(&"-".repeat(60), "-----------", &"-".repeat(46), "-----------", "------", "--------", "------");
        Self { missed: Vec::new() }
    }

    /// A rate a second and its limit's, each round's; the round with the median ratio is shown.
    pub fn rates(&mut self, what: &str, limit: &str, mut rounds: Vec<(f64, f64)>, aim: Aim) {
        rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
        let (ours, theirs) = rounds[rounds.len() / 2];
        let ratio = ours / theirs;
        let (aim, verdict) = self.aimed(what, ratio, aim);
        row(what, &rate(ours), limit, &rate(theirs), &format!("{ratio:.2}"), &aim, verdict);
    }

    /// Milliseconds of a frame, against those that it has where there are sixty a second.
    pub fn frames(&mut self, what: &str, milliseconds: f64, aim: Aim) {
        let ratio = milliseconds / FRAME;
        let (aim, verdict) = self.aimed(what, ratio, aim);
        let (ours, limit) = (format!("{milliseconds:.1} ms"), format!("{FRAME:.1} ms"));
        row(what, &ours, "sixty frames a second", &limit, &format!("{ratio:.2}"), &aim, verdict);
    }

    /// Bytes that a page loads, against the most it may.
    pub fn weight(&mut self, what: &str, bytes: u64, most: u64) {
        let ratio = bytes as f64 / most as f64;
        let verdict = self.verdict(what, bytes <= most);
        row(
            what,
            &kilobytes(bytes),
            "the most that a page may load",
            &kilobytes(most),
            &format!("{ratio:.2}"),
            "<= 1",
            verdict,
        );
    }

    /// Points out of a hundred.
    pub fn score(&mut self, what: &str, score: f64, aim: f64) {
        let verdict = self.verdict(what, score >= aim);
        let ratio = format!("{:.2}", score / 100.0);
        row(
            what,
            &format!("{score:.0}"),
            "all that Lighthouse gives",
            "100",
            &ratio,
            &format!(">= {}", aim / 100.0),
            verdict,
        );
    }

    /// A line under the one before.
    pub fn note(&self, text: &str) {
        println!("| {text}");
    }

    pub fn end(self) {
        match self.missed.as_slice() {
            [] => println!("\nEvery aim is met."),
            missed => println!("\nMISSED: {}.", missed.join("; ")),
        }
    }

    fn aimed(&mut self, what: &str, ratio: f64, aim: Aim) -> (String, &'static str) {
        match aim {
            Aim::AtLeast(aim) => (format!(">= {aim}"), self.verdict(what, ratio >= aim)),
            Aim::AtMost(aim) => (format!("<= {aim}"), self.verdict(what, ratio <= aim)),
            Aim::None => (String::new(), ""),
        }
    }

    fn verdict(&mut self, what: &str, met: bool) -> &'static str {
        if met {
            return "met";
        }
        self.missed.push(what.to_owned());
        "MISSED"
    }
}

fn row(what: &str, ours: &str, limit: &str, theirs: &str, ratio: &str, aim: &str, verdict: &str) {
    println!("| {what:<60} | {ours:>11} | {limit:<46} | {theirs:>11} | {ratio:>6} | {aim:<8} | {verdict:<6} |");
}

pub fn count(count: u64) -> String {
    HumanCount(count).to_string()
}

fn rate(rate: f64) -> String {
    // A rate is positive and far below u64's range.
    format!("{}/s", HumanCount(rate.round() as u64))
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1_000.0)
}

pub fn megabytes(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}
