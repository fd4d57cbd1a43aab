//! `/desk/demands/new`: a demand as it came.

use domain::{
    Zone,
    demand::{DataKind, Jurisdiction, LegalProcess},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Choice, Field, FormProblem, Loaded, TextArea},
    context::{PageContext, PageError},
    paths,
};

const FORM: &str = "demand";
pub const IDENTIFIERS_HINT: &str = "One a line: kind, colon, value. The kinds are account, email_address, user_id, domain, phone_number, ip_address, device, resource and other. An IP address needs its moment: ip_address: 192.0.2.1 @ 2026-02-01T10:00:00Z";

#[component]
pub fn NewDemandPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Register a demand · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.legal().map_err(|_| PageError::NotFound)?;
            Ok::<_, PageError>(view_of(zone.local(desk.now()), zone))
        } />
    }
}

/// The kinds of data, each with a box.
#[component]
pub fn Kinds(#[prop(into)] form: String, label: &'static str, ticked: Vec<DataKind>) -> impl IntoView {
    let answer = PageContext::current().answer;
    let sent = answer.is_of(&form);
    let problem =
        answer.problem(&form, "sought").map(|reason| view! { <p class="error">{format!("This {reason}.")}</p> });
    let boxes = DataKind::ALL
        .iter()
        .map(|kind| {
            let typed = || answer.typed.iter().any(|(name, value)| name == "sought" && value == kind.code());
            let checked = if sent { typed() } else { ticked.contains(kind) };
            view! {
                <label class="check">
                    <input type="checkbox" name="sought" value=kind.code() checked=checked />
                    {kind.label()}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend>{label}</legend>
            {boxes}
            {problem}
        </fieldset>
    }
}

/// What an order not to tell says, as fields of a form.
#[component]
pub fn OrderFields(#[prop(into)] form: String, zone: Zone) -> impl IntoView {
    view! {
        <Field form=form.clone() name="issued_by" label="Issued by" required=false />
        <Field form=form.clone() name="basis" label="Under which law" hint="Such as 18 USC 2705(b)." required=false />
        <Field form=form.clone() name="order_reference" label="The order’s number or mark" required=false />
        <Field form=form.clone() name="issued_on" label="Issued on" kind="date" required=false />
        <Field
            form=form.clone()
            name="order_zone"
            label="Time zone of who issued it"
            value=zone.name()
            hint="Its days begin and end there, such as America/New_York."
            required=false
        />
        <EndFields form=form />
    }
}

/// When an order ends, as fields of a form.
#[component]
pub fn EndFields(#[prop(into)] form: String) -> impl IntoView {
    let ends = [("on_date", "On a date"), ("on_event", "When something happens"), ("indefinite", "It names no end")];
    let ends = ends.map(|(code, label)| (code.to_owned(), label.to_owned())).to_vec();
    view! {
        <Choice name="ends" id=format!("{form}-ends") label="It ends" none="Choose" chosen=None options=ends form=form.clone() />
        <Field form=form.clone() name="date" label="The last day on which it binds" kind="date" hint="Where it ends on a date." required=false />
        <Field form=form.clone() name="event" label="What has to happen" hint="Where it ends then." required=false />
        <Field
            form=form
            name="review_on"
            label="The day by which you look at it again"
            kind="date"
            hint="Where it has no date. The day can’t be left out."
            required=false
        />
    }
}

fn view_of(now: String, zone: Zone) -> impl IntoView {
    let of = |process: &LegalProcess| match process.jurisdiction() {
        Jurisdiction::Us => "US",
        Jurisdiction::Eu => "EU",
        Jurisdiction::Other => "Others",
    };
    let processes = LegalProcess::ALL
        .iter()
        .map(|process| (process.code().to_owned(), format!("{}: {}", of(process), process.label())))
        .collect::<Vec<_>>();
    let answer = PageContext::current().answer;
    let ticked = |name: &str| answer.typed(FORM, name).is_some();
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::DEMANDS>"Demands"</a>
        </nav>
        <div class="page-head">
            <div>
                <h1>"Register a demand"</h1>
                <p class="lede">
                    "As it came, whether or not it is any good: the review comes next. Times are those of "
                    {zone.name()} "."
                </p>
            </div>
        </div>
        <section class="panel">
            <form class="short" method="post" action=paths::DEMANDS>
                <FormProblem form=FORM />
                <Field form=FORM name="authority" label="Authority" hint="Who asks, such as a court or a police office." />
                <Field form=FORM name="country" label="Its country" hint="Two letters, such as US or DE." />
                <Field form=FORM name="reference" label="Its number or mark" />
                <Choice name="process" id="demand-process" label="Legal process" none="Choose" chosen=None options=processes form=FORM />
                <Field form=FORM name="received_at" label="Received" kind="datetime-local" value=now />
                <Field
                    form=FORM
                    name="deadline"
                    label="Answer asked for by"
                    kind="datetime-local"
                    hint="Left empty, it is the one that the law sets, if any."
                    required=false
                />
                <label class="check">
                    <input type="checkbox" name="emergency" value="yes" checked=ticked("emergency") />
                    "Somebody is said to be in danger"
                </label>
                <Kinds form=FORM label="Data sought" ticked=Vec::new() />
                <TextArea form=FORM name="identifiers" label="Accounts and identifiers named" value=String::new() hint=IDENTIFIERS_HINT />
                <TextArea form=FORM name="description" label="What it is about" value=String::new() hint="In a few words. It stays with the legal team." />
                <fieldset>
                    <legend>"Order not to tell"</legend>
                    <label class="check">
                        <input type="checkbox" name="sealed" value="yes" checked=ticked("sealed") />
                        "The demand came with an order not to tell. It is sealed from the first moment."
                    </label>
                    <OrderFields form=FORM zone=zone />
                </fieldset>
                <button>"Register it"</button>
            </form>
        </section>
    }
}
