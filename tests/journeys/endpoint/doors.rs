//! Who is turned away, and that they learn nothing.

use std::time::Duration;

use endpoint::{Rules, Server};
use support::programs::{Port, Reply};
use support::upstream::openai::openai_stream;
use tokio::io::AsyncWriteExt;

use super::{House, question};

/// A request with this head; what is not named is not sent.
fn bare(head: &[(&str, &str)]) -> Vec<u8> {
    let lines: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET /v1/models HTTP/1.1\r\n{lines}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_under_another_name_is_not_answered() {
    let house = House::with(openai_stream(&["Here."])).await;
    let ours = house.port.address.to_string();
    let local = format!("localhost:{}", house.port.address.port());
    let other = format!("[::1]:{}", house.port.address.port());
    let own_origin = format!("http://{ours}");
    let token = format!("Bearer {}", house.port.token);
    let token = ("authorization", token.as_str());
    for head in [
        vec![("host", ours.as_str()), token],
        vec![("host", local.as_str()), token],
        vec![("host", other.as_str()), token],
        vec![("host", ours.as_str()), ("origin", own_origin.as_str()), token],
    ] {
        assert_eq!(house.port.send(&bare(&head)).await.status, 200, "{head:?}");
    }
    for head in [
        vec![("host", "evil.example"), token],
        vec![("host", "127.0.0.1"), token],
        vec![("host", ours.as_str()), ("host", "evil.example"), token],
        vec![("host", ours.as_str()), ("origin", "https://evil.example"), token],
        vec![("host", ours.as_str()), ("origin", "null"), token],
        vec![token],
    ] {
        let reply = house.port.send(&bare(&head)).await;
        assert_eq!(reply.status, 403, "{head:?}: {}", reply.text());
        let cors = reply.headers.iter().any(|(name, _)| name.starts_with("access-control"));
        assert!(!cors, "no page may read even that: {:?}", reply.headers);
    }
    // A browser asks first whether it may.
    let preflight = format!(
        "OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: {ours}\r\norigin: https://evil.example\r\n\
         access-control-request-method: POST\r\n\r\n"
    );
    let reply = house.port.send(preflight.as_bytes()).await;
    assert_eq!(reply.status, 403, "it may not");
    assert!(!reply.headers.iter().any(|(name, _)| name.starts_with("access-control")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nobody_learns_which_paths_exist() {
    let house = House::with(openai_stream(&["Here."])).await;
    let ours = house.port.address.to_string();
    let host = ("host", ours.as_str());
    let mut almost = format!("Bearer {}", house.port.token);
    almost.pop();
    let longer = format!("Bearer {}x", house.port.token);
    let basic = format!("Basic {}", house.port.token);
    for head in [
        vec![host],
        vec![host, ("authorization", "Bearer ")],
        vec![host, ("authorization", almost.as_str())],
        vec![host, ("authorization", longer.as_str())],
        vec![host, ("authorization", basic.as_str())],
        vec![host, ("authorization", "Bearer carrel-")],
    ] {
        let reply = house.port.send(&bare(&head)).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "invalid_api_key"), "{head:?}");
    }
    let stranger = Port::elsewhere(house.port.address, "carrel-of-a-stranger-0123456789");
    let mut seen = Vec::new();
    for path in ["/v1/models", "/v1/nothing", "/", "/v1/chat/completions"] {
        let reply = stranger.get(path).await;
        seen.push((reply.status, reply.text()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "all alike: {seen:?}");
    for (path, method) in
        [("/v1/nothing", "GET"), ("/v1/models", "DELETE"), ("/v1/completions", "POST")]
    {
        let reply = house.port.send(&house.port.request(method, path, b"{}")).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "unknown_url"), "{method} {path}");
    }
    assert_eq!(house.upstream.questions().len(), 0, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_too_large_or_no_requests_are_refused_and_the_next_is_answered() {
    let house = House::with(openai_stream(&["Here."])).await;
    let (ours, token) = (house.port.address, &house.port.token);
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {ours}\r\nauthorization: Bearer {token}\r\n"
    );
    let declared = format!("{head}content-length: 99999999999\r\n\r\n");
    let reply = house.port.send(declared.as_bytes()).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "request_too_large"), "by its word");

    // One that does not say how large it is, and never ends.
    let mut socket = house.port.connect().await;
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
    socket.write_all(chunked.as_bytes()).await.expect("it reads");
    let piece = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let mut sent = 0_usize;
    while sent < 64 << 20 && socket.write_all(&piece).await.is_ok() {
        sent += piece.len();
    }
    assert!(sent < 48 << 20, "{sent} bytes were read of it");

    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let reply = house.port.send(format!("{head}{many}\r\n").as_bytes()).await;
    assert!((400..500).contains(&reply.status), "too many headers: {}", reply.status);
    let long = format!("{head}x: {}\r\n\r\n", "y".repeat(1 << 20));
    let reply = house.port.send(long.as_bytes()).await;
    assert!((400..500).contains(&reply.status), "too long a header: {}", reply.status);
    let mut socket = house.port.connect().await;
    socket
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n")
        .await
        .expect("sent");
    let odd = Reply::read(&mut socket).await;
    assert!(odd.is_none_or(|reply| reply.status == 400), "no request");
    for body in ["", "{", "[]", "null", "\u{0}", &"[".repeat(100_000)] {
        let request = house.port.request("POST", "/v1/chat/completions", body.as_bytes());
        let reply = house.port.send(&request).await;
        assert_eq!(reply.status, 400, "{:.20}: {}", body, reply.text());
        assert_eq!(reply.json()["error"]["type"], "invalid_request_error");
    }
    assert_eq!(house.port.ask(&question()).await.status, 200, "and the next one is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_nothing_more_is_not_waited_for() {
    let house = House::with(openai_stream(&["Here."])).await;
    let patience = Duration::from_millis(200);
    let port = Port::open_with(&house.carrel, Rules { patience, ..Rules::default() }).await;
    let whole = port.question(&question());
    let head_end = whole.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    // Half a head, a head without its body, half a body, nothing at all.
    for cut in [20, head_end, whole.len() - 5, 0] {
        let mut socket = port.connect().await;
        socket.write_all(&whole[..cut]).await.expect("it listens");
        let reply = Reply::read(&mut socket).await;
        assert!(reply.is_none_or(|reply| reply.status == 408), "after {cut} bytes");
    }
    assert_eq!(house.upstream.questions().len(), 0, "nothing was asked");
}

#[tokio::test]
async fn nobody_else_can_sit_at_the_other_loopback_address() {
    let free = Server::bind("127.0.0.1:0".parse().expect("one")).await.expect("a port").address();
    let squatter = tokio::net::TcpListener::bind(("::1", free.port())).await;
    let Ok(_squatter) = squatter else { return };
    let bound = Server::bind(free).await;
    let error = bound.err().map(|error| error.kind());
    assert_eq!(error, Some(std::io::ErrorKind::AddrInUse), "localhost leads there, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_waits_for_no_client_that_is_still_sending() {
    let house = House::with(openai_stream(&["Here."])).await;
    let patience = Duration::from_secs(3_600);
    let port = Port::open_with(&house.carrel, Rules { patience, ..Rules::default() }).await;
    let whole = port.question(&question());
    let mut socket = port.connect().await;
    socket.write_all(&whole[..whole.len() - 5]).await.expect("it listens");
    // Let in, and waited for: another request sees that the port has read the head.
    assert_eq!(port.get("/v1/models").await.status, 200);
    house.carrel.lock(&house.admin, "Mira").await;
    let reply = Reply::read(&mut socket).await.expect("an answer, at once");
    assert_eq!(reply.status, 401, "{}", reply.text());
}

#[tokio::test]
async fn only_this_machine_can_be_listened_on() {
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.4:0", "8.8.8.8:0"] {
        let bound = Server::bind(address.parse().expect("an address")).await;
        let error = bound.err().map(|error| error.kind());
        assert_eq!(error, Some(std::io::ErrorKind::AddrNotAvailable), "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_carries_several_questions_where_that_is_allowed() {
    let house = House::with(openai_stream(&["Here."])).await;
    let mut socket = house.port.connect().await;
    for _ in 0..3 {
        socket.write_all(&house.port.question(&question())).await.expect("it is open");
        assert_eq!(Reply::read(&mut socket).await.expect("an answer").status, 200);
    }
    let strict = Port::open_with(&house.carrel, Rules::default()).await;
    let mut socket = strict.begin(&question()).await;
    let reply = Reply::read(&mut socket).await.expect("an answer");
    assert_eq!(reply.header("connection"), Some("close"), "its buffers hold what was asked");
}
