import { describe, expect, test } from "vitest";

import { message, page, script } from "./scripted";
import { PAGE, Transcript } from "./transcript.svelte";

const LENGTH = 5000;
const some = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => message(`a${from + at}`, null, `${from + at}`));

function served(): ReturnType<typeof script> {
  return script({
    load_messages: ({ from, limit }: { from: number; limit: number }) =>
      page("chat", LENGTH, from, some(from, Math.min(limit, LENGTH - from))),
  });
}

describe("the transcript", () => {
  test("a_long_chat_opens_at_its_end_with_one_page", () => {
    const transcript = new Transcript();
    transcript.show(page("chat", LENGTH, LENGTH - PAGE, some(LENGTH - PAGE, PAGE)));
    expect(
      [transcript.rows.length, transcript.rows.filter((row) => row !== null).length],
      "places for all",
    ).toEqual([LENGTH, PAGE]);
  });

  test("looking_up_loads_the_pages_in_view_and_no_others", async () => {
    const core = served();
    const transcript = new Transcript();
    transcript.show(page("chat", LENGTH, LENGTH - PAGE, some(LENGTH - PAGE, PAGE)));
    await Promise.all([transcript.want(4900, 4910), transcript.want(4905, 4912)]);
    expect(core.named("load_messages"), "each page once").toEqual([
      { chat: "chat", from: 4880, limit: PAGE },
      { chat: "chat", from: 4920, limit: PAGE },
    ]);
    expect(transcript.rows[4905]?.message.text, "in its own place").toBe("4905");
    await transcript.want(4900, 4910);
    expect(core.named("load_messages").length, "and not again").toBe(2);
  });

  test("a_page_that_arrives_after_another_chat_was_opened_is_dropped", async () => {
    served();
    const transcript = new Transcript();
    transcript.show(page("chat", LENGTH, LENGTH - PAGE, some(LENGTH - PAGE, PAGE)));
    const late = transcript.want(0, 1);
    transcript.show(page("other", 3, 2, [message("q9", null, "other")]));
    await late;
    expect(
      transcript.rows.map((row) => row?.message.text),
      "only the other chat",
    ).toEqual([undefined, undefined, "other"]);
  });
});
