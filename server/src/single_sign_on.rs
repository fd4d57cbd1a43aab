//! Signing in at a customer's identity provider, and setting it up.

use app::{
    context::{FindingKind, FormAnswer, ShownOnce},
    paths,
};
use axum::{
    Form,
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use domain::{CustomerId, FieldProblem, PersonId, email_address, single_sign_on::SsoDraft};
use serde::{Deserialize, Serialize};
use store::{CeremonyKind, Client, Session, SessionToken, SignInAnswer, SsoIdentity, SsoNotSet, SsoRefusal, SsoSetup};

use crate::{
    pages,
    problem::Problem,
    session::{self, ClientOf, CurrentSession, Turned, when_fresh},
    sign_in::{self, answer_sign_in},
    sso::{Callback, Check, Identity, Outcome, Pending, SignInRequest, SsoError},
    state::AppState,
};

/// What is kept of a sign-in while the person is at the provider.
#[derive(Serialize, Deserialize)]
struct Underway {
    customer: CustomerId,
    /// The address that was typed.
    email: String,
    pending: Pending,
    way: Way,
}

/// Where a sign-in comes from and goes to.
#[derive(Serialize, Deserialize)]
struct Way {
    next: String,
    zone: String,
    /// Whether somebody is to confirm that it is they.
    again: bool,
}

#[derive(Deserialize)]
pub struct SsoForm {
    email: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    zone: String,
}

/// Why single sign-on signed nobody in, in sentences for who tried and for the customer's trail.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("No single sign-on is set up for addresses of this domain.")]
    NoConnection,
    #[error(transparent)]
    Provider(#[from] SsoError),
    #[error("{0} is not of the domains that your organisation named for single sign-on.")]
    NotAdmitted(String),
    #[error("Your organisation’s identity provider gives you no role here. An owner, or whoever runs it, can.")]
    NoRole,
    #[error("It is not you who confirmed: the identity provider vouched for {0}.")]
    NotTheSame(String),
    #[error("{0} belongs to somebody else here. An owner of your organisation can ask the portal’s operator why.")]
    AddressTaken(String),
    #[error(
        "{0} signs in by another account at the same identity provider. An owner can remove the person, who then joins \
         anew."
    )]
    AnotherAccount(String),
}

impl Failure {
    /// A word for metrics.
    fn code(&self) -> &'static str {
        match self {
            Self::NoConnection => "no_connection",
            Self::Provider(error) => error.code(),
            Self::NotAdmitted(_) => "not_admitted",
            Self::NoRole => "no_role",
            Self::NotTheSame(_) => "not_the_same",
            Self::AddressTaken(_) => "address_taken",
            Self::AnotherAccount(_) => "another_account",
        }
    }
}

fn counted(outcome: &'static str) {
    metrics::counter!("vitrine_single_sign_ons_total", "outcome" => outcome).increment(1);
}

/// The sign-in page again, with why single sign-on didn't sign in.
async fn failed(
    state: AppState,
    session: Option<Session>,
    email: &str,
    way: &Way,
    field: &str,
    reason: String,
) -> Response {
    let answer = FormAnswer {
        form: "sso".to_owned(),
        problems: vec![FieldProblem::new(field, reason)],
        typed: vec![("email".to_owned(), email.to_owned())],
        shown: None,
    };
    let page = paths::with_query(paths::SIGN_IN, &sign_in::query(&way.next, &way.zone, way.again));
    pages::answer(state, session, &page, answer).await
}

/// The same, told in the customer's trail too.
async fn refused(
    state: AppState,
    session: Option<Session>,
    client: &Client,
    (customer, email): (CustomerId, &str),
    way: &Way,
    failure: Failure,
) -> Result<Response, Problem> {
    counted(failure.code());
    let reason = failure.to_string();
    state.store.tell_single_sign_on_refused(customer, email, client, &format!("Single sign-on: {reason}")).await?;
    Ok(failed(state, session, email, way, "", reason).await)
}

