//! Which addresses may be called.
//!
//! A base URL is typed by a person and may be a trick: a decimal or mapped
//! form of 127.0.0.1, a user name that looks like a host, a name that
//! resolves into the private network. The text is judged here; what a name
//! resolves to is judged at each connection, so that rebinding gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::Dialect;
use reqwest::Url;

/// A base URL that may be called.
#[derive(Clone, Debug)]
pub struct Address {
    url: Url,
    reach: Reach,
}

/// Why a base URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse.
    #[error("This is not a web address. It should look like https://api.example.com/v1.")]
    NotAnAddress,
    /// Neither https nor http.
    #[error("The address must begin with https:// (or http:// for a server on this machine).")]
    Scheme,
    /// http without leave.
    #[error(
        "Without https, anyone on the way could read along. Use https://, or have an admin allow it as a server in your own network."
    )]
    Plain,
    /// http to a host elsewhere.
    #[error(
        "http:// is for servers on this machine or in the local network. Use https:// for this one."
    )]
    PlainElsewhere,
    /// `user:password@host`.
    #[error("The address contains a user name. Put the key into its own field instead.")]
    UserInfo,
    /// The host is not written in its usual form.
    #[error("The host is written in an unusual form. Write the name or the number as it is.")]
    OddHost,
    /// The host is private, local or reserved, and not allowed.
    #[error(
        "This address points into a private network, where only servers may stand that an admin allowed. An admin can allow this one in Settings, Models and providers."
    )]
    Private,
    /// A query or fragment that does not belong there.
    #[error("The address should end with its path, without ? or #.")]
    Query,
}

/// How far a connection may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only hosts of the public internet.
    Public,
    /// Encrypted, anywhere: an admin allowed this server.
    Allowed,
    /// Unencrypted, so only this machine and the private network.
    Nearby,
    /// This machine only: the built-in model.
    Loopback,
}

impl Reach {
    pub(crate) const ALL: [Self; 4] = [Self::Public, Self::Allowed, Self::Nearby, Self::Loopback];

    /// May a connection go to `ip`?
    pub(crate) fn permits(self, ip: IpAddr) -> bool {
        let ip = embedded(ip);
        match self {
            Self::Public => is_public(ip),
            Self::Allowed => is_public(ip) || is_nearby(ip),
            Self::Nearby => is_nearby(ip),
            Self::Loopback => ip.is_loopback(),
        }
    }
}

impl Address {
    /// Judges a base URL. `local_allowed` says that an admin allowed this
    /// server on this machine or network.
    ///
    /// # Errors
    /// Why it is refused, for people.
    pub fn check(
        base_url: &str,
        dialect: Dialect,
        local_allowed: bool,
    ) -> Result<Self, AddressError> {
        let typed_host = typed_host(base_url)?;
        let url = Url::parse(base_url).map_err(|_| AddressError::NotAnAddress)?;
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        if !host.eq_ignore_ascii_case(typed_host) || host.ends_with('.') {
            return Err(AddressError::OddHost);
        }
        let only_version = url.query_pairs().all(|(name, _)| name == "api-version");
        if url.fragment().is_some() || !only_version {
            return Err(AddressError::Query);
        }
        let reach = match (url.scheme(), dialect, local_allowed) {
            (_, Dialect::BuiltIn, _) => Reach::Loopback,
            ("https", _, true) => Reach::Allowed,
            ("https", _, false) => Reach::Public,
            ("http", _, true) => Reach::Nearby,
            ("http", _, false) => return Err(AddressError::Plain),
            _ => return Err(AddressError::Scheme),
        };
        let address = Self { url, reach };
        match address.literal() {
            Some(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_some() => Err(AddressError::OddHost),
            Some(ip) if !reach.permits(ip) && reach == Reach::Nearby && is_public(ip) => {
                Err(AddressError::PlainElsewhere)
            }
            Some(ip) if !reach.permits(ip) => Err(AddressError::Private),
            None if reach == Reach::Public && is_local_name(typed_host) => {
                Err(AddressError::Private)
            }
            _ => Ok(address),
        }
    }

    /// The host, with its port where that is not the usual one.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// True where the host is this machine: text stays on it.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        match self.literal() {
            Some(ip) => ip.is_loopback(),
            None => is_local_name(self.url.host_str().unwrap_or_default()),
        }
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// The host without port, for what differs between providers.
    pub(crate) fn bare_host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The URL of one of the provider's functions, such as `chat/completions`.
    /// A base without path gets `/v1`, which every known server has.
    pub(crate) fn function(&self, function: &str, version_required: bool) -> Url {
        let mut url = self.url.clone();
        let base = self.url.path().trim_end_matches('/');
        let base = ["/chat/completions", "/messages", "/models"]
            .iter()
            .find_map(|tail| base.strip_suffix(tail))
            .unwrap_or(base);
        let version = match base {
            "" => "/v1",
            _ if version_required && !base.ends_with("/v1") => "/v1",
            _ => "",
        };
        url.set_path(&format!("{base}{version}/{function}"));
        url
    }

