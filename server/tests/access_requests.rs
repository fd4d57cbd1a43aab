//! The API by which access is asked for, decided and checked, over the whole application on both engines.

mod common;

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use common::{Answer, App, PASSWORD};
use domain::{
    MemberRole,
    grant::{GrantFile, Policy, PublicKey},
};
use ed25519_dalek::{Signer as _, SigningKey};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use server::config::Config;
use store::{Customer, Engine, GrantDecider, NewPerson, Scope};

const REQUESTS: &str = "/api/v1/access-requests";

fn request(reference: &str) -> Value {
    json!({
        "customer": "acme", "reference": reference, "accessor": "e-4711", "role": "Support engineer",
        "employer": "Nimbus Cloud", "countries": ["IE"], "justification": "Restore of a deleted folder", "minutes": 60,
        "operations": ["read", "list"], "purpose": "customer_requested_support", "resources": ["records/*"],
        "service": "Object Storage", "ticket": "T-1"
    })
}

async fn send(app: &App, method: Method, path: &str, token: &str, body: Option<&Value>) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    app.send(request.body(body.map_or_else(Body::empty, |body| body.to_string().into())).expect("a request")).await
}

async fn get(app: &App, path: &str, token: &str) -> Answer {
    send(app, Method::GET, path, token, None).await
}

async fn post(app: &App, path: &str, token: &str, body: &Value) -> Answer {
    send(app, Method::POST, path, token, Some(body)).await
}

async fn introspect(app: &App, token: &str, of: &str) -> Value {
    let request = Request::post("/api/v1/introspect")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("token", of).finish();
    let answer = app.send(request.body(body.into()).expect("a request")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    answer.json()
}

/// What a token says, where a published key signed it.
async fn verified(app: &App, token: &str) -> Value {
    let parts = token.split('.').collect::<Vec<_>>();
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).expect("base 64");
    let header: Value = serde_json::from_slice(&decode(parts[0])).expect("a header");
    let keys = app.get("/.well-known/jwks.json", "").await.json();
    let mut keys = keys["keys"].as_array().expect("keys").iter();
    let key = keys.find(|key| key["kid"] == header["kid"]).expect("the key");
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("JWT")));
    let key = UnparsedPublicKey::new(&ED25519, decode(key["x"].as_str().expect("a key")));
    let signed = format!("{}.{}", parts[0], parts[1]);
    key.verify(signed.as_bytes(), &decode(parts[2])).expect("a signature");
    serde_json::from_slice(&decode(parts[1])).expect("claims")
}

async fn member(app: &App, customer: &Customer, name: &str, role: MemberRole) -> GrantDecider {
    let operator = app.test.store.operator();
    let email = format!("{}@{}.example", name.to_lowercase(), customer.name);
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    let id = operator.create_member(customer, person, role).await.expect("a person");
    operator.grants_of(customer, id, role, name)
}

fn at(path: &str, id: &Value) -> String {
    format!("{REQUESTS}/{}{path}", id.as_str().expect("an id"))
}

