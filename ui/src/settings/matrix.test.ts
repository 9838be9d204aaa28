import { describe, expect, test } from "vitest";
import type { CellChange, CellView, PolicyView, Row, RowView, Stance } from "../ipc";
import {
  cellKey,
  cellsOf,
  groupsOf,
  isFoldable,
  keyOf,
  type Line,
  linesOf,
  moved,
  placed,
  reapplied,
  setIn,
  touchedRoles,
  withChange,
} from "./matrix";

const CREW = "0199a000-0000-7000-8000-0000000000c1";
const ask: RowView = { row: { kind: "ask" }, label: null };
const cloud: RowView = { row: { kind: "cloud_models" }, label: null };
const provider = (id: string): RowView => ({ row: { kind: "provider", provider: id }, label: id });
const model = (of: string, name: string): RowView => ({
  row: { kind: "model", model: { provider: of, model: name } },
  label: name,
});
const route: RowView = { row: { kind: "route", route: "r1" }, label: "Everyday" };

const change = (role: string, { row }: RowView, stance: Stance | null): CellChange => ({
  role,
  row,
  stance,
});
const pendingOf = (...changes: CellChange[]) =>
  new Map(changes.map((one) => [cellKey(one), one] as const));

type Said = Partial<Pick<CellView, "stance" | "allowed" | "by">>;

/** What the core answers where nobody said anything, but for `said`. */
function policy(rows: RowView[], said: Record<string, Said> = {}, version = 1): PolicyView {
  const roles = [
    { role: "member", name: null, inherits: null, people: 3 },
    { role: CREW, name: "Field crew", inherits: "member", people: 1 },
    { role: "admin", name: null, inherits: "member", people: 1 },
  ];
  const usual = { stance: null, allowed: true, by: ["builtin.member.models"] };
  const cells = roles.flatMap(({ role }) =>
    rows.map(({ row }): CellView => ({ role, row, ...usual, ...said[cellKey({ role, row })] })),
  );
  return {
    version,
    saved_at: null,
    saved_by: null,
    roles,
    rows,
    cells,
    by_hand: [],
    unreadable: 0,
  };
}
const keyAt = (role: string, { row }: RowView) => cellKey({ role, row });

describe("the rows", () => {
  test("are named as the ids of policies name them", () => {
    const rows: Row[] = [{ kind: "foreign_models" }, { kind: "see_members" }, route.row];
    expect(
      [...rows, provider("p1").row, model("p1", "a/b:c").row].map((row) => keyOf(row)),
      "so that the core's reasons find their cells",
    ).toEqual(["foreign-models", "see-members", "route/r1", "provider/p1", "model/p1/a/b:c"]);
  });

  test("stand in groups: what every workspace has, each provider, then routes", () => {
    const usual = (
      [
        "ask",
        "local_models",
        "cloud_models",
        "foreign_models",
        "routes",
        "programs",
        "instructions",
        "see_providers",
        "see_members",
      ] as const
    ).map((kind): RowView => ({ row: { kind }, label: null }));
    const groups = groupsOf([
      ...usual,
      provider("p1"),
      model("p1", "large"),
      provider("p2"),
      model("p2", "small"),
      model("p2", "tiny"),
      route,
    ]);
    expect(
      groups.map(({ heading, rows, models }) => [heading, rows.length, models]),
      "in the order in which the core lists them",
    ).toEqual([
      [{ kind: "asking" }, 5, 0],
      [{ kind: "own" }, 2, 0],
      [{ kind: "seeing" }, 2, 0],
      [{ kind: "provider", label: "p1" }, 2, 1],
      [{ kind: "provider", label: "p2" }, 3, 2],
      [{ kind: "routes" }, 1, 0],
    ]);
  });

  test("of more than a few models fold, and what is set in them is counted", () => {
    const few = [provider("p1"), ..."abcd"].map((one) =>
      typeof one === "string" ? model("p1", one) : one,
    );
    const many = [...few, model("p1", "e")];
    expect(groupsOf(few).map(isFoldable), "four are seen at a glance").toEqual([false]);
    const [group] = groupsOf(many);
    if (!group) throw new Error("one group");
    expect(isFoldable(group)).toBe(true);
    expect(
      linesOf([group], () => true).map((line) => line.key),
      "the heading, and what is said of all of them",
    ).toEqual(["provider/p1", "row:provider/p1"]);
    expect(
      linesOf([group], () => false),
      "all",
    ).toHaveLength(7);
    const view = policy(many, {
      [keyAt("member", model("p1", "b"))]: { stance: "deny", allowed: false },
      [keyAt("member", provider("p1"))]: { stance: "allow" },
    });
    const pending = pendingOf(
      change(CREW, model("p1", "e"), "deny"),
      change("member", model("p1", "b"), null),
    );
    expect(setIn(group, cellsOf(view, new Map())), "one signed").toBe(1);
    expect(setIn(group, cellsOf(view, pending)), "what waits as well").toBe(2);
  });
});

