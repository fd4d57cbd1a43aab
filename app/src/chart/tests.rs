use domain::statistics::Figure;

use super::*;
use crate::chart::{Mark, Place, Series, Unit, place_at, shown::scale, text::width};

const KINDS: [Kind; 4] = [Kind::Bars, Kind::Lines, Kind::Stacked, Kind::Across];

fn chart(kind: Kind) -> Chart {
    let categories = match kind {
        Kind::Across => ["United States", "Côte d’Ivoire <&>", "Namibia"],
        _ => ["2012-H2", "2013-H1", "2013-H2"],
    };
    let figures = [Figure::Exact(12_539), Figure::Band { low: 4_000, high: 8_249 }, Figure::NotReported];
    let series = ["Data provided", "No data"].map(|name| Series { name: name.to_owned(), figures: figures.to_vec() });
    Chart {
        kind,
        id: "example".to_owned(),
        title: "Requests & more".to_owned(),
        sentence: "Less < more.".to_owned(),
        source: "Source: a test".to_owned(),
        unit: Unit::whole("requests"),
        categories: categories.map(str::to_owned).to_vec(),
        series: series.to_vec(),
        marks: vec![Mark { category: 1, label: "Bands instead of counts.".to_owned() }],
    }
}

#[test]
fn a_chart_carries_no_style_and_no_script_and_says_what_it_is() {
    for kind in KINDS {
        for standalone in [false, true] {
            let svg = draw(&chart(kind), &View { standalone, marked: vec![0], ..View::default() });
            assert!(svg.starts_with("<svg width=\"760\""), "{svg}");
            assert!(svg.contains("<title id=\"") && svg.contains("Requests &amp; more</title>"), "{svg}");
            assert!(svg.contains("Less &lt; more. ") && svg.contains(": Bands instead of counts.</desc>"), "{svg}");
            assert_eq!(svg.contains("Source: a test"), standalone);
            assert_eq!(svg.contains("fill=\"#FFFFFF\""), standalone);
            assert!(!svg.contains("style=") && !svg.contains("<script"), "{svg}");
            assert!(!svg.contains("font-size=\"14.0") && !svg.contains("font-size=\"13.9"), "{svg}");
            assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        }
    }
}

#[test]
fn a_chart_without_figures_says_so() {
    let mut empty = chart(Kind::Bars);
    empty.series.clear();
    assert!(draw(&empty, &View::default()).contains("No figures were reported"));
    empty.categories.clear();
    assert!(draw(&empty, &View::default()).contains("No figures were reported"));
    let hidden = View { hidden: vec![0, 1], ..View::default() };
    assert!(draw(&chart(Kind::Bars), &hidden).contains("Nothing is chosen"));
}

#[test]
fn a_series_that_ended_earlier_says_of_when_its_last_figure_is() {
    for kind in [Kind::Bars, Kind::Lines, Kind::Stacked] {
        let mut ended = chart(kind);
        ended.series[0].figures[2] = Figure::NotApplicable;
        let svg = draw(&ended, &View::default());
        let last = format!("({})", ended.categories[1]);
        assert_eq!((svg.matches(&last).count(), svg.matches("not reported").count()), (1, 1), "{kind:?}: {svg}");
        assert!(!svg.contains("does not apply"), "{kind:?}");
    }
}

/// The browser draws the same bytes: these are compared with what WebAssembly gives in `end2end`.
#[test]
fn the_bytes_are_these() {
    for kind in KINDS {
        insta::assert_snapshot!(format!("{kind:?}"), draw(&chart(kind), &View::default()));
    }
}

#[test]
fn a_range_is_drawn_from_its_least_to_its_most_and_what_is_not_published_not_at_all() {
    for kind in KINDS {
        let mut chart = chart(kind);
        chart.series.truncate(1);
        let bars = |figure: Figure| {
            let mut chart = chart.clone();
            chart.series[0].figures[1] = figure;
            draw(&chart, &View::default())
        };
        let pale = |svg: &str| svg.matches("opacity=\"0.3\"").count();
        assert_eq!(pale(&bars(Figure::Exact(5))), 0, "{kind:?}");
        assert_eq!(pale(&bars(Figure::Band { low: 5_000, high: 9_000 })), 1, "{kind:?}");
        assert_eq!(pale(&bars(Figure::FewerThan(9_000))), 1, "{kind:?}");
        assert_eq!(pale(&bars(Figure::NotReported)), 0, "{kind:?}");
        let shapes =
            |svg: &str| ["<rect", "<circle", "<polygon"].map(|shape| svg.matches(shape).count()).iter().sum::<usize>();
        assert_eq!(shapes(&bars(Figure::NotReported)) + 1, shapes(&bars(Figure::Exact(5))), "{kind:?}: a gap, not 0");
    }
}

