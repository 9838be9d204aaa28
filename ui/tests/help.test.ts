import { readFileSync } from "node:fs";
import { join } from "node:path";
import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { spoken } from "../src/i18n";
import { GUEST_ROWS, ROWS, VIEWERS } from "../src/settings/whosees/rows";
import { sampleLimits } from "./fixture/estimate";
import { sampleRoles, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf, openWindow, type OpenWindow } from "./window";

const POLICY = join(import.meta.dirname, "../../crates/policy/src");
const OTHERS = ["manager", "auditor", "admin"] as const;

const button = (name: string | RegExp) => screen.findByRole("button", { name });
const title = (name: string) => screen.findByRole("heading", { level: 1, name });
const rows = (groups = ROWS) => groups.flatMap((group) => group.rows);
const texts = (elements: Iterable<Element>) =>
  [...elements].map((one) => one.textContent.trim().replaceAll(/\s+/g, " "));

let world: World;
beforeEach(() => {
  world = sampleWorld();
  sampleRoles(world);
  sampleLimits(world, 2.79);
});

async function settings({ user }: OpenWindow, section: string): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  const nav = within(await screen.findByRole("navigation", { name: "Settings" }));
  await user.click(nav.getByRole("button", { name: section }));
  await title(section);
}
async function help(name: string): Promise<OpenWindow> {
  const opened = await openDeskOf(world, name);
  await settings(opened, "Who sees what");
  return opened;
}
async function guest(): Promise<OpenWindow> {
  world.guestAllowed = true;
  const opened = await openWindow(world);
  await opened.user.click(await button(/Guest desk/));
  await opened.user.click(await button("Open guest desk"));
  await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
  return opened;
}
const table = () => screen.getByRole("table", { name: "What each role sees of you" });
/** What the table says, by row and column, as its headers name them. */
function told(): Map<string, string[]> {
  const found = [...table().querySelectorAll("tr:has(> th[scope=row])")];
  return new Map(
    found.map((row) => {
      const [name = "", ...cells] = texts(row.children);
      return [name, cells];
    }),
  );
}
/** The names of a list of statements. */
const points = (heading: string) => {
  const card = screen.getByRole("heading", { level: 2, name: heading }).closest("section");
  return texts(card?.querySelectorAll("dt") ?? []);
};

describe("the page about who sees what", () => {
  test.each(["Mira", "Elena"])("is in the settings of %s, beginning at its title", async (name) => {
    await help(name);
    expect(await title("Who sees what"), "reading begins here").toHaveFocus();
    const nav = within(screen.getByRole("navigation", { name: "Settings" }));
    const entry = nav.getByRole("button", { name: "Who sees what" });
    expect(entry, "where one is").toHaveAttribute("aria-current", "page");
  });

  test("is reached from the settings about privacy", async () => {
    const opened = await openDeskOf(world, "Mira");
    await settings(opened, "Privacy and lock");
    const page = within(screen.getByRole("region", { name: "Settings" }));
    await opened.user.click(page.getByRole("button", { name: "Who sees what" }));
    await title("Who sees what");
  });

  test("is reached from where one's own access says what admins see", async () => {
    const opened = await openDeskOf(world, "Mira");
    await settings(opened, "Your access");
    const banner = (await screen.findByText("What admins can see")).closest("[role=status]");
    const link = within(banner as HTMLElement).getByRole("button", { name: "Who sees what" });
    await opened.user.click(link);
    await title("Who sees what");
  });

  test("is reached from where the usage says that titles are one's own, and leads back", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.click(await button("Usage"));
    const note = await screen.findByText("titles are visible to you alone");
    const link = within(note.parentElement ?? document.body).getByRole("button");
    expect(link).toHaveAccessibleName("Who sees what");
    await user.click(link);
    await title("Who sees what");
    await user.keyboard("{Escape}");
    await title("Your usage");
  });

  test("is found in the palette", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}k{/Control}");
    await user.click(await screen.findByRole("option", { name: /Who sees what/ }));
    await title("Who sees what");
  });

  test("has a table whose rows and columns are named and whose cells are words", async () => {
    await help("Mira");
    const heads = texts(table().querySelectorAll("thead th[scope=col]"));
    expect(heads).toEqual(["What there is", "You", "Manager of your group", "Auditor", "Admin"]);
    const seen = told();
    expect([...seen.keys()], "each row is named").toEqual(rows().map((row) => row.what()));
    for (const [row, cells] of seen) {
      expect(cells, `${row} says something of each`).toHaveLength(VIEWERS.length);
      for (const cell of cells) expect(cell, `${row} in words`).toMatch(/^[A-Z]\w/);
    }
    expect(seen.get("Chats, titles, drafts, searches")).toEqual([
      "Yes",
      "Sealed",
      "Sealed",
      "Sealed",
    ]);
    expect(seen.get("The reason you write with it")).toEqual(["Yes", "No", "No", "Yes"]);
  });

  test("says what admins can do, what they cannot, and what nobody prevents", async () => {
    await help("Mira");
    expect(points("What an admin can do to you")).toContain("Decide where your text goes");
    expect(points("What an admin cannot do")).toEqual([
      "Read what you write",
      "Reset your passphrase",
      "Open your backups",
      "Change the record unseen",
      "Act in your name",
    ]);
    const open = points("What Carrel cannot protect from");
    expect(open[0], "first what concerns every question").toBe("The provider that answers");
    expect(open).toContain("A member who bypasses Carrel");
    expect(points("Not built")).toEqual(["Reading chats for oversight"]);
  });

  test("promises nothing of a passphrase where a desk has none", async () => {
    const mira = world.desks.find((desk) => desk.card.name === "Mira");
    if (mira) mira.card.has_passphrase = false;
    await help("Mira");
    expect(screen.getByText(/sealed with this computer’s login/)).toBeVisible();
    expect(screen.queryByText(/sealed with your passphrase/)).toBeNull();
    expect(points("What an admin cannot do")).not.toContain("Reset your passphrase");
    const open = points("What Carrel cannot protect from");
    expect(open).toContain("Someone at your computer account at any time");
  });

  test("tells guests what holds for them, and nothing of a desk that is kept", async () => {
    const opened = await guest();
    await settings(opened, "Who sees what");
    expect(screen.getByText(/is stored nowhere/)).toBeVisible();
    expect([...told().keys()]).toEqual(rows(GUEST_ROWS).map((row) => row.what()));
    expect(points("What an admin cannot do")).toEqual(["Read what you write"]);
    expect(points("What Carrel cannot protect from")).toContain(
      "Someone who changes Carrel’s files here",
    );
    expect(screen.queryByText(/passphrase and recovery code/i), "they have none").toBeNull();
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("is for everyone, and in German as whole", async () => {
    await help("Elena");
    expect(await axeFindings(), "for everyone").toEqual([]);
    const english = texts(document.querySelectorAll("main :is(th, td, dt, dd)"));
    spoken.choose("de");
    await title("Wer was sieht");
    const german = texts(document.querySelectorAll("main :is(th, td, dt, dd)"));
    expect(german).toHaveLength(english.length);
    const same = german.filter((text, at) => text === english[at]);
    expect(new Set(same), "nothing else reads the same").toEqual(new Set(["Admin"]));
  });
});

