//! What lets others use the published statistics without asking: their description as a Data Package, a feed of what
//! is new, and the list of public pages for search engines.

use app::paths::{self, Audience};
use atom_syndication::{Entry, Link, Text};
use axum::{extract::State, http::HeaderMap, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    Timestamp,
    report::Edition,
    statistics::{ComparedMeasure, Metric, ProcessClass},
    terms::TermKind,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Import, PublishedEdition, Series};

use crate::{downloads::fresh_bytes, feed, problem::Problem, router::Routes, state::AppState};

/// Entries that a feed holds at most. Readers ask again long before as much is published.
const FEED_ENTRIES: usize = 100;
/// The resources that the columns of the others refer to.
const METRICS: &str = "metrics";
const CLASSES: &str = "process-classes";

/// The routes, which are not among the pages.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(paths::DATA_PACKAGE, Audience::Everyone, data_package)
        .get(paths::TRANSPARENCY_ATOM, Audience::Everyone, feed)
        .get(paths::ROBOTS, Audience::Everyone, robots)
        .get(paths::SITEMAP, Audience::Everyone, sitemap)
}

/// `GET /transparency/datapackage.json`: what every file of figures holds (Data Package 2.0).
async fn data_package(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let statistics = state.store.statistics();
    let (version, series, editions) =
        (statistics.version().await?, statistics.series().await?, state.store.editions().await?);
    let imported = series.iter().flat_map(|of| &of.sources).map(|source| source.imported_at);
    let newest = imported.chain(editions.iter().map(|of| of.published_at)).max();
    let mut resources = vec![government_requests(&series), compared()];
    for published in &editions {
        resources.push(edition(published, &state.config.data_licence)?);
    }
    resources.extend([metrics(), classes()]);
    let mut package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "government-requests-for-data",
        "title": format!("Government requests for data, published by {}", state.config.provider),
        "description": "What governments and courts asked of providers, as publishers report it, and the provider’s \
            own report, edition by edition. A figure is exact, a band or a bound as it was published; what was not \
            published is not zero.",
        "id": state.address(paths::DATA_PACKAGE),
        "homepage": state.address(paths::TRANSPARENCY),
        "version": version,
        "contributors": [{ "title": state.config.provider, "roles": ["publisher"] }],
        "keywords": ["transparency report", "law enforcement", "government requests", "privacy"],
        "resources": resources,
    });
    if let Some(newest) = newest {
        package["created"] = json!(newest);
    }
    let package = serde_json::to_vec_pretty(&package).map_err(|error| Problem::internal(&error))?;
    fresh_bytes(&headers, "application/json", package).await
}

/// The figures of every publisher, with where they are from.
fn government_requests(series: &[Series]) -> Value {
    let sources = series.iter().flat_map(|of| of.sources.iter().map(move |source| (of, source)));
    let sources = sources.map(|(of, source)| {
        let title = format!(
            "{}, {}: {}, downloaded on {}, SHA-256 {}",
            of.publisher,
            of.service,
            source.title,
            source.retrieved,
            hex_of(&source.sha256)
        );
        let mut told = json!({ "title": title, "version": source.retrieved.to_string() });
        if source.title.starts_with("https://") || source.title.starts_with("http://") {
            told["path"] = json!(source.title);
        }
        told
    });
    let mut resource = table(
        "government-requests",
        "Government requests for data, every publisher",
        "One figure a line, as its publisher gives it. The publishers’ figures stand under their own terms: each line \
         names its source. A text that a spreadsheet would take for a formula has an apostrophe before it.",
        "data.csv",
        figures_schema(),
    );
    let sources = sources.collect::<Vec<_>>();
    if !sources.is_empty() {
        resource["sources"] = json!(sources);
    }
    resource
}

/// What `/transparency/compare` compares where nothing is chosen. Its address with another query gives the same columns.
fn compared() -> Value {
    let path = paths::COMPARE_CSV;
    table(
        "government-requests-compared",
        "Government requests for data, publishers side by side",
        "Reckoned from the figures of every publisher: a series of each, period by period, all countries together. \
         Publishers don’t count alike. With the query of a comparison’s page the same address gives that comparison.",
        path.strip_prefix(paths::TRANSPARENCY).unwrap_or(path).trim_start_matches('/'),
        compared_schema(),
    )
}

