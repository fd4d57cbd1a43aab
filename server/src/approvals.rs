//! What a customer decides about access to its data: approving so much of a request, denying, asking, revoking.

use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::GrantId;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::GrantDecider;
use webauthn_rs::prelude::PublicKeyCredential;
use webauthn_rs_proto::PublicKeyCredentialRequestOptions;

use crate::{
    export::download,
    forms::id,
    grant_form::GrantForm,
    passkeys::{Body, Onward},
    problem::Problem,
    session::{CurrentMember, CurrentSession, Turned, when_fresh},
    state::AppState,
};

fn decider(form: &GrantForm) -> Result<GrantDecider, Problem> {
    form.session.decides().map_err(|_| Problem::not_found())
}

/// `POST /portal/approvals/{id}/approve`
pub async fn approve(form: GrantForm) -> Result<Response, Turned> {
    let decider = decider(&form)?;
    if decider.grants().grant(form.grant).await?.is_none() {
        return Err(Problem::not_found().into());
    }
    let extent = match form.extent() {
        Ok(extent) => extent,
        Err(problem) => return Ok(form.wrong(problem).await),
    };
    let done = decider.approve(form.grant, form.revision(), extent, None).await;
    form.answer(done).await
}

/// What a script sends: the form as it is filled in, and what the passkey answered.
#[derive(Deserialize)]
pub struct Signing {
    form: String,
    credential: Option<PublicKeyCredential>,
}

/// `POST /portal/approvals/{id}/sign/start`: what the browser asks a passkey of whoever approves to sign.
pub async fn start_signing(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(grant): Path<String>,
    Body(Signing { form, .. }): Body<Signing>,
) -> Result<Json<PublicKeyCredentialRequestOptions>, Turned> {
    let form = GrantForm::scripted(state, session, &grant, "approve", &form)?;
    let known = when_fresh(form.session.factors(), &form.page_as_left())?.credential_ids().await?;
    if known.is_empty() {
        return Err(Problem::not_approved("You have no passkey yet. Add one to your account, and come back.").into());
    }
    let grant = decider(&form)?.grants().grant(form.grant).await?.ok_or_else(Problem::not_found)?;
    let extent = form.extent().map_err(|problem| Problem::not_approved(&problem.reason))?;
    let statement = grant.state.facts().statement(&extent).map_err(|error| Problem::internal(&error))?;
    let known = known.into_iter().map(|id| id.to_vec()).collect();
    Ok(Json(form.state.passkeys.to_sign(Sha256::digest(&statement).into(), known)))
}

/// `POST /portal/approvals/{id}/sign`: approves, signed with the passkey's answer.
pub async fn sign(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(grant): Path<String>,
    Body(Signing { form, credential }): Body<Signing>,
) -> Result<Json<Onward>, Turned> {
    let form = GrantForm::scripted(state, session, &grant, "approve", &form)?;
    let decider = decider(&form)?;
    let extent = form.extent().map_err(|problem| Problem::not_approved(&problem.reason))?;
    let credential = credential.ok_or_else(Problem::passkey_refused)?;
    let owner = form.state.store.passkey(&credential.raw_id).await?.ok_or_else(Problem::passkey_refused)?;
    let signature = form.state.passkeys.signature(&credential, &owner.credential);
    let signature =
        signature.map_err(|error| Problem::not_approved(&format!("The signature is not taken: {error}.")))?;
    let done = decider.approve(form.grant, form.revision(), extent, Some(signature)).await;
    match form.outcome(done)? {
        Ok(location) => Ok(Json(Onward { location })),
        Err(sentence) => Err(Problem::not_approved(&sentence).into()),
    }
}

/// `POST /portal/approvals/{id}/deny`
pub async fn deny(form: GrantForm) -> Result<Response, Turned> {
    let done = decider(&form)?.deny(form.grant, form.revision(), &form.words("reason")).await;
    form.answer(done).await
}

/// `POST /portal/approvals/{id}/ask`
pub async fn ask(form: GrantForm) -> Result<Response, Turned> {
    let done = decider(&form)?.ask(form.grant, form.revision(), &form.words("question")).await;
    form.answer(done).await
}

/// `POST /portal/approvals/{id}/revoke`
pub async fn revoke(form: GrantForm) -> Result<Response, Turned> {
    let done = decider(&form)?.revoke(form.grant, form.revision(), &form.words("reason")).await;
    form.answer(done).await
}

/// `POST /portal/approvals/{id}/review`
pub async fn review(form: GrantForm) -> Result<Response, Turned> {
    let justified = form.fields.get("justified") == "yes";
    let done = decider(&form)?.review(form.grant, form.revision(), justified, &form.words("reason")).await;
    form.answer(done).await
}

/// `GET /portal/approvals/{id}/grant.json`: the grant with its register, as `server verify-approval` reads it.
pub async fn file(CurrentMember(member): CurrentMember, Path(text): Path<String>) -> Result<Response, Problem> {
    let grant: GrantId = id(&text)?;
    let grant = member.grants.grant(grant).await?.ok_or_else(Problem::not_found)?;
    let file = serde_json::to_vec_pretty(&grant.state.file()).map_err(|error| Problem::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok(download((headers, file).into_response(), "grant.json"))
}
