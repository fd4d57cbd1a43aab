//! Managing an organisation's people, sign-in and tokens: a customer's by its owners, the provider's by its
//! administrators. One set of handlers serves both: whose organisation it is, the session says.

use app::{
    context::{FormAnswer, ShownOnce},
    paths::{self, Organisation},
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use domain::{
    FieldProblem, Role, SignInRule, customer_name, email_address, short_name, single_sign_on::customer_domains,
};
use serde::Deserialize;
use store::{
    Administration, ApiToken, Confirmed, DomainTaken, Effect, InvitationLink, Refusal, Scope, Session, SignedIn,
    StoreError,
};

use crate::{
    forms::{self, id},
    pages,
    problem::Problem,
    session::{CurrentSession, Turned, when_fresh},
    state::AppState,
};

/// The longest that a token may be good, and an old one yet after another took its place.
const LONGEST_LIFE: i64 = 366;
const LONGEST_OVERLAP: i64 = 24 * 31;
/// What the page says of what a second person must confirm.
const WAITS: &str = "waits";

/// The right to manage the organisation of whoever asks, and where its pages are.
pub(crate) fn administration(
    session: &Session,
    page: impl FnOnce(&Organisation) -> &'static str,
) -> Result<(Administration, &'static Organisation), Turned> {
    let at = paths::organisation(session.signed_in.role());
    let right = match session.signed_in {
        SignedIn::Member(_) => session.administer().map(|admin| admin.people),
        SignedIn::Staff(_) => session.provide().map(|admin| admin.people),
    };
    Ok((when_fresh(right, page(at))?, at))
}

pub(crate) fn done(page: &str, what: &str) -> Response {
    Redirect::to(&paths::with_query(page, &format!("done={what}"))).into_response()
}

/// What a refusal says to who asked.
fn sentence(refusal: Refusal) -> Result<String, Problem> {
    match refusal {
        Refusal::NotFound => Err(Problem::not_found()),
        refusal => Ok(refusal.to_string()),
    }
}

/// The page again, with what is wrong with one of its forms and what was typed into it.
pub(crate) async fn wrong(
    state: AppState,
    session: Session,
    page: &str,
    form: &str,
    problems: Vec<FieldProblem>,
    typed: &[(&str, &str)],
) -> Response {
    let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    forms::wrong(state, session, page, form, problems, typed).await
}

pub(crate) async fn refused(
    state: AppState,
    session: Session,
    page: &str,
    form: &str,
    refusal: Refusal,
) -> Result<Response, Turned> {
    let problem = FieldProblem::new("", sentence(refusal)?);
    Ok(wrong(state, session, page, form, vec![problem], &[]).await)
}

pub(crate) async fn shown(state: AppState, session: Session, page: &str, shown: ShownOnce) -> Response {
    let answer = FormAnswer { shown: Some(shown), ..FormAnswer::default() };
    pages::answer(state, Some(session), page, answer).await
}

async fn show_link(state: AppState, session: Session, page: &str, link: InvitationLink) -> Response {
    let base = state.public_url.as_str().trim_end_matches('/').to_owned();
    let address = format!("{base}{}", paths::fill(paths::JOIN, &link.secret));
    let mailed = state.store.mails();
    shown(state, session, page, ShownOnce::Link { email: link.email, address, mailed }).await
}

/// The link that was made; or that it is made, for another to see, when a second person confirms it.
async fn linked(state: AppState, session: Session, page: &str, effect: Effect<InvitationLink>) -> Response {
    match effect {
        Effect::Now(link) => show_link(state, session, page, link).await,
        Effect::WhenConfirmed => done(page, WAITS),
    }
}

#[derive(Deserialize)]
pub struct InviteForm {
    email: String,
    role: String,
}

/// `POST …/people/invite`
pub async fn invite(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<InviteForm>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    let of_customer = matches!(session.signed_in, SignedIn::Member(_));
    let role = Role::from_code(of_customer, &form.role);
    let role = role.ok_or_else(|| FieldProblem::new("", "Choose one of the roles."));
    let typed = [("email", form.email.as_str()), ("role", form.role.as_str())];
    let (email, role) = match (email_address(&form.email), role) {
        (Ok(email), Ok(role)) => (email, role),
        (email, role) => {
            let problems = [email.err(), role.err()].into_iter().flatten().collect();
            return Ok(wrong(state, session, at.people, "invite", problems, &typed).await);
        }
    };
    match administration.invite(&email, role).await? {
        Ok(effect) => Ok(linked(state, session, at.people, effect).await),
        Err(refusal) => {
            let problem = FieldProblem::new("", sentence(refusal)?);
            Ok(wrong(state, session, at.people, "invite", vec![problem], &typed).await)
        }
    }
}

/// `POST …/invitations/{id}/withdraw`
pub async fn withdraw(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    match administration.withdraw(id(&text)?).await? {
        Ok(()) => Ok(done(at.people, "withdrawn")),
        Err(_) => Err(Problem::not_found().into()),
    }
}

#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
}

