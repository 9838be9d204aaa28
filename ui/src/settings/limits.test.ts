import { expect, test } from "vitest";
import { spoken } from "../i18n";
import type { Limit } from "../ipc";
import {
  canShare,
  limitsWith,
  limitText,
  measureOf,
  scopeName,
  scopes,
  typedAmount,
} from "./limits";

const known = {
  members: [
    { profile: "p1", name: "Noor", erased: false },
    { profile: "p2", name: "", erased: true },
  ],
  roles: [
    { role: "member", name: null },
    { role: "r1", name: "Field crew" },
    { role: "admin", name: null },
  ],
  groups: [{ id: "g1", name: "Fieldwork" }],
  providers: [
    {
      id: "v1",
      label: "OpenAI",
      models: ["gpt-4.1"],
      keys: [
        { id: "k1", label: "Night shift", hint: "81c0" },
        { id: "k2", label: "", hint: "4f2a" },
      ],
    },
  ],
  routes: ["Everyday"],
};

test("an amount is read as it is typed, and nothing else is", () => {
  expect(typedAmount("money", "5"), "dollars").toBe(5_000_000_000);
  expect(typedAmount("money", " $0.50 "), "cents").toBe(500_000_000);
  expect(typedAmount("money", "0,5"), "with a comma").toBe(500_000_000);
  expect(typedAmount("money", "0.000000001"), "the smallest").toBe(1);
  expect(typedAmount("money", "1000000"), "the largest").toBe(1_000_000_000_000_000);
  for (const typed of ["", "-5", "1000001", "5 €", "1.2.3", "1,000.50", "0.0000000001"])
    expect(typedAmount("money", typed), `“${typed}”`).toBeNull();
  expect(typedAmount("tokens", "20 000"), "groups of digits").toBe(20_000);
  for (const typed of ["1.5", "-1", "many", "1000000000000001"])
    expect(typedAmount("requests", typed), `“${typed}”`).toBeNull();
});

test("a limit is said in the person's language", () => {
  const money: Limit = {
    scope: { kind: "workspace" },
    measure: measureOf("money", "month"),
    most: 5_500_000_000,
  };
  const atOnce: Limit = { ...money, measure: measureOf("at_once", "month"), most: 3 };
  expect(limitText(money)).toBe("$5.50 a month");
  expect(limitText(atOnce), "no time").toBe("3 answers at once");
  const each: Limit = { ...money, scope: { kind: "each_profile" }, pool: 50_000_000_000 };
  expect(limitText(each), "with what all share").toBe(
    "$5.50 a month, and a pool of $50.00 that all share",
  );
  spoken.choose("de");
  expect(limitText(each)).toBe(
    "5,50\u00a0$ im Monat, und ein Topf von 50,00\u00a0$ für alle zusammen",
  );
  expect(limitText(money)).toBe("5,50\u00a0$ im Monat");
  expect(limitText(atOnce)).toBe("3 Antworten zugleich");
});

test("a pool is offered beside what each person has in a time, and nowhere else", () => {
  const can = scopes(known).map((scope) => canShare(scope, "money"));
  expect(can.filter(Boolean), "one of them all").toHaveLength(1);
  expect(canShare({ kind: "each_profile" }, "tokens"), "that of each person").toBe(true);
  expect(canShare({ kind: "each_profile" }, "at_once"), "which begins never anew").toBe(false);
});

test("one part that changes takes all others along as they were", () => {
  const limit: Limit = {
    scope: { kind: "group", group: "g1" },
    measure: measureOf("requests", "day"),
    most: 20,
  };
  const standings = {
    limits: [{ limit, held: 2, spent: 17, ends: 0, warned: 80, pool: null }],
    block_unpriced: true,
    time_zone: "Europe/Lisbon",
    warn_at: [33, 80],
    overruns: 3,
    unpriced: 1,
  };
  const set = {
    limits: [limit],
    block_unpriced: true,
    time_zone: "Europe/Lisbon",
    warn_at: [33, 80],
  };
  expect(limitsWith(standings, {}), "without what is only read").toEqual(set);
  expect(limitsWith(standings, { time_zone: null })).toEqual({ ...set, time_zone: null });
  expect(limitsWith(standings, { limits: [] })).toEqual({ ...set, limits: [] });
});

test("everything that can be limited has a name, and what is gone says so", () => {
  const names = scopes(known).map((scope) => scopeName(scope, known));
  expect(names).toEqual([
    "Everybody together",
    "Each person",
    "All with the role Member",
    "All with the role Field crew",
    "All with the role Admin",
    "The group Fieldwork together",
    "Noor",
    "Route Everyday",
    "OpenAI",
    "gpt-4.1 · OpenAI",
    "Key Night shift · OpenAI",
    "Key ••••4f2a · OpenAI",
  ]);
  expect(scopeName({ kind: "profile", profile: "p2" }, known)).toBe("Not here any more");
  expect(scopeName({ kind: "role", role: "r9" }, known), "nobody told its name").toBe(
    "All with the role Custom role",
  );
  expect(scopeName({ kind: "group", group: "g9" }, known)).toBe("Not here any more");
  expect(scopeName({ kind: "key", key: "k9" }, known)).toBe("Not here any more");
  expect(scopeName({ kind: "provider", provider: "v9" }, known)).toBe("Not here any more");
});
