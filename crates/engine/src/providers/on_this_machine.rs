//! Servers on this machine that people run models with: who of them answers.
//!
//! All are asked at once and under one short limit, so that one that hangs
//! holds up neither the others nor a first run. What is found is only
//! offered; nobody is set up here.

use std::time::Duration;

use domain::{Dialect, ProviderId, UnixMs};
use futures::future::join_all;
use gateway::{Endpoint, Gateway};
use policy::Grant;

use crate::api::LocalServer;

/// A server by its name for people, and where it listens by default.
pub(super) type Known<'a> = (&'a str, &'a str);

/// Those that are looked for.
pub(super) const KNOWN: [Known<'static>; 3] = [
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
];
/// Who does not answer in this time is not there.
pub(super) const LIMIT: Duration = Duration::from_millis(1_500);

/// Those of `known` that list their models within `limit`, in the order of `known`.
pub(super) async fn answering(
    gateway: &Gateway,
    grant: &Grant,
    known: &[Known<'_>],
    limit: Duration,
    now: UnixMs,
) -> Vec<LocalServer> {
    let asked = known.iter().map(async |(label, base_url)| {
        let endpoint = Endpoint {
            provider: ProviderId::new(now, sealed::random_bytes()),
            label: (*label).to_owned(),
            dialect: Dialect::OpenAi,
            base_url: (*base_url).to_owned(),
            key: None,
            local_allowed: true,
        };
        let listed = tokio::time::timeout(limit, gateway.list_models(grant, &endpoint)).await;
        let models = listed.ok()?.ok()?;
        Some(LocalServer { label: endpoint.label, base_url: endpoint.base_url, models })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{ProfileId, Role};
    use gateway::GatewayOptions;
    use policy::{Action, Principal, Resource, authorize};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::sync::Barrier;

    use super::*;

    const NOW: UnixMs = UnixMs(1_795_462_200_000);
    /// No test waits so long for anything that comes.
    const LONG: Duration = Duration::from_secs(60);

    fn grant() -> Grant {
        let profile = ProfileId::new(NOW, [1; 10]);
        let principal = Principal { profile, role: Role::Admin, at: NOW };
        authorize(&principal, Action::ProviderConfigure, &Resource::Workspace).unwrap()
    }

    /// Lists one model, once all who share the barrier were asked.
    async fn server(model: &'static str, all_asked: Arc<Barrier>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4_096];
            let read = socket.read(&mut asked).await.unwrap();
            assert!(asked[..read].starts_with(b"GET /v1/models "), "{asked:?}");
            all_asked.wait().await;
            let body = format!(r#"{{"data":[{{"id":"{model}"}}]}}"#);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
            let answer = format!("{head} {}\r\n\r\n{body}", body.len());
            socket.write_all(answer.as_bytes()).await.unwrap();
        });
        format!("http://{address}/v1")
    }

    async fn found(known: &[Known<'_>], limit: Duration) -> Vec<String> {
        let gateway = Gateway::new(GatewayOptions::default()).unwrap();
        let found = answering(&gateway, &grant(), known, limit, NOW).await;
        found.iter().map(|one| format!("{} {:?}", one.label, one.models)).collect()
    }

    #[tokio::test]
    async fn all_are_asked_before_any_has_to_answer_and_stand_in_order() {
        let all_asked = Arc::new(Barrier::new(3));
        let mut urls = Vec::new();
        for model in ["a", "b", "c"] {
            urls.push(server(model, Arc::clone(&all_asked)).await);
        }
        let known: Vec<Known<'_>> = vec![("A", &urls[0]), ("B", &urls[1]), ("C", &urls[2])];
        let expected = [r#"A ["a"]"#, r#"B ["b"]"#, r#"C ["c"]"#];
        assert_eq!(found(&known, LONG).await, expected, "one after the other, none would answer");
    }

    #[tokio::test]
    async fn who_hangs_refuses_or_talks_nonsense_is_left_out() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = TcpSocket::new_v4().unwrap();
        refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let nonsense = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = |at: std::net::SocketAddr| format!("http://{at}/v1");
        let urls = [
            url(silent.local_addr().unwrap()),
            url(refusing.local_addr().unwrap()),
            url(nonsense.local_addr().unwrap()),
            server("d", Arc::new(Barrier::new(1))).await,
        ];
        tokio::spawn(async move {
            let (mut socket, _) = nonsense.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4_096]).await;
            socket.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await.unwrap();
        });
        let names = ["Silent", "Refusing", "Nonsense", "Here"];
        let known: Vec<Known<'_>> =
            names.into_iter().zip(urls.iter().map(String::as_str)).collect();
        let limit = Duration::from_secs(2);
        assert_eq!(found(&known, limit).await, [r#"Here ["d"]"#], "and hold up nobody");
    }

    #[test]
    fn only_this_machine_is_looked_at() {
        for (label, base_url) in KNOWN {
            let address = gateway::Address::check(base_url, Dialect::OpenAi, true);
            assert!(address.is_ok() && crate::models::is_loopback(base_url), "{label}: {base_url}");
        }
    }
}