/// One edition of the provider's own report. It never changes, so its size and hash are told.
fn edition(published: &PublishedEdition, licence: &str) -> Result<Value, Problem> {
    let edition = &published.edition;
    let csv = edition.to_csv().map_err(|error| Problem::internal(&error))?;
    let path = paths::edition_file(paths::EDITION_CSV, edition.half, edition.number);
    let errata = edition.errata.iter().filter(|of| of.edition == edition.number).map(|of| of.text.as_str());
    let said = errata.fold(format!("Published on {}, and never changed.", edition.published_on), |said, errata| {
        format!("{said} {errata}")
    });
    let mut resource = table(
        &format!("requests-{}-edition-{}", edition.half.to_string().to_lowercase(), edition.number),
        &edition.title(),
        &said,
        path.strip_prefix(paths::TRANSPARENCY).unwrap_or(&path).trim_start_matches('/'),
        edition_schema(),
    );
    resource["version"] = json!(edition.number.to_string());
    resource["bytes"] = json!(csv.len());
    resource["hash"] = json!(format!("sha256:{}", hex_of(&Sha256::digest(&csv))));
    if !licence.is_empty() {
        resource["licenses"] = json!([{ "name": licence }]);
    }
    Ok(resource)
}

fn table(name: &str, title: &str, description: &str, path: &str, schema: Value) -> Value {
    json!({
        "name": name,
        "type": "table",
        "title": title,
        "description": description,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": { "header": true, "delimiter": ",", "lineTerminator": "\r\n" },
        "schema": schema,
    })
}

/// What figures count, with the unit of each.
fn metrics() -> Value {
    let text = |name: &str, description: &str| json!({ "name": name, "type": "string", "description": description });
    let rows = Metric::ALL
        .iter()
        .map(|metric| json!({ "metric": metric.code(), "label": metric.label(), "unit": metric.unit() }));
    json!({
        "name": METRICS,
        "type": "table",
        "title": "What figures count, and in which unit",
        "data": rows.collect::<Vec<_>>(),
        "schema": {
            "fields": [
                text("metric", "The code."),
                text("label", "What a person reads."),
                text("unit", "What is counted; low and high of a figure are in this unit."),
            ],
            "primaryKey": ["metric"],
        },
    })
}

/// The kinds of process, as far as publishers' own kinds agree.
fn classes() -> Value {
    let rows = ProcessClass::ALL.iter().map(|class| {
        json!({ "class": class.code(), "label": class.label(), "asks_for_disclosure": class.asks_for_disclosure() })
    });
    json!({
        "name": CLASSES,
        "type": "table",
        "title": "Kinds of legal process",
        "data": rows.collect::<Vec<_>>(),
        "schema": {
            "fields": [
                { "name": "class", "type": "string", "description": "The code." },
                { "name": "label", "type": "string", "description": "What a person reads." },
                {
                    "name": "asks_for_disclosure",
                    "type": "boolean",
                    "description": "Whether data is to be disclosed. Preservation only keeps it, and is in no total.",
                },
            ],
            "primaryKey": ["class"],
        },
    })
}

fn status() -> Value {
    json!({
        "name": "status",
        "type": "string",
        "description": "What is known: exact, where low is high; band, from low to high; fewer_than, one more than \
            high; not_reported, a number that was not published; not_applicable, where there is none.",
        "constraints": {
            "required": true,
            "enum": ["exact", "band", "fewer_than", "not_reported", "not_applicable"],
        },
    })
}

fn bound(name: &str, description: &str) -> Value {
    json!({ "name": name, "type": "integer", "description": description, "constraints": { "minimum": 0 } })
}

fn field(name: &str, kind: &str, description: &str, constraints: Value) -> Value {
    json!({ "name": name, "type": kind, "description": description, "constraints": constraints })
}

fn required() -> Value {
    json!({ "required": true })
}

/// Who published a figure, and in which series.
fn of_series() -> [Value; 2] {
    [
        field("publisher", "string", "Who published the figure.", required()),
        field("service", "string", "Which of the publisher’s series it is of.", required()),
    ]
}

/// Of which period a figure is.
fn of_period() -> [Value; 3] {
    [
        field(
            "period",
            "string",
            "The half-year, such as 2013-H1, or the year.",
            json!({ "required": true, "pattern": "[0-9]{4}(-H[12])?" }),
        ),
        field("period_start", "date", "The period’s first day.", required()),
        field("period_end", "date", "The period’s last day.", required()),
    ]
}

