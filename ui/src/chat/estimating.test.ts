import { beforeEach, describe, expect, test, vi } from "vitest";

import type { Estimate, Estimated } from "../ipc";
import { Estimating, PAUSE, TOGETHER } from "./estimating.svelte";
import { script, type Scripted } from "./scripted";

beforeEach(() => vi.useFakeTimers());

const draftOf = (text: string, more: Partial<Estimate> = {}): Estimate => ({
  target: null,
  chat: null,
  text,
  class: null,
  ...more,
});
const model = (name: string): Estimate["target"] => ({
  kind: "model",
  model: { provider: "p", model: name },
});

/** A composer whose core answers with as many nano-dollars as there are letters. */
function composer(answer?: (request: Estimate) => unknown) {
  const priced = ({ text }: Estimate): Estimated => ({
    models: [],
    up_to: text.length,
    left: null,
  });
  let draft: Estimate | null = draftOf("");
  const core: Scripted = script({ estimate: answer ?? priced });
  const estimating = new Estimating(() => draft);
  const type = (text: string) => {
    draft = draftOf(text);
    estimating.typed();
  };
  const go = (to: Estimate | null) => {
    draft = to;
    estimating.changed();
  };
  const asked = () => core.named("estimate").map((each) => (each as Estimate).text);
  return { estimating, type, go, asked };
}

describe("the price of the draft", () => {
  test("is_asked_once_when_typing_pauses", async () => {
    const { estimating, type, asked } = composer();
    for (const text of ["W", "Wh", "Why"]) {
      type(text);
      await vi.advanceTimersByTimeAsync(PAUSE - 1);
    }
    expect(asked(), "no call while it is typed").toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([asked(), estimating.price?.up_to], "one, of the last text").toEqual([["Why"], 3]);
  });

  test("is_not_asked_again_for_the_same", async () => {
    const { type, asked } = composer();
    type("Why");
    await vi.runAllTimersAsync();
    type("Why?");
    type("Why");
    await vi.runAllTimersAsync();
    expect(asked(), "typed and taken back").toEqual(["Why"]);
  });

  test("is_asked_by_one_call_at_a_time_and_the_latest_wins", async () => {
    const waits: (() => void)[] = [];
    const { estimating, type, asked } = composer(
      ({ text }) =>
        new Promise((done) =>
          waits.push(() => done({ models: [], up_to: text.length, left: null })),
        ),
    );
    for (const text of ["W", "Wh", "Why"]) {
      type(text);
      await vi.advanceTimersByTimeAsync(PAUSE);
    }
    expect(asked(), "the others wait for its answer").toEqual(["W"]);
    waits.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect([asked(), estimating.price], "what is older is not shown").toEqual([["W", "Why"], null]);
    waits.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect([estimating.price?.up_to, waits.length], "and nothing is left to ask").toEqual([3, 0]);
  });

  test("is_asked_soon_for_another_model_and_does_not_stand_for_it_before", async () => {
    const { estimating, type, go, asked } = composer();
    type("Why");
    await vi.runAllTimersAsync();
    go(draftOf("Why", { target: model("dear") }));
    expect(estimating.price, "not the price of the other one").toBeNull();
    go(draftOf("Why", { target: model("dear") }));
    await vi.advanceTimersByTimeAsync(TOGETHER);
    expect([asked(), estimating.price?.up_to], "changes at once are one").toEqual([
      ["Why", "Why"],
      3,
    ]);
  });

  test("is_gone_with_the_text_and_only_what_is_left_is_asked", async () => {
    const { estimating, type, asked } = composer();
    type("Why");
    await vi.runAllTimersAsync();
    type("");
    type("And");
    expect(estimating.price, "what was sent does not price what comes next").toBeNull();
    type("");
    await vi.runAllTimersAsync();
    expect(asked(), "nothing is priced").toEqual(["Why", ""]);
  });

  test("is_not_that_of_the_empty_field", async () => {
    const { estimating, type, go } = composer();
    go(draftOf(""));
    await vi.runAllTimersAsync();
    type("Why");
    expect(estimating.price, "only what is left was asked").toBeNull();
  });

  test("of_a_text_that_was_sent_meanwhile_is_not_shown", async () => {
    const waits: (() => void)[] = [];
    const { estimating, type } = composer(
      ({ text }) =>
        new Promise((done) =>
          waits.push(() => done({ models: [], up_to: text.length, left: null })),
        ),
    );
    type("Why");
    await vi.advanceTimersByTimeAsync(PAUSE);
    type("");
    type("And");
    waits.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(estimating.price, "it came late").toBeNull();
  });

  test("is_asked_for_nothing_where_nothing_should_be", async () => {
    const { go, asked } = composer();
    go(null);
    await vi.runAllTimersAsync();
    expect(asked(), "a guest's empty field").toEqual([]);
  });

  test("is_not_shown_where_the_core_refuses_and_is_asked_again_after", async () => {
    let refuses = true;
    const { estimating, type, asked } = composer(({ text }) =>
      refuses
        ? Promise.reject({ code: "no_model", message: "No model." })
        : { models: [], up_to: text.length, left: null },
    );
    type("Why");
    await vi.runAllTimersAsync();
    expect(estimating.price, "sending will say why").toBeNull();
    refuses = false;
    type("Why");
    await vi.runAllTimersAsync();
    expect([asked().length, estimating.price?.up_to], "the same text").toEqual([2, 3]);
  });

  test("is_not_asked_once_the_composer_is_gone", async () => {
    const { estimating, type, asked } = composer();
    type("Why");
    estimating.stop();
    await vi.runAllTimersAsync();
    expect(asked(), "its desk may be locked").toEqual([]);
  });
});
