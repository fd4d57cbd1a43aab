//! What handlers of forms have in common.

use app::context::FormAnswer;
use axum::{
    extract::{Multipart, multipart::MultipartError},
    response::Response,
};
use domain::{FieldProblem, Zone};
use store::Session;

use crate::{pages, problem::Problem, state::AppState};

/// What a form sent: names with values, some names several times.
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a name, without blanks around it; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    pub fn text(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A file that a form sent.
pub struct Sent {
    pub field: String,
    pub name: String,
    pub body: Vec<u8>,
}

/// The fields and files of a form that may have both.
pub async fn parts(mut parts: Multipart) -> Result<(Fields, Vec<Sent>), MultipartError> {
    let (mut fields, mut files) = (Fields(Vec::new()), Vec::new());
    while let Some(part) = parts.next_field().await? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(name) => {
                let body = part.bytes().await?.to_vec();
                // A browser sends a field without a file as an empty one without a name.
                if !name.is_empty() {
                    files.push(Sent { field, name, body });
                }
            }
            None => fields.0.push((field, part.text().await?)),
        }
    }
    Ok((fields, files))
}

/// What a clock in this zone shows, as the moment that it is, in RFC 3339. Anything else stays as it is, and is refused
/// as that.
pub fn moment(typed: &str, zone: Zone) -> String {
    zone.parse_local(typed).map_or_else(|| typed.to_owned(), |moment| moment.to_string())
}

/// The id in an address or a field; what is none is nothing's.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// The page again, with what is wrong with one of its forms and what was typed into it.
pub async fn wrong(
    state: AppState,
    session: Session,
    page: &str,
    form: &str,
    problems: Vec<FieldProblem>,
    typed: Vec<(String, String)>,
) -> Response {
    let answer = FormAnswer { form: form.to_owned(), problems, typed, shown: None };
    pages::answer(state, Some(session), page, answer).await
}
