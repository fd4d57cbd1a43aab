//! `/desk/statistics`: publishers' files, uploaded by one person, looked at, imported by another.

use domain::{
    Zone,
    statistics::{Format, Half, Reading, Summary, grouped, interpreted},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{Import, SeriesChanges, Store, StoreError, Upload};

use crate::{
    components::{Done, Field, FormProblem, Loaded},
    context::{PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("imported", "It is imported. The public page shows it within seconds."),
    ("discarded", "The upload is thrown away. Nothing changed."),
];
const UPLOADED: &[(&str, &str)] =
    &[("uploaded", "It is uploaded. Nothing changed yet: somebody else looks at it and imports it.")];

/// Lines of a list that are open to be seen at first; the others are one step away.
const OPEN: usize = 20;

#[component]
pub fn DeskStatisticsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Statistics · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.statistics().map_err(|_| PageError::NotFound)?;
            let (uploads, imports) = (desk.uploads().await?, context.store.statistics().imports().await?);
            Ok::<_, PageError>(list(uploads, imports, context.zone()))
        } />
    }
}

fn list(uploads: Vec<Upload>, imports: Vec<Import>, zone: Zone) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"Statistics"</h1>
                <p class="lede">
                    "Publishers’ reports on government requests, for the " <a href=paths::TRANSPARENCY>"public page"</a>
                    ". One person uploads their files as they are, another looks at what was made of them and imports them."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        {waiting(uploads, zone)}
        {form()}
        {imported(imports, zone)}
    }
}

fn waiting(uploads: Vec<Upload>, zone: Zone) -> Option<impl IntoView> {
    if uploads.is_empty() {
        return None;
    }
    let lines = uploads.into_iter().map(|upload| {
        let when = upload.made_at.map_or_else(String::new, |at| format!(", {}", zone.long(at)));
        view! {
            <li>
                <p>
                    <a href=paths::fill(paths::STATISTICS_UPLOAD, upload.id)>{names(&upload)}</a>
                    <span class="sub">"By " {upload.made_by_name.clone()} {when}</span>
                </p>
            </li>
        }
    });
    Some(view! {
        <section class="panel" aria-labelledby="waiting">
            <h2 id="waiting">"Waits for a second person"</h2>
            <ul class="lines">{lines.collect_view()}</ul>
        </section>
    })
}

