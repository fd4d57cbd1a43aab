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
