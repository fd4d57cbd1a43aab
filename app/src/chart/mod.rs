//! Charts: plotters, drawn by one function on the server and in the browser.
//!
//! **Invariant:** the same [`Chart`] and [`View`] give the same bytes everywhere. So widths of texts come from a table
//! and not from fonts, and numbers are whole.

mod across;
#[cfg(feature = "ssr")]
pub mod compared;
mod draw;
#[cfg(feature = "ssr")]
mod map_labels;
#[cfg(feature = "ssr")]
pub mod named;
#[cfg(feature = "ssr")]
mod outlines;
mod palette;
#[cfg(feature = "ssr")]
pub mod published;
mod shown;
mod text;
mod upright;
#[cfg(feature = "ssr")]
pub mod world_map;

use domain::statistics::{Figure, grouped};

pub use self::{
    draw::{draw, height, push_escaped},
    palette::SERIES,
    shown::{Place, place_at},
};

/// What is said in the place of a figure that no file here tells of, which is not the same as one that was not reported.
pub const NO_FIGURE: &str = "no figure here";

/// Which chart: its name in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartName {
    Totals,
    Countries,
    Periods,
    Processes,
    Outcomes,
    Disclosure,
    /// Of several publishers and countries.
    Compare,
}

impl ChartName {
    pub const ALL: [Self; 7] = [
        Self::Totals,
        Self::Countries,
        Self::Periods,
        Self::Processes,
        Self::Outcomes,
        Self::Disclosure,
        Self::Compare,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Countries => "countries",
            Self::Periods => "periods",
            Self::Processes => "processes",
            Self::Outcomes => "outcomes",
            Self::Disclosure => "disclosure",
            Self::Compare => "compare",
        }
    }

    /// The chart that has this name in addresses.
    pub fn from_address(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }
}

/// How figures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Upright bars, those of one category side by side.
    Bars,
    /// Lines over periods.
    Lines,
    /// Upright bars, those of one category on top of each other.
    Stacked,
    /// Bars from the left, the first category at the top: for names that are long, such as countries.
    Across,
}

/// What figures count, and how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// In the plural, such as `requests`; or `%`.
    pub name: String,
    /// How many of a figure's digits stand behind the point: with 1, `Exact(815)` is 81.5.
    pub decimals: u32,
}

impl Unit {
    /// Whole numbers of something.
    pub fn whole(name: &str) -> Self {
        Self { name: name.to_owned(), decimals: 0 }
    }

    /// Shares in tenths of a percent, which are the thousandths of `domain::statistics::Rate`.
    pub fn percent() -> Self {
        Self { name: "%".to_owned(), decimals: 1 }
    }

    /// A number without its unit: `1,234`, `81.5`.
    pub fn number(&self, number: u64) -> String {
        let parts = 10_u64.saturating_pow(self.decimals);
        let mut text = grouped(number / parts);
        let rest = number % parts;
        if rest > 0 {
            let digits = rest.to_string();
            text.push('.');
            for _ in digits.len()..self.decimals as usize {
                text.push('0');
            }
            text.push_str(digits.trim_end_matches('0'));
        }
        text
    }

    /// A number with a sign that stands right behind it, where the unit has one: `81.5%`, `1,234`.
    pub fn short(&self, number: u64) -> String {
        let mut text = self.number(number);
        if self.is_sign() {
            text.push_str(&self.name);
        }
        text
    }

    /// A figure as a label has it: `1,234`, `0 to 249`, `81.5%`, `not reported`.
    pub fn label(&self, figure: Figure) -> String {
        let (before, number) = match figure {
            Figure::Exact(count) => (String::new(), count),
            Figure::Band { low, high } => {
                let mut before = self.number(low);
                before.push_str(" to ");
                (before, high)
            }
            Figure::FewerThan(bound) => ("fewer than ".to_owned(), bound),
            Figure::NotReported | Figure::NotApplicable => return figure.to_string(),
        };
        let mut text = before;
        text.push_str(&self.short(number));
        text
    }

    /// A figure as a sentence has it: `1 request`, `0 to 249 requests`, `81.5%`.
    pub fn say(&self, figure: Figure) -> String {
        let mut text = self.label(figure);
        if figure.bounds().is_some() && !self.is_sign() {
            let one = figure == Figure::Exact(10_u64.saturating_pow(self.decimals));
            text.push(' ');
            text.push_str(if one { self.name.strip_suffix('s').unwrap_or(&self.name) } else { &self.name });
        }
        text
    }

    /// The smallest step on an axis: one of what is counted, and less only where most figures are less than one.
    fn step(&self) -> u64 {
        if self.decimals > 1 { 1 } else { 10_u64.saturating_pow(self.decimals) }
    }

    fn is_sign(&self) -> bool {
        !self.name.starts_with(char::is_alphabetic)
    }
}

/// Everything that a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub kind: Kind,
    /// What the ids of its parts begin with: once in a page.
    pub id: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What it says, in a sentence.
    pub sentence: String,
    /// Where its figures are from.
    pub source: String,
    pub unit: Unit,
    /// Half-years such as `2013-H1`, years, countries, or names of anything else.
    pub categories: Vec<String>,
    pub series: Vec<Series>,
    /// What a reader has to know of some categories.
    pub marks: Vec<Mark>,
}

/// One figure for each category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub figures: Vec<Figure>,
}

/// Something that sets a category apart: from this period on something is counted otherwise, or a footnote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The place of its category.
    pub category: u32,
    /// What changed.
    pub label: String,
}

/// What of a chart is shown, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// As a picture of its own: with title, source and a white ground.
    pub standalone: bool,
    /// Categories that are picked out.
    pub marked: Vec<u32>,
    /// The series that is pointed at.
    pub pointed: Option<u32>,
    /// The first and the last category in view; all without it.
    pub zoom: Option<(u32, u32)>,
    /// Series that are left out.
    pub hidden: Vec<u32>,
}

impl Chart {
    /// The chart where nothing was ever published.
    pub fn empty(name: ChartName) -> Self {
        Self {
            kind: Kind::Bars,
            id: name.as_str().to_owned(),
            title: "Government requests for data".to_owned(),
            sentence: "No statistics have been published here yet.".to_owned(),
            source: String::new(),
            unit: Unit::whole("requests"),
            categories: Vec::new(),
            series: Vec::new(),
            marks: Vec::new(),
        }
    }
}
