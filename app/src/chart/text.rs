//! How wide texts are, and a backend that says so.
//!
//! Left to itself plotters asks the browser, by an element with a `style` attribute that the content security policy
//! forbids, and gets another width than the server does.

use plotters::prelude::SVGBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// The widths of DejaVu Sans, in hundredths of the size. Browsers have few sans-serif faces that are wider: in a
/// narrower one, such as the condensed one of PNGs, more room is left.
fn width_of(letter: char) -> u32 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '\'' | '.' | ',' | ' ' | '’' => 32,
        ':' | ';' | '/' => 34,
        'f' | 't' | '(' | ')' | '-' => 40,
        'r' => 42,
        'c' | 'k' | 's' | 'z' => 58,
        'v' | 'x' | 'y' => 60,
        'G' | 'D' | 'O' | 'Q' | '&' => 79,
        'H' | 'N' | 'U' => 76,
        'm' | 'M' | 'W' => 99,
        'w' => 82,
        'A'..='Z' => 72,
        '–' | '“' | '”' => 64,
        // Letters of other scripts too.
        '@' | '…' | '—' | 'Æ' | 'æ' | 'Œ' | 'œ' | 'Ŵ' | '\u{250}'.. => 108,
        '+' | '<' | '=' | '>' | '#' | '~' | '^' | '÷' | '\u{c0}'..='\u{de}' | '\u{100}'..='\u{24f}' => 84,
        '%' => 96,
        _ => 64,
    }
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, size: u32) -> i32 {
    let hundredths = text.chars().map(width_of).sum::<u32>() * size;
    i32::try_from(hundredths.div_ceil(100)).unwrap_or(i32::MAX)
}

/// How wide it is in bold letters, which take an eighth more.
pub(super) fn bold_width(text: &str, size: u32) -> i32 {
    let width = width(text, size);
    width + width / 8
}

/// The room that is left of so much where letters are bold.
pub(super) fn room_of_bold(room: i32) -> i32 {
    room * 8 / 9
}

/// As much of a text as there is room for.
pub(super) fn clipped(text: &str, room: i32, size: u32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while width(&short, size) > room - width("…", size) && short.pop().is_some() {}
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