fn country(description: &str) -> Value {
    field("country", "string", description, json!({ "pattern": "[A-Z]{2}" }))
}

fn compared_schema() -> Value {
    let [publisher, service] = of_series();
    let [period, period_start, period_end] = of_period();
    let number = |name: &str, description: &str| field(name, "number", description, json!({ "minimum": 0 }));
    let measures = ComparedMeasure::ALL.iter().map(|of| of.code()).collect::<Vec<_>>();
    json!({
        "fields": [
            publisher,
            service,
            country("Its ISO 3166-1 alpha-2 code; empty for all countries together. NA is Namibia."),
            period,
            period_start,
            period_end,
            field("measure", "string", "What is compared.", json!({ "required": true, "enum": measures })),
            field("unit", "string", "What low and high count.", required()),
            status(),
            number("low", "The least that it can be, in its unit."),
            number("high", "The most that it can be, in its unit."),
            field(
                "missing",
                "integer",
                "Parts of it that were not reported and are not in it.",
                json!({ "required": true, "minimum": 0 }),
            ),
            bound("inhabitants", "The inhabitants that it is set against, where it is."),
            field("inhabitants_source", "string", "Whose count of them, and of which year.", json!({})),
        ],
        "missingValues": [""],
        "primaryKey": ["publisher", "service", "country", "period"],
    })
}

fn figures_schema() -> Value {
    let [publisher, service] = of_series();
    let [period, period_start, period_end] = of_period();
    json!({
        "fields": [
            publisher,
            service,
            period,
            period_start,
            period_end,
            field("jurisdiction", "string", "The country or body that asked, as published.", required()),
            country("Its ISO 3166-1 alpha-2 code; empty where it has none. NA is Namibia."),
            field("class_published", "string", "The kind of legal process, as published.", json!({})),
            field("class", "string", "The kind that it is of, as far as publishers’ own kinds agree.", required()),
            field("metric", "string", "What is counted, which says the unit.", required()),
            status(),
            bound("low", "The least that it can be, in the metric’s unit."),
            bound("high", "The most that it can be, in the metric’s unit."),
            field("footnote", "string", "What the publisher, or a reader who says so, remarks on it.", json!({})),
            field("source", "string", "Where the publisher’s file is from.", json!({})),
            field("source_retrieved", "date", "The day on which that file was downloaded.", required()),
            field(
                "source_sha256",
                "string",
                "SHA-256 of that file, in hexadecimal digits.",
                json!({ "required": true, "pattern": "[0-9a-f]{64}" }),
            ),
            field("source_row", "integer", "The line of that file.", json!({ "required": true, "minimum": 0 })),
        ],
        "missingValues": [""],
        "primaryKey": ["publisher", "service", "period", "source_row", "class_published", "metric"],
        "foreignKeys": [
            { "fields": ["metric"], "reference": { "resource": METRICS, "fields": ["metric"] } },
            { "fields": ["class"], "reference": { "resource": CLASSES, "fields": ["class"] } },
        ],
    })
}

fn edition_schema() -> Value {
    let text = |name: &str, description: &str| {
        json!({
            "name": name, "type": "string", "description": description, "constraints": { "required": true },
        })
    };
    json!({
        "fields": [
            {
                "name": "edition",
                "type": "integer",
                "description": "The edition that first published the figure.",
                "constraints": { "required": true, "minimum": 1 },
            },
            text("table", "The table of the report."),
            text("line", "The country or kind that the figure is of."),
            text("column", "What is counted: accounts where it says so, or else requests."),
            status(),
            bound("low", "The least that it can be."),
            bound("high", "The most that it can be."),
        ],
        "missingValues": [""],
        "primaryKey": ["edition", "table", "line", "column"],
    })
}

/// `GET /transparency/feed.atom`: every edition and every report that was brought in, the newest first.
async fn feed(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let editions = state.store.editions().await?;
    let imports = state.store.statistics().imports().await?;
    // An edition's figures come in as an import of their own.
    let of_others = imports.iter().filter(|import| !editions.iter().any(|of| of.sha256 == import.sha256));
    let mut entries = editions.iter().map(|published| edition_entry(&state, published)).collect::<Vec<_>>();
    entries.extend(of_others.map(|import| import_entry(&state, import)));
    entries.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
    entries.truncate(FEED_ENTRIES);
    let title = format!("Government requests for data, published by {}", state.config.provider);
    feed::answer(&state, &headers, &title, [paths::TRANSPARENCY_ATOM, paths::TRANSPARENCY], entries).await
}

