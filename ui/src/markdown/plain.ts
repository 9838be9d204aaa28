/** A tree as words, for those who listen. */
import type { Block, Inline } from "./tree";

function inline(nodes: Inline[]): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case "text":
        case "code":
          return node.text;
        case "math":
          return node.source;
        case "break":
          return "\n";
        case "image":
          return node.label;
        default:
          return inline(node.children);
      }
    })
    .join("");
}

/** The words of a tree, one line for each block. */
export function plainText(blocks: Block[]): string {
  return blocks
    .map((block): string => {
      switch (block.kind) {
        case "paragraph":
        case "heading":
          return inline(block.children);
        case "code":
        case "plain":
          return block.text;
        case "math":
          return block.source;
        case "quote":
          return plainText(block.blocks);
        case "list":
          return block.items.map((item) => plainText(item.blocks)).join("\n");
        case "table":
          return [block.head, ...block.rows].map((row) => row.map(inline).join(", ")).join("\n");
        case "rule":
          return "";
      }
    })
    .filter((line) => line !== "")
    .join("\n");
}
