//! How domain values stand in columns.

use domain::{Author, Finish};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A domain value as its column's text.
pub(crate) struct Named<T>(pub(crate) T);

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl ToSql for Named<$type> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let name = match self.0 { $($type::$variant => $name),+ };
                Ok(ToSqlOutput::Borrowed(ValueRef::Text(name.as_bytes())))
            }
        }

        impl FromSql for Named<$type> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($name => Ok(Self($type::$variant)),)+
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}

named!(Author { User = "user", Assistant = "model" });
named!(Finish {
    Complete = "complete",
    Length = "length",
    Stopped = "stopped",
    Locked = "locked",
    Stalled = "stalled",
    Cut = "cut",
    Interrupted = "interrupted",
    Refused = "refused",
    Failed = "failed",
});

/// An id of sixteen bytes.
pub(crate) fn id<T>(row: &Row<'_>, at: usize, from: fn([u8; 16]) -> T) -> rusqlite::Result<T> {
    Ok(from(row.get(at)?))
}

/// An id of sixteen bytes, or NULL.
pub(crate) fn id_or_none<T>(
    row: &Row<'_>,
    at: usize,
    from: fn([u8; 16]) -> T,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<[u8; 16]>>(at)?.map(from))
}

/// JSON in a column that cannot be read or written.
pub(crate) fn json_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
