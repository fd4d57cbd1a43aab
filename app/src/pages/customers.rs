//! `/desk/customers`: the organisations whose data the provider holds. Of what is theirs, nothing.

use domain::{Role, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use store::CustomerLine;

use crate::{
    components::{Field, FormProblem, Loaded, OrganisationNav, Shown},
    context::{PageContext, PageError},
    paths,
};

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
        .map(|CustomerLine { customer, created_at }| {
            view! {
                <li>
                    <p>
                        <strong>{customer.display_name}</strong>
                        " "
                        <code>{customer.name}</code>
                        <span class="sub">{format!("Since {}", zone.date(created_at))}</span>
                    </p>
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
        <Shown />
        {none}
        <ul class="lines">{customers}</ul>
        {make}
    }
}
