use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn TransparencyPage() -> impl IntoView {
    view! {
        <Title text="Government requests" />
        <h1>"Government requests"</h1>
    }
}
