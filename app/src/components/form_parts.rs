//! What forms have in common: fields with what is wrong with them, what was done, and what is shown once.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::context::{PageContext, ShownOnce};

/// A field of a form, with what was typed into it before and what is wrong with it. Its id is the form's and its name.
#[component]
pub fn Field(
    #[prop(into)] form: String,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    #[prop(optional, into)] hint: String,
    #[prop(default = true)] required: bool,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let answer = PageContext::current().answer;
    let id = format!("{form}-{name}");
    let problem = answer.problem(&form, name);
    // A secret is never written back into a page.
    let value = if kind == "password" { None } else { Some(answer.typed(&form, name).unwrap_or(value)) };
    let described = match (&problem, hint.is_empty()) {
        (Some(_), _) => Some(format!("{id}-error")),
        (None, false) => Some(format!("{id}-hint")),
        (None, true) => None,
    };
    let error = problem.as_ref().map(|reason| {
        view! {
            <p class="error" id=format!("{id}-error")>
                {told(reason)}
            </p>
        }
    });
    let hint = (!hint.is_empty() && problem.is_none()).then(|| {
        view! {
            <p class="hint" id=format!("{id}-hint")>
                {hint}
            </p>
        }
    });
    let code = name == "code";
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                name=name
                type=kind
                value=value
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                autocapitalize=(kind == "email" || code).then_some("none")
                spellcheck=(kind == "email" || code).then_some("false")
                required=required
                readonly=readonly
                aria-invalid=problem.is_some().then_some("true")
                aria-describedby=described
            />
            {hint}
            {error}
        </div>
    }
}

/// A field of several lines. Leptos 0.8 doesn't escape what stands inside a `textarea`, so it is escaped here, and
/// nothing else may write one.
#[component]
pub fn TextArea(
    #[prop(into)] form: String,
    name: &'static str,
    label: &'static str,
    #[prop(into)] value: String,
    hint: &'static str,
    #[prop(default = 3)] rows: u32,
    /// Whether it is for sentences: only those have a spelling.
    #[prop(optional)]
    prose: bool,
) -> impl IntoView {
    let answer = PageContext::current().answer;
    let id = format!("{form}-{name}");
    let problem = answer.problem(&form, name);
    let text = answer.typed(&form, name).unwrap_or(value);
    let (described, below) = match &problem {
        Some(reason) => (format!("{id}-error"), ("error", told(reason))),
        None => (format!("{id}-hint"), ("hint", hint.to_owned())),
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id
                name=name
                rows=rows
                spellcheck=(!prose).then_some("false")
                aria-invalid=problem.is_some().then_some("true")
                aria-describedby=described.clone()
                inner_html=in_textarea(&text)
            ></textarea>
            <p class=below.0 id=described>
                {below.1}
            </p>
        </div>
    }
}

/// A text as it stands inside a `textarea`. A parser leaves out a line break at the beginning (HTML, section
/// 13.2.6.4.7), so there is one for it.
fn in_textarea(text: &str) -> String {
    format!("\n{}", html_escape::encode_text(text))
}

/// What is wrong with a field, as a sentence: most reasons go on from the field, some name a part of what was typed.
pub(super) fn told(reason: &str) -> String {
    match reason.strip_prefix("the ") {
        Some(rest) => format!("The {rest}."),
        None if reason.starts_with(['“', '`']) => format!("{reason}."),
        None if reason.starts_with("are ") => format!("These {reason}."),
        None => format!("This {reason}."),
    }
}

/// What is wrong with a form as a whole, in a sentence of its own.
#[component]
pub fn FormProblem(#[prop(into)] form: String) -> impl IntoView {
    let answer = PageContext::current().answer;
    let wrong = answer.is_of(&form) && !answer.problems.is_empty();
    wrong.then(|| {
        let sentence = answer
            .problem(&form, "")
            .unwrap_or_else(|| "Not saved yet: please look at what is marked below.".to_owned());
        view! {
            <p class="form-error" role="alert">
                {sentence}
            </p>
        }
    })
}

/// What was just done, told where the address says so (`done`).
#[component]
pub fn Done(
    /// Codes with their sentences; another code tells nothing.
    sentences: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let done = use_query_map().read_untracked().get("done");
    let sentence = sentences.iter().find(|(code, _)| done.as_deref() == Some(code));
    sentence.map(|(_, sentence)| {
        view! {
            <p class="notice good" role="status">
                {*sentence}
            </p>
        }
    })
}

/// What was just made and is shown this once.
#[component]
pub fn Shown() -> impl IntoView {
    let shown = PageContext::current().answer.shown?;
    let (heading, explained, secrets) = match shown {
        // Told by the pages that they belong to.
        ShownOnce::Provider { .. } | ShownOnce::Findings(_) => return None,
        ShownOnce::RecoveryCodes(codes) => (
            "Your recovery codes".to_owned(),
            "Each signs you in once in place of a code from the app. Keep them where you keep passwords: they are not shown again, and earlier ones no longer work.".to_owned(),
            codes.into_iter().map(|code| in_groups(&code)).collect::<Vec<_>>(),
        ),
        ShownOnce::Token { name, token } => (
            format!("The token “{name}”"),
            "Copy it to the system that uses it now: it is not shown again.".to_owned(),
            vec![token],
        ),
        ShownOnce::WebhookSecret { name, secret } => (
            format!("The secret of the webhook “{name}”"),
            "Copy it to what checks the signatures now: it is not shown again.".to_owned(),
            vec![secret],
        ),
        ShownOnce::Link { email, address, mailed } => {
            let sent = if mailed {
                "It is mailed to this person, too."
            } else {
                "Send it to this person yourself, by a way that you trust."
            };
            (
                format!("The link for {email}"),
                format!("{sent} It works once, for three days, and is not shown again."),
                vec![address],
            )
        }
    };
    let secrets = secrets
        .into_iter()
        .map(|secret| {
            view! {
                <li>
                    <code>{secret}</code>
                </li>
            }
        })
        .collect_view();
    Some(view! {
        <section class="shown-once" aria-labelledby="shown-once">
            <h2 id="shown-once">{heading}</h2>
            <p>{explained}</p>
            <ul>{secrets}</ul>
        </section>
    })
}

/// `ABCDEF-GHIJKL-MNOPQR-STUVWX`: easier to copy by hand. What reads it leaves the hyphens out.
fn in_groups(code: &str) -> String {
    let letters = code.chars().collect::<Vec<_>>();
    letters.chunks(6).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_textarea_does_not_end_it() {
        let text = "</textarea><script>alert(1)</script>\n&lt; \"a\"";
        let inside = in_textarea(text);
        assert!(!inside.contains('<') && !inside.contains('>'), "{inside}");
        assert_eq!(html_escape::decode_html_entities(&inside).strip_prefix('\n'), Some(text));
        let html = view! { <textarea inner_html=inside></textarea> }.to_html();
        assert_eq!(html.matches('<').count(), 2, "{html}");
        assert!(html.ends_with("&lt;/script&gt;\n&amp;lt; \"a\"</textarea>"), "{html}");
    }

    #[test]
    fn what_is_wrong_is_a_sentence() {
        assert_eq!(told("is missing"), "This is missing.");
        assert_eq!(told("“gmail.com” gives mailboxes to anybody"), "“gmail.com” gives mailboxes to anybody.");
        assert_eq!(told("`7` is no day such as 2026-03-01"), "`7` is no day such as 2026-03-01.");
        assert_eq!(told("the value in “= owner” is empty"), "The value in “= owner” is empty.");
        assert_eq!(told("are more than 50"), "These are more than 50.");
    }
}
