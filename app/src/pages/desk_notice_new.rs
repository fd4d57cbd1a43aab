//! `/desk/notices/new`: a notice is written: its kind, then what it says and to whom.

use domain::{
    Zone,
    notice::{NoticeKind, Template, TemplateLanguage, template},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{CustomerLine, NoticeDraftFile, ToWhom};

use crate::{
    components::{FormProblem, Loaded},
    context::{FormAnswer, PageContext, PageError},
    notice_fields::{inputs, of_content, written_kinds},
    paths,
};

/// The form's name in its answer.
const FORM: &str = "notice";

#[component]
pub fn DeskNoticeNewPage() -> impl IntoView {
    let context = PageContext::current();
    let (kind, language, draft) = {
        let query = use_query_map();
        let query = query.read_untracked();
        let given = |name| query.get(name).filter(|value| !value.is_empty());
        (query.get("kind"), given("language"), given("draft"))
    };
    view! {
        <Title text="Write a notice · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.notices().map_err(|_| PageError::NotFound)?;
            let customers = context.staff()?.customers().await?;
            if let Some(draft) = draft {
                let id = draft.parse().map_err(|_| PageError::NotFound)?;
                let draft = desk.draft(id).await?.ok_or(PageError::NotFound)?;
                return Ok(form(Written::again(draft, context.zone()), customers, &context).into_any());
            }
            let Some(kind) = kind else { return Ok(kinds().into_any()) };
            let kind = written_kinds().find(|known| known.code() == kind).ok_or(PageError::NotFound)?;
            let language = match language {
                Some(language) => TemplateLanguage::from_code(&language).ok_or(PageError::NotFound)?,
                None => TemplateLanguage::En,
            };
            Ok::<_, PageError>(form(Written::of(kind, language), customers, &context).into_any())
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

/// What the form is filled in with at first.
struct Written {
    kind: NoticeKind,
    /// That of the template; a draft that is written anew has none.
    language: Option<TemplateLanguage>,
    /// In whose place it is written.
    instead: String,
    fields: Template,
    to: Option<ToWhom>,
}

impl Written {
    fn of(kind: NoticeKind, language: TemplateLanguage) -> Self {
        let fields = template(kind, language);
        Self { kind, language: Some(language), instead: String::new(), fields, to: None }
    }

    fn again(draft: NoticeDraftFile, zone: Zone) -> Self {
        let fields = of_content(&draft.content, zone);
        let (kind, instead) = (draft.content.kind(), draft.id.to_string());
        Self { kind, language: None, instead, fields, to: Some(draft.to) }
    }
}

fn form(written: Written, customers: Vec<CustomerLine>, context: &PageContext) -> impl IntoView + use<> {
    let Written { kind, language, instead, fields, to } = written;
    let (lede, others) = match language {
        Some(language) => {
            let others = TemplateLanguage::ALL.iter().filter(|other| **other != language).map(|other| {
                view! {
                    " "
                    <a href=address(kind, *other)>"Begin anew in " {other.label()} "."</a>
                }
            });
            (
                "Fill in what stands in [… ] and change what does not fit. Nobody is told yet: you see the notice as customers will read it, and somebody else issues it.",
                others.collect_view(),
            )
        }
        None => (
            "What you keep takes the place of the draft, and you are who wrote it: somebody else issues it.",
            Vec::new(),
        ),
    };
    view! {
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">{kind.source()}</p>
                <h1>{kind.label()}</h1>
                <p class="lede">
                    {lede} {others}
                </p>
            </div>
        </div>
        <form class="short letter" method="post" action=paths::DESK_NOTICE_NEW>
            <FormProblem form=FORM />
            <input type="hidden" name="kind" value=kind.code() />
            <input type="hidden" name="language" value=language.map_or("", TemplateLanguage::code) />
            <input type="hidden" name="instead" value=instead />
            {inputs(FORM, kind, &fields, context.zone())}
            {receivers(customers, to, &context.answer)}
            <button>"Keep it and look at it"</button>
        </form>
    }
}

/// To everybody, or to whom.
fn receivers(customers: Vec<CustomerLine>, at_first: Option<ToWhom>, answer: &FormAnswer) -> impl IntoView + use<> {
    let (to, chosen) = match at_first {
        _ if answer.is_of(FORM) => {
            let chosen = answer.typed.iter().filter(|(name, _)| name == "customer").map(|(_, id)| id.clone());
            (answer.typed(FORM, "to").unwrap_or_default(), chosen.collect())
        }
        Some(ToWhom::Everybody) => ("everybody".to_owned(), Vec::new()),
        Some(ToWhom::These(these)) => ("these".to_owned(), these.iter().map(ToString::to_string).collect()),
        None => (String::new(), Vec::new()),
    };
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
            let checked = chosen.contains(&id);
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
