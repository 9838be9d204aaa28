import { describe, expect, test } from "vitest";

import { script, settle, summary } from "../chat/scripted";
import { grouped, inOrder } from "./groups";
import { History } from "./history.svelte";

const NOW = new Date(2026, 10, 23, 14, 0).getTime();
const at = (month: number, day: number, hour = 12, year = 2026) =>
  new Date(year, month, day, hour).getTime();

describe("the sidebar", () => {
  test("chats_stand_under_the_day_they_were_last_used", () => {
    const chats = inOrder([
      summary("old", { last_at: at(4, 3, 12, 2024) }),
      summary("midnight", { last_at: at(10, 23, 0) }),
      summary("before-midnight", { last_at: at(10, 22, 23) }),
      summary("week", { last_at: at(10, 16, 1) }),
      summary("month", { last_at: at(10, 15, 23) }),
      summary("october", { last_at: at(9, 2) }),
      summary("pinned", { last_at: at(1, 1), pinned: true }),
    ]);
    expect(
      grouped(chats, NOW).map((group) => [group.id, ...group.chats.map((chat) => chat.id)]),
      "by local days",
    ).toEqual([
      ["pinned", "pinned"],
      ["today", "midnight"],
      ["yesterday", "before-midnight"],
      ["week", "week"],
      ["2026-10", "month"],
      ["2026-9", "october"],
      ["2024-4", "old"],
    ]);
  });

  test("the_list_grows_by_pages_below_the_last_chat_that_is_not_pinned", async () => {
    const core = script({
      list_chats: ({ before }: { before: string | null }) =>
        before === null
          ? { chats: [summary("p", { pinned: true }), summary("b", { last_at: 2 })], more: true }
          : { chats: [summary("a", { last_at: 1 })], more: false },
    });
    const history = new History();
    await history.show(false);
    await history.next();
    await history.next();
    expect(
      history.chats.map((chat) => chat.id),
      "in order",
    ).toEqual(["p", "b", "a"]);
    expect(core.named("list_chats"), "and no page twice").toEqual([
      { archived: false, before: null, limit: 100 },
      { archived: false, before: "b", limit: 100 },
    ]);
  });

  test("archiving_takes_a_chat_out_of_the_list_and_pinning_moves_it_up", async () => {
    script({
      list_chats: () => ({
        chats: [summary("a", { last_at: 2 }), summary("b", { last_at: 1 })],
        more: false,
      }),
      update_chat: ({
        chat,
        pinned,
        archived,
      }: {
        chat: string;
        pinned: boolean | null;
        archived: boolean | null;
      }) => summary(chat, { last_at: 1, pinned: pinned === true, archived: archived === true }),
    });
    const history = new History();
    await history.show(false);
    await history.change("b", { pinned: true });
    expect(
      history.chats.map((chat) => chat.id),
      "pinned first",
    ).toEqual(["b", "a"]);
    await history.change("b", { archived: true });
    expect(
      history.chats.map((chat) => chat.id),
      "put away",
    ).toEqual(["a"]);
  });

  test("a_list_that_arrives_after_the_view_changed_is_dropped", async () => {
    let arrive: (list: unknown) => void = () => undefined;
    script({
      list_chats: ({ archived }: { archived: boolean }) =>
        archived
          ? { chats: [summary("old", { archived })], more: false }
          : new Promise((done) => (arrive = done)),
    });
    const history = new History();
    const late = history.show(false);
    await settle();
    await history.show(true);
    arrive({ chats: [summary("new")], more: true });
    await late;
    expect([history.chats.map((chat) => chat.id), history.more], "only the archive").toEqual([
      ["old"],
      false,
    ]);
  });
});
