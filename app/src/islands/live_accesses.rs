//! New accesses on a page that is open, without a reload.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access_line::AccessLine;

/// What the server tells at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LiveBatch {
    /// The newest first.
    pub lines: Vec<AccessLine>,
    /// There are more than these.
    pub more: bool,
}

/// Lines kept on the page; a reload shows all.
#[cfg(feature = "hydrate")]
const MOST_LINES: usize = 100;

/// Shows what is stored after the page was made. Without WebAssembly there is nothing here, and a reload shows it.
#[island]
pub fn LiveAccesses(
    /// Where the server tells of new accesses, with the page's own filters.
    address: String,
) -> impl IntoView {
    let lines = RwSignal::new(Vec::<AccessLine>::new());
    let more = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    listen(&address, lines, more);
    #[cfg(not(feature = "hydrate"))]
    drop(address);
    let told = move || match lines.with(Vec::len) {
        0 => String::new(),
        1 => "1 new access since you opened this page".to_owned(),
        count => format!("{count} new accesses since you opened this page"),
    };
    view! {
        <section class="live" class:arrived=move || lines.with(|lines| !lines.is_empty())>
            <p role="status" class="live-count">{told}</p>
            {move || {
                let lines = lines.get();
                (!lines.is_empty())
                    .then(|| {
                        view! {
                            <crate::access_line::AccessTable
                                caption="New since you opened this page".to_owned()
                                lines
                            />
                        }
                    })
            }}
            {move || {
                more.get().then(|| view! { <p>"There are more: " <a href="">"load the page again"</a> " to see all."</p> })
            }}
        </section>
    }
}

/// Listens for as long as the page is open. The browser connects again by itself.
#[cfg(feature = "hydrate")]
fn listen(address: &str, lines: RwSignal<Vec<AccessLine>>, more: RwSignal<bool>) {
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    let Ok(source) = EventSource::new(address) else { return };
    let told = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(text) = event.data().as_string() else { return };
        let Ok(batch) = serde_json::from_str::<LiveBatch>(&text) else { return };
        lines.update(|lines| {
            let mut arrived = batch.lines;
            // A connection made again tells of what it told before.
            arrived.retain(|new| lines.iter().all(|line| line.sequence != new.sequence));
            lines.splice(0..0, arrived);
            lines.truncate(MOST_LINES);
        });
        if batch.more {
            more.set(true);
        }
    });
    if source.add_event_listener_with_callback("accesses", told.as_ref().unchecked_ref()).is_ok() {
        // The page's lifetime is the listener's.
        told.forget();
    }
}
