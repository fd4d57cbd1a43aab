//! The program, run as an operator runs it.
#![expect(clippy::unwrap_used, reason = "clippy takes what the tests share for something else")]

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

struct Operator {
    directory: TempDir,
}

impl Operator {
    fn new() -> Self {
        let operator = Self { directory: tempfile::tempdir().unwrap() };
        assert!(operator.run(&["migrate"]).status.success());
        assert!(operator.run(&["customer", "create", "acme", "--display-name", "Acme Ltd"]).status.success());
        operator
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command.args(arguments).current_dir(self.directory.path()).env_remove("VITRINE_TEST_POSTGRES");
        if !arguments.contains(&"--database") {
            command.args(["--database", "sqlite:vitrine.sqlite"]);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The samples that every checkout of the project is given beside it.
fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples").join(path)
}

/// One log entry as Google's documentation describes it, for machines without the samples.
const LOG_ENTRY: &str = r#"{"insertId":"e1","logName":"projects/p/logs/cloudaudit.googleapis.com%2Faccess_transparency",
"timestamp":"2017-12-18T16:06:24.660001Z","jsonPayload":{"location":{"principalOfficeCountry":"US",
"principalEmployingEntity":"Google LLC","principalPhysicalLocationCountry":"CA"},"principalJobTitle":"Engineering",
"product":["Cloud Storage"],"reason":[{"detail":"Case number: b","type":"CUSTOMER_INITIATED_SUPPORT"}],
"permissionDetails":[{"permissionType":"DATA_READ","logAccessed":true}],"eventId":"e",
"accesses":[{"methodName":"GoogleInternal.Read","resourceName":"//googleapis.com/storage/buckets/b/objects/o"}]}}"#;

#[test]
fn a_google_access_transparency_file_goes_in_unchanged_and_once() {
    let operator = Operator::new();
    let documented = sample("google-access-transparency/logentry-doc-sample.json");
    let file = if documented.is_file() {
        documented
    } else {
        let file = operator.directory.path().join("entry.json");
        std::fs::write(&file, LOG_ENTRY).unwrap();
        file
    };
    let arguments = ["ingest", "--format", "google-access-transparency", "--customer", "acme", file.to_str().unwrap()];
    let first = operator.run(&arguments);
    assert!(first.status.success(), "{}", err(&first));
    assert_eq!(out(&first), "1 stored, 0 repeated, 0 refused\n");
    assert_eq!(out(&operator.run(&arguments)), "0 stored, 1 repeated, 0 refused\n");
}

#[test]
fn a_folder_of_cloudtrails_is_taken_once_and_a_mapping_says_whose_each_account_is() {
    let operator = Operator::new();
    let record = |id: &str, account: &str, name: &str, error: &str| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-02-11T09:30:00Z","eventSource":"s3.amazonaws.com","eventName":"{name}","eventID":"{id}","readOnly":true,"recipientAccountId":"{account}","errorCode":"{error}","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE"}},"requestParameters":{{"bucketName":"records"}}}}"#
        )
    };
    let (ours, denied) =
        (record("a", "111122223333", "GetObject", ""), record("b", "111122223333", "GetObject", "AccessDenied"));
    let (others, unnamed) = (record("c", "444455556666", "ListObjects", ""), record("d", "111122223333", "", ""));
    // Two log files, as `zcat` puts them one behind the other.
    let files = format!("{{\"Records\":[{ours},\n{denied}]}}{{\"Records\":[{others},\n{unnamed}]}}");
    let mapping = operator.directory.path().join("accounts.toml");
    std::fs::write(
        &mapping,
        "customer = { from = \"{/recipientAccountId}\", table = { 111122223333 = \"acme\" } }\n[who]\nemployer = \"Nimbus\"\n",
    )
    .unwrap();
    let arguments = ["ingest", "--format", "aws-cloudtrail", "--mapping", mapping.to_str().unwrap(), "-"];
    let output = operator.run_with_input(&arguments, &files);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(out(&output), "1 passed over: it was not allowed\n1 stored, 0 repeated, 2 refused\n");
    assert!(err(&output).contains("-:2 (c): /recipientAccountId `444455556666`"), "{}", err(&output));
    assert!(err(&output).contains("-:3 (d): /eventName is missing"), "{}", err(&output));
    assert!(out(&operator.run_with_input(&arguments, &files)).ends_with("0 stored, 1 repeated, 2 refused\n"));

    // The same by the configuration's folder; a mapping that could say what no access may is none.
    std::fs::create_dir(operator.directory.path().join("mappings")).unwrap();
    let named = operator.directory.path().join("mappings/aws-cloudtrail.toml");
    std::fs::rename(&mapping, &named).unwrap();
    std::fs::write(operator.directory.path().join("vitrine.toml"), "access_mappings = \"mappings\"\n").unwrap();
    let configured = ["ingest", "--format", "aws-cloudtrail", "-"];
    assert!(out(&operator.run_with_input(&configured, &ours)).ends_with("0 stored, 1 repeated, 0 refused\n"));
    std::fs::write(&named, "[why]\npurpose = \"marketing\"\n").unwrap();
    let refused = operator.run_with_input(&configured, &ours);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("why.purpose") && err(&refused).contains("`marketing`"), "{}", err(&refused));
}

