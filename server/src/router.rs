//! Every address, and who may ask for it.
//!
//! **Invariant:** a route can't be added without its [`Audience`]; the guard decides by it before a handler or a page
//! runs, and `tests/audience.rs` asks every one of them as everybody.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use app::paths::{self, Audience, Organisation};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    handler::Handler,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use domain::{MemberRole, Role, StaffRole};
use store::Session;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};

use crate::{
    account, activity, api, approval_policy, approvals, assurance, demands, desk_access, desk_notices, desk_statistics,
    export, findings, inquiries, live, notices, open_data, organisation, pages, passkeys, problem::Problem, report,
    security, session, sign_in, signing_keys, single_sign_on, state::AppState, summary, telemetry, terms, transparency,
    webhooks,
};

const LONGEST_FORM: usize = 64 << 10;

/// Collects routes with their audiences.
pub struct Routes {
    router: Router<AppState>,
    /// By path, then by method.
    audiences: HashMap<&'static str, Vec<(Method, Audience)>>,
}

impl Routes {
    fn new() -> Self {
        Self { router: Router::new(), audiences: HashMap::new() }
    }

    /// Answers GET at a path.
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, audience: Audience, handler: H) -> Self {
        self.add(path, Method::GET, audience, axum::routing::get(handler))
    }

    /// Answers POST at a path.
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, audience: Audience, handler: H) -> Self {
        self.add(path, Method::POST, audience, axum::routing::post(handler))
    }

    fn add(
        mut self,
        path: &'static str,
        method: Method,
        audience: Audience,
        route: MethodRouter<AppState, Infallible>,
    ) -> Self {
        self.audiences.entry(path).or_default().push((method, audience));
        Self { router: self.router.route(path, route), ..self }
    }

    /// Every route: its path, method and audience.
    pub fn table(&self) -> impl Iterator<Item = (&'static str, &Method, Audience)> {
        self.audiences
            .iter()
            .flat_map(|(path, methods)| methods.iter().map(|(method, audience)| (*path, method, *audience)))
    }
}

