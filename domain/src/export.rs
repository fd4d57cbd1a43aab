//! The record as people and their systems take it away: CSV columns and JSON documents.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Serialize;

use crate::{
    OperationSet, Place,
    access::{AccessEvent, AccessRecord},
    grant::Breach,
};

/// The columns of the CSV, in order. A new column goes to the end: readers may count.
pub const CSV_HEADER: [&str; 33] = [
    "sequence",
    "recorded_at",
    "source",
    "event_id",
    "started_at",
    "ended_at",
    "accessor_pseudonym",
    "accessor_role",
    "accessor_employer",
    "accessor_employer_kind",
    "accessor_office_country",
    "accessor_physical_country",
    "purpose",
    "justification",
    "ticket",
    "requested_by",
    "service",
    "resources",
    "region",
    "data_categories",
    "operations",
    "permissions",
    "data_read",
    "volume_bytes",
    "approval",
    "approval_grant",
    "approvers",
    "approved_at",
    "authentication_factors",
    "revoked_at",
    "revoked_by",
    "corrects_event_id",
    "exception",
];

/// Writes records as CSV (RFC 4180: CRLF, quotes where needed), safe to open in a spreadsheet.
///
/// A text that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, “CSV Injection”).
pub struct CsvRecords {
    writer: csv::Writer<Vec<u8>>,
    cell: String,
}

impl CsvRecords {
    /// A writer that begins with the header line.
    pub fn with_header() -> Result<Self, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(CSV_HEADER)?;
        Ok(Self { writer, cell: String::new() })
    }

    /// Takes out the bytes written so far; the next record follows on from them.
    pub fn take(&mut self) -> Result<Vec<u8>, csv::Error> {
        self.writer.flush()?;
        let next = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        std::mem::replace(&mut self.writer, next)
            .into_inner()
            .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
    }

    /// Writes one record.
    pub fn write<T: AsRef<str>>(&mut self, record: &AccessRecord<T>) -> Result<(), csv::Error> {
        let event = &record.event;
        let AccessEvent { accessor, approval, authentication, revocation, .. } = event;
        self.plain(record.sequence)?;
        self.plain(record.recorded_at)?;
        self.text(event.source.as_ref())?;
        self.text(event.id.as_ref())?;
        self.plain(event.started_at)?;
        self.optional(event.ended_at)?;
        self.optional_text(accessor.pseudonym.as_ref())?;
        self.optional_text(accessor.role.as_ref())?;
        self.optional_text(accessor.employer.as_ref())?;
        self.optional_text(accessor.employer_kind.map(|kind| kind.code()))?;
        self.place(accessor.office_country)?;
        self.place(accessor.physical_country)?;
        self.text(event.purpose.code())?;
        self.optional_text(event.justification.as_ref())?;
        self.optional_text(event.ticket.as_ref())?;
        self.optional_text(event.requested_by.as_ref())?;
        self.text(event.service.as_ref())?;
        self.list(event.resources.iter().map(|resource| resource.name.as_ref()))?;
        self.optional_text(event.region.as_ref())?;
        self.list(event.data_categories.iter().map(AsRef::as_ref))?;
        self.operations(event.operations)?;
        self.list(event.permissions.iter().map(|permission| permission.code()))?;
        self.optional(event.data_read)?;
        self.optional(event.volume_bytes)?;
        self.text(approval.kind.code())?;
        self.optional_text(approval.grant.as_ref())?;
        self.list(approval.approvers.iter().map(AsRef::as_ref))?;
        self.optional(approval.approved_at)?;
        self.list(authentication.factors.iter().map(|factor| factor.code()))?;
        self.optional(revocation.as_ref().map(|revocation| revocation.revoked_at))?;
        self.optional_text(revocation.as_ref().map(|revocation| &revocation.revoked_by))?;
        self.optional_text(event.corrects.as_ref())?;
        self.list(record.breaches.iter().map(|breach| breach.code()))?;
        self.writer.write_record(None::<&[u8]>)
    }

    /// A value that we format ourselves and that can't be a formula.
    fn plain(&mut self, value: impl std::fmt::Display) -> Result<(), csv::Error> {
        use std::fmt::Write as _;
        self.cell.clear();
        // Writing to a String doesn't fail.
        let _ = write!(self.cell, "{value}");
        self.writer.write_field(&self.cell)
    }

    fn optional(&mut self, value: Option<impl std::fmt::Display>) -> Result<(), csv::Error> {
        match value {
            Some(value) => self.plain(value),
            None => self.writer.write_field(""),
        }
    }

    fn place(&mut self, place: Place) -> Result<(), csv::Error> {
        self.writer.write_field(place.code())
    }

    fn operations(&mut self, operations: OperationSet) -> Result<(), csv::Error> {
        self.list(operations.iter().map(|operation| operation.code()))
    }

    /// Several values in one cell, one a line.
    fn list<'a>(&mut self, values: impl Iterator<Item = &'a str>) -> Result<(), csv::Error> {
        self.cell.clear();
        for value in values {
            if !self.cell.is_empty() {
                self.cell.push('\n');
            }
            self.cell.push_str(value);
        }
        let cell = std::mem::take(&mut self.cell);
        let written = self.text(&cell);
        self.cell = cell;
        written
    }

    fn optional_text(&mut self, value: Option<impl AsRef<str>>) -> Result<(), csv::Error> {
        self.text(value.as_ref().map_or("", AsRef::as_ref))
    }

    fn text(&mut self, value: &str) -> Result<(), csv::Error> {
        self.writer.write_field(spreadsheet_safe(value).as_bytes())
    }
}

