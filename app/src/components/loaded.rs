//! Pages that wait for their data.

use leptos::prelude::*;

use crate::{
    context::{PageContext, PageError},
    pages::not_found::NotFoundPage,
};

/// Waits for a page's data and view. What goes wrong becomes a page that says so, with its status code; the error
/// itself goes to the log alone.
#[component]
pub fn Loaded<F, V>(
    /// Loads and makes the view. It runs once, on the server.
    load: F,
) -> impl IntoView
where
    F: Future<Output = Result<V, PageError>> + Send + 'static,
    V: IntoView + 'static,
{
    let response = use_context::<leptos_axum::ResponseOptions>();
    let page = Suspend::new(async move {
        match load.await {
            Ok(view) => view.into_any(),
            Err(PageError::NotFound) => NotFoundPage().into_any(),
            Err(PageError::Store(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a page could not be made");
                if let Some(response) = response {
                    response.set_status(http::StatusCode::INTERNAL_SERVER_ERROR);
                }
                view! {
                    <leptos_meta::Title text="Something went wrong" />
                    <h1>"Something went wrong on our side"</h1>
                    <p>"This page could not be made. Nothing you entered is lost; please try again in a moment."</p>
                }
                .into_any()
            }
        }
    });
    view! { <Suspense>{page}</Suspense> }
}

/// Put beside an island: the script that wakes it. Only pages that have it make the browser load WebAssembly.
#[component]
pub fn Interactive() -> impl IntoView {
    let options = PageContext::current().options;
    view! { <HydrationScripts options islands=true /> }
}
