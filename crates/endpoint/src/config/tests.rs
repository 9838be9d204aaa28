use std::path::Path;

use domain::{LimitMeasure, Span};

use super::*;

/// The file that is shipped.
const EXAMPLE: &str = include_str!("../../../../docs/serve.example.toml");

const LEAST: &str = r#"
[[programs]]
name = "notes"
token = "a-token-of-sixteen"

[[providers]]
name = "local"
dialect = "openai"
url = "http://127.0.0.1:11434/v1"
models = ["llama3"]
"#;

fn refused(text: &str) -> BadConfig {
    match read(text) {
        Ok(_) => panic!("it should be refused: {text}"),
        Err(bad) => bad,
    }
}

#[test]
fn the_shipped_example_is_read() {
    let config = read(EXAMPLE).expect("what people copy must work");
    assert!(config.providers.len() >= 2 && !config.limits.is_empty(), "it shows something");
    assert!(config.listen.ip().is_loopback());
    let secrets = config.providers.iter().flat_map(|provider| &provider.keys);
    let secrets = secrets.chain(config.programs.iter().map(|program| &program.token));
    for secret in secrets {
        assert!(!matches!(secret, SecretSource::Literal(_)), "nobody should copy that: {secret:?}");
    }
}

#[test]
fn every_commented_line_of_the_example_is_good_too() {
    let uncommented = |line: &str| {
        let rest = line.strip_prefix("#: ");
        rest.unwrap_or(line).to_owned()
    };
    let all: Vec<String> = EXAMPLE.lines().map(uncommented).collect();
    let config = read(&all.join("\n")).expect("every option that is shown exists");
    assert!(config.manner().stall.is_some() && config.manner().tries.is_some(), "all of them");
    assert!(config.patience().is_some());
}

#[test]
fn the_least_that_can_be_said() {
    let config = read(LEAST).expect("good");
    assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 8484)), "the usual port");
    assert_eq!(config.manner(), Manner::default(), "as in a window");
    assert_eq!(config.unpriced, Unpriced::Allow);
}

#[test]
fn wall_62_a_field_that_nobody_knows_refuses_the_file_with_its_line() {
    for (more, line, word) in [
        ("\nbudget = 5\n", 2, "budget"),
        ("[[limits]]\nrequests = 5\nper = \"day\"\nburst = 3\n", 0, "burst"),
        ("[timeouts]\nstal = 5\n", 0, "stal"),
        ("[effort]\nretries = 5\n", 0, "retries"),
        ("[[routes]]\nname = \"a\"\nmodels = []\nfallbacks = []\n", 0, "fallbacks"),
    ] {
        let text = if line > 0 { format!("{more}{LEAST}") } else { format!("{LEAST}{more}") };
        let bad = refused(&text);
        let expected = text.lines().position(|one| one.contains(word)).expect("it is there") + 1;
        assert!(bad.message.contains(word), "{bad} should name {word}");
        // An entry that was put together from parts is named by its head.
        assert!(bad.line == expected || more.starts_with("[["), "{bad}, not line {expected}");
    }
    let bad = refused(&LEAST.replace("dialect", "dialekt"));
    assert_eq!((bad.line, bad.message.contains("dialekt")), (8, true), "{bad}");
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for more in [
        "[[limits]]\ndollars = -1.0\nper = \"day\"",
        "[[limits]]\ndollars = 1e9\nper = \"day\"",
        "[[limits]]\ndollars = nan\nper = \"day\"",
        "[[limits]]\ndollars = 5.0",
        "[[limits]]\nat_once = 5\nper = \"day\"",
        "[[limits]]\nrequests = 5\ntokens = 5\nper = \"day\"",
        "[[limits]]\nrequests = 5\nper = \"year\"",
        "[[limits]]\nrequests = 5\nper = \"day\"\nmodel = \"a\"\nprovider = \"b\"",
        "[[limits]]\nrequests = 5\nper = \"day\"\nroute = \"a\"\nprovider = \"b\"",
        "[[routes]]\nname = \"a\"\nmodels = [\"b\"]\nweights = [1, 2]",
        "[[routes]]\nname = \"a\"\nmodels = [\"b\"]\nstrategy = \"random\"",
        "[[routes]]\nname = \"a\"",
        "[timeouts]\nstall = 0",
        "[timeouts]\nstall = -3",
        "[timeouts]\nstall = inf",
        "[timeouts]\nwhole = 1e300",
        "[effort]\ntries = 0",
        "[effort]\ntries = 21",
        "programs = 5",
        "][",
    ] {
        let bad = refused(&format!("{LEAST}\n{more}\n"));
        assert!(bad.line > 1 && !bad.message.is_empty(), "{more}: {bad}");
    }
    assert!(read("").is_err(), "an empty file serves nobody");
    assert!(
        read(&format!("programs = []\n{}", LEAST.replace("[[programs]]", "[ignored]"))).is_err()
    );
    assert!(read(&"#".repeat(2 << 20)).is_err(), "too long");
}

