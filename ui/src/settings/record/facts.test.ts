import { expect, test } from "vitest";
import { recorded } from "../../../tests/fixture/record";
import type { RecordedActor } from "../../ipc";
import { daysOf } from "./days";
import { exported, signedOf } from "./event";
import { commonFacts, idFacts, ownFacts } from "./facts";
import type { Names } from "./names";

const NOW = new Date(2026, 10, 23, 9, 42, 7).getTime();
const MIRA: RecordedActor = { kind: "member", profile: "mira-1", name: "Mira" };
const MODEL = { provider: "p1", model: "mistral-large-latest" };
const NAMES: Names = {
  members: [],
  roles: [],
  groups: [{ id: "g1", name: "Fieldwork" }],
  providers: [{ id: "p1", label: "Mistral", keys: [{ id: "k1", label: "", hint: "81c0" }] }],
  routes: [],
  asked: new Map([["a1", MODEL]]),
  requested: new Map(),
};

function event(what: { kind: string } & Record<string, unknown>, actor = MIRA) {
  const [made] = recorded([{ age: 0, actor, what }], NOW);
  if (!made) throw new Error("one was asked for");
  return made;
}
const pairs = (what: { kind: string } & Record<string, unknown>) =>
  ownFacts(signedOf(event(what)), NAMES).map(({ name, value }) => [name, value]);

test("a call is told field by field, with the model first", () => {
  const what = {
    kind: "attempt_intent",
    attempt: "a1",
    turn: "t1",
    model: MODEL,
    host: "api.mistral.ai",
    request_bytes: 8_120,
    class: "confidential",
    key: "k1",
    route: "usual",
    hold: 40_000_000,
    output_cap: 4_096,
  };
  expect(pairs(what)).toEqual([
    ["Model", "mistral-large-latest · Mistral"],
    ["Host", "api.mistral.ai"],
    ["Data class", "Confidential"],
    ["Route", "the chosen model, then its stand-ins"],
    ["Key", "••••81c0"],
    ["Held", "$0.04"],
    ["Try", "a1"],
    ["Tokens at most", "4,096"],
    ["Size of the request", "8.1 kB"],
    ["Answer", "t1"],
  ]);
});

test("what is not known is never told as nothing", () => {
  const unknown = { finish: null, usage: null, billed: null, total_ms: null, served_model: null };
  const what = { kind: "attempt_outcome", attempt: "a1", failure: null, ...unknown };
  expect(pairs(what)).toEqual([
    ["Model", "mistral-large-latest · Mistral"],
    ["The provider calls it", "not said"],
    ["End", "not known"],
    ["Failure", "none"],
    ["Tokens", "not known"],
    ["Try", "a1"],
    ["Billed", "not known"],
    ["Took", "not known"],
  ]);
});

test("tokens are told kind by kind, and who counted them", () => {
  const usage = {
    input: 6_000,
    cached_input: 12,
    cache_write: 0,
    cache_write_long: 0,
    output: 1_140,
    reasoning: 0,
    estimated: true,
  };
  expect(pairs({ kind: "attempt_outcome", usage, cost: 0 })).toEqual([
    ["Tokens read", "6,000"],
    ["Read from the provider’s cache", "12"],
    ["Tokens written", "1,140"],
    ["Counted by", "Carrel, estimated: the provider did not say"],
    ["Spent", "nothing"],
  ]);
});

test("of a question is told what the record commits to, and no word of it", () => {
  expect(pairs({ kind: "attempt_outcome", input: "c0ffee", output: null })).toEqual([
    ["Commitment to the question", "c0ffee"],
    ["Commitment to the answer", "not known"],
  ]);
});

test("a refusal names its rules, or that nothing allows it", () => {
  const denied = { kind: "denied", action: "audit.read", count: 1 };
  expect(pairs({ ...denied, rules: ["matrix/member/ask", "own"] })).toContainEqual([
    "Rules",
    "matrix/member/ask\nown",
  ]);
  expect(pairs({ ...denied, rules: [] })).toContainEqual(["Rules", "none: nothing allows it"]);
  expect(pairs({ ...denied, rules: [] }), "in words").toContainEqual([
    "What was refused",
    "read the record",
  ]);
});

