//! Cedar and a plain table decide alike, and what admins write changes what it should.
#![expect(clippy::expect_used, reason = "tests fail loudly")]

mod cells;
mod exceptions;
mod oracle;
mod people;
mod table;
