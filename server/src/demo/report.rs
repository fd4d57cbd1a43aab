//! The demo's own report: a past half-year's demands, its published edition, and a draft of the next.

use chrono::{Days, TimeDelta};
use domain::{
    Timestamp,
    demand::{Act, DemandDraft},
    report::BandOption,
    statistics::Half,
};
use serde_json::json;
use store::{FixedClock, NewDraft, Store};

use super::{DemoError, PROVIDER, STORIES_LAST, demands::Cast};

/// How long after its half-year an edition is published.
const PUBLISHED_AFTER: Days = Days::new(20);
/// Over how many of the half-year's last days its demands are spread: the demo's people were not there before.
const SPREAD: i64 = 80;

/// How often a country's authorities asked under a process.
const ASKED: [(&str, &str, &str, i64); 8] = [
    ("US", "subpoena", "subscriber", 14),
    ("US", "search_warrant", "content", 7),
    ("US", "court_order2703d", "traffic", 3),
    ("DE", "domestic_court_order", "traffic", 6),
    ("DE", "domestic_warrant", "content", 2),
    ("GB", "cloud_act_order", "content", 5),
    ("FR", "domestic_administrative_request", "subscriber", 3),
    ("NL", "domestic_court_order", "traffic", 2),
];

/// The newest half-year whose edition was out before the stories begin.
fn half(started: Timestamp) -> Option<Half> {
    let begun = started.minus(TimeDelta::days(STORIES_LAST)).day();
    let out = |half: &Half| half.last_day().is_some_and(|last| last + PUBLISHED_AFTER <= begun);
    Half::new(2000, 1)?.to(Half::of(begun)?).filter(out).last()
}

/// Tells the demands, and publishes their report.
pub async fn publish(past: &Store, clock: &FixedClock, started: Timestamp, cast: &Cast) -> Result<(), DemoError> {
    let story = |what: &str| DemoError::Story(what.to_owned());
    let half = half(started).ok_or_else(|| story("no half-year is over"))?;
    let last = half.last_day().ok_or_else(|| story("a half-year without an end"))?;
    let end = Timestamp::start_of(last);
    let legal = cast.legal[0];
    let desk = past.operator().legal_desk(legal.0, legal.1).ok_or_else(|| story("nobody of the legal team"))?;
    let all = ASKED.iter().map(|(.., count)| count).sum::<i64>();
    let one_by_one = ASKED.iter().flat_map(|asked| (0..asked.3).map(move |_| asked));
    for (number, (country, process, sought, _)) in (0i64..).zip(one_by_one) {
        let received = end.minus(TimeDelta::days(SPREAD)).plus(TimeDelta::hours(number * SPREAD * 24 / all));
        clock.set(received.plus(TimeDelta::hours(3)));
        let draft = json!({
            "reference": format!("demo-{number}"), "authority": "Example authority", "country": country,
            "process": process, "received_at": received.to_string(), "sought": [sought],
            "description": "Nobody’s account: the demonstration fills its report with it.",
            "identifiers": (0..=number % 3).map(|account| json!({
                "kind": "account", "value": format!("nobody-{number}-{account}@mail.example"),
            })).collect::<Vec<_>>(),
        });
        let draft: DemandDraft = serde_json::from_value(draft).map_err(|error| DemoError::Story(error.to_string()))?;
        let intake = draft.check(past.now()).map_err(|wrong| DemoError::Story(format!("{wrong:?}")))?;
        let named = intake.identifiers.clone();
        let id = desk.register(intake).await?.map_err(|refused| DemoError::Story(format!("{refused:?}")))?;
        let act = if number % 3 == 0 {
            Act::Withdrawn { reason: "The authority found the account elsewhere.".to_owned() }
        } else {
            Act::Rejected { reason: "The account is none of this provider’s.".to_owned() }
        };
        let nobodys = |identifier| Act::BelongsToNobody { identifier, reason: "Looked up; there is none.".to_owned() };
        for (revision, act) in (0..).zip(named.into_iter().map(nobodys).chain([act])) {
            desk.act(id, revision, act).await?.map_err(|refused| DemoError::Story(format!("{refused:?}")))?;
        }
    }
    clock.set(Timestamp::start_of(last + PUBLISHED_AFTER).plus(TimeDelta::hours(9)));
    let drafts = past.operator().report_desk(legal.0, legal.1, true);
    let publishes = past.operator().report_desk(cast.publishing.0, cast.publishing.1, false);
    let draft = drafts.draft(new(half, "")).await?.map_err(|refused| DemoError::Story(refused.to_string()))?;
    publishes.publish(draft).await?.map_err(|refused| DemoError::Story(refused.to_string()))?;
    Ok(())
}

/// Drafts the next edition, as of now.
pub async fn draft(past: &Store, started: Timestamp, cast: &Cast) -> Result<(), DemoError> {
    let half = half(started).ok_or_else(|| DemoError::Story("no half-year is over".to_owned()))?;
    let legal = cast.legal[0];
    let drafts = past.operator().report_desk(legal.0, legal.1, true);
    let errata = "The first edition was announced under the name of last year’s report. Its figures stand.";
    drafts.draft(new(half, errata)).await?.map_err(|refused| DemoError::Story(refused.to_string()))?;
    Ok(())
}

fn new(half: Half, errata: &str) -> NewDraft<'_> {
    let option = Some(BandOption::TwoHundredFifties);
    NewDraft { publisher: PROVIDER, half, option, new_platform: false, errata }
}
