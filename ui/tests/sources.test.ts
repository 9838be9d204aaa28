import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");

function sources(...endings: string[]): { path: string; text: string }[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .filter((path) => !path.includes("i18n/messages/") && !path.endsWith(".test.ts"))
    .map((path) => ({
      path: relative(SRC, join(SRC, path)),
      text: readFileSync(join(SRC, path), "utf8"),
    }));
}

const found = (pattern: RegExp, ...endings: string[]) =>
  sources(...endings)
    .filter(({ text }) => pattern.test(text))
    .map(({ path }) => path);

test("only the ipc folder speaks to the shell", () => {
  const outside = found(/@tauri-apps/, ".ts", ".svelte").filter((path) => !path.startsWith("ipc/"));
  expect(outside, "one door is what can be watched").toEqual([]);
});

test("no component writes markup or a style attribute", () => {
  const writing = /\{@html|\.innerHTML|insertAdjacentHTML|document\.write/;
  expect(found(writing, ".svelte", ".ts"), "text reaches the page as text nodes only").toEqual([]);
  expect(found(/\sstyle="/, ".svelte"), "the content policy refuses style attributes").toEqual([]);
});

test("components take colours and sizes from the tokens", () => {
  const raw = found(/:\s*(#[0-9a-f]{3,8}|rgb\(|hsl\()/i, ".svelte");
  expect(raw, "a raw colour would not follow the theme").toEqual([]);
});

test("no component grows past a screenful of markup and logic", () => {
  const long = sources(".svelte")
    .map(({ path, text }) => ({ path, lines: text.split("<style>")[0]?.split("\n").length ?? 0 }))
    .filter(({ path, lines }) => lines > 150 && path !== "kit/IconSprite.svelte");
  expect(long, "a component is read in one piece").toEqual([]);
});
