use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn ApiDocsPage() -> impl IntoView {
    view! {
        <Title text="API" />
        <h1>"API"</h1>
    }
}