#[test]
fn what_a_source_counted_is_compared_and_a_gap_is_named() {
    let operator = Operator::new();
    let line = "2026-02-11 09:30:00.123 UTC,\"support\",\"acme_prod\",4711,\"[local]\",65c8931e.1267,1,\"SELECT\",2026-02-11 09:29:34 UTC,3/7,0,LOG,00000,\"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.account,select,<not logged>\",,,,,,,,,\"psql\",\"client backend\",,0\n";
    assert!(
        operator.run_with_input(&["ingest", "--format", "pgaudit", "--customer", "acme", "-"], line).status.success()
    );
    let reconcile = ["reconcile", "--customer", "acme", "--source", "pgaudit", "-"];
    let whole = operator.run_with_input(&reconcile, "hour,count\n2026-02-11T09:00:00Z,1\n2026-02-11T10:00:00Z,0\n");
    assert!(whole.status.success(), "{}", err(&whole));
    assert_eq!(out(&whole), "2 hours compared, 0 differ\n");
    let gap = operator.run_with_input(&reconcile, "hour,count\n2026-02-11T09:00:00Z,2\n");
    assert_eq!(gap.status.code(), Some(1));
    let sentence = "On 11 February 2026 from 09:00:00 to 10:00:00 UTC the source counted 2 accesses; the record has 1.";
    assert_eq!(out(&gap), format!("{sentence}\n1 hours compared, 1 differ\n"));
    let wrong = operator.run_with_input(&reconcile, "hour,count\n2026-02-11T09:30:00Z,2\n");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("-:2: hour"), "{}", err(&wrong));
    let nobody = ["reconcile", "--customer", "nobody", "--source", "pgaudit", "-"];
    assert_eq!(operator.run_with_input(&nobody, "hour,count\n2026-02-11T09:00:00Z,2\n").status.code(), Some(2));
}

#[test]
fn a_csvlog_is_taken_whatever_stands_in_its_statements() {
    let operator = Operator::new();
    let line = |number: u32, message: &str| {
        format!(
            "2026-02-11 09:30:00.123 UTC,\"support\",\"acme_prod\",4711,\"[local]\",65c8931e.1267,{number},\"SELECT\",2026-02-11 09:29:34 UTC,3/7,0,LOG,00000,\"{message}\",,,,,,,,,\"psql\",\"client backend\",,0\n"
        )
    };
    let log = [
        line(1, "checkpoint starting: time"),
        line(
            2,
            "AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.account,\"\"select\n'{\"\"\"\"' from account\"\",<not logged>",
        ),
        line(3, "AUDIT: SESSION,2,1,READ,SELECT,TABLE,public.account,select,<not logged>")
            .replace("UTC,3/7", "CET,3/7"),
        line(4, "AUDIT: SESSION,3,1,READ,SELECT,TABLE,public.account,select,<not logged>").replacen("UTC", "CET", 1),
    ];
    let arguments = ["ingest", "--format", "pgaudit", "--customer", "acme", "-"];
    let output = operator.run_with_input(&arguments, &log.concat());
    assert_eq!(
        out(&output),
        "1 passed over: it is no line of pgAudit\n2 stored, 0 repeated, 1 refused\n",
        "{}",
        err(&output)
    );
    assert!(err(&output).contains("-:5 (65c8931e.1267/4): /log_time"), "{}", err(&output));
}