test("a limit is told in words, with the level that was reached", () => {
  const limit = {
    scope: { kind: "group", group: "g1" },
    measure: { kind: "money", span: "month" },
    most: 60_000_000_000,
  };
  expect(pairs({ kind: "limit_nearly_used", limit, percent: 80 })).toEqual([
    ["Limit", "The group Fieldwork together: $60.00 a month"],
    ["Reached", "80 %"],
  ]);
  const unknown = { scope: { kind: "planet" } };
  expect(pairs({ kind: "limit_nearly_used", limit: unknown }), "as it was written").toEqual([
    ["Limit", JSON.stringify(unknown)],
  ]);
});

test("a checkpoint is told with how many events it stands for, and their root", () => {
  const root = "ab12".repeat(16);
  const made = event({ kind: "checkpoint_made", root, size: 1_204 });
  expect(ownFacts(signedOf(made), NAMES)).toEqual([
    { name: "Events", value: "1,204", mono: false },
    { name: "Root over their hashes", value: root, mono: true },
  ]);
});

test("a group is told by its name, and no group is everyone", () => {
  expect(pairs({ kind: "group_saved", group: "g1" })).toEqual([["Group", "Fieldwork"]]);
  expect(pairs({ kind: "usage_exported", group: null })).toEqual([
    ["Group", "Everyone in the workspace"],
  ]);
});

test("a request is told with its subject in words, and its decision with what was given", () => {
  const more = { kind: "more", measure: { kind: "tokens", span: "month" }, amount: 20_000 };
  const made = { request: "r1", subject: more, reason: "ab12" };
  expect(pairs({ kind: "request_made", ...made })).toEqual([
    ["For what", "20,000 tokens more a month"],
    ["Hash of the reason", "ab12"],
    ["Request", "r1"],
  ]);
  const names = { ...NAMES, requested: new Map([["r1", made]]) };
  const given = { until: NOW, amount: 500 };
  const decided = event({ kind: "request_decided", request: "r1", given });
  expect(ownFacts(signedOf(decided), names).map(({ value }) => value)).toEqual([
    "20,000 tokens more a month",
    "500 tokens given · until Nov 23, 2026, 9:42 AM",
    "r1",
  ]);
});

test("a subject that only a newer Carrel knows stands there as it was written", () => {
  const subject = { kind: "access", row: { kind: "windows" } };
  expect(pairs({ kind: "request_made", subject })).toEqual([["For what", JSON.stringify(subject)]]);
});

test("whose signature it is, is told where it is another’s", () => {
  const own = event({ kind: "locked" });
  const names = (facts: { name: string }[]) => facts.map(({ name }) => name);
  expect(names(commonFacts(own, signedOf(own), NAMES))).toEqual(["When", "Who"]);
  const guest = event({ kind: "locked" }, { kind: "guest" });
  expect(commonFacts(guest, signedOf(guest), NAMES).at(-1)).toEqual({
    name: "Signed by",
    value: "This computer",
    mono: false,
  });
  expect(names(idFacts(own, signedOf(own)))).toEqual(["Event id", "Kind", "Pseudonym", "Session"]);
});

test("a text that is no event is shown without making one up", () => {
  const broken = { ...event({ kind: "locked" }), text: "[1, 2" };
  expect(signedOf(broken)).toEqual({
    id: null,
    previous: null,
    session: null,
    role: null,
    signer: null,
    what: {},
  });
  expect(JSON.parse(exported(broken)), "taken along as it is").toMatchObject({ text: "[1, 2" });
});

test("events stand under their day, and a clock that was set back begins another", () => {
  const day = 24 * 60;
  const told = [2 * day, 2 * day - 1, 0, 2 * day, day].map((age) => ({
    age,
    actor: MIRA,
    what: { kind: "locked" },
  }));
  const days = daysOf(recorded(told, NOW), NOW);
  expect(days.map(({ key, title, events }) => [key, title, events.length])).toEqual([
    [1, "Saturday, November 21, 2026", 2],
    [3, "Today, Monday, November 23, 2026", 1],
    [4, "Saturday, November 21, 2026", 1],
    [5, "Yesterday, Sunday, November 22, 2026", 1],
  ]);
});
