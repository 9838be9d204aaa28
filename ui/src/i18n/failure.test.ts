import { expect, test } from "vitest";
import type { Failure } from "../ipc";
import { failureText, failureTitle } from "./failure";
import { spoken } from "./language.svelte";

const failure = (code: Failure["code"], message: string): Failure => ({
  code,
  message,
  retry_at: null,
  rule_ids: [],
  denied: null,
});

test("English shows the core's own sentence", () => {
  spoken.choose("en");
  const wrong = failure("wrong_secret", "That is not Mira’s passphrase.");
  expect(failureText(wrong), "it knows more than the code").toBe("That is not Mira’s passphrase.");
});

test("another language shows the core's sentence translated", () => {
  spoken.choose("de");
  const gone = failure("provider", "The connection to Mistral broke. Try again.");
  expect(failureText(gone), "it knows more than the code").toBe(
    "Die Verbindung zu Mistral brach ab. Versuche es noch einmal.",
  );
  expect(failureTitle(gone), "in German").toBe("Der Anbieter hat ein Problem");
});

test("an unknown sentence is replaced by what its code means, never shown in English", () => {
  spoken.choose("de");
  const odd = failure("provider", "api.example answered 503");
  expect(failureText(odd), "the code says what to do").toBe(
    "Prüfe Adresse und Verbindung und versuche es dann noch einmal.",
  );
});
