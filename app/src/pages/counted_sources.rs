//! `/portal/sources`: what sources counted themselves, and where the record has more or fewer accesses.

use domain::{Zone, statistics::grouped};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{CountedSource, CountedSources, DifferingHour, SaidOfHour, UncountedHours};

use crate::{
    components::{DataRow, DataTable, Loaded},
    context::{PageContext, PageError},
    paths,
};

/// Times without counts that are shown, the newest.
const MOST_UNCOUNTED: usize = 50;

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
    let CountedSources { sources, differing, uncounted } = counted;
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
        let heads = vec![
            "Source",
            "Hours counted",
            "Hours not counted",
            "Hours that differ now",
            "First hour began",
            "Last hour began",
            "Last change",
        ];
        view! { <DataTable caption=format!("Sources that count what they did; times in {zone}") heads rows /> }
            .into_any()
    };
    let of_all: i64 = sources.iter().map(|source| source.differing).sum();
    let uncounted = not_counted(uncounted, zone);
    let lines = differing.iter().map(|hour| line(hour, zone)).collect_view();
    let gaps = (!sources.is_empty()).then(|| {
        let told = match (of_all, differing.is_empty()) {
            (_, true) => "In every hour that was counted, the record had as many accesses as the source.".to_owned(),
            (0, false) => "In every hour that was counted, the record has as many accesses as the source by now. In these it did not when they were compared, or the source said different things.".to_owned(),
            (1, false) => "In 1 hour the record has more or fewer accesses than the source counted. What was ever different stays here, the newest first.".to_owned(),
            (many, false) => format!("In {} hours the record has more or fewer accesses than the source counted. What was ever different stays here, the newest first.", grouped(many.unsigned_abs())),
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
        {uncounted}
    }
}

/// Hours that a source said nothing of.
fn not_counted(uncounted: &[UncountedHours], zone: Zone) -> Option<impl IntoView + use<>> {
    let lines = uncounted.iter().take(MOST_UNCOUNTED).map(|of| {
        view! {
            <li>
                <p>
                    {format!("{} the source said nothing.", zone.period(of.from, of.until))}
                    <span class="sub">{of.source.clone()}</span>
                </p>
            </li>
        }
    });
    let lines = lines.collect::<Vec<_>>();
    let left = uncounted.len().saturating_sub(MOST_UNCOUNTED);
    (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="uncounted">
                <h2 id="uncounted">"Hours that were not counted"</h2>
                <p>
                    "Sources that counted earlier and later hours said nothing of these, so nobody knows whether accesses of them are missing."
                    {(left > 0).then(|| format!(" {left} older ones are not shown."))}
                </p>
                <ul class="lines">{lines}</ul>
            </section>
        }
    })
}

fn row(source: &CountedSource, zone: Zone) -> DataRow {
    let CountedSource { name, hours, first, last, uncounted, differing, changed_at } = source;
    let counts = [hours, uncounted, differing].map(|count| grouped(count.unsigned_abs()));
    let times = [first, last, changed_at].map(|time| zone.local(*time).replace('T', " "));
    (name.clone().into_any(), counts.into_iter().chain(times).collect())
}

fn line(hour: &DifferingHour, zone: Zone) -> impl IntoView + use<> {
    let DifferingHour { source, now, said } = hour;
    let (class, state) = match now.recorded - now.counted {
        0 => ("tag good", "The same by now"),
        ..0 => ("tag bad", "Accesses are missing"),
        1.. => ("tag warn", "The record has more"),
    };
    let is_all = matches!(said.as_slice(), [one] if (one.counted, one.recorded) == (now.counted, now.recorded));
    let before = said.iter().filter(|_| !is_all).map(|one| {
        let SaidOfHour { counted, recorded, compared_at } = one;
        let told = format!("On {} it counted {counted}; the record had {recorded}.", zone.long(*compared_at));
        view! { <span class="sub">{told}</span> }
    });
    view! {
        <li>
            <p>
                {now.sentence(zone)} " " <span class=class>{state}</span>
                <span class="sub">{source.clone()}</span>
                {before.collect_view()}
            </p>
        </li>
    }
}
