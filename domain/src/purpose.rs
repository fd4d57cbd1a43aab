//! The purposes for which a provider may access a customer's data.

crate::closed_list! {
    /// Why data was accessed: a closed list.
    ///
    /// There is no advertising, marketing, profiling or model training, and configuration can't add one: ISO/IEC
    /// 27018 forbids marketing and advertising use without express consent, and Vitrine's promise forbids it at all.
    pub enum Purpose {
        CustomerRequestedSupport => "Support you asked for",
        ServiceOperation => "Operating the service",
        ProductionAlert => "Responding to a production alert",
        SecurityAndAbusePrevention => "Security and abuse prevention",
        IntegrityAndComplianceReview => "Integrity and compliance review",
        LegalDemand => "Legal demand",
        CustomerAuthorizedWorkflow => "Workflow you authorised",
        ProtectionImprovement => "Improving detection and protection",
        BreakGlassEmergency => "Break-glass emergency",
        /// No reason, and no permission: another system's log that doesn't say why.
        NotStated => "Not stated by the source",
    }
}

impl Purpose {
    /// The purposes for which a provider may access data: every member but [`Self::NotStated`].
    pub fn reasons() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|purpose| *purpose != Self::NotStated)
    }

    /// The reason with this code, for what must have one, such as a request for access.
    pub fn reason_from_code(code: &str) -> Option<Self> {
        Self::from_code(code).filter(|purpose| *purpose != Self::NotStated)
    }

    /// The code of every reason, for an error that says what would have been right.
    pub fn reason_codes() -> String {
        Self::reasons().map(Self::code).collect::<Vec<_>>().join(", ")
    }

    /// One sentence that tells a customer what the purpose covers.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::CustomerRequestedSupport => "You asked for help, and helping needed this access.",
            Self::ServiceOperation => "The provider started this itself to keep the service running.",
            Self::ProductionAlert => "An alert in production had to be answered.",
            Self::SecurityAndAbusePrevention => "Malware, spam or an intrusion was being found or stopped.",
            Self::IntegrityAndComplianceReview => "The provider was checking that its own rules were kept.",
            Self::LegalDemand => "An authority demanded data under legal process.",
            Self::CustomerAuthorizedWorkflow => "You set up or authorised a workflow that makes this access.",
            Self::ProtectionImprovement => {
                "Features that detect and protect against evolving threats were being improved."
            }
            Self::BreakGlassEmergency => "An emergency left no time for the ordinary approval.",
            Self::NotStated => "The system that reported this access doesn’t state its purpose.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_purpose_is_advertising() {
        for purpose in Purpose::ALL {
            let words = format!("{} {} {}", purpose.code(), purpose.label(), purpose.explanation()).to_lowercase();
            for forbidden in ["advert", "marketing", "profiling", "training"] {
                assert!(!words.contains(forbidden), "{words}");
            }
        }
        assert_eq!(Purpose::from_code("advertising"), None);
    }

    #[test]
    fn what_must_have_a_reason_takes_none_that_is_not_stated() {
        assert_eq!(Purpose::reasons().count(), Purpose::ALL.len() - 1);
        assert_eq!(Purpose::reason_from_code("not_stated"), None);
        assert!(!Purpose::reason_codes().contains("not_stated"));
    }

    #[test]
    fn codes_are_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(*purpose));
        }
    }
}
