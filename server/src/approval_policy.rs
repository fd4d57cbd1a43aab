//! Who decides about access to a customer's data: each form makes the next version of the policy that it was read from,
//! with one part changed.

use std::collections::BTreeSet;

use app::paths;
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveTime;
use domain::{
    ApprovalKeyId, CountryCode, FieldProblem, Purpose, Zone,
    grant::{Approvers, Delegate, Policy, PublicKey, QuietHours, ResourcePattern, Rule, StandingRule, Window},
};
use store::{CurrentPolicy, GrantDecider, PolicyNotSet, Session, SignedIn};
use uuid::Uuid;

use crate::{
    forms::{Fields, id, wrong},
    problem::Problem,
    session::{CurrentSession, Turned},
    state::AppState,
};

const CHANGED: &str =
    "Somebody set another policy after you opened this page. Look at it as it is now, and set it again.";

/// A form that sets the policy, and the policy as it is.
pub struct PolicyForm {
    state: AppState,
    session: Session,
    decider: GrantDecider,
    fields: Fields,
    current: CurrentPolicy,
    zone: Zone,
}

impl FromRequest<AppState> for PolicyForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let CurrentSession(session) =
            CurrentSession::from_request_parts(&mut parts, state).await.map_err(Problem::into_response)?;
        let decider = session.decides().map_err(|_| Problem::not_found().into_response())?;
        let fields = Form::from_request(Request::from_parts(parts, body), state).await;
        let Form(fields) = fields.map_err(IntoResponse::into_response)?;
        let current = decider.grants().policy().await.map_err(|error| Problem::from(error).into_response())?;
        let zone = match &session.signed_in {
            SignedIn::Member(member) => member.zone,
            SignedIn::Staff(staff) => staff.zone,
        };
        Ok(Self { state: state.clone(), session, decider, fields: Fields(fields), current, zone })
    }
}

impl PolicyForm {
    /// Sets the policy with one part changed. Problems of that part stand in the form, others above it.
    async fn set(
        self,
        form: &str,
        part: &str,
        change: impl FnOnce(&Fields, Zone, &mut Policy) -> Vec<FieldProblem>,
    ) -> Result<Response, Turned> {
        // What is no number is no version that there was.
        let read = self.fields.get("version").parse().unwrap_or(-1);
        let mut policy = self.current.policy.clone();
        let problems = change(&self.fields, self.zone, &mut policy);
        if !problems.is_empty() {
            return Ok(self.wrong(form, problems).await);
        }
        let problems = match self.decider.set_policy(read, policy).await? {
            Ok(_) => {
                let page = paths::with_query(paths::APPROVAL_POLICY, "done=set");
                return Ok(Redirect::to(&page).into_response());
            }
            Err(PolicyNotSet::NotFresh) => {
                return Err(Turned::ToSignInAgain { back_to: paths::APPROVAL_POLICY.to_owned() });
            }
            Err(PolicyNotSet::NotAllowed) => {
                vec![FieldProblem::new("", "Owners and approvers of your organisation set it.")]
            }
            Err(PolicyNotSet::NotFound) => return Err(Problem::not_found().into()),
            Err(PolicyNotSet::Changed) => vec![FieldProblem::new("", CHANGED)],
            Err(PolicyNotSet::Fields(problems)) => {
                problems.into_iter().map(|problem| of_field(problem, part)).collect()
            }
        };
        Ok(self.wrong(form, problems).await)
    }

    async fn wrong(self, form: &str, problems: Vec<FieldProblem>) -> Response {
        wrong(self.state, self.session, paths::APPROVAL_POLICY, form, problems, self.fields.0).await
    }
}

/// A problem of the part that a form sets, under its field's name there; another part's is the form's as a whole.
fn of_field(problem: FieldProblem, part: &str) -> FieldProblem {
    let mut names = problem.field.split('/').filter(|name| !name.is_empty() && name.parse::<usize>().is_err());
    let (of, field) = (names.next().unwrap_or_default(), names.next_back());
    let is_of_part = part.split(' ').any(|known| known == of);
    if is_of_part {
        FieldProblem::new(field.unwrap_or(of), problem.reason)
    } else {
        let part = match of {
            "rule" => "the rule",
            "by_purpose" => "a purpose’s rule",
            "sensitive" => "the resources that take a second approver",
            "quiet_hours" => "the quiet hours",
            "delegates" => "the delegates",
            "standing" => "the standing rules",
            _ => "the reporting systems",
        };
        FieldProblem::new("", format!("Nothing was set. Put {part} right first: an entry there {}.", problem.reason))
    }
}

