//! `carrel catalogue`: which price list holds, and bringing a newer one from a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::NanoUsd;
use engine::api::{
    Catalogue, CatalogueImport, DoubtedPrice, ImportCatalogue, MAX_PRICE_FILE_BYTES, Nothing,
};

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};

/// The list of models and their prices.
#[derive(Subcommand)]
pub(crate) enum PriceList {
    /// Say which price list holds.
    Show(DeskArgs),
    /// Take a newer price file, in LiteLLM's format, for the whole workspace; for admins.
    Import(Import),
    /// Go back to the list that comes with Carrel; for admins.
    Reset(DeskArgs),
}

#[derive(Args)]
pub(crate) struct Import {
    /// `model_prices_and_context_window.json`, at most 16 MiB.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The day that it is of; the file does not say.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: String,
    /// Take it although prices change by more than ten times.
    #[arg(long)]
    accept: bool,
    #[command(flatten)]
    desk: DeskArgs,
}

pub(crate) async fn run(client: &Client, what: &PriceList, json: bool) -> Result<(), Problem> {
    match what {
        PriceList::Show(desk) => {
            client.unlock(desk).await?;
            print(&client.call("read_catalogue", &Nothing {}).await?, json)
        }
        PriceList::Reset(desk) => {
            client.unlock(desk).await?;
            print(&client.call("drop_catalogue", &Nothing {}).await?, json)
        }
        PriceList::Import(import) => {
            let text = read(&import.file)?;
            client.unlock(&import.desk).await?;
            let (date, accept) = (import.date.clone(), import.accept);
            let request = ImportCatalogue { text, date, accept };
            tell(&client.call("import_catalogue", &request).await?, json)
        }
    }
}

/// The file's text; a little more than is allowed, so that the engine says what is wrong.
fn read(path: &Path) -> Result<String, Problem> {
    let most = MAX_PRICE_FILE_BYTES.saturating_add(1);
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let unreadable = |error: std::io::Error| {
        Problem::Usage(format!("{} cannot be read: {error}", path.display()))
    };
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    let no_text = |_| Problem::Usage(format!("{} is not a text file.", path.display()));
    String::from_utf8(bytes).map_err(no_text)
}

fn print(catalogue: &Catalogue, json: bool) -> Result<(), Problem> {
    let Catalogue { date, known, imported_at, .. } = catalogue;
    if json {
        let imported = imported_at.is_some();
        let line = serde_json::json!({ "date": date, "known": known, "imported": imported });
        return say(&line.to_string());
    }
    let from = if imported_at.is_some() { "imported" } else { "came with Carrel" };
    say(&format!("{date}  {known} models, {from}"))
}

fn tell(import: &CatalogueImport, json: bool) -> Result<(), Problem> {
    if json {
        say(&serde_json::json!({ "import": import }).to_string())?;
    } else {
        import.doubted.iter().try_for_each(|doubt| say(&line(doubt)))?;
        let CatalogueImport { date, known, added, lost, repriced, .. } = import;
        say(&format!(
            "{date}  {known} models: {added} new, {lost} gone, {repriced} with another price"
        ))?;
    }
    if import.taken {
        return Ok(());
    }
    Err(Problem::Usage(
        "Prices change by more than ten times, so nothing was changed. If they are meant, import the list again with --accept.".to_owned(),
    ))
}

/// "openai/gpt-4o: $2.5 in, $10 out, now $0.0025 in, $10 out", for a million tokens.
fn line(doubt: &DoubtedPrice) -> String {
    let DoubtedPrice { vendor, model, before, after } = doubt;
    let price = |input, output| format!("{} in, {} out", dollars(input), dollars(output));
    format!(
        "{vendor}/{model}: {}, now {} for a million tokens",
        price(before.input, before.output),
        price(after.input, after.output),
    )
}

fn dollars(NanoUsd(nano): NanoUsd) -> String {
    let (whole, part) = (nano / 1_000_000_000, nano % 1_000_000_000);
    let places = format!("{part:09}");
    match places.trim_end_matches('0') {
        "" => format!("${whole}"),
        places => format!("${whole}.{places}"),
    }
}
