//! What is told as questions with their answers.

use domain::access::Statement;
use leptos::prelude::*;

/// An access or a notice in sentences, question by question.
#[component]
pub fn Statements(statements: Vec<Statement>) -> impl IntoView {
    let answers = statements
        .into_iter()
        .map(|statement| {
            view! {
                <div>
                    <dt>{statement.question}</dt>
                    <dd>{statement.answer}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="statements">{answers}</dl> }
}
