//! `GET /portal/access/live`: server-sent events that tell an open page of new accesses.

use std::{convert::Infallible, time::Duration};

use app::islands::live_accesses;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::filter::AccessView;
use futures::{Stream, stream};
use store::{AccessChange, Client, CustomerAccess, Session, SignedIn};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    problem::Problem,
    session::{CurrentMember, SessionSecret},
    state::AppState,
};

/// Accesses shown one by one; of more at once only the number is told.
const MOST_SHOWN: i64 = 25;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follows the record from where the page left off (`since`), with the page's own filters. It ends with the session.
pub async fn follow(
    State(state): State<AppState>,
    CurrentMember(member): CurrentMember,
    secret: SessionSecret,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (view, problems) = AccessView::from_query(&query);
    if !problems.is_empty() {
        return Err(Problem::invalid_query(problems));
    }
    // A browser that connects again says what it was told last (HTML, section 9.2.4).
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let since = query.split('&').find_map(|pair| pair.strip_prefix("since="));
    let since = last.or(since).and_then(|since| since.parse().ok());
    let next = match since {
        Some(since) => since,
        None => member.records.size().await?,
    };
    let changes = state.changes.subscribe();
    let follower = Follower { state, records: member.records, secret, view, next, changes, first: true };
    let events = stream::unfold(follower, Follower::next_event);
    Ok(Sse::new(unfailing(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn unfailing(events: impl Stream<Item = Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::StreamExt::map(events, Ok)
}

struct Follower {
    state: AppState,
    records: CustomerAccess,
    secret: SessionSecret,
    view: AccessView,
    /// The first place that the page has not been told of.
    next: i64,
    changes: tokio::sync::broadcast::Receiver<AccessChange>,
    first: bool,
}

/// What there is to tell an open page.
enum Seen {
    Nothing,
    New(String),
    /// Its session has ended, or opens the record no more.
    NoLonger,
}

impl Follower {
    /// Waits for an access that the page shows. `None` ends the stream: the browser asks again by itself, and is then
    /// told whether it still may.
    async fn next_event(mut self) -> Option<(Event, Self)> {
        let mut stopping = self.state.stopping.clone();
        loop {
            if std::mem::take(&mut self.first) {
                // What was stored while the page was on its way.
            } else {
                let change = tokio::select! {
                    change = self.changes.recv() => change,
                    _ = stopping.wait_for(|stopping| *stopping) => return None,
                };
                match change {
                    Ok(AccessChange::For(customer)) if customer != self.records.customer().id => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
            match self.look().await {
                Ok(Seen::New(message)) => {
                    let event = Event::default().event("accesses").id(self.next.to_string()).data(message);
                    return Some((event, self));
                }
                Ok(Seen::Nothing) => {}
                Ok(Seen::NoLonger) => return None,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the live view broke off");
                    return None;
                }
            }
        }
    }

    async fn look(&mut self) -> Result<Seen, store::StoreError> {
        let size = self.records.size().await?;
        if size <= self.next {
            return Ok(Seen::Nothing);
        }
        // Whoever was signed out or removed meanwhile is told nothing more.
        let session = self.state.store.unused_session(&self.secret.0, &Client::default()).await?;
        let zone = match session.filter(Session::is_open).map(|session| session.signed_in) {
            Some(SignedIn::Member(member)) if member.records.customer() == self.records.customer() => member.zone,
            _ => return Ok(Seen::NoLonger),
        };
        let mut found = self.records.recorded_since(self.next, &self.view.filter, MOST_SHOWN + 1).await?;
        self.next = size;
        let more = found.len() as i64 > MOST_SHOWN;
        found.truncate(MOST_SHOWN as usize);
        found.reverse();
        if found.is_empty() {
            return Ok(Seen::Nothing);
        }
        Ok(Seen::New(live_accesses::message(&found, more, zone)))
    }
}
