//! New accesses on a page that is open, without a reload.

use leptos::prelude::*;

use crate::access_line::AccessTable;

/// What the server tells of new accesses: a line `COUNT MORE`, with how many follow and whether there are more (`1`)
/// or not (`0`), and the HTML of their rows, the newest first, with times in the reader's zone. The rows are the server's own rendering, so that the
/// browser needs nothing of what they are made of.
#[cfg(feature = "ssr")]
pub fn message(records: &[domain::access::AccessRecord], more: bool, zone: domain::Zone) -> String {
    // A server-sent event can't hold a carriage return; HTML has another way to write it.
    let rows = crate::access_line::lines_html(records, zone).replace('\r', "&#13;");
    format!("{} {}\n{rows}", records.len(), u8::from(more))
}

/// Shows what is stored after the page was made. Without WebAssembly there is nothing here, and a reload shows it.
#[island]
pub fn LiveAccesses(
    /// Where the server tells of new accesses, with the page's own filters.
    address: String,
    /// The zone in which it tells their times.
    zone: String,
) -> impl IntoView {
    let count = RwSignal::new(0u32);
    let rows = RwSignal::new(String::new());
    let more = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    listen(&address, count, rows, more);
    #[cfg(not(feature = "hydrate"))]
    drop(address);
    let told = move || match count.get() {
        0 => String::new(),
        1 => "1 new access since you opened this page".to_owned(),
        count => format!("{count} new accesses since you opened this page"),
    };
    view! {
        <section class="live" class:arrived=move || count.get() != 0>
            <p role="status" class="live-count">{told}</p>
            <div hidden=move || count.get() == 0>
                <AccessTable
                    caption="New since you opened this page"
                    zone=zone
                    body=view! { <tbody role="rowgroup" inner_html=move || rows.get()></tbody> }
                />
            </div>
            <p class="live-more" hidden=move || !more.get()>"There are more: load the page again to see all."</p>
        </section>
    }
}

/// Listens for as long as the page is open.
#[cfg(feature = "hydrate")]
fn listen(address: &str, count: RwSignal<u32>, rows: RwSignal<String>, more: RwSignal<bool>) {
    let Some(stream) = super::live::Stream::open(address) else { return };
    stream.on_requests(|_| {});
    stream.on("accesses", move |text| {
        let Some((head, html)) = text.split_once('\n') else { return };
        let Some((new, and_more)) = head.split_once(' ') else { return };
        let Ok(new) = new.parse::<u32>() else { return };
        rows.update(|rows| rows.insert_str(0, html));
        if and_more == "1" {
            more.set(true);
        }
        count.update(|count| *count += new);
    });
}