describe("a cell", () => {
  const marks = (said: Said, pending = new Map<string, CellChange>()) => {
    const cell = cellsOf(policy([ask, cloud], { [keyAt(CREW, cloud)]: said }), pending).get(
      keyAt(CREW, cloud),
    );
    return cell && { mark: cell.mark, origin: cell.origin, changed: cell.changed };
  };
  const own = `matrix/${CREW}/cloud-models`;

  test("tells what is set here from what is inherited, and from whom", () => {
    expect(marks({ stance: "deny", allowed: false, by: [own] }), "denied here").toEqual({
      mark: "deny",
      origin: { kind: "here" },
      changed: false,
    });
    expect(marks({ stance: "allow", by: ["builtin.member.models", own] })?.mark).toBe("allow");
    expect(marks({}), "as it comes with Carrel").toMatchObject({
      mark: "allowed",
      origin: { kind: "carrel" },
    });
    expect(marks({ by: ["night shift"] })?.origin, "written by hand").toEqual({ kind: "hand" });
    expect(marks({ allowed: false, by: [] }), "nothing was said").toMatchObject({
      mark: "nothing",
      origin: { kind: "nothing" },
    });
    expect(marks({ allowed: false, by: ["matrix/member/cloud-models"] }), "of Member").toEqual({
      mark: "denied",
      origin: { kind: "cell", role: "member", row: null },
      changed: false,
    });
    expect(
      marks({ allowed: false, by: ["matrix/member/ask", `matrix/${CREW}/ask`] })?.origin,
      "another row, its own role before another",
    ).toEqual({ kind: "cell", role: CREW, row: ask });
  });

  test("that allows in vain says so: a deny always wins", () => {
    expect(
      marks({ stance: "allow", allowed: false, by: ["matrix/member/cloud-models"] }),
      "never as if it were allowed",
    ).toMatchObject({ mark: "vain", origin: { kind: "cell", role: "member", row: null } });
  });

  test("shows its change before the core has answered", () => {
    const to = (stance: Stance | null, said: Said) =>
      marks(said, pendingOf(change(CREW, cloud, stance)));
    const changed = true;
    expect(to("deny", {})).toEqual({ mark: "deny", origin: { kind: "here" }, changed });
    expect(to("allow", { allowed: false, by: [] })?.mark, "nothing denied it").toBe("allow");
    expect(
      to("allow", { allowed: false, by: ["matrix/member/cloud-models"] })?.mark,
      "Member goes on to deny it",
    ).toBe("vain");
    expect(
      to("allow", { stance: "deny", allowed: false, by: [own] })?.mark,
      "only its own deny stood in the way",
    ).toBe("allow");
    expect(to(null, { stance: "allow", by: [own] }), "it inherits again").toMatchObject({
      mark: "allowed",
      changed,
    });
  });
});

