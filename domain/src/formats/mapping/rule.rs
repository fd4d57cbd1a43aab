//! What a mapping says of one field: where in a document it stands, and what it means there.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;

use super::wanted::Wanted;

/// A place in a document: a JSON Pointer (RFC 6901), of which a part `[Name=Reason]` is that element of a list whose
/// `Name` is `Reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Name(String),
    Where { name: String, value: String },
}

impl Pointer {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no place in a document: it begins with `/`, as in `/user/name`");
        let mut parts = Vec::new();
        if !text.is_empty() {
            // A `/` within brackets belongs to the value that is looked for.
            let mut rest = text.strip_prefix('/').ok_or_else(wrong)?;
            loop {
                let (part, next) = if let Some(inner) = rest.strip_prefix('[') {
                    let (inner, after) = inner.split_once(']').ok_or_else(wrong)?;
                    let (name, value) = inner.split_once('=').ok_or_else(wrong)?;
                    let next = if after.is_empty() { None } else { Some(after.strip_prefix('/').ok_or_else(wrong)?) };
                    (Part::Where { name: name.to_owned(), value: value.to_owned() }, next)
                } else {
                    let (name, next) = rest.split_once('/').map_or((rest, None), |(name, next)| (name, Some(next)));
                    (Part::Name(name.replace("~1", "/").replace("~0", "~")), next)
                };
                parts.push(part);
                match next {
                    Some(next) => rest = next,
                    None => break,
                }
            }
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What stands there; nothing where it is null.
    pub fn find<'v>(&self, mut value: &'v Value) -> Option<&'v Value> {
        for part in &self.parts {
            value = match (part, value) {
                (Part::Name(name), Value::Object(members)) => members.get(name)?,
                (Part::Name(place), Value::Array(elements)) => elements.get(place.parse::<usize>().ok()?)?,
                (Part::Where { name, value: wanted }, Value::Array(elements)) => elements
                    .iter()
                    .find(|element| element.get(name).and_then(Value::as_str).is_some_and(|is| is == wanted))?,
                _ => return None,
            };
        }
        (!value.is_null()).then_some(value)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A text with places in it: `{/namespace}/{/name}`, `{./ARN}` within an element of a list. `{{` is a brace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    /// A place in the document.
    Field(Pointer),
    /// A place in the element that is looked at.
    Inner(Pointer),
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut words) = (Vec::new(), String::new());
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    words.push(letter);
                }
                '{' => {
                    let place = letters.by_ref().take_while(|letter| *letter != '}').collect::<String>();
                    if !words.is_empty() {
                        pieces.push(Piece::Words(std::mem::take(&mut words)));
                    }
                    pieces.push(match place.strip_prefix('.') {
                        Some(inner) => Piece::Inner(Pointer::parse(inner)?),
                        None => Piece::Field(Pointer::parse(&place)?),
                    });
                }
                '}' => return Err(format!("`{text}` has a `}}` without its `{{`; write `}}}}` for one that is meant")),
                _ => words.push(letter),
            }
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        Ok(Self(pieces))
    }

    /// The text, where it has no places in it.
    pub fn words(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Words(words)] => Some(words),
            _ => None,
        }
    }
}

/// How one field is found: a text with places, the first of several rules that finds something, what a table says of
/// what another rule found, what a rule finds where something else holds, or numbers added up. The default finds
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    Text(Template),
    FirstOf(Vec<Rule>),
    Looked(Box<Lookup>),
    Where(Box<Choice>),
    Sum(Box<Sum>),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub from: Rule,
    pub table: Table,
    /// What stands for everything that the table doesn't name; an empty text for nothing.
    #[serde(default)]
    pub otherwise: Option<String>,
}

/// A rule that is asked only where what another finds is one of `is`, or none of `is_not`; nothing is an empty text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[serde(rename = "where")]
    pub field: Rule,
    #[serde(default)]
    pub is: Vec<String>,
    #[serde(default)]
    pub is_not: Vec<String>,
    pub then: Rule,
}

