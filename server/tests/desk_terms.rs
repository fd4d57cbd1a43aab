//! Terms from the provider's side, through the router: written, brought in as files, looked at, published by a second
//! person.

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App};
use domain::StaffRole;
use store::SignedIn;

/// A policy as the form sends it. The tests' clock stands at 1 March 2026.
const POLICY: &[(&str, &str)] = &[
    ("kind", "policy"),
    ("key", "privacy"),
    ("title", "Privacy statement"),
    ("text", "# Privacy\r\n\r\nWe keep logs for a year."),
    ("effective_from", "2026-01-01"),
    ("effective_until", ""),
    ("change", ""),
    ("customer", ""),
];

fn with<'a>(fields: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

struct Cast {
    app: App,
    ada: String,
    legal: String,
    publishing: String,
}

async fn cast() -> Cast {
    let app = App::open().await;
    let (_, ada) = app.member_of("acme").await;
    let (legal, publishing) = (app.staff(StaffRole::Legal).await, app.staff(StaffRole::Publishing).await);
    Cast { app, ada, legal, publishing }
}

/// The page of what was proposed.
fn proposed(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").strip_suffix("?done=proposed").expect("a proposal").to_owned()
}

fn refused(answer: &Answer, sentence: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(answer.text().contains(sentence), "no {sentence} in {}", answer.text());
}

impl Cast {
    async fn write(&self, fields: &[(&str, &str)]) -> Answer {
        self.app.send_files("/desk/terms/new", &self.publishing, fields, &[]).await
    }

