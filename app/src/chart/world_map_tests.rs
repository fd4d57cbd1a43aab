use super::*;

fn code(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

fn country(of: &str, shade: &'static str) -> MapCountry {
    MapCountry { code: code(of), shade, label: "Data & more".to_owned() }
}

fn flow(from: &str, to: &str, flagged: bool) -> MapFlow {
    MapFlow { from: code(from), to: code(to), label: "<support>".to_owned(), flagged }
}

fn render(countries: Vec<MapCountry>, flows: Vec<MapFlow>) -> String {
    let key = ["stored", "processed", "accessed", "flow", "flagged"];
    let key = key.map(|shade| MapKey { shade, label: format!("<{shade}>") }).to_vec();
    view! { <WorldMap id="places" title="A <title>" description="This & that" countries flows key /> }.to_html()
}

fn example() -> (Vec<MapCountry>, Vec<MapFlow>) {
    let countries = [("DE", "stored"), ("IE", "stored"), ("US", "processed"), ("IN", "accessed"), ("SG", "processed")];
    let countries = countries.map(|(code, shade)| country(code, shade)).to_vec();
    (countries, vec![flow("IE", "US", false), flow("IE", "IN", false), flow("DE", "SG", true), flow("DE", "DE", true)])
}

/// The values of an attribute in markup.
fn values<'a>(html: &'a str, before: &str) -> Vec<&'a str> {
    html.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The tags of this name whose class begins so.
fn tags<'a>(html: &'a str, name: &str, class: &str) -> Vec<&'a str> {
    let class = format!(" class=\"{class}");
    let named = html.split('<').filter(|tag| tag.starts_with(&format!("{name} ")));
    named.filter(|tag| tag.contains(&class)).collect()
}

#[test]
fn a_map_says_what_it_is_and_carries_no_style_and_no_text_as_markup() {
    let (countries, flows) = example();
    let html = render(countries, flows);
    assert!(html.contains("role=\"img\" aria-labelledby=\"places-title places-desc\""), "{html}");
    assert!(html.contains("<title id=\"places-title\">A &lt;title&gt;</title>"), "{html}");
    assert!(html.contains("<desc id=\"places-desc\">This &amp; that</desc>"), "{html}");
    assert!(html.contains("<title>Germany: Data &amp; more</title>"), "{html}");
    assert!(html.contains("<title>Germany to Singapore: &lt;support&gt;</title>"), "{html}");
    assert!(html.contains("&lt;flagged&gt;"), "{html}");
    assert!(!html.contains("style=") && !html.contains("<script") && !html.contains("<support"), "{html}");
    let ids = values(&html, " id=\"");
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id), "{id} is there twice");
    }
    for id in values(&html, "\"url(#") {
        assert!(ids.contains(&id.trim_end_matches(')')), "{id}");
    }
}

#[test]
fn land_is_one_path_and_each_country_is_drawn_once_with_a_spot_where_it_is_small() {
    let (mut countries, flows) = example();
    countries.push(country("DE", "accessed"));
    countries.push(country("AQ", "accessed"));
    let html = render(countries, flows);
    assert_eq!(tags(&html, "path", "map-land").len(), 1);
    assert_eq!(tags(&html, "path", "map-country").len(), 4);
    let spots = tags(&html, "circle", "map-country");
    let centres = spots.iter().map(|tag| [values(tag, " cx=\"")[0], values(tag, " cy=\"")[0]]).collect::<Vec<_>>();
    let middle = |of: &str| WORLD.countries[&code(of)].middle;
    let small = ["IE", "SG"].map(|of| [middle(of).0.to_string(), middle(of).1.to_string()]);
    assert_eq!(centres, small);
}

#[test]
fn an_arrow_goes_from_middle_to_middle_and_none_goes_nowhere() {
    let (countries, flows) = example();
    let html = render(countries, flows);
    let arrows = tags(&html, "path", "map-flow ");
    // The key has one of each kind, which is straight.
    let curves = arrows.iter().map(|tag| values(tag, " d=\"")[0]).filter(|path| path.contains('Q'));
    let curves = curves.collect::<Vec<_>>();
    let ends = [("IE", "US"), ("IE", "IN"), ("DE", "SG")];
    assert_eq!(curves.len(), ends.len(), "{arrows:?}");
    for (path, (from, to)) in curves.into_iter().zip(ends) {
        let middle = |of: &str| WORLD.countries[&code(of)].middle;
        let (from, to) = (middle(from), middle(to));
        assert!(path.starts_with(&format!("M{} {}Q", from.0, from.1)), "{path}");
        assert!(path.ends_with(&format!(" {} {}", to.0, to.1)), "{path}");
    }
    assert_eq!(tags(&html, "path", "map-flow flagged").len(), 2);
}

