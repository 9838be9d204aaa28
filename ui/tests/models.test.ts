import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";

import { batch, opened, script } from "../src/chat/scripted";
import { Turn } from "../src/chat/turn.svelte";
import Waiting from "../src/chat/Waiting.svelte";
import type { BuiltInFile } from "../src/ipc";
import type { FixtureBackend } from "./fixture/backend";
import { sampleGroups } from "./fixture/groups";
import { sampleWorld, troubledWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

async function models(user: { keyboard(keys: string): Promise<void> }) {
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Models and providers" }).click();
  await screen.findByRole("complementary", { name: "Routes" });
}

/** The names of those that stand in, as the list shows them after the usual model. */
const standing = () =>
  within(screen.getByRole("list", { name: "When a model fails" }))
    .queryAllByRole("listitem")
    .map((row) => row.querySelector(".name")?.textContent)
    .slice(1);

describe("models that fail", () => {
  test("who stands in is added, moved by keyboard and removed", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    const offered = world.providers.flatMap(({ id, models: names }) =>
      names.map((model) => ({ provider: id, model })),
    );
    const [first, second] = offered;
    if (!first || !second) throw new Error("the sample offers two models");
    for (const { model } of [first, second]) {
      await choose(user, button("Add a step: When a model fails"), `${model} `);
      await waitFor(() => expect(standing(), "it is listed").toContain(model));
    }
    button(`Move ${second.model} up`).focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(standing(), "one up").toEqual([second.model, first.model]));
    expect(backend.world.fallback, "as the core keeps it").toEqual([second, first]);
    expect(button(`Move ${second.model} down`), "the hand stays on the row").toHaveFocus();
    expect(
      screen.getByText(`${second.model} is number 2 of 3`),
      "after the usual model",
    ).toHaveRole("status");
    await user.click(button(`Remove ${second.model}`));
    await waitFor(() => expect(standing(), "one is left").toEqual([first.model]));
    expect(button(`Remove ${first.model}`), "the hand goes on to the next").toHaveFocus();
  });

  test("a resting model says until when and why", async () => {
    const [provider] = world.providers;
    const model = provider?.models[0];
    if (!provider || model === undefined) throw new Error("the sample has a provider");
    world.health = [
      {
        model: { provider: provider.id, model },
        key: null,
        breaker: "open",
        breaker_until: world.now() + 42_000,
        resting_until: null,
        why: null,
        failed_at: world.now() - 5_000,
        last_failure: "It has a problem at the moment (HTTP 503).",
        first_token_ms: 420,
        slow_first_token_ms: 900,
        failing_percent: 60,
        in_flight: 0,
      },
    ];
    const { user } = await openDeskOf(world, "Elena");
    await models(user);
    expect(
      (await screen.findAllByText(/^Paused, next try in 0:4[012]$/))[0],
      "counting down",
    ).toBeVisible();
    expect(screen.getByText(/HTTP 503/), "why").toBeVisible();
    expect(screen.getByText("60% failing"), "how often").toBeVisible();
    expect(screen.getByText("first word in 0.4 s"), "how soon").toBeVisible();
    expect(screen.getByText("95% begin within 0.9 s"), "and how slow at worst").toBeVisible();
  });
});

describe("trying a provider now", () => {
  const row = (label: string) => {
    const heading = screen.getByRole("heading", { name: label });
    const found = heading.closest<HTMLElement>(".row");
    if (!found) throw new Error(`no row of ${label}`);
    return within(found);
  };

  test("a paused model is really asked, and what came of it is said at once", async () => {
    world = troubledWorld();
    const { user, backend } = await openDeskOf(world, "Elena");
    const asked = (name: string) =>
      backend.sent.filter((one) => one.name === name).map(({ request }) => request);
    await models(user);
    await waitFor(() => expect(row("OpenAI").getByText(/one call let through/)).toBeVisible());
    const mistral = row("Mistral");
    expect(mistral.getByText("1 of 2 paused"), "one of its keys").toBeVisible();
    await user.click(mistral.getByRole("button", { name: "Try mistral-large-latest now" }));
    expect(
      await mistral.findByText(
        "mistral-large-latest answered in 0.8 s. Cost of that call: under $0.0001.",
      ),
      "the model itself answered, and what that cost",
    ).toBeVisible();
    expect(asked("test_provider"), "no list was asked for").toEqual([]);
    await user.click(row("Anthropic").getByRole("button", { name: "Try now" }));
    expect(
      await row("Anthropic").findAllByText(/^Anthropic has a problem/),
      "a failure in words",
    ).not.toEqual([]);
    expect(asked("try_model").at(-1), "the model that rests, under the key that rests").toEqual({
      model: { provider: world.providers[0]?.id, model: "claude-sonnet-4-5" },
      key: world.providers[0]?.keys[0]?.id,
    });
  });

  test("a member sees how providers are, and is offered no test", async () => {
    world = troubledWorld();
    const { user } = await openDeskOf(world, "Jonas");
    await models(user);
    await waitFor(() => expect(row("Anthropic").getByText(/^Paused, next try in/)).toBeVisible());
    expect(screen.queryByRole("button", { name: /Try .*now|^Test$/ })).toBeNull();
  });
});

