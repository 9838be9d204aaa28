import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ICON_NAMES } from "./icons";

test("every icon name has its drawing and every drawing its name", () => {
  const sprite = readFileSync(join(import.meta.dirname, "IconSprite.svelte"), "utf8");
  const drawn = [...sprite.matchAll(/id="i-([a-z0-9-]+)"/g)].map(([, name]) => name);
  expect(drawn, "a name without a drawing is an empty button").toEqual([...ICON_NAMES]);
});
