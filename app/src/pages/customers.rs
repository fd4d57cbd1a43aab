//! `/desk/customers`: the organisations whose data the provider holds. Of what is theirs, nothing.

use domain::{CustomerId, Role, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use store::CustomerLine;

use crate::{
    components::{Done, Field, FormProblem, Loaded, OrganisationNav, Shown, TextArea},
    context::{FormAnswer, PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] = &[("domains", "The customer’s domains are set.")];

#[component]
pub fn CustomersPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Customers · Vitrine" />
        <Loaded load=async move {
            let staff = context.staff()?;
            let customers = staff.customers().await?;
            Ok::<_, PageError>(view_of(customers, Role::Staff(staff.role), zone))
        } />
    }
}

fn view_of(customers: Vec<CustomerLine>, viewer: Role, zone: Zone) -> impl IntoView {
    let none = customers.is_empty().then(|| view! { <p class="empty">"There is no customer yet."</p> });
    let customers = customers
        .into_iter()
        .map(|CustomerLine { customer, created_at, has_people, domains }| {
            let manages = viewer.administers();
            let change = manages.then(|| domains_form(customer.id, &domains));
            let listed = match domains.as_slice() {
                [] => "No e-mail domains".to_owned(),
                domains => domains.join(", "),
            };
            let form = FormAnswer::of_one("owner", customer.id);
            let vacant = (!has_people && manages).then(|| {
                view! {
                    <form class="short" method="post" action=paths::fill(paths::CUSTOMER_OWNER, customer.id)>
                        <FormProblem form=form.clone() />
                        <Field
                            form=form
                            name="email"
                            label="Email of its first owner"
                            kind="email"
                            hint="Nobody joined yet. A new link takes the place of the one before."
                        />
                        <button>"Make a new link"</button>
                    </form>
                }
            });
            view! {
                <li>
                    <p>
                        <strong>{customer.display_name}</strong>
                        " "
                        <code>{customer.name}</code>
                        <span class="sub">{format!("Since {} · {listed}", zone.date(created_at))}</span>
                    </p>
                    {vacant}
                    {change}
                </li>
            }
        })
        .collect_view();
    let make = viewer.administers().then(|| {
        view! {
            <section class="panel" aria-labelledby="make">
                <h2 id="make">"Make a customer"</h2>
                <form class="short" method="post" action=paths::CUSTOMERS>
                    <FormProblem form="customer" />
                    <Field form="customer" name="display_name" label="Name" />
                    <Field
                        form="customer"
                        name="name"
                        label="Name for reporting systems"
                        hint="Up to 63 lower-case letters, digits and hyphens. It can’t be changed later."
                    />
                    <Field
                        form="customer"
                        name="email"
                        label="Email of its first owner"
                        kind="email"
                        hint="The owner gets a link to join by, and invites everybody else."
                    />
                    <button>"Make it"</button>
                </form>
            </section>
        }
    });
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"Customers"</h1>
                <p class="lede">
                    "Whose accesses are reported here. What stands in their records, and who reads them, is between your systems and them."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        <Shown />
        {none}
        <ul class="lines">{customers}</ul>
        {make}
    }
}

/// Says which e-mail domains are a customer's. Folded up, unless something is wrong with what was sent.
fn domains_form(customer: CustomerId, domains: &[String]) -> impl IntoView + use<> {
    let form = FormAnswer::of_one("domains", customer);
    let open = PageContext::current().answer.is_of(&form);
    view! {
        <details open=open>
            <summary>"Change its domains"</summary>
            <form class="short" method="post" action=paths::fill(paths::CUSTOMER_DOMAINS, customer)>
                <FormProblem form=form.clone() />
                <TextArea
                    form=form
                    name="domains"
                    label="E-mail domains"
                    value=domains.join("\n")
                    hint="One a line, of which you know that they are this customer’s. Its own identity provider vouches for addresses of these alone."
                />
                <button>"Set"</button>
            </form>
        </details>
    }
}
