//! Where an inquiry stands and how soon customers are answered, in words: the same at the customer's and at the desk.

use domain::{
    Timestamp, Zone,
    inquiry::{AnswerPromise, AnswerPromptness, DisputeOutcome, SaidKind},
    notice::within,
    statistics::grouped,
};
use leptos::prelude::*;
use store::{InquiryLine, InquiryMessage};

use crate::{paths, promptness::times};

/// How far back the measure of answers looks.
pub const MEASURED_DAYS: i64 = 365;
/// The same in words.
pub const LAST_YEAR: &str = "in the last year";

/// The inquiry's title: what its access was for, and when it began.
pub fn title(line: &InquiryLine, zone: Zone) -> String {
    let event = &line.first.1;
    let more = match line.accesses {
        1 => String::new(),
        2 => " and 1 more access".to_owned(),
        many => format!(" and {} more accesses", many - 1),
    };
    format!("{}, {}{more}", event.purpose.label(), zone.date(event.started_at))
}

/// Where it stands, with the colour as well.
pub fn state(line: &InquiryLine, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let late = line.state.waits.is_some_and(|(_, due)| due <= now);
    let class = match (line.state.waits, line.state.outcome) {
        (Some(_), _) if late => "tag bad",
        (Some(_), _) => "tag warn",
        (None, Some(DisputeOutcome::Error | DisputeOutcome::Misuse)) => "tag plain",
        (None, _) => "tag good",
    };
    let due = line.state.waits.map(|(_, due)| {
        let words = if late { "Was promised before" } else { "Promised before" };
        view! { <span class="sub">{format!("{words} {}", zone.long(due))}</span> }
    });
    view! {
        <span class=class>{line.state.label()}{late.then_some(", late")}</span>
        {due}
    }
}

fn in_time(percent: usize) -> String {
    if percent == 100 { "All were in time.".to_owned() } else { format!("{percent} of 100 were in time.") }
}

/// How soon answers came, against what is promised.
pub fn promptness(promise: AnswerPromise, figures: &AnswerPromptness, of: &str, when: &str) -> Vec<String> {
    let promised = format!("Promised: an answer within {promise}, Monday to Friday, counted in UTC.");
    let answered = figures.median.map(|median| {
        format!(
            "{of} {} {when}; half of them {}. {}",
            times(figures.answered),
            within(median),
            figures.in_time_percent().map_or_else(String::new, in_time),
        )
    });
    let open = match (figures.open, figures.open_late) {
        (0, _) => "Nothing waits for an answer now.".to_owned(),
        (open, 0) => format!("{} for an answer now, none of it late.", wait(open)),
        (open, late) => format!("{} for an answer now, {} of it late.", wait(open), grouped(late as u64)),
    };
    [Some(promised), answered, Some(open)].into_iter().flatten().collect()
}

fn wait(open: usize) -> String {
    if open == 1 { "1 inquiry waits".to_owned() } else { format!("{} inquiries wait", grouped(open as u64)) }
}

/// The section that tells it.
pub fn promptness_section(sentences: Vec<String>) -> impl IntoView {
    let sentences = sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="promptness">
            <h2 id="promptness">"How soon it is answered"</h2>
            {sentences}
        </section>
    }
}

/// What was said, in order. Where `linked`, records are links: the provider's people have none to follow.
pub fn said(messages: &[InquiryMessage], linked: bool, zone: Zone) -> impl IntoView + use<> {
    let record = move |place: i64| {
        let name = format!("record {place}");
        if linked { view! { <a href=paths::access_record(place)>{name}</a> }.into_any() } else { name.into_any() }
    };
    let lines = messages.iter().map(move |message| {
        let about = format!("{}, {}", message.author, zone.long(message.written_at));
        let class = match message.kind {
            SaidKind::Question | SaidKind::Dispute => "tag warn",
            SaidKind::Answer | SaidKind::Outcome => "tag plain",
        };
        let outcome = message.outcome.map(|outcome| view! { <p><strong>{outcome.label()} "."</strong></p> });
        let consequence = message
            .consequence
            .clone()
            .map(|consequence| view! { <p class="said">"What followed: " {consequence}</p> });
        let correction = match (message.corrected, message.correction) {
            (Some(wrong), Some(right)) => {
                Some(view! { <p>{record(wrong)} " stays as it was reported, and " {record(right)} " corrects it."</p> }.into_any())
            }
            (Some(wrong), None) => Some(
                view! { <p>{record(wrong)} " stays as it was reported. The system that reported it sends the correction."</p> }
                    .into_any(),
            ),
            _ => None,
        };
        view! {
            <li>
                <p>
                    <span class=class>{message.kind.label()}</span>
                    <span class="sub">{about}</span>
                </p>
                {outcome}
                <p class="said">{message.body.clone()}</p>
                {consequence}
                {correction}
            </li>
        }
    });
    view! {
        <section class="panel" aria-labelledby="said">
            <h2 id="said">"What was said"</h2>
            <ol class="lines">{lines.collect_view()}</ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_is_late_is_told_beside_what_was_in_time() {
        let figures =
            AnswerPromptness { answered: 4, in_time: 3, median: Some(TimeDelta::hours(5)), open: 2, open_late: 1 };
        let told = promptness(AnswerPromise::default(), &figures, "Answered", LAST_YEAR).join(" ");
        for part in [
            "within 3 working days",
            "Answered 4 times",
            "half of them within 5 hours",
            "60 of 100 were in time",
            "1 of it late",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let none = promptness(AnswerPromise::default(), &AnswerPromptness::default(), "Answered", LAST_YEAR).join(" ");
        assert!(!none.contains("of 100") && none.contains("Nothing waits"), "{none}");
    }
}
