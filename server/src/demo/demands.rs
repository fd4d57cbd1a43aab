//! The demo's demands and notices: one disclosed, one rejected, one that an order delayed, one sealed, one under review.

use chrono::TimeDelta;
use domain::{
    CustomerId, DemandId, FieldProblem, PersonId, Timestamp,
    demand::{Act, CheckItem, DemandDraft, ManifestDraft, OrderDraft, Verdict},
    notice::NoticeDraft,
};
use serde_json::{Value, json};
use store::{Customer, DocumentKind, FixedClock, LegalDesk, MessageKind, NewDocument, Store, StoreError, ToWhom};

use super::DemoError;

/// Who does what in these stories.
pub struct Cast {
    pub legal: [(PersonId, &'static str); 2],
    pub publishing: (PersonId, &'static str),
    pub privacy_officer: (PersonId, &'static str),
}

/// What happens at one time, so many hours before now.
struct Step<'a> {
    hours_ago: i64,
    what: What<'a>,
}

enum What<'a> {
    Registered {
        story: usize,
        draft: Value,
        order: Option<Value>,
        copy: &'a str,
    },
    /// Every item of the review that is left; those of this list are not met.
    Reviewed {
        story: usize,
        unmet: &'a [CheckItem],
    },
    Done {
        story: usize,
        by: usize,
        act: Act,
    },
    Proposed {
        story: usize,
        manifest: Value,
    },
    Issued {
        draft: Value,
    },
    Released,
    Acknowledged {
        sequence: i64,
        body: &'a str,
    },
}

fn wrong(problems: &[FieldProblem]) -> DemoError {
    DemoError::Story(
        problems.iter().map(|problem| format!("{} {}", problem.field, problem.reason)).collect::<Vec<_>>().join("; "),
    )
}

/// A demand of the customer's, as it came.
fn demand(
    customer: &Customer,
    process: &str,
    country: &str,
    authority: &str,
    reference: &str,
    sought: &[&str],
) -> Value {
    json!({
        "authority": authority, "country": country, "reference": reference, "process": process, "sought": sought,
        "description": "Invoice fraud by way of a taken-over mailbox.",
        "identifiers": [{ "kind": "account", "value": format!("billing@{}.example", customer.name),
            "customers": [customer.id.to_string()] }],
    })
}

fn day(at: Timestamp, days: i64) -> String {
    at.plus(TimeDelta::days(days)).day().to_string()
}

fn done(reason: &str) -> String {
    reason.to_owned()
}

/// The stories, each step at its time. Two of the legal team sign what is disclosed.
#[expect(clippy::too_many_lines, reason = "a list of what happens, in order")]
fn steps(now: Timestamp, [meridian, aurora]: &[Customer; 2]) -> Vec<Step<'static>> {
    use What::{Acknowledged, Done, Issued, Proposed, Registered, Released, Reviewed};
    let at = |days: i64, hours: i64, what: What<'static>| Step { hours_ago: days * 24 - hours, what };
    let sign = |story, by| Done {
        story,
        by,
        act: Act::SignedOff { reason: done("In order: named, compelled, and no more.") },
    };
    let act = |story, act| Done { story, by: 0, act };
    let redirect = |story| act(story, Act::RedirectAttempted { how: done("By letter to the office that issued it.") });
    let order = |issued: i64, last: i64| {
        json!({
            "issued_by": "District Court, Example District", "basis": "18 USC 2705(b)", "reference": "mj-0412",
            "issued_on": day(now, -issued), "zone": "America/Chicago", "end": { "ends": "on_date", "date": day(now, last) },
        })
    };
    let item = |kind: &str, description: &str, records: &str| {
        json!({
            "items": [{ "customer": meridian.id.to_string(), "identifier": format!("billing@{}.example", meridian.name),
                "kind": kind, "description": description, "records": records }],
            "recipient": "R. Doe, who signed the request", "means": "encrypted to the key in it",
        })
    };
    let mut steps = vec![
        // A subpoena that is answered with what it compels, and no more.
        at(
            96,
            0,
            Registered {
                story: 0,
                order: None,
                copy: "subpoena.txt",
                draft: demand(meridian, "subpoena", "US", "County Sheriff, Example County", "26-0147", &["subscriber"]),
            },
        ),
        at(96, 1, redirect(0)),
        at(95, 2, Reviewed { story: 0, unmet: &[] }),
        at(94, 1, Proposed { story: 0, manifest: item("subscriber", "Name and address of the account’s holder", "1") }),
        at(94, 2, sign(0, 0)),
        at(94, 5, sign(0, 1)),
        at(93, 1, act(0, Act::Disclosed)),
        at(93, 2, act(0, Act::Closed)),
        // A request for content without a court: rejected.
        at(
            62,
            0,
            Registered {
                story: 1,
                order: None,
                copy: "request.txt",
                draft: demand(
                    aurora,
                    "domestic_administrative_request",
                    "DE",
                    "Tax Office, Musterstadt",
                    "S 2230/26",
                    &["subscriber", "content"],
                ),
            },
        ),
        at(62, 1, redirect(1)),
        at(61, 2, Reviewed { story: 1, unmet: &[CheckItem::ProcessSuffices] }),
        at(
            61,
            3,
            act(1, Act::Rejected { reason: done("Content takes an order of a court, whatever an office asks for.") }),
        ),
        // A warrant under an order that has ended: told late, and why.
        at(
            58,
            0,
            Registered {
                story: 2,
                order: Some(order(59, -11)),
                copy: "warrant.txt",
                draft: demand(
                    meridian,
                    "search_warrant",
                    "US",
                    "Federal Bureau, Example Field Office",
                    "26-gj-0031",
                    &["subscriber", "content"],
                ),
            },
        ),
        at(58, 1, redirect(2)),
        at(57, 2, Reviewed { story: 2, unmet: &[] }),
        at(
            56,
            1,
            Proposed { story: 2, manifest: item("content", "Mail between two dates that the warrant names", "37") },
        ),
        at(56, 2, sign(2, 0)),
        at(56, 6, sign(2, 1)),
        at(55, 1, act(2, Act::Disclosed)),
        at(55, 2, act(2, Act::Closed)),
        at(10, 0, Released),
        // One that is sealed still.
        at(
            9,
            0,
            Registered {
                story: 3,
                order: Some(order(9, 51)),
                copy: "order.txt",
                draft: demand(
                    aurora,
                    "court_order2703d",
                    "US",
                    "District Court, Example District",
                    "26-mc-0209",
                    &["traffic"],
                ),
            },
        ),
        at(9, 1, redirect(3)),
        at(8, 2, Reviewed { story: 3, unmet: &[] }),
        // One that is under review.
        at(
            3,
            0,
            Registered {
                story: 4,
                order: None,
                copy: "production-order.txt",
                draft: demand(
                    meridian,
                    "eu_production_order_of_judge",
                    "FR",
                    "Tribunal judiciaire, Exempleville",
                    "26/01188",
                    &["subscriber", "traffic"],
                ),
            },
        ),
        at(
            3,
            2,
            act(
                4,
                Act::Answered {
                    item: CheckItem::Authentic,
                    verdict: Verdict::Met,
                    reason: done("Confirmed with the court by telephone."),
                },
            ),
        ),
        // And what else customers are owed to know.
        at(39, 0, Acknowledged { sequence: 0, body: "" }),
        at(
            6,
            0,
            Issued {
                draft: json!({
            "kind": "subprocessor_change", "name": "Fjord Archive AS", "change": "added",
            "service": "Keeps encrypted backups of Object Storage. It holds no key.", "country": "NO",
            "from": day(now, 45), "object_until": day(now, 24), "zone": "Europe/Berlin",
            "how_to_object": "Object here. We then keep your backups where they are, or you may end the service by the day of the change." }),
            },
        ),
        at(
            5,
            0,
            Issued {
                draft: json!({
            "kind": "personal_data_breach", "nature": "A support engineer sent an export of names and e-mail addresses to the wrong customer.",
            "found_at": now.minus(TimeDelta::hours(5 * 24 + 6)).to_string(), "happened": "On the evening before.",
            "people": "People who wrote to your support desk.", "number_of_people": "140", "records": "Names and e-mail addresses.",
            "number_of_records": "140", "contact": "Data protection officer, privacy@nimbus.example",
            "consequences": "Unwanted mail is possible. No passwords or contents were in it.",
            "measures": "The receiver deleted it and confirmed so. Exports now need a second person." }),
            },
        ),
    ];
    steps.sort_by_key(|step| std::cmp::Reverse(step.hours_ago));
    steps
}

struct Stage<'a> {
    store: &'a Store,
    cast: &'a Cast,
    meridian: &'a Customer,
    demands: Vec<DemandId>,
}

