//! `/portal/people` and `/desk/people`: who belongs to a customer, or to the provider, and who is invited.

use domain::{MemberRole, Role, StaffRole, Zone};
use leptos::prelude::*;
use leptos_meta::Title;
use store::{InvitationLine, MailFailure, PersonLine};

use crate::{
    components::{Choice, Done, Field, FormProblem, Loaded, OrganisationNav, Shown},
    context::{PageContext, PageError},
    paths::{self, Organisation},
};

const DONE: &[(&str, &str)] = &[
    ("withdrawn", "The invitation is withdrawn: its link is good no more."),
    ("role_set", "The role is changed, from that person’s next page on."),
    ("signed_out", "Every session of that person has ended."),
    ("removed", "The person is removed, and every session of theirs has ended."),
];

#[component]
pub fn PeoplePage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="People · Vitrine" />
        <Loaded load=async move {
            let (roster, role) = context.organisation()?;
            let (people, invitations) = (roster.people().await?, roster.invitations().await?);
            Ok::<_, PageError>(view_of(people, invitations, role, zone))
        } />
    }
}

fn view_of(people: Vec<PersonLine>, invitations: Vec<InvitationLine>, viewer: Role, zone: Zone) -> impl IntoView {
    let at = paths::organisation(viewer);
    let administers = viewer.administers();
    let of_customer = matches!(viewer, Role::Member(_));
    let lede = if of_customer {
        "Who of your organisation reads the record here. Owners invite and remove."
    } else {
        "Who works here for the provider. Administrators invite and remove; everybody is asked for a second factor."
    };
    let people = people.into_iter().map(|person| line(person, at, administers, of_customer, zone)).collect_view();
    let open = !invitations.is_empty();
    let invitations =
        invitations.into_iter().map(|invitation| invited(invitation, at, administers, zone)).collect_view();
    let invitations = open.then(|| {
        view! {
            <section class="panel" aria-labelledby="invited">
                <h2 id="invited">"Invited"</h2>
                <ul class="lines">{invitations}</ul>
            </section>
        }
    });
    view! {
        <OrganisationNav />
        <div class="page-head">
            <div>
                <h1>"People"</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        <Done sentences=DONE />
        <FormProblem form="people" />
        <Shown />
        <ul class="lines">{people}</ul>
        {invitations}
        {administers.then(|| invite_form(at, of_customer))}
    }
}

fn roles(of_customer: bool) -> Vec<(String, String)> {
    Role::all(of_customer).into_iter().map(|role| (role.code().to_owned(), role.label().to_owned())).collect()
}

fn line(
    person: PersonLine,
    at: &Organisation,
    administers: bool,
    of_customer: bool,
    zone: Zone,
) -> impl IntoView + use<> {
    let means = [
        (person.passkeys > 0, "a passkey"),
        (person.has_password && person.has_authenticator, "a password with a code"),
        (person.has_password && !person.has_authenticator, "a password"),
        (person.has_single_sign_on, "single sign-on"),
    ];
    let means = means.into_iter().filter(|(has, _)| *has).map(|(_, means)| means).collect::<Vec<_>>().join(", ");
    let means = if means.is_empty() { "nothing yet".to_owned() } else { means };
    let used = match person.last_used_at {
        Some(at) => format!("last here {}", zone.long(at)),
        None => "not signed in now".to_owned(),
    };
    let about =
        format!("{}, since {}. Signs in with {means}; {used}.", person.role.label(), zone.date(person.created_at));
    let id = person.id;
    let name = person.display_name.clone();
    let manage = administers.then(|| {
        view! {
            <details>
                <summary>
                    "Manage" <span class="visually-hidden">" " {name.clone()}</span>
                </summary>
                <div class="manage">
                    <form method="post" action=paths::fill(at.role, id)>
                        <Choice
                            name="role"
                            id=format!("role-{id}")
                            label="Role"
                            chosen=Some(person.role.code().to_owned())
                            options=roles(of_customer)
                        />
                        <button class="quiet">"Change the role"</button>
                    </form>
                    <form method="post" action=paths::fill(at.reset, id)>
                        <p class="hint">"For who lost everything to sign in with: by following it they begin anew."</p>
                        <button class="quiet">"Make a new link"</button>
                    </form>
                    <form method="post" action=paths::fill(at.sign_out, id)>
                        <p class="hint">"Ends every session of theirs; they can sign in again."</p>
                        <button class="quiet">"Sign out everywhere"</button>
                    </form>
                    <form method="post" action=paths::fill(at.remove, id)>
                        <p class="hint">"At once, with every session of theirs. Their name stays in the activity."</p>
                        <button class="quiet">"Remove " {name}</button>
                    </form>
                </div>
            </details>
        }
    });
    view! {
        <li>
            <p>
                <strong>{person.display_name}</strong>
                " "
                {person.email}
                <span class="sub">{about}</span>
                {person.mail_failure.filter(|_| administers).map(|failure| not_mailed(failure, zone))}
            </p>
            {manage}
        </li>
    }
}

fn invited(invitation: InvitationLine, at: &Organisation, administers: bool, zone: Zone) -> impl IntoView + use<> {
    let what = if invitation.resets { "to begin anew" } else { "to join" };
    let about = format!(
        "{}, invited {what} by {}. The link is good until {}.",
        invitation.role.label(),
        invitation.invited_by,
        zone.long(invitation.expires_at),
    );
    let withdraw = administers.then(|| {
        view! {
            <form method="post" action=paths::fill(at.withdraw, invitation.id)>
                <button class="quiet">
                    "Withdraw" <span class="visually-hidden">" the invitation of " {invitation.email.clone()}</span>
                </button>
            </form>
        }
    });
    view! {
        <li>
            <p>
                <strong>{invitation.email}</strong>
                <span class="sub">{about}</span>
                {invitation.mail_failure.filter(|_| administers).map(|failure| not_mailed(failure, zone))}
            </p>
            {withdraw}
        </li>
    }
}

/// That the last mail didn't go out, and what the mail server said.
fn not_mailed(failure: MailFailure, zone: Zone) -> impl IntoView {
    view! { <span class="error">{format!("Mail to this address failed on {}: {}", zone.long(failure.at), failure.reason)}</span> }
}

fn invite_form(at: &Organisation, of_customer: bool) -> impl IntoView + use<> {
    let answer = PageContext::current().answer;
    // The least of the roles, until somebody chooses another.
    let least = if of_customer { MemberRole::Auditor.code() } else { StaffRole::Operations.code() };
    let role = answer.typed("invite", "role").unwrap_or_else(|| least.to_owned());
    view! {
        <section class="panel" aria-labelledby="invite">
            <h2 id="invite">"Invite somebody"</h2>
            <form class="short" method="post" action=at.invite>
                <FormProblem form="invite" />
                <Field form="invite" name="email" label="Email" kind="email" />
                <Choice name="role" label="Role" chosen=Some(role) options=roles(of_customer) />
                <button>"Make a link"</button>
            </form>
        </section>
    }
}
