//! The provider's own report through the router: drafted, published by a second person, read by everybody, and the same
//! with and without sealed demands.

mod common;

use axum::http::StatusCode;
use common::{Answer, App};
use domain::{StaffRole, Timestamp};

struct Cast {
    app: App,
    legal: String,
    publishing: String,
}

async fn cast() -> Cast {
    let app = App::open().await;
    at(&app, "2025-05-03T10:00:00Z");
    let (legal, publishing) = (app.staff(StaffRole::Legal).await, app.staff(StaffRole::Publishing).await);
    Cast { app, legal, publishing }
}

fn at(app: &App, time: &str) {
    app.test.clock.set(Timestamp::parse(time).expect("a time"));
}

impl Cast {
    /// Demands of a country, each rejected at once.
    async fn demands(&self, country: &str, process: &str, count: usize, sealed: bool) {
        let order = [
            ("sealed", "yes"),
            ("issued_by", "District Court"),
            ("basis", "18 USC 2705(b)"),
            ("order_reference", "25-mj-7"),
            ("issued_on", "2025-05-01"),
            ("order_zone", "America/New_York"),
            ("ends", "on_date"),
            ("date", "2025-12-30"),
        ];
        for _ in 0..count {
            let mut fields = vec![
                ("authority", "Some authority"),
                ("country", country),
                ("reference", "25-7"),
                ("process", process),
                ("received_at", "2025-05-02T10:00"),
                ("sought", "subscriber"),
                ("identifiers", "account: a"),
                ("description", "Fraud"),
            ];
            fields.extend(order.iter().filter(|_| sealed));
            let answer = self.app.post("/desk/demands", &self.legal, &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
            let act = format!("{}/act", answer.header("location"));
            let nobodys = [("act", "belongs_to_nobody"), ("revision", "0"), ("of", "0"), ("reason", "Looked up")];
            let reject = [("act", "rejected"), ("revision", "1"), ("reason", "Not ours")];
            for done in [&nobodys[..], &reject] {
                let answer = self.app.post(&act, &self.legal, done).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
            }
        }
    }

    /// A later day, on which both sign in anew.
    async fn later(&mut self, time: &str) {
        at(&self.app, time);
        self.legal = self.app.cookie("legal@provider.example").await;
        self.publishing = self.app.cookie("publishing@provider.example").await;
    }

    async fn draft(&self, errata: &str) -> Answer {
        let fields = [("half", "2025-H1"), ("option", "two_hundred_fifties"), ("errata", errata)];
        self.app.post("/desk/report", &self.legal, &fields).await
    }

    async fn drafted(&self, errata: &str) -> String {
        let answer = self.draft(errata).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.header("location").strip_suffix("?done=drafted").expect("a draft").to_owned()
    }

    async fn publish(&self, draft: &str) {
        let answer = self.app.post(&format!("{draft}/publish"), &self.publishing, &[]).await;
        assert_eq!(answer.header("location"), "/desk/report?done=published", "{}", answer.text());
    }

    async fn public(&self, address: &str) -> Answer {
        self.app.get(address, "").await
    }
}

const EDITION: &str = "/transparency/editions/2025-H1/1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_legal_team_drafts_another_publishes_and_everybody_reads() {
    let mut cast = cast().await;
    cast.demands("US", "search_warrant", 11, false).await;
    cast.demands("US", "subpoena", 2, false).await;
    cast.demands("DE", "domestic_warrant", 6, false).await;
    let early = cast.draft("").await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text().contains("The half-year is not over"), "{}", early.text());
    cast.later("2025-07-10T10:00:00Z").await;
    let draft = cast.drafted("").await;
    let (for_legal, for_publishing) =
        (cast.app.get(&draft, &cast.legal).await.text(), cast.app.get(&draft, &cast.publishing).await.text());
    assert!(for_legal.contains("What is held back") && for_legal.contains("United States, subpoena"), "{for_legal}");
    assert!(!for_publishing.contains("What is held back") && !for_publishing.contains("United States, subpoena"));
    assert!(for_publishing.contains("held back") && for_publishing.contains("0 to 249"), "{for_publishing}");
    let form = cast.app.post("/desk/report", &cast.publishing, &[("half", "2025-H1")]).await;
    assert_eq!(form.status, StatusCode::NOT_FOUND, "only the legal team drafts");
    let own = cast.app.post(&format!("{draft}/publish"), &cast.legal, &[]).await;
    assert!(own.text().contains("You drafted it: somebody else has to publish it."), "{}", own.text());
    assert_eq!(cast.public(EDITION).await.status, StatusCode::NOT_FOUND);
    cast.app.later(chrono::TimeDelta::minutes(11));
    let stale = cast.app.post(&format!("{draft}/publish"), &cast.publishing, &[]).await;
    assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.text());
    cast.later("2025-07-10T11:00:00Z").await;
    cast.publish(&draft).await;

    let page = cast.public(EDITION).await.text();
    for told in [
        "Government requests for data, first half of 2025, edition 1",
        "Published on 2025-07-10",
        "0 to 249",
        "accessed on 2025-07-10",
        "0 does not say that there was none",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let list = cast.public("/transparency/editions").await.text();
    assert!(list.contains(EDITION));
    for (page, told) in [
        (&list, "The provider’s own half-yearly report. An edition is never changed"),
        (&page, "Your provider: Government requests for data, first half of 2025, edition 1, by country"),
    ] {
        let (head, _) = page.split_once("</head>").expect("a head");
        assert!(head.contains(&format!("<meta name=\"description\" content=\"{told}")), "{head}");
    }
    let json = cast.public(&format!("{EDITION}/data.json")).await;
    assert_eq!(json.json()["parts"][0]["tables"]["requests"], "19");
    assert!(json.header("cache-control").contains("immutable"));
    let csv = cast.public(&format!("{EDITION}/data.csv")).await.text();
    assert!(csv.contains("1,countries,United States,Requests,exact,13,13\r\n"), "{csv}");
    assert!(csv.contains("1,process,United States,Subpoena,not_reported,,\r\n"), "{csv}");
    let series = cast.public("/transparency?publisher=Your+provider").await.text();
    assert!(series.contains("United States") && series.contains("Your provider"), "{series}");
    let data = cast.public("/transparency/data.csv?publisher=Your+provider").await.text();
    assert!(data.contains("Your provider,All services,2025-H1"), "{data}");
    for address in
        ["/transparency/editions/2025-H1/01", "/transparency/editions/2025-H1/2", "/transparency/editions/x/1"]
    {
        assert_eq!(cast.public(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_edition_shows_its_errata_and_the_earlier_one_stays_to_the_byte() {
    let mut cast = cast().await;
    cast.demands("US", "search_warrant", 11, false).await;
    cast.later("2025-07-10T10:00:00Z").await;
    let draft = cast.drafted("").await;
    cast.publish(&draft).await;
    let first = cast.public(&format!("{EDITION}/data.json")).await.body;
    let refused = cast.draft("").await;
    assert!(refused.text().contains("a later edition shows its errata"), "{}", refused.text());
    cast.later("2025-08-10T10:00:00Z").await;
    let draft = cast.drafted("The title was <wrong>.").await;
    cast.publish(&draft).await;
    let page = cast.public("/transparency/editions/2025-H1/2").await.text();
    assert!(page.contains("Edition 2, 2025-08-10: ") && page.contains("The title was &lt;wrong&gt;."), "{page}");
    assert_eq!(cast.public(&format!("{EDITION}/data.json")).await.body, first);
    assert!(cast.public(EDITION).await.text().contains("There is a newer edition of this half-year"));
}

/// What the public is answered wherever the report shows.
async fn everything_public(sealed: bool) -> Vec<(String, String)> {
    let mut cast = cast().await;
    cast.demands("US", "search_warrant", 11, false).await;
    if sealed {
        cast.demands("US", "search_warrant", 7, true).await;
        cast.demands("FR", "domestic_warrant", 9, true).await;
        cast.demands("US", "national_security_letter", 3, true).await;
    }
    cast.later("2025-07-10T10:00:00Z").await;
    let draft = cast.drafted("").await;
    let seen_before = cast.app.get(&draft, &cast.publishing).await.text().replace(&draft, "");
    cast.publish(&draft).await;
    let mut seen = vec![("the draft, as the publisher sees it".to_owned(), seen_before)];
    let edition = [EDITION.to_owned(), format!("{EDITION}/data.csv"), format!("{EDITION}/data.json")];
    let others = ["/transparency", "/transparency/editions", "/transparency/data.csv", "/transparency/data.json"];
    for address in edition.into_iter().chain(others.map(str::to_owned)) {
        let answer = cast.public(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        seen.push((address, answer.text()));
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_and_every_page_of_it_is_the_same_with_and_without_sealed_demands() {
    let (without, with) = (everything_public(false).await, everything_public(true).await);
    for (without, with) in without.into_iter().zip(with) {
        assert_eq!(without, with);
    }
}