describe("a provider that is removed", () => {
  async function removing(label: string) {
    const { user } = await openDeskOf(world, "Elena");
    await models(user);
    await choose(user, button(`${label}: more`), "Remove provider");
    return within(await screen.findByRole("dialog"));
  }

  test("takes its key and the usual model with it", async () => {
    const dialog = await removing("Mistral");
    expect(
      dialog.getByText(
        "Its key is deleted. Its models answer nobody any more. Chats keep what they have. mistral-large-latest is the usual model: choose another one afterwards.",
      ),
    ).toBeVisible();
  });

  test("has no key to delete where it needs none", async () => {
    const dialog = await removing("Built-in");
    expect(
      dialog.getByText("Its models answer nobody any more. Chats keep what they have."),
      "nor the usual model",
    ).toBeVisible();
  });
});

describe("a server in the private network", () => {
  test("is refused until an admin allows it, and another address is another matter", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await user.click(button("Add provider"));
    const dialog = within(await screen.findByRole("dialog"));
    await choose(user, dialog.getByLabelText("Service"), "Other, by address", "option");
    const address = dialog.getByLabelText("Address");
    await user.type(address, "http://192.168.1.20:8080/v1");
    await user.click(dialog.getByRole("button", { name: "Test address and key" }));
    expect(await dialog.findByRole("alert"), "why, and what to do").toHaveTextContent(
      /have an admin allow it as a server in your own network/,
    );
    const allow = dialog.getByRole("checkbox", { name: /^This server is in our own network/ });
    expect(allow, "never by itself").not.toBeChecked();
    await user.click(allow);
    expect(dialog.getByText(/everybody in that network can read along/), "plainly").toBeVisible();
    await user.type(address, "x");
    expect(allow, "another path on the same server").toBeChecked();
    await user.clear(address);
    await user.type(address, "http://10.0.0.7/v1");
    expect(allow, "another server").not.toBeChecked();
    await user.click(allow);
    await user.click(dialog.getByRole("button", { name: "Test address and key" }));
    await dialog.findByText(/Answered in 412 ms/);
    await user.type(dialog.getByLabelText("Name"), "Office");
    await user.click(dialog.getByRole("button", { name: "Add provider" }));
    await waitFor(() =>
      expect(backend.world.providers.at(-1), "signed with the provider").toMatchObject({
        base_url: "http://10.0.0.7/v1",
        nearby_allowed: true,
      }),
    );
    expect(await screen.findByText("Our own network"), "and said in the list").toBeVisible();
  });
});