fn names(upload: &Upload) -> String {
    upload.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn form() -> impl IntoView {
    let context = PageContext::current();
    let missing = context.answer.problem("upload", "files").map(|reason| {
        view! {
            <p class="error" id="upload-files-error">
                "This " {reason} "."
            </p>
        }
    });
    let known = Format::ALL.iter().map(|format| view! { <li>{format.label()}</li> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="bring">
            <h2 id="bring">"Bring files in"</h2>
            <form class="short" method="post" enctype="multipart/form-data" action=paths::STATISTICS>
                <FormProblem form="upload" />
                <div class="field">
                    <label for="upload-files">"Files"</label>
                    <input
                        id="upload-files"
                        name="files"
                        type="file"
                        accept=".csv,text/csv"
                        multiple
                        required
                        aria-describedby=missing.is_some().then_some("upload-files-error")
                    />
                    {missing}
                    <p class="hint">"As their publisher gives them, under the publisher’s names."</p>
                </div>
                <Field
                    form="upload"
                    name="retrieved"
                    label="Downloaded on"
                    kind="date"
                    hint="When somebody fetched them from their publisher, not when they come in here: the newest download of a period is the one that readers see, so an old file with a new day takes the place of a newer one. Vitrine’s own CSV says it in each line, and this day is not used."
                />
                <Field
                    form="upload"
                    name="source"
                    label="Where they are from"
                    required=false
                    hint="An address or a sentence for readers. Left out, it is the publisher’s address."
                />
                <Field
                    form="upload"
                    name="period"
                    label="Period"
                    required=false
                    hint="Such as 2013-H1, for files that say it only in their names, where those are not the publisher’s any more."
                />
                <Field
                    form="upload"
                    name="service"
                    label="Series"
                    required=false
                    hint="Such as FISA content requests, likewise."
                />
                <button>"Look at them"</button>
            </form>
            <details>
                <summary>"Files that are known"</summary>
                <ul>{known}</ul>
            </details>
            <p class="hint">
                "At the command line: " <code>"server import-statistics --retrieved YYYY-MM-DD --preview FILE…"</code> ", and without "
                <code>"--preview"</code> " to import."
            </p>
        </section>
    }
}

fn imported(imports: Vec<Import>, zone: Zone) -> impl IntoView {
    if imports.is_empty() {
        return view! { <p class="empty">"Nothing is imported yet."</p> }.into_any();
    }
    let rows = imports.into_iter().map(|import| {
        let covers = covers(&import);
        view! {
            <tr role="row">
                <td role="cell" data-label="File">
                    <a href=paths::fill(paths::STATISTICS_IMPORT, import.id)>{import.file_name.clone()}</a>
                    <span class="sub">{covers}</span>
                </td>
                <td role="cell" data-label="Imported">
                    <time datetime=import.imported_at.to_string()>{zone.long(import.imported_at)}</time>
                    <span class="sub">{import.imported_by.clone().unwrap_or_default()}</span>
                </td>
                <td role="cell" data-label="Original">
                    {original(&import)}
                    <span class="sub">"SHA-256: " <code>{hex(&import.sha256)}</code></span>
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="imports">
            <h2 id="imports">"Imported"</h2>
            <table class="records" role="table">
                <caption class="visually-hidden">"Imported files"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"File"</th>
                        <th role="columnheader" scope="col">"Imported"</th>
                        <th role="columnheader" scope="col">"Original"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// Publisher, series and periods.
fn covers(import: &Import) -> String {
    let series = import.series.iter().map(|(publisher, service, first, last)| {
        let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
        format!("{publisher}, {service}, {span}")
    });
    series.collect::<Vec<_>>().join("; ")
}

fn original(import: &Import) -> AnyView {
    if import.has_original {
        let address = paths::fill(paths::STATISTICS_ORIGINAL, import.id);
        view! {
            <a href=address download>
                "The file as it was"
            </a>
        }
        .into_any()
    } else {
        "No file: it is an edition of the report, which stands at its own address, or was imported before files were kept.".into_any()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[component]
pub fn StatisticsUploadPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            let desk = context.session()?.statistics().map_err(|_| PageError::NotFound)?;
            let id = id.and_then(|id| id.parse().ok()).ok_or(PageError::NotFound)?;
            let upload = desk.find(id).await?.ok_or(PageError::NotFound)?;
            let mut files = Vec::new();
            for file in &upload.files {
                files.push(Preview::of(&context.store, &file.name, file.sha256(), file.examine(&upload)).await?);
            }
            Ok::<_, PageError>(preview(&upload, files, desk.may_import(&upload), context.zone()))
        } />
    }
}

/// What a file would do.
struct Preview {
    name: String,
    sha256: [u8; 32],
    reading: Reading,
    plans: Vec<SeriesChanges>,
    imported_at: Option<domain::Timestamp>,
}

impl Preview {
    async fn of(store: &Store, name: &str, sha256: [u8; 32], reading: Reading) -> Result<Self, StoreError> {
        let statistics = store.statistics();
        let plans = statistics.plan(&reading.reports).await?;
        let imported_at = statistics.imported_at(&sha256).await?;
        Ok(Self { name: name.to_owned(), sha256, reading, plans, imported_at })
    }
}

fn breadcrumb() -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::STATISTICS>"Statistics"</a>
        </nav>
    }
}

fn preview(upload: &Upload, files: Vec<Preview>, may_import: bool, zone: Zone) -> impl IntoView + use<> {
    let when = upload.made_at.map_or_else(String::new, |at| format!(" on {}", zone.long(at)));
    let wrong = files.iter().filter(|file| !file.reading.problems.is_empty()).count();
    let import = if wrong > 0 {
        view! { <p class="hint">"It can’t be imported: see below what can’t be read. Nothing of it is stored."</p> }
            .into_any()
    } else if may_import {
        view! {
            <form method="post" action=paths::fill(paths::STATISTICS_UPLOAD_IMPORT, upload.id)>
                <button>"Import it"</button>
            </form>
        }
        .into_any()
    } else {
        view! { <p class="hint">"You uploaded it: somebody else in the role Legal or Publishing has to import it."</p> }
            .into_any()
    };
    let files = files.into_iter().enumerate().map(|(place, file)| view_of_file(place, file, zone)).collect_view();
    let names = names(upload);
    view! {
        <Title text=format!("{names} · Vitrine") />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">"Uploaded"</p>
                <h1>{names}</h1>
                <p class="lede">
                    {format!("By {}{when}. Downloaded from the publisher on {}.", upload.made_by_name, upload.retrieved)}
                </p>
            </div>
        </div>
        <Done sentences=UPLOADED />
        <FormProblem form="import" />
        <div class="actions">
            {import} <form method="post" action=paths::fill(paths::STATISTICS_UPLOAD_DISCARD, upload.id)>
                <button class="quiet">"Throw it away"</button>
            </form>
        </div>
        {files}
    }
}

fn view_of_file(place: usize, file: Preview, zone: Zone) -> impl IntoView {
    let id = format!("file-{place}");
    let format = file.reading.format.map_or("A file that is not known", Format::label);
    let repeated = file.imported_at.map(|at| {
        view! {
            <p class="notice">
                {format!("This very file was imported before, on {}; it would change nothing.", zone.long(at))}
            </p>
        }
    });
    let problems = file.reading.problems.iter().map(|problem| format!("Line {problem}")).collect::<Vec<_>>();
    let problems = some(problems, |lines| {
        view! {
            <div class="form-error" role="alert">
                <p>"Can’t be read:"</p>
                {listed(lines)}
            </div>
        }
        .into_any()
    });
    let summaries = file.reading.reports.iter().map(Summary::of).map(|summary| {
        let told = format!(
            "{}, {}: {} figures of {} jurisdictions, {}",
            summary.publisher,
            summary.service,
            grouped(summary.figures as u64),
            grouped(summary.jurisdictions as u64),
            summary.span()
        );
        let totals = summary.lines().into_iter().map(|(period, totals)| format!("{period}: {totals}")).collect();
        view! {
            <h3>{told}</h3>
            {listed(totals)}
        }
    });
    let count = grouped(file.reading.interpretations.len() as u64);
    let interpreted = interpreted(&file.reading.interpretations);
    let interpreted =
        interpreted.iter().map(|of| format!("{}, {}", capitalised(&of.places()), of.sentence())).collect();
    let interpreted = some(interpreted, |lines| {
        view! {
            <h3>{format!("Interpreted, {count} cells and lines")}</h3>
            {listed(lines)}
        }
        .into_any()
    });
    view! {
        <section class="panel" aria-labelledby=id.clone()>
            <p class="eyebrow">{format}</p>
            <h2 id=id.clone()>{file.name.clone()}</h2>
            <p>"SHA-256: " <code>{hex(&file.sha256)}</code></p>
            {repeated}
            {problems}
            {summaries.collect_view()}
            {interpreted}
            {changes(&file.plans, "What readers would see otherwise")}
        </section>
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A list, if it has lines.
fn some(lines: Vec<String>, view: impl FnOnce(Vec<String>) -> AnyView) -> Option<AnyView> {
    (!lines.is_empty()).then(|| view(lines))
}

/// A list whose end is one step away where it is long.
fn listed(mut lines: Vec<String>) -> impl IntoView {
    let rest = lines.split_off(lines.len().min(OPEN));
    let view_of = |lines: Vec<String>| lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    let more = format!("{} more", grouped(rest.len() as u64));
    let rest = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary>{more}</summary>
                <ul>{view_of(rest)}</ul>
            </details>
        }
    });
    view! {
        <ul>{view_of(lines)}</ul>
        {rest}
    }
}

/// What readers see otherwise, by series.
fn changes(of: &[SeriesChanges], heading: &'static str) -> Option<AnyView> {
    let told = |periods: &[Half], what: &str| {
        let periods = periods.iter().map(Half::to_string).collect::<Vec<_>>();
        (!periods.is_empty()).then(|| format!("{what}: {}.", periods.join(", ")))
    };
    let series = of.iter().map(|of| {
        let name = format!("{}, {}", of.publisher, of.service);
        let periods = [
            told(&of.new, "New"),
            told(&of.replaced, "Replaced"),
            told(&of.not_shown, "Not shown, because a newer download is"),
        ];
        let differences = of.changes.iter().map(ToString::to_string).collect::<Vec<_>>();
        let none = (differences.is_empty() && !of.replaced.is_empty())
            .then(|| view! { <p>"Every figure that is replaced is what it was."</p> });
        view! {
            <h4>{name}</h4>
            <p>{periods.into_iter().flatten().collect::<Vec<_>>().join(" ")}</p>
            {none}
            {some(differences, |lines| listed(lines).into_any())}
        }
    });
    let series = series.collect_view();
    (!of.is_empty()).then(|| {
        view! {
            <h3>{heading}</h3>
            {series}
        }
        .into_any()
    })
}

#[component]
pub fn StatisticsImportPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id");
    view! {
        <Loaded load=async move {
            context.session()?.statistics().map_err(|_| PageError::NotFound)?;
            let id = id.as_deref().and_then(paths::place).ok_or(PageError::NotFound)?;
            let statistics = context.store.statistics();
            let import = statistics.imports().await?.into_iter().find(|import| import.id == id);
            let import = import.ok_or(PageError::NotFound)?;
            let changed = statistics.changes_of(id).await?;
            Ok::<_, PageError>(view_of_import(&import, &changed, context.zone()))
        } />
    }
}

fn view_of_import(import: &Import, changed: &[SeriesChanges], zone: Zone) -> impl IntoView + use<> {
    let by = import.imported_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    view! {
        <Title text=format!("{} · Vitrine", import.file_name) />
        {breadcrumb()}
        <div class="page-head">
            <div>
                <p class="eyebrow">{import.format.map_or("Imported", Format::label)}</p>
                <h1>{import.file_name.clone()}</h1>
                <p class="lede">{format!("Imported on {}{by}.", zone.long(import.imported_at))}</p>
            </div>
        </div>
        <section class="panel" aria-labelledby="file">
            <h2 id="file">"The file"</h2>
            <p>{covers(import)}</p>
            <p>{original(import)}</p>
            <p>"SHA-256: " <code>{hex(&import.sha256)}</code></p>
        </section>
        <section class="panel" aria-labelledby="changes">
            <h2 id="changes">"What it changed"</h2>
            {changes(changed, "For readers, when it was imported")}
        </section>
    }
}
