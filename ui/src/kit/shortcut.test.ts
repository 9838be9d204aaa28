import { describe, expect, test } from "vitest";
import { ariaShortcut, matches, shortcutKeys } from "./shortcut";

const NONE = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, code: "" };

describe("a shortcut", () => {
  test("is shown with the signs of the system", () => {
    expect(shortcutKeys("mod+shift+o", false), "words elsewhere").toEqual(["Ctrl", "Shift", "O"]);
    expect(shortcutKeys("mod+shift+o", true), "signs on a Mac").toEqual(["⌘", "⇧", "O"]);
    expect(ariaShortcut("mod+shift+o", false), "for screen readers").toBe("Control+Shift+o");
  });

  test.each([
    ["the very keys", { key: "o", ctrlKey: true, shiftKey: true }, "mod+shift+o", true],
    ["a capital from Shift", { key: "O", ctrlKey: true, shiftKey: true }, "mod+shift+o", true],
    ["a missing Shift", { key: "o", ctrlKey: true }, "mod+shift+o", false],
    ["one Shift too many", { key: "L", ctrlKey: true, shiftKey: true }, "mod+l", false],
    ["the key alone", { key: "l" }, "mod+l", false],
    ["Alt Gr, which types letters", { key: "l", ctrlKey: true, altKey: true }, "mod+l", false],
    ["a slash above 7", { key: "/", ctrlKey: true, shiftKey: true }, "mod+/", true],
    ["a Cyrillic layout", { key: "д", code: "KeyL", ctrlKey: true }, "mod+l", true],
    ["the Mac's key elsewhere", { key: "l", metaKey: true }, "mod+l", false],
    ["Escape", { key: "Escape" }, "escape", true],
  ])("%s", (_what, pressed, shortcut, wanted) => {
    expect(matches({ ...NONE, ...pressed }, shortcut, false), "on Linux and Windows").toBe(wanted);
  });
});
