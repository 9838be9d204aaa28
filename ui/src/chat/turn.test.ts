import { describe, expect, test } from "vitest";

import type { TurnBatch } from "../ipc";
import { batch, opened, script, settle, settled } from "./scripted";
import { Turn, type Clock } from "./turn.svelte";

class Heard {
  readonly told: string[] = [];
  opened(): void {
    this.told.push("opened");
  }
  settled(): void {
    this.told.push("settled");
  }
  lost(): void {
    this.told.push("lost");
  }
}

const still: Clock = { now: () => 0, pause: () => Promise.resolve() };
const words = (text: string) => ({ kind: "text", text }) as const;

describe("a turn", () => {
  test("applies_batches_in_order_and_each_once", () => {
    const heard = new Heard();
    const turn = new Turn(heard, still);
    for (const each of [
      batch(0, opened()),
      batch(1, words("a")),
      batch(1, words("a")),
      batch(0, opened()),
      batch(2, words("b"), settled()),
    ])
      turn.take(each);
    expect([turn.text, turn.ended, heard.told], "a repeated batch changes nothing").toEqual([
      "ab",
      true,
      ["opened", "settled"],
    ]);
  });

  test("asks_for_what_a_gap_left_out", async () => {
    const scripted = script({
      turn_since: () => ({ batches: [batch(1, words("b")), batch(2, words("c"))], running: true }),
    });
    const turn = new Turn(new Heard(), still);
    turn.take(batch(0, opened("a")));
    turn.take(batch(2, words("c")));
    expect(turn.text, "nothing is applied across the gap").toBe("a");
    await settle();
    expect([turn.text, scripted.named("turn_since")], "read from the missing number on").toEqual([
      "abc",
      [{ turn: "turn", seq: 1 }],
    ]);
  });

  test("a_gap_that_can_not_be_filled_is_a_lost_turn", async () => {
    script({ turn_since: () => ({ batches: [], running: false }) });
    const heard = new Heard();
    const turn = new Turn(heard, still);
    turn.take(batch(0, opened()));
    turn.take(batch(5, words("x")));
    await settle();
    expect(heard.told, "the chat is loaded again").toEqual(["opened", "lost"]);
  });

  test("attaching_reads_until_the_turn_ends", async () => {
    const all: TurnBatch[] = [
      batch(0, opened()),
      batch(1, words("a")),
      batch(2, words("b")),
      batch(3, settled()),
    ];
    let ready = 1;
    script({
      turn_since: ({ seq }: { seq: number }) => {
        ready += 1;
        return { batches: all.slice(seq, ready), running: ready < all.length };
      },
    });
    const heard = new Heard();
    const turn = new Turn(heard, still);
    await turn.attach("turn");
    expect([turn.text, heard.told], "another window shows the whole answer").toEqual([
      "ab",
      ["opened", "settled"],
    ]);
  });

  test("a_continued_answer_grows_from_its_partial_text", () => {
    const turn = new Turn(new Heard(), still);
    turn.take(batch(0, opened("One **tw")));
    turn.take(batch(1, words("o**."), settled()));
    expect(turn.blocks, "one paragraph, parsed as a whole").toEqual([
      {
        kind: "paragraph",
        children: [
          { kind: "text", text: "One " },
          { kind: "strong", children: [{ kind: "text", text: "two" }] },
          { kind: "text", text: "." },
        ],
      },
    ]);
  });

  test("reasoning_is_timed_until_the_text_begins", () => {
    let now = 1000;
    const turn = new Turn(new Heard(), { ...still, now: () => now });
    turn.take(batch(0, opened(), { kind: "reasoning", text: "hm" }));
    now = 13_000;
    turn.take(batch(1, words("Done.")));
    expect([turn.reasoning, turn.reasoningMs], "twelve seconds").toEqual(["hm", 12_000]);
  });

  test("batches_of_another_turn_are_not_taken", () => {
    const turn = new Turn(new Heard(), still);
    turn.take(batch(0, opened()));
    turn.take({ turn: "other", seq: 1, events: [words("x")] });
    expect(turn.text, "not its own").toBe("");
  });
});
