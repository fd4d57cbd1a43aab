//! Text that the provider wrote as CommonMark.

use leptos::prelude::*;
pub use pulldown_cmark::HeadingLevel;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

/// Paragraphs, headings, lists and links of a text. Its own headings begin below the one that it stands under.
#[component]
pub fn Prose(
    #[prop(into)] text: String,
    /// The level of its first headings, whatever level the text gives them.
    #[prop(default = HeadingLevel::H2)]
    from: HeadingLevel,
) -> impl IntoView {
    view! { <div class="prose" inner_html=html(&text, from)></div> }
}

/// A sentence of ours, with `code` as code.
pub fn with_code(text: &str) -> AnyView {
    text.split('`')
        .enumerate()
        .map(|(place, part)| {
            let part = part.to_owned();
            if place % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect_view()
        .into_any()
}

/// CommonMark as HTML that is nothing but text: HTML in it is shown as it is written, pictures are their descriptions,
/// and links lead only within the portal, to https:// or to mailto:.
fn html(text: &str, from: HeadingLevel) -> String {
    let parser = || Parser::new_ext(text, Options::ENABLE_TABLES);
    let first = parser().filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Some(level),
        _ => None,
    });
    let first = first.min().unwrap_or(HeadingLevel::H1);
    let below = |level: HeadingLevel| {
        let level = (from as usize + level as usize).saturating_sub(first as usize);
        HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
    };
    let mut open = Vec::new();
    let events = parser().filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let shown = is_link(dest_url);
            open.push(shown);
            shown.then_some(event)
        }
        Event::End(TagEnd::Link) => open.pop().unwrap_or_default().then_some(event),
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            Some(Event::Start(Tag::Heading { level: below(level), id: None, classes, attrs }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
        other => Some(other),
    });
    let mut html = String::with_capacity(text.len() * 3 / 2);
    push_html(&mut html, events);
    html
}

fn is_link(address: &CowStr<'_>) -> bool {
    address.starts_with("https://") || address.starts_with("mailto:") || (crate::paths::is_ours(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        super::html(text, HeadingLevel::H2)
    }

    #[test]
    fn html_in_a_text_is_text() {
        assert_eq!(html("a <script>alert(1)</script> b"), "<p>a &lt;script&gt;alert(1)&lt;/script&gt; b</p>\n");
        assert!(html("<div onclick=x>\n\nb").starts_with("&lt;div onclick=x&gt;"));
        assert_eq!(html("![a](https://evil.example/p.png)"), "<p>a</p>\n");
    }

    #[test]
    fn links_lead_nowhere_that_runs_a_program() {
        for (text, link) in [
            ("[a](https://example.com/)", true),
            ("[a](/policies)", true),
            ("[a](mailto:dpo@example.com)", true),
            ("[a](javascript:alert)", false),
            ("[a](//evil.example)", false),
            ("[a](data:text/html,x)", false),
        ] {
            assert_eq!(html(text).contains("<a "), link, "{text}");
            assert!(html(text).contains('a'));
        }
    }

    #[test]
    fn headings_begin_below_the_pages_own() {
        for text in ["# a\n## b", "### a\n#### b"] {
            assert_eq!(super::html(text, HeadingLevel::H2), "<h2>a</h2>\n<h3>b</h3>\n");
        }
        assert_eq!(super::html("# a\n###### b", HeadingLevel::H4), "<h4>a</h4>\n<h6>b</h6>\n");
    }
}
