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
    }
}

impl Purpose {
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
    fn codes_are_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(*purpose));
        }
    }
}
