import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";

import type { ModelHealth, ModelRef, RouteView } from "../src/ipc";
import { sampleWorld } from "./fixture/sample";
import { newId, type World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, type OpenWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });

let world: World;
let large: ModelRef;
let small: ModelRef;
beforeEach(() => {
  world = sampleWorld();
  const [provider] = world.providers;
  const [one = "", other = ""] = provider?.models ?? [];
  large = { provider: provider?.id ?? "", model: one };
  small = { provider: provider?.id ?? "", model: other };
});

function route(name: string, models: ModelRef[], more: Partial<RouteView> = {}): RouteView {
  return {
    id: newId(),
    name,
    strategy: "ordered",
    candidates: models.map((model) => ({ model, weight: 1 })),
    on_overflow: [],
    on_refusal: [],
    local: false,
    unavailable: null,
    classes: [],
    saved_at: world.now(),
    saved_by: null,
    version: 1,
    ...more,
  };
}

async function settings(user: { keyboard(keys: string): Promise<void> }) {
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Models and providers" }).click();
  await screen.findByRole("complementary", { name: "Routes" });
}

/** The choice of ways, once it shows this one. */
const shown = (name: string) => screen.findByRole("combobox", { name: `Route ${name}` });

/** Shows another way in the panel. */
async function show(user: OpenWindow["user"], name: string) {
  await choose(user, screen.getByRole("combobox", { name: /^Route / }), name, "option");
  await shown(name);
}

/** The health of a model that is not asked for some seconds. */
function resting(model: ModelRef, seconds: number): ModelHealth {
  return {
    model,
    key: null,
    breaker: "open",
    breaker_until: null,
    resting_until: world.now() + seconds * 1_000,
    why: null,
    failed_at: null,
    last_failure: null,
    first_token_ms: null,
    slow_first_token_ms: null,
    failing_percent: 100,
    in_flight: 0,
  };
}

/** The names in a list of models. */
const listed = (name: string) =>
  within(screen.getByRole("list", { name }))
    .getAllByRole("listitem")
    .map((row) => row.querySelector(".name")?.textContent);

const section = (name: string) => within(screen.getByRole("region", { name }));

