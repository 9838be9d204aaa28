import { expect, test } from "vitest";
import type { Failure } from "../ipc";
import { failureText, failureTitle } from "./failure";
import { spoken } from "./language.svelte";

const failure = (code: Failure["code"], message: string): Failure => ({
  code,
  message,
  retry_at: null,
  rule_ids: [],
});

test("English shows the core's own sentence", () => {
  spoken.choose("en");
  const wrong = failure("wrong_secret", "That is not Mira’s passphrase.");
  expect(failureText(wrong), "it knows more than the code").toBe("That is not Mira’s passphrase.");
});

test("another language says it by code and keeps what only the core knows", () => {
  spoken.choose("de");
  const full = failure("disk_full", "The disk is full.");
  expect(failureText(full), "the code says it all").not.toContain("The disk");
  const provider = failure("provider", "api.example answered 503");
  expect(failureText(provider), "details follow").toContain("(api.example answered 503)");
  expect(failureTitle(provider), "in German").toBe("Der Anbieter hat nicht geantwortet");
});