describe("models in files on this machine", () => {
  const file = (model: string, more: Partial<BuiltInFile> = {}): BuiltInFile => ({
    model,
    label: model,
    bytes: 397_808_192n,
    unavailable: null,
    ...more,
  });
  const page = file("page", {
    unavailable: {
      code: "damaged",
      message:
        "page.gguf is not a GGUF model. Put a GGUF file in its place, or choose another model.",
      retry_at: null,
      rule_ids: [],
      denied: null,
    },
  });

  async function edit() {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await choose(user, button("Built-in: more"), "Edit provider");
    const dialog = within(await screen.findByRole("dialog"));
    return { user, backend, dialog };
  }

  test("each file is offered by its own name, and a bad one says why not", async () => {
    world.weights = [file("gemma-3-270m"), page];
    const { user, backend, dialog } = await edit();
    const bad = await dialog.findByRole("checkbox", { name: /^page/ });
    expect(bad, "it cannot be offered").toBeDisabled();
    expect(dialog.getByText(/page\.gguf is not a GGUF model/), "why").toBeVisible();
    expect(dialog.getByText("Its file is gone."), "what was offered before").toBeVisible();
    expect(screen.getByText("Basic, offline"), "all it offers so far").toBeInTheDocument();
    await user.click(dialog.getByRole("checkbox", { name: /^gemma-3-270m/ }));
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    await waitFor(() =>
      expect(
        backend.world.providers.find((one) => one.dialect === "built_in")?.models,
        "the core is told the file's own name",
      ).toContain("gemma-3-270m"),
    );
    await waitFor(() =>
      expect(screen.queryByText("Basic, offline"), "more than the basic one").toBeNull(),
    );
  });

  test("the usual one is named by its label, and another file can be chosen", async () => {
    world.weights = [
      file(world.builtIn.model, { label: world.builtIn.label }),
      file("gemma-3-270m"),
    ];
    const here = world.providers.find((one) => one.dialect === "built_in");
    if (!here) throw new Error("the sample has a built-in model");
    world.usual = { kind: "model", model: { provider: here.id, model: world.builtIn.model } };
    const { user, backend, dialog } = await edit();
    expect(screen.getAllByText(world.builtIn.label), "its row").not.toEqual([]);
    const usual = dialog.getByRole("checkbox", { name: /is already the usual model$/ });
    expect(usual, "said, and settled").toBeChecked();
    expect(usual).toBeDisabled();
    expect(usual, "by its label").toHaveAccessibleName(
      `${world.builtIn.label} is already the usual model`,
    );
    await user.click(await dialog.findByRole("checkbox", { name: /^gemma-3-270m/ }));
    const choice = dialog.getByLabelText(/^Everyone’s usual model/);
    expect(choice, "as it is").toHaveTextContent(world.builtIn.label);
    await choose(user, choice, "gemma-3-270m", "option");
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    await waitFor(() =>
      expect(backend.world.usual, "the one that was chosen").toMatchObject({
        model: { model: "gemma-3-270m" },
      }),
    );
  });

  test("the folder for more is named, and a file put there is seen", async () => {
    const { user, backend, dialog } = await edit();
    expect(await dialog.findByText("/home/mira/carrel/models"), "where to").toBeVisible();
    backend.world.weights = [file("qwen3-0.6b")];
    await user.click(dialog.getByRole("button", { name: "Look again" }));
    expect(await dialog.findByRole("checkbox", { name: /^qwen3-0.6b/ }), "found").toBeEnabled();
  });

  test("who left the built-in model for later adds it here", async () => {
    world.providers = world.providers.filter((one) => one.dialect !== "built_in");
    world.weights = [file("qwen3-0.6b")];
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await user.click(button("Add provider"));
    const dialog = within(await screen.findByRole("dialog"));
    dialog.getByLabelText(/^Service/).focus();
    await user.keyboard("b");
    await user.click(await dialog.findByRole("checkbox", { name: /^qwen3-0.6b/ }));
    expect(dialog.queryByLabelText(/^Key/), "a file has no key").toBeNull();
    await user.click(dialog.getByRole("button", { name: "Add provider" }));
    await waitFor(() =>
      expect(backend.world.providers.at(-1), "as the core is told").toMatchObject({
        dialect: "built_in",
        label: "Built-in model",
        models: ["qwen3-0.6b"],
        base_url: "",
      }),
    );
  });
});

