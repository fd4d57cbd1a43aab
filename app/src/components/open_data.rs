//! Where to take the published figures from, and where to hear of new ones.

use leptos::prelude::*;
use leptos_meta::Link;

use crate::paths;

/// Tells readers of the description of the open data and of its feed, and their programs too. It stands inside what is
/// loaded, so that the document's head has one order.
#[component]
pub fn OpenData() -> impl IntoView {
    view! {
        <Link
            rel="alternate"
            type_="application/atom+xml"
            title="New editions and reports"
            href=paths::TRANSPARENCY_ATOM
        />
        <Link rel="alternate" type_="application/json" title="Data Package" href=paths::DATA_PACKAGE />
        <section class="panel" aria-labelledby="open-data">
            <h2 id="open-data">"Open data"</h2>
            <p>
                "Every figure and every edition as files, with what each column holds, its unit and where it is from: "
                <a href=paths::DATA_PACKAGE>"description of the data (Frictionless Data Package)"</a>
                ". New editions and reports are told in a "
                <a href=paths::TRANSPARENCY_ATOM>"feed (Atom)"</a> "."
            </p>
        </section>
    }
}
