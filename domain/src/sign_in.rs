//! How people sign in, and what a customer asks of it.

crate::closed_list! {
    /// What a session was opened with.
    pub enum SignInMeans {
        Password => "Password",
        PasswordAndCode => "Password and code",
        PasswordAndRecoveryCode => "Password and recovery code",
        Passkey => "Passkey",
        SingleSignOn => "Single sign-on",
        Invitation => "Invitation link",
    }
}

crate::closed_list! {
    /// What a customer asks of its members' sign-in. The provider's own people are always asked for a second factor.
    #[derive(Default)]
    pub enum SignInRule {
        Password => "A password is enough",
        /// What a new customer asks (OWASP ASVS 5.0, 6.3.3).
        #[default]
        SecondFactor => "A second factor or a passkey",
        Passkey => "A passkey",
    }
}

impl SignInRule {
    /// Whether a session opened by these means fulfils the rule. Single sign-on does: which factors it takes is for
    /// the customer's own identity provider to say.
    pub fn is_met_by(self, means: SignInMeans) -> bool {
        match (self, means) {
            // A link proves who was invited and nothing that could be asked for again.
            (_, SignInMeans::Invitation) => false,
            (_, SignInMeans::Passkey | SignInMeans::SingleSignOn) | (Self::Password, _) => true,
            (Self::SecondFactor, SignInMeans::PasswordAndCode | SignInMeans::PasswordAndRecoveryCode) => true,
            (Self::SecondFactor, SignInMeans::Password) | (Self::Passkey, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_met_by_what_it_asks_for_or_more() {
        let met = |rule: SignInRule| {
            SignInMeans::ALL
                .iter()
                .copied()
                .filter(|means| rule.is_met_by(*means))
                .map(SignInMeans::code)
                .collect::<Vec<_>>()
        };
        let all = ["password", "password_and_code", "password_and_recovery_code", "passkey", "single_sign_on"];
        assert_eq!(met(SignInRule::Password), all);
        assert_eq!(met(SignInRule::SecondFactor), all[1..]);
        assert_eq!(met(SignInRule::Passkey), all[3..]);
    }
}
