//! The trail: who did what in the portal.

use serde::Serialize;

use crate::{PersonId, Timestamp, export::spreadsheet_safe};

crate::closed_list! {
    /// What somebody did in the portal, or what was done to their sign-in.
    pub enum TrailAct {
        SignedIn => "Signed in",
        SignInRefused => "Sign-in refused",
        SignedOut => "Signed out",
        SessionEnded => "Ended a session",
        SessionsEnded => "Ended sessions",
        PasswordSet => "Set a password",
        PasskeyAdded => "Added a passkey",
        PasskeyRemoved => "Removed a passkey",
        AuthenticatorAdded => "Added an authenticator app",
        AuthenticatorRemoved => "Removed the authenticator app",
        RecoveryCodesMade => "Made new recovery codes",
        MemberInvited => "Invited a person",
        InvitationWithdrawn => "Withdrew an invitation",
        MemberJoined => "Joined",
        MemberRoleChanged => "Changed a person’s role",
        MemberReset => "Made a link to begin anew",
        MemberRemoved => "Removed a person",
        SignInRuleSet => "Set what sign-in asks for",
        SingleSignOnSet => "Set up single sign-on",
        SingleSignOnSwitched => "Switched single sign-on",
        SingleSignOnRemoved => "Removed single sign-on",
        TokenMade => "Made an API token",
        TokenRotated => "Rotated an API token",
        TokenRevoked => "Revoked an API token",
        WebhookMade => "Made a webhook",
        WebhookSecretRotated => "Made a new secret for a webhook",
        WebhookRemoved => "Removed a webhook",
        SigningKeyRotated => "Made a new key that signs tokens",
        RecordDownloaded => "Downloaded the access record",
        TrailDownloaded => "Downloaded the activity",
        CustomerMade => "Made a customer",
        NoticeAcknowledged => "Acknowledged a notice",
        NoticeCommented => "Wrote about a notice",
        NoticeObjected => "Objected to a change",
        NoticeCopyDownloaded => "Downloaded a copy of a demand",
        NoticesDownloaded => "Downloaded the notices",
        NoticeWritten => "Wrote a notice",
        NoticeDiscarded => "Threw a notice away before it was issued",
        NoticeIssued => "Issued a notice",
        NoticeAnswered => "Answered a customer about a notice",
        TermsProposed => "Proposed terms",
        TermsDiscarded => "Threw proposed terms away",
        TermsPublished => "Published terms",
        TransfersDownloaded => "Downloaded the transfers",
        EditionDrafted => "Drafted an edition of the report",
        EditionDiscarded => "Threw a drafted edition away",
        EditionPublished => "Published an edition of the report",
        AgreementDownloaded => "Downloaded a contract paper",
        ReportTermsAccepted => "Accepted the terms of a report",
        ReportDownloaded => "Downloaded a report",
        StatisticsUploaded => "Uploaded a publisher’s statistics",
        StatisticsDiscarded => "Threw uploaded statistics away",
        StatisticsImported => "Imported a publisher’s statistics",
        CustomerDomainsSet => "Said which e-mail domains are a customer’s",
        InquiryAsked => "Asked about an access",
        InquiryDisputed => "Disputed an access",
        SummaryDownloaded => "Downloaded a month’s summary",
        FindingDismissed => "Dismissed a finding",
        FindingAsked => "Turned a finding into a question",
        InquiryAnswered => "Answered a customer about an access",
        InquiryDecided => "Decided a dispute of an access",
        AccessAskedFor => "Asked for access to a customer’s data",
        AccessApproved => "Approved access",
        AccessDenied => "Denied access",
        AccessQuestionAsked => "Asked about a request for access",
        AccessQuestionAnswered => "Answered about a request for access",
        AccessWithdrawn => "Withdrew a request for access",
        AccessRevoked => "Revoked access",
        AccessGrantEnded => "Ended access",
        AccessReviewed => "Reviewed access that nobody had approved beforehand",
        AccessPolicySet => "Set who decides about access",
        ApprovalKeyAdded => "Added a key that signs approvals",
        ApprovalKeyRemoved => "Removed a key that signs approvals",
        ConfirmationAsked => "Asked a second person to confirm",
        ConfirmationWithdrawn => "Withdrew what waited for a second person",
    }
}

/// One line of a trail, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrailEntry {
    /// Its place, from 0, without gaps.
    pub sequence: i64,
    pub happened_at: Timestamp,
    pub act: TrailAct,
    /// The person who acted; nobody where the machine's operator or somebody unknown did.
    pub actor_id: Option<PersonId>,
    /// What the actor was called then.
    pub actor: String,
    /// Whom or what it was done to, and how.
    pub subject: String,
    /// The browser or program, as it named itself.
    pub device: String,
    /// The network address that it came from.
    pub address: String,
}

/// The columns of a trail's CSV, in order. A new column goes to the end: readers may count.
pub const TRAIL_CSV_HEADER: [&str; 8] =
    ["sequence", "happened_at", "act", "actor_id", "actor", "subject", "device", "address"];

impl TrailEntry {
    /// The cells of one line, safe to open in a spreadsheet (see [`crate::export`]).
    pub fn csv_cells(&self) -> [String; 8] {
        let text = |text: &str| spreadsheet_safe(text).into_owned();
        [
            self.sequence.to_string(),
            self.happened_at.to_string(),
            self.act.code().to_owned(),
            self.actor_id.map(|person| person.to_string()).unwrap_or_default(),
            text(&self.actor),
            text(&self.subject),
            text(&self.device),
            text(&self.address),
        ]
    }
}
