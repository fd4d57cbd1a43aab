//! The rules that an access must keep before it is recorded.

use chrono::TimeDelta;
use serde::Deserialize;

use super::{
    AccessEvent, Accessor, AddressClass, Approval, ApprovalKind, Authentication, EmployerKind, Factor, Resource,
    Revocation,
};
use crate::{
    FieldProblem, Operation, Permission, Place, Purpose, Timestamp,
    rules::{LONGEST_NAME, Rules, leave_out},
};

/// How far a reporting system's clock may run ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);
/// The largest integer that every JSON reader keeps exactly (RFC 8259, section 6).
const LARGEST_INTEGER: u64 = (1 << 53) - 1;
/// The source of native events that name none.
const NATIVE_SOURCE: &str = "native";
const LONGEST_RESOURCE: usize = 1_000;
const MOST_RESOURCES: usize = 100;

/// An access as it arrives: any field may be missing or wrong. An unknown field is an error, because a misspelt
/// optional field would otherwise be lost without a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessDraft {
    pub id: Option<String>,
    pub source: Option<String>,
    /// The customer's name in the portal. Not part of the event: it says whose record the event goes to.
    pub customer: Option<String>,
    pub accessor: Option<AccessorDraft>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub purpose: Option<String>,
    pub justification: Option<String>,
    pub ticket: Option<String>,
    pub requested_by: Option<String>,
    pub service: Option<String>,
    #[serde(default)]
    pub resources: Vec<ResourceDraft>,
    pub region: Option<String>,
    #[serde(default)]
    pub data_categories: Vec<String>,
    #[serde(default)]
    pub operations: Vec<String>,
    #[serde(default)]
    pub permissions: Vec<String>,
    pub data_read: Option<bool>,
    pub volume_bytes: Option<u64>,
    pub approval: Option<ApprovalDraft>,
    pub authentication: Option<AuthenticationDraft>,
    pub revocation: Option<RevocationDraft>,
    pub corrects: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessorDraft {
    pub pseudonym: Option<String>,
    pub role: Option<String>,
    pub employer: Option<String>,
    pub employer_kind: Option<String>,
    pub office_country: Option<String>,
    pub physical_country: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDraft {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalDraft {
    pub kind: Option<String>,
    pub grant: Option<String>,
    #[serde(default)]
    pub approvers: Vec<String>,
    pub approved_at: Option<String>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthenticationDraft {
    #[serde(default)]
    pub factors: Vec<String>,
    pub tool: Option<String>,
    pub address_class: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationDraft {
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
}

impl AccessDraft {
    /// The event, or everything that is wrong with it. `now` is when the portal received it.
    pub fn check(self, now: Timestamp) -> Result<AccessEvent, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let event = rules.event(self, now, Silence::Refused);
        rules.end(event)
    }

    /// The same for what another system's log says: that may lack the accessor's role and employer and the reason in
    /// words, and each is then shown as not stated. No text or list is refused for its characters or its length, which
    /// are often chosen by whoever accesses: what can't be kept as it is is mended, and shows it.
    pub fn check_of_log(self, now: Timestamp) -> Result<AccessEvent, Vec<FieldProblem>> {
        let mut rules = Rules::mending();
        let event = rules.event(self, now, Silence::Told);
        rules.end(event)
    }
}

/// What becomes of what a document doesn't say of an access.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// Vitrine's own format must say it.
    Refused,
    /// Another system's log can't be asked: customers are told that it isn't stated.
    Told,
}

impl Rules {
    fn event(&mut self, draft: AccessDraft, now: Timestamp, silence: Silence) -> Option<AccessEvent> {
        let id = self.identifier("/id", draft.id);
        let source = draft.source.and_then(|source| self.identifier("/source", Some(source)));
        let accessor =
            self.present("/accessor", draft.accessor, "say who acted").map(|draft| self.accessor(draft, silence));
        let started_at = self.required_time("/started_at", draft.started_at);
        if let Some(started_at) = started_at
            && started_at.utc() > now.utc() + CLOCK_SKEW
        {
            self.refuse::<()>("/started_at", format!("lies in the future; the portal's clock says {now}"));
        }
        let ended_at = self.time_from("/ended_at", draft.ended_at, started_at);
        let purpose = self.required_code("/purpose", draft.purpose, Purpose::from_code, Purpose::codes);
        let justification = match draft.justification {
            None if silence == Silence::Told => None,
            justification => self.required_text("/justification", justification),
        };
        let ticket = self.optional("/ticket", draft.ticket, LONGEST_NAME);
        let requested_by = self.optional("/requested_by", draft.requested_by, LONGEST_NAME);
        let service = self.required("/service", draft.service, LONGEST_NAME);
        let resources = self.resources(draft.resources);
        let region = self.optional("/region", draft.region, LONGEST_NAME);
        let data_categories = self.entries("/data_categories", draft.data_categories);
        let operations = match silence {
            Silence::Told => self.some_codes("/operations", draft.operations, Operation::from_code, Operation::codes),
            Silence::Refused => {
                self.some_codes("/operations", draft.operations, Operation::act_from_code, Operation::act_codes)
            }
        };
        let mut permissions = self.codes("/permissions", draft.permissions, Permission::from_code, Permission::codes);
        permissions.sort_unstable();
        permissions.dedup();
        if draft.volume_bytes.is_some_and(|volume| volume > LARGEST_INTEGER) {
            self.refuse::<()>("/volume_bytes", format!("is over {LARGEST_INTEGER}"));
        }
        let approval = self
            .present("/approval", draft.approval, "say who approved; `not_stated` where the source doesn't tell")
            .and_then(|draft| self.approval(draft));
        let authentication = self
            .present(
                "/authentication",
                draft.authentication,
                "say by which factors; `not_stated` where the source doesn't tell",
            )
            .map(|draft| self.authentication(draft));
        let revocation = draft.revocation.and_then(|draft| self.revocation(draft, started_at));
        let corrects = self.optional("/corrects", draft.corrects, LONGEST_NAME);
        if corrects.is_some() && corrects == id {
            self.refuse::<()>("/corrects", "names this event itself; name the one that it corrects");
        }
        Some(AccessEvent {
            id: id?,
            source: source.unwrap_or_else(|| NATIVE_SOURCE.to_owned()),
            accessor: accessor??,
            started_at: started_at?,
            ended_at,
            purpose: purpose?,
            justification,
            ticket,
            requested_by,
            service: service?,
            resources,
            region,
            data_categories,
            operations: operations.into_iter().collect(),
            permissions,
            data_read: draft.data_read,
            volume_bytes: draft.volume_bytes,
            approval: approval?,
            authentication: authentication?,
            revocation,
            corrects,
        })
    }

    fn accessor(&mut self, draft: AccessorDraft, silence: Silence) -> Option<Accessor> {
        let pseudonym = self.optional("/accessor/pseudonym", draft.pseudonym, LONGEST_NAME);
        let role = self.told("/accessor/role", draft.role, silence);
        let employer = self.told("/accessor/employer", draft.employer, silence);
        let employer_kind = self.optional_code(
            "/accessor/employer_kind",
            draft.employer_kind,
            EmployerKind::from_code,
            EmployerKind::codes,
        );
        let office_country = self.place("/accessor/office_country", draft.office_country);
        if office_country.is_none() && self.problems.last().is_none_or(|last| last.field != "/accessor/office_country")
        {
            self.refuse::<()>("/accessor/office_country", "is missing; say `not_stated` where the source doesn't tell");
        }
        let physical_country = self.place("/accessor/physical_country", draft.physical_country);
        Some(Accessor {
            pseudonym,
            role,
            employer,
            employer_kind,
            office_country: office_country?,
            physical_country: physical_country.unwrap_or(Place::NotStated),
        })
    }

    fn told(&mut self, field: &str, value: Option<String>, silence: Silence) -> Option<String> {
        match silence {
            Silence::Refused => self.required(field, value, LONGEST_NAME),
            Silence::Told => self.optional(field, value, LONGEST_NAME),
        }
    }

    fn resources(&mut self, mut drafts: Vec<ResourceDraft>) -> Vec<Resource> {
        if self.mends() {
            leave_out(&mut drafts, MOST_RESOURCES, |more| ResourceDraft { kind: None, name: Some(more) });
        }
        if drafts.is_empty() {
            self.refuse::<()>("/resources", "is empty; name at least one resource");
        }
        if drafts.len() > MOST_RESOURCES {
            self.refuse::<()>("/resources", format!("has {} entries; {MOST_RESOURCES} at most", drafts.len()));
            return Vec::new();
        }
        let mut resources = Vec::with_capacity(drafts.len());
        for (place, draft) in drafts.into_iter().enumerate() {
            let kind = self.optional(&format!("/resources/{place}/type"), draft.kind, LONGEST_NAME);
            if let Some(name) = self.required(&format!("/resources/{place}/name"), draft.name, LONGEST_RESOURCE) {
                resources.push(Resource { kind, name });
            }
        }
        resources
    }

    fn approval(&mut self, draft: ApprovalDraft) -> Option<Approval> {
        let kind = self.required_code("/approval/kind", draft.kind, ApprovalKind::from_code, ApprovalKind::codes);
        let grant = self.optional("/approval/grant", draft.grant, LONGEST_RESOURCE);
        let approvers = self.entries("/approval/approvers", draft.approvers);
        let approved_at = self.time_from("/approval/approved_at", draft.approved_at, None);
        let reason = draft.reason.and_then(|reason| self.required_text("/approval/reason", Some(reason)));
        if kind == Some(ApprovalKind::None) && reason.is_none() {
            self.refuse::<()>("/approval/reason", "is missing; say why nobody approved beforehand");
        }
        Some(Approval { kind: kind?, grant, approvers, approved_at, reason })
    }

    fn authentication(&mut self, draft: AuthenticationDraft) -> Authentication {
        let factors = self.some_codes("/authentication/factors", draft.factors, Factor::from_code, Factor::codes);
        Authentication {
            factors,
            tool: self.optional("/authentication/tool", draft.tool, LONGEST_NAME),
            address_class: self.optional_code(
                "/authentication/address_class",
                draft.address_class,
                AddressClass::from_code,
                AddressClass::codes,
            ),
        }
    }

    fn revocation(&mut self, draft: RevocationDraft, started_at: Option<Timestamp>) -> Option<Revocation> {
        let revoked_by = self.required("/revocation/revoked_by", draft.revoked_by, LONGEST_NAME);
        let revoked_at = match draft.revoked_at {
            Some(text) => self.time_from("/revocation/revoked_at", Some(text), started_at),
            None => self.refuse("/revocation/revoked_at", "is missing; say when access was revoked"),
        };
        Some(Revocation { revoked_at: revoked_at?, revoked_by: revoked_by? })
    }

    fn time_from(&mut self, field: &str, value: Option<String>, earliest: Option<Timestamp>) -> Option<Timestamp> {
        match Timestamp::parse(&value?) {
            Ok(time) if earliest.is_some_and(|earliest| time < earliest) => self.refuse(field, "is before /started_at"),
            Ok(time) => Some(time),
            Err(error) => self.refuse(field, error.to_string()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    fn good() -> serde_json::Value {
        serde_json::json!({
            "id": "evt-1", "customer": "meridian-health",
            "accessor": {"role": "Support engineer", "employer": "Nimbus Cloud", "office_country": "IE"},
            "started_at": "2026-03-01T11:00:00Z", "purpose": "customer_requested_support",
            "justification": "Case 4711: restore of a deleted folder", "service": "Object Storage",
            "resources": [{"type": "bucket", "name": "records"}], "operations": ["read"],
            "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
        })
    }

    fn check(value: serde_json::Value) -> Result<AccessEvent, Vec<FieldProblem>> {
        serde_json::from_value::<AccessDraft>(value).unwrap().check(now())
    }

    fn fields(value: serde_json::Value) -> Vec<String> {
        check(value).unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_good_access_passes() {
        let event = check(good()).unwrap();
        assert_eq!(event.source, "native");
        assert_eq!(event.accessor.physical_country, Place::NotStated);
    }

    #[test]
    fn another_systems_log_may_leave_unsaid_what_ours_must_say() {
        let mut silent = good();
        silent["accessor"] = serde_json::json!({"office_country": "not_stated"});
        silent.as_object_mut().unwrap().remove("justification");
        assert_eq!(fields(silent.clone()), ["/accessor/role", "/accessor/employer", "/justification"]);
        let draft = serde_json::from_value::<AccessDraft>(silent).unwrap();
        let event = draft.check_of_log(now()).unwrap();
        assert_eq!((event.accessor.role, event.accessor.employer, event.justification), (None, None, None));
    }

    #[test]
    fn how_another_systems_log_is_written_keeps_no_access_out() {
        let hidden = "a\u{202E}\tb\u{0}c";
        let mut value = good();
        for pointer in ["/accessor/role", "/accessor/employer", "/service", "/resources/0/name", "/resources/0/type"] {
            *value.pointer_mut(pointer).unwrap() = hidden.into();
        }
        value["ticket"] = format!("{}-the-end", "7".repeat(5_000)).into();
        value["justification"] = format!("two\nlines{}", "x".repeat(5_000)).into();
        value["authentication"]["tool"] = hidden.into();
        value["approval"]["approvers"] = (0..60).map(|n| format!("p-{n}")).collect::<Vec<_>>().into();
        assert!(check(value.clone()).is_err(), "Vitrine's own format stays strict");
        let of_log = |value: serde_json::Value| {
            serde_json::from_value::<AccessDraft>(value).unwrap().check_of_log(now()).unwrap()
        };
        let event = of_log(value.clone());
        let shown = "a⟨U+202E⟩⟨U+0009⟩b⟨U+0000⟩c";
        assert_eq!((event.service.as_str(), event.authentication.tool.as_deref()), (shown, Some(shown)));
        assert_eq!((event.accessor.role.as_deref(), event.resources[0].name.as_str()), (Some(shown), shown));
        let ticket = event.ticket.unwrap();
        assert!(ticket.starts_with("777") && ticket.contains('…') && ticket.ends_with("-the-end"), "{ticket}");
        assert_eq!(ticket.chars().count(), LONGEST_NAME);
        assert!(event.justification.unwrap().starts_with("two\nlines"));
        let approvers = event.approval.approvers;
        assert_eq!((approvers.len(), approvers[49].as_str()), (50, "11 more"));

        value["resources"] = (0..150).map(|n| serde_json::json!({"name": format!("i-{n}")})).collect();
        let resources = of_log(value.clone()).resources;
        let last = resources.last().unwrap().to_string();
        assert_eq!((resources.len(), resources[98].name.as_str(), last.as_str()), (100, "i-98", "51 more"));

        // Ids that differ only in what isn't kept are those of two accesses still.
        let mut ids = ["evt\u{202E}", "evt⟨U+202E⟩"].map(ToOwned::to_owned).to_vec();
        ids.extend(["a", "b"].map(|middle| format!("{}{middle}{}", "x".repeat(300), "y".repeat(300))));
        let kept = ids.into_iter().map(|id| {
            value["id"] = id.into();
            of_log(value.clone()).id
        });
        let kept = kept.collect::<std::collections::BTreeSet<_>>();
        assert_eq!(kept.len(), 4, "{kept:?}");
        assert!(kept.iter().all(|id| id.chars().count() <= LONGEST_NAME));
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        assert_eq!(
            fields(serde_json::json!({})),
            [
                "/id",
                "/accessor",
                "/started_at",
                "/purpose",
                "/justification",
                "/service",
                "/resources",
                "/operations",
                "/approval",
                "/authentication"
            ]
        );
    }

    #[test]
    fn each_broken_rule_names_its_field() {
        for (pointer, value, field) in [
            ("/purpose", serde_json::json!("advertising"), "/purpose"),
            ("/justification", serde_json::json!("   "), "/justification"),
            ("/justification", serde_json::json!("a\u{0}b"), "/justification"),
            ("/justification", serde_json::json!("a\u{202E}b"), "/justification"),
            ("/accessor/office_country", serde_json::json!("Ireland"), "/accessor/office_country"),
            ("/accessor/office_country", serde_json::json!(null), "/accessor/office_country"),
            ("/accessor/role", serde_json::json!("x".repeat(201)), "/accessor/role"),
            ("/operations", serde_json::json!([]), "/operations"),
            ("/operations", serde_json::json!(["read", "peek"]), "/operations/1"),
            ("/operations", serde_json::json!(["not_stated"]), "/operations/0"),
            ("/started_at", serde_json::json!("2026-03-01T12:06:00Z"), "/started_at"),
            ("/started_at", serde_json::json!("yesterday"), "/started_at"),
            ("/approval", serde_json::json!({"kind": "none"}), "/approval/reason"),
            ("/approval", serde_json::json!({"kind": "the boss"}), "/approval/kind"),
            ("/authentication", serde_json::json!({"factors": []}), "/authentication/factors"),
            ("/resources/0/name", serde_json::json!(""), "/resources/0/name"),
        ] {
            let mut value_at = good();
            *value_at.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
            assert_eq!(fields(value_at), [field]);
        }
    }

    #[test]
    fn an_end_before_the_start_is_refused() {
        let mut value = good();
        value["ended_at"] = "2026-03-01T10:00:00Z".into();
        value["revocation"] = serde_json::json!({"revoked_at": "2026-03-01T10:00:00Z", "revoked_by": "timer"});
        assert_eq!(fields(value), ["/ended_at", "/revocation/revoked_at"]);
    }

    #[test]
    fn a_correction_of_itself_is_refused() {
        let mut value = good();
        value["corrects"] = "evt-1".into();
        assert_eq!(fields(value), ["/corrects"]);
    }

    /// An event that has every field: a new one must be filled in here.
    pub(crate) fn full(text: &str) -> AccessEvent {
        let text = || text.to_owned();
        AccessEvent {
            accessor: Accessor {
                employer: Some(text()),
                employer_kind: Some(EmployerKind::Subprocessor),
                office_country: Place::parse("IE").unwrap(),
                physical_country: Place::NotStated,
                pseudonym: Some(text()),
                role: Some(text()),
            },
            approval: Approval {
                approved_at: Some(now()),
                approvers: vec![text(), text()],
                grant: Some(text()),
                kind: ApprovalKind::Customer,
                reason: Some(text()),
            },
            authentication: Authentication {
                address_class: Some(AddressClass::Vpn),
                factors: vec![Factor::Passkey],
                tool: Some(text()),
            },
            corrects: Some(text()),
            data_categories: vec![text()],
            data_read: Some(true),
            ended_at: Some(now()),
            id: text(),
            justification: Some(text()),
            operations: [Operation::Read, Operation::List].into_iter().collect(),
            permissions: vec![Permission::DataRead],
            purpose: Purpose::LegalDemand,
            region: Some(text()),
            requested_by: Some(text()),
            resources: vec![Resource { name: text(), kind: Some(text()) }],
            revocation: Some(Revocation { revoked_at: now(), revoked_by: text() }),
            service: text(),
            source: text(),
            started_at: now(),
            ticket: Some(text()),
            volume_bytes: Some(LARGEST_INTEGER),
        }
    }

    proptest! {
        #[test]
        fn the_canonical_bytes_are_those_of_an_independent_implementation(text in any::<String>()) {
            let event = full(&text);
            let bytes = event.canonical_bytes().unwrap();
            prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&event).unwrap());
            prop_assert_eq!(serde_json::from_slice::<AccessEvent>(&bytes).unwrap(), event);
        }

        #[test]
        fn any_text_in_any_field_is_kept_or_refused(text in ".{0,300}", pointer in proptest::sample::select(vec![
            "/id", "/justification", "/service", "/purpose", "/started_at", "/accessor/role",
            "/accessor/office_country", "/resources/0/name", "/approval/kind", "/operations/0",
        ])) {
            let mut value = good();
            *value.pointer_mut(pointer).unwrap() = text.into();
            match check(value) {
                Ok(event) => {
                    let bytes = event.canonical_bytes().unwrap();
                    prop_assert_eq!(serde_json::from_slice::<AccessEvent>(&bytes).unwrap(), event);
                }
                Err(problems) => prop_assert!(problems.iter().all(|problem| problem.field == pointer)),
            }
        }

        #[test]
        fn any_text_in_a_log_is_kept(text in "(?s).{0,300}", pointer in proptest::sample::select(vec![
            "/id", "/justification", "/service", "/accessor/role", "/resources/0/name", "/resources/0/type",
        ])) {
            let mut value = good();
            *value.pointer_mut(pointer).unwrap() = text.clone().into();
            let draft = serde_json::from_value::<AccessDraft>(value).unwrap();
            match draft.check_of_log(now()) {
                // What is kept passes the rules of Vitrine's own format.
                Ok(event) => {
                    let mut again = serde_json::to_value(event).unwrap();
                    again["customer"] = "meridian-health".into();
                    prop_assert!(check(again).is_ok());
                }
                Err(_) => prop_assert!(text.trim().is_empty()),
            }
        }
    }
}
