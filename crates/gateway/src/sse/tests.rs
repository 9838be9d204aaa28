//! The framer against the rules, and against an independent implementation.

use futures::StreamExt;
use proptest::prelude::*;

use super::*;

type Seen = Vec<(Vec<u8>, Vec<u8>)>;

fn frame(chunks: &[&[u8]]) -> Seen {
    let mut seen = Seen::new();
    let mut framer = Framer::new(1 << 20);
    for chunk in chunks {
        framer
            .push(chunk, &mut |event| seen.push((event.name.to_vec(), event.data.to_vec())))
            .expect("below the limit");
    }
    seen
}

fn reference(chunks: &[&[u8]]) -> Seen {
    let parts: Vec<Result<bytes::Bytes, std::io::Error>> =
        chunks.iter().map(|chunk| Ok(bytes::Bytes::copy_from_slice(chunk))).collect();
    let events = sse_stream::SseByteStream::new(futures::stream::iter(parts));
    futures::executor::block_on(events.collect::<Vec<_>>())
        .into_iter()
        .filter_map(|event| {
            let event = event.expect("valid text");
            let data = event.data?;
            Some((event.event.unwrap_or_default().into_bytes(), data.into_bytes()))
        })
        .collect()
}

fn every_two_splits(bytes: &[u8], check: impl Fn(&[&[u8]])) {
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            check(&[&bytes[..first], &bytes[first..second], &bytes[second..]]);
        }
    }
}

#[test]
fn every_kind_of_line_is_read_as_the_standard_says() {
    let stream = b"\xEF\xBB\xBFdata: a\n\ndata:b\r\n\r\ndata: c\rdata:  d\r\r: note\n\
        event: ping\ndata\n\nid: 7\nretry: 10\nevent: lost\n\ndata: \xC3\xA9\ndata\n\n";
    let expected: Seen = [("", "a"), ("", "b"), ("", "c\n d"), ("ping", ""), ("", "é\n")]
        .into_iter()
        .map(|(name, data)| (name.into(), data.into()))
        .collect();
    assert_eq!(frame(&[stream]), expected, "one space is dropped, lines join with LF");
    every_two_splits(stream, |chunks| {
        assert_eq!(frame(chunks), expected, "where the bytes are cut must not matter: {chunks:?}");
    });
}

#[test]
fn an_empty_chunk_between_cr_and_lf_is_not_a_line() {
    let seen = frame(&[b"data: a\r", b"", b"\ndata: b\r", b"\n\r\n"]);
    assert_eq!(seen, vec![(vec![], b"a\nb".to_vec())], "found by comparing with another framer");
}

#[test]
fn an_unfinished_last_event_is_handed_out_at_the_end() {
    for stream in ["data: [DONE]\n", "data: [DONE]", "data: [DONE]\r", "\u{FEFF}data: [DONE]"] {
        let mut seen = Vec::new();
        let mut framer = Framer::new(100);
        framer.push(stream.as_bytes(), &mut |_| {}).expect("small");
        framer.finish(&mut |event| seen.push(event.data.to_vec())).expect("small");
        assert_eq!(seen, vec![b"[DONE]".to_vec()], "{stream:?} comes from real servers");
    }
}

#[test]
fn a_line_without_end_is_refused_at_the_limit() {
    let mut framer = Framer::new(1_000);
    let mut fed = 0;
    let refused = (0..100).any(|_| {
        fed += 100;
        framer.push(&[b'x'; 100], &mut |_| {}).is_err()
    });
    assert!(refused && fed <= 1_100, "memory must stay flat whatever arrives");
}

#[test]
fn many_small_data_lines_count_against_the_same_limit() {
    let mut framer = Framer::new(1_000);
    let refused = (0..1_000).any(|_| framer.push(b"data: xxxxxxxx\n", &mut |_| {}).is_err());
    assert!(refused, "an event may not grow line by line either");
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "data: ?[a-zé€😀:{}\" ]{0,12}",
        1 => "event: ?[a-z_]{0,8}",
        1 => Just("data".to_owned()),
        1 => ":[a-z ]{0,6}",
        1 => "id: [0-9]{1,3}",
        1 => "retry: [0-9]{1,4}",
        1 => "[a-z]{0,5}",
        2 => Just(String::new()),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let lines = prop::collection::vec((line(), end), 0..40);
    (any::<bool>(), lines).prop_map(|(bom, lines)| {
        let mut text = if bom { "\u{FEFF}".to_owned() } else { String::new() };
        for (line, end) in lines {
            text.push_str(&line);
            text.push_str(end);
        }
        // Both readers treat an unfinished event at the end differently, on purpose.
        text.push_str("\n\n");
        text.into_bytes()
    })
}

proptest! {
    #[test]
    fn the_framer_agrees_with_an_independent_one_at_any_split(
        bytes in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(frame(&chunks), reference(&[&bytes]), "cut into {:?}", chunks);
    }

    #[test]
    fn one_byte_at_a_time_changes_nothing(bytes in stream()) {
        let chunks: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(frame(&chunks), frame(&[&bytes]));
    }

    #[test]
    fn no_bytes_make_the_framer_fail_other_than_by_size(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..32),
    ) {
        let mut framer = Framer::new(256);
        let mut largest = 0;
        for chunk in &chunks {
            if framer.push(chunk, &mut |event| largest = largest.max(event.data.len())).is_err() {
                break;
            }
        }
        prop_assert!(largest <= 256, "no event above the limit is handed out");
    }
}
