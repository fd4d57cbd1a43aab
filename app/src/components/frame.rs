//! What stands around every page: the way in for keyboards, the navigation, the foot.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use store::SignedIn;

use crate::{
    context::{PageContext, Viewer},
    paths,
};

/// The header, the page and the footer.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    // Missing only at start, when the routes are collected.
    let context = use_context::<PageContext>();
    let provider = context.as_ref().map(|context| context.provider.clone()).unwrap_or_default();
    let path = use_location().pathname.get_untracked();
    let viewer = context.map(|context| context.viewer);
    let (links, person): (Vec<(&str, &str)>, _) = match &viewer {
        Some(Viewer::SignedIn(SignedIn::Member(member))) => (
            vec![
                (paths::PORTAL, "Overview"),
                (paths::ACCESS, "Access record"),
                (paths::TRANSPARENCY, "Government requests"),
            ],
            Some((member.display_name.clone(), member.records.customer().display_name.clone())),
        ),
        Some(Viewer::SignedIn(SignedIn::Staff(staff))) => (
            vec![(paths::DESK, "Desk"), (paths::TRANSPARENCY, "Government requests"), (paths::API_DOCS, "API")],
            Some((staff.display_name.clone(), format!("{provider}, {}", staff.role.label().to_lowercase()))),
        ),
        Some(Viewer::Public) | None => {
            (vec![(paths::TRANSPARENCY, "Government requests"), (paths::API_DOCS, "API")], None)
        }
    };
    let section = section_of(&path, links.iter().map(|(address, _)| *address));
    let links = links
        .into_iter()
        .map(|(address, label)| {
            let current = match section {
                _ if address == path => Some("page"),
                Some(section) if section == address => Some("true"),
                _ => None,
            };
            view! {
                <li>
                    <a href=address aria-current=current>
                        {label}
                    </a>
                </li>
            }
        })
        .collect_view();
    let account = match person {
        Some((name, of)) => view! {
            <form class="account" method="post" action=paths::SIGN_OUT>
                <p>
                    <span class="account-name">{name}</span>
                    <span class="account-of">{of}</span>
                </p>
                <button class="quiet">"Sign out"</button>
            </form>
        }
        .into_any(),
        None => view! {
            <a class="account-sign-in" href=paths::SIGN_IN aria-current=(path == paths::SIGN_IN).then_some("page")>
                "Sign in"
            </a>
        }
        .into_any(),
    };
    view! {
        <a class="skip" href="#content">
            "Skip to the content"
        </a>
        <header class="site-header">
            <a class="brand" href=paths::HOME>
                <span class="brand-mark" aria-hidden="true">
                    // The same glass case as in public/favicon.svg.
                    <svg viewBox="0 0 32 32" focusable="false">
                        <path d="M9.5 2.5h20v20h-20z" />
                        <path d="M2.5 9.5l7-7M22.5 9.5l7-7M22.5 29.5l7-7M2.5 29.5l7-7" />
                        <path class="pane" d="M2.5 9.5h20v20h-20z" />
                        <path d="M7.5 24.5l10-10" />
                    </svg>
                </span>
                <span class="brand-text">
                    <span class="brand-name">"Vitrine"</span>
                    " "
                    <span class="brand-provider">{provider.clone()}</span>
                </span>
            </a>
            <nav aria-label="Main">
                <ul>{links}</ul>
            </nav>
            {account}
        </header>
        <main id="content" tabindex="-1">
            {children()}
        </main>
        <footer class="site-footer">
            <p>
                {provider}
                " answers here who looked at its customers’ data and who asked for it. The record can’t be changed afterwards."
            </p>
            <ul>
                <li>
                    <a href=paths::TRANSPARENCY>"Government requests"</a>
                </li>
                <li>
                    <a href=paths::API_DOCS>"API"</a>
                </li>
            </ul>
        </footer>
    }
}

/// Which of these addresses a page below one of them belongs to: the longest that leads to it.
fn section_of<'a>(path: &str, addresses: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    addresses
        .filter(|address| path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        .max_by_key(|address| address.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_the_nearest_address_above_it() {
        let section = |path| section_of(path, [paths::PORTAL, paths::ACCESS].into_iter());
        assert_eq!(section("/portal"), Some(paths::PORTAL));
        assert_eq!(section("/portal/access/12"), Some(paths::ACCESS));
        assert_eq!(section("/portals"), None);
    }
}