/// Lets the stories happen, up to `now`.
pub async fn tell(
    store: &Store,
    clock: &FixedClock,
    now: Timestamp,
    customers: &[Customer; 2],
    cast: &Cast,
) -> Result<(), DemoError> {
    let mut stage = Stage { store, cast, meridian: &customers[0], demands: Vec::new() };
    for step in steps(now, customers) {
        clock.set(now.minus(TimeDelta::hours(step.hours_ago)));
        stage.play(step.what).await?;
    }
    Ok(())
}

impl Stage<'_> {
    fn desk(&self, by: usize) -> Result<LegalDesk, DemoError> {
        let (person, name) = self.cast.legal[by];
        let desk = self.store.operator().legal_desk(person, name);
        desk.ok_or_else(|| DemoError::Story("only the legal team acts on demands".to_owned()))
    }

    async fn act(&self, story: usize, by: usize, act: Act) -> Result<(), DemoError> {
        let (desk, id) = (self.desk(by)?, self.demands[story]);
        let revision = self.revision(&desk, id).await?;
        desk.act(id, revision, act).await?.map_err(|refused| DemoError::Story(format!("{story}: {refused:?}")))
    }

    async fn revision(&self, desk: &LegalDesk, id: DemandId) -> Result<i64, DemoError> {
        desk.demand(id).await?.map(|file| file.revision).ok_or_else(|| DemoError::Story("a demand is gone".to_owned()))
    }

    async fn play(&mut self, what: What<'_>) -> Result<(), DemoError> {
        match what {
            What::Registered { story, mut draft, order, copy } => self.register(story, &mut draft, order, copy).await,
            What::Reviewed { story, unmet } => self.review(story, unmet).await,
            What::Done { story, by, act } => self.act(story, by, act).await,
            What::Proposed { story, manifest } => {
                let draft: ManifestDraft = read(manifest)?;
                let (desk, id) = (self.desk(0)?, self.demands[story]);
                let revision = self.revision(&desk, id).await?;
                desk.propose(id, revision, &draft).await?.map_err(|refused| DemoError::Story(format!("{refused:?}")))
            }
            What::Issued { draft } => {
                let draft: NoticeDraft = read(draft)?;
                let operator = self.store.operator();
                let (writer, issuer) = (self.cast.publishing, self.cast.legal[0]);
                let writes = operator.notice_desk(writer.0, writer.1);
                let id = writes
                    .write(&draft, ToWhom::Everybody)
                    .await?
                    .map_err(|why| DemoError::Story(format!("{why:?}")))?;
                let issued = operator.notice_desk(issuer.0, issuer.1).issue(id).await?;
                issued.map(drop).map_err(|why| DemoError::Story(format!("{why:?}")))
            }
            What::Released => self.store.release_due().await.map(drop).map_err(StoreError::into),
            What::Acknowledged { sequence, body } => {
                let (person, name) = self.cast.privacy_officer;
                let notices = self.store.operator().notices_of(self.meridian, person, name);
                let said = notices.say(sequence, MessageKind::Acknowledgement, body).await?;
                said.map_err(|why| DemoError::Story(format!("{why:?}")))
            }
        }
    }

    async fn register(
        &mut self,
        story: usize,
        draft: &mut Value,
        order: Option<Value>,
        copy: &str,
    ) -> Result<(), DemoError> {
        let (desk, now) = (self.desk(0)?, self.store.now());
        draft["received_at"] = json!(now.minus(TimeDelta::hours(2)).to_string());
        let mut draft: DemandDraft = read(draft.take())?;
        draft.order = order.map(read::<OrderDraft>).transpose()?;
        let sealed = draft.order.is_some();
        let text = format!(
            "Copy of {}, {}.\n\nThis is a demonstration: no authority wrote it.\n",
            draft.reference, draft.authority
        );
        let intake = draft.check(now).map_err(|problems| wrong(&problems))?;
        let id = desk.register(intake).await?.map_err(|refused| DemoError::Story(format!("{refused:?}")))?;
        let mut papers = vec![(DocumentKind::Demand, copy)];
        papers.extend(sealed.then_some((DocumentKind::Order, "order-not-to-tell.txt")));
        for (kind, name) in papers {
            let new = NewDocument {
                kind,
                name: name.to_owned(),
                only_for: None::<CustomerId>,
                body: text.clone().into_bytes(),
            };
            let revision = self.revision(&desk, id).await?;
            desk.add_document(id, revision, new).await?.map_err(|refused| DemoError::Story(format!("{refused:?}")))?;
        }
        if self.demands.len() != story {
            return Err(DemoError::Story("stories are told out of order".to_owned()));
        }
        self.demands.push(id);
        Ok(())
    }

    /// Answers each item as favourably as the facts allow, but for those that are not met.
    async fn review(&self, story: usize, unmet: &[CheckItem]) -> Result<(), DemoError> {
        let (desk, id) = (self.desk(0)?, self.demands[story]);
        loop {
            let file = desk.demand(id).await?.ok_or_else(|| DemoError::Story("a demand is gone".to_owned()))?;
            let Some(item) = file.stage.case().checklist().next() else { break };
            let verdicts: &[Verdict] =
                if unmet.contains(&item) { &[Verdict::NotMet] } else { &[Verdict::Met, Verdict::NotApplicable] };
            let mut refused = None;
            for verdict in verdicts {
                let reason = match verdict {
                    Verdict::Met => "Looked at, and found in order.",
                    Verdict::NotMet => "Content is sought without an order of a court.",
                    Verdict::NotApplicable => "There is none.",
                };
                let act = Act::Answered { item, verdict: *verdict, reason: reason.to_owned() };
                refused = desk.act(id, file.revision, act).await?.err();
                if refused.is_none() {
                    break;
                }
            }
            if let Some(refused) = refused {
                return Err(DemoError::Story(format!("{item:?}: {refused:?}")));
            }
        }
        self.act(story, 0, Act::ReviewFinished).await
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, DemoError> {
    serde_json::from_value(value).map_err(|error| DemoError::Story(error.to_string()))
}
