//! Who is let in: this machine's programs with a token, and no web page.
//!
//! A page in a browser can reach loopback ports, under a name of its own that
//! it points here (DNS rebinding). So the name must be this port's, exactly,
//! and a page's origin too. No answer ever carries a CORS header.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::Shared;
use crate::refusal::Refusal;

/// Knows under which names this port may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Gatekeeper {
    hosts: Vec<String>,
}

impl Gatekeeper {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let port = address.port();
        let names = ["127.0.0.1", "[::1]", "localhost"];
        let mut hosts = vec![address.to_string()];
        hosts.extend(names.map(|name| format!("{name}:{port}")));
        if port == 80 {
            // The usual port is left out.
            hosts.extend(names.map(str::to_owned));
        }
        Self { hosts }
    }

    /// # Errors
    /// `Refusal` for another name, or for a page of another origin.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Refusal> {
        let host = only(request, &header::HOST);
        let asked = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let is_ours = |given: &[u8]| {
            self.hosts.iter().any(|host| host.as_bytes().eq_ignore_ascii_case(given))
        };
        let named = host.is_some_and(|host| is_ours(host.as_bytes())) && asked.is_none_or(is_ours);
        if !named {
            return Err(Refusal::foreign_host(self.hosts.first().map_or("", String::as_str)));
        }
        if !request.headers().contains_key(header::ORIGIN) {
            return Ok(());
        }
        let origin = only(request, &header::ORIGIN).map(HeaderValue::as_bytes);
        let origin = origin.and_then(|origin| origin.strip_prefix(b"http://"));
        if origin.is_some_and(is_ours) { Ok(()) } else { Err(Refusal::foreign_origin()) }
    }
}

/// The header's value, where it is there once.
fn only<'r>(request: &'r Request, name: &HeaderName) -> Option<&'r HeaderValue> {
    let mut values = request.headers().get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Lets in who may ask, and puts their program into the request.
pub(crate) async fn admit(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    shared.gatekeeper.check(&request)?;
    let given = only(&request, &header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(bearer).ok_or_else(Refusal::no_token)?;
    let program = shared.app.program(token).map_err(|failure| Refusal::stranger(&failure))?;
    request.extensions_mut().insert(Arc::new(program));
    Ok(next.run(request).await)
}

/// The token; the scheme's name may be written in any case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn check(headers: &[(&str, &str)], uri: &str) -> bool {
        let address = SocketAddr::from(([127, 0, 0, 1], 8484));
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        Gatekeeper::of(address).check(&request).is_ok()
    }

    #[test]
    fn only_this_ports_own_names_are_answered() {
        for host in ["127.0.0.1:8484", "localhost:8484", "LOCALHOST:8484", "[::1]:8484"] {
            assert!(check(&[("host", host)], "/v1/models"), "{host}");
        }
        for host in [
            "evil.example:8484",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost.evil.example:8484",
            "127.0.0.1:8484.evil.example",
            "2130706433:8484",
            "[::1]:8485",
            "",
        ] {
            assert!(!check(&[("host", host)], "/v1/models"), "{host}: a page may have that name");
        }
        assert!(!check(&[], "/v1/models"), "none at all");
        let two = [("host", "127.0.0.1:8484"), ("host", "evil.example")];
        assert!(!check(&two, "/v1/models"), "two: which one did the browser check?");
        let host = [("host", "127.0.0.1:8484")];
        assert!(!check(&host, "http://evil.example/v1/models"), "another in the request line");
        assert!(check(&host, "http://127.0.0.1:8484/v1/models"), "the same there");
    }

    #[test]
    fn a_page_of_another_origin_is_turned_away() {
        let host = ("host", "127.0.0.1:8484");
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:3000",
            "https://127.0.0.1:8484",
            "http://127.0.0.1:8484.evil.example",
            "chrome-extension://abcdef",
        ] {
            assert!(!check(&[host, ("origin", origin)], "/"), "{origin}");
        }
        assert!(check(&[host, ("origin", "http://127.0.0.1:8484")], "/"), "this port's own");
        let two = [host, ("origin", "http://127.0.0.1:8484"), ("origin", "https://evil.example")];
        assert!(!check(&two, "/"), "one of two");
    }

    #[test]
    fn a_token_is_read_as_the_standard_writes_it() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"), "in any case, with spaces around it");
        for bad in ["Basic abc", "Bearer", "Bearer ", "abc", ""] {
            assert_eq!(bearer(bad), None, "{bad:?}");
        }
    }
}
