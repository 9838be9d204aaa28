import { beforeEach, describe, expect, test, vi } from "vitest";

import { bytesOf, Draft, MAX_BYTES, parted } from "./draft.svelte";
import { script, settle } from "./scripted";

beforeEach(() => vi.useFakeTimers());

describe("the draft", () => {
  test("a_pause_in_typing_saves_once", async () => {
    const core = script({});
    const draft = new Draft();
    await draft.show("chat", "");
    for (const text of ["H", "He", "Hel"]) draft.typed(text);
    await vi.runAllTimersAsync();
    expect(core.named("save_draft"), "one save, the last text").toEqual([
      { chat: "chat", text: "Hel" },
    ]);
  });

  test("another_chat_saves_the_old_draft_first", async () => {
    const core = script({});
    const draft = new Draft();
    await draft.show("one", "");
    draft.typed("half a thou");
    await draft.show("two", "kept");
    await vi.runAllTimersAsync();
    expect([draft.text, core.named("save_draft")], "each chat has its own").toEqual([
      "kept",
      [{ chat: "one", text: "half a thou" }],
    ]);
  });

  test("what_was_typed_while_the_chat_came_to_be_goes_with_it", async () => {
    const core = script({});
    const draft = new Draft();
    await draft.show(null, "");
    draft.typed("first");
    await draft.flush();
    draft.take();
    draft.typed("second");
    draft.adopt("chat");
    await vi.runAllTimersAsync();
    expect(core.named("save_draft"), "the old place is emptied").toEqual([
      { chat: null, text: "first" },
      { chat: null, text: "" },
      { chat: "chat", text: "second" },
    ]);
  });

  test("a_save_that_failed_is_tried_again", async () => {
    let tries = 0;
    const core = script({
      save_draft: () => (tries++ === 0 ? Promise.reject(new Error("full")) : {}),
    });
    const draft = new Draft();
    await draft.show("chat", "");
    draft.typed("text");
    await draft.flush();
    await settle();
    await draft.flush();
    expect(core.named("save_draft").length, "the same text once more").toBe(2);
  });

  test("text_over_the_limit_is_neither_saved_nor_counted_wrong", async () => {
    const core = script({});
    const draft = new Draft();
    await draft.show("chat", "");
    draft.typed("ä".repeat(MAX_BYTES / 2 + 1));
    await draft.flush();
    expect([draft.tooLong, core.named("save_draft")], "two bytes each").toEqual([true, []]);
    expect(bytesOf("ä".repeat(MAX_BYTES / 2)), "exactly full").toBe(MAX_BYTES);
  });

  test("a_long_paste_stays_beside_the_field_and_goes_with_the_message", async () => {
    const core = script({});
    const draft = new Draft();
    const log = "line\r\n".repeat(20_000);
    await draft.show("chat", "");
    draft.typed("What is wrong here?");
    expect([draft.paste("short"), draft.paste(log)], "only the long one is taken").toEqual([
      false,
      true,
    ]);
    await vi.runAllTimersAsync();
    const whole = `What is wrong here?\n\n${"line\n".repeat(20_000)}`;
    expect([draft.text, core.named("save_draft")], "the field stays small, all is saved").toEqual([
      "What is wrong here?",
      [{ chat: "chat", text: whole }],
    ]);
    expect([draft.take(), draft.whole], "sent as one message").toEqual([whole, ""]);
    await draft.show("chat", whole);
    expect([draft.text, draft.pasted.length], "a long draft comes back the same way").toEqual([
      "",
      1,
    ]);
  });
});

describe("what a field holds of a long text", () => {
  test("a_short_text_is_whole", () => {
    expect(parted("short"), "nothing stays beside it").toEqual({ head: "short", rest: "" });
  });

  test("a_long_one_is_cut_after_a_line_and_loses_nothing", () => {
    const text = "a line of words\n".repeat(20_000);
    const { head, rest } = parted(text);
    expect(head.length, "a field lays this out at once").toBeLessThanOrEqual(12_000);
    expect(head.endsWith("\n"), "whole lines").toBe(true);
    expect(head + rest, "every character").toBe(text);
  });

  test("a_long_line_is_cut_between_characters", () => {
    const text = `a${"😀".repeat(20_000)}`;
    const { head, rest } = parted(text);
    expect(head + rest, "every character").toBe(text);
    expect(/\p{Surrogate}/u.test(head), "none is halved").toBe(false);
  });
});
