//! What stands around every page: the way in for keyboards, the navigation, the foot.

use domain::{Role, StaffRole};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use store::SignedIn;

use crate::{
    context::PageContext,
    islands::live::{APPROVALS, waiting_name},
    paths,
};

/// The header, the page and the footer.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    // Missing only at start, when the routes are collected.
    let context = use_context::<PageContext>();
    let provider = context.as_ref().map(|context| context.provider.clone()).unwrap_or_default();
    let path = use_location().pathname.get_untracked();
    let signed_in = context.as_ref().and_then(PageContext::signed_in);
    let (links, person): (Vec<(&str, &str)>, _) = match signed_in {
        Some(SignedIn::Member(member)) => (
            vec![
                (paths::PORTAL, "Overview"),
                (paths::ACCESS, "Access record"),
                (paths::APPROVALS, APPROVALS),
                (paths::NOTICES, "Notices"),
                (paths::INQUIRIES, "Inquiries"),
                (paths::TRANSFERS, "Transfers"),
                (paths::DOCUMENTS, "Documents"),
                (paths::OF_CUSTOMER.people, "Organisation"),
                (paths::TRANSPARENCY, "Government requests"),
            ],
            Some((member.display_name.clone(), member.records.customer().display_name.clone())),
        ),
        Some(SignedIn::Staff(staff)) => (
            [
                Some((paths::DESK, "Desk")),
                (staff.role == StaffRole::Legal).then_some((paths::DEMANDS, "Demands")),
                Role::Staff(staff.role).manages_access().then_some((paths::DESK_ACCESS, "Access")),
                Role::Staff(staff.role).answers_inquiries().then_some((paths::DESK_INQUIRIES, "Inquiries")),
                Role::Staff(staff.role).gives_notice().then_some((paths::DESK_NOTICES, "Notices")),
                Role::Staff(staff.role).gives_notice().then_some((paths::TERMS, "Terms")),
                Role::Staff(staff.role).gives_notice().then_some((paths::DESK_REPORT, "Report")),
                Role::Staff(staff.role).gives_notice().then_some((paths::STATISTICS, "Statistics")),
                Some((paths::CUSTOMERS, "Organisation")),
                Some((paths::TRANSPARENCY, "Government requests")),
                Some((paths::API_DOCS, "API")),
            ]
            .into_iter()
            .flatten()
            .collect(),
            Some((staff.display_name.clone(), format!("{provider}, {}", staff.role.label().to_lowercase()))),
        ),
        None => (
            vec![
                (paths::TRANSPARENCY, "Government requests"),
                (paths::COMMITMENTS, "Commitments"),
                (paths::AUDITS, "Audits"),
                (paths::POLICIES, "Policies"),
                (paths::API_DOCS, "API"),
            ],
            None,
        ),
    };
    let waiting = |address: &str| match (&context, address) {
        (Some(context), paths::NOTICES) => context.notices_waiting,
        (Some(context), paths::APPROVALS) => context.approvals_waiting,
        (Some(context), paths::INQUIRIES | paths::DESK_INQUIRIES) => context.inquiries_waiting,
        _ => 0,
    };
    let section = organisation_section(&path).or(section_of(&path, links.iter().map(|(address, _)| *address)));
    let links = links
        .into_iter()
        .map(|(address, label)| {
            let current = match section {
                _ if address == path => Some("page"),
                Some(section) if section == address => Some("true"),
                _ => None,
            };
            let waiting = Some(waiting(address)).filter(|waiting| *waiting > 0);
            let name = waiting.map(|waiting| waiting_name(label, waiting));
            let count = waiting.map(|waiting| view! { <span class="count" aria-hidden="true">{waiting}</span> });
            view! {
                <li>
                    <a href=address aria-current=current aria-label=name>
                        {label}
                        {count}
                    </a>
                </li>
            }
        })
        .collect_view();
    let account = match person {
        Some((name, of)) => view! {
            <form class="account" method="post" action=paths::SIGN_OUT>
                <p>
                    <a class="account-name" href=paths::ACCOUNT aria-current=(path == paths::ACCOUNT).then_some("page")>
                        {name}
                    </a>
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
                    <a href=paths::COMMITMENTS>"Commitments"</a>
                </li>
                <li>
                    <a href=paths::AUDITS>"Audits"</a>
                </li>
                <li>
                    <a href=paths::POLICIES>"Policies"</a>
                </li>
                <li>
                    <a href=paths::API_DOCS>"API"</a>
                </li>
            </ul>
        </footer>
    }
}

/// The link that the pages on one's organisation belong to, wherever they are.
fn organisation_section(path: &str) -> Option<&'static str> {
    let of_customer = [
        paths::OF_CUSTOMER.people,
        paths::SIGN_IN_RULE,
        paths::SINGLE_SIGN_ON,
        paths::OF_CUSTOMER.tokens,
        paths::OF_CUSTOMER.webhooks,
        paths::OF_CUSTOMER.activity,
    ];
    let of_provider = [
        paths::CUSTOMERS,
        paths::OF_PROVIDER.people,
        paths::OF_PROVIDER.tokens,
        paths::OF_PROVIDER.webhooks,
        paths::OF_PROVIDER.activity,
    ];
    let under = |pages: &[&str]| pages.contains(&path);
    under(&of_customer).then_some(of_customer[0]).or(under(&of_provider).then_some(of_provider[0]))
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
