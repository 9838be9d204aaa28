import { describe, expect, test } from "vitest";

import type { ChatSummary } from "../ipc";
import { Chat } from "./chat.svelte";
import { batch, message, opened, page, script, settle, settled, type Scripted } from "./scripted";

const words = (text: string) => ({ kind: "text", text }) as const;

function chatWith(answers: Parameters<typeof script>[0]): {
  chat: Chat;
  core: Scripted;
  touched: ChatSummary[];
} {
  const core = script({
    ask: () => ({ turn: "turn", chat: "chat" }),
    read_new_draft: () => ({ text: "" }),
    turn_since: () => ({ batches: [], running: true }),
    ...answers,
  });
  const touched: ChatSummary[] = [];
  const chat = new Chat(
    { touched: (each) => touched.push(each), read: () => undefined },
    { now: () => 0, pause: () => new Promise(() => undefined) },
  );
  return { chat, core, touched };
}

const shown = (chat: Chat) => chat.transcript.rows.map((row) => row?.message.text ?? null);

describe("the open chat", () => {
  test("a_first_question_makes_the_chat_and_its_answer_settles_in_it", async () => {
    const { chat, core, touched } = chatWith({
      read_message: () => message("a1", "q1", "Because."),
    });
    await chat.openNew();
    chat.draft.typed("Why?");
    const sending = chat.send();
    expect([chat.draft.text, chat.sending], "the field is free, the question is shown").toEqual([
      "",
      "Why?",
    ]);
    core.push(batch(0, opened()));
    core.push(batch(1, words("Because."), settled()));
    await sending;
    await settle();
    expect([chat.summary?.id, shown(chat), chat.turn, chat.busy], "stored and read back").toEqual([
      "chat",
      ["Why?", "Because."],
      null,
      false,
    ]);
    expect(touched.length, "the sidebar heard of it at the start and the end").toBe(2);
    expect(chat.spoken?.text, "said once").toBe("Because.");
  });

  test("a_question_that_could_not_begin_comes_back_into_the_field", async () => {
    const { chat } = chatWith({
      ask: () =>
        Promise.reject({
          code: "no_model",
          message: "No model.",
          retry_at: null,
          rule_ids: [],
          denied: null,
        }),
    });
    await chat.openNew();
    chat.draft.typed("Why?");
    await chat.send();
    expect([chat.draft.text, chat.askFailure?.code, chat.busy], "nothing is lost").toEqual([
      "Why?",
      "no_model",
      false,
    ]);
  });

  test("unfolded_reasoning_stays_unfolded_until_it_is_folded", async () => {
    const { chat } = chatWith({
      open_chat: () => page("chat", 2, 0, [message("q0", null, "?"), message("a0", "q0", "!")]),
    });
    await chat.open("chat");
    chat.unfold("a0");
    await chat.open("chat", "a0");
    expect(chat.unfolded.has("a0"), "its row was drawn anew").toBe(true);
    chat.unfold("a0");
    expect(chat.unfolded.has("a0"), "folded again").toBe(false);
  });

  test("a_branch_hides_what_followed_and_is_asked_below_its_answer", async () => {
    const rows = [
      message("q0", null, "Datum?"),
      message("a0", "q0", "Yes."),
      message("q9", "a0", "Since when?"),
      message("a9", "q9", "March."),
    ];
    const { chat, core } = chatWith({ open_chat: () => page("chat", 4, 0, rows) });
    const seen = () => chat.rows.map((row) => row?.message.text ?? null);
    await chat.open("chat");
    chat.branchFrom("a0");
    expect(seen(), "the place of the new branch").toEqual(["Datum?", "Yes."]);
    chat.stopBranching();
    expect(seen().length, "thought better of it").toBe(4);
    chat.branchFrom("a0");
    chat.draft.typed("Why?");
    const sending = chat.send();
    const [asked] = core.named("ask");
    expect(asked, "below the answer").toMatchObject({
      question: { kind: "branch", after: "a0", text: "Why?" },
    });
    const first = opened();
    if (first.kind === "opened" && first.question !== null) first.question.message.parent = "a0";
    core.push(batch(0, first));
    expect(seen(), "with its answer").toEqual(["Datum?", "Yes.", "Why?", ""]);
    await sending;
    expect(chat.branching, "the next one follows as usual").toBeNull();
  });

  test("a_branch_that_could_not_begin_keeps_its_place", async () => {
    const refused = {
      code: "no_model",
      message: "No model.",
      retry_at: null,
      rule_ids: [],
      denied: null,
    };
    const { chat } = chatWith({
      open_chat: () => page("chat", 2, 0, [message("q0", null, "?"), message("a0", "q0", "!")]),
      ask: () => Promise.reject(refused),
    });
    await chat.open("chat");
    chat.branchFrom("a0");
    chat.draft.typed("Why?");
    await chat.send();
    expect([chat.branching, chat.draft.text], "to be tried again").toEqual(["a0", "Why?"]);
  });

  test("opening_a_chat_with_a_running_turn_attaches_to_it", async () => {
    const { chat } = chatWith({
      open_chat: () => ({
        ...page("chat", 2, 0, [message("q1", null, "Why?"), message("a1", "q1", "")]),
        running: "turn",
      }),
      turn_since: () => ({ batches: [batch(0, opened()), batch(1, words("Be"))], running: true }),
    });
    await chat.open("chat");
    await settle();
    expect(
      [chat.turn?.text, chat.turn?.answer, shown(chat).length],
      "as far as it is written",
    ).toEqual(["Be", "a1", 2]);
  });

  test("an_answer_goes_on_while_another_chat_is_shown", async () => {
    const { chat, core } = chatWith({
      open_chat: ({ chat: id }: { chat: string }) => page(id, 0, 0, []),
      read_message: () => message("a1", "q1", "Done."),
    });
    await chat.open("chat");
    chat.draft.typed("Why?");
    const sending = chat.send();
    core.push(batch(0, opened()));
    await sending;
    await chat.open("other");
    core.push(batch(1, words("Do")));
    expect([chat.turn, shown(chat)], "the other chat shows nothing of it").toEqual([null, []]);
    await chat.open("chat");
    expect(chat.turn?.text, "it is found where it is").toBe("Do");
  });

  test("an_answer_that_settles_while_another_chat_is_shown_stays_unread", async () => {
    const { chat, core, touched } = chatWith({
      open_chat: ({ chat: id }: { chat: string }) => page(id, 0, 0, []),
    });
    await chat.open("chat");
    chat.draft.typed("Why?");
    const sending = chat.send();
    core.push(batch(0, opened()));
    await sending;
    await chat.open("other");
    core.push(batch(1, words("Done."), settled({ unread: true })));
    await settle();
    expect(core.named("read_message"), "reading it would count as seeing it").toEqual([]);
    expect(touched.at(-1)?.unread, "the sidebar shows the mark").toBe(true);
  });

  test("a_chat_whose_model_is_gone_is_asked_with_the_usual_one", async () => {
    const gone = { kind: "model", model: { provider: "p", model: "gone" } };
    const { chat, core } = chatWith({
      open_chat: ({ chat: id }: { chat: string }) => {
        const whole = page(id, 0, 0, []);
        return { ...whole, chat: { ...whole.chat, target: gone } };
      },
    });
    await chat.open("chat");
    expect(chat.chosen, "shown as long as it is offered").toEqual(gone);
    chat.draft.typed("Why?");
    await chat.send();
    expect(core.named("ask"), "the engine falls back where nobody chose").toEqual([
      { question: { kind: "follow_up", chat: "chat", text: "Why?" }, target: null, class: null },
    ]);
  });

  test("a_chat_that_opened_late_does_not_replace_the_one_opened_after_it", async () => {
    const waits: (() => void)[] = [];
    const { chat } = chatWith({
      open_chat: ({ chat: id }: { chat: string }) =>
        id === "slow"
          ? new Promise((done) => waits.push(() => done(page("slow", 0, 0, []))))
          : page(id, 0, 0, []),
    });
    const slow = chat.open("slow");
    await chat.open("fast");
    await settle();
    for (const go of waits) go();
    await slow;
    expect(chat.summary?.id, "the last click wins").toBe("fast");
  });

  test("answering_again_takes_the_place_and_drops_what_followed", async () => {
    const { chat, core } = chatWith({
      open_chat: () =>
        page("chat", 4, 0, [
          message("q1", null, "Why?"),
          message("a0", "q1", "Old."),
          message("q2", "a0", "And?"),
          message("a2", "q2", "More."),
        ]),
    });
    await chat.open("chat");
    void chat.answerAgain("a0");
    core.push(
      batch(0, {
        kind: "opened",
        chat: { ...page("chat", 0, 0, []).chat },
        question: null,
        answer: { ...message("a1", "q1", ""), versions: ["a0", "a1"] },
      }),
    );
    await settle();
    expect(
      chat.transcript.rows.map((row) => row?.message.id),
      "the branch ends with the new answer",
    ).toEqual(["q1", "a1"]);
  });

  test("another_version_keeps_what_stands_above_it_and_the_view", async () => {
    const { chat } = chatWith({
      open_chat: () =>
        page("chat", 3, 0, [
          message("q1", null, "Why?"),
          message("a1", "q1", "One."),
          message("q2", "a1", "And?"),
        ]),
      select_version: () => page("chat", 90, 89, [message("q9", "a9", "End?")]),
    });
    await chat.open("chat");
    const { wish } = chat;
    await chat.select("a2", "a1");
    expect(
      [chat.transcript.rows.length, shown(chat).slice(0, 2), chat.wish],
      "only the branch below is new",
    ).toEqual([90, ["Why?", null], wish]);
  });
});
