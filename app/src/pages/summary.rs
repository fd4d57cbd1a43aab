//! `/portal/summary`: the months of the record, and each as a page that can be forwarded as it is.

use domain::{
    Month, Zone,
    inquiry::{AnswerPromise, AnswerPromptness},
    statistics::grouped,
    summary::{Summary, SummaryFinding, SummaryLine, SummarySection},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    components::{DataTable, Loaded},
    context::{PageContext, PageError},
    inquiry_line::promptness,
    pages::findings::left_out,
    paths,
};

#[component]
pub fn SummariesPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Monthly summaries · Vitrine" />
        <Loaded load=async move {
            let months = context.member()?.summary_months().await?;
            Ok::<_, PageError>(list(&months))
        } />
    }
}

fn list(months: &[Month]) -> impl IntoView + use<> {
    let lines = months.iter().enumerate().map(|(place, month)| {
        let so_far = (place == 0).then(|| view! { <span class="tag">"So far"</span> });
        view! {
            <li>
                <p>
                    <a href=paths::fill(paths::SUMMARY, month)>{month.long()}</a>
                    " "
                    {so_far}
                </p>
            </li>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Monthly summaries"</h1>
                <p class="lede">
                    "What was done with your data in a month, compared with the month before: to print, to keep as a PDF, or to forward as it is. Months are those of UTC."
                </p>
            </div>
        </div>
        <ul class="lines">{lines.collect_view()}</ul>
    }
}

#[component]
pub fn SummaryPage() -> impl IntoView {
    let context = PageContext::current();
    let month = use_params_map().read_untracked().get("month");
    view! {
        <Loaded load=async move {
            let member = context.member()?;
            let month = month.as_deref().and_then(Month::parse).ok_or(PageError::NotFound)?;
            let summary = member.summary(month).await?.ok_or(PageError::NotFound)?;
            let of = (member.records.customer().display_name.clone(), context.provider);
            Ok::<_, PageError>(view_of(summary, of, context.answer_promise, member.zone))
        } />
    }
}

fn view_of(
    summary: Summary,
    (customer, provider): (String, String),
    promise: AnswerPromise,
    zone: Zone,
) -> impl IntoView {
    let month = summary.month;
    let before = month.previous();
    let made = format!(
        "Made on {}{}. The month is that of UTC.",
        zone.long(summary.made_at),
        if summary.goes_on() { ", while the month goes on" } else { "" },
    );
    let tables = [
        (SummarySection::Purpose, "Why your data was accessed"),
        (SummarySection::Role, "In what role"),
        (SummarySection::Country, "From the offices of which country"),
        (SummarySection::Service, "In which service"),
        (SummarySection::Approval, "By whose approval"),
        (SummarySection::Notice, "Notices issued to you"),
    ];
    let tables =
        tables.map(|(section, heading)| table(section, heading, summary.section(section), month)).collect_view();
    view! {
        <Title text=format!("Summary of {} · Vitrine", month.long()) />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::SUMMARIES>"Monthly summaries"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">{customer} " at " {provider}</p>
                <h1>"Access to your data in " {month.long()}</h1>
                <p class="lede">{in_short(&summary)}</p>
                <p class="sub">{made}</p>
            </div>
            <ul class="downloads" aria-label="Download the figures">
                <li>
                    <a href=paths::fill(paths::SUMMARY_CSV, month) download>
                        "CSV"
                    </a>
                </li>
            </ul>
        </div>
        <p class="on-screen">"The browser’s own printing makes a PDF of this page, without what can only be clicked."</p>
        {table(SummarySection::Total, "In all", summary.section(SummarySection::Total), month)}
        <div class="split">{tables}</div>
        {inquiries(&summary, promise)}
        {findings(&summary)}
        {gaps(&summary)}
        <section class="panel" aria-labelledby="counted">
            <h2 id="counted">"How it is counted"</h2>
            <p>
                {format!(
                    "Every record is counted, in the month in which its access began; a correction is a record of its own, beside the one that it corrects. What is reported later changes an earlier month. The figures beside are those of {}.",
                    before.long(),
                )}
            </p>
        </section>
    }
}

/// The month in two sentences.
fn in_short(summary: &Summary) -> String {
    let (month, before) = (summary.month.long(), summary.month.previous().long());
    let total = summary.section(SummarySection::Total).first();
    let accesses = total.map_or(0, |line| line.count);
    let first = match accesses {
        0 if summary.missing() > 0 => format!("Your record has no access to your data in {month}."),
        0 => format!("Nobody at the provider accessed your data in {month}."),
        1 => format!("Your data was accessed once in {month}."),
        many => format!("Your data was accessed {} times in {month}.", grouped(many.unsigned_abs())),
    };
    let change = total.map(|line| match line.count == line.before {
        true => format!(" That is as many as in {before}."),
        false => format!(" That is {} than in {before}.", line.change()),
    });
    let found = match summary.findings.len() {
        0 if summary.left_out > 0 => " Not all that stood out could be looked at.".to_owned(),
        0 => " Nothing stood out.".to_owned(),
        1 => " One thing stood out.".to_owned(),
        many => format!(" {many} things stood out."),
    };
    let missing = match summary.missing() {
        0 => String::new(),
        1 => " The record lacks 1 access that the provider’s systems counted.".to_owned(),
        many => {
            format!(" The record lacks {} accesses that the provider’s systems counted.", grouped(many.unsigned_abs()))
        }
    };
    format!("{first}{}{missing}{found}", change.unwrap_or_default())
}

/// The figures of a section, where there are any.
fn table(
    section: SummarySection,
    heading: &'static str,
    lines: &[SummaryLine],
    month: Month,
) -> Option<impl IntoView + use<>> {
    let rows = lines.iter().map(|line| {
        let figures = [line.count, line.before].map(|count| grouped(count.unsigned_abs()));
        let item = line.item.clone();
        (item.into_any(), figures.into_iter().chain([line.change()]).collect())
    });
    let rows = rows.collect::<Vec<_>>();
    let id = section.code();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby=id>
                <h2 id=id>{heading}</h2>
                <DataTable
                    caption=format!("{}, {} and {}", section.label(), month.long(), month.previous().long())
                    heads=vec![item_of(section), "This month", "Month before", "Change"]
                    rows
                />
            </section>
        }
    })
}

