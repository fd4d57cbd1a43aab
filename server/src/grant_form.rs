//! What forms about a grant have in common, the customer's and the provider's: each does one act to the grant as it was
//! read, and leads back to its page.

use app::paths;
use axum::{
    Form,
    extract::{FromRequest, Request},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    CountryCode, FieldProblem, GrantId, Operation,
    grant::{Extent, ResourcePattern},
};
use store::{GrantActRefused, GrantView, Session, StoreError};

use crate::{
    forms::{Fields, id, wrong},
    problem::Problem,
    session::{CurrentSession, Turned},
    state::AppState,
};

pub type Done = Result<Result<GrantView, GrantActRefused>, StoreError>;

/// A form that was sent to the address of its act, below the page of its grant.
pub struct GrantForm {
    pub state: AppState,
    pub session: Session,
    pub grant: GrantId,
    page: String,
    act: String,
    pub fields: Fields,
}

impl FromRequest<AppState> for GrantForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let CurrentSession(session) =
            CurrentSession::from_request_parts(&mut parts, state).await.map_err(Problem::into_response)?;
        let path = parts.uri.path().to_owned();
        let (page, act) = path.rsplit_once('/').unwrap_or_default();
        let grant = page.rsplit('/').next().unwrap_or_default();
        let grant = id(grant).map_err(Problem::into_response)?;
        let fields = Form::from_request(Request::from_parts(parts, body), state).await;
        let Form(fields) = fields.map_err(IntoResponse::into_response)?;
        Ok(Self {
            state: state.clone(),
            session,
            grant,
            page: page.to_owned(),
            act: act.to_owned(),
            fields: Fields(fields),
        })
    }
}

impl GrantForm {
    /// The same form as a script sends it: the act is its own, to the grant in the address.
    pub fn scripted(state: AppState, session: Session, grant: &str, act: &str, form: &str) -> Result<Self, Problem> {
        let grant = id(grant)?;
        Ok(Self {
            state,
            session,
            grant,
            page: paths::fill(paths::APPROVAL, grant),
            act: act.to_owned(),
            fields: Fields(form_urlencoded::parse(form.as_bytes()).into_owned().collect()),
        })
    }

    /// Where its grant stands, with the form as it is filled in: for whoever signs in again first.
    pub fn page_as_left(&self) -> String {
        let left = std::iter::once(("left", self.act.as_str()));
        let fields = self.fields.0.iter().filter(|(name, _)| name != "revision");
        let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(left.chain(fields)).finish();
        paths::with_query(&self.page, &query)
    }

    /// On which state of the grant it was filled in. What is no number is no state that there was.
    pub fn revision(&self) -> i64 {
        self.fields.get("revision").parse().unwrap_or(-1)
    }

    pub fn words(&self, name: &str) -> String {
        self.fields.get(name).replace("\r\n", "\n")
    }

    /// How much of the request it approves.
    ///
    /// # Errors
    /// What can't be read of it; a form with nothing ticked approves nothing.
    pub fn extent(&self) -> Result<Extent, FieldProblem> {
        let fields = &self.fields;
        let minutes = fields.get("minutes").parse();
        let minutes = minutes.map_err(|_| FieldProblem::new("minutes", "is no number of minutes"))?;
        let extent = Extent {
            countries: fields.all("country").filter_map(CountryCode::parse).collect(),
            minutes,
            operations: fields.all("operation").filter_map(Operation::act_from_code).collect(),
            resources: fields.all("resource").map(ResourcePattern::new).collect(),
        };
        if extent.is_nothing() {
            let sentence = "Nothing is approved yet: leave at least one resource, one operation, one country and one \
                            minute, or deny the request.";
            return Err(FieldProblem::new("", sentence));
        }
        Ok(extent)
    }

    /// Leads back to the grant, or shows it with why nothing was done.
    pub async fn answer(self, done: Done) -> Result<Response, Turned> {
        match self.outcome(done)? {
            Ok(page) => Ok(Redirect::to(&page).into_response()),
            Err(sentence) => Ok(self.wrong(FieldProblem::new("", sentence)).await),
        }
    }

    /// Where it leads, or why nothing was done.
    pub fn outcome(&self, done: Done) -> Result<Result<String, String>, Turned> {
        let sentence = match done? {
            Ok(_) => return Ok(Ok(paths::with_query(&self.page, &format!("done={}", self.act)))),
            Err(GrantActRefused::NotFound) => return Err(Problem::not_found().into()),
            Err(GrantActRefused::NotFresh) => return Err(Turned::ToSignInAgain { back_to: self.page_as_left() }),
            Err(GrantActRefused::Changed) => {
                "Somebody, or its time, changed this request after you opened it. Look at it as it is now, and decide again."
                    .to_owned()
            }
            Err(GrantActRefused::NotAllowed) => {
                "You don’t decide about access now: owners and approvers do, and whom the policy names.".to_owned()
            }
            Err(GrantActRefused::UnknownKey) => "It is signed with a key that isn’t one of yours.".to_owned(),
            Err(GrantActRefused::Rule(refusal)) => refusal.to_string(),
        };
        Ok(Err(sentence))
    }

    /// The grant's page with what is wrong with the form.
    pub async fn wrong(self, problem: FieldProblem) -> Response {
        wrong(self.state, self.session, &self.page, &self.act, vec![problem], self.fields.0).await
    }
}
