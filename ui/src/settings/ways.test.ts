import { describe, expect, test } from "vitest";

import type { ModelHealth, ModelList, ModelView, RouteStep, RouteView, Strategy } from "../ipc";
import { standingsOf, usualWay, wayBy } from "./ways";

const ref = (model: string) => ({ provider: "p", model });

function view(model: string, more: Partial<ModelView> = {}): ModelView {
  return {
    model: ref(model),
    label: model,
    provider_label: "P",
    local: false,
    basic: false,
    accepts: "internal",
    regions: [],
    at_home: true,
    classes: ["public", "internal"],
    context: null,
    price: null,
    images: false,
    tools: false,
    reasoning: false,
    unavailable: null,
    trouble: null,
    ...more,
  };
}

function health(model: string, more: Partial<ModelHealth> = {}): ModelHealth {
  return {
    model: ref(model),
    key: null,
    breaker: "closed",
    breaker_until: null,
    resting_until: null,
    why: null,
    failed_at: null,
    last_failure: null,
    first_token_ms: null,
    slow_first_token_ms: null,
    failing_percent: null,
    in_flight: 0,
    ...more,
  };
}
const paused = (model: string, key: string | null = null) =>
  health(model, { key, breaker: "open", breaker_until: 9_000 });

function route(strategy: Strategy, names: string[]): RouteView {
  return {
    id: "r",
    name: "Everyday",
    strategy,
    candidates: names.map((name): RouteStep => ({ model: ref(name), weight: 1 })),
    on_overflow: [],
    on_refusal: [],
    local: false,
    unavailable: null,
    classes: ["public", "internal"],
    saved_at: 0,
    saved_by: null,
    version: 1,
  };
}

const models = [view("a"), view("b"), view("c", { local: true })];
const list: ModelList = {
  models,
  usual: { kind: "model", model: ref("a") },
  usual_class: "internal",
  fallback: [ref("b"), ref("gone"), ref("a"), ref("c")],
};

/** A letter for each: answers, skipped, or neither. */
function drawn(way: ReturnType<typeof usualWay>, seen: ModelHealth[], offered = models): string {
  return standingsOf(way, offered, seen)
    .map((one) => (one.answers ? "A" : one.skipped ? "s" : "-"))
    .join("");
}

describe("who answers now", () => {
  test("in order, it is the first that is well", () => {
    const way = wayBy(route("ordered", ["a", "b", "c"]), list);
    expect(drawn(way, [])).toBe("A--");
    expect(drawn(way, [paused("a")])).toBe("sA-");
    expect(drawn(way, [paused("a"), paused("b"), paused("c")]), "nobody").toBe("sss");
  });

  test("a model is passed over only where it rests under each of its keys", () => {
    const way = wayBy(route("ordered", ["a", "b"]), list);
    expect(drawn(way, [paused("a", "k1"), health("a", { key: "k2" })])).toBe("A-");
  });

  test("a draw is not foretold, unless only one is left", () => {
    const way = wayBy(route("weighted", ["a", "b"]), list);
    expect(drawn(way, [])).toBe("--");
    expect(drawn(way, [paused("b")])).toBe("As");
  });

  test("who is gone or stopped by a limit is passed over", () => {
    const limit = {
      code: "limit_reached",
      message: "Used up.",
      retry_at: null,
      rule_ids: [],
      denied: null,
    } as const;
    const trouble = { ...limit, rule_ids: [], denied: null };
    const offered = [view("a", { trouble }), view("b")];
    expect(drawn(wayBy(route("ordered", ["gone", "a", "b"]), list), [], offered)).toBe("ssA");
  });
});

describe("the usual way", () => {
  test("the usual model stands first and is not its own stand-in; who is gone is left out", () => {
    const way = usualWay(list);
    expect(way.steps.map((step) => step.model.model)).toEqual(["b", "a", "c"]);
    expect(drawn(way, [paused("a")]), "a, then b, a again, c").toBe("sAs-");
  });

  test("a model on this machine is stood in for by such models only", () => {
    const local = {
      ...list,
      usual: { kind: "model", model: ref("c") } as const,
      fallback: [ref("b")],
    };
    expect(drawn(usualWay(local), [paused("c")]), "text does not leave it").toBe("ss");
  });

  test("where no model is usual, nobody knows who will be asked", () => {
    const none = { ...list, usual: null, fallback: [ref("b"), ref("c")] };
    expect(drawn(usualWay(none), [paused("b")])).toBe("s-");
    expect(usualWay(none).target, "nor can it be tested").toBeNull();
  });
});
