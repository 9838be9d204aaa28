import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PASSPHRASE, sampleWorld } from "./fixture/sample";
import { emptyWorld, type World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, openWindow } from "./window";

const button = (name: string | RegExp) => screen.findByRole("button", { name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

describe("the first run with a provider", () => {
  test("tests the key, names who answers and ends at a streamed answer", async () => {
    const { user, backend } = await openWindow(emptyWorld());
    await user.type(await screen.findByLabelText("Workspace"), "Tidewater Survey");
    await user.type(screen.getByLabelText("Your name"), "Elena");
    await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);
    await screen.findByRole("heading", { level: 1, name: "Keep this code somewhere else" });
    const groups = backend.world.open?.recoveryGroups ?? [];
    await user.type(screen.getByLabelText("Type group 3"), groups[2] ?? "");
    await user.type(screen.getByLabelText("Type group 6"), groups[5] ?? "");
    await user.click(screen.getByRole("checkbox"));
    await user.click(await button("Continue"));

    await user.click(await screen.findByRole("radio", { name: /A provider/ }));
    await choose(user, screen.getByLabelText("Service"), "Other, by address", "option");
    await user.type(screen.getByLabelText("Address"), "https://models.example/v1");
    await user.type(screen.getByLabelText(/^Key/), "bad-key");
    await user.click(await button("Test address and key"));
    expect(await screen.findByRole("alert"), "why, and what to do").toHaveTextContent(
      /Enter it again/,
    );
    await user.clear(screen.getByLabelText(/^Key/));
    await user.type(screen.getByLabelText(/^Key/), "sk-first-7d19");
    await user.click(await button("Test address and key"));
    await screen.findByText(/Answered in 412 ms, 3 models/);
    await choose(user, screen.getByLabelText("Model"), "gpt-4.1-mini", "option");
    await user.click(await button("Open my desk"));

    const field = await screen.findByLabelText("Message");
    const [saved] = backend.world.providers;
    expect(saved, "called by its host, since nobody named it").toMatchObject({
      label: "models.example",
      base_url: "https://models.example/v1",
      models: ["gpt-4.1-mini"],
    });
    expect(document.body.textContent, "the key is gone from the screen").not.toContain("sk-first");
    await user.type(field, "Sensor or datum?{Enter}");
    await waitFor(() => {
      const [chat] = backend.world.open?.chats ?? [];
      const answer = chat?.messages.get(chat.branch.at(-1) ?? "");
      expect(answer?.provenance?.model.model, "the chosen one").toBe("gpt-4.1-mini");
    });
    await screen.findAllByRole("button", { name: "Actions for Sensor or datum?" });
  });
});

describe("without a connection", () => {
  const line = (up: boolean) => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(up);
    window.dispatchEvent(new Event(up ? "online" : "offline"));
  };
  afterEach(() => {
    vi.restoreAllMocks();
    window.dispatchEvent(new Event("online"));
  });

  test("the desk says so, and what still answers, until it is back", async () => {
    await openDeskOf(world, "Mira");
    expect(screen.queryByText("You are offline"), "not before").toBeNull();
    line(false);
    await screen.findByText("You are offline");
    expect(screen.getByText("Models on this computer still answer."), "who does").toBeVisible();
    expect(await axeFindings(), "for everyone").toEqual([]);
    line(true);
    await waitFor(() => expect(screen.queryByText("You are offline"), "and after").toBeNull());
  });

  test("a model out of reach says so before sending, and one at hand is a press away", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    line(false);
    await screen.findByText(/^mistral-large-latest answers only over the internet/);
    await user.click(await button("Use SmolLM2 135M Instruct"));
    await waitFor(() => expect(screen.queryByText(/answers only over/), "settled").toBeNull());
    const field = screen.getByLabelText("Message");
    await waitFor(() => expect(field, "to write on").toHaveFocus());
    await user.keyboard("Sensor or datum?{Enter}");
    await waitFor(() => {
      const asked = backend.sent.find(({ name }) => name === "ask")?.request;
      expect(asked, "the one at hand").toMatchObject({
        target: { model: { model: "smollm2-135m-instruct" } },
      });
    });
  });

  test("a desk whose models are all elsewhere says that nobody answers", async () => {
    world.providers = world.providers.filter((one) => !one.local);
    await openDeskOf(world, "Mira");
    line(false);
    await screen.findByText(/No model can answer until the connection is back/);
    expect(screen.queryByRole("button", { name: /^Use / }), "nothing to offer").toBeNull();
  });

  test("the list of models marks those that need a connection", async () => {
    const { user } = await openDeskOf(world, "Mira");
    line(false);
    await user.keyboard("{Control>}{Shift>}m{/Shift}{/Control}");
    // Without layout the list counts as scrolled away, which hides it.
    const models = await screen.findAllByRole("option", { hidden: true });
    const named = (name: string) => {
      const found = models.find((one) => one.textContent.includes(name));
      if (found === undefined) throw new Error(`no model ${name} in the list`);
      return within(found);
    };
    const far = named("mistral-large-latest").queryByText("Needs a connection");
    expect(far, "beside its name").toBeInTheDocument();
    expect(named("SmolLM2").queryByText("Needs a connection"), "not at hand").toBeNull();
  });
});
