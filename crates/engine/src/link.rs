//! Which addresses may be opened outside of Carrel.

/// Largest address in characters.
const MAX_LINK_CHARS: usize = 2_048;

/// True for http, https and mailto addresses without control characters,
/// spaces or a user name that hides the real host.
#[must_use]
pub(crate) fn may_open(url: &str) -> bool {
    if url.chars().count() > MAX_LINK_CHARS
        || url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return false;
    }
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => !rest.is_empty() && !rest.starts_with('/'),
        "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            !authority.is_empty() && !authority.contains('@')
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::may_open;

    #[test]
    fn ordinary_links_open() {
        for url in [
            "https://example.org",
            "http://localhost:8080/a?b=c#d",
            "HTTPS://EXAMPLE.ORG/",
            "mailto:someone@example.org",
        ] {
            assert!(may_open(url), "{url} is what people click");
        }
    }

    #[test]
    fn hostile_links_stay_closed() {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "smb://host/share",
            "https:example.org",
            "https://",
            "https://bank.example@evil.example/",
            "https://exa mple.org",
            "https://example.org\u{0}",
            "https:\\\\example.org",
            "ms-settings:privacy",
            "mailto:",
            "",
        ] {
            assert!(!may_open(url), "{url:?} must not reach the system's opener");
        }
        let long = format!("https://example.org/{}", "a".repeat(3_000));
        assert!(!may_open(&long), "an endless address is not a link");
    }
}
