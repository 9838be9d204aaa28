//! A person's own programs ask through an open desk, over a bare socket.

mod answers;
mod callers;
mod clients;
mod doors;
mod tokens;

use domain::{Limit, LimitMeasure, LimitScope, Span};
use engine::api::{LimitStandings, Nothing, WorkspaceLimits};
use serde_json::{Value, json};
use support::people::{Carrel, Person};
use support::programs::Port;
use support::upstream::{Script, Upstream};
use tempfile::TempDir;

/// A desk with one provider, and a program at its port.
struct House {
    _dir: TempDir,
    carrel: Carrel,
    admin: Person,
    upstream: Upstream,
    port: Port,
}

/// The model that it has.
const MODEL: &str = "scripted-1";

impl House {
    async fn with(usual: Script) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let upstream = Upstream::start(usual).await;
        let carrel = Carrel::start(dir.path()).await;
        let admin = carrel.first_run().await;
        admin.add_provider(&upstream.base_url()).await;
        let port = Port::open(&carrel, &admin).await;
        Self { _dir: dir, carrel, admin, upstream, port }
    }

    /// Allows so many requests a day.
    async fn allow(&self, requests: u64) {
        let measure = LimitMeasure::Requests { span: Span::Day };
        let limits = vec![Limit::new(LimitScope::Workspace {}, measure, requests)];
        let wanted = WorkspaceLimits { limits, ..Default::default() };
        let _: LimitStandings = self.admin.ok("write_limits", &wanted).await;
    }

    /// How many requests are under way and how many were used, as the ledger has it.
    async fn ledger(&self) -> (u64, u64) {
        let standings: LimitStandings = self.admin.ok("read_limits", &Nothing {}).await;
        let first = standings.limits.first().expect("a limit was set");
        (first.held, first.spent)
    }
}

fn question() -> Value {
    json!({ "model": MODEL, "messages": [{ "role": "user", "content": "What is a tide?" }] })
}

fn streamed() -> Value {
    with(question(), json!({ "stream": true }))
}

/// `body` with what `more` has.
fn with(mut body: Value, more: Value) -> Value {
    let (Value::Object(body_fields), Value::Object(more)) = (&mut body, more) else { return body };
    body_fields.extend(more);
    body
}
