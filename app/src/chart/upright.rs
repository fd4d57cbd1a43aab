//! Charts with an upright axis of numbers: bars side by side or on top of each other, and lines.

use domain::statistics::Figure;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, VPos},
};

use super::{
    Kind,
    draw::{Area, Drawn, FREE, Look, Plot, SMALL, STEP, WIDTH, colour, coordinate, label, open_part, plot},
    palette::{INK, LINE, SOFT},
    shown::{Layout, Shown, count},
    text::{clipped, width},
};

pub(super) fn draw<'a>(shown: &Shown, layout: &Layout, area: &Area<'a>) -> Drawn<'a> {
    let across = coordinate(shown.categories.len() as u64) * STEP;
    let plot = &plot(area, layout, across, coordinate(layout.end));
    for number in (0..=layout.end / layout.step).map(|times| times * layout.step) {
        let colour = if number == 0 { SOFT } else { LINE };
        let y = coordinate(number);
        plot.draw(&PathElement::new(vec![(0, y), (across, y)], colour))?;
        let look = Look { across: HPos::Right, colour: SOFT, ..Look::default() };
        label(plot, (0, y), (-8, 0), &shown.chart.unit.short(number), &look)?;
    }
    if shown.is_over_time() {
        periods(shown, plot)?
    } else {
        names(shown, plot)?
    }
    marks(shown, layout, plot)?;
    match shown.chart.kind {
        Kind::Lines => lines(shown, layout, plot)?,
        Kind::Bars | Kind::Stacked | Kind::Across => bars(shown, plot)?,
    }
    unknown(shown, plot)?;
    number(shown, plot)?;
    ends(shown, layout, plot)
}

/// Where a category begins.
fn start(category: usize) -> i64 {
    coordinate(category as u64) * STEP
}

fn middle(category: usize) -> i64 {
    start(category) + STEP / 2
}

/// Of each bar the part that is certain is full, and what it may be beyond is hatched.
fn bars<'a>(shown: &Shown, plot: &Plot<'a>) -> Drawn<'a> {
    let stacked = shown.chart.kind == Kind::Stacked;
    let beside = if stacked { 1 } else { coordinate(shown.series.len().max(1) as u64) };
    let wide = (STEP - 2 * FREE) / beside;
    for category in 0..shown.categories.len() {
        let mut base = 0;
        for series in 0..shown.series.len() {
            let Some((low, high)) = shown.figure(series, category).bounds() else { continue };
            let place = if stacked { 0 } else { coordinate(series as u64) };
            let left = start(category) + FREE + place * wide;
            let colour = colour(shown, series).mix(if shown.is_dimmed(series, category) { 0.45 } else { 1.0 });
            let certain = base + coordinate(low);
            if low > 0 {
                plot.draw(&Rectangle::new([(left, base), (left + wide, certain)], colour.filled()))?;
            }
            if high > low {
                let end = base + coordinate(high);
                let (from, to) = (plot.map_coordinate(&(left, certain)), plot.map_coordinate(&(left + wide, end)));
                open_part(plot, (left, certain), (to.0 - from.0, to.1 - from.1), true, &colour)?;
            }
            if stacked {
                base += coordinate(high);
            }
        }
    }
    Ok(())
}

/// Each line goes through what is exact. Where it is not, an area reaches from the least to the most; where nothing was
/// published, there is a gap.
fn lines<'a>(shown: &Shown, layout: &Layout, plot: &Plot<'a>) -> Drawn<'a> {
    for category in (0..shown.categories.len()).filter(|category| shown.is_marked(*category)) {
        let x = middle(category);
        plot.draw(&PathElement::new(vec![(x, 0), (x, coordinate(layout.end))], SOFT))?;
    }
    for series in 0..shown.series.len() {
        let dimmed = shown.is_dimmed(series, 0);
        let colour = colour(shown, series).mix(if dimmed { 0.45 } else { 1.0 });
        let bounds = (0..shown.categories.len()).map(|category| shown.figure(series, category).bounds());
        let bounds = bounds.collect::<Vec<_>>();
        let exact = |category: usize| bounds[category].filter(|(low, high)| low == high).map(|(low, _)| low);
        let mut area = Vec::<(i64, u64, u64)>::new();
        let mut line = Vec::<(i64, i64)>::new();
        for category in 0..bounds.len() {
            let x = middle(category);
            let Some((low, high)) = bounds[category] else {
                flush(plot, &mut area, &mut line, &colour)?;
                continue;
            };
            let before = category.checked_sub(1).filter(|before| bounds[*before].is_some());
            // An area lies between two figures of which either is a range.
            match before {
                Some(before) if exact(before).is_none() || low != high => {
                    if area.is_empty()
                        && let Some((low, high)) = bounds[before]
                    {
                        area.push((middle(before), low, high));
                    }
                    area.push((x, low, high));
                    flush(plot, &mut Vec::new(), &mut line, &colour)?;
                }
                _ => flush(plot, &mut area, &mut Vec::new(), &colour)?,
            }
            if low == high {
                line.push((x, coordinate(low)));
            }
        }
        flush(plot, &mut area, &mut line, &colour)?;
        for (category, bounds) in bounds.iter().enumerate() {
            let Some((low, high)) = *bounds else { continue };
            let at = (middle(category), coordinate(high));
            if low == high {
                let size = if shown.is_marked(category) { 5 } else { 3 };
                plot.draw(&Circle::new(at, size, colour.filled()))?;
            } else {
                // A whisker, with an end at either side.
                let foot = plot.map_coordinate(&(at.0, coordinate(low))).1 - plot.map_coordinate(&at).1;
                let whisker = PathElement::new(
                    vec![(-4, 0), (4, 0), (0, 0), (0, foot), (-4, foot), (4, foot)],
                    colour.stroke_width(2),
                );
                plot.draw(&(EmptyElement::at(at) + whisker))?;
            }
        }
    }
    Ok(())
}