#[test]
fn a_malformed_record_names_its_line_and_the_rest_goes_on() {
    let operator = Operator::new();
    let good = |id: &str| {
        format!(
            r#"{{"id":"{id}","customer":"acme","accessor":{{"role":"SRE","employer":"N","office_country":"NA"}},"started_at":"2026-02-01T11:00:00Z","purpose":"production_alert","justification":"Disk full","service":"DB","resources":[{{"name":"orders"}}],"operations":["configure"],"approval":{{"kind":"provider"}},"authentication":{{"factors":["passkey"]}}}}"#
        )
    };
    let lines = format!("{}\n{{\"id\": \"b\", oops\n{}\n", good("a"), good("c"));
    let output = operator.run_with_input(&["ingest", "--format", "native", "-"], &lines);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output), "2 stored, 0 repeated, 1 refused\n");
    assert!(err(&output).contains("-:2:"), "{}", err(&output));
}

#[test]
fn what_cant_be_done_is_said_with_what_to_do() {
    let operator = Operator::new();
    for (arguments, words) in [
        (&["ingest", "--format", "native", "--customer", "nobody", "x.json"][..], "no customer named `nobody`"),
        (&["ingest", "--format", "native", "x.json"], "x.json can't be read"),
        (&["serve", "--demo", "--listen", "0.0.0.0:3999"], "--listen 127.0.0.1:3999"),
        (&["migrate", "--database", "vitrine.db"], "sqlite:PATH"),
        (&["serve", "--config", "no-such.toml"], "no-such.toml can't be read"),
        (&["token", "create", "--customer", "nobody", "--scope", "access-events:read"], "no customer named `nobody`"),
        (&["serve", "--demo"], "holds somebody's data already"),
    ] {
        let output = operator.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(words), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn a_link_invites_somebody_and_a_role_or_address_that_is_none_is_named() {
    let operator = Operator::new();
    let invite = |email: &str, role: &str| {
        operator.run(&["person", "invite", "--email", email, "--customer", "acme", "--role", role])
    };
    let link = out(&invite("ada@acme.example", "owner"));
    assert!(link.starts_with("http://localhost:3000/join/"), "{link}");
    assert!(err(&invite("ada", "owner")).contains("no e-mail address"));
    assert!(err(&invite("ada@acme.example", "administrator")).contains("it is one of owner, approver"));
    let confirm = operator.run(&["person", "confirm", "--email", "Lou@nimbus.example"]);
    assert!(err(&confirm).contains("nothing waits"), "{}", err(&confirm));
}

#[test]
fn a_key_is_rotated_and_a_database_without_its_keys_is_not_served() {
    let operator = Operator::new();
    let rotated = operator.run(&["rotate-key"]);
    assert!(out(&rotated).contains("0 secrets"), "{}", err(&rotated));
    let key = operator.directory.path().join("vitrine.key");
    assert_eq!(std::fs::read_to_string(&key).unwrap().lines().count(), 2);
    std::fs::remove_file(key).unwrap();
    let refused = operator.run(&["rotate-key"]);
    assert!(err(&refused).contains("bring back the key file"), "{}", err(&refused));
}

#[test]
fn a_one_time_code_is_that_of_its_secret() {
    let operator = Operator::new();
    let code = out(&operator.run(&["one-time-code", "JBSW Y3DP EHPK 3PXP jbsw y3dp ehpk 3pxp"]));
    assert!(code.trim().len() == 6 && code.trim().bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert!(err(&operator.run(&["one-time-code", "1"])).contains("no secret in base 32"));
}

#[test]
fn the_configuration_comes_from_file_environment_and_flags_in_that_order() {
    let operator = Operator::new();
    std::fs::write(operator.directory.path().join("vitrine.toml"), "provider = \"File\"\nbody_limit = 5\n").unwrap();
    let printed = out(&operator.command(&["config"]).env("VITRINE_PROVIDER", "Environment").output().unwrap());
    assert!(printed.contains("provider = \"Environment\"") && printed.contains("body_limit = 5"), "{printed}");
    assert!(printed.contains("database = \"sqlite:vitrine.sqlite\""), "{printed}");
    std::fs::write(operator.directory.path().join("vitrine.toml"), "provder = \"x\"\n").unwrap();
    let refused = operator.run(&["config"]);
    assert!(!refused.status.success() && err(&refused).contains("provder"), "{}", err(&refused));
}

#[test]
fn a_database_with_another_schema_is_not_served() {
    let operator = Operator::new();
    let output =
        operator.run(&["token", "create", "--provider", "--scope", "metrics:read", "--database", "sqlite:new.sqlite"]);
    assert!(err(&output).contains("server migrate"), "{}", err(&output));
}

const CONTROL: &str =
    "kind = \"control\"\nkey = \"logs\"\neffective_from = 2026-01-01\ntitle = \"Logs\"\ntext = \"Are kept.\"\n";

#[test]
fn applying_files_prints_what_would_change_proposes_it_and_the_same_again_is_nothing() {
    let operator = Operator::new();
    let folder = operator.directory.path().join("terms");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("logs.toml"), CONTROL).unwrap();
    let checked = operator.run(&["apply", "terms", "--check"]);
    assert!(checked.status.success(), "{}", err(&checked));
    assert_eq!(out(&checked), "+ control logs of 2026-01-01\n0 versions stay as they are, 1 change\n");
    let first = out(&operator.run(&["apply", "terms"]));
    assert!(
        first.contains("proposed; somebody in the role Legal or Publishing publishes it at /desk/terms/"),
        "{first}"
    );
    let second = out(&operator.run(&["apply", "terms"]));
    assert!(second.contains("proposed already"), "{second}");
    std::fs::write(folder.join("logs.toml"), CONTROL.replace("Are kept.", "Are kept for a year.")).unwrap();
    let third = out(&operator.run(&["apply", "terms"]));
    assert!(third.contains("the earlier proposal “From files” is withdrawn"), "{third}");
}

#[test]
fn what_is_wrong_in_a_file_of_terms_is_told_with_its_line_and_nothing_is_proposed() {
    let operator = Operator::new();
    let folder = operator.directory.path().join("terms");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.toml"), CONTROL.replace("2026-01-01", "2026-01-99")).unwrap();
    std::fs::write(folder.join("b.toml"), CONTROL.replace("title", "titel")).unwrap();
    let secret = "kind = \"agreement\"\nkey = \"a\"\neffective_from = 2026-01-01\ntitle = \"A\"\ntext = \"A\"\n\
                  document = \"../vitrine.key\"\n";
    std::fs::write(folder.join("c.toml"), secret).unwrap();
    let output = operator.run(&["apply", "terms"]);
    assert_eq!(output.status.code(), Some(1));
    let told = err(&output);
    for line in [
        "terms/a.toml:3:",
        "terms/b.toml:4: titel is no field of a control",
        "terms/c.toml:6: document names `../vitrine.key`, which is outside of terms",
    ] {
        assert!(told.contains(line), "no {line} in {told}");
    }
    let empty = operator.run(&["apply", "."]);
    assert_eq!(empty.status.code(), Some(1), "it reads what is below: {}", err(&empty));
}

/// A grant that a key of the customer's signed, as it is taken away; and the key's fingerprint.
fn signed_grant() -> (serde_json::Value, String) {
    use domain::{
        ApprovalKeyId, CustomerId, GrantId, PersonId, Timestamp,
        grant::{Actor, GrantAct, GrantState, Policy, PublicKey, RequestDraft, Side, Signature},
    };
    use ed25519_dalek::Signer;
    let draft: RequestDraft = serde_json::from_value(serde_json::json!({
        "accessor": "op-7f3a", "role": "Storage engineer", "employer": "Nimbus Cloud GmbH", "countries": ["DE"],
        "justification": "Restore of a folder deleted by mistake", "minutes": 60, "operations": ["read"],
        "purpose": "customer_requested_support", "resources": ["patient-letters"], "service": "Object Storage"
    }))
    .unwrap();
    let request = draft.check("asked-1").unwrap();
    let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
    let terms = Policy { signature_required: true, ..Policy::default() }.terms(&request, 1, now);
    let actor = |side, number, name: &str| {
        let person = Some(PersonId(uuid::Uuid::from_u128(number)));
        Actor { side, person, name: name.to_owned() }
    };
    let (id, customer) = (GrantId(uuid::Uuid::from_u128(7)), CustomerId(uuid::Uuid::from_u128(8)));
    let asker = actor(Side::Provider, 1, "Sam");
    let (_, waiting) = GrantState::open(id, customer, request, terms, &asker, now);
    let extent = waiting.facts().asked_extent();
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let key = PublicKey::Ed25519(secret.verifying_key().to_bytes().to_vec());
    let signature = secret.sign(&waiting.facts().statement(&extent).unwrap()).to_bytes().to_vec();
    let key_id = ApprovalKeyId(uuid::Uuid::from_u128(9));
    let signature = Some(Box::new(Signature::Key { key: key.clone(), key_id, signature }));
    let approve = GrantAct::Approved { side: Side::Customer, extent, rule: None, signature };
    let (_, granted) = waiting.act(approve, &actor(Side::Customer, 2, "Ada"), now).unwrap();
    (serde_json::to_value(granted.file()).unwrap(), key.fingerprint())
}

#[test]
fn an_approval_is_verified_offline_and_not_where_a_word_of_it_was_changed() {
    let directory = tempfile::tempdir().unwrap();
    let (grant, fingerprint) = signed_grant();
    let verify = |grant: &str, arguments: &[&str]| {
        let file = directory.path().join("grant.json");
        std::fs::write(&file, grant).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command.arg("verify-approval").args(arguments).arg(&file).current_dir(directory.path());
        command.output().unwrap()
    };
    let whole = grant.to_string();
    let good = verify(&whole, &["--key", &fingerprint.to_uppercase()]);
    assert!(good.status.success(), "{}", err(&good));
    for told in ["op-7f3a", "read of patient-letters, for 60 minutes", "by Ada", &fingerprint] {
        assert!(out(&good).contains(told), "{told}: {}", out(&good));
    }
    let other = verify(&whole, &["--key", &"0".repeat(64)]);
    assert_eq!(other.status.code(), Some(1));
    assert!(err(&other).contains("not signed by a key that was given"), "{}", err(&other));
    for (word, another) in [("patient-letters", "patient-records"), ("op-7f3a", "op-7f3b"), ("\"DE\"", "\"US\"")] {
        let forged = verify(&whole.replace(word, another), &[]);
        assert_eq!(forged.status.code(), Some(1), "{word}: {}", out(&forged));
        assert!(err(&forged).contains("the key didn’t sign this"), "{}", err(&forged));
    }
    let mut unsigned = grant.clone();
    unsigned["register"][1].as_object_mut().unwrap().remove("signature");
    let unsigned = verify(&unsigned.to_string(), &[]);
    assert!(unsigned.status.code() == Some(1) && err(&unsigned).contains("signed with a key of the customer’s"));
    let mut of_nobody = grant.clone();
    of_nobody["register"].as_array_mut().unwrap().truncate(1);
    of_nobody["register"][0]["terms"]["approvers"] = "nobody".into();
    of_nobody["register"][0]["terms"]["customer_approvals"] = 0.into();
    let of_nobody = of_nobody.to_string();
    let told = verify(&of_nobody, &[]);
    assert!(told.status.success() && out(&told).contains("had to approve: Nobody beforehand."), "{}", err(&told));
    let missing = verify(&of_nobody, &["--key", &fingerprint]);
    assert!(missing.status.code() == Some(1) && err(&missing).contains("the customer approved none of it"));
    let nothing = verify("{}", &[]);
    assert!(nothing.status.code() == Some(2) && err(&nothing).contains("is no grant that was taken away"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no database and no key is made");
}