test("a pause says who asked for it and how long, and can be skipped", async () => {
  const core = script({});
  const turn = new Turn({ opened: () => {}, settled: () => {}, lost: () => {} });
  turn.take(batch(0, opened()));
  turn.take(
    batch(1, {
      kind: "waiting",
      reason: "pause",
      note: "Mistral asks for a pause.",
      until: Date.now() + 8_000,
      instead: "llama-3.3",
      again: false,
      tries: [
        {
          attempt: "a1",
          model: { provider: "p", model: "mistral-large" },
          failure: "throttled",
          http_status: 429,
          note: "Mistral asks for a pause of 8 seconds. Try again then, or use another model.",
          path: {
            route: "usual",
            provider_label: "Mistral",
            key_label: "••••81c0",
            choice: "first",
            breaker: "closed",
            waited_ms: 0,
            took_ms: 240,
            perhaps_billed: false,
            at: Date.now() - 300,
          },
        },
      ],
      skipped: [
        {
          model: { provider: "p", model: "claude-sonnet" },
          provider_label: "Anthropic",
          key_label: null,
          note: "It failed too often and is paused.",
          until: Date.now() + 30_000,
        },
      ],
    }),
  );
  render(Waiting, { turn });
  expect(screen.getByText("Mistral asks for a pause"), "who").toBeVisible();
  expect(
    screen.getByText("Trying again in 8 s. Your question is saved and nothing has been charged."),
    "when, and that a refused call costs nothing",
  ).toBeVisible();
  expect(screen.getByRole("status"), "said once, with its end").toHaveTextContent(
    "Mistral asks for a pause. Trying again in 8 s.",
  );
  const tried = within(screen.getByRole("list")).getAllByRole("listitem");
  expect(
    tried.map((row) => row.textContent.replaceAll(/\s+/g, " ")),
    "who was passed over, then who was asked and what came of it",
  ).toEqual([
    expect.stringMatching(/claude-sonnet ?skipped ?paused until \d+:\d+ [AP]M$/),
    expect.stringMatching(
      /mistral-large 0\.2 s asked for a pause \(429\) · you chose it · key “••••81c0”/,
    ),
  ]);
  await userEvent.click(button("Ask llama-3.3 now"));
  expect(core.named("skip_wait"), "the core is told").toEqual([{ turn: "turn" }]);
  expect(screen.queryByText(/asks for a pause/), "and it is over").toBeNull();
});