/// Every route there is.
pub fn routes() -> Routes {
    let mut routes = Routes::new();
    for (path, audience) in paths::PAGES {
        routes = routes.get(path, *audience, pages::render);
    }
    let long = DefaultBodyLimit::max(demands::LONGEST_FORM);
    let papers = || DefaultBodyLimit::max(terms::LONGEST_UPLOAD);
    let statistics = DefaultBodyLimit::max(desk_statistics::LONGEST_UPLOAD);
    let upload = demands::add_document.layer(DefaultBodyLimit::max(demands::LONGEST_UPLOAD));
    let routes = routes
        .post(paths::SIGN_IN, Audience::Everyone, sign_in::password)
        .post(paths::SIGN_IN_CODE, Audience::Everyone, sign_in::code)
        .post(paths::SIGN_IN_SSO, Audience::Everyone, single_sign_on::begin)
        .get(paths::SIGN_IN_SSO_CALLBACK, Audience::Everyone, single_sign_on::callback)
        .post(paths::SIGN_IN_PASSKEY_START, Audience::Everyone, passkeys::start_sign_in)
        .post(paths::SIGN_IN_PASSKEY, Audience::Everyone, passkeys::sign_in)
        .post(paths::SIGN_OUT, Audience::Everyone, sign_in::sign_out)
        .post(paths::JOIN, Audience::Everyone, sign_in::join)
        .post(paths::ACCOUNT_PASSWORD, Audience::SignedIn, account::set_password)
        .post(paths::ACCOUNT_AUTHENTICATOR, Audience::SignedIn, account::confirm_authenticator)
        .post(paths::ACCOUNT_AUTHENTICATOR_REMOVE, Audience::SignedIn, account::remove_authenticator)
        .post(paths::ACCOUNT_RECOVERY_CODES, Audience::SignedIn, account::make_recovery_codes)
        .post(paths::ACCOUNT_PASSKEYS_START, Audience::SignedIn, passkeys::start_registration)
        .post(paths::ACCOUNT_PASSKEYS, Audience::SignedIn, passkeys::register)
        .post(paths::ACCOUNT_PASSKEY_REMOVE, Audience::SignedIn, account::remove_passkey)
        .post(paths::ACCOUNT_SESSION_END, Audience::SignedIn, account::end_session)
        .post(paths::ACCOUNT_SESSIONS_END, Audience::SignedIn, account::end_other_sessions)
        .post(paths::ACCOUNT_TIME_ZONE, Audience::SignedIn, account::set_time_zone)
        .post(paths::ACCOUNT_MAIL, Audience::SignedIn, account::set_mail)
        .post(paths::SINGLE_SIGN_ON, Audience::Owners, single_sign_on::save)
        .post(paths::SINGLE_SIGN_ON_TEST, Audience::Owners, single_sign_on::test)
        .post(paths::SINGLE_SIGN_ON_SWITCH, Audience::Owners, single_sign_on::switch)
        .post(paths::SINGLE_SIGN_ON_REMOVE, Audience::Owners, single_sign_on::remove)
        .post(paths::SIGN_IN_RULE, Audience::Owners, organisation::set_sign_in_rule)
        .post(paths::CONFIRM, Audience::Confirmers, organisation::confirm)
        .post(paths::CONFIRMATION_WITHDRAW, Audience::Confirmers, organisation::withdraw_confirmation)
        .post(paths::CUSTOMERS, Audience::Administrators, organisation::create_customer)
        .post(paths::CUSTOMER_OWNER, Audience::Administrators, organisation::invite_owner)
        .post(paths::CUSTOMER_DOMAINS, Audience::Administrators, organisation::set_domains)
        .post(paths::DEMANDS, Audience::Legal, demands::register.layer(long))
        .post(paths::DEMAND_ACT, Audience::Legal, demands::act.layer(long))
        .post(paths::DEMAND_DOCUMENTS, Audience::Legal, upload)
        .get(paths::DEMAND_DOCUMENT, Audience::Legal, demands::document)
        .post(paths::DESK_NOTICE_NEW, Audience::Notifiers, desk_notices::write)
        .post(paths::DESK_NOTICE_ISSUE, Audience::Notifiers, desk_notices::issue)
        .post(paths::DESK_NOTICE_DISCARD, Audience::Notifiers, desk_notices::discard)
        .post(paths::DESK_NOTICE_ANSWER, Audience::Notifiers, desk_notices::answer)
        .post(paths::TERMS_NEW, Audience::Notifiers, terms::desk::propose.layer(papers()))
        .post(paths::TERMS_IMPORT, Audience::Notifiers, terms::desk::import.layer(papers()))
        .post(paths::TERMS_PUBLISH, Audience::Notifiers, terms::desk::publish)
        .post(paths::TERMS_DISCARD, Audience::Notifiers, terms::desk::discard)
        .get(paths::TERMS_PAPER, Audience::Notifiers, terms::desk::paper)
        .get(paths::TERMS_VERSION, Audience::Notifiers, terms::desk::download)
        .get(paths::TERMS_JSON, Audience::Notifiers, terms::desk::export_json)
        .post(paths::STATISTICS, Audience::Notifiers, desk_statistics::upload.layer(statistics))
        .post(paths::STATISTICS_UPLOAD_IMPORT, Audience::Notifiers, desk_statistics::import)
        .post(paths::STATISTICS_UPLOAD_DISCARD, Audience::Notifiers, desk_statistics::discard)
        .get(paths::STATISTICS_ORIGINAL, Audience::Notifiers, desk_statistics::original)
        .get(paths::ACCESS_CSV, Audience::Members, export::csv_download)
        .get(paths::ACCESS_JSON, Audience::Members, export::json_download)
        .get(paths::ACCESS_NDJSON, Audience::Members, export::ndjson_download)
        .get(paths::ACCESS_LIVE, Audience::Members, live::follow_record)
        .get(paths::APPROVALS_LIVE, Audience::Members, live::follow_requests)
        .get(paths::NOTICES_CSV, Audience::Members, notices::csv_download)
        .get(paths::NOTICES_JSON, Audience::Members, notices::json_download)
        .get(paths::NOTICES_NDJSON, Audience::Members, notices::ndjson_download)
        .get(paths::NOTICE_COPY, Audience::Members, notices::copy)
        .post(paths::NOTICE_ACKNOWLEDGE, Audience::Members, notices::acknowledge)
        .post(paths::NOTICE_COMMENT, Audience::Members, notices::comment)
        .post(paths::NOTICE_ASK, Audience::Members, notices::ask)
        .post(paths::NOTICE_OBJECT, Audience::Members, notices::object)
        .post(paths::ACCESS_ASK, Audience::Members, inquiries::ask)
        .post(paths::ACCESS_DISPUTE, Audience::Members, inquiries::dispute)
        .post(paths::FINDING_DISMISS, Audience::Members, findings::dismiss)
        .post(paths::INQUIRY_ASK, Audience::Members, inquiries::ask_more)
        .post(paths::INQUIRY_DISPUTE, Audience::Members, inquiries::dispute_it)
        .post(paths::DESK_INQUIRY_ANSWER, Audience::Answerers, inquiries::answer)
        .post(paths::DESK_INQUIRY_DECIDE, Audience::Answerers, inquiries::decide)
        .post(paths::APPROVAL_APPROVE, Audience::Members, approvals::approve)
        .post(paths::APPROVAL_SIGN_START, Audience::Members, approvals::start_signing)
        .post(paths::APPROVAL_SIGN, Audience::Members, approvals::sign)
        .post(paths::APPROVAL_DENY, Audience::Members, approvals::deny)
        .post(paths::APPROVAL_ASK, Audience::Members, approvals::ask)
        .post(paths::APPROVAL_REVOKE, Audience::Members, approvals::revoke)
        .post(paths::APPROVAL_REVIEW, Audience::Members, approvals::review)
        .post(paths::APPROVAL_POLICY, Audience::Members, approval_policy::set_rules)
        .post(paths::POLICY_PURPOSES, Audience::Members, approval_policy::set_purpose)
        .post(paths::POLICY_PURPOSE_REMOVE, Audience::Members, approval_policy::remove_purpose)
        .post(paths::POLICY_STANDING, Audience::Members, approval_policy::add_standing)
        .post(paths::POLICY_STANDING_REMOVE, Audience::Members, approval_policy::remove_standing)
        .post(paths::POLICY_DELEGATES, Audience::Members, approval_policy::add_delegate)
        .post(paths::POLICY_DELEGATE_REMOVE, Audience::Members, approval_policy::remove_delegate)
        .post(paths::APPROVAL_KEYS, Audience::Members, approval_policy::add_key)
        .post(paths::APPROVAL_KEY_REMOVE, Audience::Members, approval_policy::remove_key)
        .post(paths::DESK_ACCESS, Audience::AccessManagers, desk_access::ask)
        .post(paths::DESK_GRANT_APPROVE, Audience::AccessManagers, desk_access::approve)
        .post(paths::DESK_GRANT_DENY, Audience::AccessManagers, desk_access::deny)
        .post(paths::DESK_GRANT_QUESTION, Audience::AccessManagers, desk_access::question)
        .post(paths::DESK_GRANT_ANSWER, Audience::AccessManagers, desk_access::answer)
        .post(paths::DESK_GRANT_WITHDRAW, Audience::AccessManagers, desk_access::withdraw)
        .post(paths::DESK_GRANT_END, Audience::AccessManagers, desk_access::end)
        .post(paths::DESK_GRANT_REVOKE, Audience::AccessManagers, desk_access::revoke)
        .get(paths::APPROVAL_FILE, Audience::Members, approvals::file)
        .get(paths::SUMMARY_CSV, Audience::Members, summary::csv_download)
        .get(paths::TRANSFERS_CSV, Audience::Members, terms::customer::csv_download)
        .get(paths::TRANSFERS_JSON, Audience::Members, terms::customer::json_download)
        .get(paths::TERM_PAPER, Audience::Members, terms::customer::paper)
        .post(paths::DOCUMENT_ACCEPT, Audience::Members, terms::customer::accept)
        .get(paths::DOCUMENT_REPORT, Audience::Members, terms::customer::report)
        .get(paths::API_ACCESS_EVENTS, Audience::ApiToken, api::access_events::read)
        .post(paths::API_ACCESS_EVENTS, Audience::ApiToken, api::access_events::report)
        .post(paths::API_SOURCE_COUNTS, Audience::ApiToken, api::source_counts::compare)
        .get(paths::API_NOTICES, Audience::ApiToken, api::notices::read)
        .get(paths::API_DEMANDS, Audience::ApiToken, api::demands::read)
        .post(paths::API_DEMANDS, Audience::ApiToken, api::demands::register)
        .get(paths::API_ACCESS_REQUESTS, Audience::ApiToken, api::access_requests::list)
        .post(paths::API_ACCESS_REQUESTS, Audience::ApiToken, api::access_requests::ask)
        .get(paths::API_ACCESS_REQUEST, Audience::ApiToken, api::access_requests::read)
        .post(paths::API_ACCESS_REQUEST_ANSWER, Audience::ApiToken, api::access_requests::answer)
        .post(paths::API_ACCESS_REQUEST_WITHDRAW, Audience::ApiToken, api::access_requests::withdraw)
        .post(paths::API_ACCESS_REQUEST_END, Audience::ApiToken, api::access_requests::end)
        .post(paths::API_ACCESS_REQUEST_DECISION, Audience::ApiToken, api::access_requests::decide)
        .post(paths::API_INTROSPECT, Audience::ApiToken, api::access_requests::introspect)
        .get(paths::JWKS, Audience::Everyone, signing_keys::jwks)
        .get(paths::OPENAPI, Audience::Everyone, api::openapi_json)
        .get("/metrics", Audience::ApiToken, telemetry::metrics)
        .get("/healthz", Audience::Everyone, || async { "ok\n" })
        .get("/readyz", Audience::Everyone, telemetry::ready);
    let routes = organisation_routes(routes, &paths::OF_CUSTOMER, Audience::Members, Audience::Owners);
    let routes = organisation_routes(routes, &paths::OF_PROVIDER, Audience::Administrators, Audience::Administrators);
    open_data::routes(report::routes(assurance::routes(transparency::routes(routes))))
}