async fn access_is_asked_for_decided_and_checked(engine: Engine) {
    let app = App::on(engine, Config::default()).await;
    let acme = app.test.customer("acme").await;
    let zeta = app.test.customer("zeta").await;
    let ada = member(&app, &acme, "Ada", MemberRole::Owner).await;
    ada.set_policy(0, Policy { signature_required: true, ..Policy::default() })
        .await
        .expect("an answer")
        .expect("a policy");
    let bastion = app.token(None, Scope::AccessRequestsWrite).await;
    let siem = app.token(Some(&acme), Scope::AccessDecisionsWrite).await;
    let others = app.token(Some(&zeta), Scope::AccessDecisionsWrite).await;

    // Asked once, however often it is sent.
    let asked = post(&app, REQUESTS, &bastion, &request("r-1")).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text());
    let asked = asked.json();
    assert_eq!((&asked["status"], &asked["revision"]), (&json!("waiting"), &json!(1)));
    assert!(asked["token"].is_null() && asked["statement"].is_null());
    let again = post(&app, REQUESTS, &bastion, &request("r-1")).await;
    assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &asked["id"]));
    let mut other = request("r-1");
    other["minutes"] = json!(30);
    let conflict = post(&app, REQUESTS, &bastion, &other).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.json()["type"].as_str().expect("a type").ends_with("#access-request-conflict"));
    let mut wrong = request("");
    wrong["customer"] = json!("nobody");
    wrong["minutes"] = json!(0);
    let wrong = post(&app, REQUESTS, &bastion, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers = wrong.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["pointer"].clone())
        .collect::<Vec<_>>();
    for field in ["/customer", "/minutes", "/reference"] {
        assert!(pointers.contains(&json!(field)), "{pointers:?}");
    }

    // Each side sees what is its own.
    let one = at("", &asked["id"]);
    assert_eq!(get(&app, &one, &others).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&app, REQUESTS, &others).await.json()["access_requests"], json!([]));
    assert_eq!(get(&app, REQUESTS, &siem).await.json()["access_requests"][0]["id"], asked["id"]);
    assert_eq!(get(&app, REQUESTS, &bastion).await.json()["access_requests"][0]["customer"], json!("acme"));
    for (path, token) in [("/withdraw", &siem), ("/end", &siem), ("/answer", &siem), ("/decision", &bastion)] {
        let refused = post(&app, &at(path, &asked["id"]), token, &json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let records = app.token(Some(&acme), Scope::AccessEventsRead).await;
    assert_eq!(get(&app, &one, &records).await.status, StatusCode::FORBIDDEN);

    // Asked back, which whoever waits is told, and answered.
    let decision = at("/decision", &asked["id"]);
    let (told, question) = tokio::join!(
        async {
            let begun = Instant::now();
            let told = get(&app, &format!("{one}?wait=20"), &bastion).await.json();
            (told, begun.elapsed())
        },
        async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            post(&app, &decision, &siem, &json!({"decision": "ask", "question": "Which folder?"})).await
        }
    );
    assert_eq!(question.status, StatusCode::OK, "{}", question.text());
    assert_eq!((&told.0["question"], &told.0["revision"]), (&json!("Which folder?"), &json!(2)));
    assert!(told.1 < Duration::from_secs(10), "{:?}", told.1);
    let known = Instant::now();
    let nothing = get(&app, &format!("{one}?wait=1&revision=2"), &bastion).await.json();
    assert!(known.elapsed() >= Duration::from_secs(1) && nothing["revision"] == 2);
    assert_eq!(get(&app, &format!("{one}?wait=20&revision=1"), &bastion).await.json()["revision"], 2);
    let answered = post(&app, &at("/answer", &asked["id"]), &bastion, &json!({"answer": "Invoices"})).await;
    assert_eq!(answered.json()["question"], Value::Null);

    // Approved with a key of somebody who decides, and with no other.
    let waiting = get(&app, &one, &siem).await.json();
    let statement = waiting["statement"].as_str().expect("a statement").to_owned();
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = PublicKey::Ed25519(key.verifying_key().to_bytes().to_vec());
    let key_id = ada.add_key("HSM", public).await.expect("an answer").expect("a key");
    let approve = |key_id: &str, signature: &[u8]| json!({"decision": "approve", "key_id": key_id, "signature": hex(signature), "revision": waiting["revision"]});
    let signature = key.sign(statement.as_bytes()).to_bytes();
    let nobodys =
        post(&app, &decision, &siem, &approve(&domain::ApprovalKeyId(uuid::Uuid::nil()).to_string(), &signature)).await;
    assert_eq!(nobodys.json()["errors"][0]["pointer"], json!("/key_id"));
    let wrong = post(&app, &decision, &siem, &approve(&key_id.to_string(), &key.sign(b"other").to_bytes())).await;
    assert_eq!(
        (wrong.status, &wrong.json()["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/signature"))
    );
    let mut stale = approve(&key_id.to_string(), &signature);
    stale["revision"] = json!(1);
    assert_eq!(post(&app, &decision, &siem, &stale).await.status, StatusCode::CONFLICT);
    let less = json!({"countries": ["IE"], "minutes": 30, "operations": ["read"], "resources": ["records/7"]});
    let mut of_less = approve(&key_id.to_string(), &signature);
    of_less["extent"] = less.clone();
    assert_eq!(post(&app, &decision, &siem, &of_less).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut text: Value = serde_json::from_str(&statement).expect("JSON");
    text["extent"] = less;
    of_less["signature"] = json!(hex(&key.sign(text.to_string().as_bytes()).to_bytes()));
    let approved = post(&app, &decision, &siem, &of_less).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.text());
    let approved = approved.json();
    let file = json!({"grant": approved["id"], "customer": acme.id, "register": approved["register"]});
    let file: GrantFile = serde_json::from_value(file).expect("a file that verify-approval reads");
    assert!(file.open().expect("a register that verifies").granted().is_some());

    // The token says so, to whoever has the published keys, for five minutes at most.
    let granted = get(&app, &format!("{one}?wait=20"), &bastion).await;
    assert_eq!(granted.header("cache-control"), "no-store");
    let granted = granted.json();
    assert_eq!((&granted["status"], &granted["granted"]["extent"]["minutes"]), (&json!("granted"), &json!(30)));
    let token = granted["token"].as_str().expect("a token").to_owned();
    let now = app.test.store.now();
    let seconds = now.utc().timestamp();
    let claims = verified(&app, &token).await;
    let address = app.state.config.public_url().expect("an address");
    let issuer = address.as_str().trim_end_matches('/');
    assert_eq!(
        claims,
        json!({
            "iss": issuer, "sub": "e-4711", "jti": asked["id"],
            "iat": seconds, "exp": seconds + 300, "customer": "acme", "aud": "Object Storage",
            "resources": ["records/7"], "operations": ["read"], "countries": ["IE"],
            "purpose": "customer_requested_support", "ticket": "T-1"
        })
    );
    let mut active = claims.clone();
    active["active"] = json!(true);
    assert_eq!(introspect(&app, &bastion, &token).await, active);
    let (signed, _) = token.rsplit_once('.').expect("a signature");
    let forged = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode([1; 64]));
    let none =
        token.split('.').nth(1).map(|claims| format!("eyJhbGciOiJub25lIiwia2lkIjoiIiwidHlwIjoiSldUIn0.{claims}."));
    for bad in [forged, none.expect("claims"), "x".to_owned(), String::new()] {
        assert_eq!(introspect(&app, &bastion, &bad).await, json!({"active": false}), "{bad}");
    }

    // Near its end a token ends with its grant.
    app.later(TimeDelta::minutes(28));
    let late = get(&app, &one, &bastion).await.json();
    let late = verified(&app, late["token"].as_str().expect("a token")).await;
    assert_eq!(late["exp"], json!(seconds + 30 * 60));
    assert_eq!(introspect(&app, &bastion, &token).await, json!({"active": false}), "its own time is over");

    // Revoked, it is active no more.
    let fresh = get(&app, &one, &bastion).await.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(introspect(&app, &bastion, &fresh).await["active"], json!(true));
    let revoked = post(&app, &decision, &siem, &json!({"decision": "revoke", "reason": "Enough"})).await.json();
    assert_eq!(revoked["status"], json!("revoked"));
    assert_eq!(introspect(&app, &bastion, &fresh).await, json!({"active": false}));
    assert!(get(&app, &one, &bastion).await.json()["token"].is_null());

    // Ended by the provider, by its ticket; withdrawn; over by the clock.
    let free = Policy {
        rule: domain::grant::Rule { approvers: domain::grant::Approvers::Nobody, ..Policy::default().rule },
        ..Policy::default()
    };
    ada.set_policy(1, free).await.expect("an answer").expect("a policy");
    let open = post(&app, REQUESTS, &bastion, &request("r-2")).await.json();
    let token = open["token"].as_str().expect("granted with the asking").to_owned();
    let ended = post(&app, &at("/end", &open["id"]), &bastion, &json!({"how": "ticket_closed"})).await;
    assert_eq!(ended.json()["status"], json!("ended"), "{}", ended.text());
    assert_eq!(introspect(&app, &bastion, &token).await, json!({"active": false}));
    let late = post(&app, &at("/withdraw", &open["id"]), &bastion, &json!({"reason": "Never mind"})).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let mut short = request("r-3");
    short["minutes"] = json!(1);
    let short = post(&app, REQUESTS, &bastion, &short).await.json();
    let token = short["token"].as_str().expect("a token").to_owned();
    app.later(TimeDelta::seconds(59));
    assert_eq!(introspect(&app, &bastion, &token).await["active"], json!(true));
    app.later(TimeDelta::seconds(1));
    assert_eq!(introspect(&app, &bastion, &token).await, json!({"active": false}));
    ada.set_policy(2, Policy::default()).await.expect("an answer").expect("a policy");
    let unwanted = post(&app, REQUESTS, &bastion, &request("r-4")).await.json();
    let nothing = post(&app, &at("/withdraw", &unwanted["id"]), &bastion, &json!({"reason": " "})).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let withdrawn = post(&app, &at("/withdraw", &unwanted["id"]), &bastion, &json!({"reason": "Solved"})).await;
    assert_eq!(withdrawn.json()["status"], json!("withdrawn"));

    // What the API's description names is what it answers.
    let document = app.get("/api/openapi.json", "").await.json();
    let documented = document["components"]["schemas"]["AccessRequestItem"]["properties"].as_object().expect("fields");
    for item in [&waiting, &granted, &question.json()] {
        for field in item.as_object().expect("an object").keys() {
            assert!(documented.contains_key(field), "{field}");
        }
    }
    app.test.remove().await;
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_asked_for_decided_and_checked_on_sqlite() {
    access_is_asked_for_decided_and_checked(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_asked_for_decided_and_checked_on_postgres() {
    access_is_asked_for_decided_and_checked(Engine::Postgres).await;
}
