import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spoken } from "./language.svelte";
import german from "./sentences.de.json";
import { said, translated } from "./sentences";

const CRATES = join(import.meta.dirname, "../../../crates");
/** Whose sentences reach a screen. */
const SPEAKING = ["engine", "gateway", "workspace", "vault", "local-model", "sealed/src/files"];

/** Words for programs and developers, never for a screen. */
const INTERNAL =
  /tracing::|#!?\[(expect|allow)|reason = |\/\/|assert|\.expect\(|panic!|#\[error\("(a|the|this) /;

function sentencesOf(crate: string): string[] {
  const folder = crate.includes("/") ? join(CRATES, crate) : join(CRATES, crate, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".rs") && !/tests?(\.rs|\/)/.test(path))
    .flatMap((path) =>
      (readFileSync(join(folder, path), "utf8").split("#[cfg(test)]")[0] ?? "").split("\n"),
    )
    .filter((line) => !INTERNAL.test(line))
    .flatMap((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text ?? ""))
    .filter((text) => /^(?:[A-Z]|\{\w*\}\W* ).* .*[.?](?:\{quote\})?$/.test(text));
}

test("every sentence of the core has a German one", () => {
  const sentences = SPEAKING.flatMap(sentencesOf);
  expect(sentences.length, "the sentences were found").toBeGreaterThan(80);
  const missing = [...new Set(sentences)].filter((text) => !(text in german));
  expect(missing, "English would stand on a German screen").toEqual([]);
});

test("a sentence with values in it keeps them", () => {
  spoken.choose("de");
  expect(
    translated(
      "Mistral has a problem at the moment (HTTP 503). Try again in a moment, or use another model. It said: “overloaded, sorry.”",
    ),
    "label, status and the provider's own words",
  ).toBe(
    "Mistral hat gerade ein Problem (HTTP 503). Versuche es gleich noch einmal oder nimm ein anderes Modell. Er sagte: „overloaded, sorry.“",
  );
  expect(
    translated("Mistral asks for a pause of 12 seconds. Try again then, or use another model."),
    "the wait is said in German, too",
  ).toBe(
    "Mistral bittet um eine Pause von 12 Sekunden. Versuche es danach noch einmal oder nimm ein anderes Modell.",
  );
  expect(said("At event 7: the event was changed. Tell an admin."), "values in order").toBe(
    "Bei Ereignis 7: das Ereignis wurde geändert. Sag es einem Admin.",
  );
});

test("a refusal by role is said in German for every role", () => {
  spoken.choose("de");
  const refused = (who: string) =>
    translated(`${who} may not do this: group.manage is missing. An admin can change that.`);
  const whoever = ["A guest", "A member", "A manager", "An auditor", "An admin"].map(refused);
  expect(new Set(whoever), "by the one sentence").toEqual(
    new Set(["Das darfst du hier nicht. Ein Admin kann das ändern."]),
  );
});

test("a file that was not saved says so, whatever the system says of it", () => {
  spoken.choose("de");
  const sentence = "The file could not be saved in your folder of downloads.";
  expect(translated(`${sentence} No space left on device (os error 28)`)).toBe(
    translated(sentence),
  );
  expect(translated(sentence)).toMatch(/^Die Datei ließ sich nicht/);
});

test("advice of several sentences is translated as a whole or not at all", () => {
  spoken.choose("de");
  expect(
    translated(
      "This passphrase is too easy to guess. This is a very common password. Add another word or two. Uncommon words are better.",
    ),
    "each of them",
  ).toBe(
    "Diese Passphrase ist zu leicht zu erraten. Das ist ein sehr häufiges Passwort. Füge noch ein oder zwei Wörter hinzu. Seltene Wörter sind besser.",
  );
  expect(
    translated("This passphrase is too easy to guess. Nobody wrote this one down."),
    "half English helps nobody",
  ).toBeNull();
});

test("English is shown as the core writes it, as a sentence", () => {
  spoken.choose("en");
  expect(translated("Another program holds this desk's files."), "with a set apostrophe").toBe(
    "Another program holds this desk’s files.",
  );
  expect(translated("a title needs at least one character"), "begins and ends like one").toBe(
    "A title needs at least one character.",
  );
});
