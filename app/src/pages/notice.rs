//! `/portal/notices/{sequence}`: one notice, whole, with what was said about it.

use domain::{
    Timestamp, Zone,
    notice::{Ask, NoticeContent},
    statistics::grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{Copy, Message, MessageKind, NoticeView};

use crate::{
    components::{Done, FormProblem, Loaded, Statements, TextArea},
    context::{PageContext, PageError},
    notice_line::{asked, time_left},
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("acknowledgement", "The notice is acknowledged. The provider sees by whom and when."),
    ("already", "It was acknowledged already; nothing was added."),
    ("comment", "Your comment is kept. Only people of your organisation read it."),
    ("question", "Your question is with the provider. Its answer will stand below."),
    ("objection", "Your objection is with the provider, and the notice is acknowledged."),
];

#[component]
pub fn NoticePage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    let sequence = use_params_map().read_untracked().get("sequence");
    view! {
        <Loaded load=async move {
            let notices = context.member()?.notices;
            let sequence = sequence.as_deref().and_then(paths::place).ok_or(PageError::NotFound)?;
            let view = notices.open(sequence).await?.ok_or(PageError::NotFound)?;
            Ok::<_, PageError>(view_of(view, notices.may_answer(), context.store.now(), zone))
        } />
    }
}

fn view_of(view: NoticeView, may_answer: bool, now: Timestamp, zone: Zone) -> impl IntoView {
    let notice = &view.notice;
    let (title, kind) = (notice.content.title(), notice.content.kind());
    let acknowledged = view.messages.iter().find(|message| message.kind == MessageKind::Acknowledgement);
    let state = match acknowledged {
        Some(message) => {
            let told = format!("Acknowledged by {} on {}.", message.author, zone.long(message.written_at));
            view! { <p class="notice good">{told}</p> }.into_any()
        }
        None => view! {
            <div class="notice warn">
                <p>{format!("This waits for your organisation. {}.", asked(notice, now, zone))}</p>
                {time_left(notice, now).map(|left| view! { <p>{left}</p> })}
            </div>
        }
        .into_any(),
    };
    let forms = may_answer.then(|| {
        let objects = notice.content.may_object(now);
        forms(notice.sequence, notice.content.ask(), acknowledged.is_none(), objects)
    });
    view! {
        <Title text=format!("{title} · Vitrine") />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::NOTICES>"Notices"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">{kind.label()} ", notice " {notice.sequence}</p>
                <h1>{title}</h1>
                <p class="lede">{format!("Issued on {}.", zone.long(notice.issued_at))}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="acknowledge" />
        <FormProblem form="object" />
        <FormProblem form="write" />
        {state}
        <Statements statements=notice.content.statements(notice.issued_at, zone) />
        {copies(notice.sequence, &view.copies)}
        {others(&notice.content, notice.sequence, &view.related)}
        <section class="panel" aria-labelledby="about">
            <h2 id="about">"About this notice"</h2>
            <dl class="facts">
                <div>
                    <dt>"Owed to you under"</dt>
                    <dd>{kind.source()}</dd>
                </div>
                <div>
                    <dt>"Issued"</dt>
                    <dd class="code">{notice.issued_at.to_string()}</dd>
                </div>
                {notice.due_at.map(|due| view! { <div><dt>"Asked before"</dt><dd class="code">{due.to_string()}</dd></div> })}
                <div>
                    <dt>"Notice id"</dt>
                    <dd class="code">{notice.id.to_string()}</dd>
                </div>
            </dl>
        </section>
        {said(&view.messages, zone)}
        {forms}
    }
}

fn copies(sequence: i64, copies: &[Copy]) -> Option<impl IntoView + use<>> {
    let lines = copies.iter().map(|copy| {
        let address = paths::fill(&paths::fill(paths::NOTICE_COPY, sequence), copy.document);
        let size = grouped(copy.size.unsigned_abs());
        view! {
            <li>
                <p>
                    <a href=address download>
                        {copy.name.clone()}
                    </a>
                    <span class="sub">{copy.media_type.clone()} ", " {size} " bytes"</span>
                    <span class="sub">"SHA-256: " <code>{copy.sha256.clone()}</code></span>
                </p>
            </li>
        }
    });
    let lines = lines.collect_view();
    (!copies.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="copies">
                <h2 id="copies">"Copies to download"</h2>
                <ul class="lines">{lines}</ul>
            </section>
        }
    })
}

