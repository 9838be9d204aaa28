import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Provenance, TryPath, TryRecord } from "../ipc";
import { factsOfCard } from "./card";
import { chargedNothing, outcomeOf, RESTS, skipOf, wayOf } from "./tries";

const path: TryPath = {
  route: "usual",
  provider_label: "Mistral",
  key_label: "••••81c0",
  choice: "fallback",
  breaker: "probing",
  waited_ms: 4_000,
  took_ms: 900,
  perhaps_billed: false,
};
const attempt: TryRecord = {
  attempt: "t",
  model: { provider: "p", model: "m" },
  failure: null,
  http_status: null,
  note: null,
  path,
};
const card: Provenance = {
  model: { provider: "p", model: "m" },
  provider_label: "Mistral",
  host: "api.mistral.ai",
  served_model: "m-2026",
  usage: {
    input: 812,
    cached_input: 4_096,
    cache_write: 100,
    cache_write_long: 20,
    output: 214,
    reasoning: 1_300,
    estimated: false,
  },
  first_token_ms: 380,
  total_ms: 2_900,
  cost: 4_170_000,
  tries: [attempt],
  skipped: [],
  uncalled: null,
  elapsed_ms: 7_000,
};
const facts = (of: Provenance) => Object.fromEntries(factsOfCard(of, "Large", 0));

test("a card names key, route, reason, state, and tokens by kind", () => {
  expect(facts(card)).toMatchObject({
    Model: "Large",
    Key: "••••81c0",
    Route: "the chosen model, then its stand-ins",
    "Why this one": "stood in",
    "Its health then": "paused; this call found out whether it is back",
    "Tokens read": "812",
    "Read from the provider’s cache": "4,096",
    "Kept in the provider’s cache": "120",
    "Tokens written": "214",
    "Tokens for reasoning": "1,300",
    "Counted by": "the provider",
    "First word after": "0.4 s",
    "Whole answer": "2.9 s",
    "From question to end": "7 s",
    Cost: "$0.0042",
  });
});

test("what an answer did not have is no line, and an estimate says so", () => {
  const plain = {
    ...card,
    usage: { ...card.usage, cached_input: 0, cache_write: 0, cache_write_long: 0, reasoning: 0 },
    elapsed_ms: 2_950,
  };
  const names = Object.keys(facts(plain));
  expect(names.filter((name) => /cache|reasoning|question/.test(name))).toEqual([]);
  const guessed = { ...plain, usage: { ...plain.usage, estimated: true } };
  expect(facts(guessed)).toMatchObject({
    "Counted by": "Carrel, estimated: the provider did not say",
    Cost: "about $0.0042",
  });
  const old: Provenance = { ...plain, tries: [{ ...attempt, path: undefined }], elapsed_ms: null };
  expect(facts(old), "an answer from before these were kept").not.toHaveProperty("Route");
});

test("where nobody was asked, the card says who was wanted and why not", () => {
  const why = "The limit of 2 requests a day is used up.";
  const uncalled = { ...card, tries: [], cost: 0, uncalled: why };
  expect(facts(uncalled)).toMatchObject({
    Wanted: "Large",
    Why: why,
    Cost: "Nothing was charged",
  });
  expect(facts(uncalled), "there is no answer to measure").not.toHaveProperty("Whole answer");
  expect(facts({ ...uncalled, uncalled: "" }).Why, "stopped in time").toMatch(/^It was stopped/);
});

test("a try says why, under which key, after what wait, and how it stood where that matters", () => {
  expect(wayOf(path)).toBe(
    "stood in · key “••••81c0” · after 4 s · paused; this call found out whether it is back",
  );
  expect(wayOf({ ...path, breaker: "closed", key_label: null, waited_ms: 20 })).toBe("stood in");
});

test("what came of a try is a fact without advice, with what the provider said itself", () => {
  const failed = (more: Partial<TryRecord>) =>
    outcomeOf({ ...attempt, failure: "transient", ...more });
  const note =
    "Mistral has a problem at the moment (HTTP 503). Try again in a moment, or use another model.";
  expect(failed({ http_status: 503, note })).toBe("server error 503");
  expect(failed({ http_status: 503, note: `${note} It said: “overloaded, sorry.”` })).toBe(
    "server error 503: “overloaded, sorry.”",
  );
  const pause = { failure: "throttled", note: "Mistral asks for a pause. Try again." } as const;
  expect(failed({ ...pause, http_status: 429 })).toBe("asked for a pause (429)");
  expect(failed(pause), "in the stream").toBe("asked for a pause");
  expect(failed({ note: "Nothing answers at 127.0.0.1:8080. Is Ollama running?" })).toBe(
    "Nothing answers at 127.0.0.1:8080",
  );
  expect(failed({ http_status: 400, failure: "caller" }), "from before notes").toBe("error 400");
  expect(failed({})).toBe("failed");
  expect(outcomeOf(attempt)).toBe("answered");
});

test("who was passed over is paused until then, and says why where that is not all", () => {
  const skip = {
    model: attempt.model,
    provider_label: "Mistral",
    key_label: null,
    note: RESTS,
    until: new Date(2026, 10, 27, 23, 45).getTime(),
  };
  expect(skipOf(skip).replaceAll(/\s/g, " ")).toBe("paused until 11:45 PM");
  expect(skipOf({ ...skip, until: null }), "nobody knows when").toBe(
    "It failed too often and is paused",
  );
  const limit = { note: "A limit of this workspace is reached.", key_label: "second" };
  expect(skipOf({ ...skip, ...limit }).replaceAll(/\s/g, " ")).toBe(
    "paused until 11:45 PM · A limit of this workspace is reached · key “second”",
  );
  const core = join(import.meta.dirname, "../../../crates/gateway/src/answer/skipped.rs");
  expect(readFileSync(core, "utf8"), "as the core says it").toContain(`"${RESTS}"`);
});

test("only a model that was chosen by itself was chosen by the person", () => {
  const first = {
    ...path,
    choice: "first",
    breaker: "closed",
    key_label: null,
    waited_ms: 0,
  } as const;
  expect(wayOf(first)).toBe("you chose it");
  expect(wayOf({ ...first, route: "Everyday" })).toBe("first in the list");
});

test("nothing is said to be free that may have been billed", () => {
  const failed = (more: Partial<TryRecord>): TryRecord => ({
    ...attempt,
    failure: "throttled",
    ...more,
  });
  expect(chargedNothing([failed({})])).toBe(true);
  expect(chargedNothing([failed({ path: { ...path, perhaps_billed: true } })])).toBe(false);
  expect(chargedNothing([failed({}), failed({ failure: "broken" })]), "it answered").toBe(false);
  expect(chargedNothing([failed({ path: undefined })]), "nobody knows").toBe(false);
});
