//! Where countries are on the map, as `scripts/make-world-outlines` wrote it down.

use std::{collections::BTreeMap, sync::LazyLock};

use domain::CountryCode;

/// Across and down, in units of the grid.
pub(super) type Point = (f64, f64);

/// An upright rectangle of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Frame {
    pub fn around((x, y): Point) -> Self {
        Self { left: x, top: y, right: x, bottom: y }
    }

    pub fn width(self) -> f64 {
        self.right - self.left
    }

    pub fn height(self) -> f64 {
        self.bottom - self.top
    }

    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub fn meets(self, other: Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    pub fn holds(self, other: Self) -> bool {
        self.with(other) == self
    }
}

pub(super) struct Outline {
    pub middle: Point,
    /// Around its largest part, or its middle alone: the United States without Alaska.
    pub frame: Frame,
    /// An SVG path. Empty for countries too small to be drawn.
    pub path: &'static str,
}

pub(super) struct World {
    /// The whole grid.
    pub frame: Frame,
    pub equator: f64,
    /// All land but Antarctica.
    pub land: &'static str,
    pub countries: BTreeMap<CountryCode, Outline>,
}

/// A line that says something else is left out; the tests hold that none is.
pub(super) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut world = World { frame: Frame::around((0.0, 0.0)), equator: 0.0, land: "", countries: BTreeMap::default() };
    for line in include_str!("world_outlines.csv").lines().filter(|line| !line.starts_with('#')) {
        let Some((name, rest)) = line.split_once(',') else { continue };
        match name {
            "grid" => {
                if let [right, bottom, equator] = numbers(rest)[..] {
                    world.frame = Frame { right, bottom, ..world.frame };
                    world.equator = equator;
                }
            }
            "land" => world.land = rest,
            code => {
                let Some((places, path)) = rest.rsplit_once(',') else { continue };
                if let Some(code) = CountryCode::parse(code)
                    && let [x, y, left, top, right, bottom] = numbers(places)[..]
                {
                    let frame = Frame { left, top, right, bottom };
                    world.countries.insert(code, Outline { middle: (x, y), frame, path });
                }
            }
        }
    }
    world
});

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corners of a path of `M`, `l` and `z`, or nothing where it is anything else.
    fn corners(path: &str) -> Option<Vec<Point>> {
        let mut corners = Vec::new();
        for ring in path.strip_suffix('z')?.split('z') {
            let (start, steps) = ring.strip_prefix('M')?.split_once('l')?;
            let spaced = |text: &str| {
                let numbers = text.replace('-', " -");
                numbers.split_whitespace().map(|number| number.parse::<i32>().ok()).collect::<Option<Vec<_>>>()
            };
            let [mut x, mut y] = spaced(start)?[..] else { return None };
            let steps = spaced(steps)?;
            if steps.len() < 4 || steps.len() % 2 != 0 {
                return None;
            }
            corners.push((f64::from(x), f64::from(y)));
            for step in steps.chunks(2) {
                (x, y) = (x + step[0], y + step[1]);
                corners.push((f64::from(x), f64::from(y)));
            }
        }
        Some(corners)
    }

    #[test]
    fn every_country_is_somewhere_but_those_of_antarctica() {
        let nowhere = CountryCode::all().filter(|code| !WORLD.countries.contains_key(code)).collect::<Vec<_>>();
        assert_eq!(nowhere, [CountryCode::parse("AQ").unwrap()]);
    }

    #[test]
    fn every_line_of_the_file_is_read() {
        let lines = include_str!("world_outlines.csv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(WORLD.countries.len() + 2, lines);
        assert!(WORLD.frame.width() > 0.0 && WORLD.frame.height() > 0.0);
        assert!(WORLD.equator > 0.0 && WORLD.equator < WORLD.frame.bottom);
    }

    #[test]
    fn every_path_parses_and_lies_in_the_grid() {
        let paths = WORLD.countries.iter().map(|(code, of)| (code.as_str(), of.path)).chain([("land", WORLD.land)]);
        for (name, path) in paths.filter(|(_, path)| !path.is_empty()) {
            let corners = corners(path).unwrap_or_else(|| panic!("{name}: {path}"));
            for corner in corners {
                assert!(WORLD.frame.holds(Frame::around(corner)), "{name}: {corner:?}");
            }
        }
    }

    #[test]
    fn a_middle_is_in_its_frame_and_the_frame_is_around_the_first_ring() {
        for (code, of) in &WORLD.countries {
            assert!(of.frame.holds(Frame::around(of.middle)), "{code}");
            assert!(WORLD.frame.holds(of.frame), "{code}");
            let Some((first, _)) = of.path.split_once('z') else {
                assert_eq!(of.frame, Frame::around(of.middle), "{code}");
                continue;
            };
            let corners = corners(&format!("{first}z")).unwrap();
            let around = corners.into_iter().map(Frame::around).reduce(Frame::with);
            assert_eq!(around, Some(of.frame), "{code}");
        }
    }

    #[test]
    fn countries_are_where_one_would_look_for_them() {
        let middle = |code| WORLD.countries[&CountryCode::parse(code).unwrap()].middle;
        let west_to_east = ["US", "GF", "IE", "FR", "DE", "XK", "IN", "SG", "JP", "NZ"].map(|code| middle(code).0);
        assert!(west_to_east.is_sorted(), "{west_to_east:?}");
        let north_to_south = ["SJ", "NO", "DE", "CH", "MT", "HK", "SG", "AU", "BV"].map(|code| middle(code).1);
        assert!(north_to_south.is_sorted(), "{north_to_south:?}");
    }
}
