//! `/desk/notices/{id}`: one notice that was issued, and what its customer said to the provider about it.

use domain::{Timestamp, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{Copy, DeskNotice, Message, MessageKind};

use super::{desk_notice_new::breadcrumb, desk_notices::state};
use crate::{
    components::{Done, FormProblem, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    paths,
};

/// The form's name in its answer.
const FORM: &str = "answer";
const DONE: &[(&str, &str)] = &[("answered", "Your answer is there for the customer to read.")];

#[component]
pub fn DeskNoticePage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let desk = context.session()?.notices().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let (notice, messages, copies) = desk.notice(id).await?.ok_or(PageError::NotFound)?;
            Ok::<_, PageError>(view_of(notice, messages, copies, context.store.now(), context.zone()))
        } />
    }
}

fn view_of(line: DeskNotice, messages: Vec<Message>, copies: Vec<Copy>, now: Timestamp, zone: Zone) -> impl IntoView {
    let state = state(&line, now, zone);
    let DeskNotice { customer, notice, waits_since, .. } = line;
    let title = notice.content.title();
    let copies =
        copies.into_iter().map(|copy| view! { <li>{copy.name} " (" {copy.media_type} ")"</li> }).collect_view();
    let copies = (!copies.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="copies">
                <h2 id="copies">"Copies that came with it"</h2>
                <ul>{copies}</ul>
            </section>
        }
    });
    let none = messages.is_empty().then(|| view! { <p class="empty">"Nothing was said about it yet."</p> });
    let messages = messages.into_iter().map(|message| said(message, zone)).collect_view();
    let (heading, hint) = if waits_since.is_some() {
        ("Answer the customer", "Whoever reads notices there reads it, with your name.")
    } else {
        ("Say more about it", "Nobody waits for it. Whoever reads notices there reads it, with your name.")
    };
    view! {
        <Title text=format!("{title}, {} · Vitrine", customer.display_name) />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">{notice.content.kind().label()} " to " {customer.display_name}</p>
                <h1>{title}</h1>
                <p class="lede">"Issued on " {zone.long(notice.issued_at)} "."</p>
                <p>{state}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <section class="panel" aria-labelledby="said">
            <h2 id="said">"What was said about it"</h2>
            {none}
            <ul class="lines">{messages}</ul>
        </section>
        <section class="panel" aria-labelledby="answer">
            <h2 id="answer">{heading}</h2>
            <form class="short letter" method="post" action=paths::fill(paths::DESK_NOTICE_ANSWER, notice.id)>
                <FormProblem form=FORM />
                <TextArea form=FORM name="body" label="What you say" value="" hint=hint rows=5 />
                <button>"Send"</button>
            </form>
        </section>
        <section class="panel" aria-labelledby="told">
            <h2 id="told">"What the customer reads"</h2>
            <Statements statements=notice.content.statements(notice.issued_at, zone) />
        </section>
        {copies}
    }
}

fn said(message: Message, zone: Zone) -> impl IntoView {
    let class = match message.kind {
        MessageKind::Question | MessageKind::Objection => "tag warn",
        MessageKind::Acknowledgement => "tag good",
        MessageKind::Answer | MessageKind::Comment => "tag plain",
    };
    let body = (!message.body.is_empty()).then(|| view! { <p class="said">{message.body}</p> });
    view! {
        <li>
            <p>
                <span class=class>{message.kind.label()}</span>
                <span class="sub">{message.author} ", " {zone.long(message.written_at)}</span>
            </p>
            {body}
        </li>
    }
}
