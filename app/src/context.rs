//! What the server hands to a page: the store, whoever is asking, and the request.

use domain::{FieldProblem, Role, Zone, inquiry::AnswerPromise};
use leptos::prelude::*;
use store::{Member, Roster, Session, SignedIn, Staff, Store};

/// Everything a page may use. The server provides one for each request.
#[derive(Clone)]
pub struct PageContext {
    pub store: Store,
    /// The session of who asked, for whom the server opened this page; nobody's for the public.
    pub session: Option<Session>,
    /// What the form that was just sent is answered with.
    pub answer: FormAnswer,
    /// How many notices wait for the member who asked; none for anyone else.
    pub notices_waiting: i64,
    /// How many inquiries wait for whoever asked: answers that nobody of the member's organisation has read, or what
    /// customers wait for from the provider's people who answer them.
    pub inquiries_waiting: i64,
    /// How many requests for access wait for the member who asked; none for anyone else.
    pub approvals_waiting: i64,
    /// Within what time the provider promises to answer inquiries.
    pub answer_promise: AnswerPromise,
    /// Where people reach the portal, without a slash at its end.
    pub public_url: String,
    /// The query string, without its question mark.
    pub query: String,
    /// The provider's name.
    pub provider: String,
    pub options: LeptosOptions,
    /// The API's description, for the page that documents it.
    pub openapi: std::sync::Arc<utoipa::openapi::OpenApi>,
}

/// What a form that was just sent is answered with, on the page that it stands on.
#[derive(Clone, Debug, Default)]
pub struct FormAnswer {
    /// The form, where a page has several.
    pub form: String,
    pub problems: Vec<FieldProblem>,
    /// What was typed, to be corrected. Never a secret.
    pub typed: Vec<(String, String)>,
    /// What is shown this once.
    pub shown: Option<ShownOnce>,
}

/// Something that the page shows once and nobody can show again.
#[derive(Clone, Debug)]
pub enum ShownOnce {
    RecoveryCodes(Vec<String>),
    Token {
        name: String,
        token: String,
    },
    WebhookSecret {
        name: String,
        secret: String,
    },
    Link {
        email: String,
        address: String,
        /// Whether it is mailed to this address too.
        mailed: bool,
    },
    /// Where sign-in goes on: an identity provider, by the name of its host. A form may not lead elsewhere by itself
    /// (CSP, `form-action`), so the page does.
    Provider {
        host: String,
        address: String,
    },
    /// What trying a connection out found.
    Findings(Vec<(FindingKind, String)>),
}

/// What came of one thing that was tried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    Good,
    /// It can't be told beforehand.
    Doubtful,
    Wrong,
}

impl FormAnswer {
    /// What a form is called that a page has once for each of several things.
    pub fn of_one(form: &str, id: impl std::fmt::Display) -> String {
        format!("{form}-{id}")
    }

    /// Whether it is this form that was sent.
    pub fn is_of(&self, form: &str) -> bool {
        self.form == form
    }

    /// What was typed into a field of this form.
    pub fn typed(&self, form: &str, field: &str) -> Option<String> {
        let typed = self.typed.iter().filter(|_| self.is_of(form));
        typed.into_iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
    }

    /// What is wrong with a field of this form; the empty name is the form itself.
    pub fn problem(&self, form: &str, field: &str) -> Option<String> {
        let problems = self.problems.iter().filter(|_| self.is_of(form));
        problems.into_iter().find(|problem| problem.field == field).map(|problem| problem.reason.clone())
    }
}

/// What kept a page from being made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("there is nothing here that this viewer may see")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

impl PageContext {
    /// This request's context.
    ///
    /// # Panics
    /// Outside a page: the server provides it to every page.
    pub fn current() -> Self {
        expect_context()
    }

    /// Whoever asked, if they are signed in.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.session.as_ref().map(|session| &session.signed_in)
    }

    /// In which zone the viewer reads times: UTC for the public, whose pages are the same for all.
    pub fn zone(&self) -> Zone {
        match self.signed_in() {
            Some(SignedIn::Member(member)) => member.zone,
            Some(SignedIn::Staff(staff)) => staff.zone,
            None => Zone::UTC,
        }
    }

    /// The member who asked.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for anyone else: the server doesn't let them here, and this page doesn't either.
    pub fn member(&self) -> Result<Member, PageError> {
        match self.signed_in() {
            Some(SignedIn::Member(member)) => Ok(member.as_ref().clone()),
            _ => Err(PageError::NotFound),
        }
    }

    /// The session of who asked.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for the public.
    pub fn session(&self) -> Result<Session, PageError> {
        self.session.clone().ok_or(PageError::NotFound)
    }

    /// The people, tokens and trail of the organisation that whoever asked belongs to, and their role there.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for the public.
    pub fn organisation(&self) -> Result<(Roster, Role), PageError> {
        let signed_in = self.signed_in().ok_or(PageError::NotFound)?;
        let roster = match signed_in {
            SignedIn::Member(member) => &member.roster,
            SignedIn::Staff(staff) => &staff.roster,
        };
        Ok((roster.clone(), signed_in.role()))
    }

    /// The member of staff who asked.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for anyone else.
    pub fn staff(&self) -> Result<Staff, PageError> {
        match self.signed_in() {
            Some(SignedIn::Staff(staff)) => Ok(staff.clone()),
            _ => Err(PageError::NotFound),
        }
    }
}