/// What is the same for a customer and for the provider.
fn organisation_routes(routes: Routes, at: &'static Organisation, readers: Audience, managers: Audience) -> Routes {
    routes
        .post(at.invite, managers, organisation::invite)
        .post(at.withdraw, managers, organisation::withdraw)
        .post(at.role, managers, organisation::set_role)
        .post(at.reset, managers, organisation::reset)
        .post(at.sign_out, managers, organisation::end_sessions)
        .post(at.remove, managers, organisation::remove)
        .post(at.tokens, managers, organisation::create_token)
        .post(at.token_rotate, managers, organisation::rotate_token)
        .post(at.token_revoke, managers, organisation::revoke_token)
        .post(at.webhooks, managers, webhooks::create)
        .post(at.webhook_secret, managers, webhooks::rotate_secret)
        .post(at.webhook_try, managers, webhooks::try_out)
        .post(at.webhook_remove, managers, webhooks::remove)
        .get(at.activity_csv, readers, activity::csv_download)
        .get(at.activity_json, readers, activity::json_download)
        .get(at.activity_ndjson, readers, activity::ndjson_download)
}

/// The whole application.
pub fn router(state: AppState) -> Router {
    let Routes { router, audiences } = routes();
    let guard = Guard { audiences: Arc::new(audiences), state: state.clone() };
    let timeout = Duration::from_secs(state.config.request_timeout);
    let application = router.fallback(pages::not_found).layer(
        ServiceBuilder::new()
            // Forms are short, and some are kept until a ceremony ends. What takes more says so itself.
            .layer(DefaultBodyLimit::max(LONGEST_FORM))
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn_with_state(state.clone(), session::identify))
            .layer(middleware::from_fn_with_state(guard, decide)),
    );
    Router::new()
        .merge(application)
        // The build's files are compressed already.
        .merge(pages::site(&state))
        // The first stands outermost. One stack, because each `layer` of a router boxes every answer once more.
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(telemetry::NumberRequests))
                .layer(telemetry::trace_layer())
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(middleware::from_fn(telemetry::measure))
                .layer(middleware::from_fn_with_state(state.clone(), crate::page_cache::keep))
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
                .layer(middleware::from_fn(security::headers))
                .layer(CsrfLayer::new()),
        )
        .layer(state.config.client_ip.clone().into_extension())
        .with_state(state)
}

