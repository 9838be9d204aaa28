import { expect, test } from "vitest";
import { script, settle } from "../chat/scripted";
import type { WorkspaceRules } from "../ipc";
import { Rules } from "./rules.svelte";

const BEFORE: WorkspaceRules = {
  without_passphrase: true,
  usual_class: "internal",
  home_regions: [],
};

/** Rules over a core that keeps them, and that another admin may change. */
async function rules() {
  const signed = { now: BEFORE };
  script({
    read_rules: () => signed.now,
    write_rules: (wanted: WorkspaceRules) => (signed.now = wanted),
  });
  const held = new Rules();
  await held.read();
  return { held, signed };
}

test("changes at once follow each other, and none takes back another", async () => {
  const { held, signed } = await rules();
  void held.change({ usual_class: "restricted" });
  void held.change({ home_regions: ["eu"] });
  const last = held.change({ home_regions: ["eu", "ch"] });
  expect(held.known, "shown before it is written").toEqual({
    without_passphrase: true,
    usual_class: "restricted",
    home_regions: ["eu", "ch"],
  });
  await last;
  expect(signed.now, "as the core keeps it").toEqual({
    without_passphrase: true,
    usual_class: "restricted",
    home_regions: ["eu", "ch"],
  });
  expect(held.known, "and as it is shown").toEqual(signed.now);
});

test("a change keeps what another admin set meanwhile", async () => {
  const { held, signed } = await rules();
  signed.now = { ...BEFORE, without_passphrase: false };
  await held.change({ usual_class: "public" });
  expect(signed.now).toEqual({ ...BEFORE, without_passphrase: false, usual_class: "public" });
});

test("what is refused stands as before, and the next change is written", async () => {
  const { held, signed } = await rules();
  const core = script({
    read_rules: () => signed.now,
    write_rules: () => Promise.reject(new Error("no")),
  });
  const refused = held.change({ usual_class: "public" }).catch(() => "refused");
  await settle();
  expect([await refused, held.known], "nothing was changed").toEqual(["refused", BEFORE]);
  expect(core.named("write_rules"), "it was tried once").toHaveLength(1);
  script({
    read_rules: () => signed.now,
    write_rules: (wanted: WorkspaceRules) => (signed.now = wanted),
  });
  await held.change({ home_regions: ["eu"] });
  expect(held.known).toEqual({ ...BEFORE, home_regions: ["eu"] });
});
