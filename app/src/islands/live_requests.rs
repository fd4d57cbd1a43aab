//! New requests for access on the page of approvals, without a reload.

use leptos::prelude::*;

use crate::paths;

/// Says that there are requests which the page doesn't show yet, and leads to them. Without WebAssembly there is nothing
/// here, and a reload shows them.
#[island]
pub fn LiveRequests(
    /// Where the server tells of requests, with what the page shows of them.
    address: String,
) -> impl IntoView {
    let new = RwSignal::new(0i64);
    #[cfg(feature = "hydrate")]
    if let Some(stream) = super::live::Stream::open(&address) {
        stream.on_requests(move |count| new.set(count));
    }
    #[cfg(not(feature = "hydrate"))]
    drop(address);
    let told = move || match new.get() {
        0 => String::new(),
        1 => "1 new request for access since you opened this page".to_owned(),
        count => format!("{count} new requests for access since you opened this page"),
    };
    view! {
        <section class="live" class:arrived=move || new.get() != 0>
            <p role="status" class="live-count">{told}</p>
            <p hidden=move || new.get() == 0>
                <a href=paths::APPROVALS>{move || if new.get() == 1 { "Show it" } else { "Show them" }}</a>
            </p>
        </section>
    }
}
