//! Charts as PNG: the SVG that readers see, drawn here with fonts that go with the program.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{
        Options, Tree,
        fontdb::{Database, Source},
    },
};
use tokio::sync::Semaphore;

/// Dots for each pixel of the SVG, so that letters are sharp where a picture is shown large.
const DOTS: f32 = 2.0;
/// The longest side, in dots: a chart that would be larger is drawn smaller.
const LONGEST: f32 = 6_000.0;
/// Pictures drawn at once. Each takes a processor for a while, and readers of pages come first.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Both weights that charts use. A server has fonts or none, and a picture is to look the same on each. They are
/// condensed: wider ones run out of the room that `chart::text` reckons with.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSansCondensed.ttf");
    const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSansCondensed-Bold.ttf");
    let mut fonts = Database::new();
    for font in [REGULAR, BOLD] {
        fonts.load_font_source(Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("the chart can't be read as an SVG")]
    Unreadable(#[from] resvg::usvg::Error),
    #[error("a picture of {0} by {1} dots can't be held")]
    Size(u32, u32),
    #[error("the picture can't be written as PNG: {0}")]
    Unwritable(String),
    #[error("drawing the picture broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
    #[error("no more pictures are drawn")]
    Closed(#[from] tokio::sync::AcquireError),
}

/// The picture of a chart.
///
/// # Errors
/// Where the SVG is none, or too much was asked of memory.
pub async fn png(svg: String) -> Result<Vec<u8>, PictureError> {
    let place = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let png = drawn(&svg, FONTS.clone());
        drop(place);
        png
    })
    .await?
}

fn drawn(svg: &str, fontdb: Arc<Database>) -> Result<Vec<u8>, PictureError> {
    let tree = Tree::from_str(svg, &Options { fontdb, ..Options::default() })?;
    let size = tree.size();
    let dots = DOTS.min(LONGEST / size.width().max(size.height()));
    let whole = size.scale_by(dots).unwrap_or(size).to_int_size();
    let mut picture =
        Pixmap::new(whole.width(), whole.height()).ok_or(PictureError::Size(whole.width(), whole.height()))?;
    resvg::render(&tree, Transform::from_scale(dots, dots), &mut picture.as_mut());
    picture.encode_png().map_err(|error| PictureError::Unwritable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use app::chart::{Chart, ChartName, Kind, Mark, Series, Unit, View, draw, named::chart_named};
    use domain::statistics::Figure;
    use resvg::usvg::{Group, Node};
    use store::{Engine, testing::TestStore};

    use super::*;
    use crate::import_statistics::import_demo;

    /// Each text of a picture, with where its letters begin and end.
    fn texts(group: &Group, found: &mut Vec<(String, f32, f32)>) {
        for node in group.children() {
            match node {
                Node::Group(group) => texts(group, found),
                Node::Text(text) => {
                    let said = text.chunks().iter().map(|chunk| chunk.text()).collect::<String>();
                    let place = text.abs_bounding_box();
                    found.push((said, place.left(), place.right()));
                }
                Node::Path(_) | Node::Image(_) => {}
            }
        }
    }

    /// Draws a chart as a picture of its own, and returns how many texts it has, which must all stand within it.
    fn texts_within(chart: &Chart, view: View) -> usize {
        let svg = draw(chart, &View { standalone: true, ..view });
        let tree = Tree::from_str(&svg, &Options { fontdb: FONTS.clone(), ..Options::default() }).unwrap();
        let mut found = Vec::new();
        texts(tree.root(), &mut found);
        for (said, left, right) in &found {
            assert!(*left >= 0.0 && *right <= tree.size().width(), "from {left} to {right}: {said}");
        }
        found.len()
    }

    fn wordy(kind: Kind, word: &str) -> Chart {
        let words = |count| vec![word; count].join(" ");
        let figures = vec![Figure::Band { low: 1_234_567, high: 7_654_321 }; 3];
        Chart {
            kind,
            id: "wordy".to_owned(),
            title: words(12),
            sentence: String::new(),
            source: words(20),
            unit: Unit::whole("requests"),
            categories: ["2012-H2", "2013-H1", "2013-H2"].map(str::to_owned).to_vec(),
            series: vec![Series { name: words(2), figures: figures.clone() }, Series { name: words(3), figures }],
            marks: vec![Mark { category: 1, label: words(20) }],
        }
    }

    const LETTERS: &str = "<svg width=\"40\" height=\"20\" xmlns=\"http://www.w3.org/2000/svg\">\
        <rect width=\"40\" height=\"20\" fill=\"#ffffff\"/>\
        <text x=\"2\" y=\"15\" font-family=\"sans-serif\" font-size=\"14\" WEIGHT>Hé</text></svg>";

    fn size(png: &[u8]) -> (u32, u32) {
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    }

    #[test]
    fn letters_are_drawn_in_both_weights() {
        let regular = LETTERS.replace("WEIGHT", "");
        let bold = LETTERS.replace("WEIGHT", "font-weight=\"bold\"");
        let (with, heavy) = (drawn(&regular, FONTS.clone()).unwrap(), drawn(&bold, FONTS.clone()).unwrap());
        let without = drawn(&regular, Arc::new(Database::new())).unwrap();
        assert_eq!((size(&with), size(&without)), ((80, 40), (80, 40)));
        assert!(with != without && with != heavy && heavy != without);
        assert_eq!(with, drawn(&regular, FONTS.clone()).unwrap(), "the same picture each time");
    }

    #[test]
    fn no_text_is_wider_than_the_picture_whatever_letters_it_has() {
        let letters = ('!'..='~').chain('À'..='ſ').chain("–—…‘’“”€".chars());
        for (letter, kind) in letters.zip([Kind::Bars, Kind::Across, Kind::Lines].into_iter().cycle()) {
            let chart = wordy(kind, &letter.to_string().repeat(7));
            assert!(texts_within(&chart, View { marked: vec![0, 2], ..View::default() }) > 10);
        }
    }

    #[tokio::test]
    async fn no_text_of_the_published_charts_is_wider_than_its_picture() {
        let test = TestStore::open(Engine::Sqlite).await;
        import_demo(&test.store).await.unwrap();
        let countries = "country=BA&country=US&country=GB&country=AE";
        let inhabitants = format!("{countries}&per=inhabitants");
        let shares = format!("{countries}&measure=disclosed");
        for query in ["", "country=BA", "publisher=Apple", "measure=accounts", "process=preservation"] {
            for name in ChartName::ALL {
                let named = chart_named(&test.store, name, query).await.unwrap();
                texts_within(&named.chart, named.view);
            }
        }
        for query in [countries, &inhabitants, &shares] {
            let named = chart_named(&test.store, ChartName::Compare, query).await.unwrap();
            assert!(texts_within(&named.chart, named.view) > 10, "{query}");
        }
    }

    #[test]
    fn a_picture_that_would_be_too_large_is_drawn_smaller_and_what_is_none_is_refused() {
        let tall = "<svg width=\"10\" height=\"60000\" xmlns=\"http://www.w3.org/2000/svg\"></svg>";
        assert_eq!(size(&drawn(tall, FONTS.clone()).unwrap()), (1, 6_000));
        assert!(matches!(drawn("<p>", FONTS.clone()), Err(PictureError::Unreadable(_))));
    }
}