/// The entries of a field, each in a line.
fn lines(fields: &Fields, name: &str) -> Vec<String> {
    fields.get(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn rule(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Option<Rule> {
    let mut minutes = |name: &str| {
        let minutes = fields.get(name).parse::<u32>();
        minutes.map_err(|_| problems.push(FieldProblem::new(name, "is no number of minutes"))).ok()
    };
    let (expires_after, longest) = (minutes("expires_after"), minutes("longest"));
    let approvers = Approvers::from_code(fields.get("approvers"));
    if approvers.is_none() {
        problems.push(FieldProblem::new("approvers", "is none of the choices"));
    }
    Some(Rule { approvers: approvers?, expires_after: expires_after?, longest: longest? })
}

/// Hours of the day, where both ends are given or one is.
fn window(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Option<Window> {
    if fields.get("from").is_empty() && fields.get("to").is_empty() {
        return None;
    }
    let mut clock = |name: &str| {
        let text = fields.get(name);
        let time = NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"));
        time.map_err(|_| problems.push(FieldProblem::new(name, "is no time such as 22:30"))).ok()
    };
    let (from, to) = (clock("from"), clock("to"));
    let zone = Zone::parse(fields.get("zone"));
    let zone = zone.map_err(|error| problems.push(FieldProblem::new("zone", error.to_string()))).ok();
    Some(Window { from: from?, to: to?, zone: zone? })
}

fn purpose(fields: &Fields) -> Option<Purpose> {
    Purpose::from_code(fields.get("purpose"))
}

/// `POST /portal/approvals/policy`
pub async fn set_rules(form: PolicyForm) -> Result<Response, Turned> {
    let part = "rule sensitive signature_required quiet_hours sources_without_grants";
    let change = |fields: &Fields, _: Zone, policy: &mut Policy| {
        let mut problems = Vec::new();
        if let Some(rule) = rule(fields, &mut problems) {
            policy.rule = rule;
        }
        policy.signature_required = !fields.get("signature_required").is_empty();
        policy.sensitive = lines(fields, "sensitive").iter().map(|line| ResourcePattern::new(line)).collect();
        policy.sources_without_grants = lines(fields, "sources_without_grants");
        let window = window(fields, &mut problems);
        let on_call = fields.get("on_call").parse();
        policy.quiet_hours = match (window, on_call) {
            (Some(window), Ok(on_call)) => Some(QuietHours { window, on_call }),
            (Some(_), Err(_)) => {
                problems.push(FieldProblem::new("on_call", "is missing: choose who decides in quiet hours"));
                None
            }
            (None, _) => None,
        };
        problems
    };
    form.set("rules", part, change).await
}

/// `POST /portal/approvals/policy/purposes`
pub async fn set_purpose(form: PolicyForm) -> Result<Response, Turned> {
    let change = |fields: &Fields, _: Zone, policy: &mut Policy| {
        let mut problems = Vec::new();
        let rule = rule(fields, &mut problems);
        match (purpose(fields), rule) {
            (Some(purpose), Some(rule)) => drop(policy.by_purpose.insert(purpose, rule)),
            (None, _) => problems.push(FieldProblem::new("purpose", "is none of the choices")),
            (Some(_), None) => {}
        }
        problems
    };
    form.set("purpose", "by_purpose", change).await
}

/// `POST /portal/approvals/policy/purposes/{purpose}/remove`
pub async fn remove_purpose(Path(code): Path<String>, form: PolicyForm) -> Result<Response, Turned> {
    let purpose = Purpose::from_code(&code).filter(|purpose| form.current.policy.by_purpose.contains_key(purpose));
    let purpose = purpose.ok_or_else(Problem::not_found)?;
    let change = |_: &Fields, _: Zone, policy: &mut Policy| {
        policy.by_purpose.remove(&purpose);
        Vec::new()
    };
    form.set("purpose_removed", "by_purpose", change).await
}

/// `POST /portal/approvals/policy/standing`
pub async fn add_standing(form: PolicyForm) -> Result<Response, Turned> {
    let change = |fields: &Fields, zone: Zone, policy: &mut Policy| {
        let mut problems = Vec::new();
        let mut countries = BTreeSet::new();
        let codes = fields.get("countries").split(|c: char| c == ',' || c.is_whitespace());
        for code in codes.filter(|code| !code.is_empty()) {
            match CountryCode::parse(code) {
                Some(country) => drop(countries.insert(country)),
                None => problems.push(FieldProblem::new("countries", format!("“{code}” is no code of a country"))),
            }
        }
        let until = match fields.get("until") {
            "" => None,
            text => {
                let until = zone.parse_local(text);
                if until.is_none() {
                    problems.push(FieldProblem::new("until", "is no day and time"));
                }
                until
            }
        };
        policy.standing.push(StandingRule {
            id: Uuid::new_v4(),
            approves: fields.get("approves") == "yes",
            purpose: purpose(fields),
            service: Some(fields.text("service")).filter(|service| !service.is_empty()),
            countries,
            window: window(fields, &mut problems),
            until,
            reason: fields.get("reason").replace("\r\n", "\n"),
        });
        problems
    };
    form.set("standing", "standing", change).await
}

/// `POST /portal/approvals/policy/standing/{id}/remove`
pub async fn remove_standing(Path(text): Path<String>, form: PolicyForm) -> Result<Response, Turned> {
    let rule: Uuid = id(&text)?;
    if !form.current.policy.standing.iter().any(|known| known.id == rule) {
        return Err(Problem::not_found().into());
    }
    let change = |_: &Fields, _: Zone, policy: &mut Policy| {
        policy.standing.retain(|known| known.id != rule);
        Vec::new()
    };
    form.set("standing_removed", "standing", change).await
}

/// `POST /portal/approvals/policy/delegates`
pub async fn add_delegate(form: PolicyForm) -> Result<Response, Turned> {
    let change = |fields: &Fields, zone: Zone, policy: &mut Policy| {
        let mut problems = Vec::new();
        let person = fields.get("person").parse();
        let person =
            person.map_err(|_| problems.push(FieldProblem::new("person", "is missing: choose who it is"))).ok();
        let mut moment = |name: &str| {
            let moment = zone.parse_local(fields.get(name));
            moment.ok_or_else(|| problems.push(FieldProblem::new(name, "is no day and time"))).ok()
        };
        let (from, until) = (moment("from"), moment("until"));
        if let (Some(person), Some(from), Some(until)) = (person, from, until) {
            policy.delegates.push(Delegate { person, from, until });
        }
        problems
    };
    form.set("delegate", "delegates", change).await
}

/// `POST /portal/approvals/policy/delegates/{place}/remove`
pub async fn remove_delegate(Path(text): Path<String>, form: PolicyForm) -> Result<Response, Turned> {
    let place: usize = id(&text)?;
    if place >= form.current.policy.delegates.len() {
        return Err(Problem::not_found().into());
    }
    let change = |_: &Fields, _: Zone, policy: &mut Policy| {
        policy.delegates.remove(place);
        Vec::new()
    };
    form.set("delegate_removed", "delegates", change).await
}

/// `POST /portal/approvals/keys`
pub async fn add_key(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    let decider = session.decides().map_err(|_| Problem::not_found())?;
    let fields = Fields(typed);
    let problems = match PublicKey::from_pem(fields.get("public_key")) {
        Err(_) => vec![FieldProblem::new("public_key", "is no public key in PEM, of Ed25519 or P-256")],
        Ok(key) => match decider.add_key(fields.get("name"), key).await? {
            Ok(_) => return Ok(done("key_added")),
            Err(PolicyNotSet::NotFresh) => {
                return Err(Turned::ToSignInAgain { back_to: paths::APPROVAL_POLICY.to_owned() });
            }
            Err(PolicyNotSet::Fields(problems)) => problems,
            Err(PolicyNotSet::NotAllowed | PolicyNotSet::NotFound | PolicyNotSet::Changed) => {
                return Err(Problem::not_found().into());
            }
        },
    };
    Ok(wrong(state, session, paths::APPROVAL_POLICY, "key", problems, fields.0).await)
}

/// `POST /portal/approvals/keys/{id}/remove`
pub async fn remove_key(
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let decider = session.decides().map_err(|_| Problem::not_found())?;
    let key: ApprovalKeyId = id(&text)?;
    match decider.remove_key(key).await? {
        Ok(()) => Ok(done("key_removed")),
        Err(_) => Err(Problem::not_found()),
    }
}

fn done(what: &str) -> Response {
    Redirect::to(&paths::with_query(paths::APPROVAL_POLICY, &format!("done={what}"))).into_response()
}