    /// The URL of a function of an API whose versions are not all called `v1`: a base that
    /// names none gets `usual`.
    pub(crate) fn versioned(&self, function: &str, usual: &str) -> Url {
        let mut url = self.url.clone();
        let base = self.url.path().trim_end_matches('/');
        let base = base.strip_suffix("/models").unwrap_or(base);
        let last = base.rsplit('/').next().unwrap_or_default();
        let named = last.strip_prefix('v').is_some_and(|rest| rest.starts_with(char::is_numeric));
        let version = if named { String::new() } else { format!("/{usual}") };
        url.set_path(&format!("{base}{version}/{function}"));
        url
    }

    fn literal(&self) -> Option<IpAddr> {
        let host = self.url.host_str()?;
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

/// The host as it was typed, before any parser made sense of it.
fn typed_host(base_url: &str) -> Result<&str, AddressError> {
    if base_url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(AddressError::NotAnAddress);
    }
    let (_, rest) = base_url.split_once("://").ok_or(AddressError::NotAnAddress)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    if authority.contains('@') {
        return Err(AddressError::UserInfo);
    }
    let host = match authority.rfind(']') {
        Some(at) => authority.split_at(at + 1).0,
        None => authority.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() { Err(AddressError::NotAnAddress) } else { Ok(host) }
}

fn is_local_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The IPv4 address inside a mapped or translated (NAT64, RFC 6052) one.
fn embedded(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    match v6.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => {
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        _ => ip,
    }
}

/// This machine or a private network. Link-local addresses are neither:
/// cloud machines hand out credentials there.
fn is_nearby(ip: IpAddr) -> bool {
    const AWS_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip {
        IpAddr::V4(v4) => {
            let shared = matches!(v4.octets(), [100, 64..=127, _, _]);
            v4.is_loopback() || v4.is_private() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || (v6.is_unique_local() && v6 != AWS_METADATA),
    }
}

/// An address that the public internet routes (IANA special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !matches!(
            v4.octets(),
            [0 | 10 | 127, _, _, _]
                | [100, 64..=127, _, _]
                | [169, 254, _, _]
                | [172, 16..=31, _, _]
                | [192, 0, 0 | 2, _]
                | [192, 88, 99, _]
                | [192, 168, _, _]
                | [198, 18..=19, _, _]
                | [198, 51, 100, _]
                | [203, 0, 113, _]
                | [224..=255, _, _, _]
        ),
        IpAddr::V6(v6) => match v6.segments() {
            [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] => false,
            [0x3fff, 0..=0xfff, ..] => false,
            [first, ..] => (0x2000..=0x3fff).contains(&first),
        },
    }
}

#[cfg(test)]
mod tests;
