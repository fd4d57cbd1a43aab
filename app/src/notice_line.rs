//! What a notice asks and how urgent that is: the same in lists, on the overview and on the notice's own page.

use domain::{
    Timestamp, Zone,
    notice::{Ask, NoticeFilter},
};
use leptos::prelude::*;
use store::{Notice, NoticeLine};

use crate::paths;

/// With less time than this, hours are counted.
const SOON: i64 = 48;

/// What is asked of the customer and by when, as a sentence without its full stop.
pub fn asked(notice: &Notice, now: Timestamp, zone: Zone) -> String {
    let due = notice.due_at.map(|due| (now < due, zone.long(due)));
    match (notice.content.ask(), due) {
        (Ask::Acknowledge, None) => "Acknowledge it".to_owned(),
        (Ask::Acknowledge, Some((true, due))) => format!("Acknowledge it before {due}"),
        (Ask::Acknowledge, Some((false, due))) => format!("Acknowledge it; that was due before {due}"),
        (Ask::Object, None) => "Object, where you disagree".to_owned(),
        (Ask::Object, Some((true, due))) => format!("Object before {due}, where you disagree"),
        (Ask::Object, Some((false, due))) => format!("Acknowledge it; the time to object ended on {due}"),
        (Ask::Answer, None) => "Answer it".to_owned(),
        (Ask::Answer, Some((true, due))) => format!("Answer it before {due}"),
        (Ask::Answer, Some((false, due))) => format!("Answer it; that was due before {due}"),
    }
}

/// How much time is left, or that none is: in words, with the colour as well.
pub fn time_left(notice: &Notice, now: Timestamp) -> Option<impl IntoView + use<>> {
    let due = notice.due_at?;
    let (class, words) = match due.since(now).num_hours() {
        _ if due <= now && notice.content.ask() == Ask::Object => ("tag bad", "Too late to object".to_owned()),
        _ if due <= now => ("tag bad", "Overdue".to_owned()),
        0 => ("tag warn", "Less than an hour left".to_owned()),
        1 => ("tag warn", "1 hour left".to_owned()),
        hours if hours < SOON => ("tag warn", format!("{hours} hours left")),
        hours => ("tag", format!("{} days left", hours / 24)),
    };
    Some(view! { <span class=class>{words}</span> })
}

/// The most urgent of the notices that wait, of so many, and how to see the others.
pub fn waiting(lines: &[NoticeLine], of: i64, now: Timestamp, zone: Zone) -> impl IntoView + use<> {
    let shown = lines.iter().map(|line| {
        let notice = &line.notice;
        view! {
            <li>
                <p>
                    <a href=paths::notice(notice.sequence)>{notice.content.title()}</a>
                    <span class="sub">{notice.content.kind().label()} ". " {asked(notice, now, zone)} "."</span>
                </p>
                <p class="tags">{time_left(notice, now)} {unread(line)}</p>
            </li>
        }
    });
    let shown = shown.collect_view();
    let more = of - lines.len() as i64;
    let others = (more > 0).then(|| {
        let all = paths::with_query(paths::NOTICES, &NoticeFilter::waiting().to_query());
        view! {
            <p>
                <a href=all>{format!("And {more} more")}</a>
            </p>
        }
    });
    view! {
        <ul class="lines">{shown}</ul>
        {others}
    }
}

/// That whoever asks hasn't read it yet.
pub fn unread(line: &NoticeLine) -> Option<impl IntoView + use<>> {
    (!line.read).then(|| view! { <span class="tag">"Unread"</span> })
}