    /// Publishes as the second person what the first wrote.
    async fn publish(&self, proposal: &str) {
        let answer = self.app.post(&format!("{proposal}/publish"), &self.legal, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        assert_eq!(answer.header("location"), "/desk/terms?done=published");
    }

    async fn notices(&self) -> i64 {
        match self.app.session(&self.ada).await.signed_in {
            SignedIn::Member(member) => member.notices.count_pending().await.expect("a count"),
            SignedIn::Staff(_) => panic!("a member"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_writes_another_publishes_and_a_change_is_told_ahead_with_its_difference() {
    let cast = cast().await;
    let proposal = proposed(&cast.write(POLICY).await);
    let seen = cast.app.get(&proposal, &cast.publishing).await.text();
    assert!(seen.contains("You wrote it: somebody else"), "{seen}");
    assert!(!seen.contains("Publish it"), "not for who wrote it");
    let publish = format!("{proposal}/publish");
    refused(&cast.app.post(&publish, &cast.publishing, &[]).await, "You wrote it: somebody else has to publish it.");
    assert!(cast.app.get("/desk/terms", &cast.legal).await.text().contains("Waits for a second person"));
    cast.publish(&proposal).await;
    assert_eq!(cast.app.post(&publish, &cast.legal, &[]).await.status, StatusCode::NOT_FOUND, "once");
    assert_eq!(cast.notices().await, 0, "a first version is what customers begin with");

    let change = [
        ("text", "# Privacy\r\n\r\nWe keep logs for a month."),
        ("effective_from", "2026-05-01"),
        ("change", "Logs are kept for a month."),
    ];
    let proposal = proposed(&cast.write(&with(POLICY, &change)).await);
    let seen = cast.app.get(&proposal, &cast.legal).await.text();
    for told in ["It follows the version of 2026-01-01", "<del>year</del>", "<ins>month</ins>", "Goes to 1 customer"] {
        assert!(seen.contains(told), "no {told} in {seen}");
    }
    cast.publish(&proposal).await;
    assert_eq!(cast.notices().await, 1);
    let versions = cast.app.get("/desk/terms/published/policy/privacy", &cast.legal).await.text();
    assert!(
        versions.contains("From 2026-05-01") && versions.contains("Written by Sam, published by Sam"),
        "{versions}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost() {
    let cast = cast().await;
    let answer = cast.write(&with(POLICY, &[("key", "Privacy Statement"), ("effective_from", "soon")])).await;
    refused(&answer, "`Privacy Statement` is no key");
    let text = answer.text();
    assert!(text.contains("`soon` is no day such as 2026-03-01"), "{text}");
    assert!(text.contains("We keep logs for a year."), "what was typed stays");
    let proposal = proposed(&cast.write(POLICY).await);
    refused(&cast.write(POLICY).await, "The same is published or waits for publication already.");
    cast.publish(&proposal).await;
    let past = with(POLICY, &[("text", "Other."), ("effective_from", "2026-02-01"), ("change", "Other.")]);
    refused(&cast.write(&past).await, "customers are told of such a change before it takes effect");
    let same_day = with(POLICY, &[("text", "Other.")]);
    refused(&cast.write(&same_day).await, "A version of that day is in effect and is not changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_takes_a_fresh_sign_in() {
    let cast = cast().await;
    let proposal = proposed(&cast.write(POLICY).await);
    cast.app.later(TimeDelta::minutes(11));
    let stale = cast.app.post(&format!("{proposal}/publish"), &cast.legal, &[]).await;
    assert_eq!(stale.header("location"), format!("/sign-in?again=1&next={}", proposal.replace('/', "%2F")));
    assert!(
        cast.app
            .test
            .store
            .public_terms(cast.app.test.store.now().day())
            .await
            .is_ok_and(|terms| { terms.of::<domain::terms::Policy>().next().is_none() })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_in_together_with_their_papers_or_not_at_all() {
    let cast = cast().await;
    let certificate = "kind = \"assurance\"\nkey = \"iso\"\neffective_from = 2026-01-01\nstandard = \"ISO/IEC 27001:2022\"\n\
                       assurance_kind = \"certificate\"\nauditor = \"Body\"\nscope = \"All of it\"\nissued_on = 2026-01-01\n\
                       valid_until = 2028-12-31\nsummary = \"Good.\"\ncertificate = \"papers/iso.pdf\"\n";
    let control = r#"{"kind": "control", "key": "logs", "effective_from": "2026-01-01", "title": "Logs",
                     "text": "Are kept.", "references": ["ISO/IEC 27001:2022 | A.8.15"], "evidence": ["iso"]}"#;
    let (toml, json) = (("files", "iso.toml", certificate.as_bytes()), ("files", "logs.json", control.as_bytes()));
    let send = |files: Vec<(&'static str, &'static str, Vec<u8>)>| {
        let app = &cast.app;
        let cookie = &cast.publishing;
        async move {
            let files = files.iter().map(|(field, name, body)| (*field, *name, body.as_slice())).collect::<Vec<_>>();
            app.send_files("/desk/terms/import", cookie, &[("title", "Commit 1a2b")], &files).await
        }
    };
    let owned = |(field, name, body): (&'static str, &'static str, &[u8])| (field, name, body.to_vec());
    let alone = send(vec![owned(toml), owned(json)]).await;
    refused(&alone, "iso.toml:11: certificate names `papers/iso.pdf`: choose that file too");
    let wrong = control.replace("A.8.15", "").replace("iso", "soc").into_bytes();
    let paper = ("files", "iso.pdf", b"%PDF-1.7 a certificate".to_vec());
    let told = send(vec![owned(toml), ("files", "logs.json", wrong), paper.clone()]).await;
    refused(&told, "logs.json:2: references/0");
    let page = proposed(&send(vec![owned(toml), owned(json), paper]).await);
    let seen = cast.app.get(&page, &cast.legal).await.text();
    assert!(seen.contains("Commit 1a2b") && seen.contains("iso.pdf"), "{seen}");
    let (_, address) = seen.split_once("href=\"/desk/terms/papers/").expect("the paper's address");
    let address = format!("/desk/terms/papers/{}", address.split('"').next().unwrap_or_default());
    assert_eq!(cast.app.get(&address, &cast.legal).await.body.as_ref(), b"%PDF-1.7 a certificate");
    cast.publish(&page).await;
    let exported = cast.app.get("/desk/terms.json", &cast.legal).await;
    assert_eq!(exported.json().as_array().map(Vec::len), Some(2));
    let again = send(vec![("files", "terms.json", exported.body.to_vec())]).await;
    refused(&again, "All of it is published, or waits for publication, already.");
    let stranger = exported.text().replace("iso.pdf", "other.pdf").replace("Good.", "Better.");
    let stranger = stranger.replace("2026-01-01", "2026-06-01").into_bytes();
    refused(&send(vec![("files", "terms.json", stranger)]).await, "names the document `other.pdf`, which is not kept");
}