fn item_of(section: SummarySection) -> &'static str {
    match section {
        SummarySection::Total | SummarySection::Inquiry => "What",
        SummarySection::Purpose => "Purpose",
        SummarySection::Role => "Role",
        SummarySection::Country => "Country",
        SummarySection::Service => "Service",
        SummarySection::Approval => "Approval",
        SummarySection::Notice => "Kind of notice",
        SummarySection::Finding => "Finding",
        SummarySection::Gap => "Source",
        SummarySection::About => "What",
    }
}

/// What was asked and disputed, and whether the promise to answer was kept.
fn inquiries(summary: &Summary, promise: AnswerPromise) -> impl IntoView + use<> {
    let section = SummarySection::Inquiry;
    view! {
        {table(section, "What you asked and disputed", summary.section(section), summary.month)}
        <section class="panel" aria-labelledby="answers">
            <h2 id="answers">"Whether the promise to answer was kept"</h2>
            {answers(&summary.answers, promise).into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
        </section>
    }
}

fn answers(figures: &AnswerPromptness, promise: AnswerPromise) -> Vec<String> {
    if figures.answered + figures.open == 0 {
        return vec!["Nothing was asked in this month.".to_owned()];
    }
    promptness(promise, figures, "You were answered", "about what was asked in this month")
}

fn findings(summary: &Summary) -> impl IntoView + use<> {
    let lines = summary.findings.iter().map(finding).collect_view();
    let list = if summary.findings.is_empty() {
        view! { <p>"Nothing stood out by the rules."</p> }.into_any()
    } else {
        view! { <ul class="lines findings">{lines}</ul> }.into_any()
    };
    let only = left_out(summary.left_out).map(|told| view! { <p>{told}</p> });
    view! {
        <section class="panel" aria-labelledby="finding">
            <h2 id="finding">"What stood out"</h2>
            <p>
                "Found by the rules at " <a href=paths::FINDINGS>"Findings"</a> ", each access compared with the 60 days before its day. Times are UTC."
            </p>
            {only}
            {list}
        </section>
    }
}

/// What the record lacks by sources' own counts.
fn gaps(summary: &Summary) -> Option<impl IntoView + use<>> {
    let lines = summary.gaps.iter().map(|gap| {
        view! {
            <li>
                <h3>{gap.source.clone()}</h3>
                <p class="said">{gap.sentence()}</p>
            </li>
        }
    });
    let lines = lines.collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="gap">
                <h2 id="gap">"What the record lacks"</h2>
                <p>
                    "By what the provider’s systems counted themselves, hour by hour, apart from reporting it: "
                    <a href=paths::SOURCES>"Is the record whole?"</a>
                </p>
                <ul class="lines findings">{lines}</ul>
            </section>
        }
    })
}

fn finding(one: &SummaryFinding) -> impl IntoView + use<> {
    let SummaryFinding { finding, settled } = one;
    let (class, state) = match settled {
        Some(settled) => ("sub", settled.clone()),
        None => ("tag warn", "Nobody has looked at it".to_owned()),
    };
    view! {
        <li>
            <h3>{finding.kind.label()}</h3>
            <p class="said">{finding.words.clone()}</p>
            <p>
                <span class=class>{state}</span>
            </p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use domain::summary::SourceGap;

    use super::*;

    #[test]
    fn a_month_is_told_in_short() {
        let summary = |count, before| Summary {
            month: Month::parse("2026-01").unwrap(),
            made_at: domain::Timestamp::parse("2026-02-03T00:00:00Z").unwrap(),
            sections: vec![(SummarySection::Total, vec![SummaryLine::new("Accesses", count, before)])],
            answers: AnswerPromptness::default(),
            findings: Vec::new(),
            left_out: 0,
            gaps: Vec::new(),
        };
        assert_eq!(
            in_short(&summary(1_200, 1_000)),
            "Your data was accessed 1,200 times in January 2026. That is 200 more than in December 2025. Nothing stood out."
        );
        assert_eq!(
            in_short(&Summary {
                gaps: vec![SourceGap { source: "bastion".to_owned(), hours: 1, missing: 2, uncounted: 0 }],
                ..summary(0, 0)
            }),
            "Your record has no access to your data in January 2026. That is as many as in December 2025. The record lacks 2 accesses that the provider’s systems counted. Nothing stood out."
        );
        assert_eq!(
            in_short(&summary(0, 0)),
            "Nobody at the provider accessed your data in January 2026. That is as many as in December 2025. Nothing stood out."
        );
    }
}
