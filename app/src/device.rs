//! A browser as people know it.

use woothee::parser::Parser;

/// `Firefox on Linux`; what is no browser that is known, as it names itself.
pub fn device_label(user_agent: &str) -> String {
    const UNKNOWN: &str = "UNKNOWN";
    match Parser::new().parse(user_agent) {
        Some(found) if found.name != UNKNOWN && found.os != UNKNOWN => format!("{} on {}", found.name, found.os),
        Some(found) if found.name != UNKNOWN => found.name.to_owned(),
        _ if user_agent.is_empty() => "An unknown device".to_owned(),
        _ => user_agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device_label;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(device_label(firefox), "Firefox on Linux");
        assert_eq!(device_label("vitrine-check/1"), "vitrine-check/1");
        assert_eq!(device_label(""), "An unknown device");
    }
}
