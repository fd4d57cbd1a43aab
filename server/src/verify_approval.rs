//! `server verify-approval`: checks the approvals of a grant that was taken away as a file. It asks no server and no
//! database.

use std::{io, path::PathBuf};

use domain::grant::{Approval, GrantFile, GrantReplayError, GrantState, PublicKey, Side, Signature, who_approves};

const EXPLANATION: &str = "\
A signed approval is over the exact request and how much of it was approved: whoever has no such key can't have made it. \
When it was given, and by whom, is what the provider wrote beside it.

That a signature verifies says that somebody with that key made it. Whose key it is you know by its fingerprint: compare \
it with the one that you noted when the key was made, or give it by --key.

A passkey belongs to the portal's address: whoever runs the portal could have asked for its signature when you signed in. A key of your own, that signs over the API, is asked by nobody but you.";

#[derive(clap::Args, Debug)]
#[command(after_help = EXPLANATION)]
pub struct Args {
    /// The fingerprint of a key of the customer's; may be given several times. What was granted must have an approval of
    /// the customer's, and each of these must be signed by one of the keys.
    #[arg(long, value_name = "SHA-256")]
    key: Vec<String>,
    /// The grant, as it was taken away; - is standard input.
    file: PathBuf,
}

/// Why a grant's approvals are not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("{file} can't be read: {source}")]
    Read { file: PathBuf, source: io::Error },
    #[error("{file} is no grant that was taken away: {source}")]
    NoGrant { file: PathBuf, source: serde_json::Error },
    #[error("the grant doesn't verify: {0}")]
    Register(#[from] GrantReplayError),
    #[error("{0} of the customer's approvals are not signed by a key that was given; each is named above")]
    OtherKey(usize),
    #[error("access was granted, and the customer approved none of it")]
    NoApproval,
}

impl VerifyError {
    /// Whether the file was read and found wrong.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Register(_) | Self::OtherKey(_) | Self::NoApproval)
    }
}

/// Says what was approved, by whom, and with which keys it was signed.
///
/// # Errors
/// Where the file can't be read, or what stands in it doesn't verify.
pub fn run(args: &Args) -> Result<(), VerifyError> {
    let read = |source| VerifyError::Read { file: args.file.clone(), source };
    let text = if args.file.as_os_str() == "-" {
        io::read_to_string(io::stdin()).map_err(read)?
    } else {
        std::fs::read_to_string(&args.file).map_err(read)?
    };
    let file: GrantFile =
        serde_json::from_str(&text).map_err(|source| VerifyError::NoGrant { file: args.file.clone(), source })?;
    let state = file.open()?;
    for line in told(&state) {
        println!("{line}");
    }
    let (mut others, mut of_customer) = (0, 0);
    for approval in &state.facts().approvals {
        println!("{}", approval_told(approval));
        let known =
            fingerprint(approval).is_some_and(|key| args.key.iter().any(|given| given.eq_ignore_ascii_case(&key)));
        of_customer += usize::from(approval.side == Side::Customer);
        others += usize::from(approval.side == Side::Customer && !known);
    }
    match (args.key.is_empty(), others, of_customer) {
        (true, ..) => Ok(()),
        (false, 0, 0) if state.granted().is_some() => Err(VerifyError::NoApproval),
        (false, 0, _) => Ok(()),
        (false, others, _) => Err(VerifyError::OtherKey(others)),
    }
}

fn told(state: &GrantState) -> Vec<String> {
    let facts = state.facts();
    let request = &facts.request;
    let mut lines = vec![
        format!("grant {} of customer {}: {}", facts.id, facts.customer, state.status().label().to_lowercase()),
        format!(
            "asked on {} by {} as “{}”",
            facts.asked_at(),
            facts.asked_by().map_or("nobody", |by| &by.name),
            request.reference
        ),
        format!("for {} ({}, {}): {}", request.accessor, request.role, request.employer, request.justification),
        format!("had to approve: {}", who_approves(&facts.terms, Side::Portal)),
    ];
    if facts.approvals.is_empty() {
        lines.push("nobody approved it".to_owned());
    }
    if let Some((granted, until)) = state.granted() {
        lines.push(format!("access from {} until {until}", granted.from));
    }
    lines
}

fn approval_told(approval: &Approval) -> String {
    let Approval { at, side, by, extent, rule, signature } = approval;
    let who = match side {
        Side::Customer => "the customer's",
        Side::Provider | Side::Portal => "the provider's",
    };
    let by = if rule.is_some() { "its standing approval".to_owned() } else { by.name.clone() };
    let resources = extent.resources.iter().map(|resource| resource.as_str()).collect::<Vec<_>>().join(", ");
    let operations = extent.operations.iter().map(|operation| operation.code()).collect::<Vec<_>>().join(", ");
    let signed = match signature.as_deref() {
        None => "not signed: the provider alone says so".to_owned(),
        Some(signature) => {
            let with = match signature {
                Signature::Passkey { relying_party, .. } => format!("a passkey of {relying_party}"),
                Signature::Key { key_id, .. } => format!("the key {key_id}"),
            };
            format!(
                "signed with {with} ({}), fingerprint {}",
                algorithm(signature.key()),
                signature.key().fingerprint()
            )
        }
    };
    format!("{who} approval on {at} by {by}: {operations} of {resources}, for {} minutes; {signed}", extent.minutes)
}

fn algorithm(key: &PublicKey) -> &'static str {
    match key {
        PublicKey::Ed25519(_) => "Ed25519",
        PublicKey::P256(_) => "ECDSA on P-256",
    }
}

fn fingerprint(approval: &Approval) -> Option<String> {
    approval.signature.as_deref().map(|signature| signature.key().fingerprint())
}
