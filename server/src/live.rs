//! Server-sent events that tell an open page what is new: `GET /portal/access/live` of accesses and of requests for access
//! that wait, `GET /portal/approvals/live` of requests.

use std::{convert::Infallible, time::Duration};

use app::islands::{live::requests_message, live_accesses};
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{
    CustomerId,
    filter::{AccessFilter, AccessView},
};
use futures::{StreamExt, stream};
use store::{AccessChange, Client, CustomerAccess, CustomerGrants, GrantCounts, Member, Session, SignedIn};
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
pub async fn follow_record(
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
    let since = last.and_then(|last| last.parse().ok()).or(number(&query, "since"));
    let next = match since {
        Some(since) => since,
        None => member.records.size().await?,
    };
    let record = Record { records: member.records.clone(), filter: view.filter, next };
    follow(state, member, secret, &query, Some(record)).await
}

/// Follows the requests for access from those that the page shows (`asked` in all, of which `waiting` wait). It ends with
/// the session.
pub async fn follow_requests(
    State(state): State<AppState>,
    CurrentMember(member): CurrentMember,
    secret: SessionSecret,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    follow(state, member, secret, &query.unwrap_or_default(), None).await
}

async fn follow(
    state: AppState,
    member: Member,
    secret: SessionSecret,
    query: &str,
    record: Option<Record>,
) -> Result<Response, Problem> {
    let changes = state.changes.subscribe();
    let now = member.grants.counts().await?;
    let shown = GrantCounts {
        asked: number(query, "asked").unwrap_or(now.asked),
        waiting: number(query, "waiting").unwrap_or(now.waiting),
    };
    let customer = member.records.customer().id;
    let requests = Requests { grants: member.grants, asked: shown.asked, told: shown };
    let follower = Follower { state, customer, record, requests, secret, changes, first: true };
    let events = stream::unfold(follower, Follower::next_events).flat_map(stream::iter).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn number(query: &str, name: &str) -> Option<i64> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

struct Follower {
    state: AppState,
    customer: CustomerId,
    /// What the page shows of the record, if it does.
    record: Option<Record>,
    requests: Requests,
    secret: SessionSecret,
    changes: tokio::sync::broadcast::Receiver<AccessChange>,
    first: bool,
}

struct Record {
    records: CustomerAccess,
    filter: AccessFilter,
    /// The first place that the page has not been told of.
    next: i64,
}

struct Requests {
    grants: CustomerGrants,
    /// How many there were when the page was made.
    asked: i64,
    told: GrantCounts,
}

impl Follower {
    /// Waits for something that the page shows. `None` ends the stream: the browser asks again by itself, and is then
    /// told whether it still may.
    async fn next_events(mut self) -> Option<(Vec<Event>, Self)> {
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
                    Ok(AccessChange::For(customer)) if customer != self.customer => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
            match self.look().await {
                Ok(Some(events)) if events.is_empty() => {}
                Ok(Some(events)) => return Some((events, self)),
                Ok(None) => return None,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the live view broke off");
                    return None;
                }
            }
        }
    }

    /// What there is to tell. `None` where the session has ended, or opens these pages no more.
    async fn look(&mut self) -> Result<Option<Vec<Event>>, store::StoreError> {
        let counts = self.requests.grants.counts().await?;
        let size = match &self.record {
            Some(record) => Some(record.records.size().await?).filter(|size| *size > record.next),
            None => None,
        };
        if size.is_none() && counts == self.requests.told {
            return Ok(Some(Vec::new()));
        }
        // Whoever was signed out or removed meanwhile is told nothing more.
        let session = self.state.store.unused_session(&self.secret.0, &Client::default()).await?;
        let zone = match session.filter(Session::is_open).map(|session| session.signed_in) {
            Some(SignedIn::Member(member)) if member.records.customer().id == self.customer => member.zone,
            _ => return Ok(None),
        };
        let mut events = Vec::new();
        if counts != self.requests.told {
            self.requests.told = counts;
            let message = requests_message(counts.asked - self.requests.asked, counts.waiting);
            events.push(Event::default().event("requests").data(message));
        }
        if let (Some(record), Some(size)) = (&mut self.record, size) {
            let mut found = record.records.recorded_since(record.next, &record.filter, MOST_SHOWN + 1).await?;
            record.next = size;
            let more = found.len() as i64 > MOST_SHOWN;
            found.truncate(MOST_SHOWN as usize);
            found.reverse();
            if !found.is_empty() {
                let message = live_accesses::message(&found, more, zone);
                events.push(Event::default().event("accesses").id(size.to_string()).data(message));
            }
        }
        Ok(Some(events))
    }
}
