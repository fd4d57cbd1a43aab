//! What an open page is told without a reload: one stream of events from the server, and what the navigation says of it.

/// What the navigation calls the page of requests.
pub const APPROVALS: &str = "Approvals";

/// What a link in the navigation is called behind which so many things wait.
pub fn waiting_name(label: &str, waiting: i64) -> String {
    format!("{label}, {waiting} waiting")
}

/// What the server tells of requests for access: how many there are that the page doesn't show, and how many wait. Both are
/// counted from the page as it was made, so that nothing is wrong after a stream that broke off.
#[cfg(feature = "ssr")]
pub fn requests_message(new: i64, waiting: i64) -> String {
    format!("{new} {waiting}")
}

/// A page's stream. The browser connects again by itself and says what it was told last.
#[cfg(feature = "hydrate")]
pub struct Stream(web_sys::EventSource);

#[cfg(feature = "hydrate")]
impl Stream {
    pub fn open(address: &str) -> Option<Self> {
        web_sys::EventSource::new(address).ok().map(Self)
    }

    /// Listens to one kind of event for as long as the page is open.
    pub fn on(&self, event: &str, mut told: impl FnMut(String) + 'static) {
        use wasm_bindgen::{JsCast, closure::Closure};

        let told = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            if let Some(text) = event.data().as_string() {
                told(text);
            }
        });
        if self.0.add_event_listener_with_callback(event, told.as_ref().unchecked_ref()).is_ok() {
            // The page's lifetime is the listener's.
            told.forget();
        }
    }

    /// Keeps the count in the navigation; `told` hears how many requests the page doesn't show.
    pub fn on_requests(&self, told: impl Fn(i64) + 'static) {
        self.on("requests", move |text| {
            let Some((new, waiting)) = text.split_once(' ') else { return };
            let (Ok(new), Ok(waiting)) = (new.parse(), waiting.parse()) else { return };
            show_waiting(waiting);
            told(new);
        });
    }
}

/// Says in the navigation how many requests wait, as `components::Frame` does.
#[cfg(feature = "hydrate")]
fn show_waiting(waiting: i64) {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| {
        document.query_selector(&format!("header nav a[href='{}']", crate::paths::APPROVALS)).ok().flatten()
    });
    let Some(link) = link else { return };
    let done = if waiting > 0 {
        link.set_inner_html(&format!("{APPROVALS}<span class=\"count\" aria-hidden=\"true\">{waiting}</span>"));
        link.set_attribute("aria-label", &waiting_name(APPROVALS, waiting))
    } else {
        link.set_inner_html(APPROVALS);
        link.remove_attribute("aria-label")
    };
    debug_assert!(done.is_ok(), "an attribute with this name can be set");
}
