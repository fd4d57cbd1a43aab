//! `/desk/terms/new`: one version is written, from nothing, after another one, or in the place of a proposal.

use domain::{
    CountryCode,
    terms::{FieldForm, FieldSpec, TermDocument, TermKind, TermVersion, VERSION_FIELDS},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde_json::{Map, Value};
use store::CustomerLine;

use super::{breadcrumb, list::address};
use crate::{
    components::{Choice, Field, FormProblem, Loaded, TextArea, zones},
    context::{PageContext, PageError},
    paths,
};

/// The form's name in its answer.
const FORM: &str = "term";

#[component]
pub fn DeskTermNewPage() -> impl IntoView {
    let context = PageContext::current();
    let (kind, after, proposal) = {
        let query = use_query_map();
        let query = query.read_untracked();
        let given = |name| query.get(name).filter(|value| !value.is_empty());
        (given("kind"), given("after"), given("proposal"))
    };
    view! {
        <Title text="Write terms · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.terms().map_err(|_| PageError::NotFound)?;
            let Some(kind) = kind else { return Ok(kinds().into_any()) };
            let kind = TermKind::from_code(&kind).ok_or(PageError::NotFound)?;
            let customers = context.staff()?.customers().await?;
            let before = match (&proposal, &after) {
                (Some(proposal), _) => {
                    let id = proposal.parse().map_err(|_| PageError::NotFound)?;
                    let found = desk.proposal(id).await?.ok_or(PageError::NotFound)?;
                    found.versions.into_iter().next()
                }
                (None, Some(after)) => {
                    let id = after.parse().map_err(|_| PageError::NotFound)?;
                    let found = desk.published().await?.into_iter().find(|published| published.id == id);
                    Some(found.ok_or(PageError::NotFound)?.version)
                }
                (None, None) => None,
            };
            let before = before.filter(|before| before.kind() == kind);
            let written = Written {
                kind,
                after: after.unwrap_or_default(),
                instead: proposal.unwrap_or_default(),
                fields: before.as_ref().map(filled).transpose()?.unwrap_or_default(),
                before,
            };
            Ok::<_, PageError>(form(written, customers, &context).into_any())
        } />
    }
}

fn kinds() -> impl IntoView {
    let kinds = TermKind::ALL.iter().map(|kind| {
        let address = paths::with_query(paths::TERMS_NEW, &format!("kind={}", kind.code()));
        view! { <li><a href=address>{kind.label()}</a></li> }
    });
    view! {
        {breadcrumb()}
        <div class="page-head">
            <div>
                <h1>"What is it about?"</h1>
            </div>
        </div>
        <ul class="lines">{kinds.collect_view()}</ul>
    }
}

/// What the form is filled in with at first.
struct Written {
    kind: TermKind,
    after: String,
    instead: String,
    before: Option<TermVersion>,
    fields: Map<String, Value>,
}

impl Written {
    /// A field as a form holds it: a list one entry a line.
    fn value(&self, name: &str) -> String {
        match self.fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(entries)) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            Some(document @ Value::Object(_)) => document.to_string(),
            _ => String::new(),
        }
    }
}

/// What a version that follows another one begins with: the same, but for what is about one version alone.
fn filled(before: &TermVersion) -> Result<Map<String, Value>, PageError> {
    let mut fields = before.fields().map_err(store::StoreError::from)?;
    fields.remove("correction");
    Ok(fields)
}