/** A permission that comes with Carrel: of whom, for what, and only where what holds. */
interface Permit {
  role: string | null;
  actions: string[];
  when: string;
}
function permits(): Permit[] {
  const text = readFileSync(join(POLICY, "builtin.cedar"), "utf8");
  return text
    .split(/^@id/m)
    .filter((one) => /^permit /m.test(one))
    .map((one) => ({
      role: /principal in Role::"(\w+)"/.exec(one)?.[1] ?? null,
      actions: [...one.matchAll(/Action::"([\w.]+)"/g)].map((found) => found[1] ?? ""),
      when: /when \{ (.+) \}/.exec(one)?.[1] ?? "",
    }));
}
/** What the built-in policies let a role do with what is another's: all of it, some, nothing. */
function reach(role: string, action: string): "all" | "some" | "nothing" {
  const asked = role === "auditor" ? [role] : [role, "member"];
  const found = permits().filter(
    (one) => one.actions.includes(action) && (one.role === null || asked.includes(one.role)),
  );
  const others = found.filter((one) => one.when !== "resource == principal");
  if (others.some((one) => one.when === "")) return "all";
  return others.length > 0 ? "some" : "nothing";
}

describe("what it says of roles", () => {
  test("is what the policies that come with Carrel say", () => {
    expect(permits().length, "they are there to be read").toBeGreaterThan(8);
    const shown = { all: ["yes", "part"], some: ["part"], nothing: ["no", "sealed"] };
    /** Shown by something else than the row's own permission: the record and its export. */
    const recorded = new Set(["limits auditor", "requests auditor"]);
    for (const { id, by, cells } of [...rows(), ...rows(GUEST_ROWS)]) {
      for (const role of OTHERS) {
        const usual = by === null ? "nothing" : reach(role, by);
        const held = recorded.has(`${id} ${role}`) ? reach(role, "audit.read") : usual;
        expect(shown[held], `${id}, ${role}: ${by ?? "by nothing"}`).toContain(cells[role].mark);
      }
    }
  });

  test("is sealed where nothing at all gives anyone another's words", () => {
    const given = [null, "guest", "member", "manager", "auditor", "admin"].map((role) =>
      reach(role ?? "", "chat.read.own"),
    );
    expect(new Set(given), "no role reads another's chats").toEqual(new Set(["nothing"]));
    const sealed = rows().filter((row) => row.cells.admin.mark === "sealed");
    expect(sealed.map((row) => row.id)).toEqual([
      "chats",
      "instructions",
      "programs",
      "chat_costs",
    ]);
    for (const { id, by, cells } of sealed) {
      expect(by, `${id} is nobody's to give`).toBeNull();
      expect(new Set(OTHERS.map((role) => cells[role].mark)), id).toEqual(new Set(["sealed"]));
    }
  });

  test("can be changed by admins for names and providers alone", () => {
    const text = readFileSync(join(POLICY, "action.rs"), "utf8");
    const named = new Map(
      [...text.matchAll(/^ {4}(\w+) = "([\w.]+)"/gm)].map((found) => [found[2], found[1]]),
    );
    const fixed = /fn is_fixed[\s\S]*?=> true/.exec(text)?.[0] ?? "";
    const open = rows().flatMap(({ by }) =>
      by !== null && !new RegExp(`Self::${named.get(by) ?? "?"}\\b`).test(fixed) ? [by] : [],
    );
    expect(open, "the note under the table says so").toEqual(["member.read", "provider.read"]);
  });
});
