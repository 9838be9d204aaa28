//! Tricks with addresses, and addresses that people really have.

use super::*;

fn check(url: &str, local_allowed: bool) -> Result<Address, AddressError> {
    Address::check(url, Dialect::OpenAi, local_allowed)
}

#[test]
fn wall_77_private_addresses_are_refused_unless_an_admin_allowed_them() {
    for host in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "[::1]",
        "[fd00::1]",
        "localhost",
        "a.localhost",
    ] {
        let secure = format!("https://{host}/v1");
        assert_eq!(check(&secure, false).err(), Some(AddressError::Private), "{secure}");
        assert!(check(&secure, true).is_ok(), "an admin allowed {secure}");
        let plain = format!("http://{host}:1234/v1");
        assert_eq!(check(&plain, false).err(), Some(AddressError::Plain), "{plain}");
        assert!(check(&plain, true).is_ok(), "an admin allowed {plain}");
    }
}

#[test]
fn wall_77_metadata_and_reserved_addresses_are_refused_always() {
    for host in [
        "169.254.169.254",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "[fe80::1]",
        "[::]",
        "[ff02::1]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
    ] {
        for url in [format!("https://{host}/v1"), format!("http://{host}/v1")] {
            assert!(check(&url, true).is_err(), "{url} is nobody's model server");
        }
    }
}

#[test]
fn wall_77_other_spellings_of_an_address_are_refused() {
    for url in [
        "https://2130706433/v1",
        "https://0x7f000001/v1",
        "https://0177.0.0.1/v1",
        "https://127.1/v1",
        "https://127.0.0.1./v1",
        "https://[::ffff:127.0.0.1]/v1",
        "https://[::ffff:7f00:1]/v1",
        "https://１２７.0.0.1/v1",
        "https://127%2e0.0.1/v1",
        "https://localhost./v1",
    ] {
        for allowed in [false, true] {
            assert!(check(url, allowed).is_err(), "{url} hides what it is");
        }
    }
    assert_eq!(check("https://2130706433/v1", true).err(), Some(AddressError::OddHost), "decimal");
}

#[test]
fn wall_77_user_info_queries_and_other_schemes_are_refused() {
    for (url, error) in [
        ("https://api.openai.com@evil.example/v1", AddressError::UserInfo),
        ("https://key:x@api.openai.com/v1", AddressError::UserInfo),
        ("https://a.example/v1?key=1", AddressError::Query),
        ("https://a.example/v1#x", AddressError::Query),
        ("ftp://a.example/", AddressError::Scheme),
        ("file:///etc/passwd", AddressError::NotAnAddress),
        ("https://a.example\\@evil.example/", AddressError::NotAnAddress),
        ("https://a.exa\tmple/", AddressError::NotAnAddress),
        ("api.openai.com/v1", AddressError::NotAnAddress),
        ("", AddressError::NotAnAddress),
        ("http://8.8.8.8/v1", AddressError::PlainElsewhere),
    ] {
        assert_eq!(check(url, true).err(), Some(error), "{url}");
    }
}

#[test]
fn wall_77_what_a_name_resolves_to_is_judged_by_reach() {
    let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
    assert!(Reach::Public.permits(ip("1.1.1.1")), "the internet");
    assert!(Reach::Public.permits(ip("2606:4700::1111")), "of both kinds");
    assert!(Reach::Public.permits(ip("64:ff9b::101:101")), "behind NAT64");
    for private in
        ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"]
    {
        assert!(!Reach::Public.permits(ip(private)), "{private} is rebinding");
    }
    assert!(!Reach::Nearby.permits(ip("1.1.1.1")), "no key goes out unencrypted");
    assert!(!Reach::Loopback.permits(ip("10.0.0.1")), "the built-in model is here");
    for reach in Reach::ALL {
        assert!(!reach.permits(ip("169.254.169.254")), "{reach:?}: cloud credentials");
    }
}

#[test]
fn functions_join_every_base_that_people_type() {
    for (base, url) in [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com", "https://api.openai.com/v1/chat/completions"),
        ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1/chat/completions"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1/chat/completions"),
        (
            "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
    ] {
        let address = check(base, false).expect("a public address");
        assert_eq!(address.function("chat/completions", false).as_str(), url, "{base}");
    }
    for base in [
        "https://api.anthropic.com",
        "https://api.anthropic.com/v1",
        "https://api.anthropic.com/v1/messages",
    ] {
        let address = check(base, false).expect("a public address");
        let url = address.function("messages", true);
        assert_eq!(url.as_str(), "https://api.anthropic.com/v1/messages", "{base}");
    }
}
