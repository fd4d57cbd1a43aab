//! What was done to data, and what could have been done.

use serde::{Deserialize, Serialize};

crate::closed_list! {
    /// What an accessor did.
    pub enum Operation {
        Read => "Read",
        List => "List",
        Export => "Export",
        Write => "Write",
        Create => "Create",
        Delete => "Delete",
        Configure => "Configure",
        Execute => "Execute",
        Decrypt => "Decrypt",
        /// No act: another system's log that doesn't say what was done.
        NotStated => "Not stated",
    }
}

impl Operation {
    /// What can be done: every member but [`Self::NotStated`].
    pub fn acts() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|operation| *operation != Self::NotStated)
    }

    /// The act with this code, for what must say one, such as a request for access.
    pub fn act_from_code(code: &str) -> Option<Self> {
        Self::from_code(code).filter(|operation| *operation != Self::NotStated)
    }

    /// The code of every act, for an error that says what would have been right.
    pub fn act_codes() -> String {
        Self::acts().map(Self::code).collect::<Vec<_>>().join(", ")
    }
}

crate::closed_list! {
    /// What an accessor was permitted to do. A permission is not proof that data was read.
    pub enum Permission {
        AdminRead => "Admin read",
        AdminWrite => "Admin write",
        DataRead => "Data read",
        DataWrite => "Data write",
    }
}

/// A set of operations, kept in the order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OperationSet(u16);

impl OperationSet {
    pub fn insert(&mut self, operation: Operation) {
        self.0 |= 1 << operation as u16;
    }

    pub fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u16) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL.iter().copied().filter(move |operation| self.contains(*operation))
    }

    /// One bit for each operation, for a database to filter by.
    pub fn bits(self) -> i64 {
        i64::from(self.0)
    }

    /// `Read, List`.
    pub fn labels(self) -> String {
        self.iter().map(Operation::label).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Operation> for OperationSet {
    fn from_iter<I: IntoIterator<Item = Operation>>(operations: I) -> Self {
        let mut set = Self::default();
        operations.into_iter().for_each(|operation| set.insert(operation));
        set
    }
}

impl Serialize for OperationSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for OperationSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Operation>::deserialize(deserializer)?.into_iter().collect())
    }
}
