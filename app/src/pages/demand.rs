//! `/desk/demands/{id}`: one demand, what is known of it, and what can be done next.

use std::collections::BTreeMap;

use domain::{
    CustomerId, DemandId, Timestamp, Zone,
    demand::{
        Case, ChallengeOutcome, CheckItem, ManifestDraft, OrderEnd, OrderEnding, OrderRecord, Stage, Status, Verdict,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{DemandFile, DocumentFacts, DocumentKind, LegalDesk, Staff};

use super::{
    demand_acts::{ends, told},
    demand_new::{EndFields, IDENTIFIERS_HINT, Kinds, OrderFields},
    demands::{due, name, seal},
};
use crate::{
    access_line::moment,
    components::{Choice, Field, FormProblem, Loaded, TextArea},
    context::{FormAnswer, PageContext, PageError},
    paths,
};

#[component]
pub fn DemandPage() -> impl IntoView {
    let context = PageContext::current();
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse::<DemandId>().ok());
    view! {
        <Loaded load=async move {
            let session = context.session()?;
            let (desk, staff) = (session.legal().map_err(|_| PageError::NotFound)?, context.staff()?);
            let id = id.ok_or(PageError::NotFound)?;
            let file = desk.demand(id).await?.ok_or(PageError::NotFound)?;
            let documents = desk.documents(id).await?;
            let view = View::of(file, documents, &desk, &staff, session.is_fresh()).await?;
            Ok::<_, PageError>(view.page())
        } />
    }
}

/// What the page is made of.
struct View {
    file: DemandFile,
    documents: Vec<DocumentFacts>,
    customers: BTreeMap<CustomerId, String>,
    now: Timestamp,
    zone: Zone,
    fresh: bool,
    /// Whether whoever asks gave the first sign-off.
    signed_first: bool,
}

const STAYS: &str = "It stays in the register.";

/// A form that does one act; `of` is what the act is about, where there are several.
fn act_form(action: Action, act: &'static str, of: &str, button: &'static str, body: impl IntoView) -> AnyView {
    view! {
        <form class="short" method="post" action=action.address>
            <input type="hidden" name="act" value=act />
            <input type="hidden" name="of" value=of.to_owned() />
            <input type="hidden" name="revision" value=action.revision />
            {body.into_any()}
            <button>{button}</button>
        </form>
    }
    .into_any()
}

/// An act that is at hand and not the next one: folded up, unless it was just refused.
fn folded(act: &str, of: &str, summary: &'static str, body: impl IntoView) -> AnyView {
    let open = PageContext::current().answer.is_of(&FormAnswer::of_one(act, of));
    view! {
        <details open=open>
            <summary>{summary}</summary>
            {body.into_any()}
        </details>
    }
    .into_any()
}

/// The words that most acts need.
fn reason(act: &str, of: &str, label: &'static str, hint: &'static str) -> impl IntoView + use<> {
    view! { <TextArea form=FormAnswer::of_one(act, of) name="reason" label=label value=String::new() hint=hint rows=2 /> }
}

/// Where acts on the demand go, as it stood when the page was made.
#[derive(Clone)]
struct Action {
    address: String,
    revision: i64,
}

impl View {
    async fn of(
        file: DemandFile,
        documents: Vec<DocumentFacts>,
        desk: &LegalDesk,
        staff: &Staff,
        fresh: bool,
    ) -> Result<Self, PageError> {
        let customers = staff.customers().await?;
        let customers = customers.into_iter().map(|line| (line.customer.id, line.customer.display_name)).collect();
        let signed_first = match &file.stage {
            Stage::AwaitingSecondSignOff(demand) => demand.first().by() == staff.person,
            _ => false,
        };
        Ok(Self { file, documents, customers, now: desk.now(), zone: staff.zone, fresh, signed_first })
    }

    fn case(&self) -> &Case {
        self.file.stage.case()
    }

    fn action(&self) -> Action {
        Action { address: paths::fill(paths::DEMAND_ACT, self.file.id), revision: self.file.revision }
    }

    fn customer(&self, id: CustomerId) -> String {
        self.customers.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn page(self) -> impl IntoView + use<> {
        let case = self.case();
        let title = name(&self.file);
        let sealed = case.is_sealed(self.now).then(|| {
            let until = match case.release_at() {
                Some(at) => format!("Until {} nobody", self.zone.long(at)),
                None => "Until its order ends, nobody".to_owned(),
            };
            view! {
                <p class="notice warn">
                    <strong>"Sealed."</strong>
                    {format!(" {until} but the legal team may learn that this demand exists. Then its customers are told by themselves.")}
                </p>
            }
        });
        let outcome = case.outcome().map(|outcome| {
            let reason = case.outcome_reason().to_owned();
            view! { <p class="notice"><strong>{outcome.label()} ". "</strong>{reason}</p> }
        });
        view! {
            <Title text=format!("{title} · Vitrine") />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <a href=paths::DEMANDS>"Demands"</a>
            </nav>
            <div class="page-head">
                <div>
                    <p class="eyebrow">"Demand " {seal(&self.file, self.now)}</p>
                    <h1>{title}</h1>
                    <p class="lede">{case.status().label()} "."</p>
                </div>
            </div>
            // Whoever did something meanwhile may have taken the form away with it.
            <FormProblem form=PageContext::current().answer.form />
            {sealed}
            {outcome}
            {self.due()}
            {self.next()}
            {self.facts()}
            {self.identifiers()}
            {self.documents()}
            {self.checklist()}
            {self.manifest()}
            {self.orders()}
            {self.register()}
        }
    }

    fn due(&self) -> Option<impl IntoView + use<>> {
        let deadlines = self.case().deadlines(self.now);
        (!deadlines.is_empty()).then(|| {
            let rows = deadlines
                .iter()
                .map(|deadline| view! { <div><dt>{deadline.kind.label()}</dt><dd>{due(deadline, self.now, self.zone)}</dd></div> })
                .collect_view();
            view! {
                <section class="panel" aria-labelledby="due">
                    <h2 id="due">"What is due"</h2>
                    <dl class="facts">{rows}</dl>
                </section>
            }
        })
    }

    /// What can be done in the stage that the demand is in.
    fn next(&self) -> impl IntoView + use<> {
        let action = || self.action();
        let confirm = (!self.fresh).then(|| {
            let back = paths::sign_in_again(&paths::fill(paths::DEMAND, self.file.id));
            view! {
                <p>
                    <a class="button" href=back>"Confirm that it’s you first"</a>
                </p>
            }
        });
        let reopen = || {
            view! {
                {folded("reopened", "", "Take it back into review", view! {
                    {act_form(action(), "reopened", "", "Take it back", view! {
                        {reason("reopened", "", "Why", STAYS)}
                    })}
                })}
            }
        };
        let body = match &self.file.stage {
            Stage::UnderReview(_) => self.under_review().into_any(),
            Stage::Reviewed(_) => view! { {self.propose()} {reopen()} }.into_any(),
            Stage::Proposed(_) => view! {
                {confirm}
                {act_form(action(), "signed_off", "", "Sign off the disclosure", view! {
                    {reason("signed_off", "", "Why it is right", STAYS)}
                })}
                {reopen()}
            }
            .into_any(),
            Stage::AwaitingSecondSignOff(demand) => {
                let first = format!("{} signed it off first: {}", demand.first().by_name(), demand.first().reason());
                let sign = if self.signed_first {
                    view! { <p>"The second sign-off is another person’s."</p> }.into_any()
                } else {
                    view! {
                        {confirm}
                        {act_form(action(), "signed_off", "", "Sign off the disclosure", view! {
                            {reason("signed_off", "", "Why it is right", STAYS)}
                        })}
                    }
                    .into_any()
                };
                view! { <p>{first}</p> {sign} {reopen()} }.into_any()
            }
            Stage::Approved(_) => view! {
                {confirm}
                <p>"Two people signed it off. Record here that exactly what the manifest says was handed over."</p>
                {act_form(action(), "disclosed", "", "It was handed over", ())}
                {reopen()}
            }
            .into_any(),
            Stage::Preserving(_) => view! {
                {act_form(action(), "preservation_extended", "", "Extend it: the authority asked again in time", ())}
                {folded("preservation_ended", "", "Stop preserving", view! {
                    {act_form(action(), "preservation_ended", "", "Stop preserving", view! {
                        {reason("preservation_ended", "", "Why", STAYS)}
                    })}
                })}
            }
            .into_any(),
            Stage::Disclosed(demand) => {
                let review = (demand.case().is_emergency() && demand.case().emergency_review().is_none()).then(|| {
                    let justified = [("yes", "It was justified"), ("no", "It was not justified")];
                    let justified = justified.map(|(code, label)| (code.to_owned(), label.to_owned())).to_vec();
                    view! {
                        {act_form(action(), "emergency_reviewed", "", "Record the review", view! {
                            <Choice name="justified" label="What you found" chosen=None options=justified form="emergency_reviewed-" />
                            {reason("emergency_reviewed", "", "Why", STAYS)}
                        })}
                    }
                });
                view! { {review} {act_form(action(), "closed", "", "Close the demand", ())} }.into_any()
            }
            Stage::Closed(_) => view! { <p>"Nothing remains to be decided."</p> }.into_any(),
        };
        view! {
            <section class="panel" aria-labelledby="next">
                <h2 id="next">"What comes next"</h2>
                {body}
                {self.endings()}
            </section>
        }
    }

    fn under_review(&self) -> impl IntoView + use<> {
        let case = self.case();
        let action = || self.action();
        let blanket = case.why_blanket().map(|why| {
            view! {
                <p class="notice bad">
                    <strong>"Blanket. "</strong>
                    {format!("{why}. It can only be rejected, or narrowed to specific accounts and identifiers.")}
                </p>
            }
        });
        let review = match case.checklist().next() {
            Some(item) => self.answer(item, true).into_any(),
            None => view! {
                <p>"Every item has its answer."</p>
                {act_form(action(), "review_finished", "", "Finish the review", ())}
            }
            .into_any(),
        };
        let redirect = match case.redirect() {
            None => Some(
                view! {
                    {folded("redirect_attempted", "", "Ask the authority to turn to the customer", view! {
                        {act_form(action(), "redirect_attempted", "", "It was asked", view! {
                            {reason("redirect_attempted", "", "How it was asked", STAYS)}
                        })}
                    })}
                }
                .into_any(),
            ),
            Some(redirect) if redirect.answer.is_none() => {
                let accepted = [("yes", "It turns to the customer"), ("no", "It refuses")];
                let accepted = accepted.map(|(code, label)| (code.to_owned(), label.to_owned())).to_vec();
                Some(view! {
                    {folded("redirect_answered", "", "The authority answered whether it turns to the customer", view! {
                        {act_form(action(), "redirect_answered", "", "Record the answer", view! {
                            <Choice name="accepted" label="Its answer" chosen=None options=accepted form="redirect_answered-" />
                            {reason("redirect_answered", "", "In its words", STAYS)}
                        })}
                    })}
                }.into_any())
            }
            Some(_) => None,
        };
        let danger = (case.is_emergency() && case.danger().is_none()).then(|| {
            view! {
                {folded("danger_recorded", "", "Record the danger that it tells of", view! {
                    {act_form(action(), "danger_recorded", "", "Record it", view! {
                        {reason("danger_recorded", "", "Who is in which danger, as far as the request says", STAYS)}
                    })}
                })}
            }
        });
        let named = case.identifiers().iter().map(|identifier| {
            let at = identifier.at.map_or_else(String::new, |at| format!(" @ {at}"));
            format!("{}: {}{at}", identifier.kind.code(), identifier.value)
        });
        let named = named.collect::<Vec<_>>().join("\n");
        let ticked = case.sought().iter().collect::<Vec<_>>();
        view! {
            {blanket}
            {review}
            {redirect}
            {danger}
            {folded("narrowed", "", "Record that it was narrowed", view! {
                {act_form(action(), "narrowed", "", "It was narrowed to this", view! {
                    <Kinds form="narrowed-" label="Data sought now" ticked=ticked />
                    <TextArea form="narrowed-" name="identifiers" label="What it names now" value=named hint=IDENTIFIERS_HINT />
                    {reason("narrowed", "", "How that came to be", STAYS)}
                })}
            })}
        }
    }

    /// The form for one item of the review.
    fn answer(&self, item: CheckItem, next: bool) -> impl IntoView + use<> {
        let form = FormAnswer::of_one("answered", item.code());
        let verdicts = Verdict::ALL
            .iter()
            .map(|verdict| (verdict.code().to_owned(), verdict.label().to_owned()))
            .collect::<Vec<_>>();
        let law = (item == CheckItem::ProcessSuffices).then(|| {
            let (process, compels) = (self.case().process(), self.case().process().compels());
            let compels =
                if compels.is_empty() { "nothing to be disclosed".to_owned() } else { compels.labels().to_lowercase() };
            view! { <p class="hint">{format!("{} ({}) compels {compels}.", process.label(), process.source())}</p> }
        });
        let heading = next.then(|| view! { <h3>{item.label()}</h3> });
        view! {
            {heading}
            {law}
            {act_form(self.action(), "answered", item.code(), "Answer", view! {
                <Choice name="verdict" id=format!("{form}-verdict") label="What you found" none="Choose" chosen=None options=verdicts form=form />
                {reason("answered", item.code(), "Why", STAYS)}
            })}
        }
    }

    /// The ways in which a demand ends without a disclosure, and the challenge to it.
    fn endings(&self) -> Option<impl IntoView + use<>> {
        let case = self.case();
        if matches!(case.status(), Status::Disclosed | Status::Closed) {
            return None;
        }
        let action = || self.action();
        let pending = case.challenges().iter().any(|challenge| challenge.decided.is_none());
        let outcomes = outcomes();
        let challenge = if pending {
            view! {
                {folded("challenge_decided", "", "The challenge was decided", view! {
                    {act_form(action(), "challenge_decided", "", "Record it", view! {
                        <Choice name="outcome" id="challenge-outcome" label="What came of it" none="Choose" chosen=None options=outcomes form="challenge_decided-" />
                        {reason("challenge_decided", "", "Why", STAYS)}
                    })}
                })}
            }.into_any()
        } else {
            view! {
                {folded("challenged", "", "Challenge it", view! {
                    {act_form(action(), "challenged", "", "It is challenged", view! {
                        {reason("challenged", "", "On which grounds", STAYS)}
                    })}
                })}
            }
            .into_any()
        };
        let redirected = case
            .redirect()
            .is_some_and(|redirect| redirect.answer.as_ref().is_some_and(|answer| answer.0))
            .then(|| {
                view! {
                    {folded("redirected", "", "Close it: the authority turns to the customer", view! {
                        {act_form(action(), "redirected", "", "Close it as redirected", view! {
                            {reason("redirected", "", "How that is known", STAYS)}
                        })}
                    })}
                }
            });
        Some(view! {
            {challenge}
            {folded("rejected", "", "Reject it", view! {
                {act_form(action(), "rejected", "", "Reject it", view! {
                    {reason("rejected", "", "Why", STAYS)}
                })}
            })}
            {folded("withdrawn", "", "The authority withdrew it", view! {
                {act_form(action(), "withdrawn", "", "It was withdrawn", view! {
                    {reason("withdrawn", "", "How that is known", STAYS)}
                })}
            })}
            {redirected}
            {folded("no_data_found", "", "There is no such data", view! {
                {act_form(action(), "no_data_found", "", "No data was found", view! {
                    {reason("no_data_found", "", "Where you looked", STAYS)}
                })}
            })}
        })
    }

    /// What may be handed over, to be filled in line by line.
    fn propose(&self) -> impl IntoView + use<> {
        let case = self.case();
        if case.process().preserves().is_some() {
            return view! { {act_form(self.action(), "preserved", "", "Preserve the data", ())} }.into_any();
        }
        let answer = PageContext::current().answer;
        let form = "proposed-";
        let typed = |name: &str| answer.typed(form, name).unwrap_or_default();
        let lines = ManifestDraft::choices(case)
            .into_iter()
            .enumerate()
            .map(|(place, item)| {
                let kind = domain::demand::DataKind::from_code(&item.kind).map_or("", |kind| kind.label());
                let customer = item.customer.parse().map(|id| self.customer(id)).unwrap_or_default();
                let (what, many) = (format!("description-{place}"), format!("records-{place}"));
                let about = format!("{kind} of {customer}, by {}", item.identifier);
                view! {
                    <tr>
                        <th scope="row">{about.clone()}</th>
                        <td>
                            <input name=what.clone() value=typed(&what) aria-label=format!("What is handed over: {about}") />
                        </td>
                        <td>
                            <input name=many.clone() value=typed(&many) inputmode="numeric" size="6" aria-label=format!("How many records: {about}") />
                        </td>
                    </tr>
                }
            })
            .collect_view();
        let items =
            answer.problem(form, "items").map(|reason| view! { <p class="error">{format!("Manifest: {reason}.")}</p> });
        view! {
            <p>"Fill in what is handed over, and leave the rest empty. Nothing that isn’t sought, compelled and named can be."</p>
            {act_form(self.action(), "proposed", "", "Propose this disclosure", view! {
                {items}
                <div class="table-scroll" tabindex="0" role="group" aria-label="What is handed over">
                    <table class="data">
                        <thead>
                            <tr>
                                <th scope="col">"Data"</th>
                                <th scope="col">"What is handed over"</th>
                                <th scope="col">"Records"</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
                <Field form=form name="recipient" label="To whom" hint="A person or office of the authority." />
                <Field form=form name="means" label="How" hint="Such as: encrypted to the agent’s key." />
            })}
        }
        .into_any()
    }

    fn facts(&self) -> impl IntoView + use<> {
        let (case, zone) = (self.case(), self.zone);
        let intake = case.intake();
        let mut facts = vec![
            ("Authority", format!("{}, {}", intake.authority, intake.country.name())),
            ("Legal process", format!("{} ({})", intake.process.label(), intake.process.source())),
            ("Received", zone.long(intake.received_at)),
            ("Data sought", intake.sought.labels()),
            ("What it is about", intake.description.clone()),
        ];
        if case.sought() != intake.sought {
            facts.push(("Narrowed to", case.sought().labels()));
        }
        facts.extend(intake.deadline.map(|at| ("Answer asked for by", zone.long(at))));
        facts.extend(case.danger().map(|danger| ("Danger", danger.to_owned())));
        facts.extend(case.preserved_until().map(|at| ("Preserved until", zone.long(at))));
        let facts =
            facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
        view! {
            <section class="panel" aria-labelledby="demand">
                <h2 id="demand">"The demand"</h2>
                <dl class="facts">{facts}</dl>
            </section>
        }
    }

    fn identifiers(&self) -> impl IntoView + use<> {
        let case = self.case();
        let lines = case
            .identifiers()
            .iter()
            .enumerate()
            .map(|(place, identifier)| {
                let of = place.to_string();
                let customers = identifier.customers.iter().map(|id| self.customer(*id)).collect::<Vec<_>>();
                let leads = if customers.is_empty() { "Leads to nobody yet".to_owned() } else { format!("Leads to {}", customers.join(", ")) };
                let blanket = identifier.why_blanket().map(|why| view! { <span class="sub">{format!("Blanket: {why}")}</span> });
                let boxes = self
                    .customers
                    .iter()
                    .map(|(id, name)| {
                        view! {
                            <label class="check">
                                <input type="checkbox" name="customer" value=id.to_string() checked=identifier.customers.contains(id) />
                                {name.clone()}
                            </label>
                        }
                    })
                    .collect_view();
                view! {
                    <li>
                        <p>
                            <strong>{identifier.to_string()}</strong>
                            <span class="sub">{leads}</span>
                            {blanket}
                        </p>
                        {folded("resolved", &of, "Say whose it is", view! {
                            {act_form(self.action(), "resolved", &of, "Set", view! {
                                <fieldset>
                                    <legend>"It leads to"</legend>
                                    {boxes}
                                </fieldset>
                            })}
                        })}
                    </li>
                }
            })
            .collect_view();
        let none =
            case.identifiers().is_empty().then(|| view! { <p class="empty">"It names no account or identifier."</p> });
        view! {
            <section class="panel" aria-labelledby="identifiers">
                <h2 id="identifiers">"What it names"</h2>
                {none}
                <ul class="lines">{lines}</ul>
            </section>
        }
    }

    fn documents(&self) -> impl IntoView + use<> {
        let lines = self
            .documents
            .iter()
            .map(|document| {
                let only = document.only_for.map(|id| format!(", a copy for {} alone", self.customer(id))).unwrap_or_default();
                let about = format!(
                    "{}{only}. {}, {} bytes, added by {} on {}. SHA-256 {}",
                    document.kind.label(), document.media_type, document.size, document.added_by, self.zone.long(document.added_at), document.sha256
                );
                view! {
                    <li>
                        <p>
                            <a href=paths::demand_document(self.file.id, document.id) download="">{document.name.clone()}</a>
                            <span class="sub">{about}</span>
                        </p>
                    </li>
                }
            })
            .collect_view();
        let kinds =
            DocumentKind::ALL.iter().map(|kind| (kind.code().to_owned(), kind.label().to_owned())).collect::<Vec<_>>();
        let concerned = self.case().customers();
        let only_for = (concerned.len() > 1).then(|| {
            let options = concerned.iter().map(|id| (id.to_string(), self.customer(*id))).collect::<Vec<_>>();
            view! {
                <Choice name="only_for" label="Who gets a copy" none="Every customer it concerns" chosen=None options=options form="document" />
                <p class="hint">"Where it names several customers, each gets a copy in which the others are blacked out."</p>
            }
        });
        let problem = PageContext::current()
            .answer
            .problem("document", "file")
            .map(|reason| view! { <p class="error" id="file-error">{format!("The file {reason}.")}</p> });
        let open = self.documents.is_empty() || PageContext::current().answer.is_of("document");
        view! {
            <section class="panel" aria-labelledby="documents">
                <h2 id="documents">"Documents"</h2>
                <ul class="lines">{lines}</ul>
                <details open=open>
                    <summary>"Add a document"</summary>
                    <form class="short" method="post" enctype="multipart/form-data" action=paths::fill(paths::DEMAND_DOCUMENTS, self.file.id)>
                        <input type="hidden" name="revision" value=self.file.revision />
                        <Choice name="kind" label="What it is" chosen=None options=kinds form="document" />
                        {only_for}
                        <div class="field">
                            <label for="file">"File"</label>
                            <input id="file" name="file" type="file" required accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff,.txt" />
                            <p class="hint">"PDF, PNG, JPEG, TIFF or plain text, up to 20 MiB. It is kept encrypted, and never opened here."</p>
                            {problem}
                        </div>
                        <button>"Add it"</button>
                    </form>
                </details>
            </section>
        }
    }

    fn checklist(&self) -> impl IntoView + use<> {
        let case = self.case();
        let reviewing = case.status() == Status::UnderReview;
        let items = CheckItem::ALL
            .iter()
            .map(|item| {
                let answer = case.checklist().answer(*item);
                let found = match answer {
                    Some(answer) => {
                        let class = match answer.verdict {
                            Verdict::Met => "tag good",
                            Verdict::NotMet => "tag bad",
                            Verdict::NotApplicable => "tag",
                        };
                        let who = format!("{} ({}, {})", answer.reason, answer.by_name, self.zone.date(answer.at));
                        view! { <span class=class>{answer.verdict.label()}</span> <span class="sub">{who}</span> }
                            .into_any()
                    }
                    None => view! { <span class="tag">"Open"</span> }.into_any(),
                };
                let anew = (reviewing && answer.is_some()).then(|| {
                    view! {
                        {folded("answered", item.code(), "Answer it anew", view! {{self.answer(*item, false)}})}
                    }
                });
                view! { <li><p><strong>{item.label()}</strong> " " {found}</p> {anew}</li> }
            })
            .collect_view();
        view! {
            <section class="panel" aria-labelledby="review">
                <h2 id="review">"The review"</h2>
                <ol class="lines">{items}</ol>
            </section>
        }
    }

    fn manifest(&self) -> Option<impl IntoView + use<>> {
        let manifest = self.file.stage.manifest()?;
        let items = manifest
            .items()
            .iter()
            .map(|item| {
                let about = format!(
                    "{} of {}, {} records, by {}",
                    item.kind.label(),
                    self.customer(item.customer),
                    item.records,
                    item.identifier
                );
                view! { <li><p><strong>{item.description.clone()}</strong> <span class="sub">{about}</span></p></li> }
            })
            .collect_view();
        let signed = self.case().disclosure().map(|disclosure| {
            let [first, second] = disclosure.sign_offs();
            view! {
                <p>
                    {format!(
                        "Signed off by {} ({}) and {} ({}). Handed over on {} by {}.",
                        first.by_name(), first.reason(), second.by_name(), second.reason(), self.zone.long(disclosure.at()), disclosure.by_name()
                    )}
                </p>
            }
        });
        let to = format!("To {}, {}.", manifest.recipient(), manifest.means());
        Some(view! {
            <section class="panel" aria-labelledby="manifest">
                <h2 id="manifest">"The manifest"</h2>
                <p>{to}</p>
                <ul class="lines">{items}</ul>
                {signed}
            </section>
        })
    }

    fn orders(&self) -> impl IntoView + use<> {
        let case = self.case();
        let orders = case.orders().iter().enumerate().map(|(place, record)| self.order(place, record)).collect_view();
        view! {
            <section class="panel" aria-labelledby="orders">
                <h2 id="orders">"Orders not to tell"</h2>
                <ul class="lines">{orders}</ul>
                {folded("order_issued", "", "Record an order", view! {
                    {act_form(self.action(), "order_issued", "", "Record it", view! {
                        <OrderFields form="order_issued-" zone=self.zone />
                    })}
                })}
            </section>
        }
    }

    fn order(&self, place: usize, record: &OrderRecord) -> impl IntoView + use<> {
        let of = place.to_string();
        let action = || self.action();
        let binding = record.is_in_force(self.now);
        let state = match (binding, record.ended) {
            (true, _) => "In force",
            (false, Some((how, _))) => how.label(),
            (false, None) => "Ended",
        };
        let about = format!(
            "{}, {}, {}: {} ({})",
            record.order.issued_by,
            record.order.basis,
            record.order.reference,
            ends(&record.order.end),
            record.order.zone
        );
        let dated = matches!(record.order.end, OrderEnd::OnDate { .. });
        let challenged = record.challenges.iter().any(|challenge| challenge.decided.is_none());
        let endings =
            OrderEnding::ALL.iter().map(|how| (how.code().to_owned(), how.label().to_owned())).collect::<Vec<_>>();
        let form = |act: &str| FormAnswer::of_one(act, &of);
        let acts = binding.then(|| view! {
            {folded("order_ended", &of, "It ended", view! {
                {act_form(action(), "order_ended", &of, "It ended", view! {
                    <Choice name="how" id=format!("how-{of}") label="How" none="Choose" chosen=None options=endings form=form("order_ended") />
                    {reason("order_ended", &of, "How that is known", "Customers are told as soon as no other order binds.")}
                })}
            })}
            {folded("order_extended", &of, "It was extended", view! {
                {act_form(action(), "order_extended", &of, "It was extended", view! {
                    <EndFields form=form("order_extended") />
                })}
            })}
            {(!dated).then(|| view! {
                {folded("order_reviewed", &of, "You looked at it again", view! {
                    {act_form(action(), "order_reviewed", &of, "It still binds", view! {
                        <Field form=form("order_reviewed") name="review_on" label="The next day by which you look at it" kind="date" />
                        {reason("order_reviewed", &of, "What you found", STAYS)}
                    })}
                })}
            })}
            {if challenged {
                view! {
                    {folded("order_challenge_decided", &of, "The challenge to it was decided", view! {
                        {act_form(action(), "order_challenge_decided", &of, "Record it", view! {
                            <Choice name="outcome" id=format!("outcome-{of}") label="What came of it" none="Choose" chosen=None options=outcomes() form=form("order_challenge_decided") />
                            {reason("order_challenge_decided", &of, "Why", STAYS)}
                        })}
                    })}
                }.into_any()
            } else {
                view! {
                    {folded("order_challenged", &of, "Challenge it", view! {
                        {act_form(action(), "order_challenged", &of, "It is challenged", view! {
                            {reason("order_challenged", &of, "On which grounds", STAYS)}
                        })}
                    })}
                }.into_any()
            }}
        });
        view! {
            <li>
                <p>
                    <strong>{format!("Order {}", place + 1)}</strong>
                    " "
                    <span class="tag">{state}</span>
                    <span class="sub">{about}</span>
                </p>
                {acts}
            </li>
        }
    }

    fn register(&self) -> impl IntoView + use<> {
        let rows = self
            .case()
            .acts()
            .iter()
            .rev()
            .map(|act| {
                let (what, why) = told(&act.act);
                let by = if act.by_name.is_empty() { "The portal".to_owned() } else { act.by_name.clone() };
                view! {
                    <tr role="row">
                        <td role="cell" data-label="When" class="when">{moment(act.at, self.zone)}</td>
                        <td role="cell" data-label="Who">{by}</td>
                        <td role="cell" data-label="What">{what} {(!why.is_empty()).then(|| view! { <span class="sub">{why}</span> })}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <h2>"Everything that was done"</h2>
            <table class="records" role="table">
                <caption>"The register, the newest first " <span class="sub">{format!("Times in {}", self.zone)}</span></caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"When"</th>
                        <th role="columnheader" scope="col">"Who"</th>
                        <th role="columnheader" scope="col">"What"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
    }
}

fn outcomes() -> Vec<(String, String)> {
    ChallengeOutcome::ALL.iter().map(|outcome| (outcome.code().to_owned(), outcome.label().to_owned())).collect()
}
