//! `/desk/notices/new`: a notice is written: its kind, then what it says and to whom.

use domain::{
    Zone,
    notice::{NoticeKind, TemplateLanguage, template},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::CustomerLine;

use crate::{
    components::{FormProblem, Loaded},
    context::{FormAnswer, PageContext, PageError},
    notice_fields::{inputs, written_kinds},
    paths,
};

/// The form's name in its answer.
const FORM: &str = "notice";

#[component]
pub fn DeskNoticeNewPage() -> impl IntoView {
    let context = PageContext::current();
    let (kind, language) = {
        let query = use_query_map();
        let query = query.read_untracked();
        (query.get("kind"), query.get("language"))
    };
    view! {
        <Title text="Write a notice · Vitrine" />
        <Loaded load=async move {
            context.session()?.notices().map_err(|_| PageError::NotFound)?;
            let Some(kind) = kind else { return Ok(kinds().into_any()) };
            let kind = written_kinds().find(|known| known.code() == kind).ok_or(PageError::NotFound)?;
            let language = match language.filter(|language| !language.is_empty()) {
                Some(language) => TemplateLanguage::from_code(&language).ok_or(PageError::NotFound)?,
                None => TemplateLanguage::En,
            };
            let customers = context.staff()?.customers().await?;
            Ok::<_, PageError>(form(kind, language, customers, context.zone(), &context.answer).into_any())
        } />
    }
}

fn address(kind: NoticeKind, language: TemplateLanguage) -> String {
    paths::with_query(paths::DESK_NOTICE_NEW, &format!("kind={}&language={}", kind.code(), language.code()))
}

fn kinds() -> impl IntoView {
    let kinds = written_kinds()
        .map(|kind| {
            let languages = TemplateLanguage::ALL.iter().map(|language| {
                view! {
                    <a class="button quiet" href=address(kind, *language)>
                        <span class="visually-hidden">{kind.label()} " "</span>
                        "In "
                        {language.label()}
                    </a>
                }
            });
            view! {
                <li>
                    <p>
                        <strong>{kind.label()}</strong>
                        <span class="sub">{kind.source()}</span>
                    </p>
                    <div class="actions">{languages.collect_view()}</div>
                </li>
            }
        })
        .collect_view();
    view! {
        {breadcrumb()}
        <div class="page-head">
            <div>
                <h1>"What is the notice about?"</h1>
                <p class="lede">
                    "Each kind asks for what its source says it must carry. The language is that of the template, which you fill in."
                </p>
            </div>
        </div>
        <ul class="lines">{kinds}</ul>
        <p class="hint">"The notice of a lawful demand is not written: it comes of the demand by itself."</p>
    }
}

/// The way back to the notices.
pub fn breadcrumb() -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::DESK_NOTICES>"Notices"</a>
        </nav>
    }
}

fn form(
    kind: NoticeKind,
    language: TemplateLanguage,
    customers: Vec<CustomerLine>,
    zone: Zone,
    answer: &FormAnswer,
) -> impl IntoView + use<> {
    let others = TemplateLanguage::ALL.iter().filter(|other| **other != language).map(|other| {
        view! {
            " "
            <a href=address(kind, *other)>"Begin anew in " {other.label()} "."</a>
        }
    });
    view! {
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">{kind.source()}</p>
                <h1>{kind.label()}</h1>
                <p class="lede">
                    "Fill in what stands in [… ] and change what does not fit. Nobody is told yet: you see the notice as customers will read it, and somebody else issues it."
                    {others.collect_view()}
                </p>
            </div>
        </div>
        <form class="short" method="post" action=paths::DESK_NOTICE_NEW>
            <FormProblem form=FORM />
            <input type="hidden" name="kind" value=kind.code() />
            <input type="hidden" name="language" value=language.code() />
            {inputs(FORM, kind, &template(kind, language), zone)}
            {receivers(customers, answer)}
            <button>"Keep it and look at it"</button>
        </form>
    }
}

/// To everybody, or to whom.
fn receivers(customers: Vec<CustomerLine>, answer: &FormAnswer) -> impl IntoView + use<> {
    let to = answer.typed(FORM, "to").unwrap_or_default();
    let typed = if answer.is_of(FORM) { answer.typed.as_slice() } else { &[] };
    let chosen = typed.iter().filter(|(name, _)| name == "customer").map(|(_, id)| id.as_str()).collect::<Vec<_>>();
    let problem = answer.problem(FORM, "to");
    let described = problem.is_some().then_some("to-error");
    let error = problem.map(|sentence| {
        view! {
            <p class="error" id="to-error">
                {sentence}
            </p>
        }
    });
    let count = customers.len();
    let each = customers
        .into_iter()
        .map(|line| {
            let id = line.customer.id.to_string();
            let checked = chosen.contains(&id.as_str());
            view! {
                <label>
                    <input type="checkbox" name="customer" value=id checked=checked />
                    <span>{line.customer.display_name} " " <code>{line.customer.name}</code></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices" aria-describedby=described>
            <legend>"To whom?"</legend>
            {error}
            <label>
                <input type="radio" name="to" value="everybody" checked=to == "everybody" required />
                <span>
                    <strong>"To every customer"</strong>
                    {format!("{count} now, and whoever else is one when it is issued.")}
                </span>
            </label>
            <label>
                <input type="radio" name="to" value="these" checked=to == "these" />
                <span>
                    <strong>"To these alone"</strong>
                    "Those that you choose below."
                </span>
            </label>
            <fieldset class="choices" aria-label="Customers">
                {each}
            </fieldset>
        </fieldset>
    }
}
