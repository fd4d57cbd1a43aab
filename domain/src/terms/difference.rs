//! What differs between two versions, side by side.

use similar::{Algorithm, ChangeTag, TextDiff};

use super::{field::FieldSpec, kinds::Term};

/// A piece of a line: whether the other side doesn't have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub changed: bool,
    pub text: String,
}

/// One line of both versions, or of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Same(String),
    /// Lines of the older version that are gone, beside those of the newer that took their place, line by line.
    Changed {
        old: Option<Vec<Piece>>,
        new: Option<Vec<Piece>>,
    },
    /// So many equal lines are left out.
    Skipped(usize),
}

/// What differs in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    pub label: &'static str,
    pub rows: Vec<Row>,
}

/// Equal lines that are shown around those that differ.
const AROUND: usize = 2;

/// The fields that differ between two versions of a term, in their order.
pub fn difference(old: &Term, new: &Term) -> Vec<FieldDifference> {
    let before = old.lines();
    let (older, newer) = (&before, new.lines());
    let of_old = |spec: &FieldSpec| {
        older.iter().find(|(other, _)| other.name == spec.name).map(|(_, lines)| lines.clone()).unwrap_or_default()
    };
    newer
        .into_iter()
        .map(|(spec, new)| (spec.label, of_old(spec), new))
        .filter(|(_, old, new)| old != new)
        .map(|(label, old, new)| FieldDifference { label, rows: rows(&old, &new) })
        .collect()
}

fn rows(old: &[String], new: &[String]) -> Vec<Row> {
    let old = old.iter().map(String::as_str).collect::<Vec<_>>();
    let new = new.iter().map(String::as_str).collect::<Vec<_>>();
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_slices(&old, &new);
    let mut rows = Vec::new();
    for op in diff.ops() {
        let (old_range, new_range) = (op.old_range(), op.new_range());
        if op.tag() == similar::DiffTag::Equal {
            rows.extend(old_range.map(|line| Row::Same(old[line].to_owned())));
            continue;
        }
        let (mut olds, mut news) = (old_range.map(|line| old[line]), new_range.map(|line| new[line]));
        loop {
            match (olds.next(), news.next()) {
                (None, None) => break,
                (Some(old), Some(new)) => {
                    let (old, new) = pieces(old, new);
                    rows.push(Row::Changed { old: Some(old), new: Some(new) });
                }
                (old, new) => {
                    let whole = |line: &str| vec![Piece { changed: true, text: line.to_owned() }];
                    rows.push(Row::Changed { old: old.map(whole), new: new.map(whole) });
                }
            }
        }
    }
    skip(rows)
}

/// The words of two lines that stand beside each other.
fn pieces(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let push = |side: &mut Vec<Piece>, changed: bool, text: &str| match side.last_mut() {
        Some(last) if last.changed == changed => last.text.push_str(text),
        _ => side.push(Piece { changed, text: text.to_owned() }),
    };
    for change in TextDiff::from_words(old, new).iter_all_changes() {
        let text = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                push(&mut before, false, text);
                push(&mut after, false, text);
            }
            ChangeTag::Delete => push(&mut before, true, text),
            ChangeTag::Insert => push(&mut after, true, text),
        }
    }
    (before, after)
}

/// Leaves out equal lines that are far from any that differ.
fn skip(rows: Vec<Row>) -> Vec<Row> {
    let near = |place: usize| {
        let from = place.saturating_sub(AROUND);
        rows[from..rows.len().min(place + AROUND + 1)].iter().any(|row| matches!(row, Row::Changed { .. }))
    };
    let keep = (0..rows.len()).map(near).collect::<Vec<_>>();
    let mut shown = Vec::new();
    for (row, keep) in rows.into_iter().zip(keep) {
        match (keep, shown.last_mut()) {
            (true, _) => shown.push(row),
            (false, Some(Row::Skipped(lines))) => *lines += 1,
            (false, _) => shown.push(Row::Skipped(1)),
        }
    }
    shown
}
