//! Where names stand on the map: beside the middle of their country, where they cover nothing.

use domain::CountryCode;

use super::{
    outlines::{Frame, Point},
    text::width,
};

/// How high a line of text is, and how far its letters reach above where it stands, in letter sizes.
const LINE: f64 = 1.1;
const ABOVE: f64 = 0.85;

/// A country that is to be named.
pub(super) struct Named {
    pub code: CountryCode,
    pub middle: Point,
    pub frame: Frame,
}

/// A name in its place. `beside` is in letter sizes, so that it stays close where letters are smaller.
#[derive(Debug)]
pub(super) struct Label {
    pub text: String,
    pub at: Point,
    pub beside: (f64, f64),
    pub anchor: Anchor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// Over the middle, for a country that has room for its name.
const INSIDE: (Anchor, (f64, f64)) = (Anchor::Middle, (0.0, 0.35));
/// Beside it, the best first.
const BESIDE: [(Anchor, (f64, f64)); 10] = [
    (Anchor::Start, (0.65, 0.35)),
    (Anchor::Middle, (0.0, 1.35)),
    (Anchor::End, (-0.65, 0.35)),
    (Anchor::Middle, (0.0, -0.65)),
    (Anchor::Start, (0.45, 1.1)),
    (Anchor::End, (-0.45, 1.1)),
    (Anchor::Start, (0.45, -0.4)),
    (Anchor::End, (-0.45, -0.4)),
    (Anchor::Middle, (0.0, 2.1)),
    (Anchor::Middle, (0.0, -1.4)),
];

impl Label {
    /// What it covers with letters of this size.
    pub fn covers(&self, size: f64) -> Frame {
        let across = f64::from(width(&self.text, 100)) / 100.0 * size;
        let x = self.at.0 + self.beside.0 * size;
        let left = match self.anchor {
            Anchor::Start => x,
            Anchor::Middle => x - across / 2.0,
            Anchor::End => x - across,
        };
        let top = self.at.1 + (self.beside.1 - ABOVE) * size;
        Frame { left, top, right: left + across, bottom: top + LINE * size }
    }
}

/// One name after the other takes the best place that is left; small countries, which have the fewest, come first. Where
/// there is none for a name there may be one for its code, and a country that has neither is named by its title alone.
pub(super) fn place(named: &[Named], arrows: &[Point], view: Frame, size: f64) -> Vec<Label> {
    let mut order = named.iter().collect::<Vec<_>>();
    order.sort_by(|a, b| area(a.frame).total_cmp(&area(b.frame)));
    let mut labels = Vec::<Label>::new();
    let mut taken = Vec::<Frame>::new();
    for country in order {
        // Other countries' middles are where their spots are and arrows end.
        let spots = named.iter().filter(|other| other.code != country.code).map(|other| spot(other.middle, size));
        let spots = spots.collect::<Vec<_>>();
        let free = |frame: Frame| view.holds(frame) && !taken.iter().chain(&spots).any(|other| other.meets(frame));
        let arrows_in = |frame: Frame| arrows.iter().filter(|point| Frame::around(**point).meets(frame)).count();
        let others_in =
            |frame: Frame| named.iter().filter(|other| other.code != country.code && other.frame.meets(frame)).count();
        let best = |text: &str| {
            let label = |(anchor, beside)| Label { text: text.to_owned(), at: country.middle, beside, anchor };
            let inside = label(INSIDE);
            let frame = inside.covers(size);
            if country.frame.holds(frame) && free(frame) && arrows_in(frame) == 0 {
                return Some((frame, inside));
            }
            let places = BESIDE.into_iter().map(label).map(|label| (label.covers(size), label)).enumerate();
            // The least of what arrows and other countries would be covered.
            let cost = |place: usize, frame: Frame| arrows_in(frame) * 4 + others_in(frame) * 3 + place;
            let best =
                places.filter(|(_, (frame, _))| free(*frame)).min_by_key(|(place, (frame, _))| cost(*place, *frame));
            best.map(|(_, place)| place)
        };
        if let Some((frame, label)) = best(country.code.name()).or_else(|| best(country.code.as_str())) {
            taken.push(frame);
            labels.push(label);
        }
    }
    labels
}

fn area(frame: Frame) -> f64 {
    frame.width() * frame.height()
}

fn spot((x, y): Point, size: f64) -> Frame {
    let reach = 0.4 * size;
    Frame { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
}
