import { expect, test } from "vitest";

import { spoken } from "../i18n";
import type { Finish } from "../ipc";
import { message } from "./scripted";
import {
  answeredText,
  canContinue,
  dollars,
  durationText,
  endOf,
  lastCode,
  percentText,
} from "./words";

test("the_last_code_is_found_without_its_fence", () => {
  const text = "```js\nfirst\n```\n\n~~~~py\nsecond\n```\nstill\n~~~~\nend";
  expect(lastCode(text), "the fence that opened it closes it").toBe("second\n```\nstill");
  expect(lastCode("```\nnever closed"), "cut off code counts").toBe("never closed");
  expect(lastCode("no code"), "nothing").toBeNull();
});

test("every_end_but_a_whole_answer_has_a_sentence", () => {
  const ends: Finish[] = [
    "length",
    "stopped",
    "locked",
    "stalled",
    "cut",
    "interrupted",
    "refused",
    "failed",
  ];
  expect(new Set(ends.map(endOf)).size, "all different").toBe(ends.length);
  expect(endOf("complete"), "nothing to say").toBe("");
});

test("only_a_partial_with_text_can_go_on", () => {
  const view = message("a1", null, "some");
  const ended = (finish: Finish, text = "some") =>
    canContinue({ ...view, message: { ...view.message, finish, text } });
  expect(
    [ended("stopped"), ended("cut"), ended("refused"), ended("complete"), ended("failed", "")],
    "as the core",
  ).toEqual([true, true, false, false, false]);
});

test("money_is_never_said_to_be_nothing_where_it_is_something", () => {
  expect(
    [dollars(3_500_000), dollars(420_000_000), dollars(12_345_678_900), dollars(99), dollars(0)],
    "as people read prices",
  ).toEqual(["$0.0035", "$0.42", "$12.35", "under $0.0001", "$0.00"]);
});

test("times_are_said_as_people_say_them", () => {
  expect(durationText(0), "no time at all is not said").toBe("under 0.1 s");
  expect(
    [durationText(840), durationText(21_200), durationText(125_000)],
    "short, plain, long",
  ).toEqual(["0.8 s", "21 s", "2 min 5 s"]);
});

test("a_try_says_how_soon_and_for_how_much_in_one_sentence", () => {
  expect(
    [answeredText("harbour-1", 20, 0), answeredText("harbour-1", 840, 12_000)],
    "free, and nearly so",
  ).toEqual([
    "harbour-1 answered in under 0.1 s, free.",
    "harbour-1 answered in 0.8 s. Cost of that call: under $0.0001.",
  ]);
  expect(answeredText("harbour-1", 840, null), "nobody knows").toMatch(/call: not known, the/);
});

test("a_share_is_written_as_the_language_writes_it", () => {
  expect(percentText(60)).toBe("60%");
  spoken.choose("de");
  expect(percentText(60), "with a space that does not break").toBe("60\u00A0%");
  spoken.choose("en");
});