describe("changes", () => {
  const signed = policy([ask, cloud], {
    [keyAt("member", cloud)]: { stance: "deny", allowed: false },
  });

  test("are collected by cell, and one that says what is signed is none", () => {
    const once = withChange(new Map(), signed, change(CREW, ask, "deny"));
    const twice = withChange(once, signed, change(CREW, ask, "allow"));
    expect([...twice.values()], "the last word").toEqual([change(CREW, ask, "allow")]);
    expect(withChange(twice, signed, change(CREW, ask, null)).size, "back to nothing").toBe(0);
    expect(withChange(new Map(), signed, change("member", cloud, "deny")).size).toBe(0);
    expect(once.size, "the earlier ones stay as they were").toBe(1);
  });

  test("are put on another version; what it says already and what has no place goes", () => {
    const pending = pendingOf(
      change(CREW, ask, "deny"),
      change("member", cloud, null),
      change("gone", ask, "allow"),
      change("member", route, "allow"),
    );
    const theirs = policy([ask, cloud], {}, 2);
    const { left, lost } = reapplied(pending, theirs);
    expect([...left.values()], "still another word").toEqual([change(CREW, ask, "deny")]);
    expect(lost, "a role and a route that are not there").toBe(2);
  });

  test("touch the roles that may do more or less by them, not only their own", () => {
    const denied = { allowed: false, by: ["matrix/member/ask"] };
    const shown = policy([ask, cloud], {
      [keyAt("member", ask)]: { stance: "deny", ...denied },
      [keyAt("admin", ask)]: denied,
      [keyAt("member", cloud)]: { stance: "deny", allowed: false },
    });
    expect(touchedRoles(signed, shown), "admins are members, too").toEqual(["member", "admin"]);
    expect(touchedRoles(signed, signed), "nobody").toEqual([]);
  });
});

describe("keys", () => {
  const lines: Line[] = [
    { key: "a", kind: "cells" },
    { key: "b", kind: "cells" },
    { key: "more", kind: "fold" },
    { key: "c", kind: "cells" },
  ];
  const from = (line: string, column: number, key: string, far = false) =>
    moved(lines, 3, { line, column }, key, far);

  test("move by one, and stay at the edges", () => {
    expect(from("a", 1, "ArrowDown")).toEqual({ line: "b", column: 1 });
    expect(from("b", 1, "ArrowUp")).toEqual({ line: "a", column: 1 });
    expect(from("a", 0, "ArrowRight")).toEqual({ line: "a", column: 1 });
    expect(from("a", 2, "ArrowLeft")).toEqual({ line: "a", column: 1 });
    for (const [line, column, key] of [
      ["a", 0, "ArrowUp"],
      ["c", 0, "ArrowDown"],
      ["a", 0, "ArrowLeft"],
      ["a", 2, "ArrowRight"],
      ["a", 0, "Home"],
      ["a", 2, "End"],
      ["a", 0, "Enter"],
      ["gone", 0, "ArrowDown"],
    ] as const)
      expect(from(line, column, key), `${key} at ${line}, ${column}`).toBeNull();
  });

  test("reach a heading that folds, and keep the column behind it", () => {
    const heading = from("b", 2, "ArrowDown");
    expect(heading).toEqual({ line: "more", column: 2 });
    expect(from("more", 2, "ArrowDown")).toEqual({ line: "c", column: 2 });
    for (const key of ["ArrowLeft", "ArrowRight", "Home", "End"])
      expect(from("more", 1, key), `${key}: it is as wide as the table`).toBeNull();
  });

  test("leap to the ends of a line and of the table", () => {
    expect(from("b", 1, "Home")).toEqual({ line: "b", column: 0 });
    expect(from("b", 1, "End")).toEqual({ line: "b", column: 2 });
    expect(from("c", 1, "Home", true)).toEqual({ line: "a", column: 0 });
    expect(from("more", 1, "End", true)).toEqual({ line: "c", column: 2 });
  });

  test("find the table where it was left, or its beginning where that is gone", () => {
    expect(placed(lines, 3, { line: "b", column: 2 })).toEqual({ line: "b", column: 2 });
    expect(placed(lines, 2, { line: "b", column: 2 }), "a role less").toEqual({
      line: "b",
      column: 1,
    });
    expect(placed(lines, 3, { line: "gone", column: 2 })).toEqual({ line: "a", column: 0 });
    expect(placed(lines, 3, null)).toEqual({ line: "a", column: 0 });
    expect(placed([], 3, null), "an empty table").toBeNull();
  });
});
