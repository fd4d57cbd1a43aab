//! `/desk/demands/{id}`: one demand, what is known of it, and what can be done next.

mod act_form;
mod next;
mod papers;
mod told;

use std::collections::BTreeMap;

use domain::{
    CustomerId, DemandId, Timestamp, Zone,
    demand::{Case, Stage},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use store::{DemandFile, DocumentFacts, LegalDesk, Staff};

use self::{act_form::Action, told::told};
use super::demands::{due, name, seal};
use crate::{
    access_line::moment,
    components::{FormProblem, Loaded},
    context::{PageContext, PageError},
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
    /// What the customers that it names are called.
    customers: BTreeMap<CustomerId, String>,
    now: Timestamp,
    zone: Zone,
    fresh: bool,
    /// Whether whoever asks gave the first sign-off.
    signed_first: bool,
}
impl View {
    async fn of(
        file: DemandFile,
        documents: Vec<DocumentFacts>,
        desk: &LegalDesk,
        staff: &Staff,
        fresh: bool,
    ) -> Result<Self, PageError> {
        let mut named = file.stage.case().customers();
        named.extend(documents.iter().filter_map(|document| document.only_for));
        named.extend(file.stage.manifest().into_iter().flat_map(|manifest| manifest.items()).map(|item| item.customer));
        let customers = desk.customer_names(&named).await?;
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
        let production = case.preservation().and_then(|kept| kept.production.clone());
        facts.extend(production.map(|confirmation| {
            ("Preserved for a production order", format!("{confirmation} Until it is produced, or the authority says that it need not be kept (Regulation (EU) 2023/1543, article 11(2) and (3))."))
        }));
        let facts =
            facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
        view! {
            <section class="panel" aria-labelledby="demand">
                <h2 id="demand">"The demand"</h2>
                <dl class="facts">{facts}</dl>
            </section>
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
