import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sampleGroups } from "../../../tests/fixture/groups";
import { sampleRecord } from "../../../tests/fixture/record";
import { sampleRoles, sampleRoutes, sampleWorld } from "../../../tests/fixture/sample";
import { spoken } from "../../i18n";
import type { RecordedEvent } from "../../ipc";
import { actionText } from "./actions";
import { type Json, signedOf, textIn } from "./event";
import { ownFacts } from "./facts";
import { FIELDS } from "./fields";
import { groupName } from "./groups";
import { GROUPS, isKnown, kindsOf } from "./kinds";
import type { Names } from "./names";
import { outcomeOf } from "./outcome";
import { aboutOf, sentenceOf } from "./sentences";

const CRATES = join(import.meta.dirname, "../../../../crates");
const rust = (path: string) => readFileSync(join(CRATES, path), "utf8");

const snake = (name: string) => name.replaceAll(/(?<!^)[A-Z]/g, "_$&").toLowerCase();

/** The body of one of the core's types, up to its end. */
function bodyOf(source: string, opening: string): string {
  return source.split(`${opening} {\n`)[1]?.split("\n}\n")[0] ?? "";
}

const KIND_RS = bodyOf(rust("workspace/src/audit/kind.rs"), "pub enum AuditKind");
const ATTEMPTS_RS = rust("workspace/src/attempts.rs");
const KINDS = [...KIND_RS.matchAll(/^ {4}([A-Z]\w+)[ ({,]/gm)].map(([, name = ""]) => snake(name));
const FIELD_NAMES = new Set([
  ...[...KIND_RS.matchAll(/^ {8}(\w+): /gm)].map(([, name = ""]) => name),
  ...["pub struct AttemptStart", "pub struct AttemptEnd"].flatMap((opening) =>
    [...bodyOf(ATTEMPTS_RS, opening).matchAll(/^ {4}pub (\w+): /gm)].map(([, name = ""]) => name),
  ),
]);
const ACTIONS = [...rust("policy/src/action.rs").matchAll(/^ {4}\w+ = "([a-z.]+)",$/gm)].map(
  ([, name = ""]) => name,
);

function sample(): { events: RecordedEvent[]; names: Names } {
  const world = sampleWorld(() => Date.UTC(2026, 10, 23, 8, 42, 7));
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  sampleGroups(world);
  const members = world.desks.map((desk) => ({
    profile: desk.card.profile,
    name: desk.card.name,
    avatar: desk.card.avatar,
    role: desk.role,
    disabled: false,
    erased: false,
    is_me: false,
    proposal: null,
  }));
  const roles = world.policy.roles.map(({ id, name }) => ({ role: id, name }));
  const { groups, providers, routes } = world;
  const requested = new Map<string, Json>();
  const names = { members, roles, groups, providers, routes, asked: new Map(), requested };
  const events = sampleRecord(world);
  const made = events.filter((one) => one.kind === "request_made").map((one) => signedOf(one).what);
  for (const what of made) requested.set(textIn(what, "request") ?? "", what);
  return { events, names };
}

const { events, names } = sample();
const said = (event: RecordedEvent) => {
  const { what } = signedOf(event);
  return `${sentenceOf(event.kind, what)} | ${aboutOf(event.kind, what, names)}`;
};
const last = (kind: string) => {
  const found = events.findLast((one) => one.kind === kind);
  if (!found) throw new Error(`the sample has no ${kind}`);
  return found;
};

describe("the core's list", () => {
  test("is still readable by these tests", () => {
    expect(KINDS.length, "kinds").toBeGreaterThan(38);
    expect(KINDS, "with fields, without, and of another type").toEqual(
      expect.arrayContaining(["signed_in", "denied", "attempt_outcome"]),
    );
    expect([...FIELD_NAMES], "of every type").toEqual(
      expect.arrayContaining(["key_changed", "hold", "overrun"]),
    );
    expect(ACTIONS.length, "permissions").toBeGreaterThan(15);
  });

  test("has every kind here, in one group, and no other", () => {
    const here = GROUPS.flatMap((group) => [...kindsOf(group)]);
    expect(here.toSorted(), "a kind without a group is found by nobody").toEqual(KINDS.toSorted());
    expect(new Set(here).size, "each in one group").toBe(here.length);
  });

  test.each(KINDS)("%s has a sentence in both languages, whatever else it says", (kind) => {
    expect(isKnown(kind), "it is known").toBe(true);
    spoken.choose("en");
    const english = sentenceOf(kind, {});
    expect(english, "words, not a name").toMatch(/^[A-Z]\w*’?\w* .*\w|^\w+:/);
    expect(english, "words, not a name").not.toContain("_");
    expect(() => aboutOf(kind, {}, names), "fields may be missing").not.toThrow();
    spoken.choose("de");
    expect(sentenceOf(kind, {}), "German is no English").not.toBe(english);
  });

  test.each([...FIELD_NAMES])("its field %s has a name on the screen", (field) => {
    expect(FIELDS[field]?.name(), "else it would stand there as the core writes it").toBeTruthy();
  });

  test.each(ACTIONS)("the permission %s is said in words", (action) => {
    expect(actionText(action), "not by its name").not.toBe(action);
  });

  test("is whole in the record that screens are developed with", () => {
    const shown = new Set(events.map((one) => one.kind));
    expect(
      KINDS.filter((kind) => !shown.has(kind)),
      "a kind that nobody sees there looks right to nobody",
    ).toEqual([]);
  });
});

test.each([
  ["role_assigned", "Role changed | Priya · Field crew"],
  ["failed_sign_ins", "Wrong passphrase or code | Jonas · 3 times"],
  ["route_saved", "Route saved | Everyday"],
  ["provider_key_saved", "Provider key saved | Mistral · ••••81c0"],
  ["provider_nearby", "Provider no longer allowed in the own network | Mistral"],
  ["policy_signed", "Policy signed | version 3"],
  ["guest_offer_restored", "What guests may use was put right | not signed: 2, missing: 1"],
  ["request_made", "Request made | the right to ask through own programs"],
  ["request_withdrawn", "Request taken back | the right to ask through own programs"],
  ["concession_ended", "Grant ended early | $2.00 more a day"],
  ["record_exported", "Record exported | Signed package"],
  ["checkpoint_made", "Checkpoint signed | 43 events"],
  ["proposal_made", "Proposed for erasure | Felix"],
  ["proposal_withdrawn", "Proposal withdrawn | Felix · erasure of the desk"],
  ["access_viewed", "Looked at what a member may do | Priya"],
  ["group_saved", "Group saved | Fieldwork"],
  ["usage_exported", "Usage of others exported | Fieldwork"],
  ["limit_nearly_used", "Limit nearly used | The group Fieldwork together: $60.00 a month · 80 %"],
  ["price_list_changed", "Another price list brought | "],
])("%s says about whom or what", (kind, words) => {
  expect(said(last(kind)), "names, never ids").toBe(words);
});

test("a refusal says what, on what, and how often", () => {
  const refused = events.filter((one) => one.kind === "denied").map(said);
  expect(refused).toEqual([
    "Refused: use a model | mistral-large-latest · Mistral · 4 times",
    "Refused: change providers | ",
  ]);
});

test("a decision says for what it was and what was given; alone only until when", () => {
  const decided = events.filter((one) => one.kind === "request_decided");
  const [granted, declined] = decided.map(said);
  expect(granted, "less than was asked for").toMatch(
    /^Request granted \| \$2\.00 more a day · \$1\.00 given · until Nov 19, 2026, /,
  );
  expect(declined).toBe("Request declined | access to mistral-large-latest · Mistral");
  const { what } = signedOf(decided[0] ?? last("request_decided"));
  const alone = aboutOf("request_decided", what, { ...names, requested: new Map() });
  expect(alone, "of what nobody knows here").toMatch(/^1,000,000,000 given · until Nov 19, 2026, /);
});

test("a limit that is nearly used is told with whatever it is about", () => {
  const [measure, most] = [{ kind: "requests", span: "day" }, 20];
  const about = (scope: object) =>
    aboutOf("limit_nearly_used", { limit: { scope, measure, most }, percent: 90 }, names);
  const { provider, model } = { provider: names.providers[0]?.id, model: "mistral-small-latest" };
  expect([
    about({ kind: "workspace" }),
    about({ kind: "each_profile" }),
    about({ kind: "role", role: "manager" }),
    about({ kind: "profile", profile: names.members[0]?.profile }),
    about({ kind: "provider", provider }),
    about({ kind: "model", model: { provider, model } }),
    about({ kind: "route", route: "Everyday" }),
    about({ kind: "key", key: "k9" }),
  ]).toEqual(
    [
      "Everybody together",
      "Each person",
      "All with the role Manager",
      "Elena",
      "Mistral",
      "mistral-small-latest · Mistral",
      "Route Everyday",
      "Not here any more",
    ].map((whom) => `${whom}: 20 requests a day · 90 %`),
  );
  const limit = { scope: { kind: "each_profile" }, measure, most, pool: 50 };
  expect(
    aboutOf("limit_nearly_used", { limit, percent: 90, pool: true }, names),
    "of what all share",
  ).toBe(
    "Each person: 20 requests a day, and a pool of 50 requests that all share · 90 % of the pool",
  );
  expect(about({ kind: "planet" }), "what only a newer Carrel knows").toBe("90 %");
  const { words, tone } = outcomeOf("limit_nearly_used", {});
  expect([words, tone], "no good news").toEqual(["Reached", "warn"]);
});

test("usage of everyone says so where no group is named", () => {
  expect(aboutOf("usage_exported", { group: null }, names)).toBe("Everyone in the workspace");
});

test("what is not there any more is told by the end of its id", () => {
  expect(said(last("member_erased")), "their name went with them").toMatch(
    /^Member erased \| Erased member …[0-9a-f]{4}$/,
  );
  expect(said(last("group_removed"))).toMatch(/\| …[0-9a-f]{4}, not here any more$/);
  expect(said(last("provider_removed"))).toMatch(/\| …[0-9a-f]{4}, not here any more$/);
});

test("a call that ended tells its model, tokens and cost; one of which nothing is known, that", () => {
  const ends = events.filter((one) => one.kind === "attempt_outcome");
  expect(ends.map(said).at(0)).toMatch(
    /^Answer ended \| mistral-large-latest · [\d,]+ tokens · \$0\.019$/,
  );
  expect(ends.map(said).at(-1), "never zero for unknown").toBe("Outcome of a call not known | ");
  const words = (event: RecordedEvent | undefined) =>
    event && outcomeOf(event.kind, signedOf(event).what).words;
  expect(words(ends.at(-1))).toBe("Unknown");
  expect(words(ends.at(-2)), "the person stopped it").toBe("Stopped");
  expect(words(ends.at(-4)), "the provider had a problem").toBe("Failed");
});

test("what a newer Carrel records is shown as it stands, field by field", () => {
  expect(sentenceOf("desk_painted", { colour: 3 })).toBe("desk_painted");
  expect(aboutOf("desk_painted", { colour: 3 }, names)).toBe("");
  expect(outcomeOf("desk_painted", {}).words).toBe("Done");
  expect(ownFacts({ what: { colour: "red", walls: { left: 1 } } }, names)).toEqual([
    { name: "colour", value: "red", mono: true },
    { name: "walls", value: '{"left":1}', mono: true },
  ]);
});

test("every group has a name in both languages", () => {
  const english = GROUPS.map(groupName);
  spoken.choose("de");
  expect(new Set([...english, ...GROUPS.map(groupName)]).size).toBe(2 * GROUPS.length);
});
