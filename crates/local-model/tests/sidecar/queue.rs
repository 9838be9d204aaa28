//! The line in front of the model.

use std::sync::mpsc::channel;

use super::scripted::{Act, Script};
use local_model::generate::{Ended, Prompt, Sampling};
use local_model::queue::{self, Answer, Count, PLACES, Piece, Work};

fn work() -> Work {
    Work {
        prompt: Prompt { tokens: vec![0; 3], stops: vec![] },
        sampling: Sampling { temperature: 0.0, top_p: 1.0, seed: 0 },
        most: 10,
        stops: vec![],
    }
}

fn pieces(mut answer: Answer) -> Vec<Piece> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut pieces = Vec::new();
        while let Some(piece) = answer.next().await {
            pieces.push(piece);
        }
        pieces
    })
}

#[test]
fn those_who_leave_the_line_free_their_place_and_are_never_answered() {
    let (queue, inbox) = queue::open();
    let mut line: Vec<_> = (0..PLACES).map(|_| queue.submit(work()).expect("a place")).collect();
    assert!(queue.submit(work()).is_err(), "every place is taken");

    let kept = line.pop().expect("one");
    line.clear();
    let late = queue.submit(work()).expect("their places are free at once");

    drop(queue);
    let (mut script, _ended) =
        Script::new(vec![Act::Write(vec!["kept"]), Act::Write(vec!["late"])]);
    inbox.serve(&mut script);
    let ended = Piece::Ended(Ended::Stop, Count { prompt: 3, answer: 1 });
    let told = |text: &str| vec![Piece::Text(text.to_owned()), ended.clone()];
    assert_eq!(pieces(kept), told("kept"), "the first act is for the first who still listens");
    assert_eq!(pieces(late), told("late"), "the second for the next");
}

#[test]
fn a_character_cut_between_tokens_and_text_held_back_arrive_in_the_end() {
    let (queue, inbox) = queue::open();
    let answer = queue.submit(Work { stops: vec!["STOP".to_owned()], ..work() }).expect("a place");
    drop(queue);
    let (mut script, _ended) = Script::new(vec![Act::Write(vec!["hé", "S", "T"])]);
    inbox.serve(&mut script);
    let text: String = pieces(answer)
        .into_iter()
        .filter_map(|piece| if let Piece::Text(text) = piece { Some(text) } else { None })
        .collect();
    assert_eq!(text, "héST", "what only began like a stop text belongs to the answer");
}

#[test]
fn a_model_that_is_gone_refuses_instead_of_hanging() {
    let (queue, inbox) = queue::open();
    let waiting = queue.submit(work()).expect("a place");
    let (done, is_done) = channel();
    drop(inbox);
    std::thread::spawn(move || done.send(pieces(waiting)));
    let told = is_done.recv_timeout(std::time::Duration::from_secs(20));
    assert_eq!(told, Ok(vec![]), "who waited is released");
    assert!(queue.submit(work()).is_err(), "and nobody else may wait");
}
