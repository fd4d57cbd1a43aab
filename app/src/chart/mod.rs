//! Charts: plotters, drawn by one function on the server and in the browser.
//!
//! **Invariant:** the same [`Chart`] and [`View`] give the same bytes everywhere. So widths of texts come from a table
//! and not from fonts, and numbers are whole.

mod draw;
#[cfg(feature = "ssr")]
mod map_labels;
#[cfg(feature = "ssr")]
mod outlines;
mod palette;
#[cfg(feature = "ssr")]
pub mod published;
mod text;
#[cfg(feature = "ssr")]
pub mod world_map;

use domain::statistics::Figure;

pub use self::{
    draw::{category_at, draw, push_escaped},
    palette::SERIES,
};

/// Which chart: its name in addresses and in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartName {
    Totals,
    Countries,
    Outcomes,
}

impl ChartName {
    pub const ALL: [Self; 3] = [Self::Totals, Self::Countries, Self::Outcomes];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Countries => "countries",
            Self::Outcomes => "outcomes",
        }
    }
}

/// Everything that a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub name: ChartName,
    /// What the ids of its parts begin with: once in a page.
    pub id: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What it says, in a sentence.
    pub sentence: String,
    /// Where its figures are from.
    pub source: String,
    /// Half-years such as `2013-H1`, or countries.
    pub categories: Vec<String>,
    pub series: Vec<Series>,
}

/// One figure for each category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub figures: Vec<Figure>,
}

/// How a chart is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// As a picture of its own: with title, source and a white ground.
    pub standalone: bool,
    /// Categories that are picked out.
    pub marked: Vec<u32>,
}

impl Chart {
    /// The chart where nothing was ever published.
    pub fn empty(name: ChartName) -> Self {
        Self {
            name,
            id: name.as_str().to_owned(),
            title: "Government requests for data".to_owned(),
            sentence: "No statistics have been published here yet.".to_owned(),
            source: String::new(),
            categories: Vec::new(),
            series: Vec::new(),
        }
    }

    /// Whether nothing was reported in any category.
    pub fn is_empty(&self) -> bool {
        self.series.iter().flat_map(|series| &series.figures).all(|figure| figure.middle().is_none())
    }

    fn figure(&self, series: usize, category: usize) -> Figure {
        let series = self.series.get(series);
        series.and_then(|series| series.figures.get(category)).copied().unwrap_or(Figure::NotApplicable)
    }

    /// The most that a bar reaches.
    fn highest(&self) -> u64 {
        let reach = |category| {
            let middles = (0..self.series.len()).filter_map(move |series| self.figure(series, category).middle());
            match self.name {
                ChartName::Outcomes => middles.sum::<u64>(),
                ChartName::Totals | ChartName::Countries => middles.max().unwrap_or(0),
            }
        };
        (0..self.categories.len()).map(reach).max().unwrap_or(0).max(1)
    }
}