/// Draws what was gathered of an area and of a line.
fn flush<'a>(
    plot: &Plot<'a>,
    area: &mut Vec<(i64, u64, u64)>,
    line: &mut Vec<(i64, i64)>,
    colour: &RGBAColor,
) -> Drawn<'a> {
    if area.len() > 1 {
        let upper = area.iter().map(|(x, _, high)| (*x, coordinate(*high)));
        let lower = area.iter().rev().map(|(x, low, _)| (*x, coordinate(*low)));
        plot.draw(&Polygon::new(upper.chain(lower).collect::<Vec<_>>(), colour.mix(0.3).filled()))?;
    }
    area.clear();
    let line = std::mem::take(line);
    if line.len() > 1 {
        plot.draw(&PathElement::new(line, colour.stroke_width(2)))?;
    }
    Ok(())
}

/// A sign where there is a number that nobody published.
fn unknown<'a>(shown: &Shown, plot: &Plot<'a>) -> Drawn<'a> {
    for category in 0..shown.categories.len() {
        let mut figures = (0..shown.series.len()).map(|series| shown.figure(series, category));
        if shown.reach(category).is_none() && figures.any(|figure| figure == Figure::NotReported) {
            let look = Look { across: HPos::Center, down: VPos::Bottom, colour: SOFT, ..Look::default() };
            label(plot, (middle(category), 0), (0, -2), "–", &look)?;
        }
    }
    Ok(())
}

/// Under the axis each period where there is room, or else a year under its half-years, as many years apart as needed.
fn periods<'a>(shown: &Shown, plot: &Plot<'a>) -> Drawn<'a> {
    let look = || Look { across: HPos::Center, down: VPos::Top, colour: SOFT, ..Look::default() };
    let (across, _) = plot.dim_in_pixel();
    let column = across as usize / shown.categories.len().max(1);
    let fits = |text: &str| width(text, SMALL) + 14 <= count(column);
    if shown.categories.iter().all(|name| fits(name)) {
        for (category, name) in shown.categories.iter().enumerate() {
            label(plot, (middle(category), 0), (0, 8), name, &look())?;
        }
        return Ok(());
    }
    let mut years = Vec::<(&str, usize, usize)>::new();
    for (category, name) in shown.categories.iter().enumerate() {
        let (year, _) = name.split_once('-').unwrap_or((name, ""));
        match years.last_mut().filter(|(before, ..)| *before == year) {
            Some((.., last)) => *last = category,
            None => years.push((year, category, category)),
        }
    }
    let room = usize::try_from(width("2000", SMALL) + 14).unwrap_or(1);
    let apart = (room * years.len()).div_ceil(across.max(1) as usize).max(1);
    // Half a year at either end would crowd the whole one beside it.
    if years.len() > 4 {
        let half = |(_, first, last): &(&str, usize, usize)| first == last;
        years.pop_if(|year| half(year));
        if years.first().is_some_and(half) {
            years.remove(0);
        }
    }
    for (year, first, last) in years.into_iter().step_by(apart) {
        let x = coordinate((first + last + 1) as u64) * STEP / 2;
        label(plot, (x, 0), (0, 8), year, &look())?;
    }
    Ok(())
}