/// `POST …/people/{id}/role`
pub async fn set_role(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(form): Form<RoleForm>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    let of_customer = matches!(session.signed_in, SignedIn::Member(_));
    let changed = match Role::from_code(of_customer, &form.role) {
        Some(role) => administration.set_role(id(&text)?, role).await?,
        None => Err(Refusal::NotTheirs),
    };
    match changed {
        Ok(Effect::Now(())) => Ok(done(at.people, "role_set")),
        Ok(Effect::WhenConfirmed) => Ok(done(at.people, WAITS)),
        Err(refusal) => refused(state, session, at.people, "people", refusal).await,
    }
}

/// `POST …/people/{id}/reset`
pub async fn reset(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    match administration.reset(id(&text)?).await? {
        Ok(effect) => Ok(linked(state, session, at.people, effect).await),
        Err(refusal) => refused(state, session, at.people, "people", refusal).await,
    }
}

/// `POST /desk/confirmations/{id}/confirm`
pub async fn confirm(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let page = paths::OF_PROVIDER.people;
    let confirmer = when_fresh(session.confirms(), page)?;
    match confirmer.confirm(id(&text)?).await? {
        Ok(Confirmed::Role) => Ok(done(page, "role_set")),
        Ok(Confirmed::Link(link)) => Ok(show_link(state, session, page, link).await),
        Err(refusal) => refused(state, session, page, "people", refusal).await,
    }
}

/// `POST /desk/confirmations/{id}/withdraw`
pub async fn withdraw_confirmation(
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let page = paths::OF_PROVIDER.people;
    match when_fresh(session.confirms(), page)?.withdraw(id(&text)?).await? {
        Ok(()) => Ok(done(page, "confirmation_withdrawn")),
        Err(_) => Err(Problem::not_found().into()),
    }
}

/// `POST …/people/{id}/sign-out`
pub async fn end_sessions(
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    match administration.end_sessions(id(&text)?).await? {
        Ok(()) => Ok(done(at.people, "signed_out")),
        Err(_) => Err(Problem::not_found().into()),
    }
}

/// `POST …/people/{id}/remove`
pub async fn remove(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.people)?;
    match administration.remove(id(&text)?).await? {
        Ok(()) => Ok(done(at.people, "removed")),
        Err(refusal) => refused(state, session, at.people, "people", refusal).await,
    }
}

#[derive(Deserialize)]
pub struct TokenForm {
    name: String,
    scope: String,
    days: String,
}

/// `POST …/tokens`
pub async fn create_token(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<TokenForm>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.tokens)?;
    let typed = [("name", form.name.as_str()), ("scope", form.scope.as_str()), ("days", form.days.as_str())];
    let scope = form.scope.parse::<Scope>().map_err(|_| FieldProblem::new("", "Choose one of the things it may do."));
    let days = form.days.parse::<i64>().ok().filter(|days| (1..=LONGEST_LIFE).contains(days));
    let days = days.ok_or_else(|| FieldProblem::new("", "A token is good for 1 to 366 days."));
    let (name, scope, days) = match (short_name("name", &form.name), scope, days) {
        (Ok(name), Ok(scope), Ok(days)) => (name, scope, days),
        (name, scope, days) => {
            let problems = [name.err(), scope.err(), days.err()].into_iter().flatten().collect();
            return Ok(wrong(state, session, at.tokens, "token", problems, &typed).await);
        }
    };
    match administration.create_token(&name, scope, TimeDelta::days(days)).await? {
        Ok(token) => Ok(show_token(state, session, at.tokens, name, &token).await),
        Err(refusal) => refused(state, session, at.tokens, "token", refusal).await,
    }
}

async fn show_token(state: AppState, session: Session, page: &str, name: String, token: &ApiToken) -> Response {
    shown(state, session, page, ShownOnce::Token { name, token: token.as_str().to_owned() }).await
}

#[derive(Deserialize)]
pub struct RotateForm {
    overlap: String,
}

