import { render, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import { useTransport } from "../ipc/transport";
import { HOSTILE, ORDINARY } from "./corpus";
import { highlight } from "./highlight";
import Markdown from "./Markdown.svelte";
import { formula, MATHML } from "./math";
import { parse } from "./parse";
import { MarkdownStream } from "./stream";
import type { Block } from "./tree";

const ALLOWED = new Set(
  (
    "div p h2 h3 h4 h5 h6 strong em del code br a ul ol li blockquote hr span figure figcaption pre button " +
    "svg use table thead tbody tr th td " +
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd " +
    "mstyle mpadded mphantom menclose"
  ).split(" "),
);
const LINKS = /^(?:https?:|mailto:)/;

/** Attributes that fetch or style. */
const FORBIDDEN = new Set(["style", "src", "srcset", "srcdoc", "action", "formaction"]);

function wrongIn(element: Element): string[] {
  const name = element.localName;
  const wrong = ALLOWED.has(name) ? [] : [`<${name}>`];
  for (const { name: attribute, value } of element.attributes) {
    const told = `<${name} ${attribute}=${value}>`;
    if (attribute.startsWith("on") || FORBIDDEN.has(attribute)) wrong.push(told);
    // Only addresses that may be opened, and icons of the page.
    if (attribute === "href" && name === "a" && !LINKS.test(value)) wrong.push(told);
    if (attribute === "href" && name === "use" && !value.startsWith("#i-")) wrong.push(told);
  }
  return wrong;
}

/** All is looked at before anything is expected: at ten thousand pages, expecting is dear. */
function check(root: Element, source: string): void {
  const wrong = [...root.querySelectorAll("*")].flatMap(wrongIn);
  expect(wrong, `out of ${JSON.stringify(source)}`).toEqual([]);
}

/** Everything below a node of the tree, whatever it holds. */
function below(node: unknown): Record<string, unknown>[] {
  if (typeof node !== "object" || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(below);
  const own: Record<string, unknown> = { ...node };
  return [own, ...Object.values(own).flatMap(below)];
}

/** So many formulas and stretches of colour come out of the parts that load by themselves. */
async function awaited(blocks: Block[]): Promise<{ formulas: number; inks: number }> {
  let [formulas, inks] = [0, 0];
  for (const { kind, source, text, language, display } of below(blocks)) {
    if (kind === "math" && typeof source === "string")
      formulas += (await formula(source, display !== false)) === null ? 0 : 1;
    if (kind === "code" && typeof language === "string" && typeof text === "string")
      inks += ((await highlight(language, text)) ?? []).filter(({ ink }) => ink !== null).length;
  }
  return { formulas, inks };
}

/** The page once its formulas are set and its code is coloured. */
async function drawn(blocks: Block[]): Promise<Element> {
  const wanted = await awaited(blocks);
  const { container } = render(Markdown, { blocks });
  await waitFor(() => {
    const seen = {
      formulas: container.querySelectorAll(".formula").length,
      inks: container.querySelectorAll("pre span").length,
    };
    expect(seen, "what loads by itself has arrived").toEqual(wanted);
  });
  return container;
}

describe("hostile content", () => {
  test("nothing_outside_the_allowed_set_is_ever_drawn", async () => {
    for (const source of [...HOSTILE, ...ORDINARY]) check(await drawn(parse(source)), source);
  });

  test("nor_while_it_streams_cut_at_any_place", async () => {
    for (const source of HOSTILE) {
      const stream = new MarkdownStream();
      for (const unit of source) {
        stream.append(unit);
        const { container, unmount } = render(Markdown, { blocks: stream.blocks });
        check(container, source);
        unmount();
      }
    }
  });

  test("raw_html_is_shown_as_text", async () => {
    const page = await drawn(
      parse("before <img src=x onerror=alert(1)> after\n\n<script>alert(1)</script>"),
    );
    expect(page.textContent, "as written").toContain("before <img src=x onerror=alert(1)> after");
    expect(page.textContent, "as written").toContain("<script>alert(1)</script>");
  });

  test("an_address_that_must_not_be_opened_is_visible_text", async () => {
    const page = await drawn(parse("[x](javascript:alert(1))"));
    expect(page.querySelector("a"), "no link").toBeNull();
    expect(page.textContent, "label and address").toContain("x (javascript:alert(1))");
  });

  test("a_label_that_claims_another_host_is_contradicted", async () => {
    const page = await drawn(parse("[https://bank.example](https://evil.example/login)"));
    expect(page.textContent, "the real host stands beside it").toContain("(evil.example)");
  });

  test("an_image_is_a_link_and_is_never_fetched", async () => {
    const page = await drawn(parse("![chart](https://tracker.example/pixel.gif)"));
    expect(page.querySelector("img"), "no image element").toBeNull();
    expect(page.querySelector("a")?.getAttribute("href"), "opened only by hand").toBe(
      "https://tracker.example/pixel.gif",
    );
  });

  test("a_link_is_opened_by_the_shell_and_not_by_the_page", async () => {
    const sent: unknown[] = [];
    useTransport({
      call: (name, request) => Promise.resolve(sent.push([name, request])).then(() => ({})),
      stream: () => Promise.resolve({}),
    });
    const page = await drawn(parse("[x](https://example.org/)"));
    const click = new MouseEvent("click", { bubbles: true, cancelable: true });
    page.querySelector("a")?.dispatchEvent(click);
    expect(click.defaultPrevented, "the page stays").toBe(true);
    expect(sent, "one command").toEqual([["open_link", { url: "https://example.org/" }]]);
  });

  test("formulas_take_over_no_links_styles_or_classes", async () => {
    for (const source of [
      "\\href{javascript:alert(1)}{x}",
      "\\htmlStyle{color:red}{x}",
      "\\class{a}{x}",
      "\\frac{a}{b}",
    ]) {
      const text = JSON.stringify(await formula(source, false));
      expect(text, source).not.toMatch(/"(?:href|style|class|onclick)":/);
    }
    expect(await formula("\\frac{a", false), "what can not be set stays source").toBeNull();
  });

  test("formulas_are_drawn_as_mathml_elements", async () => {
    const page = await drawn(parse("$\\frac{a}{b}$"));
    for (const name of ["math", "mfrac", "mi"])
      expect(
        page.querySelector(name)?.namespaceURI,
        `${name} outside its namespace is not drawn`,
      ).toBe(MATHML);
  });

  /** Minutes or a full stack before; the limit only tells an end from none. */
  const AN_END = 60_000;
  const tangled = [">", "[", "_a", "`", "$a", "<a"].map((part) => part.repeat(20_000));
  test.each(tangled.map((text) => [text.slice(0, 4), text]))(
    "tangled_input_of_%s_comes_to_an_end",
    (_, text) => {
      expect(parse(text).length, "something is shown").toBeGreaterThan(0);
    },
    AN_END,
  );
});