/// The name of each category under it, as far as there is room.
fn names<'a>(shown: &Shown, plot: &Plot<'a>) -> Drawn<'a> {
    let (across, _) = plot.dim_in_pixel();
    let room = count(across as usize / shown.categories.len().max(1)) - 6;
    for (category, name) in shown.categories.iter().enumerate() {
        let look = Look { across: HPos::Center, down: VPos::Top, colour: SOFT, ..Look::default() };
        label(plot, (middle(category), 0), (0, 8), &clipped(name, room, SMALL), &look)?;
    }
    Ok(())
}

/// A line where something changed, with the letter under which the change is told below the chart.
fn marks<'a>(shown: &Shown, layout: &Layout, plot: &Plot<'a>) -> Drawn<'a> {
    let end = coordinate(layout.end);
    for category in 0..shown.categories.len() {
        let letters = shown.letters(category);
        if !letters.is_empty() {
            let x = start(category);
            let foot = plot.map_coordinate(&(x, 0)).1 - plot.map_coordinate(&(x, end)).1;
            let line = PathElement::new(vec![(0, -6), (0, foot)], SOFT);
            plot.draw(&(EmptyElement::at((x, end)) + line))?;
            let look = Look { bold: true, down: VPos::Bottom, ..Look::default() };
            label(plot, (x, end), (3, -3), &letters, &look)?;
        }
    }
    Ok(())
}

/// The number that matters most, over its bar or point: of those picked out, or the highest. With several series it is
/// read beside the chart.
fn number<'a>(shown: &Shown, plot: &Plot<'a>) -> Drawn<'a> {
    let all = 0..shown.categories.len();
    if shown.series.len() != 1 {
        return Ok(());
    }
    let marked = all.clone().filter(|category| shown.is_marked(*category)).collect::<Vec<_>>();
    let numbered = if marked.is_empty() {
        all.clone().max_by_key(|category| shown.reach(*category)).into_iter().collect()
    } else {
        marked
    };
    // Beside the last its number stands anyway.
    for category in numbered.into_iter().filter(|category| category + 1 < all.end) {
        if let Some(high) = shown.reach(category) {
            let look = Look { across: HPos::Center, down: VPos::Bottom, bold: true, ..Look::default() };
            let text = shown.chart.unit.label(shown.figure(0, category));
            label(plot, (middle(category), coordinate(high)), (0, -5), &text, &look)?;
        }
    }
    Ok(())
}

/// The name of each series beside its end, with its number where there is room.
fn ends<'a>(shown: &Shown, layout: &Layout, plot: &Plot<'a>) -> Drawn<'a> {
    let Some(last) = shown.categories.len().checked_sub(1) else { return Ok(()) };
    let right = start(last + 1);
    let apart = shown.label_height();
    let mut base = 0;
    let mut places = Vec::new();
    for series in 0..shown.series.len() {
        let figure = shown.figure(series, last);
        // A line that ended earlier has its name where it ended.
        let known = (0..=last).rev().find_map(|category| shown.figure(series, category).middle());
        let up = match shown.chart.kind {
            Kind::Stacked => {
                let high = shown.most(series, last).unwrap_or(0);
                base += high;
                base - high / 2
            }
            Kind::Bars | Kind::Lines | Kind::Across => figure.middle().or(known).unwrap_or(0),
        };
        let (_, row) = plot.map_coordinate(&(right, coordinate(up)));
        places.push((row, series));
    }
    // From the bottom up, each far enough above the one before; then, if the uppermost stands too high, back down.
    places.sort_by_key(|(row, series)| (std::cmp::Reverse(*row), *series));
    let mut lowest = layout.bottom - apart / 2;
    for (row, _) in &mut places {
        *row = (*row).min(lowest);
        lowest = *row - apart;
    }
    let mut highest = layout.top + apart / 2 - 8;
    for (row, _) in places.iter_mut().rev() {
        *row = (*row).max(highest);
        highest = *row + apart;
    }
    let (_, zero) = plot.map_coordinate(&(right, 0));
    for (row, series) in places {
        let down = row - zero;
        let colour = colour(shown, series).mix(if shown.is_dimmed(series, last) && shown.chart.kind == Kind::Lines {
            0.45
        } else {
            1.0
        });
        let half = apart / 2 - 2;
        plot.draw(
            &(EmptyElement::at((right, 0)) + Rectangle::new([(4, down - half), (8, down + half)], colour.filled())),
        )?;
        let name = shown.series.get(series).map_or("", |(_, series)| series.name.as_str());
        let name = clipped(name, WIDTH - layout.right - 16, SMALL);
        let two = shown.has_numbers();
        label(
            plot,
            (right, 0),
            (14, if two { down - 8 } else { down }),
            &name,
            &Look { colour: INK, ..Look::default() },
        )?;
        if two {
            label(plot, (right, 0), (14, down + 8), &shown.at_end(series), &Look { bold: true, ..Look::default() })?;
        }
    }
    Ok(())
}