/// Numbers added up, of each element where a list is named. Nothing, where nothing but 0 comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    #[serde(rename = "sum")]
    pub of: Vec<Rule>,
    #[serde(default)]
    pub each: Option<Pointer>,
}

/// Whether a value is one of these, or none of those.
pub fn holds(is: &[String], is_not: &[String], value: &str) -> bool {
    let one_of = |names: &[String]| names.iter().any(|name| fits(name, value));
    one_of(is) || (!is_not.is_empty() && !one_of(is_not))
}

/// A rule in braces, by the member that no other has.
fn in_braces(members: Value) -> Result<Rule, String> {
    fn read<T: DeserializeOwned>(members: Value) -> Result<Box<T>, String> {
        serde_json::from_value(members).map(Box::new).map_err(|error| error.to_string())
    }
    if members.get("sum").is_some() {
        return read(members).map(Rule::Sum);
    }
    if members.get("where").is_none() {
        return read(members).map(Rule::Looked);
    }
    let choice = read::<Choice>(members)?;
    if choice.is.is_empty() && choice.is_not.is_empty() {
        return Err("`where` needs `is` or `is_not`".to_owned());
    }
    Ok(Rule::Where(choice))
}

impl Default for Rule {
    fn default() -> Self {
        Self::FirstOf(Vec::new())
    }
}

