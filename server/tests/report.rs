//! `POST /api/v1/access-events`, as a provider's system calls it.

mod common;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use common::{App, event};
use server::config::Config;
use store::{Engine, Scope};

const JSON: &str = "application/json";

async fn app() -> (App, String) {
    let app = App::open().await;
    app.test.customer("acme").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    (app, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_gets_its_receipt_and_the_same_again_the_same() {
    let (app, token) = app().await;
    let body = event("a", "acme").to_string();
    let first = app.report(&token, JSON, body.clone()).await;
    assert_eq!(first.status, StatusCode::OK);
    let receipt = first.json()["results"][0]["receipt"].clone();
    assert_eq!(receipt["sequence"], 0);
    assert_eq!(receipt["leaf_hash"].as_str().unwrap().len(), 64);
    let again = app.report(&token, JSON, body).await.json();
    assert_eq!((&again["stored"], &again["repeated"]), (&0.into(), &1.into()));
    assert_eq!(again["results"][0]["receipt"], receipt);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_array_and_lines_store_what_is_good_and_name_what_is_not() {
    let (app, token) = app().await;
    let mut bad = event("b", "acme");
    bad["purpose"] = "advertising".into();
    let array = serde_json::json!([event("a", "acme"), bad.clone(), event("c", "nobody")]);
    let answer = app.report(&token, JSON, array.to_string()).await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    let answer = answer.json();
    assert_eq!(answer["results"][0]["outcome"], "stored");
    let problem = &answer["results"][1]["problem"];
    assert_eq!((problem["status"].as_u64(), &problem["errors"][0]["pointer"]), (Some(422), &"/purpose".into()));
    assert_eq!(answer["results"][2]["problem"]["errors"][0]["pointer"], "/customer");

    let lines = format!("{}\n{{broken\n\n{}\n", event("d", "acme"), bad);
    let answer = app.report(&token, "application/x-ndjson", lines).await.json();
    assert_eq!((&answer["stored"], &answer["refused"]), (&1.into(), &2.into()));
    assert_eq!((&answer["results"][1]["position"], &answer["results"][1]["line"]), (&2.into(), &2.into()));
    assert_eq!((&answer["results"][2]["position"], &answer["results"][2]["line"]), (&3.into(), &4.into()));
    assert_eq!(answer["results"][2]["event_id"], "b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_event_is_answered_as_problem_details() {
    let (app, token) = app().await;
    let mut bad = event("a", "acme");
    bad["justification"] = "".into();
    bad["accessor"]["office_country"] = "Ireland".into();
    let answer = app.report(&token, JSON, bad.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    insta::assert_json_snapshot!(answer.json(), @r##"
    {
      "detail": "The event breaks a rule and was not stored. Correct the fields named and send it again.",
      "errors": [
        {
          "detail": "`Ireland` is neither an ISO 3166-1 alpha-2 country code nor a continent code (AFR, ANT, ASI, EUR, NAM, OCE, SAM) nor `not_stated`",
          "pointer": "/accessor/office_country"
        },
        {
          "detail": "is blank",
          "pointer": "/justification"
        }
      ],
      "status": 422,
      "title": "Event not valid",
      "type": "/api/docs#invalid-event"
    }
    "##);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_content_under_the_same_id_is_a_conflict() {
    let (app, token) = app().await;
    app.report(&token, JSON, event("a", "acme").to_string()).await;
    let mut other = event("a", "acme");
    other["justification"] = "Another reason".into();
    let answer = app.report(&token, JSON, other.to_string()).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.json()["type"], "/api/docs#conflict");
}

fn cloudevent(id: &str) -> serde_json::Value {
    let mut data = event(id, "acme");
    for field in ["id", "customer", "started_at"] {
        data.as_object_mut().expect("an object").remove(field);
    }
    serde_json::json!({"specversion": "1.0", "id": id, "source": "https://bastion.example", "type": "vitrine.access.v1",
                       "subject": "acme", "time": "2026-02-01T11:00:00Z", "data": data})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cloudevents_come_alone_in_batches_and_in_headers() {
    let (app, token) = app().await;
    let one = app.report(&token, "application/cloudevents+json", cloudevent("a").to_string()).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.text());
    let batch = serde_json::json!([cloudevent("b"), cloudevent("a")]).to_string();
    let batch = app.report(&token, "application/cloudevents-batch+json; charset=utf-8", batch).await.json();
    assert_eq!((&batch["stored"], &batch["repeated"]), (&1.into(), &1.into()));
    let request = axum::http::Request::post("/api/v1/access-events")
        .header("authorization", format!("bearer {token}"))
        .header("content-type", "application/json")
        .header("ce-specversion", "1.0")
        .header("ce-id", "a")
        .header("ce-source", "https://bastion.example")
        .header("ce-type", "vitrine.access.v1")
        .header("ce-subject", "acme")
        .header("ce-time", "2026-02-01T11:00:00Z")
        .body(cloudevent("a")["data"].to_string().into());
    let binary = app.send(request.unwrap()).await.json();
    assert_eq!(binary["repeated"], 1, "{binary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_wrong_token_is_401_and_one_of_another_scope_403() {
    let (app, token) = app().await;
    let acme = app.test.store.operator().customer("acme").await.unwrap().unwrap();
    let body = || event("a", "acme").to_string();
    let wrong = app.report("vitrine_wrong", JSON, body()).await;
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
    let request = axum::http::Request::post("/api/v1/access-events").header("content-type", JSON).body(body().into());
    assert_eq!(app.send(request.unwrap()).await.status, StatusCode::UNAUTHORIZED);
    let reader = app.token(Some(&acme), Scope::AccessEventsRead).await;
    assert_eq!(app.report(&reader, JSON, body()).await.status, StatusCode::FORBIDDEN);
    let request = |token: &str| {
        axum::http::Request::get("/api/v1/access-events")
            .header("authorization", format!("Bearer {token}"))
            .body("".into())
            .unwrap()
    };
    assert_eq!(app.send(request(&token)).await.status, StatusCode::FORBIDDEN);
    app.report(&token, JSON, body()).await;
    let read = app.send(request(&reader)).await;
    assert_eq!((read.status, read.text().lines().count()), (StatusCode::OK, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_the_limit_is_413_announced_or_not() {
    let app = App::on(Engine::Sqlite, Config { body_limit: 1_000, ..Config::default() }).await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let long = "x".repeat(2_000);
    let announced = app.report(&token, JSON, long.clone()).await;
    assert_eq!(
        (announced.status, announced.header("content-type")),
        (StatusCode::PAYLOAD_TOO_LARGE, "application/problem+json")
    );
    let chunks = futures::stream::iter([Ok::<_, std::io::Error>(long)]);
    let streamed = app.report(&token, JSON, Body::from_stream(chunks)).await;
    assert_eq!(streamed.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_content_type_and_an_empty_body_are_told_what_to_send() {
    let (app, token) = app().await;
    assert_eq!(app.report(&token, "text/plain", "a").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(app.report(&token, JSON, "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.report(&token, JSON, "{\"id\":").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_ours_says_nothing_of_the_database() {
    let (app, token) = app().await;
    app.test.raw("DROP TABLE access_tally".to_owned()).await.unwrap();
    let answer = app.report(&token, JSON, event("a", "acme").to_string()).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.text().contains("access_tally"), "{}", answer.text());
}

/// One request of Kubernetes' webhook backend: the same request twice, and one that was not allowed.
fn kubernetes(events: &[(&str, &str, u16)]) -> String {
    let items = events.iter().map(|(id, stage, code)| {
        serde_json::json!({
            "level": "Metadata", "auditID": id, "stage": stage, "requestURI": "/api/v1/secrets/db", "verb": "get",
            "user": {"username": "ada@nimbus.example", "groups": ["nimbus:sre"]}, "userAgent": "kubectl/v1.34.1",
            "objectRef": {"resource": "secrets", "namespace": "tenant-4711", "name": "db"},
            "responseStatus": {"code": code}, "requestReceivedTimestamp": "2026-02-11T09:30:00.000000Z",
            "stageTimestamp": "2026-02-11T09:30:00.150000Z"
        })
    });
    let items = items.collect::<Vec<_>>();
    serde_json::json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items})
        .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_systems_log_is_taken_by_its_format_and_again_changes_nothing() {
    let (app, token) = app().await;
    let log =
        kubernetes(&[("1", "RequestReceived", 0), ("1", "ResponseComplete", 200), ("2", "ResponseComplete", 403)]);
    let address = "/api/v1/access-events?format=kubernetes-audit&customer=acme";
    let send =
        async |address: &str, body: &str| app.bearer(Method::POST, address, &token, body.to_owned().into()).await;
    let first = send(address, &log).await;
    assert_eq!(first.status, StatusCode::OK);
    let first = first.json();
    assert_eq!((&first["stored"], &first["refused"], &first["passed_over"]), (&1.into(), &0.into(), &2.into()));
    assert_eq!(first["results"][2]["reason"], "it was not allowed");
    let again = send(address, &log).await.json();
    assert_eq!((&again["stored"], &again["repeated"]), (&0.into(), &1.into()));
    assert_eq!(again["results"][1]["receipt"], first["results"][1]["receipt"]);

    // Where nobody says whose it is, nothing is stored.
    let nobodys = send("/api/v1/access-events?format=kubernetes-audit", &log).await;
    assert_eq!(nobodys.status, StatusCode::MULTI_STATUS);
    assert_eq!(nobodys.json()["results"][1]["problem"]["errors"][0]["pointer"], "/customer");
    let unknown = send("/api/v1/access-events?format=syslog", &log).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert!(unknown.text().contains("aws-cloudtrail"), "{}", unknown.text());
    let csv = app.report(&token, "text/csv", "1,2\n".to_owned()).await;
    assert_eq!(csv.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_system_does_not_say_is_shown_as_not_stated() {
    let app = App::open().await;
    let (customer, cookie) = app.member_of("acme").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let log = kubernetes(&[("1", "ResponseComplete", 200)]);
    let address = "/api/v1/access-events?format=kubernetes-audit&customer=acme";
    assert_eq!(app.bearer(Method::POST, address, &token, log.into()).await.status, StatusCode::OK);
    let reader = app.token(Some(&customer), Scope::AccessEventsRead).await;
    let record = app.bearer(Method::GET, "/api/v1/access-events?purpose=not_stated", &reader, Body::empty()).await;
    let event = &record.json()["event"];
    assert_eq!((&event["purpose"], &event["justification"]), (&"not_stated".into(), &serde_json::Value::Null));
    let pseudonym = event["accessor"]["pseudonym"].as_str().unwrap();
    assert!(pseudonym.starts_with("p-") && !record.text().contains("ada@nimbus.example"), "{pseudonym}");
    let list = app.get("/portal/access", &cookie).await.text();
    for words in ["Not stated by the source", "Role not stated", "employer not stated", "No reason in words stated"] {
        assert!(list.contains(words), "{words}");
    }
    let whole = app.get("/portal/access/0", &cookie).await.text();
    for words in ["doesn’t state its purpose", "role the source doesn’t state", "No reason in words is stated"] {
        assert!(whole.contains(words), "{words}");
    }
    let home = app.get("/", "").await.text();
    assert!(home.contains("Break-glass emergency") && !home.contains("Not stated by the source"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_reads_where_a_source_counted_other_than_its_record() {
    let app = App::open().await;
    let (customer, cookie) = app.member_of("acme").await;
    let (_, others) = app.member_of("zeta").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    app.report(&token, JSON, event("a", "acme").to_string()).await;
    let before = app.get("/portal/sources", &cookie).await.text();
    assert!(before.contains("No system has sent its own counts yet"));

    let address = "/api/v1/source-counts?customer=acme&source=native";
    let send = async |address: &str, token: &str, body: &'static str| {
        app.bearer(Method::POST, address, token, body.into()).await
    };
    let compared = send(address, &token, "hour,count\n2026-02-01T11:00:00Z,3\n2026-02-01T12:00:00Z,0\n").await.json();
    assert_eq!((&compared["hours"], compared["differing"].as_array().unwrap().len()), (&2.into(), 1));
    assert_eq!(compared["differing"][0]["recorded"], 1);
    let page = app.get("/portal/sources", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["the source counted 3 accesses; the record has 1.", "Accesses are missing", "native"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(app.get("/portal/access", &cookie).await.text().contains("href=\"/portal/sources\""));
    assert!(!app.get("/portal/sources", &others).await.text().contains("native"));

    let wrong = send(address, &token, "hour,count\nnoon,3\n").await;
    assert_eq!(
        (wrong.status, &wrong.json()["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"/2/hour".into())
    );
    for address in ["/api/v1/source-counts?customer=nobody&source=native", "/api/v1/source-counts?customer=acme"] {
        assert_eq!(send(address, &token, "hour,count\n2026-02-01T11:00:00Z,3\n").await.status, StatusCode::BAD_REQUEST);
    }
    let reader = app.token(Some(&customer), Scope::AccessEventsRead).await;
    assert_eq!(send(address, &reader, "").await.status, StatusCode::FORBIDDEN);
}
