//! From an address to a chart: the one way for pictures and embedded charts.

use domain::FieldProblem;
use store::{Store, StoreError};

use super::{Chart, ChartName, View, compared::Compared, published::Published};
use crate::paths;

/// A chart that an address names.
pub struct NamedChart {
    pub chart: Chart,
    /// What the address picks out of it.
    pub view: View,
    /// The page that shows it among others.
    pub address: String,
    /// What of the query could not be used: then the chart shows something else than was asked for.
    pub problems: Vec<FieldProblem>,
}

/// The chart with this name and the query of the page that shows it.
///
/// # Errors
/// Where the store fails.
pub async fn chart_named(store: &Store, name: ChartName, query: &str) -> Result<NamedChart, StoreError> {
    let nothing = || NamedChart {
        chart: Chart::empty(name),
        view: View::default(),
        address: paths::transparency_page(name).to_owned(),
        problems: Vec::new(),
    };
    if name == ChartName::Compare {
        let Some(compared) = Compared::load(store, query).await? else { return Ok(nothing()) };
        let address = paths::with_query(paths::TRANSPARENCY_COMPARE, &compared.asked.to_query());
        let (chart, view) = (compared.chart(), View::default());
        return Ok(NamedChart { chart, view, address, problems: compared.problems });
    }
    let Some(published) = Published::load(store, query).await? else {
        return Ok(nothing());
    };
    let chart = published.chart(name);
    let view = View { marked: published.marked(name, &chart), ..View::default() };
    let address = paths::with_query(paths::transparency_page(name), &published.filter.to_query());
    Ok(NamedChart { chart, view, address, problems: published.problems })
}
