//! Colours. They are those of the light theme in `style/tokens.css`; inside a page, `style/transparency.css` puts
//! the theme's in their place, by the very letters that plotters writes.

use plotters::style::RGBColor;

pub(super) const GROUND: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const INK: RGBColor = RGBColor(0x14, 0x20, 0x1f);
pub(super) const SOFT: RGBColor = RGBColor(0x55, 0x60, 0x5d);
pub(super) const LINE: RGBColor = RGBColor(0xdc, 0xd9, 0xcf);

/// Told apart with normal sight, protanopia, deuteranopia and tritanopia; texts name each all the same.
pub const SERIES: [RGBColor; 8] = [
    RGBColor(0x0b, 0x5b, 0x68),
    RGBColor(0xd2, 0x60, 0x1a),
    RGBColor(0x2e, 0x31, 0x80),
    RGBColor(0x3f, 0x87, 0xd3),
    RGBColor(0xb5, 0x6f, 0x80),
    RGBColor(0x93, 0x40, 0x0f),
    RGBColor(0x7c, 0x4b, 0xba),
    RGBColor(0x67, 0x25, 0x25),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_are_those_of_the_light_theme_and_are_put_in_their_place() {
        let tokens = include_str!("../../../style/tokens.css").to_lowercase();
        let places = include_str!("../../../style/transparency.css");
        let mut names = vec![("ink".to_owned(), INK), ("ink-soft".to_owned(), SOFT), ("line".to_owned(), LINE)];
        names.extend(SERIES.iter().enumerate().map(|(place, colour)| (format!("series-{}", place + 1), *colour)));
        for (name, RGBColor(r, g, b)) in names {
            assert!(tokens.contains(&format!("--{name}: #{r:02x}{g:02x}{b:02x};")), "{name}");
            assert!(places.contains(&format!("[fill=\"#{r:02X}{g:02X}{b:02X}\"]")), "{name}");
            assert!(places.contains(&format!("[stroke=\"#{r:02X}{g:02X}{b:02X}\"]")), "{name}");
        }
    }
}