#[derive(Clone)]
struct Guard {
    audiences: Arc<HashMap<&'static str, Vec<(Method, Audience)>>>,
    state: AppState,
}

/// Decides who may ask, before anything is rendered. What isn't for a viewer to know of is not found.
async fn decide(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        // No route: the page that says so.
        return next.run(request).await;
    };
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let audience = guard.audiences.get(path.as_str()).into_iter().flatten().find(|(of, _)| *of == method);
    let session = request.extensions().get::<Session>();
    let role = session.map(|session| session.signed_in.role());
    let allowed = match (audience.map(|(_, audience)| *audience), role) {
        // Another method of a known path: axum answers 405.
        (None, _) => true,
        (Some(Audience::Everyone | Audience::ApiToken), _) => true,
        (Some(Audience::SignedIn), Some(_)) => true,
        (Some(Audience::Members), Some(Role::Member(_))) => true,
        (Some(Audience::Owners), Some(Role::Member(role))) => role == MemberRole::Owner,
        (Some(Audience::Staff), Some(Role::Staff(_))) => true,
        (Some(Audience::Administrators), Some(Role::Staff(role))) => role == StaffRole::Administrator,
        (Some(Audience::Confirmers), Some(role)) => role.confirms(),
        (Some(Audience::Legal), Some(Role::Staff(role))) => role == StaffRole::Legal,
        (Some(Audience::AccessManagers), Some(role)) => role.manages_access(),
        (Some(Audience::Answerers), Some(role)) => role.answers_inquiries(),
        (Some(Audience::Notifiers), Some(role)) => role.gives_notice(),
        (Some(_), None) => return session::ask_to_sign_in(&request),
        (Some(_), Some(_)) => false,
    };
    let everyones = matches!(audience, None | Some((_, Audience::Everyone | Audience::ApiToken)));
    let own_account = path.as_str().starts_with(paths::ACCOUNT);
    if allowed && !everyones && !own_account && session.is_some_and(|session| !session.is_open()) {
        // What the organisation asks of sign-in comes first; the account says what that is.
        return Redirect::to(paths::ACCOUNT).into_response();
    }
    // Every one of them changes what somebody signs in with.
    let may_change = session.is_some_and(|session| session.factors().is_ok());
    if allowed && paths::FRESH_PAGES.contains(&path.as_str()) && !may_change {
        return Redirect::to(&paths::sign_in_again(&session::encode(path.as_str()))).into_response();
    }
    if allowed {
        return next.run(request).await;
    }
    if method != Method::GET {
        return Problem::not_found().into_response();
    }
    // The same page as for an address that was never there.
    pages::not_found(State(guard.state), request).await
}