/// Where the provider sends browsers back to, for one customer alone.
fn redirect_url(state: &AppState, customer: CustomerId) -> String {
    format!("{}{}", state.public_url.as_str().trim_end_matches('/'), paths::fill(paths::SIGN_IN_SSO_CALLBACK, customer))
}

/// `POST /sign-in/sso`
pub async fn begin(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    session: Option<axum::Extension<Session>>,
    Form(form): Form<SsoForm>,
) -> Result<Response, Problem> {
    let session = session.map(|session| session.0);
    let way = Way { next: form.next, zone: form.zone, again: !form.again.is_empty() };
    let email = match email_address(&form.email) {
        Ok(email) => email,
        Err(problem) => {
            return Ok(failed(state, session, &form.email, &way, &problem.field, problem.reason).await);
        }
    };
    if let Some(wait) = state.store.count_ceremony(&client).await? {
        let page = paths::with_query(paths::SIGN_IN, &sign_in::query(&way.next, &way.zone, way.again));
        let typed = vec![("email".to_owned(), email)];
        return answer_sign_in(state, jar, session, SignInAnswer::Wait(wait), &way.next, page, typed).await;
    }
    let Some((customer, setup)) = state.store.single_sign_on_for(&email).await? else {
        counted(Failure::NoConnection.code());
        return Ok(failed(state, session, &email, &way, "", Failure::NoConnection.to_string()).await);
    };
    let redirect_url = redirect_url(&state, customer.id);
    let request = SignInRequest { redirect_url: &redirect_url, login_hint: Some(&email), fresh: way.again };
    let (url, pending) = match state.sso.begin(&setup.connection, request, state.store.now()).await {
        Ok(begun) => begun,
        Err(error) => return refused(state, session, &client, (customer.id, &email), &way, error.into()).await,
    };
    let confirms = session.as_ref().filter(|_| way.again).map(|session| session.signed_in.person());
    let underway = Underway { customer: customer.id, email, pending, way };
    let text = serde_json::to_string(&underway).map_err(|error| Problem::internal(&error))?;
    let ceremony = state.store.begin_ceremony(CeremonyKind::SingleSignOn, confirms, &text).await?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let shown = Some(ShownOnce::Provider { host, address: url.to_string() });
    let page = pages::answer(state, session, paths::SIGN_IN, FormAnswer { shown, ..FormAnswer::default() }).await;
    Ok((session::begin(jar, ceremony), page).into_response())
}

/// `GET /sign-in/sso/{customer}/callback`: the browser comes back from the provider.
pub async fn callback(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    session: Option<axum::Extension<Session>>,
    Path(customer): Path<String>,
    query: Result<Query<Callback>, QueryRejection>,
) -> Result<Response, Problem> {
    let session = session.map(|session| session.0);
    // Ended before anything else: whatever comes of it, it was this browser's, and once.
    let ceremony = match session::ceremony(&jar) {
        Some(secret) => state.store.end_ceremony(CeremonyKind::SingleSignOn, secret).await?,
        None => None,
    };
    let Some(ceremony) = ceremony else {
        // Nothing says who began, or whether anybody did.
        counted(SsoError::Stale.code());
        let way = Way { next: String::new(), zone: String::new(), again: false };
        return Ok(failed(state, session, "", &way, "", SsoError::Stale.to_string()).await);
    };
    let jar = session::end(jar);
    let Underway { customer: begun_for, email, pending, way } =
        serde_json::from_str(&ceremony.state).map_err(|error| Problem::internal(&error))?;
    let client = Client { time_zone: sign_in::zone(&way.zone), ..client };
    let token = if customer == begun_for.to_string() {
        // What can't be read is no answer to what was asked, and is told so.
        let callback = query.map(|Query(callback)| callback).unwrap_or_default();
        sign_in_at(&state, begun_for, pending, callback, ceremony.person, &client).await?
    } else {
        Err(SsoError::NotValid(Check::Sender).into())
    };
    match token {
        Ok(token) => {
            counted("accepted");
            answer_sign_in(state, jar, session, SignInAnswer::SignedIn(token), &way.next, String::new(), Vec::new())
                .await
        }
        Err(failure) => {
            let page = refused(state, session, &client, (begun_for, &email), &way, failure).await?;
            Ok((jar, page).into_response())
        }
    }
}

