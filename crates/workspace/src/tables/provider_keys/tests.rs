use domain::UnixMs;

use super::*;
use crate::tables::SHAPE;

#[test]
fn the_key_of_a_provider_that_had_one_outlives_the_change_to_several() {
    let connection = Connection::open_in_memory().unwrap();
    let [first, second, several, since @ ..] = SHAPE.migrations else { panic!("they only grow") };
    let run = |migration: &sealed::Migration| match migration {
        sealed::Migration::Sql(sql) => connection.execute_batch(sql).unwrap(),
        _ => panic!("this test knows statements only"),
    };
    [first, second].into_iter().for_each(run);
    let provider = ProviderId::new(UnixMs(1), [4; 10]);
    let key = Key::from_bytes([7; 32]);
    let plain = [&[0; SALT], b"sk-from-before".as_slice()].concat();
    let context = format!("provider|{provider}").into_bytes();
    connection
        .execute(
            "INSERT INTO provider_key (provider, sealed, hint) VALUES (?1, ?2, 'fore')",
            (provider.as_bytes(), sealed::seal(&key, &context, &plain)),
        )
        .unwrap();
    std::iter::once(several).chain(since).for_each(run);
    let only = KeyBody {
        id: only_key(provider),
        label: String::new(),
        commitment: commitment(&context, &plain),
    };
    let secret = get(&connection, &key, provider, &only).unwrap();
    assert_eq!(secret.expose(), "sk-from-before", "nobody has to type it again");
    let hints = hints(&connection).unwrap();
    assert_eq!(hints.get(&only.id), Some(&Some("fore".to_owned())), "and it is known by its end");
}