const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A text that no spreadsheet takes for a formula; one that looks like such a text already is marked again, so that
/// reading it back is unambiguous.
pub(crate) fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches('\'').starts_with(FORMULA_STARTS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`spreadsheet_safe`] was given.
pub(crate) fn without_safeguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.trim_start_matches('\'').starts_with(FORMULA_STARTS)).unwrap_or(text)
}

/// One record as a JSON document: the record with the event's own fields beside its place.
#[derive(Serialize)]
pub struct JsonRecord<'a, T> {
    sequence: i64,
    recorded_at: crate::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects_sequence: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_by_sequence: Option<i64>,
    /// What the access broke of what was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a BTreeSet<Breach>>,
    event: &'a AccessEvent<T>,
}

impl<'a, T> JsonRecord<'a, T> {
    pub fn new(record: &'a AccessRecord<T>) -> Self {
        Self {
            sequence: record.sequence,
            recorded_at: record.recorded_at,
            corrects_sequence: record.corrects,
            corrected_by_sequence: record.corrected_by,
            exception: Some(&record.breaches).filter(|breaches| !breaches.is_empty()),
            event: &record.event,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Text, Timestamp, access::tests::full};
    use proptest::prelude::*;

    fn csv<T: AsRef<str>>(event: AccessEvent<T>) -> String {
        let recorded_at = Timestamp::parse("2026-03-01T12:00:01Z").unwrap();
        let mut csv = CsvRecords::with_header().unwrap();
        csv.take().unwrap();
        let breaches = BTreeSet::from([Breach::Resources, Breach::Country]);
        let record = AccessRecord { sequence: 7, recorded_at, event, corrected_by: None, corrects: Some(3), breaches };
        csv.write(&record).unwrap();
        String::from_utf8(csv.take().unwrap()).unwrap()
    }

    #[test]
    fn a_record_is_one_row_of_csv() {
        let expected = "7,2026-03-01T12:00:01.000000Z,'=a,'=a,2026-03-01T12:00:00.000000Z,2026-03-01T12:00:00.000000Z,\
            '=a,'=a,'=a,subprocessor,IE,not_stated,legal_demand,'=a,'=a,'=a,'=a,'=a,'=a,'=a,\"read\nlist\",data_read,true,\
            9007199254740991,customer,'=a,\"'=a\n=a\",2026-03-01T12:00:00.000000Z,passkey,2026-03-01T12:00:00.000000Z,\
            '=a,'=a,\"resources\ncountry\"\r\n";
        assert_eq!(csv(full("=a")), expected);
    }

    proptest! {
        #[test]
        fn a_record_that_is_only_read_through_gives_the_same_row(text: String) {
            let event = full(&text);
            let stored = event.canonical_bytes().unwrap();
            let read: AccessEvent<Text> = serde_json::from_slice(&stored).unwrap();
            prop_assert_eq!(serde_json::to_vec(&read).unwrap(), stored.clone());
            prop_assert_eq!(csv(read), csv(event));
        }
    }
}
