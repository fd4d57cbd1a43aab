//! What belongs to a demand: what it names, its documents, review, manifest and orders.

use domain::demand::{CheckItem, OrderEnd, OrderEnding, OrderRecord, Status, Verdict};
use leptos::prelude::*;
use store::DocumentKind;

use super::{
    View,
    act_form::{STAYS, act_form, folded, outcomes, reason},
    told::ends,
};
use crate::{
    components::{Choice, Field},
    context::{FormAnswer, PageContext},
    pages::demand_new::{EndFields, OrderFields},
    paths,
};

impl View {
    pub(super) fn identifiers(&self) -> impl IntoView + use<> {
        let case = self.case();
        let lines = case
            .ever_named()
            .into_iter()
            .enumerate()
            .map(|(place, identifier)| {
                let of = place.to_string();
                let customers = identifier.customers.iter().map(|id| self.customer(*id)).collect::<Vec<_>>();
                let leads = match case.belongs_to_nobody(identifier) {
                    Some(looked) => {
                        format!(
                            "Belongs to no customer: {} ({}, {})",
                            looked.reason,
                            looked.by_name,
                            self.zone.date(looked.at)
                        )
                    }
                    None if customers.is_empty() => "Leads to nobody yet".to_owned(),
                    None => format!("Leads to {}", customers.join(", ")),
                };
                let narrowed_away = !case.identifiers().iter().any(|named| named.names_same(identifier));
                let narrowed_away = narrowed_away.then(|| view! { <span class="sub">"Narrowed away"</span> });
                let blanket =
                    identifier.why_blanket().map(|why| view! { <span class="sub">{format!("Blanket: {why}")}</span> });
                let found = identifier
                    .customers
                    .iter()
                    .map(|id| {
                        view! {
                            <label class="check">
                                <input type="checkbox" name="customer" value=id.to_string() checked />
                                {self.customer(*id)}
                            </label>
                        }
                    })
                    .collect_view();
                let found = (!identifier.customers.is_empty()).then(|| {
                    view! {
                        <fieldset>
                            <legend>"It leads to"</legend>
                            {found}
                        </fieldset>
                    }
                });
                view! {
                    <li>
                        <p>
                            <strong>{identifier.to_string()}</strong>
                            <span class="sub">{leads}</span>
                            {blanket}
                            {narrowed_away}
                        </p>
                        {folded("resolved", &of, "Say whose it is", view! {
                            {act_form(self.action(), "resolved", &of, "Set", view! {
                                {found}
                                <Field
                                    form=FormAnswer::of_one("resolved", &of)
                                    name="customer_name"
                                    label="Customer"
                                    hint="The name that people or reporting systems use for it. One at a time."
                                    required=false
                                />
                            })}
                        })}
                        {folded("belongs_to_nobody", &of, "It is no customer’s", view! {
                            {act_form(self.action(), "belongs_to_nobody", &of, "It is no customer’s", view! {
                                {reason("belongs_to_nobody", &of, "Where you looked", STAYS)}
                            })}
                        })}
                    </li>
                }
            })
            .collect_view();
        let none =
            case.ever_named().is_empty().then(|| view! { <p class="empty">"It names no account or identifier."</p> });
        view! {
            <section class="panel" aria-labelledby="identifiers">
                <h2 id="identifiers">"What it names"</h2>
                {none}
                <ul class="lines">{lines}</ul>
            </section>
        }
    }

    pub(super) fn documents(&self) -> impl IntoView + use<> {
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
        let customers = concerned.iter().map(|id| (id.to_string(), self.customer(*id))).collect::<Vec<_>>();
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
                        <Choice name="only_for" label="Who gets a copy" none="The customer that it concerns, if it is one alone" chosen=None options=customers form="document" />
                        <p class="hint">"Where it concerns several, add a copy for each, in which the others are blacked out. Correspondence is nobody’s but yours."</p>
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

    pub(super) fn checklist(&self) -> impl IntoView + use<> {
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
                // An order may come in every stage.
                let of_order = *item == CheckItem::NonDisclosureOrder && !reviewing && !case.orders().is_empty();
                let anew = (reviewing && answer.is_some() || of_order).then(|| {
                    let summary = if answer.is_some() { "Answer it anew" } else { "Answer it" };
                    view! {
                        {folded("answered", item.code(), summary, view! {{self.answer(*item, false)}})}
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

    pub(super) fn manifest(&self) -> Option<impl IntoView + use<>> {
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

    pub(super) fn orders(&self) -> impl IntoView + use<> {
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
}
