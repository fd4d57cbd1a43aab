//! `/portal/sources`: what sources counted themselves, and where the record has more or fewer accesses.

use domain::{Zone, statistics::grouped};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{CountedSource, CountedSources, DifferingHour};

use crate::{
    components::{DataRow, DataTable, Loaded},
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn CountedSourcesPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Is the record whole? · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let counted = member.records.sources().await?;
            Ok::<_, PageError>(view_of(&counted, member.zone))
        } />
    }
}

fn view_of(counted: &CountedSources, zone: Zone) -> impl IntoView + use<> {
    let CountedSources { sources, differing } = counted;
    let table = if sources.is_empty() {
        view! {
            <p class="empty">
                "No system has sent its own counts yet. Until one does, nothing here says whether accesses are missing in the "
                <a href=paths::ACCESS>"access record"</a> "."
            </p>
        }
        .into_any()
    } else {
        let rows = sources.iter().map(|source| row(source, zone)).collect();
        let heads = vec!["Source", "Hours counted", "Hours that differ", "First hour", "Last hour", "Last compared"];
        view! { <DataTable caption=format!("Sources that count what they did; times in {zone}") heads rows /> }
            .into_any()
    };
    let of_all: i64 = sources.iter().map(|source| source.differing).sum();
    let shown = differing.len();
    let lines = differing.iter().map(|hour| line(hour, zone)).collect_view();
    let gaps = (!sources.is_empty()).then(|| {
        let told = match (of_all, shown) {
            (0, _) => "In every hour that was counted, the record had as many accesses as the source.".to_owned(),
            (of_all, shown) if i64::try_from(shown).is_ok_and(|shown| shown < of_all) => {
                format!("The newest {shown} of {} hours.", grouped(of_all.unsigned_abs()))
            }
            _ => "The newest first.".to_owned(),
        };
        view! {
            <section class="panel" aria-labelledby="gaps">
                <h2 id="gaps">"Where counts differ"</h2>
                <p>{told}</p>
                <ul class="lines">{lines}</ul>
            </section>
        }
    });
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::ACCESS>"Access record"</a>
        </nav>
        <div class="page-head">
            <div>
                <h1>"Is the record whole?"</h1>
                <p class="lede">
                    "A record can’t show what never came into it. So systems that touch your data count their accesses too, apart from reporting them, and both are compared hour by hour. A correction counts as no access of its own."
                </p>
            </div>
        </div>
        {table}
        {gaps}
    }
}

fn row(source: &CountedSource, zone: Zone) -> DataRow {
    let CountedSource { name, hours, first, end, differing, compared_at } = source;
    let figures = vec![
        grouped(hours.unsigned_abs()),
        grouped(differing.unsigned_abs()),
        zone.local(*first).replace('T', " "),
        zone.local(*end).replace('T', " "),
        zone.local(*compared_at).replace('T', " "),
    ];
    (name.clone().into_any(), figures)
}

fn line(hour: &DifferingHour, zone: Zone) -> impl IntoView + use<> {
    let DifferingHour { source, compared, compared_at, recorded_now } = hour;
    let (class, state) = match *recorded_now - compared.counted {
        0 => ("tag good", "The same by now"),
        ..0 => ("tag bad", "Accesses are missing"),
        1.. => ("tag warn", "The record has more"),
    };
    let since = (*recorded_now != compared.recorded).then(|| {
        let compared_at = zone.long(*compared_at);
        format!("So it was when they were compared, on {compared_at}; the record has {recorded_now} now.")
    });
    view! {
        <li>
            <p>
                {compared.sentence(zone)} " " <span class=class>{state}</span>
                <span class="sub">{source.clone()}</span>
                <span class="sub">{since}</span>
            </p>
        </li>
    }
}
