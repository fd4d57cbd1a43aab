//! The zone that the browser is in, told by a form.

use leptos::{nonce::use_nonce, prelude::*};

/// A field `zone` with the browser's time zone; without scripts it stays empty.
#[component]
pub fn BrowserZone() -> impl IntoView {
    const FILL: &str =
        "document.currentScript.previousElementSibling.value=Intl.DateTimeFormat().resolvedOptions().timeZone";
    view! {
        <input type="hidden" name="zone" />
        <script nonce=use_nonce() inner_html=FILL></script>
    }
}
