//! What pages with filters have in common.

use domain::{FieldProblem, Zone};
use leptos::prelude::*;

use super::form_parts::told;
use crate::{context::PageContext, paths};

/// A list to choose one from. Its id is its name, unless a page has several of that name.
#[component]
pub fn Choice(
    name: &'static str,
    #[prop(optional, into)] id: String,
    label: &'static str,
    /// What stands for no choice, where one need not choose.
    #[prop(optional)]
    none: &'static str,
    chosen: Option<String>,
    /// Values with what people read.
    options: Vec<(String, String)>,
    /// The form whose answer says what is wrong with the choice, where something can be.
    #[prop(optional, into)]
    form: String,
) -> impl IntoView {
    let id = if id.is_empty() { name.to_owned() } else { id };
    let answer = (!form.is_empty()).then(|| PageContext::current().answer);
    let problem = answer.as_ref().and_then(|answer| answer.problem(&form, name));
    let chosen = answer.and_then(|answer| answer.typed(&form, name)).or(chosen);
    let (invalid, described) = (problem.is_some().then_some("true"), problem.is_some().then(|| format!("{id}-error")));
    let error = problem.map(|reason| {
        view! {
            <p class="error" id=format!("{id}-error")>
                {told(&reason)}
            </p>
        }
    });
    let none = (!none.is_empty()).then(|| view! { <option value="">{none}</option> });
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let selected = chosen.as_ref() == Some(&value);
            view! {
                <option value=value selected=selected>
                    {text}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name aria-invalid=invalid aria-describedby=described>
                {none}
                {options}
            </select>
            {error}
        </div>
    }
}

/// The time zones to choose from. The list leaves out the database's old names; one that somebody has is known all the
/// same.
pub fn zones() -> Vec<(String, String)> {
    let old =
        |name: &str| ["Brazil/", "Canada/", "Chile/", "Etc/", "Mexico/", "US/"].iter().any(|old| name.starts_with(old));
    let zones = Zone::all().map(Zone::name).filter(|name| *name == "UTC" || name.contains('/') && !old(name));
    zones.map(|name| (name.to_owned(), name.replace('_', " "))).collect()
}

/// Names what could not be read of a page's address, where anything could not.
#[component]
pub fn LeftOut(
    problems: Vec<FieldProblem>,
    /// What people read for a field's name.
    label_of: fn(&str) -> &'static str,
) -> impl IntoView {
    (!problems.is_empty()).then(|| {
        let each = problems
            .into_iter()
            .map(|problem| view! { <li>{format!("{}: {}", label_of(&problem.field), problem.reason)}</li> })
            .collect_view();
        view! {
            <div class="form-error" role="alert">
                <p>"Some filters could not be used and were left out:"</p>
                <ul>{each}</ul>
            </div>
        }
    })
}

/// The files in which a page's content, as it is filtered, can be taken away.
#[component]
pub fn Downloads(
    label: &'static str,
    /// Addresses with what people read.
    files: Vec<(&'static str, &'static str)>,
    query: String,
) -> impl IntoView {
    let files = files
        .into_iter()
        .map(|(path, label)| {
            view! {
                <li>
                    <a href=paths::with_query(path, &query) download>
                        {label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="downloads" aria-label=label>
            {files}
        </ul>
    }
}