fn edition_entry(state: &AppState, published: &PublishedEdition) -> Entry {
    let edition: &Edition = &published.edition;
    let errata = edition.errata.iter().find(|of| of.edition == edition.number);
    entry(
        format!("{}: {}", edition.publisher, edition.title()),
        &published.sha256,
        published.published_at,
        state.address(&paths::edition(edition.half, edition.number)),
        errata.map(|errata| errata.text.clone()),
    )
}

fn import_entry(state: &AppState, import: &Import) -> Entry {
    let series = import.series.iter().map(|(publisher, service, from, to)| {
        let periods = if from == to { from.to_string() } else { format!("{from} to {to}") };
        format!("{publisher}, {service}: {periods}")
    });
    let mut address = paths::TRANSPARENCY.to_owned();
    if let [(publisher, service, ..), ..] = import.series.as_slice() {
        address = series_address(publisher, service);
    }
    let hash = hex_of(&import.sha256);
    entry(
        series.collect::<Vec<_>>().join("; "),
        &import.sha256,
        import.imported_at,
        state.address(&address),
        Some(format!("The publisher’s file has the SHA-256 {hash}.")),
    )
}

fn entry(title: String, sha256: &[u8; 32], at: Timestamp, address: String, summary: Option<String>) -> Entry {
    Entry {
        title: title.into(),
        // What was published keeps its name wherever the portal moves (RFC 6920).
        id: format!("ni:///sha-256;{}", BASE64_URL_SAFE_NO_PAD.encode(sha256)),
        updated: feed::time(at),
        published: Some(feed::time(at)),
        links: vec![Link { href: address, ..Link::default() }],
        summary: summary.map(Text::plain),
        ..Entry::default()
    }
}

/// Where a series is shown.
fn series_address(publisher: &str, service: &str) -> String {
    let pairs = [("publisher", publisher), ("service", service)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    paths::with_query(paths::TRANSPARENCY, &query)
}

/// `GET /robots.txt` (RFC 9309)
async fn robots(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let text = format!(
        "# The public pages may be found; what customers and staff sign in to is not for search engines.\n\
         User-agent: *\n\
         Disallow: /portal\n\
         Disallow: /desk\n\
         Disallow: /sign-in\n\
         Disallow: /join/\n\
         Disallow: /api/v1/\n\
         Sitemap: {}\n",
        state.address(paths::SITEMAP)
    );
    fresh_bytes(&headers, "text/plain; charset=utf-8", text.into_bytes()).await
}

/// `GET /sitemap.xml`: every public page, those of each series, edition and policy among them (sitemaps.org 0.9).
async fn sitemap(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let (series, editions) = (state.store.statistics().series().await?, state.store.editions().await?);
    let policies = state.store.public_histories(TermKind::Policy).await?;
    let pages = paths::PAGES.iter().filter(|(path, audience)| {
        *audience == Audience::Everyone && !path.contains('{') && !path.starts_with(paths::SIGN_IN)
    });
    let mut addresses = pages.map(|(path, _)| ((*path).to_owned(), None)).collect::<Vec<_>>();
    addresses.extend(series.iter().map(|of| {
        let newest = of.sources.iter().map(|source| source.imported_at).max();
        (series_address(&of.publisher, &of.service), newest)
    }));
    addresses.extend(editions.iter().map(|published| {
        let edition = &published.edition;
        (paths::edition(edition.half, edition.number), Some(published.published_at))
    }));
    for policy in &policies {
        let newest = policy.all().max_by_key(|version| version.published_at);
        addresses
            .extend(newest.map(|newest| (paths::fill(paths::POLICY, &newest.version.key), Some(newest.published_at))));
    }
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                   <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for (address, changed) in addresses {
        let changed = changed.map(|at| format!("<lastmod>{}</lastmod>", at.day())).unwrap_or_default();
        // Addresses are percent-encoded: an ampersand is all that XML reads otherwise.
        let address = state.address(&address).replace('&', "&amp;");
        xml.push_str(&format!("<url><loc>{address}</loc>{changed}</url>\n"));
    }
    xml.push_str("</urlset>\n");
    fresh_bytes(&headers, "application/xml", xml.into_bytes()).await
}

fn hex_of(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
