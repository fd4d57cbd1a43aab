use super::*;
use crate::chart::Series;

fn chart(name: ChartName) -> Chart {
    let categories = match name {
        ChartName::Countries => vec!["United States".to_owned(), "Côte d’Ivoire <&>".to_owned()],
        _ => ["2012-H2", "2013-H1", "2013-H2"].map(str::to_owned).to_vec(),
    };
    let figures = [Figure::Exact(12_539), Figure::Band { low: 0, high: 249 }, Figure::NotReported];
    let figures = figures[..categories.len()].to_vec();
    let series = ["Data provided", "No data"].map(|name| Series { name: name.to_owned(), figures: figures.clone() });
    Chart {
        name,
        id: name.as_str().to_owned(),
        title: "Requests & more".to_owned(),
        sentence: "Less < more.".to_owned(),
        source: "Source: a test".to_owned(),
        categories,
        series: series.to_vec(),
    }
}

#[test]
fn a_chart_carries_no_style_and_no_script_and_says_what_it_is() {
    for name in ChartName::ALL {
        for standalone in [false, true] {
            let svg = draw(&chart(name), &View { standalone, marked: vec![0] });
            assert!(svg.starts_with("<svg width=\"760\""), "{svg}");
            assert!(svg.contains("<title id=\"") && svg.contains("Requests &amp; more</title>"), "{svg}");
            assert!(svg.contains("Less &lt; more.</desc>"), "{svg}");
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
    let mut empty = chart(ChartName::Totals);
    empty.series.clear();
    assert!(draw(&empty, &View::default()).contains("No figures were reported"));
    empty.categories.clear();
    assert!(draw(&empty, &View::default()).contains("No figures were reported"));
}

/// The browser draws the same bytes: these are compared with what WebAssembly gives in `end2end`.
#[test]
fn the_bytes_are_these() {
    insta::assert_snapshot!(draw(&chart(ChartName::Totals), &View::default()));
}

#[test]
fn an_axis_ends_at_or_above_the_highest_in_round_steps() {
    for (highest, end, step) in
        [(1, 1, 1), (5, 5, 1), (6, 6, 2), (11, 15, 5), (99, 100, 20), (211_201, 250_000, 50_000)]
    {
        assert_eq!(scale(highest), (end, step), "{highest}");
    }
}

#[test]
fn a_place_across_the_chart_is_in_one_category() {
    let chart = chart(ChartName::Totals);
    assert_eq!(category_at(&chart, 0), None);
    assert_eq!(category_at(&chart, 1_000), None);
    let all = (0..=1_000).filter_map(|thousandths| category_at(&chart, thousandths)).collect::<Vec<_>>();
    assert!(all.is_sorted());
    assert_eq!((all.first(), all.last()), (Some(&0), Some(&2)));
}

#[test]
fn names_too_long_are_cut() {
    assert_eq!(clipped("Germany", 200), "Germany");
    let cut = clipped("Challenged in part or rejected", 100);
    assert!(cut.ends_with('…') && width(&cut, SMALL) <= 100, "{cut}");
}
