//! `/portal/findings`: what stands out in the record, and what was done about it.

use domain::{
    Zone,
    finding::{Finding, FindingKind},
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{Found, Settled, Settlement};

use crate::{
    components::{Done, Loaded, TextArea},
    context::{FormAnswer, PageContext, PageError},
    paths,
};

/// Findings shown at once: who settles these sees the others.
const MOST_SHOWN: usize = 50;

const DONE: &[(&str, &str)] = &[("dismissed", "The finding is dismissed. It stands below, with your reason.")];

#[component]
pub fn FindingsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Findings · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let found = member.findings.found().await?;
            let settled = member.findings.settled().await?;
            Ok::<_, PageError>(view_of(found, settled, member.findings.may_settle(), member.zone))
        } />
    }
}

/// What is told where more stands out than is looked at.
pub(super) fn left_out(left_out: usize) -> Option<String> {
    (left_out > 0).then(|| {
        format!("So much stands out that the newest alone was looked at. {left_out} older times and days with something that stands out were not.")
    })
}

fn view_of(found: Found, settled: Vec<Settled>, may_settle: bool, zone: Zone) -> impl IntoView {
    let Found { open, left_out: left } = found;
    let only = left_out(left).map(|told| view! { <p class="notice">{told}</p> });
    let more = (open.len() > MOST_SHOWN).then(|| {
        let more = format!("{} more are shown when these are dismissed or asked about.", open.len() - MOST_SHOWN);
        view! { <p>{more}</p> }
    });
    let list = if open.is_empty() {
        view! { <p class="empty">"Nothing stands out that nobody has looked at."</p> }.into_any()
    } else {
        let lines = open.iter().take(MOST_SHOWN).map(|finding| line(finding, may_settle)).collect_view();
        view! { <ul class="lines findings">{lines}</ul> }.into_any()
    };
    let before = (!settled.is_empty()).then(|| {
        let lines = settled.iter().map(|settled| settled_line(settled, zone)).collect_view();
        view! {
            <section class="panel" aria-labelledby="settled">
                <h2 id="settled">"Looked at before"</h2>
                <ul class="lines findings">{lines}</ul>
            </section>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Findings"</h1>
                <p class="lede">
                    "What stands out among the accesses of the last 30 days, each compared with the 60 days before its day. A finding accuses nobody: it is a reason to look. Its times and days are UTC."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        {only}
        <section class="panel" aria-labelledby="open">
            <h2 id="open">"Nobody has looked at these"</h2>
            {list}
            {more}
        </section>
        {before}
        {rules()}
    }
}

/// A finding with the ways to its accesses.
fn told(finding: &Finding) -> impl IntoView + use<> {
    let all = paths::with_query(paths::ACCESS, &finding.filter);
    let links = finding
        .accesses
        .iter()
        .map(|place| view! { <li><a href=paths::access_record(*place)>"Record " {*place}</a></li> })
        .collect_view();
    let left = finding.count.saturating_sub(finding.accesses.len());
    let more = (left > 0).then(|| view! { <li>{format!("and {left} more")}</li> });
    view! {
        <h3>{finding.kind.label()}</h3>
        <p class="said">{finding.words.clone()}</p>
        <ul class="tags finding-accesses" aria-label="Its accesses">
            {links}
            {more}
            <li>
                <a href=all>"See them in the record"</a>
            </li>
        </ul>
    }
}

fn line(finding: &Finding, may_settle: bool) -> impl IntoView + use<> {
    let id = format!("finding-{}", finding.key);
    let ask = finding.accesses.last().filter(|_| may_settle).map(|place| {
        view! {
            <a class="button quiet" href=paths::ask_about(*place, &finding.key)>
                "Ask the provider" <span class="visually-hidden">" about " {finding.words.clone()}</span>
            </a>
        }
    });
    let dismiss = may_settle.then(|| dismissal(finding));
    view! {
        <li id=id>
            {told(finding)}
            <div class="actions">{ask} {dismiss}</div>
        </li>
    }
}

fn dismissal(finding: &Finding) -> impl IntoView + use<> {
    let form = FormAnswer::of_one("dismiss", &finding.key);
    let open = PageContext::current().answer.is_of(&form);
    view! {
        <details open=open>
            <summary>
                "Dismiss" <span class="visually-hidden">": " {finding.words.clone()}</span>
            </summary>
            <form class="short" method="post" action=paths::fill(paths::FINDING_DISMISS, &finding.key)>
                <TextArea
                    form=form
                    name="body"
                    label="Why it needs no answer"
                    value=""
                    hint="Whoever reads findings here reads it, with your name. It can’t be taken back."
                    rows=2
                    prose=true
                />
                <button>"Dismiss it"</button>
            </form>
        </details>
    }
}

fn settled_line(settled: &Settled, zone: Zone) -> impl IntoView + use<> {
    let when = zone.long(settled.settled_at);
    let done = match &settled.settlement {
        Settlement::Dismissed { reason } => view! {
            <p class="sub">{format!("Dismissed by {}, {when}:", settled.author)}</p>
            <p class="said">{reason.clone()}</p>
        }
        .into_any(),
        Settlement::Asked { inquiry } => view! {
            <p class="sub">
                {format!("Asked about by {}, {when}: ", settled.author)}
                <a href=paths::fill(paths::INQUIRY, inquiry)>"inquiry " {*inquiry}</a>
            </p>
        }
        .into_any(),
    };
    view! {
        <li>
            {told(&settled.finding)}
            {done}
        </li>
    }
}

/// By what rules something stands out.
fn rules() -> impl IntoView {
    let rules = FindingKind::ALL
        .iter()
        .map(|kind| {
            view! {
                <div>
                    <dt>{kind.label()}</dt>
                    <dd>{kind.rule()}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="rules">
            <h2 id="rules">"The rules"</h2>
            <p>
                "The accesses of a day are compared where your record has 30 accesses at least in the 60 days before that day, over four weeks at least. However many there are, all of them are counted. An access that was corrected counts as its correction says."
            </p>
            <dl class="facts">{rules}</dl>
        </section>
    }
}
