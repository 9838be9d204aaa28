import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../../../crates/engine/src/commands.rs");
const BINDINGS = resolve(import.meta.dirname, "bindings");
const COMMAND = /^\s+(\w+)\((\w+)\) -> (\w+)(?: by \w+)?;$/gm;

interface Command {
  name: string;
  request: string;
  response: string;
}

function parse(rust: string, group: "door" | "desk" | "stream"): Command[] {
  const body = rust.split(`            ${group} {\n`)[1]?.split("            }\n")[0] ?? "";
  return [...body.matchAll(COMMAND)].map(([, name = "", request = "", response = ""]) => ({
    name,
    request,
    response,
  }));
}

function render(rust: string): string {
  const calls = [...parse(rust, "door"), ...parse(rust, "desk")];
  const streams = parse(rust, "stream");
  const types = new Set([...calls, ...streams].flatMap((one) => [one.request, one.response]));
  const line = (one: Command) =>
    `  ${one.name}: { request: ${one.request}; response: ${one.response} };`;
  return [
    "// Written by commands.test.ts from crates/engine/src/commands.rs; do not edit.",
    "// After a change there: npm test -- -u",
    ...[...types].toSorted().map((name) => `import type { ${name} } from "./bindings/${name}";`),
    "",
    "/** Commands with one request and one response. */",
    "export interface Commands {",
    ...calls.map(line),
    "}",
    "",
    "/** Commands that also stream batches of turn events. */",
    "export interface Streams {",
    ...streams.map(line),
    "}",
    "",
    "/** Every command's name, in the order of the engine's list. */",
    "export const COMMAND_NAMES = [",
    ...[...calls, ...streams].map((one) => `  "${one.name}",`),
    "] as const;",
    "",
  ].join("\n");
}

test("the client knows exactly the commands of the engine's list", async () => {
  const rust = readFileSync(SOURCE, "utf8");
  expect(parse(rust, "stream"), "the list is still readable by this test").toHaveLength(1);
  await expect(
    render(rust),
    "a command missing here cannot be called by any screen",
  ).toMatchFileSnapshot("./commands.ts");
});

test("every generated type can be imported from the one folder", async () => {
  const names = readdirSync(BINDINGS)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));
  const text = [
    "// Written by commands.test.ts from the bindings; do not edit.",
    ...names.toSorted().map((name) => `export type { ${name} } from "./bindings/${name}";`),
    "",
  ].join("\n");
  await expect(text, "a type missing here tempts a screen to write its own").toMatchFileSnapshot(
    "./types.ts",
  );
});
