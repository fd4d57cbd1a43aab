//! What is announced, and how long one may still object.

use chrono::NaiveDate;
use domain::terms::{PublishedTerm, Subprocessor, TermKind};
use leptos::prelude::*;

use super::Told;
use crate::{
    paths,
    term_parts::{Day, counted, title},
};

/// With less time than this, the colour says so as well, in days.
const SOON: i64 = 7;

pub fn section(told: &Told) -> impl IntoView + use<> {
    let lines = told.announced.iter().map(|published| {
        let version = &published.version;
        let change = version.change.clone();
        let change = change.map(|change| view! { <span class="sub said">{change.0}</span> });
        let address =
            paths::with_query(&paths::term(version.kind(), &version.key), &format!("version={}#chosen", published.id));
        view! {
            <li>
                <p>
                    <a href=address>{title(&version.term)}</a>
                    <span class="sub">
                        {version.kind().label()} ", from " <Day day=version.effective_from /> ", announced "
                        <Day day=told.zone.day(published.published_at) />
                    </span>
                    {change}
                </p>
                <p class="tags">{window(told, published)}</p>
            </li>
        }
    });
    let lines = lines.collect_view();
    let lines = if lines.is_empty() {
        view! { <p>"No change was announced by this day."</p> }.into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="ahead">
            <h2 id="ahead">"Changes ahead"</h2>
            {lines}
        </section>
    }
}

/// How long customers may object to a version, or answer it, and the notice on which they do.
pub fn window(told: &Told, published: &PublishedTerm) -> Option<impl IntoView + use<>> {
    let version = &published.version;
    let (until, act) = match version.kind() {
        TermKind::Subprocessor => (version.as_term::<Subprocessor>()?.object_until?, "object"),
        TermKind::Transfer if version.effective_from > told.terms.day => {
            (version.answer_until.or_else(|| version.effective_from.pred_opt())?, "answer")
        }
        _ => return None,
    };
    let (class, words) = time_left(until, told.terms.day, act);
    // Of what took effect long ago, that the time is over says nothing.
    let says = until >= told.terms.day || version.effective_from > told.terms.day;
    let notice = told.notices.get(&published.id).map(|place| {
        view! { <a href=paths::notice(*place)>"The notice"</a> }
    });
    says.then(|| {
        view! {
            <span class=class>{words}</span>
            " "
            {notice}
        }
    })
}

fn time_left(until: NaiveDate, day: NaiveDate, act: &str) -> (&'static str, String) {
    match until.signed_duration_since(day).num_days() {
        left if left < 0 => ("tag", format!("The time to {act} is over")),
        0 => ("tag warn", format!("Last day to {act}")),
        left if left < SOON => {
            ("tag warn", format!("{} left to {act}", counted(usize::try_from(left).unwrap_or_default(), "day", "days")))
        }
        left => ("tag", format!("{left} days left to {act}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_to_object_counts_down() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let left = |on: &str| time_left(day("2026-03-10"), day(on), "object").1;
        assert_eq!(left("2026-03-01"), "9 days left to object");
        assert_eq!(left("2026-03-09"), "1 day left to object");
        assert_eq!(left("2026-03-10"), "Last day to object");
        assert_eq!(left("2026-03-11"), "The time to object is over");
    }
}