/// Earlier and later notices about the same, and the records that one is about.
fn others(content: &NoticeContent, sequence: i64, related: &[(i64, String)]) -> Option<impl IntoView + use<>> {
    let notices = related.iter().map(|(place, title)| {
        let when = if *place < sequence { "Earlier: " } else { "Later: " };
        (when, paths::notice(*place), title.clone())
    });
    let records = match content {
        NoticeContent::RecordCorrection(correction) => {
            vec![("Corrected: ", correction.sequence), ("As it is right: ", correction.corrected_by)]
        }
        _ => Vec::new(),
    };
    let records = records
        .into_iter()
        .map(|(what, place)| (what, paths::access_record(place), format!("record {place} of your access record")));
    let lines = notices.chain(records).collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        let lines =
            lines.into_iter().map(|(what, address, title)| view! { <li>{what} <a href=address>{title}</a></li> });
        view! {
            <section class="panel" aria-labelledby="others">
                <h2 id="others">"About the same"</h2>
                <ul>{lines.collect_view()}</ul>
            </section>
        }
    })
}

fn said(messages: &[Message], zone: Zone) -> impl IntoView + use<> {
    let lines = messages.iter().map(|message| {
        let about = format!("{}, {}", message.author, zone.long(message.written_at));
        let body = (!message.body.is_empty()).then(|| view! { <p class="said">{message.body.clone()}</p> });
        view! {
            <li>
                <p>
                    <strong>{message.kind.label()}</strong>
                    <span class="sub">{about}</span>
                </p>
                {body}
            </li>
        }
    });
    let lines = match messages {
        [] => view! { <p>"Nothing yet."</p> }.into_any(),
        _ => view! { <ol class="lines">{lines.collect_view()}</ol> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="said">
            <h2 id="said">"What was said"</h2>
            {lines}
        </section>
    }
}

/// What the reader can say. On paper none of it is there.
fn forms(sequence: i64, ask: Ask, waits: bool, objects: bool) -> impl IntoView {
    let at = |path| paths::fill(path, sequence);
    let (label, hint) = match ask {
        Ask::Answer => ("Whether you agree", "The provider reads it. You can leave it empty."),
        _ => ("Words with it", "The provider reads them. You can leave this empty."),
    };
    let acknowledge = waits.then(|| {
        view! {
            <section class="panel" aria-labelledby="acknowledge">
                <h2 id="acknowledge">{if ask == Ask::Answer { "Answer" } else { "Acknowledge" }}</h2>
                <form class="short" method="post" action=at(paths::NOTICE_ACKNOWLEDGE)>
                    <p>"That your organisation knows of this. Your name and the time are kept with it."</p>
                    <TextArea form="acknowledge" name="body" label value="" hint prose=true />
                    <button>"Acknowledge"</button>
                </form>
            </section>
        }
    });
    let object = objects.then(|| {
        view! {
            <section class="panel" aria-labelledby="object">
                <h2 id="object">"Object"</h2>
                <form class="short" method="post" action=at(paths::NOTICE_OBJECT)>
                    <p>"Against what is announced. It goes to the provider and acknowledges the notice as well."</p>
                    <TextArea
                        form="object"
                        name="body"
                        label="Why you object"
                        value=""
                        hint="The provider reads it and answers here."
                        rows=6
                        prose=true
                    />
                    <button>"Send the objection"</button>
                </form>
            </section>
        }
    });
    view! {
        {acknowledge}
        {object}
        <section class="panel" aria-labelledby="write">
            <h2 id="write">"Write about it"</h2>
            <form class="short" method="post" action=at(paths::NOTICE_COMMENT)>
                <TextArea
                    form="write"
                    name="body"
                    label="Your words"
                    value=""
                    hint="A comment is read by your own organisation alone; a question by the provider too, who answers here."
                    rows=6
                    prose=true
                />
                <p class="actions">
                    <button class="quiet">"Comment among yourselves"</button>
                    <button formaction=at(paths::NOTICE_ASK)>"Ask the provider"</button>
                </p>
            </form>
        </section>
    }
}
