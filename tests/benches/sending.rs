//! From pressing Send to the request at the provider, with everything on.
//!
//! A member of two groups asks in a workspace with limits at every scope, 300 cells of a matrix
//! and a route. The way has the whole engine in it: the command's permission, the turn opened in
//! the vault, the newest rules asked once more, all limits held, the event signed and on disk, the
//! request made. The provider is a scripted one on loopback in this process, asked over a kept
//! connection; what that alone takes is measured in turns and said.

use std::time::Instant;

use domain::{Limit, LimitMeasure, LimitScope, ModelRef, Role, Span, Target};
use engine::api::{
    CellChange, CellChanges, GroupList, LimitStandings, PolicyView, Question, SaveGroup,
    WorkspaceLimits,
};
use policy::{Row, Stance};
use support::people::{Carrel, Person};
use support::upstream::{Script, Upstream, openai};
use tokio::sync::mpsc;

use crate::Outcome;
use crate::direct::{ANSWER, Direct};
use crate::figures::{Figure, Samples, Sheet, now};
use crate::gateway::whole;

const WARM_UP: usize = 30;
const QUESTIONS: usize = 400;
const CELLS: usize = 300;

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    let text = format!("data: {}\n\n", openai::text(ANSWER));
    let (upstream, mut arrivals) = listening(whole(&text)).await;
    let dir = tempfile::tempdir()?;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = Box::pin(carrel.join(&admin, "Jonas", "jonas")).await;
    let model = admin.add_provider(&upstream.base_url()).await;
    govern(&carrel, &admin, &model).await;
    let direct = Direct::new(&upstream)?;
    let (mut through, mut past) = (Samples::default(), Samples::default());
    for call in 0..WARM_UP + QUESTIONS {
        let sent = now();
        let question = Question::NewChat { text: "When does the tide turn?".to_owned() };
        let asked = member.ask_of(Some(Target::Model { model: model.clone() }), question).await;
        let turn = asked.map_err(|failure| failure.message)?;
        let there = arrivals.recv().await.ok_or("nothing arrived")?;
        drop(turn.settled().await);
        let began = now();
        let _ = direct.stages().await?;
        let gone_by = arrivals.recv().await.ok_or("nothing arrived")?;
        if call >= WARM_UP {
            through.push_ms(there.saturating_duration_since(sent));
            past.push_ms(gone_by.saturating_duration_since(began));
        }
    }
    let note = format!(
        "{QUESTIONS} questions, each in a new chat, from the command to the request read at a provider on \
         loopback, which by itself takes {:.2} ms; {CELLS} cells, eight limits, two groups; \
         two durable commits",
        past.median()
    );
    let figure = Figure::of("send path, everything on", "ms", &through);
    Ok(sheet.add(&figure.target("p95 ≤ 2").note(&note))?)
}

/// An upstream that says when each question arrived.
async fn listening(script: Script) -> (Upstream, mpsc::UnboundedReceiver<Instant>) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let upstream = Upstream::start(script.clone()).await;
    upstream.choose(move |_| {
        let _ = arrived.send(now());
        script.clone()
    });
    (upstream, arrivals)
}

async fn govern(carrel: &Carrel, admin: &Person, model: &ModelRef) {
    let jonas = carrel.profile("Jonas").await;
    let mut groups = Vec::new();
    for name in ["Survey", "Reports"] {
        let wanted = SaveGroup { id: None, name: name.to_owned(), members: vec![jonas] };
        let list: GroupList = admin.ok("save_group", &wanted).await;
        groups = list.groups.into_iter().map(|group| group.id).collect();
    }
    let month =
        |scope| Limit::new(scope, LimitMeasure::Requests { span: Span::Month }, Limit::MOST);
    let scopes = [
        LimitScope::Workspace {},
        LimitScope::Role { role: Role::Member },
        LimitScope::EachProfile {},
        LimitScope::Profile { profile: jonas },
        LimitScope::Provider { provider: model.provider },
        LimitScope::Model { model: model.clone() },
    ];
    let of_groups = groups.iter().map(|group| LimitScope::Group { group: *group });
    let limits = scopes.into_iter().chain(of_groups).map(month).collect();
    let wanted =
        WorkspaceLimits { limits, block_unpriced: false, time_zone: None, warn_at: vec![80] };
    let _: LimitStandings = admin.ok("write_limits", &wanted).await;
    let change = |number| CellChange {
        role: Role::Member,
        row: Row::Model {
            model: ModelRef { provider: model.provider, model: format!("other-{number}") },
        },
        stance: Some(Stance::Deny),
    };
    let changes = CellChanges { version: 0, changes: (0..CELLS).map(change).collect() };
    let _: PolicyView = admin.ok("write_cells", &changes).await;
}
