//! Who signs in.

crate::closed_list! {
    /// What a person may do for the customer it belongs to.
    pub enum MemberRole {
        Owner => "Owner",
        Approver => "Approver",
        PrivacyOfficer => "Privacy officer",
        Auditor => "Auditor",
    }
}

crate::closed_list! {
    /// What a person of the provider may do. No role reads a customer's data: the portal holds records about access.
    pub enum StaffRole {
        Operations => "Operations",
        Legal => "Legal",
        Publishing => "Publishing",
        Administrator => "Administrator",
    }
}

impl MemberRole {
    /// Whether it acknowledges notices, asks and objects, also about accesses; an auditor reads.
    pub fn answers_notices(self) -> bool {
        self != Self::Auditor
    }

    /// Whether it decides about requests for access, without being a delegate.
    pub fn approves(self) -> bool {
        matches!(self, Self::Owner | Self::Approver)
    }
}

/// A role of either kind of person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Member(MemberRole),
    Staff(StaffRole),
}

impl Role {
    pub fn code(self) -> &'static str {
        match self {
            Self::Member(role) => role.code(),
            Self::Staff(role) => role.code(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Member(role) => role.label(),
            Self::Staff(role) => role.label(),
        }
    }

    /// Every role of a customer's members, or of the provider's staff.
    pub fn all(of_customer: bool) -> Vec<Self> {
        if of_customer {
            MemberRole::ALL.iter().copied().map(Self::Member).collect()
        } else {
            StaffRole::ALL.iter().copied().map(Self::Staff).collect()
        }
    }

    /// The role with this code, of a customer's members or of the provider's staff.
    pub fn from_code(of_customer: bool, code: &str) -> Option<Self> {
        Self::all(of_customer).into_iter().find(|role| role.code() == code)
    }

    /// Whether it answers what customers ask about accesses and decides what they dispute.
    pub fn answers_inquiries(self) -> bool {
        matches!(self, Self::Staff(StaffRole::Operations | StaffRole::Legal))
    }

    /// Whether it asks customers for access to their data.
    pub fn asks_for_access(self) -> bool {
        self == Self::Staff(StaffRole::Operations)
    }

    /// Whether it decides for the provider about access that others ask for, where a customer's policy wants that: its
    /// manager.
    pub fn manages_access(self) -> bool {
        matches!(self, Self::Staff(StaffRole::Operations | StaffRole::Administrator))
    }

    /// Whether it manages people, sign-in and tokens: the owner's at a customer, the administrator's at the provider.
    /// There is always somebody who has it.
    pub fn administers(self) -> bool {
        matches!(self, Self::Member(MemberRole::Owner) | Self::Staff(StaffRole::Administrator))
    }

    /// Whether it reads demands, sealed ones too. Nobody is given it, or begins anew in it, by one person alone.
    pub fn is_legal(self) -> bool {
        self == Self::Staff(StaffRole::Legal)
    }

    /// Whether it confirms, as a second person, what makes somebody a lawyer.
    pub fn confirms(self) -> bool {
        matches!(self, Self::Staff(StaffRole::Legal | StaffRole::Administrator))
    }

    /// Whether it writes and issues notices, and answers what customers say about them.
    pub fn gives_notice(self) -> bool {
        matches!(self, Self::Staff(StaffRole::Legal | StaffRole::Publishing))
    }
}

/// A name that somebody gives to themselves, a token or a passkey.
///
/// # Errors
/// The field, where the name is empty or too long.
pub fn short_name(field: &str, text: &str) -> Result<String, crate::FieldProblem> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(crate::FieldProblem::new(field, "is missing")),
        1..=100 if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        _ => Err(crate::FieldProblem::new(field, "can have up to 100 characters, on one line")),
    }
}

/// The name that reporting systems use for a customer.
///
/// # Errors
/// The field `name`, where something else than lower-case letters, digits and hyphens is in it, or too many of them.
pub fn customer_name(text: &str) -> Result<String, crate::FieldProblem> {
    let good = !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let problem = || crate::FieldProblem::new("name", "can have up to 63 lower-case letters, digits and hyphens");
    if good { Ok(text.to_owned()) } else { Err(problem()) }
}

/// An e-mail address as it is kept: lower case, without blanks around it.
///
/// # Errors
/// The field `email`, where it is no address. Whether mail arrives there is not for a rule to know.
pub fn email_address(text: &str) -> Result<String, crate::FieldProblem> {
    let email = text.trim().to_lowercase();
    let good = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.rsplit_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty())
        });
    if good {
        Ok(email)
    } else {
        Err(crate::FieldProblem::new("email", "is no e-mail address such as ada@acme.example"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case_and_a_text_that_is_none_is_refused() {
        assert_eq!(email_address(" Ada@ACME.example ").unwrap(), "ada@acme.example");
        for bad in ["", "ada", "@acme.example", "ada@acme", "ada@.example", "a da@acme.example", "ada@acme..example"] {
            assert_eq!(email_address(bad).unwrap_err().field, "email", "{bad}");
        }
    }

    #[test]
    fn a_role_is_found_among_its_own_kind_alone() {
        assert_eq!(Role::from_code(true, "owner"), Some(Role::Member(MemberRole::Owner)));
        assert_eq!(Role::from_code(false, "owner"), None);
    }
}