impl Rule {
    /// Whether it never finds anything.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::FirstOf(rules) => rules.iter().all(Self::is_nothing),
            Self::Sum(sum) => sum.of.iter().all(Self::is_nothing),
            Self::Where(choice) => choice.then.is_nothing(),
            Self::Text(_) | Self::Looked(_) => false,
        }
    }

    /// The first place that it looks at, so that what is missing can be named.
    pub fn first_place(&self) -> Option<&str> {
        match self {
            Self::Text(template) => template.0.iter().find_map(|piece| match piece {
                Piece::Field(pointer) | Piece::Inner(pointer) => Some(pointer.as_str()),
                Piece::Words(_) => None,
            }),
            Self::FirstOf(rules) => rules.iter().find_map(Self::first_place),
            Self::Looked(lookup) => lookup.from.first_place(),
            Self::Where(choice) => choice.then.first_place().or_else(|| choice.field.first_place()),
            Self::Sum(sum) => match &sum.each {
                Some(list) => Some(list.as_str()),
                None => sum.of.iter().find_map(Self::first_place),
            },
        }
    }

    /// Every place that it looks at: of those in an element, the place of the list goes before.
    pub fn add_to<'a>(&'a self, wanted: &mut Wanted, within: Option<&'a Pointer>, list: Option<&'a Pointer>) {
        match self {
            Self::Text(template) => {
                for piece in &template.0 {
                    let places = match piece {
                        Piece::Words(_) => continue,
                        Piece::Field(place) => [within, None, Some(place)],
                        Piece::Inner(place) => [within, list, Some(place)],
                    };
                    wanted.add(&places.into_iter().flatten().collect::<Vec<_>>());
                }
            }
            Self::FirstOf(rules) => rules.iter().for_each(|rule| rule.add_to(wanted, within, list)),
            Self::Looked(lookup) => lookup.from.add_to(wanted, within, list),
            Self::Where(choice) => {
                [&choice.field, &choice.then].into_iter().for_each(|rule| rule.add_to(wanted, within, list));
            }
            Self::Sum(sum) => {
                let list = sum.each.as_ref().or(list);
                sum.of.iter().for_each(|rule| rule.add_to(wanted, within, list));
            }
        }
    }

    /// Every text that the mapping itself gives as an answer.
    pub fn own_answers(&self) -> Vec<&str> {
        match self {
            Self::Text(template) => template.words().into_iter().collect(),
            Self::FirstOf(rules) => rules.iter().flat_map(Self::own_answers).collect(),
            Self::Where(choice) => choice.then.own_answers(),
            Self::Sum(_) => Vec::new(),
            Self::Looked(lookup) => {
                let answers = lookup.table.0.values().map(String::as_str).chain(lookup.otherwise.as_deref());
                answers.filter(|answer| !answer.is_empty()).collect()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rules;
        impl<'de> Visitor<'de> for Rules {
            type Value = Rule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a text with places such as `{/user/name}`, a list of rules, `{ from, table, otherwise }`, \
                     `{ where, is, then }`, `{ where, is_not, then }` or `{ sum, each }`",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Rule, E> {
                Template::parse(text).map(Rule::Text).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rules: A) -> Result<Rule, A::Error> {
                let mut all = Vec::new();
                while let Some(rule) = rules.next_element()? {
                    all.push(rule);
                }
                Ok(Rule::FirstOf(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rule, A::Error> {
                in_braces(Value::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Rules)
    }
}

/// What raw values mean, an empty text nothing. `*` in a name stands for anything; an exact name goes before those,
/// and a longer one before a shorter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Table(pub BTreeMap<String, String>);

impl Table {
    pub fn get(&self, raw: &str) -> Option<&str> {
        if let Some(answer) = self.0.get(raw) {
            return Some(answer);
        }
        let fitting = self.0.iter().filter(|(name, _)| fits(name, raw));
        fitting.max_by_key(|(name, _)| name.len()).map(|(_, answer)| answer.as_str())
    }
}

/// Whether a name, in which `*` stands for anything, is that of this value.
pub fn fits(name: &str, raw: &str) -> bool {
    let Some((begin, rest)) = name.split_once('*') else { return name == raw };
    let Some(mut raw) = raw.strip_prefix(begin) else { return false };
    let mut middle = rest.split('*').collect::<Vec<_>>();
    let end = middle.pop().unwrap_or_default();
    for part in middle {
        match raw.split_once(part) {
            Some((_, after)) => raw = after,
            None => return false,
        }
    }
    raw.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(pointer: &str, document: &Value) -> Option<Value> {
        Pointer::parse(pointer).unwrap().find(document).cloned()
    }

    #[test]
    fn a_place_is_found_by_name_by_number_and_by_what_stands_beside_it() {
        let document = json!({"a/b": {"c": [1, {"Name": "Reason", "Value": "x/y"}]}, "n": null});
        assert_eq!(found("/a~1b/c/0", &document), Some(json!(1)));
        assert_eq!(found("/a~1b/c/[Name=Reason]/Value", &document), Some(json!("x/y")));
        assert_eq!(found("/a~1b/c/[Name=Other]/Value", &document), None);
        assert_eq!(found("/n", &document), None);
        assert_eq!(found("", &document), Some(document.clone()));
        assert!(Pointer::parse("user").is_err());
        assert!(Pointer::parse("/[Name").is_err());
    }

    #[test]
    fn a_template_has_places_and_braces() {
        let template = Template::parse("{{a}} {/b}/{./c}").unwrap();
        assert_eq!(template.0.len(), 4);
        assert_eq!(template.0[0], Piece::Words("{a} ".to_owned()));
        assert!(Template::parse("a}").is_err());
        assert!(Template::parse("{a}").is_err());
    }

    #[test]
    fn the_exact_name_goes_before_the_longest_that_fits() {
        let table = [("Get*", "read"), ("GetObject", "export"), ("*", "execute"), ("Get*Policy", "list")];
        let table = Table(table.into_iter().map(|(name, code)| (name.to_owned(), code.to_owned())).collect());
        for (raw, code) in
            [("GetObject", "export"), ("GetBucketPolicy", "list"), ("GetBucketAcl", "read"), ("Frob", "execute")]
        {
            assert_eq!(table.get(raw), Some(code), "{raw}");
        }
        assert!(!fits("ab*ba", "aba"));
        assert!(fits("* */proxy", "get pods/proxy") && !fits("* */proxy", "get pods/log"));
        assert!(fits("*nimbus:sre*", "nimbus:sre, system:authenticated"));
    }
}