#[test]
fn limits_are_written_as_people_say_them() {
    let more = "[[limits]]\ndollars = 5.25\nper = \"month\"\n\n[[limits]]\nat_once = 4\nprovider = \"local\"";
    let config = read(&format!("{LEAST}\n{more}\n")).expect("good");
    let [money, at_once] = config.limits.as_slice() else { panic!("two: {config:?}") };
    let month = LimitMeasure::Money { span: Span::Month };
    assert_eq!((money.measure, money.most), (month, 5_250_000_000), "in nano-dollars");
    assert_eq!((at_once.measure, at_once.most), (LimitMeasure::AtOnce {}, 4));
}

#[test]
fn no_error_repeats_what_may_be_a_secret() {
    let canary = "sk-canary-0123456789";
    for text in [
        LEAST.replace("models = [\"llama3\"]", &format!("models = \"{canary}\"")),
        LEAST.replace("models", &format!("keys = \"{canary}\"\nmodels")),
        LEAST.replace("token = ", &format!("token = {canary}")),
        LEAST.replace("\"a-token-of-sixteen\"", &format!("{{ value = \"{canary}\" }}")),
        LEAST.replace("\"openai\"", &format!("\"{canary}\"")),
        format!("listen = \"{canary}\"\n{LEAST}"),
        format!("unpriced = \"{canary}\"\n{LEAST}"),
        format!("fallback = \"{canary} \\\" and more\"\n{LEAST}"),
    ] {
        let bad = refused(&text).to_string();
        assert!(!bad.contains("canary"), "{bad}");
    }
    let config = read(&LEAST.replace("models", &format!("keys = [\"{canary}\"]\nmodels")));
    let shown = format!("{:?}", config.expect("good"));
    assert!(!shown.contains("canary") && !shown.contains("a-token-of"), "{shown}");
}

#[test]
fn secrets_come_from_where_they_are_said_to_be() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("key"), "sk-from-file\n").expect("a file");
    std::fs::write(home.path().join("empty"), "\n").expect("a file");
    std::fs::write(home.path().join("long"), "x".repeat(5_000)).expect("a file");
    std::fs::write(home.path().join("two"), "one\ntwo\n").expect("a file");
    let environment = |name: &str| match name {
        "KEY" => Some("sk-from-environment ".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let reveal = |text: &str, home: &Path| {
        let source: SecretSource = serde_json::from_value(text.into()).expect("a text");
        source.reveal(home, &environment).map(|secret| secret.to_string())
    };
    assert_eq!(reveal("env:KEY", home.path()).ok().as_deref(), Some("sk-from-environment"));
    assert_eq!(reveal("file:key", home.path()).ok().as_deref(), Some("sk-from-file"));
    assert_eq!(reveal("sk-literal", home.path()).ok().as_deref(), Some("sk-literal"));
    for missing in ["env:OTHER", "env:EMPTY", "file:other", "file:empty", "file:long", "file:two"] {
        let error = reveal(missing, home.path()).expect_err("not there");
        let (_, name) = missing.split_once(':').expect("a kind");
        assert!(error.to_string().contains(name), "{error} should say which");
    }
}
