import { describe, expect, test } from "vitest";
import type { Access, LayerView, LimitMeasure, Row } from "../ipc";
import { amountText, doing, layerText, layerTitle, mayText, subjectText } from "./words";

const model: Row = { kind: "model", model: { provider: "p", model: "gpt-4o" } };
const day: LimitMeasure = { kind: "money", span: "day" };

const layer = (one: Partial<LayerView> & Pick<LayerView, "layer">): LayerView => ({
  says: "nothing",
  decides: false,
  rules: [],
  until: null,
  ...one,
});
const workspace = layer({ layer: { kind: "workspace" } });
const member = layer({
  layer: { kind: "role", role: "member", name: null },
  says: "allows",
  rules: ["builtin.member.models"],
});
const crew = layer({
  layer: { kind: "role", role: "0199", name: "Field crew" },
  says: "denies",
  decides: true,
  rules: ["matrix/0199/cloud-models"],
});
const person = layer({ layer: { kind: "person" } });
const access = (layers: LayerView[], allowed = false): Access => ({
  action: "model.use",
  row: model,
  label: "GPT-4o",
  allowed,
  layers,
});

describe("what one may do", () => {
  test.each<[Row | null, string | null, string]>([
    [model, "GPT-4o", "use GPT-4o"],
    [model, null, "use gpt-4o"],
    [{ kind: "provider", provider: "p" }, "OpenAI", "use models of OpenAI"],
    [{ kind: "route", route: "r" }, "Careful", "use the route Careful"],
    [{ kind: "ask" }, null, "ask questions"],
    [{ kind: "local_models" }, null, "use models on this machine"],
    [{ kind: "cloud_models" }, null, "use models in the cloud"],
    [{ kind: "foreign_models" }, null, "use models outside the home regions"],
    [{ kind: "routes" }, null, "use routes"],
    [{ kind: "programs" }, null, "ask through own programs"],
    [{ kind: "instructions" }, null, "set own instructions"],
    [{ kind: "see_providers" }, null, "see models and providers"],
    [{ kind: "see_members" }, null, "see the members"],
    [null, null, "use a model"],
  ])("%j is said", (row, label, words) => {
    expect(doing("model.use", row, label), "after “may”").toBe(words);
  });

  test("names whom it is about", () => {
    const refused = access([]);
    expect(mayText(refused, "you")).toBe("You may not use GPT-4o");
    expect(mayText(refused, "Tom")).toBe("Tom may not use GPT-4o");
    expect(mayText({ ...refused, allowed: true }, "you")).toBe("You may use GPT-4o");
    expect(mayText({ ...refused, allowed: true }, "Tom")).toBe("Tom may use GPT-4o");
  });
});

describe("a layer", () => {
  const said = (view: LayerView, of: Access, who = "you") => [
    layerTitle(view, who),
    layerText(view, of),
  ];

  test("that denies decides, and a layer that allows is overruled", () => {
    const denied = access([workspace, member, crew, person]);
    expect(
      denied.layers.map((one) => said(one, denied)),
      "from all to one",
    ).toEqual([
      ["The workspace says nothing", "No rule for everyone speaks of it."],
      ["Role Member allows it", "This comes with Carrel. A deny overrules it."],
      [
        "Role Field crew denies it",
        "An admin set that under Roles for “Models in the cloud”. A deny always wins, so this decided.",
      ],
      ["No exception for you", "An exception cannot lift a deny."],
    ]);
  });

  test("that nothing contradicts allows without more words", () => {
    const allowed = access([workspace, { ...member, decides: true }, person], true);
    expect(allowed.layers.map((one) => said(one, allowed, "Tom"))).toEqual([
      ["The workspace says nothing", "No rule for everyone speaks of it."],
      ["Role Member allows it", "This comes with Carrel."],
      ["No exception for Tom", "None is needed."],
    ]);
  });

  test("that is an exception says until when", () => {
    const until = new Date(2031, 4, 2, 12).getTime();
    const excepted = { ...person, says: "allows" as const, decides: true, until };
    const [title, text] = said(excepted, access([excepted], true), "Tom");
    expect(title).toBe("An exception for Tom allows it");
    expect(text, "the day and the time").toMatch(/^Until .*2031.*12:00.*\.$/);
  });

  test("tells who wrote its rule", () => {
    const by = (...rules: string[]) => {
      const view = { ...crew, rules };
      return layerText(view, access([view])).replace(/ A deny.*/, "");
    };
    expect(by("matrix/0199/model/p/gpt-4o"), "this row").toBe("An admin set that under Roles.");
    expect(by("matrix/0199/provider/p")).toBe(
      "An admin set that under Roles for all models of its provider.",
    );
    expect(by("builtin.class")).toBe("The data class of the text keeps it from this provider.");
    expect(by("no-cloud-on-sundays")).toBe("A rule written by hand says so.");
  });

  test("of a group is told by its name, and of one that was removed without", () => {
    const fieldwork = (name: string | null, says: LayerView["says"]) =>
      layer({ layer: { kind: "group", group: "g1", name }, says, rules: ["sundays"] });
    const of = access([workspace, person]);
    const titles = (name: string | null) =>
      (["allows", "denies", "nothing"] as const).map((says) =>
        layerTitle(fieldwork(name, says), "you"),
      );
    expect(titles("Fieldwork")).toEqual([
      "Group Fieldwork allows it",
      "Group Fieldwork denies it",
      "Group Fieldwork says nothing",
    ]);
    expect(titles(null)).toEqual([
      "A group that was removed allows it",
      "A group that was removed denies it",
      "A group that was removed says nothing",
    ]);
    expect(layerText(fieldwork("Fieldwork", "nothing"), of)).toBe(
      "None of its rules speaks of it.",
    );
  });

  test("of nobody who says anything leaves room for an exception", () => {
    expect(said(person, access([workspace, person]))).toEqual([
      "No exception for you",
      "Nobody has made one.",
    ]);
  });
});

describe("what is asked for", () => {
  test("is access to a row, or more of a limit in its time", () => {
    expect(subjectText({ kind: "access", row: model }, null, "GPT-4o")).toBe("access to GPT-4o");
    expect(subjectText({ kind: "access", row: { kind: "ask" } }, null, null)).toBe(
      "the right to ask questions",
    );
    expect(subjectText({ kind: "more", measure: day }, 2_000_000_000, null)).toBe(
      "$2.00 more a day",
    );
    expect(subjectText({ kind: "more", measure: day }, null, null)).toBe("more money a day");
    const tokens: LimitMeasure = { kind: "tokens", span: "month" };
    expect(subjectText({ kind: "more", measure: tokens }, 10_000, null)).toBe(
      "10,000 tokens more a month",
    );
    expect(amountText(tokens, 10_000), "without the time").toBe("10,000 tokens");
  });
});
