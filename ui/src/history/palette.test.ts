import { beforeEach, describe, expect, test, vi } from "vitest";

import { script, summary } from "../chat/scripted";
import { Palette, type Command } from "./palette.svelte";

const command = (id: string, label: string): Command => ({
  id,
  label,
  icon: "lock",
  keys: "",
  run: () => undefined,
});
const hit = (id: string) => ({
  chat: "c",
  title: "t",
  message: id,
  author: "user" as const,
  created_at: 0,
  snippet: [],
});
const ids = (palette: Palette) => palette.entries.map((entry) => entry.id);

beforeEach(() => vi.useFakeTimers());

describe("the palette", () => {
  test("letters_typed_while_a_search_runs_are_searched_together", async () => {
    const core = script({
      search: ({ query }: { query: string }) => ({ chats: [], hits: [hit(`m-${query}`)] }),
    });
    const palette = new Palette();
    palette.open([command("lock", "Lock this desk")]);
    for (const query of ["v", "vi", "vis"]) palette.type(query);
    await vi.runAllTimersAsync();
    const asked = core.named("search").map((request) => (request as { query: string }).query);
    expect([asked, ids(palette)], "at once, then the last").toEqual([["v", "vis"], ["hit-m-vis"]]);
  });

  test("an_answer_that_was_overtaken_is_dropped", async () => {
    const waits = new Map<string, () => void>();
    script({
      search: ({ query }: { query: string }) =>
        new Promise((done) => waits.set(query, () => done({ chats: [summary(query)], hits: [] }))),
    });
    const palette = new Palette();
    palette.open([]);
    palette.type("one");
    await vi.runAllTimersAsync();
    palette.type("two");
    await vi.runAllTimersAsync();
    waits.get("one")?.();
    await vi.runAllTimersAsync();
    expect(ids(palette), "the answer to fewer letters").toEqual([]);
    waits.get("two")?.();
    await vi.runAllTimersAsync();
    expect([ids(palette), palette.answered, palette.searching], "the later query stands").toEqual([
      ["chat-two"],
      "two",
      false,
    ]);
  });

  test("a_leading_sign_shows_commands_only_and_searches_nothing", async () => {
    const core = script({});
    const palette = new Palette();
    palette.open([command("lock", "Lock this desk"), command("new", "New chat")]);
    palette.type("> lock");
    await vi.runAllTimersAsync();
    expect([ids(palette), core.sent], "no content leaves for a command").toEqual([
      ["command-lock"],
      [],
    ]);
  });

  test("the_choice_moves_round_and_starts_at_the_first_match", () => {
    const palette = new Palette();
    palette.open([command("a", "A"), command("b", "B")]);
    palette.move(-1);
    expect(palette.current?.id, "from the first to the last").toBe("command-b");
    palette.move(1);
    expect(palette.current?.id, "and back").toBe("command-a");
  });

  test("a_search_that_fails_says_so_and_keeps_the_commands", async () => {
    script({
      search: () =>
        Promise.reject({
          code: "invalid",
          message: "before: needs a date.",
          retry_at: null,
          rule_ids: [],
          denied: null,
        }),
    });
    const palette = new Palette();
    palette.open([command("new", "New chat")]);
    palette.type("before:x new");
    await vi.runAllTimersAsync();
    expect([palette.failure, palette.searching], "the reason is shown").toEqual([
      "before: needs a date.",
      false,
    ]);
  });

  test("a_filter_is_added_to_what_was_typed", () => {
    const palette = new Palette();
    palette.open([]);
    palette.type("visit ");
    palette.narrow("from:");
    expect(palette.query, "ready for its value").toBe("visit from:");
  });
});
