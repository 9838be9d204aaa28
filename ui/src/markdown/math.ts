/**
 * Formulas as MathML, node by node.
 *
 * KaTeX writes MathML text; an inert XML parser reads it; only the elements and
 * attributes named here are taken over. `style`, links and classes never are.
 */

/** A MathML element of the allowed kinds. */
export interface MathNode {
  tag: string;
  attributes: Record<string, string>;
  children: (MathNode | string)[];
}

/** Given as a value: Svelte would draw a literal one as SVG. */
export const MATHML = "http://www.w3.org/1998/Math/MathML";

const LONGEST = 4000;

const TAGS = new Set(
  (
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover " +
    "mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none merror"
  ).split(" "),
);

const ATTRIBUTES = new Set(
  (
    "display mathvariant stretchy fence separator lspace rspace minsize maxsize symmetric accent accentunder " +
    "movablelimits linethickness columnalign rowalign columnspacing rowspacing columnlines rowlines width height " +
    "depth voffset scriptlevel displaystyle notation form largeop side"
  ).split(" "),
);

function taken(element: Element): MathNode[] {
  const tag = element.localName;
  if (tag === "annotation") return [];
  const children = [...element.childNodes].flatMap((child): (MathNode | string)[] => {
    if (child instanceof Element) return taken(child);
    return child.nodeType === Node.TEXT_NODE ? [child.textContent ?? ""] : [];
  });
  // KaTeX wraps formula and source in <semantics>; only the formula is drawn.
  if (tag === "semantics")
    return children.filter((child): child is MathNode => typeof child !== "string");
  if (!TAGS.has(tag)) return [];
  const attributes = Object.fromEntries(
    [...element.attributes].flatMap(({ name, value }) =>
      ATTRIBUTES.has(name) ? [[name, value] as const] : [],
    ),
  );
  return [{ tag, attributes, children }];
}

type Render = (source: string, display: boolean) => string;
let loading: Promise<Render> | undefined;

async function load(): Promise<Render> {
  const { default: katex } = await import("katex");
  return (source, displayMode) =>
    katex.renderToString(source, {
      displayMode,
      output: "mathml",
      trust: false,
      strict: "ignore",
      throwOnError: true,
      maxExpand: 500,
      maxSize: 20,
    });
}

/** The formula, or null where it can not be set; then its source is shown. */
export async function formula(source: string, display: boolean): Promise<MathNode | null> {
  if (source.length > LONGEST) return null;
  loading ??= load();
  const render = await loading;
  let written: string;
  try {
    written = render(source, display);
  } catch {
    return null;
  }
  const page = new DOMParser().parseFromString(written, "application/xml");
  const math = page.getElementsByTagName("math")[0];
  return math === undefined ? null : (taken(math)[0] ?? null);
}
