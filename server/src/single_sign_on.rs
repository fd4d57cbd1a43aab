//! Signing in at a customer's identity provider, and setting it up.

use app::{
    context::{FormAnswer, ShownOnce},
    paths,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use domain::{CustomerId, FieldProblem, PersonId, Zone, single_sign_on::SsoDraft};
use serde::{Deserialize, Serialize};
use store::{CeremonyKind, Client, Session, SignInAnswer, SsoIdentity, SsoSetup};

use crate::{
    pages,
    problem::Problem,
    session::{self, ClientOf, CurrentSession, Turned, when_fresh},
    sign_in::destination,
    sso::{Callback, Outcome, Pending, SignInRequest, SsoError},
    state::AppState,
};

/// What is kept of a sign-in while the person is at the provider.
#[derive(Serialize, Deserialize)]
struct Underway {
    customer: CustomerId,
    pending: Pending,
    next: String,
    zone: String,
    /// Who confirms that it is they.
    again: Option<PersonId>,
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

/// The sign-in page again, with why single sign-on didn't sign in.
async fn failed(state: AppState, session: Option<Session>, email: &str, reason: impl Into<String>) -> Response {
    metrics::counter!("vitrine_sign_ins_total", "outcome" => "single_sign_on_failed").increment(1);
    let answer = FormAnswer {
        form: "sso".to_owned(),
        problems: vec![FieldProblem::new("", reason)],
        typed: vec![("email".to_owned(), email.to_owned())],
        shown: None,
    };
    pages::answer(state, session, paths::SIGN_IN, answer).await
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
    if state.store.count_ceremony(&client).await?.is_some() {
        let reason = "Too many sign-ins were begun from your network. Wait a minute, and try again.";
        return Ok(failed(state, session, &form.email, reason).await);
    }
    let Some((customer, setup)) = state.store.single_sign_on_for(&form.email).await? else {
        let reason = "No single sign-on is set up for addresses of this domain.";
        return Ok(failed(state, session, &form.email, reason).await);
    };
    let redirect_url = redirect_url(&state, customer.id);
    let fresh = !form.again.is_empty();
    let request = SignInRequest { redirect_url: &redirect_url, login_hint: Some(form.email.trim()), fresh };
    let (url, pending) = match state.sso.begin(&setup.connection, request, state.store.now()).await {
        Ok(begun) => begun,
        Err(error) => return Ok(failed(state, session, &form.email, error.to_string()).await),
    };
    let again = session.as_ref().filter(|_| fresh).map(|session| session.signed_in.person());
    let underway = Underway { customer: customer.id, pending, next: form.next, zone: form.zone, again };
    let text = serde_json::to_string(&underway).map_err(|error| Problem::internal(&error))?;
    let ceremony = state.store.begin_ceremony(CeremonyKind::SingleSignOn, None, &text).await?;
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
    Query(callback): Query<Callback>,
) -> Result<Response, Problem> {
    let session = session.map(|session| session.0);
    // Ended before anything else: whatever comes of it, it was this browser's, and once.
    let ceremony = match session::ceremony(&jar) {
        Some(secret) => state.store.end_ceremony(CeremonyKind::SingleSignOn, secret).await?,
        None => None,
    };
    let Some(ceremony) = ceremony else {
        return Ok(failed(state, session, "", SsoError::Stale.to_string()).await);
    };
    let underway: Underway = serde_json::from_str(&ceremony.state).map_err(|error| Problem::internal(&error))?;
    let setup = state.store.single_sign_on_of(underway.customer).await?.filter(|setup| setup.connection.enabled);
    let (Some(setup), true) = (setup, customer == underway.customer.to_string()) else {
        return Ok(failed(state, session, "", SsoError::Stale.to_string()).await);
    };
    let client = Client { time_zone: Zone::parse(&underway.zone).ok(), ..client };
    let (customer, next) = (underway.customer, underway.next.clone());
    match identified(&state, &setup, underway, callback, &client).await? {
        Ok(SignInAnswer::SignedIn(token)) => {
            metrics::counter!("vitrine_sign_ins_total", "outcome" => "accepted").increment(1);
            let to = destination(&state, &token, &next).await?;
            Ok((session::open(jar, token), Redirect::to(&to)).into_response())
        }
        Ok(_) => {
            let reason = "This address belongs to somebody else here, or it is not you who confirmed.";
            state.store.tell_single_sign_on_refused(customer, &client, reason).await?;
            Ok(failed(state, session, "", reason).await)
        }
        Err(reason) => {
            state.store.tell_single_sign_on_refused(customer, &client, &reason).await?;
            Ok(failed(state, session, "", reason).await)
        }
    }
}

/// Who came back, signed in; or a sentence on why nobody is.
async fn identified(
    state: &AppState,
    setup: &SsoSetup,
    underway: Underway,
    callback: Callback,
    client: &Client,
) -> Result<Result<SignInAnswer, String>, Problem> {
    let secret = state.store.client_secret(setup)?;
    let redirect_url = redirect_url(state, underway.customer);
    let now = state.store.now();
    let connection = &setup.connection;
    let finished = state.sso.finish(connection, &secret, underway.pending, &redirect_url, callback, now).await;
    let identity = match finished {
        Ok(identity) => identity,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if !connection.admits(&identity.email, &identity.claims) {
        return Ok(Err(format!("{} is not of the domains that your organisation named.", identity.email)));
    }
    let Some(role) = connection.role(&identity.claims) else {
        return Ok(Err("Your organisation’s identity provider gives you no role here.".to_owned()));
    };
    let identity = SsoIdentity {
        issuer: &identity.issuer,
        subject: &identity.subject,
        email: &identity.email,
        name: &identity.name,
        role,
        only: underway.again,
    };
    Ok(Ok(state.store.sign_in_with_single_sign_on(underway.customer, identity, client).await?))
}

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
    match draft.check() {
        Ok(connection) => match admin.set_single_sign_on(&connection, &form.client_secret).await? {
            Ok(()) => Ok(done("saved")),
            Err(domain) => {
                let problem = FieldProblem::new("domains", format!("is taken: “{domain}” is another customer’s"));
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
        admin.single_sign_on_tested().await?;
    }
    let findings = findings.into_iter().map(|finding| (finding.outcome != Outcome::Wrong, finding.sentence)).collect();
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
    let (enabled, enforced) = match form.to.as_str() {
        "on" => (true, false),
        "only" => (true, true),
        "off" => (false, false),
        _ => return Err(Problem::not_found().into()),
    };
    if admin.switch_single_sign_on(enabled, enforced).await? {
        return Ok(done("switched"));
    }
    let problem = FieldProblem::new("", "Try the connection out first: only what works is switched on.");
    Ok(wrong(state, session, "switch", vec![problem], SsoDraft::default()).await)
}

/// `POST /portal/single-sign-on/remove`
pub async fn remove(CurrentSession(session): CurrentSession) -> Result<Response, Turned> {
    when_fresh(session.administer(), paths::SINGLE_SIGN_ON)?.remove_single_sign_on().await?;
    Ok(done("removed"))
}