fn form(written: Written, customers: Vec<CustomerLine>, context: &PageContext) -> impl IntoView + use<> {
    let lede = match &written.before {
        None => "Nothing changes yet: you see what publishing would do, and somebody else publishes it.".into_any(),
        Some(before) if written.instead.is_empty() => view! {
            "It follows "
            <a href=address(before)>{before.name()}</a>
            ". Give it a later day, change what changes, and say what that is."
        }
        .into_any(),
        Some(_) => {
            "What you propose takes the place of that proposal, and you are who wrote it: somebody else publishes it."
                .into_any()
        }
    };
    let customers =
        customers.into_iter().map(|line| (line.customer.name, line.customer.display_name)).collect::<Vec<_>>();
    let input = |field: &'static FieldSpec| {
        if field.name == "customer" {
            let chosen = Some(written.value(field.name)).filter(|name| !name.is_empty());
            let none = "Everybody that it is for";
            return view! { <Choice form=FORM name=field.name label=field.label none=none chosen=chosen options=customers.clone() /> }
                .into_any();
        }
        input(field, &written, context)
    };
    let fields = written.kind.fields().iter().map(input).collect_view();
    let header = VERSION_FIELDS.iter().map(input).collect_view();
    view! {
        {breadcrumb()}
        <div class="page-head">
            <div>
                <h1>{written.kind.label()}</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        <form class="short letter" method="post" enctype="multipart/form-data" action=paths::TERMS_NEW>
            <FormProblem form=FORM />
            <input type="hidden" name="kind" value=written.kind.code() />
            <input type="hidden" name="after" value=written.after.clone() />
            <input type="hidden" name="instead" value=written.instead.clone() />
            <fieldset>
                <legend>"What it says"</legend>
                {fields}
            </fieldset>
            <fieldset>
                <legend>"When, and for whom"</legend>
                {header}
            </fieldset>
            <button>"Propose it"</button>
        </form>
    }
}

fn input(field: &'static FieldSpec, written: &Written, context: &PageContext) -> AnyView {
    let FieldSpec { name, label, hint, required, .. } = *field;
    let value = written.value(name);
    let chosen = Some(value.clone()).filter(|value| !value.is_empty());
    let none = if required { "" } else { "Not stated" };
    match field.form {
        FieldForm::Line => {
            view! { <Field form=FORM name=name label=label value=value hint=hint required=required /> }.into_any()
        }
        FieldForm::Day => {
            view! { <Field form=FORM name=name label=label kind="date" value=value hint=hint required=required /> }
                .into_any()
        }
        FieldForm::Words => {
            view! { <TextArea form=FORM name=name label=label value=value hint=hint rows=6 prose=true /> }.into_any()
        }
        FieldForm::Lines => {
            view! { <TextArea form=FORM name=name label=label value=value hint=hint rows=4 /> }.into_any()
        }
        FieldForm::Country => {
            let countries =
                CountryCode::all().map(|country| (country.to_string(), country.name().to_owned())).collect();
            view! { <Choice form=FORM name=name label=label none="Choose a country" chosen=chosen options=countries /> }
                .into_any()
        }
        FieldForm::Zone => {
            view! { <Choice form=FORM name=name label=label none="UTC" chosen=chosen options=zones() /> }.into_any()
        }
        FieldForm::Choice(members) => {
            let members = members().into_iter().map(|(code, label)| (code.to_owned(), label.to_owned())).collect();
            view! { <Choice form=FORM name=name label=label none=none chosen=chosen options=members /> }.into_any()
        }
        FieldForm::Document => document(field, value, context).into_any(),
    }
}

/// A file to choose; one that was chosen before stays.
fn document(field: &'static FieldSpec, value: String, context: &PageContext) -> impl IntoView + use<> {
    let answer = &context.answer;
    let value = answer.typed(FORM, field.name).unwrap_or(value);
    let kept = serde_json::from_str::<TermDocument>(&value).ok();
    let id = format!("{FORM}-{}", field.name);
    let problem = answer.problem(FORM, field.name);
    let error = problem.as_ref().map(|reason| {
        view! { <p class="error" id=format!("{id}-error")>{format!("This {reason}.")}</p> }
    });
    let told = match &kept {
        Some(kept) => format!("{} stays, unless you choose another one. {}", kept.name, field.hint),
        None => field.hint.to_owned(),
    };
    let described = format!("{id}-{}", if problem.is_some() { "error" } else { "hint" });
    let value = kept.map(|_| value).unwrap_or_default();
    view! {
        <div class="field">
            <label for=id.clone()>{field.label}</label>
            <input type="hidden" name=field.name value=value />
            <input
                id=id.clone()
                name=format!("{}_file", field.name)
                type="file"
                accept=".pdf"
                aria-invalid=problem.is_some().then_some("true")
                aria-describedby=described
            />
            <p class="hint" id=format!("{id}-hint")>{told}</p>
            {error}
        </div>
    }
}