#[test]
fn a_part_of_the_time_and_a_series_less_are_drawn_like_a_chart_of_their_own() {
    for kind in KINDS {
        let whole = chart(kind);
        let mut part = whole.clone();
        part.categories.remove(2);
        part.series.pop();
        part.series[0].figures.pop();
        let view = View { zoom: Some((0, 1)), hidden: vec![1], ..View::default() };
        assert_eq!(draw(&whole, &view), draw(&part, &View::default()), "{kind:?}");
    }
}

#[test]
fn an_axis_ends_at_or_above_the_highest_in_round_steps() {
    for (highest, end, step) in
        [(1, 1, 1), (5, 5, 1), (6, 6, 2), (11, 15, 5), (99, 100, 20), (211_201, 250_000, 50_000)]
    {
        assert_eq!(scale(highest, 1), (end, step), "{highest}");
    }
    assert_eq!(scale(815, 10), (1_000, 200), "in tenths of a percent");
    assert_eq!(scale(3, 10), (10, 10));
}

#[test]
fn a_place_across_the_chart_is_in_one_category() {
    let chart = chart(Kind::Stacked);
    let view = View::default();
    let at = |across, down| place_at(&chart, &view, across, down);
    assert_eq!(at(0, 500), None);
    assert_eq!(at(1_000, 500), None);
    let all = (0..=1_000).filter_map(|across| at(across, 500)).map(|place| place.category).collect::<Vec<_>>();
    assert!(all.is_sorted());
    assert_eq!((all.first(), all.last()), (Some(&0), Some(&2)));
    // Above the axis stands the first series, and the second on top of it.
    assert_eq!(at(200, 820), Some(Place { category: 0, series: Some(0) }));
    assert_eq!(at(200, 250), Some(Place { category: 0, series: Some(1) }));
    let zoomed = View { zoom: Some((1, 2)), ..View::default() };
    assert_eq!(place_at(&chart, &zoomed, 200, 820).map(|place| place.category), Some(1));
}

#[test]
fn names_at_the_ends_never_overlap() {
    for count in 1..=24_u64 {
        let mut chart = chart(Kind::Lines);
        chart.marks.clear();
        chart.series = (0..count)
            .map(|place| Series { name: format!("Series {place}"), figures: vec![Figure::Exact(100 + place / 3); 3] })
            .collect();
        let svg = draw(&chart, &View::default());
        let height = svg.split_once("height=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(height, _)| height);
        let height = height.unwrap().parse::<i32>().unwrap();
        let mut rows = Vec::new();
        for text in svg.split("<text ").skip(1).filter(|text| text.contains("Series ")) {
            let row = text.split_once("y=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
            rows.push(row.parse::<i32>().unwrap());
        }
        rows.sort_unstable();
        assert_eq!(rows.len() as u64, count);
        assert!(rows.windows(2).all(|pair| pair[1] - pair[0] >= 16), "{count}: {rows:?}");
        assert!(rows.iter().all(|row| (0..height).contains(row)), "{count}: {rows:?} of {height}");
    }
}

#[test]
fn a_unit_writes_its_figures() {
    let (requests, percent) = (Unit::whole("requests"), Unit::percent());
    assert_eq!(requests.say(Figure::Exact(1)), "1 request");
    assert_eq!(requests.say(Figure::Band { low: 0, high: 1_249 }), "0 to 1,249 requests");
    assert_eq!(requests.say(Figure::NotReported), "not reported");
    assert_eq!(percent.say(Figure::Exact(815)), "81.5%");
    assert_eq!(percent.say(Figure::Band { low: 800, high: 1_000 }), "80 to 100%");
    assert_eq!(
        Unit { name: "requests per 100,000 inhabitants".to_owned(), decimals: 2 }.label(Figure::Exact(105)),
        "1.05"
    );
}

#[test]
fn names_too_long_are_cut() {
    assert_eq!(clipped("Germany", 200, SMALL), "Germany");
    let cut = clipped("Challenged in part or rejected", 100, SMALL);
    assert!(cut.ends_with('…') && width(&cut, SMALL) <= 100, "{cut}");
}
