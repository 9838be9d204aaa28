/** Texts that the tests of this folder share: ordinary Markdown, and hostile content. */

import hostile from "./hostile.json";

/** Ordinary answers, with every construct that has a node. */
export const ORDINARY: string[] = [
  "Plain words, then **bold**, *italic*, ~~gone~~, `code` and a [link](https://example.org/a?b=c).\n\nA second paragraph\nover two lines.",
  "# One\n\nText\n\n## Two\n\nSetext\n======\n\nAgain\n---\n\n---\n\n###### Six",
  "- a\n- b\n  - b1\n  - b2\n\n    deep\n- c\n\n1. one\n2. two\n\n   more of two\n\n3. three\n\nAfter the list.",
  "- [x] done\n- [ ] open\n\n* other bullet\n\n**Bold after a list** and more words.\n\n- again",
  "| Residual | Hours |\n|:---|---:|\n| 1 Jan | 1,704 |\n| `x` | **2** |\n\nText after\n\n|a|\n|-|\n|b|",
  "```python\noffset = pd.Series(0.0)\n\n# comment\n```\n\nBetween\n\n~~~\nplain\n~~~\n\n    indented\n    code\n\nEnd",
  "> quoted\n> **more**\n>\n> - list\n\n> second quote\n\nafter",
  "Euler: $e^{i\\pi} + 1 = 0$, priced at $5 and $10, or $3–$4.\n\n$$\n\\int_0^1 x\\,dx\n= \\tfrac12\n$$\n\nAnd \\(a_1\\) with\n\n\\[\nb^2\n\\]\n\nend",
  "Line one  \nline two\\\nline three<br>line four &amp; &lt;tag&gt; &#x2014; &bogus;",
  "![a chart](https://example.org/c.png) and https://example.org plus www.example.org and me@example.org",
  "Smile 😀 and 👩‍👩‍👧 with **fett 😀**.\n\n- 😀\n- b",
  "Text\r\n\r\n- a\r\n- b\r\n\r\nEnd\r\n",
  "Unclosed **bold and `code\n\nnext [link](https://exam\n\n```js\nnever closed\n\nstill",
  "<div>\n\n**inside**\n\n</div>\n\n<!-- a\n\ncomment -->\n\nAfter <b>raw</b>.",
  "12. twelve\n\n13. thirteen\n\n- x\n\n-- not a list\n\n+ plus\n\n1986\\. A year.",
];

/** Content that tries to get out of the tree; the journeys in the real window read the same file. */
export const HOSTILE: string[] = hostile;