/// A session for who came back from the provider, or why there is none.
async fn sign_in_at(
    state: &AppState,
    customer: CustomerId,
    pending: Pending,
    callback: Callback,
    only: Option<PersonId>,
    client: &Client,
) -> Result<Result<SessionToken, Failure>, Problem> {
    let setup = state.store.single_sign_on_of(customer).await?.filter(|setup| setup.connection.enabled);
    let Some(setup) = setup else { return Ok(Err(SsoError::Stale.into())) };
    let identity = match identify(state, &setup, customer, pending, callback).await? {
        Ok(identity) => identity,
        Err(error) => return Ok(Err(error.into())),
    };
    let email = identity.email;
    if !setup.connection.admits(&email, &identity.claims) {
        return Ok(Err(Failure::NotAdmitted(email)));
    }
    let Some(role) = setup.connection.role(&identity.claims) else { return Ok(Err(Failure::NoRole)) };
    let who = SsoIdentity {
        issuer: &identity.issuer,
        subject: &identity.subject,
        email: &email,
        name: &identity.name,
        role,
        only,
    };
    let signed_in = state.store.sign_in_with_single_sign_on(&setup, who, client).await?;
    Ok(signed_in.map_err(|refusal| match refusal {
        SsoRefusal::NotTheSame => Failure::NotTheSame(email),
        SsoRefusal::AddressTaken => Failure::AddressTaken(email),
        SsoRefusal::AnotherAccount => Failure::AnotherAccount(email),
    }))
}

/// Who came back from the provider.
async fn identify(
    state: &AppState,
    setup: &SsoSetup,
    customer: CustomerId,
    pending: Pending,
    callback: Callback,
) -> Result<Result<Identity, SsoError>, Problem> {
    let secret = state.store.client_secret(setup)?;
    let (redirect_url, now) = (redirect_url(state, customer), state.store.now());
    Ok(state.sso.finish(&setup.connection, &secret, pending, &redirect_url, callback, now).await)
}

const LONGEST_SECRET: usize = 1000;

/// The connection as its form sends it, with the secret beside it.
#[derive(Deserialize)]
pub struct ConnectionForm {
    issuer: String,
    client_id: String,
    #[serde(default)]
    client_secret: String,
    domains: String,
    #[serde(default)]
    role_claim: String,
    #[serde(default)]
    role_mapping: String,
    #[serde(default)]
    default_role: String,
}

fn done(what: &str) -> Response {
    Redirect::to(&paths::with_query(paths::SINGLE_SIGN_ON, &format!("done={what}"))).into_response()
}

async fn wrong(
    state: AppState,
    session: Session,
    form: &str,
    problems: Vec<FieldProblem>,
    draft: SsoDraft,
) -> Response {
    let typed = [
        ("issuer", draft.issuer),
        ("client_id", draft.client_id),
        ("domains", draft.domains),
        ("role_claim", draft.role_claim),
        ("role_mapping", draft.role_mapping),
        ("default_role", draft.default_role),
    ];
    let typed = typed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let answer = FormAnswer { form: form.to_owned(), problems, typed, shown: None };
    pages::answer(state, Some(session), paths::SINGLE_SIGN_ON, answer).await
}

