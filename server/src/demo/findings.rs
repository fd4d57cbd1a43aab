//! What the demo's customer did about what stands out in its record.

use domain::{MemberRole, PersonId, finding::FindingKind};
use store::{Customer, Store};

use super::DemoError;

/// Dismisses one of the findings; the others wait.
pub async fn dismiss(past: &Store, customer: &Customer, person: (PersonId, &str)) -> Result<(), DemoError> {
    let findings = past.operator().findings_of(customer, person.0, MemberRole::PrivacyOfficer, person.1);
    let found = findings.found().await?.open;
    let is_known =
        |kind: FindingKind, words: &str| kind == FindingKind::FirstTimeAccessor && words.starts_with("op-d90e ");
    let known = found.iter().find(|finding| is_known(finding.kind, &finding.words));
    let known = known.ok_or_else(|| DemoError::Story("nobody new stands out".to_owned()))?;
    let reason = "Told to us on the phone: somebody new in the Frankfurt team, who was on call with a colleague.";
    let dismissed = findings.dismiss(&known.key, reason).await?;
    dismissed.map_err(|why| DemoError::Story(format!("“{reason}”: {why:?}")))
}
