//! How wide texts are, and a backend that says so.
//!
//! Left to itself plotters asks the browser, by an element with a `style` attribute that the content security policy
//! forbids, and gets another width than the server does.

use plotters::prelude::SVGBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// About the widths of wide sans-serif faces, in hundredths of the size: in a narrower one more room is left.
fn width_of(letter: char) -> u32 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '\'' | '.' | ',' | ':' | ' ' | '’' => 32,
        'f' | 't' | 'r' | '(' | ')' | '-' => 40,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 58,
        'm' | 'M' | 'W' => 98,
        'w' => 82,
        'A'..='Z' => 72,
        '%' => 95,
        _ => 63,
    }
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, size: u32) -> i32 {
    let hundredths = text.chars().map(width_of).sum::<u32>() * size;
    i32::try_from(hundredths / 100).unwrap_or(i32::MAX)
}

/// As much of a text as there is room for.
pub(super) fn clipped(text: &str, room: i32, size: u32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while width(&short, size) > room - 12 && short.pop().is_some() {}
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// A text in lines that there is room for. A single word that is too long is cut.
pub(super) fn wrapped(text: &str, size: u32, room: i32) -> Vec<String> {
    let mut lines = Vec::<String>::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| width(line, size) + width(word, size) + width(" ", size) <= room) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(clipped(word, room, size)),
        }
    }
    lines
}

/// An SVG whose texts have the widths of [`width`].
pub(super) struct Svg<'a>(pub SVGBackend<'a>);

type Drawn<'a> = Result<(), DrawingErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

impl<'a> DrawingBackend for Svg<'a> {
    type ErrorType = <SVGBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<'a> {
        self.0.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn<'a> {
        self.0.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<'a> {
        self.0.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn<'a> {
        self.0.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<'a> {
        self.0.fill_polygon(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn<'a> {
        self.0.draw_text(text, style, pos)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        // Sizes are small positive numbers.
        let size = style.size() as u32;
        Ok((width(text, size).unsigned_abs(), size))
    }
}
