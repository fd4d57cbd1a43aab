//! What can be done next in the stage that a demand is in.

use domain::demand::{CheckItem, ManifestDraft, Stage, Status, Verdict};
use leptos::prelude::*;

use super::{
    View,
    act_form::{STAYS, act_form, folded, outcomes, reason},
};
use crate::{
    components::{Choice, Field, TextArea},
    context::{FormAnswer, PageContext},
    pages::demand_new::{IDENTIFIERS_HINT, Kinds},
    paths,
};

impl View {
    /// What can be done in the stage that the demand is in.
    pub(super) fn next(&self) -> impl IntoView + use<> {
        let action = || self.action();
        let unresolved = self.case().unresolved().filter(|_| self.case().status() != Status::Closed).map(|named| {
            view! {
                <p class="notice">
                    <strong>{format!("“{named}” leads to nobody yet. ")}</strong>
                    "Before the demand ends, say whose it is, or that you looked and it is no customer’s: otherwise nobody would be told of it."
                </p>
            }
        });
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
                        {act_form(action(), "signed_off", "", "Sign off the disclosure", view! {
                            {reason("signed_off", "", "Why it is right", STAYS)}
                        })}
                    }
                    .into_any()
                };
                view! { <p>{first}</p> {sign} {reopen()} }.into_any()
            }
            Stage::Approved(_) => view! {
                <p>"Two people signed it off. Record here that exactly what the manifest says was handed over."</p>
                {act_form(action(), "disclosed", "", "It was handed over", ())}
                {reopen()}
            }
            .into_any(),
            Stage::Preserving(demand) => {
                let kept_on = demand.case().preservation().is_some_and(|kept| kept.production.is_some());
                let follows = demand.case().process().preserves().is_some_and(|keeping| keeping.for_production);
                let extend = (!kept_on).then(|| {
                    act_form(action(), "preservation_extended", "", "Extend it: the authority asked again in time", ())
                });
                let keep_on = (follows && !kept_on).then(|| {
                    folded("production_awaited", "", "A production order follows", view! {
                        <p class="hint">"Once the authority confirms, in time, that one has been issued, the data is kept until it is produced (Regulation (EU) 2023/1543, article 11(2))."</p>
                        {act_form(action(), "production_awaited", "", "Keep the data on", view! {
                            {reason("production_awaited", "", "How the authority confirmed it", STAYS)}
                        })}
                    })
                });
                view! {
                    {extend}
                    {keep_on}
                    {folded("preservation_ended", "", "Stop preserving", view! {
                        {act_form(action(), "preservation_ended", "", "Stop preserving", view! {
                            {reason("preservation_ended", "", "Why", STAYS)}
                        })}
                    })}
                }
                .into_any()
            }
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
                {unresolved}
                {confirm}
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
    pub(super) fn answer(&self, item: CheckItem, next: bool) -> impl IntoView + use<> {
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
                let customer = item.customer.parse().map_or_else(|_| item.customer.clone(), |id| self.customer(id));
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
}