describe("limits", () => {
  const listed = () => {
    const list = screen.queryByRole("list", { name: "Limits" });
    return list
      ? within(list)
          .getAllByRole("listitem")
          .map((row) => row.textContent)
      : [];
  };

  test("a limit is added by keyboard, shows how it stands and is removed", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    expect(await screen.findByText("Nothing is limited."), "none at first").toBeVisible();
    button("Add a limit").focus();
    await user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Add a limit" });
    const amount = within(dialog).getByRole("textbox", { name: "How much" });
    await user.type(amount, "five{Enter}");
    expect(amount, "it is no amount").toBeInvalid();
    expect(within(dialog).getByText(/^Type US dollars/), "and says what is").toBeVisible();
    await user.clear(amount);
    await user.type(amount, "5{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const limit = {
      scope: { kind: "workspace" },
      measure: { kind: "money", span: "month" },
      most: 5_000_000_000,
    } as const;
    expect(backend.world.limits.limits[0]?.limit, "as the core takes it").toEqual(limit);
    expect(listed()[0], "who, how much, how much of it").toMatch(
      /Everybody together: \$5.00 a month.*used.*begins anew/s,
    );
    await user.click(button("Remove Everybody together: $5.00 a month"));
    const sure = within(await screen.findByRole("dialog", { name: "Remove this limit?" }));
    expect(sure.getByText(/^Everybody together: \$5.00 a month\./), "which one").toBeVisible();
    expect(backend.world.limits.limits, "not before it is confirmed").toHaveLength(1);
    await user.click(sure.getByRole("button", { name: "Remove limit" }));
    await waitFor(() => expect(screen.getByText("Nothing is limited.")).toBeVisible());
  });

  test("what is used up, overdrawn or not counted is said", async () => {
    world.limits = {
      limits: [
        {
          limit: {
            scope: { kind: "each_profile" },
            measure: { kind: "requests", span: "day" },
            most: 20,
          },
          held: 2,
          spent: 18,
          ends: world.now() + 3_600_000,
          warned: 80,
          pool: null,
        },
      ],
      block_unpriced: false,
      time_zone: null,
      warn_at: [80],
      overruns: 3,
      unpriced: 7,
    };
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await waitFor(() => expect(listed()[0]).toMatch(/Used up.*18 requests used by you/s));
    expect(listed()[0], "used up says it already").not.toContain("80 % used");
    expect(screen.getByText(/cost more than was held: 3\./), "overdrawn").toBeVisible();
    expect(screen.getByText(/without a known price: 7\./), "not counted").toBeVisible();
    await user.click(screen.getByRole("switch", { name: /^Block models without/ }));
    await waitFor(() => expect(backend.world.limits.block_unpriced, "blocked").toBe(true));
  });

  test("a pool is set beside what each person has, and says how it stands", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await user.click(await screen.findByRole("button", { name: "Add a limit" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Add a limit" }));
    const pool = () => dialog.queryByLabelText("And a pool that all share");
    expect(pool(), "everybody together share all of it already").toBeNull();
    await choose(user, dialog.getByLabelText(/^For whom/), "Each person", "option");
    await choose(user, dialog.getByLabelText(/^On what/), "Answers at once", "option");
    expect(pool(), "what is under way begins never anew").toBeNull();
    await choose(user, dialog.getByLabelText(/^On what/), "Money, in US dollars", "option");
    await user.type(dialog.getByLabelText("How much"), "5");
    await user.type(pool() ?? document.body, "0");
    await user.click(dialog.getByRole("button", { name: "Add" }));
    expect(pool(), "of nothing").toBeInvalid();
    expect(dialog.getByText(/^Type more than 0/), "and what to do").toBeVisible();
    await user.clear(pool() ?? document.body);
    await user.type(pool() ?? document.body, "many");
    expect(dialog.getByText(/^Type US dollars/), "it is no amount").toBeVisible();
    await user.clear(pool() ?? document.body);
    await user.type(pool() ?? document.body, "50");
    await user.click(dialog.getByRole("button", { name: "Add" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const limit = {
      scope: { kind: "each_profile" },
      measure: { kind: "money", span: "month" },
      most: 5_000_000_000,
      pool: 50_000_000_000,
    } as const;
    expect(backend.world.limits.limits[0]?.limit, "as the core takes it").toEqual(limit);
    expect(listed()[0], "both, and how much of each").toMatch(
      /Each person: \$5.00 a month, and a pool of \$50.00 that all share.*\$0.00 used by you.*\$0.00 of the pool used/s,
    );
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("a limit without a pool is added as it always was", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await user.click(await screen.findByRole("button", { name: "Add a limit" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Add a limit" }));
    await choose(user, dialog.getByLabelText(/^For whom/), "Each person", "option");
    await user.type(dialog.getByLabelText("And a pool that all share"), "7");
    await choose(user, dialog.getByLabelText(/^For whom/), "Everybody together", "option");
    await user.type(dialog.getByLabelText("How much"), "5{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const added = backend.world.limits.limits[0]?.limit ?? {};
    expect(added, "what is shown no more is not sent").not.toHaveProperty("pool");
  });

  /** One limit, and everything else about limits set to something. */
  function allSet() {
    const group = world.groups[0]?.id ?? "";
    const limit = {
      scope: { kind: "group", group },
      measure: { kind: "requests", span: "day" },
      most: 20,
    } as const;
    world.limits = {
      ...world.limits,
      limits: [
        { limit, held: 0, spent: 17, ends: world.now() + 3_600_000, warned: 80, pool: null },
      ],
      block_unpriced: true,
      time_zone: "Europe/Lisbon",
      warn_at: [33, 80],
    };
    const time_zone: string | null = "Europe/Lisbon";
    return { limits: [limit], block_unpriced: true, time_zone, warn_at: [33, 80] };
  }
  const written = ({ sent }: FixtureBackend) =>
    sent.filter(({ name }) => name === "write_limits").map(({ request }) => request);

  test("a group together is chosen by its name, and what it nearly used is said", async () => {
    sampleGroups(world);
    const before = allSet();
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    await waitFor(() =>
      expect(listed()[0], "in words").toMatch(
        /^The group Fieldwork together: 20 requests a day.*80 % used.*17 requests used/s,
      ),
    );
    await user.click(button("Add a limit"));
    const dialog = within(await screen.findByRole("dialog", { name: "Add a limit" }));
    expect(dialog.getByText("Days and months begin at midnight in Europe/Lisbon.")).toBeVisible();
    await choose(user, dialog.getByLabelText(/^For whom/), "The group Office together", "option");
    await user.type(dialog.getByLabelText("How much"), "60{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const added = {
      scope: { kind: "group", group: world.groups[1]?.id },
      measure: { kind: "money", span: "month" },
      most: 60_000_000_000,
    };
    expect(written(backend), "with all that was set").toEqual([
      { ...before, limits: [...before.limits, added] },
    ]);
  });

  test("the time zone is searched and chosen by keyboard, and nothing else changes", async () => {
    const before = allSet();
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    const zone = await screen.findByRole("combobox", { name: "Time zone" });
    expect(zone, "as it is set").toHaveValue("Europe/Lisbon");
    zone.focus();
    await user.keyboard("york new{Enter}");
    await waitFor(() =>
      expect(written(backend), "as the core names it").toEqual([
        { ...before, time_zone: "America/New_York" },
      ]),
    );
    expect(
      screen.getByText("Days and months begin at midnight in America/New York."),
    ).toBeVisible();
    expect(zone, "the focus stays").toHaveFocus();
    await waitFor(() => expect(zone).toHaveValue("America/New York"));
    await user.keyboard("utc");
    await user.keyboard("{Enter}");
    await waitFor(() =>
      expect(written(backend).at(-1), "none is UTC").toEqual({ ...before, time_zone: null }),
    );
    await user.keyboard("atlantis");
    expect(await screen.findByText("No time zone is called that.")).toBeInTheDocument();
  });

  test("levels are ticked, unusual ones stay, and there are five at most", async () => {
    const before = allSet();
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    const levels = within(
      await screen.findByRole("group", { name: "Say when a limit is nearly used" }),
    );
    const all = levels.getAllByRole<HTMLInputElement>("checkbox");
    const label = (one: HTMLInputElement) => one.closest("label")?.textContent.trim();
    expect(
      all.map((one) => [label(one), one.checked]),
      "the usual ones and what is set",
    ).toEqual([
      ["33 %", true],
      ["50 %", false],
      ["80 %", true],
      ["90 %", false],
      ["95 %", false],
    ]);
    let answer = () => {};
    const held = new Promise<void>((done) => (answer = done));
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) => {
      const kept = await passOn(name, request);
      if (name === "write_limits") await held;
      return kept;
    };
    levels.getByRole("checkbox", { name: "95 %" }).focus();
    await user.keyboard(" ");
    await user.click(levels.getByRole("checkbox", { name: "90 %" }));
    await waitFor(() =>
      expect(written(backend), "the second before the first is kept").toEqual([
        { ...before, warn_at: [33, 80, 95] },
        { ...before, warn_at: [33, 80, 90, 95] },
      ]),
    );
    answer();
    await user.click(levels.getByRole("checkbox", { name: "80 %" }));
    await waitFor(() => expect(world.limits.warn_at).toEqual([33, 90, 95]));
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("where five levels are set no other can be ticked", async () => {
    world.limits.warn_at = [10, 20, 30, 80, 95];
    const { user } = await openDeskOf(world, "Elena");
    await models(user);
    expect(await screen.findByRole("checkbox", { name: "90 %" })).toBeDisabled();
    expect(screen.getByRole("checkbox", { name: "95 %" }), "but taken away").toBeEnabled();
    expect(screen.getByText(/Up to five levels\.$/), "and why").toBeVisible();
  });

  test("what the core refuses is shown as it still is", async () => {
    allSet();
    const { user, backend } = await openDeskOf(world, "Elena");
    await models(user);
    const level = await screen.findByRole("checkbox", { name: "90 %" });
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) =>
      name === "write_limits"
        ? Promise.reject(new Error("the disk is gone"))
        : passOn(name, request);
    await user.click(level);
    expect(await screen.findByText("The disk is gone."), "said").toBeVisible();
    // Sooner than it would look again by itself.
    const soon = { timeout: 2_000 };
    await waitFor(() => expect(level, "and not ticked").not.toBeChecked(), soon);
  });

  test("that limits count on this installation alone is said", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await models(user);
    expect(await screen.findByText(/Only what this installation of Carrel asks/)).toBeVisible();
  });

  test("a member sees none of it", async () => {
    const { user } = await openDeskOf(world, "Jonas");
    await user.keyboard("{Control>},{/Control}");
    const nav = await screen.findByRole("navigation", { name: "Settings" });
    within(nav).getByRole("button", { name: "Models and providers" }).click();
    await screen.findByText(/key/);
    expect(screen.queryByRole("heading", { name: "Limits" })).toBeNull();
  });
});
