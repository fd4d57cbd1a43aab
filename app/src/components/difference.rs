//! What differs between two versions of a term.

use domain::terms::{FieldDifference, Piece, Row};
use leptos::prelude::*;

/// Two versions beside each other, field by field; below each other where the screen is narrow. What is gone is struck
/// out and what is new underlined, so that colour says nothing alone.
#[component]
pub fn Difference(
    differences: Vec<FieldDifference>,
    /// What the older version is called: the day from which it held.
    #[prop(into)]
    old: String,
    #[prop(into)] new: String,
) -> impl IntoView {
    if differences.is_empty() {
        return view! { <p class="hint">"The two say the same."</p> }.into_any();
    }
    differences
        .into_iter()
        .map(|field| {
            let caption = format!("{}: {old} and {new}", field.label);
            let rows = field.rows.into_iter().map(row).collect_view();
            view! {
                <div class="table-scroll" tabindex="0" role="group" aria-label=caption.clone()>
                    <table class="difference">
                        <caption>{field.label}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{old.clone()}</th>
                                <th scope="col">{new.clone()}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

fn row(row: Row) -> AnyView {
    match row {
        Row::Same(line) => view! { <tr><td>{line.clone()}</td><td>{line}</td></tr> }.into_any(),
        Row::Skipped(lines) => {
            let told = if lines == 1 { "One equal line".to_owned() } else { format!("{lines} equal lines") };
            view! { <tr class="skipped"><td colspan="2">{told}</td></tr> }.into_any()
        }
        Row::Changed { old, new } => {
            let old = old.map(|pieces| side(pieces, |text| view! { <del>{text}</del> }.into_any()));
            let new = new.map(|pieces| side(pieces, |text| view! { <ins>{text}</ins> }.into_any()));
            view! { <tr class="changed"><td>{old}</td><td>{new}</td></tr> }.into_any()
        }
    }
}

fn side(pieces: Vec<Piece>, marked: fn(String) -> AnyView) -> Vec<AnyView> {
    let piece = |piece: Piece| if piece.changed { marked(piece.text) } else { piece.text.into_any() };
    pieces.into_iter().map(piece).collect()
}