/// `POST /portal/single-sign-on`
pub async fn save(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<ConnectionForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.administer(), paths::SINGLE_SIGN_ON)?;
    let draft = SsoDraft {
        issuer: form.issuer,
        client_id: form.client_id,
        domains: form.domains,
        role_claim: form.role_claim,
        role_mapping: form.role_mapping,
        default_role: form.default_role,
        // Only what was tried out is switched on.
        enforced: false,
        enabled: false,
    };
    if form.client_secret.chars().count() > LONGEST_SECRET {
        let problem = FieldProblem::new("client_secret", format!("is longer than {LONGEST_SECRET} characters"));
        return Ok(wrong(state, session, "connection", vec![problem], draft).await);
    }
    match draft.check() {
        Ok(connection) => match admin.set_single_sign_on(&connection, &form.client_secret).await? {
            Ok(()) => Ok(done("saved")),
            Err(not_set) => {
                let problem = match not_set {
                    SsoNotSet::NotTheirDomain(domain) => {
                        let provider = &state.config.provider;
                        let reason = format!("“{domain}” is not known here as yours: ask {provider} to add it");
                        FieldProblem::new("domains", reason)
                    }
                    SsoNotSet::SecretMissing => FieldProblem::new(
                        "client_secret",
                        "is missing: one that was given for another issuer or client isn’t shown to this one",
                    ),
                };
                Ok(wrong(state, session, "connection", vec![problem], draft).await)
            }
        },
        Err(problems) => Ok(wrong(state, session, "connection", problems, draft).await),
    }
}

/// `POST /portal/single-sign-on/test`
pub async fn test(State(state): State<AppState>, CurrentSession(session): CurrentSession) -> Result<Response, Turned> {
    let admin = when_fresh(session.administer(), paths::SINGLE_SIGN_ON)?;
    let customer = admin.customer().id;
    let Some(setup) = state.store.single_sign_on_of(customer).await? else {
        let problem = FieldProblem::new("", "There is no connection yet: save one first.");
        return Ok(wrong(state, session, "switch", vec![problem], SsoDraft::default()).await);
    };
    let secret = state.store.client_secret(&setup)?;
    let redirect_url = redirect_url(&state, customer);
    let findings = state.sso.test(&setup.connection, &secret, &redirect_url, state.store.now()).await;
    if findings.iter().all(|finding| finding.outcome != Outcome::Wrong) {
        admin.single_sign_on_tested(&setup).await?;
    }
    let kind = |outcome| match outcome {
        Outcome::Good => FindingKind::Good,
        Outcome::Doubtful => FindingKind::Doubtful,
        Outcome::Wrong => FindingKind::Wrong,
    };
    let findings = findings.into_iter().map(|finding| (kind(finding.outcome), finding.sentence)).collect();
    let answer = FormAnswer { shown: Some(ShownOnce::Findings(findings)), ..FormAnswer::default() };
    Ok(pages::answer(state, Some(session), paths::SINGLE_SIGN_ON, answer).await)
}

#[derive(Deserialize)]
pub struct SwitchForm {
    to: String,
}

/// `POST /portal/single-sign-on/switch`: `on`, `only` or `off`.
pub async fn switch(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<SwitchForm>,
) -> Result<Response, Turned> {
    let admin = when_fresh(session.administer(), paths::SINGLE_SIGN_ON)?;
    let (to, enabled, enforced) = match form.to.as_str() {
        "on" => ("on", true, false),
        "only" => ("only", true, true),
        "off" => ("off", false, false),
        _ => return Err(Problem::not_found().into()),
    };
    if admin.switch_single_sign_on(enabled, enforced).await? {
        return Ok(done(to));
    }
    let problem = FieldProblem::new("", "Try the connection out first: only what works is switched on.");
    Ok(wrong(state, session, "switch", vec![problem], SsoDraft::default()).await)
}

/// `POST /portal/single-sign-on/remove`
pub async fn remove(CurrentSession(session): CurrentSession) -> Result<Response, Turned> {
    when_fresh(session.administer(), paths::SINGLE_SIGN_ON)?.remove_single_sign_on().await?;
    Ok(done("removed"))
}