describe("routes in the settings", () => {
  test("a route is made by keyboard: name, strategy, models in order, weights and both lists", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    expect(screen.getByText(/^There are no routes yet\./), "none at first").toBeVisible();
    button("Add a route").focus();
    await user.keyboard("{Enter}");
    const dialog = within(await screen.findByRole("dialog", { name: "Add a route" }));
    await user.click(dialog.getByRole("button", { name: "Add a route" }));
    expect(dialog.getByText("Give the route a name."), "nothing is sent yet").toBeVisible();
    expect(dialog.getByText("Add at least one model that is offered."), "nor so").toBeVisible();
    await user.type(dialog.getByRole("textbox", { name: "Name" }), "Everyday");
    for (const { model } of [large, small]) {
      const add = section("Models").getByRole("button", { name: "Add a model: Models" });
      await choose(user, add, `${model} `);
      await waitFor(() => expect(listed("Models"), "it is listed").toContain(model));
    }
    section("Models")
      .getByRole("button", { name: `Move ${small.model} up` })
      .focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(listed("Models"), "one up").toEqual([small.model, large.model]));
    expect(
      section("Models").getByRole("button", { name: `Move ${small.model} down` }),
      "the hand stays on the row",
    ).toHaveFocus();
    await choose(user, dialog.getByLabelText(/^Who is asked first/), "By weight", "option");
    const [weight] = section("Models").getAllByRole("textbox", { name: "Weight" });
    if (!weight) throw new Error("a weight for each model");
    await user.clear(weight);
    await user.type(weight, "1001");
    await user.click(dialog.getByRole("button", { name: "Add a route" }));
    expect(weight, "too heavy").toBeInvalid();
    await user.clear(weight);
    await user.type(weight, "3");
    const terms = section("Models").getByRole("button", { name: `Terms for ${large.model}` });
    await user.click(terms);
    await user.type(section("Models").getByRole("textbox", { name: "Temperature" }), "0,7");
    for (const name of ["For long questions", "After a refusal"]) {
      await choose(user, button(`Add a model: ${name}`), large.model);
      await waitFor(() => expect(listed(name)).toEqual([large.model]));
    }
    await user.click(dialog.getByRole("checkbox", { name: "Use it where nothing is chosen" }));
    expect(await axeFindings(), "the dialog is for everyone").toEqual([]);
    await user.click(dialog.getByRole("button", { name: "Add a route" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(backend.world.routes[0], "as the core is told").toMatchObject({
      name: "Everyday",
      strategy: "weighted",
      candidates: [
        { model: small, weight: 3 },
        { model: large, weight: 1, temperature: 70 },
      ],
      on_overflow: [{ model: large, weight: 1 }],
      on_refusal: [{ model: large, weight: 1 }],
    });
    expect(await shown("Everyday"), "shown").toBeVisible();
    expect(screen.getByText("Answers where nothing is chosen"), "the usual one").toBeVisible();
    expect(screen.getByText(/^Saved Today/), "and since when").toBeVisible();
    const chain = within(screen.getByRole("list", { name: "Models of Everyday" }));
    expect(chain.getAllByRole("listitem")[0], "in its order, with its weight").toHaveTextContent(
      /^1\s*mistral-small-latest Mistral weight 3$/,
    );
  });

  test("a route is renamed and removed, and what is wrong is said in the dialog", async () => {
    world.routes = [route("Everyday", [large]), route("Careful", [small])];
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    await user.click(button("Edit route Everyday"));
    const dialog = within(await screen.findByRole("dialog", { name: "Edit route “Everyday”" }));
    const name = dialog.getByRole("textbox", { name: "Name" });
    await user.clear(name);
    await user.type(name, "careful");
    await user.click(dialog.getByRole("button", { name: "Save route" }));
    expect(await dialog.findByText(/Another one has this name/), "the core's word").toBeVisible();
    await user.clear(name);
    await user.type(name, "Daily");
    await user.click(dialog.getByRole("button", { name: "Save route" }));
    await waitFor(() => expect(backend.world.routes[0]?.name).toBe("Daily"));
    await user.click(await screen.findByRole("button", { name: "Remove route Daily" }));
    const sure = within(await screen.findByRole("dialog"));
    await user.click(sure.getByRole("button", { name: "Remove route" }));
    await waitFor(() => expect(backend.world.routes.map((one) => one.name)).toEqual(["Careful"]));
    expect(await shown("When a model fails"), "the usual way is left").toBeVisible();
  });

  test("a route that is added is the one that is shown", async () => {
    world.routes = [route("Everyday", [large])];
    const { user } = await openDeskOf(world, "Elena");
    await settings(user);
    await user.click(button("Add a route"));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(dialog.getByRole("textbox", { name: "Name" }), "Careful");
    await choose(user, button("Add a model: Models"), small.model);
    await user.click(dialog.getByRole("button", { name: "Add a route" }));
    expect(await shown("Careful"), "by name").toBeVisible();
    expect(listed("Models of Careful"), "with its models").toEqual([small.model]);
  });

  test("steps are moved by keyboard, saved at once, and the hand stays on the row", async () => {
    const gone = { provider: large.provider, model: "gone-1" };
    const candidates = [
      { model: gone, weight: 1 },
      { model: large, weight: 2, temperature: 70 },
      { model: small, weight: 1, max_output: 512 },
    ];
    const steps = { candidates, on_refusal: [{ model: small, weight: 1 }] };
    world.routes = [route("Everyday", [], { strategy: "weighted", ...steps })];
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    button(`Move ${large.model} down`).focus();
    await user.keyboard("{Enter}");
    await waitFor(() =>
      expect(listed("Models of Everyday"), "who is gone is left out").toEqual([
        small.model,
        large.model,
      ]),
    );
    expect(backend.world.routes[0], "all the rest stays as it was").toMatchObject({
      name: "Everyday",
      strategy: "weighted",
      candidates: [candidates[2], candidates[1]],
      on_refusal: [{ model: small, weight: 1 }],
    });
    expect(backend.world.usual, "what is usual as well").toMatchObject({ kind: "model" });
    expect(button(`Move ${large.model} up`), "the last one only goes up").toHaveFocus();
    expect(screen.getByText(`${large.model} is number 2 of 2`), "said").toHaveRole("status");
  });

  test("where steps are not saved, the panel says why and shows what is stored", async () => {
    world.routes = [route("Everyday", [large, small]), route("everyday", [large])];
    const { user } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    await user.click(button(`Move ${small.model} up`));
    const panel = within(screen.getByRole("complementary", { name: "Routes" }));
    expect(await panel.findByRole("alert"), "why").toHaveTextContent(/Another one has this name/);
    expect(listed("Models of Everyday"), "as stored").toEqual([large.model, small.model]);
    await show(user, "everyday");
    expect(panel.queryByRole("alert"), "it was about the other one").toBeNull();
  });

  test("a test says who answered, after whom, and what it cost", async () => {
    world.routes = [route("Everyday", [large, small])];
    world.health = [resting(large, 60)];
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    await user.click(button("Test this route"));
    expect(
      await screen.findByText(
        `${small.model} answered in 0.8 s. Cost of that call: under $0.0001.`,
      ),
      "who, how soon, how dear",
    ).toBeVisible();
    expect(backend.sent.find((one) => one.name === "try_target")?.request).toEqual({
      target: { kind: "route", route: world.routes[0]?.id },
    });
    const panel = within(screen.getByRole("complementary", { name: "Routes" }));
    expect(panel.getByRole("heading", { name: "Every try" })).toBeVisible();
    expect(panel.getByText(/^paused until /), "who was passed over").toBeVisible();
    expect(backend.sent.at(-1)?.name, "its health is looked at again").toBe("provider_health");
    await show(user, "When a model fails");
    expect(panel.queryByText(/answered in/), "it was about the other one").toBeNull();
    expect(await axeFindings(), "the panel is for everyone").toEqual([]);
  });

  test("a test that nobody answers says so", async () => {
    world.health = [resting(large, 60)];
    const { user } = await openDeskOf(world, "Elena");
    await settings(user);
    await user.click(button("Test this route"));
    const panel = within(screen.getByRole("complementary", { name: "Routes" }));
    expect(await panel.findByText(/^Mistral is not asked for the moment/), "why").toBeVisible();
    expect(panel.getByRole("heading", { name: "Passed over" }), "and whom").toBeVisible();
  });

  test("a model that is gone is shown as such and left out when the route is saved", async () => {
    const gone = { provider: large.provider, model: "gone-1" };
    world.routes = [route("Everyday", [gone, large])];
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    const chain = within(screen.getByRole("list", { name: "Models of Everyday" }));
    expect(chain.getAllByRole("listitem")[0]).toHaveTextContent(/gone-1.*Not offered any more/);
    await user.click(button("Edit route Everyday"));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText("Not offered any more"), "in the dialog as well").toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Save route" }));
    await waitFor(() => expect(backend.world.routes[0]?.version, "saved").toBe(2));
    expect(backend.world.routes[0]?.candidates.map((step) => step.model)).toEqual([large]);
  });

  test("a resting candidate says until when", async () => {
    world.routes = [route("Everyday", [large, small])];
    world.health = [resting(large, 60)];
    const { user } = await openDeskOf(world, "Elena");
    await settings(user);
    await show(user, "Everyday");
    const chain = within(screen.getByRole("list", { name: "Models of Everyday" }));
    await waitFor(() =>
      expect(chain.getAllByRole("listitem")[0]).toHaveTextContent(/Paused, next try in/),
    );
    const [first, second] = chain.getAllByRole("listitem");
    expect(first, "it is passed over").not.toHaveTextContent(/Asked first/);
    expect(second, "the other is well").toHaveTextContent(
      /^where it cannot answer\s*2\s*mistral-small-latest Asked first/,
    );
  });

  test("a member sees the routes and changes none", async () => {
    world.routes = [route("Everyday", [large, small])];
    const { user } = await openDeskOf(world, "Jonas");
    await settings(user);
    await show(user, "Everyday");
    const panel = within(screen.getByRole("complementary", { name: "Routes" }));
    expect(listed("Models of Everyday"), "who answers").toEqual([large.model, small.model]);
    expect(panel.getByText("Asked first"), "at the moment").toBeVisible();
    expect(panel.queryAllByRole("button"), "there are no hands").toEqual([]);
  });

  test("a limit can be set on a route", async () => {
    world.routes = [route("Everyday", [large])];
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user);
    await user.click(await screen.findByRole("button", { name: "Add a limit" }));
    const dialog = within(await screen.findByRole("dialog"));
    await choose(user, dialog.getByLabelText(/^For whom/), "Route Everyday", "option");
    await user.type(dialog.getByRole("textbox", { name: "How much" }), "5{Enter}");
    await waitFor(() =>
      expect(backend.world.limits.limits[0]?.limit.scope, "by its name").toEqual({
        kind: "route",
        route: "Everyday",
      }),
    );
  });
});

