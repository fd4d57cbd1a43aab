//! Bars from the left; those of several series one under the other.

use plotters::{prelude::*, style::text_anchor::HPos};

use super::{
    draw::{Area, Drawn, FREE, Look, STEP, colour, coordinate, label, open_part, plot},
    palette::{SERIES, SOFT},
    shown::{Layout, Shown, across_name},
};

pub(super) fn draw<'a>(shown: &Shown, layout: &Layout, area: &Area<'a>) -> Drawn<'a> {
    let several = shown.series.len() > 1;
    let row = STEP * coordinate(shown.series.len() as u64);
    let bottom = coordinate(shown.categories.len() as u64) * row;
    let plot = &plot(area, layout, coordinate(layout.end), bottom);
    for category in 0..shown.categories.len() {
        // The first stands at the top.
        let top = bottom - coordinate(category as u64) * row;
        let marked = shown.is_marked(category);
        let look = Look { across: HPos::Right, bold: marked, ..Look::default() };
        label(plot, (0, top - row / 2), (-10, 0), &across_name(shown, category), &look)?;
        for (place, (_, series)) in shown.series.iter().enumerate() {
            let figure = shown.figure(place, category);
            let upper = top - STEP * coordinate(place as u64);
            let free = if several { FREE / 2 } else { FREE + 4 };
            let (low, high) = figure.bounds().unwrap_or_default();
            let colour = if marked && !several { SERIES[1] } else { colour(shown, place) };
            let dimmed = several && shown.is_dimmed(place, category);
            let colour = colour.mix(if dimmed { 0.45 } else { 1.0 });
            let corners = [(0, upper - free), (coordinate(low), upper - STEP + free)];
            if low > 0 {
                plot.draw(&Rectangle::new(corners, colour.filled()))?;
            }
            if high > low {
                let (start, end) = (corners[1].0, coordinate(high));
                let from = plot.map_coordinate(&(start, corners[0].1));
                let to = plot.map_coordinate(&(end, corners[1].1));
                open_part(plot, (start, corners[0].1), (to.0 - from.0, to.1 - from.1), false, &colour)?;
            }
            let mut text = String::new();
            if several {
                text.push_str(&series.name);
                text.push_str(": ");
            }
            text.push_str(&shown.chart.unit.label(figure));
            label(
                plot,
                (coordinate(high), upper - STEP / 2),
                (8, 0),
                &text,
                &Look { bold: marked, ..Look::default() },
            )?;
        }
    }
    plot.draw(&PathElement::new(vec![(0, 0), (0, bottom)], SOFT))
}
