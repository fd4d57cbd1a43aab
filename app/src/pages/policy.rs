//! `/policies/{key}`: the version of a policy that is in effect; `/policies/{key}/{from}`: any version, and what
//! differs between two.

use chrono::NaiveDate;
use domain::{
    Zone, long_day,
    terms::{Policy, PublishedTerm, TermHistory, TermKey, TermKind, difference},
};
use leptos::prelude::*;
use leptos_meta::{Link, Title};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::policies::Feed;
use crate::{
    components::{Difference, Loaded, Prose},
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn PolicyPage() -> impl IntoView {
    let context = PageContext::current();
    let key = use_params_map().read_untracked().get("key").unwrap_or_default();
    view! {
        <Feed />
        <Loaded load=async move {
            let history = history(&context, &key).await?;
            let today = context.store.now().day();
            let current = history.on(today).or_else(|| history.after(today)).or_else(|| history.standing().next());
            let shown = current.ok_or(PageError::NotFound)?;
            let canonical = format!("{}{}", context.public_url, paths::fill(paths::POLICY, &key));
            Ok::<_, PageError>(page(&history, shown, None, today, canonical))
        } />
    }
}

#[component]
pub fn PolicyVersionPage() -> impl IntoView {
    let context = PageContext::current();
    let parameters = use_params_map();
    let parameter = |name| parameters.read_untracked().get(name).unwrap_or_default();
    let (key, from) = (parameter("key"), parameter("from"));
    let with = use_query_map().read_untracked().get("with").filter(|with| !with.is_empty());
    view! {
        <Feed />
        <Loaded load=async move {
            let history = history(&context, &key).await?;
            let version = |day: &str| paths::day(day).and_then(|day| history.from_day(day)).ok_or(PageError::NotFound);
            let shown = version(&from)?;
            let with = with.as_deref().map(version).transpose()?;
            let canonical =
                format!("{}{}", context.public_url, paths::policy_version(&key, shown.version.effective_from));
            Ok::<_, PageError>(page(&history, shown, with, context.store.now().day(), canonical))
        } />
    }
}

async fn history(context: &PageContext, key: &str) -> Result<TermHistory, PageError> {
    let key = TermKey::parse(key).ok_or(PageError::NotFound)?;
    let versions = context.store.public_versions(TermKind::Policy, &key).await?;
    TermHistory::of_each(versions).pop().ok_or(PageError::NotFound)
}

fn page(
    history: &TermHistory,
    shown: &PublishedTerm,
    with: Option<&PublishedTerm>,
    today: NaiveDate,
    canonical: String,
) -> impl IntoView + use<> {
    let from = shown.version.effective_from;
    let title = shown.version.term.title();
    let content = match with {
        Some(with) => compared(history, shown, with),
        None => whole(history, shown),
    };
    view! {
        <Title text=format!("{title}, version of {} · Vitrine", long_day(from)) />
        <Link rel="canonical" href=canonical />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::POLICIES>"Policies"</a>
        </nav>
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">{standing(history, shown, today)}</p>
            </div>
        </div>
        {with.is_none().then(|| elsewhere(history, shown, today))}
        {content}
        {versions(history, shown, with, today)}
    }
}

/// Since when a version is in effect, or was, or will be.
fn standing(history: &TermHistory, shown: &PublishedTerm, today: NaiveDate) -> String {
    let from = long_day(shown.version.effective_from);
    let last = history.last_day(shown);
    let is_current = history.on(today).is_some_and(|current| current.id == shown.id);
    let told = match last.map(long_day) {
        _ if shown.version.effective_from > today => {
            format!("Announced, and not in effect yet: it takes effect on {from}.")
        }
        Some(last) if is_current => format!("In effect since {from}, and until {last}."),
        None if is_current => format!("In effect since {from}."),
        Some(last) => format!("Not in effect any more: it was from {from} to {last}."),
        None => format!("Not in effect any more: it was from {from} on."),
    };
    let zone = shown.version.zone();
    let zone =
        if zone == Zone::UTC { "UTC".to_owned() } else { format!("UTC; the policy’s own days are those of {zone}") };
    format!("{told} As of {}, {zone}.", long_day(today))
}

/// What a reader of this version has to know of others.
fn elsewhere(history: &TermHistory, shown: &PublishedTerm, today: NaiveDate) -> impl IntoView + use<> {
    let current = history.on(today);
    let (key, from) = (history.key(), shown.version.effective_from);
    let next = history.after(today).filter(|next| next.id != shown.id).map(|next| {
        let starts = next.version.effective_from;
        let address = paths::policy_version(key, starts);
        let compared =
            paths::with_query(&address, &format!("with={}", current.unwrap_or(shown).version.effective_from));
        view! {
            <div class="notice warn">
                <p>
                    <strong>{format!("A new version takes effect on {}.", long_day(starts))}</strong>
                </p>
                {next.version.change.as_ref().map(|change| view! { <p class="said">{change.0.clone()}</p> })}
                <p class="actions">
                    <a href=address>{format!("Read the version of {}", long_day(starts))}</a>
                    <a href=compared>"See what changes"</a>
                </p>
            </div>
        }
    });
    let current = current.filter(|current| current.id != shown.id).map(|current| {
        let (since, address) = (current.version.effective_from, paths::fill(paths::POLICY, key));
        let compared = paths::with_query(&paths::policy_version(key, from), &format!("with={since}"));
        view! {
            <div class="notice">
                <p>"This is not the version that is in effect."</p>
                <p class="actions">
                    <a href=address>{format!("Read the version in effect since {}", long_day(since))}</a>
                    <a href=compared>"Compare the two"</a>
                </p>
            </div>
        }
    });
    view! {
        {next}
        {current}
        {correction(history, shown)}
    }
}

/// That a version takes the place of another one, or was recorded late, and why.
fn correction(history: &TermHistory, shown: &PublishedTerm) -> Option<AnyView> {
    let published = Zone::UTC.long(shown.published_at);
    let earlier = history.corrected(shown.version.effective_from).next();
    let late = shown.is_recorded_later().then(|| format!("Recorded here on {published}, after it took effect."));
    let told = match (earlier, &shown.version.correction) {
        (Some(earlier), _) => format!(
            "Corrected on {published}. It takes the place of what was published for the same day on {}; what the correction changed stands below.",
            Zone::UTC.long(earlier.published_at)
        ),
        (None, Some(_)) => late.unwrap_or_else(|| format!("Published on {published}.")),
        // Whatever is older than the portal was recorded late.
        (None, None) => return late.map(|late| view! { <p class="hint">{late}</p> }.into_any()),
    };
    let reason =
        shown.version.correction.as_ref().map(|reason| view! { <p class="said">{format!("Why: {}", reason.0)}</p> });
    let notice = view! {
        <div class="notice">
            <p>{told}</p>
            {reason}
        </div>
    };
    Some(notice.into_any())
}

fn whole(history: &TermHistory, shown: &PublishedTerm) -> AnyView {
    let text = shown.version.as_term::<Policy>().map(|policy| policy.text.0.clone()).unwrap_or_default();
    let corrected = history.corrected(shown.version.effective_from).next().map(|earlier| {
        view! {
            <section class="panel" aria-labelledby="corrected">
                <h2 id="corrected">"What the correction changed"</h2>
                <Difference
                    differences=difference(&earlier.version.term, &shown.version.term)
                    old="As published first"
                    new="Corrected"
                />
            </section>
        }
    });
    view! {
        <article class="policy">
            <Prose text=text />
        </article>
        {corrected}
    }
    .into_any()
}

fn compared(history: &TermHistory, shown: &PublishedTerm, with: &PublishedTerm) -> AnyView {
    let (old, new) =
        if with.version.effective_from < shown.version.effective_from { (with, shown) } else { (shown, with) };
    let [older, newer] = [old, new].map(|published| long_day(published.version.effective_from));
    let read = [old, new].map(|published| {
        let from = published.version.effective_from;
        view! {
            <a href=paths::policy_version(history.key(), from)>{format!("Read the version of {} whole", long_day(from))}</a>
        }
    });
    view! {
        <section aria-labelledby="difference">
            <h2 id="difference">{format!("What differs between {older} and {newer}")}</h2>
            <Difference differences=difference(&old.version.term, &new.version.term) old=older new=newer />
            <p class="actions">{read.collect_view()}</p>
        </section>
    }
    .into_any()
}

/// Every version, the newest first, each with what differs from the one before; and any two to choose.
fn versions(
    history: &TermHistory,
    shown: &PublishedTerm,
    with: Option<&PublishedTerm>,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let key = history.key();
    let current = history.on(today).map(|current| current.id);
    let rows = history.standing().map(|published| {
        let from = published.version.effective_from;
        let state = match current {
            _ if from > today => Some(view! { <span class="tag warn">"Announced"</span> }),
            Some(current) if current == published.id => Some(view! { <span class="tag good">"In effect"</span> }),
            _ => None,
        };
        let change = published.version.change.as_ref().map(|change| change.0.clone());
        let before = history.before(from).map(|before| {
            let since = before.version.effective_from;
            let address = paths::with_query(&paths::policy_version(key, from), &format!("with={since}"));
            view! { <a href=address>{format!("Compare {} with {}", long_day(from), long_day(since))}</a> }
        });
        view! {
            <tr role="row">
                <th role="rowheader" scope="row" data-label="From">
                    <a href=paths::policy_version(key, from) aria-current=(published.id == shown.id).then_some("true")>
                        <time datetime=from.to_string()>{long_day(from)}</time>
                    </a>
                    " "
                    {state}
                </th>
                <td role="cell" data-label="To">
                    {history.last_day(published).map(long_day).unwrap_or_else(|| "Open".to_owned())}
                </td>
                <td role="cell" data-label="Published">
                    {Zone::UTC.date(published.published_at)}
                </td>
                <td role="cell" data-label="Changes" class="said">
                    {change.unwrap_or_else(|| if before.is_none() { "The first version." } else { "Not stated." }.to_owned())}
                </td>
                <td role="cell" data-label="Compare">
                    {before}
                </td>
            </tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    let form = (rows.len() > 1).then(|| choose(history, shown, with));
    view! {
        <section class="panel" aria-labelledby="versions">
            <h2 id="versions">"Versions"</h2>
            <table class="records" role="table">
                <caption>"Every version, the newest first. Days in UTC."</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"In effect from"</th>
                        <th role="columnheader" scope="col">"To"</th>
                        <th role="columnheader" scope="col">"Published"</th>
                        <th role="columnheader" scope="col">"What changed"</th>
                        <th role="columnheader" scope="col">"Compare"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {form}
        </section>
    }
}

fn choose(history: &TermHistory, shown: &PublishedTerm, with: Option<&PublishedTerm>) -> impl IntoView + use<> {
    let from = shown.version.effective_from;
    let options = history.standing().filter(|published| published.id != shown.id).map(|published| {
        let day = published.version.effective_from;
        let selected = with.is_some_and(|with| with.id == published.id);
        view! {
            <option value=day.to_string() selected=selected>
                {long_day(day)}
            </option>
        }
    });
    let label = format!("Compare the version of {} with that of", long_day(from));
    view! {
        <form class="filters" method="get" action=paths::policy_version(history.key(), from)>
            <div class="field wide">
                <label for="with">{label}</label>
                <select id="with" name="with">
                    {options.collect_view()}
                </select>
            </div>
            <div class="actions">
                <button>"Compare"</button>
            </div>
        </form>
    }
}
