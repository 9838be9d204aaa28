import { beforeEach, expect, test } from "vitest";
import { sampleRequests } from "../../../tests/fixture/asked";
import { FixtureBackend } from "../../../tests/fixture/backend";
import { sampleWorld } from "../../../tests/fixture/sample";
import type { News } from "../../ipc";
import { useTransport } from "../../ipc/transport";
import { Inbox } from "./inbox.svelte";

let backend: FixtureBackend;
beforeEach(() => {
  const world = sampleWorld();
  sampleRequests(world);
  world.open = world.desks[0] ?? null;
  backend = new FixtureBackend(world);
  useTransport(backend);
});

const reads = () => backend.sent.filter((one) => one.name === "list_requests").length;

test("is read again where another number waits, and only then", async () => {
  const news: News = { to_decide: 0, to_sign: 1, decided: 2, looked_by: ["Jonas"] };
  const desk = { news };
  const inbox = new Inbox(desk);
  await inbox.follow(0);
  expect(reads(), "at first, whatever waits").toBe(1);
  expect(desk.news, "the count is right at once, and the rest is left").toEqual({
    ...news,
    to_decide: 3,
  });
  await inbox.follow(3);
  expect(reads(), "nothing new").toBe(1);
  await inbox.follow(4);
  expect(reads(), "one more waits").toBe(2);
});
