//! The way between the pages of one's organisation.

use domain::Role;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{context::PageContext, paths};

/// Links to the pages on people, sign-in, tokens, webhooks and activity that the viewer may see.
#[component]
pub fn OrganisationNav() -> impl IntoView {
    let role = PageContext::current().signed_in().map(store::SignedIn::role);
    let path = use_location().pathname.get_untracked();
    let links = match role {
        Some(Role::Member(_)) => vec![
            (paths::OF_CUSTOMER.people, "People"),
            (paths::SIGN_IN_RULE, "Sign-in"),
            (paths::SINGLE_SIGN_ON, "Single sign-on"),
            (paths::OF_CUSTOMER.tokens, "API tokens"),
            (paths::OF_CUSTOMER.webhooks, "Webhooks"),
            (paths::OF_CUSTOMER.activity, "Activity"),
        ],
        Some(role @ Role::Staff(_)) => {
            let mut links = vec![
                (paths::CUSTOMERS, "Customers"),
                (paths::OF_PROVIDER.people, "People"),
                (paths::OF_PROVIDER.tokens, "API tokens"),
                (paths::OF_PROVIDER.webhooks, "Webhooks"),
            ];
            if role.administers() {
                links.push((paths::OF_PROVIDER.activity, "Activity"));
            }
            links
        }
        None => Vec::new(),
    };
    let links = links
        .into_iter()
        .map(|(address, label)| {
            view! {
                <li>
                    <a href=address aria-current=(address == path).then_some("page")>
                        {label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="subnav" aria-label="Organisation">
            <ul>{links}</ul>
        </nav>
    }
}
