/** Policies by hand: how a new one begins, and what can be put into one. */
import { m } from "../../i18n";
import type { PolicyWord, PolicyWordKind, PolicyWords } from "../../ipc";
import type { MenuEntry } from "../../kit";
import { actionText } from "../record/actions";
import { roleName } from "../roles";

/** What is longer is folded at first. */
export const FEW_LINES = 4;
const FEW_CHARACTERS = 320;

export const linesIn = (text: string) => text.trimEnd().split("\n");

export const isLong = (text: string) =>
  linesIn(text).length > FEW_LINES || text.length > FEW_CHARACTERS;

const KINDS: readonly [PolicyWordKind, () => string][] = [
  ["role", m.statements_kind_role],
  ["group", m.statements_kind_group],
  ["profile", m.statements_kind_profile],
  ["provider", m.statements_kind_provider],
  ["model", m.statements_kind_model],
  ["route", m.statements_kind_route],
];

/** `x` of `Type::"x"`. */
const quoted = (written: string) => /^\w+::"(.*)"$/s.exec(written)?.[1] ?? written;

/** A role that comes with Carrel has no label of its own. */
function nameOf({ kind, label, written }: PolicyWord): string {
  if (label !== "") return label;
  return kind === "role" ? roleName(quoted(written)) : written;
}

/** What can be put in, each kind under its heading; what is done stands first. */
export function insertEntries(
  { actions, names }: PolicyWords,
  insert: (written: string) => void,
): MenuEntry[] {
  const item = (label: string, written: string): MenuEntry => ({
    kind: "item",
    label,
    onselect: () => insert(written),
  });
  const kinds = KINDS.map(([kind, heading]) => ({
    heading: heading(),
    items: names.filter((one) => one.kind === kind).map((one) => item(nameOf(one), one.written)),
  }));
  const all = [
    {
      heading: m.statements_kind_action(),
      items: actions.map((written) => item(actionText(quoted(written)), written)),
    },
    ...kinds,
  ];
  return all
    .filter(({ items }) => items.length > 0)
    .flatMap(({ heading, items }): MenuEntry[] => [{ kind: "label", label: heading }, ...items]);
}

/** What a new one begins with: something that holds, about the first group where there is one. */
export function exampleOf({ names }: PolicyWords): string {
  const group = names.find((one) => one.kind === "group");
  const comment = group
    ? m.statements_example_group({ group: group.label })
    : m.statements_example_role();
  return [
    `// ${comment}`,
    "forbid (",
    `  principal in ${group?.written ?? 'Role::"member"'},`,
    '  action == Action::"model.use",',
    "  resource",
    ") when { !resource.local };",
    "",
  ].join("\n");
}
