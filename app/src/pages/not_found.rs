//! What stands where nothing is, or nothing that the viewer may see.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{context::PageContext, paths};

#[component]
pub fn NotFoundPage() -> impl IntoView {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let public = use_context::<PageContext>().is_none_or(|context| context.session.is_none());
    view! {
        <Title text="Not found · Vitrine" />
        <div class="page-head">
            <p class="eyebrow">"404"</p>
            <h1>"There is nothing at this address"</h1>
            <p class="lede">"It may have been mistyped, or it is not for you to see."</p>
        </div>
        <p class="actions">
            <a class="button" href=paths::HOME>
                "Go to the first page"
            </a>
            {public.then(|| view! { <a href=paths::SIGN_IN>"Sign in"</a> })}
        </p>
    }
}