describe("routes in the model picker", () => {
  test("they stand first, say who may answer, and are asked", async () => {
    const down = route("Careful", [small], {
      unavailable: {
        code: "no_model",
        message: "None of this route's models can be asked. Choose another one, or ask an admin.",
        retry_at: null,
        rule_ids: [],
        denied: null,
      },
    });
    world.routes = [route("Everyday", [large, small]), down];
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.click(await screen.findByRole("button", { name: /^Model:/ }));
    // Without layout the list counts as scrolled away, which hides it.
    const hidden = { hidden: true };
    const field = await screen.findByRole("combobox", hidden);
    await waitFor(() => expect(screen.getAllByRole("option", hidden)).toHaveLength(5));
    const options = screen.getAllByRole("option", hidden);
    expect(options[0], "the first row").toHaveTextContent(/Everyday.*Route.*mistral-large/);
    expect(options[1], "why it cannot be chosen").toHaveTextContent(/None of this route’s models/);
    expect(options[1]).toHaveAttribute("aria-disabled", "true");
    expect(options[2], "models follow").toHaveTextContent(large.model);
    expect(await axeFindings(), "the list is for everyone").toEqual([]);
    await user.type(field, "{ArrowDown}{Enter}");
    expect(screen.queryByRole("combobox", hidden), "a route that leads to nobody").not.toBeNull();
    await user.type(field, "every{Enter}");
    await waitFor(() => expect(screen.queryByRole("combobox", hidden)).toBeNull());
    expect(button(/Model:.*Everyday/), "the picker shows it").toBeVisible();
    await user.type(screen.getByRole("textbox", { name: /message|ask/i }), "Why?{Enter}");
    const target = { kind: "route", route: world.routes[0]?.id };
    await waitFor(() => {
      const asked = backend.sent.find((one) => one.name === "ask");
      expect(asked?.request, "the core is told").toMatchObject({ target });
    });
  });
});

test("a desk's own usual can be a route", async () => {
  world.routes = [route("Everyday", [large])];
  const { user, backend } = await openDeskOf(world, "Mira");
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Chat" }).click();
  const usual = await screen.findByLabelText(/^Usual model/);
  await waitFor(() => expect(usual, "the workspace's").toHaveTextContent(/mistral-large/));
  await choose(user, usual, "Everyday", "option");
  await waitFor(() =>
    expect(backend.world.open?.settings, "instead of a model").toMatchObject({
      usual_model: null,
      usual_route: world.routes[0]?.id,
    }),
  );
});