/// `POST …/tokens/{id}/rotate`
pub async fn rotate_token(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(form): Form<RotateForm>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.tokens)?;
    let hours = form.overlap.parse::<i64>().ok().filter(|hours| (0..=LONGEST_OVERLAP).contains(hours));
    let Some(hours) = hours else {
        let problem = FieldProblem::new("", "A token is good yet for up to 31 days once another took its place.");
        return Ok(wrong(state, session, at.tokens, "tokens", vec![problem], &[]).await);
    };
    match administration.rotate_token(id(&text)?, TimeDelta::hours(hours)).await? {
        Ok((name, token)) => Ok(show_token(state, session, at.tokens, name, &token).await),
        Err(refusal) => refused(state, session, at.tokens, "tokens", refusal).await,
    }
}

/// `POST …/tokens/{id}/revoke`
pub async fn revoke_token(
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.tokens)?;
    match administration.revoke_token(id(&text)?).await? {
        Ok(()) => Ok(done(at.tokens, "revoked")),
        Err(_) => Err(Problem::not_found().into()),
    }
}

#[derive(Deserialize)]
pub struct RuleForm {
    rule: String,
}

/// `POST /portal/sign-in-rule`
pub async fn set_sign_in_rule(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<RuleForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.administer(), paths::SIGN_IN_RULE)?;
    match SignInRule::from_code(&form.rule) {
        Some(rule) => {
            admin.set_sign_in_rule(rule).await?;
            Ok(done(paths::SIGN_IN_RULE, "set"))
        }
        None => {
            let problem = FieldProblem::new("", "Choose one of the rules.");
            Ok(wrong(state, session, paths::SIGN_IN_RULE, "rule", vec![problem], &[]).await)
        }
    }
}

#[derive(Deserialize)]
pub struct CustomerForm {
    name: String,
    display_name: String,
    email: String,
}

/// `POST /desk/customers`
pub async fn create_customer(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<CustomerForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.provide(), paths::CUSTOMERS)?;
    let typed =
        [("name", form.name.as_str()), ("display_name", form.display_name.as_str()), ("email", form.email.as_str())];
    let fields =
        (customer_name(&form.name), short_name("display_name", &form.display_name), email_address(&form.email));
    let (name, display_name, email) = match fields {
        (Ok(name), Ok(display_name), Ok(email)) => (name, display_name, email),
        (name, display_name, email) => {
            let problems = [name.err(), display_name.err(), email.err()].into_iter().flatten().collect();
            return Ok(wrong(state, session, paths::CUSTOMERS, "customer", problems, &typed).await);
        }
    };
    match admin.create_customer(&name, &display_name, &email).await {
        Ok(Ok(link)) => Ok(show_link(state, session, paths::CUSTOMERS, link).await),
        Ok(Err(refusal)) => {
            let problem = FieldProblem::new("", sentence(refusal)?);
            Ok(wrong(state, session, paths::CUSTOMERS, "customer", vec![problem], &typed).await)
        }
        Err(StoreError::Exists { .. }) => {
            let problem = FieldProblem::new("name", "is another customer’s already");
            Ok(wrong(state, session, paths::CUSTOMERS, "customer", vec![problem], &typed).await)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub struct OwnerForm {
    email: String,
}

/// `POST /desk/customers/{id}/owner`
pub async fn invite_owner(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(form): Form<OwnerForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.provide(), paths::CUSTOMERS)?;
    let problem = match email_address(&form.email) {
        Ok(email) => match admin.invite_owner(id(&text)?, &email).await? {
            Ok(link) => return Ok(show_link(state, session, paths::CUSTOMERS, link).await),
            Err(refusal) => FieldProblem::new("", sentence(refusal)?),
        },
        Err(problem) => problem,
    };
    let typed = [("email", form.email.as_str())];
    Ok(wrong(state, session, paths::CUSTOMERS, &FormAnswer::of_one("owner", text), vec![problem], &typed).await)
}

#[derive(Deserialize)]
pub struct DomainsForm {
    domains: String,
}

/// `POST /desk/customers/{id}/domains`
pub async fn set_domains(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(form): Form<DomainsForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.provide(), paths::CUSTOMERS)?;
    let mut problems = Vec::new();
    let domains = customer_domains(&form.domains, &mut problems);
    if problems.is_empty() {
        match admin.set_domains(id(&text)?, &domains).await {
            Ok(Ok(())) => return Ok(done(paths::CUSTOMERS, "domains")),
            Ok(Err(DomainTaken(domain))) => {
                problems.push(FieldProblem::new("domains", format!("“{domain}” is another customer’s")));
            }
            Err(StoreError::NoCustomer(_)) => return Err(Problem::not_found().into()),
            Err(error) => return Err(error.into()),
        }
    }
    let typed = [("domains", form.domains.as_str())];
    Ok(wrong(state, session, paths::CUSTOMERS, &FormAnswer::of_one("domains", text), problems, &typed).await)
}