#[test]
fn arrows_between_the_same_two_lie_apart() {
    let flows = [flow("DE", "US", false), flow("US", "DE", false), flow("DE", "US", true)];
    let curves = curves(&flows);
    let controls = curves.iter().map(|(curve, _)| curve.control.1).collect::<Vec<_>>();
    assert!(controls.is_sorted_by(|before, after| before > after), "{controls:?}");
}

#[test]
fn what_is_named_is_in_view_and_the_view_in_the_grid() {
    let of = |codes: &[&str], flows: &[MapFlow]| {
        let countries = codes.iter().map(|code| country(code, "1")).collect();
        let shown = shown(countries, flows);
        let curves = curves(flows);
        let view = view(&shown, &curves);
        assert!(WORLD.frame.holds(view), "{codes:?}: {view:?}");
        assert!(view.width() >= CONTINENT, "{codes:?}: {view:?}");
        assert!(view.height() <= view.width() * HIGHEST + 1.0, "{codes:?}: {view:?}");
        for (country, of) in shown {
            assert!(view.holds(of.frame), "{codes:?}: {}", country.code);
        }
        for point in curves.iter().flat_map(|(curve, _)| curve.points()) {
            assert!(view.holds(Frame::around(point)), "{codes:?}: {point:?}");
        }
        view
    };
    let europe = of(&["DE", "IE", "LI", "MT"], &[]);
    assert_eq!(europe.width(), CONTINENT);
    of(&["US"], &[flow("IE", "AU", false)]);
    of(&["NZ", "WS", "TO"], &[]);
    of(&["CL", "CA"], &[]);
    let all = CountryCode::all().map(|code| code.as_str().to_owned()).collect::<Vec<_>>();
    of(&all.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    assert_eq!(of(&[], &[]), WORLD.frame);
}

#[test]
fn names_cover_no_other_and_stay_in_view() {
    let codes = "DE IE US IN SG FR GB NL BE LU CH LI AT IT MT ES PT PL CZ DK SE FI HK JP AU".split(' ');
    let shown = shown(codes.map(|code| country(code, "1")).collect(), &[]);
    let named =
        |(country, of): &(MapCountry, &Outline)| Named { code: country.code, middle: of.middle, frame: of.frame };
    let named = shown.iter().map(named).collect::<Vec<_>>();
    let view = view(&shown, &[]);
    for (layer, size) in LETTERS {
        let size = size * view.width() / 1_000.0;
        let labels = place(&named, &[], view, size);
        let frames = labels.iter().map(|label| label.covers(size)).collect::<Vec<_>>();
        for (place, frame) in frames.iter().enumerate() {
            assert!(view.holds(*frame), "{layer}: {:?}", labels[place]);
            assert!(!frames[..place].iter().any(|other| other.meets(*frame)), "{layer}: {:?}", labels[place]);
        }
        assert!(labels.len() >= 10, "{layer}: {labels:?}");
        // Smaller letters cover less of the same.
        for label in &labels {
            assert!(view.holds(label.covers(size / 2.0)), "{layer}: {label:?}");
        }
    }
}

#[test]
fn the_style_has_every_class() {
    let style = include_str!("../../../style/map.css");
    for shade in ["plain", "1", "3", "5", "stored"] {
        assert!(style.contains(&format!(".map-country.shade-{shade}")), "{shade}");
    }
    for shade in ["2", "4", "processed", "accessed"] {
        assert!(texture(shade).is_some(), "{shade}");
        for part in ["ground", "mark"] {
            assert!(style.contains(&format!(".map-{part}.shade-{shade}")), "{shade}");
        }
    }
    for (layer, _) in LETTERS {
        assert!(style.contains(&format!(".map-names.{layer}")), "{layer}");
    }
}

#[test]
fn of_many_countries_the_first_are_named() {
    let html = render(CountryCode::all().map(|code| country(code.as_str(), "1")).collect(), Vec::new());
    assert_eq!(html.matches("<title>").count(), WORLD.countries.len());
    assert!(html.matches("<text ").count() <= NAMES * LETTERS.len());
}
