//! What the server hands to a page: the store, whoever is asking, and the request.

use domain::Zone;
use leptos::prelude::*;
use store::{Member, SignedIn, Staff, Store};

/// Whoever asked for a page. The server decided it before rendering began; a page that is only for members or staff
/// is never rendered for anyone else.
#[derive(Clone)]
pub enum Viewer {
    Public,
    SignedIn(SignedIn),
}

/// Everything a page may use. The server provides one for each request.
#[derive(Clone)]
pub struct PageContext {
    pub store: Store,
    pub viewer: Viewer,
    /// The query string, without its question mark.
    pub query: String,
    /// The provider's name.
    pub provider: String,
    pub options: LeptosOptions,
    /// The API's description, for the page that documents it.
    pub openapi: std::sync::Arc<utoipa::openapi::OpenApi>,
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

    /// In which zone the viewer reads times: UTC for the public, whose pages are the same for all.
    pub fn zone(&self) -> Zone {
        match &self.viewer {
            Viewer::SignedIn(SignedIn::Member(member)) => member.zone,
            Viewer::SignedIn(SignedIn::Staff(staff)) => staff.zone,
            Viewer::Public => Zone::UTC,
        }
    }

    /// The member who asked.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for anyone else: the server doesn't let them here, and this page doesn't either.
    pub fn member(&self) -> Result<Member, PageError> {
        match &self.viewer {
            Viewer::SignedIn(SignedIn::Member(member)) => Ok(member.clone()),
            _ => Err(PageError::NotFound),
        }
    }

    /// The member of staff who asked.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for anyone else.
    pub fn staff(&self) -> Result<Staff, PageError> {
        match &self.viewer {
            Viewer::SignedIn(SignedIn::Staff(staff)) => Ok(staff.clone()),
            _ => Err(PageError::NotFound),
        }
    }
}
